package fitness_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

// This file has the second implementation of lists and sums: slow and obvious, it knows each activity's day from the
// instant and the zone alone, and asks the standard library for the calendar. The fast one has to agree with it.

// lifetime is a random history of years, the newest first: its activities crowd at the ends of years and in the nights
// in which clocks change, in zones from one end of the world to the other.
func lifetime(tb testing.TB, random *rand.Rand, count int) []*fitness.Activity {
	tb.Helper()
	zones := []string{
		"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu",
	}
	moments := []time.Time{
		time.Date(2020, 12, 31, 12, 0, 0, 0, time.UTC), time.Date(2021, 1, 3, 12, 0, 0, 0, time.UTC), // week 53 and its end
		time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC), // Berlin
		time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC), // New York
		time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC), time.Date(2025, 12, 31, 12, 0, 0, 0, time.UTC),
	}
	activities := make([]*fitness.Activity, count)
	for i := range activities {
		start := noon.Add(-time.Duration(random.Int64N(int64(8*365*24*time.Hour))) / time.Second * time.Second)
		if random.IntN(2) == 0 {
			start = moments[random.IntN(len(moments))].Add(time.Duration(random.IntN(48*3600)-24*3600) * time.Second)
		}
		zone := zones[random.IntN(len(zones))]
		a := activity(tb, int64(i+1), []fitness.Sport{"RUN", "RIDE", "SWIM", "TRAIL_RUN", "HIKE"}[random.IntN(5)],
			start.In(location(tb, zone)).Format("2006-01-02T15:04:05"), zone)
		a.Name = []string{"Morning Run", "STRASSE", "Straße", "Évian", "évian 2", ""}[random.IntN(6)]
		a.DistanceMeters, a.ElevationGainMeters = float64(random.IntN(300))/10, float64(random.IntN(100))/10
		a.MovingTime, a.ElapsedTime = random.IntN(100), random.IntN(200)
		a.GearID = []string{"", "b1", "g2"}[random.IntN(3)]
		if random.IntN(3) > 0 {
			a.AverageMetersPerSecond = new(float64(random.IntN(10)))
			a.RelativeEffort = new(float64(random.IntN(10)))
			a.Start = &fitness.Coordinates{Latitude: random.Float64()*180 - 90, Longitude: random.Float64()*360 - 180}
			a.Visibility = new([]fitness.Visibility{"EVERYONE", "FOLLOWERS_ONLY", "ONLY_ME"}[random.IntN(3)])
		}
		a.IsCommute, a.IsIndoor, a.HasHeartRate = random.IntN(2) == 0, random.IntN(2) == 0, random.IntN(2) == 0
		activities[i] = a
	}
	slices.SortFunc(activities, func(a, b *fitness.Activity) int {
		return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.StravaID, a.StravaID))
	})
	return activities
}

func location(tb testing.TB, zone string) *time.Location {
	tb.Helper()
	found, err := time.LoadLocation(zone)
	if err != nil {
		tb.Fatal(err)
	}
	return found
}

// dayOf is the noon, in UTC, of the day that it was where the activity started.
func dayOf(tb testing.TB, a *fitness.Activity) time.Time {
	tb.Helper()
	year, month, day := a.StartedAt.In(location(tb, *a.TimeZone)).Date()
	return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
}

// sumOf are the sums over those that are kept.
func sumOf(tb testing.TB, activities []*fitness.Activity, keep func(*fitness.Activity) bool) *fitness.Totals {
	tb.Helper()
	sum, days := &fitness.Totals{}, map[time.Time]bool{}
	for _, a := range activities {
		if keep(a) {
			sum.Count++
			sum.DistanceMeters += a.DistanceMeters
			sum.MovingTime += a.MovingTime
			sum.ElapsedTime += a.ElapsedTime
			sum.ElevationGainMeters += a.ElevationGainMeters
			days[dayOf(tb, a)] = true
		}
	}
	sum.DistanceMeters, sum.ElevationGainMeters = math.Round(sum.DistanceMeters*1000)/1000, math.Round(sum.ElevationGainMeters*1000)/1000
	sum.ActiveDays = len(days)
	return sum
}

