package tokens_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"domestique/strava"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

// TestFailureMatrix takes every moment of a refresh at which something can break, and breaks it there. Each case begins
// with a token that has just expired, so callers feel all of it, and must end with the valid refresh token in the row and
// no dead one presented to Strava, unless it says that physics took it.
func TestFailureMatrix(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		test func(t *testing.T, w *world)
	}{
		{"killed before the claim", killedBeforeTheClaim},
		{"the claim is lost before it is stored", func(t *testing.T, w *world) {
			r := w.replica()
			r.store.Queue(storetest.Save, storetest.FailBefore())
			w.wantToken(r)
			w.wantCalls(1, 0)
		}},
		{"the claim is stored and its confirmation lost", func(t *testing.T, w *world) {
			r := w.replica()
			r.store.Queue(storetest.Save, storetest.ApplyThenFail())
			w.wantToken(r)
			wantSaves(t, r, 2) // The claim and the answer.
			w.wantCalls(1, 0)
		}},
		{"the claim is stored and repeated by the client", func(t *testing.T, w *world) {
			r := w.replica()
			r.store.Queue(storetest.Save, storetest.ApplyThenConflict())
			w.wantToken(r)
			wantSaves(t, r, 2) // The claim and the answer.
			w.wantCalls(1, 0)
		}},
		{"the claim is stored, unconfirmed, and can't be read for a while", func(t *testing.T, w *world) {
			r := w.replica()
			r.store.Queue(storetest.Save, storetest.Fault{Applied: true, Err: storetest.ErrInjected, Meanwhile: func() {
				r.store.Always(storetest.Down)
			}})
			wantError(t, r, tokens.ErrUnavailable)
			r.store.Always(nil)
			time.Sleep(2 * time.Second)
			began := time.Now()
			w.wantToken(r)
			if waited := time.Since(began); waited != 0 {
				t.Errorf("waited %v for a lease of its own", waited)
			}
			w.wantCalls(1, 0)
		}},
		{"the claim is refused though nobody else wrote", func(t *testing.T, w *world) {
			r := w.replica()
			r.store.Queue(storetest.Save, storetest.Conflict())
			w.wantToken(r)
			w.wantCalls(1, 0)
		}},
		{"the store refuses the claim for a minute", func(t *testing.T, w *world) {
			r := w.replica()
			r.store.Always(failSaves)
			began := time.Now()
			wantError(t, r, tokens.ErrUnavailable)
			if waited := time.Since(began); waited > 10*time.Second {
				t.Errorf("the caller waited %v to hear it", waited)
			}
			time.Sleep(time.Minute)
			w.wantCalls(0, 0)
			r.store.Always(nil)
			w.wantToken(r)
			w.wantCalls(1, 0)
		}},
		{"the claim takes longer than may be left of it", slowClaim},
		{"killed between the claim and the request", killedAfterTheClaim},
		{"the request never reaches strava", func(t *testing.T, w *world) {
			r := w.replica()
			w.strava.queue(mishap{before: time.Hour})
			w.wantAwayThenBack(r, tokens.FailureNoAnswer)
			w.wantCalls(1, 0)
		}},
		{"strava answers 5xx", func(t *testing.T, w *world) {
			r := w.replica()
			w.strava.queue(mishap{refuse: strava.ErrUnavailable})
			w.wantAwayThenBack(r, tokens.FailureNoAnswer)
			w.wantCalls(2, 0)
		}},
		{"strava answers 429", func(t *testing.T, w *world) {
			r := w.replica()
			w.strava.queue(mishap{refuse: &strava.RateLimitError{RetryAt: time.Now()}})
			w.wantAwayThenBack(r, tokens.FailureRateLimited)
			w.wantCalls(2, 0)
		}},
		{"strava's answer is lost, but it did not rotate", func(t *testing.T, w *world) {
			r := w.replica()
			w.strava.keepsRefreshToken = true
			w.strava.queue(mishap{lost: true})
			w.wantAwayThenBack(r, tokens.FailureNoAnswer)
			w.wantCalls(2, 0)
		}},
		{"the store refuses strava's answer for ten minutes", func(t *testing.T, w *world) {
			r := w.replica()
			r.store.Queue(storetest.Save, storetest.Fault{}) // The claim.
			w.strava.queue(mishap{meanwhile: func() { r.store.Always(storetest.Down) }})
			w.wantToken(r)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
			defer cancel()
			if err := r.Refresh(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Refresh: %v, though nothing is stored", err)
			}
			w.wantToken(r) // From memory.
			r.store.Always(nil)
			time.Sleep(8 * time.Second)
			w.wantCalls(1, 0)
		}},
		{"the store hangs when it is given strava's answer", func(t *testing.T, w *world) {
			r := w.replica()
			r.store.Queue(storetest.Save, storetest.Fault{}, storetest.Hang(), storetest.Hang())
			w.wantToken(r)
			time.Sleep(time.Minute)
			w.wantCalls(1, 0)
		}},
		{"the answer is stored and the confirmation lost", func(t *testing.T, w *world) {
			r := w.replica()
			r.store.Queue(storetest.Save, storetest.Fault{}, storetest.ApplyThenFail())
			w.wantToken(r)
			synctest.Wait()
			wantSaves(t, r, 2)
			w.wantCalls(1, 0)
		}},
		{"the answer is stored and repeated by the client", func(t *testing.T, w *world) {
			r := w.replica()
			r.store.Queue(storetest.Save, storetest.Fault{}, storetest.ApplyThenConflict())
			w.wantToken(r)
			synctest.Wait()
			w.wantCalls(1, 0)
		}},
		{"the answer is stored, unconfirmed, and can't be read for a while", func(t *testing.T, w *world) {
			r := w.replica()
			r.store.Queue(storetest.Save, storetest.Fault{}, storetest.ApplyThenFail())
			w.strava.queue(mishap{meanwhile: func() {
				r.store.Queue(storetest.Load, storetest.FailBefore(), storetest.Hang(), storetest.FailBefore())
			}})
			w.wantToken(r)
			time.Sleep(time.Minute)
			w.wantCalls(1, 0)
		}},
		{"the answer meets an unrelated write", unrelatedWrite},
		{"the answer meets a lease that was stolen", stolenLease},
		{"the answer meets a newer grant", newerGrant},
		{"the store is away from both, and comes back to the one without the answer first", sharedOutage},
		{"the answer meets a newer grant that strava has refused", newerGrantRefused},
		{"two replicas race for the claim", claimRace},
		{"strava is slow, but within the time-out", slowStrava},
		{"the caller goes away", func(t *testing.T, w *world) {
			r := w.replica()
			w.strava.queue(mishap{before: 5 * time.Second, after: 5 * time.Second})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := r.AccessToken(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("AccessToken: %v", err)
			}
			time.Sleep(time.Minute)
			w.wantCalls(1, 0)
		}},
		{"the job's context is cancelled at shutdown", func(t *testing.T, w *world) {
			r := w.replica()
			w.strava.queue(mishap{before: 5 * time.Second, after: 5 * time.Second})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := r.Refresh(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Refresh: %v", err)
			}
			if err := r.Close(t.Context()); err != nil {
				t.Errorf("Close: %v", err)
			}
			w.wantCalls(1, 0)
		}},
		{"shut down while strava answers", func(t *testing.T, w *world) {
			r := w.replica()
			w.strava.queue(mishap{after: 10 * time.Second})
			r.store.Queue(storetest.Save, storetest.Fault{}, storetest.FailBefore(), storetest.FailBefore())
			go func() { _, _ = r.AccessToken(t.Context()) }()
			synctest.Wait()
			if err := r.Close(t.Context()); err != nil {
				t.Errorf("Close: %v", err)
			}
			w.wantCalls(1, 0)
		}},
		{"the machines' clocks are hours apart", skewedClocks},
	}
	for _, test := range tests {
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

// failSaves is a store that can be read and not written.
func failSaves(op storetest.Op) storetest.Fault {
	if op == storetest.Save {
		return storetest.FailBefore()
	}
	return storetest.Fault{}
}

// wantSaves checks how often a replica has written, or tried to.
func wantSaves(t *testing.T, r *replica, want int) {
	t.Helper()
	synctest.Wait()
	if got := r.store.Calls(storetest.Save); got != want {
		t.Errorf("%d saves, want %d", got, want)
	}
}

// wantAwayThenBack checks that a replica reports Strava away, with the lease given back, and soon has a token all the
// same.
func (w *world) wantAwayThenBack(r *replica, failure tokens.Failure) {
	w.t.Helper()
	wantError(w.t, r, tokens.ErrUnavailable)
	if row, _, _ := w.row(); row.Lease != (tokens.Lease{}) || row.Failure != failure || row.State != tokens.StateConnected {
		w.t.Errorf("after the failure the row is %+v", row)
	}
	time.Sleep(5 * time.Second)
	w.wantToken(r)
	if row := w.wantKept(); row.Failure != "" {
		w.t.Errorf("after the success the row says %s", row.Failure)
	}
}

func killedBeforeTheClaim(_ *testing.T, w *world) {
	r := w.replica()
	r.kill()
	began := time.Now()
	w.wantToken(w.replica())
	if waited := time.Since(began); waited != 0 {
		w.t.Errorf("the next one waited %v", waited)
	}
	w.wantCalls(1, 0)
}

// Others see a claim when it is stored, though its writer hears of it much later. It may not ask under what is left.
func slowClaim(t *testing.T, w *world) {
	r := w.replica(func(cfg *tokens.Config) { cfg.Now = leap(25*time.Second, 3) })
	began := time.Now()
	w.wantToken(r)
	if waited := time.Since(began); waited > time.Second {
		t.Errorf("waited %v for a lease of its own", waited)
	}
	wantSaves(t, r, 3) // The claim, another one, the answer.
	w.wantCalls(1, 0)
}

// leap is a clock that jumps by d at its nth reading, as one seems to on a machine that was suspended.
func leap(d time.Duration, nth int) func() time.Time {
	var mu sync.Mutex
	readings := 0
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		readings++
		if readings > nth {
			return time.Now().Add(d)
		}
		return time.Now()
	}
}

