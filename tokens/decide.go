package tokens

import "time"

// situation is all that the decision on the next step is made from. Its times are by this process's own clock, but for
// those of the stored grant, which are by Strava's.
type situation struct {
	now    moment
	margin time.Duration // For the stored token: see newPace.
	stored *grant        // Nil: there is no row.

	athlete       int64     // The only one allowed; zero: whoever it is.
	noApp         bool      // No Strava application is known to ask with.
	otherApp      bool      // The stored grant is another application's than the configured one.
	refused       bool      // Strava's API refused the stored access token.
	haveFirst     bool      // A first refresh token is at hand, and this process never held a grant.
	leaseAgesOut  time.Time // When another's lease, counted from when it was first seen here, is over; zero: none.
	askAgainAfter time.Time // Strava is to be left alone until then.
}

// step is what to do next.
type step int

const (
	stepServe step = iota // The stored token is fresh: nothing is due.
	stepAsk               // Claim the row and ask Strava.
	stepBegin             // Store the first refresh token, claimed, and ask Strava.
	stepWait              // Another process is asking.
	stepRest              // Strava was asked a moment ago, in vain.

	stopNotConnected // There is nothing to ask with.
	stopNeedsConsent // There is, but Strava refused it.
	stopOtherAthlete // There is, but it is not the configured athlete's.
	stopNoApp        // There is, but no application to ask as.
	stopOtherApp     // There is, but Strava would take it from another application alone.
)

// next decides what is to be done about the row.
func next(s situation) step {
	switch {
	case s.stored == nil && s.haveFirst && !s.noApp:
		return stepBegin
	case s.stored == nil:
		return stopNotConnected
	case s.foreign():
		return stopOtherAthlete
	case !s.refused && s.stored.freshAt(s.now.strava, s.margin):
		return stepServe
	case s.stored.row.State == StateNeedsConsent:
		return stopNeedsConsent
	case s.noApp:
		return stopNoApp
	case s.otherApp:
		return stopOtherApp
	case s.now.here.Before(s.leaseAgesOut):
		return stepWait
	case s.now.here.Before(s.askAgainAfter):
		return stepRest
	default:
		return stepAsk
	}
}

// foreign reports whether the stored grant is known to be another athlete's than the only one allowed.
func (s situation) foreign() bool {
	return s.athlete != 0 && s.stored.row.AthleteID != 0 && s.stored.row.AthleteID != s.athlete
}

// usableAt reports whether the access token has not expired. Like all times of a grant, now is by Strava's clock.
func (g *grant) usableAt(now time.Time) bool {
	return g.access != "" && now.Before(g.row.ExpiresAt)
}

// freshAt reports whether the access token is usable and nothing is due yet.
func (g *grant) freshAt(now time.Time, margin time.Duration) bool {
	due := g.row.ExpiresAt.Add(-margin)
	if g.row.RefreshAfter.After(due) {
		due = g.row.RefreshAfter
	}
	return g.usableAt(now) && now.Before(due)
}

// life returns how long the access token lives from when it came to when it expires; zero: not known.
func (g *grant) life() time.Duration {
	if g == nil || g.row.ObtainedAt.IsZero() {
		return 0
	}
	return max(0, g.row.ExpiresAt.Sub(g.row.ObtainedAt))
}

// sighting remembers when this process first saw another's lease. Clocks of two machines are never compared: a lease is
// over when it has stood here, unchanged, for its whole time.
type sighting struct {
	lease string
	until time.Time
}

// The bounds of what is believed of another's lease.
const (
	shortestLease = 3 * shortestTimeout
	longestLease  = 3 * longestTimeout
)

// see notes the lease of a row that was just read, if it is not one of this process's own.
func (s *sighting) see(stored *grant, own func(lease string) bool, now time.Time) {
	if stored == nil || stored.row.Lease.ID == "" || own(stored.row.Lease.ID) {
		*s = sighting{}
		return
	}
	if lease := stored.row.Lease; s.lease != lease.ID {
		s.lease = lease.ID
		s.until = now.Add(min(max(lease.TTL, shortestLease), longestLease))
	}
}
