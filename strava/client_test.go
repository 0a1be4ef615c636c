package strava_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava"
)

func TestRequests(t *testing.T) {
	t.Parallel()
	type seen struct{ Method, Path, Query, Authorization, Accept string }
	after := time.Date(2026, 1, 1, 0, 0, 0, 500, time.UTC)
	tests := []struct {
		name  string
		call  func(context.Context, *strava.Client) error
		path  string
		query string
	}{
		{"athlete", func(ctx context.Context, c *strava.Client) error { _, err := c.Athlete(ctx); return err }, "/athlete", ""},
		{"activity", func(ctx context.Context, c *strava.Client) error {
			_, err := c.Activity(ctx, 17000000123)
			return err
		}, "/activities/17000000123", ""},
		{"stats", func(ctx context.Context, c *strava.Client) error { _, err := c.Stats(ctx, 134815); return err }, "/athletes/134815/stats", ""},
		{"activities", func(ctx context.Context, c *strava.Client) error {
			_, err := c.Activities(ctx, strava.ActivitiesOptions{})
			return err
		}, "/athlete/activities", ""},
		{"activities, page and bounds", func(ctx context.Context, c *strava.Client) error {
			_, err := c.Activities(ctx, strava.ActivitiesOptions{After: after, Before: after, Page: 3, PerPage: 200})
			return err
		}, "/athlete/activities", "after=1767225600&before=1767225601&page=3&per_page=200"},
	}
	for _, test := range tests {
		for _, slash := range []string{"", "/", "//"} {
			t.Run(test.name+slash, func(t *testing.T) {
				t.Parallel()
				var got seen
				url := serveURL(t, func(w http.ResponseWriter, r *http.Request) {
					got = seen{r.Method, r.URL.Path, r.URL.RawQuery, r.Header.Get("Authorization"), r.Header.Get("Accept")}
					if strings.HasSuffix(r.URL.Path, "/athlete/activities") {
						answers(200, `[]`)(w, r)
						return
					}
					answers(200, `{"id":1}`)(w, r)
				})
				client := newClient(t, strava.Config{BaseURL: url + slash})
				if err := test.call(t.Context(), client); err != nil {
					t.Fatal(err)
				}
				want := seen{"GET", test.path, test.query, "Bearer access-token", "application/json"}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestArgumentsAreCheckedBeforeTheNetwork needs no server: there is none, and the errors are not its absence.
func TestArgumentsAreCheckedBeforeTheNetwork(t *testing.T) {
	t.Parallel()
	client := newClient(t, strava.Config{Transport: transport(func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return nil, errors.New("no network")
	})})
	for _, options := range []strava.ActivitiesOptions{{PerPage: 201}, {PerPage: -1}, {Page: -1}} {
		if _, err := client.Activities(t.Context(), options); err == nil || errors.Is(err, strava.ErrUnavailable) {
			t.Errorf("%+v: got %v, want an error about the argument", options, err)
		}
	}
	for _, id := range []int64{0, -1} {
		if _, err := client.Activity(t.Context(), id); !errors.Is(err, strava.ErrNotFound) {
			t.Errorf("activity %d: got %v, want ErrNotFound", id, err)
		}
		if _, err := client.Stats(t.Context(), id); err == nil || errors.Is(err, strava.ErrUnavailable) {
			t.Errorf("stats of %d: got %v, want an error about the argument", id, err)
		}
	}
}

func TestNewNamesTheWrongField(t *testing.T) {
	t.Parallel()
	source := &tokens{list: []string{"t"}}
	tests := []struct {
		name   string
		config strava.Config
		want   string
	}{
		{"no tokens", strava.Config{}, "Tokens"},
		{"negative time-out", strava.Config{Tokens: source, Timeout: -1}, "Timeout"},
		{"no URL", strava.Config{Tokens: source, BaseURL: "http://[::1"}, "BaseURL"},
		{"no scheme", strava.Config{Tokens: source, BaseURL: "www.strava.com/api/v3"}, "BaseURL"},
		{"another scheme", strava.Config{Tokens: source, BaseURL: "ftp://www.strava.com"}, "BaseURL"},
		{"no host", strava.Config{Tokens: source, BaseURL: "https:///api/v3"}, "BaseURL"},
		{"a query", strava.Config{Tokens: source, BaseURL: "https://www.strava.com/?a=b"}, "BaseURL"},
		{"a password", strava.Config{Tokens: source, BaseURL: "https://user:" + hidden + "@www.strava.com"}, "BaseURL"},
		{"an unreadable password", strava.Config{Tokens: source, BaseURL: "https://user:" + hidden + "%zz@www.strava.com"}, "BaseURL"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := strava.New(test.config)
			if err == nil || !strings.Contains(err.Error(), "Config."+test.want) {
				t.Fatalf("got %v, want an error that names %s", err, test.want)
			}
			wantHidden(t, "the error", err.Error())
		})
	}
	if _, err := strava.New(strava.Config{Tokens: source}); err != nil {
		t.Errorf("the zero values do not work: %v", err)
	}
}

// refuseTokens is a server that knows the given access token only.
func refuseTokens(good string, calls *atomic.Int32) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if r.Header.Get("Authorization") != "Bearer "+good {
			answers(401, fault("Authorization Error", "Athlete", "access_token", "invalid"))(w, r)
			return
		}
		answers(200, `{"id":1}`)(w, r)
	}
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		tokens  []string
		calls   int32
		refused []string
		want    string
	}{
		{"good", []string{"good"}, 1, nil, ""},
		{"stale, then good", []string{"stale", "good"}, 2, []string{"stale"}, ""},
		{"stale twice, then good", []string{"stale", "staler", "good"}, 2, []string{"stale"}, "ErrUnauthorized"},
		{"no other", []string{"stale"}, 2, []string{"stale"}, "ErrUnauthorized"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			source := &tokens{list: test.tokens}
			client := newClient(t, strava.Config{BaseURL: serveURL(t, refuseTokens("good", &calls)), Tokens: source})
			_, err := client.Athlete(t.Context())
			if got := meanings(err); got != test.want {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if calls.Load() != test.calls || !slices.Equal(source.refused, test.refused) {
				t.Errorf("%d calls, refused %q; want %d, %q", calls.Load(), source.refused, test.calls, test.refused)
			}
		})
	}
}

