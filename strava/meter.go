package strava

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// meter keeps the quota: it admits calls, and learns from the answers. It is safe for concurrent use.
type meter struct {
	clock *Clock

	mu       sync.Mutex
	quota    Quota
	inFlight InFlight
	// blockedUntil is set by a 429 that no counter explains.
	blockedUntil time.Time
}

// admission is a call that was admitted and is under way.
type admission struct {
	meter  *meter
	began  time.Time // By this machine's clock.
	upload bool
}

// age returns how long ago the call was admitted.
func (a *admission) age() time.Duration { return a.meter.clock.now().Sub(a.began) }

// sentAt returns when the call was admitted by Strava's clock, by what is known of that now: its own answer may have been
// the one to tell.
func (a *admission) sentAt() time.Time { return a.meter.clock.at(a.began) }

// admit reserves a place for one call. The caller must finish the admission; without one, retryAt tells when to ask
// again. Calls under way count as used, so that a burst does not run past the limit before its first answer.
func (m *meter) admit(demand Demand) (a *admission, retryAt time.Time) {
	began := m.clock.now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if retryAt, ok := m.check(demand, m.inFlight, m.clock.at(began)); !ok {
		return nil, retryAt
	}
	m.inFlight.add(1, demand.Upload)
	return &admission{meter: m, began: began, upload: demand.Upload}, time.Time{}
}

// check decides about one more call beside others that no answer has counted yet.
func (m *meter) check(demand Demand, others InFlight, now time.Time) (retryAt time.Time, ok bool) {
	retryAt, ok = m.quota.Admits(demand, others, now)
	if now.Before(m.blockedUntil) {
		ok = false
		if retryAt.Before(m.blockedUntil) {
			retryAt = m.blockedUntil
		}
	}
	return retryAt, ok
}

func (f *InFlight) add(calls int, uploads bool) {
	f.All += calls
	if !uploads {
		f.Reads += calls
	}
}

func (m *meter) snapshot() Quota {
	now := m.clock.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.quota.at(now)
}

// finish ends the call. The header is that of its answer, or nil when there was none.
//
// An answer counts for the windows in which its call was sent: one that crosses the end of a window may have been
// counted on either side, and taking an old full counter for the new window would stop all calls for no reason. The
// next answer puts the small error right.
func (a *admission) finish(header http.Header) {
	a.meter.mu.Lock()
	defer a.meter.mu.Unlock()
	a.meter.inFlight.add(-1, a.upload)
	a.meter.quota.learn(header, a.sentAt())
}

// refuse notes a 429 and returns when to try again. When the counters do not explain it, as in an answer without them,
// the quarter of the hour counts as spent.
func (a *admission) refuse() (retryAt time.Time) {
	m, sentAt := a.meter, a.sentAt()
	m.mu.Lock()
	defer m.mu.Unlock()
	if retryAt, ok := m.check(Demand{Upload: a.upload}, InFlight{}, sentAt); !ok {
		return retryAt
	}
	m.blockedUntil = quarterHourEnd(sentAt)
	m.quota.Read.QuarterHour.spend(m.quota.Assumed().Read.QuarterHour.Limit, m.blockedUntil)
	return m.blockedUntil
}

// spend takes what is left up to the limit in the window that ends at the given time, unless that is over.
func (w *Window) spend(limit int, end time.Time) {
	w.enter(end)
	if end.Equal(w.ResetsAt) {
		w.Used = max(w.Used, limit)
	}
}

// enter begins the window that ends at the given time if it is a later one.
func (w *Window) enter(end time.Time) {
	if end.After(w.ResetsAt) {
		*w = Window{Limit: w.Limit, ResetsAt: end}
	}
}

// learn reads the four headers of an answer to a call sent at the given time. A pair or a value may be missing.
func (q *Quota) learn(header http.Header, sentAt time.Time) {
	overall := q.Overall.learn(header.Get("X-RateLimit-Limit"), header.Get("X-RateLimit-Usage"), sentAt)
	read := q.Read.learn(header.Get("X-ReadRateLimit-Limit"), header.Get("X-ReadRateLimit-Usage"), sentAt)
	q.Known = q.Known || overall || read
}

// learn reads one pair of headers, each "quarter hour,day", and tells whether there was anything to learn.
func (w *Windows) learn(limits, usages string, sentAt time.Time) bool {
	quarterLimit, dayLimit, _ := strings.Cut(limits, ",")
	quarterUsage, dayUsage, _ := strings.Cut(usages, ",")
	quarter := w.QuarterHour.learn(quarterLimit, quarterUsage, quarterHourEnd(sentAt))
	day := w.Day.learn(dayLimit, dayUsage, dayEnd(sentAt))
	return quarter || day
}

// learn reads one counter of the window that ends at the given time. Answers may arrive in another order than they were
// counted in: within a window the usage never goes down, and a window that is over is not brought back.
func (w *Window) learn(limit, usage string, end time.Time) bool {
	w.enter(end)
	if end.Before(w.ResetsAt) {
		return false
	}
	limited, hasLimit := count(limit)
	used, hasUsage := count(usage)
	if hasLimit {
		w.Limit = limited
	}
	if hasUsage {
		w.Used = max(w.Used, used)
	}
	return hasLimit || hasUsage
}

// count reads a number that cannot be negative.
func count(text string) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	return n, err == nil && n >= 0
}
