package stravatest_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// world has one activity of each kind that matters, the newest first: a ride to work, a run, a manual swim, and a run
// that is Only You.
func world(t *testing.T) (f *fake, ride, run, manual, hidden int64) {
	t.Helper()
	cfg := empty()
	cfg.ReadLimits = [2]int{1e6, 1e6}
	f = newFake(t, cfg)
	start := time.Date(2026, 11, 20, 7, 0, 0, 0, time.UTC)
	ride = f.AddActivity(stravatest.Activity{Sport: "Ride", Commute: true, Start: start, Distance: 6240, Climb: 58, Moving: 15 * time.Minute, Elapsed: 17 * time.Minute, Photos: 3})
	run = f.AddActivity(stravatest.Activity{Sport: "Run", Start: start.Add(-24 * time.Hour), Distance: 10500, Climb: 70, Moving: 55 * time.Minute, Photos: 2, GearID: "g42"})
	manual = f.AddActivity(stravatest.Activity{Sport: "Swim", Start: start.Add(-48 * time.Hour), Distance: 1500, Manual: true})
	hidden = f.AddActivity(stravatest.Activity{Sport: "Run", Start: start.Add(-72 * time.Hour), Distance: 5000, Visibility: "only_me"})
	return f, ride, run, manual, hidden
}

func (f *fake) send1(method, token, path string, form url.Values) reply {
	f.t.Helper()
	return f.send(f.request(method, "/api/v3"+path, token, form))
}

// effortOf is the id of an effort in an activity.
func (f *fake) effortOf(activity int64) string {
	f.t.Helper()
	detail := decode[raw](f.t, f.get(f.AccessToken(), fmt.Sprintf("/activities/%d", activity)))
	efforts := decodeRaw[[]raw](f.t, detail["segment_efforts"])
	if len(efforts) == 0 {
		f.t.Fatalf("activity %d has no efforts", activity)
	}
	return efforts[0].text("id")
}

// Every endpoint, with the scope that it needs and what keeps one out.
func TestSurface(t *testing.T) {
	t.Parallel()
	f, ride, run, manual, hidden := world(t)
	const athlete, keys = "/athletes/7700000042", "keys=time&key_by_type=true"
	segments, routes, clubs, effort := f.SegmentIDs(), f.RouteIDs(), f.ClubIDs(), f.effortOf(ride)
	activity := func(id int64, rest string) string { return fmt.Sprintf("/activities/%d%s", id, rest) }
	for _, tc := range []struct {
		path, scope string
		missing     string // scope that is named
		subscribers bool
	}{
		{"/athlete/clubs", "read", "read", false},
		{"/athlete/zones", "profile:read_all", "profile:read_all", false},
		{athlete + "/routes", "read", "read", false},
		{"/gear/g42", "read", "read", false},
		{activity(run, "/comments?page_size=2"), "activity:read", "activity:read", false},
		{activity(run, "/kudos"), "activity:read", "activity:read", false},
		{activity(run, "/laps"), "activity:read_all", "activity:read", false},
		{activity(run, "/photos?size=600"), "activity:read", "activity:read", false},
		{activity(run, "/streams?"+keys), "activity:read", "activity:read", false},
		{activity(run, "/zones"), "activity:read", "activity:read", true},
		{activity(manual, "/laps"), "activity:read", "activity:read", false},
		{activity(hidden, "/laps"), "activity:read_all", "activity:read", false},
		{"/segments/starred", "read", "read", false},
		{fmt.Sprintf("/segments/%d", segments[0]), "read", "read", false},
		{fmt.Sprintf("/segments/%d/streams?keys=latlng&key_by_type=true", segments[0]), "read", "read", false},
		{fmt.Sprintf("/segments/%d/all_efforts", segments[0]), "activity:read", "activity:read", true},
		{fmt.Sprintf("/segment_efforts?segment_id=%d", segments[0]), "activity:read", "activity:read", true},
		{"/segment_efforts/" + effort, "activity:read", "activity:read", true},
		{"/segment_efforts/" + effort + "/streams?" + keys, "read_all", "read_all", true},
		{fmt.Sprintf("/routes/%d", routes[0]), "read", "read", false},
		{fmt.Sprintf("/routes/%d", routes[2]), "read_all", "read", false},
		{fmt.Sprintf("/routes/%d/export_gpx", routes[0]), "read", "read", false},
		{fmt.Sprintf("/routes/%d/export_tcx", routes[0]), "read", "read", false},
		{fmt.Sprintf("/routes/%d/streams", routes[0]), "read", "read", false},
		{fmt.Sprintf("/clubs/%d", clubs[0]), "read", "read", false},
		{fmt.Sprintf("/clubs/%d/group_events", clubs[0]), "read", "read", false},
	} {
		if got := f.get(f.AccessToken(tc.scope), tc.path); got.status != http.StatusOK {
			t.Errorf("%s with %s: %d %s", tc.path, tc.scope, got.status, got.body)
		}
		wantRefusal(t, f.get(f.AccessToken("activity:write"), tc.path), 401, "Authorization Error", "AccessToken", tc.missing+"_permission", "missing")
		wantRefusal(t, f.get("guess", tc.path), 401, "Authorization Error", "Athlete", "access_token", "invalid")
		f.Subscriber(false)
		switch got := f.get(f.AccessToken(tc.scope), tc.path); {
		case tc.subscribers:
			wantRefusal(t, got, 402, "Payment Required", "Athlete", "subscription", "missing")
		case got.status != http.StatusOK:
			t.Errorf("%s without a subscription: %d", tc.path, got.status)
		}
		f.Subscriber(true)
		if len(f.Violations()) > 0 {
			t.Errorf("%s: violations %v", tc.path, f.Violations())
		}
		bare, _, _ := strings.Cut(tc.path, "?")
		wantRefusal(t, f.get(f.AccessToken(tc.scope), bare+"?fields=id"), 400, "Bad Request", "Application", "fields", "invalid")
		f.Forgive()
	}
}

