package mirror_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domestique/fitness"
	"domestique/mirror"
	"domestique/mirror/mirrortest"
)

func TestEditsAndDeletionsAreFoundInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newList(1500)
		g := open(t, l, mirror.NewMemoryStore())
		g.sync(t)
		recent, old, edited, recentEdit := l.remove(5), l.remove(1200), l.rename(900, "Edited"), l.rename(7, "Edited too")
		added := l.add(epoch.Add(-3000 * time.Hour).Add(time.Minute))
		calls := l.called()
		g.sync(t)
		if g.find(recent) != "" || g.find(recentEdit) != "Edited too" {
			t.Error("what happened on the newest page is not seen at once")
		}
		if got := l.called() - calls; got != 2 {
			t.Errorf("%d calls, want the newest page and the question for the one that is missing", got)
		}
		calls = l.called()
		g.keepFor(t, 37*time.Hour)
		if g.find(old) != "" || g.find(edited) != "Edited" || g.find(added) == "" {
			t.Errorf("what happened further down is not seen after a day and a half")
		}
		if got, syncs := l.called()-calls, 19; got > syncs+20 {
			t.Errorf("%d calls in %d syncs", got, syncs)
		}
		wantSame(t, g, l)
		if snapshot, _ := g.Held(); time.Since(snapshot.OldestFetchedAt) > 40*time.Hour {
			t.Errorf("the oldest was fetched at %v, and it is %v", snapshot.OldestFetchedAt, time.Now())
		}
	})
}

// A large history is walked in small steps.
func TestAWalkIsSpread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newList(4000)
		g := open(t, l, mirror.NewMemoryStore())
		g.sync(t)
		for range 40 {
			calls := l.called()
			time.Sleep(15 * time.Minute)
			g.sync(t)
			if got := l.called() - calls; got > 2 {
				t.Fatalf("a sync took %d calls", got)
			}
		}
	})
}

// A single bad answer takes nothing away, and neither does one that comes for an hour.
func TestBadAnswersTakeNothingAway(t *testing.T) {
	t.Parallel()
	for name, spoiled := range map[string]func([]*fitness.Activity) []*fitness.Activity{
		"empty": func([]*fitness.Activity) []*fitness.Activity { return nil },
		"short": func(rows []*fitness.Activity) []*fitness.Activity { return rows[:len(rows)/7] },
		"with gap": func(rows []*fitness.Activity) []*fitness.Activity {
			return append(rows[:len(rows)/7:len(rows)/7], rows[len(rows)/2:]...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newList(700)
				g := open(t, l, mirror.NewMemoryStore())
				g.sync(t)
				snapshot, _ := g.Held()
				l.setSpoil(func(_ fitness.HistoryPage, rows []*fitness.Activity) ([]*fitness.Activity, error) {
					return spoiled(rows), nil
				})
				for range 8 {
					time.Sleep(15 * time.Minute)
					_ = g.Sync(t.Context())
				}
				wantSame(t, g, l)
				if after, _ := g.Held(); after.Version != snapshot.Version {
					t.Errorf("the version went from %d to %d", snapshot.Version, after.Version)
				}
			})
		})
	}
}

func TestEventsAreTakenInAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store := newList(450), mirror.NewMemoryStore()
		g := open(t, l, store)
		g.sync(t)
		newest := g.Subscribe(t.Context())
		held := <-newest
		time.Sleep(time.Minute)

		added := l.add(epoch.Add(time.Minute))
		edited := l.rename(300, "Edited")
		deleted := l.remove(400)
		for _, err := range []error{g.Refetch(t.Context(), added), g.Refetch(t.Context(), edited), g.Remove(t.Context(), deleted)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := g.Refetch(t.Context(), deleted); !errors.Is(err, fitness.ErrNoSuchActivity) {
			t.Errorf("an activity that is gone: %v", err)
		}
		snapshot := <-newest
		if snapshot.Version <= held.Version || len(snapshot.Activities) != 450 || snapshot.Activities[0].StravaID != added {
			t.Errorf("the listener gets version %d after %d, with %d activities", snapshot.Version, held.Version, len(snapshot.Activities))
		}
		wantSame(t, g, l)
		g.stop(t) // What was acknowledged is stored.
		l.setRefuse(func() error { return errDown })
		next := open(t, l, store)
		if _, err := next.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantSame(t, next, l)
	})
}

// Who does not listen holds nobody up, and finds the newest copy alone. After the end nothing comes any more.
func TestASlowListener(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newList(10)
		g := open(t, l, mirror.NewMemoryStore())
		ctx, leave := context.WithCancel(t.Context())
		newest := g.Subscribe(ctx)
		if held := <-newest; held != nil {
			t.Errorf("before there is anything, the listener gets %+v", held)
		}
		g.sync(t)
		for n := range 20 {
			l.rename(0, strings.Repeat("x", n+1))
			time.Sleep(time.Second)
			if err := g.Refetch(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}
		if held, _ := g.Held(); <-newest != held {
			t.Error("the listener does not get the newest copy")
		}
		leave()
		synctest.Wait()
		g.sync(t)
		select {
		case snapshot := <-newest:
			t.Errorf("after the end the listener gets %+v", snapshot)
		default:
		}
	})
}

