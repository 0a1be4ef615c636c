package fitness_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"domestique/fitness"
)

// A marathon in three and a half hours, in every unit; the figures are worked out by hand.
func TestUnits(t *testing.T) {
	t.Parallel()
	marathon := run(t, 1, "2026-11-01T08:00:00", 42195)
	marathon.MovingTime, marathon.ElevationGainMeters = 12600, 100
	marathon.AverageMetersPerSecond, marathon.MaxMetersPerSecond = new(3.349), new(5.0)
	marathon.ElevationHighMeters, marathon.ElevationLowMeters, marathon.AverageCelsius = new(304.8), new(-3.048), new(-40.0)

	for name, test := range map[string]struct{ got, want float64 }{
		"metres":             {marathon.Distance("METERS"), 42195},
		"kilometres":         {marathon.Distance("KILOMETERS"), 42.195},
		"miles":              {marathon.Distance("MILES"), 26.21875745},
		"feet":               {marathon.Distance("FEET"), 138435.03937},
		"yards":              {marathon.Distance("YARDS"), 46145.01312},
		"climb in feet":      {marathon.ElevationGain("FEET"), 328.0839895},
		"high in feet":       {*marathon.ElevationHigh("FEET"), 1000},
		"low in feet":        {*marathon.ElevationLow("FEET"), -10},
		"metres a second":    {*marathon.AverageSpeed("METERS_PER_SECOND"), 3.349},
		"kilometres an hour": {*marathon.AverageSpeed("KILOMETERS_PER_HOUR"), 12.0564},
		"miles an hour":      {*marathon.MaxSpeed("MILES_PER_HOUR"), 11.18468146},
		"pace per kilometre": {*marathon.AveragePace("SECONDS_PER_KILOMETER"), 298.6135798},
		"pace per mile":      {*marathon.AveragePace("SECONDS_PER_MILE"), 480.5719730},
		"pace per 100 m":     {*marathon.AveragePace("SECONDS_PER_100_METERS"), 29.86135798},
		"pace per 100 yd":    {*marathon.AveragePace("SECONDS_PER_100_YARDS"), 27.30522574},
		"degrees Celsius":    {*marathon.AverageTemperature("CELSIUS"), -40},
		"degrees Fahrenheit": {*marathon.AverageTemperature("FAHRENHEIT"), -40},
		"kilograms":          {*(&fitness.Athlete{WeightKilograms: new(70.0)}).Weight("KILOGRAMS"), 70},
		"pounds":             {*(&fitness.Athlete{WeightKilograms: new(70.0)}).Weight("POUNDS"), 154.3235835},
		"gear":               {(&fitness.Gear{DistanceMeters: 1500}).Distance("KILOMETERS"), 1.5},
	} {
		if diff := cmp.Diff(test.want, test.got, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestIDsAreOpaqueAndTellTheTypesApart(t *testing.T) {
	t.Parallel()
	var nodes []fitness.Node
	nodes = append(nodes, &fitness.Activity{StravaID: 1}, &fitness.Athlete{StravaID: 1}, &fitness.Gear{StravaID: "1"})
	seen := map[string]bool{}
	for _, node := range nodes {
		seen[node.ID()] = true
	}
	if len(seen) != len(nodes) {
		t.Errorf("got %d different ids of %d nodes", len(seen), len(nodes))
	}
}

// Strava's sensors give more digits than anybody measures, and metres are answered as Strava has them.
func TestMetersStayWhatStravaSaid(t *testing.T) {
	t.Parallel()
	activity := &fitness.Activity{DistanceMeters: 22601.3, ElevationGainMeters: 60.00122737815718}
	if got := activity.ElevationGain(fitness.LengthUnitMeters); got != 60.00122737815718 {
		t.Errorf("elevation gain: %v m", got)
	}
	if got := activity.Distance(fitness.LengthUnitKilometers); got != 22.6013 {
		t.Errorf("distance: %v km", got)
	}
}
