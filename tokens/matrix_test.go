package tokens_test

import (
	"context"
	"errors"
	"fmt"
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
			w.wantCalls(1, 0)
		}},
		{"the claim is stored and repeated by the client", func(t *testing.T, w *world) {
			r := w.replica()
			r.store.Queue(storetest.Save, storetest.ApplyThenConflict())
			w.wantToken(r)
			w.wantCalls(1, 0)
		}},
		{"the claim is refused though nobody else wrote", func(t *testing.T, w *world) {
			r := w.replica()
			r.store.Queue(storetest.Save, storetest.Conflict())
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
			time.Sleep(10 * time.Minute)
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
			if saves := r.store.Calls(storetest.Save); saves != 2 {
				t.Errorf("%d saves, want 2: the answer was stored already", saves)
			}
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
	w.wantToken(r)
	if saves := r.store.Calls(storetest.Save); saves != 3 {
		t.Errorf("%d saves, want 3: a claim, another claim, the answer", saves)
	}
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

// abandon has a caller wait for a token of a replica that will be killed meanwhile.
func (w *world) abandon(r *replica) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Second)
	defer cancel()
	if token, err := r.AccessToken(ctx); err == nil {
		w.t.Fatalf("the replica lived to bring %s", token)
	}
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

// plant edits the stored row behind everybody's back, without touching its secrets.
func (w *world) plant(edit func(*tokens.Row)) {
	w.t.Helper()
	row, revision, err := w.rows.Load(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	edit(&row)
	if _, err := w.rows.Save(w.t.Context(), row, revision); err != nil {
		w.t.Fatal(err)
	}
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

// TestWhatPhysicsTakes has the two cases in which Strava has rotated and nobody knows what to. The row then says so, keeps
// its tokens, and a new consent mends it.
func TestWhatPhysicsTakes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		lose func(w *world)
	}{
		{"strava's answer is lost", func(w *world) {
			w.strava.queue(mishap{lost: true})
			wantError(w.t, w.replica(), tokens.ErrUnavailable)
		}},
		{"killed between the answer and the write", func(w *world) {
			r := w.replica()
			w.strava.queue(mishap{meanwhile: r.kill})
			w.abandon(r)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				time.Sleep(sixHours)
				_, before, _ := w.row()
				test.lose(w)
				time.Sleep(5 * time.Second)
				next := w.replica()
				wantError(t, next, tokens.ErrNeedsConsent)
				w.wantCalls(2, 1) // The lost request, and the one that found out.
				if row, refresh, _ := w.row(); refresh != before || row.State != tokens.StateNeedsConsent ||
					row.Failure != tokens.FailureAnswerLost || row.Lease != (tokens.Lease{}) {
					t.Errorf("the row is %+v", row)
				}
				for range 100 { // From now on Strava is left alone.
					wantError(t, next, tokens.ErrNeedsConsent)
					time.Sleep(time.Minute)
				}
				w.wantCalls(2, 1)
				w.connect()
				time.Sleep(2 * time.Second)
				w.wantToken(next)
				w.wantKept()
			})
		})
	}
}

// TestRefusal has the ways to a refusal other than a lost answer.
func TestRefusal(t *testing.T) {
	t.Parallel()
	t.Run("of a revoked grant needs consent, and keeps the tokens", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			r := w.replica()
			w.wantToken(r)
			_, before, _ := w.row()
			w.strava.revoke()
			time.Sleep(sixHours - 10*time.Minute)
			w.wantToken(r) // While it lasts.
			synctest.Wait()
			w.wantToken(r)
			time.Sleep(10 * time.Minute)
			wantError(t, r, tokens.ErrNeedsConsent)
			if got := r.Status(t.Context()); got.State != tokens.StateNeedsConsent || got.LastError != tokens.FailureRefused {
				t.Errorf("status: %+v", got)
			}
			if _, refresh, _ := w.row(); refresh != before {
				t.Errorf("the row's refresh token became %s", string(refresh))
			}
			w.wantCalls(1, 1)
		})
	})
	t.Run("tries the previous token once", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			r := w.replica()
			time.Sleep(sixHours)
			w.wantToken(r)
			w.strava.revoke()
			time.Sleep(sixHours)
			wantError(t, r, tokens.ErrNeedsConsent)
			w.wantCalls(3, 2)
		})
	})
	t.Run("is not believed while the store is away", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			r := w.replica()
			time.Sleep(sixHours)
			w.strava.queue(mishap{refuse: strava.ErrRefreshTokenInvalid, meanwhile: func() { r.store.Always(storetest.Down) }})
			wantError(t, r, tokens.ErrUnavailable)
			r.store.Always(nil)
			time.Sleep(5 * time.Second)
			w.wantToken(r)
			w.wantKept()
		})
	})
	t.Run("while another one's answer is on its way into the store adopts it", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			time.Sleep(sixHours)
			slow, thief := w.replica(), w.replica()
			// The first one's write fails for longer than its lease lasts, so the second one asks in good faith.
			slow.store.Queue(storetest.Save, storetest.Fault{})
			w.strava.queue(mishap{meanwhile: func() { slow.store.Always(storetest.Down) }})
			w.wantToken(slow)
			wantError(t, thief, tokens.ErrNeedsConsent)
			slow.store.Always(nil)
			time.Sleep(10 * time.Second)
			w.wantToken(thief)
			w.wantKept()
			w.wantCalls(2, 1)
		})
	})
	t.Run("means nothing when the row has been claimed by another", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			r := w.replica()
			time.Sleep(sixHours)
			w.strava.queue(mishap{refuse: strava.ErrRefreshTokenInvalid, meanwhile: func() {
				w.plant(func(row *tokens.Row) { row.Lease = tokens.Lease{ID: "another.claim", TTL: 10 * time.Second} })
			}})
			w.wantToken(r) // Once the other one's lease has aged out.
			w.wantKept()
			w.wantCalls(2, 0)
		})
	})
}

