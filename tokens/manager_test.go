package tokens_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"domestique/strava"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

func TestFreshTokenCostsNothing(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		for range 100 {
			w.wantToken(r)
			time.Sleep(3 * time.Minute)
			if time.Until(w.strava.expires) < 46*time.Minute {
				break
			}
		}
		if loads, saves := r.store.Calls(storetest.Load), r.store.Calls(storetest.Save); loads != 1 || saves != 0 {
			t.Errorf("%d loads and %d saves, want 1 and 0", loads, saves)
		}
		w.wantCalls(0, 0)
	})
}

func TestOldTokenServesWhileTheNewOneComes(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		w.wantToken(r)
		old := string(w.strava.access)
		time.Sleep(sixHours - 45*time.Minute)
		w.strava.queue(mishap{before: 10 * time.Second})
		for range 9 {
			began := time.Now()
			got, err := r.AccessToken(t.Context())
			if err != nil || got != old || time.Since(began) != 0 {
				t.Fatalf("AccessToken: %s, %v after %v; want the old one at once", got, err, time.Since(began))
			}
			time.Sleep(time.Second)
		}
		time.Sleep(2 * time.Second)
		if got, err := r.AccessToken(t.Context()); err != nil || got == old {
			t.Errorf("AccessToken after the flight: %s, %v; want the new one", got, err)
		}
		w.wantKept()
		w.wantCalls(1, 0)
	})
}

func TestExpiredTokenMakesCallersWaitForOneFlight(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		w.wantToken(r)
		time.Sleep(sixHours)
		w.strava.queue(mishap{before: 5 * time.Second})
		var callers sync.WaitGroup
		for range 50 {
			callers.Go(func() {
				began := time.Now()
				if _, err := r.AccessToken(t.Context()); err != nil {
					t.Errorf("AccessToken: %v", err)
				}
				if waited := time.Since(began); waited != 5*time.Second {
					t.Errorf("waited %v, want 5s", waited)
				}
			})
		}
		callers.Wait()
		w.wantToken(r)
		w.wantCalls(1, 0)
	})
}

func TestACallersContextEndsItsOwnWaitAlone(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		time.Sleep(sixHours)
		w.strava.queue(mishap{before: 5 * time.Second})

		// The first caller starts the flight and leaves.
		cancelled, cancel := context.WithCancel(t.Context())
		go func() {
			time.Sleep(time.Second)
			cancel()
		}()
		if _, err := r.AccessToken(cancelled); !errors.Is(err, context.Canceled) || errors.Is(err, tokens.ErrUnavailable) {
			t.Errorf("cancelled caller: %v, want context.Canceled alone", err)
		}
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := r.AccessToken(impatient); !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, tokens.ErrUnavailable) {
			t.Errorf("impatient caller: %v, want context.DeadlineExceeded and ErrUnavailable", err)
		}
		w.wantToken(r)
		w.wantKept()
		w.wantCalls(1, 0)
	})
}

// A caller that is about to go may still have started the flight: its context must not reach the store or Strava.
func TestAnEndedContextStillGetsWhatMemoryHas(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		w.wantToken(r)
		time.Sleep(sixHours - 30*time.Minute)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := r.AccessToken(ctx); err != nil {
			t.Errorf("AccessToken: %v", err)
		}
		synctest.Wait()
		w.wantKept()
		w.wantCalls(1, 0)
	})
}

// With tokens that live 20 s the margin is 10 s, a request may take 1.67 s and a lease 5 s; everything else is as with
// tokens that live 6 h.
func TestShortLivesBehaveLikeLongOnes(t *testing.T) {
	t.Parallel()
	for _, life := range []time.Duration{20 * time.Second, time.Minute, time.Hour, sixHours} {
		t.Run(life.String(), func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, life, func(t *testing.T, w *world) {
				r := w.replica()
				began := time.Now()
				for time.Since(began) < 30*life {
					if _, err := r.AccessToken(t.Context()); err != nil {
						t.Fatalf("after %v: %v", time.Since(began), err)
					}
					time.Sleep(life / 200)
				}
				synctest.Wait()
				w.wantKept()
				if w.strava.dead != 0 || w.strava.calls < 30 || w.strava.calls > 30*4 {
					t.Errorf("%d calls, %d dead; want 30 to 120 and none", w.strava.calls, w.strava.dead)
				}
			})
		})
	}
}

