package fitness_test

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

// pixel is a point of a path that was drawn.
type pixel struct{ x, y float64 }

// drawn reads a path, and fails the test for one that browsers might not.
func drawn(tb testing.TB, path string) []pixel {
	tb.Helper()
	const point = `\d+(\.\d+)? \d+(\.\d+)?`
	if !regexp.MustCompile(`^M` + point + `L` + point + `( ` + point + `)*$`).MatchString(path) {
		tb.Fatalf("this is not a path of straight lines: %q", path)
	}
	numbers := strings.Fields(strings.ReplaceAll(path[1:], "L", " "))
	var pixels []pixel
	for i := 0; i < len(numbers); i += 2 {
		pixels = append(pixels, pixel{number(tb, numbers[i]), number(tb, numbers[i+1])})
	}
	return pixels
}

func number(tb testing.TB, text string) float64 {
	tb.Helper()
	read, err := strconv.ParseFloat(text, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return read
}

func TestSVGPath(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		trace         fitness.Trace
		width, height int
		want          string
	}{
		"north is up, east is right": {
			fitness.Trace{{-0.5, -0.5}, {0.5, -0.5}, {0.5, 0.5}}, 100, 100, "M0 100L0 0 100 0"},
		"in the middle of a wide box": {
			fitness.Trace{{-0.5, -0.5}, {0.5, 0.5}}, 300, 100, "M100 100L200 0"},
		"in the middle of a high box": {
			fitness.Trace{{-0.5, -0.5}, {0.5, 0.5}}, 100, 300, "M0 200L100 100"},
		// At 60 degrees a degree of longitude is half as long as one of latitude.
		"the true aspect in the north": {
			fitness.Trace{{59, 10}, {61, 12}}, 100, 100, "M25 100L75 0"},
		"the true aspect in the south": {
			fitness.Trace{{-61, 10}, {-59, 12}}, 100, 100, "M25 100L75 0"},
		"over 180, eastward": {
			fitness.Trace{{-0.5, 179.5}, {0.5, -179.5}}, 100, 100, "M0 100L100 0"},
		"over 180, westward": {
			fitness.Trace{{-0.5, -179.5}, {0.5, 179.5}}, 100, 100, "M100 100L0 0"},
		"straight to the north":  {fitness.Trace{{1, 2}, {2, 2}}, 100, 50, "M50 50L50 0"},
		"straight to the east":   {fitness.Trace{{0, 2}, {0, 3}}, 50, 100, "M0 50L50 50"},
		"a dot":                  {fitness.Trace{{1, 2}, {1, 2}, {1, 2}}, 100, 60, "M50 30L50 30"},
		"a dot on the pole":      {fitness.Trace{{90, 0}, {90, 90}, {90, 170}}, 100, 60, "M50 30L50 30"},
		"a tenth in 100":         {fitness.Trace{{0, 0}, {0, 1}, {0, 3}}, 100, 100, "M0 50L33.3 50 100 50"},
		"whole pixels in 1000":   {fitness.Trace{{0, 0}, {0, 1}, {0, 3}}, 1000, 10, "M0 5L333 5 1000 5"},
		"three places in 1":      {fitness.Trace{{0, 0}, {0, 1}, {0, 3}}, 1, 1, "M0 0.5L0.333 0.5 1 0.5"},
		"the largest box":        {fitness.Trace{{0, 0}, {0, 1}}, 10_000, 10_000, "M0 5000L10000 5000"},
		"each spot is told once": {fitness.Trace{{0, 0}, {0, 0}, {0, 0.00001}, {0, 3}, {0, 3}, {0, 0}}, 100, 100, "M0 50L100 50 0 50"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := test.trace.SVGPath(test.width, test.height)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSVGPathOfNoLine(t *testing.T) {
	t.Parallel()
	for _, trace := range []fitness.Trace{nil, {{1, 2}}} {
		if got, err := trace.SVGPath(100, 100); got != nil || err != nil {
			t.Errorf("got %v and %v for %v", got, err, trace)
		}
	}
}

func TestSVGPathRefuses(t *testing.T) {
	t.Parallel()
	drawing := (&fitness.Activity{SummaryPolyline: "_p~iF~ps|U_ulLnnqC"}).Map()
	for _, side := range []int{0, -1, -1 << 63, 10_001, 1<<63 - 1} {
		_, err := drawing.SVGPath(side, 100)
		refused(t, err, fitness.CodeBadUserInput, "width")
		_, err = drawing.SVGPath(100, side)
		refused(t, err, fitness.CodeBadUserInput, "height")
	}
}

// Whatever is drawn fills its box in one direction and is centred in the other; a trace on the other side of the globe
// looks the same, and so does the same trace at another time.
func TestSVGPathFillsItsBox(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		trace := randomTrace(random, 50+random.IntN(300))
		width, height := 100+random.IntN(800), 100+random.IntN(800)
		path, err := trace.SVGPath(width, height)
		if err != nil {
			t.Fatal(err)
		}
		again, err := trace.SVGPath(width, height)
		if err != nil || *again != *path {
			t.Fatalf("drawn twice it differs: %v", err)
		}
		left, right, top, bottom := 1e9, -1e9, 1e9, -1e9
		pixels := drawn(t, *path)
		for _, at := range pixels {
			left, right = min(left, at.x), max(right, at.x)
			top, bottom = min(top, at.y), max(bottom, at.y)
		}
		const grid = 0.1001
		fills := abs(right-left-float64(width)) < grid || abs(bottom-top-float64(height)) < grid
		centred := abs(left+right-float64(width)) < 2*grid && abs(top+bottom-float64(height)) < 2*grid
		if !fills || !centred || left < 0 || top < 0 || right > float64(width) || bottom > float64(height) {
			t.Fatalf("it spans %v..%v and %v..%v of %d x %d", left, right, top, bottom, width, height)
		}
		for i, at := range drawn(t, *mustDraw(t, turned(trace), width, height)) {
			if abs(at.x-pixels[i].x) > grid || at.y != pixels[i].y {
				t.Fatalf("half a turn further, point %d is at %v, not at %v", i, at, pixels[i])
			}
		}
	}
}

func mustDraw(tb testing.TB, trace fitness.Trace, width, height int) *string {
	tb.Helper()
	path, err := trace.SVGPath(width, height)
	if err != nil || path == nil {
		tb.Fatalf("got %v, %v", path, err)
	}
	return path
}

// turned is the trace on the other side of the globe.
func turned(trace fitness.Trace) fitness.Trace {
	other := make(fitness.Trace, len(trace))
	for i, point := range trace {
		other[i] = point
		other[i].Longitude += 180
		if other[i].Longitude > 180 {
			other[i].Longitude -= 360
		}
	}
	return other
}

func BenchmarkSVGPath(b *testing.B) {
	trace := randomTrace(rand.New(rand.NewPCG(1, 2)), 200)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := trace.SVGPath(100, 100); err != nil {
			b.Fatal(err)
		}
	}
}
