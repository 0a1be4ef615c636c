package fitness_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

func series(tb testing.TB, stats *fitness.Stats, by fitness.Period, weekStart fitness.Weekday, last *int) []*fitness.PeriodTotals {
	tb.Helper()
	periods, err := stats.Periods(by, weekStart, last)
	if err != nil {
		tb.Fatalf("make periods: %v", err)
	}
	return periods
}

// spans tells of each period its dates and how many activities it has.
func spans(periods []*fitness.PeriodTotals) []string {
	var told []string
	for _, period := range periods {
		told = append(told, fmt.Sprintf("%v..%v: %d", period.Start, period.End, period.Totals.Count))
	}
	return told
}

// The calendar of these weeks: 2026-11-16 is a Monday, 2026-11-22, today, a Sunday.
func TestPeriods(t *testing.T) {
	t.Parallel()
	activities := []*fitness.Activity{
		run(t, 4, "2026-11-21T08:00:00", 4000), // Saturday
		run(t, 3, "2026-11-15T08:00:00", 3000), // Sunday
		run(t, 2, "2026-11-14T08:00:00", 2000), // Saturday
		run(t, 1, "2026-08-31T23:59:59", 1000),
	}
	for name, test := range map[string]struct {
		dates     *fitness.DateRange
		by        fitness.Period
		weekStart fitness.Weekday
		last      *int
		want      []string
	}{
		"weeks from Monday": {days(t, "2026-11-10", ""), "WEEK", "MONDAY", nil, []string{
			"2026-11-09..2026-11-15: 2", "2026-11-16..2026-11-22: 1",
		}},
		"weeks from Sunday": {days(t, "2026-11-10", ""), "WEEK", "SUNDAY", nil, []string{
			"2026-11-08..2026-11-14: 1", "2026-11-15..2026-11-21: 2", "2026-11-22..2026-11-28: 0",
		}},
		"weeks from Saturday": {days(t, "2026-11-10", ""), "WEEK", "SATURDAY", nil, []string{
			"2026-11-07..2026-11-13: 0", "2026-11-14..2026-11-20: 2", "2026-11-21..2026-11-27: 1",
		}},
		"days": {days(t, "2026-11-20", ""), "DAY", "MONDAY", nil, []string{
			"2026-11-20..2026-11-20: 0", "2026-11-21..2026-11-21: 1", "2026-11-22..2026-11-22: 0",
		}},
		"months from the first activity": {nil, "MONTH", "MONDAY", nil, []string{
			"2026-08-01..2026-08-31: 1", "2026-09-01..2026-09-30: 0", "2026-10-01..2026-10-31: 0", "2026-11-01..2026-11-30: 3",
		}},
		"quarters": {nil, "QUARTER", "MONDAY", nil, []string{
			"2026-07-01..2026-09-30: 1", "2026-10-01..2026-12-31: 3",
		}},
		"years":         {nil, "YEAR", "MONDAY", nil, []string{"2026-01-01..2026-12-31: 4"}},
		"years before":  {days(t, "2024-02-29", "2025-12-31"), "YEAR", "MONDAY", nil, []string{"2024-01-01..2024-12-31: 0", "2025-01-01..2025-12-31: 0"}},
		"the newest":    {nil, "MONTH", "MONDAY", new(2), []string{"2026-10-01..2026-10-31: 0", "2026-11-01..2026-11-30: 3"}},
		"more than all": {nil, "QUARTER", "MONDAY", new(9), []string{"2026-07-01..2026-09-30: 1", "2026-10-01..2026-12-31: 3"}},
		"none":          {nil, "QUARTER", "MONDAY", new(0), nil},
		"a leap year's February": {days(t, "2024-02-10", "2024-02-10"), "MONTH", "MONDAY", nil, []string{
			"2024-02-01..2024-02-29: 0",
		}},
		"a week over the year's end": {days(t, "2027-01-01", "2027-01-01"), "WEEK", "MONDAY", nil, []string{
			"2026-12-28..2027-01-03: 0",
		}},
		"into the future": {days(t, "2026-11-22", "2026-11-23"), "DAY", "MONDAY", nil, []string{
			"2026-11-22..2026-11-22: 0", "2026-11-23..2026-11-23: 0",
		}},
		"from the future": {days(t, "2026-11-23", ""), "DAY", "MONDAY", nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var filter *fitness.ActivityFilter
			if test.dates != nil {
				filter = &fitness.ActivityFilter{Dates: test.dates}
			}
			got := spans(series(t, statsOf(t, filter, activities...), test.by, test.weekStart, test.last))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// An activity counts for the date on the wall where it started, not for that in UTC.
func TestPeriodsCountLocalDates(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		started, zone, utc string
		by                 fitness.Period
		want               string
	}{
		"New Year's Eve in New York": {"2025-12-31T23:30:00", "America/New_York", "2026-01-01T04:30:00Z", "YEAR", "2025-01-01"},
		"New Year's Day in Auckland": {"2026-01-01T00:30:00", "Pacific/Auckland", "2025-12-31T11:30:00Z", "YEAR", "2026-01-01"},
		// Clocks went from 02:00 to 03:00.
		"the night of the change to summer time": {"2026-03-08T03:30:00", "America/New_York", "2026-03-08T07:30:00Z", "DAY", "2026-03-08"},
		// Clocks went from 02:00 to 01:00; 23:30 is at UTC-5 already.
		"the day of the change to winter time": {"2026-11-01T23:30:00", "America/New_York", "2026-11-02T04:30:00Z", "DAY", "2026-11-01"},
		"the evening in summer time":           {"2026-07-05T23:00:00", "Europe/Berlin", "2026-07-05T21:00:00Z", "WEEK", "2026-06-29"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := activity(t, 1, fitness.SportRun, test.started, test.zone)
			if got := a.StartedAt.Format(time.RFC3339); got != test.utc {
				t.Fatalf("it started at %s, want %s", got, test.utc)
			}
			periods := series(t, statsOf(t, nil, a), test.by, fitness.WeekdayMonday, nil)
			if got := periods[0].Start.String(); got != test.want || periods[0].Totals.Count != 1 {
				t.Errorf("it counts for %s (%d activities), want %s", got, periods[0].Totals.Count, test.want)
			}
		})
	}
}

// The newest activity may lie in tomorrow, seen from the configured zone; the series reaches it.
func TestPeriodsReachTheNewestActivity(t *testing.T) {
	t.Parallel()
	tomorrow := activity(t, 1, fitness.SportRun, "2026-11-23T01:00:00", "Pacific/Kiritimati")
	service := newService(t, fitness.Config{History: (&listed{[]*fitness.Activity{tomorrow}}).open, TimeZone: time.UTC})
	stats, err := service.Stats(asOwner(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := spans(series(t, stats, fitness.PeriodDay, fitness.WeekdayMonday, nil))
	if diff := cmp.Diff([]string{"2026-11-23..2026-11-23: 1"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPeriodsRefuse(t *testing.T) {
	t.Parallel()
	_, err := statsOf(t, nil).Periods(fitness.PeriodDay, fitness.WeekdayMonday, new(-1))
	refused(t, err, fitness.CodeBadUserInput, "last")

	ages := statsOf(t, &fitness.ActivityFilter{Dates: days(t, "1000-01-01", "9998-12-31")})
	_, err = ages.Periods(fitness.PeriodDay, fitness.WeekdayMonday, nil)
	refused(t, err, fitness.CodeBadUserInput, "by")
	if got := series(t, ages, fitness.PeriodDay, fitness.WeekdayMonday, new(3)); len(got) != 3 {
		t.Errorf("got %d periods, want the newest 3", len(got))
	}
}

// At the ends of what is read as a date, what is written is still one, with four digits for the year.
func TestPeriodsOfTheFirstAndTheLastYearAreDates(t *testing.T) {
	t.Parallel()
	for _, day := range []string{"1000-01-01", "9998-12-31"} {
		for _, by := range []fitness.Period{"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"} {
			for _, weekStart := range []fitness.Weekday{"MONDAY", "SUNDAY", "SATURDAY"} {
				got := series(t, statsOf(t, &fitness.ActivityFilter{Dates: days(t, day, day)}), by, weekStart, nil)
				if len(got) != 1 {
					t.Fatalf("%s of %s: got %d periods", by, day, len(got))
				}
				for _, end := range []fitness.Date{got[0].Start, got[0].End} {
					if _, err := time.Parse(time.DateOnly, end.String()); err != nil || end.Year < 999 {
						t.Errorf("%s of %s reaches to %v", by, day, end)
					}
				}
			}
		}
	}
}

// Whatever the periods are, they follow each other day by day and add up to the totals.
func TestPeriodsAddUp(t *testing.T) {
	t.Parallel()
	zones := []string{"UTC", "America/New_York", "Pacific/Kiritimati", "Pacific/Honolulu", "Australia/Lord_Howe"}
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 1))
		var activities []*fitness.Activity
		for id := range int64(200) {
			started := noon.AddDate(0, 0, -random.IntN(1500)).Add(-time.Duration(random.IntN(86400)) * time.Second)
			a := activity(t, id, fitness.SportRun, started.Format("2006-01-02T15:04:05"), zones[random.IntN(len(zones))])
			a.DistanceMeters, a.ElevationGainMeters = float64(random.IntN(300000))/10, float64(random.IntN(9000))/10
			a.MovingTime, a.ElapsedTime = random.IntN(9000), random.IntN(9999)
			activities = append(activities, a)
		}
		stats := statsOf(t, nil, activities...)
		for _, by := range []fitness.Period{"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"} {
			for _, weekStart := range []fitness.Weekday{"MONDAY", "SUNDAY", "SATURDAY"} {
				checkSeries(t, stats.Totals(), series(t, stats, by, weekStart, nil))
			}
		}
	}
}

func checkSeries(t *testing.T, totals *fitness.Totals, periods []*fitness.PeriodTotals) {
	t.Helper()
	var sum fitness.Totals
	for i, period := range periods {
		if period.End.Before(period.Start) {
			t.Errorf("%v ends before it begins", spans(periods[i:i+1]))
		}
		if i > 0 && period.Start != periods[i-1].End.AddDays(1) {
			t.Errorf("there is a gap or an overlap: %v", spans(periods[i-1:i+1]))
		}
		sum.Count += period.Totals.Count
		sum.DistanceMeters += period.Totals.DistanceMeters
		sum.ElevationGainMeters += period.Totals.ElevationGainMeters
		sum.MovingTime += period.Totals.MovingTime
		sum.ElapsedTime += period.Totals.ElapsedTime
		sum.ActiveDays += period.Totals.ActiveDays
	}
	sum.DistanceMeters = math.Round(sum.DistanceMeters*1000) / 1000
	sum.ElevationGainMeters = math.Round(sum.ElevationGainMeters*1000) / 1000
	if diff := cmp.Diff(totals, &sum); diff != "" {
		t.Errorf("the periods do not add up (-totals +sum):\n%s", diff)
	}
}
