package fitness_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

// news is a history whose copies are what a test says.
type news struct {
	listed
	held   *fitness.Snapshot
	newest chan *fitness.Snapshot // of the one listener
	heard  context.Context        // ends when the listener has left
}

func (n *news) open(*fitness.Source) (fitness.History, error) { return n, nil }

func (n *news) Subscribe(ctx context.Context) <-chan *fitness.Snapshot {
	n.heard, n.newest = ctx, make(chan *fitness.Snapshot, 1)
	n.newest <- n.held
	return n.newest
}

// tell has the listener find that copy in the place of one that it has not taken.
func (n *news) tell(snapshot *fitness.Snapshot) {
	select {
	case <-n.newest:
	default:
	}
	n.newest <- snapshot
}

// whole is a copy that reaches back, and part one that does not.
func whole(activities ...*fitness.Activity) *fitness.Snapshot {
	return &fitness.Snapshot{Activities: activities, Complete: true, OldestFetchedAt: noon}
}

func part(activities ...*fitness.Activity) *fitness.Snapshot {
	return &fitness.Snapshot{Activities: activities, OldestFetchedAt: noon}
}

// named is an activity whose id tells when it was.
func named(tb testing.TB, id int64, name string) *fitness.Activity {
	tb.Helper()
	made := run(tb, id, fmt.Sprintf("2026-11-%02dT08:00:00", id), 1000)
	made.Name = name
	return made
}

