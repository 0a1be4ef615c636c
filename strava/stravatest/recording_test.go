package stravatest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

// recordedFS is a small made-up recording.
func recordedFS() fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"athlete.json":       file(`{"id":7,"username":"seven","firstname":"S","resource_state":3,"odd":474287.0}`),
		"athlete_stats.json": file(`{"ytd_run_totals":{"moving_time":474287.0}}`),
		"athlete_activities_page1.json": file(`[{"id":3,"name":"C","start_date":"2025-03-03T00:00:00Z","visibility":"only_me","max_heartrate":162.0},
			{"id":2,"name":"B","start_date":"2025-03-02T00:00:00Z","visibility":"everyone","gear_id":null}]`),
		"athlete_activities_window.json":      file(`[{"id":2,"name":"B again","start_date":"2025-03-02T00:00:00Z"},{"id":1,"name":"A","start_date":"2025-03-01T00:00:00Z"}]`),
		"activity_run_detailed.json":          file(`{"id":2, "name":"B in full", "calories":1.0}`),
		"models/detailed_activities_run.json": file(`{"id":2,"name":"not this one"}`),
		"activity_streams.json":               file(`{"distance":{"data":[0.0,3.1]}}`),
		"comments_p1.json":                    file(`[{"id":1,"cursor":"a%3D"},{"id":2,"cursor":"b%3D"}]`),
		"comments_p2.json":                    file(`[{"id":2,"cursor":"b%3D"},{"id":3,"cursor":"c%3D"}]`),
		"clubs.json":                          file(`[{"id":5},{"id":6}]`),
		"route.gpx":                           file(`<gpx/>`),
		"created.json":                        file(`{"id":9}`),
		"efforts.json":                        file(`[{"id":77}]`),
		"broken.json":                         file(`not even JSON`),
		"INDEX.md": file(`# Recorded
GET /api/v3/gear/b1 -> 200 outside the table is nothing
| file | bytes | what |
|---|---|---|
| activity_streams.json | 5 | GET /api/v3/activities/2/streams?key_by_type=true -> 200, recorded |
| comments_p1.json | 5 | GET /api/v3/activities/2/comments?page_size=2 -> 200 |
| comments_p2.json | 5 | GET /api/v3/activities/2/comments?after_cursor=a&page_size=2 -> 200 |
| clubs.json | 5 | GET /api/v3/athlete/clubs -> 200 |
| route.gpx | 5 | GET /api/v3/routes/4/export_gpx -> 200 |
| created.json | 5 | POST /api/v3/activities -> 201 |
| efforts.json | 5 | GET /api/v3/segments/8/all_efforts -> 200 |
| broken.json | 5 | GET /api/v3/activities/3 -> 401 |
| broken.json | 5 | POST /oauth/token -> 200 |
`),
	}
}