// TestOnlyRefusedTokensAreReplaced: another 401 is not cured by another token.
func TestOnlyRefusedTokensAreReplaced(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		status int
		body   string
		calls  int32
	}{
		"scope":       {401, fault("Authorization Error", "AccessToken", "activity:read_permission", "missing"), 1},
		"restricted":  {401, fault("Authorization Error", "Application", "internal", "invalid"), 1},
		"application": {401, fault("Authorization Error", "Application", "", "invalid"), 1},
		"inactive":    {403, fault("Forbidden", "Application", "Status", "Inactive"), 1},
		"not found":   {404, fault("Record Not Found", "Activity", "id", "invalid"), 1},
		"HTML":        {401, "<html>", 1},
		"no reason":   {401, `{"message":"Authorization Error"}`, 2},
		"no faults":   {401, `{"message":"Authorization Error","errors":[]}`, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var calls atomic.Int32
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				answers(test.status, test.body)(w, r)
			})
			if _, err := client.Activity(t.Context(), 42); err == nil {
				t.Error("no error")
			}
			if calls.Load() != test.calls {
				t.Errorf("%d calls, want %d", calls.Load(), test.calls)
			}
		})
	}
}

// tokenFunc is a TokenSource of one function.
type tokenFunc func(context.Context) (string, error)

func (f tokenFunc) AccessToken(ctx context.Context) (string, error) { return f(ctx) }
func (tokenFunc) Invalidate(string)                                 {}

