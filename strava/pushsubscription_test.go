package strava_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"domestique/strava"
	"domestique/strava/stravatest"

	"github.com/google/go-cmp/cmp"
)

func newSubscriptions(t *testing.T, config strava.PushSubscriptionsConfig) *strava.PushSubscriptions {
	t.Helper()
	config.ClientID, config.Now = "1234", atNoon
	if config.ClientSecret == "" {
		config.ClientSecret = hidden
	}
	subscriptions, err := strava.NewPushSubscriptions(config)
	if err != nil {
		t.Fatal(err)
	}
	return subscriptions
}

// receiver answers the challenge of the verify token.
func receiver(t *testing.T, verifyToken strava.Secret) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := strava.AnswerChallenge(r.URL.Query(), verifyToken)
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		answers(200, string(answer))(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestPushSubscriptionAtTheFake(t *testing.T) {
	t.Parallel()
	fake := stravatest.Start(t, stravatest.Config{
		Now: atNoon, ClientID: "1234", ClientSecret: hidden, Activities: []stravatest.Activity{},
	})
	callback := receiver(t, "verify")
	subscriptions := newSubscriptions(t, strava.PushSubscriptionsConfig{BaseURL: fake.APIURL() + "/"})
	ctx := t.Context()

	if got, found, err := subscriptions.View(ctx); found || err != nil {
		t.Errorf("before: %+v, %t, %v", got, found, err)
	}
	if _, err := subscriptions.Create(ctx, callback.URL, "another"); !errors.Is(err, strava.ErrCallbackUnverified) {
		t.Errorf("with another token: %v", err)
	}
	made, err := subscriptions.Create(ctx, callback.URL, "verify")
	if err != nil {
		t.Fatal(err)
	}
	want := strava.PushSubscription{ID: made.ID, ApplicationID: 1234, CallbackURL: callback.URL, CreatedAt: noon, UpdatedAt: noon}
	if diff := cmp.Diff(want, made); diff != "" || made.ID <= 0 {
		t.Errorf("made (-want +got):\n%s", diff)
	}
	if _, err := subscriptions.Create(ctx, callback.URL, "verify"); !errors.Is(err, strava.ErrAlreadySubscribed) {
		t.Errorf("a second one: %v", err)
	}
	got, found, err := subscriptions.View(ctx)
	if diff := cmp.Diff(want, got); diff != "" || !found || err != nil {
		t.Errorf("found %t, %v (-want +got):\n%s", found, err, diff)
	}
	if err := subscriptions.Delete(ctx, made.ID); err != nil {
		t.Error(err)
	}
	if err := subscriptions.Delete(ctx, made.ID); !errors.Is(err, strava.ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
	if _, found, err := subscriptions.View(ctx); found || err != nil {
		t.Errorf("after: %t, %v", found, err)
	}
}

// TestDeliveredEvents reads what the fake delivers, and checks its signatures.
func TestDeliveredEvents(t *testing.T) {
	t.Parallel()
	fake := stravatest.Start(t, stravatest.Config{
		Now: atNoon, ClientID: "1234", ClientSecret: hidden, Activities: []stravatest.Activity{},
	})
	kinds := make(chan strava.PushEventKind, 4)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			answer, _ := strava.AnswerChallenge(r.URL.Query(), "verify")
			answers(200, string(answer))(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		event, err := strava.ParsePushEvent(body)
		if err != nil || !event.Time().Equal(noon) {
			t.Errorf("%+v, %v", event, err)
		}
		if err := strava.CheckSignature(r.Header.Get(strava.SignatureHeader), body, hidden, noon); err != nil {
			t.Error(err)
		}
		kinds <- event.Kind()
	}))
	t.Cleanup(server.Close)
	subscriptions := newSubscriptions(t, strava.PushSubscriptionsConfig{BaseURL: fake.APIURL()})
	if _, err := subscriptions.Create(t.Context(), server.URL, "verify"); err != nil {
		t.Fatal(err)
	}
	fake.SignEvents(hidden)
	id := fake.AddActivity(stravatest.Activity{})
	fake.EditActivity(id, func(a *stravatest.Activity) { a.Name = "Messy" })
	fake.DeleteActivity(id)
	fake.RevokeAll()
	if err := fake.AwaitEvents(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []strava.PushEventKind{strava.ActivityCreated, strava.ActivityUpdated, strava.ActivityDeleted, strava.AthleteDeauthorized}
	for i, want := range want {
		if got := <-kinds; got != want {
			t.Errorf("event %d is of kind %d, want %d", i, got, want)
		}
	}
}

func TestPushSubscriptionErrors(t *testing.T) {
	t.Parallel()
	push := func(field, code string) http.HandlerFunc {
		return answers(400, fault("Bad Request", "PushSubscription", field, code))
	}
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    error
		says    string
	}{
		{"there is one", push("", "already exists"), strava.ErrAlreadySubscribed, "has a push subscription already"},
		{"no answer", push("callback url", "not verifiable"), strava.ErrCallbackUnverified, "reachable from the internet"},
		{"another status", push("callback url", "GET to callback URL does not return 200"), strava.ErrCallbackUnverified, "not with status 200"},
		{"another word for the callback", push("callback url", hidden), strava.ErrCallbackInvalid, "Strava does not take it"},
		{"another word", push("verify token", hidden), nil, "status 400"},
		{"wrong secret", answers(400, fault("Bad Request", "Application", "client_secret", "invalid")), strava.ErrClientInvalid, ""},
		{"wrong client", answers(401, fault("Authorization Error", "Application", "", "invalid")), strava.ErrClientInvalid, ""},
		{"inactive", answers(403, fault("Forbidden", "Application", "Status", "Inactive")), strava.ErrAppInactive, ""},
		{"an outage that says more", answers(503, fault("?", "PushSubscription", "", "already exists")), strava.ErrUnavailable, ""},
		{"a page", hijacked("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"), strava.ErrUnavailable, ""},
		{"not JSON", answers(200, hidden), strava.ErrUnavailable, ""},
		{"null", answers(200, `null`), strava.ErrUnavailable, ""},
		{"without an id", answers(201, `{"callback_url":"https://h/"}`), strava.ErrUnavailable, ""},
		{"hung up", hijacked(""), strava.ErrUnavailable, ""},
		{"moved", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, strava.ErrUnavailable, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var elsewhere atomic.Bool
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				elsewhere.CompareAndSwap(false, r.URL.Path == "/elsewhere")
				test.handler(w, r)
			}))
			defer server.Close()
			subscriptions := newSubscriptions(t, strava.PushSubscriptionsConfig{BaseURL: server.URL})
			_, err := subscriptions.Create(t.Context(), server.URL, hidden)
			if err == nil || test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("got %v", err)
			}
			for _, other := range []error{strava.ErrAlreadySubscribed, strava.ErrCallbackUnverified, strava.ErrCallbackInvalid} {
				if other != test.want && errors.Is(err, other) { //nolint:errorlint // They are sentinels, of which test.want is one.
					t.Errorf("%v is %v, too", err, other)
				}
			}
			wantHidden(t, "the error", fmt.Sprintf("%v %+v %#v", err, err, err.Error()))
			if elsewhere.Load() {
				t.Error("the secret was sent to another address")
			}
		})
	}
}