// Strava hands out the same access token while more than an hour is left. Asking it again at once would bring nothing.
func TestAnswerWithoutANewerTokenIsNotAskedForAgainAtOnce(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		early := func(cfg *tokens.Config) { cfg.Margin = 2 * time.Hour }
		first, second := w.replica(early), w.replica(early)
		time.Sleep(4 * time.Hour) // 2 h left: the same token. 1 h left: half of it, and a new one.
		before := w.strava.refresh
		for range 59 {
			w.wantToken(first)
			w.wantToken(second) // What the first one learnt is in the row.
			time.Sleep(time.Minute)
		}
		w.wantCalls(1, 0)
		if w.wantKept(); w.strava.refresh == before {
			t.Error("the refresh token was not rotated: the test proves nothing")
		}
		time.Sleep(time.Minute)
		w.wantTokenSoon(first)
		w.wantTokenSoon(second)
		w.wantCalls(2, 0)
	})
}

// wantTokenSoon is wantToken after a flight that has just been started has landed.
func (w *world) wantTokenSoon(r *replica) {
	w.t.Helper()
	_, _ = r.AccessToken(w.t.Context())
	synctest.Wait()
	w.wantToken(r)
}

func TestInvalidate(t *testing.T) {
	t.Parallel()
	const hours = 2 * time.Hour // After which the token still has four to live.

	t.Run("a newer token in the store is adopted", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			r, other := w.replica(), w.replica()
			w.wantToken(r)
			old, _ := r.AccessToken(t.Context())
			if err := other.Install(t.Context(), w.strava.consent(athlete), nil); err != nil {
				t.Fatal(err)
			}
			r.Invalidate(old)
			w.wantToken(r)
			w.wantCalls(0, 0)
		})
	})
	t.Run("else it is refreshed, once", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			r := w.replica()
			w.wantToken(r)
			old := string(w.strava.access)
			w.strava.expires = time.Now() // Strava drops the token before its time.
			for range 5 {
				r.Invalidate(old) // Every request that was under way says so.
			}
			w.wantToken(r)
			r.Invalidate(old)
			w.wantToken(r)
			w.wantCalls(1, 0)
			w.wantKept()
		})
	})
	t.Run("a token that strava hands out again is an error and no loop", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			r := w.replica()
			w.wantToken(r)
			time.Sleep(hours)
			r.Invalidate(string(w.strava.access))
			wantError(t, r, tokens.ErrUnavailable)
			for range 600 {
				wantError(t, r, tokens.ErrUnavailable)
				time.Sleep(time.Second)
			}
			w.strava.mu.Lock()
			calls := w.strava.calls
			w.strava.mu.Unlock()
			if calls < 3 || calls > 12 {
				t.Errorf("strava was asked %d times in 10 minutes", calls)
			}
			status := r.Status(t.Context())
			if status.State != tokens.StateConnected || status.LastError != tokens.FailureTokenRefused {
				t.Errorf("status: %+v", status)
			}
			w.wantKept() // The rotated refresh token is stored all the same.
			time.Sleep(3*time.Hour + 10*time.Minute)
			w.wantToken(r) // A new token was due by then.
		})
	})
	t.Run("another token than the one in memory is ignored", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			r := w.replica()
			r.Invalidate("before anything was read")
			w.wantToken(r)
			r.Invalidate("another")
			w.wantToken(r)
			w.wantCalls(0, 0)
		})
	})
	t.Run("a refused refresh needs consent", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			r := w.replica()
			w.wantToken(r)
			w.strava.revoke()
			r.Invalidate(string(w.strava.access))
			wantError(t, r, tokens.ErrNeedsConsent)
		})
	})
}

