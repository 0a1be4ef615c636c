package stravatest_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

const firstRefresh = "fake-refresh-token"

func TestRefreshFollowsStravasRules(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())

	first := f.mustRefresh(firstRefresh)
	if first.TokenType != "Bearer" || first.ExpiresIn != 21600 || first.ExpiresAt != f.clock.Now().Unix()+21600 {
		t.Errorf("first refresh: %+v", first)
	}
	if first.RefreshToken == firstRefresh {
		t.Error("a new access token came without a new refresh token")
	}
	wantRefusal(t, f.refresh(firstRefresh), 400, "Bad Request", "RefreshToken", "refresh_token", "invalid")

	f.clock.advance(5*time.Hour - time.Second)
	same := f.mustRefresh(first.RefreshToken)
	if diff := cmp.Diff(grant{"Bearer", first.AccessToken, first.ExpiresAt, 3601, first.RefreshToken, nil}, same); diff != "" {
		t.Errorf("with 3601 s left (-want +got):\n%s", diff)
	}

	f.clock.advance(time.Second)
	second := f.mustRefresh(first.RefreshToken)
	if second.AccessToken == first.AccessToken || second.RefreshToken == first.RefreshToken || second.ExpiresIn != 21600 {
		t.Errorf("with 3600 s left: %+v after %+v", second, first)
	}
	wantRefusal(t, f.refresh(first.RefreshToken), 400, "Bad Request", "RefreshToken", "refresh_token", "invalid")

	for _, token := range []string{first.AccessToken, second.AccessToken} {
		if got := f.get(token, "/athlete"); got.status != http.StatusOK {
			t.Errorf("while both live: status %d", got.status)
		}
	}
	f.clock.advance(time.Hour)
	wantRefusal(t, f.get(first.AccessToken, "/athlete"), 401, "Authorization Error", "Athlete", "access_token", "invalid")
	if got := f.get(second.AccessToken, "/athlete"); got.status != http.StatusOK {
		t.Errorf("the newer token after the older one expired: status %d", got.status)
	}
	if f.Refusals() != 2 {
		t.Errorf("%d refusals, want 2", f.Refusals())
	}
}

func TestShortLivesKeepTheProportions(t *testing.T) {
	t.Parallel()
	cfg := empty()
	cfg.TokenLife = 18 * time.Second
	f := newFake(t, cfg)
	first := f.mustRefresh(firstRefresh)
	f.clock.advance(14 * time.Second)
	if same := f.mustRefresh(first.RefreshToken); same.AccessToken != first.AccessToken || same.ExpiresIn != 4 {
		t.Errorf("with 4 s left: %+v", same)
	}
	f.clock.advance(time.Second)
	if next := f.mustRefresh(first.RefreshToken); next.AccessToken == first.AccessToken || next.ExpiresIn != 18 {
		t.Errorf("with 3 s left: %+v", next)
	}
}

// What the answer says of expiry must not be later than the truth, however it is computed.
func TestExpiryIsNotEarlierThanItSays(t *testing.T) {
	t.Parallel()
	cfg := empty()
	cfg.TokenLife = 20 * time.Second
	f := newFake(t, cfg)
	f.clock.advance(700 * time.Millisecond)
	asked := f.clock.Now()
	g := f.mustRefresh(firstRefresh)
	f.clock.advance(20*time.Second - time.Nanosecond)
	if got := f.get(g.AccessToken, "/athlete"); got.status != http.StatusOK || asked.Unix()+g.ExpiresIn > g.ExpiresAt {
		t.Errorf("status %d at the end of %+v", got.status, g)
	}
}

func TestTokenRefusals(t *testing.T) {
	t.Parallel()
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {firstRefresh}}
	for _, tc := range []struct {
		name                  string
		change                url.Values
		resource, field, code string
		refusals, violations  int
	}{
		{"client unknown", url.Values{"client_id": {"4243"}}, "Application", "client_id", "invalid", 0, 0},
		{"client missing", url.Values{"client_id": {""}}, "Application", "client_id", "missing", 0, 0},
		{"secret wrong", url.Values{"client_secret": {"guess"}}, "Application", "client_secret", "invalid", 0, 0},
		{"refresh token unknown", url.Values{"refresh_token": {"guess"}}, "RefreshToken", "refresh_token", "invalid", 1, 0},
		{"refresh token missing", url.Values{"refresh_token": {""}}, "RefreshToken", "refresh_token", "invalid", 1, 0},
		{"grant type unknown", url.Values{"grant_type": {"password"}}, "Application", "grant_type", "invalid", 0, 0},
		{"code unknown", url.Values{"grant_type": {"authorization_code"}, "code": {"guess"}}, "AuthorizationCode", "code", "invalid", 0, 0},
		{"field unknown", url.Values{"audience": {"me"}}, "Application", "audience", "invalid", 0, 1},
		{"field twice", url.Values{"refresh_token": {firstRefresh, "guess"}}, "Application", "refresh_token", "invalid", 0, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, empty())
			form := url.Values{}
			for _, values := range []url.Values{refresh, tc.change} {
				for name := range values {
					form[name] = values[name]
				}
			}
			got := f.post("/oauth/token", form)
			wantRefusal(t, got, 400, "Bad Request", tc.resource, tc.field, tc.code)
			if f.Refusals() != tc.refusals || len(f.Violations()) != tc.violations {
				t.Errorf("%d refusals, violations %v", f.Refusals(), f.Violations())
			}
			f.mustRefresh(firstRefresh) // A refusal has consumed nothing.
		})
	}
}

