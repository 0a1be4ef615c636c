package strava

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// DefaultBaseURL is where Strava's v3 API is until June 2027.
const DefaultBaseURL = "https://www.strava.com/api/v3"

// TokenSource gives the client its access tokens. Both methods are called concurrently.
type TokenSource interface {
	// AccessToken returns a usable access token, waiting for one when needed. Its error reaches the client's caller,
	// wrapped.
	AccessToken(ctx context.Context) (string, error)
	// Invalidate says that Strava refused this token; the next AccessToken should bring another.
	Invalidate(accessToken string)
}

// Config is what a [Client] is made of. Tokens is required.
type Config struct {
	// BaseURL is the address of the API, with or without a slash at the end. Zero: [DefaultBaseURL].
	BaseURL string
	// Tokens gives the access tokens.
	Tokens TokenSource
	// Transport carries the requests. Zero: a clone of [http.DefaultTransport].
	Transport http.RoundTripper
	// Timeout bounds a request from the connection to the last byte of the body. Zero: 15 seconds.
	Timeout time.Duration
	// Clock is the clock of the quota, and learns Strava's time from the answers. Zero: nothing is learnt, and Now is
	// believed.
	Clock *Clock
	// Now is the clock of the quota where there is no Clock. Zero: [time.Now].
	Now func() time.Time
	// Logger gets a debug record for each request and a warning for each thing that was left out. Zero: none.
	Logger *slog.Logger
	// Watch is told of each request that is sent: op names the endpoint, without ids. It gives the context of the request, and
	// who is told of its end; status is 0 when there was no answer. It must not wait. Zero: nobody is told.
	Watch func(ctx context.Context, op string) (_ context.Context, ended func(status int, err error))
}

// Client calls Strava's API for one athlete. It is safe for concurrent use.
type Client struct {
	baseURL *url.URL
	tokens  TokenSource
	http    *http.Client
	meter   *meter
	logger  *slog.Logger
	watch   func(ctx context.Context, op string) (context.Context, func(status int, err error))
}

// New returns a client, or an error that names the field of config that is wrong. It calls nobody.
func New(config Config) (*Client, error) {
	if config.Tokens == nil {
		return nil, errors.New("strava: Config.Tokens is required")
	}
	if config.Timeout < 0 {
		return nil, errors.New("strava: Config.Timeout must not be negative")
	}
	baseURL, err := parseBaseURL(config.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("strava: Config.BaseURL %w", err)
	}
	return &Client{
		baseURL: baseURL,
		tokens:  config.Tokens,
		http: &http.Client{
			Transport:     config.Clock.watch(config.transport()),
			Timeout:       config.timeout(),
			CheckRedirect: stayOnHost,
		},
		meter:  &meter{clock: config.clock()},
		logger: config.logger(),
		watch:  config.watch(),
	}, nil
}

func (config Config) clock() *Clock {
	if config.Clock != nil {
		return config.Clock
	}
	return NewClock(config.Now)
}

func (config Config) timeout() time.Duration {
	if config.Timeout == 0 {
		return 15 * time.Second
	}
	return config.Timeout
}

func (config Config) transport() http.RoundTripper {
	if config.Transport != nil {
		return config.Transport
	}
	return cloneDefaultTransport()
}

func (config Config) logger() *slog.Logger {
	if config.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return config.Logger
}

func (config Config) watch() func(context.Context, string) (context.Context, func(int, error)) {
	if config.Watch != nil {
		return config.Watch
	}
	return func(ctx context.Context, _ string) (context.Context, func(int, error)) {
		return ctx, func(int, error) {}
	}
}

// cloneDefaultTransport keeps the connections of this package apart from the rest of the process.
func cloneDefaultTransport() http.RoundTripper {
	if transport, ok := http.DefaultTransport.(*http.Transport); ok {
		return transport.Clone()
	}
	return http.DefaultTransport
}

// parseBaseURL says no to everything that would not make a plain prefix. Its errors do not repeat the address, which
// may hold a password.
func parseBaseURL(text string) (*url.URL, error) {
	if text == "" {
		text = DefaultBaseURL
	}
	base, err := url.Parse(strings.TrimRight(text, "/"))
	switch {
	case err != nil:
		return nil, errors.New("is not a URL")
	case base.Scheme != "https" && base.Scheme != "http":
		return nil, errors.New("must begin with https:// or http://")
	case base.Host == "":
		return nil, errors.New("has no host")
	case base.User != nil || base.RawQuery != "" || base.Fragment != "":
		return nil, errors.New("must have no user, query or fragment")
	}
	return base, nil
}

// stayOnHost lets no other host see the access token: a redirect away is not followed, and its answer, which is not one
// of Strava's, becomes [ErrUnavailable].
func stayOnHost(next *http.Request, via []*http.Request) error {
	first := via[0].URL
	if next.URL.Host != first.Host || next.URL.Scheme != first.Scheme || len(via) >= 3 {
		return http.ErrUseLastResponse
	}
	return nil
}

// Quota returns what is known of the quota now; counters whose window has ended are zero again.
func (c *Client) Quota() Quota {
	return c.meter.snapshot()
}
