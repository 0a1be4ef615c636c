package edge

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// Why a stream ended before its operation did.
var (
	errDraining      = errors.New("the server is about to stop")
	errNoLongerOwner = errors.New("the session has ended")
)

// answerByEvents answers by server-sent events, in the distinct connections mode of
// https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md: a next event for each answer, and a complete event at
// the end. What is wrong with the document comes as a next event, too, because clients don't read the body of a refusal.
func (e *edge) answerByEvents(w http.ResponseWriter, r *http.Request, task task) answer {
	leave, refused := e.takeSeat(r, task)
	if refused != nil {
		return refusedAnswer(refused)
	}
	defer leave()
	w.Header()["Vary"] = e.vary
	e.allowOrigin(w.Header(), r)
	stream := openEvents(w, e.streams.WriteWait)
	sent := answer{outcome: executed, operation: task.operation(), transport: "events"}
	send := func(response *graphql.Response) error {
		sent.count(response)
		return stream.next(response)
	}
	if task.failed != nil {
		_ = send(task.failed.response) // A client that hung up is all that can go wrong here, and below.
	} else if err := e.stream(r, task, stream, send); errors.Is(err, errNoLongerOwner) {
		_ = send(refusedAnswer(refuseUnauthenticated()).response)
	}
	_ = stream.complete()
	sent.bytes = stream.sent()
	return sent
}

// takeSeat takes a place among the streams for a subscription. Other operations end by themselves and need none.
func (e *edge) takeSeat(r *http.Request, task task) (leave func(), refused *refusal) {
	if !task.isSubscription() || task.failed != nil {
		return func() {}, nil
	}
	leave, ok := e.streams.members.enter(guessSource(r))
	if !ok {
		return nil, refuseCrowded()
	}
	return leave, nil
}

// stream runs the task to its end, or until there is a reason to end it, which it returns.
func (e *edge) stream(r *http.Request, task task, stream *events, send func(*graphql.Response) error) error {
	ctx, cancel := context.WithCancel(task.ctx)
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		_ = e.run(ctx, task, send) // It can only be that the client left, or that it ended by what follows.
	}()
	err := e.watch(r, task, stream, ran)
	cancel()
	<-ran // Nothing is written any more once the handler has returned.
	return err
}

// watch keeps the stream alive until it has run.
func (e *edge) watch(r *http.Request, task task, stream *events, ran <-chan struct{}) error {
	draining := e.streams.draining
	if !task.isSubscription() {
		draining = nil // It ends by itself.
	}
	beat := time.NewTicker(e.streams.KeepAlive)
	defer beat.Stop()
	for {
		select {
		case <-ran:
			return nil
		case <-draining:
			return errDraining
		case <-r.Context().Done():
			return r.Context().Err()
		case <-beat.C:
			if !e.owners.include(r) {
				return errNoLongerOwner
			}
			if err := stream.comment(); err != nil {
				return err
			}
		}
	}
}

func refuseCrowded() *refusal {
	return &refusal{outcome: interrupted, message: "Nothing more can be opened at the moment. End some of it, or try again later."}
}

// events is a stream of server-sent events. It is safe for concurrent use.
type events struct {
	mu      sync.Mutex
	w       http.ResponseWriter
	control *http.ResponseController
	wait    time.Duration // A client that reads nothing for so long is given up.
	bytes   int
}

// openEvents begins a stream, which is open from then on as far as the client can tell.
func openEvents(w http.ResponseWriter, wait time.Duration) *events {
	stream := &events{w: w, control: http.NewResponseController(w), wait: wait}
	header := w.Header()
	header.Set("Content-Type", string(mediaEvents)+"; charset=utf-8")
	header.Set("Cache-Control", "no-store, no-transform") // What packs or rewrites events on their way holds them back.
	header.Set("X-Accel-Buffering", "no")                 // https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering
	w.WriteHeader(http.StatusOK)
	_ = stream.comment() // A client that hung up shows with the next event.
	return stream
}

// next sends an answer.
func (s *events) next(response *graphql.Response) error {
	line, err := encode(response)
	if err != nil {
		return err
	}
	return s.write([]byte("event: next\ndata: "), line, []byte("\n"))
}

// sent is how many bytes were written.
func (s *events) sent() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes
}

// complete says that there is nothing more. A browser's EventSource drops an event without data.
func (s *events) complete() error { return s.write([]byte("event: complete\ndata:\n\n")) }

// comment is a sign of life, which clients skip.
func (s *events) comment() error { return s.write([]byte(":\n\n")) }

func (s *events) write(parts ...[]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	// The server's time-out is for requests that end. Sockets go by the real clock, and a writer without one needs no deadline.
	_ = s.control.SetWriteDeadline(time.Now().Add(s.wait))
	for _, part := range parts {
		n, err := s.w.Write(part)
		if s.bytes += n; err != nil {
			return err
		}
	}
	return s.control.Flush()
}