func TestSumsAgreeWithTheObviousOnes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		random := rand.New(rand.NewPCG(seed, 7))
		activities := lifetime(t, random, random.IntN(400))
		stats := statsOf(t, nil, activities...)
		wantSum(t, sumOf(t, activities, func(*fitness.Activity) bool { return true }), stats.Totals(), "of all")
		most, seen := math.MaxInt, 0
		for _, got := range stats.BySport() {
			wantSum(t, sumOf(t, activities, func(a *fitness.Activity) bool { return a.Sport == got.Sport }), got.Totals, "of "+string(got.Sport))
			if got.Totals.Count > most {
				t.Errorf("%s has more than the sport before it", got.Sport)
			}
			most, seen = got.Totals.Count, seen+got.Totals.Count
		}
		if seen != len(activities) {
			t.Errorf("the sports have %d activities of %d", seen, len(activities))
		}
		for _, got := range stats.ByGear() {
			wantSum(t, sumOf(t, activities, func(a *fitness.Activity) bool { return a.GearID == got.StravaID }), got.Totals, "with "+got.StravaID)
		}
		for _, by := range []fitness.Period{"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"} {
			for _, weekStart := range []fitness.Weekday{"MONDAY", "SUNDAY", "SATURDAY"} {
				wantSeries(t, activities, by, weekStart, series(t, stats, by, weekStart, nil))
			}
		}
	}
}

func wantSum(t *testing.T, want, got *fitness.Totals, of string) {
	t.Helper()
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("the sums %s (-obvious +fast):\n%s", of, diff)
	}
}

// periodOf names the period that the day is in, by the standard library's calendar.
func periodOf(day time.Time, by fitness.Period, weekStart fitness.Weekday) string {
	switch by {
	case fitness.PeriodWeek:
		// Whichever day a week begins with: moved so that this is a Monday, its days share an ISO week.
		year, week := day.AddDate(0, 0, map[fitness.Weekday]int{"MONDAY": 0, "SUNDAY": 1, "SATURDAY": 2}[weekStart]).ISOWeek()
		return fmt.Sprintf("%d-W%02d", year, week)
	case fitness.PeriodMonth:
		return day.Format("2006-01")
	case fitness.PeriodQuarter:
		return fmt.Sprintf("%d-Q%d", day.Year(), (day.Month()+2)/3)
	case fitness.PeriodYear:
		return day.Format("2006")
	default:
		return day.Format(time.DateOnly)
	}
}

// wantSeries walks from the first activity's day through today's.
func wantSeries(t *testing.T, activities []*fitness.Activity, by fitness.Period, weekStart fitness.Weekday, got []*fitness.PeriodTotals) {
	t.Helper()
	members := map[string][]*fitness.Activity{}
	final := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	first := final
	for _, a := range activities {
		day := dayOf(t, a)
		members[periodOf(day, by, weekStart)] = append(members[periodOf(day, by, weekStart)], a)
		if day.Before(first) {
			first = day
		}
		if day.After(final) {
			final = day
		}
	}
	if len(activities) > 0 {
		final = later(final, noon.In(location(t, *activities[0].TimeZone)))
	}
	var names []string
	for day := first; !day.After(final) && len(activities) > 0; day = day.AddDate(0, 0, 1) {
		if name := periodOf(day, by, weekStart); len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	if len(got) != len(names) {
		t.Fatalf("%d periods by %s, want %d", len(got), by, len(names))
	}
	for i, name := range names {
		start, end := midday(got[i].Start), midday(got[i].End)
		isWhole := periodOf(start, by, weekStart) == name && periodOf(end, by, weekStart) == name &&
			periodOf(start.AddDate(0, 0, -1), by, weekStart) != name && periodOf(end.AddDate(0, 0, 1), by, weekStart) != name
		if !isWhole {
			t.Errorf("%v to %v is not all of %s", got[i].Start, got[i].End, name)
		}
		wantSum(t, sumOf(t, members[name], func(*fitness.Activity) bool { return true }), got[i].Totals, "of "+name)
	}
}

func midday(day fitness.Date) time.Time {
	return time.Date(day.Year, day.Month, day.Day, 12, 0, 0, 0, time.UTC)
}

// later is the later of a day and the day of an instant where it is shown.
func later(day, instant time.Time) time.Time {
	year, month, date := instant.Date()
	if shown := time.Date(year, month, date, 12, 0, 0, 0, time.UTC); shown.After(day) {
		return shown
	}
	return day
}

// A filter and its negation share no activity and leave none out, in lists as in sums.
func TestAFilterAndItsNegationPartitionTheWhole(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		random := rand.New(rand.NewPCG(seed, 8))
		activities := lifetime(t, random, random.IntN(200))
		service := serviceOf(t, activities...)
		for range 20 {
			filter := randomFilter(random, 2)
			found := append(visit(t, service, filter), visit(t, service, &fitness.ActivityFilter{Not: filter})...)
			slices.Sort(found)
			all := ids(activities)
			slices.Sort(all)
			if diff := gocmp.Diff(all, found); diff != "" {
				t.Fatalf("%+v and its negation (-all +found):\n%s", filter, diff)
			}
			kept, refused := statsOf(t, filter, activities...).Totals(), statsOf(t, &fitness.ActivityFilter{Not: filter}, activities...).Totals()
			if kept.Count+refused.Count != len(activities) ||
				kept.MovingTime+refused.MovingTime != statsOf(t, nil, activities...).Totals().MovingTime {
				t.Fatalf("the sums under %+v and its negation are not those of the whole", filter)
			}
		}
	}
}

