package edge_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

// What a client says.
const (
	sayInit = `{"type":"connection_init"}`
	sayKey  = `{"type":"connection_init","payload":{"Authorization":"Bearer ` + ownerKey + `"}}`
	sayNews = `{"id":"1","type":"subscribe","payload":{"query":"subscription{news}"}}`
	sayAck  = `{"type":"connection_ack"}`
)

func ownerHeader() http.Header { return http.Header{"Authorization": {"Bearer " + ownerKey}} }

// caller is the client's end of a WebSocket.
type caller struct {
	t        *testing.T
	conn     *websocket.Conn
	patience context.Context
}

// call opens a WebSocket as the owner, or with another header.
func (on *station) call(header http.Header) caller {
	on.t.Helper()
	if header == nil {
		header = ownerHeader()
	}
	conn, _, err := on.dial(header)
	if err != nil {
		on.t.Fatalf("dial: %v", err)
	}
	conn.SetReadLimit(1 << 20)
	on.t.Cleanup(func() { _ = conn.CloseNow() })
	return caller{on.t, conn, on.patience}
}

// greeted is call, as far as connection_ack.
func (on *station) greeted() caller {
	on.t.Helper()
	c := on.call(nil)
	c.say(sayInit)
	c.hear(sayAck)
	return c
}

func (c caller) say(messages ...string) {
	c.t.Helper()
	for _, text := range messages {
		if err := c.conn.Write(c.patience, websocket.MessageText, []byte(text)); err != nil {
			c.t.Fatalf("write: %v", err)
		}
	}
}

// hear reads so many messages as are wanted, and compares.
func (c caller) hear(want ...string) {
	c.t.Helper()
	for _, text := range want {
		_, got, err := c.conn.Read(c.patience)
		if err != nil {
			c.t.Fatalf("read: %v, want %s", err, text)
		}
		if diff := cmp.Diff(text, strings.TrimSpace(string(got))); diff != "" {
			c.t.Errorf("message (-want +got):\n%s", diff)
		}
	}
}

// ending reads until the socket is closed, and returns the code and the reason.
func (c caller) ending() websocket.CloseError {
	c.t.Helper()
	for {
		if _, _, err := c.conn.Read(c.patience); err != nil {
			closed, _ := errors.AsType[websocket.CloseError](err)
			return closed
		}
	}
}

func (c caller) leave() { _ = c.conn.Close(websocket.StatusNormalClosure, "") }
