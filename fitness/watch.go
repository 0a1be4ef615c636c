package fitness

import "context"

// Watch is who looks on while a [Service] works: for traces and metrics. Its functions are called by many goroutines at once,
// and must not wait; nil ones are not called.
type Watch struct {
	// Begin is told what an answer is going to be made of that may take time, as in "the photos of an activity". It gives the
	// context to go on with, and who is told how it ended: the error is an [*Error], or that of the caller's own context.
	Begin func(ctx context.Context, what string) (context.Context, func(error))
	// Answered is told of each answer to a question about one thing: of what kind it is, in the same words, and where the
	// answer came from.
	Answered func(what string, from AnswerFrom)
}

// AnswerFrom is where an answer came from.
type AnswerFrom string

// Where answers come from.
const (
	AnswerFromMemory AnswerFrom = "memory" // It was held and fresh.
	AnswerFromStrava AnswerFrom = "strava" // Strava was asked, by this question or one that it joined.
	AnswerStale      AnswerFrom = "stale"  // Strava could not be asked, so an older one was given.
	AnswerNone       AnswerFrom = "none"   // Strava could not be asked, and nothing was held.
)

func (w Watch) begin(ctx context.Context, what string) (context.Context, func(error)) {
	if w.Begin == nil {
		return ctx, func(error) {}
	}
	ctx, end := w.Begin(ctx, what)
	return ctx, func(err error) { end(explained(err)) }
}

func (w Watch) answered(of kind, from AnswerFrom) {
	if w.Answered != nil {
		w.Answered(string(of), from)
	}
}
