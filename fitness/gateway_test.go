package fitness_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/mirror"
	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

// The calls that are counted here, as the fake names them.
const (
	athleteCall  = "GET /athlete"
	listCall     = "GET /athlete/activities"
	activityCall = "GET /activities/{id}"
	totalsCall   = "GET /athletes/{id}/stats"
	streamsCall  = "GET /activities/{id}/streams"
	photosCall   = "GET /activities/{id}/photos"
)

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// minted is a token source that always has a fresh token.
type minted struct{ fake *stravatest.Running }

func (m minted) AccessToken(context.Context) (string, error) { return m.fake.AccessToken(), nil }

func (minted) Invalidate(string) {}

// gateway is a service on a fake Strava, both at the time of its clock.
type gateway struct {
	*fitness.Service
	mirror *mirror.Mirror
	fake   *stravatest.Running
	clock  *clock
}

// newGateway starts at noon. What the test does not say of config is filled in.
func newGateway(tb testing.TB, history []stravatest.Activity, config fitness.Config) *gateway {
	tb.Helper()
	clock := &clock{now: noon}
	fake := stravatest.Start(tb, stravatest.Config{Now: clock.Now, Activities: history})
	config.Strava = newClient(tb, strava.Config{BaseURL: fake.APIURL(), Tokens: minted{fake}, Now: clock.Now})
	config.Now = clock.Now
	if config.Tokens == nil {
		config.Tokens = grant{State: tokens.StateConnected}
	}
	g := &gateway{fake: fake, clock: clock}
	config.History = func(source *fitness.Source) (_ fitness.History, err error) {
		g.mirror, err = mirror.New(mirror.Config{Source: source, Store: mirror.NewMemoryStore(), Now: clock.Now})
		return g.mirror, err
	}
	g.Service = newService(tb, config)
	tb.Cleanup(func() { g.close(tb) })
	return g
}

// close ends the service and what it reads from.
func (g *gateway) close(tb testing.TB) {
	tb.Helper()
	if err := errors.Join(g.Close(context.Background()), g.mirror.Close(context.Background())); err != nil {
		tb.Errorf("close: %v", err)
	}
}

// calls is how often Strava was asked since the test began.
func (g *gateway) calls(operation string) int { return g.fake.Calls()[operation] }

// list are all activities, the newest first; a test has less than two hundred of interest. The first list waits until the
// copy is complete, which a query would not.
func (g *gateway) list(tb testing.TB, filter *fitness.ActivityFilter) *fitness.ActivityPage {
	tb.Helper()
	if !g.Status(asOwner(tb)).Mirror.Complete {
		g.sync(tb)
	}
	page, err := g.Activities(asOwner(tb), fitness.ActivitiesQuery{Filter: filter, First: new(200)})
	if err != nil {
		tb.Fatalf("list activities: %v", err)
	}
	return page
}

func (g *gateway) sync(tb testing.TB) {
	tb.Helper()
	if err := g.Sync(asOwner(tb)); err != nil {
		tb.Fatalf("sync: %v", err)
	}
}

// expectCalls checks how often Strava was asked since the test began.
func (g *gateway) expectCalls(tb testing.TB, operation string, want int) {
	tb.Helper()
	if got := g.calls(operation); got != want {
		tb.Errorf("%s was called %d times, want %d", operation, got, want)
	}
}

// daily is a run a day, the newest yesterday.
func daily(count int) []stravatest.Activity {
	var history []stravatest.Activity
	for day := range count {
		history = append(history, stravatest.Activity{Start: noon.AddDate(0, 0, -1-day), Distance: 1000})
	}
	return history
}
