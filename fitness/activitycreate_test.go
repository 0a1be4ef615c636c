package fitness_test

import (
	"fmt"
	"slices"
	"testing"

	"domestique/fitness"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

func TestACreatedActivityIsInTheListAtOnce(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
	g.list(t, nil)
	listed := g.calls(listCall)
	input := fitness.CreateActivityInput{
		Name: "Rowing machine", Sport: fitness.SportRowing, ElapsedTime: 1800, Distance: new(6543.2),
		StartedAtLocal: localTime(t, "2026-11-21T07:30:00"), Description: new("Indoors."), IsIndoor: new(true),
	}
	created, err := g.CreateActivity(asOwner(t), input)
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	if created.ElapsedTime != 1800 || created.DistanceMeters != 6543.2 || !created.IsManual || !created.IsIndoor ||
		created.StartedAtLocal != input.StartedAtLocal || created.Sport != fitness.SportRowing {
		t.Errorf("got %+v", created)
	}
	if got := names(g.list(t, nil).Activities); !slices.Equal(got, []string{"Newer", "Rowing machine", "Older"}) {
		t.Errorf("the list has %v", got)
	}
	g.expectCalls(t, listCall, listed)
	g.sync(t)
	if got := names(g.list(t, nil).Activities); !slices.Equal(got, []string{"Newer", "Rowing machine", "Older"}) {
		t.Errorf("after a sync the list has %v", got)
	}
}

func localTime(tb testing.TB, text string) fitness.LocalDateTime {
	tb.Helper()
	parsed, err := fitness.ParseLocalDateTime(text)
	if err != nil {
		tb.Fatalf("read time: %v", err)
	}
	return parsed
}

func TestEverySportIsOneOfStravas(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{})
	for _, sport := range fitness.Sports() {
		created, err := g.CreateActivity(asOwner(t), manual(t, func(i *fitness.CreateActivityInput) { i.Sport = sport }))
		if sport == fitness.SportOther {
			refused(t, err, fitness.CodeBadUserInput, "input.sport")
			continue
		}
		if err != nil || created.Sport != sport {
			t.Errorf("%s: got %+v, %v", sport, created, err)
		}
	}
}

// manual is an entry that Strava takes, but for what change does to it.
func manual(tb testing.TB, change func(*fitness.CreateActivityInput)) fitness.CreateActivityInput {
	tb.Helper()
	input := fitness.CreateActivityInput{
		Name: "Yoga", Sport: fitness.SportYoga, ElapsedTime: 1800, StartedAtLocal: localTime(tb, "2026-11-20T18:00:00"),
	}
	if change != nil {
		change(&input)
	}
	return input
}

// A sync that read the list before the update must not bring back what was.
func TestASyncUnderWayDoesNotUndoAWrite(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
	newest := g.list(t, nil).Activities[0]
	arrived, release := make(chan struct{}), make(chan struct{})
	g.fake.Fault(stravatest.Fault{
		Path: "/athlete/activities", Arrived: func() { close(arrived) }, Until: release,
		Body: fmt.Sprintf(`[{"id": %d, "name": "Newer", "sport_type": "Run", "start_date": "2026-11-21T12:00:00Z",
			"start_date_local": "2026-11-21T12:00:00Z"}]`, newest.StravaID),
	})
	synced := make(chan error)
	go func() { synced <- g.Sync(asOwner(t)) }()
	<-arrived
	if _, err := g.UpdateActivity(asOwner(t), fitness.UpdateActivityInput{ID: newest.ID(), Name: new("Renamed")}); err != nil {
		t.Fatalf("update: %v", err)
	}
	if _, err := g.CreateActivity(asOwner(t), manual(t, nil)); err != nil {
		t.Fatalf("create: %v", err)
	}
	close(release)
	if err := <-synced; err != nil {
		t.Fatalf("sync: %v", err)
	}
	if got := names(g.list(t, nil).Activities); !slices.Equal(got, []string{"Renamed", "Older", "Yoga"}) &&
		!slices.Equal(got, []string{"Renamed", "Yoga", "Older"}) {
		t.Errorf("the list has %v", got)
	}
}
