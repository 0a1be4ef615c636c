package tokens_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"domestique/tokens"
	"domestique/tokens/storetest"
)

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
		if err := r.Refresh(t.Context()); !errors.Is(err, tokens.ErrNotConnected) {
			t.Errorf("Refresh: %v, though nothing is stored", err)
		}
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
