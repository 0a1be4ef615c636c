package mirror

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"domestique/fitness"
)

// syncTimeout bounds one sync: a page takes about 1.5 s, and a quarter of an hour's quota has a hundred.
const syncTimeout = 15 * time.Minute

// work owns what goes on in the background: one sync at a time, which belongs to none of those who wait for it, and what
// watches the store. Its zero value is ready.
type work struct {
	mu      sync.Mutex
	closed  bool
	ending  context.Context // ends with close; nil until it is needed
	end     context.CancelFunc
	flight  *flight
	watches bool
	running sync.WaitGroup
}

// flight is a sync that is under way.
type flight struct {
	urgency *fitness.Shared
	landed  chan struct{} // closed when err is set
	err     error
}

// do runs a sync, or joins the one that is under way, and waits for it or for the end of ctx.
func (w *work) do(ctx context.Context, sync func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	flight := w.begin(ctx, sync)
	select {
	case <-flight.landed:
		return flight.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin is do without the waiting.
func (w *work) begin(ctx context.Context, sync func(context.Context) error) *flight {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.flight != nil {
		w.flight.urgency.Join(ctx)
		return w.flight
	}
	ctx, urgency := fitness.Share(ctx)
	begun := &flight{urgency: urgency, landed: make(chan struct{})}
	if w.closed {
		begun.err = fitness.ErrClosed
		close(begun.landed)
		return begun
	}
	w.flight = begun
	w.start(ctx, func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, syncTimeout)
		defer cancel()
		err := w.run(ctx, sync)
		for w.isToRepeat(begun, err) {
			err = w.run(ctx, sync)
		}
		begun.err = err
		close(begun.landed)
	})
	return begun
}

// isToRepeat reports whether a sync failed for want of urgency that it has by now. If not, nobody can join it any more.
func (w *work) isToRepeat(begun *flight, err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.flight != begun {
		return false
	}
	if begun.urgency.MayFareBetter(err) {
		return true
	}
	w.flight = nil
	return false
}

// run keeps a panic from ending the process, and with it everything that has nothing to do with the copy.
func (w *work) run(ctx context.Context, sync func(context.Context) error) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v\n%s", reason, debug.Stack())
		}
	}()
	err = sync(ctx)
	if errors.Is(err, context.Canceled) && w.isClosed() {
		return fitness.ErrClosed
	}
	return err
}

// disown lets nobody join the sync that is under way.
func (w *work) disown() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flight = nil
}

// watch starts a watch unless there is one, and calls ended when another may be started. It outlives whoever had it started by
// far, so it carries nothing of theirs: their trace would never end.
func (w *work) watch(watch func(context.Context), ended func()) (started bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.watches || w.closed {
		return false
	}
	w.watches = true
	w.start(context.Background(), func(ctx context.Context) {
		watch(ctx)
		w.mu.Lock()
		w.watches = false
		w.mu.Unlock()
		ended()
	})
	return true
}

// start runs something on a context that carries the values of ctx and that only close ends. It is called with mu held.
func (w *work) start(ctx context.Context, something func(context.Context)) {
	if w.ending == nil {
		w.ending, w.end = context.WithCancel(context.Background())
	}
	detached, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(w.ending, cancel)
	w.running.Go(func() {
		defer cancel()
		defer stop()
		something(detached)
	})
}

func (w *work) isClosed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

// close ends everything and waits for it, or for the end of ctx.
func (w *work) close(ctx context.Context) error {
	w.mu.Lock()
	w.closed = true
	if w.end != nil {
		w.end()
	}
	w.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		w.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the copy's background work: %w", ctx.Err())
	}
}
