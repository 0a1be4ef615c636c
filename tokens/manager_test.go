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

// A process that starts when a refresh is due serves what the row holds, too.
func TestOldTokenServesWhileTheNewOneComesAfterAStart(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		old := string(w.strava.access)
		time.Sleep(sixHours - 10*time.Minute)
		w.strava.queue(mishap{before: 10 * time.Second})
		began := time.Now()
		got, err := w.replica().AccessToken(t.Context())
		if err != nil || got != old || time.Since(began) != 0 {
			t.Errorf("AccessToken: %s, %v after %v; want the old one at once", got, err, time.Since(began))
		}
		time.Sleep(11 * time.Second)
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
