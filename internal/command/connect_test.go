package command_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/internal/command"
	"domestique/internal/config"
	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

const (
	clientSecret = "the-secret-of-the-application"
	firstToken   = "the-first-refresh-token"
	// patience is how long a test waits for what should come at once.
	patience = 30 * time.Second
)

// fakeStrava is a fake Strava, with these activities or a made-up history, and the environment of a gateway that has never
// been connected to it.
func fakeStrava(t *testing.T, activities ...stravatest.Activity) (*stravatest.Running, env) {
	t.Helper()
	fake := stravatest.Start(t, stravatest.Config{
		ClientID: "4711", ClientSecret: clientSecret, RefreshToken: firstToken, Activities: activities,
	})
	return fake, env{
		"DATA_DIR":             filepath.Join(t.TempDir(), "data"),
		"STRAVA_API_URL":       fake.APIURL(),
		"STRAVA_OAUTH_URL":     fake.OAuthURL(),
		"STRAVA_CLIENT_ID":     "4711",
		"STRAVA_CLIENT_SECRET": clientSecret,
		"LOG_LEVEL":            "debug",
	}
}

// connecting is a connect command that waits for the browser.
type connecting struct {
	url    *url.URL // for the browser
	cancel context.CancelFunc
	done   chan ended
}

// startConnect runs connect until it has printed its address.
func startConnect(t *testing.T, environment env, args ...string) *connecting {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	c := &connecting{cancel: cancel, done: make(chan ended, 1)}
	var stdout, stderr bytes.Buffer
	go func() {
		code := command.Run(ctx, append([]string{"connect"}, args...),
			command.Env{Lookup: environment.lookup, Stdout: io.MultiWriter(&stdout, writer), Stderr: &stderr})
		_ = writer.Close()
		c.done <- ended{code, stdout.String(), stderr.String()}
	}()
	t.Cleanup(cancel)
	lines := bufio.NewScanner(reader)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "http") {
			address, err := url.Parse(lines.Text())
			if err != nil {
				t.Fatalf("parse the printed address: %v", err)
			}
			c.url = address
			go func() { _, _ = io.Copy(io.Discard, reader) }()
			return c
		}
	}
	t.Fatalf("connect printed no address: %+v", <-c.done)
	return nil
}

// wait returns what is left of the command once it ends.
func (c *connecting) wait(t *testing.T) ended {
	t.Helper()
	select {
	case end := <-c.done:
		return end
	case <-time.After(patience):
		t.Fatal("connect does not end")
		return ended{}
	}
}

// callback is where Strava would send the browser back to.
func (c *connecting) callback(query url.Values) string {
	return c.url.Query().Get("redirect_uri") + "?" + query.Encode()
}

// page is what the browser shows.
type page struct {
	status int
	text   string
}

func browse(t *testing.T, address string) page {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport, Timeout: patience}).Do(request)
	if err != nil {
		t.Fatalf("open %s: %v", address, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("read the page: %v", err)
	}
	if policy := response.Header.Get("Referrer-Policy"); policy != "no-referrer" {
		t.Errorf("Referrer-Policy %q: the address, with the code in it, could travel on", policy)
	}
	return page{response.StatusCode, string(text)}
}

