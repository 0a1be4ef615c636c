package edge

import (
	"context"
	"sync"
	"time"
)

// Streams bounds what stays open: subscriptions by server-sent events, and WebSockets.
type Streams struct {
	// Overall is how many may be open at once. Zero: 256.
	Overall int
	// PerSource is how many of them may come from one address (an IPv6 host is its /64). Zero: 64.
	PerSource int
	// Strangers is how many WebSockets may be open that have not said yet who they are. They don't count above. Zero: 32.
	Strangers int
	// PerSocket is how many operations may run at once on one WebSocket. Zero: 32.
	PerSocket int
	// KeepAlive is the time from one sign of life to the next; after each, the viewer's right to be here is looked at again.
	// Zero: 15 s, which is below the time after which proxies give a silent connection up.
	KeepAlive time.Duration
	// InitWait is how long a WebSocket may take to say who it is. Zero: 5 s.
	InitWait time.Duration
	// WriteWait is how long a client may leave what is sent to it unread, and a ping unanswered. Zero: 10 s.
	WriteWait time.Duration
}

func (s Streams) withDefaults() Streams {
	for limit, usual := range map[*int]int{&s.Overall: 256, &s.PerSource: 64, &s.Strangers: 32, &s.PerSocket: 32} {
		if *limit == 0 {
			*limit = usual
		}
	}
	for limit, usual := range map[*time.Duration]time.Duration{
		&s.KeepAlive: 15 * time.Second, &s.InitWait: 5 * time.Second, &s.WriteWait: 10 * time.Second,
	} {
		if *limit == 0 {
			*limit = usual
		}
	}
	return s
}

// streams are those that are open. They are safe for concurrent use.
type streams struct {
	Streams
	members   *gate // Of those whom we know.
	strangers *gate

	// draining is closed when the server is about to stop: what is open is to end by itself.
	draining chan struct{}
	mu       sync.Mutex
	sockets  int
	drained  chan struct{} // Closed when the last socket is closed after draining has begun.
}

func newStreams(limits Streams) *streams {
	limits = limits.withDefaults()
	return &streams{
		Streams:   limits,
		members:   newGate(limits.Overall, limits.PerSource),
		strangers: newGate(limits.Strangers, max(limits.Strangers/4, 1)), // One stranger doesn't keep the others out.
		draining:  make(chan struct{}),
		drained:   make(chan struct{}),
	}
}

// drain has everything that is open end. It may be called again.
func (s *streams) drain() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isDraining() {
		return
	}
	close(s.draining)
	if s.sockets == 0 {
		close(s.drained)
	}
}

func (s *streams) isDraining() bool {
	select {
	case <-s.draining:
		return true
	default:
		return false
	}
}

// openSocket counts a WebSocket, which http.Server loses sight of once it is one. It reports false when none may be opened
// any more.
func (s *streams) openSocket() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isDraining() {
		return false
	}
	s.sockets++
	return true
}

func (s *streams) closeSocket() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sockets--
	if s.sockets == 0 && s.isDraining() {
		close(s.drained)
	}
}

// wait returns when all WebSockets are closed after drain, or with false when ctx ends before.
func (s *streams) wait(ctx context.Context) bool {
	select {
	case <-s.drained:
		return true
	case <-ctx.Done():
		return false
	}
}

// gate counts who is inside, in all and by where they come from. It is safe for concurrent use.
type gate struct {
	overall, perSource int

	mu     sync.Mutex
	inside int
	from   map[string]int
}

func newGate(overall, perSource int) *gate {
	return &gate{overall: overall, perSource: perSource, from: map[string]int{}}
}

// enter lets one more in, and returns how to leave; ok is false when it is full.
func (g *gate) enter(source string) (leave func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside >= g.overall || g.from[source] >= g.perSource {
		return func() {}, false
	}
	g.inside++
	g.from[source]++
	return sync.OnceFunc(func() { g.leave(source) }), true
}

func (g *gate) leave(source string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.from[source]--; g.from[source] == 0 {
		delete(g.from, source)
	}
}
