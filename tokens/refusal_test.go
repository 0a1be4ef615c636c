package tokens_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"domestique/strava"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

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
	for name, down := range map[string]func(storetest.Op) storetest.Fault{"is away": storetest.Down, "can't be written": failSaves} {
		t.Run("is not believed while the store "+name, func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				r := w.replica()
				time.Sleep(sixHours)
				w.strava.queue(mishap{refuse: strava.ErrRefreshTokenInvalid, meanwhile: func() { r.store.Always(down) }})
				wantError(t, r, tokens.ErrUnavailable)
				if _, err := r.AccessToken(t.Context()); errors.Is(err, tokens.ErrNeedsConsent) {
					t.Errorf("AccessToken: %v, and no row says so", err)
				}
				r.store.Always(nil)
				time.Sleep(5 * time.Second)
				w.wantToken(r)
				w.wantKept()
			})
		})
	}
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
	for name, age := range map[string]time.Duration{"with": 2 * sixHours, "without": sixHours} {
		t.Run("means nothing when the row has been claimed by another, "+name+" a previous token", func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				r := w.replica()
				for range age/sixHours - 1 {
					time.Sleep(sixHours)
					w.wantToken(r)
				}
				time.Sleep(sixHours)
				before := w.strava.calls
				w.strava.queue(mishap{refuse: strava.ErrRefreshTokenInvalid, meanwhile: func() {
					w.plant(func(row *tokens.Row) { row.Lease = tokens.Lease{ID: "another.claim", TTL: 10 * time.Second} })
				}})
				w.wantToken(r) // Once the other one's lease has aged out.
				w.wantKept()
				w.wantCalls(before+2, 0)
			})
		})
	}
}
