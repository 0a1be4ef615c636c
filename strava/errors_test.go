package strava_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava"
)

// sentinels are all the errors that an answer can mean, by name.
func sentinels() map[string]error {
	return map[string]error{
		"ErrNotFound":             strava.ErrNotFound,
		"ErrUnauthorized":         strava.ErrUnauthorized,
		"ErrScopeMissing":         strava.ErrScopeMissing,
		"ErrSubscriptionRequired": strava.ErrSubscriptionRequired,
		"ErrAppInactive":          strava.ErrAppInactive,
		"ErrRestricted":           strava.ErrRestricted,
		"ErrUnavailable":          strava.ErrUnavailable,
		"ErrRefreshTokenInvalid":  strava.ErrRefreshTokenInvalid,
		"ErrCodeInvalid":          strava.ErrCodeInvalid,
		"ErrClientInvalid":        strava.ErrClientInvalid,
		"ErrAthleteLimit":         strava.ErrAthleteLimit,
		"ErrFileTooLarge":         strava.ErrFileTooLarge,
	}
}

// meanings names the sentinels that err is, and "RateLimitError".
func meanings(err error) string {
	var names []string
	for name, sentinel := range sentinels() {
		if errors.Is(err, sentinel) {
			names = append(names, name)
		}
	}
	if _, ok := errors.AsType[*strava.RateLimitError](err); ok {
		names = append(names, "RateLimitError")
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// errorBody is one of Strava's error bodies, and what an API call and a token request make of it. token is empty where
// the body tells the token endpoint nothing for certain, which is ErrUnavailable.
type errorBody struct {
	name   string
	status int
	body   string
	api    string
	token  string
	scope  string
}

// fault writes a body with one entry.
func fault(message, resource, field, code string) string {
	return fmt.Sprintf(`{"message":%q,"errors":[{"resource":%q,"field":%q,"code":%q}]}`, message, resource, field, code)
}

func errorBodies() []errorBody {
	const denied, bad, limited = "Authorization Error", "Bad Request", "Rate Limit Exceeded"
	return []errorBody{
		{"refresh token", 400, fault(bad, "RefreshToken", "refresh_token", "invalid"), "ErrRefreshTokenInvalid", "ErrRefreshTokenInvalid", ""},
		{"refresh token, older", 400, fault(bad, "RefreshToken", "code", "invalid"), "ErrRefreshTokenInvalid", "ErrRefreshTokenInvalid", ""},
		{"code", 400, fault(bad, "AuthorizationCode", "code", "invalid"), "ErrCodeInvalid", "ErrCodeInvalid", ""},
		{"code, older", 400, fault(bad, "RequestToken", "code", "invalid"), "ErrCodeInvalid", "ErrCodeInvalid", ""},
		{"client id invalid", 400, fault(bad, "Application", "client_id", "invalid"), "ErrClientInvalid", "ErrClientInvalid", ""},
		{"client id missing", 400, fault(bad, "Application", "client_id", "missing"), "ErrClientInvalid", "ErrClientInvalid", ""},
		{"client secret", 400, fault(bad, "Application", "client_secret", "invalid"), "ErrClientInvalid", "ErrClientInvalid", ""},
		{"redirect uri", 400, fault(bad, "Application", "redirect_uri", "invalid"), "ErrClientInvalid", "ErrClientInvalid", ""},
		{"scope word", 400, fault(bad, "Authorize", "scope", "invalid"), "", "", ""},
		{"future after", 400, fault(bad, "Application", "after", "future"), "", "", ""},
		{"callback not verifiable", 400, fault(bad, "PushSubscription", "callback url", "not verifiable"), "", "", ""},
		{"callback not 200", 400, fault(bad, "PushSubscription", "callback url", "GET to callback URL does not return 200"), "", "", ""},
		{"subscription exists", 400, fault(bad, "PushSubscription", "", "already exists"), "", "", ""},
		{"access token", 401, fault(denied, "Athlete", "access_token", "invalid"), "ErrUnauthorized", "", ""},
		{"activity scope", 401, fault(denied, "AccessToken", "activity:read_permission", "missing"), "ErrScopeMissing", "", "activity:read"},
		{"profile scope", 401, fault(denied, "AccessToken", "profile:read_all_permission", "missing"), "ErrScopeMissing", "", "profile:read_all"},
		{"restricted", 401, fault(denied, "Application", "internal", "invalid"), "ErrRestricted", "", ""},
		{"application", 401, fault(denied, "Application", "", "invalid"), "ErrUnauthorized", "", ""},
		{"inactive", 403, fault("Forbidden", "Application", "Status", "Inactive"), "ErrAppInactive", "ErrAppInactive", ""},
		{"athlete limit", 403, `{"message":"Limit of connected athletes exceeded"}`, "ErrAthleteLimit", "ErrAthleteLimit", ""},
		{"athlete limit as a fault", 403, fault("Forbidden", "Athlete", "", "Limit of connected athletes exceeded"), "ErrAthleteLimit", "ErrAthleteLimit", ""},
		{"no record", 404, fault("Record Not Found", "Activity", "id", "invalid"), "ErrNotFound", "", ""},
		{"no path", 404, fault("Record Not Found", "resource", "path", "invalid"), "ErrNotFound", "", ""},
		{"overall limit", 429, fault(limited, "Application", "overall rate limit", "exceeded"), "RateLimitError", "RateLimitError", ""},
		{"limit, older", 429, fault(limited, "Application", "rate limit", "exceeded"), "RateLimitError", "RateLimitError", ""},
		{"read limit", 429, fault(limited, "Application", "read rate limit", "exceeded"), "RateLimitError", "RateLimitError", ""},
		{"limit, odd shape", 429, `{"errors":"Rate Limit Exceeded","status":429,"message":"Too Many Requests"}`, "RateLimitError", "RateLimitError", ""},
		{"server error", 500, `{"message":"error"}`, "ErrUnavailable", "", ""},

		{"subscribers only", 402, `{"message":"Payment Required"}`, "ErrSubscriptionRequired", "", ""},
		{"forbidden", 403, `{"message":"Forbidden"}`, "ErrRestricted", "", ""},
		{"an outage that blames the token", 503, fault(bad, "RefreshToken", "refresh_token", "invalid"), "ErrUnavailable", "", ""},
		{"no body at all", 404, "", "ErrNotFound", "", ""},
		{"errors of odd types", 401, `{"message":[],"errors":[7,null,["x"],{"resource":5,"field":"activity:read_permission"},{"resource":"AccessToken","field":"activity:read_permission","code":null}]}`, "ErrScopeMissing", "", "activity:read"},
		{"errors as an object", 401, `{"message":"Authorization Error","errors":{"resource":"AccessToken","field":"read_permission","code":"missing"}}`, "ErrScopeMissing", "", "read"},
		{"a scope that is none", 401, fault(denied, "AccessToken", "<b>_permission", "missing"), "ErrUnauthorized", "", ""},
		{"plain text", 404, "404 page not found", "ErrUnavailable", "", ""},
		{"a list", 404, `[{"resource":"Activity"}]`, "ErrUnavailable", "", ""},
		{"null", 404, `null`, "ErrUnavailable", "", ""},
		{"an empty object", 400, `{}`, "", "", ""},
	}
}

func TestAPIErrors(t *testing.T) {
	t.Parallel()
	for _, test := range errorBodies() {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := serve(t, answers(test.status, test.body))
			_, err := client.Activity(t.Context(), 42)
			if err == nil {
				t.Fatal("no error")
			}
			if got := meanings(err); got != test.api {
				t.Errorf("%v is %q, want %q", err, got, test.api)
			}
			var scope string
			if refusal, ok := errors.AsType[*strava.APIError](err); ok {
				scope = refusal.Scope()
				if refusal.Status != test.status || refusal.Op != "GET /activities/{id}" {
					t.Errorf("status %d of %q, want %d", refusal.Status, refusal.Op, test.status)
				}
			}
			if scope != test.scope {
				t.Errorf("scope %q, want %q", scope, test.scope)
			}
		})
	}
}

