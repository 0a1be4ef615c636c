package strava_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava"
)

// endpoint is one method of the client and the request that it should make.
type endpoint struct {
	// operation is the name in Strava's specification; empty for an endpoint that is not in it.
	operation string
	call      func(context.Context, *strava.Client) (any, error)

	method, path, query string
	// contentType and body are a writing request's.
	contentType, body string
	// answer is a good one.
	answer string
}

// called turns a method's results into those of an endpoint's call.
func called[T any](value T, err error) (any, error) { return value, err }

const formType = "application/x-www-form-urlencoded"

// endpoints are all of the client's.
func endpoints() []endpoint {
	const object, list, streams = `{"id":1}`, `[{"id":1}]`, `{"distance":{"data":[0,1.5]}}`
	page := strava.PageOptions{Page: 2, PerPage: 50}
	both := []strava.StreamType{strava.StreamDistance, strava.StreamLatLng}
	keys := "key_by_type=true&keys=distance%2Clatlng"
	return []endpoint{
		{operation: "getLoggedInAthlete", method: "GET", path: "/athlete", answer: object,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Athlete(ctx)) }},
		{operation: "updateLoggedInAthlete", method: "PUT", path: "/athlete", contentType: formType, body: "weight=71.3", answer: object,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.UpdateAthlete(ctx, 71.3)) }},
		{operation: "getLoggedInAthleteZones", method: "GET", path: "/athlete/zones", answer: `{"heart_rate":{"zones":[]}}`,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.AthleteZones(ctx)) }},
		{operation: "getLoggedInAthleteClubs", method: "GET", path: "/athlete/clubs", query: "page=2&per_page=50", answer: list,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.AthleteClubs(ctx, page)) }},
		{operation: "getStats", method: "GET", path: "/athletes/42/stats", answer: `{}`,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Stats(ctx, 42)) }},
		{operation: "getRoutesByAthleteId", method: "GET", path: "/athletes/42/routes", query: "page=2&per_page=50", answer: list,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Routes(ctx, 42, page)) }},

		{operation: "getLoggedInAthleteActivities", method: "GET", path: "/athlete/activities", query: "page=2&per_page=50", answer: list,
			call: func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.Activities(ctx, strava.ActivitiesOptions{Page: 2, PerPage: 50}))
			}},
		{operation: "getActivityById", method: "GET", path: "/activities/42", answer: object,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Activity(ctx, 42)) }},
		{operation: "createActivity", method: "POST", path: "/activities", contentType: formType, answer: object,
			body: "commute=1&description=Easy&distance=5000.5&elapsed_time=1800&name=Lunch+Run&sport_type=TrailRun" +
				"&start_date_local=2026-11-22T12%3A07%3A30Z&trainer=1",
			call: func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.CreateActivity(ctx, strava.NewActivity{
					Name: "Lunch Run", SportType: "TrailRun", StartDateLocal: noon.In(time.FixedZone("", 3600)).Add(-time.Hour),
					ElapsedTime: 30*time.Minute + 999*time.Millisecond, Description: "Easy", Distance: 5000.5, Trainer: true, Commute: true,
				}))
			}},
		{operation: "updateActivityById", method: "PUT", path: "/activities/42", contentType: "application/json", answer: object,
			body: `{"name":"Race","description":"","sport_type":"Run","gear_id":"none","trainer":false,"commute":true,"hide_from_home":true}`,
			call: func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.UpdateActivity(ctx, 42, strava.UpdatableActivity{
					Name: new("Race"), Description: new(""), SportType: new("Run"), GearID: new(strava.NoGear),
					Trainer: new(false), Commute: new(true), HideFromHome: new(true),
				}))
			}},
		{operation: "getLapsByActivityId", method: "GET", path: "/activities/42/laps", answer: list,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Laps(ctx, 42)) }},
		{operation: "getZonesByActivityId", method: "GET", path: "/activities/42/zones", answer: `[{"type":"pace"}]`,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.ActivityZones(ctx, 42)) }},
		// The cursor is sent percent-encoded once more than it came.
		{operation: "getCommentsByActivityId", method: "GET", path: "/activities/42/comments", query: "after_cursor=eyJpZCI6MX0%253D&page_size=50", answer: list,
			call: func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.Comments(ctx, 42, strava.CommentsOptions{PageSize: 50, AfterCursor: "eyJpZCI6MX0%3D"}))
			}},
		{operation: "getKudoersByActivityId", method: "GET", path: "/activities/42/kudos", query: "page=2&per_page=50", answer: `[{"firstname":"Ada"}]`,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Kudoers(ctx, 42, page)) }},
		{method: "GET", path: "/activities/42/photos", query: "size=2048", answer: `[{"unique_id":"p1"}]`,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Photos(ctx, 42, 2048)) }},
		{operation: "getActivityStreams", method: "GET", path: "/activities/42/streams", query: keys, answer: streams,
			call: func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.ActivityStreams(ctx, 42, both))
			}},

		{operation: "getGearById", method: "GET", path: "/gear/b42", answer: `{"id":"b42"}`,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Gear(ctx, "b42")) }},
		{operation: "getRouteById", method: "GET", path: "/routes/3329485690369457990", answer: object,
			call: func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.Route(ctx, 3329485690369457990))
			}},
		{operation: "getRouteAsGPX", method: "GET", path: "/routes/42/export_gpx", answer: `<gpx/>`,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.RouteGPX(ctx, 42)) }},
		{operation: "getRouteAsTCX", method: "GET", path: "/routes/42/export_tcx", answer: `<TrainingCenterDatabase/>`,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.RouteTCX(ctx, 42)) }},
		{operation: "getRouteStreams", method: "GET", path: "/routes/42/streams", answer: streams,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.RouteStreams(ctx, 42)) }},

		{operation: "getSegmentById", method: "GET", path: "/segments/42", answer: object,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Segment(ctx, 42)) }},
		{operation: "getLoggedInAthleteStarredSegments", method: "GET", path: "/segments/starred", query: "page=2&per_page=50", answer: list,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.StarredSegments(ctx, page)) }},
		{operation: "starSegment", method: "PUT", path: "/segments/42/starred", contentType: formType, body: "starred=true", answer: object,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.StarSegment(ctx, 42, true)) }},
		{operation: "getSegmentStreams", method: "GET", path: "/segments/42/streams", query: keys, answer: streams,
			call: func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.SegmentStreams(ctx, 42, both))
			}},
		{operation: "exploreSegments", method: "GET", path: "/segments/explore", answer: `{"segments":[]}`,
			query: "activity_type=running&bounds=36.37%2C-94.22%2C36.41%2C-94.18&max_cat=5&min_cat=0",
			call: func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.ExploreSegments(ctx, strava.ExploreOptions{
					SouthWest: strava.Position{36.37, -94.22}, NorthEast: strava.Position{36.41, -94.18},
					ActivityType: "running", MinCategory: new(0), MaxCategory: new(5),
				}))
			}},
		{operation: "getEffortsBySegmentId", method: "GET", path: "/segment_efforts", answer: list,
			query: "end_date_local=2026-11-22T12%3A07%3A30Z&per_page=200&segment_id=42&start_date_local=2026-01-01T00%3A00%3A00Z",
			call: func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.SegmentEfforts(ctx, strava.SegmentEffortsOptions{
					SegmentID: 42, StartDateLocal: time.Date(2026, 1, 1, 0, 0, 0, 0, time.FixedZone("", 7200)), EndDateLocal: noon, PerPage: 200,
				}))
			}},
		{method: "GET", path: "/segments/42/all_efforts", query: "page=2&per_page=50", answer: list,
			call: func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.AllSegmentEfforts(ctx, 42, page))
			}},
		{operation: "getSegmentEffortById", method: "GET", path: "/segment_efforts/42", answer: object,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.SegmentEffort(ctx, 42)) }},
		{operation: "getSegmentEffortStreams", method: "GET", path: "/segment_efforts/42/streams", query: keys, answer: streams,
			call: func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.SegmentEffortStreams(ctx, 42, both))
			}},

		{operation: "getClubById", method: "GET", path: "/clubs/42", answer: object,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Club(ctx, 42)) }},
		{method: "GET", path: "/clubs/42/group_events", query: "page=2&per_page=50", answer: list,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.ClubEvents(ctx, 42, page)) }},

		{operation: "createUpload", method: "POST", path: "/uploads", contentType: "multipart/form-data", answer: object,
			body: "commute=1&data_type=gpx&description=Hilly&external_id=ride-7&file=<gpx/>&name=Ride&trainer=1",
			call: func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.CreateUpload(ctx, strava.UploadOptions{
					File: strings.NewReader("<gpx/>"), DataType: "gpx", Limit: 100, Name: "Ride", Description: "Hilly", ExternalID: "ride-7",
					Trainer: true, Commute: true,
				}))
			}},
		{operation: "getUploadById", method: "GET", path: "/uploads/42", answer: object,
			call: func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Upload(ctx, 42)) }},
	}
}

