package tokens_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"domestique/strava"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

// prints returns v in every form that might end up before somebody's eyes.
func prints(t *testing.T, v any) string {
	t.Helper()
	var all bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
		fmt.Fprintf(&all, verb+"\n", v)
	}
	encoded, err := json.Marshal(v)
	fmt.Fprintf(&all, "%s %v\n", encoded, err)
	slog.New(slog.NewTextHandler(&all, nil)).Info("text", "value", v)
	slog.New(slog.NewJSONHandler(&all, nil)).Info("json", "value", v)
	return all.String()
}

func TestNothingPrintsASecret(t *testing.T) {
	t.Parallel()
	const planted strava.Secret = "planted-secret-of-forty-characters-1234567"
	token := tokens.NewToken(planted, planted, planted, planted)
	keyring := newKeyring(t, planted)
	app := strava.Application{ClientID: "4711", ClientSecret: planted}
	cfg := tokens.Config{
		Store: tokens.NewMemoryStore(), Keyring: keyring, OAuth: newProvider(time.Hour),
		Application: app, FallbackApplication: app, FirstRefreshToken: planted,
	}
	manager, err := tokens.NewManager(cfg)
	if err != nil {
		t.Fatal(err)
	}
	oauth := strava.NewOAuth(strava.OAuthConfig{})
	consentCfg := tokens.ConsentConfig{OAuth: oauth, Tokens: manager, Scopes: []string{"read"}}
	consent, err := tokens.NewConsent(consentCfg)
	if err != nil {
		t.Fatal(err)
	}
	row, err := tokens.SealApplication(keyring, tokens.SealRow(keyring, tokens.Row{Generation: 1}, planted, planted, planted), app)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]any{
		"Token": token, "*Token": &token, "Config": cfg, "*Config": &cfg, "Manager": manager, "Keyring": keyring, "Row": row,
		"Consent": consent, "ConsentConfig": consentCfg, "Grant": strava.Grant{Application: app}, "Status": manager.Status(t.Context()),
		// What fmt reaches through an unexported field it prints without asking.
		"inside another": struct {
			token   tokens.Token
			keyring *tokens.Keyring
			manager *tokens.Manager
			consent *tokens.Consent
			row     tokens.Row
		}{token, keyring, manager, consent, row},
	}
	for name, value := range values {
		printed := prints(t, value)
		for _, leak := range []string{string(planted), fmt.Sprintf("%x", string(planted)), fmt.Sprintf("%X", string(planted))} {
			if strings.Contains(printed, leak) {
				t.Errorf("%s prints the secret:\n%s", name, printed)
			}
		}
	}
}

// TestNoTokenLeaks runs a manager through good days and bad and looks for the tokens in everything that it said, and in
// what lies on the disk.
func TestNoTokenLeaks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inWorld(t, sixHours, func(t *testing.T, w *world) {
		store, err := tokens.OpenFileStore(dir)
		if err != nil {
			t.Fatal(err)
		}
		w.rows = store
		var said bytes.Buffer
		first := w.strava.consent(athlete).RefreshToken
		r := w.replica(func(cfg *tokens.Config) { cfg.FirstRefreshToken = first })
		listen := func() {
			_, err := r.AccessToken(t.Context())
			fmt.Fprintln(&said, err, r.Refresh(t.Context()), prints(t, r.Manager), prints(t, r.Status(t.Context())))
		}
		listen()
		for _, wrong := range []mishap{
			{}, {refuse: strava.ErrUnavailable}, {refuse: strava.ErrClientInvalid}, {refuse: strava.ErrAppInactive},
			{refuse: &strava.RateLimitError{RetryAt: time.Now()}}, {}, {lost: true},
		} {
			r.Invalidate(string(w.strava.access))
			time.Sleep(sixHours)
			w.strava.queue(wrong)
			r.store.Queue(storetest.Save, storetest.ApplyThenFail(), storetest.FailBefore())
			listen()
			time.Sleep(time.Hour)
			listen()
		}
		if state := r.Status(t.Context()).State; state != tokens.StateNeedsConsent {
			t.Errorf("state %s: the bad days were not bad enough", state)
		}
		fmt.Fprintln(&said, r.Install(t.Context(), w.strava.consent(athlete), []string{"read"}))
		fmt.Fprintln(&said, r.Install(t.Context(), w.strava.consent(otherAthlete), nil))
		listen()

		said.WriteString(w.log.String())
		if !strings.Contains(said.String(), "refreshed the grant") {
			t.Error("nothing was logged")
		}
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			content, err := os.ReadFile(filepath.Join(dir, file.Name()))
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Fatal(err)
			}
			said.Write(content)
		}
		for _, kind := range []string{"access-token-", "refresh-token-", "client-secret-", "d41d8cd98f00b204", "e9800998ecf8427e", "7c211433f0207159"} {
			if at := strings.Index(said.String(), kind); at >= 0 {
				t.Errorf("a token is in: %s", said.String()[max(0, at-200):at+40])
			}
		}
	})
}
