package mirror_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"domestique/fitness"
	"domestique/mirror"
)

// A reader that was killed leaves its lease behind. Who has nothing to show waits for no longer than it stands.
func TestTheTurnOfAKilledReaderIsTakenOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store := newList(300), mirror.NewMemoryStore()
		if _, err := store.Claim(t.Context(), mirror.Lease{ID: "killed", TTL: time.Minute}, ""); err != nil {
			t.Fatal(err)
		}
		g, began := open(t, l, store), time.Now()
		snapshot, err := g.Snapshot(t.Context())
		if err != nil || len(snapshot.Activities) == 0 {
			t.Fatalf("%+v, %v", snapshot, err)
		}
		if took := time.Since(began); took < 14*time.Second || took > 17*time.Second {
			t.Errorf("the first page is shown after %v, want 15 s or little more", took)
		}
	})
}

// One that waits for Strava is alive, and keeps its turn.
func TestASlowReaderKeepsItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store := newList(1000), mirror.NewMemoryStore()
		first, second := open(t, l, store), open(t, l, store)
		pages := 0
		l.before = func(fitness.HistoryPage) {
			if pages++; pages == 3 {
				time.Sleep(50 * time.Second)
			}
		}
		filled := make(chan error)
		go func() { filled <- first.Sync(t.Context()) }()
		synctest.Wait()
		for range 8 {
			second.sync(t)
			time.Sleep(5 * time.Second)
		}
		if got := l.called(); got != 3 {
			t.Errorf("%d calls, want the three of the first replica", got)
		}
		if err := <-filled; err != nil {
			t.Fatal(err)
		}
		wantSame(t, first, l)
	})
}

// Who has nothing to show waits for its turn; when that comes, the one before may have read everything.
func TestATurnThatComesTooLateTakesNoCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store := newList(1000), mirror.NewMemoryStore()
		first := open(t, l, store)
		second := open(t, l, &gated{Store: store, claim: sync.OnceFunc(func() { first.sync(t) })})
		second.sync(t)
		wantSame(t, second, l)
		if got := l.called(); got != 6 {
			t.Errorf("%d calls, want the six of one fill", got)
		}
	})
}

// gated is a store that lets something happen before a claim.
type gated struct {
	mirror.Store
	claim func()
}

func (g *gated) Claim(ctx context.Context, next mirror.Lease, over string) (mirror.Lease, error) {
	g.claim()
	return g.Store.Claim(ctx, next, over)
}

// What another process keeps is shown without a call.
func TestAStartTakesNoCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store := newList(1000), mirror.NewMemoryStore()
		open(t, l, store).sync(t)
		before := l.called()
		snapshot, err := open(t, l, store).Snapshot(t.Context())
		synctest.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if len(snapshot.Activities) != 1000 || l.called() != before {
			t.Errorf("%d activities after %d calls, want all without any", len(snapshot.Activities), l.called()-before)
		}
		time.Sleep(time.Hour)
		if _, err := open(t, l, store).Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if l.called() != before+1 {
			t.Errorf("%d calls, want one for what may be new in an hour", l.called()-before)
		}
	})
}