func TestWhatAListenerIsTold(t *testing.T) {
	t.Parallel()
	a, b, c, d := named(t, 1, "a"), named(t, 2, "b"), named(t, 3, "c"), named(t, 4, "d")
	moved := named(t, 2, "b")
	moved.StartedAt = moved.StartedAt.AddDate(0, 0, 10)
	tests := map[string]struct {
		held *fitness.Snapshot
		// tells are told one after the other; the listener takes what each brings, or all of it at the end if it is slow.
		tells []*fitness.Snapshot
		slow  bool
		want  string
	}{
		"nothing new":                      {held: whole(b, a), tells: []*fitness.Snapshot{whole(b, a)}, want: ""},
		"the same, told anew":              {held: whole(b, a), tells: []*fitness.Snapshot{whole(named(t, 2, "b"), a)}, want: ""},
		"one appears":                      {held: whole(b, a), tells: []*fitness.Snapshot{whole(c, b, a)}, want: "CREATED c"},
		"the first ever":                   {held: whole(), tells: []*fitness.Snapshot{whole(a)}, want: "CREATED a"},
		"several appear, the oldest first": {held: whole(b), tells: []*fitness.Snapshot{whole(d, c, b, a)}, want: "CREATED a, CREATED c, CREATED d"},
		"one changes":                      {held: whole(c, b, a), tells: []*fitness.Snapshot{whole(c, named(t, 2, "B"), a)}, want: "UPDATED B"},
		"one is moved in the list":         {held: whole(c, b, a), tells: []*fitness.Snapshot{whole(moved, c, a)}, want: "UPDATED b"},
		"one goes":                         {held: whole(c, b, a), tells: []*fitness.Snapshot{whole(c, a)}, want: "DELETED 2"},
		"all at once":                      {held: whole(c, b), tells: []*fitness.Snapshot{whole(d, named(t, 3, "C"))}, want: "DELETED 2, UPDATED C, CREATED d"},
		"one after the other": {held: whole(b), tells: []*fitness.Snapshot{whole(c, b), whole(c), whole(named(t, 3, "C"))},
			want: "CREATED c, DELETED 2, UPDATED C"},

		"a fill":                        {tells: []*fitness.Snapshot{part(d), part(d, c, b), whole(d, c, b, a)}, want: ""},
		"a stored copy":                 {tells: []*fitness.Snapshot{whole(d, c)}, want: ""},
		"a change while it is filled":   {held: part(d, c), tells: []*fitness.Snapshot{part(d, named(t, 3, "C"))}, want: "UPDATED C"},
		"a deletion while it is filled": {held: part(d, c), tells: []*fitness.Snapshot{part(d)}, want: "DELETED 3"},
		"a part too old to be kept":     {held: whole(d, c, b, a), tells: []*fitness.Snapshot{part(d, c), whole(d, c, b, a)}, want: ""},
		"all of it is erased":           {held: whole(b, a), tells: []*fitness.Snapshot{nil}, want: "DELETED 2, DELETED 1"},
		"erased, and filled anew":       {held: whole(a), tells: []*fitness.Snapshot{nil, part(c), whole(c, b)}, want: "DELETED 1"},

		"slow: one comes and goes":          {held: whole(a), tells: []*fitness.Snapshot{whole(b, a), whole(a)}, slow: true, want: ""},
		"slow: one comes and changes":       {held: whole(a), tells: []*fitness.Snapshot{whole(b, a), whole(named(t, 2, "B"), a)}, slow: true, want: "CREATED B"},
		"slow: one changes twice":           {held: whole(a), tells: []*fitness.Snapshot{whole(named(t, 1, "A")), whole(named(t, 1, "AA"))}, slow: true, want: "UPDATED AA"},
		"slow: one changes and goes":        {held: whole(a), tells: []*fitness.Snapshot{whole(named(t, 1, "A")), whole()}, slow: true, want: "DELETED 1"},
		"slow: one goes and is there again": {held: whole(a), tells: []*fitness.Snapshot{whole(), whole(named(t, 1, "A"))}, slow: true, want: "UPDATED A"},
		"slow: many": {held: whole(), tells: []*fitness.Snapshot{whole(c, a), whole(c, b, a), whole(c, b), whole(d, c, b)}, slow: true,
			want: "CREATED c, CREATED b, CREATED d"},
		"slow: comes, goes and comes again": {held: whole(), tells: []*fitness.Snapshot{whole(b, a), whole(b), whole(c, b), whole(c, b, a)}, slow: true,
			want: "CREATED b, CREATED c, CREATED a"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				history := &news{held: test.held}
				service := newService(t, fitness.Config{History: history.open})
				changes, err := service.ActivityChanges(asOwner(t))
				if err != nil {
					t.Fatal(err)
				}
				var told []string
				for _, snapshot := range test.tells {
					history.tell(snapshot)
					synctest.Wait()
					if !test.slow {
						told = append(told, taken(changes)...)
					}
				}
				told = append(told, taken(changes)...)
				if diff := cmp.Diff(test.want, strings.Join(told, ", ")); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// taken is all that waits for the listener, as words.
func taken(changes <-chan *fitness.ActivityChange) (told []string) {
	for {
		synctest.Wait()
		select {
		case change := <-changes:
			what := change.ID()
			if activity := change.Activity(context.Background()); activity != nil {
				what = activity.Name
			} else {
				for id := range int64(10) {
					if (&fitness.Activity{StravaID: id}).ID() == what {
						what = fmt.Sprint(id)
					}
				}
			}
			told = append(told, string(change.Kind)+" "+what)
		default:
			return told
		}
	}
}

// What a change says of the activity is as old as the copy that it was found in.
func TestAChangeHasAnAge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		history := &news{held: whole()}
		changes, err := newService(t, fitness.Config{History: history.open}).ActivityChanges(asOwner(t))
		if err != nil {
			t.Fatal(err)
		}
		history.tell(whole(named(t, 1, "a")))
		change := <-changes
		ctx, cost := fitness.WithCost(asOwner(t))
		change.Activity(ctx)
		if !cost.AsOf().Equal(noon) {
			t.Errorf("as of %v, want %v", cost.AsOf(), noon)
		}
	})
}

func TestProgressIsTheNewest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, b, c := named(t, 1, "a"), named(t, 2, "b"), named(t, 3, "c")
		history := &news{}
		progress, err := newService(t, fitness.Config{History: history.open}).SyncProgress(asOwner(t))
		if err != nil {
			t.Fatal(err)
		}
		var told []int
		told = append(told, (<-progress).Activities)
		for _, snapshot := range []*fitness.Snapshot{part(c), part(c), part(c, b)} {
			history.tell(snapshot)
			synctest.Wait()
		}
		told = append(told, (<-progress).Activities)
		history.tell(part(c, b))
		synctest.Wait()
		select {
		case again := <-progress:
			t.Errorf("told again, although nothing has changed: %+v", again)
		default:
		}
		history.tell(whole(c, b, a))
		last, open := <-progress
		if !open || !last.Complete || last.Activities != 3 {
			t.Errorf("at the end: %+v", last)
		}
		if _, open := <-progress; open {
			t.Error("it goes on after the end")
		}
		if want := []int{0, 2}; !slices.Equal(told, want) {
			t.Errorf("told %v, want %v", told, want)
		}
	})
}

