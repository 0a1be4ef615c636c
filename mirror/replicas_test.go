package mirror_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"domestique/fitness"
	"domestique/mirror"
	"domestique/mirror/mirrortest"
)

func TestReplicasSeeEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store := newList(450), mirrortest.WithFaults(mirror.NewMemoryStore())
		writer, reader := open(t, l, store), open(t, l, store)
		writer.sync(t)
		if snapshot, err := reader.Snapshot(t.Context()); err != nil || len(snapshot.Activities) != 450 {
			t.Fatalf("got %+v, %v", snapshot, err)
		}
		calls := l.called()
		for range 3 {
			time.Sleep(time.Minute)
			l.add(time.Now())
			writer.sync(t)
			for range 5 {
				if _, err := reader.Snapshot(t.Context()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
			}
			wantSame(t, reader, l)
		}
		if got := l.called() - calls; got != 3 {
			t.Errorf("%d calls, want those of the writer alone", got)
		}
		if err := reader.Keep(t.Context()); err != nil || l.called()-calls != 3 {
			t.Errorf("a job asked Strava although another replica has just done so: %v", err)
		}
		time.Sleep(time.Minute) // Nobody asks any more.
		looks := store.Calls("load")
		time.Sleep(time.Hour)
		if got := store.Calls("load"); got > looks {
			t.Errorf("the store was looked at %d times for nobody", got-looks)
		}
	})
}

// Who only listens hears within 5 s of what another replica has stored, however long that takes to come, and the store is
// looked at no longer than somebody listens.
func TestAListenerHearsOfAnotherReplica(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store := newList(450), mirrortest.WithFaults(mirror.NewMemoryStore())
		writer, reader := open(t, l, store), open(t, l, store)
		writer.sync(t)
		ctx, leave := context.WithCancel(t.Context())
		newest := reader.Subscribe(ctx)
		if held := <-newest; len(held.Activities) != 450 {
			t.Fatalf("the listener gets %+v", held)
		}
		for range 3 {
			time.Sleep(time.Hour)
			l.add(time.Now())
			writer.sync(t)
			stored := time.Now()
			<-newest
			if took := time.Since(stored); took > 5*time.Second {
				t.Errorf("it took %v", took)
			}
			wantSame(t, reader, l)
		}
		leave()
		time.Sleep(time.Minute)
		looks := store.Calls("load")
		time.Sleep(time.Hour)
		if got := store.Calls("load"); got > looks {
			t.Errorf("the store was looked at %d times for nobody", got-looks)
		}
	})
}

// Only one replica reads the list; one that dies with the lease is waited for, one that gives it back is not.
func TestOneReplicaFills(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store := newList(1000), mirror.NewMemoryStore()
		first, second := open(t, l, store), open(t, l, store)
		arrived, release := make(chan struct{}), make(chan struct{})
		pages := 0
		l.before = func(fitness.HistoryPage) {
			if pages++; pages == 3 {
				close(arrived)
				<-release
			}
		}
		filled := make(chan error)
		go func() { filled <- first.Sync(t.Context()) }()
		<-arrived
		if snapshot, err := second.Snapshot(t.Context()); err != nil || len(snapshot.Activities) != 200 || snapshot.Complete {
			t.Fatalf("the second replica has %+v, %v", snapshot, err)
		}
		second.sync(t)
		if got := l.called(); got != 3 {
			t.Errorf("%d calls, want the three of the first replica", got)
		}
		time.Sleep(2 * time.Minute) // The first one hangs: its lease is renewed no more.
		second.sync(t)
		time.Sleep(15 * time.Second)
		second.sync(t)
		wantSame(t, second, l)
		close(release)
		<-filled
		time.Sleep(time.Minute)
		first.sync(t)
		wantSame(t, first, l)
	})
}

func TestForgetErasesEverywhere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store := newList(450), mirrortest.WithFaults(mirror.NewMemoryStore())
		first, second := open(t, l, store), open(t, l, store)
		first.sync(t)
		second.sync(t)
		if _, err := second.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		store.Always(func(op string) mirrortest.Fault { return mirrortest.Fault{Fails: op == "erase"} })
		if err := first.Forget(t.Context()); err == nil {
			t.Error("a store that keeps the copy is no failure")
		}
		if first.count() > 0 {
			t.Error("the copy is still held")
		}
		store.Always(nil)
		if err := first.Forget(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		if second.count() > 0 {
			t.Error("the other replica still holds the copy")
		}
		if got := second.erasures.Load(); got != 1 {
			t.Errorf("who keeps more of the athlete's beside the other replica's copy was told %d times, want once", got)
		}
		if _, _, err := store.Load(t.Context(), ""); !errors.Is(err, mirror.ErrNotFound) {
			t.Errorf("stored is still something: %v", err)
		}
	})
}
