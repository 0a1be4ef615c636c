package edge_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/internal/edge"
)

const (
	asEvents = "text/event-stream"
	asUrql   = asGraphQL + ", application/graphql+json, " + asJSON + ", text/event-stream, multipart/mixed"

	askNews = `{"query":"subscription{news}"}`
)

// withSessions lets browsers sign in; their sessions are looked at once an hour.
func withSessions(t *testing.T) func(*edge.Config) {
	ring := newRing(t, "a sealing key that is long enough")
	return func(cfg *edge.Config) {
		cfg.Keyring, cfg.PublicURL, cfg.Streams.KeepAlive = ring, "https://gateway.example", time.Hour
	}
}

// listener reads the events of one answer.
type listener struct {
	t        *testing.T
	response *http.Response
	lines    *bufio.Reader
}

// listen sends a request with the server's own client.
func (on *station) listen(r *http.Request) listener {
	on.t.Helper()
	r.URL.Scheme, r.URL.Host, r.RequestURI = "http", "gateway.example", ""
	response, err := on.client.Do(r.WithContext(on.patience))
	if err != nil {
		on.t.Fatal(err)
	}
	on.t.Cleanup(func() { _ = response.Body.Close() })
	return listener{on.t, response, bufio.NewReader(response.Body)}
}

func (on *station) listenToNews() listener {
	on.t.Helper()
	return on.listen(with(post(askNews), "Accept", asEvents))
}

// next returns the next event, without the signs of life before it, and "" at the end.
func (l listener) next() string {
	l.t.Helper()
	var event strings.Builder
	for {
		line, err := l.lines.ReadString('\n')
		switch {
		case err == io.EOF && event.Len() == 0:
			return ""
		case err != nil:
			l.t.Fatalf("read: %v after %q", err, event.String())
		case line == ":\n":
			if _, err := l.lines.ReadString('\n'); err != nil {
				l.t.Fatal(err)
			}
		case line == "\n":
			return event.String()
		default:
			event.WriteString(line)
		}
	}
}

// hear reads so many events as are wanted, and compares.
func (l listener) hear(want ...string) {
	l.t.Helper()
	for _, event := range want {
		if diff := cmp.Diff(event, l.next()); diff != "" {
			l.t.Errorf("event (-want +got):\n%s", diff)
		}
	}
}

func event(data string) string { return "event: next\ndata: " + data + "\n" }

const (
	complete = "event: complete\ndata:\n"
	noMore   = ""
)