func TestTokenAnswersHaveNoRateLimitHeaders(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	for _, got := range []reply{f.refresh(firstRefresh), f.refresh("guess")} {
		if got.header.Get("X-RateLimit-Limit") != "" || got.header.Get("X-ReadRateLimit-Usage") != "" {
			t.Errorf("status %d has %v", got.status, got.header)
		}
	}
	g := f.get(f.AccessToken(), "/athlete")
	if usage := g.header.Get("X-RateLimit-Usage"); usage != "1,1" {
		t.Errorf("token calls were counted: usage %s", usage)
	}
}

func TestTokenEndpointIsStrictAboutItsForm(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	query := url.Values{"client_id": {"4242"}, "client_secret": {"fake-client-secret"}, "grant_type": {"refresh_token"}, "refresh_token": {firstRefresh}}
	if got := f.send(f.request(http.MethodPost, "/oauth/token?"+query.Encode(), "", url.Values{})); got.status != http.StatusBadRequest {
		t.Errorf("secrets in the URL: status %d", got.status)
	}
	basic := f.request(http.MethodPost, "/oauth/token", "", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {firstRefresh}})
	basic.SetBasicAuth("4242", "fake-client-secret")
	wantRefusal(t, f.send(basic), 400, "Bad Request", "Application", "client_id", "missing")
	if len(f.Violations()) != 2 {
		t.Errorf("violations: %v", f.Violations())
	}
	for _, what := range f.Violations() {
		if strings.Contains(what, "fake-") {
			t.Errorf("a violation shows a secret: %s", what)
		}
	}
	f.mustRefresh(firstRefresh)
}

