package main_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"domestique/strava/stravatest"
)

// startLink is what the start prints for the owner's browser.
var startLink = regexp.MustCompile(`http://\S+/login\?link=\S+`)

// A person starts the gateway with nothing but its own address of Strava, opens the link that it prints, enters their
// application and connects. A restart finds the grant and the application, and no secret is left where it can be read.
func TestConnectInABrowser(t *testing.T) {
	t.Parallel()
	needScripts(t)
	browser := chromium(t)
	strava := startOverheard(t)
	dir := t.TempDir()
	env := []string{"STRAVA_API_URL=" + strava.url + "/api/v3", "STRAVA_OAUTH_URL=" + strava.url + "/oauth", "LOG_LEVEL=debug"}
	gateway := start(t, dir, env)
	wantOutput(t, gateway, "Not connected yet")

	var seen struct {
		OK       bool
		Problems []any
		Visited  []string
		Pages    map[string]string
		Answer   json.RawMessage
		Refused  int
	}
	const id, secret = "4711", "the-secret-of-the-application"
	runScript(t, &seen, "connect.mjs", startLink.FindString(gateway.output.String()), browser, strava.url, id, secret, gateway.ownerKey(t))
	if !seen.OK || len(seen.Problems) > 0 {
		t.Fatalf("problems in the browser: %v\n%s", seen.Problems, gateway.output)
	}
	if got := string(seen.Answer); !strings.Contains(got, `"firstName":`) || strings.Contains(got, "errors") {
		t.Errorf("the session's query was answered %s", got)
	}
	if seen.Refused != http.StatusUnauthorized {
		t.Errorf("a query after signing out: status %d, want 401", seen.Refused)
	}
	if link := gateway.URL + "/connect"; len(seen.Visited) == 0 || seen.Visited[0] != link {
		t.Errorf("the address bar held %q; want the link's token to be gone and %s there", seen.Visited, link)
	}
	for _, word := range []string{"activity:read_all", "View on Strava", "activities fetched: that is all of your history", id} {
		if !strings.Contains(seen.Pages["connected"], word) {
			t.Errorf("%q is missing in the page:\n%s", word, seen.Pages["connected"])
		}
	}
	gateway.signal(t, syscall.SIGTERM)

	// The tokens are dead by then: only a refresh, as the application that was entered, answers.
	strava.ExpireAccessTokens()
	again := start(t, dir, env)
	var athlete struct{ Athlete struct{ FirstName string } }
	if err := again.ask(again.ownerKey(t), "{ athlete { firstName } }", &athlete); err != nil || athlete.Athlete.FirstName == "" {
		t.Errorf("after a restart: %+v, %v\n%s", athlete, err, again.output)
	}
	if strava.refreshes() == 0 || strava.Refusals() != 0 {
		t.Errorf("%d refreshes, %d refused", strava.refreshes(), strava.Refusals())
	}
	again.signal(t, syscall.SIGTERM)
	wantOutput(t, again, "next=%2F") // That is where the link leads to once all is connected.

	secrets := append(strava.secrets(), secret)
	if len(secrets) < 5 {
		t.Fatalf("overheard only %d secrets: the search below proves nothing", len(secrets))
	}
	places := map[string]string{"the first run's output": gateway.output.String(), "the second run's output": again.output.String()}
	for _, path := range filesBelow(t, filepath.Join(dir, "data")) {
		content, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, syscall.EISDIR) {
			t.Fatal(err)
		}
		places[path] = string(content)
	}
	for name, page := range seen.Pages {
		places["page "+name] = page
	}
	for place, text := range places {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s shows %q:\n%s", place, secret, text)
			}
		}
	}
}

// overheard is a fake Strava that takes note of every code and token that it hands out.
type overheard struct {
	fakeStrava
	url string

	mu        sync.Mutex
	heard     []string
	refreshed int
}

func startOverheard(t *testing.T) *overheard {
	t.Helper()
	o := &overheard{fakeStrava: connected(t, stravatest.Config{})}
	server := httptest.NewServer(http.HandlerFunc(o.serve))
	t.Cleanup(server.Close)
	o.url = server.URL
	return o
}

func (o *overheard) serve(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/oauth/") {
		o.ServeHTTP(w, r)
		return
	}
	recorder := httptest.NewRecorder()
	o.ServeHTTP(recorder, r)
	o.listen(r, recorder)
	maps.Copy(w.Header(), recorder.Header())
	w.WriteHeader(recorder.Code)
	_, _ = w.Write(recorder.Body.Bytes())
}

func (o *overheard) listen(r *http.Request, answer *httptest.ResponseRecorder) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if back, err := url.Parse(answer.Header().Get("Location")); err == nil {
		o.hear(back.Query().Get("code"), back.Query().Get("state"))
	}
	var tokens struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
	}
	if json.Unmarshal(answer.Body.Bytes(), &tokens) == nil {
		o.hear(tokens.Access, tokens.Refresh)
	}
	if r.PostForm.Get("grant_type") == "refresh_token" && answer.Code == http.StatusOK {
		o.refreshed++
	}
}

func (o *overheard) hear(texts ...string) {
	for _, text := range texts {
		if text != "" {
			o.heard = append(o.heard, text)
		}
	}
}

func (o *overheard) secrets() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.heard)
}

func (o *overheard) refreshes() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.refreshed
}
