package fitness

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

const (
	scopeActivityWrite = "activity:write"
	scopeProfileWrite  = "profile:write"

	// uploadTimeout bounds the way of a file to Strava, its turn included; the client's own bound is five minutes.
	uploadTimeout = 7 * time.Minute
	// uploadsAtATime bounds the memory for files; each may have 25 MB.
	uploadsAtATime = 2
)

// write is one change at Strava. Its address is its identity: two writes that ask for the same are two writes.
//
// A write is sent once. It goes on when whoever asked for it goes away, so that what is held is right afterwards; only one
// that still waits for its turn is dropped. Writes take turns, so that what Strava says last is what is kept; uploads,
// which take long and change nothing that is held, have turns of their own.
type write struct {
	scope string
	// retry says what to look for, and what another attempt would do, when nobody knows whether Strava acted.
	retry string
	// subject is the argument that Strava does not know when it answers that there is no such thing.
	subject string
	// arguments are the input's names of what Strava's faults name.
	arguments map[string]string
}

// perform carries a write out, in a turn of that lane. Without the scope, where it is known what was granted, or for
// another athlete's grant, nothing is sent.
func perform[V any](
	ctx context.Context, s *Service, lane *flights[*write, any], w *write, send func(context.Context) (*V, error),
) (*V, error) {
	if err := s.mayWrite(ctx, w.scope); err != nil {
		return nil, err
	}
	asked := s.now()
	value, err := lane.do(ctx, w, func(ctx context.Context) (any, error) {
		value, err := send(ctx)
		return value, w.explain(err)
	})
	if err != nil {
		return nil, explained(err)
	}
	noteAge(ctx, asked) // What Strava answers is as it is from now on.
	return as[V](value), nil
}

// mayWrite fails for all but the owner, where it is known without a call that Strava would refuse, and where the grant is
// not the athlete's who may be served here.
func (s *Service) mayWrite(ctx context.Context, scope string) error {
	if err := ownerOnly(ctx); err != nil {
		return err
	}
	grant := s.tokens.Status(ctx)
	if grant.State == tokens.StateConnected && len(grant.Scopes) > 0 && !slices.Contains(grant.Scopes, scope) {
		return scopeMissing(scope, nil)
	}
	_, err := s.owner(ctx)
	return explained(err)
}

func scopeMissing(scope string, cause error) *Error {
	return &Error{
		Code: CodeScopeMissing, Scope: scope, err: cause,
		Message: fmt.Sprintf("This needs the scope %s, which the athlete has not granted. Add it to STRAVA_SCOPES, open "+
			"/connect (or run `domestique connect`), and leave all boxes ticked.", scope),
	}
}

// explain is what a failed write means to the one who asked for it. It is decided here, while it is known that a call to
// Strava was under way.
func (w *write) explain(err error) error {
	refusal, refused := errors.AsType[*strava.APIError](err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, strava.ErrScopeMissing):
		scope := missingScope(err)
		if scope == "" {
			scope = w.scope
		}
		return scopeMissing(scope, err)
	case errors.Is(err, strava.ErrNotFound):
		return badInput(w.subject, "Strava knows nothing of this id that the athlete could change.")
	case leavesDoubt(err):
		return w.doubt(err)
	case refused && explainsNothing(refusal):
		return w.fault(refusal)
	default:
		return explained(err)
	}
}

// leavesDoubt reports whether nobody knows if Strava acted. A call that never got a token, or no connection, did nothing;
// what cut a call short, or garbled its answer, tells nothing of what happened before.
func leavesDoubt(err error) bool {
	switch operation, onNetwork := errors.AsType[*net.OpError](err); {
	case errors.Is(err, context.Canceled):
		return true
	case tookNoCall(err), onNetwork && operation.Op == "dial":
		return false
	default:
		return errors.Is(err, strava.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
	}
}

// doubt words that. The cause stays as a text alone: a cancellation in it is not the caller's.
func (w *write) doubt(cause error) *Error {
	return &Error{
		Code:    CodeUpstreamUnavailable,
		Message: "Strava did not answer, so the change may have been made all the same: look before you try again. " + w.retry,
		err:     errors.New(cause.Error()),
	}
}

// explainsNothing reports whether only the refusal's faults tell what Strava finds wrong.
func explainsNothing(refusal *strava.APIError) bool {
	known := isAnyOf(refusal, strava.ErrUnauthorized, strava.ErrAppInactive, strava.ErrClientInvalid, strava.ErrAthleteLimit,
		strava.ErrSubscriptionRequired, strava.ErrRestricted)
	return !known && refusal.Status >= 400 && refusal.Status < 500
}

// fault names the argument that Strava finds wrong, as far as it tells. Strava's own words stay in the log.
func (w *write) fault(refusal *strava.APIError) *Error {
	for _, fault := range refusal.Faults {
		if argument, ok := w.arguments[fault.Field]; ok {
			return &Error{Code: CodeBadUserInput, Message: "Strava does not take this value.", Argument: argument, err: refusal}
		}
	}
	return &Error{
		Code: CodeBadUserInput, Message: "Strava refuses this, and does not say which part is wrong.", Argument: "input", err: refusal,
	}
}

// take puts an activity, as Strava has just told it, into the list.
func (s *Service) take(ctx context.Context, detailed *strava.DetailedActivity) *Activity {
	activity := activityOf(&detailed.SummaryActivity)
	s.history.Amend(ctx, int64(detailed.Athlete.ID), activity)
	return activity
}

// refetch brings the list's row of an activity up to date. It costs a call.
func (s *Service) refetch(ctx context.Context, stravaID int64) (*Activity, error) {
	detailed, err := s.strava.Activity(ctx, stravaID)
	if err != nil {
		return nil, fmt.Errorf("fetch the activity again: %w", err)
	}
	return s.take(ctx, detailed), nil
}
