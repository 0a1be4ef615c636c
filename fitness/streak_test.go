package fitness_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

// told is a run as a short text, "none" without one.
func told(run *fitness.StreakRun) string {
	if run == nil {
		return "none"
	}
	return fmt.Sprintf("%d: %v..%v", run.Length, run.Start, run.End)
}

// The calendar: 2026-11-16 is a Monday, 2026-11-22, today, a Sunday. 2020 and 2026 have 53 ISO weeks.
func TestStreak(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		days             []string
		by               fitness.Period
		weekStart        fitness.Weekday
		on               string
		current, longest string
	}{
		"nothing": {nil, "DAY", "MONDAY", "", "none", "none"},
		"today":   {[]string{"2026-11-22"}, "DAY", "MONDAY", "", "1: 2026-11-22..2026-11-22", "1: 2026-11-22..2026-11-22"},
		"today is still to come": {[]string{"2026-11-20", "2026-11-21"}, "DAY", "MONDAY", "",
			"2: 2026-11-20..2026-11-21", "2: 2026-11-20..2026-11-21"},
		"yesterday was missed": {[]string{"2026-11-19", "2026-11-20"}, "DAY", "MONDAY", "",
			"none", "2: 2026-11-19..2026-11-20"},
		"begun anew": {[]string{"2026-11-19", "2026-11-20", "2026-11-22"}, "DAY", "MONDAY", "",
			"1: 2026-11-22..2026-11-22", "2: 2026-11-19..2026-11-20"},
		"twice a day counts once": {[]string{"2026-11-21", "2026-11-22", "2026-11-22", "2026-11-22"}, "DAY", "MONDAY", "",
			"2: 2026-11-21..2026-11-22", "2: 2026-11-21..2026-11-22"},
		"of equals the earlier": {[]string{"2026-10-01", "2026-10-02", "2026-11-21", "2026-11-22"}, "DAY", "MONDAY", "",
			"2: 2026-11-21..2026-11-22", "2: 2026-10-01..2026-10-02"},
		"seen on an earlier date": {[]string{"2026-11-18", "2026-11-19", "2026-11-20", "2026-11-21"}, "DAY", "MONDAY", "2026-11-19",
			"2: 2026-11-18..2026-11-19", "2: 2026-11-18..2026-11-19"},
		"seen before everything": {[]string{"2026-11-18"}, "DAY", "MONDAY", "2026-11-17", "none", "none"},
		"seen from the future":   {[]string{"2026-11-22"}, "DAY", "MONDAY", "2026-11-24", "none", "1: 2026-11-22..2026-11-22"},
		"tomorrow does not count": {[]string{"2026-11-22", "2026-11-23"}, "DAY", "MONDAY", "",
			"1: 2026-11-22..2026-11-22", "1: 2026-11-22..2026-11-22"},
		"over a year's end": {[]string{"2025-12-31", "2026-01-01"}, "DAY", "MONDAY", "2026-01-02",
			"2: 2025-12-31..2026-01-01", "2: 2025-12-31..2026-01-01"},
		"over a leap day": {[]string{"2024-02-28", "2024-02-29", "2024-03-01"}, "DAY", "MONDAY", "2024-03-01",
			"3: 2024-02-28..2024-03-01", "3: 2024-02-28..2024-03-01"},
		"without a leap day": {[]string{"2026-02-28", "2026-03-01"}, "DAY", "MONDAY", "2026-03-01",
			"2: 2026-02-28..2026-03-01", "2: 2026-02-28..2026-03-01"},

		"weeks from Monday": {[]string{"2026-11-08", "2026-11-15", "2026-11-16"}, "WEEK", "MONDAY", "",
			"3: 2026-11-02..2026-11-22", "3: 2026-11-02..2026-11-22"},
		"weeks from Sunday": {[]string{"2026-11-08", "2026-11-15", "2026-11-16"}, "WEEK", "SUNDAY", "",
			"2: 2026-11-08..2026-11-21", "2: 2026-11-08..2026-11-21"},
		"weeks from Saturday": {[]string{"2026-11-13", "2026-11-14", "2026-11-15"}, "WEEK", "SATURDAY", "",
			"2: 2026-11-07..2026-11-20", "2: 2026-11-07..2026-11-20"},
		"this week is still to come": {[]string{"2026-11-02", "2026-11-15"}, "WEEK", "MONDAY", "2026-11-16",
			"2: 2026-11-02..2026-11-15", "2: 2026-11-02..2026-11-15"},
		"last week was missed": {[]string{"2026-11-02", "2026-11-08"}, "WEEK", "MONDAY", "2026-11-16",
			"none", "1: 2026-11-02..2026-11-08"},
		"over week 53": {[]string{"2020-12-27", "2020-12-28", "2021-01-04"}, "WEEK", "MONDAY", "2021-01-10",
			"3: 2020-12-21..2021-01-10", "3: 2020-12-21..2021-01-10"},
		"the first half of week 53 will do": {[]string{"2026-12-27", "2026-12-31", "2027-01-10"}, "WEEK", "MONDAY", "2027-01-10",
			"3: 2026-12-21..2027-01-10", "3: 2026-12-21..2027-01-10"},
		"this week, cut at on": {[]string{"2026-11-15", "2026-11-20"}, "WEEK", "MONDAY", "2026-11-19",
			"1: 2026-11-09..2026-11-15", "1: 2026-11-09..2026-11-15"},

		"months": {[]string{"2025-12-31", "2026-01-01", "2026-02-28", "2026-03-31"}, "MONTH", "MONDAY", "2026-04-30",
			"4: 2025-12-01..2026-03-31", "4: 2025-12-01..2026-03-31"},
		"a month was missed": {[]string{"2026-08-31", "2026-09-01", "2026-11-01"}, "MONTH", "MONDAY", "",
			"1: 2026-11-01..2026-11-30", "2: 2026-08-01..2026-09-30"},
		"quarters": {[]string{"2025-12-31", "2026-01-01", "2026-04-01", "2026-09-30"}, "QUARTER", "MONDAY", "",
			"4: 2025-10-01..2026-09-30", "4: 2025-10-01..2026-09-30"},
		"years": {[]string{"2023-06-01", "2025-12-31", "2026-01-01"}, "YEAR", "MONDAY", "",
			"2: 2025-01-01..2026-12-31", "2: 2025-01-01..2026-12-31"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var activities []*fitness.Activity
			for i, day := range test.days {
				activities = append([]*fitness.Activity{run(t, int64(i), day+"T08:00:00", 1000)}, activities...)
			}
			var on *fitness.Date
			if test.on != "" {
				on = new(date(t, test.on))
			}
			streak := statsOf(t, nil, activities...).Streak(test.by, test.weekStart, on)
			if got := told(streak.Current); got != test.current {
				t.Errorf("the current run is %s, want %s", got, test.current)
			}
			if got := told(streak.Longest); got != test.longest {
				t.Errorf("the longest run is %s, want %s", got, test.longest)
			}
		})
	}
}

