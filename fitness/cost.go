package fitness

import (
	"context"
	"sync/atomic"
	"time"

	"domestique/strava"
)

// Cost is what an answer cost, and how old the oldest thing in it is. It is safe for concurrent use.
//
// A call counts for the answer that set it off. Where several wait for the same call, that is the first of those who
// still wait when it ends, so that no call counts twice, and none is lost while anybody waits for it. Work in the
// background that an answer does not wait for, such as a sync that is due, costs it nothing.
type Cost struct {
	calls strava.Counter
	asOf  atomic.Int64 // nanoseconds since 1970; 0 while there is nothing
}

type costKey struct{}

// WithCost gives a context, and the cost of what a [Service] answers on it.
func WithCost(ctx context.Context) (context.Context, *Cost) {
	cost := new(Cost)
	return strava.WithCounter(context.WithValue(ctx, costKey{}, cost), &cost.calls), cost
}

// UpstreamCalls is how many calls to Strava's API were made for the answer, failed ones included. New access tokens are
// not among them: they cost none of the quota.
func (c *Cost) UpstreamCalls() int { return c.calls.Calls() }

// AsOf is a time at which all of Strava's data in the answer was known to be true; zero if there is none in it. For the
// list of activities, and all that is computed from it, that is when the oldest of it was fetched.
func (c *Cost) AsOf() time.Time {
	if oldest := c.asOf.Load(); oldest != 0 {
		return time.Unix(0, oldest).UTC()
	}
	return time.Time{}
}

// noteAge notes that there is data in the answer that was known to be true at that time, and so may be kept for a week from
// then. A zero time is not known.
func noteAge(ctx context.Context, knownAt time.Time) {
	if !knownAt.IsZero() {
		noteEnd(ctx, knownAt.Add(KeptAtMost))
	}
	if cost, _ := ctx.Value(costKey{}).(*Cost); cost != nil && !knownAt.IsZero() {
		cost.reachBack(knownAt.UnixNano())
	}
}

func (c *Cost) reachBack(knownAt int64) {
	for {
		oldest := c.asOf.Load()
		if oldest != 0 && oldest <= knownAt || c.asOf.CompareAndSwap(oldest, knownAt) {
			return
		}
	}
}

// withoutAge is for what is looked up and does not show in the answer: its calls count, its age does not.
func withoutAge(ctx context.Context) context.Context {
	return context.WithValue(ctx, costKey{}, (*Cost)(nil))
}
