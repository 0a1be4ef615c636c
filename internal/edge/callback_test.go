package edge_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"domestique/internal/edge"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

func TestWaysBackThatCountForNothing(t *testing.T) {
	t.Parallel()
	const refusedPage = "Not connected"
	tests := map[string]struct {
		spoil func(*testing.T, *world, *browser, string) string // Returns the way back to try.
		want  string
	}{
		"no state": {func(_ *testing.T, _ *world, _ *browser, back string) string {
			return without(back, "state")
		}, "not begun in this browser"},
		"an empty state": {func(_ *testing.T, _ *world, _ *browser, back string) string {
			return without(back, "state") + "&state="
		}, "not begun in this browser"},
		"another state": {func(_ *testing.T, _ *world, _ *browser, back string) string {
			return without(back, "state") + "&state=ANOTHERSTATE"
		}, "not begun in this browser"},
		"nothing at all": {func(*testing.T, *world, *browser, string) string {
			return "/connect/callback"
		}, "not begun in this browser"},
		"used, and the cookie gone": {func(t *testing.T, _ *world, b *browser, back string) string {
			b.open(back+"&error=access_denied").want(t, http.StatusForbidden, refusedPage)
			return back
		}, "used already"},
		"used, and the cookie kept": {func(t *testing.T, _ *world, b *browser, back string) string {
			kept := b.cookie("/connect", "connect")
			b.open(back+"&error=access_denied").want(t, http.StatusForbidden, refusedPage)
			b.plant("/connect", "domestique-connect", kept)
			return back
		}, "used already"},
		"expired": {func(_ *testing.T, w *world, _ *browser, back string) string {
			w.clock.advance(10 * time.Minute)
			return back
		}, "longer than ten minutes"},
		"without the cookie": {func(t *testing.T, _ *world, b *browser, back string) string {
			*b = *signedIn(t, b.gateway)
			return back
		}, "not begun in this browser"},
		"in another browser, that has begun too": {func(t *testing.T, _ *world, b *browser, back string) string {
			*b = *signedIn(t, b.gateway)
			b.enter().want(t, http.StatusSeeOther, "")
			return back
		}, "not begun in this browser"},
		"a cookie tampered with": {func(_ *testing.T, _ *world, b *browser, back string) string {
			value := b.cookie("/connect", "connect")
			b.plant("/connect", "domestique-connect", value[:len(value)-9]+another(value[len(value)-9])+value[len(value)-8:])
			return back
		}, "not begun in this browser"},
		"a session as the cookie": {func(_ *testing.T, _ *world, b *browser, back string) string {
			b.plant("/connect", "domestique-connect", b.cookie("/", "session"))
			return back
		}, "not begun in this browser"},
		"a cookie of another ring": {func(t *testing.T, w *world, b *browser, back string) string {
			w.ring = newRing(t, "another sealing key, long enough too")
			kept := b.cookie("/connect", "connect")
			*b = *signedIn(t, w.replica(nil))
			b.plant("/connect", "domestique-connect", kept)
			return back
		}, "not begun in this browser"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := signedIn(t, w.replica(nil))
			back := test.spoil(t, w, b, b.consent(w.strava, b.enter()))
			answer := b.open(back)
			answer.want(t, http.StatusBadRequest, test.want)
			answer.want(t, http.StatusBadRequest, refusedPage)
			if removed := answer.header.Get("Set-Cookie"); !strings.Contains(removed, "domestique-connect=;") ||
				!strings.Contains(removed, "Max-Age=0") {
				t.Errorf("the cookie is not removed: %q", removed)
			}
			if calls := w.strava.Calls()["POST /oauth/token"]; calls != 0 {
				t.Errorf("%d codes were exchanged", calls)
			}
			for _, secret := range b.at(back).Query() {
				if secret[0] != "" && len(secret[0]) > 9 && strings.Contains(answer.body+w.log.String(), secret[0]) {
					t.Errorf("%s shows:\n%s\n%s", secret[0], answer.body, w.log)
				}
			}
		})
	}
}

func without(address, name string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	query := u.Query()
	query.Del(name)
	u.RawQuery = query.Encode()
	return u.RequestURI()
}

func TestConsentsThatFail(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*edge.Config, *tokens.Config)
		strava func(*stravatest.Server)
		status int
		want   string
	}{
		"denied": {strava: func(s *stravatest.Server) { s.SetConsent(stravatest.Consent{Refuse: true}) },
			status: http.StatusForbidden, want: "You said no"},
		"another athlete": {change: func(_ *edge.Config, c *tokens.Config) { c.AthleteID = 99 },
			status: http.StatusForbidden, want: "another athlete"},
		"a code that fails": {strava: func(s *stravatest.Server) { s.SetConsent(stravatest.Consent{TooFresh: 9}) },
			status: http.StatusBadRequest, want: "does not take the code"},
		"an application that is not active": {strava: func(s *stravatest.Server) { s.Deactivate(true) },
			status: http.StatusForbidden, want: "deactivated"},
		"strava is away": {strava: func(s *stravatest.Server) {
			s.Fault(stravatest.Fault{Path: "/oauth/token", Times: stravatest.Always, Status: 503, Body: "planted-answer"})
		}, status: http.StatusBadGateway, want: "usable answer"},
		"strava wants fewer requests": {strava: func(s *stravatest.Server) {
			s.Fault(stravatest.Fault{Path: "/oauth/token", Times: stravatest.Always, Status: 429})
		}, status: http.StatusServiceUnavailable, want: "fewer requests"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := signedIn(t, w.replica(test.change))
			if test.strava != nil {
				test.strava(w.strava)
			}
			back := b.consent(w.strava, b.enter())
			answer := b.open(back)
			answer.want(t, test.status, test.want)
			answer.want(t, test.status, `href="/connect"`)
			for _, secret := range []string{"planted-answer", clientSecret, b.at(back).Query().Get("code"), b.at(back).Query().Get("state")} {
				if secret != "" && strings.Contains(answer.body+w.log.String(), secret) {
					t.Errorf("%s shows:\n%s\n%s", secret, answer.body, w.log)
				}
			}
			if w.status().State != tokens.StateNotConnected {
				t.Errorf("state %s after it", w.status().State)
			}
		})
	}
}

func TestWhatTheAthleteUntickedIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := signedIn(t, w.replica(nil))
	w.strava.SetConsent(stravatest.Consent{Untick: []string{"profile:read_all", "activity:read_all"}})
	b.open(b.consent(w.strava, b.enter())).leads(t, "/connect")
	page := b.open("/connect")
	page.want(t, http.StatusOK, "Connected, but not to all of it")
	_, missing, _ := strings.Cut(page.body, "Not granted")
	missing, granted, _ := strings.Cut(missing, "<h2>Granted</h2>")
	for _, scope := range []string{"profile:read_all", "activity:read_all"} {
		if !strings.Contains(missing, "<code>"+scope+"</code>") || strings.Contains(granted, "<code>"+scope+"</code>") {
			t.Errorf("%s is not named as missing:\n%s", scope, page.body)
		}
	}
	if !strings.Contains(granted, "<code>read_all</code>") || strings.Contains(missing, "<code>read_all</code>") {
		t.Errorf("read_all is not named as granted:\n%s", page.body)
	}
}

// Who grants a scope's _all form grants the plain one with it.
func TestAScopeInsideAnotherIsNotMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := signedIn(t, w.replica(nil))
	w.strava.SetConsent(stravatest.Consent{Untick: []string{"read"}})
	b.open(b.consent(w.strava, b.enter())).leads(t, "/connect")
	page := b.open("/connect")
	page.want(t, http.StatusOK, "<h1>Connected</h1>")
	if strings.Contains(page.body, "Not granted") {
		t.Errorf("it is named as missing:\n%s", page.body)
	}
}

// A grant that works is not broken by a form that is half done, nor by a consent that fails.
func TestAFailedConsentLeavesTheGrantAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := signedIn(t, w.replica(nil))
	b.open(b.consent(w.strava, b.enter())).leads(t, "/connect")
	b.submit("/connect", "client_id", "1", "client_secret", "another-secret").want(t, http.StatusSeeOther, "")
	w.strava.SetConsent(stravatest.Consent{Refuse: true})
	b.open(b.consent(w.strava, b.submit("/connect"))).want(t, http.StatusForbidden, "You said no")
	b.open("/connect").want(t, http.StatusOK, "<h1>Connected</h1>")
	if app, err := w.grant.Application(t.Context()); err != nil || app.ClientID != clientID {
		t.Errorf("application %v, %v", app, err)
	}
}

func TestTwoReplicasShareAConsent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one, other := w.replica(nil), w.replica(nil)
	b := signedIn(t, one)
	begun := b.enter()
	b.gateway = other
	kept := b.cookie("/connect", "connect")
	back := b.consent(w.strava, begun)
	b.open(back).leads(t, "/connect")
	for _, replica := range []http.Handler{one, other} {
		b.gateway = replica
		b.open("/connect").want(t, http.StatusOK, "<h1>Connected</h1>")
	}
	// The one that has not seen the state lets it pass, but Strava takes a code once.
	b.gateway = one
	b.plant("/connect", "domestique-connect", kept)
	b.open(back).want(t, http.StatusBadRequest, "does not take the code")
	b.open("/connect").want(t, http.StatusOK, "<h1>Connected</h1>")
}

func TestLookingAheadUsesNothingUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := signedIn(t, w.replica(nil))
	back := b.consent(w.strava, b.enter())
	for _, answer := range []got{b.send(http.MethodHead, back, nil), b.prefetch(back)} {
		if answer.status < 400 || len(answer.header["Set-Cookie"]) > 0 {
			t.Errorf("%d %v", answer.status, answer.header)
		}
	}
	b.open(back).leads(t, "/connect")
}

func (b *browser) prefetch(path string) got {
	b.header.Set("Sec-Purpose", "prefetch")
	defer b.header.Del("Sec-Purpose")
	return b.open(path)
}

// The code is good for one exchange: a browser that goes away must not cost the grant.
func TestABrowserThatGoesAwayIsConnected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := signedIn(t, w.replica(nil))
	back := b.consent(w.strava, b.enter())
	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan struct{})
	w.strava.Fault(stravatest.Fault{Path: "/oauth/token", Until: gone, Arrived: func() { leave(); close(gone) }})
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, gatewayURL+back, nil)
	b.do(r).leads(t, "/connect")
	if w.status().State != tokens.StateConnected {
		t.Errorf("state %s", w.status().State)
	}
}