func TestEvents(t *testing.T) {
	t.Parallel()
	const unknown = `{"errors":[{"message":"Cannot query field \"nothing\" on type \"Query\".","locations":[{"line":1,"column":2}],` +
		`"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`
	tests := map[string]struct {
		request *http.Request
		accept  string
		want    []string // Nil: JSON, with that status.
		status  int
	}{
		"a subscription": {post(`{"query":"subscription{count(to:2)}"}`), asEvents,
			[]string{event(`{"data":{"count":0}}`), event(`{"data":{"count":1}}`), complete, noMore}, 200},
		"a subscription by GET": {get("query", "subscription{count(to:1)}"), asEvents,
			[]string{event(`{"data":{"count":0}}`), complete, noMore}, 200},
		"a subscription from urql": {post(`{"query":"subscription{count(to:1)}"}`), asUrql,
			[]string{event(`{"data":{"count":0}}`), complete, noMore}, 200},
		"a subscription as any text": {post(`{"query":"subscription{count(to:0)}"}`), "text/*", []string{complete, noMore}, 200},
		"a query":                    {post(`{"query":"{hello}"}`), asEvents, []string{event(`{"data":{"hello":"hello"}}`), complete, noMore}, 200},
		"a mutation":                 {post(`{"query":"mutation{poke}"}`), asEvents, []string{event(`{"data":{"poke":"poke"}}`), complete, noMore}, 200},
		"a query, rather as events": {post(`{"query":"{hello}"}`), asEvents + ", */*;q=0.5",
			[]string{event(`{"data":{"hello":"hello"}}`), complete, noMore}, 200},
		"a wrong query":         {post(`{"query":"{nothing}"}`), asEvents, []string{event(unknown), complete, noMore}, 200},
		"one that cannot begin": {post(`{"query":"subscription{refused}"}`), asEvents, []string{event(`{"errors":[{"message":"not today"}]}`), complete, noMore}, 200},
		"one that panics": {post(`{"query":"subscription{panics}"}`), asEvents, []string{event(`{"errors":[{"message":` +
			`"Something went wrong inside the gateway; its log says what.","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`), complete, noMore}, 200},

		"a query from urql":            {post(`{"query":"{hello}"}`), asUrql, nil, 200},
		"a wrong query from urql":      {post(`{"query":"{nothing}"}`), asUrql, nil, 400},
		"a query as events or JSON":    {post(`{"query":"{hello}"}`), asEvents + ", " + asJSON, nil, 200},
		"a subscription as JSON":       {post(askNews), asJSON, nil, 406},
		"a subscription as anything":   {post(askNews), "*/*", nil, 406},
		"a subscription as no events":  {post(askNews), asJSON + ", " + asEvents + ";q=0", nil, 406},
		"a subscription, anyhow":       {post(askNews), "", nil, 406},
		"a mutation by GET":            {get("query", "mutation{poke}"), asEvents, nil, 405},
		"not JSON":                     {post(`{`), asEvents, nil, 400},
		"a form":                       {with(post(`query=x`), "Content-Type", "application/x-www-form-urlencoded"), asEvents, nil, 415},
		"nobody":                       {with(post(askNews), "Authorization", ""), asEvents, nil, 401},
		"nobody by GET":                {with(get("query", "subscription{news}"), "Authorization", ""), asEvents, nil, 401},
		"from another site's document": {with(with(post(askNews), "Authorization", ""), "Content-Type", "text/plain"), asEvents, nil, 403},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			onAir(t, nil, func(t *testing.T, on *station) {
				l := on.listen(with(test.request, "Accept", test.accept))
				if l.response.StatusCode != test.status {
					t.Fatalf("status %d, want %d", l.response.StatusCode, test.status)
				}
				header := l.response.Header
				if isEvents := header.Get("Content-Type") == "text/event-stream; charset=utf-8"; isEvents != (test.want != nil) {
					t.Fatalf("Content-Type: %s", header.Get("Content-Type"))
				}
				if test.want == nil {
					return
				}
				l.hear(test.want...)
				for name, want := range map[string]string{
					"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no", "Vary": "Accept, Accept-Encoding, Authorization, Cookie",
					"X-Content-Type-Options": "nosniff",
				} {
					if got := header.Get(name); got != want {
						t.Errorf("%s: %q, want %q", name, got, want)
					}
				}
			})
		})
	}
}

// A browser sends a cookie with whatever another site's page makes it send; EventSource cannot set a header.
func TestEventsAreNotForOtherSites(t *testing.T) {
	onAir(t, withSessions(t), func(t *testing.T, on *station) {
		r := httptest.NewRequest("GET", "/graphql?query=subscription{news}", nil)
		r.Header = on.signIn()
		if l := on.listen(with(r, "Accept", asEvents)); l.response.StatusCode != http.StatusForbidden {
			t.Errorf("status %d, want 403", l.response.StatusCode)
		}
	})
}

// A stream outlives the server's time-outs for requests, and says so every 15 seconds.
func TestEventsLastForHours(t *testing.T) {
	onAir(t, nil, func(t *testing.T, on *station) {
		l := on.listenToNews()
		if first, err := l.lines.ReadString('\n'); first != ":\n" || err != nil {
			t.Errorf("the stream begins with %q, %v", first, err)
		}
		_, _ = l.lines.ReadString('\n')
		began := time.Now()
		for range 1000 {
			if line, err := l.lines.ReadString('\n'); line != ":\n" || err != nil {
				t.Fatalf("%q, %v after %v", line, err, time.Since(began))
			}
			_, _ = l.lines.ReadString('\n')
		}
		if took := time.Since(began); took != 1000*15*time.Second {
			t.Errorf("a thousand signs of life took %v", took)
		}
		go func() { on.feed.news <- "at last" }()
		l.hear(event(`{"data":{"news":"at last"}}`))
		close(on.feed.news)
		l.hear(complete, noMore)
	})
}

func TestEventsEndWithTheirClient(t *testing.T) {
	onAir(t, nil, func(t *testing.T, on *station) {
		l := on.listenToNews()
		_ = l.response.Body.Close()
		synctest.Wait()
		if open := on.feed.open.Load(); open != 0 {
			t.Errorf("%d subscriptions are open after their client has left", open)
		}
	})
}

