package stravatest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

// writer is a token that may write everything.
func (f *fake) writer() string {
	return f.AccessToken("read", "read_all", "profile:read_all", "profile:write", "activity:read_all", "activity:write")
}

func TestWritesNeedTheirScope(t *testing.T) {
	t.Parallel()
	f, _, run, _, hidden := world(t)
	few := f.AccessToken("read", "read_all", "profile:read_all", "activity:read_all")
	for _, tc := range []struct{ method, path, missing string }{
		{http.MethodPut, "/athlete", "profile:write"},
		{http.MethodPut, fmt.Sprintf("/segments/%d/starred", f.SegmentIDs()[0]), "profile:write"},
		{http.MethodPut, fmt.Sprintf("/activities/%d", run), "activity:write"},
		{http.MethodPost, "/activities", "activity:write"},
		{http.MethodPost, "/uploads", "activity:write"},
		{http.MethodGet, "/uploads/1", "activity:write"},
	} {
		wantRefusal(t, f.send1(tc.method, few, tc.path, nil), 401, "Authorization Error", "AccessToken", tc.missing+"_permission", "missing")
	}
	form := url.Values{"name": {"Mine"}}
	got := f.send1(http.MethodPut, f.AccessToken("activity:write", "activity:read"), fmt.Sprintf("/activities/%d", hidden), form)
	wantRefusal(t, got, 404, "Record Not Found", "Activity", "id", "invalid")
	if row := f.detail(raw{"id": fmt.Appendf(nil, "%d", hidden)}); row.str("name") == "Mine" {
		t.Error("the refused update was obeyed")
	}
}

func TestWeight(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	token := f.writer()
	for i, send := range []func(weight string) reply{
		func(weight string) reply {
			return f.send1(http.MethodPut, token, "/athlete", url.Values{"weight": {weight}})
		},
		func(weight string) reply { return f.send1(http.MethodPut, token, "/athlete?weight="+weight, nil) },
	} {
		weight := fmt.Sprintf("7%d.5", i)
		if athlete := decode[raw](t, send(weight)); athlete.text("weight") != weight || athlete.text("resource_state") != "3" {
			t.Errorf("answer: weight %s", athlete.text("weight"))
		}
		if athlete := decode[raw](t, f.get(token, "/athlete")); athlete.text("weight") != weight {
			t.Errorf("afterwards: weight %s", athlete.text("weight"))
		}
		for _, bad := range []string{"", "0", "-3", "heavy", "1e9"} {
			wantRefusal(t, send(bad), 400, "Bad Request", "Application", "weight", "invalid")
		}
	}
}

func TestStar(t *testing.T) {
	t.Parallel()
	f, _, _, _, _ := world(t)
	token, id := f.writer(), f.SegmentIDs()[8]
	star := func(value string) reply {
		return f.send1(http.MethodPut, token, fmt.Sprintf("/segments/%d/starred", id), url.Values{"starred": {value}})
	}
	listed := func() (all []raw) {
		return decode[[]raw](t, f.get(token, "/segments/starred"))
	}
	before := len(listed())
	for range 2 {
		if segment := decode[raw](t, star("true")); segment.text("starred") != "true" || segment.text("resource_state") != "3" {
			t.Errorf("starred: %v", segment)
		}
	}
	if got := listed(); len(got) != before+1 || got[before].text("id") != fmt.Sprint(id) || got[before].text("pr_time") != "" || got[0].num("pr_time") <= 0 {
		t.Errorf("%d starred segments, %d before: %v", len(got), before, got)
	}
	if segment := decode[raw](t, star("false")); segment.text("starred") != "false" || len(listed()) != before {
		t.Errorf("no longer starred: %v", segment)
	}
	wantRefusal(t, star("maybe"), 400, "Bad Request", "Application", "starred", "invalid")
	if few := decode[[]raw](t, f.get(f.AccessToken("read"), "/segments/starred")); len(few) != before-1 {
		t.Errorf("%d starred segments without the private one, %d with it", len(few), before)
	}
}

func (f *fake) putJSON(path, body string) reply {
	f.t.Helper()
	req := f.request(http.MethodPut, "/api/v3"+path, f.writer(), nil)
	req.Body, req.ContentLength = httpBody(body), int64(len(body))
	req.Header.Set("Content-Type", "application/json")
	return f.send(req)
}

func httpBody(text string) *body { return &body{strings.NewReader(text)} }

// body is a request's.
type body struct{ *strings.Reader }

func (*body) Close() error { return nil }

