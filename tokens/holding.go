package tokens

import "time"

// holding is the grant in memory. It is never changed once made.
type holding struct {
	*grant
	pace    pace
	refused bool      // Strava's API refused the access token: it is not served again.
	vouched time.Time // Strava handed the token out a moment ago, so until then it is good, whatever the clock says.
	trusted time.Time // Strava handed it out again after its API had refused it: until then no refusal is believed.
}

// usableAt reports whether the access token may be served.
func (h *holding) usableAt(now moment) bool {
	return h != nil && !h.refused && h.access != "" && (h.grant.usableAt(now.strava) || now.here.Before(h.vouched))
}

// freshAt reports whether the access token may be served and nothing is due.
func (h *holding) freshAt(now moment) bool {
	return h != nil && !h.refused && h.grant.freshAt(now.strava, h.pace.margin)
}

// hold puts a row that was read or written into memory and returns what is held now. What is known of an access token
// beside the row, that Strava refused it or vouches for it, stays with it.
func (m *Manager) hold(stored *grant) *holding {
	return m.amend(func(held *holding) *holding {
		next := &holding{grant: stored, pace: m.paceOf(stored)}
		if held != nil && held.access == stored.access {
			next.refused, next.vouched, next.trusted = held.refused, held.vouched, held.trusted
		}
		return next
	})
}

// vouch notes that Strava has handed out the access token in memory just now.
func (m *Manager) vouch(until time.Time) {
	m.amend(func(held *holding) *holding {
		next := *held
		next.vouched = until
		return &next
	})
}

// trust takes the API's refusal of the access token in memory back, for Strava has handed the same token out again.
func (m *Manager) trust(until time.Time) {
	m.amend(func(held *holding) *holding {
		next := *held
		next.refused, next.trusted = false, until
		return &next
	})
}

// amend replaces what is held by what edit makes of it (nil: nothing was held yet), and returns that. edit may be called
// several times.
func (m *Manager) amend(edit func(*holding) *holding) *holding {
	for {
		held := m.held.Load()
		if next := edit(held); m.held.CompareAndSwap(held, next) {
			return next
		}
	}
}

// paceOf returns the durations for a stored token, or, where there is none, for the one in memory.
func (m *Manager) paceOf(stored *grant) pace {
	if stored == nil {
		return m.pace()
	}
	return newPace(m.margin, stored.life())
}

// pace returns the durations for the token in memory.
func (m *Manager) pace() pace {
	if held := m.held.Load(); held != nil {
		return held.pace
	}
	return newPace(m.margin, 0)
}