func TestTokenErrorsPassThrough(t *testing.T) {
	t.Parallel()
	errNotConnected := errors.New("not connected")
	var calls atomic.Int32
	url := serveURL(t, refuseTokens("good", &calls))

	never := newClient(t, strava.Config{BaseURL: url, Tokens: &tokens{err: errNotConnected}})
	if _, err := never.Athlete(t.Context()); !errors.Is(err, errNotConnected) {
		t.Errorf("got %v, want the token source's error", err)
	}
	if calls.Load() != 0 {
		t.Errorf("%d calls without a token", calls.Load())
	}

	var asked atomic.Int32
	noMore := newClient(t, strava.Config{BaseURL: url, Tokens: tokenFunc(func(context.Context) (string, error) {
		if asked.Add(1) > 1 {
			return "", errNotConnected
		}
		return "stale", nil
	})})
	if _, err := noMore.Athlete(t.Context()); !errors.Is(err, errNotConnected) {
		t.Errorf("after a refusal: got %v, want the token source's error", err)
	}

	empty := newClient(t, strava.Config{BaseURL: url, Tokens: &tokens{}})
	if _, err := empty.Athlete(t.Context()); err == nil {
		t.Error("an empty token was sent")
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	t.Run("to another host", func(t *testing.T) {
		t.Parallel()
		thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			t.Errorf("the other host was asked, with the header %q", r.Header.Get("Authorization"))
		}))
		defer thief.Close()
		for _, status := range []int{301, 302, 303, 307, 308} {
			client := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, thief.URL, status) })
			if _, err := client.Athlete(t.Context()); meanings(err) != "ErrUnavailable" {
				t.Errorf("%d: got %v, want ErrUnavailable", status, err)
			}
		}
	})
	t.Run("on the same host", func(t *testing.T) {
		t.Parallel()
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("moved") == "" {
				http.Redirect(w, r, "/api/v3/athlete?moved=1", http.StatusTemporaryRedirect)
				return
			}
			answers(200, `{"id":1}`)(w, r)
		})
		if _, err := client.Athlete(t.Context()); err != nil {
			t.Error(err)
		}
	})
	t.Run("in a circle", func(t *testing.T) {
		t.Parallel()
		var calls atomic.Int32
		client := serve(t, func(w http.ResponseWriter, r *http.Request) {
			calls.Add(1)
			http.Redirect(w, r, "/api/v3/athlete", http.StatusFound)
		})
		if _, err := client.Athlete(t.Context()); meanings(err) != "ErrUnavailable" || calls.Load() != 3 {
			t.Errorf("got %v after %d requests, want ErrUnavailable after 3", err, calls.Load())
		}
	})
}

// stall is a transport whose answer never comes: at once, or after the header and a part of the body.
func stall(afterHeader bool) transport {
	return func(r *http.Request) (*http.Response, error) {
		if afterHeader {
			response := reply(200, "")
			response.Body = stalledBody{r.Context()}
			return response, nil
		}
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
}

type stalledBody struct{ ctx context.Context }

func (b stalledBody) Read([]byte) (int, error) { <-b.ctx.Done(); return 0, b.ctx.Err() }
func (stalledBody) Close() error               { return nil }

func TestTimeout(t *testing.T) {
	t.Parallel()
	for name, afterHeader := range map[string]bool{"no header": false, "no body": true} {
		for timeout, want := range map[time.Duration]time.Duration{0: 15 * time.Second, time.Minute: time.Minute} {
			t.Run(name+" "+want.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					client := newClient(t, strava.Config{Transport: stall(afterHeader), Timeout: timeout})
					start := time.Now()
					_, err := client.Athlete(t.Context())
					if got := time.Since(start); got != want {
						t.Errorf("gave up after %v, want %v", got, want)
					}
					if meanings(err) != "ErrUnavailable" || !strings.Contains(err.Error(), "in time") {
						t.Errorf("got %v, want ErrUnavailable", err)
					}
				})
			})
		}
	}
}

func TestDeadlineOfTheCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		client := newClient(t, strava.Config{Transport: stall(false)})
		start := time.Now()
		_, err := client.Athlete(ctx)
		if time.Since(start) != time.Second || meanings(err) != "ErrUnavailable" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("after %v: got %v, want ErrUnavailable and DeadlineExceeded", time.Since(start), err)
		}
	})
}

// TestConcurrentUse gives the race detector something to look at.
func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-ReadRateLimit-Limit", "100,1000")
		w.Header().Set("X-ReadRateLimit-Usage", "1,1")
		answers(200, `{"id":1}`)(w, r)
	})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 10 {
				if _, err := client.Activity(t.Context(), 1); err != nil {
					t.Error(err)
				}
				client.Quota()
			}
		})
	}
	group.Wait()
}