func TestFirstRefreshToken(t *testing.T) {
	t.Parallel()
	first := func(token strava.Secret) func(*tokens.Config) {
		return func(cfg *tokens.Config) { cfg.FirstRefreshToken = token }
	}
	t.Run("starts a grant", func(t *testing.T) {
		t.Parallel()
		inWorld(t, sixHours, func(t *testing.T, w *world) {
			token := w.strava.consent(athlete).RefreshToken
			w.wantToken(w.replica(first(token)))
			w.wantKept()
			w.wantCalls(1, 0)
			// It is spent now, and every start still brings it along.
			time.Sleep(sixHours)
			w.wantToken(w.replica(first(token)))
			w.wantCalls(2, 0)
		})
	})
	t.Run("never wins over a stored grant", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			time.Sleep(sixHours)
			w.wantToken(w.replica(first("an old token from some file")))
			w.wantCalls(1, 0)
		})
	})
	t.Run("never wins over a stored grant that is refused", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			time.Sleep(sixHours)
			token := w.strava.refresh
			w.strava.refresh = "nobody's"
			r := w.replica(first(token))
			wantError(t, r, tokens.ErrNeedsConsent)
			if _, refresh, _ := w.row(); refresh != token {
				t.Errorf("the stored token was replaced by %s", string(refresh))
			}
		})
	})
	t.Run("is stored with its intent before it is spent", func(t *testing.T) {
		t.Parallel()
		inWorld(t, sixHours, func(t *testing.T, w *world) {
			token := w.strava.consent(athlete).RefreshToken
			r := w.replica(first(token))
			w.strava.queue(mishap{before: time.Second})
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			if _, err := r.AccessToken(ctx); err == nil {
				t.Fatal("a token before Strava answered")
			}
			row, refresh, _ := w.row()
			if refresh != token || row.Lease.Intent == "" || row.State != tokens.StateNotConnected {
				t.Errorf("while Strava is asked the row is %+v", row)
			}
			if got := w.replica().Status(t.Context()).State; got != tokens.StateNotConnected {
				t.Errorf("status of another replica: %s", got)
			}
			w.wantToken(r)
		})
	})
	t.Run("is not lost to a crash while it is spent", func(t *testing.T) {
		t.Parallel()
		inWorld(t, sixHours, func(t *testing.T, w *world) {
			token := w.strava.consent(athlete).RefreshToken
			r := w.replica(first(token))
			w.strava.queue(mishap{before: time.Second, refuse: strava.ErrUnavailable})
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			defer cancel()
			_, _ = r.AccessToken(ctx)
			r.kill()
			w.wantToken(w.replica()) // With no first token at all.
			w.wantCalls(2, 0)
			w.wantKept()
		})
	})
	t.Run("is spent once by two replicas", func(t *testing.T) {
		t.Parallel()
		inWorld(t, sixHours, func(t *testing.T, w *world) {
			token := w.strava.consent(athlete).RefreshToken
			w.strava.queue(mishap{after: 10 * time.Second})
			var callers sync.WaitGroup
			for range 2 {
				r := w.replica(first(token))
				callers.Go(func() {
					if _, err := r.AccessToken(t.Context()); err != nil {
						t.Errorf("AccessToken: %v", err)
					}
				})
			}
			callers.Wait()
			w.wantCalls(1, 0)
			w.wantKept()
		})
	})
	t.Run("does not bring back what was erased", func(t *testing.T) {
		t.Parallel()
		inWorld(t, sixHours, func(t *testing.T, w *world) {
			r := w.replica(first(w.strava.consent(athlete).RefreshToken))
			w.wantToken(r)
			w.erase()
			time.Sleep(sixHours)
			wantError(t, r, tokens.ErrNotConnected)
			w.wantCalls(1, 0)
		})
	})
}

func TestNotConnected(t *testing.T) {
	t.Parallel()
	inWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		wantError(t, r, tokens.ErrNotConnected)
		if err := r.Refresh(t.Context()); !errors.Is(err, tokens.ErrNotConnected) {
			t.Errorf("Refresh: %v", err)
		}
		if got := r.Status(t.Context()); got.State != tokens.StateNotConnected {
			t.Errorf("status: %+v", got)
		}
		w.connect() // From elsewhere: a command, another replica.
		time.Sleep(2 * time.Second)
		w.wantToken(r)
	})
}

// A command beside the server, or another replica, may rotate the grant at any time.
func TestAnothersRotationIsAdopted(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		server, command := w.replica(), w.replica()
		w.wantToken(server)
		time.Sleep(sixHours - 40*time.Minute)
		if err := command.Refresh(t.Context()); err != nil {
			t.Fatalf("Refresh: %v", err)
		}
		w.wantCalls(1, 0)
		w.wantTokenSoon(server)
		w.wantCalls(1, 0)
		w.wantKept()
	})
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		for range 10 {
			if err := r.Refresh(t.Context()); err != nil {
				t.Errorf("nothing due: %v", err)
			}
		}
		w.wantCalls(0, 0)
		time.Sleep(sixHours - 45*time.Minute)
		w.strava.queue(mishap{refuse: strava.ErrUnavailable})
		if err := r.Refresh(t.Context()); err != nil {
			t.Errorf("strava is away, the old token is not: %v", err)
		}
		w.wantCalls(1, 0)
		time.Sleep(2 * time.Second)
		// The write is waited for, though memory has the token before.
		r.store.Queue(storetest.Save, storetest.Fault{}, storetest.FailBefore(), storetest.FailBefore())
		if err := r.Refresh(t.Context()); err != nil {
			t.Errorf("Refresh: %v", err)
		}
		w.wantKept()
		w.wantCalls(2, 0)
		w.strava.revoke()
		time.Sleep(sixHours)
		if err := r.Refresh(t.Context()); !errors.Is(err, tokens.ErrNeedsConsent) {
			t.Errorf("Refresh after a revocation: %v", err)
		}
	})
}

