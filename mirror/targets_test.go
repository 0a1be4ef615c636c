package mirror_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"testing"
	"text/tabwriter"
	"time"

	"domestique/fitness"
	"domestique/mirror"
	"domestique/strava"
	"domestique/tokens"
)

// TestTargets measures the gateway behind its transport, the service over a mirror over files, for histories of three
// sizes, prints a table, and fails where a figure is not within its bound. `make bench` does that; as one of the tests it only
// shows for the smallest that all is answered, and with how many calls: times mean nothing beside other tests.
func TestTargets(t *testing.T) { //nolint:paralleltest // It measures.
	measured := os.Getenv("BENCH") != ""
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	defer func() { _ = table.Flush() }()
	_, _ = fmt.Fprintln(table, "activities\twhat\tfastest\tmedian\tbound\tallocations\tbytes\t")
	for _, bounds := range []struct {
		activities, calls  int
		page, stats, start time.Duration
	}{
		{1000, 6, 100 * time.Microsecond, 100 * time.Microsecond, 50 * time.Millisecond},
		{10_000, 51, 500 * time.Microsecond, 500 * time.Microsecond, 150 * time.Millisecond},
		{100_000, 501, 5 * time.Millisecond, 5 * time.Millisecond, time.Second},
	} {
		if !measured {
			bounds.page, bounds.stats, bounds.start = 0, 0, 0
		}
		s := storeHistory(t, bounds.activities, bounds.calls)
		_, _ = fmt.Fprintf(table, "%d\tcalls of a fill\t%d\t\t%d\t\t\t\n", bounds.activities, s.calls, bounds.calls)
		s.measureStart(table, bounds.start)

		before := inUse()
		answering := s.start()
		answering.page(s, busy(), byDistance())
		answering.stats(s, nil)
		answering.end() // What is held is still given, and nothing goes on beside it.
		held := float64(inUse()-before) / float64(bounds.activities)
		_, _ = fmt.Fprintf(table, "%d\tbytes an activity\t%.0f\t\t%d\t\t\t\n", bounds.activities, held, mostHeld)
		if measured && held > mostHeld {
			t.Errorf("%d activities: %.0f bytes are held for each, at most %d are wanted", bounds.activities, held, mostHeld)
		}

		for _, row := range []struct {
			what      string
			bound     time.Duration
			operation func()
		}{
			{"page, filter, order", bounds.page, func() { answering.page(s, busy(), byDistance()) }},
			{"page, newest first", bounds.page, func() { answering.page(s, nil, fitness.ActivityOrder{}) }},
			{"page, by a part of the name", 0, func() { answering.page(s, named("NUMBER 7"), byName()) }},
			{"totals, sports, months", bounds.stats, func() { answering.stats(s, nil) }},
			{"the same, with a filter", 0, func() { answering.stats(s, busy()) }},
		} {
			s.measure(table, row.what, row.bound, 100, func() func() { row.operation(); return func() {} })
		}
		if !measured {
			return
		}
	}
}

// mostHeld is in bytes an activity, everything told: the snapshot, the ledger and what the service keeps.
const mostHeld = 1500

// stored is a history that a fill has brought into a file.
type stored struct {
	t          *testing.T
	activities int
	calls      int // of the fill
	list       *list
	store      *mirror.FileStore
}

func storeHistory(t *testing.T, activities, mostCalls int) *stored {
	t.Helper()
	s := &stored{t: t, activities: activities, list: &list{owner: 1, pinned: true}, store: openFiles(t, t.TempDir())}
	for _, a := range historyOf(rand.New(rand.NewPCG(1, 1)), activities) {
		s.list.entries = append(s.list.entries, entry{a.StartedAt, a})
	}
	filling := open(t, s.list, s.store)
	filling.sync(t)
	filling.stop(t)
	if s.calls = s.list.called(); s.calls > mostCalls {
		t.Errorf("%d activities: a fill takes %d calls, at most %d are wanted", activities, s.calls, mostCalls)
	}
	s.list.entries = nil
	s.list.setRefuse(func() error { return errDown })
	return s
}

// measureStart times a start and the first answer, but not the end.
func (s *stored) measureStart(table io.Writer, bound time.Duration) {
	s.t.Helper()
	s.measure(table, "start to the first answer", bound, 8, func() (end func()) {
		started := s.start()
		started.page(s, nil, fitness.ActivityOrder{})
		return started.end
	})
}

