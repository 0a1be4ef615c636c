package strava_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"domestique/strava"
)

// noon is the time at which most tests happen: 12:07:30 UTC, in the middle of a quarter of an hour.
var noon = time.Date(2026, time.November, 22, 12, 7, 30, 0, time.UTC)

func atNoon() time.Time { return noon }

// tokens is a TokenSource that hands out its list one by one, staying on the last; Invalidate moves on.
type tokens struct {
	mu      sync.Mutex
	list    []string
	refused []string
	err     error
}

func (s *tokens) AccessToken(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) == 0 {
		return "", s.err
	}
	return s.list[0], nil
}

func (s *tokens) Invalidate(accessToken string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, accessToken)
	if len(s.list) > 1 && s.list[0] == accessToken {
		s.list = s.list[1:]
	}
}

// transport answers requests without a network.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// reply makes an answer for a transport; header values are given as name, value, name, value.
func reply(status int, body string, header ...string) *http.Response {
	response := &http.Response{
		StatusCode: status,
		Header:     http.Header{"Content-Type": {"application/json; charset=utf-8"}},
		Body:       io.NopCloser(strings.NewReader(body)),
	}
	for i := 0; i < len(header); i += 2 {
		response.Header.Set(header[i], header[i+1])
	}
	return response
}

// newClient returns a client of config that has a token and a fixed clock where config says nothing else.
func newClient(t testing.TB, config strava.Config) *strava.Client {
	t.Helper()
	if config.Tokens == nil {
		config.Tokens = &tokens{list: []string{"access-token"}}
	}
	if config.Now == nil {
		config.Now = atNoon
	}
	client, err := strava.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// serve starts a server with handler under /api/v3 and returns a client of it. The prefix is there so that a request
// which ignores the base URL's path cannot pass.
func serve(t testing.TB, handler http.HandlerFunc) *strava.Client {
	t.Helper()
	return newClient(t, strava.Config{BaseURL: serveURL(t, handler)})
}

func serveURL(t testing.TB, handler http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/api/v3/", http.StripPrefix("/api/v3", handler))
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL + "/api/v3"
}

// answers is a handler that gives the same answer to everything.
func answers(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}