func TestToken(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		token, err := r.Token()
		if err != nil {
			t.Fatal(err)
		}
		if token.AccessToken != string(w.strava.access) || !token.Expiry.Equal(w.strava.expires) || token.RefreshToken != "" || !token.Valid() {
			t.Errorf("token: %+v", token)
		}
		time.Sleep(sixHours)
		r.store.Always(func(storetest.Op) storetest.Fault { return storetest.Hang() })
		began := time.Now()
		if _, err := r.Token(); !errors.Is(err, tokens.ErrUnavailable) || time.Since(began) > 2*time.Minute {
			t.Errorf("with a store that hangs: %v after %v", err, time.Since(began))
		}
	})
}

func TestClose(t *testing.T) {
	t.Parallel()
	t.Run("without a flight", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			r := w.replica()
			w.wantToken(r)
			for range 2 {
				if err := r.Close(t.Context()); err != nil {
					t.Errorf("Close: %v", err)
				}
			}
			w.wantToken(r) // Requests that drain are served.
			time.Sleep(sixHours - 10*time.Minute)
			if _, err := r.AccessToken(t.Context()); err != nil {
				t.Errorf("AccessToken within the margin: %v", err)
			}
			time.Sleep(10 * time.Minute)
			wantError(t, r, tokens.ErrUnavailable)
			if err := r.Refresh(t.Context()); !errors.Is(err, tokens.ErrUnavailable) {
				t.Errorf("Refresh: %v", err)
			}
			if err := r.Install(t.Context(), w.strava.consent(athlete), nil); !errors.Is(err, tokens.ErrUnavailable) {
				t.Errorf("Install: %v", err)
			}
			w.wantCalls(0, 0)
		})
	})
	t.Run("gives up waiting with its context, but not writing", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			r := w.replica()
			w.wantToken(r)
			time.Sleep(sixHours)
			r.store.Queue(storetest.Save, storetest.Fault{}) // The claim.
			w.strava.queue(mishap{meanwhile: func() { r.store.Always(storetest.Down) }})
			w.wantToken(r)
			ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
			defer cancel()
			if err := r.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Close: %v, want context.DeadlineExceeded", err)
			}
			r.store.Always(nil)
			if err := r.Close(t.Context()); err != nil {
				t.Errorf("Close: %v", err)
			}
			w.wantKept()
		})
	})
}

func TestStravasOtherRefusals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		refusal error
		err     error
		state   tokens.State
		failure tokens.Failure
	}{
		{strava.ErrClientInvalid, tokens.ErrMisconfigured, tokens.StateMisconfigured, tokens.FailureClient},
		{strava.ErrAppInactive, tokens.ErrAppInactive, tokens.StateAppInactive, tokens.FailureAppInactive},
	} {
		t.Run(string(test.failure), func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				r := w.replica()
				w.wantToken(r)
				w.strava.always(func() mishap { return mishap{refuse: test.refusal} })
				time.Sleep(sixHours - 45*time.Minute)
				for range 44 { // The old token serves to its end.
					if _, err := r.AccessToken(t.Context()); err != nil {
						t.Fatalf("AccessToken: %v", err)
					}
					time.Sleep(time.Minute)
				}
				if got := r.Status(t.Context()); got.State != test.state || got.LastError != test.failure {
					t.Errorf("status: %+v", got)
				}
				time.Sleep(time.Minute)
				wantError(t, r, test.err, test.refusal)
				if w.strava.calls > 15 {
					t.Errorf("strava was asked %d times within 45 minutes", w.strava.calls)
				}
				w.strava.always(nil)
				recovered := time.Now()
				for {
					if _, err := r.AccessToken(t.Context()); err == nil {
						break
					}
					time.Sleep(time.Second)
				}
				if took := time.Since(recovered); took > 15*time.Minute {
					t.Errorf("it took %v to notice that strava takes the client again", took)
				}
				if row := w.wantKept(); row.Failure != "" {
					t.Errorf("after the recovery the row says %s", row.Failure)
				}
			})
		})
	}
}