func TestEventsGiveUpOnAClientThatDoesNotRead(t *testing.T) {
	onAir(t, nil, func(t *testing.T, on *station) {
		on.listen(with(post(`{"query":"subscription{flood}"}`), "Accept", asEvents))
		synctest.Wait()
		if open := on.feed.open.Load(); open != 1 {
			t.Fatalf("%d subscriptions are open, want 1", open)
		}
		time.Sleep(11 * time.Second) // WriteWait and a little, in virtual time.
		synctest.Wait()
		if open := on.feed.open.Load(); open != 0 {
			t.Errorf("%d subscriptions are open for a client that reads nothing", open)
		}
	})
}

func TestEventsDrain(t *testing.T) {
	onAir(t, nil, func(t *testing.T, on *station) {
		subscription := on.listenToNews()
		query := make(chan listener)
		go func() { query <- on.listen(with(post(`{"query":"{slow}"}`), "Accept", asEvents)) }()
		synctest.Wait()
		asking := <-query
		time.AfterFunc(time.Second, func() { close(on.feed.slow) })
		finished := make(chan time.Duration)
		go func() { finished <- on.finish() }()
		began := time.Now()
		subscription.hear(complete, noMore)
		if took := time.Since(began); took != 0 {
			t.Errorf("a subscription went on for %v", took)
		}
		asking.hear(event(`{"data":{"slow":"slow"}}`), complete, noMore)
		if took := <-finished; took > 2*time.Second { // http.Server looks every half a second.
			t.Errorf("it took %v", took)
		}
	})
}

func TestEventsEndWithTheSession(t *testing.T) {
	onAir(t, withSessions(t), func(t *testing.T, on *station) {
		r := with(post(askNews), "Accept", asEvents)
		r.Header.Del("Authorization")
		r.Header["Cookie"] = on.signIn()["Cookie"]
		began := time.Now()
		l := on.listen(r)
		l.hear(event(`{"errors":[{"message":"Sign in at /login, or send the owner's key in the header Authorization: Bearer KEY.",`+
			`"extensions":{"code":"UNAUTHENTICATED"}}]}`), complete, noMore)
		if lasted := time.Since(began); lasted < 30*24*time.Hour || lasted > 30*24*time.Hour+time.Hour {
			t.Errorf("it ended after %v, want 30 days", lasted)
		}
	})
}

func TestEventsAreLimitedInNumber(t *testing.T) {
	few := func(cfg *edge.Config) { cfg.Streams = edge.Streams{PerSource: 2} }
	onAir(t, few, func(t *testing.T, on *station) {
		first := on.listenToNews()
		socket := on.greeted() // Both kinds count.
		third := on.listenToNews()
		if third.response.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("a third: %d, want 503", third.response.StatusCode)
		}
		query := on.listen(with(post(`{"query":"{hello}"}`), "Accept", asEvents)) // It ends by itself.
		query.hear(event(`{"data":{"hello":"hello"}}`))
		_ = first.response.Body.Close()
		synctest.Wait()
		if again := on.listenToNews(); again.response.StatusCode != http.StatusOK {
			t.Errorf("after one has ended: %d, want 200", again.response.StatusCode)
		}
		socket.leave()
	})
}

func TestEventsAreLoggedOnce(t *testing.T) {
	onAir(t, nil, func(t *testing.T, on *station) {
		on.listen(with(post(`{"query":"subscription Ticks($n:Int!){secretAlias:news}","variables":{"n":2}}`), "Accept", asEvents)).hear(
			event(`{"errors":[{"message":"Variable \"$n\" is never used in operation \"Ticks\".","locations":[{"line":1,"column":20}],`+
				`"extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}`), complete, noMore)
		l := on.listen(with(post(`{"query":"subscription News{secretAlias:news}"}`), "Accept", asEvents))
		for _, text := range []string{"secretNews", "more"} {
			go func() { on.feed.news <- text }()
			l.next()
		}
		time.AfterFunc(time.Minute, func() { close(on.feed.news) })
		l.hear(complete, noMore)
		synctest.Wait()
		for _, want := range []string{
			`operation="" kind="" document=8060f2bc4d1d viewer=owner transport=events answers=1 errors=1 code=GRAPHQL_VALIDATION_FAILED calls=0 kept=false status=200 bytes=`,
			`operation=News kind=subscription document=c2b7999a4ccb viewer=owner transport=events answers=2 errors=0 code="" calls=0 kept=false status=200 bytes=`,
		} {
			if strings.Count(on.log.String(), want) != 1 {
				t.Errorf("the log lacks %s:\n%s", want, on.log)
			}
		}
		if strings.Contains(on.log.String(), "secret") || strings.Contains(on.log.String(), ownerKey) {
			t.Errorf("the log shows a secret:\n%s", on.log)
		}
	})
}
