package tokens_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"domestique/strava"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

func TestInstall(t *testing.T) {
	t.Parallel()
	inWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		scopes := []string{"read", "activity:read_all"}
		if err := r.Install(t.Context(), w.strava.consent(athlete), scopes); err != nil {
			t.Fatal(err)
		}
		scopes[0] = "changed later"
		w.wantToken(r)
		row := w.wantKept()
		if row.AthleteID != athlete || !slices.Equal(row.Scopes, []string{"read", "activity:read_all"}) || row.Generation != 1 {
			t.Errorf("row: %+v", row)
		}
		if r.store.Calls(storetest.Load) != 1 {
			t.Error("the token was read back from the store, it was at hand")
		}
	})
}

// A consent that another process has stored, `domestique connect` beside the server, counts as soon as the job has looked,
// although the token of the one before is good for hours. A store that is away then is no reason to fail.
func TestTheJobAdoptsAnothersConsent(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		server, command := w.replica(), w.replica()
		w.wantToken(server)
		scopes := []string{"read", "activity:read_all", "activity:write"}
		if err := command.Install(t.Context(), w.strava.consent(athlete), scopes); err != nil {
			t.Fatal(err)
		}
		if err := server.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := server.Status(t.Context()); !slices.Equal(got.Scopes, scopes) || got.State != tokens.StateConnected {
			t.Errorf("after the job: %+v", got)
		}
		w.wantToken(server)
		w.wantCalls(0, 0)
		w.wantKept()

		server.store.Always(storetest.Down)
		if err := server.Refresh(t.Context()); err != nil {
			t.Errorf("while the store is away: %v", err)
		}
	})
}

func TestInstallRefusesAGrantThatIsNotWhole(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		for _, consent := range []strava.Grant{{}, {AccessToken: "a", AthleteID: athlete}, {RefreshToken: "r", AthleteID: athlete}} {
			if err := r.Install(t.Context(), consent, nil); err == nil {
				t.Errorf("Install took %+v", consent)
			}
		}
		w.wantKept()
	})
}

func TestInstallPinsTheAthlete(t *testing.T) {
	t.Parallel()
	configured := func(id int64) func(*tokens.Config) {
		return func(cfg *tokens.Config) { cfg.AthleteID = id }
	}
	tests := []struct {
		name   string
		stored int64 // Whose grant is stored; -1: none is.
		edit   func(*tokens.Config)
		from   int64 // Whose consent comes; zero: Strava didn't say.
		want   error
	}{
		{"the first one is anybody", -1, configured(0), otherAthlete, nil},
		{"the first one is not the configured one", -1, configured(athlete), otherAthlete, tokens.ErrOtherAthlete},
		{"the first one is the configured one", -1, configured(athlete), athlete, nil},
		{"unknown, nobody is pinned", -1, configured(0), 0, nil},
		{"unknown, one is configured", -1, configured(athlete), 0, tokens.ErrOtherAthlete},
		{"the stored one again", athlete, configured(0), athlete, nil},
		{"another than the stored one", athlete, configured(0), otherAthlete, tokens.ErrOtherAthlete},
		{"unknown, one is stored", athlete, configured(0), 0, tokens.ErrOtherAthlete},
		{"the stored one is not known", 0, configured(0), otherAthlete, nil},
		{"the configured one over another", athlete, configured(otherAthlete), otherAthlete, nil},
		{"the stored one, another is configured", athlete, configured(otherAthlete), athlete, tokens.ErrOtherAthlete},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, sixHours, func(t *testing.T, w *world) {
				if test.stored >= 0 {
					w.connect()
					w.plant(func(row *tokens.Row) { row.AthleteID = test.stored })
				}
				err := w.replica(test.edit).Install(t.Context(), w.strava.consent(test.from), nil)
				if !errors.Is(err, test.want) {
					t.Errorf("Install: %v, want %v", err, test.want)
				}
				if err == nil {
					if row := w.wantKept(); row.AthleteID != test.from {
						t.Errorf("the pinned athlete is %d", row.AthleteID)
					}
				} else if test.stored > 0 {
					if row, refresh, _ := w.row(); row.AthleteID != test.stored || refresh == w.strava.refresh {
						t.Errorf("the refused consent is in the row: %+v", row)
					}
				}
			})
		})
	}
}

// A stored grant of another athlete than the configured one is not served, and not touched.
func TestStoredGrantOfAnotherAthlete(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica(func(cfg *tokens.Config) { cfg.AthleteID = otherAthlete })
		wantError(t, r, tokens.ErrMisconfigured, tokens.ErrOtherAthlete)
		if got := r.Status(t.Context()); got.State != tokens.StateMisconfigured || got.LastError != tokens.FailureOtherAthlete {
			t.Errorf("status: %+v", got)
		}
		w.wantKept()
		w.wantCalls(0, 0)
	})
}

