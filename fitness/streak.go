package fitness

import "slices"

// Streak is how long the athlete has kept going.
type Streak struct {
	// Current is the run that still goes on; nil when there is none.
	Current *StreakRun
	// Longest is the longest run so far, the earlier one of equals; nil when there never was one.
	Longest *StreakRun
}

// StreakRun are periods in a row, each with at least one activity.
type StreakRun struct {
	Length int  // in periods
	Start  Date // the first local date of the first period
	End    Date // the last local date of the last period
}

// Streak are the periods in a row with at least one activity, as seen on a date, by default today: what came after that
// date does not count. The period of that date may still lack its activity without ending the current run. Periods are
// those of the activities' local dates.
func (s *Stats) Streak(by Period, weekStart Weekday, on *Date) *Streak {
	seen := s.day(on)
	runs := by.runs(s.localDates(seen), weekStart)
	streak := &Streak{}
	for i := range runs {
		if streak.Longest == nil || runs[i].Length > streak.Longest.Length {
			streak.Longest = &runs[i]
		}
	}
	if len(runs) > 0 {
		if last := &runs[len(runs)-1]; !last.End.AddDays(1).Before(by.start(seen, weekStart)) {
			streak.Current = last
		}
	}
	return streak
}

// day is the date that a question is asked for, by default today.
func (s *Stats) day(on *Date) Date {
	if on == nil {
		return s.today
	}
	return *on
}

// localDates are those of the activities, through the given one, oldest first.
func (s *Stats) localDates(through Date) []Date {
	var numbers []dayNumber
	for _, row := range s.figures.rows {
		isAnother := len(numbers) == 0 || numbers[len(numbers)-1] != row.date
		if isAnother && row.date <= through.number() {
			numbers = append(numbers, row.date)
		}
	}
	slices.Sort(numbers)
	dates := make([]Date, len(numbers))
	for i, number := range numbers {
		dates[i] = number.date()
	}
	return dates
}

// runs are the periods in a row that hold one of the dates, which ascend: oldest first.
func (p Period) runs(dates []Date, weekStart Weekday) []StreakRun {
	var runs []StreakRun
	var next Date // the first date after the last run
	for _, date := range dates {
		switch {
		case date.Before(next): // in a period that is counted already
			continue
		case !date.Before(p.next(next, 1)):
			next = p.start(date, weekStart)
			runs = append(runs, StreakRun{Start: next})
		}
		next = p.next(next, 1)
		run := &runs[len(runs)-1]
		run.Length++
		run.End = next.AddDays(-1)
	}
	return runs
}
