package fitness_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

func TestAContextWithoutAViewerIsAnybodys(t *testing.T) {
	t.Parallel()
	var zero fitness.Viewer
	if got := fitness.ViewerOf(t.Context()); got != fitness.Anonymous || zero != fitness.Anonymous {
		t.Errorf("the viewer of nothing is %v, the zero one is %v; want both to be Anonymous", got, zero)
	}
	if got := fitness.ViewerOf(asOwner(t)); got != fitness.Owner {
		t.Errorf("got %v, want the owner", got)
	}
	if got := fitness.ViewerOf(fitness.WithViewer(asOwner(t), fitness.Anonymous)); got != fitness.Anonymous {
		t.Errorf("got %v, want who was named last", got)
	}
}

// failure is that of a question of which the answer does not matter.
func failure[V any](_ V, err error) error { return err }

// failuresOfOwners asks all that only the owner may ask, each for something that is there.
func failuresOfOwners(tb testing.TB, s *fitness.Service, of *fitness.Activity) map[string]error {
	tb.Helper()
	ctx := asAnybody(tb)
	samples := fitness.StreamsQuery{Types: []fitness.StreamType{fitness.StreamTypeTime}}
	altitudes := fitness.StreamsQuery{Types: []fitness.StreamType{fitness.StreamTypeAltitude}}
	gear, club := &fitness.Gear{StravaID: "b17000991"}, &fitness.Club{StravaID: 1}
	route, segment := &fitness.Route{StravaID: 1}, &fitness.Segment{StravaID: 1}
	return map[string]error{
		"Clubs":                failure(s.Clubs(ctx)),
		"ClubByID":             failure(s.ClubByID(ctx, "1")),
		"ClubDetails":          failure(s.ClubDetails(ctx, club)),
		"Comments":             failure(s.Comments(ctx, of, fitness.ListQuery{})),
		"CreateActivity":       failure(s.CreateActivity(ctx, manual(tb, func(*fitness.CreateActivityInput) {}))),
		"Disconnect":           failure(s.Disconnect(ctx)),
		"Gear":                 failure(s.Gear(ctx, of)),
		"GearByID":             failure(s.GearByID(ctx, gear.StravaID)),
		"GearDetails":          failure(s.GearDetails(ctx, gear)),
		"GearOf":               failure(s.GearOf(ctx, gear.StravaID)),
		"Kudos":                failure(s.Kudos(ctx, of, fitness.ListQuery{})),
		"Photos":               failure(s.Photos(ctx, of)),
		"RateLimit":            failure(s.RateLimit(ctx)),
		"RouteByID":            failure(s.RouteByID(ctx, "1")),
		"RouteDetails":         failure(s.RouteDetails(ctx, route)),
		"RouteStreams":         failure(s.RouteStreams(ctx, route, altitudes)),
		"Routes":               failure(s.Routes(ctx, fitness.ListQuery{})),
		"SegmentByID":          failure(s.SegmentByID(ctx, "1")),
		"SegmentDetails":       failure(s.SegmentDetails(ctx, segment)),
		"SegmentEffortByID":    failure(s.SegmentEffortByID(ctx, "1")),
		"SegmentEffortStreams": failure(s.SegmentEffortStreams(ctx, &fitness.SegmentEffort{}, samples)),
		"SegmentEfforts":       failure(s.SegmentEfforts(ctx, segment)),
		"SegmentStreams":       failure(s.SegmentStreams(ctx, segment, altitudes)),
		"SetWeight":            failure(s.SetWeight(ctx, fitness.SetWeightInput{Weight: 70, Unit: fitness.MassUnitKilograms})),
		"StarSegment":          failure(s.StarSegment(ctx, fitness.StarSegmentInput{ID: "1"})),
		"StarredSegments":      failure(s.StarredSegments(ctx, fitness.ListQuery{})),
		"StravaTotals":         failure(s.StravaTotals(ctx)),
		"Streams":              failure(s.Streams(ctx, of, samples)),
		"KeepWarm":             s.KeepWarm(ctx),
		"Sync":                 s.Sync(ctx),
		"ActivityChanges":      failure(s.ActivityChanges(ctx)),
		"SyncProgress":         failure(s.SyncProgress(ctx)),
		"TrainingZones":        failure(s.TrainingZones(ctx)),
		"UpdateActivity":       failure(s.UpdateActivity(ctx, fitness.UpdateActivityInput{ID: of.ID(), Name: new("Mine")})),
		"Upload":               failure(s.Upload(ctx, "1")),
		"UploadActivity":       failure(s.UploadActivity(ctx, fitness.UploadActivityInput{File: file([]byte("<gpx></gpx>"))})),
		"Zones":                failure(s.Zones(ctx, of)),
	}
}