// TestPushSubscriptionsHideTheirSecret breaks the calls whose address has the secret in it, in every way.
func TestPushSubscriptionsHideTheirSecret(t *testing.T) {
	t.Parallel()
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	t.Cleanup(silent.Close)
	left, leave := context.WithCancel(t.Context())
	leave()
	for name, test := range map[string]struct {
		ctx  context.Context
		url  string
		want error
	}{
		"nobody listens": {t.Context(), closed.URL, strava.ErrUnavailable},
		"no answer":      {t.Context(), silent.URL, strava.ErrUnavailable},
		"no host":        {t.Context(), "http://host.invalid", strava.ErrUnavailable},
		"for nobody":     {left, silent.URL, context.Canceled},
	} {
		subscriptions := newSubscriptions(t, strava.PushSubscriptionsConfig{BaseURL: test.url, Timeout: 50 * time.Millisecond})
		_, _, viewErr := subscriptions.View(test.ctx)
		deleteErr := subscriptions.Delete(test.ctx, 7)
		for _, err := range []error{viewErr, deleteErr} {
			if !errors.Is(err, test.want) {
				t.Errorf("%s: %v", name, err)
			}
			wantHiddenInside(t, name, err)
		}
	}
	subscriptions := newSubscriptions(t, strava.PushSubscriptionsConfig{})
	config := strava.PushSubscriptionsConfig{ClientSecret: hidden}
	wantHidden(t, "printed", fmt.Sprintf("%+v %#v %+v %#v", subscriptions, subscriptions, config, *subscriptions))
}