// visit is what a filter keeps.
func visit(tb testing.TB, service *fitness.Service, filter *fitness.ActivityFilter) (visited []int64) {
	tb.Helper()
	page, err := service.Activities(asOwner(tb), fitness.ActivitiesQuery{Filter: filter, First: new(200)})
	if err != nil {
		tb.Fatal(err)
	}
	return ids(page.Activities)
}

// randomFilter has a few conditions, and filters inside it down to that depth.
func randomFilter(random *rand.Rand, depth int) *fitness.ActivityFilter {
	f := &fitness.ActivityFilter{}
	for range random.IntN(3) {
		switch random.IntN(13) {
		case 0:
			f.Sports = []fitness.Sport{"RUN", "SWIM"}[:random.IntN(3)]
		case 1:
			f.SportGroups = []fitness.SportGroup{"RUN"}
		case 2:
			from := fitness.Date{Year: 2019 + random.IntN(7), Month: time.December, Day: 31}
			f.Dates = &fitness.DateRange{From: &from}
		case 3:
			f.StartedAt = &fitness.DateTimeRange{To: new(noon.AddDate(-random.IntN(8), 0, 0))}
		case 4:
			f.Distance = &fitness.FloatRange{Min: new(float64(random.IntN(30)))}
		case 5:
			f.MovingTime = &fitness.IntRange{Max: new(random.IntN(100))}
		case 6:
			f.Gear = []string{"b1"}
		case 7:
			f.Visibility = []fitness.Visibility{"EVERYONE", "ONLY_ME"}[:random.IntN(3)]
		case 8:
			f.IsCommute = new(random.IntN(2) == 0)
		case 9:
			f.NameContains = new([]string{"strasse", "É", "", "run"}[random.IntN(4)])
		case 10:
			f.StartsNear = &fitness.NearInput{Latitude: 10, Longitude: 10, Meters: random.Float64() * 1e7}
		case 11:
			f.ElevationGain = &fitness.FloatRange{Min: new(2.0), Max: new(7.5)}
		default:
			f.HasHeartRate = new(true)
		}
	}
	if depth > 0 && random.IntN(2) == 0 {
		f.Not = randomFilter(random, depth-1)
	}
	if depth > 0 && random.IntN(2) == 0 {
		f.Or = []*fitness.ActivityFilter{}
		for range random.IntN(3) {
			f.Or = append(f.Or, randomFilter(random, depth-1))
		}
	}
	return f
}

