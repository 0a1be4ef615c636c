package mirror_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"domestique/fitness"
	"domestique/mirror"
	"domestique/mirror/mirrortest"
)

// told is what Strava answers to a write: the activity as it is now.
func (l *list) told(tb testing.TB, id int64) *fitness.Activity {
	tb.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.entries {
		if e.activity.StravaID == id {
			return copyOf(e.activity)
		}
	}
	tb.Fatalf("there is no activity %d", id)
	return nil
}

func TestAWriteShowsAtOnceAndIsStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store := newList(450), mirror.NewMemoryStore()
		g := open(t, l, store)
		g.sync(t)
		newest := g.Subscribe(t.Context())
		before := <-newest

		edited, added := l.rename(300, "Edited"), l.add(epoch.Add(time.Minute))
		g.Amend(t.Context(), 1, l.told(t, edited))
		g.Amend(t.Context(), 1, l.told(t, added))
		snapshot := <-newest
		if snapshot.Version <= before.Version {
			t.Errorf("the version went from %d to %d", before.Version, snapshot.Version)
		}
		wantSame(t, g, l)

		g.stop(t)
		l.setRefuse(func() error { return errDown })
		next := open(t, l, store)
		if _, err := next.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantSame(t, next, l)
	})
}

// The process that writes need not be the one that has read the list.
func TestAWriteAmendsWhatIsOnlyStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store := newList(450), mirror.NewMemoryStore()
		open(t, l, store).sync(t)
		edited := l.rename(300, "Edited")
		open(t, l, store).Amend(t.Context(), 1, l.told(t, edited))
		l.setRefuse(func() error { return errDown })
		reader := open(t, l, store)
		if _, err := reader.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantSame(t, reader, l)
	})
}

// A page that was asked for before a write tells what was before it, in whatever part of the list.
func TestAPageUnderWayDoesNotUndoAWrite(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		filled bool // before the write
		page   int  // during which it happens, from 1
		place  int  // of the activity that is edited
	}{
		"during a sync":                     {filled: true, page: 1, place: 3},
		"on the first page of a fill":       {page: 1, place: 3},
		"on the oldest page of a fill":      {page: 2, place: 440},
		"on a page that the fill comes to":  {page: 1, place: 300},
		"on the page that a fill waits for": {page: 3, place: 300},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newList(450)
				g := open(t, l, mirror.NewMemoryStore())
				if test.filled {
					g.sync(t)
					time.Sleep(time.Hour)
				}
				pages := 0
				l.setSpoil(func(_ fitness.HistoryPage, rows []*fitness.Activity) ([]*fitness.Activity, error) {
					if pages++; pages == test.page { // The page is cut already.
						edited, added := l.rename(test.place, "Edited"), l.add(time.Now().Add(-time.Minute))
						g.Amend(t.Context(), 1, l.told(t, edited))
						g.Amend(t.Context(), 1, l.told(t, added))
					}
					return rows, nil
				})
				g.sync(t)
				l.setSpoil(nil)
				wantSame(t, g, l)
			})
		})
	}
}

// What a fill has not come to is not shown early, and is there when the fill is gone on with after a kill.
func TestAWriteToWhatIsNotReadYet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store := newList(900), mirror.NewMemoryStore()
		g := open(t, l, store)
		pages := 0
		l.setRefuse(func() error {
			if pages++; pages > 3 {
				return errDown
			}
			return nil
		})
		if err := g.Sync(t.Context()); !errors.Is(err, errDown) {
			t.Fatalf("got %v, want a fill that is broken off", err)
		}
		held, edited := g.count(), l.rename(850, "Edited")
		g.Amend(t.Context(), 1, l.told(t, edited))
		if got := g.count(); got != held {
			t.Errorf("%d activities are shown, want the %d without a gap", got, held)
		}
		last := l.rename(held-1, "The last that is shown")
		g.Amend(t.Context(), 1, l.told(t, last))
		if got := g.find(last); got != "The last that is shown" {
			t.Errorf("what is shown is not amended: %q", got)
		}
		g.stop(t)

		l.setRefuse(nil)
		next := open(t, l, store)
		next.sync(t)
		wantSame(t, next, l)
	})
}

// Strava makes an activity known on its own before it stands in the list.
func TestANewActivityIsNotMissedOnAnOlderPage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newList(10)
		g := open(t, l, mirror.NewMemoryStore())
		g.sync(t)
		time.Sleep(time.Hour)
		calls := l.called()
		l.setSpoil(func(_ fitness.HistoryPage, rows []*fitness.Activity) ([]*fitness.Activity, error) {
			if l.called() == calls+1 {
				g.Amend(t.Context(), 1, l.told(t, l.add(time.Now().Add(-time.Minute))))
			}
			return rows, nil
		})
		g.sync(t)
		if got := l.called() - calls; got != 1 {
			t.Errorf("a sync took %d calls, want 1: nothing was missing", got)
		}
		wantSame(t, g, l)
	})
}

func TestAWriteOfAnotherAthletesChangesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newList(10)
		g := open(t, l, mirror.NewMemoryStore())
		g.Amend(t.Context(), 1, made(77, epoch)) // There is no copy yet.
		if snapshot, _ := g.Held(); snapshot != nil {
			t.Errorf("%d activities are held of a list that nobody has read", len(snapshot.Activities))
		}
		g.sync(t)
		version := g.version()
		g.Amend(t.Context(), 2, made(78, epoch))
		if g.version() != version {
			t.Error("another athlete's activity changed the copy")
		}
		wantSame(t, g, l)
		if err := g.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		g.Amend(t.Context(), 1, made(79, epoch))
		if snapshot, _ := g.Held(); snapshot != nil {
			t.Errorf("%d activities are held after all was forgotten", len(snapshot.Activities))
		}
	})
}

func (g *gateway) version() uint64 {
	snapshot, _ := g.Held()
	return snapshot.Version
}

// The write at Strava is done, whatever the store does.
func TestAStoreThatFailsDoesNotHoldBackAWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store := newList(10), mirrortest.WithFaults(mirror.NewMemoryStore())
		g := open(t, l, store)
		g.sync(t)
		store.Always(func(string) mirrortest.Fault { return mirrortest.Fault{Fails: true} })
		g.Amend(t.Context(), 1, l.told(t, l.rename(3, "Edited")))
		wantSame(t, g, l)

		store.Always(nil)
		g.sync(t)
		g.stop(t)
		next := open(t, l, store)
		if _, err := next.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantSame(t, next, l)
	})
}
