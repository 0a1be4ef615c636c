package edge_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"domestique/internal/edge"
)

// Browsers open WebSockets to other sites without asking, and send cookies along: the page's origin decides what counts.
func TestSocketOrigins(t *testing.T) {
	t.Parallel()
	ring := newRing(t, "a sealing key that is long enough")
	const (
		refused = 403 // The handshake.
		nobody  = 4403
		owner   = 0
	)
	var cookie, key = http.Header{}, ownerHeader()
	tests := map[string]struct {
		origin, host string   // Empty: no Origin; gateway.example.
		more         []string // Names and values of further headers.
		by           http.Header
		key          bool // Sent with the init.
		demo         bool
		want         int
	}{
		"no browser, by key":              {by: key, want: owner},
		"no browser, by key in the init":  {key: true, want: owner},
		"no browser, by nothing":          {want: nobody},
		"no browser, by cookie":           {by: cookie, want: nobody},
		"own page, by cookie":             {origin: "https://gateway.example", by: cookie, want: owner},
		"own page, in capitals":           {origin: "HTTPS://Gateway.Example", by: cookie, want: owner},
		"own page, with its port":         {origin: "https://gateway.example", host: "gateway.example:443", by: cookie, want: owner},
		"own page, by a rewritten host":   {origin: "https://gateway.example", host: "internal:8080", by: cookie, want: owner},
		"own page, by another name":       {origin: "http://192.168.1.9:8080", host: "192.168.1.9:8080", by: cookie, want: owner},
		"own page, by nothing":            {origin: "https://gateway.example", want: nobody},
		"other page, by cookie":           {origin: "https://evil.example", by: cookie, want: refused},
		"other page, by key":              {origin: "https://evil.example", by: key, want: refused},
		"other page, by key in the init":  {origin: "https://evil.example", key: true, want: refused},
		"no page, by cookie":              {origin: "null", by: cookie, want: refused},
		"plain http":                      {origin: "http://gateway.example", by: cookie, want: refused},
		"another port":                    {origin: "https://gateway.example:8443", by: cookie, want: refused},
		"below":                           {origin: "https://evil.gateway.example", by: cookie, want: refused},
		"above":                           {origin: "https://example", by: cookie, want: refused},
		"a name that ends alike":          {origin: "https://evilgateway.example", by: cookie, want: refused},
		"a name that begins alike":        {origin: "https://gateway.example.evil.example", by: cookie, want: refused},
		"a user":                          {origin: "https://gateway.example@evil.example", by: cookie, want: refused},
		"a user of ours":                  {origin: "https://evil.example@gateway.example", by: cookie, want: refused},
		"a path":                          {origin: "https://gateway.example/", by: cookie, want: refused},
		"another scheme":                  {origin: "ws://gateway.example", by: cookie, want: refused},
		"an extension":                    {origin: "chrome-extension://gateway.example", by: cookie, want: refused},
		"empty":                           {more: []string{"Origin", ""}, by: cookie, want: refused},
		"two":                             {more: []string{"Origin", "https://gateway.example", "Origin", "https://evil.example"}, by: cookie, want: refused},
		"none, but from another site":     {more: []string{"Sec-Fetch-Site", "cross-site"}, by: cookie, want: refused},
		"none, from a neighbour":          {more: []string{"Sec-Fetch-Site", "same-site"}, by: cookie, want: refused},
		"a name made to lead here":        {origin: "http://evil.example", host: "evil.example", want: nobody},
		"allowed page, by cookie":         {origin: "https://site.example", by: cookie, want: nobody},
		"allowed page, by key":            {origin: "https://site.example", key: true, want: owner},
		"allowed page, by http":           {origin: "http://site.example", key: true, want: refused},
		"demo, no browser":                {host: "localhost:8080", demo: true, want: owner},
		"demo, own page":                  {origin: "http://localhost:8080", host: "localhost:8080", demo: true, want: owner},
		"demo, another port's page":       {origin: "http://localhost:3000", host: "localhost:8080", demo: true, want: refused},
		"demo, other page":                {origin: "https://evil.example", host: "localhost:8080", demo: true, want: refused},
		"demo, allowed page":              {origin: "https://site.example", host: "localhost:8080", demo: true, want: nobody},
		"demo, a name made to lead here":  {origin: "http://evil.example", host: "evil.example", demo: true, want: nobody},
		"demo, from behind another proxy": {host: "localhost:8080", more: []string{"X-Forwarded-For", "203.0.113.7"}, demo: true, want: nobody},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			onAir(t, func(cfg *edge.Config) {
				cfg.Keyring, cfg.PublicURL, cfg.DemoLoopbackOwner = ring, "https://gateway.example", test.demo
				cfg.AllowedOrigins = []string{"https://site.example"}
			}, func(t *testing.T, on *station) {
				header := test.by.Clone()
				if header == nil {
					header = http.Header{}
				}
				if test.by != nil && len(test.by) == 0 {
					header = on.signIn()
				}
				if test.origin != "" {
					header.Set("Origin", test.origin)
				}
				if test.host != "" {
					header.Set("Host", test.host)
				}
				for i := 0; i < len(test.more); i += 2 {
					header.Add(test.more[i], test.more[i+1])
				}
				conn, response, err := on.dial(header)
				if test.want == refused {
					if err == nil || response.StatusCode != http.StatusForbidden {
						t.Fatalf("handshake: %v, want 403", err)
					}
					return
				}
				if err != nil {
					t.Fatalf("handshake: %v", err)
				}
				c := caller{t, conn, on.patience}
				init := sayInit
				if test.key {
					init = sayKey
				}
				c.say(init)
				if test.want == nobody {
					if got := c.ending(); got.Code != nobody {
						t.Errorf("close: %v, want 4403", got)
					}
					return
				}
				c.hear(sayAck)
				c.leave()
			})
		})
	}
}

// signIn returns the header of a browser that the owner has signed in.
func (on *station) signIn() http.Header {
	on.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		on.t.Fatal(err)
	}
	browser := http.Client{Transport: on.client.Transport, Jar: jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.PostForm("http://gateway.example/login", url.Values{"key": {ownerKey}})
	if err != nil {
		on.t.Fatal(err)
	}
	_ = response.Body.Close()
	header := http.Header{}
	for _, cookie := range response.Cookies() {
		header.Add("Cookie", cookie.Name+"="+cookie.Value)
	}
	if len(header) == 0 {
		on.t.Fatalf("signing in gave no cookie: %d", response.StatusCode)
	}
	return header
}

// A session ends for what it has opened, too; what a key has opened goes on.
func TestSocketEndsWithTheSession(t *testing.T) {
	onAir(t, withSessions(t), func(t *testing.T, on *station) {
		header := on.signIn()
		header.Set("Origin", "https://gateway.example")
		began := time.Now()
		session := on.call(header)
		session.say(sayInit)
		session.hear(sayAck)
		session.say(sayNews)
		key := on.call(http.Header{"Origin": {"https://gateway.example"}})
		key.say(sayKey)
		key.hear(sayAck)
		lives := make(chan error, 1)
		go func() {
			_, _, err := key.conn.Read(t.Context())
			lives <- err
		}()

		got := session.ending()
		if lasted := time.Since(began); got.Code != 4403 || lasted < 30*24*time.Hour || lasted > 30*24*time.Hour+time.Hour {
			t.Errorf("after %v: %v, want 4403 after 30 days", lasted, got)
		}
		synctest.Wait()
		select {
		case err := <-lives:
			t.Errorf("what the key has opened ended, too: %v", err)
		default:
		}
		_ = key.conn.CloseNow()
		<-lives
	})
}