// TestUnreadableRow has a row that is there and can't be used: it is never written over, by nobody.
func TestUnreadableRow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		spoil func(w *world)
	}{
		{"sealed under another key", func(w *world) { w.keyring = newKeyring(w.t, "another key that is as long as it must be") }},
		{"no refresh token in it", func(w *world) { w.plant(func(row *tokens.Row) { row.RefreshToken = "" }) }},
		{"of another generation", func(w *world) { w.plant(func(row *tokens.Row) { row.Generation++ }) }},
		{"fields swapped", func(w *world) {
			w.plant(func(row *tokens.Row) { row.AccessToken, row.RefreshToken = row.RefreshToken, row.AccessToken })
		}},
		{"not sealed at all", func(w *world) { w.plant(func(row *tokens.Row) { row.AccessToken = "plain" }) }},
		{"corrupt in the store", func(w *world) { w.rows = corruptStore{w.rows} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				before := w.replica()
				w.wantToken(before)
				test.spoil(w)
				r := w.replica(func(cfg *tokens.Config) { cfg.FirstRefreshToken = w.strava.refresh })
				wantError(t, r, tokens.ErrMisconfigured, tokens.ErrCorrupt)
				if got := r.Status(t.Context()); got.State != tokens.StateMisconfigured || got.LastError != tokens.FailureCorrupt {
					t.Errorf("status: %+v", got)
				}
				if err := r.Install(t.Context(), w.strava.consent(athlete), nil); !errors.Is(err, tokens.ErrCorrupt) {
					t.Errorf("Install: %v", err)
				}
				if err := r.PinAthlete(t.Context(), athlete); !errors.Is(err, tokens.ErrCorrupt) {
					t.Errorf("PinAthlete: %v", err)
				}
				if err := r.Refresh(t.Context()); !errors.Is(err, tokens.ErrMisconfigured) {
					t.Errorf("Refresh: %v", err)
				}
				if saves := r.store.Calls(storetest.Save); saves != 0 {
					t.Errorf("%d saves over a row that can't be read", saves)
				}
				if _, err := before.AccessToken(t.Context()); err != nil {
					t.Errorf("what is in memory does not serve on: %v", err)
				}
				w.wantCalls(0, 0)
			})
		})
	}
}

// corruptStore is a store whose row can't be read.
type corruptStore struct{ tokens.Store }

func (corruptStore) Load(context.Context) (tokens.Row, tokens.Revision, error) {
	return tokens.Row{}, "", fmt.Errorf("load: %w", tokens.ErrCorrupt)
}

// The row vanishes while Strava is asked. Writing the answer would bring back what an owner may have erased; memory
// serves to its end.
func TestRowErasedDuringTheFlight(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		time.Sleep(sixHours)
		w.strava.queue(mishap{meanwhile: w.erase})
		w.wantToken(r)
		synctest.Wait()
		if _, _, err := w.rows.Load(t.Context()); !errors.Is(err, tokens.ErrNotFound) {
			t.Errorf("the erased row is back: %v", err)
		}
		w.wantToken(r)
		time.Sleep(sixHours)
		wantError(t, r, tokens.ErrNotConnected)
		w.wantCalls(1, 0)
	})
}

// The row becomes unreadable while Strava is asked, and is brought back: the answer still gets in.
func TestRowUnreadableDuringTheFlight(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		time.Sleep(sixHours)
		corrupt := storetest.Fault{Err: tokens.ErrCorrupt}
		w.strava.queue(mishap{meanwhile: func() {
			r.store.Always(func(storetest.Op) storetest.Fault { return corrupt })
		}})
		w.wantToken(r)
		time.Sleep(time.Hour)
		w.wantToken(r)
		r.store.Always(nil)
		time.Sleep(10 * time.Second)
		w.wantKept()
		w.wantCalls(1, 0)
	})
}
