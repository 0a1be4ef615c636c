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

	"github.com/google/go-cmp/cmp"

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
	g.expectCalls(t, listCall, 5) // 200, 200, 50 and, twice, the empty page that is the end

	g.list(t, nil)
	g.expectCalls(t, listCall, 5)
	g.expectCalls(t, athleteCall, 1) // whose list it is
}

func TestAShortPageIsNotTheEnd(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(250), fitness.Config{})
	g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Status: http.StatusOK, Body: shortPage})

	if got := g.list(t, nil).TotalCount; got != 51 {
		t.Errorf("got %d activities, want the one of the short page and the 50 of the next", got)
	}
}

const shortPage = `[{"id": 1, "name": "Alone", "sport_type": "Run", "start_date": "2026-11-22T08:00:00Z",
	"start_date_local": "2026-11-22T08:00:00Z"}]`

func TestQueriesShareTheFirstFill(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(250), fitness.Config{})
	arrived, release := make(chan struct{}), make(chan struct{})
	g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Arrived: func() { close(arrived) }, Until: release})

	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			if _, err := g.Stats(t.Context(), nil); err != nil {
				t.Errorf("make stats: %v", err)
			}
			if _, err := g.Activities(t.Context(), fitness.ActivitiesQuery{}); err != nil {
				t.Errorf("list activities: %v", err)
			}
		})
	}
	<-arrived
	close(release)
	group.Wait()
	g.expectCalls(t, listCall, 4)
}

// The fill belongs to nobody: who asked for it may leave, and who asks next finds it done.
func TestTheFirstFillOutlivesItsQuery(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	arrived, release := make(chan struct{}), make(chan struct{})
	g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Arrived: func() { close(arrived) }, Until: release})

	ctx, cancel := context.WithCancel(t.Context())
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
	if got := g.list(t, nil).TotalCount; got != 3 {
		t.Errorf("got %d activities, want 3", got)
	}
	g.expectCalls(t, listCall, 3)
}

func TestACancelledQueryAsksNothing(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := g.Activities(ctx, fitness.ActivitiesQuery{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want that the context was cancelled", err)
	}
	g.expectCalls(t, listCall, 0)
}

// Pages shift by one when an activity is added while they are read.
func TestAnActivityThatComesTwiceCountsOnce(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(300), fitness.Config{})
	pages := 0
	g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Times: 2, Arrived: func() {
		if pages++; pages == 2 {
			g.fake.AddActivity(stravatest.Activity{Start: noon.Add(-time.Hour)})
		}
	}})
	if got := g.list(t, nil).TotalCount; got != 300 {
		t.Errorf("got %d activities, want the 300 that were there", got)
	}
	g.sync(t)
	if got := g.list(t, nil).TotalCount; got != 301 {
		t.Errorf("got %d activities after a sync, want 301", got)
	}
}

func TestSyncReadsUntilNothingIsNew(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(450), fitness.Config{})
	if g.DataVersion() != 0 {
		t.Error("there is a version of nothing")
	}
	before := g.list(t, nil)
	g.expectCalls(t, listCall, 5)

	version := g.DataVersion()
	g.sync(t)
	g.expectCalls(t, listCall, 6)
	if version == 0 || g.DataVersion() != version {
		t.Errorf("the version went from %d to %d without news", version, g.DataVersion())
	}
	if diff := cmp.Diff(ids(before.Activities), ids(g.list(t, nil).Activities)); diff != "" {
		t.Errorf("a sync without news changed something (-before +after):\n%s", diff)
	}

	g.fake.AddActivity(stravatest.Activity{Start: noon.Add(-time.Hour), Name: "New"})
	g.sync(t)
	g.expectCalls(t, listCall, 8) // the page with the new one, and one with nothing new
	if g.DataVersion() <= version {
		t.Errorf("the version went from %d to %d with a new activity", version, g.DataVersion())
	}
	page := g.list(t, nil)
	if page.TotalCount != 451 || page.Activities[0].Name != "New" {
		t.Errorf("got %d activities, the newest %q", page.TotalCount, page.Activities[0].Name)
	}
}

