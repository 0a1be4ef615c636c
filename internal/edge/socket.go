package edge

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// socketProtocol is the WebSocket sub-protocol that is spoken here:
// https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
const socketProtocol = "graphql-transport-ws"

const (
	// maxInit bounds a message of someone who has not said yet who they are.
	maxInit = 16 << 10
	// farewell is how long the client may take to agree to the end.
	farewell = time.Second
)

// closing is why a WebSocket ends, in the close codes of the sub-protocol where it has one.
type closing struct {
	code   websocket.StatusCode
	reason string // For developers; 123 bytes at the most.
}

// isGone holds for the zero closing: the client is not there any more.
func (c closing) isGone() bool { return c.code == 0 }

// The sub-protocol's close codes.
const (
	codeInvalid     websocket.StatusCode = 4400
	codeNotYet      websocket.StatusCode = 4401 // It asks before it has said who it is.
	codeForbid      websocket.StatusCode = 4403
	codeSubprotocol websocket.StatusCode = 4406
	codeSilent      websocket.StatusCode = 4408
	codeSameID      websocket.StatusCode = 4409
	codeTwice       websocket.StatusCode = 4429
)

// socket is one WebSocket. Its reader, its keep-alive and its operations run beside the handler, which ends them.
type socket struct {
	edge    *edge
	ctx     context.Context // Ends with the socket, and cuts the connection.
	conn    *websocket.Conn
	request *http.Request // The handshake.
	source  string
	page    page

	over         bool          // Nothing that the client says counts any more. The reader's, like greeted.
	greeted      bool          // The client has said who it is.
	byKey        bool          // It said so by a key; written before acknowledged is closed.
	acknowledged chan struct{} // Closed when the client may ask.
	seat         func()        // Gives the place at the gate back; the reader's until it has ended.
	ended        chan closing  // Why the socket is to end; the first reason counts.

	mu       sync.Mutex
	running  map[string]*running // By the client's id.
	stopping bool                // No more operations are begun.
	work     sync.WaitGroup
}

// opensSocket reports whether the request is a WebSocket's handshake.
func opensSocket(r *http.Request) bool {
	return r.Method == http.MethodGet && hasToken(r.Header["Connection"], "upgrade") && hasToken(r.Header["Upgrade"], "websocket")
}

// isNonce holds for the one key of a handshake (RFC 6455, section 4.1).
func isNonce(keys []string) bool {
	if len(keys) != 1 {
		return false
	}
	nonce, err := base64.StdEncoding.DecodeString(strings.TrimSpace(keys[0]))
	return err == nil && len(nonce) == 16
}

func hasToken(values []string, token string) bool {
	for text := range strings.SplitSeq(strings.Join(values, ","), ",") {
		if strings.EqualFold(strings.TrimSpace(text), token) {
			return true
		}
	}
	return false
}

// serveSocket answers over a WebSocket until it ends.
func (e *edge) serveSocket(w http.ResponseWriter, r *http.Request) {
	started := e.Now()
	s := &socket{
		edge: e, request: r, source: guessSource(r), page: e.openedBy(r), running: map[string]*running{},
		acknowledged: make(chan struct{}), ended: make(chan closing, 1),
	}
	viewer := s.viewer()
	refused := s.admit(viewer)
	if refused != nil {
		accepted := negotiate(r.Header)
		answered := refusedAnswer(refused)
		answered.transport = "websocket"
		var status int
		status, answered.bytes = e.write(w, r, accepted.media, answered)
		e.logAccess(r.Context(), answered, status, viewer, e.Now().Sub(started))
		return
	}
	defer e.streams.closeSocket()
	var err error
	s.conn, err = websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols:       []string{socketProtocol},
		InsecureSkipVerify: true, // openedBy has looked at the origin, and knows more of it.
	})
	if err != nil { // The answer has been written.
		s.seat()
		e.Logger.DebugContext(r.Context(), "no WebSocket", "error", err)
		return
	}
	s.serve(context.WithoutCancel(r.Context())) // What the server knows of the request ends with the handshake.
}

// admit decides about the handshake. On success the socket has its place, and is counted.
func (s *socket) admit(viewer viewer) *refusal {
	header := s.request.Header
	switch {
	case header.Get("Sec-WebSocket-Version") != "13" || !isNonce(header.Values("Sec-WebSocket-Key")):
		return &refusal{outcome: malformed, message: "This is not a WebSocket handshake of version 13."}
	case s.page == otherPage:
		return &refusal{outcome: forbidden, message: "Another site's page opened this WebSocket. Its origin has to be allowed first."}
	}
	gate := s.edge.streams.strangers
	if viewer == owner {
		gate = s.edge.streams.members
	}
	leave, ok := gate.enter(s.source)
	if !ok || !s.edge.streams.openSocket() {
		leave()
		return refuseCrowded()
	}
	s.seat = leave
	return nil
}

// viewer is who opened the socket, as far as the handshake tells.
func (s *socket) viewer() viewer {
	if s.fromOwner() {
		return owner
	}
	return nobody
}

