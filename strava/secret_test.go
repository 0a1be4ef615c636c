package strava_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"domestique/strava"
)

// hidden is the secret of these tests.
const hidden = "not-for-your-eyes"

// wantHidden fails when text shows the secret, in clear or as the bytes that %x, %X and %d print.
func wantHidden(t *testing.T, how, text string) {
	t.Helper()
	for _, verb := range []string{"%s", "%x", "%X", "% x", "%d"} {
		if form := strings.Trim(fmt.Sprintf(verb, []byte(hidden)), "[]"); strings.Contains(text, form) {
			t.Errorf("%s shows the secret: %s", how, text)
		}
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	secret := strava.Secret(hidden)
	application := strava.Application{ClientID: "1", ClientSecret: secret}
	grant := strava.Grant{Application: application, AccessToken: secret, RefreshToken: secret}
	values := map[string]any{
		"secret":           secret,
		"pointer":          &secret,
		"slice":            []strava.Secret{secret},
		"map":              map[string]strava.Secret{"key": secret},
		"grant":            grant,
		"grant pointer":    &grant,
		"application":      application,
		"inside interface": struct{ Any any }{grant},
	}
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%b", "%c", "%U", "%t", "%40s", "%.3s"} {
				wantHidden(t, verb, fmt.Sprintf(verb, value))
			}
			wantHidden(t, "Sprint", fmt.Sprint(value))
			wantHidden(t, "Errorf", fmt.Errorf("refresh: %v", value).Error())
			if text, err := json.Marshal(value); err == nil {
				wantHidden(t, "JSON", string(text))
			}
			var log bytes.Buffer
			slog.New(slog.NewTextHandler(&log, nil)).Info("text", "value", value)
			slog.New(slog.NewJSONHandler(&log, nil)).Info("json", "value", value)
			wantHidden(t, "slog", log.String())
		})
	}
}

func TestSecretSaysThatItIsRedacted(t *testing.T) {
	t.Parallel()
	secret := strava.Secret(hidden)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if got := fmt.Sprintf(verb, secret); got != "[redacted]" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
	if got, _ := json.Marshal(secret); string(got) != `"[redacted]"` {
		t.Errorf("JSON is %s", got)
	}
	if got, _ := xml.Marshal(secret); !strings.Contains(string(got), "[redacted]") {
		t.Errorf("XML is %s", got)
	}
	if got := secret.LogValue().String(); got != "[redacted]" {
		t.Errorf("slog has %s", got)
	}
	if got := string(secret); got != hidden {
		t.Errorf("string(secret) = %s, want the value", got)
	}
}

func TestClientDoesNotPrintItsToken(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	client := newClient(t, strava.Config{
		Tokens:    &tokens{list: []string{hidden}},
		Timeout:   time.Second,
		Logger:    slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Transport: transport(func(*http.Request) (*http.Response, error) { return reply(200, `{"id":1}`), nil }),
	})
	if _, err := client.Athlete(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantHidden(t, "%+v", fmt.Sprintf("%+v %#v", client, client))
	wantHidden(t, "the log", log.String())
	if !strings.Contains(log.String(), `op="GET /athlete"`) {
		t.Errorf("the log has no record of the request: %s", log.String())
	}
}