func TestHiddenAndUnknown(t *testing.T) {
	t.Parallel()
	f, ride, _, manual, hidden := world(t)
	all, few := f.AccessToken(), f.AccessToken("read", "activity:read")
	for _, tc := range []struct{ token, path, resource string }{
		{few, fmt.Sprintf("/activities/%d/laps", hidden), "Activity"},
		{few, fmt.Sprintf("/activities/%d/comments", hidden), "Activity"},
		{few, fmt.Sprintf("/activities/%d/kudos", hidden), "Activity"},
		{few, fmt.Sprintf("/activities/%d/photos", hidden), "Activity"},
		{few, fmt.Sprintf("/activities/%d/zones", hidden), "Activity"},
		{few, fmt.Sprintf("/activities/%d/streams?keys=time&key_by_type=true", hidden), "Activity"},
		{all, "/activities/1/laps", "Activity"},
		{all, "/activities/abc/laps", "Activity"},
		{all, "/activities/99999999999999999999/kudos", "Activity"},
		{all, fmt.Sprintf("/activities/%d/streams?keys=time&key_by_type=true", manual), "Stream"},
		{all, "/gear/g1", "Gear"},
		{all, "/gear/42", "Gear"},
		{all, "/clubs/1", "Club"},
		{all, "/clubs/x", "Club"},
		{all, "/routes/1", "Route"},
		{few, fmt.Sprintf("/routes/%d", f.RouteIDs()[2]), "Route"},
		{few, fmt.Sprintf("/routes/%d/export_gpx", f.RouteIDs()[2]), "Route"},
		{all, "/segments/1", "Segment"},
		{all, "/segments/abc", "Segment"},
		{few, fmt.Sprintf("/segments/%d", f.SegmentIDs()[3]), "Segment"},
		{all, "/segment_efforts/1", "SegmentEffort"},
		{all, "/segment_efforts/abc", "SegmentEffort"},
		{all, "/segment_efforts?segment_id=1", "Segment"},
	} {
		wantRefusal(t, f.get(tc.token, tc.path), 404, "Record Not Found", tc.resource, "id", "invalid")
	}
	if got := f.get(all, "/athletes/1/routes"); got.status != http.StatusForbidden {
		t.Errorf("somebody else's routes: %d", got.status)
	}
	// An effort on a private segment, and a hidden one.
	names := func(token, query string) []string {
		var all []string
		detail := decode[raw](t, f.get(token, fmt.Sprintf("/activities/%d%s", ride, query)))
		for _, effort := range decodeRaw[[]raw](t, detail["segment_efforts"]) {
			all = append(all, effort.str("name"))
		}
		return all
	}
	for _, tc := range []struct {
		token, query string
		want         []string
	}{
		{all, "", []string{"Canal Street sprint", "Bakery to bridge", "My secret wall"}},
		{all, "?include_all_efforts=true", []string{"Canal Street sprint", "Bakery to bridge", "Office gate", "My secret wall"}},
		{few, "", []string{"Canal Street sprint", "Bakery to bridge"}},
	} {
		if got := names(tc.token, tc.query); !slices.Equal(got, tc.want) {
			t.Errorf("efforts with %q: %v, want %v", tc.query, got, tc.want)
		}
	}
}

