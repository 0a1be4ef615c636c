package stravatest_test

import (
	"bytes"
	"encoding/json"
	"image/jpeg"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// decodePolyline is the inverse of what Google describes, in its own words:
// https://developers.google.com/maps/documentation/utilities/polylinealgorithm
func decodePolyline(t *testing.T, line string) [][2]float64 {
	t.Helper()
	var points [][2]float64
	var at [2]int
	for i := 0; i < len(line); {
		for axis := range 2 {
			shift, value := 0, 0
			for {
				if i >= len(line) {
					t.Fatalf("a polyline ends in the middle: %q", line)
				}
				chunk := int(line[i]) - 63
				i++
				value |= chunk & 0x1f << shift
				shift += 5
				if chunk < 0x20 {
					break
				}
			}
			if value&1 != 0 {
				value = ^value
			}
			at[axis] += value >> 1
		}
		points = append(points, [2]float64{float64(at[0]) / 1e5, float64(at[1]) / 1e5})
	}
	return points
}

func metres(points [][2]float64) float64 {
	total := 0.0
	for i := 1; i < len(points); i++ {
		north := (points[i][0] - points[i-1][0]) * 111_320
		east := (points[i][1] - points[i-1][1]) * 111_320 * math.Cos(points[i][0]*math.Pi/180)
		total += math.Hypot(north, east)
	}
	return total
}

// traces reads the two lines of a detail.
func traces(t *testing.T, detail raw) (full, summary [][2]float64) {
	t.Helper()
	var lines struct {
		Polyline        string
		SummaryPolyline string `json:"summary_polyline"`
	}
	if err := json.Unmarshal(detail["map"], &lines); err != nil {
		t.Fatal(err)
	}
	return decodePolyline(t, lines.Polyline), decodePolyline(t, lines.SummaryPolyline)
}

func TestTracesAreLoopsOfTheRightLength(t *testing.T) {
	t.Parallel()
	f := newFake(t, years(1))
	checked := 0
	for i, row := range f.all() {
		if i%4 > 0 || len(row.text("start_latlng")) < 5 {
			continue
		}
		checked++
		full, summary := traces(t, f.detail(row))
		distance := row.num("distance")
		if got := metres(summary); math.Abs(got-distance) > 0.05*distance {
			t.Errorf("%s: the summary is %.0f m long, the activity %.0f", row.text("id"), got, distance)
		}
		if got := metres(full); math.Abs(got-distance) > 0.08*distance {
			t.Errorf("%s: the trace is %.0f m long, the activity %.0f", row.text("id"), got, distance)
		}
		if len(full) <= len(summary) || len(summary) < 20 || len(summary) > 200 {
			t.Errorf("%s: %d points, %d in the summary", row.text("id"), len(full), len(summary))
		}
		if ends := [][2]float64{full[0], full[len(full)-1]}; metres(ends) > 20 {
			t.Errorf("%s: it ends %.0f m from its start", row.text("id"), metres(ends))
		}
		var start [2]float64
		if err := json.Unmarshal(row["start_latlng"], &start); err != nil || metres([][2]float64{start, summary[0]}) > 5 {
			t.Errorf("%s: start_latlng %v, the summary starts at %v", row.text("id"), start, summary[0])
		}
	}
	if checked < 60 {
		t.Errorf("only %d traces", checked)
	}
}

func TestDetailAddsUp(t *testing.T) {
	t.Parallel()
	cfg := empty()
	cfg.Activities = []stravatest.Activity{
		{Name: "long", Sport: "Run", Start: time.Date(2026, 10, 4, 7, 0, 0, 0, time.UTC), Distance: 42400, Climb: 300, Moving: 3*time.Hour + 41*time.Minute, Elapsed: 3*time.Hour + 44*time.Minute, Workout: 1},
		{Name: "short", Sport: "Run", Start: time.Date(2026, 10, 3, 7, 0, 0, 0, time.UTC), Distance: 399.9, Moving: 2 * time.Minute},
		{Name: "ride", Sport: "Ride", Start: time.Date(2026, 10, 2, 7, 0, 0, 0, time.UTC), Distance: 90000, Climb: 900},
		{Name: "lift", Sport: "WeightTraining", Start: time.Date(2026, 10, 1, 7, 0, 0, 0, time.UTC)},
		{Name: "by hand", Sport: "Run", Start: time.Date(2026, 9, 30, 7, 0, 0, 0, time.UTC), Distance: 5000, Manual: true},
	}
	f := newFake(t, cfg)
	type piece struct {
		Distance    float64
		MovingTime  float64 `json:"moving_time"`
		ElapsedTime float64 `json:"elapsed_time"`
		StartIndex  float64 `json:"start_index"`
	}
	want := map[string]map[string]int{ // how many pieces
		"long":    {"laps": 9, "splits_metric": 43, "splits_standard": 27, "best_efforts": 13},
		"short":   {"laps": 1, "splits_metric": 1, "splits_standard": 1, "best_efforts": 0},
		"ride":    {"laps": 5, "splits_metric": 0, "splits_standard": 0, "best_efforts": 0},
		"lift":    {"laps": 1, "splits_metric": 0, "splits_standard": 0, "best_efforts": 0},
		"by hand": {"laps": 0, "splits_metric": 0, "splits_standard": 0, "best_efforts": 0},
	}
	for _, row := range f.all() {
		detail := f.detail(row)
		for name, count := range want[row.str("name")] {
			var pieces []piece
			if detail[name] != nil {
				if err := json.Unmarshal(detail[name], &pieces); err != nil {
					t.Fatal(err)
				}
			}
			if len(pieces) != count {
				t.Errorf("%s: %d %s, want %d", row.str("name"), len(pieces), name, count)
			}
			if name == "laps" && count > 0 && pieces[0].StartIndex != 0 {
				t.Errorf("%s: the first lap starts %v s late", row.str("name"), pieces[0].StartIndex)
			}
			var sum piece
			for _, p := range pieces {
				sum.Distance += p.Distance
				sum.MovingTime += p.MovingTime
				sum.ElapsedTime += p.ElapsedTime
				if name != "best_efforts" && p.MovingTime <= 0 {
					t.Errorf("%s: a piece of %s took no time", row.str("name"), name)
				}
			}
			if name == "best_efforts" || count == 0 {
				continue
			}
			if math.Abs(sum.Distance-row.num("distance")) > 0.05*float64(count) || sum.MovingTime != row.num("moving_time") || sum.ElapsedTime != row.num("elapsed_time") {
				t.Errorf("%s: %s add up to %+v, want %s m in %s s", row.str("name"), name, sum, row.text("distance"), row.text("moving_time"))
			}
		}
		if detail.num("calories") <= 0 || detail.text("resource_state") != "3" || detail.text("segment_efforts") != "[]" {
			t.Errorf("%s: calories %s", row.str("name"), detail.text("calories"))
		}
	}
}

func TestDetailsSayMoreThanRows(t *testing.T) {
	t.Parallel()
	f := newFake(t, years(1))
	had := map[string]int{}
	count := func(name string, is bool) {
		if is {
			had[name]++
		}
	}
	for i, row := range f.all() {
		if i%3 > 0 {
			continue
		}
		d := f.detail(row)
		count("a description", d.str("description") != "")
		count("no description", d.text("description") == "null")
		count("a line break in a description", strings.Contains(d.str("description"), "\r\n"))
		count("gear", strings.Contains(d.text("gear"), `"name"`))
		count("no gear", d.text("gear") == "")
		count("retired gear", strings.Contains(d.text("gear"), `"retired":true`))
		count("an effort that was felt", d.num("perceived_exertion") > 0)
		count("no photo", d.text("photos") == `{"primary":null,"count":0}`)
		if d.text("hide_from_home") == "" || d.text("embed_token") == "" {
			t.Errorf("%s lacks what every detail has", row.text("id"))
		}
	}
	for _, name := range []string{"a description", "no description", "a line break in a description", "gear", "no gear", "retired gear", "an effort that was felt", "no photo"} {
		if had[name] == 0 {
			t.Errorf("no detail has %s", name)
		}
	}
}

func TestPicturesCanBeFetched(t *testing.T) {
	t.Parallel()
	f := newFake(t, stravatest.Config{Activities: []stravatest.Activity{{Photos: 2, Start: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)}}})
	var photos struct {
		Primary struct{ URLs map[string]string }
		Count   int
	}
	row := f.all()[0]
	if err := json.Unmarshal(f.detail(row)["photos"], &photos); err != nil || photos.Count != 2 {
		t.Fatalf("photos: %+v, %v", photos, err)
	}
	athlete := decode[raw](t, f.get(f.AccessToken(), "/athlete"))
	for address, width := range map[string]int{
		photos.Primary.URLs["600"]: 768, photos.Primary.URLs["100"]: 128, athlete.str("profile"): 124, athlete.str("profile_medium"): 62,
	} {
		path, ours := strings.CutPrefix(address, "http://strava.test/")
		if !ours {
			t.Errorf("%s is not on the host that was called", address)
		}
		got := f.send(f.request(http.MethodGet, "/"+path, "", nil))
		picture, err := jpeg.DecodeConfig(bytes.NewReader([]byte(got.body)))
		if err != nil || got.header.Get("Content-Type") != "image/jpeg" || picture.Width != width {
			t.Errorf("%s: %d %v, %v", path, got.status, picture, err)
		}
	}

	path := strings.TrimPrefix(photos.Primary.URLs["600"], "http://strava.test")
	id := int64(row.num("id"))
	f.EditActivity(id, func(a *stravatest.Activity) { a.Photos = 0 })
	if got := f.send(f.request(http.MethodGet, path, "", nil)); got.status != http.StatusNotFound {
		t.Errorf("a photo that was taken down: status %d", got.status)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := stravatest.New(stravatest.Config{}); err != nil {
			b.Fatal(err)
		}
	}
}
