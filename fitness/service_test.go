package fitness_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/strava/stravatest"
)

// sportOnASite is what a static site shows of a sport.
type sportOnASite struct {
	latest string  // name and date, "" for none
	photo  bool    // whether the latest one has one
	done   float64 // kilometres this year
	share  float64 // of the year's target
}

// onASite asks what started it all: the latest of a sport, and the year so far against a target in kilometres.
func onASite(tb testing.TB, g *gateway, group fitness.SportGroup, target float64) sportOnASite {
	tb.Helper()
	filter := &fitness.ActivityFilter{SportGroups: []fitness.SportGroup{group}}
	page, err := g.Activities(asOwner(tb), fitness.ActivitiesQuery{Filter: filter, First: new(1)})
	if err != nil {
		tb.Fatalf("list activities: %v", err)
	}
	stats, err := g.Stats(asOwner(tb), filter)
	if err != nil {
		tb.Fatalf("make stats: %v", err)
	}
	goal, err := stats.Goal(target, fitness.LengthUnitKilometers, fitness.PeriodYear, nil)
	if err != nil {
		tb.Fatalf("measure goal: %v", err)
	}
	shown := sportOnASite{done: goal.Done, share: goal.Share}
	for _, latest := range page.Activities {
		shown.latest = fmt.Sprintf("%s %v", latest.Name, latest.LocalDate())
		photo, err := g.PrimaryPhoto(asOwner(tb), latest)
		if err != nil {
			tb.Fatalf("ask for photo: %v", err)
		}
		shown.photo = photo != nil
	}
	return shown
}

func TestTheQueryThatStartedIt(t *testing.T) {
	t.Parallel()
	rides := func(count int) []stravatest.Activity {
		var rides []stravatest.Activity
		for i := range count {
			rides = append(rides, stravatest.Activity{
				Name: fmt.Sprintf("Ride %d", i), Sport: "Ride", Start: noon.Add(-time.Duration(i+1) * 12 * time.Hour), Distance: 10000,
			})
		}
		return rides
	}
	oldRun := stravatest.Activity{Name: "Run", Sport: "TrailRun", Start: noon.AddDate(0, -8, 0), Distance: 25000, Photos: 1}
	lastYear := stravatest.Activity{Name: "Last year", Sport: "Run", Start: noon.AddDate(-1, 0, 0), Distance: 42000}

	for name, test := range map[string]struct {
		history   []stravatest.Activity
		ride, run sportOnASite
		details   int // calls
	}{
		"both": {
			append(rides(2), oldRun, lastYear),
			sportOnASite{"Ride 0 2026-11-22", false, 20, 0.004}, sportOnASite{"Run 2026-03-22", true, 25, 0.05}, 1,
		},
		"the latest run is older than the newest page": {
			append(rides(250), oldRun, lastYear),
			sportOnASite{"Ride 0 2026-11-22", false, 2500, 0.5}, sportOnASite{"Run 2026-03-22", true, 25, 0.05}, 1,
		},
		"no run at all": {rides(1), sportOnASite{"Ride 0 2026-11-22", false, 10, 0.002}, sportOnASite{}, 0},
		"no run this year": {
			append(rides(1), lastYear),
			sportOnASite{"Ride 0 2026-11-22", false, 10, 0.002}, sportOnASite{"Last year 2025-11-22", false, 0, 0}, 0,
		},
		"nothing": {[]stravatest.Activity{}, sportOnASite{}, sportOnASite{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, test.history, fitness.Config{})
			g.sync(t)
			for range 2 {
				if got := onASite(t, g, fitness.SportGroupRide, 5000); got != test.ride {
					t.Errorf("got ride %+v, want %+v", got, test.ride)
				}
				if got := onASite(t, g, fitness.SportGroupRun, 500); got != test.run {
					t.Errorf("got run %+v, want %+v", got, test.run)
				}
			}
			g.expectCalls(t, activityCall, test.details)
		})
	}
}

// The whole made-up history, with all of Strava's traps in it, under queries and syncs at the same time.
func TestQueriesAndSyncsAtOnce(t *testing.T) {
	t.Parallel()
	g := newGateway(t, nil, fitness.Config{})
	g.fake.SetUsage([2]int{}, [2]int{})
	count := g.list(t, nil).TotalCount
	if count < 1500 {
		t.Fatalf("got %d activities", count)
	}

	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 5 {
				switch worker {
				case 0:
					g.clock.advance(time.Minute)
					g.fake.AddActivity(stravatest.Activity{Name: "Added", Start: g.clock.Now().Add(-time.Hour)})
				case 1:
					if err := g.Sync(asOwner(t)); err != nil {
						t.Errorf("sync: %v", err)
					}
				default:
					askAround(t, g, i)
				}
			}
		})
	}
	group.Wait()
	g.sync(t)
	added := &fitness.ActivityFilter{NameContains: new("Added")}
	if got := g.list(t, added).TotalCount; got != 5 {
		t.Errorf("got %d of the 5 added activities", got)
	}
	if got := g.list(t, nil).TotalCount; got != count+5 {
		t.Errorf("got %d activities, want %d", got, count+5)
	}
}

// askAround asks for a bit of everything.
func askAround(t *testing.T, g *gateway, nth int) {
	t.Helper()
	page, err := g.Activities(asOwner(t), fitness.ActivitiesQuery{Order: orders()[nth], First: new(20)})
	if err != nil || len(page.Activities) != 20 {
		t.Errorf("got %v, %v", page, err)
		return
	}
	stats, err := g.Stats(asOwner(t), nil)
	if err != nil {
		t.Errorf("make stats: %v", err)
		return
	}
	months, err := stats.Periods(fitness.PeriodMonth, fitness.WeekdayMonday, nil)
	if err != nil {
		t.Errorf("make periods: %v", err)
		return
	}
	checkSeries(t, stats.Totals(), months)
	sports := 0
	for _, sport := range stats.BySport() {
		sports += sport.Totals.Count
	}
	if sports != stats.Totals().Count {
		t.Errorf("the sports have %d of %d activities", sports, stats.Totals().Count)
	}
	if _, err := g.Details(asOwner(t), page.Activities[0]); err != nil {
		t.Errorf("ask for details: %v", err)
	}
	if _, err := g.Athlete(asOwner(t)); err != nil {
		t.Errorf("ask for the athlete: %v", err)
	}
	if status := g.Status(asOwner(t)); !status.Mirror.Complete {
		t.Errorf("got status %+v", status)
	}
}

// The made-up history has a sport that no list of ours knows.
func TestTheUnknownSportIsListed(t *testing.T) {
	t.Parallel()
	g := newGateway(t, nil, fitness.Config{})
	page := g.list(t, &fitness.ActivityFilter{Sports: []fitness.Sport{fitness.SportOther}})
	unknown := slices.ContainsFunc(page.Activities, func(a *fitness.Activity) bool { return a.SportType == "" })
	if page.TotalCount == 0 || unknown {
		t.Errorf("got %d activities of an unknown sport", page.TotalCount)
	}
}
