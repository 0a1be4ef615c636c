package stravatest_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// clock is a Config.Now that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func at(t *testing.T, instant string) *clock {
	t.Helper()
	now, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		t.Fatal(err)
	}
	return &clock{now: now}
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

// fake is a Server and what a test needs to call it. Without a Now its clock stands at noon of 22 November 2026.
type fake struct {
	*stravatest.Server
	t     *testing.T
	clock *clock
}

func newFake(t *testing.T, cfg stravatest.Config) *fake {
	t.Helper()
	c := at(t, "2026-11-22T12:00:00Z")
	if cfg.Now == nil {
		cfg.Now = c.Now
	}
	server, err := stravatest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return &fake{server, t, c}
}

// empty is a Config without a history.
func empty() stravatest.Config { return stravatest.Config{Activities: []stravatest.Activity{}} }

// reply is a whole answer.
type reply struct {
	status int
	header http.Header
	body   string
}

func (f *fake) send(req *http.Request) reply {
	f.t.Helper()
	res, err := f.Transport().RoundTrip(req)
	if err != nil {
		f.t.Fatalf("%s %s: %v", req.Method, req.URL.Path, err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatalf("%s %s: read body: %v", req.Method, req.URL.Path, err)
	}
	return reply{res.StatusCode, res.Header, string(body)}
}

func (f *fake) request(method, target, token string, form url.Values) *http.Request {
	f.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(f.t.Context(), method, "http://strava.test"+target, body)
	if err != nil {
		f.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return req
}

// get calls the API.
func (f *fake) get(token, path string) reply {
	f.t.Helper()
	return f.send(f.request(http.MethodGet, "/api/v3"+path, token, nil))
}

// post sends a form to OAuth with the right client, unless the form says otherwise.
func (f *fake) post(path string, form url.Values) reply {
	f.t.Helper()
	all := url.Values{"client_id": {"4242"}, "client_secret": {"fake-client-secret"}}
	maps.Copy(all, form)
	return f.send(f.request(http.MethodPost, path, "", all))
}

// grant is the token endpoint's answer.
type grant struct {
	TokenType    string `json:"token_type"`
	AccessToken  string `json:"access_token"`
	ExpiresAt    int64  `json:"expires_at"`
	ExpiresIn    int64  `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	Athlete      *struct {
		ID            int64
		ResourceState int `json:"resource_state"`
	}
}

func (f *fake) refresh(token string) reply {
	f.t.Helper()
	return f.post("/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

func (f *fake) mustRefresh(token string) grant {
	f.t.Helper()
	return decode[grant](f.t, f.refresh(token))
}

func decode[T any](t *testing.T, r reply) T {
	t.Helper()
	var v T
	if r.status != http.StatusOK {
		t.Fatalf("status %d: %s", r.status, r.body)
	}
	if err := json.Unmarshal([]byte(r.body), &v); err != nil {
		t.Fatalf("decode: %v: %.200s", err, r.body)
	}
	return v
}

// wantRefusal checks a refusal in Strava's words.
func wantRefusal(t *testing.T, got reply, status int, message, resource, field, code string) {
	t.Helper()
	want := `{"message":"` + message + `","errors":[{"resource":"` + resource + `","field":"` + field + `","code":"` + code + `"}]}`
	if got.status != status || got.body != want {
		t.Errorf("got %d %s\nwant %d %s", got.status, got.body, status, want)
	}
}