// A page is what is left of the sorted list once all before one cursor and behind the other is cut off.
func TestPagesAgreeWithTheObviousOnes(t *testing.T) {
	t.Parallel()
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 9))
		activities := lifetime(t, random, random.IntN(190))
		service := serviceOf(t, activities...)
		for _, order := range orders() {
			filter := randomFilter(random, 1)
			sorted := inOrder(order, keptOf(activities, visit(t, service, filter)))
			whole, err := service.Activities(asOwner(t), fitness.ActivitiesQuery{Filter: filter, Order: order, First: new(200)})
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(ids(sorted), ids(whole.Activities)); diff != "" {
				t.Fatalf("by %v (-obvious +fast):\n%s", order, diff)
			}
			for range 8 {
				wantPage(t, service, randomPage(random, filter, order, whole.Cursors), whole)
			}
		}
	}
}

func keptOf(activities []*fitness.Activity, kept []int64) []*fitness.Activity {
	return slices.DeleteFunc(slices.Clone(activities), func(a *fitness.Activity) bool { return !slices.Contains(kept, a.StravaID) })
}

// inOrder sorts by what the field says, those without last, and of equals by the id.
func inOrder(order fitness.ActivityOrder, activities []*fitness.Activity) []*fitness.Activity {
	value := func(a *fitness.Activity) *float64 {
		switch order.Field {
		case fitness.ActivityOrderFieldDistance:
			return &a.DistanceMeters
		case fitness.ActivityOrderFieldMovingTime:
			return new(float64(a.MovingTime))
		case fitness.ActivityOrderFieldElapsedTime:
			return new(float64(a.ElapsedTime))
		case fitness.ActivityOrderFieldElevationGain:
			return &a.ElevationGainMeters
		case fitness.ActivityOrderFieldAverageSpeed:
			return a.AverageMetersPerSecond
		case fitness.ActivityOrderFieldRelativeEffort:
			return a.RelativeEffort
		case fitness.ActivityOrderFieldName:
			return new(0.0)
		default:
			return new(float64(a.StartedAt.Unix()))
		}
	}
	slices.SortFunc(activities, func(a, b *fitness.Activity) int {
		left, right := value(a), value(b)
		switch {
		case left == nil && right != nil:
			return 1
		case left != nil && right == nil:
			return -1
		}
		ascending := cmp.Compare(a.StravaID, b.StravaID)
		if left != nil && *left != *right {
			ascending = cmp.Compare(*left, *right)
		} else if order.Field == fitness.ActivityOrderFieldName {
			ascending = cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), ascending)
		}
		if order.Direction != fitness.DirectionAsc {
			return -ascending
		}
		return ascending
	})
	return activities
}

func randomPage(random *rand.Rand, filter *fitness.ActivityFilter, order fitness.ActivityOrder, cursors []string) fitness.ActivitiesQuery {
	query := fitness.ActivitiesQuery{Filter: filter, Order: order}
	if len(cursors) > 0 && random.IntN(2) == 0 {
		query.After = &cursors[random.IntN(len(cursors))]
	}
	if len(cursors) > 0 && random.IntN(2) == 0 {
		query.Before = &cursors[random.IntN(len(cursors))]
	}
	switch size := random.IntN(1 + random.IntN(200)); random.IntN(3) {
	case 0:
		query.First = &size
	case 1:
		query.Last = &size
	}
	return query
}

func wantPage(t *testing.T, service *fitness.Service, query fitness.ActivitiesQuery, whole *fitness.ActivityPage) {
	t.Helper()
	got, err := service.Activities(asOwner(t), query)
	if err != nil {
		t.Fatal(err)
	}
	from, to := 0, len(whole.Cursors)
	if query.After != nil {
		from = slices.Index(whole.Cursors, *query.After) + 1
	}
	if query.Before != nil {
		to = max(from, slices.Index(whole.Cursors, *query.Before))
	}
	switch {
	case query.First != nil:
		to = min(to, from+*query.First)
	case query.Last != nil:
		from = max(from, to-*query.Last)
	case query.Before != nil && query.After == nil:
		from = max(from, to-30)
	default:
		to = min(to, from+30)
	}
	want := &fitness.ActivityPage{
		Activities: whole.Activities[from:to], Cursors: whole.Cursors[from:to], TotalCount: len(whole.Cursors),
		HasPrevious: from > 0, HasNext: to < len(whole.Cursors),
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Fatalf("%+v (-obvious +fast):\n%s", query, diff)
	}
}
