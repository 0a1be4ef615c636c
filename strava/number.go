package strava

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Strava's specification says integer and its answers say 474287.0, 76.0 or null, sometimes within one object. The
// types of this file read all of these spellings, and numbers in quotes; they are written as plain numbers.

// Int is a whole number. A fraction is rounded to the nearest whole number, null and an absent member leave the value
// alone, and what is too large for an int becomes the largest or smallest int.
type Int int

// UnmarshalJSON implements [encoding/json.Unmarshaler].
func (n *Int) UnmarshalJSON(text []byte) error {
	if d, ok := parseDecimal(text); ok {
		if whole, ok := d.whole(); ok && int64(Int(whole)) == whole {
			*n = Int(whole)
			return nil
		}
	}
	digits, err := numeral(text)
	if err != nil || digits == "" {
		return err
	}
	if whole, err := strconv.Atoi(digits); err == nil {
		*n = Int(whole)
		return nil
	}
	fraction, err := parseFloat(digits)
	if err != nil {
		return err
	}
	*n = saturate(math.Round(fraction))
	return nil
}

// saturate converts with the bounds of int. The comparison is with >= because float64 rounds math.MaxInt up to a value
// that no longer fits.
func saturate(f float64) Int {
	switch {
	case f >= math.MaxInt:
		return math.MaxInt
	case f <= math.MinInt:
		return math.MinInt
	default:
		return Int(f)
	}
}

// Float is a measured number. Null and an absent member leave the value alone; infinity is an error.
type Float float64

// UnmarshalJSON implements [encoding/json.Unmarshaler].
func (f *Float) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	value, err := parseMeasure(text)
	if err != nil {
		return err
	}
	*f = Float(value)
	return nil
}

// ID is one of Strava's numeric ids. Ids pass 2^31 (activities, since 2019) and 2^53 (routes), so they are never read
// by way of a float64. An id that does not fit into 64 bits, as in some of Strava's own examples, is read as 0, which is
// no id: a wrong id would be worse.
type ID int64

// UnmarshalJSON implements [encoding/json.Unmarshaler].
func (id *ID) UnmarshalJSON(text []byte) error {
	if d, ok := parseDecimal(text); ok {
		if whole, ok := d.whole(); ok {
			*id = ID(whole)
			return nil
		}
	}
	digits, err := numeral(text)
	if err != nil || digits == "" {
		return err
	}
	if whole, fraction, ok := strings.Cut(digits, "."); ok && strings.Trim(fraction, "0") == "" {
		digits = whole
	}
	value, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		*id = 0
	case err != nil:
		return errors.New("not an id")
	default:
		*id = ID(value)
	}
	return nil
}

// numeral returns the characters of a JSON number, quoted or not, and nothing for null. Its errors do not repeat the
// text: it is another system's.
func numeral(text []byte) (string, error) {
	if string(text) == "null" {
		return "", nil
	}
	digits := text
	if len(text) >= 2 && text[0] == '"' {
		digits = bytes.TrimSpace(text[1 : len(text)-1])
	}
	// strconv reads hexadecimal, "inf" and "nan" as well; none of them is a JSON number.
	if len(digits) == 0 || len(bytes.Trim(digits, "+-.0123456789eE")) > 0 {
		return "", errors.New("not a number")
	}
	return string(digits), nil
}

// parseMeasure reads a finite number, in quotes or not.
func parseMeasure(text []byte) (float64, error) {
	if d, ok := parseDecimal(text); ok {
		if value, ok := d.float(); ok {
			return value, nil
		}
	}
	digits, err := numeral(text)
	if err != nil {
		return 0, err
	}
	value, err := parseFloat(digits)
	if err == nil && math.IsInf(value, 0) {
		err = errors.New("number out of range")
	}
	return value, err
}

// parseFloat reads a decimal number; one that is out of range becomes infinite.
func parseFloat(digits string) (float64, error) {
	value, err := strconv.ParseFloat(digits, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("not a number of %d characters", len(digits))
	}
	return value, nil
}