// custodian opens the custody that a server would open with the same environment.
func custodian(t *testing.T, environment env) *tokens.Manager {
	t.Helper()
	cfg, err := config.Load(environment.lookup)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	custody, err := command.OpenCustody(t.Context(), cfg, command.CustodyConfig{})
	if err != nil {
		t.Fatalf("OpenCustody: %v", err)
	}
	t.Cleanup(func() {
		if err := custody.Tokens.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return custody.Tokens
}

// athlete asks the API who the stored token belongs to.
func athlete(t *testing.T, environment env, manager *tokens.Manager) int64 {
	t.Helper()
	client, err := strava.New(strava.Config{BaseURL: environment["STRAVA_API_URL"], Tokens: manager})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	who, err := client.Athlete(t.Context())
	if err != nil {
		t.Fatalf("Athlete: %v", err)
	}
	return int64(who.ID)
}

func TestConnectStoresTheGrant(t *testing.T) {
	t.Parallel()
	fake, environment := fakeStrava(t)
	waiting := startConnect(t, environment)

	asked := waiting.url.Query()
	if got, want := asked.Get("scope"), "read,read_all,profile:read_all,activity:read_all"; got != want {
		t.Errorf("asked for %q, want %q", got, want)
	}
	if state := asked.Get("state"); len(state) < 43 {
		t.Errorf("state %q holds less than 32 bytes", state)
	}
	shown := browse(t, waiting.url.String())
	end := waiting.wait(t)

	if want := (page{200, "Connected. This window can be closed.\n"}); shown != want {
		t.Errorf("the browser shows %+v, want %+v", shown, want)
	}
	manager := custodian(t, environment)
	who := athlete(t, environment, manager)
	if end.code != 0 || !strings.Contains(end.stdout, "Granted: read, read_all, profile:read_all, activity:read_all.\n") ||
		strings.Contains(end.stdout, "Not granted") {
		t.Errorf("%+v", end)
	}
	status := manager.Status(t.Context())
	if status.State != tokens.StateConnected || status.AthleteID != who {
		t.Errorf("status %+v, want connected to athlete %d", status, who)
	}
	if diff := cmp.Diff([]string{"read", "read_all", "profile:read_all", "activity:read_all"}, status.Scopes); diff != "" {
		t.Errorf("stored scopes (-want +got):\n%s", diff)
	}
	if calls := fake.Calls()["POST /oauth/token"]; calls != 1 {
		t.Errorf("%d requests to the token endpoint, want the one exchange", calls)
	}
	for _, name := range []string{"grant.json", "seal.key"} {
		info, err := os.Stat(filepath.Join(environment["DATA_DIR"], name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v; want a file of mode 0600", name, info, err)
		}
	}
}

func TestConnectShowsNoSecret(t *testing.T) {
	t.Parallel()
	fake, environment := fakeStrava(t)
	waiting := startConnect(t, environment)
	var code string
	client := &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		code = r.URL.Query().Get("code")
		return nil
	}, Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}
	response, err := client.Get(waiting.url.String())
	if err != nil {
		t.Fatal(err)
	}
	shown, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	end := waiting.wait(t)
	token, err := custodian(t, environment).AccessToken(t.Context())
	if err != nil {
		t.Fatalf("AccessToken: %v", err)
	}
	if code == "" || fake.Calls()["GET /oauth/authorize"] != 1 {
		t.Fatalf("no consent took place: %v", fake.Calls())
	}
	stored, err := os.ReadFile(filepath.Join(environment["DATA_DIR"], "grant.json"))
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{"code": code, "access token": token, "client secret": clientSecret} {
		for where, text := range map[string]string{
			"output": end.stdout, "log": end.stderr, "page": string(shown), "store": string(stored),
		} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s is in the %s:\n%s", name, where, text)
			}
		}
	}
}

func TestConnectNamesWhatWasNotGranted(t *testing.T) {
	t.Parallel()
	fake, environment := fakeStrava(t)
	fake.SetConsent(stravatest.Consent{Untick: []string{"profile:read_all", "activity:read_all"}})
	waiting := startConnect(t, environment)
	shown := browse(t, waiting.url.String())
	end := waiting.wait(t)
	if end.code != 0 || shown.status != 200 || !strings.Contains(end.stdout, "Granted: read, read_all.\n") ||
		!strings.Contains(end.stdout, "Not granted: profile:read_all, activity:read_all.") {
		t.Errorf("%+v, page %+v", end, shown)
	}
	status := custodian(t, environment).Status(t.Context())
	if diff := cmp.Diff([]string{"read", "read_all"}, status.Scopes); diff != "" {
		t.Errorf("stored scopes (-want +got):\n%s", diff)
	}
}

func TestConnectWithoutAGrant(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		env     env
		consent stravatest.Consent
		problem string
	}{
		{
			name: "denied", consent: stravatest.Consent{Refuse: true},
			problem: "domestique: connect: You said no on Strava's page, so nothing was connected.",
		},
		{
			name: "another athlete than the configured one", env: env{"STRAVA_ATHLETE_ID": "1"},
			problem: "another athlete's Strava account",
		},
		{
			name: "a wrong client secret", env: env{"STRAVA_CLIENT_SECRET": "not-the-secret"},
			problem: "Compare STRAVA_CLIENT_ID and STRAVA_CLIENT_SECRET with https://www.strava.com/settings/api.",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake, environment := fakeStrava(t)
			environment = environment.with(test.env)
			fake.SetConsent(test.consent)
			waiting := startConnect(t, environment)
			shown := browse(t, waiting.url.String())
			end := waiting.wait(t)
			if want := (page{403, "Not connected. The terminal says why; this window can be closed.\n"}); shown != want {
				t.Errorf("the browser shows %+v, want %+v", shown, want)
			}
			if end.code != 1 || !strings.Contains(end.stderr, test.problem) {
				t.Errorf("%+v, want code 1 and %q", end, test.problem)
			}
			if _, err := os.Stat(filepath.Join(environment["DATA_DIR"], "grant.json")); err == nil {
				t.Error("a grant was stored")
			}
		})
	}
}

