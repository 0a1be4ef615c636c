package tokens_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"domestique/strava"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

// wantGone checks that the grant is neither at Strava nor in the store, and that the replica serves nothing.
func (w *world) wantGone(r *replica) {
	w.t.Helper()
	if _, _, err := w.rows.Load(w.t.Context()); !errors.Is(err, tokens.ErrNotFound) {
		w.t.Errorf("the row is still there: %v", err)
	}
	if _, refresh := w.strava.valid(); refresh != "" {
		w.t.Errorf("strava still takes %s", string(refresh))
	}
	wantError(w.t, r, tokens.ErrNotConnected)
	if got := r.Status(w.t.Context()).State; got != tokens.StateNotConnected {
		w.t.Errorf("the state is %s", got)
	}
}

func TestDisconnect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		prepare func(w *world, r *replica)
		calls   int // Refreshes before and after.
	}{
		{"a grant that is served", func(w *world, r *replica) { w.wantToken(r) }, 0},
		{"one that was not read yet", func(*world, *replica) {}, 0},
		{"one that has expired", func(w *world, r *replica) { w.wantToken(r); time.Sleep(sixHours) }, 0},
		{"one that strava has revoked", func(w *world, _ *replica) { w.strava.revoke() }, 0},
		{"one that needs consent", func(w *world, _ *replica) {
			w.plant(func(row *tokens.Row) { row.State, row.Failure = tokens.StateNeedsConsent, tokens.FailureRefused })
		}, 0},
		{"another athlete's than the configured one", func(w *world, _ *replica) {
			w.plant(func(row *tokens.Row) { row.AthleteID = otherAthlete })
		}, 0},
		{"one whose erasure is not confirmed", func(_ *world, r *replica) {
			r.store.Queue(storetest.Erase, storetest.ApplyThenFail())
		}, 0},
		{"one whose erasure meets itself", func(_ *world, r *replica) {
			r.store.Queue(storetest.Erase, storetest.ApplyThenConflict())
		}, 0},
		{"one that the store does not let go at first", func(_ *world, r *replica) {
			r.store.Queue(storetest.Erase, storetest.FailBefore(), storetest.Hang(), storetest.Conflict())
		}, 0},
		{"one in a store that goes away meanwhile", func(w *world, r *replica) {
			w.strava.queue(mishap{meanwhile: func() { r.store.Always(storetest.Down) }})
			time.AfterFunc(10*time.Minute, func() { r.store.Always(nil) })
		}, 0},
		{"one with a flight under way", func(w *world, r *replica) {
			w.wantToken(r)
			time.Sleep(sixHours - 10*time.Minute)
			w.strava.queue(mishap{after: 10 * time.Second})
			_, _ = r.AccessToken(w.t.Context())
			time.Sleep(time.Second)
		}, 1},
		{"one that another replica is refreshing", func(w *world, r *replica) {
			other := w.replica()
			w.wantToken(other)
			time.Sleep(sixHours - 10*time.Minute)
			w.strava.queue(mishap{after: 10 * time.Second})
			_, _ = other.AccessToken(w.t.Context())
			time.Sleep(time.Second)
		}, 1},
		{"one that another replica refreshes meanwhile", func(w *world, r *replica) {
			time.Sleep(sixHours)
			other := w.replica()
			// The other's rotation reaches Strava first, so what is revoked here is dead and its successor is not.
			w.strava.queue(mishap{before: time.Second})
			time.AfterFunc(time.Millisecond, func() { _ = other.Refresh(w.t.Context()) })
		}, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				_, first := w.strava.valid()
				r := w.replica(func(cfg *tokens.Config) { cfg.FirstRefreshToken = first })
				if test.name == "another athlete's than the configured one" {
					r = w.replica(func(cfg *tokens.Config) { cfg.AthleteID = athlete })
				}
				test.prepare(w, r)
				if err := r.Disconnect(t.Context()); err != nil {
					t.Fatalf("Disconnect: %v", err)
				}
				synctest.Wait()
				w.wantGone(r)
				time.Sleep(sixHours)
				w.wantGone(r)
				w.wantCalls(test.calls, 0)
				if err := r.Disconnect(t.Context()); !errors.Is(err, tokens.ErrNotConnected) {
					t.Errorf("again: %v", err)
				}
				w.connect()
				time.Sleep(time.Minute) // Until r looks again.
				w.wantToken(r)
				w.wantKept()
			})
		})
	}
}

