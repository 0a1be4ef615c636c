package strava

import "time"

// Demand is one call that somebody would like to make.
type Demand struct {
	Priority Priority
	// Upload is true for a call that creates an activity or an upload: it does not count among the reading ones.
	Upload bool
}

// InFlight are the calls under way, which no answer has counted yet.
type InFlight struct {
	// Reads are those that count among the reading calls, All are those and the uploads.
	Reads, All int
}

// The reserves: how many per cent of a window's limit are left alone by what is less urgent than a client's call. The
// larger ones of background work leave room for events, too.
//
// That of a quarter of an hour stays the same to its end, which is never far. That of a day shrinks by a 24th of itself
// with every hour, because what is left at midnight is lost: in its last hour the day holds next to nothing back.
//
// With Strava's default of 100 reads in a quarter of an hour and 1,000 a day, background work stops after 60 of the
// quarter's, and in the first hour after 700 of the day's; the work on events stops after 90 and 900.
const (
	quarterReserveOfEvents     = 10
	dayReserveOfEvents         = 10
	quarterReserveOfBackground = 40
	dayReserveOfBackground     = 30
)

// reserves returns the share of the quarter hour and that of the day, in per cent, that calls of the priority leave alone.
func (p Priority) reserves() (ofQuarter, ofDay int) {
	switch p {
	case PriorityClient:
		return 0, 0
	case PriorityEvent:
		return quarterReserveOfEvents, dayReserveOfEvents
	default:
		return quarterReserveOfBackground, dayReserveOfBackground
	}
}

// Admits decides whether one more call may be made at the time now, by Strava's clock, beside those under way. If not,
// retryAt is the earliest time at which calls of its priority may be made again, should nobody else make any.
//
// A client's call may have the last place of each window that it counts in; less urgent ones leave a reserve. A limit
// that is not known is taken for Strava's default.
func (q Quota) Admits(demand Demand, beside InFlight, now time.Time) (retryAt time.Time, ok bool) {
	q = q.at(now).Assumed().with(beside)
	ofQuarter, ofDay := demand.Priority.reserves()
	counted := []Windows{q.Overall}
	if !demand.Upload {
		counted = append(counted, q.Read)
	}
	for _, windows := range counted {
		for _, until := range []time.Time{
			windows.QuarterHour.closedUntil(ofQuarter), windows.Day.dayClosedUntil(ofDay, now),
		} {
			if until.After(retryAt) {
				retryAt = until
			}
		}
	}
	return retryAt, retryAt.IsZero()
}

// with returns the quota with the calls under way counted as used.
func (q Quota) with(calls InFlight) Quota {
	q.Read.QuarterHour.Used += calls.Reads
	q.Read.Day.Used += calls.Reads
	q.Overall.QuarterHour.Used += calls.All
	q.Overall.Day.Used += calls.All
	return q
}

// closedUntil returns when there is a place beside a reserve of so many per cent, zero if there is one.
func (w Window) closedUntil(reserve int) time.Time {
	if w.leaves(fraction(w.Limit, reserve, 100)) {
		return time.Time{}
	}
	return w.ResetsAt
}

// dayClosedUntil is closedUntil for a day, whose reserve shrinks on the hour.
func (w Window) dayClosedUntil(reserve int, now time.Time) time.Time {
	hoursLeft := func(at time.Time) int { return int((w.ResetsAt.Sub(at) + time.Hour - 1) / time.Hour) }
	for at := now; at.Before(w.ResetsAt); at = at.UTC().Truncate(time.Hour).Add(time.Hour) {
		if !w.leaves(fraction(w.Limit, reserve*hoursLeft(at), 100*24)) {
			continue
		}
		if at.Equal(now) {
			return time.Time{}
		}
		return at
	}
	return w.ResetsAt
}

// leaves tells whether so many places are still there after one more call.
func (w Window) leaves(reserve int) bool { return w.Limit-w.Used > reserve }

// fraction returns so many parts of a whole of n, rounded down. It does not overflow, whatever limit a header names.
func fraction(n, parts, whole int) int { return n/whole*parts + n%whole*parts/whole }
