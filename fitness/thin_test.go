package fitness_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

func thinned(tb testing.TB, points int, along []float64, channels ...[]float64) []int {
	tb.Helper()
	kept, err := fitness.Thin(points, along, channels...)
	if err != nil {
		tb.Fatalf("thin: %v", err)
	}
	return kept
}

func TestThin(t *testing.T) {
	t.Parallel()
	nan, inf := math.NaN(), math.Inf(1)
	seconds := []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	flat := []float64{3, 3, 3, 3, 3, 3, 3, 3, 3, 3}
	for name, test := range map[string]struct {
		points   int
		along    []float64
		channels [][]float64
		want     []int
	}{
		"nothing":                {5, nil, nil, []int{}},
		"no points of nothing":   {0, nil, nil, []int{}},
		"one sample":             {5, []float64{7}, [][]float64{{1}}, []int{0}},
		"no points":              {0, seconds, [][]float64{flat}, []int{}},
		"one point is the first": {1, seconds, [][]float64{flat}, []int{0}},
		"two are both ends":      {2, seconds, [][]float64{{0, 9, 0, 0, 0, 0, 0, 0, 0, 0}}, []int{0, 9}},
		"as many as there are":   {10, seconds, [][]float64{flat}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		"more than there are":    {math.MaxInt, seconds, [][]float64{flat}, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
		"the peak":               {3, seconds, [][]float64{{0, 0, 0, 0, 0, 0, 0, 8, 0, 0}}, []int{0, 7, 9}},
		"the peak and the dip":   {4, seconds, [][]float64{{5, 5, 5, 2, 5, 5, 5, 8, 5, 5}}, []int{0, 3, 7, 9}},
		"one of each channel": {4, seconds, [][]float64{
			{0, 0, 0, 1, 0, 0, 0, 0, 0, 0},
			{0, 0, 0, 0, 0, 0, 1000, 0, 0, 0},
		}, []int{0, 3, 6, 9}},
		// Too few points for all four extremes: the two buckets hold a corner each.
		"the corners of the sum": {4, seconds, [][]float64{
			{0, 0, 4, 5, 4, 0, 0, -5, 0, 0},
			{0, 0, 0, 9, 0, 0, -1, -9, -1, 0},
		}, []int{0, 3, 7, 9}},
		"a gap is no extreme":      {4, seconds, [][]float64{{nan, nan, 5, 2, 5, nan, 5, 8, 5, nan}}, []int{0, 3, 7, 9}},
		"infinity is a gap":        {4, seconds, [][]float64{{5, inf, 5, 2, 5, -inf, 5, 8, 5, 5}}, []int{0, 3, 7, 9}},
		"nothing but gaps":         {3, seconds, [][]float64{{nan, nan, nan, nan, nan, nan, nan, nan, nan, nan}}, []int{0, 1, 9}},
		"no channel":               {3, seconds, nil, []int{0, 1, 9}},
		"a gap in what it is over": {3, []float64{0, 1, nan, 3, 4, 5, 6, nan, 8, 9}, [][]float64{{0, 0, 0, 0, 0, 0, 0, 8, 0, 0}}, []int{0, 7, 9}},
		"a shape after a gap":      {5, seconds, [][]float64{{nan, nan, 5, 5, 5, 7, 5, 4, 9, 5}}, []int{0, 5, 7, 8, 9}},
		"over nothing, with room":  {5, flat, [][]float64{{0, 0, 0, 0, 0, 0, 0, 8, 0, 0}}, []int{0, 1, 4, 7, 9}},
		"over nothing":             {3, flat, [][]float64{{0, 0, 0, 0, 0, 0, 0, 8, 0, 0}}, []int{0, 7, 9}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := thinned(t, test.points, test.along, test.channels...)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestThinRefuses(t *testing.T) {
	t.Parallel()
	_, err := fitness.Thin(-1, []float64{1, 2}, []float64{1, 2})
	refused(t, err, fitness.CodeBadUserInput, "points")
	for _, channel := range [][]float64{nil, {1}, {1, 2, 3}} {
		if got, err := fitness.Thin(2, []float64{1, 2}, []float64{1, 2}, channel); err == nil {
			t.Errorf("a channel of %d samples beside two: got %v, want an error", len(channel), got)
		}
	}
}

// recording makes channels that wander, with peaks and gaps, over a time that sometimes stands still.
func recording(random *rand.Rand, samples, channels int) (along []float64, streams [][]float64) {
	along = make([]float64, samples)
	for i := 1; i < samples; i++ {
		along[i] = along[i-1] + float64(random.IntN(4))
	}
	for range channels {
		stream := make([]float64, samples)
		value, unit := random.Float64(), math.Exp(random.Float64()*20-10)
		for i := range stream {
			value += random.NormFloat64()
			stream[i] = value * unit
			switch random.IntN(50) {
			case 0:
				stream[i] += 20 * unit * random.NormFloat64()
			case 1:
				stream[i] = math.NaN()
			}
		}
		streams = append(streams, stream)
	}
	return along, streams
}

func TestThinKeepsWhatItPromises(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(9, 10))
	for range 500 {
		samples, channels := 1+random.IntN(300), 1+random.IntN(6)
		along, streams := recording(random, samples, channels)
		before := slices.Clone(streams[0])
		points := 2 + random.IntN(samples+10)
		kept := thinned(t, points, along, streams...)

		if len(kept) != min(points, samples) {
			t.Fatalf("kept %d of %d samples, want %d", len(kept), samples, points)
		}
		if kept[0] != 0 || kept[len(kept)-1] != samples-1 {
			t.Fatalf("kept %d to %d of %d samples, want both ends", kept[0], kept[len(kept)-1], samples)
		}
		if !slices.IsSorted(kept) || len(slices.Compact(slices.Clone(kept))) != len(kept) {
			t.Fatalf("%v do not ascend", kept)
		}
		if !cmp.Equal(before, streams[0], cmp.Comparer(sameNumber)) {
			t.Fatal("the channel was changed")
		}
		if points < 2+2*channels {
			continue
		}
		for _, stream := range streams {
			low, high := lowAndHigh(stream)
			keptLow, keptHigh := lowAndHigh(pick(stream, kept))
			if !sameNumber(low, keptLow) || !sameNumber(high, keptHigh) {
				t.Fatalf("of %v..%v there is %v..%v left", low, high, keptLow, keptHigh)
			}
		}
	}
}

// The choice is a matter of shapes: neither the unit nor where zero is matters, nor in what order the channels come.
// Powers of two keep the arithmetic exact.
func TestThinKnowsNoUnits(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(11, 12))
	for range 100 {
		along, streams := recording(random, 200, 2)
		want := thinned(t, 40, along, streams...)
		larger := make([]float64, len(streams[0]))
		for i, value := range streams[0] {
			larger[i] = value * 1024
		}
		if diff := cmp.Diff(want, thinned(t, 40, along, larger, streams[1])); diff != "" {
			t.Fatalf("in another unit it differs (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(want, thinned(t, 40, along, streams[1], streams[0])); diff != "" {
			t.Fatalf("in another order it differs (-want +got):\n%s", diff)
		}
	}
}

// A peak that has its part of the recording to itself is kept, in whichever channel it is.
func TestThinKeepsPeaks(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(13, 14))
	for range 50 {
		along, hills, heart := positions(1000), make([]float64, 1000), make([]float64, 1000)
		for i := range along {
			hills[i] = 100 * math.Sin(float64(i)/40)
		}
		var peaks []int
		for at := 20 + random.IntN(20); at < 980; at += 25 + random.IntN(20) {
			peaks = append(peaks, at)
			if random.IntN(2) == 0 {
				hills[at] += 200
			} else {
				heart[at] -= 3
			}
		}
		kept := thinned(t, 100, along, hills, heart)
		for _, peak := range peaks {
			if !slices.Contains(kept, peak) {
				t.Fatalf("of the peaks %v, the one at %d is missing in %v", peaks, peak, kept)
			}
		}
	}
}

// What is drawn through the points that are kept is closer to the recording than what is drawn through as many at equal
// distances.
func TestThinKeepsTheShape(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(25, 26))
	const points = 100
	var thinner, simple float64
	for range 50 {
		along, course := positions(1000), make([]float64, 1000)
		for i, slope := 1, 0.0; i < len(course); i++ {
			if random.IntN(20) == 0 {
				slope = random.NormFloat64() * 10 // up, or down, and straight on
			}
			course[i] = course[i-1] + slope
		}
		evenly := make([]int, points)
		for i := range evenly {
			evenly[i] = i * (len(along) - 1) / (points - 1)
		}
		thinner += missed(course, thinned(t, points, along, course))
		simple += missed(course, evenly)
	}
	if thinner > simple {
		t.Errorf("the shape is missed by %.0f, and by %.0f with every so many-th sample", thinner, simple)
	}
}

func positions(samples int) []float64 {
	along := make([]float64, samples)
	for i := range along {
		along[i] = float64(i)
	}
	return along
}

// The obvious second implementation: the same definition, for one channel without gaps, each step written out.
func TestThinAgreesWithItsDefinition(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(15, 16))
	for range 300 {
		samples := 5 + random.IntN(200)
		along, stream := make([]float64, samples), make([]float64, samples)
		for i := range stream {
			along[i], stream[i] = float64(i), random.Float64()
		}
		points := 4 + random.IntN(samples-4)
		if diff := cmp.Diff(thinnedByDefinition(points, along, stream), thinned(t, points, along, stream)); diff != "" {
			t.Fatalf("%d of %v (-want +got):\n%s", points, stream, diff)
		}
	}
}

func thinnedByDefinition(points int, along, stream []float64) []int {
	low, high := lowAndHigh(stream)
	final := len(stream) - 1
	kept := map[int]bool{0: true, final: true, slices.Index(stream, low): true, slices.Index(stream, high): true}
	var others []int
	for i := range stream {
		if !kept[i] {
			others = append(others, i)
		}
	}
	buckets := points - len(kept)
	parts := make([][]int, buckets+1)
	parts[buckets] = []int{final}
	for part := range buckets {
		parts[part] = others[part*len(others)/buckets : (part+1)*len(others)/buckets]
	}
	for part := range buckets {
		before := parts[part][0]
		for !kept[before] {
			before--
		}
		var x, y float64
		for _, i := range parts[part+1] {
			x, y = x+along[i]/float64(len(parts[part+1])), y+stream[i]/float64(len(parts[part+1]))
		}
		best, largest := -1, -1.0
		for _, i := range parts[part] {
			area := math.Abs(along[before]*(stream[i]-y)+along[i]*(y-stream[before])+x*(stream[before]-stream[i])) / 2
			if area > largest {
				best, largest = i, area
			}
		}
		kept[best] = true
	}
	var indices []int
	for i := range stream {
		if kept[i] {
			indices = append(indices, i)
		}
	}
	return indices
}

func sameNumber(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func lowAndHigh(stream []float64) (low, high float64) {
	low, high = math.NaN(), math.NaN()
	for _, value := range stream {
		if !math.IsNaN(value) {
			if math.IsNaN(low) {
				low, high = value, value
			}
			low, high = min(low, value), max(high, value)
		}
	}
	return low, high
}

func pick(stream []float64, indices []int) []float64 {
	picked := make([]float64, len(indices))
	for i, index := range indices {
		picked[i] = stream[index]
	}
	return picked
}

// missed is the area between the stream and the lines through the kept samples.
func missed(stream []float64, kept []int) float64 {
	area := 0.0
	for k := 1; k < len(kept); k++ {
		from, to := kept[k-1], kept[k]
		for i := from; i < to; i++ {
			share := float64(i-from) / float64(to-from)
			area += math.Abs(stream[i] - (stream[from] + share*(stream[to]-stream[from])))
		}
	}
	return area
}

// A day's ride, second by second, in all channels that Strava has.
func BenchmarkThin(b *testing.B) {
	along, streams := recording(rand.New(rand.NewPCG(1, 2)), 30_000, 10)
	b.ReportAllocs()
	for b.Loop() {
		thinned(b, 500, along, streams...)
	}
}