func TestRemovedEndpoints(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	token := f.AccessToken()
	club := fmt.Sprintf("/clubs/%d", f.ClubIDs()[0])
	wantRefusal(t, f.get(token, club+"/activities"), 404, "Record Not Found", "resource", "path", "invalid")
	for _, path := range []string{club + "/members", club + "/admins?page=1", "/segments/explore?bounds=1,2,3,4"} {
		wantRefusal(t, f.get(token, path), 401, "Authorization Error", "Application", "internal", "invalid")
	}
	if len(f.Violations()) != 4 {
		t.Errorf("violations: %v", f.Violations())
	}
}

func TestBadParameters(t *testing.T) {
	t.Parallel()
	f, ride, run, _, _ := world(t)
	effort := f.effortOf(ride)
	for _, tc := range []struct{ path, field string }{
		{fmt.Sprintf("/activities/%d/comments?page_size=0", run), "page_size"},
		{fmt.Sprintf("/activities/%d/comments?page_size=201", run), "page_size"},
		{fmt.Sprintf("/activities/%d/comments?after_cursor=nothing", run), "after_cursor"},
		{fmt.Sprintf("/activities/%d/kudos?per_page=201", run), "per_page"},
		{fmt.Sprintf("/activities/%d/kudos?page=0", run), "page"},
		{fmt.Sprintf("/activities/%d/photos?size=-1", run), "size"},
		{fmt.Sprintf("/activities/%d/photos?size=5001", run), "size"},
		{fmt.Sprintf("/activities/%d/photos?size=large", run), "size"},
		{fmt.Sprintf("/activities/%d/streams?keys=time,power&key_by_type=true", run), "keys"},
		{fmt.Sprintf("/activities/%d/streams?keys=time&key_by_type=true&resolution=low", run), "resolution"},
		{fmt.Sprintf("/segments/%d/streams?keys=time&key_by_type=true", f.SegmentIDs()[0]), "keys"},
		{"/segment_efforts/" + effort + "/streams?keys=speed&key_by_type=true", "keys"},
		{"/segment_efforts", "segment_id"},
		{fmt.Sprintf("/segment_efforts?segment_id=%d&end_date_local=tomorrow", f.SegmentIDs()[0]), "end_date_local"},
		{fmt.Sprintf("/segment_efforts?segment_id=%d&start_date_local=2026&end_date_local=2027-01-01T00:00:00Z", f.SegmentIDs()[0]), "start_date_local"},
		{fmt.Sprintf("/segment_efforts?segment_id=%d&per_page=500", f.SegmentIDs()[0]), "per_page"},
		{"/athlete/clubs?per_page=201", "per_page"},
		{"/athletes/7700000042/routes?page=zero", "page"},
		{"/segments/starred?per_page=0", "per_page"},
	} {
		wantRefusal(t, f.get(f.AccessToken(), tc.path), 400, "Bad Request", "Application", tc.field, "invalid")
		if len(f.Violations()) != 1 {
			t.Errorf("%s: violations %v", tc.path, f.Violations())
		}
		f.Forgive()
	}
}

func TestFaultsMeetNewPathsAndMethods(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		fault        stravatest.Fault
		method, path string
		met          bool
	}{
		{stravatest.Fault{Path: "/activities/{id}/streams", Body: "<html>", ContentType: "text/html"}, http.MethodGet, "/activities/5/streams", true},
		{stravatest.Fault{Path: "/activities/*/streams", Body: "<html>"}, http.MethodGet, "/activities/5/streams", true},
		{stravatest.Fault{Path: "/activities/{id}", Method: http.MethodPut, Body: "<html>"}, http.MethodPut, "/activities/5", true},
		{stravatest.Fault{Path: "/activities/{id}", Method: http.MethodPut, Body: "<html>"}, http.MethodGet, "/activities/5", false},
		{stravatest.Fault{Path: "/uploads/{id}", Body: "<html>"}, http.MethodGet, "/uploads/5", true},
		{stravatest.Fault{Path: "/segments/starred", Body: "<html>"}, http.MethodGet, "/segments/starred", true},
		{stravatest.Fault{Path: "/segments/{id}", Body: "<html>"}, http.MethodGet, "/segments/starred", false},
		{stravatest.Fault{Method: http.MethodPost, Body: "<html>"}, http.MethodPost, "/activities", true},
	} {
		f := newFake(t, empty())
		f.Fault(tc.fault)
		if got := f.send1(tc.method, f.AccessToken(), tc.path, nil); (got.body == "<html>") != tc.met {
			t.Errorf("%s %s: %d %s", tc.method, tc.path, got.status, got.body)
		}
	}
}

