package strava_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava"
)

func TestAuthCodeURL(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"":                              "https://www.strava.com/oauth/authorize",
		"http://127.0.0.1:8081/oauth":   "http://127.0.0.1:8081/oauth/authorize",
		"http://127.0.0.1:8081/oauth//": "http://127.0.0.1:8081/oauth/authorize",
	} {
		oauth := strava.NewOAuth(strava.OAuthConfig{URL: base})
		text := oauth.AuthCodeURL(strava.Application{ClientID: "1234", ClientSecret: hidden}, "a state", "http://localhost:8080/connect/callback", []string{"read", "activity:read_all"})
		got, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if address := got.Scheme + "://" + got.Host + got.Path; address != want {
			t.Errorf("got %s, want %s", address, want)
		}
		query := url.Values{
			"client_id":       {"1234"},
			"redirect_uri":    {"http://localhost:8080/connect/callback"},
			"response_type":   {"code"},
			"approval_prompt": {"auto"},
			"scope":           {"read,activity:read_all"},
			"state":           {"a state"},
		}
		if diff := cmp.Diff(query, got.Query()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		wantHidden(t, "the address", text)
	}
}

// tokenEndpoint answers POST /oauth/token as the test says, and keeps what it was asked.
type tokenEndpoint struct {
	answer string
	raw    string // instead of answer, with its header
	form   url.Values
	posts  atomic.Int32
}

func (e *tokenEndpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.posts.Add(1)
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost || r.URL.Path != "/oauth/token" || r.URL.RawQuery != "" || r.Header.Get("Authorization") != "" {
		http.Error(w, "not a token request", http.StatusTeapot)
		return
	}
	e.form = r.PostForm
	if e.raw != "" {
		hijacked(e.raw)(w, r)
		return
	}
	answers(200, e.answer)(w, r)
}

func (e *tokenEndpoint) start(t testing.TB) *strava.OAuth {
	t.Helper()
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	return strava.NewOAuth(strava.OAuthConfig{URL: server.URL + "/oauth/", Now: atNoon})
}

// app is the application that the tests ask for.
func app() strava.Application {
	return strava.Application{ClientID: "1234", ClientSecret: "client-secret"}
}

// refreshable is a grant of that application.
func refreshable(token strava.Secret) strava.Grant {
	return strava.Grant{RefreshToken: token, Application: app()}
}

