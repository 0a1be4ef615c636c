package strava_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava"
)

// plainActivity has the members of strava.SummaryActivity in the plain types that a client has which trusts Strava:
// what encoding/json does by itself. Only the page that the benchmark makes up can be read into it.
type plainActivity struct {
	ID            int64 `json:"id"`
	ResourceState int   `json:"resource_state"`
	Athlete       struct {
		ID int64 `json:"id"`
	} `json:"athlete"`
	Name                       string    `json:"name"`
	ExternalID                 string    `json:"external_id,omitempty"`
	UploadID                   int64     `json:"upload_id,omitempty"`
	UploadIDStr                string    `json:"upload_id_str,omitempty"`
	SportType                  string    `json:"sport_type"`
	Type                       string    `json:"type"`
	WorkoutType                *int      `json:"workout_type"`
	StartDate                  time.Time `json:"start_date"`
	StartDateLocal             time.Time `json:"start_date_local"`
	Timezone                   string    `json:"timezone"`
	UTCOffset                  *float64  `json:"utc_offset,omitempty"`
	Distance                   float64   `json:"distance"`
	MovingTime                 int       `json:"moving_time"`
	ElapsedTime                int       `json:"elapsed_time"`
	TotalElevationGain         float64   `json:"total_elevation_gain"`
	ElevHigh                   *float64  `json:"elev_high,omitempty"`
	ElevLow                    *float64  `json:"elev_low,omitempty"`
	AverageSpeed               float64   `json:"average_speed"`
	MaxSpeed                   float64   `json:"max_speed"`
	LocationCity               string    `json:"location_city,omitempty"`
	LocationState              string    `json:"location_state,omitempty"`
	LocationCountry            string    `json:"location_country,omitempty"`
	HasHeartrate               bool      `json:"has_heartrate"`
	AverageHeartrate           *float64  `json:"average_heartrate,omitempty"`
	MaxHeartrate               *float64  `json:"max_heartrate,omitempty"`
	HeartrateOptOut            bool      `json:"heartrate_opt_out,omitempty"`
	DisplayHideHeartrateOption bool      `json:"display_hide_heartrate_option,omitempty"`
	AverageCadence             *float64  `json:"average_cadence,omitempty"`
	AverageTemp                *float64  `json:"average_temp,omitempty"`
	AverageWatts               *float64  `json:"average_watts,omitempty"`
	MaxWatts                   *int      `json:"max_watts,omitempty"`
	WeightedAverageWatts       *int      `json:"weighted_average_watts,omitempty"`
	DeviceWatts                bool      `json:"device_watts,omitempty"`
	Kilojoules                 *float64  `json:"kilojoules,omitempty"`
	SufferScore                *float64  `json:"suffer_score,omitempty"`
	Visibility                 string    `json:"visibility,omitempty"`
	Private                    bool      `json:"private"`
	HideFromHome               bool      `json:"hide_from_home,omitempty"`
	Trainer                    bool      `json:"trainer"`
	Commute                    bool      `json:"commute"`
	Manual                     bool      `json:"manual"`
	Flagged                    bool      `json:"flagged"`
	FromAcceptedTag            bool      `json:"from_accepted_tag,omitempty"`
	GearID                     string    `json:"gear_id"`
	DeviceName                 string    `json:"device_name,omitempty"`
	StartLatlng                []float64 `json:"start_latlng"`
	EndLatlng                  []float64 `json:"end_latlng"`
	Map                        struct {
		ID              string `json:"id"`
		SummaryPolyline string `json:"summary_polyline"`
		Polyline        string `json:"polyline,omitempty"`
	} `json:"map"`
	AchievementCount int  `json:"achievement_count"`
	PRCount          int  `json:"pr_count"`
	KudosCount       int  `json:"kudos_count"`
	CommentCount     int  `json:"comment_count"`
	AthleteCount     int  `json:"athlete_count"`
	PhotoCount       int  `json:"photo_count"`
	TotalPhotoCount  int  `json:"total_photo_count"`
	HasKudoed        bool `json:"has_kudoed"`
}

