package edge_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/coder/websocket"

	"domestique/internal/edge"
)

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
