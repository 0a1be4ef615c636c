package fitness

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"domestique/strava"
)

// ErrClosed is what work ends with that the end of the service, or of its history, cut short.
var ErrClosed = errors.New("the service is closing")

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
	detached, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	return b.run(detached, cancel, work)
}

// accompany runs work on a context that ends with ctx, or with close. It refuses when the background is closed.
func (b *background) accompany(ctx context.Context, work func(context.Context)) bool {
	ctx, cancel := context.WithCancel(ctx)
	return b.run(ctx, cancel, work)
}

// run calls cancel when work has ended, and to end it. It refuses when the background is closed.
func (b *background) run(ctx context.Context, cancel context.CancelFunc, work func(context.Context)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		cancel()
		return false
	}
	id := b.nextID
	b.nextID++
	if b.cancels == nil {
		b.cancels = map[int]context.CancelFunc{}
	}
	b.cancels[id] = cancel
	b.running.Go(func() {
		defer b.finish(id)
		work(ctx)
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
// to wait for its turn is dropped when the last of them gives up. It is as urgent as the most urgent of them, and its
// calls count for the first of them. It is safe for concurrent use.
type flights[K comparable, V any] struct {
	background *background
	timeout    time.Duration // of one piece of work, its turn included
	turns      *turns

	mu     sync.Mutex
	booked map[K]*flight[V]
}

type flight[V any] struct {
	seats   []*seat // of those who wait, in the order in which they came; guarded by flights.mu
	urgency *urgency
	counter strava.Counter
	landed  chan struct{} // closed when value and err are set
	value   V
	err     error
}

// seat is somebody's place in a flight, with what counts the calls that are made for them.
type seat struct{ counter *strava.Counter }

// newFlights makes flights of which at most so many are under way at a time.
func newFlights[K comparable, V any](owner *background, timeout time.Duration, atATime int) *flights[K, V] {
	return &flights[K, V]{
		background: owner,
		timeout:    timeout,
		turns:      newTurns(atATime),
		booked:     map[K]*flight[V]{},
	}
}

// do answers the question of that key with work, or joins those who asked it already. The end of ctx ends the wait.
func (f *flights[K, V]) do(ctx context.Context, key K, work func(context.Context) (V, error)) (V, error) {
	var none V
	if err := ctx.Err(); err != nil {
		return none, err
	}
	flight, mine := f.book(ctx, key, work)
	select {
	case <-flight.landed:
		return flight.value, flight.err
	case <-ctx.Done():
		f.giveUp(flight, mine)
		return none, ctx.Err()
	}
}

// book takes a seat in the flight of that key; who has one either waits until it landed or gives up.
func (f *flights[K, V]) book(ctx context.Context, key K, work func(context.Context) (V, error)) (*flight[V], *seat) {
	f.mu.Lock()
	defer f.mu.Unlock()
	mine, priority := &seat{counter: strava.CounterOf(ctx)}, strava.PriorityOf(ctx)
	if shared, ok := f.booked[key]; ok {
		shared.seats = append(shared.seats, mine)
		shared.urgency.raise(priority)
		return shared, mine
	}
	shared := &flight[V]{seats: []*seat{mine}, urgency: urgencyOf(priority), landed: make(chan struct{})}
	f.booked[key] = shared
	started := f.background.start(shared.equip(ctx), f.timeout, func(ctx context.Context) {
		defer f.land(key, shared)
		shared.value, shared.err = f.fly(ctx, key, shared, work)
	})
	if !started {
		delete(f.booked, key)
		shared.err = ErrClosed
		close(shared.landed)
	}
	return shared, mine
}

// equip is the context of the work: as urgent as the flight, and with its calls counted for that.
func (s *flight[V]) equip(ctx context.Context) context.Context {
	return strava.WithChangingPriority(strava.WithCounter(ctx, &s.counter), s.urgency.now)
}

func (f *flights[K, V]) giveUp(shared *flight[V], mine *seat) {
	f.mu.Lock()
	defer f.mu.Unlock()
	shared.seats = slices.DeleteFunc(shared.seats, func(taken *seat) bool { return taken == mine })
}

// fly waits for its turn and does the work, unless nobody waits for it any more.
func (f *flights[K, V]) fly(
	ctx context.Context, key K, shared *flight[V], work func(context.Context) (V, error),
) (value V, err error) {
	if err := f.turns.await(ctx, shared.urgency); err != nil {
		return value, f.causeOf(err)
	}
	defer f.turns.pass()
	if f.unwanted(key, shared) {
		return value, nil
	}
	defer func() {
		// A panic here would end the process, and with it everything that has nothing to do with this question.
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panic: %v\n%s", reason, debug.Stack())
		}
	}()
	for {
		before := shared.urgency.now()
		value, err = work(ctx)
		if !f.mayFareBetter(key, shared, before, err) {
			return value, f.causeOf(err)
		}
	}
}

// unwanted reports whether nobody waits for the flight any more, and then lets nobody take a seat in it.
func (f *flights[K, V]) unwanted(key K, shared *flight[V]) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(shared.seats) > 0 {
		return false
	}
	f.withdraw(key, shared)
	return true
}

// mayFareBetter reports whether the work was refused for not being urgent enough, and has become more urgent since it
// began. If it has not, nobody who is more urgent may take a seat any more: the refusal would not be theirs.
func (f *flights[K, V]) mayFareBetter(key K, shared *flight[V], before strava.Priority, err error) bool {
	if limit, ok := asRateLimit(err); !ok || !limit.Kept() {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if shared.urgency.now() < before {
		return true
	}
	f.withdraw(key, shared)
	return false
}

// withdraw lets nobody take a seat in the flight. The caller holds the lock.
func (f *flights[K, V]) withdraw(key K, shared *flight[V]) {
	if f.booked[key] == shared {
		delete(f.booked, key)
	}
}

// causeOf tells a work that was cut short by close from one whose caller gave up, which work never sees.
func (f *flights[K, V]) causeOf(err error) error {
	if errors.Is(err, context.Canceled) && f.background.isClosed() {
		return ErrClosed
	}
	return err
}

// disown lets nobody take a seat in the flights that are under way.
func (f *flights[K, V]) disown() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.booked)
}

// land hands out what the work came to, and the count of its calls to the first who still waits.
func (f *flights[K, V]) land(key K, shared *flight[V]) {
	f.mu.Lock()
	f.withdraw(key, shared)
	if len(shared.seats) > 0 {
		shared.seats[0].counter.Add(shared.counter.Calls())
	}
	f.mu.Unlock()
	close(shared.landed)
}
