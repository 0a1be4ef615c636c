package fitness_test

import (
	"net/http"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

// A version stays for as long as the answers do, and never comes back.
func TestTheVersionMovesWithWhatIsHeld(t *testing.T) {
	t.Parallel()
	g := newWriter(t, daily(3), everyScope(), tokens.Status{Scopes: everyScope()})
	if got, _ := g.Version(t.Context(), true); got != "" {
		t.Errorf("before anything is held the version is %q", got)
	}
	newest := g.list(t, nil).Activities[0]
	seen := map[string]string{}
	moved := func(what string, want bool) {
		t.Helper()
		got, until := g.Version(t.Context(), true)
		before, known := seen[got]
		if known == want || got == "" {
			t.Errorf("%s: the version is %q, seen before %v (%s)", what, got, known, before)
		}
		seen[got] = what
		if !until.After(g.clock.Now()) || until.After(g.clock.Now().Add(24*time.Hour)) {
			t.Errorf("%s: good until %v at %v", what, until, g.clock.Now())
		}
	}
	moved("the first", true)
	moved("nothing", false)
	g.sync(t)
	moved("a sync that finds nothing", false)
	g.detailsOf(t, newest)
	moved("details that become held", true)
	g.detailsOf(t, newest)
	moved("held details", false)
	g.ForgetActivities(newest.StravaID)
	moved("forgotten details", true)
	g.fake.AddActivity(stravatest.Activity{Start: noon})
	g.sync(t)
	moved("a new activity", true)
	g.clock.advance(13 * time.Hour)
	moved("midnight", true)
	if _, err := g.Disconnect(asOwner(t)); err != nil {
		t.Fatal(err)
	}
	if got, _ := g.Version(t.Context(), true); got != "" {
		t.Errorf("after everything was erased the version is %q", got)
	}
}

// An answer ends with what goes stale first in it, and at the latest a week after the oldest was fetched.
func TestAnAnswerEndsWithWhatIsInIt(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	newest := g.list(t, nil).Activities[0]
	ctx, until := g.Watch(asOwner(t))
	if got := until(); !got.IsZero() {
		t.Errorf("nothing is good until %v", got)
	}
	if _, err := g.Stats(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if want := noon.Add(fitness.KeptAtMost); !until().Equal(want) {
		t.Errorf("sums are good until %v, want %v", until(), want)
	}
	if _, err := g.Details(ctx, newest); err != nil {
		t.Fatal(err)
	}
	if want := noon.Add(time.Hour); !until().Equal(want) {
		t.Errorf("details are good until %v, want %v", until(), want)
	}
	g.clock.advance(2 * time.Hour)
	g.fake.Fault(stravatest.Fault{Path: "/activities/{id}", Status: http.StatusBadGateway, Times: stravatest.Always})
	ctx, until = g.Watch(asOwner(t))
	if _, err := g.Details(ctx, newest); err != nil {
		t.Fatal(err)
	}
	if until().After(g.clock.Now()) {
		t.Errorf("stale details are good until %v, at %v", until(), g.clock.Now())
	}
}
