package strava

import (
	"net/http"
	"sync"
	"time"
)

// Clock tells Strava's time. Expiries and the ends of the quota's windows are instants of Strava's clock, and the clock
// of a laptop that just woke up, or of a container's host, may be minutes off: so the difference is learnt from the Date
// of Strava's answers. Give one Clock to the [Client] and the [OAuth] of a process. It is safe for concurrent use.
//
// It is not for measuring how long something takes, because it jumps when more becomes known.
type Clock struct {
	now func() time.Time

	mu   sync.Mutex
	skew time.Duration
}

// NewClock returns a Clock over the clock of this machine (nil: [time.Now]) that believes it until an answer proves it
// wrong.
func NewClock(now func() time.Time) *Clock {
	if now == nil {
		now = time.Now
	}
	return &Clock{now: now}
}

// Now returns Strava's time, as well as it is known.
func (c *Clock) Now() time.Time { return c.at(c.now()) }

// Skew returns how far Strava's clock is ahead of this machine's: what to add to the one to get the other. It is zero
// until an answer has proved a difference.
func (c *Clock) Skew() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.skew
}

// at returns Strava's time at a time of this machine's clock.
func (c *Clock) at(here time.Time) time.Time { return here.Add(c.Skew()) }

// maxSkew is the largest difference that is believed. A wrong time zone makes one of half a day, and with a clock that is
// off by years no certificate of Strava's would be valid. A Date farther away comes from a cache, or from something in
// between that knows no better than this machine. Within the bound a wrong one does no lasting harm: the next answer puts
// it right, and an access token that wrongly looks expired is merely asked for again.
const maxSkew = 24 * time.Hour

// learn takes in the Date of an answer to a request that was sent and answered at these times of this machine's clock.
//
// The header was written at some moment between the two, and its whole seconds are cut off, not rounded. So the answer
// tells no number but a span in which the difference lies, and what is believed moves no farther than into that span:
// nothing jitters, a difference smaller than the uncertainty changes nothing, a slow answer proves little, and each
// answer can only bring it closer to the truth.
func (c *Clock) learn(header http.Header, sent, answered time.Time) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil || header.Get("Age") != "" { // A cache's answer keeps the Date of when it was new.
		return
	}
	// A parsed date has no monotonic reading, so these compare wall clocks: the monotonic one sleeps when a laptop does.
	least, most := date.Sub(answered), date.Add(time.Second).Sub(sent)
	if least > most || least < -maxSkew || most > maxSkew { // In the first case this machine's clock was set meanwhile.
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skew = min(max(c.skew, least), most)
}

// watch returns a transport that learns from what comes over base. Without a Clock there is nothing to learn for.
func (c *Clock) watch(base http.RoundTripper) http.RoundTripper {
	if c == nil {
		return base
	}
	return &watchedTransport{base: base, clock: c}
}

type watchedTransport struct {
	base  http.RoundTripper
	clock *Clock
}

// RoundTrip implements [http.RoundTripper].
func (t *watchedTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	sent := t.clock.now()
	response, err := t.base.RoundTrip(request)
	if err == nil {
		t.clock.learn(response.Header, sent, t.clock.now())
	}
	return response, err
}
