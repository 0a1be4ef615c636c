package tokens_test

import (
	"testing"
	"time"

	"domestique/tokens"
)

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
	t.Run("a token that strava hands out again is served on", func(t *testing.T) {
		t.Parallel()
		inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
			r := w.replica()
			w.wantToken(r)
			time.Sleep(hours)
			token := string(w.strava.access)
			for range 600 { // Its API refuses it all the time.
				r.Invalidate(token)
				w.wantToken(r)
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
			if failure := r.Status(t.Context()).LastError; failure != "" {
				t.Errorf("the refusal of a token that is gone is still told: %s", failure)
			}
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
