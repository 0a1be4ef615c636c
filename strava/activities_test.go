package strava_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava"
)

// run is a list row with the spellings that Strava's answers really have.
const run = `{
	"resource_state": 2,
	"athlete": {"id": 12345678987655098765444, "resource_state": 1},
	"name": "Lunch Run",
	"distance": 10012.3,
	"moving_time": 3021.0,
	"elapsed_time": 3100,
	"total_elevation_gain": 0,
	"type": "Run",
	"sport_type": "TrailRun",
	"workout_type": null,
	"id": 17000000123,
	"start_date": "2026-10-17T16:30:05Z",
	"start_date_local": "2026-10-17T12:30:05Z",
	"timezone": "(GMT-05:00) America/Toronto",
	"utc_offset": -14400.0,
	"location_city": null,
	"achievement_count": 4,
	"kudos_count": "7",
	"photo_count": 0,
	"map": {"id": "a17000000123", "summary_polyline": "_p~iF~ps|U", "resource_state": 2},
	"trainer": false,
	"visibility": "everyone",
	"gear_id": null,
	"start_latlng": [51.053829, 3.722015],
	"end_latlng": [],
	"average_speed": 2.908,
	"average_cadence": 78.7,
	"average_temp": 20,
	"has_heartrate": true,
	"average_heartrate": 159.6,
	"max_heartrate": 174.0,
	"elev_high": 48.2,
	"upload_id": 987654321234567891234,
	"suffer_score": 76.0,
	"member_of_tomorrow": {"anything": [1, 2, 3]}
}`

func wantRun() strava.SummaryActivity {
	return strava.SummaryActivity{
		ID:               17000000123,
		ResourceState:    2,
		Name:             "Lunch Run",
		SportType:        "TrailRun",
		Type:             "Run",
		StartDate:        time.Date(2026, 10, 17, 16, 30, 5, 0, time.UTC),
		StartDateLocal:   time.Date(2026, 10, 17, 12, 30, 5, 0, time.UTC),
		Timezone:         "(GMT-05:00) America/Toronto",
		UTCOffset:        new(strava.Int(-14400)),
		Distance:         10012.3,
		MovingTime:       3021,
		ElapsedTime:      3100,
		ElevHigh:         new(strava.Float(48.2)),
		AverageSpeed:     2.908,
		HasHeartrate:     true,
		AverageHeartrate: new(strava.Float(159.6)),
		MaxHeartrate:     new(strava.Float(174)),
		AverageCadence:   new(strava.Float(78.7)),
		AverageTemp:      new(strava.Float(20)),
		SufferScore:      new(strava.Float(76)),
		Visibility:       "everyone",
		StartLatlng:      strava.LatLng{51.053829, 3.722015},
		EndLatlng:        strava.LatLng{},
		Map:              strava.PolylineMap{ID: "a17000000123", SummaryPolyline: "_p~iF~ps|U"},
		AchievementCount: 4,
		KudosCount:       7,
	}
}

