package stravatest

import (
	"errors"
	"net"
	"net/http"
	"time"
)

// TB is the part of testing.TB that Start needs: this package is linked into programs, which have no use for package
// testing.
type TB interface {
	Helper()
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Running is a Server that listens on loopback.
type Running struct {
	*Server
	// URL is where, without a trailing slash.
	URL string
}

// APIURL is the base URL of the API.
func (r *Running) APIURL() string { return r.URL + apiPrefix }

// OAuthURL is the base URL of OAuth.
func (r *Running) OAuthURL() string { return r.URL + "/oauth" }

// Start runs a fake on a free loopback port until the test ends. A test that leaves violations behind fails.
func Start(tb TB, cfg Config) *Running {
	tb.Helper()
	fake, err := New(cfg)
	if err != nil {
		tb.Fatalf("start fake Strava: %v", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // Loopback; there is nothing to wait for.
	if err != nil {
		tb.Fatalf("start fake Strava: %v", err)
	}
	server := &http.Server{Handler: fake, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	tb.Cleanup(func() {
		fake.Close()
		_ = server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			tb.Errorf("fake Strava ended: %v", err)
		}
		for _, what := range fake.Violations() {
			tb.Errorf("a careful client of Strava does not do this: %s", what)
		}
	})
	return &Running{Server: fake, URL: "http://" + listener.Addr().String()}
}
