package tokens

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Status is how the grant is doing, without anything secret.
type Status struct {
	State     State
	ExpiresAt time.Time // Of the access token; zero: there is none.
	Scopes    []string  // As granted; empty: not known.
	AthleteID int64     // The only athlete allowed; zero: nobody is pinned yet.
	Pinned    bool      // The grant is known to be AthleteID's; one that came as a first refresh token doesn't tell.
	LastError Failure   // Since the last success; its String is a sentence for people.
}

// statusTimeout bounds the one read that a Status may cost.
const statusTimeout = 2 * time.Second

// Status answers from memory while the token there is fresh, and else reads the row once. It never asks Strava and never
// waits for a flight.
func (m *Manager) Status(ctx context.Context) Status {
	held := m.held.Load()
	if held.freshAt(m.moment()) {
		return m.describe(held.grant, m.knownFailure(held))
	}
	ctx, cancel := context.WithTimeout(ctx, statusTimeout)
	defer cancel()
	stored, err := m.readOnce(ctx)
	switch {
	case errors.Is(err, ErrCorrupt):
		return Status{State: StateMisconfigured, AthleteID: m.athlete, LastError: FailureCorrupt}
	case err != nil && held != nil:
		return m.describe(held.grant, FailureStore)
	case err != nil:
		// Whether there is a grant is not known; what is known is that nothing can be done before the store is back.
		return Status{State: StateMisconfigured, AthleteID: m.athlete, LastError: FailureStore}
	case stored == nil:
		return Status{State: StateNotConnected, AthleteID: m.athlete}
	case (situation{stored: stored, athlete: m.athlete}).foreign():
		return Status{State: StateMisconfigured, AthleteID: m.athlete, LastError: FailureOtherAthlete}
	case held != nil && held.access == stored.access:
		return m.describe(stored, m.knownFailure(held))
	default:
		return m.describe(stored, m.knownFailure(nil))
	}
}

// knownFailure is what only memory knows of.
func (m *Manager) knownFailure(held *holding) Failure {
	switch {
	case m.storeFails.Load():
		return FailureStore
	case held != nil && (held.refused || m.now().Before(held.trusted)):
		return FailureTokenRefused
	default:
		return ""
	}
}

// describe tells of a grant; a failure that only memory knows of goes before the row's.
func (m *Manager) describe(g *grant, failure Failure) Status {
	status := Status{
		State:     g.row.State,
		ExpiresAt: g.row.ExpiresAt,
		Scopes:    slices.Clone(g.row.Scopes),
		AthleteID: m.pinnedAthlete(g),
		Pinned:    g.row.AthleteID != 0,
		LastError: g.row.Failure,
	}
	if failure != "" {
		status.LastError = failure
	}
	switch {
	case status.State == StateNeedsConsent: // A consent mends what follows, too.
	case !m.apps.of(g).Known():
		status.State, status.LastError = StateMisconfigured, FailureNoApplication
	case m.apps.foreign(g):
		status.State, status.LastError = StateMisconfigured, FailureOtherApplication
	}
	if status.State == StateConnected && lacksScope(status.Scopes, m.scopes) {
		status.State = StateScopeMissing
	}
	return status
}

// lacksScope reports whether the granted scopes, if known, lack one that is needed.
func lacksScope(granted, needed []string) bool {
	return len(granted) > 0 && len(MissingScopes(granted, needed)) > 0
}

// MissingScopes are those of the needed scopes that were not granted. A scope's _all form contains the plain one
// (https://developers.strava.com/docs/authentication/).
func MissingScopes(granted, needed []string) []string {
	var missing []string
	for _, scope := range needed {
		if !slices.Contains(granted, scope) && !slices.Contains(granted, scope+"_all") {
			missing = append(missing, scope)
		}
	}
	return missing
}
