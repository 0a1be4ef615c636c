package tokens_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"domestique/strava"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

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
		for range 1000 {
			wantError(t, r, tokens.ErrNotConnected)
		}
		if loads := r.store.Calls(storetest.Load); loads > 2 {
			t.Errorf("%d loads at one moment, want 1 and the status's", loads)
		}
		w.connect() // From elsewhere: a command, another replica.
		time.Sleep(2 * time.Second)
		w.wantToken(r)
	})
}