func TestSyncNoticesWhatWasEditedAndDeleted(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(450), fitness.Config{})
	page := g.list(t, nil)
	recent, edited := page.Activities[10].StravaID, page.Activities[20].StravaID
	old := oldest(t, g)

	g.fake.DeleteActivity(recent)
	g.fake.DeleteActivity(old)
	g.fake.EditActivity(edited, func(a *stravatest.Activity) { a.Name = "Better name" })
	g.sync(t)
	if got := named(t, g, edited); got != "Better name" {
		t.Errorf("the edited activity is named %q", got)
	}
	if got := named(t, g, recent); got != "" {
		t.Errorf("the deleted activity is still there, named %q", got)
	}
	if got := named(t, g, old); got == "" {
		t.Error("a sync of the newest page took away what lies beyond it")
	}

	g.clock.advance(23 * time.Hour)
	g.sync(t)
	if got := named(t, g, old); got == "" {
		t.Error("the whole list was walked too early")
	}
	g.clock.advance(time.Hour)
	g.sync(t)
	if got := named(t, g, old); got != "" {
		t.Error("a day later the old activity that was deleted is still there")
	}
	if got := g.list(t, nil).TotalCount; got != 448 {
		t.Errorf("got %d activities, want 448", got)
	}
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

// oldest is the id of the first activity.
func oldest(tb testing.TB, g *gateway) int64 {
	tb.Helper()
	page, err := g.Activities(tb.Context(), fitness.ActivitiesQuery{Last: new(1)})
	if err != nil {
		tb.Fatalf("list activities: %v", err)
	}
	return page.Activities[0].StravaID
}

// named is the name of the activity, "" if there is none.
func named(tb testing.TB, g *gateway, id int64) string {
	tb.Helper()
	activity, err := g.Activity(tb.Context(), (&fitness.Activity{StravaID: id}).ID())
	if err != nil {
		tb.Fatalf("find activity: %v", err)
	}
	if activity == nil {
		return ""
	}
	return activity.Name
}

func TestWhatIsHeldIsAnsweredWhileStravaIsDown(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	g.list(t, nil)
	syncedAt := *g.Status(t.Context()).Mirror.SyncedAt

	g.fake.Fault(stravatest.Fault{Status: http.StatusInternalServerError, Body: `{"message":"error"}`, Times: stravatest.Always})
	g.clock.advance(time.Hour)
	refused(t, g.Sync(t.Context()), fitness.CodeUpstreamUnavailable, "")
	if got := g.list(t, nil).TotalCount; got != 3 {
		t.Errorf("got %d activities, want the 3 that are held", got)
	}
	if got := *g.Status(t.Context()).Mirror.SyncedAt; !got.Equal(syncedAt) {
		t.Errorf("the copy is said to be of %v, but is of %v", got, syncedAt)
	}
}

// API Policy 6.2: nothing is kept longer than a week, so after one of silence nothing is left to give.
func TestAWeekOldCopyIsGivenNoMore(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{})
	g.list(t, nil)
	version := g.DataVersion()
	repair := g.fake.Fault(stravatest.Fault{Status: http.StatusServiceUnavailable, Times: stravatest.Always})
	g.clock.advance(7*24*time.Hour - time.Second)
	refused(t, g.Sync(t.Context()), fitness.CodeUpstreamUnavailable, "")
	g.list(t, nil)

	g.clock.advance(time.Second)
	_, err := g.Activities(t.Context(), fitness.ActivitiesQuery{})
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
	if got := g.Status(t.Context()).Mirror; got.Complete || got.Activities != 0 || g.DataVersion() != 0 {
		t.Errorf("got %+v, version %d", got, g.DataVersion())
	}

	repair()
	g.sync(t)
	if got := g.list(t, nil).TotalCount; got != 3 || g.DataVersion() <= version {
		t.Errorf("got %d activities of version %d, after version %d", got, g.DataVersion(), version)
	}
}

