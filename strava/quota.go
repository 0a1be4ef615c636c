package strava

import "time"

// Quota is what the application may ask of Strava, as learnt from its answers. All athletes of an application share it.
//
// https://developers.strava.com/docs/rate-limits/
type Quota struct {
	// Read counts the calls that only read, Overall counts all.
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

// AdmitsRead tells whether one more reading call fits into all windows at the time now; if not, retryAt is when the last
// of the spent ones ends. What is unknown admits.
func (q Quota) AdmitsRead(now time.Time) (retryAt time.Time, ok bool) {
	for _, window := range []Window{q.Read.QuarterHour, q.Read.Day, q.Overall.QuarterHour, q.Overall.Day} {
		if window.spent(now) && window.ResetsAt.After(retryAt) {
			retryAt = window.ResetsAt
		}
	}
	return retryAt, retryAt.IsZero()
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

// spent tells whether nothing is left at the time now.
func (w Window) spent(now time.Time) bool {
	return w.Limit > 0 && w.Used >= w.Limit && now.Before(w.ResetsAt)
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
