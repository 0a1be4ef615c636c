package tokens_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

const callbackURL = "http://localhost:8080/connect/callback"

// patience is how long a test waits for what should come at once.
const patience = 30 * time.Second

// gateway is a Consent on the real OAuth of Strava's client and a fake Strava behind HTTP.
type gateway struct {
	t       *testing.T
	fake    *stravatest.Running
	wire    *editedWire
	store   *tokens.MemoryStore
	keyring *tokens.Keyring
	log     *lockedBuffer
	tokens  *tokens.Manager
	consent *tokens.Consent
}

// newGateway is one that nobody has told an application of, unless edit does.
func newGateway(t *testing.T, edit ...func(*tokens.Config)) *gateway {
	t.Helper()
	app := application()
	fake := stravatest.Start(t, stravatest.Config{ClientID: app.ClientID, ClientSecret: string(app.ClientSecret)})
	g := &gateway{
		t: t, fake: fake, wire: &editedWire{}, store: tokens.NewMemoryStore(), keyring: newKeyring(t), log: &lockedBuffer{},
	}
	g.tokens, g.consent = g.open(edit...)
	return g
}

// open starts another process of the same gateway.
func (g *gateway) open(edit ...func(*tokens.Config)) (*tokens.Manager, *tokens.Consent) {
	g.t.Helper()
	oauth := strava.NewOAuth(strava.OAuthConfig{URL: g.fake.OAuthURL(), Transport: g.wire})
	cfg := tokens.Config{
		Store: g.store, Keyring: g.keyring, OAuth: oauth,
		Logger: slog.New(slog.NewTextHandler(g.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, edit := range edit {
		edit(&cfg)
	}
	manager, err := tokens.NewManager(cfg)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() {
		if err := manager.Close(context.Background()); err != nil {
			g.t.Errorf("Close: %v", err)
		}
	})
	consent, err := tokens.NewConsent(tokens.ConsentConfig{
		OAuth: oauth, Tokens: manager, Scopes: askedScopes(), Pause: time.Millisecond,
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return manager, consent
}

func askedScopes() []string { return []string{"read", "profile:read_all", "activity:read"} }

// approve is what Strava's page sends the athlete's browser back with.
func (g *gateway) approve() url.Values {
	g.t.Helper()
	request, err := http.NewRequestWithContext(g.t.Context(), http.MethodGet, g.consent.URL(application(), "a state", callbackURL), nil)
	if err != nil {
		g.t.Fatal(err)
	}
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		g.t.Fatal(err)
	}
	_ = answer.Body.Close()
	back, err := answer.Location()
	if err != nil || back.Query().Get("state") != "a state" {
		g.t.Fatalf("strava's page answers %s to %v, %v", answer.Status, back, err)
	}
	return back.Query()
}

// connect is a consent that comes about.
func (g *gateway) connect() tokens.Consented {
	g.t.Helper()
	consented, err := g.consent.Accept(g.t.Context(), application(), callbackURL, g.approve())
	if err != nil {
		g.t.Fatalf("Accept: %v", err)
	}
	return consented
}

// stored is the row to the last byte, with its revision.
type stored struct {
	Row      tokens.Row
	Revision tokens.Revision
}

func (g *gateway) stored() stored {
	g.t.Helper()
	row, revision, err := g.store.Load(g.t.Context())
	if err != nil {
		g.t.Fatal(err)
	}
	return stored{row, revision}
}

// wantWorking checks that Strava's API takes what the manager hands out.
func (g *gateway) wantWorking(manager *tokens.Manager) {
	g.t.Helper()
	client, err := strava.New(strava.Config{BaseURL: g.fake.APIURL(), Tokens: manager})
	if err != nil {
		g.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(g.t.Context(), patience)
	defer cancel()
	if _, err := client.Athlete(ctx); err != nil {
		g.t.Errorf("the grant does not work: %v", err)
	}
}

// wantSilent checks that nothing secret was said.
func (g *gateway) wantSilent(said ...string) {
	g.t.Helper()
	all := strings.Join(said, "\n") + g.log.String()
	for _, secret := range []string{string(application().ClientSecret), "planted"} {
		if strings.Contains(all, secret) {
			g.t.Errorf("%q is in:\n%s", secret, all)
		}
	}
}

// editedWire is HTTP on which a test changes what the token endpoint answers.
type editedWire struct {
	edit func(answer map[string]any)
}

func (w *editedWire) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil || w.edit == nil || response.StatusCode != http.StatusOK {
		return response, err
	}
	defer func() { _ = response.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, err
	}
	w.edit(answer)
	body, err := json.Marshal(answer)
	if err != nil {
		return nil, err
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return response, nil
}
