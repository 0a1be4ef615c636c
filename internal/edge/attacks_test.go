package edge_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
)

// Attacks that take time on a connection; those that come as one request are in graph/attacks_test.go. The time is virtual.

// raw opens a connection, says text on it, and returns what comes back.
func (on *station) raw(text string) *bufio.Reader {
	on.t.Helper()
	conn, err := on.pipes.dial(on.patience, "", "")
	if err != nil {
		on.t.Fatal(err)
	}
	on.t.Cleanup(func() { _ = conn.Close() })
	go func() { _, _ = io.WriteString(conn, text) }() // The server may have enough before its end.
	return bufio.NewReader(conn)
}

// Who sends slowly is given up, and others don't wait meanwhile.
func TestSlowRequestsAreGivenUp(t *testing.T) {
	t.Parallel()
	const head = "POST /graphql HTTP/1.1\r\nHost: gateway.example\r\nAuthorization: Bearer " + ownerKey + "\r\n"
	for name, test := range map[string]struct {
		sent   string
		within time.Duration
	}{
		"nothing":        {"", 10 * time.Second},
		"half a header":  {head, 10 * time.Second},
		"half a body":    {head + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{", 30 * time.Second},
		"half a chunk":   {head + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", 30 * time.Second},
		"half a refusal": {head + "Content-Type: text/plain\r\nContent-Length: 1000\r\n\r\n{", 31 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			onAir(t, nil, func(t *testing.T, on *station) {
				began := time.Now()
				slow := on.raw(test.sent)
				if answer := on.listen(post(askHello)); answer.response.StatusCode != http.StatusOK || time.Since(began) > 0 {
					t.Errorf("beside it: %d after %v", answer.response.StatusCode, time.Since(began))
				}
				_, _ = io.Copy(io.Discard, slow) // Until the server hangs up.
				if took := time.Since(began); took > test.within+time.Second {
					t.Errorf("it was given up after %v, want %v", took, test.within)
				}
			})
		})
	}
}

func TestHeaderFloodsAreRefused(t *testing.T) {
	t.Parallel()
	for name, headers := range map[string]string{
		"one of 100 kB": "X-Long: " + strings.Repeat("x", 100_000) + "\r\n",
		"ten thousand":  strings.Repeat("X-Many: x\r\n", 10_000),
		"cookies":       strings.Repeat("Cookie: domestique-session="+strings.Repeat("x", 1000)+"\r\n", 100),
	} {
		t.Run(name, func(t *testing.T) {
			onAir(t, withSessions(t), func(t *testing.T, on *station) {
				answer := on.raw("GET /graphql?query={hello} HTTP/1.1\r\nHost: gateway.example\r\n" + headers + "\r\n")
				line, err := answer.ReadString('\n')
				if err != nil || !strings.Contains(line, " 431 ") {
					t.Errorf("%v: %q, want 431", err, line)
				}
			})
		})
	}
}

// Cookies that are no session cost a look each, and there is an end to them.
func TestManyPlantedCookies(t *testing.T) {
	t.Parallel()
	gateway := newWorld(t).replica(nil)
	r := asNobody(post(askHello))
	for i := range 600 {
		r.AddCookie(&http.Cookie{Name: "domestique-session", Value: fmt.Sprint("planted-", i, strings.Repeat("x", 60))})
	}
	started := time.Now()
	answer := serve(gateway, r)
	if took := time.Since(started); answer.Code != http.StatusUnauthorized || took > 50*time.Millisecond {
		t.Errorf("%d after %v", answer.Code, took)
	}
}

// Sockets of those who never say who they are are few, and end soon.
func TestStrangersSocketsEnd(t *testing.T) {
	onAir(t, nil, func(t *testing.T, on *station) {
		opened, refused := []*websocket.Conn{}, 0
		for i := range 200 {
			conn, response, err := on.dial(http.Header{"X-Forwarded-For": {fmt.Sprintf("203.0.113.%d", i%250)}})
			switch {
			case err == nil:
				opened = append(opened, conn)
			case response != nil && response.StatusCode == http.StatusServiceUnavailable:
				refused++
			default:
				t.Fatal(err)
			}
		}
		if len(opened) != 32 || refused != 168 {
			t.Errorf("%d sockets were opened and %d refused, want 32", len(opened), refused)
		}
		if answer := on.listen(post(askHello)); answer.response.StatusCode != http.StatusOK {
			t.Errorf("the owner beside them: %d", answer.response.StatusCode)
		}
		on.greeted().leave()
		began := time.Now()
		for _, conn := range opened {
			if _, _, err := conn.Read(on.patience); websocket.CloseStatus(err) != 4408 {
				t.Errorf("%v, want 4408", err)
			}
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("they ended after %v", took)
		}
		synctest.Wait()
	})
}