func TestExchange(t *testing.T) {
	t.Parallel()
	endpoint := &tokenEndpoint{answer: `{"token_type":"Bearer","expires_at":1795370000,"expires_in":21600,"refresh_token":"r1","access_token":"a1",
		"athlete":{"id":134815,"username":"rider","resource_state":2,"firstname":"Ada","created_at":"2019-03-02T10:20:30Z","friend":null}}`}
	got, err := endpoint.start(t).Exchange(t.Context(), app(), "the-code", "http://localhost:8080/connect/callback")
	if err != nil {
		t.Fatal(err)
	}
	want := strava.Grant{
		Application:  app(),
		AccessToken:  "a1",
		RefreshToken: "r1",
		ExpiresAt:    time.Unix(1795370000, 0).UTC(),
		Athlete: &strava.SummaryAthlete{
			ID: 134815, Username: "rider", ResourceState: 2, Firstname: "Ada",
			CreatedAt: time.Date(2019, 3, 2, 10, 20, 30, 0, time.UTC),
		},
		AthleteID: 134815,
	}
	if diff := cmp.Diff(plain(want), plain(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	form := url.Values{
		"client_id":     {"1234"},
		"client_secret": {"client-secret"},
		"code":          {"the-code"},
		"grant_type":    {"authorization_code"},
		"redirect_uri":  {"http://localhost:8080/connect/callback"},
	}
	if diff := cmp.Diff(form, endpoint.form); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
}

func TestRefresh(t *testing.T) {
	t.Parallel()
	endpoint := &tokenEndpoint{answer: `{"token_type":"Bearer","access_token":"a2","expires_at":1795370000,"expires_in":14282,"refresh_token":"r2"}`}
	got, err := endpoint.start(t).Refresh(t.Context(), refreshable("r1"))
	if err != nil {
		t.Fatal(err)
	}
	want := strava.Grant{Application: app(), AccessToken: "a2", RefreshToken: "r2", ExpiresAt: time.Unix(1795370000, 0).UTC()}
	if diff := cmp.Diff(plain(want), plain(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	form := url.Values{
		"client_id":     {"1234"},
		"client_secret": {"client-secret"},
		"grant_type":    {"refresh_token"},
		"refresh_token": {"r1"},
	}
	if diff := cmp.Diff(form, endpoint.form); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
	if endpoint.posts.Load() != 1 {
		t.Errorf("%d requests, want 1", endpoint.posts.Load())
	}
}

// plainGrant is a Grant whose tokens a diff shows.
type plainGrant struct {
	Access, Refresh string
	ClientID        string
	ExpiresAt       time.Time
	Athlete         *strava.SummaryAthlete
	AthleteID       int64
}

func plain(g strava.Grant) plainGrant {
	return plainGrant{string(g.AccessToken), string(g.RefreshToken), g.Application.ClientID, g.ExpiresAt, g.Athlete, g.AthleteID}
}

// TestOddAnswersKeepTheTokens: the answer may hold the only copy of a rotated refresh token.
func TestOddAnswersKeepTheTokens(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 18, 0, 0, 0, time.UTC)
	const tokens = `"access_token":"a2","refresh_token":"r2"`
	tests := []struct {
		name   string
		answer string
		want   time.Time
	}{
		{"expires_at as a float", fmt.Sprintf(`{%s,"expires_at":%d.0,"expires_in":"?"}`, tokens, at.Unix()), at},
		{"expires_at as a string", fmt.Sprintf(`{%s,"expires_at":"%d"}`, tokens, at.Unix()), at},
		{"expires_at in exponents", fmt.Sprintf(`{%s,"expires_at":%d0e-1}`, tokens, at.Unix()), at},
		{"expires_in alone", `{` + tokens + `,"expires_in":3600}`, noon.Add(time.Hour)},
		{"expires_in as a float", `{` + tokens + `,"expires_at":null,"expires_in":3600.0}`, noon.Add(time.Hour)},
		{"expires_in as a string", `{` + tokens + `,"expires_at":"soon","expires_in":"3600"}`, noon.Add(time.Hour)},
		{"expires_at in milliseconds", fmt.Sprintf(`{%s,"expires_at":%d,"expires_in":3600}`, tokens, at.UnixMilli()), noon.Add(time.Hour)},
		{"expires_at of another century", `{` + tokens + `,"expires_at":99999999999,"expires_in":3600}`, noon.Add(time.Hour)},
		{"expires_at zero", `{` + tokens + `,"expires_at":0,"expires_in":3600}`, noon.Add(time.Hour)},
		{"no expiry", `{` + tokens + `}`, noon},
		{"null expiries", `{` + tokens + `,"expires_at":null,"expires_in":null}`, noon},
		{"odd expiries", `{` + tokens + `,"expires_at":{},"expires_in":[21600]}`, noon},
		{"expiries in words", `{` + tokens + `,"expires_at":"tomorrow","expires_in":"six hours"}`, noon},
		{"negative expiries", `{` + tokens + `,"expires_at":-1,"expires_in":-21600}`, noon},
		{"huge expiries", `{` + tokens + `,"expires_at":1e300,"expires_in":99999999999999999999999}`, noon},
		{"endless expiries", `{` + tokens + `,"expires_at":1e999,"expires_in":1e999}`, noon},
		{"an odd token type", `{"token_type":7,` + tokens + `,"expires_in":3600}`, noon.Add(time.Hour)},
		{"an odd athlete", `{"athlete":"none",` + tokens + `,"expires_in":3600}`, noon.Add(time.Hour)},
		{"an athlete without an id", `{"athlete":{},` + tokens + `,"expires_in":3600}`, noon.Add(time.Hour)},
		{"an error beside the tokens", `{"error":"?","error_description":"?",` + tokens + `,"expires_in":3600}`, noon.Add(time.Hour)},
		{"cut behind the tokens", `{` + tokens + `,"expires_in":3600,"athlete":{"id":12342`, noon.Add(time.Hour)},
		{"garbage behind the tokens", `{` + tokens + `,"expires_in":3600,]`, noon.Add(time.Hour)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			endpoint := &tokenEndpoint{answer: test.answer}
			got, err := endpoint.start(t).Refresh(t.Context(), refreshable("r1"))
			if err != nil {
				t.Fatal(err)
			}
			want := plainGrant{Access: "a2", Refresh: "r2", ClientID: "1234", ExpiresAt: test.want}
			if diff := cmp.Diff(want, plain(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCutAnswersKeepTheTokens(t *testing.T) {
	t.Parallel()
	body := `{"access_token":"a2","refresh_token":"r2","expires_in":3600,"athlete":{"id":1`
	for name, raw := range map[string]string{
		"short":      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n" + body,
		"plain text": "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5000\r\n\r\n" + body,
		"endless":    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + body + strings.Repeat(" ", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpoint := &tokenEndpoint{raw: raw}
			got, err := endpoint.start(t).Refresh(t.Context(), refreshable("r1"))
			if err != nil {
				t.Fatal(err)
			}
			if got.RefreshToken != "r2" || got.AccessToken != "a2" {
				t.Errorf("got %+v", plain(got))
			}
		})
	}
}

func TestAnswersWithoutTokens(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		``, `null`, `[]`, `{}`, `{"access_token":""}`, `{"access_token":7,"refresh_token":"r2"}`, `{"refresh_token":"r2"}`,
		`{"access_token":"a2`, `<html>`, `access_token=a2&refresh_token=r2`, `{"message":"error"}`,
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			endpoint := &tokenEndpoint{answer: body}
			oauth := endpoint.start(t)
			if grant, err := oauth.Refresh(t.Context(), refreshable("r1")); meanings(err) != "ErrUnavailable" {
				t.Errorf("got %+v, %v; want ErrUnavailable", plain(grant), err)
			}
			if endpoint.posts.Load() != 1 {
				t.Errorf("%d requests, want 1", endpoint.posts.Load())
			}
			if grant, err := oauth.Exchange(t.Context(), app(), "code", ""); meanings(err) != "ErrUnavailable" {
				t.Errorf("got %+v, %v; want ErrUnavailable", plain(grant), err)
			}
		})
	}
}

// TestAnswersWithoutARefreshToken: after a refresh the old one still stands, after an exchange there is none.
func TestAnswersWithoutARefreshToken(t *testing.T) {
	t.Parallel()
	endpoint := &tokenEndpoint{answer: `{"access_token":"a2","expires_in":3600}`}
	oauth := endpoint.start(t)
	if got, err := oauth.Refresh(t.Context(), refreshable("r1")); err != nil || got.RefreshToken != "r1" {
		t.Errorf("refresh: got %+v, %v; want the token that was presented", plain(got), err)
	}
	if _, err := oauth.Exchange(t.Context(), app(), "code", ""); meanings(err) != "ErrUnavailable" {
		t.Errorf("exchange: got %v, want ErrUnavailable", err)
	}
}

// TestTokenRequestsAreSentOnce counts what reaches Strava, whatever comes back.
func TestTokenRequestsAreSentOnce(t *testing.T) {
	t.Parallel()
	handlers := map[string]http.HandlerFunc{
		"refused":      answers(400, fault("Bad Request", "RefreshToken", "refresh_token", "invalid")),
		"unauthorized": answers(401, fault("Bad Request", "Application", "client_secret", "invalid")),
		"broken":       answers(500, `{"message":"error"}`),
		"hung up":      hijacked(""),
		"cut":          hijacked("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
		"moved": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/oauth/token", http.StatusTemporaryRedirect)
		},
		"moved for ever": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/oauth/token", http.StatusPermanentRedirect)
		},
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var posts atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				posts.Add(1)
				handler(w, r)
			}))
			defer server.Close()
			oauth := strava.NewOAuth(strava.OAuthConfig{URL: server.URL})
			if _, err := oauth.Refresh(t.Context(), refreshable("r1")); err == nil || posts.Load() != 1 {
				t.Errorf("refresh: %d requests, %v; want one", posts.Load(), err)
			}
			posts.Store(0)
			if _, err := oauth.Exchange(t.Context(), app(), "code", ""); err == nil || posts.Load() != 1 {
				t.Errorf("exchange: %d requests, %v; want one", posts.Load(), err)
			}
		})
	}
}

