package tokens_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"domestique/strava"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

// configured and fallback put an application into a configuration.
func configured(app strava.Application) func(*tokens.Config) {
	return func(cfg *tokens.Config) { cfg.Application = app }
}

func fallback(app strava.Application) func(*tokens.Config) {
	return func(cfg *tokens.Config) { cfg.FallbackApplication = app }
}

// another is an application that no fake knows.
func another(id string) strava.Application {
	return strava.Application{ClientID: id, ClientSecret: strava.Secret("secret-of-" + id)}
}

func TestWhichApplicationServes(t *testing.T) {
	t.Parallel()
	half := strava.Application{ClientID: "4712"}
	tests := []struct {
		name    string
		entered bool
		edit    []func(*tokens.Config)
		want    strava.Application
		fixed   bool
	}{
		{name: "none"},
		{name: "the configured one", edit: []func(*tokens.Config){configured(another("1"))}, want: another("1"), fixed: true},
		{name: "the entered one", entered: true, want: application()},
		{name: "the fallback", edit: []func(*tokens.Config){fallback(another("2"))}, want: another("2")},
		{
			name: "the configured one before all", entered: true,
			edit: []func(*tokens.Config){configured(another("1")), fallback(another("2"))}, want: another("1"), fixed: true,
		},
		{name: "the entered one before the fallback", entered: true, edit: []func(*tokens.Config){fallback(another("2"))}, want: application()},
		{name: "half a one is none", entered: true, edit: []func(*tokens.Config){configured(half)}, want: application()},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t)
			if test.entered {
				g.connect()
			}
			_, consent := g.open(test.edit...)
			got, fixed, err := consent.Application(t.Context())
			if got != test.want || fixed != test.fixed || errors.Is(err, tokens.ErrNoApplication) != (test.want == strava.Application{}) {
				t.Errorf("application %s with %q, fixed %t, %v", got.ClientID, string(got.ClientSecret), fixed, err)
			}
		})
	}
}

// What was entered is in the row of the grant that it brought, and any process works with it.
func TestAnEnteredApplicationIsStoredWithItsGrant(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	g.connect()
	row := g.stored().Row
	app := application()
	if opened, err := tokens.OpenApplication(g.keyring, row); err != nil || opened != app || row.Generation != 1 {
		t.Errorf("generation %d has application %q, %v", row.Generation, opened.ClientID, err)
	}
	if !strings.HasPrefix(row.ClientSecret, "v1.") {
		t.Errorf("the secret is stored as %q", row.ClientSecret)
	}
	other, _ := g.open()
	token, err := other.AccessToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	g.fake.ExpireAccessTokens()
	other.Invalidate(token)
	g.wantWorking(other)
	if err := other.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := g.stored().Row
	if opened, err := tokens.OpenApplication(g.keyring, after); err != nil || opened != app || after.Generation != 2 {
		t.Errorf("after a refresh generation %d has application %q, %v", after.Generation, opened.ClientID, err)
	}
	// The sealed secret belongs to its row.
	moved := after
	moved.ClientSecret = row.ClientSecret
	if _, err := tokens.OpenApplication(g.keyring, moved); !errors.Is(err, tokens.ErrCorrupt) {
		t.Errorf("a client secret of another generation opens: %v", err)
	}
	moved = after
	moved.RefreshToken = after.ClientSecret
	if _, err := tokens.OpenApplication(g.keyring, moved); !errors.Is(err, tokens.ErrCorrupt) {
		t.Errorf("a client secret opens as another field: %v", err)
	}
	g.wantSilent()
}

func TestWhatIsKnownOtherwiseIsNotStored(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*tokens.Config){
		"configured": configured(application()),
		"fallback":   fallback(application()),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t, edit)
			g.connect()
			if row := g.stored().Row; row.ClientID != "" || row.ClientSecret != "" {
				t.Errorf("the row has application %q", row.ClientID)
			}
			g.wantWorking(g.tokens)
		})
	}
}

// A configured application ends an entered one: a new consent takes it out of the row.
func TestAConfiguredApplicationReplacesTheEnteredOne(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	g.connect()
	_, consent := g.open(configured(application()))
	if _, err := consent.Accept(t.Context(), application(), callbackURL, g.approve()); err != nil {
		t.Fatal(err)
	}
	if row := g.stored().Row; row.ClientID != "" || row.ClientSecret != "" {
		t.Errorf("the row has application %q", row.ClientID)
	}
	_, reader := g.open()
	if app, _, err := reader.Application(t.Context()); !errors.Is(err, tokens.ErrNoApplication) {
		t.Errorf("application %q, %v", app.ClientID, err)
	}
}

// The environment's newer secret of the same client serves a grant that came with an entered one.
func TestAConfiguredSecretWinsOverTheEnteredOne(t *testing.T) {
	t.Parallel()
	inWorld(t, sixHours, func(t *testing.T, w *world) {
		if err := w.replica(configured(strava.Application{})).Install(t.Context(), w.strava.consent(athlete), nil); err != nil {
			t.Fatal(err)
		}
		w.strava.app.ClientSecret = "a newer secret"
		time.Sleep(sixHours)
		wantError(t, w.replica(configured(strava.Application{})), tokens.ErrMisconfigured, strava.ErrClientInvalid)
		time.Sleep(time.Hour)
		w.wantToken(w.replica(configured(w.strava.app)))
	})
}