func TestAnotherAthletesGrantErasesTheCopy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store := newList(450), mirror.NewMemoryStore()
		first, second := open(t, l, store), open(t, l, store)
		first.sync(t)
		for _, g := range []*gateway{first, second} {
			if _, err := g.Snapshot(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		other := newList(3)
		l.mu.Lock()
		l.owner, l.entries = 2, other.entries
		l.mu.Unlock()
		time.Sleep(5 * time.Second)
		if first.count()+second.count() > 0 {
			t.Errorf("%d and %d activities of the athlete before are held", first.count(), second.count())
		}
		if first.erasures.Load() == 0 || second.erasures.Load() == 0 {
			t.Error("who keeps more of the athlete's was not told")
		}
		third := open(t, l, store)
		if snapshot, err := third.Snapshot(t.Context()); err != nil || len(snapshot.Activities) != 3 {
			t.Errorf("got %+v, %v", snapshot, err)
		}
		first.sync(t)
		second.sync(t)
		for _, g := range []*gateway{first, second, third} {
			wantSame(t, g, l)
		}
	})
}

// A store that is away costs nothing but what a restart would need.
func TestAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, inner := newList(450), mirror.NewMemoryStore()
		store := mirrortest.WithFaults(inner)
		store.Always(mirrortest.Down)
		g := open(t, l, store)
		g.sync(t)
		for range 5 {
			time.Sleep(15 * time.Minute)
			l.add(time.Now())
			g.sync(t)
			wantSame(t, g, l)
		}
		var problem *fitness.Error
		if _, trouble := g.Held(); !errors.As(trouble, &problem) || !strings.Contains(problem.Message, "can't be stored") {
			t.Errorf("the trouble is %v", trouble)
		}
		if got := strings.Count(g.log.String(), "ERROR"); got != 1 {
			t.Errorf("%d errors are logged, want one:\n%s", got, g.log)
		}
		store.Always(nil)
		time.Sleep(15 * time.Minute)
		g.sync(t)
		if _, trouble := g.Held(); trouble != nil || !strings.Contains(g.log.String(), "works again") {
			t.Errorf("the trouble is still %v", trouble)
		}
		next := open(t, l, inner)
		l.setRefuse(func() error { return errDown })
		if _, err := next.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantSame(t, next, l)
	})
}

// What could not be stored before the end is stored then.
func TestCloseStoresWhatIsNotStoredYet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, inner := newList(450), mirror.NewMemoryStore()
		store := mirrortest.WithFaults(inner)
		store.Always(mirrortest.Down)
		g := open(t, l, store)
		g.sync(t)
		store.Always(nil)
		if err := g.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		next := open(t, l, inner)
		l.setRefuse(func() error { return errDown })
		if _, err := next.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantSame(t, next, l)
	})
}

// A damaged copy is reported, read anew and written over; that of a later version is left to it.
func TestAnUnreadableCopy(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		damage   func([]byte) []byte
		says     string
		replaced bool
	}{
		"cut":             {func(data []byte) []byte { return data[:len(data)/2] }, "can't be read", true},
		"a flipped bit":   {func(data []byte) []byte { data[len(data)/2] ^= 4; return data }, "can't be read", true},
		"something else":  {func([]byte) []byte { return []byte("something else") }, "can't be read", true},
		"nothing":         {func([]byte) []byte { return []byte{} }, "can't be read", true},
		"a later version": {func(data []byte) []byte { data[5]++; return data }, "a later version", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l, store := newList(450), mirror.NewMemoryStore()
				open(t, l, store).sync(t)
				data, revision, err := store.Load(t.Context(), "")
				if err != nil {
					t.Fatal(err)
				}
				damaged := test.damage(data)
				if _, err := store.Save(t.Context(), damaged, revision); err != nil {
					t.Fatal(err)
				}
				g := open(t, l, store)
				g.sync(t)
				wantSame(t, g, l)
				if !strings.Contains(g.log.String(), test.says) {
					t.Errorf("the log says nothing of it:\n%s", g.log)
				}
				after, _, err := store.Load(t.Context(), "")
				if err != nil || bytes.Equal(after, damaged) == test.replaced {
					t.Errorf("stored is the same: %v, %v", bytes.Equal(after, damaged), err)
				}
			})
		})
	}
}

// Clocks go wrong by an hour, and are put right.
func TestAClockThatIsAnHourOff(t *testing.T) {
	t.Parallel()
	for _, off := range []time.Duration{time.Hour, -time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newList(700)
				var wrong time.Duration
				g, err := mirror.New(mirror.Config{
					Source: l, Store: mirror.NewMemoryStore(), Now: func() time.Time { return time.Now().Add(wrong) },
				})
				if err != nil {
					t.Fatal(err)
				}
				sync := func() {
					if err := g.Sync(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				sync()
				wrong = off
				l.rename(3, "While it is wrong")
				time.Sleep(time.Minute)
				sync()
				wantSame(t, &gateway{Mirror: g}, l)
				wrong = 0
				l.rename(3, "When it is right")
				time.Sleep(time.Minute)
				sync()
				wantSame(t, &gateway{Mirror: g}, l)
			})
		})
	}
}
