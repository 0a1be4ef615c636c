package main_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"domestique/strava/stravatest"
)

// crowd is everybody who comes to a gateway.
type crowd struct {
	*correspondence
	admin    string // host:port
	client   *http.Client
	visitors []*visitorOfMany
}

// visitorOfMany does the same thing again and again, each time a little different.
type visitorOfMany struct {
	what  string
	every time.Duration // The pause between.
	visit func(ctx context.Context, n int) error
	times atomic.Int64
}

func newCrowd(t *testing.T, gateway *correspondence, admin string) *crowd {
	t.Helper()
	c := &crowd{correspondence: gateway, admin: admin, client: &http.Client{
		Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 32, DisableCompression: true},
	}}
	t.Cleanup(c.client.CloseIdleConnections)
	add := func(what string, every time.Duration, visit func(context.Context, int) error) {
		c.visitors = append(c.visitors, &visitorOfMany{what: what, every: every, visit: visit})
	}
	add("what is kept", 5*time.Millisecond, c.askTheSame)
	add("what was never asked", 10*time.Millisecond, c.askAnew)
	add("strangers", 10*time.Millisecond, c.askAsStranger)
	add("tags", 10*time.Millisecond, c.askByTag)
	add("mistakes", 10*time.Millisecond, c.mistake)
	add("guesses", 20*time.Millisecond, c.guess)
	add("changes", 300*time.Millisecond, c.change) // An address may tell of no more: see deliveries.go of internal/edge.
	for range 4 {
		add("listeners by events", 30*time.Millisecond, c.listenByEvents)
		add("listeners by sockets", 30*time.Millisecond, c.listenBySocket)
	}
	add("slow readers", 50*time.Millisecond, c.readSlowly)
	add("half requests", 50*time.Millisecond, c.stopHalfway)
	return c
}

// visit lets all of them come for so long.
func (c *crowd) visit(t *testing.T, length time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context()) // Without a deadline, which a dialler would look at before its time.
	defer time.AfterFunc(length, cancel).Stop()
	var all sync.WaitGroup
	for _, visitor := range c.visitors {
		all.Go(func() {
			for ctx.Err() == nil {
				n := visitor.times.Add(1)
				if err := visitor.visit(ctx, int(n)); err != nil && ctx.Err() == nil {
					t.Errorf("%s, the %d. time: %v\n%.2000s", visitor.what, n, err, c.gateway.output)
					return
				}
				pause(ctx, visitor.every)
			}
		})
	}
	all.Wait()
}

func (c *crowd) summary() string {
	times := map[string]int64{}
	for _, visitor := range c.visitors {
		times[visitor.what] += visitor.times.Load()
	}
	text, _ := json.Marshal(times) // Strings and numbers.
	return string(text)
}

// want complains of any other status.
func want(res *http.Response, err error, statuses ...int) error {
	if err == nil && !slices.Contains(statuses, res.StatusCode) {
		return fmt.Errorf("status %d, want %v", res.StatusCode, statuses)
	}
	return err
}

func asJSON() http.Header { return http.Header{"Content-Type": {"application/json"}} }

const listOfAll = "{ activities(first: 100) { nodes { id name distance movingTime startedAt } } stats { totals { count distance } } }"

func questionOf(query string, variables map[string]any) string {
	text, _ := json.Marshal(map[string]any{"query": query, "variables": variables}) // Strings and numbers.
	return string(text)
}

func (c *crowd) askTheSame(ctx context.Context, _ int) error {
	res, err := c.send(ctx, http.MethodPost, "/graphql", questionOf(listOfAll, nil), webhookOwnerKey, asJSON())
	return want(res, err, http.StatusOK)
}

// askAnew asks with variables, and in words, that nobody has used before; some of it causes a call to Strava.
func (c *crowd) askAnew(ctx context.Context, n int) error {
	query := fmt.Sprintf(`query Q%d($text: String!, $id: ID!) { activities(first: 20, filter: {nameContains: $text}) { nodes { id name } }
		activity(id: $id) { description laps { name } } }`, n)
	variables := map[string]any{"text": fmt.Sprint(n), "id": fmt.Sprint(c.ids[n%len(c.ids)])}
	res, err := c.send(ctx, http.MethodPost, "/graphql", questionOf(query, variables), webhookOwnerKey, asJSON())
	return want(res, err, http.StatusOK)
}

