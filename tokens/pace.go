package tokens

import (
	"encoding/binary"
	"io"
	"time"
)

// DefaultMargin is Config.Margin's default. Strava hands out a new access token only in the last hour of the old one
// (https://developers.strava.com/docs/authentication/), so asking much earlier brings nothing, and what is left of that
// hour is for attempts that fail.
const DefaultMargin = 45 * time.Minute

const (
	longestTimeout  = 20 * time.Second
	shortestTimeout = 500 * time.Millisecond
	// assumedLife is how long an access token that Strava has just handed out is taken to live when it looks expired
	// already, because Strava's answer was odd or this machine's clock is wrong by hours.
	assumedLife = time.Minute
)

// pace holds the durations that hang together: a refresh has to end well inside its lease, and lease and retries have to
// fit into the margin. All follow from the margin, and the margin from the life of the token.
type pace struct {
	margin  time.Duration // A refresh is due when less than this is left.
	timeout time.Duration // Of one request to Strava.
	lease   time.Duration // Others leave a claimed row alone for so long.
	store   time.Duration // Of one operation of the store.
	poll    time.Duration // Between two looks at the row while something is due but can't be had.
}

// newPace returns the pace for tokens that live for life (zero: not known). The shortest time-out is there so that a
// token first seen moments before its end can't make every later request too short to succeed.
func newPace(margin, life time.Duration) pace {
	if life > 0 {
		margin = min(margin, life/2)
	}
	timeout := max(min(longestTimeout, margin/6), shortestTimeout)
	return pace{
		margin:  margin,
		timeout: timeout,
		lease:   3 * timeout,
		store:   min(timeout, 5*time.Second),
		poll:    timeout / 20,
	}
}

// retry returns how long Strava is left alone after so many failures in a row (one or more) of a kind. What passes by
// itself is tried again soon; what waits for a person (an inactive application, a wrong secret) seldom.
func (p pace) retry(kind Failure, failures int) time.Duration {
	first, longest := p.lease/60, p.lease
	switch kind {
	case FailureAppInactive, FailureClient, FailureTokenRefused:
		first, longest = p.lease/4, 10*p.lease
	}
	return backoff(first, longest, failures)
}

// rewrite returns the pause after so many failures in a row (one or more) of the store. It is well inside a lease, so that
// whoever has an answer to write is back before anybody takes the lease for abandoned.
func (p pace) rewrite(failures int) time.Duration {
	return backoff(50*time.Millisecond, min(5*time.Second, p.timeout), failures)
}

// backoff doubles first with every failure after the first, up to longest.
func backoff(first, longest time.Duration, failures int) time.Duration {
	pause := first
	for range failures - 1 {
		if pause *= 2; pause >= longest {
			return longest
		}
	}
	return pause
}

// jittered spreads d over its half and its one and a half, so that replicas that failed together don't ask together. Its
// callers hold the slot, as those of newID do.
func (m *Manager) jittered(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	var random [8]byte
	if _, err := io.ReadFull(m.rand, random[:]); err != nil {
		return d // A source that ran dry must not keep anybody waiting.
	}
	return d/2 + time.Duration(binary.LittleEndian.Uint64(random[:])%uint64(d))
}