func TestNothingToSend(t *testing.T) {
	t.Parallel()
	oauth := strava.NewOAuth(strava.OAuthConfig{Transport: transport(func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return nil, errors.New("no network")
	})})
	if _, err := oauth.Refresh(t.Context(), refreshable("")); err == nil || errors.Is(err, strava.ErrUnavailable) {
		t.Errorf("refresh without a token: %v", err)
	}
	if _, err := oauth.Exchange(t.Context(), app(), "", ""); err == nil || errors.Is(err, strava.ErrUnavailable) {
		t.Errorf("exchange without a code: %v", err)
	}
}

func TestTokenTimeout(t *testing.T) {
	t.Parallel()
	for timeout, want := range map[time.Duration]time.Duration{0: 20 * time.Second, time.Minute: time.Minute} {
		for name, afterHeader := range map[string]bool{"no header": false, "no body": true} {
			t.Run(name+" "+want.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					oauth := strava.NewOAuth(strava.OAuthConfig{Transport: stall(afterHeader), Timeout: timeout})
					start := time.Now()
					_, err := oauth.Refresh(t.Context(), refreshable("r1"))
					if time.Since(start) != want || meanings(err) != "ErrUnavailable" {
						t.Errorf("after %v: got %v, want ErrUnavailable after %v", time.Since(start), err, want)
					}
				})
			})
		}
	}
}

// TestGrantIsNotStoredByAccident: a Grant in JSON has no tokens, so a store that forgets to convert them fails at once.
func TestGrantIsNotStoredByAccident(t *testing.T) {
	t.Parallel()
	text, err := json.Marshal(strava.Grant{AccessToken: hidden, RefreshToken: hidden})
	if err != nil {
		t.Fatal(err)
	}
	wantHidden(t, "JSON", string(text))
	if !strings.Contains(string(text), `"RefreshToken":"[redacted]"`) {
		t.Errorf("got %s", text)
	}
}