// failuresOfAnybody asks all that anybody may ask where something is public.
func failuresOfAnybody(tb testing.TB, s *fitness.Service, of *fitness.Activity) map[string]error {
	tb.Helper()
	ctx := asAnybody(tb)
	nodes, err := s.Nodes(ctx, []string{of.ID()})
	if err == nil {
		err = nodes[0].Err
	}
	return map[string]error{
		"Activities":   failure(s.Activities(ctx, fitness.ActivitiesQuery{})),
		"Activity":     failure(s.Activity(ctx, of.ID())),
		"ActivityOf":   failure(s.ActivityOf(ctx, of.StravaID)),
		"Athlete":      failure(s.Athlete(ctx)),
		"Details":      failure(s.Details(ctx, of)),
		"Node":         failure(s.Node(ctx, of.ID())),
		"Nodes":        err,
		"PrimaryPhoto": failure(s.PrimaryPhoto(ctx, of)),
		"Stats":        failure(s.Stats(ctx, nil)),
	}
}

// neverRefused are the methods that fail for nobody, or that nobody asks: they are looked at on their own.
func neverRefused() []string {
	return []string{"Close", "DataVersion", "Deauthorized", "Fill", "ForgetActivities", "ForgetAll", "Projection", "Purge", "Status", "Version", "Watch"}
}

// A method that is added to the service has to be told here who may use it.
func TestEveryQuestionIsRefusedToWhoeverMayNotAskIt(t *testing.T) {
	t.Parallel()
	known := neverRefused()
	history := []stravatest.Activity{{Start: noon.AddDate(0, 0, -1), Distance: 1000, Photos: 1, GearID: "g17000992"}}
	custody := &movingGrant{status: tokens.Status{State: tokens.StateConnected}}
	public := newGateway(t, history, fitness.Config{Tokens: custody, Public: &fitness.Projection{}})
	closed := newGateway(t, history, fitness.Config{Tokens: custody})
	for _, g := range []*gateway{public, closed} {
		activity := g.list(t, nil).Activities[0]
		athlete, err := g.Athlete(asOwner(t))
		if err != nil {
			t.Fatal(err)
		}
		custody.status.Pinned, custody.status.AthleteID = true, athlete.StravaID
		before := g.fake.Calls()
		for name, err := range failuresOfOwners(t, g.Service, activity) {
			known = append(known, name)
			isForbidden(t, name, err)
		}
		for name, err := range failuresOfAnybody(t, g.Service, activity) {
			known = append(known, name)
			switch {
			case g == closed:
				isForbidden(t, name, err)
			case err != nil:
				t.Errorf("%s: %v", name, err)
			}
		}
		if diff := cmp.Diff(before, g.fake.Calls()); diff != "" {
			t.Errorf("Strava was asked for anybody (-before +after):\n%s", diff)
		}
	}
	for method := range reflect.TypeFor[*fitness.Service]().Methods() {
		if !slices.Contains(known, method.Name) {
			t.Errorf("it is not said who may ask for %s", method.Name)
		}
	}
}

func isForbidden(tb testing.TB, what string, err error) {
	tb.Helper()
	if err == nil {
		tb.Errorf("%s: anybody may have it, want FORBIDDEN", what)
		return
	}
	refused(tb, err, fitness.CodeForbidden, "")
}