func TestTokenIsReachableUnderTheAPI(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	got := f.post("/api/v3/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {firstRefresh}})
	if got.status != http.StatusOK || f.Calls()["POST /oauth/token"] != 1 {
		t.Errorf("status %d, calls %v", got.status, f.Calls())
	}
}

func authorizeQuery(change url.Values) string {
	query := url.Values{
		"client_id": {"4242"}, "redirect_uri": {"http://localhost:8080/connect/callback?from=here"}, "response_type": {"code"},
		"approval_prompt": {"auto"}, "scope": {"read,activity:read_all"}, "state": {"a/b c"},
	}
	maps.Copy(query, change)
	return "/oauth/authorize?" + query.Encode()
}

// consent goes through the consent page and returns the callback's query.
func (f *fake) consent() url.Values {
	f.t.Helper()
	got := f.send(f.request(http.MethodGet, authorizeQuery(nil), "", nil))
	if got.status != http.StatusFound {
		f.t.Fatalf("status %d: %s", got.status, got.body)
	}
	back, err := url.Parse(got.header.Get("Location"))
	if err != nil {
		f.t.Fatal(err)
	}
	if back.Host != "localhost:8080" || back.Path != "/connect/callback" || back.Query().Get("from") != "here" {
		f.t.Errorf("sent back to %s", back)
	}
	return back.Query()
}

func (f *fake) exchange(code string) reply {
	f.t.Helper()
	return f.post("/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}})
}

func TestConsent(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	before := f.mustRefresh(firstRefresh)

	back := f.consent()
	if back.Get("state") != "a/b c" || back.Get("scope") != "read,activity:read_all" || back.Has("error") {
		t.Errorf("callback: %v", back)
	}
	g := decode[grant](t, f.exchange(back.Get("code")))
	if g.Athlete == nil || g.Athlete.ID != 7700000042 || g.Athlete.ResourceState != 2 || g.ExpiresIn != 21600 {
		t.Errorf("exchange: %+v", g)
	}
	wantRefusal(t, f.exchange(back.Get("code")), 400, "Bad Request", "AuthorizationCode", "code", "invalid")
	wantRefusal(t, f.refresh(before.RefreshToken), 400, "Bad Request", "RefreshToken", "refresh_token", "invalid")
	if got := f.get(g.AccessToken, "/athlete/activities"); got.status != http.StatusOK {
		t.Errorf("with the granted scope: status %d", got.status)
	}
	f.clock.advance(6 * time.Hour)
	if again := f.mustRefresh(g.RefreshToken); again.AccessToken == g.AccessToken {
		t.Error("the grant does not refresh")
	}
}

func TestConsentControls(t *testing.T) {
	t.Parallel()
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		f := newFake(t, empty())
		f.SetConsent(stravatest.Consent{Refuse: true})
		if back := f.consent(); back.Get("error") != "access_denied" || back.Has("code") || back.Get("state") != "a/b c" {
			t.Errorf("callback: %v", back)
		}
	})
	t.Run("a scope unticked", func(t *testing.T) {
		t.Parallel()
		f := newFake(t, empty())
		f.SetConsent(stravatest.Consent{Untick: []string{"activity:read_all"}})
		back := f.consent()
		g := decode[grant](t, f.exchange(back.Get("code")))
		if back.Get("scope") != "read" {
			t.Errorf("callback: %v", back)
		}
		wantRefusal(t, f.get(g.AccessToken, "/athlete/activities"), 401, "Authorization Error", "AccessToken", "activity:read_permission", "missing")
	})
	t.Run("another athlete", func(t *testing.T) {
		t.Parallel()
		f := newFake(t, empty())
		f.AddActivity(stravatest.Activity{})
		f.SetConsent(stravatest.Consent{AthleteID: 99})
		g := decode[grant](t, f.exchange(f.consent().Get("code")))
		if g.Athlete.ID != 99 {
			t.Errorf("athlete %d, want 99", g.Athlete.ID)
		}
		if got := f.get(g.AccessToken, "/athlete/activities"); got.body != "[]" {
			t.Errorf("a stranger sees %s", got.body)
		}
		if got := f.get(g.AccessToken, "/athletes/99/stats"); got.status != http.StatusOK {
			t.Errorf("a stranger's stats: status %d", got.status)
		}
		f.mustRefresh(firstRefresh) // The owner's grant is another one.
	})
	t.Run("a code too fresh", func(t *testing.T) {
		t.Parallel()
		f := newFake(t, empty())
		f.SetConsent(stravatest.Consent{TooFresh: 2})
		code := f.consent().Get("code")
		for range 2 {
			wantRefusal(t, f.exchange(code), 400, "Bad Request", "AuthorizationCode", "code", "invalid")
		}
		decode[grant](t, f.exchange(code))
	})
	t.Run("a code too old", func(t *testing.T) {
		t.Parallel()
		f := newFake(t, empty())
		code := f.consent().Get("code")
		f.clock.advance(10 * time.Minute)
		wantRefusal(t, f.exchange(code), 400, "Bad Request", "AuthorizationCode", "code", "invalid")
	})
	t.Run("a wrong secret leaves the code good", func(t *testing.T) {
		t.Parallel()
		f := newFake(t, empty())
		code := f.consent().Get("code")
		got := f.post("/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "client_secret": {"guess"}})
		wantRefusal(t, got, 400, "Bad Request", "Application", "client_secret", "invalid")
		decode[grant](t, f.exchange(code))
	})
}

func TestAuthorizeRefusals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                  string
		change                url.Values
		resource, field, code string
	}{
		{"client unknown", url.Values{"client_id": {"1"}}, "Application", "client_id", "invalid"},
		{"client missing", url.Values{"client_id": {""}}, "Application", "client_id", "missing"},
		{"callback elsewhere", url.Values{"redirect_uri": {"https://evil.example/"}}, "Application", "redirect_uri", "invalid"},
		{"callback of a look-alike", url.Values{"redirect_uri": {"https://notmine.example/"}}, "Application", "redirect_uri", "invalid"},
		{"callback missing", url.Values{"redirect_uri": {""}}, "Application", "redirect_uri", "invalid"},
		{"response type", url.Values{"response_type": {"token"}}, "Authorize", "response_type", "invalid"},
		{"prompt", url.Values{"approval_prompt": {"consent"}}, "Authorize", "approval_prompt", "invalid"},
		{"scope unknown", url.Values{"scope": {"read,activity:delete"}}, "Authorize", "scope", "invalid"},
		{"scope missing", url.Values{"scope": {""}}, "Authorize", "scope", "invalid"},
		{"parameter unknown", url.Values{"prompt": {"consent"}}, "Application", "prompt", "invalid"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cfg := empty()
			cfg.CallbackDomain = "mine.example"
			f := newFake(t, cfg)
			got := f.send(f.request(http.MethodGet, authorizeQuery(tc.change), "", nil))
			wantRefusal(t, got, 400, "Bad Request", tc.resource, tc.field, tc.code)
		})
	}
	for _, callback := range []string{"http://127.0.0.1:9/x", "https://mine.example/x", "https://www.mine.example/x"} {
		cfg := empty()
		cfg.CallbackDomain = "mine.example"
		f := newFake(t, cfg)
		got := f.send(f.request(http.MethodGet, authorizeQuery(url.Values{"redirect_uri": {callback}, "scope": {"read profile:read_all"}}), "", nil))
		if got.status != http.StatusFound {
			t.Errorf("%s: status %d %s", callback, got.status, got.body)
		}
	}
}

