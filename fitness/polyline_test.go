package fitness_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

func TestDecodePolyline(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		encoded string
		want    fitness.Trace
	}{
		"nothing": {"", fitness.Trace{}},
		// The example of https://developers.google.com/maps/documentation/utilities/polylinealgorithm.
		"Google's example":    {"_p~iF~ps|U_ulLnnqC_mqNvxq`@", fitness.Trace{{38.5, -120.2}, {40.7, -120.95}, {43.252, -126.453}}},
		"Google's one number": {"?`~oia@", fitness.Trace{{0, -179.98321}}},
		"zeros":               {"????", fitness.Trace{{0, 0}, {0, 0}}},
		"one step each way":   {"A@@A", fitness.Trace{{0.00001, -0.00001}, {0, 0}}},
		"the north":           {"_cidP_gsia@", fitness.Trace{{90, 180}}},
		"the south":           {"~bidP~fsia@", fitness.Trace{{-90, -180}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := fitness.DecodePolyline(test.encoded)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if encoded := encodePolyline(got); encoded != test.encoded {
				t.Errorf("encoded again it is %q, want %q", encoded, test.encoded)
			}
		})
	}
}

func TestDecodePolylineRefuses(t *testing.T) {
	t.Parallel()
	for name, encoded := range map[string]string{
		"a latitude alone":            "A",
		"half a number":               "_p~iF~ps|",
		"more to come":                "____",
		"a character below":           "A>",
		"a character above":           "A\x7fA",
		"a blank":                     "_p~iF ~ps|U",
		"a line break":                "_p~iF~ps|U\n",
		"an escape":                   `_p~iF~ps|\\U>`,
		"no ASCII":                    "_p~iF~ps|Ü",
		"invalid UTF-8":               "\xff\xfe",
		"a zero byte":                 "\x00\x00",
		"beyond the north pole":       "acidP?",
		"beyond the south pole":       "`cidP?",
		"beyond 180 degrees east":     "?agsia@",
		"beyond 180 degrees west":     "?`gsia@",
		"off the globe step by step":  "_cidP?A?",
		"a step of seven characters":  "______??",
		"a number without an end":     strings.Repeat("_", 1<<20),
		"a document instead of a map": "<html><body>503</body></html>",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := fitness.DecodePolyline(encoded)
			if err == nil {
				t.Fatalf("got %v, want an error", got)
			}
			if got != nil {
				t.Errorf("got %v beside the error", got)
			}
			if len(encoded) > 4 && strings.Contains(err.Error(), encoded[:4]) {
				t.Errorf("the error shows the trace: %v", err)
			}
		})
	}
}

// A text of zeros is the one with the most points for its length.
func TestDecodePolylineTakesMemoryForItsPointsAlone(t *testing.T) {
	t.Parallel()
	for _, encoded := range []string{strings.Repeat("?", 20_000), strings.Repeat("_p~iF~bidP", 2_000)} {
		trace, err := fitness.DecodePolyline(encoded)
		if err == nil && cap(trace) > len(trace)+1 {
			t.Errorf("%d points take the memory of %d", len(trace), cap(trace))
		}
	}
}

func TestPolylineRoundTrip(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		trace := randomTrace(random, random.IntN(100))
		got, err := fitness.DecodePolyline(encodePolyline(trace))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(trace, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

func FuzzPolyline(f *testing.F) {
	for _, seed := range []string{
		"", "?", "??", "A@@A", "_p~iF~ps|U_ulLnnqC_mqNvxq`@", "_cidP_gsia@", "~bidP~fsia@", "_cidP_gsia@?~fsia@", "acidP?",
		"_______?", "_p~iF~ps|", "_p~iF ~ps|U", "\x00\xff", "_?_?", "????????????????",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, encoded string) {
		trace, err := fitness.DecodePolyline(encoded)
		if err != nil {
			return
		}
		if len(trace) > len(encoded)/2 {
			t.Fatalf("%d points out of %d characters", len(trace), len(encoded))
		}
		for _, point := range trace {
			if math.Abs(point.Latitude) > 90 || math.Abs(point.Longitude) > 180 {
				t.Fatalf("%v is not on the globe", point)
			}
		}
		again, err := fitness.DecodePolyline(encodePolyline(trace))
		if diff := cmp.Diff(trace, again); diff != "" || err != nil {
			t.Fatalf("encoded and decoded again, error %v (-want +got):\n%s", err, diff)
		}
		checkDrawings(t, trace)
	})
}

// checkDrawings checks what must hold of everything that is drawn from any trace.
func checkDrawings(t *testing.T, trace fitness.Trace) {
	t.Helper()
	if bounds := trace.Bounds(); (bounds == nil) != (len(trace) == 0) {
		t.Fatalf("the bounds of %d points are %v", len(trace), bounds)
	}
	if text := trace.GeoJSON(); text != nil && !json.Valid([]byte(*text)) {
		t.Fatalf("this is not JSON: %s", *text)
	}
	path, err := trace.SVGPath(120, 80)
	if err != nil {
		t.Fatal(err)
	}
	if (path == nil) != (len(trace) < 2) {
		t.Fatalf("the path of %d points is %v", len(trace), path)
	}
	if path == nil {
		return
	}
	for _, at := range drawn(t, *path) {
		if at.x < 0 || at.x > 120 || at.y < 0 || at.y > 80 {
			t.Fatalf("%v is outside of the box", at)
		}
	}
}

// encodePolyline is the opposite of DecodePolyline.
func encodePolyline(trace fitness.Trace) string {
	var encoded strings.Builder
	var latitude, longitude int
	for _, point := range trace {
		north, east := int(math.Round(point.Latitude*1e5)), int(math.Round(point.Longitude*1e5))
		encodeStep(&encoded, north-latitude)
		encodeStep(&encoded, east-longitude)
		latitude, longitude = north, east
	}
	return encoded.String()
}

func encodeStep(encoded *strings.Builder, step int) {
	bits := step << 1
	if step < 0 {
		bits = ^bits
	}
	for ; bits >= 32; bits >>= 5 {
		encoded.WriteByte(byte(bits&31|32) + '?')
	}
	encoded.WriteByte(byte(bits) + '?')
}

// randomTrace wanders over the globe, sometimes over its edge, in steps that a polyline can tell.
func randomTrace(random *rand.Rand, points int) fitness.Trace {
	trace := make(fitness.Trace, points)
	latitude, longitude := random.IntN(120_00000)-60_00000, random.IntN(360_00000)-180_00000
	for i := range trace {
		latitude += random.IntN(2001) - 1000
		longitude += random.IntN(2001) - 1000
		switch {
		case longitude > 180_00000:
			longitude -= 360_00000
		case longitude < -180_00000:
			longitude += 360_00000
		}
		trace[i] = fitness.Coordinates{Latitude: float64(latitude) / 1e5, Longitude: float64(longitude) / 1e5}
	}
	return trace
}

func BenchmarkDecodePolyline(b *testing.B) {
	encoded := encodePolyline(randomTrace(rand.New(rand.NewPCG(1, 2)), 200)) // a summary has some hundred points
	b.ReportAllocs()
	for b.Loop() {
		if _, err := fitness.DecodePolyline(encoded); err != nil {
			b.Fatal(err)
		}
	}
}
