package tokens_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"domestique/strava"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

// TestReplicasShareOneRefresh is the acceptance test of a lease: several servers, one store, callers on all of them, and
// exactly one request to Strava for every token, with no dead refresh token ever.
func TestReplicasShareOneRefresh(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		replicas int
		life     time.Duration
		left     time.Duration // Of the token when everybody comes; negative: it has expired.
		wrong    mishap
	}{
		{"two, within the margin", 2, sixHours, 30 * time.Minute, mishap{before: 3 * time.Second, after: 3 * time.Second}},
		{"two, expired", 2, sixHours, -time.Minute, mishap{before: 3 * time.Second, after: 3 * time.Second}},
		{"three, expired", 3, sixHours, -time.Minute, mishap{before: 9 * time.Second, after: 10 * time.Second}},
		{"three, expired, strava answers at once", 3, sixHours, -time.Minute, mishap{}},
		{"three, lives of 20 s, within the margin", 3, 20 * time.Second, 3 * time.Second, mishap{before: time.Second}},
		{"three, lives of 20 s, expired", 3, 20 * time.Second, -time.Second, mishap{before: time.Second, after: 500 * time.Millisecond}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, test.life, func(t *testing.T, w *world) {
				time.Sleep(test.life - test.left)
				w.strava.queue(test.wrong)
				var callers sync.WaitGroup
				for range test.replicas {
					r := w.replica()
					for range 8 {
						callers.Go(func() {
							if _, err := r.AccessToken(t.Context()); err != nil {
								t.Errorf("AccessToken: %v", err)
							}
						})
					}
				}
				callers.Wait()
				time.Sleep(test.wrong.before + test.wrong.after + time.Second) // Within the margin nobody waits for the flight.
				synctest.Wait()
				w.wantCalls(1, 0)
				w.wantKept()
			})
		})
	}
}

// TestReplicasLiveTogether has three replicas with traffic for many lives of a token.
func TestReplicasLiveTogether(t *testing.T) {
	t.Parallel()
	for _, life := range []time.Duration{20 * time.Second, sixHours} {
		t.Run(life.String(), func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, life, func(t *testing.T, w *world) {
				began := time.Now()
				slow := min(life/40, 9*time.Second)
				w.strava.always(func() mishap { return mishap{before: slow, after: slow} })
				var callers sync.WaitGroup
				for n := range 3 {
					r := w.replica()
					callers.Go(func() {
						time.Sleep(time.Duration(n) * life / 1000)
						for time.Since(began) < 20*life {
							if _, err := r.AccessToken(t.Context()); err != nil {
								t.Errorf("AccessToken: %v", err)
								return
							}
							time.Sleep(life / 100)
						}
					})
				}
				callers.Wait()
				time.Sleep(life / 10)
				w.wantKept()
				w.strava.mu.Lock()
				defer w.strava.mu.Unlock()
				if w.strava.dead != 0 || w.strava.together != 1 || w.strava.calls > 20*4 {
					t.Errorf("%d calls, %d dead, %d at once; want at most 80, 0, 1", w.strava.calls, w.strava.dead, w.strava.together)
				}
			})
		})
	}
}

// A replica whose old token still serves does not wait for another one's lease.
func TestAnothersLeaseMakesNobodyWaitWhileTheOldTokenServes(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		time.Sleep(sixHours - 30*time.Minute)
		w.plant(func(row *tokens.Row) { row.Lease = tokens.Lease{ID: "another.claim", TTL: time.Minute} })
		r := w.replica()
		began := time.Now()
		if _, err := r.AccessToken(t.Context()); err != nil {
			t.Fatal(err)
		}
		if waited := time.Since(began); waited != 0 {
			t.Errorf("waited %v", waited)
		}
		time.Sleep(50 * time.Second)
		if _, err := r.AccessToken(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.wantCalls(0, 0)
		time.Sleep(11 * time.Second)
		w.wantTokenSoon(r)
		w.wantCalls(1, 0)
	})
}

