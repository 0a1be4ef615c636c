package mirror_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/mirror"
)

// errDown is a Strava that does not answer.
var errDown = &fitness.Error{Code: fitness.CodeUpstreamUnavailable, Message: "Strava is down."}

// entry is an activity in Strava's list, at its true start, which it need not show.
type entry struct {
	start    time.Time
	activity *fitness.Activity
}

// list is a Strava that can be changed and spoiled. Its activities are newest first.
type list struct {
	mu      sync.Mutex
	entries []entry
	owner   int64
	pinned  bool
	nextID  int64
	calls   int // pages and activities

	// spoil, when set, changes the answer to a page, or makes it fail. It may change the list too: it is called without
	// the lock, before the page is cut, and again with the page.
	before func(fitness.HistoryPage)
	spoil  func(fitness.HistoryPage, []*fitness.Activity) ([]*fitness.Activity, error)
	// refuse, when set, fails any call.
	refuse func() error
}

func newList(count int) *list {
	l := &list{owner: 1, pinned: true}
	for n := range count {
		l.add(epoch.Add(-time.Duration(n) * 7 * time.Hour))
	}
	return l
}

// epoch is when a bubble's time begins: noon, so that no start shows midnight by chance.
var epoch = time.Date(1999, time.December, 31, 12, 0, 0, 0, time.UTC)

func (l *list) add(start time.Time) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nextID++
	l.put(made(l.nextID, start), start)
	return l.nextID
}

// put is called with the lock.
func (l *list) put(activity *fitness.Activity, start time.Time) {
	added := entry{start, activity}
	place, _ := slices.BinarySearchFunc(l.entries, added, func(a, b entry) int {
		return cmp.Or(b.start.Compare(a.start), cmp.Compare(b.activity.StravaID, a.activity.StravaID))
	})
	l.entries = slices.Insert(l.entries, place, added)
}

func made(id int64, start time.Time) *fitness.Activity {
	local, err := fitness.ParseLocalDateTime(start.UTC().Format("2006-01-02T15:04:05"))
	if err != nil {
		panic(err)
	}
	return &fitness.Activity{
		StravaID: id, Name: fmt.Sprint("Activity ", id), Sport: fitness.SportRun, SportType: "Run", StartedAt: start.UTC(),
		StartedAtLocal: local, DistanceMeters: 1234.5, SummaryPolyline: "_p~iF~ps|U_ulLnnqC_mqNvxq`@",
	}
}

// hide shows the activity of that place at a second past midnight.
func (l *list) hide(place int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := &l.entries[place]
	*e = entry{e.start, made(e.activity.StravaID, e.start.Truncate(24*time.Hour).Add(time.Second))}
}

func (l *list) remove(place int) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := l.entries[place].activity.StravaID
	l.entries = slices.Delete(l.entries, place, place+1)
	return id
}

func (l *list) rename(place int, name string) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	renamed := *l.entries[place].activity
	renamed.Name = name
	l.entries[place].activity = &renamed
	return renamed.StravaID
}

// move gives the activity of that place another start.
func (l *list) move(place int, start time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := l.entries[place].activity.StravaID
	l.entries = slices.Delete(l.entries, place, place+1)
	l.put(made(id, start), start)
}

func (l *list) size() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.entries)
}

func (l *list) called() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calls
}

func (l *list) setRefuse(refuse func() error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refuse = refuse
}

// Owner implements mirror.Source.
func (l *list) Owner(context.Context) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.owner, nil
}

// Pinned implements mirror.Source.
func (l *list) Pinned(context.Context) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.pinned {
		return 0
	}
	return l.owner
}

// Page implements mirror.Source.
func (l *list) Page(ctx context.Context, page fitness.HistoryPage) ([]*fitness.Activity, error) {
	if err := l.call(ctx); err != nil {
		return nil, err
	}
	l.mu.Lock()
	before, spoil := l.before, l.spoil
	l.mu.Unlock()
	if before != nil {
		before(page)
	}
	rows := l.cut(page)
	if spoil != nil {
		return spoil(page, rows)
	}
	return rows, nil
}

func (l *list) call(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	if l.refuse != nil {
		return l.refuse()
	}
	return nil
}