// syntheticPage is a page of 200 rows as long as Strava's, with a line of some two hundred points and every sensor.
func syntheticPage() string {
	rows := make([]string, strava.MaxPerPage)
	line := strings.Repeat("_p~iF~ps|U", 45)
	for i := range rows {
		start := time.Date(2026, 11, 20, 6, 30, 5, 0, time.UTC).AddDate(0, 0, -i)
		rows[i] = fmt.Sprintf(`{"resource_state":2,"athlete":{"id":134815,"resource_state":1},"name":"Morning Run %d",
			"distance":%d.4,"moving_time":%d,"elapsed_time":%d,"total_elevation_gain":%d.5,"type":"Run","sport_type":"TrailRun",
			"workout_type":null,"device_name":"Watch 9","id":%d,"start_date":%q,"start_date_local":%q,
			"timezone":"(GMT-05:00) America/New_York","utc_offset":-14400.0,"location_city":null,"location_state":null,
			"location_country":null,"achievement_count":4,"kudos_count":17,"comment_count":2,"athlete_count":1,"photo_count":0,
			"map":{"id":"a%d","summary_polyline":%q,"resource_state":2},"trainer":false,"commute":false,"manual":false,
			"private":false,"visibility":"everyone","flagged":false,"gear_id":"g2345","start_latlng":[51.053829,3.722015],
			"end_latlng":[51.053901,3.7221],"average_speed":2.908,"max_speed":4.512,"average_cadence":78.7,"average_temp":20,
			"average_watts":312.6,"max_watts":498,"weighted_average_watts":315,"device_watts":false,"kilojoules":944.1,
			"has_heartrate":true,"average_heartrate":159.6,"max_heartrate":174.0,"heartrate_opt_out":false,
			"display_hide_heartrate_option":true,"elev_high":48.2,"elev_low":-3.4,"upload_id":18000000%03d,
			"upload_id_str":"18000000%03d","external_id":"garmin_ping_%d","from_accepted_tag":false,"pr_count":1,
			"total_photo_count":1,"has_kudoed":false,"suffer_score":76.0}`,
			i, 10000+i, 3000+i, 3100+i, 100+i, 17000000000+i, start.Format(time.RFC3339), start.Add(-4*time.Hour).Format(time.RFC3339),
			17000000000+i, line, i, i, i)
	}
	return "[" + strings.Join(rows, ",") + "]"
}

// BenchmarkDecodePage turns an answer with a page of 200 activities into rows: with Client.Activities, and with
// encoding/json and plain types. The first should take no longer than the second.
//
//	go test -run '^$' -bench DecodePage -count 6 ./strava
func BenchmarkDecodePage(b *testing.B) {
	page := syntheticPage()
	upstream := transport(func(*http.Request) (*http.Response, error) { return reply(200, page), nil })
	b.Run("strava", func(b *testing.B) {
		client := newClient(b, strava.Config{Transport: upstream})
		b.SetBytes(int64(len(page)))
		b.ReportAllocs()
		for b.Loop() {
			rows, err := client.Activities(b.Context(), strava.ActivitiesOptions{PerPage: strava.MaxPerPage})
			if err != nil || len(rows) != strava.MaxPerPage {
				b.Fatalf("%d rows, %v", len(rows), err)
			}
		}
	})
	b.Run("plain", func(b *testing.B) {
		client := &http.Client{Transport: upstream}
		b.SetBytes(int64(len(page)))
		b.ReportAllocs()
		for b.Loop() {
			response, err := client.Get("http://strava.invalid/athlete/activities")
			if err != nil {
				b.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			if err != nil {
				b.Fatal(err)
			}
			var rows []plainActivity
			if err := json.Unmarshal(body, &rows); err != nil || len(rows) != strava.MaxPerPage {
				b.Fatalf("%d rows, %v", len(rows), err)
			}
		}
	})
}

// TestPlainTypesReadTheSame keeps the benchmark's two sides alike.
func TestPlainTypesReadTheSame(t *testing.T) {
	t.Parallel()
	page := syntheticPage()
	rows, err := serve(t, answers(200, page)).Activities(t.Context(), strava.ActivitiesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var plain []plainActivity
	if err := json.Unmarshal([]byte(page), &plain); err != nil {
		t.Fatal(err)
	}
	want, err := json.Marshal(plain)
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
