package tokens

import "time"

// moment is one instant by two clocks. They are never mixed: what Strava said, an expiry above all, is compared with
// Strava's clock alone, and everything that begins and ends here, such as a lease's age, a pause or a time-out, is
// measured by this process's own, which does not jump when more becomes known of the other.
type moment struct {
	here   time.Time
	strava time.Time // As well as it is known.
}

func (m *Manager) moment() moment {
	now := m.now()
	return moment{here: now, strava: now.Add(m.skew())}
}
