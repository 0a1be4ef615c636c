package tokens_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

func TestAConsentIsStored(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	got := g.connect()
	want := tokens.Consented{AthleteID: got.AthleteID, Granted: askedScopes()}
	if diff := cmp.Diff(want, got); diff != "" || got.AthleteID == 0 {
		t.Errorf("(-want +got):\n%s", diff)
	}
	status := g.tokens.Status(t.Context())
	if status.State != tokens.StateConnected || status.AthleteID != got.AthleteID {
		t.Errorf("status %+v", status)
	}
	g.wantWorking(g.tokens)
	g.wantSilent()
}

func TestAConsentWithFewerScopes(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	g.fake.SetConsent(stravatest.Consent{Untick: []string{"activity:read"}})
	if diff := cmp.Diff([]string{"activity:read"}, g.connect().Missing); diff != "" {
		t.Errorf("missing scopes (-want +got):\n%s", diff)
	}

	for name, test := range map[string]struct {
		callback         string
		granted, missing []string
	}{
		"the greater one contains the lesser": {
			"read,profile:read_all,activity:read_all", []string{"read", "profile:read_all", "activity:read_all"}, nil,
		},
		"blanks, doubles and nonsense": {
			"read,, read <b>planted</b>,profile:read_all activity:read " + strings.Repeat("x", 1000), askedScopes(), nil,
		},
		"none": {"", nil, askedScopes()},
		"more than there are": {
			"a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,aa,bb,cc,dd,ee,ff,gg,hh",
			strings.Split("a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,aa,bb,cc,dd,ee,ff", ","), askedScopes(),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t)
			callback := g.approve()
			callback.Set("scope", test.callback)
			got, err := g.consent.Accept(t.Context(), application(), callbackURL, callback)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.granted, got.Granted); diff != "" {
				t.Errorf("granted (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.missing, got.Missing); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever goes wrong on the way to a new grant, the one that is there goes on.
func TestAFailedConsentLeavesTheGrant(t *testing.T) {
	t.Parallel()
	answer := func(status int, contentType, body string) func(*gateway) {
		return func(g *gateway) {
			g.fake.Fault(stravatest.Fault{Path: "/oauth/token", Status: status, ContentType: contentType, Body: body})
		}
	}
	set := func(name, value string) func(url.Values) {
		return func(callback url.Values) { callback.Set(name, value) }
	}
	consent := func(consent stravatest.Consent) func(*gateway) {
		return func(g *gateway) { g.fake.SetConsent(consent) }
	}
	without := func(field string) func(*gateway) {
		return func(g *gateway) { g.wire.edit = func(answer map[string]any) { delete(answer, field) } }
	}
	tests := []struct {
		name    string
		prepare func(*gateway)
		app     strava.Application // Zero: the right one.
		edit    func(callback url.Values)
		want    error
		says    string
	}{
		{name: "denied", prepare: consent(stravatest.Consent{Refuse: true}), want: tokens.ErrConsentDenied, says: "You said no"},
		{name: "another error", edit: set("error", "<b>planted</b>"), want: tokens.ErrNoCode, says: "without a code"},
		{name: "no code", edit: set("code", ""), want: tokens.ErrNoCode, says: "without a code"},
		{name: "another athlete", prepare: consent(stravatest.Consent{AthleteID: 1}), want: tokens.ErrOtherAthlete, says: "another athlete's"},
		{name: "a code that is never taken", prepare: consent(stravatest.Consent{TooFresh: 99}), want: strava.ErrCodeInvalid, says: "does not take the code"},
		{name: "a code of somebody else", edit: set("code", "planted"), want: strava.ErrCodeInvalid, says: "does not take the code"},
		{name: "a wrong client secret", app: strava.Application{ClientID: "4711", ClientSecret: "planted"}, want: strava.ErrClientInvalid, says: "enter them again"},
		{name: "a wrong client id", app: strava.Application{ClientID: "1", ClientSecret: "planted"}, want: strava.ErrClientInvalid, says: "enter them again"},
		{name: "half an application", app: strava.Application{ClientID: "4711"}, want: tokens.ErrNoApplication, says: "STRAVA_CLIENT_ID"},
		{name: "an inactive application", prepare: func(g *gateway) { g.fake.Deactivate(true) }, want: strava.ErrAppInactive, says: "deactivated"},
		{
			name: "one athlete too many", prepare: answer(403, "", `{"message":"Limit of connected athletes exceeded","errors":[]}`),
			want: strava.ErrAthleteLimit, says: "no more athletes",
		},
		{name: "too often", prepare: answer(429, "", `{"message":"planted"}`), want: &strava.RateLimitError{}, says: "fewer requests"},
		{name: "down", prepare: answer(503, "text/html", `<html>planted`), want: strava.ErrUnavailable, says: "usable answer"},
		{name: "HTML", prepare: answer(200, "text/html", `<html>planted</html>`), want: strava.ErrUnavailable, says: "usable answer"},
		{name: "HTML that says JSON", prepare: answer(200, "", `<html>planted</html>`), want: strava.ErrUnavailable, says: "usable answer"},
		{name: "JSON of another shape", prepare: answer(200, "", `["planted"]`), want: strava.ErrUnavailable, says: "usable answer"},
		{name: "no refresh token", prepare: without("refresh_token"), want: strava.ErrUnavailable, says: "usable answer"},
		{name: "no access token", prepare: without("access_token"), want: strava.ErrUnavailable, says: "usable answer"},
		{
			name: "a cut answer", want: strava.ErrUnavailable, says: "usable answer",
			prepare: func(g *gateway) { g.fake.Fault(stravatest.Fault{Path: "/oauth/token", CutAfter: 20}) },
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t)
			g.connect()
			before := g.stored()
			if test.prepare != nil {
				test.prepare(g)
			}
			app := test.app
			if app == (strava.Application{}) {
				app = application()
			}
			callback := g.approve()
			if test.edit != nil {
				test.edit(callback)
			}
			_, err := g.consent.Accept(t.Context(), app, callbackURL, callback)
			if !sameKind(err, test.want) {
				t.Fatalf("Accept: %v, want %v", err, test.want)
			}
			said := g.consent.Explain(err)
			if !strings.Contains(said, test.says) {
				t.Errorf("Explain: %q, want %q in it", said, test.says)
			}
			if diff := cmp.Diff(before, g.stored()); diff != "" {
				t.Errorf("the stored grant (-before +after):\n%s", diff)
			}
			if state := g.tokens.Status(t.Context()).State; state != tokens.StateConnected {
				t.Errorf("state %s", state)
			}
			g.wantSilent(err.Error(), said, fmt.Sprintf("%+v", err))
		})
	}
}

// sameKind is errors.Is, but for an error that is told by its type.
func sameKind(err, want error) bool {
	if _, ok := errors.AsType[*strava.RateLimitError](want); ok {
		_, ok = errors.AsType[*strava.RateLimitError](err)
		return ok
	}
	return errors.Is(err, want)
}

// Strava has consented, and says oddly for how long: the tokens are kept, and asked about again before they are relied on.
func TestAConsentWithAnOddExpiry(t *testing.T) {
	t.Parallel()
	for name, expiry := range map[string]any{
		"missing":  nil,
		"zero":     0,
		"negative": -21600,
		"huge":     1e18,
		"endless":  99999999999,
		"textual":  "in six hours",
		"a list":   []int{1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t)
			g.wire.edit = func(answer map[string]any) {
				answer["expires_at"], answer["expires_in"] = expiry, expiry
				if expiry == nil {
					delete(answer, "expires_at")
					delete(answer, "expires_in")
				}
			}
			g.connect()
			if status := g.tokens.Status(t.Context()); status.State != tokens.StateConnected || time.Until(status.ExpiresAt) > 0 {
				t.Errorf("status %+v, want one that is to be refreshed", status)
			}
			g.wire.edit = nil
			g.wantWorking(g.tokens)
			if status := g.tokens.Status(t.Context()); status.State != tokens.StateConnected || time.Until(status.ExpiresAt) < time.Hour {
				t.Errorf("status %+v, want one that was refreshed", status)
			}
		})
	}
}

