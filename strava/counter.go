package strava

import (
	"context"
	"sync/atomic"
)

// Counter counts calls. Its zero value is ready, and it is safe for concurrent use.
type Counter struct{ calls atomic.Int64 }

// Calls returns how many there were.
func (c *Counter) Calls() int { return int(c.calls.Load()) }

// Add counts calls that were made elsewhere. A nil Counter counts nothing.
func (c *Counter) Add(calls int) {
	if c != nil {
		c.calls.Add(int64(calls))
	}
}

type counterKey struct{}

// WithCounter returns a context whose calls of a [Client] are counted, and no longer by the counter of ctx: every request
// that was sent, whatever became of it, and none that was refused before the network. Nil: they are not counted.
func WithCounter(ctx context.Context, counter *Counter) context.Context {
	return context.WithValue(ctx, counterKey{}, counter)
}

// CounterOf returns what counts the calls on ctx, nil for nothing.
func CounterOf(ctx context.Context) *Counter {
	counter, _ := ctx.Value(counterKey{}).(*Counter)
	return counter
}
