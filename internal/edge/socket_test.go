package edge_test

import (
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"domestique/internal/edge"
)

// What a client says.
const (
	sayInit = `{"type":"connection_init"}`
	sayKey  = `{"type":"connection_init","payload":{"Authorization":"Bearer ` + ownerKey + `"}}`
	sayNews = `{"id":"1","type":"subscribe","payload":{"query":"subscription{news}"}}`
	sayAck  = `{"type":"connection_ack"}`
)

func ownerHeader() http.Header { return http.Header{"Authorization": {"Bearer " + ownerKey}} }

// caller is the client's end of a WebSocket.
type caller struct {
	t        *testing.T
	conn     *websocket.Conn
	patience context.Context
}

// call opens a WebSocket as the owner, or with another header.
func (on *station) call(header http.Header) caller {
	on.t.Helper()
	if header == nil {
		header = ownerHeader()
	}
	conn, _, err := on.dial(header)
	if err != nil {
		on.t.Fatalf("dial: %v", err)
	}
	conn.SetReadLimit(1 << 20)
	on.t.Cleanup(func() { _ = conn.CloseNow() })
	return caller{on.t, conn, on.patience}
}

// greeted is call, as far as connection_ack.
func (on *station) greeted() caller {
	on.t.Helper()
	c := on.call(nil)
	c.say(sayInit)
	c.hear(sayAck)
	return c
}

func (c caller) say(messages ...string) {
	c.t.Helper()
	for _, text := range messages {
		if err := c.conn.Write(c.patience, websocket.MessageText, []byte(text)); err != nil {
			c.t.Fatalf("write: %v", err)
		}
	}
}

// hear reads so many messages as are wanted, and compares.
func (c caller) hear(want ...string) {
	c.t.Helper()
	for _, text := range want {
		_, got, err := c.conn.Read(c.patience)
		if err != nil {
			c.t.Fatalf("read: %v, want %s", err, text)
		}
		if diff := cmp.Diff(text, strings.TrimSpace(string(got))); diff != "" {
			c.t.Errorf("message (-want +got):\n%s", diff)
		}
	}
}

// ending reads until the socket is closed, and returns the code and the reason.
func (c caller) ending() websocket.CloseError {
	c.t.Helper()
	for {
		if _, _, err := c.conn.Read(c.patience); err != nil {
			closed, _ := errors.AsType[websocket.CloseError](err)
			return closed
		}
	}
}

func (c caller) leave() { _ = c.conn.Close(websocket.StatusNormalClosure, "") }