func (c *crowd) askAsStranger(ctx context.Context, n int) error {
	query := fmt.Sprintf("{ stats(filter: {distance: {min: %d}}) { totals { count } byGear { gear { id } } } }", n)
	if n%2 == 0 {
		res, err := c.send(ctx, http.MethodPost, "/graphql", questionOf(query, nil), "", asJSON())
		return want(res, err, http.StatusOK)
	}
	res, err := c.send(ctx, http.MethodGet, "/graphql?"+url.Values{"query": {query}}.Encode(), "", "", http.Header{})
	return want(res, err, http.StatusOK)
}

func (c *crowd) askByTag(ctx context.Context, n int) error {
	path := "/graphql?" + url.Values{"query": {fmt.Sprintf("{ activities(first: %d) { nodes { id name } } }", n%50)}}.Encode()
	first, err := c.send(ctx, http.MethodGet, path, "", "", http.Header{})
	if err := want(first, err, http.StatusOK); err != nil {
		return err
	}
	res, err := c.send(ctx, http.MethodGet, path, "", "", http.Header{"If-None-Match": {first.Header.Get("Etag")}})
	return want(res, err, http.StatusNotModified, http.StatusOK)
}

// mistake makes one.
func (c *crowd) mistake(ctx context.Context, n int) error {
	mistakes := []struct {
		method, path, body string
		header             http.Header
		status             int
	}{
		{http.MethodPost, "/graphql", questionOf(fmt.Sprintf("{ wrong%d }", n), nil), asJSON(), http.StatusOK},
		{http.MethodPost, "/graphql", questionOf(fmt.Sprintf("{ wrong%d ", n), nil), asJSON(), http.StatusOK},
		{http.MethodPost, "/graphql", questionOf("{ activities(first: 1000) { totalCount } }", nil), asJSON(), http.StatusOK},
		{http.MethodPost, "/graphql", `{"query":`, asJSON(), http.StatusBadRequest},
		{http.MethodPost, "/graphql", fmt.Sprintf(`{"documentId":"%064d"}`, n), asJSON(), http.StatusOK},
		{http.MethodPost, "/graphql", strings.Repeat(" ", 1<<20+1), asJSON(), http.StatusRequestEntityTooLarge},
		{http.MethodPost, "/graphql", "query=x", http.Header{"Content-Type": {"text/plain"}}, http.StatusUnsupportedMediaType},
		{http.MethodPut, "/graphql", "", asJSON(), http.StatusMethodNotAllowed},
		{http.MethodGet, fmt.Sprintf("/nowhere/%d", n), "", http.Header{}, http.StatusNotFound},
		{http.MethodPost, "/login", "key=wrong", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "X-Forwarded-For": {somewhere(n)}}, http.StatusForbidden},
		{http.MethodPost, "/webhook/wrong", "{}", http.Header{"X-Forwarded-For": {somewhere(n)}}, http.StatusNotFound},
	}
	made := mistakes[n%len(mistakes)]
	res, err := c.send(ctx, made.method, made.path, made.body, webhookOwnerKey, made.header)
	return want(res, err, made.status)
}

// guess tries keys from all over the world.
func (c *crowd) guess(ctx context.Context, n int) error {
	header := asJSON()
	header.Set("X-Forwarded-For", somewhere(n))
	res, err := c.send(ctx, http.MethodPost, "/graphql", questionOf("{ __typename }", nil), fmt.Sprint("a guess at the key, the ", n), header)
	return want(res, err, http.StatusUnauthorized)
}

func somewhere(n int) string { return fmt.Sprintf("203.%d.%d.%d", n>>16&255, n>>8&255, n&255) }

// change edits an activity at Strava, which tells the gateway.
func (c *crowd) change(_ context.Context, n int) error {
	c.EditActivity(c.ids[n%len(c.ids)], func(a *stravatest.Activity) { a.Name = fmt.Sprint("Changed ", n) })
	return nil
}

const listening = "subscription { activityChanged { kind id activity { name } } }"

