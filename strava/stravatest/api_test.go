package stravatest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

func TestBearerInTheHeaderOnly(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name       string
		request    func(f *fake, token string) *http.Request
		status     int
		violations int
	}{
		{"in the header", func(f *fake, token string) *http.Request {
			return f.request(http.MethodGet, "/api/v3/athlete", token, nil)
		}, 200, 0},
		{"none", func(f *fake, _ string) *http.Request {
			return f.request(http.MethodGet, "/api/v3/athlete", "", nil)
		}, 401, 0},
		{"unknown", func(f *fake, _ string) *http.Request {
			return f.request(http.MethodGet, "/api/v3/athlete", "guess", nil)
		}, 401, 0},
		{"without the word", func(f *fake, token string) *http.Request {
			req := f.request(http.MethodGet, "/api/v3/athlete", "", nil)
			req.Header.Set("Authorization", token)
			return req
		}, 401, 0},
		{"in the URL", func(f *fake, token string) *http.Request {
			return f.request(http.MethodGet, "/api/v3/athlete?access_token="+token, "", nil)
		}, 401, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, empty())
			token := f.AccessToken()
			got := f.send(tc.request(f, token))
			if got.status != tc.status || len(f.Violations()) != tc.violations {
				t.Errorf("status %d, violations %v", got.status, f.Violations())
			}
			if got.status == 401 {
				wantRefusal(t, got, 401, "Authorization Error", "Athlete", "access_token", "invalid")
			}
			for _, what := range f.Violations() {
				if strings.Contains(what, token) {
					t.Errorf("a violation shows the token: %s", what)
				}
			}
		})
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	token := f.AccessToken()
	for _, tc := range []struct{ method, target string }{
		{http.MethodGet, "/api/v3/athletes"}, {http.MethodGet, "/api/v3/athletes?page=1"}, {http.MethodGet, "/api/v3/athlete/"}, {http.MethodGet, "/api/v3//athlete"},
		{http.MethodGet, "/api/v3/activities/1/2"}, {http.MethodGet, "/api/v3/activities/"}, {http.MethodGet, "/athlete"},
		{http.MethodPost, "/api/v3/athlete"}, {http.MethodHead, "/api/v3/athlete"}, {http.MethodDelete, "/api/v3/activities/1"},
		{http.MethodGet, "/oauth/token"}, {http.MethodGet, "/"}, {http.MethodGet, "/photos/x.jpg"}, {http.MethodGet, "/pictures/x.jpg"},
	} {
		got := f.send(f.request(tc.method, tc.target, token, nil))
		want := `{"message":"Record Not Found","errors":[{"resource":"resource","field":"path","code":"invalid"}]}`
		if got.status != http.StatusNotFound || got.body != want {
			t.Errorf("%s %s: %d %s", tc.method, tc.target, got.status, got.body)
		}
	}
	// Without a token nobody learns what exists.
	wantRefusal(t, f.get("guess", "/nowhere"), 401, "Authorization Error", "Athlete", "access_token", "invalid")
}

func TestQueryIsChecked(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ path, field string }{
		{"/athlete?fields=id", "fields"},
		{"/athlete/activities?limit=3", "limit"},
		{"/athlete/activities?page=1&page=2", "page"},
		{"/athlete/activities?page=0", "page"},
		{"/athlete/activities?page=-1", "page"},
		{"/athlete/activities?page=one", "page"},
		{"/athlete/activities?per_page=0", "per_page"},
		{"/athlete/activities?per_page=201", "per_page"},
		{"/athlete/activities?before=", "before"},
		{"/athlete/activities?after=2026-01-01", "after"},
		{"/athlete/activities?page=%zz", "query"},
		{"/activities/1?include_all_efforts=yes", "include_all_efforts"},
	} {
		t.Run(tc.path, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, empty())
			wantRefusal(t, f.get(f.AccessToken(), tc.path), 400, "Bad Request", "Application", tc.field, "invalid")
			if len(f.Violations()) != 1 {
				t.Errorf("violations: %v", f.Violations())
			}
			f.Forgive()
			if len(f.Violations()) != 0 {
				t.Errorf("after Forgive: %v", f.Violations())
			}
		})
	}
}

