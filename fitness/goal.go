package fitness

import "math"

// The distances that make sense as a goal: from what is measured to more than a life on the road comes to. What is
// computed from them stays a number.
const (
	minGoalMeters = 0.001
	maxGoalMeters = 1e9
)

// GoalProgress is how far a goal is reached, in the unit that was asked for.
type GoalProgress struct {
	Target float64
	Done   float64
	// Share is Done as a part of Target; more than 1 once the goal is passed.
	Share float64
	// Expected would be done by now at an even pace.
	Expected float64
	// Projected will be done by the period's end at the pace so far.
	Projected float64
}

// Goal is the progress towards a distance in the period that holds the date on, by default today: what was covered in
// it through that day, which counts as elapsed in full. Weeks begin on Monday.
func (s *Stats) Goal(distance float64, unit LengthUnit, period Period, on *Date) (*GoalProgress, error) {
	if err := CheckGoal(distance, unit); err != nil {
		return nil, err
	}
	day := s.day(on)
	start := period.start(day, WeekdayMonday)
	elapsed := float64(day.DaysSince(start) + 1)
	days := float64(period.next(start, 1).DaysSince(start))

	done := s.between(start, day).Distance(unit)
	return &GoalProgress{
		Target:    distance,
		Done:      done,
		Share:     done / distance,
		Expected:  distance * elapsed / days,
		Projected: done / elapsed * days,
	}, nil
}

// CheckGoal fails with a BAD_USER_INPUT for a distance that [Stats.Goal] does not take.
func CheckGoal(distance float64, unit LengthUnit) error {
	if meters := distance * unit.meters(); math.IsNaN(meters) || meters < minGoalMeters || meters > maxGoalMeters {
		return badInput("distance", "The distance of a goal must lie between a millimetre and a million kilometres.")
	}
	return nil
}

// between are the sums of the activities from one local date through another.
func (s *Stats) between(first, final Date) *Totals {
	from, to := first.number(), final.number()
	return s.sumOf(func(f *figure) bool { return from <= f.date && f.date <= to })
}
