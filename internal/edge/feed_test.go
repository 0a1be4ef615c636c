package edge_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"domestique/internal/edge"
)

const feedSDL = `
type Query { hello: String! broken: String slow: String panics: String }
type Mutation { poke: String }
type Subscription {
  "0, 1, 2 and so on, and then the end."
  count(to: Int!): Int
  "What the test sends, until it ends."
  news: String
  "As much as anyone takes, 64 kB at a time."
  flood: String
  "Cannot begin."
  refused: Int
  "Begins, and then panics."
  panics: Int
}
`

// feed is an executable schema with subscriptions that a test can see through.
type feed struct {
	schema *ast.Schema
	news   chan string   // For the subscriptions to news: each is for one of them.
	slow   chan struct{} // Closed when the query slow may be answered.
	open   atomic.Int64  // Subscriptions that have begun and not ended.
}

func newFeed() *feed {
	return &feed{
		schema: gqlparser.MustLoadSchema(&ast.Source{Name: "feed.graphqls", Input: feedSDL}),
		news:   make(chan string), slow: make(chan struct{}),
	}
}

func (f *feed) Schema() *ast.Schema { return f.schema }

func (*feed) Complexity(context.Context, string, string, int, map[string]any) (int, bool) {
	return 0, false
}

func (f *feed) Exec(ctx context.Context) graphql.ResponseHandler {
	operation := graphql.GetOperationContext(ctx)
	field := operation.Operation.SelectionSet[0].(*ast.Field)
	if operation.Operation.Operation != ast.Subscription {
		return graphql.OneShot(f.once(ctx, field))
	}
	f.open.Add(1)
	context.AfterFunc(ctx, func() { f.open.Add(-1) })
	switch field.Name {
	case "refused":
		graphql.AddErrorf(ctx, "not today")
		return nil
	case "count":
		last, _ := strconv.Atoi(fmt.Sprint(field.ArgumentMap(operation.Variables)["to"]))
		next := 0
		return func(context.Context) *graphql.Response {
			if next++; next > last {
				return nil
			}
			return answerOf("count", strconv.Itoa(next-1))
		}
	case "news":
		return f.nextNews
	case "flood":
		much := strconv.Quote(strings.Repeat("x", 64<<10))
		return func(context.Context) *graphql.Response { return answerOf("flood", much) }
	default:
		return func(context.Context) *graphql.Response { panic("secretValue") }
	}
}

func (f *feed) nextNews(ctx context.Context) *graphql.Response {
	select {
	case text, more := <-f.news:
		if !more {
			return nil
		}
		return answerOf("news", strconv.Quote(text))
	case <-ctx.Done():
		return nil
	}
}

func (f *feed) once(ctx context.Context, field *ast.Field) *graphql.Response {
	switch field.Name {
	case "broken":
		return &graphql.Response{Data: []byte(`{"broken":null}`), Errors: graphql.ErrorResponse(ctx, "it broke").Errors}
	case "panics":
		panic("secretValue")
	case "slow":
		select {
		case <-f.slow:
		case <-ctx.Done():
			return nil
		}
	}
	return answerOf(field.Alias, strconv.Quote(field.Name))
}

func answerOf(name, value string) *graphql.Response {
	return &graphql.Response{Data: []byte(`{"` + name + `":` + value + `}`)}
}

// station is a running gateway over a feed, reached through pipes: in a synctest bubble its time is virtual, and the bubble
// does not end before all of its goroutines have.
type station struct {
	t      *testing.T
	feed   *feed
	log    *lockedBuffer
	server *http.Server
	pipes  *pipes
	client *http.Client
	// patience ends with all that a client waits for: time that is virtual would go on for ever.
	patience context.Context
}

// onAir runs test in virtual time with a gateway that change has adjusted.
func onAir(t *testing.T, change func(*edge.Config), test func(t *testing.T, on *station)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		on := newStation(t, change)
		defer on.mustEnd()
		test(t, on)
	})
}

// mustEnd stops the gateway, and complains of what goes on.
func (on *station) mustEnd() {
	on.t.Helper()
	on.client.CloseIdleConnections()
	on.finish()
	synctest.Wait()
	if open := on.feed.open.Load(); open != 0 {
		on.t.Errorf("%d subscriptions have not ended", open)
	}
}

func newStation(t *testing.T, change func(*edge.Config)) *station {
	t.Helper()
	on := &station{t: t, feed: newFeed(), log: &lockedBuffer{}, pipes: newPipes()}
	ctx, cancel := context.WithTimeout(t.Context(), 40*24*time.Hour)
	t.Cleanup(cancel)
	on.patience = ctx
	gateway := newEdge(t, func(cfg *edge.Config) {
		cfg.Executor, cfg.SDL, cfg.Logger = executor.New(on.feed), feedSDL, newLogger(on.log)
		if change != nil {
			change(cfg)
		}
	})
	on.server = edge.NewServer(gateway, newLogger(on.log))
	on.client = &http.Client{Transport: &http.Transport{DialContext: on.pipes.dial, DisableCompression: true}}
	go func() { _ = on.server.Serve(on.pipes) }()
	return on
}

// finish stops the gateway and reports how long that took.
func (on *station) finish() time.Duration {
	on.t.Helper()
	began := time.Now()
	if !edge.Finish(context.Background(), on.server, time.Minute) {
		on.t.Error("something has not ended within a minute")
	}
	return time.Since(began)
}

// dial opens a WebSocket that speaks the protocol; a header "Sec-Websocket-Protocol" of its own takes its place.
func (on *station) dial(header http.Header) (*websocket.Conn, *http.Response, error) {
	options := websocket.DialOptions{HTTPClient: on.client, HTTPHeader: header.Clone(), Subprotocols: []string{"graphql-transport-ws"}}
	if host := header.Get("Host"); host != "" {
		options.Host = host
	}
	if protocols, set := header["Sec-Websocket-Protocol"]; set {
		options.Subprotocols = protocols
		options.HTTPHeader.Del("Sec-Websocket-Protocol")
	}
	return websocket.Dial(on.patience, "ws://gateway.example/graphql", &options)
}

// pipes is a listener without a network.
type pipes struct {
	conns  chan net.Conn
	closed context.Context
	close  context.CancelFunc
}

func newPipes() *pipes {
	p := &pipes{conns: make(chan net.Conn)}
	p.closed, p.close = context.WithCancel(context.Background())
	return p
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed.Done():
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.close(); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.conns <- fromLoopback{there}:
		return here, nil
	case <-p.closed.Done():
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// fromLoopback is a connection that comes from this machine.
type fromLoopback struct{ net.Conn }

func (fromLoopback) RemoteAddr() net.Addr {
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 50000}
}

func newLogger(out io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
