package strava

import "time"

// Quota is what the application may ask of Strava, as learnt from its answers. All athletes of an application share it.
//
// https://developers.strava.com/docs/rate-limits/
type Quota struct {
	// Overall counts all calls, Read all but the creation of activities and uploads: a change of an activity counts as a
	// reading call.
	Read, Overall Windows
	// Known is false until an answer has told something.
	Known bool
}

// Windows are the two spans of time that Strava counts in. They are fixed to the calendar, not to the first call.
type Windows struct {
	// QuarterHour starts at :00, :15, :30 and :45.
	QuarterHour Window
	// Day starts at midnight UTC.
	Day Window
}

// Window is one counter. A Limit of zero means that it is not known.
type Window struct {
	Limit, Used int
	// ResetsAt is when the counter starts again at zero, in UTC.
	ResetsAt time.Time
}

// Strava's limits for an application that has not been granted others.
//
// https://developers.strava.com/docs/rate-limits/
const (
	defaultReadsOfQuarter, defaultReadsOfDay = 100, 1000
	defaultCallsOfQuarter, defaultCallsOfDay = 200, 2000
)

// Assumed returns the quota as decisions about calls take it: with Strava's default for each limit that no answer has
// told yet.
func (q Quota) Assumed() Quota {
	q.Read.QuarterHour.assume(defaultReadsOfQuarter)
	q.Read.Day.assume(defaultReadsOfDay)
	q.Overall.QuarterHour.assume(defaultCallsOfQuarter)
	q.Overall.Day.assume(defaultCallsOfDay)
	return q
}

func (w *Window) assume(limit int) {
	if w.Limit == 0 {
		w.Limit = limit
	}
}

// at returns the quota as it stands at the time now: counters of earlier windows are zero again.
func (q Quota) at(now time.Time) Quota {
	q.Read, q.Overall = q.Read.at(now), q.Overall.at(now)
	return q
}

func (w Windows) at(now time.Time) Windows {
	return Windows{
		QuarterHour: w.QuarterHour.at(now, quarterHourEnd(now)),
		Day:         w.Day.at(now, dayEnd(now)),
	}
}

func (w Window) at(now, end time.Time) Window {
	if now.Before(w.ResetsAt) {
		return w
	}
	return Window{Limit: w.Limit, ResetsAt: end}
}

// quarterHourEnd returns the end of the natural quarter of an hour that holds t. The zones with offsets of other than
// whole quarters are no trouble, because Truncate counts from the zero time, which is in UTC.
func quarterHourEnd(t time.Time) time.Time {
	return t.UTC().Truncate(15 * time.Minute).Add(15 * time.Minute)
}

// dayEnd returns the midnight, in UTC, that ends the day of t.
func dayEnd(t time.Time) time.Time {
	return t.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
}