func TestOAuthErrors(t *testing.T) {
	t.Parallel()
	for _, test := range errorBodies() {
		want := test.token
		if want == "" {
			want = "ErrUnavailable"
		}
		for _, contentType := range []string{"application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded"} {
			t.Run(test.name+"/"+contentType, func(t *testing.T) {
				t.Parallel()
				server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", contentType)
					w.WriteHeader(test.status)
					fmt.Fprint(w, test.body)
				}))
				defer server.Close()
				oauth := strava.NewOAuth(strava.OAuthConfig{URL: server.URL, Now: atNoon})
				_, refreshErr := oauth.Refresh(t.Context(), refreshable("refresh-token"))
				_, exchangeErr := oauth.Exchange(t.Context(), app(), "code", "http://localhost/connect/callback")
				for _, err := range []error{refreshErr, exchangeErr} {
					if got := meanings(err); got != want {
						t.Errorf("%v is %q, want %q", err, got, want)
					}
					if limit, ok := errors.AsType[*strava.RateLimitError](err); ok && !limit.RetryAt.Equal(noon.Truncate(15*time.Minute).Add(15*time.Minute)) {
						t.Errorf("retry at %v, want the end of the quarter", limit.RetryAt)
					}
				}
			})
		}
	}
}

func TestAPIErrorKeepsTheFaults(t *testing.T) {
	t.Parallel()
	client := serve(t, answers(400, `{"message":"Bad Request","errors":[
		{"resource":"Application","field":"after","code":"future"},
		{"resource":"Application","field":"before","code":"past"}]}`))
	_, err := client.Activities(t.Context(), strava.ActivitiesOptions{})
	refusal, ok := errors.AsType[*strava.APIError](err)
	if !ok {
		t.Fatalf("%v is no APIError", err)
	}
	want := &strava.APIError{
		Op:     "GET /athlete/activities",
		Status: 400,
		Faults: []strava.Fault{{"Application", "after", "future"}, {"Application", "before", "past"}},
	}
	if diff := cmp.Diff(want, refusal); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestErrorsTellNothingOfTheirOrigin looks for addresses, tokens and Strava's own words in the text of errors.
func TestErrorsTellNothingOfTheirOrigin(t *testing.T) {
	t.Parallel()
	const loud = "upstream-words"
	noise := fmt.Sprintf(`{"message":%q,"errors":[{"resource":%q,"field":%q,"code":%q}]}`, loud, loud, loud, loud)
	handlers := map[string]http.HandlerFunc{
		"a fault":        answers(400, noise),
		"a token fault":  answers(401, noise),
		"a server error": answers(500, noise),
		"a rate limit":   answers(429, noise),
		"plain text":     answers(502, loud),
		"undecodable":    answers(200, `{"id":"`+loud+`"}`),
		"not JSON":       answers(200, loud),
		"a far redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+loud+".invalid/", http.StatusFound)
		},
		"HTML":            func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>"+loud) },
		"a broken header": hijacked("HTTP/1.1 " + loud + "\r\n\r\n"),
		"a broken length": hijacked("HTTP/1.1 200 OK\r\nContent-Length: " + loud + "\r\n\r\n"),
		"a cut body":      hijacked("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"id\":1,\"name\":\"" + loud),
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := serveURL(t, handler)
			client := newClient(t, strava.Config{BaseURL: base, Tokens: &tokens{list: []string{hidden, hidden}}})
			_, activityErr := client.Activity(t.Context(), 424242)
			_, listErr := client.Activities(t.Context(), strava.ActivitiesOptions{Before: noon})
			oauth := strava.NewOAuth(strava.OAuthConfig{URL: base})
			of := strava.Application{ClientID: "1234", ClientSecret: hidden}
			_, refreshErr := oauth.Refresh(t.Context(), strava.Grant{RefreshToken: hidden, Application: of})
			_, exchangeErr := oauth.Exchange(t.Context(), of, hidden, "http://localhost/")
			for _, err := range []error{activityErr, listErr, refreshErr, exchangeErr} {
				if err == nil {
					t.Error("no error")
					continue
				}
				if wrapper, ok := errors.AsType[*url.Error](err); ok {
					t.Errorf("the address %s is within %v", wrapper.URL, err)
				}
				for _, secret := range []string{loud, hidden, "424242", "http://", "127.0.0.1", "before="} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("%q holds %q", err, secret)
					}
				}
			}
		})
	}
}