// A process that has just started and finds something due, but nothing to be had, serves what the row still has.
func TestARowWithTimeLeftServesAtOnce(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		w.strava.always(func() mishap { return mishap{refuse: strava.ErrUnavailable} })
		time.Sleep(sixHours - 30*time.Minute)
		w.wantToken(w.replica())
		w.wantCalls(1, 0)
	})
}

// A lease with an absurd length is followed for a minute at most, and one without any for a moment at least.
func TestAnothersLeaseIsBelievedWithinBounds(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		ttl             time.Duration
		atLeast, atMost time.Duration
	}{
		{1000 * time.Hour, time.Minute, 62 * time.Second},
		{0, 1500 * time.Millisecond, 4 * time.Second},
		{5 * time.Second, 5 * time.Second, 7 * time.Second},
	} {
		t.Run(test.ttl.String(), func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				time.Sleep(sixHours)
				w.plant(func(row *tokens.Row) { row.Lease = tokens.Lease{ID: "another.claim", TTL: test.ttl} })
				began := time.Now()
				w.wantToken(w.replica())
				if waited := time.Since(began); waited < test.atLeast || waited > test.atMost {
					t.Errorf("waited %v, want %v to %v", waited, test.atLeast, test.atMost)
				}
			})
		})
	}
}

// A lease that was seen before an outage of the store has not aged by it: its holder may be waiting with an answer.
func sharedOutage(t *testing.T, w *world) {
	holder, other := w.replica(), w.replica()
	job := func() {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_ = other.Refresh(ctx)
	}
	w.strava.queue(mishap{after: 5 * time.Second})
	var callers sync.WaitGroup
	callers.Go(func() { w.wantToken(holder) })
	synctest.Wait()
	job() // Sees the lease.
	holder.store.Always(storetest.Down)
	other.store.Always(storetest.Down)
	for range 10 {
		time.Sleep(time.Minute)
		job()
	}
	other.store.Always(nil)
	job()
	time.Sleep(5 * time.Second)
	job()
	holder.store.Always(nil)
	callers.Wait()
	time.Sleep(10 * time.Second)
	w.wantCalls(1, 0)
}

func claimRace(t *testing.T, w *world) {
	first, second := w.replica(), w.replica()
	// Both have read the row; the second one's claim is stored while the first one's is on its way.
	first.store.Queue(storetest.Save, storetest.Fault{Meanwhile: func() { w.wantToken(second) }})
	w.wantToken(first)
	w.wantCalls(1, 0)
}

func slowStrava(t *testing.T, w *world) {
	w.strava.queue(mishap{before: 9 * time.Second, after: 10 * time.Second})
	var callers sync.WaitGroup
	for range 3 {
		r := w.replica()
		callers.Go(func() {
			if _, err := r.AccessToken(t.Context()); err != nil {
				t.Errorf("AccessToken: %v", err)
			}
		})
	}
	callers.Wait()
	w.wantCalls(1, 0)
}

// A clock that is wrong by less than a token's life costs refreshes before their time, or after it; one that is wrong by
// more makes every answer look expired. Neither costs the grant, and no lease is judged by another machine's clock.
func skewedClocks(t *testing.T, w *world) {
	skews := []time.Duration{-7 * time.Hour, -2 * time.Hour, 0, 2 * time.Hour, 7 * time.Hour}
	var callers sync.WaitGroup
	for _, skew := range skews {
		r := w.replica(func(cfg *tokens.Config) { cfg.Now = func() time.Time { return time.Now().Add(skew) } })
		callers.Go(func() {
			for range 12 * 60 {
				if _, err := r.AccessToken(t.Context()); err != nil {
					t.Errorf("with a clock off by %v: %v", skew, err)
					return
				}
				time.Sleep(time.Minute)
			}
		})
	}
	callers.Wait()
	synctest.Wait()
	w.strava.mu.Lock()
	defer w.strava.mu.Unlock()
	if w.strava.dead != 0 || w.strava.together > 1 {
		t.Errorf("%d dead tokens, %d requests at once", w.strava.dead, w.strava.together)
	}
}