func TestUpdateChangesWhatItNamesAndNothingElse(t *testing.T) {
	t.Parallel()
	f := newFake(t, years(1))
	var ride raw
	for _, row := range f.all() {
		if row.str("sport_type") == "Ride" && row.text("device_watts") == "true" && row.text("average_heartrate") != "" && row.text("commute") == "false" && row.text("average_temp") != "" {
			ride = row
			break
		}
	}
	path := "/activities/" + ride.text("id")
	for _, tc := range []struct {
		name, body string
		form       url.Values
		want       map[string]string
	}{
		{"JSON", `{"name":"A & B","description":"two\nlines","sport_type":"GravelRide","gear_id":"b13305591","hide_from_home":true}`, nil,
			map[string]string{"name": `"A \u0026 B"`, "description": `"two\nlines"`, "sport_type": `"GravelRide"`, "gear_id": `"b13305591"`, "hide_from_home": "true"}},
		{"a form", "", url.Values{"commute": {"true"}, "trainer": {"1"}, "gear_id": {"none"}},
			map[string]string{"commute": "true", "trainer": "true", "gear_id": "null"}},
		{"the older type", `{"type":"VirtualRide"}`, nil, map[string]string{"type": `"VirtualRide"`, "sport_type": `"VirtualRide"`}},
		{"an empty text", `{"description":"","trainer":false}`, nil, map[string]string{"description": "null", "trainer": "false"}},
	} {
		before := f.detail(ride)
		var got reply
		if tc.form != nil {
			got = f.send1(http.MethodPut, f.writer(), path, tc.form)
		} else {
			got = f.putJSON(path, tc.body)
		}
		after := decode[raw](t, got)
		for field, want := range tc.want {
			if after.text(field) != want {
				t.Errorf("%s: %s is %s, want %s", tc.name, field, after.text(field), want)
			}
		}
		if diff := cmp.Diff(after, f.detail(ride)); diff != "" {
			t.Errorf("%s: the answer is not what is told later:\n%s", tc.name, diff)
		}
		for _, field := range []string{"distance", "moving_time", "average_heartrate", "average_watts", "average_temp", "map", "start_latlng", "laps", "kudos_count", "max_speed", "device_name"} {
			if after.text(field) != before.text(field) {
				t.Errorf("%s: %s was %.80s, is %.80s", tc.name, field, before.text(field), after.text(field))
			}
		}
	}
	if len(f.Violations()) > 0 {
		t.Errorf("violations: %v", f.Violations())
	}
}

func TestBadUpdates(t *testing.T) {
	t.Parallel()
	f, _, run, _, _ := world(t)
	path := fmt.Sprintf("/activities/%d", run)
	before := f.get(f.writer(), path).body
	for _, tc := range []struct {
		body   string
		status int
	}{
		{`{}`, 200}, {`{"kudos":1}`, 400}, {`{"name":7}`, 400}, {`{"sport_type":"Jetpacking"}`, 400}, {`{"type":"TrailRun"}`, 400},
		{`{"gear_id":"b1"}`, 400}, {`{"name":"x"}{}`, 400}, {`name=x`, 400},
	} {
		if got := f.putJSON(path, tc.body); got.status != tc.status || len(f.Violations()) != 1 {
			t.Errorf("%s: %d %.200s, violations %v", tc.body, got.status, got.body, f.Violations())
		}
		f.Forgive()
	}
	if got := f.send1(http.MethodPut, f.writer(), path, url.Values{"visibility": {"only_me"}}); got.status != 400 {
		t.Errorf("an unknown field: %d", got.status)
	}
	if got := f.get(f.writer(), path).body; got != before {
		t.Error("a refused update was obeyed")
	}
}

func TestCreateActivity(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	token := f.writer()
	form := func() url.Values {
		return url.Values{
			"name": {"By hand"}, "sport_type": {"TrailRun"}, "start_date_local": {"2026-07-04T10:00:00Z"}, "elapsed_time": {"3600"},
			"distance": {"9876.5"}, "description": {"Watch forgotten"}, "commute": {"1"}, "trainer": {"0"},
		}
	}
	got := f.send1(http.MethodPost, token, "/activities", form())
	if got.status != http.StatusCreated || used(got) != "1,1 0,0" {
		t.Errorf("%d, used %s: %s", got.status, used(got), got.body)
	}
	row := f.all()[0]
	want := map[string]string{
		"name": `"By hand"`, "sport_type": `"TrailRun"`, "type": `"Run"`, "start_date": `"2026-07-04T08:00:00Z"`, "start_date_local": `"2026-07-04T10:00:00Z"`,
		"elapsed_time": "3600", "moving_time": "3600", "distance": "9876.5", "manual": "true", "commute": "true", "trainer": "false", "upload_id": "null",
	}
	for field, text := range want {
		if row.text(field) != text {
			t.Errorf("%s is %s, want %s", field, row.text(field), text)
		}
	}
	if detail := f.detail(row); detail.str("description") != "Watch forgotten" || !strings.Contains(got.body, row.text("id")) {
		t.Errorf("description %s, answer %s", detail.text("description"), got.body)
	}
	if again := f.send1(http.MethodPost, token, "/activities", form()); again.status != http.StatusCreated || len(f.all()) != 2 {
		t.Errorf("a second time: %d, %d activities", again.status, len(f.all()))
	}
	for field, bad := range map[string]string{
		"name": "", "sport_type": "Jetpacking", "start_date_local": "tomorrow", "elapsed_time": "1h", "distance": "-1", "trainer": "yes",
	} {
		spoilt := form()
		spoilt.Set(field, bad)
		code := "invalid"
		if bad == "" {
			code = "missing"
		}
		wantRefusal(t, f.send1(http.MethodPost, token, "/activities", spoilt), 400, "Bad Request", "Activity", field, code)
	}
	if len(f.all()) != 2 || len(f.Violations()) != 6 {
		t.Errorf("%d activities, violations %v", len(f.all()), f.Violations())
	}
}

// A write whose answer is lost has happened: the reason why none may be repeated blindly.
func TestApplyThenFailAppliesWrites(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	f.Fault(stravatest.Fault{Method: http.MethodPost, Path: "/activities", ApplyThenFail: true, Status: 502})
	got := f.send1(http.MethodPost, f.writer(), "/activities", url.Values{
		"name": {"Lost"}, "sport_type": {"Run"}, "start_date_local": {"2026-07-04T10:00:00Z"}, "elapsed_time": {"60"},
	})
	if got.status != 502 || len(f.all()) != 1 {
		t.Errorf("%d, %d activities", got.status, len(f.all()))
	}
}
