package tokens_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"domestique/strava"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

const (
	keyBefore strava.Secret = "a sealing key that is long enough"
	keyAfter  strava.Secret = "a newer sealing key, long enough too"
)

func TestReseal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		trouble []storetest.Fault
	}{
		{"at once", nil},
		{"after a failure", []storetest.Fault{storetest.FailBefore(), storetest.Conflict()}},
		{"without a confirmation", []storetest.Fault{storetest.ApplyThenFail()}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				w.connect() // So that there is a previous token, too.
				w.enter(another("1"))
				before, refresh, previous := w.row()
				w.keyring = newKeyring(t, keyAfter, keyBefore)
				r := w.replica()
				r.store.Queue(storetest.Save, test.trouble...)
				for round, want := range []bool{true, false} {
					if changed, err := r.Reseal(t.Context()); changed != want || err != nil {
						t.Fatalf("round %d: Reseal = %t, %v; want %t", round, changed, err, want)
					}
				}
				w.keyring = newKeyring(t, keyAfter)
				after, refreshNow, previousNow := w.row()
				if app, err := tokens.OpenApplication(w.keyring, after); err != nil || app != another("1") {
					t.Errorf("the application is %q, %v", app.ClientID, err)
				}
				if refreshNow != refresh || previousNow != previous || previous == "" {
					t.Error("the secrets are others now")
				}
				written := cmpopts.IgnoreFields(tokens.Row{}, "WriteID", "AccessToken", "RefreshToken", "PreviousRefreshToken", "ClientSecret")
				if diff := cmp.Diff(before, after, written); diff != "" {
					t.Errorf("the row (-before +after):\n%s", diff)
				}
				w.wantToken(w.replica())
				w.wantCalls(0, 0)
			})
		})
	}
}

// enter puts an application into the stored row, as one that was entered.
func (w *world) enter(app strava.Application) {
	w.t.Helper()
	w.plant(func(row *tokens.Row) {
		entered, err := tokens.SealApplication(w.keyring, *row, app)
		if err != nil {
			w.t.Fatal(err)
		}
		*row = entered
	})
}

// One field under an older key is enough, and a change that comes in between is kept.
func TestResealOfOneFieldAmongChanges(t *testing.T) {
	t.Parallel()
	for name, keepOld := range map[string]func(mixed *tokens.Row, old tokens.Row){
		"previous refresh token": func(mixed *tokens.Row, old tokens.Row) { mixed.PreviousRefreshToken = old.PreviousRefreshToken },
		"client secret":          func(mixed *tokens.Row, old tokens.Row) { mixed.ClientSecret = old.ClientSecret },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
				w.connect()
				w.enter(another("1"))
				old, refresh, previous := w.row()
				w.keyring = newKeyring(t, keyAfter, keyBefore)
				w.plant(func(row *tokens.Row) {
					*row = tokens.SealRow(w.keyring, *row, w.strava.access, refresh, previous)
				})
				w.enter(another("1"))
				w.plant(func(row *tokens.Row) { keepOld(row, old) })
				r := w.replica()
				r.store.Queue(storetest.Save, storetest.Fault{Meanwhile: func() {
					w.plant(func(row *tokens.Row) { row.Scopes = []string{"changed meanwhile"} })
				}})
				if changed, err := r.Reseal(t.Context()); !changed || err != nil {
					t.Fatalf("Reseal = %t, %v", changed, err)
				}
				w.keyring = newKeyring(t, keyAfter)
				if row := w.wantKept(); row.Scopes[0] != "changed meanwhile" {
					t.Errorf("the row is %+v", row)
				}
			})
		})
	}
}

func TestResealWithoutTheRightKey(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		right := w.keyring
		w.keyring = newKeyring(t, keyAfter)
		r := w.replica()
		if changed, err := r.Reseal(t.Context()); changed || !errors.Is(err, tokens.ErrCorrupt) {
			t.Errorf("Reseal = %t, %v", changed, err)
		}
		if saves := r.store.Calls(storetest.Save); saves != 0 {
			t.Errorf("%d saves", saves)
		}
		w.keyring = right
		w.wantKept()
		w.erase()
		if changed, err := r.Reseal(t.Context()); changed || !errors.Is(err, tokens.ErrNotConnected) {
			t.Errorf("without a grant: Reseal = %t, %v", changed, err)
		}
	})
}
