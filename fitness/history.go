package fitness

import (
	"context"
	"time"
)

// History is where the athlete's activities are read from. It is safe for concurrent use.
type History interface {
	Snapshots

	// Sync brings the copy up to date, and reports why it could not. It asks even where Snapshot, after a failure, would
	// not yet.
	Sync(ctx context.Context) error

	// Amend puts one activity of that athlete's, as Strava has just told it, into the copy, in the place of what is held
	// of it. A sync that is under way does not bring back what was before. Where there is no copy of that athlete's list
	// nothing changes.
	Amend(athleteID int64, activity *Activity)

	// Forget drops the copy and what is known of failures. A sync that is under way does not bring the copy back.
	Forget()
}

// Snapshots gives the copy of the list.
type Snapshots interface {
	// Snapshot is the newest copy of the list, none of it older than a week. Where there is one it is given at once,
	// whatever Strava says now; where there is none, Snapshot waits for the first one, or fails with what keeps it from
	// coming.
	Snapshot(ctx context.Context) (*Snapshot, error)

	// Held is the newest copy, nil while there is none, and what the last sync failed with, nil when it succeeded. It
	// waits for nobody.
	Held() (*Snapshot, error)
}

// Snapshot is the whole list of the athlete's activities as it was at one time. It never changes, and neither do the
// activities in it.
type Snapshot struct {
	Activities []*Activity // the newest first
	// Version grows with every change of Activities.
	Version uint64
	// SyncedAt is when Strava last told what is new.
	SyncedAt time.Time
	// OldestFetchedAt is when the oldest data of it was fetched.
	OldestFetchedAt time.Time
	// Complete is false for a copy that does not reach back to the first activity.
	Complete bool
}

// find is the activity of that id, nil if there is none.
func (s *Snapshot) find(stravaID int64) *Activity {
	for _, activity := range s.Activities {
		if activity.StravaID == stravaID {
			return activity
		}
	}
	return nil
}

// today is the date in the zone, or without one where the newest activity was.
func (s *Snapshot) today(now time.Time, zone *time.Location) Date {
	if zone == nil && len(s.Activities) > 0 {
		zone = s.Activities[0].location()
	}
	if zone == nil {
		zone = time.UTC
	}
	return dateOf(now.In(zone))
}