// A grant without an application is kept until there is one again.
func TestNoApplication(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica(configured(strava.Application{}))
		wantStatus(t, r, tokens.StateMisconfigured, tokens.FailureNoApplication)
		w.wantToken(r) // It needs nobody's leave.
		wantStatus(t, r, tokens.StateMisconfigured, tokens.FailureNoApplication)
		before := w.wantKept()
		time.Sleep(sixHours)
		wantError(t, r, tokens.ErrMisconfigured, tokens.ErrNoApplication)
		if err := r.Disconnect(t.Context()); !errors.Is(err, tokens.ErrNoApplication) {
			t.Errorf("Disconnect: %v", err)
		}
		w.wantCalls(0, 0)
		if row := w.wantKept(); row.WriteID != before.WriteID {
			t.Errorf("the row was written: %+v", row)
		}
		w.wantToken(w.replica())
	})
	inWorld(t, sixHours, func(t *testing.T, w *world) {
		first := w.strava.consent(athlete).RefreshToken
		r := w.replica(configured(strava.Application{}), func(cfg *tokens.Config) { cfg.FirstRefreshToken = first })
		wantStatus(t, r, tokens.StateNotConnected, "")
		wantError(t, r, tokens.ErrNotConnected)
		w.wantCalls(0, 0)
		w.wantToken(w.replica(fallback(application()), func(cfg *tokens.Config) { cfg.FirstRefreshToken = first }))
	})
}

func wantStatus(t *testing.T, r *replica, state tokens.State, failure tokens.Failure) {
	t.Helper()
	if got := r.Status(t.Context()); got.State != state || got.LastError != failure {
		t.Errorf("status %+v, want %s, %s", got, state, failure)
	}
}

// Another application in the environment does not spend the grant's refresh token, which Strava would call dead: taken
// back, the grant works as before.
func TestAnotherApplicationsGrantIsKept(t *testing.T) {
	t.Parallel()
	inWorld(t, sixHours, func(t *testing.T, w *world) {
		if err := w.replica(configured(strava.Application{})).Install(t.Context(), w.strava.consent(athlete), nil); err != nil {
			t.Fatal(err)
		}
		r := w.replica(configured(another("1")))
		wantStatus(t, r, tokens.StateMisconfigured, tokens.FailureOtherApplication)
		w.wantToken(r)
		time.Sleep(sixHours)
		wantError(t, r, tokens.ErrMisconfigured, tokens.ErrOtherApplication)
		w.wantCalls(0, 0)
		w.wantToken(w.replica(configured(strava.Application{})))
		// It is revoked as the application that it was given to.
		if err := r.Disconnect(t.Context()); err != nil {
			t.Errorf("Disconnect: %v", err)
		}
		if _, refresh := w.strava.valid(); refresh != "" {
			t.Error("the grant lives on at Strava")
		}
	})
}

// The token before is tried when the newer one is refused. Strava would take it from its own application alone.
func TestTheTokenBeforeIsTheSameApplications(t *testing.T) {
	t.Parallel()
	inWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica(configured(strava.Application{}))
		for _, step := range []struct {
			app  strava.Application
			kept bool
		}{{another("1"), false}, {another("1"), true}, {another("2"), false}} {
			consent := w.strava.consent(athlete)
			consent.Application = step.app
			if err := r.Install(t.Context(), consent, nil); err != nil {
				t.Fatal(err)
			}
			if _, _, previous := w.row(); (previous != "") != step.kept {
				t.Errorf("after a consent for %s the token before is %q", step.app.ClientID, string(previous))
			}
		}
	})
}

// An answer that comes after a consent for another application is no spare for it.
func TestALateAnswerForAnotherApplication(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		flying := w.replica()
		time.Sleep(sixHours - 40*time.Minute)
		w.strava.queue(mishap{after: 5 * time.Second})
		go func() { _ = flying.Refresh(t.Context()) }()
		time.Sleep(time.Second)
		consent := strava.Grant{
			AccessToken: "consented access", RefreshToken: "consented refresh", Application: another("1"),
			ExpiresAt: time.Now().Add(sixHours), AthleteID: athlete,
		}
		if err := w.replica(configured(strava.Application{})).Install(t.Context(), consent, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		row, refresh, previous := w.row()
		if refresh != consent.RefreshToken || previous != "" || row.ClientID != "1" {
			t.Errorf("row %+v with the token before %q", row, string(previous))
		}
		w.wantCalls(1, 0)
	})
}

func TestDisconnectErasesTheApplication(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	g.connect()
	other, consent := g.open()
	if err := other.Disconnect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.store.Load(t.Context()); !errors.Is(err, tokens.ErrNotFound) {
		t.Errorf("the row: %v", err)
	}
	if app, _, err := consent.Application(t.Context()); !errors.Is(err, tokens.ErrNoApplication) {
		t.Errorf("application %q, %v", app.ClientID, err)
	}
}

func TestApplicationNeedsAStore(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		r := w.replica(configured(strava.Application{}))
		r.store.Always(storetest.Down)
		if _, err := r.Application(t.Context()); !errors.Is(err, tokens.ErrUnavailable) {
			t.Errorf("with a store that is away: %v", err)
		}
		r.store.Always(nil)
		w.keyring = newKeyring(t, keyAfter)
		if _, err := w.replica(configured(strava.Application{})).Application(t.Context()); !errors.Is(err, tokens.ErrCorrupt) {
			t.Errorf("with a row that does not open: %v", err)
		}
		r = w.replica()
		r.store.Always(storetest.Down)
		if app, err := r.Application(t.Context()); err != nil || app != application() {
			t.Errorf("the configured one: %v", err)
		}
		r.store.Always(nil)
		w.keyring = newKeyring(t)
	})
}
