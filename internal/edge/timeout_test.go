package edge_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// An operation that takes too long is ended by whatever way it came; a subscription may go on.
func TestOperationsHaveATimeout(t *testing.T) {
	t.Parallel()
	const said = "The request ended before its answer. Try again."
	t.Run("by POST", func(t *testing.T) {
		onAir(t, nil, func(t *testing.T, on *station) {
			began := time.Now()
			answer := on.listen(post(`{"query":"{slow}"}`))
			if took := time.Since(began); took != 90*time.Second || answer.response.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("%d after %v, want 503 after 90 s", answer.response.StatusCode, took)
			}
		})
	})
	t.Run("by events", func(t *testing.T) {
		onAir(t, nil, func(t *testing.T, on *station) {
			answer := on.listen(with(post(`{"query":"{slow}"}`), "Accept", asEvents))
			if event := answer.next(); !strings.Contains(event, said) {
				t.Errorf("%q", event)
			}
		})
	})
	t.Run("on a WebSocket", func(t *testing.T) {
		onAir(t, nil, func(t *testing.T, on *station) {
			c := on.greeted()
			c.say(`{"id":"1","type":"subscribe","payload":{"query":"{slow}"}}`)
			c.hear(`{"id":"1","type":"error","payload":[{"message":"` + said + `","extensions":{"code":"UPSTREAM_UNAVAILABLE"}}]}`)
			c.leave()
		})
	})
}