// measure times an operation, and not what it leaves to be done: the fastest run is what it takes, the median what this
// machine lets it take now.
func (s *stored) measure(table io.Writer, what string, bound time.Duration, runs int, operation func() (end func())) {
	s.t.Helper()
	operation()()
	runtime.GC()
	var before, after runtime.MemStats
	times := make([]time.Duration, runs)
	runtime.ReadMemStats(&before)
	for i := range times {
		began := time.Now()
		end := operation()
		times[i] = time.Since(began)
		end()
	}
	runtime.ReadMemStats(&after)
	slices.Sort(times)
	limit := "-"
	if bound > 0 {
		limit = bound.String()
	}
	count := uint64(runs)
	_, _ = fmt.Fprintf(table, "%d\t%s\t%v\t%v\t%s\t%d\t%d\t\n", s.activities, what, round(times[0]), round(times[runs/2]), limit,
		(after.Mallocs-before.Mallocs)/count, (after.TotalAlloc-before.TotalAlloc)/count)
	if bound > 0 && times[0] > bound {
		s.t.Errorf("%d activities: %s takes %v at the best of %d runs, at most %v is wanted", s.activities, what, times[0], runs, bound)
	}
}

func round(d time.Duration) time.Duration { return d.Round(time.Microsecond) }

// answering is a process that has started on what is stored.
type answering struct {
	service *fitness.Service
	end     func()
}

func (s *stored) start() *answering {
	s.t.Helper()
	client, err := strava.New(strava.Config{BaseURL: "http://127.0.0.1:1", Tokens: noToken{}})
	if err != nil {
		s.t.Fatal(err)
	}
	var held *mirror.Mirror
	service, err := fitness.NewService(fitness.Config{
		Strava: client, Tokens: connected{}, TimeZone: time.UTC,
		History: func(*fitness.Source) (fitness.History, error) {
			held, err = mirror.New(mirror.Config{Source: s.list, Store: s.store})
			return held, err
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return &answering{service, func() {
		if err := held.Close(context.Background()); err != nil {
			s.t.Error(err)
		}
		if err := service.Close(context.Background()); err != nil {
			s.t.Error(err)
		}
	}}
}

func (a *answering) page(s *stored, filter *fitness.ActivityFilter, order fitness.ActivityOrder) {
	s.t.Helper()
	page, err := a.service.Activities(fitness.WithViewer(s.t.Context(), fitness.Owner), fitness.ActivitiesQuery{Filter: filter, Order: order})
	if err != nil || len(page.Activities) != 30 {
		s.t.Fatalf("a page: %+v, %v", page, err)
	}
}

func (a *answering) stats(s *stored, filter *fitness.ActivityFilter) {
	s.t.Helper()
	stats, err := a.service.Stats(fitness.WithViewer(s.t.Context(), fitness.Owner), filter)
	if err != nil {
		s.t.Fatal(err)
	}
	months, err := stats.Periods(fitness.PeriodMonth, fitness.WeekdayMonday, new(12))
	if err != nil || len(months) != 12 || stats.Totals().Count == 0 || len(stats.BySport()) == 0 {
		s.t.Fatalf("statistics: %d months, %v", len(months), err)
	}
}

// busy keeps some of the activities by several conditions.
func busy() *fitness.ActivityFilter {
	return &fitness.ActivityFilter{
		SportGroups: []fitness.SportGroup{fitness.SportGroupRun, fitness.SportGroupRide}, Distance: &fitness.FloatRange{Min: new(5000.0)},
		HasHeartRate: new(true), Not: &fitness.ActivityFilter{IsCommute: new(true)},
	}
}

func named(part string) *fitness.ActivityFilter { return &fitness.ActivityFilter{NameContains: &part} }

func byDistance() fitness.ActivityOrder {
	return fitness.ActivityOrder{Field: fitness.ActivityOrderFieldDistance}
}

func byName() fitness.ActivityOrder {
	return fitness.ActivityOrder{Field: fitness.ActivityOrderFieldName, Direction: fitness.DirectionAsc}
}

type noToken struct{}

func (noToken) AccessToken(context.Context) (string, error) { return "", errDown }

func (noToken) Invalidate(string) {}

// connected is a grant that is good.
type connected struct{}

func (connected) Status(context.Context) tokens.Status {
	return tokens.Status{State: tokens.StateConnected, Pinned: true, AthleteID: 1}
}

func (connected) PinAthlete(context.Context, int64) error { return nil }

func (connected) Disconnect(context.Context) error { return nil }
