package edge_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"domestique/internal/edge"
	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

// The addresses in these tests. Nothing listens there: browsers and Strava are reached inside the process.
const (
	gatewayURL = "http://localhost:8080"
	stravaURL  = "https://strava.test"
)

// The Strava application that the fake knows.
const (
	clientID     = "4711"
	clientSecret = "the-planted-secret-of-the-application"
)

// world is what the replicas of a gateway have in common: Strava, a store, keys, a clock, and a log that keeps
// everything.
type world struct {
	t      *testing.T
	strava *stravatest.Server
	oauth  *strava.OAuth
	store  tokens.Store
	ring   *tokens.Keyring
	clock  *clock
	log    *lockedBuffer
	grant  *tokens.Manager // Of the last replica.
}

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func newWorld(t *testing.T) *world {
	t.Helper()
	fake, err := stravatest.New(stravatest.Config{ClientID: clientID, ClientSecret: clientSecret, CallbackDomain: "example.org",
		Activities: []stravatest.Activity{}})
	if err != nil {
		t.Fatal(err)
	}
	return &world{
		t: t, strava: fake, store: tokens.NewMemoryStore(), ring: newRing(t, "a sealing key that is long enough"),
		oauth: strava.NewOAuth(strava.OAuthConfig{URL: stravaURL + "/oauth", Transport: fake.Transport()}),
		clock: &clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}, log: &lockedBuffer{},
	}
}

func newRing(t *testing.T, key strava.Secret) *tokens.Keyring {
	t.Helper()
	ring, err := tokens.NewKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// replica returns the routes of one more process. change, if given, adjusts its configurations.
func (w *world) replica(change func(*edge.Config, *tokens.Config)) http.Handler {
	w.t.Helper()
	logger := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	scopes := []string{"read", "read_all", "profile:read_all", "activity:read_all"}
	custody := tokens.Config{Store: w.store, Keyring: w.ring, OAuth: w.oauth, Scopes: scopes, Logger: logger}
	cfg := edge.Config{
		Executor: newTinyExecutor(), SDL: tinySDL, OwnerKeys: []string{ownerKey}, Keyring: w.ring,
		PublicURL: gatewayURL, Scopes: scopes, Now: w.clock.Now, Logger: logger,
	}
	if change != nil {
		change(&cfg, &custody)
	}
	manager, err := tokens.NewManager(custody)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = manager.Close(context.Background()) })
	consent, err := tokens.NewConsent(tokens.ConsentConfig{OAuth: w.oauth, Tokens: manager, Scopes: scopes, Pause: time.Millisecond})
	if err != nil {
		w.t.Fatal(err)
	}
	cfg.Consent, cfg.Grant, w.grant = consent, manager, manager
	handler, err := edge.New(cfg)
	if err != nil {
		w.t.Fatalf("New: %v", err)
	}
	return handler
}

// status is how the grant is doing, as the last replica sees it.
func (w *world) status() tokens.Status { return w.grant.Status(w.t.Context()) }

// browser is somebody's: it keeps cookies, follows no redirect by itself, and says about its requests what Chrome says.
type browser struct {
	t       *testing.T
	gateway http.Handler // The replica that its next request reaches.
	base    string       // The gateway's address, as typed.
	remote  string       // Where it is.
	header  http.Header  // Set, or with nil removed, beside or in place of what it says otherwise.
	jar     *cookiejar.Jar
}

func newBrowser(t *testing.T, gateway http.Handler) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, gateway: gateway, base: gatewayURL, remote: "192.0.2.1:5000", header: http.Header{}, jar: jar}
}

// signedIn is the owner's browser.
func signedIn(t *testing.T, gateway http.Handler) *browser {
	t.Helper()
	b := newBrowser(t, gateway)
	b.submit("/login", "key", ownerKey).want(t, http.StatusSeeOther, "")
	return b
}

// got is an answer.
type got struct {
	status   int
	header   http.Header
	body     string
	location string
}

func (b *browser) open(path string) got { return b.send(http.MethodGet, path, nil) }

// submit sends a form of name, value, name, value ...
func (b *browser) submit(path string, fields ...string) got {
	form := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.send(http.MethodPost, path, form)
}

func (b *browser) send(method, path string, form url.Values) got {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(form.Encode()))
	r.RemoteAddr = b.remote
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	r.Header.Set("Sec-Fetch-Site", "none")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Origin", b.base)
	}
	return b.do(r)
}

// ask sends a GraphQL query as a page of the gateway does.
func (b *browser) ask() int {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+"/graphql", strings.NewReader(`{"query":"{hello}"}`))
	r.Header.Set("Content-Type", "application/json")
	return b.do(r).status
}

func (b *browser) do(r *http.Request) got {
	b.t.Helper()
	for name, values := range b.header {
		r.Header.Del(name)
		for _, value := range values {
			r.Header.Add(name, value)
		}
	}
	for _, cookie := range b.jar.Cookies(r.URL) {
		r.AddCookie(cookie)
	}
	recorder := serve(b.gateway, r)
	b.jar.SetCookies(r.URL, recorder.Result().Cookies())
	return got{recorder.Code, recorder.Result().Header, recorder.Body.String(), recorder.Header().Get("Location")}
}

// cookie returns the value of the browser's only cookie whose name ends so, as it is sent to path.
func (b *browser) cookie(path, end string) string {
	b.t.Helper()
	for _, cookie := range b.jar.Cookies(b.at(path)) {
		if strings.HasSuffix(cookie.Name, end) {
			return cookie.Value
		}
	}
	b.t.Fatalf("no cookie …%s", end)
	return ""
}

// plant gives the browser a cookie.
func (b *browser) plant(path, name, value string) {
	b.jar.SetCookies(b.at(path), []*http.Cookie{{Name: name, Value: value, Path: path}})
}

func (b *browser) at(path string) *url.URL {
	u, err := url.Parse(b.base + path)
	if err != nil {
		b.t.Fatal(err)
	}
	return u
}

// consent goes to Strava's page, where the fake athlete decides at once, and returns the path of the way back.
func (b *browser) consent(fake *stravatest.Server, begun got) string {
	b.t.Helper()
	begun.want(b.t, http.StatusSeeOther, "")
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, begun.location, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	res, err := fake.Transport().RoundTrip(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	back, err := url.Parse(res.Header.Get("Location"))
	if err != nil || back.Path != "/connect/callback" {
		body, _ := io.ReadAll(res.Body)
		b.t.Fatalf("strava answered %d and led to %q: %s", res.StatusCode, back, body)
	}
	return back.RequestURI()
}

// want checks the status and a part of the body.
func (g got) want(t *testing.T, status int, part string) {
	t.Helper()
	if g.status != status || !strings.Contains(g.body, part) {
		t.Fatalf("%d %s\n%s\nwant %d and %q", g.status, g.location, g.body, status, part)
	}
}

// leads checks that it is a redirect to an address.
func (g got) leads(t *testing.T, to string) {
	t.Helper()
	if g.status != http.StatusSeeOther || g.location != to {
		t.Fatalf("%d to %q, want 303 to %q\n%s", g.status, g.location, to, g.body)
	}
}
