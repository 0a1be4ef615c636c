package fitness_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"domestique/fitness"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

func TestAnUpdateIsInEverythingAtOnce(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
	before := g.list(t, nil).Activities[0]
	if got := *g.detailsOf(t, before).Description; got != "Old words." {
		t.Fatalf("got description %q", got)
	}
	g.athlete(t)
	version, listed, profiles := g.DataVersion(asOwner(t)), g.calls(listCall), g.calls(athleteCall)

	updated, err := g.UpdateActivity(asOwner(t), fitness.UpdateActivityInput{
		ID: before.ID(), Name: new("Renamed"), Description: new("New words."), Sport: new(fitness.SportTrailRun),
		Gear: new("none"), IsCommute: new(true), HideFromHome: new(true),
	})
	if err != nil {
		t.Fatalf("update: %v", err)
	}
	if updated.Name != "Renamed" || updated.Sport != fitness.SportTrailRun || updated.GearID != "" || !updated.IsCommute {
		t.Errorf("got %+v", updated)
	}
	if got := names(g.list(t, nil).Activities); !slices.Equal(got, []string{"Renamed", "Older"}) {
		t.Errorf("the list has %v", got)
	}
	if got := *g.detailsOf(t, updated).Description; got != "New words." {
		t.Errorf("got description %q after the update", got)
	}
	if g.DataVersion(asOwner(t)) == version {
		t.Error("the version is that of before")
	}
	g.athlete(t) // It tells the distance of the shoes, which have lost a run.
	g.expectCalls(t, updateCall, 1)
	g.expectCalls(t, listCall, listed)
	g.expectCalls(t, activityCall, 2)
	g.expectCalls(t, athleteCall, profiles+1)
}

// Only what the update names is sent.
func TestAnUpdateLeavesTheRest(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{})
	before := g.list(t, nil).Activities[0]
	g.detailsOf(t, before)
	updated, err := g.UpdateActivity(asOwner(t), fitness.UpdateActivityInput{ID: stravaID(before), Description: new("")})
	if err != nil || updated.Name != "Newer" || updated.GearID != "g1" {
		t.Errorf("got %+v, %v", updated, err)
	}
	if got := g.detailsOf(t, updated).Description; got != nil {
		t.Errorf("got description %q", *got)
	}
}

// Details that were asked for before an update and come after it are not kept.
func TestDetailsUnderWayDoNotUndoAWrite(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
	newest := g.list(t, nil).Activities[0]
	arrived, release := make(chan struct{}), make(chan struct{})
	g.fake.Fault(stravatest.Fault{
		Method: http.MethodGet, Path: "/activities/{id}", Arrived: func() { close(arrived) }, Until: release,
		Body: fmt.Sprintf(`{"id": %d, "description": "Old words."}`, newest.StravaID),
	})
	late := make(chan error)
	go func() { _, err := g.Details(asOwner(t), newest); late <- err }()
	<-arrived
	updated, err := g.UpdateActivity(asOwner(t), fitness.UpdateActivityInput{ID: newest.ID(), Description: new("New words.")})
	if err != nil {
		t.Fatalf("update: %v", err)
	}
	if got := *g.detailsOf(t, updated).Description; got != "New words." {
		t.Errorf("got description %q while the old answer is on its way", got)
	}
	close(release)
	if err := <-late; err != nil {
		t.Fatalf("details: %v", err)
	}
	if got := *g.detailsOf(t, updated).Description; got != "New words." {
		t.Errorf("got description %q after the old answer", got)
	}
}

// What an update of unknown outcome did shows at once, also where the newest page of the list does not reach.
func TestAnUpdateOfUnknownOutcomeShows(t *testing.T) {
	t.Parallel()
	g := newWriter(t, daily(250), everyScope(), tokens.Status{Scopes: everyScope()})
	g.sync(t)
	oldest, err := g.Activities(asOwner(t), fitness.ActivitiesQuery{Last: new(1)})
	if err != nil {
		t.Fatalf("list activities: %v", err)
	}
	old := oldest.Activities[0]
	g.detailsOf(t, old)
	g.fake.Fault(stravatest.Fault{Method: http.MethodPut, ApplyThenFail: true})
	input := fitness.UpdateActivityInput{ID: old.ID(), Name: new("Renamed"), Description: new("New words.")}
	_, err = g.UpdateActivity(asOwner(t), input)
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
	found, err := g.Activity(asOwner(t), old.ID())
	if err != nil || found.Name != "Renamed" || *g.detailsOf(t, found).Description != "New words." {
		t.Errorf("got %+v, %v", found, err)
	}
	g.expectCalls(t, updateCall, 1)
}

// Where a fill has not come to an activity, Strava decides whether there is one.
func TestAnUpdateOfWhatIsNotReadYet(t *testing.T) {
	t.Parallel()
	g := newWriter(t, daily(250), everyScope(), tokens.Status{Scopes: everyScope()})
	arrived, release := make(chan struct{}), make(chan struct{})
	g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Arrived: func() {
		g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Arrived: func() { close(arrived) }, Until: release})
	}})
	if got := total(t, g.Service); got != 200 {
		t.Fatalf("got %d activities, want those of the first page", got)
	}
	<-arrived
	old := (&fitness.Activity{StravaID: g.fake.AddActivity(stravatest.Activity{Start: noon.AddDate(-2, 0, 0)})}).ID()
	updated, err := g.UpdateActivity(asOwner(t), fitness.UpdateActivityInput{ID: old, Name: new("Renamed")})
	if err != nil || updated.Name != "Renamed" {
		t.Errorf("got %+v, %v", updated, err)
	}
	_, err = g.UpdateActivity(asOwner(t), fitness.UpdateActivityInput{ID: "4711", Name: new("Renamed")})
	refused(t, err, fitness.CodeBadUserInput, "input.id")
	close(release)
	g.sync(t)
	if found, err := g.Activity(asOwner(t), old); err != nil || found.Name != "Renamed" {
		t.Errorf("got %+v, %v", found, err)
	}
}