func (l *list) cut(page fitness.HistoryPage) []*fitness.Activity {
	l.mu.Lock()
	defer l.mu.Unlock()
	entries := l.entries
	if !page.Before.IsZero() {
		from, _ := slices.BinarySearchFunc(entries, page.Before, func(e entry, before time.Time) int {
			return cmp.Or(before.Compare(e.start), -1) // What starts at that very time is left out.
		})
		entries = entries[from:]
	}
	if page.Oldest {
		entries = slices.Clone(entries)
		slices.Reverse(entries)
	}
	from := min((max(page.Page, 1)-1)*fitness.MaxPage, len(entries))
	var rows []*fitness.Activity
	for _, e := range entries[from:min(from+fitness.MaxPage, len(entries))] {
		rows = append(rows, copyOf(e.activity))
	}
	return rows
}

// copyOf is another object each time, as it is from Strava.
func copyOf(activity *fitness.Activity) *fitness.Activity {
	other := *activity
	return &other
}

// Activity implements mirror.Source.
func (l *list) Activity(ctx context.Context, id int64) (*fitness.Activity, error) {
	if err := l.call(ctx); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if e.activity.StravaID == id {
			return copyOf(e.activity), nil
		}
	}
	return nil, fitness.ErrNoSuchActivity
}

// gateway is a mirror of the list.
type gateway struct {
	*mirror.Mirror
	log      *strings.Builder
	erasures atomic.Int64 // how often it was told that all was forgotten
}

// open starts a process on the store; it ends with the test at the latest.
func open(tb testing.TB, source mirror.Source, store mirror.Store) *gateway {
	tb.Helper()
	g := &gateway{log: &strings.Builder{}}
	var err error
	g.Mirror, err = mirror.New(mirror.Config{
		Source: source, Store: store, SyncEvery: 15 * time.Minute, Logger: slog.New(slog.NewTextHandler(&locked{w: g.log}, nil)),
		Erased: func() { g.erasures.Add(1) },
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { g.stop(tb) })
	return g
}

type locked struct {
	mu sync.Mutex
	w  *strings.Builder
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// stop ends the process, as a kill does for all that memory holds.
func (g *gateway) stop(tb testing.TB) {
	tb.Helper()
	if err := g.Close(context.Background()); err != nil {
		tb.Errorf("close: %v", err)
	}
}

func (g *gateway) sync(tb testing.TB) {
	tb.Helper()
	if err := g.Sync(tb.Context()); err != nil {
		tb.Fatalf("sync: %v", err)
	}
}

// keepFor lets the job come every other hour for so long.
func (g *gateway) keepFor(tb testing.TB, length time.Duration) {
	tb.Helper()
	for end := time.Now().Add(length); time.Now().Before(end); {
		time.Sleep(min(2*time.Hour, time.Until(end)))
		if err := g.Sync(tb.Context()); err != nil && !errors.Is(err, errDown) {
			tb.Fatalf("sync: %v", err)
		}
	}
}

func (g *gateway) count() int {
	snapshot, _ := g.Held()
	if snapshot == nil {
		return 0
	}
	return len(snapshot.Activities)
}

// find is the name of the activity, "" if there is none.
func (g *gateway) find(id int64) string {
	snapshot, _ := g.Held()
	for _, activity := range snapshot.Activities {
		if activity.StravaID == id {
			return activity.Name
		}
	}
	return ""
}

// wantSame checks that the copy is what a fresh fill would be.
func wantSame(tb testing.TB, g *gateway, l *list) {
	tb.Helper()
	snapshot, _ := g.Held()
	if snapshot == nil {
		tb.Fatal("nothing is held")
	}
	if !snapshot.Complete {
		tb.Error("the copy is not complete")
	}
	l.mu.Lock()
	var want []*fitness.Activity
	for _, e := range l.entries {
		want = append(want, e.activity)
	}
	l.mu.Unlock()
	slices.SortFunc(want, func(a, b *fitness.Activity) int {
		return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.StravaID, a.StravaID))
	})
	if len(want) == 0 && len(snapshot.Activities) == 0 {
		return
	}
	if diff := gocmp.Diff(want, snapshot.Activities); diff != "" {
		tb.Errorf("the copy differs from the list of %d (-want +got):\n%.2000s", len(want), diff)
	}
}

// chance is a source of random decisions that a failing test names.
func chance(tb testing.TB, seed uint64) *rand.Rand {
	tb.Helper()
	tb.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// repeats is how often a test does what happens by chance: so often, or as often as the environment's variable says.
func repeats(tb testing.TB, variable string, usual int) int {
	tb.Helper()
	text, isSet := os.LookupEnv(variable)
	if !isSet {
		return usual
	}
	count, err := strconv.Atoi(text)
	if err != nil || count < 1 {
		tb.Fatalf("%s is %q, want a number", variable, text)
	}
	return count
}
