package edge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/coder/websocket"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// The sub-protocol's messages.
const (
	messageInit      = "connection_init"
	messageAck       = "connection_ack"
	messagePing      = "ping"
	messagePong      = "pong"
	messageSubscribe = "subscribe"
	messageNext      = "next"
	messageError     = "error"
	messageComplete  = "complete"
)

// maxID is far above the ids that clients make up.
const maxID = 256

// message is one of the client's, or an answer to one that repeats its payload.
type message struct {
	ID      string          `json:"id,omitempty"`
	Type    string          `json:"type"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// nextMessage carries an answer.
type nextMessage struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Payload body   `json:"payload"`
}

// errorMessage says why an operation could not begin.
type errorMessage struct {
	ID      string        `json:"id"`
	Type    string        `json:"type"`
	Payload gqlerror.List `json:"payload"`
}

// handle does what a message asks for. It returns why the socket is to end, and nil if it is not.
func (s *socket) handle(kind websocket.MessageType, data []byte) *closing {
	var received message
	if kind != websocket.MessageText || decodeJSON(data, &received) != nil {
		return &closing{codeInvalid, "A message is a JSON object, as text"}
	}
	switch received.Type {
	case messageInit:
		return s.greet(received)
	case messageSubscribe:
		return s.subscribe(received)
	case messageComplete:
		s.complete(received.ID)
		return nil
	case messagePing, messagePong:
		return s.answerPing(received)
	default:
		return &closing{codeInvalid, "Messages of this type are not known"}
	}
}

func (s *socket) answerPing(ping message) *closing {
	if !isObjectOrNothing(ping.Payload) {
		return &closing{codeInvalid, "A payload is an object"}
	}
	if ping.Type == messagePing {
		s.write(message{Type: messagePong, Payload: ping.Payload})
	}
	return nil
}

// greet takes the client's word who it is.
func (s *socket) greet(init message) *closing {
	switch {
	case s.greeted:
		return &closing{codeTwice, "Too many initialisation requests"}
	case !isObjectOrNothing(init.Payload):
		return &closing{codeInvalid, "A payload is an object"}
	}
	s.greeted = true
	if !s.fromOwner() {
		if key := keyOf(init.Payload); !s.edge.owners.keys.contain(hashKey(key)) {
			if key != "" {
				s.edge.guesses.miss(s.source, hashKey(key)) // It counts with those in headers; a socket has one guess.
			}
			return &closing{codeForbid, "Forbidden"}
		}
		member, ok := s.edge.streams.members.enter(s.source)
		if !ok {
			return &closing{websocket.StatusTryAgainLater, "Too many connections are open"}
		}
		s.seat()
		s.seat, s.byKey = member, true
	}
	s.conn.SetReadLimit(maxBody)
	close(s.acknowledged)
	s.write(message{Type: messageAck})
	return nil
}

// keyOf finds the owner's key in what the client says of itself, {"Authorization": "Bearer KEY"}: browsers cannot set a
// header. It is empty where there is none.
func keyOf(payload json.RawMessage) string {
	var members map[string]any
	if decodeJSON(payload, &members) != nil {
		return ""
	}
	for name, value := range members {
		if text, ok := value.(string); ok && strings.EqualFold(name, "Authorization") {
			return bearer(map[string][]string{"Authorization": {text}})
		}
	}
	return ""
}

// subscribe begins an operation of any kind.
func (s *socket) subscribe(request message) *closing {
	if !s.isAcknowledged() {
		return &closing{codeNotYet, "Unauthorized"}
	}
	params, ok := requestOfMessage(request.Payload)
	if !ok || request.ID == "" || len(request.ID) > maxID {
		return &closing{codeInvalid, fmt.Sprintf("To subscribe takes an id of at most %d bytes, and a payload with a query", maxID)}
	}
	params.Headers = s.request.Header
	return s.begin(request.ID, params)
}

func requestOfMessage(payload json.RawMessage) (*request, bool) {
	var asked struct {
		request
		Query *string `json:"query"`
	}
	if decodeJSON(payload, &asked) != nil || asked.Query == nil && asked.documentName() == "" {
		return nil, false
	}
	if asked.Query != nil {
		asked.request.Query = *asked.Query
	}
	return &asked.request, true
}

// isObjectOrNothing holds for what the protocol takes as the payload of most messages.
func isObjectOrNothing(payload json.RawMessage) bool {
	payload = bytes.TrimSpace(payload)
	return len(payload) == 0 || payload[0] == '{' || bytes.Equal(payload, []byte("null"))
}
