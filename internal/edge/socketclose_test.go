package edge_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

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

// A wrong key that comes with the init counts as one in a header does.
func TestSocketGuessesAreCounted(t *testing.T) {
	onAir(t, nil, func(t *testing.T, on *station) {
		for i := range 6 {
			c := on.call(http.Header{})
			c.say(`{"type":"connection_init","payload":{"Authorization":"Bearer guess` + string(rune('0'+i)) + `"}}`)
			if got := c.ending(); got.Code != 4403 {
				t.Fatalf("close: %v, want 4403", got)
			}
		}
		refused := on.listen(with(post(askHello), "Authorization", "Bearer another"))
		if refused.response.StatusCode != http.StatusTooManyRequests {
			t.Errorf("a guess in a header after them: %d, want 429", refused.response.StatusCode)
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
