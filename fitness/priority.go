package fitness

import (
	"context"

	"domestique/strava"
)

// InBackground is for work that nobody waits for: its calls leave some of Strava's quota to those who do wait, and count
// for no answer.
func InBackground(ctx context.Context) context.Context {
	return strava.WithCounter(strava.WithPriority(ctx, strava.PriorityBackground), nil)
}

// ForEvent is for the work that an event of Strava's asks for: its calls go before those in the background, and after
// those that somebody waits for.
func ForEvent(ctx context.Context) context.Context {
	return strava.WithCounter(strava.WithPriority(ctx, strava.PriorityEvent), nil)
}

// Shared is the urgency of work that several wait for: that of the most urgent of them. It is safe for concurrent use, but
// for MayFareBetter, which is for whoever does the work.
type Shared struct {
	urgency *urgency
	tried   strava.Priority
}

// Share gives the context of work that others than the caller may come to wait for, and its urgency.
func Share(ctx context.Context) (context.Context, *Shared) {
	priority := strava.PriorityOf(ctx)
	shared := &Shared{urgency: urgencyOf(priority), tried: priority}
	return strava.WithChangingPriority(ctx, shared.urgency.now), shared
}

// Join makes the work at least as urgent as ctx.
func (s *Shared) Join(ctx context.Context) { s.urgency.raise(strava.PriorityOf(ctx)) }

// MayFareBetter reports whether the work failed for not being urgent enough, and has become more urgent since it was begun,
// or since it was last tried.
func (s *Shared) MayFareBetter(err error) bool {
	limit, ok := asRateLimit(err)
	now := s.urgency.now()
	if !ok || !limit.Kept() || now >= s.tried {
		return false
	}
	s.tried = now
	return true
}