func TestExplain(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	_, fixed := g.open(configured(application()))
	for name, test := range map[string]struct {
		consent *tokens.Consent
		err     error
		says    string
	}{
		"nothing":                           {g.consent, nil, ""},
		"what nobody expected":              {g.consent, errors.New("planted"), "its log says what"},
		"an unreadable grant":               {g.consent, fmt.Errorf("%w: %w", tokens.ErrMisconfigured, tokens.ErrCorrupt), "sealing key"},
		"a store that is away":              {g.consent, tokens.ErrUnavailable, "store of the grant"},
		"no application":                    {g.consent, tokens.ErrNoApplication, "/connect"},
		"too late":                          {g.consent, context.DeadlineExceeded, "too long"},
		"interrupted":                       {g.consent, context.Canceled, "interrupted"},
		"a wrong client that was entered":   {g.consent, strava.ErrClientInvalid, "enter them again"},
		"a wrong client in the environment": {fixed, strava.ErrClientInvalid, "STRAVA_CLIENT_ID and STRAVA_CLIENT_SECRET"},
	} {
		said := test.consent.Explain(test.err)
		if !strings.Contains(said, test.says) || (test.err == nil) != (said == "") || strings.Contains(said, "planted") {
			t.Errorf("%s: %q, want %q in it", name, said, test.says)
		}
	}
}

func TestConsentNeedsItsParts(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	whole := tokens.ConsentConfig{OAuth: strava.NewOAuth(strava.OAuthConfig{}), Tokens: g.tokens, Scopes: askedScopes()}
	for name, edit := range map[string]func(*tokens.ConsentConfig){
		"OAuth":  func(cfg *tokens.ConsentConfig) { cfg.OAuth = nil },
		"Tokens": func(cfg *tokens.ConsentConfig) { cfg.Tokens = nil },
		"Scopes": func(cfg *tokens.ConsentConfig) { cfg.Scopes = nil },
	} {
		cfg := whole
		edit(&cfg)
		if _, err := tokens.NewConsent(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}
