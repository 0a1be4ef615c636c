package strava_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"domestique/strava"
	"domestique/strava/stravatest"
)

// everyScope is what an athlete can grant.
var everyScope = []string{
	"read", "read_all", "profile:read_all", "profile:write", "activity:read", "activity:read_all", "activity:write",
}

// atFake returns a fake and a client whose token has the scopes.
func atFake(t *testing.T, scopes ...string) (*stravatest.Running, *strava.Client) {
	t.Helper()
	fake := stravatest.Start(t, stravatest.Config{
		Now: atNoon, ReadLimits: [2]int{1e6, 1e6},
		Activities: []stravatest.Activity{
			{Sport: "Run", Start: noon.Add(-26 * time.Hour), Distance: 10500, Climb: 70, Moving: 55 * time.Minute, Photos: 2, GearID: "g42"},
			{Sport: "Ride", Start: noon.Add(-50 * time.Hour), Commute: true, Distance: 6240, Climb: 58, Moving: 15 * time.Minute},
		},
	})
	client := newClient(t, strava.Config{BaseURL: fake.APIURL(), Tokens: &tokens{list: []string{fake.AccessToken(scopes...)}}})
	return fake, client
}

// TestWholeSurface calls every endpoint of the fake, which fails the test for each parameter that Strava lacks.
func TestWholeSurface(t *testing.T) {
	t.Parallel()
	fake, client := atFake(t, everyScope...)
	ctx := t.Context()
	// What is asked for is there, and has what its kind has.
	there := func(what string, ok bool, err error) {
		t.Helper()
		if err != nil || !ok {
			t.Errorf("%s: is right: %t, %v", what, ok, err)
		}
	}
	athlete, err := client.Athlete(ctx)
	if err != nil {
		t.Fatal(err)
	}
	zones, err := client.AthleteZones(ctx)
	there("training zones", err == nil && zones.HeartRate != nil && len(zones.HeartRate.Zones) > 0, err)
	clubs, err := client.AthleteClubs(ctx, strava.PageOptions{PerPage: 2})
	there("clubs", len(clubs) > 0, err)
	club, err := client.Club(ctx, fake.ClubIDs()[0])
	there("club", err == nil && club.Name != "", err)
	_, err = client.ClubEvents(ctx, fake.ClubIDs()[0], strava.PageOptions{})
	there("club events", true, err)
	_, err = client.Stats(ctx, int64(athlete.ID))
	there("stats", true, err)
	routes, err := client.Routes(ctx, int64(athlete.ID), strava.PageOptions{})
	there("routes", len(routes) > 0 && routes[0].Map.SummaryPolyline != "", err)
	route, err := client.Route(ctx, fake.RouteIDs()[0])
	there("route", err == nil && route.Map.Polyline != "" && route.IDStr == fmt.Sprint(route.ID), err)
	routeStreams, err := client.RouteStreams(ctx, fake.RouteIDs()[0])
	there("route streams", err == nil && routeStreams.LatLng != nil && routeStreams.Len() > 2, err)
	gpx, err := client.RouteGPX(ctx, fake.RouteIDs()[0])
	there("GPX", strings.Contains(string(gpx), "<gpx"), err)
	tcx, err := client.RouteTCX(ctx, fake.RouteIDs()[0])
	there("TCX", strings.Contains(string(tcx), "<TrainingCenterDatabase"), err)

	activities, err := client.Activities(ctx, strava.ActivitiesOptions{PerPage: 10})
	if err != nil || len(activities) != 2 {
		t.Fatalf("%d activities, %v", len(activities), err)
	}
	id := int64(activities[0].ID)
	detail, err := client.Activity(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	there("detail", len(detail.Laps) > 0 && len(detail.SplitsMetric) > 0 && len(detail.BestEfforts) > 0, nil)
	gear, err := client.Gear(ctx, detail.Gear.ID)
	there("gear", err == nil && gear.Name != "", err)
	laps, err := client.Laps(ctx, id)
	there("laps", len(laps) == len(detail.Laps), err)
	_, err = client.ActivityZones(ctx, id)
	there("zones", true, err)
	comments, err := client.Comments(ctx, id, strava.CommentsOptions{PageSize: 1})
	if len(comments) > 0 {
		comments, err = client.Comments(ctx, id, strava.CommentsOptions{PageSize: 1, AfterCursor: comments[0].Cursor})
		there("comments", len(comments) <= 1, err)
	}
	there("comments", true, err)
	_, err = client.Kudoers(ctx, id, strava.PageOptions{Page: 1, PerPage: 5})
	there("kudos", true, err)
	photos, err := client.Photos(ctx, id, 600)
	there("photos", len(photos) == 2 && len(photos[0].URLs) > 0, err)
	streams, err := client.ActivityStreams(ctx, id, strava.StreamTypes())
	there("streams", err == nil && streams.Time != nil && streams.LatLng != nil && streams.Len() > 100, err)

	segment := fake.SegmentIDs()[0]
	segmentDetail, err := client.Segment(ctx, segment)
	there("segment", err == nil && segmentDetail.Name != "" && segmentDetail.EffortCount > 0, err)
	segmentStreams, err := client.SegmentStreams(ctx, segment, strava.SegmentStreamTypes())
	there("segment streams", err == nil && segmentStreams.Altitude != nil, err)
	_, err = client.SegmentEfforts(ctx, strava.SegmentEffortsOptions{SegmentID: segment, StartDateLocal: noon.AddDate(-1, 0, 0), EndDateLocal: noon, PerPage: 5})
	there("efforts", true, err)
	_, err = client.AllSegmentEfforts(ctx, segment, strava.PageOptions{PerPage: 5})
	there("all efforts", true, err)
	ride, err := client.Activity(ctx, int64(activities[1].ID))
	if err != nil || len(ride.SegmentEfforts) == 0 {
		t.Fatalf("the ride has %d efforts, %v", len(ride.SegmentEfforts), err)
	}
	effort := ride.SegmentEfforts[0]
	effortDetail, err := client.SegmentEffort(ctx, int64(effort.ID))
	there("effort", err == nil && effortDetail.ElapsedTime == effort.ElapsedTime, err)
	effortStreams, err := client.SegmentEffortStreams(ctx, int64(effort.ID), []strava.StreamType{strava.StreamTime})
	there("effort streams", err == nil && effortStreams.Len() > 1, err)

	starred, err := client.StarSegment(ctx, segment, true)
	there("star", err == nil && starred.Starred, err)
	list, err := client.StarredSegments(ctx, strava.PageOptions{PerPage: 200})
	there("starred", slices.ContainsFunc(list, func(s strava.SummarySegment) bool { return int64(s.ID) == segment }), err)
	athlete, err = client.UpdateAthlete(ctx, 71.3)
	there("weight", err == nil && *athlete.Weight == 71.3, err)
}

// TestWritesTakeEffect makes, changes and uploads activities and looks for them in the list.
func TestWritesTakeEffect(t *testing.T) {
	t.Parallel()
	_, client := atFake(t, everyScope...)
	ctx := t.Context()
	made, err := client.CreateActivity(ctx, strava.NewActivity{
		Name: "Stairs", SportType: "StairStepper", StartDateLocal: noon.Add(-time.Hour), ElapsedTime: 20 * time.Minute, Commute: true,
	})
	if err != nil || made.Name != "Stairs" || !made.Manual || !made.Commute || made.ElapsedTime != 1200 {
		t.Fatalf("got %+v, %v", made, err)
	}
	changed, err := client.UpdateActivity(ctx, int64(made.ID), strava.UpdatableActivity{Name: new("More stairs"), Commute: new(false)})
	if err != nil || changed.Name != "More stairs" || changed.Commute || changed.SportType != "StairStepper" {
		t.Fatalf("got %+v, %v", changed, err)
	}
	const track = `<?xml version="1.0"?><gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1"><trk><type>running</type><trkseg>` +
		`<trkpt lat="51.05" lon="3.72"><ele>8</ele><time>2026-11-22T09:00:00Z</time></trkpt>` +
		`<trkpt lat="51.06" lon="3.72"><ele>9</ele><time>2026-11-22T09:06:00Z</time></trkpt></trkseg></trk></gpx>`
	upload, err := client.CreateUpload(ctx, strava.UploadOptions{
		File: strings.NewReader(track), Size: int64(len(track)), DataType: "gpx", Limit: 25 << 20, Name: "Uploaded", ExternalID: "run-7",
	})
	if err != nil {
		t.Fatal(err)
	}
	for polls := 0; upload.Pending() && polls < 100; polls++ {
		if upload, err = client.Upload(ctx, int64(upload.ID)); err != nil {
			t.Fatal(err)
		}
	}
	if upload.Pending() || upload.Error != "" || upload.ActivityID == 0 {
		t.Fatalf("got %+v", upload)
	}
	activities, err := client.Activities(ctx, strava.ActivitiesOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []strava.ID{made.ID, upload.ActivityID} {
		if !slices.ContainsFunc(activities, func(a strava.SummaryActivity) bool { return a.ID == id }) {
			t.Errorf("activity %d is not in the list", id)
		}
	}
}

// TestRestrictedEndpoints: what the application or the athlete has not is told apart from what is not there.
func TestRestrictedEndpoints(t *testing.T) {
	t.Parallel()
	fake, client := atFake(t, "read", "activity:read")
	fake.Subscriber(false)
	_, zonesErr := client.ActivityZones(t.Context(), 1)
	if !errors.Is(zonesErr, strava.ErrSubscriptionRequired) && !errors.Is(zonesErr, strava.ErrRestricted) {
		t.Errorf("zones: %v", zonesErr)
	}
	_, exploreErr := client.ExploreSegments(t.Context(), strava.ExploreOptions{NorthEast: strava.Position{1, 1}})
	if !errors.Is(exploreErr, strava.ErrRestricted) {
		t.Errorf("explore: %v", exploreErr)
	}
	fake.Forgive() // The fake takes the asking for a mistake.
	for _, write := range writes() {
		if _, err := write.call(t.Context(), client); !errors.Is(err, strava.ErrScopeMissing) {
			t.Errorf("%s without the scope: %v", write.name(), err)
		}
	}
}