// hijacked writes raw bytes in place of an answer and hangs up.
func hijacked(raw string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer func() { _ = connection.Close() }()
		fmt.Fprint(connection, raw)
	}
}

func TestUnavailable(t *testing.T) {
	t.Parallel()
	html := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.WriteHeader(status)
			fmt.Fprint(w, "<!doctype html><title>Strava is temporarily unavailable</title>")
		}
	}
	flood := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			fmt.Fprint(w, `{"id":1,"name":"`)
			megabyte := strings.Repeat("a", 1<<20)
			for range 33 {
				if _, err := fmt.Fprint(w, megabyte); err != nil {
					return
				}
			}
			fmt.Fprint(w, `"}`)
		}
	}
	handlers := map[string]struct {
		handler http.HandlerFunc
		reason  string
	}{
		"HTML with 200":       {html(200), "HTML page"},
		"HTML with 401":       {html(401), "HTML page"},
		"HTML with 404":       {html(404), "HTML page"},
		"HTML with 502":       {html(502), "HTML page"},
		"empty body":          {answers(200, ""), "could not be decoded"},
		"no content":          {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, "could not be decoded"},
		"null":                {answers(200, "null"), "could not be decoded"},
		"a list":              {answers(200, `[{"id":1}]`), "could not be decoded"},
		"no id":               {answers(200, `{}`), "could not be decoded"},
		"cut JSON":            {answers(200, `{"id":1,"name":"Lunch`), "could not be decoded"},
		"cut body":            {hijacked("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"id\":1}"), "cut off"},
		"cut chunk":           {hijacked("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"id\":1}\r\n"), "cut off"},
		"no answer":           {hijacked(""), "cut off"},
		"no HTTP":             {hijacked("SSH-2.0-OpenSSH_9.6\r\n\r\n"), "connection failed"},
		"oversized":           {flood(200), "too large"},
		"oversized and wrong": {flood(400), "too large"},
	}
	for name, test := range handlers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := serve(t, test.handler)
			_, err := client.Athlete(t.Context())
			if got := meanings(err); got != "ErrUnavailable" {
				t.Errorf("%v is %q, want ErrUnavailable", err, got)
			}
			if !strings.Contains(fmt.Sprint(err), test.reason) {
				t.Errorf("%q does not say %q", err, test.reason)
			}
		})
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	client := newClient(t, strava.Config{BaseURL: server.URL})
	_, err := client.Athlete(t.Context())
	if !errors.Is(err, strava.ErrUnavailable) || !strings.Contains(fmt.Sprint(err), "cannot connect") {
		t.Errorf("got %v, want ErrUnavailable and why", err)
	}
}