func TestActivities(t *testing.T) {
	t.Parallel()
	manual := `{"id":1,"start_date":"2019-05-08T00:10:00Z","start_date_local":"2019-05-07T20:10:00Z","start_latlng":null,"map":{"id":"a1","summary_polyline":null},"manual":true}`
	tests := []struct {
		name string
		body string
		want []strava.SummaryActivity
	}{
		{"an empty page", `[]`, []strava.SummaryActivity{}},
		{"a row of every trap", `[` + run + `]`, []strava.SummaryActivity{wantRun()}},
		{"a manual entry", " \n[" + manual + "]\n", []strava.SummaryActivity{{
			ID:             1,
			StartDate:      time.Date(2019, 5, 8, 0, 10, 0, 0, time.UTC),
			StartDateLocal: time.Date(2019, 5, 7, 20, 10, 0, 0, time.UTC),
			Map:            strava.PolylineMap{ID: "a1"},
			Manual:         true,
		}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := serve(t, answers(200, test.body)).Activities(t.Context(), strava.ActivitiesOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUndecodableRowsAreLeftOut(t *testing.T) {
	t.Parallel()
	rows := map[string]string{
		"an odd id":         `{"id":"` + hidden + `"}`,
		"no id":             `{"name":"Ride"}`,
		"an id too large":   `{"id":987654321234567891234}`,
		"an odd number":     `{"id":2,"distance":{}}`,
		"an odd time":       `{"id":2,"start_date":"yesterday"}`,
		"an odd point":      `{"id":2,"start_latlng":{"lat":1}}`,
		"an odd name":       `{"id":2,"name":["` + hidden + `"]}`,
		"null":              `null`,
		"a number":          `42`,
		"a list":            `[]`,
		"a row of an error": `{"message":"error"}`,
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			client := newClient(t, strava.Config{
				BaseURL: serveURL(t, answers(200, `[{"id":1},`+row+`,{"id":3}]`)),
				Logger:  slog.New(slog.NewTextHandler(&log, nil)),
			})
			got, err := client.Activities(t.Context(), strava.ActivitiesOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]strava.SummaryActivity{{ID: 1}, {ID: 3}}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !strings.Contains(log.String(), "index=1") || strings.Count(log.String(), "\n") != 1 {
				t.Errorf("the log does not name the row: %s", log.String())
			}
			wantHidden(t, "the log", log.String())
		})
	}
}

// TestOddPagesAreNotEmpty: an empty page is the end of the list, after which a mirror forgets what it has not seen.
func TestOddPagesAreNotEmpty(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`null`, `{}`, `""`, ``, `[`, `[{"id":1}`, `[{"id":1},`, `[{"id":"a"}]`, `[null,null]`, `[{"id":1}] and more`, `{"message":"error"}`} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			got, err := serve(t, answers(200, body)).Activities(t.Context(), strava.ActivitiesOptions{})
			if meanings(err) != "ErrUnavailable" {
				t.Errorf("got %v, %v; want ErrUnavailable", got, err)
			}
		})
	}
}

// TestPageOfSeparators: a page that only looks as if it had many rows is given no room for them. It runs alone, because
// it counts what the process allocates.
func TestPageOfSeparators(t *testing.T) {
	body := `[{"id":1,"name":"` + strings.Repeat("},{", 300_000) + `"}]`
	client := newClient(t, strava.Config{Transport: transport(func(*http.Request) (*http.Response, error) { return reply(200, body), nil })})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	rows, err := client.Activities(t.Context(), strava.ActivitiesOptions{})
	runtime.ReadMemStats(&after)
	if err != nil || len(rows) != 1 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 32<<20 {
		t.Errorf("%d bytes for one row", allocated)
	}
}

func TestActivity(t *testing.T) {
	t.Parallel()
	body := strings.TrimSuffix(run, "}") + `,
		"description": "Along the river",
		"calories": 755.0,
		"perceived_exertion": null,
		"gear": {"id": "g12345678", "primary": false, "name": "Shoes", "nickname": null, "retired": true, "distance": 412345, "converted_distance": 600.4},
		"photos": {"primary": {"unique_id": "photo-1", "urls": {"600": "https://photos.example/600.jpg", "100": "https://photos.example/100.jpg"}, "source": 1}, "use_primary_photo": true, "count": 9},
		"splits_metric": [{"distance": 1001.6}]
	}`
	want := &strava.DetailedActivity{
		SummaryActivity: wantRun(),
		Description:     "Along the river",
		Calories:        new(strava.Float(755)),
		Gear:            &strava.SummaryGear{ID: "g12345678", Name: "Shoes", Retired: true, Distance: 412345, ConvertedDistance: new(strava.Float(600.4))},
		SplitsMetric:    []strava.Split{{Distance: 1001.6}},
		Photos: strava.PhotosSummary{Count: 9, UsePrimaryPhoto: true, Primary: &strava.PrimaryPhoto{
			UniqueID: "photo-1",
			Source:   1,
			URLs:     map[string]string{"600": "https://photos.example/600.jpg", "100": "https://photos.example/100.jpg"},
		}},
	}
	got, err := serve(t, answers(200, body)).Activity(t.Context(), 17000000123)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestObjectsOfAnotherShape(t *testing.T) {
	t.Parallel()
	calls := map[string]func(*strava.Client) error{
		"activity": func(c *strava.Client) error { _, err := c.Activity(t.Context(), 42); return err },
		"athlete":  func(c *strava.Client) error { _, err := c.Athlete(t.Context()); return err },
		"stats":    func(c *strava.Client) error { _, err := c.Stats(t.Context(), 42); return err },
	}
	for name, call := range calls {
		for _, body := range []string{`null`, `[]`, `42`, `{"id":{},"all_run_totals":7}`, `{"id":1`} {
			if err := call(serve(t, answers(200, body))); meanings(err) != "ErrUnavailable" {
				t.Errorf("%s out of %s: got %v, want ErrUnavailable", name, body, err)
			}
		}
		if err := call(serve(t, answers(200, `{}`))); name != "stats" && meanings(err) != "ErrUnavailable" {
			t.Errorf("%s without an id: got %v, want ErrUnavailable", name, err)
		}
	}
}

func TestLatLng(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		point strava.LatLng
		ok    bool
	}{
		{"a point", strava.LatLng{40.75, -73.99}, true},
		{"null island", strava.LatLng{0, 0}, true},
		{"null", nil, false},
		{"no GPS", strava.LatLng{}, false},
		{"half a point", strava.LatLng{40.75}, false},
		{"too much", strava.LatLng{40.75, -73.99, 12}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			latitude, longitude, ok := test.point.Coordinates()
			if ok != test.ok || ok && (latitude != test.point[0] || longitude != test.point[1]) {
				t.Errorf("got %v, %v, %t", latitude, longitude, ok)
			}
		})
	}
}

