package fitness_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/strava/stravatest"
)

func TestTheFirstQueryReadsTheWholeListOnce(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(450), fitness.Config{})

	page := g.list(t, nil)
	if page.TotalCount != 450 || len(page.Activities) != 200 {
		t.Errorf("got %d of %d activities", len(page.Activities), page.TotalCount)
	}
	newestFirst := slices.IsSortedFunc(page.Activities, func(a, b *fitness.Activity) int { return b.StartedAt.Compare(a.StartedAt) })
	if !newestFirst {
		t.Error("the newest are not first")
	}
	g.expectCalls(t, listCall, 3) // 200, 50 and, from the other end, 200

	g.list(t, nil)
	g.expectCalls(t, listCall, 3)
	g.expectCalls(t, athleteCall, 1) // whose list it is
}

func TestQueriesShareTheFirstFill(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(250), fitness.Config{})
	arrived, release := make(chan struct{}), make(chan struct{})
	g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Arrived: func() { close(arrived) }, Until: release})

	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := g.Stats(asOwner(t), nil); err != nil {
				t.Errorf("make stats: %v", err)
			}
			if _, err := g.Activities(asOwner(t), fitness.ActivitiesQuery{}); err != nil {
				t.Errorf("list activities: %v", err)
			}
		})
	}
	<-arrived
	close(release)
	group.Wait()
	if got := g.calls(listCall); got > 2 {
		t.Errorf("the list was asked for %d times, want 2", got)
	}
}

// The fill belongs to nobody: who asked for it may leave, and who asks next finds it done.
func TestTheFirstFillOutlivesItsQuery(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	arrived, release := make(chan struct{}), make(chan struct{})
	g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Arrived: func() { close(arrived) }, Until: release})

	ctx, cancel := context.WithCancel(asOwner(t))
	failed := make(chan error)
	go func() {
		_, err := g.Activities(ctx, fitness.ActivitiesQuery{})
		failed <- err
	}()
	<-arrived
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want that the context was cancelled", err)
	}
	close(release)
	page, err := g.Activities(asOwner(t), fitness.ActivitiesQuery{})
	if err != nil || page.TotalCount != 3 {
		t.Errorf("got %+v, %v; want 3 activities", page, err)
	}
	if got := g.calls(listCall); got > 2 {
		t.Errorf("the list was asked for %d times, want 2", got)
	}
}

func TestACancelledQueryAsksNothing(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	ctx, cancel := context.WithCancel(asOwner(t))
	cancel()
	if _, err := g.Activities(ctx, fitness.ActivitiesQuery{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want that the context was cancelled", err)
	}
	g.expectCalls(t, listCall, 0)
}

func TestSyncEmptiesTheListWithStrava(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(2), fitness.Config{})
	for _, id := range ids(g.list(t, nil).Activities) {
		g.fake.DeleteActivity(id)
	}
	g.sync(t)
	if got := g.list(t, nil).TotalCount; got != 0 {
		t.Errorf("got %d activities, want none", got)
	}
}

func TestWhatIsHeldIsAnsweredWhileStravaIsDown(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	g.list(t, nil)
	syncedAt := *g.Status(asOwner(t)).Mirror.SyncedAt

	g.fake.Fault(stravatest.Fault{Status: http.StatusInternalServerError, Body: `{"message":"error"}`, Times: stravatest.Always})
	g.clock.advance(time.Hour)
	refused(t, g.Sync(asOwner(t)), fitness.CodeUpstreamUnavailable, "")
	if got := g.list(t, nil).TotalCount; got != 3 {
		t.Errorf("got %d activities, want the 3 that are held", got)
	}
	if got := *g.Status(asOwner(t)).Mirror.SyncedAt; !got.Equal(syncedAt) {
		t.Errorf("the copy is said to be of %v, but is of %v", got, syncedAt)
	}
}

// API Policy 6.2: nothing is kept longer than a week, so after one of silence nothing is left to give.
func TestAWeekOldCopyIsGivenNoMore(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	g.list(t, nil)
	version := g.DataVersion(asOwner(t))
	repair := g.fake.Fault(stravatest.Fault{Status: http.StatusServiceUnavailable, Times: stravatest.Always})
	g.clock.advance(7*24*time.Hour - time.Second)
	refused(t, g.Sync(asOwner(t)), fitness.CodeUpstreamUnavailable, "")
	g.list(t, nil)

	g.clock.advance(time.Second)
	_, err := g.Activities(asOwner(t), fitness.ActivitiesQuery{})
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
	if got := g.Status(asOwner(t)).Mirror; got.Complete || got.Activities != 0 || g.DataVersion(asOwner(t)) != 0 {
		t.Errorf("got %+v, version %d", got, g.DataVersion(asOwner(t)))
	}

	repair()
	g.sync(t)
	if got := g.list(t, nil).TotalCount; got != 3 || g.DataVersion(asOwner(t)) <= version {
		t.Errorf("got %d activities of version %d, after version %d", got, g.DataVersion(asOwner(t)), version)
	}
}

func TestAFailedFirstFillIsAskedForAgain(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(250), fitness.Config{})
	g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Status: http.StatusBadGateway})
	_, err := g.Activities(asOwner(t), fitness.ActivitiesQuery{})
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
	g.clock.advance(5 * time.Second)
	if got := g.list(t, nil).TotalCount; got != 250 {
		t.Errorf("got %d activities, want 250", got)
	}
}

func TestCloseEndsWhatGoesOn(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	arrived, release := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(release) })
	g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Arrived: func() { close(arrived) }, Until: release})
	failed := make(chan error)
	go func() {
		_, err := g.Activities(asOwner(t), fitness.ActivitiesQuery{})
		failed <- err
	}()
	<-arrived
	g.close(t)
	_, err := g.StravaTotals(asOwner(t))
	for _, err := range []error{<-failed, err} {
		refused(t, err, fitness.CodeUpstreamUnavailable, "")
		if !strings.Contains(err.Error(), "shutting down") {
			t.Errorf("got error %v, want that the gateway is shutting down", err)
		}
	}
	g.expectCalls(t, totalsCall, 0)
}

func TestActivitiesAreFoundByEitherID(t *testing.T) {
	t.Parallel()
	g := newGateway(t, []stravatest.Activity{{Name: "Found", Start: noon.Add(-time.Hour)}}, fitness.Config{})
	found := g.list(t, nil).Activities[0]
	for _, id := range []string{found.ID(), stravaID(found)} {
		got, err := g.Activity(asOwner(t), id)
		if err != nil || got != found {
			t.Errorf("%q finds %v, %v", id, got, err)
		}
	}
	if got, err := g.Activity(asOwner(t), "1"); got != nil || err != nil {
		t.Errorf("1 finds %v, %v", got, err)
	}
	ofAthlete := (&fitness.Athlete{StravaID: found.StravaID}).ID()
	for _, id := range []string{"", "-1", "+1", "01", "x", "99999999999999999999", found.ID() + "A", ofAthlete} {
		_, err := g.Activity(asOwner(t), id)
		refused(t, err, fitness.CodeBadUserInput, "id")
	}
	g.expectCalls(t, activityCall, 0)
}
