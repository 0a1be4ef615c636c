package fitness_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"domestique/fitness"
	"domestique/strava/stravatest"
)

func stravaID(a *fitness.Activity) string { return strconv.FormatInt(a.StravaID, 10) }

func TestTheAthleteIsAskedForOnceAnHour(t *testing.T) {
	t.Parallel()
	g := newGateway(t, []stravatest.Activity{}, fitness.Config{})
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			athlete, err := g.Athlete(asOwner(t))
			if err != nil || athlete.FirstName == nil {
				t.Errorf("got %v, %v", athlete, err)
			}
		})
	}
	group.Wait()
	g.expectCalls(t, athleteCall, 1)

	g.clock.advance(time.Hour - time.Second)
	g.athlete(t)
	g.expectCalls(t, athleteCall, 1)
	g.clock.advance(time.Second)
	g.athlete(t)
	g.expectCalls(t, athleteCall, 2)
}

func (g *gateway) athlete(tb testing.TB) *fitness.Athlete {
	tb.Helper()
	athlete, err := g.Athlete(asOwner(tb))
	if err != nil {
		tb.Fatalf("ask for the athlete: %v", err)
	}
	return athlete
}

func TestAStaleAthleteIsBetterThanNone(t *testing.T) {
	t.Parallel()
	g := newGateway(t, []stravatest.Activity{}, fitness.Config{})
	_ = g.athlete(t)
	repair := g.fake.Fault(stravatest.Fault{Status: http.StatusServiceUnavailable, Times: stravatest.Always})

	g.clock.advance(2 * time.Hour)
	g.athlete(t)
	g.athlete(t)
	g.expectCalls(t, athleteCall, 2) // the second query does not ask what has just failed
	g.clock.advance(time.Minute)
	g.athlete(t)
	g.expectCalls(t, athleteCall, 3)

	g.clock.advance(7*24*time.Hour - 2*time.Hour - time.Minute)
	for range 2 { // nothing is kept longer than a week
		_, err := g.Athlete(asOwner(t))
		refused(t, err, fitness.CodeUpstreamUnavailable, "")
	}

	repair()
	g.clock.advance(5 * time.Second)
	g.athlete(t)
}

func TestStravasTotals(t *testing.T) {
	t.Parallel()
	history := []stravatest.Activity{
		{Sport: "Run", Start: noon.AddDate(0, 0, -2), Distance: 10250, Moving: time.Hour, Climb: 100},
		{Sport: "Run", Start: noon.AddDate(-1, 0, 0), Distance: 5000, Moving: time.Hour},
		{Sport: "Ride", Start: noon.AddDate(0, -6, 0), Distance: 50000, Moving: 2 * time.Hour},
	}
	g := newGateway(t, history, fitness.Config{})
	for range 2 {
		totals, err := g.StravaTotals(asOwner(t))
		if err != nil {
			t.Fatal(err)
		}
		if got := totals.Runs.YearToDate; got.Count != 1 || got.Distance(fitness.LengthUnitKilometers) != 10.25 || got.MovingTime != 3600 {
			t.Errorf("got %+v for the runs of the year", got)
		}
		if got := totals.Runs.AllTime; got.Count != 2 || got.AchievementCount != nil {
			t.Errorf("got %+v for all runs", got)
		}
		if got := totals.Rides.YearToDate; got.Count != 1 || totals.Rides.Recent.Count != 0 || totals.Swims.AllTime.Count != 0 {
			t.Errorf("got %+v for the rides of the year", got)
		}
	}
	g.expectCalls(t, totalsCall, 1)
	g.expectCalls(t, athleteCall, 1) // whose they are
}

