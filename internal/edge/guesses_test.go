package edge_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"domestique/internal/edge"
)

func TestGuessingIsSlowedDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gateway := w.replica(nil)
	owner, stranger := signedIn(t, gateway), newBrowser(t, gateway)
	stranger.remote = "198.51.100.9:4000"
	for range 5 {
		stranger.submit("/login", "key", "a guess").want(t, http.StatusForbidden, "not the owner")
	}
	refused := stranger.submit("/login", "key", "a guess")
	refused.want(t, http.StatusTooManyRequests, "Wait 2 s")
	if after := refused.header.Get("Retry-After"); after != "2" {
		t.Errorf("Retry-After: %q, want 2", after)
	}
	stranger.submit("/login", "key", ownerKey).want(t, http.StatusTooManyRequests, "") // It was not even looked at.

	// Nobody else waits: not a session, not a bearer, not the owner at another address.
	if status := owner.ask(); status != http.StatusOK {
		t.Errorf("the owner's session: %d", status)
	}
	if answer := serve(gateway, asOwner(post(`{"query":"{hello}"}`))); answer.Code != http.StatusOK {
		t.Errorf("the owner's bearer: %d", answer.Code)
	}
	newBrowser(t, gateway).submit("/login", "key", ownerKey).leads(t, "/")

	// The pauses grow to a minute, and who waits is heard.
	var pauses []string
	for range 7 {
		w.clock.advance(time.Minute)
		stranger.submit("/login", "key", "a guess").want(t, http.StatusForbidden, "")
		pauses = append(pauses, stranger.submit("/login", "key", "a guess").header.Get("Retry-After"))
	}
	if got := strings.Join(pauses, " "); got != "4 8 16 32 60 60 60" {
		t.Errorf("pauses of %s s", got)
	}
	w.clock.advance(time.Minute)
	stranger.submit("/login", "key", ownerKey).leads(t, "/")
	stranger.submit("/login", "key", "a guess").want(t, http.StatusForbidden, "") // Forgiven.
}

func TestWrongKeysAreForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := newBrowser(t, w.replica(nil))
	for range 3 {
		for range 4 {
			b.submit("/login", "key", "a guess").want(t, http.StatusForbidden, "")
		}
		w.clock.advance(time.Hour + time.Second)
	}
}

func TestGuessesAtTheSameTimeAreCounted(t *testing.T) {
	t.Parallel()
	gateway := newWorld(t).replica(nil)
	var wait sync.WaitGroup
	var looked atomic.Int32
	for range 40 {
		wait.Go(func() {
			if newBrowser(t, gateway).submit("/login", "key", "a guess").status == http.StatusForbidden {
				looked.Add(1)
			}
		})
	}
	wait.Wait()
	if looked.Load() != 5 {
		t.Errorf("%d guesses were looked at, want 5", looked.Load())
	}
}

// Wrong keys in headers are counted, too. They don't keep out who has the right one: it is too long to be guessed.
func TestGuessingInHeadersIsSlowedDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gateway := w.replica(nil)
	guess := func(key string) *httptest.ResponseRecorder {
		return serve(gateway, with(post(askHello), "Authorization", "Bearer "+key))
	}
	for i := range 5 {
		if answer := guess(fmt.Sprint("guess", i)); answer.Code != http.StatusUnauthorized {
			t.Fatalf("guess %d: %d", i, answer.Code)
		}
	}
	refused := guess("one more")
	if refused.Code != http.StatusTooManyRequests || refused.Header().Get("Retry-After") != "2" ||
		!strings.Contains(refused.Body.String(), "UNAUTHENTICATED") {
		t.Errorf("%d %v %s", refused.Code, refused.Header(), refused.Body)
	}
	if answer := serve(gateway, with(httptest.NewRequest("GET", "/schema.graphql", nil), "Authorization", "Bearer again")); answer.Code != 429 {
		t.Errorf("at another path: %d", answer.Code)
	}
	if answer := guess(ownerKey); answer.Code != http.StatusOK {
		t.Errorf("the right key: %d", answer.Code)
	}
	elsewhere := with(post(askHello), "Authorization", "Bearer x")
	elsewhere.RemoteAddr = "198.51.100.77:1"
	if answer := serve(gateway, elsewhere); answer.Code != http.StatusUnauthorized {
		t.Errorf("from elsewhere: %d", answer.Code)
	}

	// A program that has an old key guesses nothing.
	patient := newWorld(t).replica(nil)
	for range 50 {
		if answer := serve(patient, with(post(askHello), "Authorization", "Bearer an-old-key")); answer.Code != http.StatusUnauthorized {
			t.Fatalf("the same key again: %d", answer.Code)
		}
	}
}

func TestGuessSource(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		remote    string
		forwarded []string
		want      string
	}{
		"direct":                        {"198.51.100.9:4000", nil, "198.51.100.9"},
		"direct, and made up":           {"198.51.100.9:4000", []string{"203.0.113.5"}, "198.51.100.9"},
		"behind a balancer":             {"10.0.0.7:4000", []string{"203.0.113.5"}, "203.0.113.5"},
		"behind it, and made up":        {"10.0.0.7:4000", []string{"192.0.2.1, 203.0.113.5"}, "203.0.113.5"},
		"behind it, made up in another": {"10.0.0.7:4000", []string{"192.0.2.1", "203.0.113.5"}, "203.0.113.5"},
		"behind it, nonsense":           {"10.0.0.7:4000", []string{"unknown"}, "10.0.0.7"},
		"behind Azure's balancer":       {"[::ffff:100.100.0.62]:4000", []string{"203.0.113.5"}, "203.0.113.5"},
		"next to a carrier's network":   {"100.128.0.1:4000", []string{"203.0.113.5"}, "100.128.0.1"},
		"a proxy of this machine":       {"127.0.0.1:4000", []string{"203.0.113.5"}, "203.0.113.5"},
		"IPv6":                          {"[2001:db8:1:2:3:4:5:6]:4000", nil, "2001:db8:1:2::/64"},
		"IPv4 in IPv6":                  {"[::ffff:198.51.100.9]:4000", nil, "198.51.100.9"},
		"no port":                       {"198.51.100.9", nil, "198.51.100.9"},
	}
	for name, test := range tests {
		r := httptest.NewRequest("POST", "/login", nil)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = test.remote, test.forwarded
		if got := edge.GuessSource(r); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
