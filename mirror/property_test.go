package mirror_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"domestique/fitness"
	"domestique/mirror"
	"domestique/mirror/mirrortest"
)

// Whatever happens in whatever order (uploads, edits, deletions, events, syncs, kills, replicas, faults of Strava's and of
// the store's), the copy ends as a fresh fill would have it, on every replica, and nothing in between is a lie: no
// activity is dropped that Strava still has, once the copy was complete.
func TestAnyInterleavingEndsInTheSameCopy(t *testing.T) {
	t.Parallel()
	seeds := repeats(t, "SEEDS", 4)
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, uint64(seed))
				for range 150 {
					w.act()
				}
				w.calm()
			})
		})
	}
}

// world is two replicas on one store, a list, and a hand that does anything to them.
type world struct {
	t        *testing.T
	random   *rand.Rand
	list     *list
	store    *mirrortest.Faults
	replicas [2]*gateway
}

func newWorld(t *testing.T, seed uint64) *world {
	random := chance(t, seed)
	w := &world{t: t, random: random, list: newList(random.IntN(500)), store: mirrortest.WithFaults(mirror.NewMemoryStore())}
	for i := range w.replicas {
		w.replicas[i] = open(t, w.list, w.store)
	}
	return w
}

func (w *world) act() {
	list, replica := w.list, w.random.IntN(len(w.replicas))
	g := w.replicas[replica]
	place := -1
	if size := list.size(); size > 0 {
		place = w.random.IntN(size)
		if w.random.IntN(2) == 0 {
			place = min(place, w.random.IntN(10)) // Most of what happens, happens to the newest.
		}
	}
	switch action := w.random.IntN(20); {
	case action < 3:
		id := list.add(time.Now().Add(-time.Duration(w.random.IntN(3600)) * time.Second))
		w.tell(func() error { return g.Refetch(w.t.Context(), id) })
	case action == 3:
		list.add(epoch.Add(-time.Duration(w.random.IntN(5000)) * time.Hour)) // Nobody tells of it.
	case action < 6 && place >= 0:
		id := list.remove(place)
		w.tell(func() error { return g.Remove(w.t.Context(), id) })
	case action == 6 && place >= 0:
		id := list.rename(place, fmt.Sprint("Renamed ", w.random.IntN(1000)))
		if w.random.IntN(2) == 0 {
			g.Amend(w.t.Context(), 1, list.told(w.t, id)) // The gateway itself has done it.
		} else {
			w.tell(func() error { return g.Refetch(w.t.Context(), id) })
		}
	case action == 7 && place >= 0:
		list.move(place, epoch.Add(-time.Duration(w.random.IntN(3000))*time.Hour))
	case action < 10:
		w.replicas[replica].stop(w.t)
		w.replicas[replica] = open(w.t, list, w.store)
	case action == 10:
		w.spoilStore()
	case action == 11:
		w.spoilStrava()
	case action == 12:
		list.setSpoil(nil)
		list.setRefuse(nil)
		w.store.Always(nil)
	case action < 17:
		_ = g.Sync(w.t.Context()) // It may fail now.
	default:
		_, _ = g.Snapshot(w.t.Context())
	}
	time.Sleep(time.Duration(w.random.IntN(int(40 * time.Minute))))
}

// tell is an event, which comes or gets lost.
func (w *world) tell(event func() error) {
	if w.random.IntN(3) > 0 {
		_ = event()
	}
}

func (w *world) spoilStore() {
	random := rand.New(rand.NewPCG(w.random.Uint64(), 2))
	w.store.Always(func(string) mirrortest.Fault {
		return mirrortest.Fault{Fails: random.IntN(3) == 0, Applied: random.IntN(2) == 0}
	})
}

func (w *world) spoilStrava() {
	random := rand.New(rand.NewPCG(w.random.Uint64(), 3))
	w.list.setRefuse(func() error {
		if random.IntN(10) == 0 {
			return errDown
		}
		return nil
	})
	w.list.setSpoil(func(_ fitness.HistoryPage, rows []*fitness.Activity) ([]*fitness.Activity, error) {
		switch random.IntN(12) {
		case 0:
			return nil, nil
		case 1:
			return rows[:random.IntN(len(rows)+1)], nil
		case 2:
			return nil, errDown
		default:
			return rows, nil
		}
	})
}

// calm lets everything work again for as long as a walk takes, and looks at what has come of it.
func (w *world) calm() {
	w.list.setSpoil(nil)
	w.list.setRefuse(nil)
	w.store.Always(nil)
	for range 40 {
		time.Sleep(2 * time.Hour)
		for _, g := range w.replicas {
			if err := g.Sync(w.t.Context()); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	time.Sleep(10 * time.Second)
	next := open(w.t, w.list, w.store)
	if w.list.size() > 0 {
		next.sync(w.t)
	}
	for _, g := range []*gateway{w.replicas[0], w.replicas[1], next} {
		if _, err := g.Snapshot(w.t.Context()); err != nil && !errors.Is(err, errDown) {
			w.t.Error(err)
		}
		time.Sleep(5 * time.Second)
		wantSame(w.t, g, w.list)
	}
	if _, trouble := next.Held(); trouble != nil {
		w.t.Errorf("in the end: %v", trouble)
	}
}

func (l *list) setSpoil(spoil func(fitness.HistoryPage, []*fitness.Activity) ([]*fitness.Activity, error)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spoil = spoil
}
