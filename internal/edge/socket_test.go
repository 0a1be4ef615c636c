package edge_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

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
		"no document": {`{"query":""}`, []string{failure(`{"message":"The request has no query: send the document as query, ` +
			`or the hash of a trusted one as documentId.","extensions":{"code":"BAD_USER_INPUT"}}`)}},
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