// What counts is the date on the wall, in days of 23 and 25 hours and on either side of the date line.
func TestStreakCountsLocalDates(t *testing.T) {
	t.Parallel()
	type start struct{ at, zone string }
	for name, test := range map[string]struct {
		starts []start
		on     string
		want   string
	}{
		"the night of 23 hours": {[]start{
			{"2026-03-07T23:59:59", "America/New_York"}, {"2026-03-08T03:00:00", "America/New_York"}, {"2026-03-09T00:00:00", "America/New_York"},
		}, "2026-03-09", "3: 2026-03-07..2026-03-09"},
		"the night of 25 hours": {[]start{
			{"2026-10-31T23:59:59", "America/New_York"}, {"2026-11-01T23:30:00", "America/New_York"}, {"2026-11-02T00:00:00", "America/New_York"},
		}, "2026-11-02", "3: 2026-10-31..2026-11-02"},
		"an hour after the other, on two dates": {[]start{
			{"2026-11-20T22:00:00", "Pacific/Honolulu"}, {"2026-11-21T23:00:00", "Pacific/Kiritimati"}, // 08:00Z and 09:00Z
		}, "2026-11-21", "2: 2026-11-20..2026-11-21"},
		"the same date for two days": {[]start{
			{"2026-11-20T01:00:00", "Pacific/Kiritimati"}, {"2026-11-20T23:00:00", "Pacific/Pago_Pago"}, // 47 hours apart
		}, "2026-11-20", "1: 2026-11-20..2026-11-20"},
		// Samoa went over the date line and had no 30th.
		"a day that was left out": {[]start{
			{"2011-12-29T12:00:00", "Pacific/Apia"}, {"2011-12-31T12:00:00", "Pacific/Apia"},
		}, "2011-12-31", "1: 2011-12-31..2011-12-31"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var activities []*fitness.Activity
			for i, start := range test.starts {
				a := activity(t, int64(i), fitness.SportRun, start.at, start.zone)
				activities = append([]*fitness.Activity{a}, activities...)
			}
			got := statsOf(t, nil, activities...).Streak(fitness.PeriodDay, fitness.WeekdayMonday, new(date(t, test.on)))
			if told(got.Current) != test.want {
				t.Errorf("got %s, want %s", told(got.Current), test.want)
			}
		})
	}
}

