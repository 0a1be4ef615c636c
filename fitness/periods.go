package fitness

import (
	"fmt"
	"slices"
	"sort"
	"time"
)

// Period is a stretch of the calendar.
type Period string

const (
	PeriodDay     Period = "DAY"
	PeriodWeek    Period = "WEEK"
	PeriodMonth   Period = "MONTH"
	PeriodQuarter Period = "QUARTER"
	PeriodYear    Period = "YEAR"
)

// Weekday is a day that weeks may start with.
type Weekday string

const (
	WeekdayMonday   Weekday = "MONDAY"
	WeekdaySunday   Weekday = "SUNDAY"
	WeekdaySaturday Weekday = "SATURDAY"
)

// PeriodTotals are the sums of one period.
type PeriodTotals struct {
	Start  Date // the first local date
	End    Date // the last local date
	Totals *Totals
}

// maxPeriods bounds a series: half a century of days.
const maxPeriods = 20_000

// start is the first date of the period that holds the date.
func (p Period) start(date Date, weekStart Weekday) Date {
	switch p {
	case PeriodWeek:
		return date.AddDays(-weekStart.daysUntil(date.weekday()))
	case PeriodMonth:
		return Date{Year: date.Year, Month: date.Month, Day: 1}
	case PeriodQuarter:
		return Date{Year: date.Year, Month: date.Month - (date.Month-1)%3, Day: 1}
	case PeriodYear:
		return Date{Year: date.Year, Month: time.January, Day: 1}
	default:
		return date
	}
}

// next is the first date of the period after, or for a negative number before, the one that begins on start.
func (p Period) next(start Date, periods int) Date {
	switch p {
	case PeriodWeek:
		return start.add(0, 0, 7*periods)
	case PeriodMonth:
		return start.add(0, periods, 0)
	case PeriodQuarter:
		return start.add(0, 3*periods, 0)
	case PeriodYear:
		return start.add(periods, 0, 0)
	default:
		return start.add(0, 0, periods)
	}
}

// daysUntil is the number of days from the last such weekday to the given one, 0 to 6.
func (w Weekday) daysUntil(day time.Weekday) int {
	first := time.Monday
	switch w {
	case WeekdaySunday:
		first = time.Sunday
	case WeekdaySaturday:
		first = time.Saturday
	}
	return int(day-first+7) % 7
}

// Periods are the sums of each period, oldest first and without gaps: from the period of the filter's first date (else
// the first activity's) to that of its last date (else today's). With last, only the newest so many of them.
//
// Today does not cut off an activity that lies in the future of the athlete's zone, as one in the Pacific may.
func (s *Stats) Periods(by Period, weekStart Weekday, last *int) ([]*PeriodTotals, error) {
	if err := CheckPeriods(last); err != nil {
		return nil, err
	}
	first, final, ok := s.span()
	if !ok {
		return []*PeriodTotals{}, nil
	}
	starts := by.starts(first, final, weekStart, last)
	if len(starts) > maxPeriods {
		const message = "These are more than %d periods. Ask for fewer with last, or with the filter's dates."
		return nil, badInput("by", fmt.Sprintf(message, maxPeriods))
	}
	return s.series(by, starts), nil
}

// series are the sums of the periods in a row that begin on these dates, oldest first.
func (s *Stats) series(by Period, starts []Date) []*PeriodTotals {
	series := make([]*PeriodTotals, len(starts))
	if len(starts) == 0 {
		return series
	}
	bounds := make([]dayNumber, len(starts), len(starts)+1)
	for i, start := range starts {
		bounds[i] = start.number()
	}
	end := by.next(starts[len(starts)-1], 1)
	bounds = append(bounds, end.number())
	tallies := tallied(s.figures.rows, bounds)
	for i, start := range starts {
		series[i] = &PeriodTotals{Start: start, End: by.next(start, 1).AddDays(-1), Totals: tallies[i].totals()}
	}
	return series
}

// tallied are the sums of the rows between each two of the bounds, which ascend. The upper one does not belong to them.
func tallied(rows []figure, bounds []dayNumber) []tally {
	tallies, at := make([]tally, len(bounds)-1), 0
	for i := range rows {
		date := rows[i].date
		if date < bounds[0] || date >= bounds[len(tallies)] {
			continue
		}
		if date < bounds[at] || date >= bounds[at+1] { // It is not where the row before was.
			at = sort.Search(len(tallies), func(i int) bool { return bounds[i] > date }) - 1
		}
		tallies[at].add(&rows[i])
	}
	return tallies
}

// CheckPeriods fails with a BAD_USER_INPUT for a number of periods that [Stats.Periods] does not take.
func CheckPeriods(last *int) error {
	if last != nil && *last < 0 {
		return badInput("last", "last must not be negative.")
	}
	return nil
}

// span is the first and the last date that the series of periods has to reach; ok is false when it has nothing to
// begin with, or ends before it begins.
func (s *Stats) span() (first, final Date, ok bool) {
	final = s.today
	if len(s.figures.rows) > 0 {
		earliest, latest := s.figures.rows[0].date, final.number()
		for i := range s.figures.rows {
			earliest, latest = min(earliest, s.figures.rows[i].date), max(latest, s.figures.rows[i].date)
		}
		first, final = earliest.date(), latest.date()
	}
	if s.dates.From != nil {
		first = *s.dates.From
	}
	if s.dates.To != nil {
		final = *s.dates.To
	}
	return first, final, first != Date{} && !first.After(final)
}

// starts are the first dates of the periods that hold the dates from first to final, oldest first, at most the newest
// last of them and never more than one too many.
func (p Period) starts(first, final Date, weekStart Weekday, last *int) []Date {
	most := maxPeriods + 1
	if last != nil {
		most = min(*last, most)
	}
	var starts []Date
	earliest := p.start(first, weekStart)
	for start := p.start(final, weekStart); len(starts) < most && !start.Before(earliest); start = p.next(start, -1) {
		starts = append(starts, start)
	}
	slices.Reverse(starts)
	return starts
}