func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(answers(200, `{"id":1}`))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	client := newClient(t, strava.Config{BaseURL: server.URL})
	_, err := client.Athlete(t.Context())
	if !errors.Is(err, strava.ErrUnavailable) || !strings.Contains(fmt.Sprint(err), "certificate") {
		t.Errorf("got %v, want ErrUnavailable and why", err)
	}
}

// TestCancelledCaller: a caller who goes away learns nothing about Strava.
func TestCancelledCaller(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	client := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	_, err := client.Athlete(ctx)
	if !errors.Is(err, context.Canceled) || errors.Is(err, strava.ErrUnavailable) {
		t.Errorf("got %v, want context.Canceled alone", err)
	}
}

// TestCancelledRefresh: after a refresh whose caller went away nobody knows whether Strava acted.
func TestCancelledRefresh(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		_ = r.ParseForm() // So that the server sees the connection close.
		<-r.Context().Done()
	}))
	defer server.Close()
	_, err := strava.NewOAuth(strava.OAuthConfig{URL: server.URL}).Refresh(ctx, refreshable("refresh-token"))
	if !errors.Is(err, context.Canceled) || !errors.Is(err, strava.ErrUnavailable) {
		t.Errorf("got %v, want context.Canceled and ErrUnavailable", err)
	}
}