func TestGrantsEnd(t *testing.T) {
	t.Parallel()
	revoke := func(id, secret, token string) func(*fake) reply {
		return func(f *fake) reply {
			req := f.request(http.MethodPost, "/oauth/revoke", "", url.Values{"token": {token}})
			req.SetBasicAuth(id, secret)
			return f.send(req)
		}
	}
	for _, tc := range []struct {
		name   string
		end    func(f *fake, g grant) reply
		status int
		ended  bool
	}{
		{"revoke the access token", func(f *fake, g grant) reply { return revoke("4242", "fake-client-secret", g.AccessToken)(f) }, 200, true},
		{"revoke the refresh token", func(f *fake, g grant) reply { return revoke("4242", "fake-client-secret", g.RefreshToken)(f) }, 200, true},
		{"revoke an unknown token", func(f *fake, _ grant) reply { return revoke("4242", "fake-client-secret", "guess")(f) }, 200, false},
		{"revoke with a wrong secret", func(f *fake, g grant) reply { return revoke("4242", "guess", g.AccessToken)(f) }, 401, false},
		{"revoke with credentials in the form", func(f *fake, g grant) reply {
			return f.post("/oauth/revoke", url.Values{"token": {g.AccessToken}})
		}, 401, false},
		{"deauthorize", func(f *fake, g grant) reply {
			got := f.send(f.request(http.MethodPost, "/oauth/deauthorize", g.AccessToken, nil))
			if got.body != `{"access_token":"`+g.AccessToken+`"}` || got.header.Get("X-RateLimit-Usage") != "1,1" {
				t.Errorf("deauthorize: %s %v", got.body, got.header)
			}
			return got
		}, 200, true},
		{"deauthorize by form", func(f *fake, g grant) reply {
			return f.send(f.request(http.MethodPost, "/oauth/deauthorize", "", url.Values{"access_token": {g.AccessToken}}))
		}, 200, true},
		{"deauthorize with a wrong token", func(f *fake, _ grant) reply {
			return f.send(f.request(http.MethodPost, "/oauth/deauthorize", "guess", nil))
		}, 401, false},
		{"on the settings page", func(f *fake, _ grant) reply { f.RevokeAll(); return reply{status: 200} }, 200, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, empty())
			g := f.mustRefresh(firstRefresh)
			if got := tc.end(f, g); got.status != tc.status {
				t.Errorf("status %d, want %d: %s", got.status, tc.status, got.body)
			}
			access, refresh := f.get(g.AccessToken, "/athlete").status, f.refresh(g.RefreshToken).status
			want := []int{200, 200}
			if tc.ended {
				want = []int{401, 400}
			}
			if got := []int{access, refresh}; !slices.Equal(got, want) {
				t.Errorf("access and refresh afterwards: %v, want %v", got, want)
			}
		})
	}
}

func TestInactiveApplication(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	token := f.AccessToken()
	f.Deactivate(true)
	wantRefusal(t, f.get(token, "/athlete"), 403, "Forbidden", "Application", "Status", "Inactive")
	wantRefusal(t, f.refresh(firstRefresh), 403, "Forbidden", "Application", "Status", "Inactive")
	f.Deactivate(false)
	if got := f.get(token, "/athlete"); got.status != http.StatusOK {
		t.Errorf("active again: status %d", got.status)
	}
	f.mustRefresh(firstRefresh)
}

func TestExpireAccessTokens(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	g := f.mustRefresh(firstRefresh)
	f.ExpireAccessTokens()
	wantRefusal(t, f.get(g.AccessToken, "/athlete"), 401, "Authorization Error", "Athlete", "access_token", "invalid")
	next := f.mustRefresh(g.RefreshToken)
	if got := f.get(next.AccessToken, "/athlete"); got.status != http.StatusOK {
		t.Errorf("with a new token: status %d", got.status)
	}
}
