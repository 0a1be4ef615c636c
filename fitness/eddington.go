package fitness

import "math"

// Eddington is the athlete's Eddington number, which the astronomer counted his rides by
// (https://en.wikipedia.org/wiki/Arthur_Eddington#Eddington_number_for_cycling).
type Eddington struct {
	// Number is the largest n such that on n days at least n units were covered.
	Number int
	// DaysToNext is how many more days of at least Number + 1 units the next number takes.
	DaysToNext int
}

// Eddington is the number in the unit. What was covered on a day is the sum over the activities of that local date.
func (s *Stats) Eddington(unit LengthUnit) *Eddington {
	meters := map[dayNumber]float64{}
	for _, row := range s.figures.rows {
		meters[row.date] += row.distance
	}
	// No number is greater than the days there are, and none but the next is asked for beyond.
	most := len(meters) + 1
	days := make([]int, most+1) // by the whole units that were covered, those beyond most at most
	for _, covered := range meters {
		days[unit.wholeUnits(covered, most)]++
	}
	next := 0 // the days that count for the next number
	for number := most; number > 0; number-- {
		if next+days[number] >= number {
			return &Eddington{Number: number, DaysToNext: number + 1 - next}
		}
		next += days[number]
	}
	return &Eddington{DaysToNext: 1}
}

// wholeUnits is how many whole units there are in a distance, from 0 to most. It counts in tenths of a millimetre, of
// which every unit is a whole number, so that ten miles are ten and not nine and a lot.
func (u LengthUnit) wholeUnits(meters float64, most int) int {
	const perMeter = 10_000
	covered := math.Round(meters * perMeter)
	units := math.Floor(covered / math.Round(u.meters()*perMeter))
	return int(max(0, min(units, float64(most))))
}
