package tokens_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"domestique/strava"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

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

// A disk that is full can be read: without this nobody hears of it before the token is dead.
func TestStatusTellsOfAStoreThatTakesNoWrites(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica()
		w.wantToken(r)
		r.store.Always(func(op storetest.Op) storetest.Fault {
			if op == storetest.Save {
				return storetest.FailBefore()
			}
			return storetest.Fault{}
		})
		time.Sleep(sixHours - 40*time.Minute)
		w.wantToken(r) // It is due, and serves on.
		time.Sleep(time.Minute)
		if failure := r.Status(t.Context()).LastError; failure != tokens.FailureStore {
			t.Errorf("while the store takes no writes the status tells of %q", failure)
		}
		if !strings.Contains(w.log.String(), storetest.ErrInjected.Error()) {
			t.Error("the log does not say what the store said")
		}
		r.store.Always(nil)
		w.wantTokenSoon(r)
		if failure := r.Status(t.Context()).LastError; failure != "" {
			t.Errorf("afterwards the status tells of %q", failure)
		}
	})
}
