package fitness_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

func statsOf(tb testing.TB, filter *fitness.ActivityFilter, activities ...*fitness.Activity) *fitness.Stats {
	tb.Helper()
	stats, err := serviceOf(tb, activities...).Stats(asOwner(tb), filter)
	if err != nil {
		tb.Fatalf("make stats: %v", err)
	}
	return stats
}

func TestTotals(t *testing.T) {
	t.Parallel()
	var runs []*fitness.Activity
	for _, meters := range []float64{100.1, 100.2, 100.3, 0.1} { // which do not add up in binary
		a := run(t, int64(len(runs)), "2026-11-01T08:00:00", meters)
		a.MovingTime, a.ElapsedTime, a.ElevationGainMeters = 10, 20, 0.1
		runs = append(runs, a)
	}
	// The same date in UTC as the others, but not where it was.
	travelled := activity(t, 9, fitness.SportHike, "2026-11-02T02:00:00", "Asia/Tokyo")
	stats := statsOf(t, nil, append(runs, travelled)...)

	want := &fitness.Totals{Count: 5, DistanceMeters: 300.7, MovingTime: 40, ElapsedTime: 80, ElevationGainMeters: 0.4, ActiveDays: 2}
	if diff := cmp.Diff(want, stats.Totals()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := stats.Totals().Distance(fitness.LengthUnitKilometers); got != 0.3007 {
		t.Errorf("got %v km", got)
	}
	if got := stats.Totals().ElevationGain(fitness.LengthUnitFeet); got != 0.4/0.3048 {
		t.Errorf("got %v ft", got)
	}
}

func TestTotalsOfNothing(t *testing.T) {
	t.Parallel()
	stats := statsOf(t, nil)
	if diff := cmp.Diff(&fitness.Totals{}, stats.Totals()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := stats.BySport(); got == nil || len(got) != 0 {
		t.Errorf("got %v, want an empty list", got)
	}
	if got := series(t, stats, fitness.PeriodDay, fitness.WeekdayMonday, nil); got == nil || len(got) != 0 {
		t.Errorf("got %v, want an empty list", got)
	}
}

func TestTotalsBySport(t *testing.T) {
	t.Parallel()
	ride := activity(t, 3, fitness.SportRide, "2026-11-03T08:00:00", "UTC")
	ride.DistanceMeters = 50000
	swim := activity(t, 4, fitness.SportSwim, "2026-11-04T08:00:00", "UTC")
	swim.DistanceMeters = 2000
	stats := statsOf(t, nil,
		run(t, 1, "2026-11-01T08:00:00", 5000), run(t, 2, "2026-11-02T08:00:00", 6000), swim, ride,
		activity(t, 5, fitness.SportOther, "2026-11-05T08:00:00", "UTC"),
		activity(t, 6, fitness.SportGolf, "2026-11-05T09:00:00", "UTC"))

	var got []string
	count := 0
	for _, sport := range stats.BySport() {
		got = append(got, string(sport.Sport))
		count += sport.Totals.Count
	}
	if diff := cmp.Diff([]string{"RUN", "RIDE", "SWIM", "GOLF", "OTHER"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if count != 6 {
		t.Errorf("the sports have %d activities, want 6", count)
	}
}

// Today is a matter of the zone: at noon UTC it is already tomorrow on Kiritimati.
func TestTodayIsThatOfTheZone(t *testing.T) {
	t.Parallel()
	newest := activity(t, 2, fitness.SportRun, "2026-11-20T08:00:00", "Pacific/Kiritimati")
	older := activity(t, 1, fitness.SportRun, "2026-11-01T08:00:00", "America/New_York")
	honolulu, err := time.LoadLocation("Pacific/Honolulu")
	if err != nil {
		t.Fatal(err)
	}
	offsetOnly := activity(t, 3, fitness.SportRun, "2026-11-21T08:00:00", "UTC")
	offsetOnly.TimeZone, offsetOnly.UTCOffset = new("Not/AZone"), new(13*3600)

	for name, test := range map[string]struct {
		activities []*fitness.Activity
		zone       *time.Location
		now        time.Time
		want       string
	}{
		"of the newest activity":      {[]*fitness.Activity{newest, older}, nil, noon, "2026-11-23"},
		"of the configuration":        {[]*fitness.Activity{newest, older}, honolulu, noon.Add(-3 * time.Hour), "2026-11-21"},
		"by the offset":               {[]*fitness.Activity{offsetOnly, older}, nil, noon, "2026-11-23"},
		"before daylight saving ends": {[]*fitness.Activity{older}, nil, time.Date(2026, 11, 1, 4, 30, 0, 0, time.UTC), "2026-11-01"},
		"after daylight saving ends":  {[]*fitness.Activity{older}, nil, time.Date(2026, 11, 2, 4, 30, 0, 0, time.UTC), "2026-11-01"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service := newService(t, fitness.Config{History: (&listed{test.activities}).open, TimeZone: test.zone, Now: at(test.now)})
			stats, err := service.Stats(asOwner(t), &fitness.ActivityFilter{Dates: days(t, "2026-11-01", "")})
			if err != nil {
				t.Fatal(err)
			}
			periods := series(t, stats, fitness.PeriodDay, fitness.WeekdayMonday, nil)
			if got := periods[len(periods)-1].Start.String(); got != test.want {
				t.Errorf("today is %s, want %s", got, test.want)
			}
		})
	}
}
