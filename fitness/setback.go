package fitness

import (
	"context"
	"errors"
	"slices"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

const (
	// pauseForStrava is how long Strava is left alone after what passes by itself: an outage, a time-out, a dead token.
	pauseForStrava = 5 * time.Second
	// pauseForPeople is how long after what a person has to mend.
	pauseForPeople = time.Minute
)

// setback is a failure that took a call to Strava. It is given again, instead of asking, until it may have passed: who
// asks in a loop must not spend the quota on an answer that is known. A setback never changes.
type setback struct {
	cause error
	until time.Time
}

func (s *setback) Error() string { return s.cause.Error() }
func (s *setback) Unwrap() error { return s.cause }

// standing is the failure to give again, nil once Strava may be asked, as it may after no setback at all.
func (s *setback) standing(now time.Time) error {
	if s == nil || !now.Before(s.until) {
		return nil
	}
	return s
}

// setbackAfter is what to remember of a failure, nil if Strava may be asked again at once. What is given again stays the
// same setback, and gets no older by that.
func setbackAfter(err error, now time.Time) *setback {
	known, isKnown := errors.AsType[*setback](err)
	limit, isLimit := asRateLimit(err)
	switch {
	case isKnown:
		return known
	case err == nil, tookNoCall(err), refusedUnsent(err):
		return nil
	case isLimit:
		return &setback{cause: err, until: limit.RetryAt}
	case needsPeople(err):
		return &setback{cause: err, until: now.Add(pauseForPeople)}
	default:
		return &setback{cause: err, until: now.Add(pauseForStrava)}
	}
}

// tookNoCall reports whether Strava's API was not asked: there was no token to ask with, which ends the moment a person
// connects, or whoever asked was stopped.
func tookNoCall(err error) bool {
	return !errors.Is(err, errUnpinned) && isAnyOf(err,
		tokens.ErrNotConnected, tokens.ErrNeedsConsent, tokens.ErrAppInactive, tokens.ErrMisconfigured, tokens.ErrUnavailable,
		ErrClosed, context.Canceled)
}

// refusedUnsent reports whether the client refused a call before the network. It does so again for nothing as long as
// there is a reason to, and only it knows when that is over, and for whom: a place that was held for a call under way
// becomes free, and what background work has to leave alone is there for who waits.
func refusedUnsent(err error) bool {
	limit, ok := asRateLimit(err)
	return ok && !limit.Sent
}

// needsPeople reports whether the failure lasts until someone does something about it.
func needsPeople(err error) bool {
	return isAnyOf(err,
		strava.ErrAppInactive, strava.ErrScopeMissing, strava.ErrSubscriptionRequired, strava.ErrRestricted,
		strava.ErrClientInvalid, strava.ErrAthleteLimit, tokens.ErrOtherAthlete)
}

func isAnyOf(err error, kinds ...error) bool {
	return slices.ContainsFunc(kinds, func(kind error) bool { return errors.Is(err, kind) })
}