func TestRecording(t *testing.T) {
	t.Parallel()
	f := newFake(t, stravatest.Config{Recorded: recordedFS()})
	token := f.AccessToken()
	for _, tc := range []struct {
		path   string
		status int
		want   string
	}{
		{"/athlete", 200, `{"id":7,"username":"seven","firstname":"S","resource_state":3,"odd":474287.0}`},
		{"/athletes/7/stats", 200, `{"ytd_run_totals":{"moving_time":474287.0}}`},
		{"/activities/2", 200, `{"id":2, "name":"B in full", "calories":1.0}`},
		{"/activities/3", 404, `{"message":"Record Not Found","errors":[{"resource":"Activity","field":"id","code":"invalid"}]}`},
		{"/athlete/activities?per_page=1", 200, `[{"id":3,"name":"C","start_date":"2025-03-03T00:00:00Z","visibility":"only_me","max_heartrate":162.0}]`},
		{"/athlete/activities?per_page=1&page=2", 200, `[{"id":2,"name":"B","start_date":"2025-03-02T00:00:00Z","visibility":"everyone","gear_id":null}]`},
	} {
		if got := f.get(token, tc.path); got.status != tc.status || got.body != tc.want {
			t.Errorf("%s: %d %s", tc.path, got.status, got.body)
		}
	}
	for _, tc := range []struct {
		method, path string
		status       int
		want         string
	}{
		{http.MethodGet, "/activities/2/streams?keys=distance&key_by_type=true", 200, `{"distance":{"data":[0.0,3.1]}}`},
		{http.MethodGet, "/activities/2/comments", 200, `[{"id":1,"cursor":"a%3D"},{"id":2,"cursor":"b%3D"},{"id":3,"cursor":"c%3D"}]`},
		{http.MethodGet, "/activities/2/comments?page_size=1&after_cursor=a%253D", 200, `[{"id":2,"cursor":"b%3D"}]`},
		{http.MethodGet, "/activities/2/comments?page_size=5&after_cursor=c%253D", 200, `[]`},
		{http.MethodGet, "/athlete/clubs?per_page=1&page=2", 200, `[{"id":6}]`},
		{http.MethodGet, "/routes/4/export_gpx", 200, `<gpx/>`},
		{http.MethodPost, "/activities", 201, `{"id":9}`},
		{http.MethodGet, "/segments/8/all_efforts", 200, `[{"id":77}]`},
		{http.MethodGet, "/segment_efforts?segment_id=8", 200, `[{"id":77}]`},
		{http.MethodGet, "/segment_efforts?segment_id=9", 404, `{"message":"Record Not Found","errors":[{"resource":"resource","field":"path","code":"invalid"}]}`},
		{http.MethodGet, "/gear/b1", 404, `{"message":"Record Not Found","errors":[{"resource":"resource","field":"path","code":"invalid"}]}`},
		{http.MethodGet, "/activities/3/laps", 404, `{"message":"Record Not Found","errors":[{"resource":"resource","field":"path","code":"invalid"}]}`},
	} {
		if got := f.send1(tc.method, f.AccessToken("read", "activity:read_all", "activity:write"), tc.path, nil); got.status != tc.status || got.body != tc.want {
			t.Errorf("%s %s: %d %s", tc.method, tc.path, got.status, got.body)
		}
	}
	if got := f.get(token, "/routes/4/export_gpx").header.Get("Content-Type"); got != "application/gpx+xml" {
		t.Errorf("GPX as %s", got)
	}
	wantRefusal(t, f.get(f.AccessToken("read"), "/activities/2/comments"), 401, "Authorization Error", "AccessToken", "activity:read_permission", "missing")
	for query, want := range map[string]string{"": "C B A", "?after=1740787200": "B C", "?before=1740960000": "B A", "?per_page=2&page=2": "A", "?page=2": ""} {
		if got := names(decode[[]listed](t, f.get(token, "/athlete/activities"+query))); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if got := names(decode[[]listed](t, f.get(f.AccessToken("activity:read"), "/athlete/activities"))); got != "B A" {
		t.Errorf("with activity:read: %s", got)
	}
	g := decode[grant](t, f.exchange(f.consent().Get("code")))
	if g.Athlete.ID != 7 || g.Athlete.ResourceState != 2 {
		t.Errorf("exchange: %+v", g.Athlete)
	}
}

// What has no row is listed when that is asked for, with what its parts tell.
func TestRecordedParts(t *testing.T) {
	t.Parallel()
	files := recordedFS()
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	files["activity_ride_detailed.json"] = file(`{"id":8,"name":"H","sport_type":"Ride","start_date":"2025-03-02T12:00:00Z",
		"start_date_local":"2025-03-02T13:00:00Z","visibility":"only_me","kudos_count":5,"laps":[]}`)
	files["kudos.json"] = file(`[{"firstname":"A"},{"firstname":"B"}]`)
	files["laps.json"] = file(`[{"id":70,"name":"Lap 1","start_date":"2025-03-04T00:00:00Z","start_date_local":"2025-03-04T01:00:00Z"}]`)
	files["INDEX.md"].Data = append(files["INDEX.md"].Data, `| kudos.json | 5 | GET /api/v3/activities/9/kudos -> 200 |
| laps.json | 5 | GET /api/v3/activities/9/laps -> 200 |
| kudos.json | 5 | GET /api/v3/activities/10/kudos -> 200 |
`...)
	for _, tc := range []struct {
		parts  bool
		scopes string
		want   string
	}{{false, "activity:read_all", "3 2 1"}, {true, "activity:read_all", "9 3 8 2 1"}, {true, "activity:read", "9 2 1"}} {
		f := newFake(t, stravatest.Config{Recorded: files, RecordedParts: tc.parts})
		var rows []json.RawMessage
		if err := json.Unmarshal([]byte(f.get(f.AccessToken(tc.scopes), "/athlete/activities").body), &rows); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, row := range rows {
			ids = append(ids, fmt.Sprint(decodeRow(t, row).ID))
		}
		if got := strings.Join(ids, " "); got != tc.want {
			t.Errorf("parts %t, %s: %s, want %s", tc.parts, tc.scopes, got, tc.want)
		}
		if !tc.parts {
			continue
		}
		want := `{"id":9,"resource_state":2,"name":"","sport_type":"Workout","start_date":"2025-03-04T00:00:00Z",` +
			`"start_date_local":"2025-03-04T01:00:00Z","visibility":"everyone","kudos_count":2,"comment_count":0,"total_photo_count":0}`
		if string(rows[0]) != want {
			t.Errorf("the row is %s, want %s", rows[0], want)
		}
	}
	if _, err := stravatest.New(stravatest.Config{RecordedParts: true}); err == nil {
		t.Error("parts of no recording are no error")
	}
	files["laps.json"] = file(`[{"start_date":"yesterday"}]`)
	if _, err := stravatest.New(stravatest.Config{Recorded: files, RecordedParts: true}); err == nil {
		t.Error("a start that is none is no error")
	}
}

func decodeRow(t *testing.T, row json.RawMessage) (known struct{ ID int64 }) {
	t.Helper()
	if err := json.Unmarshal(row, &known); err != nil {
		t.Fatal(err)
	}
	return known
}

func TestBrokenRecordingIsAnError(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(fstest.MapFS){
		"missing":                             func(files fstest.MapFS) { delete(files, "athlete.json") },
		"cut":                                 func(files fstest.MapFS) { files["athlete_stats.json"].Data = []byte(`{"a":`) },
		"an answer that is named and missing": func(files fstest.MapFS) { delete(files, "clubs.json") },
		"an answer that is no JSON":           func(files fstest.MapFS) { files["clubs.json"].Data = []byte(`<`) },
		"row without a date": func(files fstest.MapFS) {
			files["athlete_activities_page1.json"].Data = []byte(`[{"id":1,"start_date":5}]`)
		},
	} {
		files := recordedFS()
		spoil(files)
		if _, err := stravatest.New(stravatest.Config{Recorded: files}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := stravatest.New(stravatest.Config{Recorded: recordedFS(), Activities: []stravatest.Activity{}}); err == nil {
		t.Error("Recorded and Activities together: no error")
	}
}

// Real recorded answers, which are not part of the project: every byte of the details and every value of the list.
func TestRealRecording(t *testing.T) {
	t.Parallel()
	const folder = "../../../shared/strava/recorded"
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no recorded answers of Strava here: %v", err)
	}
	files := os.DirFS(folder)
	f := newFake(t, stravatest.Config{Recorded: files})
	token := f.AccessToken()
	for path, file := range map[string]string{
		"/athlete": "athlete.json", "/athletes/26462176/stats": "athlete_stats.json",
		"/activities/1946417534": "activity_run_detailed.json", "/activities/7142833299": "activity_ride_manual_detailed.json",
	} {
		want, err := fs.ReadFile(files, file)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.get(token, path); got.status != http.StatusOK || got.body != string(want) {
			t.Errorf("%s is not %s", path, file)
		}
	}

	var want, got []json.RawMessage
	for _, file := range []string{"athlete_activities_page1_default30.json", "athlete_activities_window_after_before.json"} {
		raw, err := fs.ReadFile(files, file)
		if err != nil {
			t.Fatal(err)
		}
		var rows []json.RawMessage
		if err := json.Unmarshal(raw, &rows); err != nil {
			t.Fatal(err)
		}
		want = append(want, rows...)
	}
	for page := 1; page <= 3; page++ {
		got = append(got, decode[[]json.RawMessage](t, f.get(token, fmt.Sprintf("/athlete/activities?per_page=15&page=%d", page)))...)
	}
	asText := func(rows []json.RawMessage) []string {
		var all []string
		for _, row := range rows {
			all = append(all, string(row))
		}
		return all
	}
	if diff := cmp.Diff(asText(want), asText(got)); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

// Every answer that the index of the real recorded answers names, value for value.
func TestRealRecordingIsServedWhole(t *testing.T) {
	t.Parallel()
	const folder = "../../../shared/strava/recorded"
	index, err := os.ReadFile(folder + "/INDEX.md")
	if err != nil {
		t.Skipf("no recorded answers of Strava here: %v", err)
	}
	f := newFake(t, stravatest.Config{Recorded: os.DirFS(folder), ReadLimits: [2]int{1e6, 1e6}})
	row := regexp.MustCompile(`(?m)^\| (\S+) \| \d+ \| \S+ \| (GET|POST|PUT) /api/v3(/\S+) -> (20\d), recorded`)
	served := 0
	for _, match := range row.FindAllStringSubmatch(string(index), -1) {
		file, method, path := match[1], match[2], match[3]
		if strings.HasPrefix(path, "/push_subscriptions") {
			continue
		}
		served++
		want, err := os.ReadFile(folder + "/" + file)
		if err != nil {
			t.Fatal(err)
		}
		got := f.send1(method, f.AccessToken("read", "read_all", "profile:read_all", "profile:write", "activity:read_all", "activity:write"), path, nil)
		if fmt.Sprint(got.status) != match[4] {
			t.Errorf("%s %s: %d", method, path, got.status)
		}
		if !sameValues(want, []byte(got.body)) {
			t.Errorf("%s %s is not %s: %.200s", method, path, file, got.body)
		}
	}
	if served < 25 {
		t.Errorf("the index names %d answers", served)
	}
}

// sameValues compares JSON, in which every number keeps its spelling, and other bodies byte for byte.
func sameValues(want, got []byte) bool {
	read := func(text []byte) (v any, err error) {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		err = decoder.Decode(&v)
		return v, err
	}
	a, err := read(want)
	if err != nil {
		return bytes.Equal(want, got)
	}
	b, err := read(got)
	return err == nil && cmp.Equal(a, b)
}