func (e endpoint) name() string { return e.method + " " + e.path }

// bodyOf returns a request's body as it is, or a multipart form's fields in the order of their names.
func bodyOf(t *testing.T, r *http.Request) (contentType, body string) {
	t.Helper()
	contentType, _, _ = strings.Cut(r.Header.Get("Content-Type"), ";")
	if contentType != "multipart/form-data" {
		content, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		return contentType, string(content)
	}
	file, _, err := r.FormFile("file")
	if err != nil {
		t.Error(err)
		return contentType, ""
	}
	content, err := io.ReadAll(file)
	if err != nil {
		t.Error(err)
	}
	fields := r.MultipartForm.Value
	fields["file"] = []string{string(content)}
	var pairs []string
	for _, name := range sortedKeys(fields) {
		pairs = append(pairs, name+"="+strings.Join(fields[name], ","))
	}
	return contentType, strings.Join(pairs, "&")
}

func TestEndpoints(t *testing.T) {
	t.Parallel()
	type seen struct{ Method, Path, Query, Authorization, ContentType, Body string }
	for _, endpoint := range endpoints() {
		t.Run(endpoint.name(), func(t *testing.T) {
			t.Parallel()
			var got seen
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				contentType, body := bodyOf(t, r)
				got = seen{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Authorization"), contentType, body}
				answers(200, endpoint.answer)(w, r)
			})
			if _, err := endpoint.call(t.Context(), client); err != nil {
				t.Fatal(err)
			}
			want := seen{endpoint.method, endpoint.path, endpoint.query, "Bearer access-token", endpoint.contentType, endpoint.body}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestEndpointsTakeNoOtherAnswer: what is cut, of another kind or empty is ErrUnavailable everywhere, and never a value.
func TestEndpointsTakeNoOtherAnswer(t *testing.T) {
	t.Parallel()
	for _, endpoint := range endpoints() {
		t.Run(endpoint.name(), func(t *testing.T) {
			t.Parallel()
			cut := endpoint.answer[:len(endpoint.answer)-1]
			if strings.HasPrefix(cut, "<") {
				cut = "" // A file is passed on as it is.
			}
			for _, body := range []string{cut, `null`, ``, `"`, `42`, `{"id":[]`, "[[]]"} {
				_, err := endpoint.call(t.Context(), serve(t, answers(200, body)))
				if meanings(err) != "ErrUnavailable" {
					t.Errorf("%q: got %v, want ErrUnavailable", body, err)
				}
			}
			for _, status := range []int{404, 500} {
				_, err := endpoint.call(t.Context(), serve(t, answers(status, `{"message":"error"}`)))
				if want := map[int]string{404: "ErrNotFound", 500: "ErrUnavailable"}[status]; meanings(err) != want {
					t.Errorf("%d: got %v, want %s", status, err, want)
				}
			}
		})
	}
}

// TestWrongArguments needs no server: there is none, and the errors are not its absence.
func TestWrongArguments(t *testing.T) {
	t.Parallel()
	client := newClient(t, strava.Config{Transport: transport(func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return nil, errors.New("no network")
	})})
	activity := strava.NewActivity{Name: "Run", SportType: "Run", StartDateLocal: noon, ElapsedTime: time.Minute}
	upload := strava.UploadOptions{File: strings.NewReader("x"), DataType: "fit", Limit: 10}
	area := strava.ExploreOptions{SouthWest: strava.Position{1, 1}, NorthEast: strava.Position{2, 2}}
	with := func(change func(*strava.NewActivity)) strava.NewActivity { a := activity; change(&a); return a }
	uploading := func(change func(*strava.UploadOptions)) strava.UploadOptions { u := upload; change(&u); return u }
	exploring := func(change func(*strava.ExploreOptions)) strava.ExploreOptions { e := area; change(&e); return e }
	ctx := t.Context()
	first := func(_ any, err error) error { return err }
	tests := map[string]struct {
		err     error
		meaning string
	}{
		"laps of -1":            {first(client.Laps(ctx, -1)), "ErrNotFound"},
		"zones of 0":            {first(client.ActivityZones(ctx, 0)), "ErrNotFound"},
		"comments of 0":         {first(client.Comments(ctx, 0, strava.CommentsOptions{})), "ErrNotFound"},
		"kudos of 0":            {first(client.Kudoers(ctx, 0, strava.PageOptions{})), "ErrNotFound"},
		"photos of 0":           {first(client.Photos(ctx, 0, 100)), "ErrNotFound"},
		"photos of no size":     {first(client.Photos(ctx, 42, 0)), ""},
		"photos of size -1":     {first(client.Photos(ctx, 42, -1)), ""},
		"streams of 0":          {first(client.ActivityStreams(ctx, 0, strava.StreamTypes())), "ErrNotFound"},
		"no streams":            {first(client.ActivityStreams(ctx, 42, nil)), ""},
		"an unknown stream":     {first(client.ActivityStreams(ctx, 42, []strava.StreamType{"pace"})), ""},
		"a segment's heart":     {first(client.SegmentStreams(ctx, 42, []strava.StreamType{strava.StreamHeartrate})), ""},
		"streams of effort 0":   {first(client.SegmentEffortStreams(ctx, 0, strava.StreamTypes())), "ErrNotFound"},
		"streams of route 0":    {first(client.RouteStreams(ctx, 0)), "ErrNotFound"},
		"201 comments":          {first(client.Comments(ctx, 42, strava.CommentsOptions{PageSize: 201})), ""},
		"-1 comments":           {first(client.Comments(ctx, 42, strava.CommentsOptions{PageSize: -1})), ""},
		"201 clubs":             {first(client.AthleteClubs(ctx, strava.PageOptions{PerPage: 201})), ""},
		"page -1":               {first(client.StarredSegments(ctx, strava.PageOptions{Page: -1})), ""},
		"routes of athlete 0":   {first(client.Routes(ctx, 0, strava.PageOptions{})), ""},
		"no gear":               {first(client.Gear(ctx, "")), "ErrNotFound"},
		"a path as gear":        {first(client.Gear(ctx, "../athlete")), "ErrNotFound"},
		"a number as gear":      {first(client.Gear(ctx, "42")), "ErrNotFound"},
		"route 0":               {first(client.Route(ctx, 0)), "ErrNotFound"},
		"GPX of 0":              {first(client.RouteGPX(ctx, 0)), "ErrNotFound"},
		"TCX of 0":              {first(client.RouteTCX(ctx, 0)), "ErrNotFound"},
		"segment 0":             {first(client.Segment(ctx, 0)), "ErrNotFound"},
		"a star for 0":          {first(client.StarSegment(ctx, 0, true)), "ErrNotFound"},
		"effort 0":              {first(client.SegmentEffort(ctx, 0)), "ErrNotFound"},
		"efforts on 0":          {first(client.SegmentEfforts(ctx, strava.SegmentEffortsOptions{})), "ErrNotFound"},
		"201 efforts":           {first(client.SegmentEfforts(ctx, strava.SegmentEffortsOptions{SegmentID: 1, PerPage: 201})), ""},
		"all efforts on 0":      {first(client.AllSegmentEfforts(ctx, 0, strava.PageOptions{})), "ErrNotFound"},
		"club 0":                {first(client.Club(ctx, 0)), "ErrNotFound"},
		"events of 0":           {first(client.ClubEvents(ctx, 0, strava.PageOptions{})), "ErrNotFound"},
		"upload 0":              {first(client.Upload(ctx, 0)), "ErrNotFound"},
		"weight 0":              {first(client.UpdateAthlete(ctx, 0)), ""},
		"weight NaN":            {first(client.UpdateAthlete(ctx, nan())), ""},
		"an empty update":       {first(client.UpdateActivity(ctx, 42, strava.UpdatableActivity{})), ""},
		"an update of 0":        {first(client.UpdateActivity(ctx, 0, strava.UpdatableActivity{Name: new("x")})), "ErrNotFound"},
		"no name":               {first(client.CreateActivity(ctx, with(func(a *strava.NewActivity) { a.Name = "" }))), ""},
		"no sport":              {first(client.CreateActivity(ctx, with(func(a *strava.NewActivity) { a.SportType = "" }))), ""},
		"no start":              {first(client.CreateActivity(ctx, with(func(a *strava.NewActivity) { a.StartDateLocal = time.Time{} }))), ""},
		"no time":               {first(client.CreateActivity(ctx, with(func(a *strava.NewActivity) { a.ElapsedTime = time.Millisecond }))), ""},
		"a negative distance":   {first(client.CreateActivity(ctx, with(func(a *strava.NewActivity) { a.Distance = -1 }))), ""},
		"no distance at all":    {first(client.CreateActivity(ctx, with(func(a *strava.NewActivity) { a.Distance = nan() }))), ""},
		"no file":               {first(client.CreateUpload(ctx, uploading(func(u *strava.UploadOptions) { u.File = nil }))), ""},
		"no track":              {first(client.CreateUpload(ctx, uploading(func(u *strava.UploadOptions) { u.DataType = "kml" }))), ""},
		"no limit":              {first(client.CreateUpload(ctx, uploading(func(u *strava.UploadOptions) { u.Limit = 0 }))), ""},
		"a negative size":       {first(client.CreateUpload(ctx, uploading(func(u *strava.UploadOptions) { u.Size = -1 }))), ""},
		"a size over the limit": {first(client.CreateUpload(ctx, uploading(func(u *strava.UploadOptions) { u.Size = 11 }))), "ErrFileTooLarge"},
		"a corner in space":     {first(client.ExploreSegments(ctx, exploring(func(e *strava.ExploreOptions) { e.NorthEast[0] = 91 }))), ""},
		"a corner nowhere":      {first(client.ExploreSegments(ctx, exploring(func(e *strava.ExploreOptions) { e.SouthWest[1] = nan() }))), ""},
		"corners swapped":       {first(client.ExploreSegments(ctx, strava.ExploreOptions{SouthWest: area.NorthEast, NorthEast: area.SouthWest})), ""},
		"exploring by swim":     {first(client.ExploreSegments(ctx, exploring(func(e *strava.ExploreOptions) { e.ActivityType = "swimming" }))), ""},
		"climbs beyond HC":      {first(client.ExploreSegments(ctx, exploring(func(e *strava.ExploreOptions) { e.MaxCategory = new(6) }))), ""},
	}
	for name, test := range tests {
		if test.err == nil || meanings(test.err) != test.meaning {
			t.Errorf("%s: got %v, which is %q; want %q", name, test.err, meanings(test.err), test.meaning)
		}
	}
}

func nan() float64 { return math.NaN() }

func sortedKeys[V any](values map[string]V) []string {
	return slices.Sorted(maps.Keys(values))
}
