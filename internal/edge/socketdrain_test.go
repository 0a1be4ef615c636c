package edge_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"domestique/internal/edge"
)

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
			`operation=Ticks kind=subscription document=011a5bd56238 viewer=owner transport=websocket answers=`,
			`viewer=owner transport=websocket answers=1 errors=1 code=GRAPHQL_VALIDATION_FAILED calls=0 kept=false status=400 bytes=`,
			`operation="" kind=query document=560a882a4a08 viewer=owner transport=websocket answers=1 errors=1 code=INTERNAL_SERVER_ERROR`,
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
