package fitness_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

func TestBounds(t *testing.T) {
	t.Parallel()
	box := func(south, west, north, east float64) *fitness.Bounds {
		return &fitness.Bounds{
			SouthWest: fitness.Coordinates{Latitude: south, Longitude: west},
			NorthEast: fitness.Coordinates{Latitude: north, Longitude: east},
		}
	}
	for name, test := range map[string]struct {
		trace fitness.Trace
		want  *fitness.Bounds
	}{
		"nothing":                      {nil, nil},
		"a point":                      {fitness.Trace{{47.1, 8.2}}, box(47.1, 8.2, 47.1, 8.2)},
		"a point at 180":               {fitness.Trace{{1, 180}}, box(1, 180, 1, 180)},
		"a line":                       {fitness.Trace{{38.5, -120.2}, {40.7, -120.95}, {43.252, -126.453}}, box(38.5, -126.453, 43.252, -120.2)},
		"over the equator and 0":       {fitness.Trace{{-1, 2}, {3, -4}}, box(-1, -4, 3, 2)},
		"eastward over 180":            {fitness.Trace{{-17, 179.9}, {-16, -179.8}}, box(-17, 179.9, -16, -179.8)},
		"westward over 180":            {fitness.Trace{{-17, -179.8}, {-16, 179.9}}, box(-17, 179.9, -16, -179.8)},
		"there and back":               {fitness.Trace{{0, 179}, {0, -179}, {0, 178}}, box(0, 178, 0, -179)},
		"up to 180":                    {fitness.Trace{{0, 179}, {0, 180}, {0, 179.5}}, box(0, 179, 0, 180)},
		"up to 180, from the west":     {fitness.Trace{{0, -179}, {0, 180}, {0, -179.5}}, box(0, -180, 0, -179)},
		"from 180 to the east":         {fitness.Trace{{0, 180}, {0, -179}}, box(0, -180, 0, -179)},
		"from 180 to the west":         {fitness.Trace{{0, -180}, {0, 179}}, box(0, 179, 0, 180)},
		"round the world":              {fitness.Trace{{0, 0}, {1, 120}, {2, -120}, {3, 0}}, box(0, -180, 3, 180)},
		"almost round, over 180":       {fitness.Trace{{0, 10}, {0, 130}, {0, -110}, {0, -10}}, box(0, 10, 0, -10)},
		"twice round":                  {fitness.Trace{{0, 0}, {0, 120}, {0, -120}, {0, 0}, {0, 120}, {0, -120}, {0, 5}}, box(0, -180, 0, 180)},
		"five decimal places, exactly": {fitness.Trace{{0.12345, 179.99999}, {0.12346, -179.99998}}, box(0.12345, 179.99999, 0.12346, -179.99998)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, test.trace.Bounds()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestBoundsHoldEveryPoint(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		trace := randomTrace(random, 1+random.IntN(400))
		bounds := trace.Bounds()
		for _, point := range trace {
			inside := bounds.SouthWest.Longitude <= point.Longitude && point.Longitude <= bounds.NorthEast.Longitude
			if bounds.SouthWest.Longitude > bounds.NorthEast.Longitude { // over 180
				inside = bounds.SouthWest.Longitude <= point.Longitude || point.Longitude <= bounds.NorthEast.Longitude
			}
			if !inside || point.Latitude < bounds.SouthWest.Latitude || point.Latitude > bounds.NorthEast.Latitude {
				t.Fatalf("%v is outside of %v", point, *bounds)
			}
		}
	}
}

func TestMapOfATraceThatCanNotBeRead(t *testing.T) {
	t.Parallel()
	const junk = "_p~iF~ps|"
	drawing := (&fitness.Activity{SummaryPolyline: junk}).Map()
	path, err := drawing.SVGPath(100, 100)
	if err != nil {
		t.Fatal(err)
	}
	if drawing.Bounds() != nil || drawing.GeoJSON() != nil || path != nil {
		t.Errorf("got bounds %v, GeoJSON %v, path %v; want none", drawing.Bounds(), drawing.GeoJSON(), path)
	}
	if got := drawing.SummaryPolyline(); got == nil || *got != junk {
		t.Errorf("the polyline is %v, want it as it came", got)
	}
}
