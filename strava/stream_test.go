package strava_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/strava"
)

func TestStreams(t *testing.T) {
	t.Parallel()
	floats := func(values ...strava.Float) *strava.Stream[strava.Float] {
		return &strava.Stream[strava.Float]{Data: values}
	}
	tests := []struct {
		name string
		body string
		want *strava.StreamSet
	}{
		{
			"every channel",
			`{"time":{"data":[0,1.0],"series_type":"distance","original_size":2,"resolution":"high"},"distance":{"data":[0.0,3]},
				"latlng":{"data":[[51.053829,3.722015],[ 51.053901 , 3.7221 ]]},"altitude":{"data":[-3.4,0]},"velocity_smooth":{"data":[0,2.91]},
				"heartrate":{"data":[101,102]},"cadence":{"data":[0,78]},"watts":{"data":[0,312.0]},"temp":{"data":[-2,-2]},
				"moving":{"data":[false,true]},"grade_smooth":{"data":[0,-1.5]},"of_tomorrow":{"data":[1]}}`,
			&strava.StreamSet{
				Time:           &strava.Stream[strava.Int]{Data: []strava.Int{0, 1}, SeriesType: "distance", OriginalSize: 2, Resolution: "high"},
				Distance:       floats(0, 3),
				LatLng:         &strava.Stream[strava.Position]{Data: []strava.Position{{51.053829, 3.722015}, {51.053901, 3.7221}}},
				Altitude:       floats(-3.4, 0),
				VelocitySmooth: floats(0, 2.91),
				Heartrate:      &strava.Stream[strava.Int]{Data: []strava.Int{101, 102}},
				Cadence:        &strava.Stream[strava.Int]{Data: []strava.Int{0, 78}},
				Watts:          &strava.Stream[strava.Int]{Data: []strava.Int{0, 312}},
				Temp:           &strava.Stream[strava.Int]{Data: []strava.Int{-2, -2}},
				Moving:         &strava.Stream[bool]{Data: []bool{false, true}},
				GradeSmooth:    floats(0, -1.5),
			},
		},
		{
			"gaps",
			`{"latlng":{"data":[null,[51.05,3.72],[]]},"watts":{"data":[null,0,7]},"moving":{"data":[true,null,false]},"heartrate":null}`,
			&strava.StreamSet{
				LatLng: &strava.Stream[strava.Position]{Data: []strava.Position{{}, {51.05, 3.72}, {}}, Gaps: []bool{true, false, true}},
				Watts:  &strava.Stream[strava.Int]{Data: []strava.Int{0, 0, 7}, Gaps: []bool{true, false, false}},
				Moving: &strava.Stream[bool]{Data: []bool{true, false, false}, Gaps: []bool{false, true, false}},
			},
		},
		{
			"a list, as routes have it",
			`[{"type":"latlng","data":[[51.05,3.72]]},{"type":"distance","data":[0],"series_type":"distance","original_size":1,"resolution":"high"}]`,
			&strava.StreamSet{
				LatLng:   &strava.Stream[strava.Position]{Data: []strava.Position{{51.05, 3.72}}},
				Distance: &strava.Stream[strava.Float]{Data: []strava.Float{0}, SeriesType: "distance", OriginalSize: 1, Resolution: "high"},
			},
		},
		{"no channels", `{}`, &strava.StreamSet{}},
		{"an empty list", `[]`, &strava.StreamSet{}},
		{"no samples", `{"time":{"data":[]}}`, &strava.StreamSet{Time: &strava.Stream[strava.Int]{Data: []strava.Int{}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := serve(t, answers(200, test.body)).ActivityStreams(t.Context(), 42, strava.StreamTypes())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			text, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			again, err := serve(t, answers(200, string(text))).ActivityStreams(t.Context(), 42, strava.StreamTypes())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, again); diff != "" {
				t.Errorf("written and read again (-want +got):\n%s", diff)
			}
		})
	}
}

func TestStreamsOfAnotherShape(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"time":{"data":[0,1]},"distance":{"data":[0]}}`,
		`{"time":{"data":[0,1]},"distance":{"data":[0,1]},"moving":{"data":[]}}`,
		`{"latlng":{"data":[[51.05]]}}`,
		`{"latlng":{"data":[[51.05,3.72,12]]}}`,
		`{"latlng":{"data":[["a","b"]]}}`,
		`{"latlng":{"data":[{"lat":1,"lng":2}]}}`,
		`{"latlng":{"data":"_p~iF~ps|U"}}`,
		`{"moving":{"data":[1]}}`,
		`{"watts":{"data":[{}]}}`,
		`{"time":[0,1]}`,
		`[[0,1]]`,
		`[{"type":"time","data":0}]`,
	} {
		got, err := serve(t, answers(200, body)).ActivityStreams(t.Context(), 42, strava.StreamTypes())
		if meanings(err) != "ErrUnavailable" {
			t.Errorf("%s: got %v, %v; want ErrUnavailable", body, got, err)
		}
	}
}

func TestStreamSet(t *testing.T) {
	t.Parallel()
	if got := new(strava.StreamSet).Len(); got != 0 {
		t.Errorf("an empty set has %d samples", got)
	}
	watts := &strava.Stream[strava.Int]{Data: []strava.Int{0, 0, 250}, Gaps: []bool{false, true, false}}
	if got := (&strava.StreamSet{Watts: watts}).Len(); got != 3 {
		t.Errorf("%d samples, want 3", got)
	}
	for n, want := range []bool{true, false, true} {
		if value, ok := watts.At(n); ok != want || value != watts.Data[n] {
			t.Errorf("sample %d is %d, %t", n, value, ok)
		}
	}
}
