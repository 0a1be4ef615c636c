package fitness_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"domestique/fitness"
)

// cutBy is the trace that anybody gets of an activity with that one, nil for none. The activity's own distance is said to be
// long enough where meters is 0.
func cutBy(tb testing.TB, cut float64, trace fitness.Trace, meters float64) fitness.Trace {
	tb.Helper()
	walk := shown(run(tb, 1, "2026-11-18T08:00:00", meters))
	if meters == 0 {
		walk.DistanceMeters = math.MaxFloat64
	}
	walk.SummaryPolyline = encodePolyline(trace)
	service := newService(tb, fitness.Config{
		History: (&listed{activities: []*fitness.Activity{walk}}).open, Public: &fitness.Projection{TraceCut: cut},
	})
	got, err := service.ActivityOf(asAnybody(tb), 1)
	if err != nil {
		tb.Fatal(err)
	}
	if got.SummaryPolyline == "" {
		if got.Map() != nil {
			tb.Error("there is a map without a trace")
		}
		return nil
	}
	left, err := fitness.DecodePolyline(got.SummaryPolyline)
	if err != nil {
		tb.Fatalf("what is left is no trace: %v", err)
	}
	return left
}

// northward is a straight line of so many steps of some 111 m.
func northward(steps int) fitness.Trace {
	var trace fitness.Trace
	for i := range steps + 1 {
		trace = append(trace, fitness.Coordinates{Latitude: 50 + float64(i)/1000, Longitude: 8})
	}
	return trace
}

func TestTracesAreCutAtBothEnds(t *testing.T) {
	t.Parallel()
	const step = 111.195 // metres, a thousandth of a degree
	tests := map[string]struct {
		trace  fitness.Trace
		cut    float64
		meters float64 // of the activity; 0: more than enough
		first  float64 // degrees north of 50; NaN: there is no trace
		last   float64
		points int
	}{
		"in the middle of steps":    {trace: northward(20), cut: 2.5 * step, first: 0.0025, last: 0.0175, points: 17},
		"a step and a bit":          {trace: northward(20), cut: step + 5, first: 0.001054, last: 0.018946, points: 19},
		"between two points":        {trace: fitness.Trace{{Latitude: 50}, {Latitude: 50.02}}, cut: 500, first: 0.0045, last: 0.0155, points: 2},
		"just longer than both":     {trace: northward(20), cut: 9.9 * step, first: 0.0099, last: 0.0101, points: 3},
		"as long as both":           {trace: northward(20), cut: 10 * step, first: math.NaN()},
		"shorter than both":         {trace: northward(20), cut: 12 * step, first: math.NaN()},
		"shorter than one":          {trace: northward(20), cut: 1e6, first: math.NaN()},
		"a short activity":          {trace: northward(20), cut: 100, meters: 199, first: math.NaN()},
		"an activity as long":       {trace: northward(20), cut: 100, meters: 200, first: math.NaN()},
		"a long enough activity":    {trace: northward(20), cut: 100, meters: 2000, first: 0.0009, last: 0.0191, points: 21},
		"a single point":            {trace: northward(0), cut: 1, first: math.NaN()},
		"standing still":            {trace: fitness.Trace{{Latitude: 50}, {Latitude: 50}, {Latitude: 50}}, cut: 1, first: math.NaN()},
		"standing still, then away": {trace: append(fitness.Trace{northward(0)[0], northward(0)[0]}, northward(20)...), cut: 500, first: 0.0045, last: 0.0155, points: 13},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := cutBy(t, test.cut, test.trace, test.meters)
			if math.IsNaN(test.first) {
				if got != nil {
					t.Fatalf("%v is left, want nothing", got)
				}
				return
			}
			if len(got) != test.points {
				t.Fatalf("%d points are left, want %d: %v", len(got), test.points, got)
			}
			const close = 2e-5 // degrees, two metres
			first, last := got[0].Latitude-50, got[len(got)-1].Latitude-50
			if math.Abs(first-test.first) > close || math.Abs(last-test.last) > close {
				t.Errorf("it goes from %f to %f, want %f to %f", first, last, test.first, test.last)
			}
		})
	}
}

// The cut lies in a step that crosses the line: its ends are 222 m apart, not once round the globe.
func TestATraceIsCutAcrossTheDateLine(t *testing.T) {
	t.Parallel()
	line := fitness.Trace{{Longitude: 179.999}, {Longitude: -179.999}, {Longitude: -179.99}, {Longitude: -179.98}}
	for cut, first := range map[float64]float64{60: 179.99955, 160: -179.99955} {
		got := cutBy(t, cut, line, 0)
		if len(got) != 4 || math.Abs(got[0].Longitude-first) > 2e-5 {
			t.Errorf("without %.0f m it is %v, want it from %f", cut, got, first)
		}
	}
}

func TestATraceThatCannotBeReadIsNotShown(t *testing.T) {
	t.Parallel()
	walk := shown(run(t, 1, "2026-11-18T08:00:00", 5000))
	walk.SummaryPolyline = "not\x01a polyline"
	got, err := anybodys(t, &listed{activities: []*fitness.Activity{walk}}).ActivityOf(asAnybody(t), 1)
	if err != nil || got.SummaryPolyline != "" {
		t.Errorf("got %q, %v", got.SummaryPolyline, err)
	}
}

// Nothing that is left lies within the cut, measured along the line, however the line goes.
func TestNothingLeftLiesWithinTheCut(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 5))
	for range 300 {
		trace := fitness.Trace{{Latitude: 50, Longitude: 8}}
		for range 2 + random.IntN(60) {
			from := trace[len(trace)-1]
			trace = append(trace, fitness.Coordinates{
				Latitude: from.Latitude + random.NormFloat64()/1000, Longitude: from.Longitude + random.NormFloat64()/1000,
			})
		}
		trace, err := fitness.DecodePolyline(encodePolyline(trace)) // as the summary has it
		if err != nil {
			t.Fatal(err)
		}
		cut := 50 + 1000*random.Float64()
		left, whole := cutBy(t, cut, trace, 0), length(trace)
		if left == nil {
			if whole > 2*cut+4 {
				t.Errorf("nothing is left of %.0f m without twice %.0f m", whole, cut)
			}
			continue
		}
		if got := length(left); math.Abs(got-(whole-2*cut)) > 6+0.01*whole {
			t.Errorf("%.0f m are left of %.0f m without twice %.0f m", got, whole, cut)
		}
	}
}

// length is that of the trace, in metres, on a plane: good enough for some kilometres.
func length(trace fitness.Trace) (meters float64) {
	for i := 1; i < len(trace); i++ {
		north := (trace[i].Latitude - trace[i-1].Latitude) * 111195
		east := (trace[i].Longitude - trace[i-1].Longitude) * 111195 * math.Cos(trace[i].Latitude*math.Pi/180)
		meters += math.Hypot(north, east)
	}
	return meters
}