// fromOwner reports whether the handshake tells that it is the owner who asks. Of what browsers send by themselves, cookies
// and the address, it takes none for another page's sake: that is all there is against cross-site WebSocket hijacking.
func (s *socket) fromOwner() bool {
	owners, r := s.edge.owners, s.request
	switch {
	case owners.keys.contain(hashKey(bearer(r.Header))):
		return true
	case s.page == ownPage:
		return owners.include(r)
	default:
		return s.page == noPage && owners.everyoneLocal && fromThisMachine(r)
	}
}

// isOwner is fromOwner, or what the client has said since.
func (s *socket) isOwner() bool {
	return s.isAcknowledged() && s.byKey || s.fromOwner()
}

// serve runs the socket until there is a reason to end it, and everything that belongs to it with it.
func (s *socket) serve(ctx context.Context) {
	ctx, cut := context.WithCancel(ctx)
	defer cut()
	s.ctx = ctx
	s.conn.SetReadLimit(maxInit)
	if s.over = s.conn.Subprotocol() != socketProtocol; s.over {
		s.end(closing{codeSubprotocol, "Subprotocol not acceptable"})
	}
	var beside sync.WaitGroup
	beside.Go(func() { s.read(ctx) })
	beside.Go(func() { s.keepAlive(ctx) })
	why := s.untilEnd(ctx)
	s.stop(everything)
	s.part(why, cut)
	s.work.Wait()
	beside.Wait()
	s.seat()
	s.edge.Logger.DebugContext(ctx, "WebSocket closed", "code", int(why.code), "reason", why.reason)
}

// end has the socket end, unless it is about to already.
func (s *socket) end(why closing) {
	select {
	case s.ended <- why:
	default:
	}
}

// untilEnd returns why the socket is to end.
func (s *socket) untilEnd(ctx context.Context) closing {
	silence := time.NewTimer(s.edge.streams.InitWait)
	defer silence.Stop()
	acknowledged, timeout := s.acknowledged, silence.C
	for {
		select {
		case why := <-s.ended:
			return why
		case <-acknowledged:
			acknowledged, timeout = nil, nil
		case <-timeout:
			return closing{codeSilent, "Connection initialisation timeout"}
		case <-s.edge.streams.draining:
			return s.untilDone()
		case <-ctx.Done():
			return closing{}
		}
	}
}

// untilDone ends the subscriptions, and lets queries and mutations come to theirs.
func (s *socket) untilDone() closing {
	s.stop(subscriptions)
	done := make(chan struct{})
	go func() { defer close(done); s.work.Wait() }()
	select {
	case <-done:
		return closing{websocket.StatusGoingAway, "The server is about to stop"}
	case why := <-s.ended:
		return why
	}
}

// part says goodbye, and cuts the connection when the client doesn't answer.
func (s *socket) part(why closing, cut context.CancelFunc) {
	if why.isGone() {
		_ = s.conn.CloseNow() // There is nobody to hear of it.
		cut()
		return
	}
	impatience := time.AfterFunc(farewell, cut) // The reader waits for the client's word; without a context it waits no more.
	defer impatience.Stop()
	_ = s.conn.Close(why.code, why.reason) // Whether the client agrees changes nothing.
	cut()
}

// keepAlive pings the client: a frame that every WebSocket library answers by itself, also in a page that sleeps.
func (s *socket) keepAlive(ctx context.Context) {
	beat := time.NewTicker(s.edge.streams.KeepAlive)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		}
		if s.isAcknowledged() && !s.isOwner() {
			s.end(closing{codeForbid, "The session has ended: sign in again"})
		}
		alive, cancel := context.WithTimeout(ctx, s.edge.streams.WriteWait)
		err := s.conn.Ping(alive)
		cancel()
		if err != nil {
			s.end(closing{})
		}
	}
}

func (s *socket) isAcknowledged() bool {
	select {
	case <-s.acknowledged:
		return true
	default:
		return false
	}
}

// read handles the client's messages in their order. Once the socket is about to end it only listens for the end.
func (s *socket) read(ctx context.Context) {
	for {
		kind, data, err := s.conn.Read(ctx)
		switch {
		case errors.Is(err, websocket.ErrMessageTooBig):
			s.end(closing{websocket.StatusMessageTooBig, "The message is too large"})
			return
		case err != nil:
			s.end(closing{})
			return
		case s.over:
			continue
		}
		if why := s.handle(kind, data); why != nil {
			s.over = true
			s.end(*why)
		}
	}
}

// write sends a message, and returns its length. The socket ends when a client doesn't read it in time.
func (s *socket) write(message any) int {
	encoded, err := encodeJSON(message)
	if err != nil {
		s.edge.Logger.ErrorContext(s.ctx, "no message", "error", err)
		s.end(closing{websocket.StatusInternalError, "The answer could not be written"})
		return 0
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.edge.streams.WriteWait) // Not an operation's: its end would end the socket.
	defer cancel()
	if err := s.conn.Write(ctx, websocket.MessageText, encoded); err != nil {
		s.end(closing{})
	}
	return len(encoded)
}
