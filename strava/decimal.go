package strava

// decimal is a number in the spelling that nearly all of Strava's have: digits, and at most one point among them. It is
// digits × 10^-places, with its sign. What is spelled otherwise is left to strconv, which is exact, too, and slower: a
// page of activities has some ten thousand numbers.
type decimal struct {
	digits   uint64
	places   int
	negative bool
}

// maxDigits is how many digits an int64 holds for certain.
const maxDigits = 18

// parseDecimal reads a decimal; ok is false for every other spelling, and for too many digits.
func parseDecimal(text []byte) (d decimal, ok bool) {
	if len(text) > 0 && text[0] == '-' {
		d.negative = true
		text = text[1:]
	}
	if len(text) == 0 || len(text) > maxDigits+1 {
		return decimal{}, false
	}
	point := -1
	for i, c := range text {
		switch {
		case c >= '0' && c <= '9':
			d.digits = d.digits*10 + uint64(c-'0')
		case c == '.' && point < 0:
			point = i
		default:
			return decimal{}, false
		}
	}
	switch {
	case point < 0:
		return d, len(text) <= maxDigits
	case point == 0 || point == len(text)-1:
		return decimal{}, false
	default:
		d.places = len(text) - 1 - point
		return d, true
	}
}

// whole returns the number if it has no fraction other than zeros.
func (d decimal) whole() (int64, bool) {
	for ; d.places > 0; d.places-- {
		if d.digits%10 != 0 {
			return 0, false
		}
		d.digits /= 10
	}
	if d.negative {
		return -int64(d.digits), true
	}
	return int64(d.digits), true
}

// float returns the nearest float64 where one division gives it: both numbers are exact, so the quotient is rounded once.
func (d decimal) float() (float64, bool) {
	if d.digits > 1<<53 {
		return 0, false
	}
	value := float64(d.digits) / powerOfTen(d.places)
	if d.negative {
		value = -value
	}
	return value, true
}

// powerOfTen returns 10^n for n up to 22, beyond which a float64 is not exact.
func powerOfTen(n int) float64 {
	power := 1.0
	for range n {
		power *= 10
	}
	return power
}