func killedAfterTheClaim(_ *testing.T, w *world) {
	r := w.replica()
	r.store.Queue(storetest.Save, storetest.Fault{Meanwhile: r.kill})
	w.abandon(r)
	// The next one can't know that the first is dead before the lease has aged out before its eyes.
	began := time.Now()
	w.wantToken(w.replica())
	if waited := time.Since(began); waited < 60*time.Second || waited > 63*time.Second {
		w.t.Errorf("the next one waited %v, want the lease's 60s", waited)
	}
	w.wantCalls(1, 0)
}

// An unrelated write to the row, here another command that pins the athlete, must not cost the answer.
func unrelatedWrite(t *testing.T, w *world) {
	w.plant(func(row *tokens.Row) { row.AthleteID = 0 })
	r, command := w.replica(), w.replica()
	w.strava.queue(mishap{meanwhile: func() {
		if err := command.PinAthlete(t.Context(), athlete); err != nil {
			t.Errorf("PinAthlete: %v", err)
		}
	}})
	w.wantToken(r)
	synctest.Wait()
	if row, _, _ := w.row(); row.AthleteID != athlete {
		t.Errorf("the athlete is %d, want %d: one write undid the other", row.AthleteID, athlete)
	}
	w.wantCalls(1, 0)
}

func stolenLease(_ *testing.T, w *world) {
	r := w.replica()
	w.strava.queue(mishap{meanwhile: func() {
		w.plant(func(row *tokens.Row) { row.Lease.ID = "a thief's" })
	}})
	w.wantToken(r)
	w.wantCalls(1, 0)
}

