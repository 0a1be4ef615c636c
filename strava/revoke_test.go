package strava_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"domestique/strava"
	"domestique/strava/stravatest"
)

// granted is a grant that is good at a fake, which grants one to whoever holds its first refresh token.
func granted(t *testing.T) (*stravatest.Running, *strava.OAuth, strava.Grant) {
	t.Helper()
	fake := stravatest.Start(t, stravatest.Config{
		Now: atNoon, ClientID: "1234", ClientSecret: "client-secret", RefreshToken: "first",
	})
	oauth := strava.NewOAuth(strava.OAuthConfig{URL: fake.OAuthURL(), Now: atNoon})
	grant, err := oauth.Refresh(t.Context(), refreshable("first"))
	if err != nil {
		t.Fatal(err)
	}
	return fake, oauth, grant
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	noSuchPath := func(status int) func(*stravatest.Running, *strava.Grant) {
		return func(fake *stravatest.Running, _ *strava.Grant) {
			fake.Fault(stravatest.Fault{Path: "/oauth/revoke", Status: status, Body: fault("Record Not Found", "resource", "path", "invalid")})
		}
	}
	tests := []struct {
		name    string
		prepare func(*stravatest.Running, *strava.Grant)
		lives   bool
		want    string
	}{
		{name: "a grant"},
		{name: "by its refresh token", prepare: func(_ *stravatest.Running, g *strava.Grant) { g.AccessToken = "" }},
		{name: "by its access token", prepare: func(_ *stravatest.Running, g *strava.Grant) { g.RefreshToken = "" }},
		{name: "whose refresh token is rotated away", prepare: func(_ *stravatest.Running, g *strava.Grant) { g.RefreshToken = "first" }},
		{name: "whose access token is expired", prepare: func(_ *stravatest.Running, g *strava.Grant) { g.AccessToken = "expired" }},
		{name: "that is revoked already", prepare: func(fake *stravatest.Running, _ *strava.Grant) { fake.RevokeAll() }},
		{name: "by the older endpoint", prepare: noSuchPath(http.StatusNotFound)},
		{name: "by the older endpoint, the method is wrong", prepare: noSuchPath(http.StatusMethodNotAllowed)},
		{name: "by the older endpoint, the path is gone", prepare: noSuchPath(http.StatusGone)},
		{
			name: "by the older endpoint, revoked already",
			prepare: func(fake *stravatest.Running, g *strava.Grant) {
				noSuchPath(http.StatusNotFound)(fake, g)
				fake.RevokeAll()
			},
		},
		{
			name: "by the older endpoint, with an expired token", lives: true, want: "ErrUnauthorized",
			prepare: func(fake *stravatest.Running, g *strava.Grant) {
				noSuchPath(http.StatusNotFound)(fake, g)
				g.AccessToken, g.ExpiresAt = "expired", noon.Add(-time.Second)
			},
		},
		{
			name: "by the older endpoint, without an access token", lives: true, want: "ErrUnauthorized",
			prepare: func(fake *stravatest.Running, g *strava.Grant) {
				noSuchPath(http.StatusNotFound)(fake, g)
				g.AccessToken = ""
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake, oauth, grant := granted(t)
			presented := grant
			if test.prepare != nil {
				test.prepare(fake, &presented)
			}
			if err := oauth.Revoke(t.Context(), presented); meanings(err) != test.want {
				t.Errorf("Revoke: %v, want %q", err, test.want)
			}
			_, err := oauth.Refresh(t.Context(), grant)
			if lives := err == nil; lives != test.lives {
				t.Errorf("the grant lives: %t (%v), want %t", lives, err, test.lives)
			}
		})
	}
}

func TestRevokeIsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"yes, without a body", func(http.ResponseWriter, *http.Request) {}, ""},
		{"the token is not known", answers(400, fault("Bad Request", "RefreshToken", "token", "invalid")), ""},
		{"the access token is not known", answers(401, fault("Authorization Error", "Athlete", "access_token", "invalid")), ""},
		{"a wrong client", answers(401, fault("Authorization Error", "Application", "", "invalid")), "ErrClientInvalid"},
		{"a wrong secret", answers(400, fault("Bad Request", "Application", "client_secret", "invalid")), "ErrClientInvalid"},
		{"an inactive application", answers(403, fault("Forbidden", "Application", "Status", "Inactive")), "ErrAppInactive"},
		{"too many requests", answers(429, fault("Rate Limit Exceeded", "Application", "overall rate limit", "exceeded")), "RateLimitError"},
		{"a wrong request", answers(400, fault("Bad Request", "Application", "token", "missing")), "ErrUnavailable"},
		{"forbidden", answers(403, `{"message":"Forbidden"}`), "ErrUnavailable"},
		{"broken", answers(500, `{"message":"error"}`), "ErrUnavailable"},
		{"neither endpoint is there", answers(404, fault("Record Not Found", "resource", "path", "invalid")), "ErrUnavailable"},
		{"hung up", hijacked(""), "ErrUnavailable"},
		{"a page that says 200", hijacked("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"), "ErrUnavailable"},
		{"moved", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "ErrUnavailable"},
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
			oauth := strava.NewOAuth(strava.OAuthConfig{URL: server.URL, Now: atNoon})
			err := oauth.Revoke(t.Context(), strava.Grant{
				Application: strava.Application{ClientID: "1234", ClientSecret: hidden},
				AccessToken: hidden, RefreshToken: hidden, ExpiresAt: noon.Add(time.Hour),
			})
			if meanings(err) != test.want {
				t.Errorf("Revoke: %v, want %q", err, test.want)
			}
			if err != nil {
				wantHidden(t, "the error", err.Error())
			}
			if elsewhere.Load() {
				t.Error("the token was sent to another address")
			}
		})
	}
}

func TestRevokeSendsNothingWithoutNeed(t *testing.T) {
	t.Parallel()
	oauth := strava.NewOAuth(strava.OAuthConfig{Transport: transport(func(r *http.Request) (*http.Response, error) {
		return nil, r.Context().Err()
	})})
	if err := oauth.Revoke(t.Context(), strava.Grant{}); err == nil || errors.Is(err, strava.ErrUnavailable) {
		t.Errorf("without a token: %v", err)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	err := oauth.Revoke(gone, strava.Grant{RefreshToken: "r"})
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "cancelled") {
		t.Errorf("for nobody: %v", err)
	}
}
