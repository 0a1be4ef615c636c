package fitness_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

// Whoever has just connected sees the list grow, without having asked for anything.
func TestAFillIsBegunAndTold(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(450), fitness.Config{})
	if got := g.Fill(asOwner(t)); got.Activities == 0 || got.Trouble != "" {
		t.Errorf("at once: %+v, want some activities and no trouble", got)
	}
	g.sync(t)
	if diff := cmp.Diff(fitness.Fill{Activities: 450, Complete: true}, g.Fill(asOwner(t))); diff != "" {
		t.Errorf("in the end (-want +got):\n%s", diff)
	}
	if got := g.Fill(asAnybody(t)); got != (fitness.Fill{}) {
		t.Errorf("anybody is told %+v", got)
	}
}

func TestAFillTellsWhatIsInItsWay(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Status: http.StatusTooManyRequests, Times: 100})
	want := fitness.Fill{Trouble: "Strava's rate limit is spent. Try again later."}
	if diff := cmp.Diff(want, g.Fill(asOwner(t))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A page waits for the first activities for so long and no longer; that it gave up is no trouble.
func TestAFillGoesOnWhenNobodyWaits(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	arrived, release := make(chan struct{}), make(chan struct{})
	g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Arrived: func() { close(arrived) }, Until: release})
	ctx, giveUp := context.WithCancel(asOwner(t))
	go func() {
		<-arrived
		giveUp()
	}()
	if got := g.Fill(ctx); got != (fitness.Fill{}) {
		t.Errorf("when it was given up: %+v, want nothing yet", got)
	}
	close(release)
	g.sync(t)
	if got := g.Fill(asOwner(t)); got.Activities != 3 || g.calls(athleteCall) != 1 {
		t.Errorf("in the end: %+v after %d fills", got, g.calls(athleteCall))
	}
}

// A gateway that runs before it is connected has failed to sync. That stands until the first fill is over, and is no trouble
// while it goes on.
func TestAFillForgetsThatNobodyWasConnected(t *testing.T) {
	t.Parallel()
	history := begun{&listed{activities: []*fitness.Activity{{StravaID: 1}}}}
	service := newService(t, fitness.Config{History: func(*fitness.Source) (fitness.History, error) { return history, nil }})
	if diff := cmp.Diff(fitness.Fill{Activities: 1}, service.Fill(asOwner(t))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if status := service.Status(asOwner(t)); status.Connection != fitness.ConnectionStateConnected || status.Hint != nil {
		t.Errorf("meanwhile the owner is told %s and %v", status.Connection, status.Hint)
	}
}

// begun is a history on its way, the first attempt of which was made without a grant.
type begun struct{ *listed }

func (b begun) Held() (*fitness.Snapshot, error) {
	return &fitness.Snapshot{Activities: b.activities}, fmt.Errorf("fetch the athlete: %w", tokens.ErrNotConnected)
}