// The newest consent stays, and what the flight brought becomes the previous token: it may be the valid one yet.
func newerGrant(t *testing.T, w *world) {
	r, other := w.replica(), w.replica()
	var stale strava.Grant
	w.strava.queue(mishap{meanwhile: func() {
		stale = strava.Grant{
			AccessToken: "access token of another consent", RefreshToken: "refresh token of another consent",
			ExpiresAt: time.Now().Add(sixHours), AthleteID: athlete,
		}
		if err := other.Install(t.Context(), stale, nil); err != nil {
			t.Errorf("Install: %v", err)
		}
	}})
	if _, err := r.AccessToken(t.Context()); err != nil {
		t.Errorf("AccessToken: %v", err)
	}
	synctest.Wait()
	if _, refresh, previous := w.row(); refresh != stale.RefreshToken || previous != w.strava.refresh {
		t.Errorf("the row holds %s, and %s before it", string(refresh), string(previous))
	}
	if got, err := r.AccessToken(t.Context()); err != nil || got != string(stale.AccessToken) {
		t.Errorf("AccessToken: %s, %v; want the newer grant's", got, err)
	}
	// Here it is: the consent's own token turns out dead, and the previous one is tried, once.
	time.Sleep(sixHours)
	w.wantToken(r)
	w.wantCalls(3, 1)
}

// The same, and the newer grant was found dead before the answer could be written.
func newerGrantRefused(t *testing.T, w *world) {
	r, other := w.replica(), w.replica()
	w.strava.queue(mishap{meanwhile: func() {
		stale := strava.Grant{AccessToken: "access token, dead", RefreshToken: "refresh token, dead", ExpiresAt: time.Now(), AthleteID: athlete}
		if err := other.Install(t.Context(), stale, nil); err != nil {
			t.Errorf("Install: %v", err)
		}
		w.plant(func(row *tokens.Row) { row.State = tokens.StateNeedsConsent })
	}})
	_, _ = r.AccessToken(t.Context())
	time.Sleep(time.Minute)
	w.wantToken(r)
	w.wantCalls(3, 1)
}
