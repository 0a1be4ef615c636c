package fitness_test

import (
	"context"
	"testing"

	"domestique/fitness"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

func TestDisconnectForgetsEverything(t *testing.T) {
	t.Parallel()
	service, manager, fake := refreshTokenGateway(t, 0)
	page, err := service.Activities(asOwner(t), fitness.ActivitiesQuery{})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() []error {
		_, ofAthlete := service.Athlete(asOwner(t))
		_, ofTotals := service.StravaTotals(asOwner(t))
		_, ofDetails := service.Details(asOwner(t), page.Activities[0])
		_, ofStreams := service.Streams(asOwner(t), page.Activities[0], fitness.StreamsQuery{Types: []fitness.StreamType{fitness.StreamTypeTime}})
		_, ofClubs := service.Clubs(asOwner(t))
		_, ofRoutes := service.Routes(asOwner(t), fitness.ListQuery{})
		_, ofKudos := service.Kudos(asOwner(t), page.Activities[0], fitness.ListQuery{})
		_, ofList := service.Stats(asOwner(t), nil)
		return []error{ofAthlete, ofTotals, ofDetails, ofStreams, ofClubs, ofRoutes, ofKudos, ofList}
	}
	for _, err := range ask() {
		if err != nil {
			t.Fatal(err)
		}
	}
	status, err := service.Disconnect(asOwner(t))
	if err != nil {
		t.Fatalf("Disconnect: %v", err)
	}
	if status.Connection != fitness.ConnectionStateNotConnected || *status.Mirror != (fitness.MirrorStatus{}) ||
		status.TokenExpiresAt != nil || status.Scopes != nil {
		t.Errorf("got status %+v, mirror %+v", status, status.Mirror)
	}
	for _, err := range ask() {
		refused(t, err, fitness.CodeNotConnected, "")
	}
	refused(t, service.Sync(asOwner(t)), fitness.CodeNotConnected, "")
	if version := service.DataVersion(asOwner(t)); version != 0 {
		t.Errorf("something of version %d is held", version)
	}
	if state := manager.Status(asOwner(t)).State; state != tokens.StateNotConnected || fake.Refusals() > 0 {
		t.Errorf("the grant is %s, and %d dead tokens were presented", state, fake.Refusals())
	}
	_, err = service.Disconnect(asOwner(t))
	refused(t, err, fitness.CodeNotConnected, "")
}

func TestDisconnectWithoutStravaForgetsNothing(t *testing.T) {
	t.Parallel()
	service, _, fake := refreshTokenGateway(t, 0)
	if err := service.Sync(asOwner(t)); err != nil {
		t.Fatal(err)
	}
	fake.Fault(stravatest.Fault{Path: "/oauth/revoke", Status: 503})
	_, err := service.Disconnect(asOwner(t))
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
	status := service.Status(asOwner(t))
	if status.Connection != fitness.ConnectionStateConnected || status.Mirror.Activities != 3 {
		t.Errorf("got status %+v, mirror %+v", status, status.Mirror)
	}
}

// Strava may answer after the end what it was asked before.
func TestCallsUnderWayBringNothingBack(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		path, call string
		ask        func(ctx context.Context, g *gateway, activity *fitness.Activity) error
	}{
		{"/athlete", athleteCall, func(ctx context.Context, g *gateway, _ *fitness.Activity) error {
			_, err := g.Athlete(ctx)
			return err
		}},
		{"/athletes/{id}/stats", totalsCall, func(ctx context.Context, g *gateway, _ *fitness.Activity) error {
			_, err := g.StravaTotals(ctx)
			return err
		}},
		{"/activities/{id}", activityCall, func(ctx context.Context, g *gateway, activity *fitness.Activity) error {
			_, err := g.Details(ctx, activity)
			return err
		}},
	} {
		t.Run(test.call, func(t *testing.T) {
			t.Parallel()
			known := grant{State: tokens.StateConnected, Pinned: test.call == athleteCall} // Else it is asked for before.
			g := newGateway(t, daily(3), fitness.Config{Tokens: known})
			activity := g.list(t, nil).Activities[0]
			release := g.hold(t, test.path, func() error { return test.ask(asOwner(t), g, activity) })
			g.disconnect(t)
			if err := release(); err != nil {
				t.Fatalf("the call from before: %v", err)
			}
			if err := test.ask(asOwner(t), g, activity); err != nil {
				t.Fatal(err)
			}
			g.expectCalls(t, test.call, 2)
		})
	}
}

func TestASyncUnderWayBringsNothingBack(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	g.sync(t)
	release := g.hold(t, "/athlete/activities", func() error { return g.Sync(asOwner(t)) })
	g.disconnect(t)
	refused(t, release(), fitness.CodeNotConnected, "")
	status := g.Status(asOwner(t))
	if *status.Mirror != (fitness.MirrorStatus{}) || status.Hint != nil {
		t.Errorf("got status %+v, mirror %+v", status, status.Mirror)
	}
	g.sync(t) // As it is once somebody has connected again.
	if got := len(g.list(t, nil).Activities); got != 3 {
		t.Errorf("got %d activities", got)
	}
}

// hold asks, and keeps Strava from answering until release is called, which returns what the question came to.
func (g *gateway) hold(tb testing.TB, path string, ask func() error) (release func() error) {
	tb.Helper()
	arrived, until, came := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	g.fake.Fault(stravatest.Fault{Path: path, Until: until, Arrived: func() { close(arrived) }})
	go func() { came <- ask() }()
	select {
	case <-arrived:
	case err := <-came:
		tb.Fatalf("%s was not called: %v", path, err)
	}
	return func() error {
		close(until)
		return <-came
	}
}

func (g *gateway) disconnect(tb testing.TB) {
	tb.Helper()
	if _, err := g.Disconnect(asOwner(tb)); err != nil {
		tb.Fatalf("disconnect: %v", err)
	}
}