// An empty page is the end of the list, or one bad answer.
func TestAnEmptyPageIsBelievedWhenItComesTwice(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(450), fitness.Config{})
	for _, page := range []int{3, 1, 2} { // in the first fill, in a sync of the newest, in a walk over all
		if good := page - 1; good > 0 {
			g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Times: good})
		}
		g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Status: http.StatusOK, Body: "[]"})
		g.sync(t)
		if got := g.list(t, nil).TotalCount; got != 450 {
			t.Errorf("got %d activities with a bad page %d, want 450", got, page)
		}
		if page == 1 {
			g.clock.advance(24 * time.Hour)
		}
	}
}

func TestAFailedFirstFillIsAskedForAgain(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(250), fitness.Config{})
	g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Status: http.StatusBadGateway})
	_, err := g.Activities(t.Context(), fitness.ActivitiesQuery{})
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
	g.clock.advance(5 * time.Second)
	if got := g.list(t, nil).TotalCount; got != 250 {
		t.Errorf("got %d activities, want 250", got)
	}
}

// A first fill that the rate limit ends leaves nothing half: what is there is all or an error.
func TestARateLimitedFirstFillWaitsForItsTime(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(450), fitness.Config{})
	g.fake.SetUsage([2]int{98, 98}, [2]int{98, 98})
	for range 3 {
		_, err := g.Stats(t.Context(), nil)
		refused(t, err, fitness.CodeRateLimited, "")
		limit, _ := errors.AsType[*fitness.Error](err)
		if want := noon.Add(15 * time.Minute); !limit.RetryAt.Equal(want) {
			t.Errorf("got retry at %v, want %v", limit.RetryAt, want)
		}
	}
	spent := g.calls(listCall)
	if spent > 3 {
		t.Errorf("the list was asked for %d times although the quota was spent", spent)
	}
	if g.Status(t.Context()).Mirror.Complete {
		t.Error("half a list counts as complete")
	}

	g.clock.advance(15 * time.Minute)
	if got := g.list(t, nil).TotalCount; got != 450 {
		t.Errorf("got %d activities, want 450", got)
	}
	g.expectCalls(t, listCall, spent+5)
}

// Where no job syncs, a query begins it, and does not wait for it.
func TestAQuerySyncsWhatIsOld(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(3), fitness.Config{SyncEvery: 15 * time.Minute})
	g.list(t, nil)
	g.clock.advance(15*time.Minute - time.Second)
	g.list(t, nil)
	g.expectCalls(t, listCall, 3)

	arrived, release := make(chan struct{}), make(chan struct{})
	g.fake.Fault(stravatest.Fault{Path: "/athlete/activities", Arrived: func() { close(arrived) }, Until: release})
	g.fake.AddActivity(stravatest.Activity{Start: noon.Add(-time.Hour), Name: "New"})
	g.clock.advance(time.Second)
	for range 3 {
		if got := g.list(t, nil).TotalCount; got != 3 {
			t.Errorf("got %d activities, want the 3 that are held", got)
		}
	}
	<-arrived
	g.expectCalls(t, listCall, 4)
	close(release)
	g.sync(t)
	if got := g.list(t, nil).TotalCount; got != 4 {
		t.Errorf("got %d activities, want 4", got)
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
		_, err := g.Activities(t.Context(), fitness.ActivitiesQuery{})
		failed <- err
	}()
	<-arrived
	if err := g.Close(t.Context()); err != nil {
		t.Errorf("close: %v", err)
	}
	_, err := g.StravaTotals(t.Context())
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
		got, err := g.Activity(t.Context(), id)
		if err != nil || got != found {
			t.Errorf("%q finds %v, %v", id, got, err)
		}
	}
	if got, err := g.Activity(t.Context(), "1"); got != nil || err != nil {
		t.Errorf("1 finds %v, %v", got, err)
	}
	ofAthlete := (&fitness.Athlete{StravaID: found.StravaID}).ID()
	for _, id := range []string{"", "-1", "+1", "01", "x", "99999999999999999999", found.ID() + "A", ofAthlete} {
		_, err := g.Activity(t.Context(), id)
		refused(t, err, fitness.CodeBadUserInput, "id")
	}
	g.expectCalls(t, activityCall, 0)
}
