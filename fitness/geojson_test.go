package fitness_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

func TestGeoJSON(t *testing.T) {
	t.Parallel()
	line := func(coordinates string) *string {
		return new(`{"type":"LineString","coordinates":[` + coordinates + `]}`)
	}
	for name, test := range map[string]struct {
		trace fitness.Trace
		want  *string
	}{
		"nothing":                {nil, nil},
		"a point is no line":     {fitness.Trace{{47.1, 8.2}}, nil},
		"longitude first":        {fitness.Trace{{38.5, -120.2}, {40.7, -120.95}, {43.252, -126.453}}, line("[-120.2,38.5],[-120.95,40.7],[-126.453,43.252]")},
		"no exponents":           {fitness.Trace{{0.00001, -0.00001}, {0, 0}}, line("[-0.00001,0.00001],[0,0]")},
		"on the spot":            {fitness.Trace{{1, 2}, {1, 2}}, line("[2,1],[2,1]")},
		"on beyond 180 eastward": {fitness.Trace{{0, 179.99999}, {0, -179.99998}, {0, 179.9}}, line("[179.99999,0],[180.00002,0],[179.9,0]")},
		"on beyond 180 westward": {fitness.Trace{{0, -179.9}, {0, 179.9}}, line("[-179.9,0],[-180.1,0]")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, test.trace.GeoJSON()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestGeoJSONOfAMap(t *testing.T) {
	t.Parallel()
	got := (&fitness.Activity{SummaryPolyline: "_p~iF~ps|U_ulLnnqC"}).Map().GeoJSON()
	if want := `{"type":"LineString","coordinates":[[-120.2,38.5],[-120.95,40.7]]}`; got == nil || *got != want {
		t.Errorf("got %v, want %s", got, want)
	}
}

func TestGeoJSONTellsTheTrace(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		trace := randomTrace(random, 2+random.IntN(50))
		var told struct {
			Type        string
			Coordinates [][2]float64
		}
		if err := json.Unmarshal([]byte(*trace.GeoJSON()), &told); err != nil {
			t.Fatal(err)
		}
		if told.Type != "LineString" || len(told.Coordinates) != len(trace) {
			t.Fatalf("got a %s of %d points, want %d", told.Type, len(told.Coordinates), len(trace))
		}
		for i, point := range trace {
			longitude, latitude := told.Coordinates[i][0], told.Coordinates[i][1]
			if latitude != point.Latitude || !sameMeridian(longitude, point.Longitude) {
				t.Fatalf("got %v, want %v", told.Coordinates[i], point)
			}
			if i > 0 && abs(longitude-told.Coordinates[i-1][0]) > 180 {
				t.Fatalf("from %v to %v leads round the globe", told.Coordinates[i-1], told.Coordinates[i])
			}
		}
	}
}

// sameMeridian allows what binary fractions leave behind when a turn is added.
func sameMeridian(a, b float64) bool {
	for _, turn := range []float64{0, 360, -360} {
		if abs(a-b-turn) < 1e-9 {
			return true
		}
	}
	return false
}

func abs(number float64) float64 { return max(number, -number) }