func TestFutureAfterIsStravasOwnRefusal(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	token, now := f.AccessToken(), f.clock.Now()
	for _, after := range []int64{now.Unix() + 1, now.UnixMilli()} {
		got := f.get(token, fmt.Sprintf("/athlete/activities?after=%d", after))
		wantRefusal(t, got, 400, "Bad Request", "Application", "after", "future")
	}
	if got := f.get(token, fmt.Sprintf("/athlete/activities?after=%d", now.Unix())); got.status != http.StatusOK || len(f.Violations()) != 0 {
		t.Errorf("after now: status %d, violations %v", got.status, f.Violations())
	}
}

// listed is what the tests read of a row.
type listed struct {
	ID         int64
	Name       string
	StartDate  time.Time `json:"start_date"`
	Visibility string
}

func names(rows []listed) string {
	var all []string
	for _, r := range rows {
		all = append(all, r.Name)
	}
	return strings.Join(all, " ")
}

// alphabet has five activities, A the oldest, an hour apart; B is followers-only, C and D are Only You.
func alphabet(t *testing.T) (*fake, time.Time) {
	t.Helper()
	start := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	cfg := empty()
	visibility := []string{"", "followers_only", "only_me", "only_me", ""}
	for i, name := range []string{"A", "B", "C", "D", "E"} {
		cfg.Activities = append(cfg.Activities, stravatest.Activity{
			Name: name, Start: start.Add(time.Duration(i) * time.Hour), Visibility: visibility[i],
		})
	}
	return newFake(t, cfg), start
}

func TestListPages(t *testing.T) {
	t.Parallel()
	f, start := alphabet(t)
	token := f.AccessToken()
	hour := func(n int64) int64 { return start.Unix() + 3600*n }
	for _, tc := range []struct{ query, want string }{
		{"", "E D C B A"},
		{"?per_page=2", "E D"},
		{"?per_page=2&page=2", "C B"},
		{"?per_page=2&page=3", "A"},
		{"?per_page=2&page=4", ""},
		{"?per_page=200&page=1000000", ""},
		{fmt.Sprintf("?before=%d", hour(2)), "B A"},
		{fmt.Sprintf("?after=%d", hour(2)), "D E"},
		{fmt.Sprintf("?after=%d&per_page=1&page=2", hour(2)), "E"},
		{fmt.Sprintf("?after=%d&before=%d", hour(0), hour(4)), "D C B"},
	} {
		got := f.get(token, "/athlete/activities"+tc.query)
		if names(decode[[]listed](t, got)) != tc.want {
			t.Errorf("%s: %s, want %s", tc.query, names(decode[[]listed](t, got)), tc.want)
		}
		if !strings.HasPrefix(got.body, "[") {
			t.Errorf("%s: %.20s", tc.query, got.body)
		}
	}
}

