package command_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"domestique/internal/command"
	"domestique/internal/config"
	"domestique/strava"
	"domestique/strava/stravatest"
)

// entered is a gateway whose environment names no application: the owner has entered it, and has connected.
func entered(t *testing.T) (fake *stravatest.Running, environment env, grantFile string) {
	t.Helper()
	fake, environment = fakeStrava(t)
	environment = environment.with(env{"STRAVA_CLIENT_ID": "", "STRAVA_CLIENT_SECRET": ""})
	cfg, err := config.Load(environment.lookup)
	if err != nil {
		t.Fatal(err)
	}
	custody, err := command.OpenCustody(t.Context(), cfg, command.CustodyConfig{})
	if err != nil {
		t.Fatal(err)
	}
	const redirectURL = "http://localhost:8080/connect/callback"
	app := strava.Application{ClientID: "4711", ClientSecret: clientSecret}
	callback := approved(t, custody.Consent.URL(app, "a state", redirectURL))
	if _, err := custody.Consent.Accept(t.Context(), app, redirectURL, callback); err != nil {
		t.Fatalf("Accept: %v", err)
	}
	if err := custody.Tokens.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return fake, environment, filepath.Join(environment["DATA_DIR"], "grant.json")
}

// approved is what Strava's page sends the browser back with.
func approved(t *testing.T, address string) url.Values {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		t.Fatalf("strava's page answers %s: %v", answer.Status, err)
	}
	return back.Query()
}

func TestCommandsWorkWithAnEnteredApplication(t *testing.T) {
	t.Parallel()
	fake, environment, file := entered(t)
	if text := content(t, file); strings.Contains(text, clientSecret) || !strings.Contains(text, `"clientId": "4711"`) {
		t.Errorf("the stored grant is %s", text)
	}
	fake.ExpireAccessTokens()
	if end := run(t.Context(), environment, "refresh"); end.code != 0 {
		t.Errorf("refresh: %+v", end)
	}
	newer := environment.with(env{"SEAL_KEYS": strings.Repeat("n", 32) + "," +
		strings.TrimSpace(content(t, filepath.Join(environment["DATA_DIR"], "seal.key")))})
	if end := run(t.Context(), newer, "rekey"); end.code != 0 {
		t.Errorf("rekey: %+v", end)
	}
	environment = environment.with(env{"SEAL_KEYS": strings.Repeat("n", 32)})
	waiting := startConnect(t, environment)
	browse(t, waiting.url.String())
	if end := waiting.wait(t); end.code != 0 || strings.Contains(end.stdout+end.stderr, clientSecret) {
		t.Errorf("connect: %+v", end)
	}
	athlete(t, environment, custodian(t, environment))
}

// What the terminal shows of a consent that comes to nothing, and that nothing else has come of it.
func TestConnectThatFailsLeavesTheGrant(t *testing.T) {
	t.Parallel()
	answer := func(contentType, body string) func(*stravatest.Running) {
		return func(fake *stravatest.Running) {
			fake.Fault(stravatest.Fault{Path: "/oauth/token", ContentType: contentType, Body: body})
		}
	}
	for name, test := range map[string]struct {
		prepare func(*stravatest.Running)
		env     env
		says    string
	}{
		"denied":           {prepare: func(fake *stravatest.Running) { fake.SetConsent(stravatest.Consent{Refuse: true}) }, says: "You said no"},
		"another athlete":  {prepare: func(fake *stravatest.Running) { fake.SetConsent(stravatest.Consent{AthleteID: 1}) }, says: "another athlete's"},
		"HTML":             {prepare: answer("text/html", "<html>planted</html>"), says: "usable answer"},
		"no refresh token": {prepare: answer("", `{"access_token":"planted"}`), says: "usable answer"},
		"a wrong secret": {
			env: env{"STRAVA_CLIENT_ID": "4711", "STRAVA_CLIENT_SECRET": "planted"}, says: "Compare STRAVA_CLIENT_ID and STRAVA_CLIENT_SECRET",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake, environment, file := entered(t)
			before := content(t, file)
			if test.prepare != nil {
				test.prepare(fake)
			}
			waiting := startConnect(t, environment.with(test.env))
			if shown := browse(t, waiting.url.String()); shown.status != http.StatusForbidden {
				t.Errorf("the browser shows %+v", shown)
			}
			end := waiting.wait(t)
			if end.code != 1 || !strings.Contains(end.stderr, test.says) || strings.Contains(end.stdout+end.stderr, "planted") {
				t.Errorf("%+v, want %q", end, test.says)
			}
			if content(t, file) != before {
				t.Error("the stored grant is another")
			}
			athlete(t, environment, custodian(t, environment))
		})
	}
}
