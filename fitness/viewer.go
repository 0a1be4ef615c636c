package fitness

import "context"

// Viewer is on whose behalf something is asked. It travels in the context of every question to a [Service], see
// [WithViewer], and its zero value is the one with the least rights.
type Viewer int

const (
	// Anonymous is anybody. They see the projection of what is held that [Config.Public] allows, and cause no call.
	Anonymous Viewer = iota
	// Owner is the athlete whose data this is, and what the gateway does for them by itself: its jobs and its commands.
	Owner
)

type viewerKey struct{}

// WithViewer gives the context of what is asked on the viewer's behalf.
func WithViewer(ctx context.Context, viewer Viewer) context.Context {
	return context.WithValue(ctx, viewerKey{}, viewer)
}

// ViewerOf is on whose behalf ctx is. A context that nobody was put into is anybody's.
func ViewerOf(ctx context.Context) Viewer {
	viewer, _ := ctx.Value(viewerKey{}).(Viewer)
	return viewer
}

// ownerOnly is the refusal of what is not for anybody's eyes, nil for the owner. It stands before the first look at what
// is held: that an answer is quick, or fails for another reason, tells something too.
func ownerOnly(ctx context.Context) error {
	if ViewerOf(ctx) == Owner {
		return nil
	}
	return notForAnybody()
}

func notForAnybody() *Error { return forbidden("Only the gateway's owner may have this.") }

// forbidden is the refusal of what the viewer may not have. It is the same whether there is any of it or not.
func forbidden(message string) *Error { return &Error{Code: CodeForbidden, Message: message} }

type heldOnlyKey struct{}

// heldOnly is for what may not cause a call, now or later.
func heldOnly(ctx context.Context) context.Context {
	return context.WithValue(ctx, heldOnlyKey{}, true)
}

// MayCall reports whether a [History] may ask Strava for the sake of ctx. Where it may not, it gives what it holds.
func MayCall(ctx context.Context) bool { return ctx.Value(heldOnlyKey{}) == nil }

// ErrNothingHeld is what a [History] fails with that holds nothing yet and may not ask Strava.
var ErrNothingHeld = &Error{
	Code: CodeUpstreamUnavailable, Message: "Nothing is held yet that could be shown. Try again in a minute.",
}
