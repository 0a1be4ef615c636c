package edge_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"domestique/internal/edge"
)

const ownerKey = "an-owner-key-that-is-long-enough-to-be-one"

// newEdge returns the routes over the tiny schema; change adjusts the configuration.
func newEdge(t testing.TB, change func(*edge.Config)) *edge.Gateway {
	t.Helper()
	cfg := edge.Config{
		Executor:  newTinyExecutor(),
		SDL:       tinySDL,
		OwnerKeys: []string{"another-key-that-is-also-long-enough", ownerKey},
		Version:   edge.VersionInfo{Version: "1.2.3", Commit: "abc"},
	}
	if change != nil {
		change(&cfg)
	}
	handler, err := edge.New(cfg)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return handler
}

// asOwner adds the owner's key to a request.
func asOwner(r *http.Request) *http.Request {
	r.Header.Set("Authorization", "Bearer "+ownerKey)
	return r
}

// serve sends one request straight to the handler.
func serve(handler http.Handler, r *http.Request) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, r)
	return recorder
}

func TestNewNamesTheFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*edge.Config)
		want   string
	}{
		"no executor": {func(c *edge.Config) { c.Executor = nil }, "Executor"},
		"no schema":   {func(c *edge.Config) { c.SDL = "" }, "SDL"},
		"no key":      {func(c *edge.Config) { c.OwnerKeys = nil }, "OwnerKeys"},
		"empty key":   {func(c *edge.Config) { c.OwnerKeys = []string{ownerKey, ""} }, "OwnerKeys"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := edge.Config{Executor: newTinyExecutor(), SDL: tinySDL, OwnerKeys: []string{ownerKey}}
			test.change(&cfg)
			_, err := edge.New(cfg)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("New: %v, want an error that names %s", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), ownerKey) {
				t.Errorf("New: %v shows the key", err)
			}
		})
	}
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	pages := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "page "+r.URL.Path) })
	handler := newEdge(t, func(c *edge.Config) { c.Playground, c.Pages = pages, pages })
	tests := map[string]struct {
		method, path string
		owner        bool
		status       int
		body         string // A part of the body.
		header       map[string]string
	}{
		"livez":                {path: "/livez", status: 200, body: "ok"},
		"readyz":               {path: "/readyz", status: 200, body: "ok"},
		"version":              {path: "/version", status: 200, body: `{"version":"1.2.3","commit":"abc"}`},
		"schema for the owner": {path: "/schema.graphql", owner: true, status: 200, body: "type Query"},
		"schema for others": {path: "/schema.graphql", status: 401, body: "UNAUTHENTICATED",
			header: map[string]string{"WWW-Authenticate": "Bearer"}},
		"playground":       {path: "/playground", status: 200, body: "page /playground"},
		"playground asset": {path: "/playground/assets/a.js", status: 200, body: "page /playground/assets/a.js"},
		"front page":       {path: "/", status: 200, body: "page /"},
		"an activity":      {path: "/activities/1", status: 200, body: "page /activities/1"},
		"unknown path":     {path: "/nothing", status: 404},
		"post to a probe":  {method: "POST", path: "/livez", status: 405},
		"hidden git files": {path: "/.git/config", status: 404},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(test.method, test.path, nil)
			if test.owner {
				asOwner(r)
			}
			got := serve(handler, r)
			if got.Code != test.status || !strings.Contains(got.Body.String(), test.body) {
				t.Errorf("%d %q, want %d and %q", got.Code, got.Body, test.status, test.body)
			}
			for name, want := range test.header {
				if value := got.Header().Get(name); value != want {
					t.Errorf("%s: %q, want %q", name, value, want)
				}
			}
		})
	}
}

func TestEveryAnswerIsHardened(t *testing.T) {
	t.Parallel()
	handler := newEdge(t, func(c *edge.Config) {
		c.Playground, c.PublicURL = http.NotFoundHandler(), "https://gateway.example"
	})
	for _, path := range []string{"/", "/graphql", "/livez", "/version", "/schema.graphql", "/playground", "/nothing"} {
		header := serve(handler, httptest.NewRequest("GET", path, nil)).Header()
		if header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Referrer-Policy") != "no-referrer" ||
			!strings.Contains(header.Get("Content-Security-Policy"), "frame-ancestors 'none'") ||
			header.Get("Cross-Origin-Resource-Policy") != "same-origin" ||
			header.Get("Strict-Transport-Security") != "max-age=31536000" {
			t.Errorf("%s: %v lacks a security header", path, header)
		}
	}
}

func TestAPageMayLoadWhatItSays(t *testing.T) {
	t.Parallel()
	const policy = "default-src 'self'; frame-ancestors 'none'"
	handler := newEdge(t, func(c *edge.Config) {
		c.Playground = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Security-Policy", policy)
		})
	})
	for path, want := range map[string]string{
		"/playground": policy,
		"/graphql":    "default-src 'none'; frame-ancestors 'none'",
	} {
		header := serve(handler, httptest.NewRequest("GET", path, nil)).Header()
		if got := header.Values("Content-Security-Policy"); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestReadinessSaysThatAndTheLogSaysWhy(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	handler := newEdge(t, func(c *edge.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
		c.Ready = func(ctx context.Context) error {
			if _, bounded := ctx.Deadline(); !bounded {
				t.Error("a readiness check runs without a deadline")
			}
			return errors.New("draining: the inner reason")
		}
	})
	got := serve(handler, httptest.NewRequest("GET", "/readyz", nil))
	if got.Code != http.StatusServiceUnavailable || got.Body.String() != "not ok\n" {
		t.Errorf("/readyz: %d %q, want 503 and nothing but not ok", got.Code, got.Body)
	}
	if !strings.Contains(log.String(), "the inner reason") {
		t.Errorf("the log does not say why: %s", log.String())
	}
	if alive := serve(handler, httptest.NewRequest("GET", "/livez", nil)); alive.Code != http.StatusOK {
		t.Errorf("/livez while not ready: %d, want 200", alive.Code)
	}
}

// http.ServeMux sends addresses that are not clean on to where they would be, with all that stands in their query.
func TestNoRedirectRepeatsAQuery(t *testing.T) {
	t.Parallel()
	gateway := newWorld(t).replica(nil)
	for _, path := range []string{
		"//connect/callback", "/connect//callback", "/connect/./callback", "/playground/../connect/callback", "//login", "/./login",
		"//", "/connect/callback/", "/",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(method, "/", nil)
			r.URL.Path, r.URL.RawQuery = path, "code=a-planted-code&link=a-planted-link"
			gateway.ServeHTTP(w, r)
			if answer := fmt.Sprint(w.Header(), w.Body); strings.Contains(answer, "planted") {
				t.Errorf("%s %s: %d %s", method, path, w.Code, answer)
			}
		}
	}
}