func TestDisconnectWithoutStravaErasesNothing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		wrong mishap
		want  error
	}{
		{"away", mishap{before: time.Hour}, tokens.ErrUnavailable},
		{"saying no", mishap{refuse: strava.ErrUnavailable}, tokens.ErrUnavailable},
		{"spent", mishap{refuse: &strava.RateLimitError{RetryAt: time.Now()}}, tokens.ErrUnavailable},
		{"with an expired token for the older way", mishap{refuse: strava.ErrUnauthorized}, tokens.ErrUnavailable},
		{"with a wrong client", mishap{refuse: strava.ErrClientInvalid}, tokens.ErrMisconfigured},
		{"with an inactive application", mishap{refuse: strava.ErrAppInactive}, tokens.ErrAppInactive},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				r := w.replica()
				w.wantToken(r)
				w.strava.queue(test.wrong)
				if err := r.Disconnect(t.Context()); !errors.Is(err, test.want) {
					t.Errorf("Disconnect: %v, want %v", err, test.want)
				}
				w.wantToken(r)
				w.wantKept()
				if erasures := r.store.Calls(storetest.Erase); erasures != 0 {
					t.Errorf("%d erasures", erasures)
				}
			})
		})
	}
}

// With the older way alone, what Strava has refused already and can't be revoked any more is erased all the same.
func TestDisconnectOfWhatStravaHasRefused(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		w.strava.revoke()
		time.Sleep(sixHours)
		wantError(t, r, tokens.ErrNeedsConsent)
		w.strava.queue(mishap{refuse: fmt.Errorf("post: %w", strava.ErrUnauthorized)})
		if err := r.Disconnect(t.Context()); err != nil {
			t.Fatalf("Disconnect: %v", err)
		}
		w.wantGone(r)
	})
}

// A caller who goes away is given up on, unless it has begun.
func TestDisconnectAndItsContext(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		begun bool
	}{{"begun", true}, {"waiting for its turn", false}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				r := w.replica()
				if !test.begun {
					time.Sleep(sixHours)
					go func() { _, _ = r.AccessToken(t.Context()) }()
				}
				w.strava.queue(mishap{after: 10 * time.Second})
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if err := r.Disconnect(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Disconnect: %v, want context.DeadlineExceeded", err)
				}
				time.Sleep(time.Minute)
				if test.begun {
					w.wantGone(r)
				} else {
					w.wantToken(r)
					w.wantKept()
				}
			})
		})
	}
}

// Another replica serves its token until that is refused or expires, and then finds that there is no grant any more.
func TestDisconnectIsNoticedElsewhere(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		end  func(r *replica)
	}{
		{"its token is refused", func(r *replica) {
			token, _ := r.AccessToken(context.Background())
			r.Invalidate(token)
		}},
		{"its token expires", func(*replica) { time.Sleep(sixHours) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				_, first := w.strava.valid()
				r, other := w.replica(), w.replica(func(cfg *tokens.Config) { cfg.FirstRefreshToken = first })
				w.wantToken(other)
				if err := r.Disconnect(t.Context()); err != nil {
					t.Fatal(err)
				}
				test.end(other)
				w.wantGone(other)
				w.wantCalls(0, 0)
			})
		})
	}
}

// What can't be read can't be revoked; what was there before stays.
func TestDisconnectLeavesAnUnreadableRowAlone(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		before, _, _ := w.row()
		right := w.keyring
		w.keyring = newKeyring(t, "another key that is as long as it must be")
		r := w.replica()
		if err := r.Disconnect(t.Context()); !errors.Is(err, tokens.ErrCorrupt) || !errors.Is(err, tokens.ErrMisconfigured) {
			t.Errorf("Disconnect: %v", err)
		}
		w.keyring = right
		if row := w.wantKept(); row.WriteID != before.WriteID || w.strava.revocations > 0 {
			t.Errorf("%d revocations, and the row is %+v", w.strava.revocations, row)
		}
	})
}

func TestDisconnectWithoutAGrant(t *testing.T) {
	t.Parallel()
	inWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		if err := r.Disconnect(t.Context()); !errors.Is(err, tokens.ErrNotConnected) {
			t.Errorf("Disconnect: %v", err)
		}
		if err := r.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := r.Disconnect(t.Context()); !errors.Is(err, tokens.ErrUnavailable) {
			t.Errorf("after Close: %v", err)
		}
	})
}