func TestSocketCloseCodes(t *testing.T) {
	t.Parallel()
	protocols := func(names ...string) http.Header {
		header := ownerHeader()
		header["Sec-Websocket-Protocol"] = names
		return header
	}
	tests := map[string]struct {
		header http.Header // Nil: the owner's.
		say    []string
		code   websocket.StatusCode
		reason string
	}{
		"no sub-protocol":           {protocols(), nil, 4406, "Subprotocol not acceptable"},
		"another sub-protocol":      {protocols("graphql-ws"), nil, 4406, "Subprotocol not acceptable"},
		"no sub-protocol, but init": {protocols(), []string{sayInit}, 4406, "Subprotocol not acceptable"},
		"not JSON":                  {nil, []string{`hello`}, 4400, "A message is a JSON object, as text"},
		"two objects":               {nil, []string{`{"type":"ping"}{}`}, 4400, "A message is a JSON object, as text"},
		"a list":                    {nil, []string{`[]`}, 4400, "A message is a JSON object, as text"},
		"null":                      {nil, []string{`null`}, 4400, "A message is a JSON object, as text"},
		"the type is a number":      {nil, []string{`{"type":1}`}, 4400, "A message is a JSON object, as text"},
		"no type":                   {nil, []string{`{}`}, 4400, "Messages of this type are not known"},
		"unknown type":              {nil, []string{`{"type":"start"}`}, 4400, "Messages of this type are not known"},
		"a server's type":           {nil, []string{sayAck}, 4400, "Messages of this type are not known"},
		"a ping with a list":        {nil, []string{`{"type":"ping","payload":[]}`}, 4400, "A payload is an object"},
		"an init with a text":       {nil, []string{`{"type":"connection_init","payload":"x"}`}, 4400, "A payload is an object"},
		"before the init":           {nil, []string{sayNews}, 4401, "Unauthorized"},
		"a second init":             {nil, []string{sayInit, sayInit}, 4429, "Too many initialisation requests"},
		"no init":                   {nil, nil, 4408, "Connection initialisation timeout"},
		"a ping, but no init":       {nil, []string{`{"type":"ping"}`}, 4408, "Connection initialisation timeout"},
		"nobody":                    {http.Header{}, []string{sayInit}, 4403, "Forbidden"},
		"nobody, and asking first":  {http.Header{}, []string{sayNews}, 4401, "Unauthorized"},
		"a wrong key": {http.Header{}, []string{`{"type":"connection_init","payload":{"Authorization":"Bearer wrong"}}`},
			4403, "Forbidden"},
		"the key without Bearer": {http.Header{}, []string{`{"type":"connection_init","payload":{"Authorization":"` + ownerKey + `"}}`},
			4403, "Forbidden"},
		"a list of keys": {http.Header{}, []string{`{"type":"connection_init","payload":{"Authorization":["Bearer ` + ownerKey + `"]}}`},
			4403, "Forbidden"},
		"the same id": {nil, []string{sayInit, sayNews, sayNews}, 4409, "Subscriber for 1 already exists"},
		"the same long id": {nil, []string{sayInit, strings.Replace(sayNews, `"1"`, `"`+strings.Repeat("i", 200)+`"`, 1),
			strings.Replace(sayNews, `"1"`, `"`+strings.Repeat("i", 200)+`"`, 1)}, 4409, "Subscriber for this id already exists"},
		"the same id for a query": {nil, []string{sayInit, `{"id":"1","type":"subscribe","payload":{"query":"{slow}"}}`, sayNews},
			4409, "Subscriber for 1 already exists"},
		"no id": {nil, []string{sayInit, `{"type":"subscribe","payload":{"query":"{hello}"}}`},
			4400, "To subscribe takes an id of at most 256 bytes, and a payload with a query"},
		"an id too long": {nil, []string{sayInit, strings.Replace(sayNews, `"1"`, `"`+strings.Repeat("i", 257)+`"`, 1)},
			4400, "To subscribe takes an id of at most 256 bytes, and a payload with a query"},
		"no payload": {nil, []string{sayInit, `{"id":"1","type":"subscribe"}`},
			4400, "To subscribe takes an id of at most 256 bytes, and a payload with a query"},
		"no query": {nil, []string{sayInit, `{"id":"1","type":"subscribe","payload":{}}`},
			4400, "To subscribe takes an id of at most 256 bytes, and a payload with a query"},
		"variables in a list": {nil, []string{sayInit, `{"id":"1","type":"subscribe","payload":{"query":"{hello}","variables":[]}}`},
			4400, "To subscribe takes an id of at most 256 bytes, and a payload with a query"},
		"an init too large": {nil, []string{`{"type":"connection_init","payload":{"x":"` + strings.Repeat("x", 16<<10) + `"}}`},
			1009, "read limited at 16385 bytes"},
		"a message too large": {nil, []string{sayInit, `{"type":"ping","payload":{"x":"` + strings.Repeat("x", 1<<20) + `"}}`},
			1009, "read limited at 1048577 bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			onAir(t, nil, func(t *testing.T, on *station) {
				c := on.call(test.header)
				go func() { // The end may come before all has been said.
					for _, text := range test.say {
						_ = c.conn.Write(t.Context(), websocket.MessageText, []byte(text))
					}
				}()
				want := websocket.CloseError{Code: test.code, Reason: test.reason}
				if diff := cmp.Diff(want, c.ending()); diff != "" {
					t.Errorf("close (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// What a client says after what ends the socket is not looked at, however fast it was.
func TestSocketThatEndsRunsNothing(t *testing.T) {
	onAir(t, nil, func(t *testing.T, on *station) {
		c := on.greeted()
		for _, text := range []string{`hello`, `{"id":"1","type":"subscribe","payload":{"query":"mutation{poke}"}}`} {
			_ = c.conn.Write(c.patience, websocket.MessageText, []byte(text)) // The end may come before all has been said.
		}
		if got := c.ending(); got.Code != 4400 {
			t.Errorf("close: %v, want 4400", got)
		}
		synctest.Wait()
		if strings.Contains(on.log.String(), "msg=graphql") {
			t.Errorf("it was looked at:\n%s", on.log)
		}
	})
}

func TestSocketTakesTextAlone(t *testing.T) {
	onAir(t, nil, func(t *testing.T, on *station) {
		c := on.call(nil)
		if err := c.conn.Write(t.Context(), websocket.MessageBinary, []byte(sayInit)); err != nil {
			t.Fatal(err)
		}
		if got := c.ending(); got.Code != 4400 {
			t.Errorf("close: %v, want 4400", got)
		}
	})
}

func TestSocketAnswers(t *testing.T) {
	t.Parallel()
	const done = `{"id":"q","type":"complete"}`
	next := func(answer string) string { return `{"id":"q","type":"next","payload":` + answer + `}` }
	failure := func(errors string) string { return `{"id":"q","type":"error","payload":[` + errors + `]}` }
	panicked := failure(`{"message":"Something went wrong inside the gateway; its log says what.","extensions":{"code":"INTERNAL_SERVER_ERROR"}}`)
	tests := map[string]struct {
		payload string
		want    []string
	}{
		"a query":    {`{"query":"{hello}"}`, []string{next(`{"data":{"hello":"hello"}}`), done}},
		"a mutation": {`{"query":"mutation{poke}"}`, []string{next(`{"data":{"poke":"poke"}}`), done}},
		"named, with nulls": {`{"query":"query A{a:hello} query B{b:hello}","operationName":"B","variables":null,"extensions":null}`,
			[]string{next(`{"data":{"b":"hello"}}`), done}},
		"a field error": {`{"query":"{broken}"}`, []string{next(`{"errors":[{"message":"it broke"}],"data":{"broken":null}}`), done}},
		"a subscription": {`{"query":"subscription($n:Int!){count(to:$n)}","variables":{"n":2}}`,
			[]string{next(`{"data":{"count":0}}`), next(`{"data":{"count":1}}`), done}},
		"an empty subscription": {`{"query":"subscription{count(to:0)}"}`, []string{done}},
		"syntax": {`{"query":"{"}`, []string{failure(`{"message":"Expected Name, found <EOF>","locations":[{"line":1,"column":2}],` +
			`"extensions":{"code":"GRAPHQL_PARSE_FAILED"}}`)}},
		"no document": {`{"query":""}`, []string{failure(`{"message":"no operation provided","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}`)}},
		"validation": {`{"query":"subscription{nothing}"}`, []string{failure(`{"message":"Cannot query field \"nothing\" on type \"Subscription\".",` +
			`"locations":[{"line":1,"column":14}],"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}`)}},
		"cannot begin":              {`{"query":"subscription{refused}"}`, []string{failure(`{"message":"not today"}`)}},
		"a panic in a query":        {`{"query":"{panics}"}`, []string{panicked}},
		"a panic in a subscription": {`{"query":"subscription{panics}"}`, []string{panicked}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			onAir(t, nil, func(t *testing.T, on *station) {
				c := on.greeted()
				// The same id again shows that it is free as soon as the client knows of the end, and that nothing came after it.
				for range 2 {
					c.say(`{"id":"q","type":"subscribe","payload":` + test.payload + `}`)
					c.hear(test.want...)
				}
				c.leave()
			})
		})
	}
}

func TestSocketPings(t *testing.T) {
	onAir(t, nil, func(t *testing.T, on *station) {
		c := on.call(nil)
		c.say(`{"type":"ping"}`)
		c.hear(`{"type":"pong"}`)
		c.say(`{"type":"pong","payload":{"x":1}}`, sayInit)
		c.hear(sayAck)
		c.say(`{"type":"ping","payload":{"id":12345678901234567890}}`)
		c.hear(`{"type":"pong","payload":{"id":12345678901234567890}}`)
		c.say(`{"type":"ping","payload":null}`)
		c.hear(`{"type":"pong","payload":null}`)
		c.leave()
	})
}

func TestSocketCompletes(t *testing.T) {
	onAir(t, nil, func(t *testing.T, on *station) {
		c := on.greeted()
		c.say(sayNews)
		on.feed.news <- "first"
		c.hear(`{"id":"1","type":"next","payload":{"data":{"news":"first"}}}`)
		c.say(`{"id":"1","type":"complete"}`, `{"id":"unknown","type":"complete"}`)
		synctest.Wait()
		if open := on.feed.open.Load(); open != 0 {
			t.Errorf("%d subscriptions are open after their complete", open)
		}
		c.say(sayNews) // The id is free again.
		on.feed.news <- "second"
		c.hear(`{"id":"1","type":"next","payload":{"data":{"news":"second"}}}`)
		c.leave()
	})
}

func TestSocketEndsWithItsClient(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(caller){
		"goodbye":  caller.leave,
		"cut off":  func(c caller) { _ = c.conn.CloseNow() },
		"a secret": func(c caller) { _ = c.conn.Close(4499, "Terminated") },
	} {
		t.Run(name, func(t *testing.T) {
			onAir(t, nil, func(t *testing.T, on *station) {
				c := on.greeted()
				c.say(sayNews, strings.Replace(sayNews, `"1"`, `"2"`, 1))
				synctest.Wait()
				leave(c)
				synctest.Wait()
				if open := on.feed.open.Load(); open != 0 {
					t.Errorf("%d subscriptions are open after their client has left", open)
				}
			})
		})
	}
}

// A client whose machine fell asleep answers no ping; one that never reads lets nothing through.
func TestSocketGivesUpOnTheSilent(t *testing.T) {
	t.Parallel()
	for name, query := range map[string]string{"asleep": "subscription{news}", "flooded": "subscription{flood}"} {
		t.Run(name, func(t *testing.T) {
			onAir(t, nil, func(t *testing.T, on *station) {
				c := on.greeted()
				c.say(`{"id":"1","type":"subscribe","payload":{"query":"` + query + `"}}`)
				synctest.Wait()
				if open := on.feed.open.Load(); open != 1 {
					t.Fatalf("%d subscriptions are open, want 1", open)
				}
				time.Sleep(15*time.Second + 10*time.Second + time.Second) // KeepAlive, WriteWait and a little, in virtual time.
				synctest.Wait()
				if open := on.feed.open.Load(); open != 0 {
					t.Errorf("%d subscriptions are open for a client that reads nothing", open)
				}
			})
		})
	}
}

// A slow client does not hold up others.
func TestSocketsDoNotWaitForEachOther(t *testing.T) {
	onAir(t, nil, func(t *testing.T, on *station) {
		slow, quick := on.greeted(), on.greeted()
		slow.say(`{"id":"1","type":"subscribe","payload":{"query":"subscription{flood}"}}`)
		synctest.Wait()
		began := time.Now()
		quick.say(`{"id":"1","type":"subscribe","payload":{"query":"{hello}"}}`)
		quick.hear(`{"id":"1","type":"next","payload":{"data":{"hello":"hello"}}}`)
		if took := time.Since(began); took != 0 {
			t.Errorf("a query took %v beside a slow client", took)
		}
		quick.leave()
		_ = slow.conn.CloseNow()
	})
}

// An open socket outlives every time-out of the server, and its subscriptions with it.
func TestSocketLastsForHours(t *testing.T) {
	onAir(t, nil, func(t *testing.T, on *station) {
		c := on.greeted()
		c.say(sayNews)
		go func() {
			time.Sleep(4 * time.Hour) // Virtual.
			on.feed.news <- "at last"
		}()
		c.hear(`{"id":"1","type":"next","payload":{"data":{"news":"at last"}}}`)
		c.leave()
	})
}

func TestSocketLimits(t *testing.T) {
	few := func(cfg *edge.Config) {
		cfg.Streams = edge.Streams{Overall: 4, PerSource: 2, Strangers: 4, PerSocket: 2}
	}
	const crowded = `{"id":"3","type":"error","payload":[{"message":"Nothing more can be opened at the moment. ` +
		`End some of it, or try again later.","extensions":{"code":"UPSTREAM_UNAVAILABLE"}}]}`
	t.Run("operations", func(t *testing.T) {
		onAir(t, few, func(t *testing.T, on *station) {
			c := on.greeted()
			for _, id := range []string{`"1"`, `"2"`, `"3"`} {
				c.say(strings.Replace(sayNews, `"1"`, id, 1))
			}
			c.hear(crowded)
			c.say(`{"id":"2","type":"complete"}`, strings.Replace(sayNews, `"1"`, `"3"`, 1), `{"type":"ping"}`)
			c.hear(`{"type":"pong"}`) // There was room again.
			c.leave()
		})
	})
	t.Run("sockets of one source", func(t *testing.T) {
		onAir(t, few, func(t *testing.T, on *station) {
			first := on.greeted()
			on.greeted()
			if _, response, err := on.dial(ownerHeader()); err == nil || response.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("a third: %v, want 503", err)
			}
			elsewhere := ownerHeader()
			elsewhere.Set("X-Forwarded-For", "203.0.113.7")
			on.call(elsewhere).leave()
			first.leave()
			synctest.Wait()
			on.greeted().leave()
		})
	})
	t.Run("sockets in all", func(t *testing.T) {
		onAir(t, few, func(t *testing.T, on *station) {
			for i := range 5 {
				header := ownerHeader()
				header.Set("X-Forwarded-For", "203.0.113."+string(rune('1'+i)))
				if _, _, err := on.dial(header); (err == nil) != (i < 4) {
					t.Errorf("%d: %v, want room for four", i, err)
				}
			}
		})
	})
	t.Run("strangers", func(t *testing.T) {
		onAir(t, few, func(t *testing.T, on *station) {
			stranger := on.call(http.Header{})
			if _, response, err := on.dial(nil); err == nil || response.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("a second stranger from there: %v, want 503", err)
			}
			on.call(nil).leave() // The owner has places of their own.
			stranger.say(sayKey)
			stranger.hear(sayAck)
			on.call(http.Header{}).leave() // That one is no stranger any more.
			stranger.leave()
		})
	})
	t.Run("a stranger who is one owner too many", func(t *testing.T) {
		onAir(t, few, func(t *testing.T, on *station) {
			stranger := on.call(http.Header{})
			on.greeted()
			on.greeted()
			stranger.say(sayKey)
			if got := stranger.ending(); got.Code != websocket.StatusTryAgainLater {
				t.Errorf("close: %v, want 1013", got)
			}
		})
	})
}

func TestSocketHandshakeThatIsNone(t *testing.T) {
	t.Parallel()
	tests := map[string]http.Header{
		"an old version": {"Sec-Websocket-Version": {"8"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}},
		"no key":         {"Sec-Websocket-Version": {"13"}},
		"a short key":    {"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {base64.StdEncoding.EncodeToString([]byte("short"))}},
		"two keys":       {"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="}},
	}
	gateway := newEdge(t, nil)
	for name, header := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := with(with(get(), "Connection", "keep-alive, Upgrade"), "Upgrade", "WebSocket")
			maps.Copy(r.Header, header)
			got := serve(gateway, r)
			if answer := decode(t, got); got.Code != http.StatusBadRequest || answer.Errors[0].Extensions.Code != "BAD_USER_INPUT" {
				t.Errorf("%d %s, want 400", got.Code, got.Body)
			}
		})
	}
}

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

