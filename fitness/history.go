package fitness

import (
	"context"
	"slices"
	"sync"
	"time"
)

// KeptAtMost is how long anything of Strava's may be kept at all: API Policy 6.2, see https://www.strava.com/legal/api.
const KeptAtMost = 7 * 24 * time.Hour

// History is where the athlete's activities are read from. It is safe for concurrent use.
type History interface {
	Snapshots

	// Sync brings the copy up to date, and reports why it could not. It asks even where Snapshot, after a failure, would
	// not yet.
	Sync(ctx context.Context) error

	// Amend puts one activity of that athlete's, as Strava has just told it, into the copy, in the place of what is held
	// of it. A sync that is under way does not bring back what was before. Where there is no copy of that athlete's list
	// nothing changes. That it could not be stored is no failure of whoever told it: it is tried again.
	Amend(ctx context.Context, athleteID int64, activity *Activity)

	// Forget erases the copy, wherever it is kept, and what is known of failures. A sync that is under way does not bring
	// it back. Memory is empty even if it fails: then what is stored is still there, and Forget has to be tried again.
	Forget(ctx context.Context) error
}

// Snapshots gives the copy of the list.
type Snapshots interface {
	// Snapshot is the newest copy of the list, none of it older than a week. Where there is one it is given at once,
	// whatever Strava says now; where there is none, Snapshot waits for the first page of it, or fails with what keeps
	// that from coming. Where ctx does not let Strava be asked, see MayCall, Snapshot begins nothing and waits for nothing:
	// it fails with ErrNothingHeld.
	Snapshot(ctx context.Context) (*Snapshot, error)

	// Held is the newest copy, nil while there is none, and what is wrong with the keeping of it, nil when nothing is. It
	// waits for nobody.
	Held() (*Snapshot, error)

	// Subscribe gives the newest copy at once, nil while there is none, and each time that there is another, until ctx ends.
	// Who takes none for a while finds the newest alone. The channel is never closed.
	Subscribe(ctx context.Context) <-chan *Snapshot
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
	// PublicFetchedAt is the same for those activities alone that everyone may see: how old the others are does not show.
	PublicFetchedAt time.Time
	// Complete is false for a copy that does not reach back to the first activity.
	Complete bool

	summingUp sync.Once
	figures   *figures

	locating sync.Once
	newest   *time.Location

	ordering sync.Once
	ordered  bool
}

// sumUp is what sums need of the activities. It is made when it is asked for first, because not every copy is.
func (s *Snapshot) sumUp() *figures {
	s.summingUp.Do(func() { s.figures = figuresOf(s.Activities) })
	return s.figures
}

// isOrdered reports whether the activities stand as a query without an order wants them. They do, but for a source that has
// another way with those of the same second.
func (s *Snapshot) isOrdered() bool {
	s.ordering.Do(func() {
		order := ActivityOrder{}.withDefaults()
		s.ordered = slices.IsSortedFunc(s.Activities, func(a, b *Activity) int {
			at, next := order.place(a), order.place(b)
			return order.compare(&at, &next)
		})
	})
	return s.ordered
}

// activities are those of a copy; of none there are none.
func (s *Snapshot) activities() []*Activity {
	if s == nil {
		return nil
	}
	return s.Activities
}

// reachesBack reports whether there is a copy, and a whole one.
func (s *Snapshot) reachesBack() bool { return s != nil && s.Complete }

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
	return dateOf(now.In(s.zone(zone)))
}

// zone is the given one, or without one that of the newest activity, which is looked up once: it is a file.
func (s *Snapshot) zone(given *time.Location) *time.Location {
	if given != nil {
		return given
	}
	s.locating.Do(func() {
		s.newest = time.UTC
		if len(s.Activities) > 0 {
			s.newest = s.Activities[0].location()
		}
	})
	return s.newest
}
