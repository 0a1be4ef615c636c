package edge_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/internal/edge"
	"domestique/strava"
	"domestique/tokens"
)

// fixed is a change that sets the application in the environment.
func fixed(_ *edge.Config, c *tokens.Config) {
	c.Application = strava.Application{ClientID: clientID, ClientSecret: clientSecret}
}

// enter submits the form of /connect with the right application.
func (b *browser) enter() got {
	return b.submit("/connect", "client_id", clientID, "client_secret", clientSecret)
}

func TestConnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := signedIn(t, w.replica(nil))
	first := b.open("/connect")
	first.want(t, http.StatusOK, "Not connected yet")
	first.want(t, http.StatusOK, `name="client_secret"`)
	first.want(t, http.StatusOK, "<code>localhost</code>") // The callback domain to enter at Strava.

	begun := b.enter()
	asked, err := url.Parse(begun.location)
	if err != nil {
		t.Fatal(err)
	}
	state := asked.Query().Get("state")
	want := url.Values{
		"client_id": {clientID}, "redirect_uri": {gatewayURL + "/connect/callback"}, "response_type": {"code"},
		"approval_prompt": {"auto"}, "scope": {"read,read_all,profile:read_all,activity:read_all"}, "state": {state},
	}
	if diff := cmp.Diff(want, asked.Query()); diff != "" || originAndPath(asked) != stravaURL+"/oauth/authorize" {
		t.Errorf("asked %s (-want +got):\n%s", originAndPath(asked), diff)
	}
	if w.status().State != tokens.StateNotConnected {
		t.Error("something is stored before the consent")
	}

	back := b.consent(w.strava, begun)
	b.open(back).leads(t, "/connect")
	done := b.open("/connect")
	done.want(t, http.StatusOK, "<h1>Connected</h1>")
	for _, part := range []string{"activity:read_all", "View on Strava", "application <strong>" + clientID} {
		done.want(t, http.StatusOK, part)
	}
	if app, err := w.grant.Application(t.Context()); err != nil || app.ClientID != clientID || app.ClientSecret != clientSecret {
		t.Errorf("the application that is stored: %v, %v", app, err)
	}
	code := b.at(back).Query().Get("code")
	for _, secret := range []string{clientSecret, code, state} {
		if strings.Contains(w.log.String(), secret) || strings.Contains(done.body, secret) {
			t.Errorf("%q shows in the page or the log:\n%s", secret, w.log)
		}
	}
	if !strings.Contains(w.log.String(), "path=/connect/callback status=303") {
		t.Errorf("the access log lacks the callback:\n%s", w.log)
	}

	// Once it is stored, one button connects again, and what was entered need not be entered again.
	b.open(b.consent(w.strava, b.submit("/connect"))).leads(t, "/connect")
}

func originAndPath(u *url.URL) string { return u.Scheme + "://" + u.Host + u.Path }

func TestTheConsentCookie(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		publicURL, name string
		secure          bool
	}{
		"https": {"https://fitness.example.org", "__Secure-domestique-connect", true},
		"http":  {gatewayURL, "domestique-connect", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gateway := newWorld(t).replica(func(c *edge.Config, _ *tokens.Config) { c.PublicURL = test.publicURL })
			b := newBrowser(t, gateway)
			b.header.Set("Authorization", "Bearer "+ownerKey)
			cookie, err := http.ParseSetCookie(b.enter().header.Get("Set-Cookie"))
			if err != nil {
				t.Fatal(err)
			}
			if cookie.Name != test.name || cookie.Secure != test.secure || !cookie.HttpOnly || cookie.Path != "/connect" ||
				cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge != 600 || strings.Contains(cookie.Value, clientSecret) {
				t.Errorf("%s", cookie)
			}
		})
	}
}

// Whichever of its names a gateway on one's own machine was opened by, the cookies of that name come back.
func TestWhereStravaSendsTheBrowserBack(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ publicURL, host, want string }{
		"as configured":            {gatewayURL, "localhost:8080", "http://localhost:8080"},
		"by number":                {gatewayURL, "127.0.0.1:8080", "http://127.0.0.1:8080"},
		"by number, IPv6":          {gatewayURL, "[::1]:8080", "http://[::1]:8080"},
		"through a tunnel":         {gatewayURL, "localhost:9999", "http://localhost:9999"},
		"by an unknown name":       {gatewayURL, "evil.example", "http://localhost:8080"},
		"by a name with a user":    {gatewayURL, "localhost:x@evil.example", "http://localhost:8080"},
		"public":                   {"https://fitness.example.org", "fitness.example.org", "https://fitness.example.org"},
		"public, by another name":  {"https://fitness.example.org", "evil.example", "https://fitness.example.org"},
		"public, behind a gateway": {"https://fitness.example.org", "localhost:8080", "https://fitness.example.org"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gateway := newWorld(t).replica(func(c *edge.Config, m *tokens.Config) { fixed(c, m); c.PublicURL = test.publicURL })
			r := asOwner(httptest.NewRequest("POST", "/connect", nil))
			r.Host = test.host
			asked, err := url.Parse(serve(gateway, r).Header().Get("Location"))
			if err != nil {
				t.Fatal(err)
			}
			if got := asked.Query().Get("redirect_uri"); got != test.want+"/connect/callback" {
				t.Errorf("redirect_uri %s, want it at %s", got, test.want)
			}
		})
	}
}