// What the list says of an activity decides which of its answers may have changed: a kudo changes no recording.
func TestARowThatChangesDropsWhatRestsOnIt(t *testing.T) {
	t.Parallel()
	g := newGateway(t, []stravatest.Activity{{Start: noon.Add(-time.Hour), Distance: 9000, Photos: 1}}, fitness.Config{})
	ask := func() *fitness.Activity {
		t.Helper()
		a := g.list(t, nil).Activities[0]
		g.detailsOf(t, a)
		if streams := g.streamsOf(t, a, fitness.StreamTypeTime); streams.SampleCount < 100 {
			t.Fatalf("%d samples", streams.SampleCount)
		}
		if photos, err := g.Photos(asOwner(t), a); err != nil || len(photos) != a.PhotoCount {
			t.Fatalf("%d photos of %d, %v", len(photos), a.PhotoCount, err)
		}
		return a
	}
	expect := func(details, streams, photos int) {
		t.Helper()
		g.expectCalls(t, activityCall, details)
		g.expectCalls(t, streamsCall, streams)
		g.expectCalls(t, photosCall, photos)
	}
	a := ask()
	expect(1, 1, 1)
	g.fake.EditActivity(a.StravaID, func(a *stravatest.Activity) { a.Name = "Renamed" })
	g.sync(t)
	ask()
	expect(2, 1, 1)
	g.fake.EditActivity(a.StravaID, func(a *stravatest.Activity) { a.Photos = 2 })
	g.sync(t)
	ask()
	expect(3, 1, 2)
	g.fake.EditActivity(a.StravaID, func(a *stravatest.Activity) { a.Distance = 8000 })
	g.sync(t)
	ask()
	expect(4, 2, 2)
}

func (g *gateway) streamsOf(tb testing.TB, a *fitness.Activity, types ...fitness.StreamType) *fitness.Streams {
	tb.Helper()
	streams, err := g.Streams(asOwner(tb), a, fitness.StreamsQuery{Types: types})
	if err != nil || streams == nil {
		tb.Fatalf("ask for streams: %v, %v", streams, err)
	}
	return streams
}

// A detail of yesterday is better than none while Strava is down, for a week.
func TestStaleDetailsAreBetterThanNone(t *testing.T) {
	t.Parallel()
	g := newGateway(t, []stravatest.Activity{{Start: noon.Add(-time.Hour), Description: "Kept."}}, fitness.Config{})
	a := g.list(t, nil).Activities[0]
	g.detailsOf(t, a)
	g.fake.Fault(stravatest.Fault{Path: "/activities/{id}", Status: http.StatusServiceUnavailable, Times: stravatest.Always})
	g.clock.advance(7*24*time.Hour - time.Second)
	for range 2 {
		if got := g.detailsOf(t, a); got.Description == nil || *got.Description != "Kept." {
			t.Errorf("got %+v", got)
		}
	}
	g.expectCalls(t, activityCall, 2)
	g.clock.advance(time.Second)
	_, err := g.Details(asOwner(t), a)
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
}

// A recording is kept as long as anything may be; a manual entry has none, which is known without a call.
func TestStreamsAreAskedForOnce(t *testing.T) {
	t.Parallel()
	g := newGateway(t, []stravatest.Activity{
		{Start: noon.Add(-time.Hour), Distance: 5000}, {Start: noon.Add(-2 * time.Hour), Distance: 5000, Manual: true},
	}, fitness.Config{})
	activities := g.list(t, nil).Activities
	g.streamsOf(t, activities[0], fitness.StreamTypeTime)
	g.clock.advance(7*24*time.Hour - time.Second)
	g.streamsOf(t, activities[0], fitness.StreamTypeHeartRate, fitness.StreamTypeDistance)
	g.expectCalls(t, streamsCall, 1)
	g.clock.advance(time.Second)
	g.streamsOf(t, activities[0], fitness.StreamTypeTime)
	g.expectCalls(t, streamsCall, 2)

	manual := fitness.StreamsQuery{Types: []fitness.StreamType{fitness.StreamTypeTime}}
	if streams, err := g.Streams(asOwner(t), activities[1], manual); streams != nil || err != nil {
		t.Errorf("got %+v, %v", streams, err)
	}
	manual.Points = new(1)
	_, err := g.Streams(asOwner(t), activities[1], manual)
	refused(t, err, fitness.CodeBadUserInput, "points")
	g.expectCalls(t, streamsCall, 2)
}