// A page is cut before what is hidden is taken out: a short page, even an empty one, is not the end.
func TestActivityReadHidesOnlyYou(t *testing.T) {
	t.Parallel()
	f, _ := alphabet(t)
	token := f.AccessToken("read", "activity:read")
	for page, want := range map[int]string{1: "E", 2: "B", 3: "A"} {
		rows := decode[[]listed](t, f.get(token, fmt.Sprintf("/athlete/activities?per_page=2&page=%d", page)))
		if names(rows) != want {
			t.Errorf("page %d: %s, want %s", page, names(rows), want)
		}
	}
	for _, row := range decode[[]listed](t, f.get(f.AccessToken(), "/athlete/activities")) {
		want := http.StatusOK
		if row.Visibility == "only_me" {
			want = http.StatusNotFound
		}
		if got := f.get(token, fmt.Sprintf("/activities/%d", row.ID)); got.status != want {
			t.Errorf("%s: status %d, want %d", row.Name, got.status, want)
		}
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	id := f.AddActivity(stravatest.Activity{})
	for _, tc := range []struct {
		path    string
		scopes  string
		missing string
	}{
		{"/athlete", "read", ""},
		{"/athlete", "profile:read_all", ""},
		{"/athlete", "activity:read", "read"},
		{"/athlete/activities", "activity:read", ""},
		{"/athlete/activities", "activity:read_all", ""},
		{"/athlete/activities", "read,read_all,profile:read_all", "activity:read"},
		{fmt.Sprintf("/activities/%d", id), "activity:read", ""},
		{fmt.Sprintf("/activities/%d", id), "read", "activity:read"},
		{"/athletes/7700000042/stats", "read", ""},
		{"/athletes/7700000042/stats", "activity:read_all", "read"},
	} {
		got := f.get(f.AccessToken(strings.Split(tc.scopes, ",")...), tc.path)
		switch {
		case tc.missing == "" && got.status != http.StatusOK:
			t.Errorf("%s with %s: %d %s", tc.path, tc.scopes, got.status, got.body)
		case tc.missing != "":
			wantRefusal(t, got, 401, "Authorization Error", "AccessToken", tc.missing+"_permission", "missing")
		}
	}
	var state struct {
		ResourceState int `json:"resource_state"`
	}
	for scope, want := range map[string]int{"read": 2, "profile:read_all": 3} {
		if err := json.Unmarshal([]byte(f.get(f.AccessToken(scope), "/athlete").body), &state); err != nil || state.ResourceState != want {
			t.Errorf("athlete with %s: resource_state %d, %v", scope, state.ResourceState, err)
		}
	}
}

func TestNotFound(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	token := f.AccessToken()
	for _, id := range []string{"1", "abc", "99999999999999999999", "-1"} {
		wantRefusal(t, f.get(token, "/activities/"+id), 404, "Record Not Found", "Activity", "id", "invalid")
	}
	if got := f.get(token, "/athletes/1/stats"); got.status != http.StatusForbidden {
		t.Errorf("somebody else's stats: %d %s", got.status, got.body)
	}
}

func TestHistoryCanBeChanged(t *testing.T) {
	t.Parallel()
	f, start := alphabet(t)
	token := f.AccessToken()
	list := func() []listed { return decode[[]listed](t, f.get(token, "/athlete/activities")) }

	id := f.AddActivity(stravatest.Activity{Name: "F", Start: start.Add(90 * time.Minute), Distance: 5000, Moving: 25 * time.Minute})
	if got := names(list()); got != "E D C F B A" {
		t.Errorf("after AddActivity: %s", got)
	}
	if got := f.get(token, fmt.Sprintf("/activities/%d", id)); got.status != http.StatusOK {
		t.Errorf("the new one: status %d", got.status)
	}
	if !f.EditActivity(id, func(a *stravatest.Activity) { a.Name, a.Visibility, a.Start = "G", "only_me", start }) {
		t.Error("EditActivity did not find it")
	}
	detail := decode[listed](t, f.get(token, fmt.Sprintf("/activities/%d", id)))
	if diff := cmp.Diff(listed{id, "G", start.Add(90 * time.Minute), "only_me"}, detail); diff != "" || names(list()) != "E D C G B A" {
		t.Errorf("after EditActivity: %s (-want +got):\n%s", names(list()), diff)
	}
	if !f.DeleteActivity(id) || f.DeleteActivity(id) || f.EditActivity(id, func(*stravatest.Activity) {}) {
		t.Error("DeleteActivity does not delete once")
	}
	wantRefusal(t, f.get(token, fmt.Sprintf("/activities/%d", id)), 404, "Record Not Found", "Activity", "id", "invalid")
	if got := names(list()); got != "E D C B A" {
		t.Errorf("after DeleteActivity: %s", got)
	}

	twin := stravatest.Activity{Name: "Z", Start: start}
	if a, b := f.AddActivity(twin), f.AddActivity(twin); a == b {
		t.Errorf("two activities with the id %d", a)
	}
}

// What a test says of an activity is what Strava says of it.
func TestGivenActivityIsTakenLiterally(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	cfg := empty()
	cfg.Activities = append(cfg.Activities, stravatest.Activity{
		Name: "Race", Sport: "TrailRun", Start: time.Date(2026, 7, 4, 21, 30, 0, 0, zone), Distance: 12345.6, Climb: 321,
		Moving: time.Hour, Elapsed: 2 * time.Hour, Workout: 1, GearID: "g1", Commute: true, Photos: 2,
	})
	f := newFake(t, cfg)
	rows := decode[[]map[string]any](t, f.get(f.AccessToken(), "/athlete/activities"))
	want := map[string]any{
		"name": "Race", "type": "Run", "sport_type": "TrailRun", "start_date": "2026-07-05T01:30:00Z",
		"start_date_local": "2026-07-04T21:30:00Z", "timezone": "(GMT-05:00) America/New_York", "utc_offset": -14400.0,
		"distance": 12345.6, "total_elevation_gain": 321.0, "moving_time": 3600.0, "elapsed_time": 7200.0, "workout_type": 1.0,
		"gear_id": "g1", "commute": true, "trainer": false, "manual": false, "visibility": "everyone", "private": false,
		"total_photo_count": 2.0, "average_speed": 3.429,
	}
	got := map[string]any{}
	for name := range want {
		got[name] = rows[0][name]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	if detail := f.get(f.AccessToken(), fmt.Sprintf("/activities/%.0f", rows[0]["id"])); !strings.Contains(detail.body, `"name":"Gear g1"`) {
		t.Errorf("the detail does not show the gear: %s", detail.body)
	}
}

func TestIdsGrowWithTime(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	last := int64(0)
	for start := time.Date(2010, 1, 1, 12, 0, 0, 0, time.UTC); start.Year() < 2030; start = start.AddDate(0, 0, 13) {
		id := f.AddActivity(stravatest.Activity{Start: start})
		if id <= last {
			t.Errorf("%v: id %d after %d", start, id, last)
		}
		last = id
	}
}

func TestCallsAreCounted(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	token := f.AccessToken()
	f.get(token, "/athlete")
	f.get("guess", "/athlete")
	f.get(token, "/activities/1")
	f.get(token, "/activities/2")
	f.get(token, "/nowhere")
	f.refresh("guess")
	want := map[string]int{"GET /athlete": 2, "GET /activities/{id}": 2, "GET (unknown)": 1, "POST /oauth/token": 1}
	if diff := cmp.Diff(want, f.Calls()); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	var report strings.Builder
	if err := f.Report(&report); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(report.String()), "\n")
	if want := "     1  refused refreshes"; len(lines) != 5 || !slices.Contains(strings.Split(report.String(), "\n"), want) {
		t.Errorf("report:\n%s", report.String())
	}
}

func TestHeadersOfAnAnswer(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	token := f.AccessToken()
	first, second := f.get(token, "/athlete"), f.get(token, "/athlete")
	if etag := first.header.Get("ETag"); !strings.HasPrefix(etag, `W/"`) || etag != second.header.Get("ETag") {
		t.Errorf("ETag %q, then %q", etag, second.header.Get("ETag"))
	}
	if got := first.header.Get("Cache-Control"); got != "max-age=0, private, must-revalidate" {
		t.Errorf("Cache-Control %q", got)
	}
	if got := first.header.Get("Content-Type"); got != "application/json; charset=utf-8" {
		t.Errorf("Content-Type %q", got)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for field, cfg := range map[string]stravatest.Config{
		"TokenLife":     {TokenLife: 1500 * time.Millisecond},
		"Years":         {Years: -1},
		"ReadLimits":    {ReadLimits: [2]int{-1, 5}},
		"OverallLimits": {OverallLimits: [2]int{5, -1}},
	} {
		if _, err := stravatest.New(cfg); err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("bad %s: %v", field, err)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	want := []string{
		"STRAVA_API_URL=http://h:1/api/v3", "STRAVA_OAUTH_URL=http://h:1/oauth", "STRAVA_CLIENT_ID=4242",
		"STRAVA_CLIENT_SECRET=fake-client-secret", "STRAVA_REFRESH_TOKEN=fake-refresh-token",
	}
	if diff := cmp.Diff(want, f.Environment("http://h:1")); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
}

// Everything at once, for the race detector; the counters must not lose anything.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	f := newFake(t, stravatest.Config{Years: 1, ReadLimits: [2]int{1e6, 1e6}})
	token := f.AccessToken()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			id := f.AddActivity(stravatest.Activity{Distance: 1000, Photos: 1})
			f.get(token, "/athlete/activities?per_page=200")
			f.get(token, fmt.Sprintf("/activities/%d", id))
			f.EditActivity(id, func(a *stravatest.Activity) { a.Name = "edited" })
			f.get(token, "/athlete")
			f.get(token, "/athletes/7700000042/stats")
			f.refresh("guess")
			f.DeleteActivity(id)
			f.get("", "/athlete?access_token=x")
			f.Fault(stravatest.Fault{Path: "/nowhere"})()
			f.SetConsent(stravatest.Consent{})
			_ = f.AccessToken()
		})
	}
	group.Wait()
	want := map[string]int{
		"GET /athlete": 16, "GET /athlete/activities": 8, "GET /activities/{id}": 8, "GET /athletes/{id}/stats": 8, "POST /oauth/token": 8,
	}
	if diff := cmp.Diff(want, f.Calls()); diff != "" || f.Refusals() != 8 || len(f.Violations()) != 8 {
		t.Errorf("%d refusals, %d violations, calls (-want +got):\n%s", f.Refusals(), len(f.Violations()), diff)
	}
	if got := f.get(token, "/athlete"); used(got) != "33,33 33,33" {
		t.Errorf("used %s", used(got))
	}
}
