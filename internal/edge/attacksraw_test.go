package edge_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"domestique/internal/edge"
)

// What an attack may take: of the server's time, and of memory in all, given back or not.
const (
	attackTime   = slowness * 50 * time.Millisecond
	attackMemory = 10 << 20
)

// What comes as bytes that are no request, or hardly one, takes little until it is turned away. It runs alone: it measures
// what the process takes, the attacker included.
func TestRawAttacksTakeLittle(t *testing.T) { //nolint:paralleltest // See above.
	server := listenForAttacks(t)
	const start = "POST /graphql HTTP/1.1\r\nHost: gateway.example\r\nContent-Type: application/json\r\n"
	const chunked = start + "Authorization: Bearer " + ownerKey + "\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
	for name, test := range map[string]struct{ sent, status string }{
		"one long header":            {"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", "431"},
		"ten thousand headers":       {"GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X-Many: x\r\n", 10_000) + "\r\n", "431"},
		"a long address":             {"GET /graphql?query=" + strings.Repeat("x", 1<<20) + " HTTP/1.1\r\nHost: a\r\n\r\n", "431"},
		"a long method":              {strings.Repeat("X", 1<<20) + " / HTTP/1.1\r\nHost: a\r\n\r\n", "431"},
		"two lengths":                {start + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}", "400"},
		"no length":                  {start + "Content-Length: -1\r\n\r\n{}", "400"},
		"a length beyond all":        {start + "Content-Length: 99999999999999999999\r\n\r\n{}", "400"},
		"another coding of transfer": {start + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "501"},
		"two hosts":                  {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"},
		"no host":                    {"GET / HTTP/1.1\r\n\r\n", "400"},
		"a line's end in a header":   {"GET / HTTP/1.1\r\nHost: a\r\nX: a\rY: b\r\n\r\n", "400"},
		"a header without a name":    {"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", "400"},
		"a blank before the colon":   {start + "Content-Length : 5\r\n\r\n{}", "400"},
		"a chunk with a long remark": {chunked + "1;" + strings.Repeat("x", 1<<20) + "\r\n{\r\n0\r\n\r\n", "400"},
		"chunks of remarks":          {chunked + strings.Repeat("1;xxxxxxxx=yyyyyyyy\r\n \r\n", 40_000) + "0\r\n\r\n", "400"},
		"a request of HTTP/2":        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "404"},
		"a tunnel":                   {"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\nConnection: close\r\n\r\n", "404"},
		"another server":             {"GET http://evil.example//schema.graphql HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "404"},
		"no HTTP":                    {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "400"},
	} {
		t.Run(name, func(t *testing.T) {
			withstand(t, func() {
				connection, err := net.Dial("tcp", server.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = connection.Close() }()
				_ = connection.SetDeadline(time.Now().Add(10 * time.Second))
				go func() { _, _ = io.WriteString(connection, test.sent) }() // The server may have enough before its end.
				answer := make([]byte, len("HTTP/1.1 200"))
				if _, err := io.ReadFull(connection, answer); err != nil || string(answer[9:]) != test.status {
					t.Errorf("%q, %v, want %s", answer, err, test.status)
				}
			})
		})
	}
}

// A WebSocket takes no more, of nobody and of the owner.
func TestSocketAttacksTakeLittle(t *testing.T) { //nolint:paralleltest // It measures what the process takes.
	server := listenForAttacks(t)
	const greeting = `{"type":"connection_init","payload":{"Authorization":"Bearer ` + ownerKey + `"}}`
	subscribe := func(id int, query string) string {
		return fmt.Sprintf(`{"id":"%d","type":"subscribe","payload":{"query":%q}}`, id, query)
	}
	for name, test := range map[string]struct {
		said []string
		code websocket.StatusCode
	}{
		"a long word before the greeting": {[]string{strings.Repeat(" ", 1<<20)}, websocket.StatusMessageTooBig},
		"a long word":                     {[]string{greeting, strings.Repeat(" ", 2<<20)}, websocket.StatusMessageTooBig},
		"no JSON":                         {[]string{greeting, strings.Repeat("[", 1_000_000)}, 4400},
		"deep JSON":                       {[]string{greeting, `{"id":"1","type":"subscribe","payload":` + strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_001)}, 4400},
		"a question before the greeting":  {[]string{subscribe(1, "{hello}")}, 4401},
		"another's key":                   {[]string{strings.ReplaceAll(greeting, ownerKey, strings.Repeat("x", 10_000))}, 4403},
		"the same id":                     {[]string{greeting, subscribe(1, "subscription{ticks}"), subscribe(1, "subscription{ticks}")}, 4409},
		"a long id":                       {[]string{greeting, `{"id":"` + strings.Repeat("x", 200_000) + `","type":"subscribe","payload":{"query":"{hello}"}}`}, 4400},
	} {
		t.Run(name, func(t *testing.T) {
			withstand(t, func() {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				socket, answer, err := websocket.Dial(ctx, server.URL+"/graphql", &websocket.DialOptions{
					Subprotocols: []string{"graphql-transport-ws"}, CompressionMode: websocket.CompressionContextTakeover,
				})
				if err != nil {
					t.Fatal(err)
				}
				defer func() { _ = socket.CloseNow() }()
				if packed := answer.Header.Get("Sec-WebSocket-Extensions"); packed != "" {
					t.Errorf("it takes packed messages, which may be bombs: %s", packed)
				}
				go func() {
					for _, said := range test.said {
						if socket.Write(ctx, websocket.MessageText, []byte(said)) != nil {
							return
						}
					}
				}()
				for err == nil {
					_, _, err = socket.Read(ctx)
				}
				if got := websocket.CloseStatus(err); got != test.code {
					t.Errorf("closed with %d (%v), want %d", got, err, test.code)
				}
			})
		})
	}
}

func listenForAttacks(t *testing.T) *httptest.Server {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	server := httptest.NewUnstartedServer(nil)
	server.Config = edge.NewServer(newEdge(t, func(cfg *edge.Config) { cfg.AllowedOrigins = []string{"https://site.example"} }), quiet)
	server.Start()
	t.Cleanup(func() {
		edge.Finish(context.WithoutCancel(t.Context()), server.Config, 10*time.Second)
		server.Close()
	})
	return server
}

// withstand measures an attack, again if the machine was busy with something else meanwhile.
func withstand(t *testing.T, attack func()) {
	t.Helper()
	var took time.Duration
	var memory uint64
	for range 5 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		started := time.Now()
		attack()
		took = time.Since(started)
		runtime.ReadMemStats(&after)
		if memory = after.TotalAlloc - before.TotalAlloc; took <= attackTime && memory <= attackMemory || t.Failed() {
			t.Logf("%v, %d kB", took.Round(10*time.Microsecond), memory>>10)
			return
		}
	}
	t.Errorf("it took %v and %d kB, more than %v and %d kB", took, memory>>10, attackTime, attackMemory>>10)
}