// listenByEvents is told of a change or two, and leaves: with goodbye, or as a machine does that lost its network.
func (c *crowd) listenByEvents(ctx context.Context, n int) error {
	connection, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer leave(connection, n%2 == 0)
	body := questionOf(listening, nil)
	_, err = fmt.Fprintf(connection, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Accept: text/event-stream\r\nContent-Length: %d\r\n\r\n%s", webhookOwnerKey, len(body), body)
	if err != nil {
		return err
	}
	answer := bufio.NewReader(connection)
	status, err := answer.ReadString('\n')
	if err != nil || !strings.Contains(status, " 200 ") {
		return fmt.Errorf("%q: %w", status, errors.Join(err, errors.New("no events")))
	}
	_ = connection.SetReadDeadline(time.Now().Add(time.Duration(n%5) * 100 * time.Millisecond))
	_, _ = io.Copy(io.Discard, answer)
	return nil
}

// listenBySocket says who it is, listens and asks, and leaves in one of the ways that there are.
func (c *crowd) listenBySocket(ctx context.Context, n int) error {
	socket, _, err := websocket.Dial(ctx, c.gateway.URL+"/graphql", &websocket.DialOptions{
		Subprotocols: []string{"graphql-transport-ws"}, HTTPHeader: http.Header{"Authorization": {"Bearer " + webhookOwnerKey}},
	})
	if err != nil {
		return err
	}
	defer func() { _ = socket.CloseNow() }()
	if n%5 == 0 {
		return nil // Without a word.
	}
	for _, said := range []string{
		`{"type":"connection_init"}`, `{"id":"1","type":"subscribe","payload":` + questionOf(listening, nil) + `}`,
		`{"id":"2","type":"subscribe","payload":` + questionOf(listOfAll, nil) + `}`,
		`{"id":"3","type":"subscribe","payload":` + questionOf("subscription { syncProgress { complete } }", nil) + `}`, `{"id":"3","type":"complete"}`,
	} {
		if err := socket.Write(ctx, websocket.MessageText, []byte(said)); err != nil {
			return err
		}
	}
	within, cancel := context.WithTimeout(ctx, time.Duration(1+n%4)*100*time.Millisecond)
	defer cancel()
	for answered := false; ; {
		_, text, err := socket.Read(within)
		switch {
		case err != nil && !answered && within.Err() == nil:
			return err
		case err != nil:
			return nil // It has heard enough, and is cut off by the time-out.
		case n%5 == 1 && strings.Contains(string(text), `"id":"2"`):
			return socket.Close(websocket.StatusNormalClosure, "goodbye")
		}
		answered = true
	}
}

// readSlowly asks for much, reads little, and leaves.
func (c *crowd) readSlowly(ctx context.Context, n int) error {
	connection, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer leave(connection, n%2 == 0)
	body := questionOf(listOfAll, nil)
	request := fmt.Sprintf("POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n\r\n%s", webhookOwnerKey, len(body), body)
	_ = connection.SetDeadline(time.Now().Add(time.Second))
	_, _ = io.WriteString(connection, strings.Repeat(request, 100)) // The server takes no more than it can answer.
	_, _ = connection.Read(make([]byte, 10))
	pause(ctx, time.Duration(n%10)*100*time.Millisecond)
	return nil
}

// stopHalfway begins a request of which no more comes.
func (c *crowd) stopHalfway(ctx context.Context, n int) error {
	connection, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer leave(connection, n%2 == 0)
	request := "POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + webhookOwnerKey +
		"\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
	_, err = io.WriteString(connection, request[:1+n%len(request)])
	pause(ctx, time.Duration(n%10)*100*time.Millisecond)
	return err
}

func (c *crowd) connect(ctx context.Context) (*net.TCPConn, error) {
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", strings.TrimPrefix(c.gateway.URL, "http://"))
	if err != nil {
		return nil, err
	}
	tcp, ok := connection.(*net.TCPConn)
	if !ok {
		return nil, fmt.Errorf("%T is no TCP connection", connection)
	}
	return tcp, nil
}

// leave closes a connection; without goodbye the other side is told that there is none, as by a machine that was started anew.
func leave(connection *net.TCPConn, goodbye bool) {
	if !goodbye {
		_ = connection.SetLinger(0)
	}
	_ = connection.Close()
}