// A listener that leaves, and the end of the service, end everything that belongs to a subscription: the bubble would wait
// for a goroutine that is left.
func TestTheEndOfListening(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(leave context.CancelFunc, service *fitness.Service) error{
		"the listener leaves": func(leave context.CancelFunc, _ *fitness.Service) error { leave(); return nil },
		"the service ends":    func(_ context.CancelFunc, service *fitness.Service) error { return service.Close(context.Background()) },
	} {
		for _, waiting := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", with something to tell: ", waiting), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					ctx, leave := context.WithCancel(fitness.WithViewer(context.Background(), fitness.Owner))
					defer leave()
					for _, listen := range []func(*fitness.Service) (func() bool, error){
						func(s *fitness.Service) (func() bool, error) {
							changes, err := s.ActivityChanges(ctx)
							return func() bool { _, open := <-changes; return open }, err
						},
						func(s *fitness.Service) (func() bool, error) {
							progress, err := s.SyncProgress(ctx)
							return func() bool { _, open := <-progress; return open }, err
						},
					} {
						history := &news{held: whole()}
						service := newService(t, fitness.Config{History: history.open})
						isOpen, err := listen(service)
						if err != nil {
							t.Fatal(err)
						}
						if waiting {
							history.tell(whole(named(t, 1, "a")))
						}
						synctest.Wait()
						if err := end(leave, service); err != nil {
							t.Error(err)
						}
						synctest.Wait()
						if isOpen() {
							t.Error("the channel is still open")
						}
						if history.heard.Err() == nil {
							t.Error("the history is still listened to")
						}
					}
				})
			})
		}
	}
}

func TestAServiceThatHasEndedIsNotListenedTo(t *testing.T) {
	t.Parallel()
	history := &news{held: whole()}
	service := newService(t, fitness.Config{History: history.open})
	if err := service.Close(asOwner(t)); err != nil {
		t.Fatal(err)
	}
	_, err := service.ActivityChanges(asOwner(t))
	refused(t, err, fitness.CodeUpstreamUnavailable, "")
	if !errors.Is(history.heard.Err(), context.Canceled) {
		t.Error("the history is still listened to")
	}
}

// A listener that applies what it is told ends with the newest copy, however slow it is and whatever it has missed.
func TestToldChangesLeadToTheNewestCopy(t *testing.T) {
	t.Parallel()
	for seed := range uint64(50) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, seed))
			names := map[int64]string{} // Strava's.
			copyOf := func() *fitness.Snapshot {
				snapshot := whole()
				for _, id := range slices.Backward(slices.Sorted(maps.Keys(names))) {
					snapshot.Activities = append(snapshot.Activities, named(t, id, names[id]))
				}
				return snapshot
			}
			history := &news{held: copyOf()}
			changes, err := newService(t, fitness.Config{History: history.open}).ActivityChanges(asOwner(t))
			if err != nil {
				t.Fatal(err)
			}
			known := map[string]string{} // The listener's, by global id.
			hear := func(change *fitness.ActivityChange) {
				_, isKnown := known[change.ID()]
				if isKnown == (change.Kind == fitness.ChangeKindCreated) {
					t.Errorf("seed %d: %s of one that is known: %v", seed, change.Kind, isKnown)
				}
				delete(known, change.ID())
				if activity := change.Activity(asOwner(t)); activity != nil {
					known[change.ID()] = activity.Name
				}
			}
			for step := range 200 {
				if id := 1 + random.Int64N(20); random.IntN(3) == 0 {
					delete(names, id)
				} else {
					names[id] = fmt.Sprint(step)
				}
				if random.IntN(2) == 0 {
					history.tell(copyOf())
				}
				if random.IntN(2) == 0 {
					synctest.Wait()
				}
				select {
				case change := <-changes:
					hear(change)
				default:
				}
			}
			history.tell(copyOf())
			for synctest.Wait(); ; synctest.Wait() {
				select {
				case change := <-changes:
					hear(change)
					continue
				default:
				}
				break
			}
			want := map[string]string{}
			for id, name := range names {
				want[(&fitness.Activity{StravaID: id}).ID()] = name
			}
			if diff := cmp.Diff(want, known); diff != "" {
				t.Errorf("seed %d: the listener knows (-Strava +listener):\n%s", seed, diff)
			}
		})
	}
}