func TestSocketsDrain(t *testing.T) {
	t.Parallel()
	t.Run("subscriptions at once, queries when they are answered", func(t *testing.T) {
		onAir(t, nil, func(t *testing.T, on *station) {
			idle, subscribed, asking, late := on.greeted(), on.greeted(), on.greeted(), on.call(nil)
			subscribed.say(sayNews)
			asking.say(sayNews, `{"id":"2","type":"subscribe","payload":{"query":"{slow}"}}`)
			synctest.Wait()
			finished := make(chan time.Duration)
			go func() { finished <- on.finish() }()
			for _, c := range []caller{idle, subscribed, late} {
				if got := c.ending(); got.Code != websocket.StatusGoingAway {
					t.Errorf("close: %v, want 1001", got)
				}
			}
			synctest.Wait()
			asking.say(strings.Replace(sayNews, `"1"`, `"3"`, 1)) // Too late.
			time.AfterFunc(2*time.Second, func() { close(on.feed.slow) })
			asking.hear(`{"id":"3","type":"error","payload":[{"message":"Nothing more can be opened at the moment. ` +
				`End some of it, or try again later.","extensions":{"code":"UPSTREAM_UNAVAILABLE"}}]}`)
			asking.hear(`{"id":"2","type":"next","payload":{"data":{"slow":"slow"}}}`, `{"id":"2","type":"complete"}`)
			if got := asking.ending(); got.Code != websocket.StatusGoingAway {
				t.Errorf("close: %v, want 1001", got)
			}
			if took := <-finished; took > 3*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	})
	t.Run("without the client's word", func(t *testing.T) {
		onAir(t, nil, func(t *testing.T, on *station) {
			on.greeted().say(sayNews)
			synctest.Wait()
			if took := on.finish(); took > 2*time.Second {
				t.Errorf("a client that reads nothing held the end up for %v", took)
			}
		})
	})
	t.Run("no longer than there is time", func(t *testing.T) {
		onAir(t, nil, func(t *testing.T, on *station) {
			c := on.greeted()
			c.say(`{"id":"2","type":"subscribe","payload":{"query":"{slow}"}}`)
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if edge.Finish(ctx, on.server, time.Minute) {
				t.Error("Finish says that all has ended while a query runs")
			}
			close(on.feed.slow)
			c.hear(`{"id":"2","type":"next","payload":{"data":{"slow":"slow"}}}`)
			if got := c.ending(); got.Code != websocket.StatusGoingAway {
				t.Errorf("close: %v, want 1001", got)
			}
		})
	})
}

func TestSocketLogTellsEveryOperation(t *testing.T) {
	onAir(t, nil, func(t *testing.T, on *station) {
		c := on.call(http.Header{})
		c.say(sayKey)
		c.hear(sayAck)
		c.say(`{"id":"secretID","type":"subscribe","payload":{"query":"subscription Ticks($n:Int!){secretAlias:count(to:$n)}","variables":{"n":2}}}`)
		for range 2 {
			_, _, _ = c.conn.Read(c.patience)
		}
		c.say(`{"id":"2","type":"subscribe","payload":{"query":"{secretField}"}}`, `{"id":"3","type":"subscribe","payload":{"query":"{panics}"}}`)
		for range 2 {
			_, _, _ = c.conn.Read(c.patience)
		}
		c.leave()
		synctest.Wait()
		for _, want := range []string{
			`operation=Ticks kind=subscription status=200 errors=0 viewer=owner ms=0 transport=websocket answers=`,
			`operation="" kind="" status=400 errors=1 viewer=owner ms=0 transport=websocket answers=1`,
			`operation="" kind=query status=400 errors=1 viewer=owner ms=0 transport=websocket answers=1`,
		} {
			if !strings.Contains(on.log.String(), want) {
				t.Errorf("the log lacks %s:\n%s", want, on.log)
			}
		}
		for _, secret := range []string{"secretID", "secretAlias", "secretField", ownerKey} {
			if strings.Contains(on.log.String(), secret) {
				t.Errorf("the log shows %s:\n%s", secret, on.log)
			}
		}
	})
}
