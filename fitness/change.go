package fitness

import (
	"context"
	"reflect"
	"slices"
	"time"
)

// ChangeKind says what became of an activity.
type ChangeKind string

const (
	ChangeKindCreated ChangeKind = "CREATED"
	ChangeKindUpdated ChangeKind = "UPDATED"
	ChangeKindDeleted ChangeKind = "DELETED"
)

// ActivityChange is that an activity appeared, changed or went.
type ActivityChange struct {
	Kind ChangeKind

	stravaID int64
	activity *Activity
	knownAt  time.Time // the age of the copy that it was found in
}

// ID is the activity's global id.
func (c *ActivityChange) ID() string { return (&Activity{StravaID: c.stravaID}).ID() }

// Activity is the activity as it was when the change was found, nil for one that went.
func (c *ActivityChange) Activity(ctx context.Context) *Activity {
	noteAge(ctx, c.knownAt)
	return c.activity
}

// changesBetween are the differences of a copy from the one before it, nil being one of nothing.
func changesBetween(before, after *Snapshot) []*ActivityChange {
	old, fresh := differing(before.activities(), after.activities())
	known, there := byID(old), byID(fresh)
	var changes []*ActivityChange
	for _, activity := range old {
		if there[activity.StravaID] == nil && !isPurged(before, after) {
			changes = append(changes, &ActivityChange{Kind: ChangeKindDeleted, stravaID: activity.StravaID})
		}
	}
	for _, activity := range slices.Backward(fresh) {
		change := &ActivityChange{
			Kind: ChangeKindUpdated, stravaID: activity.StravaID, activity: activity, knownAt: after.OldestFetchedAt,
		}
		switch earlier := known[activity.StravaID]; {
		case earlier == nil && !before.reachesBack():
			continue // It is filled in.
		case earlier == nil:
			change.Kind = ChangeKindCreated
		case reflect.DeepEqual(earlier, activity):
			continue
		}
		changes = append(changes, change)
	}
	return changes
}

// isPurged reports whether what is missing in the second copy was dropped for its age, which is all that makes a whole copy
// incomplete: it is read anew, and is not gone at Strava. Where nothing is left, be it after a disconnection or a week
// without Strava, all of it is gone.
func isPurged(before, after *Snapshot) bool {
	return after != nil && before.reachesBack() && !after.reachesBack()
}

// differing leaves out what both lists begin and end with. A copy holds the very activity of the one before where that is
// unchanged, so mostly little is left.
func differing(old, fresh []*Activity) (oldRest, freshRest []*Activity) {
	for len(old) > 0 && len(fresh) > 0 && old[0] == fresh[0] {
		old, fresh = old[1:], fresh[1:]
	}
	for len(old) > 0 && len(fresh) > 0 && old[len(old)-1] == fresh[len(fresh)-1] {
		old, fresh = old[:len(old)-1], fresh[:len(fresh)-1]
	}
	return old, fresh
}

func byID(activities []*Activity) map[int64]*Activity {
	found := make(map[int64]*Activity, len(activities))
	for _, activity := range activities {
		found[activity.StravaID] = activity
	}
	return found
}

// backlog is what a listener has still to be told, in its order, one change of an activity at the most. Its zero value is
// empty.
type backlog struct {
	order   []int64
	changes map[int64]*ActivityChange
}

// first is nil when there is nothing to tell.
func (b *backlog) first() *ActivityChange {
	if len(b.order) == 0 {
		return nil
	}
	return b.changes[b.order[0]]
}

func (b *backlog) add(changes []*ActivityChange) {
	if b.changes == nil {
		b.changes = map[int64]*ActivityChange{}
	}
	for _, change := range changes {
		untold := b.changes[change.stravaID]
		if untold == nil {
			b.order = append(b.order, change.stravaID)
			b.changes[change.stravaID] = change
			continue
		}
		if untold.Kind == ChangeKindCreated && change.Kind == ChangeKindDeleted {
			b.drop(change.stravaID)
			continue
		}
		change.Kind = untold.Kind.followedBy(change.Kind)
		b.changes[change.stravaID] = change
	}
}

func (b *backlog) drop(stravaID int64) {
	delete(b.changes, stravaID)
	if b.order[0] == stravaID {
		b.order = b.order[1:] // As mostly: nothing is moved.
		return
	}
	place := slices.Index(b.order, stravaID)
	b.order = slices.Delete(b.order, place, place+1)
}

// followedBy is what two changes of an activity are together, for who hears of both at once.
func (k ChangeKind) followedBy(later ChangeKind) ChangeKind {
	switch k {
	case ChangeKindCreated:
		return ChangeKindCreated
	case ChangeKindDeleted:
		return ChangeKindUpdated // It is there again.
	default:
		return later
	}
}
