package strava_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/strava"
)

func TestNumbersReadEverySpelling(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text  string
		int   strava.Int
		float strava.Float
		id    strava.ID // -1: an error
	}{
		{"0", 0, 0, 0},
		{"0.0", 0, 0, 0},
		{"76", 76, 76, 76},
		{"76.0", 76, 76, 76},
		{"474287.0", 474287, 474287, 474287},
		{"-14400.0", -14400, -14400, -14400},
		{`"12"`, 12, 12, 12},
		{`" 12.0 "`, 12, 12, 12},
		{"16181809559", 16181809559, 16181809559, 16181809559},
		{"3329485690369457990", 3329485690369457990, 3329485690369457990, 3329485690369457990},
		{"3329485690369457990.0", 3329485690369458176 /* as near as a float64 is */, 3329485690369457990, 3329485690369457990},
		{"987654321234567891234", math.MaxInt, 987654321234567891234, 0},
		{"-987654321234567891234", math.MinInt, -987654321234567891234, 0},
		{"2.4", 2, 2.4, -1},
		{"2.5", 3, 2.5, -1},
		{"1e3", 1000, 1000, -1},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			var n strava.Int
			if err := json.Unmarshal([]byte(test.text), &n); err != nil || n != test.int {
				t.Errorf("Int is %d, %v; want %d", n, err, test.int)
			}
			var f strava.Float
			if err := json.Unmarshal([]byte(test.text), &f); err != nil || f != test.float {
				t.Errorf("Float is %v, %v; want %v", f, err, test.float)
			}
			var id strava.ID
			err := json.Unmarshal([]byte(test.text), &id)
			if test.id == -1 && err == nil {
				t.Errorf("ID is %d, want an error", id)
			}
			if test.id != -1 && (err != nil || id != test.id) {
				t.Errorf("ID is %d, %v; want %d", id, err, test.id)
			}
		})
	}
}

func TestNumbersRefuseWhatIsNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`""`, `" "`, `"twelve"`, `"0x1p4"`, `"NaN"`, `"Inf"`, `"1_000"`, `"--1"`, `"\u0031"`, `true`, `{}`, `[]`, `[1]`} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			if n := new(strava.Int); json.Unmarshal([]byte(text), n) == nil {
				t.Errorf("Int took it for %d", *n)
			}
			if f := new(strava.Float); json.Unmarshal([]byte(text), f) == nil {
				t.Errorf("Float took it for %v", *f)
			}
			if id := new(strava.ID); json.Unmarshal([]byte(text), id) == nil {
				t.Errorf("ID took it for %d", *id)
			}
		})
	}
	if f := new(strava.Float); json.Unmarshal([]byte("1e999"), f) == nil {
		t.Errorf("Float took 1e999 for %v", *f)
	}
}

func TestNumbersAbsentOrNull(t *testing.T) {
	t.Parallel()
	type row struct {
		Int      strava.Int
		Float    strava.Float
		ID       strava.ID
		IntPtr   *strava.Int
		FloatPtr *strava.Float
	}
	for _, text := range []string{`{}`, `{"Int":null,"Float":null,"ID":null,"IntPtr":null,"FloatPtr":null}`} {
		var got row
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(row{}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	var got row
	if err := json.Unmarshal([]byte(`{"IntPtr":0.0,"FloatPtr":0}`), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(row{IntPtr: new(strava.Int), FloatPtr: new(strava.Float)}, got); diff != "" {
		t.Errorf("zero is not absent (-want +got):\n%s", diff)
	}
}

func TestNumbersAreWrittenPlain(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal([]any{strava.Int(76), strava.Float(7.5), strava.ID(3329485690369457990)})
	if err != nil {
		t.Fatal(err)
	}
	if want := `[76,7.5,3329485690369457990]`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