func TestWhatIsEnteredIsChecked(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ id, secret, want string }{
		"nothing":                {"", "", "client id is a number"},
		"no id":                  {"", clientSecret, "client id is a number"},
		"no secret":              {clientID, "", "client secret is missing"},
		"a blank secret":         {clientID, "  ", "client secret is missing"},
		"a word as id":           {"mine", clientSecret, "client id is a number"},
		"a negative id":          {"-4711", clientSecret, "client id is a number"},
		"other digits":           {"４７１１", clientSecret, "client id is a number"},
		"an overlong id":         {strings.Repeat("1", 21), clientSecret, "client id is a number"},
		"an overlong secret":     {clientID, strings.Repeat("s", 201), "no client secret"},
		"two words as secret":    {clientID, "two words", "no client secret"},
		"a control character":    {clientID, "a\x00b", "no client secret"},
		"a page as id":           {`"><script>alert(1)</script>`, clientSecret, "client id is a number"},
		"both, the wrong way up": {clientSecret, clientID, "client id is a number"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := signedIn(t, w.replica(nil))
			answer := b.submit("/connect", "client_id", test.id, "client_secret", test.secret)
			answer.want(t, http.StatusBadRequest, test.want)
			shown := test.id != clientSecret && strings.Contains(answer.body, clientSecret)
			if shown || len(answer.header["Set-Cookie"]) > 0 || strings.Contains(answer.body, "<script") {
				t.Errorf("%v\n%s", answer.header, answer.body)
			}
		})
	}
}

func TestAFixedApplicationIsNotEntered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := signedIn(t, w.replica(fixed))
	page := b.open("/connect")
	page.want(t, http.StatusOK, "STRAVA_CLIENT_ID")
	if strings.Contains(page.body, `name="client_id"`) {
		t.Errorf("it can be entered:\n%s", page.body)
	}
	b.submit("/connect", "client_id", "1", "client_secret", "other").want(t, http.StatusBadRequest, "no other can be entered")
	b.submit("/connect", "client_secret", "other").want(t, http.StatusBadRequest, "no other can be entered")
	b.open(b.consent(w.strava, b.submit("/connect"))).leads(t, "/connect")
	b.open("/connect").want(t, http.StatusOK, "<h1>Connected</h1>")
}

func TestStrangersDoNotConnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gateway := w.replica(nil)
	owner := signedIn(t, gateway)
	back := owner.consent(w.strava, owner.enter())
	stranger := newBrowser(t, gateway)
	stranger.open("/connect").leads(t, "/login?next=/connect")
	stranger.enter().leads(t, "/login?next=/connect")
	stranger.open(back).leads(t, "/login?next=/connect") // Without the code.
	stranger.header.Set("Accept", "*/*")
	for _, answer := range []got{stranger.open("/connect"), stranger.enter(), stranger.open(back)} {
		answer.want(t, http.StatusUnauthorized, "UNAUTHENTICATED")
		if kind := answer.header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
			t.Errorf("Content-Type: %s", kind)
		}
	}
	if w.status().State != tokens.StateNotConnected {
		t.Error("a stranger has connected")
	}
	owner.open(back).leads(t, "/connect")
}

// Without a store nothing could be kept of a consent, so nobody is sent to give one.
func TestAGrantThatCannotBeReadIsSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := signedIn(t, w.replica(nil))
	b.open(b.consent(w.strava, b.enter())).leads(t, "/connect")
	w.ring = newRing(t, "another sealing key, long enough too")
	b = signedIn(t, w.replica(nil))
	b.open("/connect").want(t, http.StatusOK, "Something is set up wrong")
	b.enter().want(t, http.StatusInternalServerError, "left as it is")
}

func TestConsentNeedsWhatItStandsOn(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*edge.Config)
		want   string
	}{
		"no keyring":     {func(c *edge.Config) { c.Keyring, c.StartLink = nil, nil }, "Keyring"},
		"no grant":       {func(c *edge.Config) { c.Grant = nil }, "Grant"},
		"no address":     {func(c *edge.Config) { c.PublicURL = "" }, "PublicURL"},
		"half a address": {func(c *edge.Config) { c.PublicURL = "example.org" }, "PublicURL"},
		"link, no key": {func(c *edge.Config) {
			c.OwnerKeys, c.DemoLoopbackOwner = nil, true
			c.StartLink = edge.NewStartLink(func() string { return "drawn" }, time.Now)
		}, "StartLink"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var whole edge.Config
			w.replica(func(c *edge.Config, _ *tokens.Config) { whole = *c })
			consent, err := tokens.NewConsent(tokens.ConsentConfig{OAuth: w.oauth, Tokens: w.grant, Scopes: whole.Scopes})
			if err != nil {
				t.Fatal(err)
			}
			whole.Consent, whole.Grant = consent, w.grant
			test.change(&whole)
			if _, err := edge.New(whole); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("New: %v, want an error that names %s", err, test.want)
			}
		})
	}
}