// wantHiddenInside looks at every error that is wrapped, too.
func wantHiddenInside(t *testing.T, how string, err error) {
	t.Helper()
	wantHidden(t, how, fmt.Sprintf("%v %+v %#v", err, err, err))
	switch wrapper := err.(type) { //nolint:errorlint // All that is inside is to be seen.
	case interface{ Unwrap() error }:
		if inside := wrapper.Unwrap(); inside != nil {
			wantHiddenInside(t, how, inside)
		}
	case interface{ Unwrap() []error }:
		for _, inside := range wrapper.Unwrap() {
			wantHiddenInside(t, how, inside)
		}
	}
}

func TestPushSubscriptionRateLimit(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(answers(429, fault("Rate Limit Exceeded", "Application", "overall rate limit", "exceeded")))
	defer server.Close()
	_, _, err := newSubscriptions(t, strava.PushSubscriptionsConfig{BaseURL: server.URL}).View(t.Context())
	limit, ok := errors.AsType[*strava.RateLimitError](err)
	if !ok || !limit.Sent || !limit.RetryAt.Equal(time.Date(2026, 11, 22, 12, 15, 0, 0, time.UTC)) {
		t.Errorf("got %v", err)
	}
}

func TestPushSubscriptionViewIsNotFooled(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `null`, ``, `[{}]`, `[{"id":1},{"id":0}]`, `[{"id":1,"created_at":7}]`} {
		server := httptest.NewServer(answers(200, body))
		_, found, err := newSubscriptions(t, strava.PushSubscriptionsConfig{BaseURL: server.URL}).View(t.Context())
		server.Close()
		if found || !errors.Is(err, strava.ErrUnavailable) {
			t.Errorf("%s: found %t, %v", body, found, err)
		}
	}
}

func TestCallbackAddresses(t *testing.T) {
	t.Parallel()
	const private = "known on the whole internet"
	long := "https://gateway.example.com/" + strings.Repeat("x", 255)
	for address, says := range map[string]string{
		"https://gateway.example.com/webhook/x":    "",
		"https://gateway.example.com:8443/webhook": "",
		"https://93.184.216.34/w":                  "",
		"https://[2606:4700::1111]/w":              "",
		long[:strava.MaxCallbackURL]:               "",
		long[:strava.MaxCallbackURL+1]:             "256 characters",
		"":                                         "not a URL with a host",
		"https:///w":                               "not a URL with a host",
		"://" + hidden:                             "not a URL with a host",
		"gateway.example.com/w":                    "not a URL with a host",
		"http://gateway.example.com/w":             "https://",
		"ftp://gateway.example.com/w":              "https://",
		"https://u:p@gateway.example.com/w":        "no user",
		"https://gateway.example.com/w?a=b":        "no user, query",
		"https://gateway.example.com/w#a":          "fragment",
		"https://localhost:8080/w":                 private,
		"https://a.LOCALHOST./w":                   private,
		"https://nas/w":                            private,
		"https://nas.local/w":                      private,
		"https://127.0.0.1/w":                      private,
		"https://10.1.2.3/w":                       private,
		"https://192.168.1.5:8443/w":               private,
		"https://169.254.1.1/w":                    private,
		"https://0.0.0.0/w":                        private,
		"https://[::1]/w":                          private,
		"https://[fd00::1]/w":                      private,
		"https://[::ffff:192.168.1.5]/w":           private,
	} {
		sent := false
		subscriptions := newSubscriptions(t, strava.PushSubscriptionsConfig{
			Transport: transport(func(r *http.Request) (*http.Response, error) {
				sent = true
				return reply(201, `{"id":1}`), nil
			}),
		})
		_, err := subscriptions.Create(t.Context(), address, "verify")
		if says == "" {
			if err != nil || !sent {
				t.Errorf("%s: sent %t, %v", address, sent, err)
			}
			continue
		}
		if sent || !errors.Is(err, strava.ErrCallbackInvalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: sent %t, %v", address, sent, err)
			continue
		}
		wantHidden(t, "the error", err.Error())
	}
}