func TestRateLimitIsHeeded(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		time.Sleep(sixHours)
		w.strava.queue(mishap{refuse: &strava.RateLimitError{RetryAt: time.Now().Add(12 * time.Minute)}})
		for range 11 {
			wantError(t, r, tokens.ErrUnavailable)
			time.Sleep(time.Minute)
		}
		if _, err := r.AccessToken(t.Context()); err == nil {
			t.Error("a token before the limit was over")
		} else if _, ok := errors.AsType[*strava.RateLimitError](err); !ok {
			t.Errorf("AccessToken: %v, want the rate limit in it", err)
		}
		w.wantCalls(1, 0)
		time.Sleep(time.Minute + time.Second)
		w.wantToken(r)
		w.wantKept()
	})
}

func TestStatus(t *testing.T) {
	t.Parallel()
	t.Run("never waits for strava", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			r := w.replica()
			time.Sleep(sixHours)
			w.strava.queue(mishap{before: time.Hour})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, _ = r.AccessToken(ctx)
			began := time.Now()
			got := r.Status(t.Context())
			if time.Since(began) != 0 || got.State != tokens.StateConnected || got.AthleteID != athlete {
				t.Errorf("status: %+v after %v", got, time.Since(began))
			}
		})
	})
	t.Run("costs nothing while the token is fresh", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			r := w.replica()
			w.wantToken(r)
			r.store.Always(storetest.Down)
			got := r.Status(t.Context())
			if !slices.Equal(got.Scopes, []string{"read", "activity:read_all"}) || !got.ExpiresAt.Equal(w.strava.expires) ||
				got.State != tokens.StateConnected || got.AthleteID != athlete || got.LastError != "" {
				t.Errorf("status: %+v", got)
			}
		})
	})
	t.Run("a store that is away", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			r, fresh := w.replica(), w.replica()
			w.wantToken(r)
			time.Sleep(sixHours)
			r.store.Always(storetest.Down)
			fresh.store.Always(func(storetest.Op) storetest.Fault { return storetest.Hang() })
			if got := r.Status(t.Context()); got.State != tokens.StateConnected || got.LastError != tokens.FailureStore {
				t.Errorf("status from memory: %+v", got)
			}
			began := time.Now()
			got := fresh.Status(t.Context())
			if got.State != tokens.StateMisconfigured || got.LastError != tokens.FailureStore || time.Since(began) > 2*time.Second {
				t.Errorf("status from nothing: %+v after %v", got, time.Since(began))
			}
		})
	})
	t.Run("a scope that was not granted", func(t *testing.T) {
		t.Parallel()
		for _, test := range []struct {
			needed []string
			want   tokens.State
		}{
			{nil, tokens.StateConnected},
			{[]string{"read", "activity:read_all"}, tokens.StateConnected},
			{[]string{"activity:read"}, tokens.StateConnected}, // Contained in activity:read_all.
			{[]string{"read_all"}, tokens.StateScopeMissing},
			{[]string{"read", "profile:read_all"}, tokens.StateScopeMissing},
		} {
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				r := w.replica(func(cfg *tokens.Config) { cfg.Scopes = test.needed })
				if got := r.Status(t.Context()).State; got != test.want {
					t.Errorf("needed %v: %s, want %s", test.needed, got, test.want)
				}
				w.wantToken(r) // It is for each query to say what it lacks.
			})
		}
	})
	t.Run("the scopes of a first token are not known", func(t *testing.T) {
		t.Parallel()
		inWorld(t, sixHours, func(t *testing.T, w *world) {
			token := w.strava.consent(athlete).RefreshToken
			r := w.replica(func(cfg *tokens.Config) { cfg.FirstRefreshToken, cfg.Scopes = token, []string{"read_all"} })
			w.wantToken(r)
			if got := r.Status(t.Context()); got.State != tokens.StateConnected || got.Scopes != nil {
				t.Errorf("status: %+v", got)
			}
		})
	})
}

func TestNewManagerNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	whole := tokens.Config{Store: tokens.NewMemoryStore(), Keyring: newKeyring(t), OAuth: newProvider(sixHours)}
	for _, test := range []struct {
		name string
		edit func(*tokens.Config)
		ok   bool
	}{
		{"nothing", func(*tokens.Config) {}, true},
		{"store", func(cfg *tokens.Config) { cfg.Store = nil }, false},
		{"keyring", func(cfg *tokens.Config) { cfg.Keyring = nil }, false},
		{"oauth", func(cfg *tokens.Config) { cfg.OAuth = nil }, false},
		{"margin", func(cfg *tokens.Config) { cfg.Margin = -time.Second }, false},
	} {
		cfg := whole
		test.edit(&cfg)
		if _, err := tokens.NewManager(cfg); (err == nil) != test.ok {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