func TestCommentsPageByCursor(t *testing.T) {
	t.Parallel()
	f := newFake(t, years(1))
	token := f.AccessToken()
	var busiest raw
	for _, row := range f.all() {
		if busiest == nil || row.num("comment_count") > busiest.num("comment_count") {
			busiest = row
		}
	}
	path := "/activities/" + busiest.text("id")
	for name, encode := range map[string]func(string) string{
		"the cursor as it was told, encoded": url.QueryEscape,
		"the cursor decoded and encoded": func(s string) string {
			plain, _ := url.QueryUnescape(s)
			return url.QueryEscape(plain)
		},
	} {
		seen, after := map[string]bool{}, ""
		for range 20 {
			page := decode[[]raw](t, f.get(token, path+"/comments?page_size=2"+after))
			for _, comment := range page {
				seen[comment.text("id")] = true
				after = "&after_cursor=" + encode(comment.str("cursor"))
				if !strings.HasSuffix(comment.str("cursor"), "D") || comment.text("post_id") != "null" || strings.Contains(comment.text("athlete"), `"id"`) {
					t.Errorf("comment by %s with the cursor %s", comment.text("athlete"), comment.text("cursor"))
				}
			}
			if len(page) < 2 {
				break
			}
		}
		if len(seen) < 3 || len(seen) != int(busiest.num("comment_count")) {
			t.Errorf("%s: %d comments, the row says %s", name, len(seen), busiest.text("comment_count"))
		}
	}
	kudos := decode[[]raw](t, f.get(token, path+"/kudos?per_page=200"))
	if len(kudos) != int(busiest.num("kudos_count")) || kudos[0].str("firstname") == "" || kudos[0].text("id") != "" {
		t.Errorf("%d kudos: %v", len(kudos), kudos)
	}
	if len(f.Violations()) > 0 {
		t.Errorf("violations: %v", f.Violations())
	}
	if got := f.get(token, path+"/comments?page=1&per_page=2"); len(decode[[]raw](t, got)) != 2 || len(f.Violations()) != 1 {
		t.Errorf("old pages: %s, violations %v", got.body, f.Violations())
	}
}

func TestPhotosHaveSizesAndCanBeFetched(t *testing.T) {
	t.Parallel()
	f, ride, _, _, _ := world(t)
	for _, size := range []int{64, 600, 5000} {
		photos := decode[[]struct {
			ID       string `json:"unique_id"`
			URLs     map[string]string
			Sizes    map[string][2]int
			Default  bool      `json:"default_photo"`
			Location []float64 `json:"location"`
		}](t, f.get(f.AccessToken(), fmt.Sprintf("/activities/%d/photos?size=%d", ride, size)))
		ids := map[string]bool{}
		for i, photo := range photos {
			ids[photo.ID] = true
			key := strconv.Itoa(size)
			path := strings.TrimPrefix(photo.URLs[key], "http://strava.test")
			if photo.Default != (i == 0) || photo.Sizes[key][0] == 0 || photo.Sizes[key][0] > size || (photo.Location == nil) != (i == 2) {
				t.Errorf("photo %d: %+v", i, photo)
			}
			if size < 5000 {
				if got := f.send(f.request(http.MethodGet, path, "", nil)); got.header.Get("Content-Type") != "image/jpeg" {
					t.Errorf("%s: %d %s", path, got.status, got.body)
				}
			}
		}
		if len(ids) != 3 {
			t.Errorf("%d photos, want 3", len(ids))
		}
	}
	third := decode[[]raw](t, f.get(f.AccessToken(), fmt.Sprintf("/activities/%d/photos?size=100", ride)))[2]
	path := strings.TrimPrefix(decodeRaw[map[string]string](t, third["urls"])["100"], "http://strava.test")
	f.EditActivity(ride, func(a *stravatest.Activity) { a.Photos = 2 })
	if got := f.send(f.request(http.MethodGet, path, "", nil)); got.status != http.StatusNotFound {
		t.Errorf("a photo that was taken down: %d", got.status)
	}
	filmed := f.AddActivity(stravatest.Activity{Distance: 5000, Photos: 4})
	photos := decode[[]raw](t, f.get(f.AccessToken(), fmt.Sprintf("/activities/%d/photos?size=100", filmed)))
	if film := photos[3]; film.text("type") != "2" || film.text("duration") != "4.0" || photos[2].text("video_url") != "" {
		t.Errorf("the video: type %s, duration %s", film.text("type"), film.text("duration"))
	}
	for path, want := range map[string]string{
		strings.TrimPrefix(photos[3].str("video_url"), "http://strava.test"):                                         "application/vnd.apple.mpegurl",
		strings.TrimPrefix(strings.ReplaceAll(photos[3].str("video_url"), "-8003-", "-8002-"), "http://strava.test"): "application/json; charset=utf-8",
	} {
		if got := f.send(f.request(http.MethodGet, path, "", nil)); got.header.Get("Content-Type") != want {
			t.Errorf("%s: %d %s", path, got.status, got.header.Get("Content-Type"))
		}
	}
	none := f.get(f.AccessToken(), fmt.Sprintf("/activities/%d/photos", f.AddActivity(stravatest.Activity{})))
	if none.body != "[]" {
		t.Errorf("no photos: %s", none.body)
	}
}