func TestAthlete(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		body string
		want *strava.DetailedAthlete
	}{
		{
			"detailed", `{"id":134815,"username":"rider","resource_state":3,"firstname":"Ada","lastname":"Rider","bio":null,"city":"Ghent",
				"state":"","country":"Belgium","sex":null,"premium":true,"summit":true,"created_at":"2019-03-02T10:20:30Z",
				"updated_at":"2026-09-01T08:00:00Z","weight":0,"profile":"https://pictures.example/large.jpg","friend":null,
				"follower_count":12,"friend_count":34.0,"measurement_preference":"meters","ftp":null,"bikes":[],
				"shoes":[{"id":"g2345","primary":true,"name":"Shoes","nickname":null,"retired":false,"distance":312000}]}`,
			&strava.DetailedAthlete{
				SummaryAthlete: strava.SummaryAthlete{
					ID: 134815, ResourceState: 3, Username: "rider", Firstname: "Ada", Lastname: "Rider", City: "Ghent",
					Country: "Belgium", Premium: true, Summit: true,
					CreatedAt: time.Date(2019, 3, 2, 10, 20, 30, 0, time.UTC),
					UpdatedAt: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC),
					Profile:   "https://pictures.example/large.jpg",
				},
				FollowerCount:         new(strava.Int(12)),
				FriendCount:           new(strava.Int(34)),
				MeasurementPreference: "meters",
				Weight:                new(strava.Float),
				Bikes:                 []strava.SummaryGear{},
				Shoes:                 []strava.SummaryGear{{ID: "g2345", Primary: true, Name: "Shoes", Distance: 312000}},
			},
		},
		{
			"summary, for want of a scope", `{"id":134815,"resource_state":2,"firstname":"Ada"}`,
			&strava.DetailedAthlete{SummaryAthlete: strava.SummaryAthlete{ID: 134815, ResourceState: 2, Firstname: "Ada"}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := serve(t, answers(200, test.body)).Athlete(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	body := `{"recent_run_totals":{"count":19,"distance":212345.70000000001,"moving_time":70123,"elapsed_time":71234,"elevation_gain":1234.0,"achievement_count":0},
		"ytd_run_totals":{"count":123,"distance":1234567,"moving_time":474287.0,"elapsed_time":480000.0,"elevation_gain":9876.0},
		"all_ride_totals":{"count":1,"distance":0.0,"moving_time":1800,"elapsed_time":1800,"elevation_gain":0},
		"biggest_ride_distance":null}`
	want := &strava.ActivityStats{
		RecentRunTotals: strava.ActivityTotal{Count: 19, Distance: 212345.70000000001, MovingTime: 70123, ElapsedTime: 71234, ElevationGain: 1234, AchievementCount: new(strava.Int)},
		YTDRunTotals:    strava.ActivityTotal{Count: 123, Distance: 1234567, MovingTime: 474287, ElapsedTime: 480000, ElevationGain: 9876},
		AllRideTotals:   strava.ActivityTotal{Count: 1, MovingTime: 1800, ElapsedTime: 1800},
	}
	got, err := serve(t, answers(200, body)).Stats(t.Context(), 134815)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
