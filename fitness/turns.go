package fitness

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"domestique/strava"
)

// urgency is a priority that may rise while work is under way: a client begins to wait for what was begun in the
// background. It is safe for concurrent use.
type urgency struct{ priority atomic.Int64 }

func urgencyOf(p strava.Priority) *urgency {
	u := new(urgency)
	u.priority.Store(int64(p))
	return u
}

func (u *urgency) now() strava.Priority { return strava.Priority(u.priority.Load()) }

// raise makes it at least as urgent as that.
func (u *urgency) raise(p strava.Priority) {
	for {
		current := u.priority.Load()
		if current <= int64(p) || u.priority.CompareAndSwap(current, int64(p)) {
			return
		}
	}
}

// turns let so much work go on at a time. What is more urgent goes first, and of the same urgency what came first. They
// are safe for concurrent use.
type turns struct {
	mu    sync.Mutex
	free  int
	queue []*turn // in the order in which they came; empty while there is a free one
}

// turn is one that is waited for.
type turn struct {
	urgency *urgency
	come    chan struct{} // closed once it is there
}

func newTurns(atATime int) *turns { return &turns{free: atATime} }

// await waits for a turn, which has to be passed on, or fails with the end of ctx.
func (t *turns) await(ctx context.Context, u *urgency) error {
	mine := t.book(u)
	select {
	case <-mine.come:
		return nil
	case <-ctx.Done():
		t.leave(mine)
		return ctx.Err()
	}
}

func (t *turns) book(u *urgency) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	mine := &turn{urgency: u, come: make(chan struct{})}
	if t.free > 0 {
		t.free--
		close(mine.come)
	} else {
		t.queue = append(t.queue, mine)
	}
	return mine
}

// leave gives up a turn, which may have come at the same moment.
func (t *turns) leave(mine *turn) {
	t.mu.Lock()
	at := slices.Index(t.queue, mine)
	if at >= 0 {
		t.queue = slices.Delete(t.queue, at, at+1)
	}
	t.mu.Unlock()
	if at < 0 {
		t.pass()
	}
}

// pass ends a turn, and gives it to whoever waits for it most urgently.
func (t *turns) pass() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.queue) == 0 {
		t.free++
		return
	}
	next := 0
	for i, waiting := range t.queue {
		if waiting.urgency.now() < t.queue[next].urgency.now() {
			next = i
		}
	}
	close(t.queue[next].come)
	t.queue = slices.Delete(t.queue, next, next+1)
}