func TestRoutesCanBeExported(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	token := f.AccessToken()
	for i, id := range f.RouteIDs() {
		path := fmt.Sprintf("/routes/%d", id)
		route := decode[raw](t, f.get(token, path))
		if i < 3 && id <= 1<<53 || route.str("id_str") != strconv.FormatInt(id, 10) || route.text("id") != route.str("id_str") {
			t.Errorf("route %d: id %s, id_str %s", id, route.text("id"), route.text("id_str"))
		}
		full, summary := traces(t, route)
		if got := metres(full); got < 0.93*route.num("distance") || got > 1.07*route.num("distance") || len(full) <= len(summary) {
			t.Errorf("route %d: the line is %.0f m long, the route %s", id, got, route.text("distance"))
		}
		streams := decode[[]struct {
			Type string
			Data []any
		}](t, f.get(token, path+"/streams"))
		if len(streams) != 3 || len(streams[0].Data) != len(full) || len(streams[2].Data) != len(full) {
			t.Errorf("route %d: streams %v", id, streams)
		}
		for _, format := range []string{"gpx", "tcx"} {
			got := f.get(token, path+"/export_"+format)
			if got.header.Get("Content-Type") != "application/"+format+"+xml" || !strings.Contains(got.header.Get("Content-Disposition"), "."+format) ||
				strings.Count(got.body, "<trkpt")+strings.Count(got.body, "<Trackpoint>") != len(full) {
				t.Errorf("route %d as %s: %v %.300s", id, format, got.header, got.body)
			}
		}
	}
	listed := decode[[]raw](t, f.get(token, "/athletes/7700000042/routes"))
	public := decode[[]raw](t, f.get(f.AccessToken("read"), "/athletes/7700000042/routes"))
	if len(listed) != 4 || len(public) != 3 || listed[0].text("segments") != "" || listed[0].text("resource_state") != "2" {
		t.Errorf("%d routes, %d of them public: %v", len(listed), len(public), listed[0])
	}
}

func TestClubs(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	token := f.AccessToken()
	clubs := decode[[]raw](t, f.get(token, "/athlete/clubs"))
	athlete := decode[raw](t, f.get(token, "/athlete"))
	if len(clubs) != 3 || len(decodeRaw[[]raw](t, athlete["clubs"])) != 3 || clubs[1].text("cover_photo") != "null" || clubs[1].text("url") != "null" {
		t.Errorf("clubs: %v", clubs)
	}
	if second := decode[[]raw](t, f.get(token, "/athlete/clubs?per_page=2&page=2")); len(second) != 1 || second[0].text("id") != clubs[2].text("id") {
		t.Errorf("second page: %v", second)
	}
	for _, row := range clubs {
		club := decode[raw](t, f.get(token, "/clubs/"+row.text("id")))
		if club.text("resource_state") != "3" || club.text("member_count") != row.text("member_count") || club.str("membership") != "member" {
			t.Errorf("club: %v", club)
		}
		path := strings.TrimPrefix(club.str("profile"), "http://strava.test")
		if got := f.send(f.request(http.MethodGet, path, "", nil)); got.status != http.StatusOK {
			t.Errorf("%s: %d", path, got.status)
		}
	}
}
