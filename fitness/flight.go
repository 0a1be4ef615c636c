package fitness

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// errClosed is what work ends with that the end of the service cut short.
var errClosed = errors.New("the service is closing")

// background owns the work that does not end with the query that asked for it. Its zero value is ready.
type background struct {
	mu      sync.Mutex
	closed  bool
	nextID  int
	cancels map[int]context.CancelFunc
	running sync.WaitGroup
}

// start runs work on a context that only its own deadline and close can end; it carries the values of ctx. It refuses
// when the background is closed.
func (b *background) start(ctx context.Context, timeout time.Duration, work func(context.Context)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	id := b.nextID
	b.nextID++
	if b.cancels == nil {
		b.cancels = map[int]context.CancelFunc{}
	}
	b.cancels[id] = cancel
	b.running.Go(func() {
		defer b.finish(id)
		work(detached)
	})
	return true
}

func (b *background) finish(id int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cancels[id]()
	delete(b.cancels, id)
}

// close ends all work and waits for it, or for the end of ctx.
func (b *background) close(ctx context.Context) error {
	b.mu.Lock()
	b.closed = true
	for _, cancel := range b.cancels {
		cancel()
	}
	b.mu.Unlock()

	ended := make(chan struct{})
	go func() {
		b.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for background work: %w", ctx.Err())
	}
}

func (b *background) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

// flights answers equal questions, asked at the same time, by one piece of work. The work belongs to none of those who
// wait for it: it goes on when they give up, because its answer is kept for the next one who asks. Only work that has
// to wait for its turn is dropped when the last of them gives up. It is safe for concurrent use.
type flights[K comparable, V any] struct {
	background *background
	timeout    time.Duration // of one piece of work, its turn included
	turns      chan struct{} // one for each piece of work under way

	mu     sync.Mutex
	booked map[K]*flight[V]
}

type flight[V any] struct {
	waiting int           // guarded by flights.mu
	landed  chan struct{} // closed when value and err are set
	value   V
	err     error
}

// newFlights makes flights of which at most so many are under way at a time.
func newFlights[K comparable, V any](owner *background, timeout time.Duration, atATime int) *flights[K, V] {
	return &flights[K, V]{
		background: owner,
		timeout:    timeout,
		turns:      make(chan struct{}, atATime),
		booked:     map[K]*flight[V]{},
	}
}

// do answers the question of that key with work, or joins those who asked it already. The end of ctx ends the wait.
func (f *flights[K, V]) do(ctx context.Context, key K, work func(context.Context) (V, error)) (V, error) {
	var none V
	if err := ctx.Err(); err != nil {
		return none, err
	}
	flight := f.book(ctx, key, work)
	select {
	case <-flight.landed:
		return flight.value, flight.err
	case <-ctx.Done():
		f.giveUp(flight)
		return none, ctx.Err()
	}
}

// book takes a seat in the flight of that key; who has one either waits until it landed or gives up.
func (f *flights[K, V]) book(ctx context.Context, key K, work func(context.Context) (V, error)) *flight[V] {
	f.mu.Lock()
	defer f.mu.Unlock()
	if shared, ok := f.booked[key]; ok {
		shared.waiting++
		return shared
	}
	shared := &flight[V]{waiting: 1, landed: make(chan struct{})}
	f.booked[key] = shared
	started := f.background.start(ctx, f.timeout, func(ctx context.Context) {
		defer f.land(key, shared)
		shared.value, shared.err = f.fly(ctx, key, shared, work)
	})
	if !started {
		delete(f.booked, key)
		shared.err = errClosed
		close(shared.landed)
	}
	return shared
}

func (f *flights[K, V]) giveUp(shared *flight[V]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	shared.waiting--
}

// fly waits for its turn and does the work, unless nobody waits for it any more.
func (f *flights[K, V]) fly(
	ctx context.Context, key K, shared *flight[V], work func(context.Context) (V, error),
) (value V, err error) {
	select {
	case f.turns <- struct{}{}:
		defer func() { <-f.turns }()
	case <-ctx.Done():
		return value, f.causeOf(ctx.Err())
	}
	if f.unwanted(key, shared) {
		return value, nil
	}
	defer func() {
		// A panic here would end the process, and with it everything that has nothing to do with this question.
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v\n%s", reason, debug.Stack())
		}
	}()
	value, err = work(ctx)
	return value, f.causeOf(err)
}

// unwanted reports whether nobody waits for the flight any more, and then lets nobody take a seat in it.
func (f *flights[K, V]) unwanted(key K, shared *flight[V]) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if shared.waiting > 0 {
		return false
	}
	if f.booked[key] == shared {
		delete(f.booked, key)
	}
	return true
}

// causeOf tells a work that was cut short by close from one whose caller gave up, which work never sees.
func (f *flights[K, V]) causeOf(err error) error {
	if errors.Is(err, context.Canceled) && f.background.isClosed() {
		return errClosed
	}
	return err
}

// disown lets nobody take a seat in the flights that are under way.
func (f *flights[K, V]) disown() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.booked)
}

func (f *flights[K, V]) land(key K, shared *flight[V]) {
	f.mu.Lock()
	if f.booked[key] == shared {
		delete(f.booked, key)
	}
	f.mu.Unlock()
	close(shared.landed)
}
