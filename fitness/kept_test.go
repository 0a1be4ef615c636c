package fitness_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
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
			athlete, err := g.Athlete(t.Context())
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
	athlete, err := g.Athlete(tb.Context())
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
		_, err := g.Athlete(t.Context())
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
		totals, err := g.StravaTotals(t.Context())
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
