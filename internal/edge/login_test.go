package edge_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"domestique/internal/edge"
	"domestique/tokens"
)

func TestTheKeySignsABrowserIn(t *testing.T) {
	t.Parallel()
	gateway := newWorld(t).replica(nil)
	b := newBrowser(t, gateway)
	if status := b.ask(); status != http.StatusUnauthorized {
		t.Fatalf("before: %d, want 401", status)
	}
	b.open("/login?next=/playground").want(t, http.StatusOK, `name="next" value="/playground"`)
	b.submit("/login", "key", " "+ownerKey+"\n", "next", "/playground").leads(t, "/playground")
	if status := b.ask(); status != http.StatusOK {
		t.Errorf("signed in: %d, want 200", status)
	}
	b.open("/schema.graphql").want(t, http.StatusOK, "type Query")
	b.open("/login?next=/connect").leads(t, "/connect")
	b.open("/login").want(t, http.StatusOK, "Sign out")
	b.submit("/logout").leads(t, "/login")
	if status := b.ask(); status != http.StatusUnauthorized {
		t.Errorf("signed out: %d, want 401", status)
	}
}

// Whoever has a copy of the cookie is signed out with it; other sessions go on.
func TestSigningOutEndsACopiedSession(t *testing.T) {
	t.Parallel()
	gateway := newWorld(t).replica(nil)
	b, other := signedIn(t, gateway), signedIn(t, gateway)
	copied := newBrowser(t, gateway)
	copied.plant("/", "domestique-session", b.cookie("/", "session"))
	if status := copied.ask(); status != http.StatusOK {
		t.Fatalf("the copy: %d, want 200", status)
	}
	b.submit("/logout").leads(t, "/login")
	if status := copied.ask(); status != http.StatusUnauthorized {
		t.Errorf("the copy after the end: %d, want 401", status)
	}
	if status := other.ask(); status != http.StatusOK {
		t.Errorf("another session: %d, want 200", status)
	}
}

// A session is what another site's page could drive a browser to use, so it needs what no such page can send.
func TestASessionAloneAnswersNoPlainRequest(t *testing.T) {
	t.Parallel()
	b := signedIn(t, newWorld(t).replica(nil))
	b.open("/graphql?query={hello}").want(t, http.StatusForbidden, "GraphQL-Require-Preflight")
	b.submit("/graphql", "query", "{hello}").want(t, http.StatusForbidden, "GraphQL-Require-Preflight")
	b.header.Set("GraphQL-Require-Preflight", "1")
	b.open("/graphql?query={hello}").want(t, http.StatusOK, "hello")
}

func TestTheSessionCookie(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		publicURL, name string
		secure          bool
	}{
		"https": {"https://fitness.example.org", "__Host-domestique-session", true},
		"http":  {gatewayURL, "domestique-session", false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gateway := newWorld(t).replica(func(c *edge.Config, _ *tokens.Config) { c.PublicURL = test.publicURL })
			answer := newBrowser(t, gateway).submit("/login", "key", ownerKey)
			cookie, err := http.ParseSetCookie(answer.header.Get("Set-Cookie"))
			if err != nil {
				t.Fatal(err)
			}
			if cookie.Name != test.name || cookie.Secure != test.secure || !cookie.HttpOnly || cookie.Path != "/" ||
				cookie.Domain != "" || cookie.SameSite != http.SameSiteLaxMode || cookie.MaxAge != 30*24*60*60 {
				t.Errorf("%s", cookie)
			}
			if strings.Contains(cookie.Value, ownerKey) {
				t.Error("the cookie shows the key")
			}
		})
	}
}

