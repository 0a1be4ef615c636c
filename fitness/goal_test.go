package fitness_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"domestique/fitness"
)

func TestGoal(t *testing.T) {
	t.Parallel()
	// Today is 2026-11-22, a Sunday: day 326 of 365, day 53 of 92 of the quarter, day 22 of 30.
	activities := []*fitness.Activity{
		run(t, 4, "2026-11-22T06:00:00", 10000),
		run(t, 3, "2026-11-16T06:00:00", 20000),
		run(t, 2, "2026-10-01T06:00:00", 40000),
		run(t, 1, "2026-01-01T00:00:00", 80000),
		activity(t, 0, fitness.SportRun, "2025-12-31T23:59:59", "America/New_York"), // in UTC it is 2026
	}
	activities[4].DistanceMeters = 160000

	for name, test := range map[string]struct {
		distance float64
		unit     fitness.LengthUnit
		period   fitness.Period
		on       string
		want     fitness.GoalProgress
	}{
		"the year": {365, "KILOMETERS", "YEAR", "", fitness.GoalProgress{
			Target: 365, Done: 150, Share: 150.0 / 365, Expected: 326, Projected: 150.0 / 326 * 365,
		}},
		"the quarter": {92, "KILOMETERS", "QUARTER", "", fitness.GoalProgress{
			Target: 92, Done: 70, Share: 70.0 / 92, Expected: 53, Projected: 70.0 / 53 * 92,
		}},
		"the month": {30000, "METERS", "MONTH", "", fitness.GoalProgress{
			Target: 30000, Done: 30000, Share: 1, Expected: 22000, Projected: 30000.0 / 22 * 30,
		}},
		"the week, at its end": {10, "KILOMETERS", "WEEK", "", fitness.GoalProgress{
			Target: 10, Done: 30, Share: 3, Expected: 10, Projected: 30,
		}},
		"the week, at its beginning": {70, "KILOMETERS", "WEEK", "2026-11-16", fitness.GoalProgress{
			Target: 70, Done: 20, Share: 20.0 / 70, Expected: 10, Projected: 140,
		}},
		"a day": {5, "KILOMETERS", "DAY", "2026-11-21", fitness.GoalProgress{Target: 5, Expected: 5}},
		"New Year's Day": {365, "KILOMETERS", "YEAR", "2026-01-01", fitness.GoalProgress{
			Target: 365, Done: 80, Share: 80.0 / 365, Expected: 1, Projected: 80 * 365,
		}},
		"the last year": {365, "KILOMETERS", "YEAR", "2025-12-31", fitness.GoalProgress{
			Target: 365, Done: 160, Share: 160.0 / 365, Expected: 365, Projected: 160,
		}},
		"a leap year": {366, "KILOMETERS", "YEAR", "2028-03-01", fitness.GoalProgress{Target: 366, Expected: 61}},
		"miles": {100, "MILES", "WEEK", "", fitness.GoalProgress{
			Target: 100, Done: 30000 / 1609.344, Share: 300 / 1609.344, Expected: 100, Projected: 30000 / 1609.344,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var on *fitness.Date
			if test.on != "" {
				on = new(date(t, test.on))
			}
			got, err := statsOf(t, nil, activities...).Goal(test.distance, test.unit, test.period, on)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got, cmpopts.EquateApprox(1e-12, 0)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestGoalCountsWhatTheFilterKeeps(t *testing.T) {
	t.Parallel()
	ride := activity(t, 2, fitness.SportRide, "2026-11-21T06:00:00", "UTC")
	ride.DistanceMeters = 90000
	stats := statsOf(t, &fitness.ActivityFilter{SportGroups: []fitness.SportGroup{"RUN"}}, ride, run(t, 1, "2026-11-20T06:00:00", 9000))
	got, err := stats.Goal(900, fitness.LengthUnitKilometers, fitness.PeriodYear, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Done != 9 || got.Share != 0.01 {
		t.Errorf("got %v km, a share of %v", got.Done, got.Share)
	}
}

func TestGoalRefuses(t *testing.T) {
	t.Parallel()
	for _, distance := range []float64{0, -1, 5e-324, 1e-7, 1_000_001, 1e308, math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := statsOf(t, nil).Goal(distance, fitness.LengthUnitKilometers, fitness.PeriodYear, nil)
		refused(t, err, fitness.CodeBadUserInput, "distance")
	}
	for _, distance := range []float64{1e-6, 1_000_000} {
		goal, err := statsOf(t, nil, run(t, 1, "2026-11-22T06:00:00", 1e7)).Goal(
			distance, fitness.LengthUnitKilometers, fitness.PeriodYear, nil)
		if err != nil {
			t.Fatalf("a goal of %v km: %v", distance, err)
		}
		if _, err := json.Marshal(goal); err != nil {
			t.Errorf("a goal of %v km: %v", distance, err)
		}
	}
}