// Today is that of the service's zone: on Kiritimati Sunday is over at noon in Greenwich.
func TestStreakSeenToday(t *testing.T) {
	t.Parallel()
	kiritimati := activity(t, 1, fitness.SportRun, "2026-11-21T08:00:00", "Pacific/Kiritimati")
	zone, err := time.LoadLocation("Pacific/Pago_Pago")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		zone *time.Location
		want string
	}{
		"where the newest activity was": {nil, "none"},
		"where the configuration says":  {zone, "1: 2026-11-21..2026-11-21"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			history := (&listed{[]*fitness.Activity{kiritimati}}).open
			service := newService(t, fitness.Config{History: history, TimeZone: test.zone, Now: at(noon)})
			stats, err := service.Stats(asOwner(t), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(stats.Streak(fitness.PeriodDay, fitness.WeekdayMonday, nil).Current); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// The obvious second implementation: number the periods, and walk along them one by one.
func TestStreakAgreesWithAWalk(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(17, 18))
	for range 300 {
		activities := randomHistory(t, random, random.IntN(120))
		stats := statsOf(t, nil, activities...)
		on := date(t, "2026-11-22").AddDays(-random.IntN(400))
		for _, by := range []fitness.Period{"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"} {
			for _, weekStart := range []fitness.Weekday{"MONDAY", "SUNDAY", "SATURDAY"} {
				wantCurrent, wantLongest := walked(activities, by, weekStart, on)
				got := stats.Streak(by, weekStart, &on)
				if diff := cmp.Diff([]string{wantCurrent, wantLongest}, []string{told(got.Current), told(got.Longest)}); diff != "" {
					t.Fatalf("by %s from %s on %v (-want +got):\n%s", by, weekStart, on, diff)
				}
			}
		}
	}
}

func walked(activities []*fitness.Activity, by fitness.Period, weekStart fitness.Weekday, on fitness.Date) (current, longest string) {
	active := map[int]bool{}
	for _, a := range activities {
		if !a.LocalDate().After(on) {
			active[periodNumber(a.LocalDate(), by, weekStart)] = true
		}
	}
	walk := func(final int) string {
		first := final
		for active[first-1] {
			first--
		}
		start, _ := periodDates(first, by, weekStart)
		_, end := periodDates(final, by, weekStart)
		return fmt.Sprintf("%d: %s..%s", final-first+1, start, end)
	}
	current, longest = "none", "none"
	now := periodNumber(on, by, weekStart)
	switch {
	case active[now]:
		current = walk(now)
	case active[now-1]:
		current = walk(now - 1)
	}
	most := 0
	length := 0
	for number := now - 2000; number <= now; number++ {
		if !active[number] {
			length = 0
			continue
		}
		if length++; length > most {
			most, longest = length, walk(number)
		}
	}
	return current, longest
}

// dayNumber counts days from a Monday.
func dayNumber(day fitness.Date) int {
	monday := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
	return int(time.Date(day.Year, day.Month, day.Day, 0, 0, 0, 0, time.UTC).Sub(monday).Hours() / 24)
}

func weekShift(weekStart fitness.Weekday) int {
	return map[fitness.Weekday]int{"MONDAY": 0, "SUNDAY": 1, "SATURDAY": 2}[weekStart]
}

func periodNumber(day fitness.Date, by fitness.Period, weekStart fitness.Weekday) int {
	switch by {
	case "WEEK":
		return (dayNumber(day) + weekShift(weekStart)) / 7
	case "MONTH":
		return day.Year*12 + int(day.Month) - 1
	case "QUARTER":
		return day.Year*4 + (int(day.Month)-1)/3
	case "YEAR":
		return day.Year
	default:
		return dayNumber(day)
	}
}

func periodDates(number int, by fitness.Period, weekStart fitness.Weekday) (start, end string) {
	midnight := func(year, month, day int) time.Time {
		return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	}
	var from, next time.Time
	switch by {
	case "WEEK":
		from, next = midnight(1900, 1, 1+number*7-weekShift(weekStart)), midnight(1900, 1, 8+number*7-weekShift(weekStart))
	case "MONTH":
		from, next = midnight(number/12, number%12+1, 1), midnight(number/12, number%12+2, 1)
	case "QUARTER":
		from, next = midnight(number/4, number%4*3+1, 1), midnight(number/4, number%4*3+4, 1)
	case "YEAR":
		from, next = midnight(number, 1, 1), midnight(number+1, 1, 1)
	default:
		from, next = midnight(1900, 1, 1+number), midnight(1900, 1, 2+number)
	}
	return from.Format(time.DateOnly), next.AddDate(0, 0, -1).Format(time.DateOnly)
}
