package fitness_test

import (
	"net/http"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/strava/stravatest"
)

// publicAndNot are activities of three sports. The newest run and the newest swim are not for everyone.
func publicAndNot() []stravatest.Activity {
	at := func(days int) time.Time { return noon.AddDate(0, 0, -days) }
	return []stravatest.Activity{
		{Name: "hidden run", Sport: "Run", Start: at(1), Visibility: "only_me", Photos: 1},
		{Name: "run", Sport: "Run", Start: at(2), Photos: 1},
		{Name: "older run", Sport: "Run", Start: at(3), Photos: 1},
		{Name: "ride", Sport: "Ride", Start: at(4), Photos: 1},
		{Name: "swim for friends", Sport: "Swim", Start: at(5), Visibility: "followers_only"},
	}
}

func (g *gateway) keepWarm(tb testing.TB) {
	tb.Helper()
	if err := g.KeepWarm(asOwner(tb)); err != nil {
		tb.Fatalf("keep details warm: %v", err)
	}
}

func TestTheNewestPublicActivityOfEachSportIsKeptWarm(t *testing.T) {
	t.Parallel()
	g := newGateway(t, publicAndNot(), fitness.Config{})
	g.keepWarm(t) // There is no copy yet.
	g.expectCalls(t, activityCall, 0)
	g.sync(t)
	g.keepWarm(t)
	g.expectCalls(t, activityCall, 2)

	// What is held costs nothing, and is there when Strava is not.
	for range 5 * 24 * 4 {
		g.clock.advance(15 * time.Minute)
		if g.clock.Now().Minute() == 0 && g.clock.Now().Hour()%12 == 0 {
			g.sync(t) // Or the copy would be too old at last.
		}
		if g.clock.Now().Sub(noon) < 5*24*time.Hour {
			g.keepWarm(t)
		}
	}
	g.expectCalls(t, activityCall, 2)
	repair := g.fake.Fault(stravatest.Fault{Path: "/activities/{id}", Status: http.StatusBadGateway, Times: stravatest.Always})
	for _, a := range g.list(t, nil).Activities {
		if a.Name == "run" || a.Name == "ride" {
			if photo, err := g.PrimaryPhoto(asOwner(t), a); err != nil || photo == nil {
				t.Errorf("the photo of the %s: %v, %v", a.Name, photo, err)
			}
		}
	}
	repair()

	// They are read again days before they have to go.
	calls := g.calls(activityCall)
	g.clock.advance(time.Minute)
	g.keepWarm(t)
	g.expectCalls(t, activityCall, calls+2)
	g.keepWarm(t)
	g.expectCalls(t, activityCall, calls+2)
}

func TestWarmDetailsFollowTheList(t *testing.T) {
	t.Parallel()
	g := newGateway(t, publicAndNot(), fitness.Config{})
	g.sync(t)
	g.keepWarm(t)
	g.expectCalls(t, activityCall, 2)
	ride := g.list(t, &fitness.ActivityFilter{Sports: []fitness.Sport{"RIDE"}}).Activities[0]
	g.fake.EditActivity(ride.StravaID, func(a *stravatest.Activity) { a.Name = "renamed" })
	g.fake.AddActivity(stravatest.Activity{Name: "newest run", Sport: "Run", Start: noon.Add(-time.Hour)})
	g.clock.advance(time.Minute)
	g.sync(t)
	g.keepWarm(t)
	g.expectCalls(t, activityCall, 4)
	g.keepWarm(t)
	g.expectCalls(t, activityCall, 4)
}

// Strava answers 500 for a corrupt activity for ever: it is not asked each time, and holds up no other.
func TestACorruptActivityIsNotKeptWarm(t *testing.T) {
	t.Parallel()
	g := newGateway(t, publicAndNot(), fitness.Config{})
	g.fake.Fault(stravatest.Fault{Path: "/activities/{id}", Status: http.StatusInternalServerError})
	g.sync(t)
	for range 20 {
		g.keepWarm(t)
		g.clock.advance(15 * time.Minute)
	}
	g.expectCalls(t, activityCall, 2) // the run's, which fails, and the ride's
	g.clock.advance(2 * time.Hour)
	g.keepWarm(t)
	g.expectCalls(t, activityCall, 3)
}

// Details are nobody's need: a round ends with the quota that may be spent on them, or with Strava.
func TestKeepingWarmGivesWay(t *testing.T) {
	t.Parallel()
	g := newGateway(t, publicAndNot(), fitness.Config{})
	g.sync(t)
	calls := g.calls(activityCall)
	g.fake.SetUsage([2]int{95, 95}, [2]int{95, 95})
	g.sync(t) // It hears of the quota.
	refused(t, g.KeepWarm(asOwner(t)), fitness.CodeRateLimited, "")
	g.expectCalls(t, activityCall, calls)

	g.clock.advance(time.Hour)
	g.fake.Fault(stravatest.Fault{Status: http.StatusServiceUnavailable, Times: stravatest.Always})
	refused(t, g.KeepWarm(asOwner(t)), fitness.CodeUpstreamUnavailable, "")
	g.expectCalls(t, activityCall, calls+2)
}

// Where something is public, anybody is told who it is of, though the owner has never asked.
func TestTheAthleteIsKeptWarmWhereSomethingIsPublic(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(1), fitness.Config{Tokens: pinned(), Public: &fitness.Projection{}})
	g.sync(t)
	if err := g.KeepWarm(asOwner(t)); err != nil {
		t.Fatal(err)
	}
	if athlete, err := g.Athlete(asAnybody(t)); err != nil || athlete.FirstName == nil {
		t.Errorf("anybody is told %+v, %v", athlete, err)
	}
	before := g.calls(athleteCall)
	if err := g.KeepWarm(asOwner(t)); err != nil || g.calls(athleteCall) != before {
		t.Errorf("%v, and %d more calls", err, g.calls(athleteCall)-before)
	}
}
