package fitness_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

func TestEddington(t *testing.T) {
	t.Parallel()
	const mile = 1609.344
	for name, test := range map[string]struct {
		unit fitness.LengthUnit
		days []float64 // metres
		want fitness.Eddington
	}{
		"nothing":                     {"KILOMETERS", nil, fitness.Eddington{Number: 0, DaysToNext: 1}},
		"not a whole unit":            {"KILOMETERS", []float64{999.9, 500}, fitness.Eddington{Number: 0, DaysToNext: 1}},
		"one day":                     {"KILOMETERS", []float64{1000}, fitness.Eddington{Number: 1, DaysToNext: 2}},
		"one long day":                {"KILOMETERS", []float64{250_000}, fitness.Eddington{Number: 1, DaysToNext: 1}},
		"two long days":               {"KILOMETERS", []float64{250_000, 2000}, fitness.Eddington{Number: 2, DaysToNext: 2}},
		"four of five":                {"KILOMETERS", []float64{5000, 4000, 4000, 4000, 1000}, fitness.Eddington{Number: 4, DaysToNext: 4}},
		"more days than needed":       {"KILOMETERS", []float64{3000, 3000, 3000, 3000, 3000, 3000}, fitness.Eddington{Number: 3, DaysToNext: 4}},
		"two miles are two miles":     {"MILES", []float64{2 * mile, 2 * mile}, fitness.Eddington{Number: 2, DaysToNext: 3}},
		"in kilometres they are more": {"KILOMETERS", []float64{2 * mile, 2 * mile, 2 * mile}, fitness.Eddington{Number: 3, DaysToNext: 4}},
		"metres":                      {"METERS", []float64{1, 2, 3}, fitness.Eddington{Number: 2, DaysToNext: 2}},
		"yards":                       {"YARDS", []float64{3 * 0.9144, 3 * 0.9144, 3 * 0.9144}, fitness.Eddington{Number: 3, DaysToNext: 4}},
		"feet":                        {"FEET", []float64{3 * 0.3048, 3 * 0.3048, 3 * 0.3048}, fitness.Eddington{Number: 3, DaysToNext: 4}},
		"farther than numbers go":     {"METERS", []float64{1e300, 1e300}, fitness.Eddington{Number: 2, DaysToNext: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var activities []*fitness.Activity
			for i, meters := range test.days {
				activities = append(activities, run(t, int64(i), fmt.Sprintf("2026-11-%02dT08:00:00", 20-i), meters))
			}
			if diff := cmp.Diff(&test.want, statsOf(t, nil, activities...).Eddington(test.unit)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// A day is a date on the wall, and what was covered on it is a sum that does not add up in binary.
func TestEddingtonAddsUpLocalDays(t *testing.T) {
	t.Parallel()
	activities := []*fitness.Activity{
		activity(t, 4, fitness.SportRun, "2026-11-02T23:30:00", "America/New_York"), // 04:30 on the 3rd in UTC
		activity(t, 3, fitness.SportRide, "2026-11-02T01:00:00", "Asia/Tokyo"),      // 16:00 on the 1st
		activity(t, 2, fitness.SportRun, "2026-11-01T23:00:00", "America/New_York"), // 25 hours long
		activity(t, 1, fitness.SportRun, "2026-11-01T00:30:00", "America/New_York"),
	}
	for i, meters := range []float64{1666.7, 333.3, 1333.4, 666.6} {
		activities[i].DistanceMeters = meters
	}
	want := &fitness.Eddington{Number: 2, DaysToNext: 3}
	if diff := cmp.Diff(want, statsOf(t, nil, activities...).Eddington(fitness.LengthUnitKilometers)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Two tenths, seven tenths and a tenth of a metre are less than one in binary.
func TestEddingtonLosesNoUnit(t *testing.T) {
	t.Parallel()
	stats := statsOf(t, nil,
		run(t, 3, "2026-11-20T10:00:00", 0.2), run(t, 2, "2026-11-20T09:00:00", 0.7), run(t, 1, "2026-11-20T08:00:00", 0.1))
	want := &fitness.Eddington{Number: 1, DaysToNext: 2}
	if diff := cmp.Diff(want, stats.Eddington(fitness.LengthUnitMeters)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The obvious second implementation: try every number, in whole tenths of a millimetre.
func TestEddingtonAgreesWithTryingAll(t *testing.T) {
	t.Parallel()
	units := map[fitness.LengthUnit]int{
		"METERS": 10_000, "KILOMETERS": 10_000_000, "MILES": 16_093_440, "FEET": 3048, "YARDS": 9144,
	}
	random := rand.New(rand.NewPCG(19, 20))
	for range 200 {
		activities := randomHistory(t, random, random.IntN(200))
		covered := map[fitness.Date]int{}
		for _, a := range activities {
			covered[a.LocalDate()] += int(a.DistanceMeters*10+0.5) * 1000 // they are whole tenths of a metre
		}
		stats := statsOf(t, nil, activities...)
		for unit, size := range units {
			reached := func(number int) (days int) {
				for _, distance := range covered {
					if distance >= number*size {
						days++
					}
				}
				return days
			}
			number := 0
			for reached(number+1) >= number+1 {
				number++
			}
			want := &fitness.Eddington{Number: number, DaysToNext: number + 1 - reached(number+1)}
			if diff := cmp.Diff(want, stats.Eddington(unit)); diff != "" {
				t.Fatalf("in %s (-want +got):\n%s", unit, diff)
			}
		}
	}
}