func TestPushSubscriptionArguments(t *testing.T) {
	t.Parallel()
	for _, config := range []strava.PushSubscriptionsConfig{
		{ClientSecret: "s"},
		{ClientID: "1"},
		{ClientID: "1", ClientSecret: "s", Timeout: -1},
		{ClientID: "1", ClientSecret: "s", BaseURL: "ftp://" + hidden},
	} {
		if _, err := strava.NewPushSubscriptions(config); err == nil {
			t.Errorf("%+v: no error", config)
		} else {
			wantHidden(t, "the error", err.Error())
		}
	}
	subscriptions := newSubscriptions(t, strava.PushSubscriptionsConfig{
		Transport: transport(func(*http.Request) (*http.Response, error) {
			t.Error("a request was sent")
			return nil, context.Canceled
		}),
	})
	if _, err := subscriptions.Create(t.Context(), "https://gateway.example.com/w", ""); err == nil {
		t.Error("created without a verify token")
	}
	for _, id := range []strava.ID{0, -1} {
		if err := subscriptions.Delete(t.Context(), id); !errors.Is(err, strava.ErrNotFound) {
			t.Errorf("deleted %d: %v", id, err)
		}
	}
}

// TestRecordedPushSubscriptions reads what Strava really answered and posted.
func TestRecordedPushSubscriptions(t *testing.T) {
	t.Parallel()
	const folder = "../../shared/strava/recorded/webhooks"
	read := func(name string) string {
		body, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Skipf("no recorded answers of Strava here: %v", err)
		}
		return string(body)
	}
	for name, found := range map[string]bool{"list_subscriptions_200.json": true, "list_subscriptions_empty_200.json": false} {
		server := httptest.NewServer(answers(200, read(name)))
		got, there, err := newSubscriptions(t, strava.PushSubscriptionsConfig{BaseURL: server.URL}).View(t.Context())
		server.Close()
		if err != nil || there != found || there && (got.ID != 131300 || got.ApplicationID != 24523) {
			t.Errorf("%s: %+v, %t, %v", name, got, there, err)
		}
	}
	server := httptest.NewServer(answers(201, read("create_subscription_201.json")))
	defer server.Close()
	got, err := newSubscriptions(t, strava.PushSubscriptionsConfig{BaseURL: server.URL}).Create(t.Context(), "http://h/", "v")
	if err != nil || got.ID != 131300 || got.CreatedAt.Nanosecond() != 854786016 {
		t.Errorf("%+v, %v", got, err)
	}
	events, err := filepath.Glob(folder + "/*event*.json")
	if err != nil || len(events) < 6 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	for _, name := range events {
		event, err := strava.ParsePushEvent([]byte(read(filepath.Base(name))))
		if err != nil || event.Kind() == strava.PushUnknown {
			t.Errorf("%s: %+v, %v", name, event, err)
		}
	}
}