func TestHowASessionEnds(t *testing.T) {
	t.Parallel()
	const name = "domestique-session"
	tests := map[string]struct {
		change func(*testing.T, *world, *browser)
		want   int
	}{
		"it does not": {func(*testing.T, *world, *browser) {}, 200},
		"another replica": {func(_ *testing.T, w *world, b *browser) {
			b.gateway = w.replica(nil)
		}, 200},
		"the last second of 30 days": {func(_ *testing.T, w *world, _ *browser) {
			w.clock.advance(30*24*time.Hour - time.Second)
		}, 200},
		"30 days": {func(_ *testing.T, w *world, _ *browser) { w.clock.advance(30 * 24 * time.Hour) }, 401},
		"the owner's key is another one": {func(_ *testing.T, w *world, b *browser) {
			b.gateway = w.replica(func(c *edge.Config, _ *tokens.Config) {
				c.OwnerKeys = []string{"another-key-that-is-also-long-enough"}
			})
		}, 401},
		"the owner has one more key": {func(_ *testing.T, w *world, b *browser) {
			b.gateway = w.replica(func(c *edge.Config, _ *tokens.Config) {
				c.OwnerKeys = []string{"another-key-that-is-also-long-enough", ownerKey}
			})
		}, 200},
		"the sealing key is another one": {func(t *testing.T, w *world, b *browser) {
			w.ring = newRing(t, "another sealing key, long enough too")
			b.gateway = w.replica(nil)
		}, 401},
		"tampered with": {func(_ *testing.T, _ *world, b *browser) {
			value := b.cookie("/", name)
			b.plant("/", name, value[:len(value)-9]+another(value[len(value)-9])+value[len(value)-8:])
		}, 401},
		"what was sealed for something else": {func(_ *testing.T, w *world, b *browser) {
			b.submit("/connect", "client_id", clientID, "client_secret", clientSecret)
			b.plant("/", name, b.cookie("/connect", "connect"))
		}, 401},
		"the key itself": {func(_ *testing.T, _ *world, b *browser) { b.plant("/", name, ownerKey) }, 401},
		"empty":          {func(_ *testing.T, _ *world, b *browser) { b.plant("/", name, "") }, 401},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := signedIn(t, w.replica(nil))
			test.change(t, w, b)
			if status := b.ask(); status != test.want {
				t.Errorf("%d, want %d", status, test.want)
			}
		})
	}
}

// another is a letter of the same alphabet that is not this one.
func another(letter byte) string {
	if letter == 'A' {
		return "B"
	}
	return "A"
}

func TestLocalPath(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"/connect": "/connect", "/playground?x=1#y": "/playground?x=1#y", "/": "/", "/a//b": "/a//b",
		"/%2f%2fevil.example": "/%2f%2fevil.example", "/:x": "/:x",
		"": "/", "connect": "/", "//evil.example": "/", "///evil.example": "/", `/\evil.example`: "/", `\\evil.example`: "/",
		`/a\b`: "/", "https://evil.example": "/", "HTTPS://evil.example/": "/", "javascript:alert(1)": "/", "https:/evil.example": "/",
		"/\t/evil.example": "/", "/\n/evil.example": "/", "\t//evil.example": "/", " //evil.example": "/", "/ /evil": "/",
		"/\u0085/evil.example": "/", "/\u2028x": "/", "/\x00": "/", "/%zz": "/", "@evil.example": "/", ".evil.example": "/",
	}
	for next, want := range tests {
		if got := edge.LocalPath(next); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}

// What comes from outside stands in a page as text, in an attribute too.
func TestPagesEscapeWhatTheyShow(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, newWorld(t).replica(nil))
	const next = `/"'><script>alert(1)</script>&amp;`
	const escaped = `name="next" value="/&#34;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;"`
	b.open("/login?next="+url.QueryEscape(next)).want(t, http.StatusOK, escaped)
	b.submit("/login", "key", "wrong", "next", next).want(t, http.StatusForbidden, escaped)
}

func TestSigningInLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	for _, next := range []string{"//evil.example", `/\evil.example`, "https://evil.example", "/\t/evil.example"} {
		w := newWorld(t)
		link := edge.NewStartLink(func() string { return "drawn" }, w.clock.Now)
		gateway := w.replica(func(c *edge.Config, _ *tokens.Config) { c.StartLink = link })
		query := url.QueryEscape(next)
		newBrowser(t, gateway).open("/login?next="+query).want(t, http.StatusOK, `name="next" value="/"`)
		newBrowser(t, gateway).submit("/login", "key", ownerKey, "next", next).leads(t, "/")
		signedIn(t, gateway).open("/login?next="+query).leads(t, "/")
		newBrowser(t, gateway).open("/login?link=drawn&next="+query).leads(t, "/")
	}
}

// A neighbour on the same domain, or another program on localhost, can plant a cookie that comes before ours.
func TestAPlantedCookieLocksNobodyOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := signedIn(t, w.replica(nil))
	back := b.consent(w.strava, b.enter())
	b.plant("/connect/callback", "domestique-session", "planted")
	b.plant("/connect/callback", "domestique-connect", "planted")
	b.open(back).leads(t, "/connect")
	if state := w.status().State; state != tokens.StateConnected {
		t.Errorf("%s", state)
	}
}

func TestAnotherSitesFormDoesNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]http.Header{
		"another site":                      {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}},
		"a neighbour, another port":         {"Sec-Fetch-Site": {"same-site"}, "Origin": {"http://localhost:3000"}},
		"another site, an old browser":      {"Sec-Fetch-Site": nil, "Origin": {"https://evil.example"}},
		"a page that hides where it is":     {"Sec-Fetch-Site": nil, "Origin": {"null"}},
		"a neighbour in an older browser":   {"Sec-Fetch-Site": nil, "Origin": {"http://localhost:3000"}},
		"another site, and no origin is it": {"Sec-Fetch-Site": {"cross-site"}, "Origin": nil},
	}
	for name, header := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			b := signedIn(t, w.replica(nil))
			b.header = header
			b.submit("/logout").want(t, http.StatusForbidden, "Another site")
			b.submit("/connect", "client_id", clientID, "client_secret", clientSecret).want(t, http.StatusForbidden, "Another site")
			answer := newBrowser(t, b.gateway)
			answer.header = header
			signing := answer.submit("/login", "key", ownerKey)
			signing.want(t, http.StatusForbidden, "Another site")
			if len(signing.header["Set-Cookie"]) > 0 {
				t.Error("it signs in")
			}
			if status := b.ask(); status != http.StatusOK {
				t.Errorf("the session after it: %d", status)
			}
		})
	}
}

func TestAFormTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, newWorld(t).replica(nil))
	b.submit("/login", "key", strings.Repeat("x", 1<<20)).want(t, http.StatusBadRequest, "could not be read")
}

func TestPagesAreHardened(t *testing.T) {
	t.Parallel()
	gateway := newWorld(t).replica(nil)
	for path, b := range map[string]*browser{
		"/login": newBrowser(t, gateway), "/connect": signedIn(t, gateway), "/connect/callback": signedIn(t, gateway),
	} {
		answer := b.open(path)
		policy := answer.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") ||
			strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") {
			t.Errorf("%s: policy %s", path, policy)
		}
		if answer.header.Get("Cache-Control") != "no-store" || answer.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, answer.header)
		}
		if strings.Contains(answer.body, "<script") || strings.Contains(answer.body, "ZgotmplZ") {
			t.Errorf("%s: %s", path, answer.body)
		}
	}
	signedIn(t, gateway).open("/connect").wantPolicy(t, "form-action 'self' "+gatewayURL+" "+stravaURL)
	newBrowser(t, gateway).open("/login").wantPolicy(t, "form-action 'self'")
	signedIn(t, gateway).open("/connect/callback").wantPolicy(t, "form-action 'none'")
}

func (g got) wantPolicy(t *testing.T, end string) {
	t.Helper()
	if policy := g.header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, end) {
		t.Errorf("policy %q, want its end to be %q", policy, end)
	}
}
