package strava

import "context"

// Priority says who waits for a call, and so which calls go first when the quota runs short. The zero value is the most
// urgent.
type Priority int

const (
	// PriorityClient is for what a person waits for: all that is left may be spent on it.
	PriorityClient Priority = iota
	// PriorityEvent is for what follows from an event that Strava sent.
	PriorityEvent
	// PriorityBackground is for what can wait, such as keeping a copy up to date.
	PriorityBackground
)

// String names the work that has the priority, as it stands in errors.
func (p Priority) String() string {
	switch p {
	case PriorityClient:
		return "a client's call"
	case PriorityEvent:
		return "the work on an event"
	default:
		return "background work"
	}
}

type priorityKey struct{}

// WithPriority returns a context whose calls have the priority. Without one they have [PriorityClient].
func WithPriority(ctx context.Context, p Priority) context.Context {
	return WithChangingPriority(ctx, func() Priority { return p })
}

// WithChangingPriority returns a context whose calls have the priority that current tells at the moment when each of them
// is to be sent: somebody may have begun to wait for work that was begun in the background. current is called
// concurrently.
func WithChangingPriority(ctx context.Context, current func() Priority) context.Context {
	return context.WithValue(ctx, priorityKey{}, current)
}

// PriorityOf returns the priority that calls on ctx have now.
func PriorityOf(ctx context.Context) Priority {
	if current, ok := ctx.Value(priorityKey{}).(func() Priority); ok {
		return current()
	}
	return PriorityClient
}