func TestInstallDuringAFlightIsNotLost(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		wrong mishap
	}{
		{"that succeeds", mishap{before: 5 * time.Second}},
		{"that is refused", mishap{before: 5 * time.Second, refuse: strava.ErrRefreshTokenInvalid}},
		{"that gets no answer", mishap{before: time.Hour}},
		{"whose answer is late", mishap{after: 5 * time.Second}},
	} {
		for _, where := range []string{"same replica", "another replica"} {
			t.Run(test.name+", "+where, func(t *testing.T) {
				t.Parallel()
				inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
					flying := w.replica()
					w.wantToken(flying)
					time.Sleep(sixHours - 40*time.Minute)
					w.strava.queue(test.wrong)
					if _, err := flying.AccessToken(t.Context()); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Second)
					installing := flying
					if where != "same replica" {
						installing = w.replica()
					}
					// A consent that Strava gives beside the old grant; both would work.
					consent := strava.Grant{
						AccessToken: "consented access", RefreshToken: "consented refresh",
						ExpiresAt: time.Now().Add(sixHours), AthleteID: athlete,
					}
					if err := installing.Install(t.Context(), consent, nil); err != nil {
						t.Fatalf("Install: %v", err)
					}
					time.Sleep(30 * time.Second) // The flight ends.
					for _, r := range []*replica{installing, flying} {
						_, _ = r.AccessToken(t.Context())
						synctest.Wait()
						if got, err := r.AccessToken(t.Context()); err != nil || got != string(consent.AccessToken) {
							t.Errorf("AccessToken: %s, %v; want the consented one", got, err)
						}
					}
					if row, refresh, _ := w.row(); refresh != consent.RefreshToken || row.State != tokens.StateConnected {
						t.Errorf("the row is %+v", row)
					}
				})
			})
		}
	}
}

// A reading from before the consent may arrive after it; memory must not fall back to it.
func TestInstallDuringAReadingIsNotLost(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica(func(cfg *tokens.Config) { cfg.Store = &lateReader{Store: cfg.Store} })
		go func() { _, _ = r.AccessToken(t.Context()) }()
		time.Sleep(time.Second)
		if err := r.Install(t.Context(), w.strava.consent(athlete), nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		w.wantToken(r)
		w.wantKept()
	})
}

// lateReader is a store whose first answer to Load is on its way for a while.
type lateReader struct {
	tokens.Store
	late atomic.Bool
}

func (s *lateReader) Load(ctx context.Context) (tokens.Row, tokens.Revision, error) {
	row, revision, err := s.Store.Load(ctx)
	if s.late.CompareAndSwap(false, true) {
		time.Sleep(10 * time.Second)
	}
	return row, revision, err
}

// The browser may be closed and the store be away: a code can't be exchanged twice, so the grant is kept and written.
func TestInstallOutlivesItsContext(t *testing.T) {
	t.Parallel()
	inWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		r.store.Queue(storetest.Save, storetest.FailBefore())
		r.store.Queue(storetest.Load, storetest.Fault{}, storetest.FailBefore(), storetest.FailBefore(), storetest.FailBefore())
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if err := r.Install(ctx, w.strava.consent(athlete), nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Install: %v, want context.DeadlineExceeded", err)
		}
		w.wantToken(r) // From memory.
		time.Sleep(time.Minute)
		w.wantKept()
	})
}

func TestInstallWaitsForAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		r.store.Always(storetest.Down)
		go func() {
			time.Sleep(time.Minute)
			r.store.Always(nil)
		}()
		// Whose grant is stored is not known before the store is back, so nothing is served either.
		if err := r.Install(t.Context(), w.strava.consent(otherAthlete), nil); !errors.Is(err, tokens.ErrOtherAthlete) {
			t.Errorf("Install: %v, want ErrOtherAthlete", err)
		}
	})
}

func TestInstallKeepsTheTokenBefore(t *testing.T) {
	t.Parallel()
	t.Run("of a grant that worked", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			_, before, _ := w.row()
			w.connect()
			if _, _, previous := w.row(); previous != before {
				t.Errorf("the token before is %s, want %s", string(previous), string(before))
			}
		})
	})
	t.Run("not of one that strava has refused", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			w.plant(func(row *tokens.Row) { row.State = tokens.StateNeedsConsent })
			w.connect()
			if _, _, previous := w.row(); previous != "" {
				t.Errorf("the token before is %s", string(previous))
			}
		})
	})
}

func TestPinAthlete(t *testing.T) {
	t.Parallel()
	inWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		if err := r.PinAthlete(t.Context(), athlete); !errors.Is(err, tokens.ErrNotConnected) {
			t.Errorf("without a grant: %v", err)
		}
		token := w.strava.consent(0).RefreshToken
		r = w.replica(func(cfg *tokens.Config) { cfg.FirstRefreshToken = token })
		w.wantToken(r)
		for range 3 {
			if err := r.PinAthlete(t.Context(), athlete); err != nil {
				t.Errorf("PinAthlete: %v", err)
			}
		}
		if saves := r.store.Calls(storetest.Save); saves != 3 {
			t.Errorf("%d saves, want 3: the first row, the answer, the athlete", saves)
		}
		if err := r.PinAthlete(t.Context(), otherAthlete); !errors.Is(err, tokens.ErrOtherAthlete) {
			t.Errorf("another athlete: %v", err)
		}
		if err := r.Install(t.Context(), w.strava.consent(otherAthlete), nil); !errors.Is(err, tokens.ErrOtherAthlete) {
			t.Errorf("another athlete's consent: %v", err)
		}
		if got := r.Status(t.Context()).AthleteID; got != athlete {
			t.Errorf("status: athlete %d", got)
		}
		configured := w.replica(func(cfg *tokens.Config) { cfg.AthleteID = athlete })
		if err := configured.PinAthlete(t.Context(), otherAthlete); !errors.Is(err, tokens.ErrOtherAthlete) {
			t.Errorf("another than the configured one: %v", err)
		}
		if err := configured.PinAthlete(t.Context(), 0); err == nil {
			t.Error("nobody was pinned")
		}
	})
}