func TestConnectPinsTheFirstAthlete(t *testing.T) {
	t.Parallel()
	fake, environment := fakeStrava(t)
	first := startConnect(t, environment)
	browse(t, first.url.String())
	first.wait(t)
	who := athlete(t, environment, custodian(t, environment))

	fake.SetConsent(stravatest.Consent{AthleteID: who + 1})
	second := startConnect(t, environment)
	browse(t, second.url.String())
	if end := second.wait(t); end.code != 1 || !strings.Contains(end.stderr, "another athlete's Strava account") {
		t.Errorf("%+v", end)
	}
	if now := athlete(t, environment, custodian(t, environment)); now != who {
		t.Errorf("the gateway is athlete %d's now, was %d's", now, who)
	}
}

func TestConnectTakesNoOtherWayBack(t *testing.T) {
	t.Parallel()
	fake, environment := fakeStrava(t)
	waiting := startConnect(t, environment)
	for name, query := range map[string]url.Values{
		"no state":        {"code": {"stolen"}, "scope": {"read"}},
		"empty state":     {"state": {""}, "code": {"stolen"}, "scope": {"read"}},
		"another state":   {"state": {strings.Repeat("A", 43)}, "code": {"stolen"}},
		"another refusal": {"state": {"x"}, "error": {"access_denied"}},
	} {
		if shown := browse(t, waiting.callback(query)); shown.status != 400 {
			t.Errorf("%s: %+v, want 400", name, shown)
		}
	}
	if calls := fake.Calls()["POST /oauth/token"]; calls != 0 {
		t.Errorf("%d requests to the token endpoint for codes of another flow", calls)
	}
	// The flow is still the athlete's.
	if shown := browse(t, waiting.url.String()); shown.status != 200 {
		t.Errorf("the right way back: %+v", shown)
	}
	if end := waiting.wait(t); end.code != 0 {
		t.Errorf("%+v", end)
	}
}

func TestConnectWithoutACode(t *testing.T) {
	t.Parallel()
	_, environment := fakeStrava(t)
	waiting := startConnect(t, environment)
	browse(t, waiting.callback(url.Values{"state": {waiting.url.Query().Get("state")}, "error": {"<b>planted</b>"}}))
	end := waiting.wait(t)
	if end.code != 1 || !strings.Contains(end.stderr, "without a code") || strings.Contains(end.stderr, "planted") {
		t.Errorf("%+v", end)
	}
}

func TestConnectInterrupted(t *testing.T) {
	t.Parallel()
	_, environment := fakeStrava(t)
	waiting := startConnect(t, environment)
	waiting.cancel()
	if end := waiting.wait(t); end.code != 1 || !strings.Contains(end.stderr, "canceled") {
		t.Errorf("%+v", end)
	}
	if _, err := net.DialTimeout("tcp", waiting.callbackHost(), patience); err == nil {
		t.Error("the way back is still open")
	}
}

func (c *connecting) callbackHost() string {
	address, err := url.Parse(c.url.Query().Get("redirect_uri"))
	if err != nil {
		return err.Error()
	}
	return address.Host
}

func TestConnectPort(t *testing.T) {
	t.Parallel()
	_, environment := fakeStrava(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(taken.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if end := run(t.Context(), environment, "connect", "-port", port); end.code != 1 || !strings.Contains(end.stderr, "-port chooses another") {
		t.Errorf("with a taken port: %+v", end)
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
	waiting := startConnect(t, environment, "-port", port)
	if host := waiting.callbackHost(); host != "127.0.0.1:"+port {
		t.Errorf("the way back is %s, want port %s", host, port)
	}
	waiting.cancel()
	waiting.wait(t)
}

// The code behind a consent can be exchanged once, so what can't be stored is not asked for.
func TestConnectLooksAtTheStoreFirst(t *testing.T) {
	t.Parallel()
	_, environment := fakeStrava(t)
	custodian(t, environment) // Makes the folder and its key.
	if err := os.WriteFile(filepath.Join(environment["DATA_DIR"], "grant.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	end := run(t.Context(), environment, "connect")
	if end.code != 1 || !strings.Contains(end.stderr, "grant.json") || strings.Contains(end.stdout, "Open this address") {
		t.Errorf("connect over an unreadable grant: %+v", end)
	}
}

func TestConnectPortIsAPort(t *testing.T) {
	t.Parallel()
	_, environment := fakeStrava(t)
	if end := run(t.Context(), environment, "connect", "-port", "65536"); end.code != 2 || !strings.Contains(end.stderr, "-port") {
		t.Errorf("port 65536: %+v", end)
	}
}
