package tokens_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

// wrongClock is the clock of a machine beside Strava's, which is the bubble's, and what is known of the difference.
type wrongClock struct {
	ahead  time.Duration // Of Strava's.
	learnt atomic.Int64
}

func (c *wrongClock) now() time.Time      { return time.Now().Add(c.ahead) }
func (c *wrongClock) skew() time.Duration { return time.Duration(c.learnt.Load()) }
func (c *wrongClock) learn()              { c.learnt.Store(int64(-c.ahead)) }

// taught is the way to Strava: whatever it answers has a Date.
type taught struct {
	tokens.OAuth
	clock *wrongClock
}

func (o taught) Refresh(ctx context.Context, grant strava.Grant) (strava.Grant, error) {
	defer o.clock.learn()
	return o.OAuth.Refresh(ctx, grant)
}

// replicaBy starts a replica on a machine with that clock.
func (w *world) replicaBy(clock *wrongClock) *replica {
	return w.replica(func(cfg *tokens.Config) {
		cfg.Now, cfg.Skew, cfg.OAuth = clock.now, clock.skew, taught{cfg.OAuth, clock}
	})
}

// TestSkewedClock has one replica, and two with different clocks over one row, live for ten lives of a token. Once the
// difference is known no expired token is served, and Strava is asked as seldom as with a clock that is right.
func TestSkewedClock(t *testing.T) {
	t.Parallel()
	const off = 10 * time.Minute
	// What ten lives cost with a right clock: one refresh for each where Strava has a new token to give at the margin, and
	// where it has not yet, three.
	for life, asked := range map[time.Duration]int{sixHours: 12, 20 * time.Second: 33} {
		for _, test := range []struct {
			name  string
			ahead []time.Duration
		}{
			{"right", []time.Duration{0}},
			{"ahead", []time.Duration{off}},
			{"behind", []time.Duration{-off}},
			{"one ahead, one behind", []time.Duration{off, -off}},
			{"one right, one behind", []time.Duration{0, -off}},
			{"one right, one ahead", []time.Duration{0, off}},
		} {
			t.Run(fmt.Sprintf("lives of %v, %s", life, test.name), func(t *testing.T) {
				t.Parallel()
				inConnectedWorld(t, life, func(t *testing.T, w *world) {
					var callers sync.WaitGroup
					for _, ahead := range test.ahead {
						clock := &wrongClock{ahead: ahead}
						clock.learn()
						r := w.replicaBy(clock)
						callers.Go(func() { w.live(t, r, 10) })
					}
					callers.Wait()
					w.wantKept()
					if w.strava.calls > asked || w.strava.dead != 0 {
						t.Errorf("asked %d times, %d dead tokens; want at most %d, 0", w.strava.calls, w.strava.dead, asked)
					}
				})
			})
		}
	}
}

// live has a caller use tokens for so many lives of one.
func (w *world) live(t *testing.T, r *replica, lives int) {
	for began := time.Now(); time.Since(began) < time.Duration(lives)*w.strava.life; {
		token, err := r.AccessToken(t.Context())
		if err != nil {
			t.Errorf("AccessToken: %v", err)
			return
		}
		w.strava.mu.Lock()
		if token == string(w.strava.access) && !time.Now().Before(w.strava.expires) {
			t.Errorf("served a token %v after it had expired", time.Since(w.strava.expires))
		}
		w.strava.mu.Unlock()
		time.Sleep(w.strava.life / 144)
	}
}

// TestSkewIsLearnt begins, like TestFailureMatrix, with a token that has just expired.
func TestSkewIsLearnt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		test func(t *testing.T, w *world)
	}{
		{"the clock is ahead", skewLearnt(10 * time.Minute)},
		{"the clock is behind", skewLearnt(-10 * time.Minute)},
		{"a lease stands while the difference steps", skewStepsUnderALease},
		{"strava's rate limit ends by strava's clock", skewedRateLimit},
		{"package oauth2 is told an expiry by this machine's clock", skewedExpiry},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				time.Sleep(sixHours)
				test.test(t, w)
				synctest.Wait()
				w.wantKept()
			})
		})
	}
}

// A process that has not heard from Strava yet can only believe its own clock. The first answer puts it right, whichever
// way it is wrong: from then on the margin is reached when it is reached by Strava's clock.
func skewLearnt(ahead time.Duration) func(t *testing.T, w *world) {
	return func(t *testing.T, w *world) {
		clock := &wrongClock{ahead: ahead}
		r := w.replicaBy(clock)
		if ahead < 0 { // The token looks good, until Strava's API refuses it.
			if _, err := r.AccessToken(t.Context()); err != nil {
				t.Fatal(err)
			}
			clock.learn()
		}
		w.wantToken(r)
		w.wantCalls(1, 0)
		for calls := 1; calls < 6; calls++ {
			time.Sleep(sixHours - tokens.DefaultMargin - time.Second)
			w.wantTokenSoon(r)
			w.wantCalls(calls, 0)
			time.Sleep(time.Second)
			w.wantTokenSoon(r)
			w.wantCalls(calls+1, 0)
		}
	}
}

// What is learnt meanwhile makes another's lease look neither older nor younger.
func skewStepsUnderALease(t *testing.T, w *world) {
	w.plant(func(row *tokens.Row) { row.Lease = tokens.Lease{ID: "another.claim", TTL: time.Minute} })
	clock := &wrongClock{}
	r := w.replicaBy(clock)
	steps := []time.Duration{0, 12 * time.Hour, -12 * time.Hour, time.Minute, -time.Minute}
	began := time.Now()
	for n := 0; time.Since(began) < time.Minute-time.Second; n++ {
		clock.learnt.Store(int64(steps[n%len(steps)]))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		_ = r.Refresh(ctx)
		cancel()
		time.Sleep(time.Second)
	}
	w.wantCalls(0, 0)
	clock.learn()
	time.Sleep(3 * time.Second)
	w.wantToken(r)
	w.wantCalls(1, 0)
}

func skewedRateLimit(t *testing.T, w *world) {
	r := w.replicaBy(&wrongClock{ahead: 10 * time.Minute})
	w.strava.queue(mishap{refuse: &strava.RateLimitError{RetryAt: time.Now().Add(5 * time.Minute)}})
	wantError(t, r, tokens.ErrUnavailable)
	time.Sleep(5*time.Minute - time.Second)
	wantError(t, r, tokens.ErrUnavailable)
	w.wantCalls(1, 0)
	time.Sleep(3 * time.Second)
	w.wantToken(r)
	w.wantCalls(2, 0)
}

func skewedExpiry(t *testing.T, w *world) {
	clock := &wrongClock{ahead: 10 * time.Minute}
	token, err := w.replicaBy(clock).Token()
	if err != nil {
		t.Fatal(err)
	}
	if left := token.Expiry.Sub(clock.now()); left != sixHours {
		t.Errorf("it expires in %v by this machine's clock, want %v", left, sixHours)
	}
}