// Strava has no samples of what was uploaded a moment ago.
func TestStreamsThatAreNotThereYet(t *testing.T) {
	t.Parallel()
	g := newGateway(t, []stravatest.Activity{{Start: noon.Add(-time.Hour), Distance: 5000}}, fitness.Config{})
	a := g.list(t, nil).Activities[0]
	g.fake.Fault(stravatest.Fault{Path: "/activities/{id}/streams", Status: http.StatusNotFound,
		Body: `{"message":"Record Not Found","errors":[{"resource":"Activity","field":"id","code":"invalid"}]}`})
	query := fitness.StreamsQuery{Types: []fitness.StreamType{fitness.StreamTypeTime}}
	for range 2 {
		if streams, err := g.Streams(asOwner(t), a, query); streams != nil || err != nil {
			t.Errorf("got %+v, %v", streams, err)
		}
	}
	g.expectCalls(t, streamsCall, 1)
	g.clock.advance(time.Minute)
	g.streamsOf(t, a, fitness.StreamTypeTime)
}

// That something was not there a while ago is no answer when Strava is down.
func TestWhatWasGoneIsNotKnownToBeGone(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(1), fitness.Config{})
	for range 2 {
		if gear, err := g.GearByID(asOwner(t), "b1"); gear != nil || err != nil {
			t.Errorf("got %+v, %v", gear, err)
		}
	}
	g.expectCalls(t, "GET /gear/{id}", 1)
	g.fake.Fault(stravatest.Fault{Path: "/gear/{id}", Status: http.StatusServiceUnavailable, Times: stravatest.Always})
	g.clock.advance(time.Minute)
	for range 2 {
		_, err := g.GearByID(asOwner(t), "b1")
		refused(t, err, fitness.CodeUpstreamUnavailable, "")
	}
	g.expectCalls(t, "GET /gear/{id}", 2)
}

// For those who do not subscribe Strava sometimes says no more than 403.
func TestABareRefusalOfWhatSubscribersHave(t *testing.T) {
	t.Parallel()
	g := newGateway(t, daily(1), fitness.Config{})
	a := g.list(t, nil).Activities[0]
	segment := &fitness.Segment{StravaID: 1}
	streams := fitness.StreamsQuery{Types: []fitness.StreamType{fitness.StreamTypeTime}}
	for path, ask := range map[string]func() error{
		"/activities/{id}/zones": func() error { _, err := g.Zones(asOwner(t), a); return err },
		"/segment_efforts":       func() error { _, err := g.SegmentEfforts(asOwner(t), segment); return err },
		"/segment_efforts/{id}":  func() error { _, err := g.SegmentEffortByID(asOwner(t), "1"); return err },
		"/segment_efforts/{id}/streams": func() error {
			_, err := g.SegmentEffortStreams(asOwner(t), &fitness.SegmentEffort{Effort: fitness.Effort{StravaID: 1}}, streams)
			return err
		},
	} {
		g.fake.Fault(stravatest.Fault{Path: path, Status: http.StatusForbidden, Body: `{"message":"Forbidden","errors":[]}`})
		refused(t, ask(), fitness.CodeSubscriptionRequired, "")
	}
}

// The calls that one page sets off take turns, whatever they are for.
func TestFourCallsAtATimeForAllThatAListAsks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		upstream := newHeld()
		service := upstream.service(t)
		var group sync.WaitGroup
		for id := range int64(5) {
			a := &fitness.Activity{StravaID: id + 1, PhotoCount: 1}
			for _, ask := range []func() error{
				func() error { _, err := service.Details(asOwner(t), a); return err },
				func() error { _, err := service.Photos(asOwner(t), a); return err },
				func() error { _, err := service.Zones(asOwner(t), a); return err },
			} {
				group.Go(func() { _ = ask() }) // The body that is held back is no list.
			}
		}
		synctest.Wait()
		if calls, _ := upstream.counted(); calls != 4 {
			t.Errorf("%d calls are under way, want 4", calls)
		}
		close(upstream.gate)
		group.Wait()
		if calls, atATime := upstream.counted(); calls != 15 || atATime != 4 {
			t.Errorf("there were %d calls, %d at a time, want 15 and 4", calls, atATime)
		}
	})
}
