package fitness_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

// holders are the ids of the activities that hold the records, -1 for none.
func holders(records *fitness.Records) [4]int64 {
	var ids [4]int64
	for i, a := range []*fitness.Activity{
		records.LongestDistance, records.LongestMovingTime, records.MostElevationGain, records.FastestAverageSpeed,
	} {
		ids[i] = -1
		if a != nil {
			ids[i] = a.StravaID
		}
	}
	return ids
}

// effort is an activity of the given figures; a speed of 0 is one that Strava does not tell.
func effort(tb testing.TB, id int64, started string, meters float64, seconds int, climb, speed float64) *fitness.Activity {
	tb.Helper()
	made := run(tb, id, started, meters)
	made.MovingTime, made.ElevationGainMeters = seconds, climb
	if speed != 0 {
		made.AverageMetersPerSecond = &speed
	}
	return made
}

func TestRecords(t *testing.T) {
	t.Parallel()
	usual := effort(t, 1, "2026-11-01T08:00:00", 5000, 1500, 50, 3.3)
	flagged := effort(t, 9, "2026-11-02T08:00:00", 500_000, 15_000, 5000, 33)
	flagged.IsFlagged = true
	manual := effort(t, 8, "2026-11-02T08:00:00", 6000, 1600, 60, 3.75)
	manual.IsManual = true
	for name, test := range map[string]struct {
		activities []*fitness.Activity
		want       [4]int64
	}{
		"nothing":          {nil, [4]int64{-1, -1, -1, -1}},
		"one":              {[]*fitness.Activity{usual}, [4]int64{1, 1, 1, 1}},
		"one without more": {[]*fitness.Activity{effort(t, 1, "2026-11-01T08:00:00", 0, 1800, 0, 0)}, [4]int64{-1, 1, -1, -1}},
		"each another's": {[]*fitness.Activity{
			effort(t, 5, "2026-11-05T08:00:00", 5000, 1000, 10, 5), effort(t, 4, "2026-11-04T08:00:00", 5000, 1500, 80, 3.3),
			effort(t, 3, "2026-11-03T08:00:00", 5000, 3000, 10, 1.7), effort(t, 2, "2026-11-02T08:00:00", 8000, 2900, 10, 2.8), usual,
		}, [4]int64{2, 3, 4, 5}},
		"of equals the earlier": {[]*fitness.Activity{
			effort(t, 3, "2026-11-03T08:00:00", 5000, 1500, 50, 3.3), effort(t, 2, "2026-11-02T08:00:00", 5000, 1500, 50, 3.3), usual,
		}, [4]int64{1, 1, 1, 1}},
		"of equals at once the lower id": {[]*fitness.Activity{
			effort(t, 3, "2026-11-01T08:00:00", 5000, 1500, 50, 3.3), usual, effort(t, 2, "2026-11-01T08:00:00", 5000, 1500, 50, 3.3),
		}, [4]int64{1, 1, 1, 1}},
		"flagged ones hold none": {[]*fitness.Activity{flagged, usual}, [4]int64{1, 1, 1, 1}},
		"manual ones do":         {[]*fitness.Activity{manual, usual}, [4]int64{8, 8, 8, 8}},
		"a blip is not fast": {[]*fitness.Activity{
			effort(t, 2, "2026-11-02T08:00:00", 99.9, 5, 0, 20), usual,
		}, [4]int64{1, 1, 1, 1}},
		"a sprint is": {[]*fitness.Activity{
			effort(t, 2, "2026-11-02T08:00:00", 100, 10, 0, 10), usual,
		}, [4]int64{1, 1, 1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, holders(statsOf(t, nil, test.activities...).Records())); diff != "" {
				t.Errorf("distance, time, climb, speed (-want +got):\n%s", diff)
			}
		})
	}
}

// The obvious second implementation: from the first activity on, who beats the record has it.
func TestRecordsAgreeWithHistory(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(21, 22))
	for range 200 {
		activities := randomHistory(t, random, random.IntN(60))
		want, best := [4]int64{-1, -1, -1, -1}, [4]float64{}
		for _, a := range slices.Backward(activities) {
			speed := 0.0
			if a.AverageMetersPerSecond != nil && a.DistanceMeters >= 100 {
				speed = *a.AverageMetersPerSecond
			}
			for i, value := range []float64{a.DistanceMeters, float64(a.MovingTime), a.ElevationGainMeters, speed} {
				if value > best[i] && !a.IsFlagged {
					want[i], best[i] = a.StravaID, value
				}
			}
		}
		if diff := cmp.Diff(want, holders(statsOf(t, nil, activities...).Records())); diff != "" {
			t.Fatalf("distance, time, climb, speed (-want +got):\n%s", diff)
		}
	}
}
