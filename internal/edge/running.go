package edge

import (
	"context"
	"errors"

	"github.com/99designs/gqlgen/graphql"
)

// running is an operation of a WebSocket. The socket's mu guards what changes.
type running struct {
	id           string
	cancel       context.CancelFunc
	subscription bool // Known once the document has been read.
}

// Which operations are to end.
func everything(*running) bool              { return true }
func subscriptions(operation *running) bool { return operation.subscription }

// errEnded is that of a message which comes after its operation's end.
var errEnded = errors.New("the operation has ended")

// begin runs an operation beside the reader.
func (s *socket) begin(id string, asked *request) *closing {
	ctx, cancel := context.WithCancel(s.ctx)
	operation := &running{id: id, cancel: cancel}
	why, crowded := s.register(operation)
	switch {
	case why != nil:
		cancel()
	case crowded:
		cancel()
		s.refuse(id) // By the reader itself: who asks for too much waits until this has been read.
	default:
		s.work.Go(func() {
			defer cancel()
			s.run(ctx, operation, asked)
		})
	}
	return why
}

// register notes the operation under its id, unless there are too many.
func (s *socket) register(operation *running) (why *closing, crowded bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.running[operation.id] != nil:
		return &closing{codeSameID, sameID(operation.id)}, false
	case s.stopping, len(s.running) >= s.edge.streams.PerSocket:
		return nil, true
	}
	s.running[operation.id] = operation
	return nil, false
}

// sameID is the reason that the protocol names, within the length that a reason may have.
func sameID(id string) string {
	const before, after, longest = "Subscriber for ", " already exists", 123
	if len(before)+len(id)+len(after) > longest {
		return "Subscriber for this id already exists"
	}
	return before + id + after
}

// complete ends an operation that the client has heard enough of. It may have ended by itself meanwhile.
func (s *socket) complete(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if operation := s.running[id]; operation != nil {
		operation.cancel()
		delete(s.running, id)
	}
}

// stop ends the operations that are chosen, and lets no others begin.
func (s *socket) stop(chosen func(*running) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
	for _, operation := range s.running {
		if chosen(operation) {
			operation.cancel()
		}
	}
}

// run answers one operation.
func (s *socket) run(ctx context.Context, operation *running, asked *request) {
	started := s.edge.Now()
	task := s.prepare(ctx, asked)
	sent := answer{outcome: executed, operation: task.operation(), transport: "websocket", document: task.document}
	send := func(response *graphql.Response) error {
		if nothingRan(response) {
			sent.outcome = requestError
		}
		sent.count(response)
		length, err := s.send(operation, response)
		sent.bytes += length
		return err
	}
	switch {
	case task.failed != nil:
		_ = send(task.failed.response) // Here and below: the client left, or has heard enough.
	case s.mayRun(operation, task):
		_ = s.edge.run(task.ctx, task, send)
	}
	if s.forget(operation) && ctx.Err() == nil {
		s.write(message{ID: operation.id, Type: messageComplete})
	}
	s.edge.logAccess(ctx, sent, sent.outcome.status(mediaGraphQL), owner, s.edge.Now().Sub(started))
}

// prepare reads what is asked, which is the owner's to ask: nobody else gets as far as here.
func (s *socket) prepare(ctx context.Context, asked *request) task {
	if refused := s.edge.resolve(asked, owner); refused != nil {
		failed := refusedAnswer(refused)
		return task{ctx: ctx, of: new(graphql.OperationContext), failed: &failed}
	}
	return s.edge.prepare(ctx, &asked.RawParams, owner)
}

// mayRun notes what the operation is. No subscription begins when the server is about to stop: its client asks again once
// the socket has been closed.
func (s *socket) mayRun(operation *running, task task) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	operation.subscription = task.isSubscription()
	return !operation.subscription || !s.stopping
}

// send sends an answer of the operation, unless the client has heard enough, and returns its length. An error is the last
// that is said of it.
func (s *socket) send(operation *running, response *graphql.Response) (length int, err error) {
	if nothingRan(response) {
		if s.forget(operation) {
			length = s.write(errorMessage{operation.id, messageError, response.Errors})
		}
		return length, errEnded
	}
	if !s.isRunning(operation) {
		return 0, errEnded
	}
	return s.write(nextMessage{operation.id, messageNext, body{response.Errors, response.Data, response.Extensions}}), nil
}

// refuse answers an operation that is one too many.
func (s *socket) refuse(id string) {
	answered := refusedAnswer(refuseCrowded())
	answered.transport = "websocket"
	s.write(errorMessage{id, messageError, answered.response.Errors})
	s.edge.logAccess(s.ctx, answered, answered.outcome.status(mediaGraphQL), owner, 0)
}

func (s *socket) isRunning(operation *running) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running[operation.id] == operation
}

// forget frees the operation's id. It reports false if that has been done before.
func (s *socket) forget(operation *running) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[operation.id] != operation {
		return false
	}
	delete(s.running, operation.id)
	return true
}
