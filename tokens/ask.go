package tokens

import (
	"context"
	"errors"
	"fmt"
	"time"

	"domestique/strava"
)

// reply is what came of asking Strava under a claim.
type reply struct {
	claimed *grant // The row as claimed; nil: it could not be, and Strava was not asked.
	spent   strava.Secret
	answer  strava.Grant
}

// errMoved: another process has changed the row, so it is to be decided upon anew.
var errMoved = errors.New("the row has moved on")

// ask spends a refresh token and, where Strava refuses it, the previous one: once each, each under a claim of its own.
//
// A refusal means nothing if the row has moved on meanwhile, for then another process has won or is asking. What follows
// a refusal, the claim for the previous token here or the note in conclude, is therefore written over the revision that
// was claimed: that fails if the row is another by then, and is a surer proof than reading it again would be.
func (m *Manager) ask(ctx context.Context, stored *grant, token strava.Secret) (reply, error) {
	got, err := m.spend(ctx, stored, token)
	if !errors.Is(err, strava.ErrRefreshTokenInvalid) || got.claimed.previous == "" {
		return got, err
	}
	m.log.Warn("strava refused the refresh token; the previous one is tried", "generation", got.claimed.row.Generation)
	return m.spend(ctx, got.claimed, got.claimed.previous)
}

// spend claims the row (nil: there is none yet) for a refresh token and asks Strava once.
func (m *Manager) spend(ctx context.Context, stored *grant, token strava.Secret) (reply, error) {
	p := m.paceOf(stored)
	lease := Lease{ID: m.id + "." + m.newID(), Intent: intentOf(token), TTL: p.lease}
	change := claim(stored, lease)
	if stored == nil {
		change = firstRow(token, lease)
	}
	began := m.now()
	claiming, stop := context.WithTimeout(ctx, p.store)
	defer stop()
	claimed, wrote, err := m.update(claiming, stored, change, nil)
	switch {
	case err != nil:
		return reply{}, err
	case !wrote, m.now().Sub(began) > p.timeout:
		// Others count the lease from when they saw it, so after a slow write what is left may be too short.
		return reply{}, errMoved
	}
	asking, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	answer, err := m.oauth.Refresh(asking, strava.Grant{RefreshToken: token, Application: m.apps.of(claimed)})
	return reply{claimed: claimed, spent: token, answer: answer}, err
}

// record writes Strava's answer down, before anything else and for as long as it takes. After the first failed attempt
// memory serves it and the flight's callers go on.
func (m *Manager) record(ctx context.Context, f *flight, got reply) error {
	change := answered(got.claimed, got.spent, got.answer, m.moment().strava)
	stored, _, err := m.update(ctx, got.claimed, change, func(unwritten *grant, err error) {
		m.log.Error("the refreshed grant is served from memory until the store takes it", "error", err)
		m.hold(unwritten)
		m.land(f, m.brought(got.claimed))
	})
	if err != nil {
		m.log.Error("the refreshed grant has no row to be stored in any more", "error", err)
		f.writeErr = err
		return err
	}
	m.hold(stored)
	m.log.Info("refreshed the grant", "generation", stored.row.Generation, "expires", stored.row.ExpiresAt)
	if f.landed {
		return nil
	}
	return m.brought(got.claimed)
}

// brought notes that Strava has answered, and returns an error if that did not bring a usable token.
func (m *Manager) brought(before *grant) error {
	held, now := m.held.Load(), m.moment()
	switch {
	case held.refused:
		// Strava hands out the access token that it has, while there is more than an hour of it, so this is what one odd
		// refusal leads to (https://developers.strava.com/docs/authentication/). The grant is good; whether the token is,
		// only the API can say, so it goes on being asked. Strava's token endpoint is asked again less and less often.
		m.work.failures++
		m.trust(now.here.Add(m.jittered(held.pace.retry(FailureTokenRefused, m.work.failures))))
		return nil
	case held.access == "":
		return m.pauseAsking(held.pace, verdict{failure: FailureNoAnswer, err: errNoNewer})
	}
	m.work.failures, m.work.lastErr = 0, errNoNewer
	switch {
	case !held.grant.usableAt(now.strava):
		m.vouch(now.here.Add(assumedLife))
		m.work.askAfter = now.here.Add(assumedLife / 2)
	case held.access == before.access:
		m.work.askAfter = now.here.Add(held.pace.poll)
	}
	return nil
}

var errNoNewer = fmt.Errorf("%w: strava's answer brought no newer access token", ErrUnavailable)

// conclude ends a request that Strava did not grant: it gives the lease back with the reason, and returns what callers
// are told, or errMoved if another process has changed the row.
func (m *Manager) conclude(ctx context.Context, claimed *grant, err error) error {
	p := m.paceOf(claimed)
	found := judge(err, claimed.row.Failure)
	_ = m.pauseAsking(p, found)
	m.log.Warn("the refresh failed", "failure", string(found.failure), "error", err)
	writing, cancel := context.WithTimeout(ctx, p.store)
	defer cancel()
	stored, wrote, err := m.update(writing, claimed, released(claimed, found.state, found.failure), nil)
	switch {
	case err != nil && found.state == StateNeedsConsent:
		return err // What only the athlete can mend is not said before the row says it.
	case err != nil:
		return found.err
	case !wrote:
		return errMoved
	}
	m.hold(stored)
	return found.err
}

// verdict is what an unsuccessful request to Strava means.
type verdict struct {
	state   State // Empty: as before.
	failure Failure
	retryAt time.Time // By Strava's clock. Zero: Strava did not say.
	err     error     // For callers.
}

// judge reads an error of the refresher. last is the failure that the row had before.
func judge(err error, last Failure) verdict {
	if limit, ok := errors.AsType[*strava.RateLimitError](err); ok {
		return verdict{failure: FailureRateLimited, retryAt: limit.RetryAt, err: fmt.Errorf("%w: %w", ErrUnavailable, err)}
	}
	switch {
	case errors.Is(err, strava.ErrRefreshTokenInvalid) && last == FailureNoAnswer:
		return verdict{state: StateNeedsConsent, failure: FailureAnswerLost, err: fmt.Errorf("%w: %w", ErrNeedsConsent, err)}
	case errors.Is(err, strava.ErrRefreshTokenInvalid):
		return verdict{state: StateNeedsConsent, failure: FailureRefused, err: fmt.Errorf("%w: %w", ErrNeedsConsent, err)}
	case errors.Is(err, strava.ErrClientInvalid):
		return verdict{state: StateMisconfigured, failure: FailureClient, err: fmt.Errorf("%w: %w", ErrMisconfigured, err)}
	case errors.Is(err, strava.ErrAppInactive):
		return verdict{state: StateAppInactive, failure: FailureAppInactive, err: fmt.Errorf("%w: %w", ErrAppInactive, err)}
	default:
		return verdict{failure: FailureNoAnswer, err: fmt.Errorf("%w: %w", ErrUnavailable, err)}
	}
}

// longestRateLimit is the longest that Strava's word on when to come back is followed: its shorter quota is a quarter of
// an hour.
const longestRateLimit = 15 * time.Minute

// pauseAsking notes a failure and how long Strava is left alone after it, and returns the error for callers.
func (m *Manager) pauseAsking(p pace, found verdict) error {
	m.work.failures++
	m.work.lastErr = found.err
	now := m.moment()
	wait := m.jittered(p.retry(found.failure, m.work.failures))
	if !found.retryAt.IsZero() {
		wait = max(wait, min(longestRateLimit, found.retryAt.Sub(now.strava)))
	}
	m.work.askAfter = now.here.Add(wait)
	return found.err
}
