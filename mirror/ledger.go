package mirror

import (
	"cmp"
	"iter"
	"maps"
	"math"
	"reflect"
	"slices"
	"time"

	"domestique/fitness"
)

// row is an activity and the second, by Unix time, in which Strava told it.
type row struct {
	activity  *fitness.Activity
	fetchedAt int64
}

// Changes are the ids of the activities that became different.
type Changes struct{ Created, Updated, Deleted []int64 }

func (c Changes) empty() bool { return len(c.Created)+len(c.Updated)+len(c.Deleted) == 0 }

func (c *Changes) add(more Changes) {
	c.Created = append(c.Created, more.Created...)
	c.Updated = append(c.Updated, more.Updated...)
	c.Deleted = append(c.Deleted, more.Deleted...)
}

// ledger is all that is known of one athlete's list. It belongs to one goroutine at a time; what it gives to others never
// changes.
type ledger struct {
	owner    int64 // 0: nothing is known
	version  uint64
	syncedAt time.Time // zero: never
	complete bool      // the rows reach back to the first activity
	walk     *walk     // the one under way; nil: none

	rows   map[int64]row
	sorted []*fitness.Activity // those of rows, the newest first; never changed in place
	// gone are the deletions, each with its second: a row of before is not taken in again.
	gone map[int64]int64
	// early was told of single activities to whose place the fill has not come yet: what is shown has no gap.
	early map[int64]row
	// suspects were not where they should be in the list. Only Strava's word for each of them makes it a deletion.
	suspects map[int64]bool
}

func newLedger(owner int64, version uint64) *ledger {
	return &ledger{
		owner: owner, version: version,
		rows: map[int64]row{}, gone: map[int64]int64{}, early: map[int64]row{}, suspects: map[int64]bool{},
	}
}

// empty reports whether there is nothing to show yet.
func (l *ledger) empty() bool { return len(l.rows) == 0 && !l.complete }

// newestFirst is the order of a snapshot.
func newestFirst(a, b *fitness.Activity) int {
	return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.StravaID, a.StravaID))
}

// reaches reports whether the activity's place in the list has been read, as that of each that is held has been.
func (l *ledger) reaches(activity *fitness.Activity) bool {
	if held, isHeld := l.rows[activity.StravaID]; isHeld && held.activity.StartedAt.Equal(activity.StartedAt) {
		return true
	}
	return l.complete || l.walk != nil && l.walk.before != 0 && latestStart(activity) >= l.walk.before
}

// hear brings in what was told of one activity alone, as soon as its place has been read.
func (l *ledger) hear(told row) Changes {
	l.keepEarly(told)
	return l.takeEarly()
}

func (l *ledger) keepEarly(told row) {
	id := told.activity.StravaID
	if known, is := l.early[id]; !is || known.fetchedAt <= told.fetchedAt {
		l.early[id] = told
	}
}

// takeEarly brings in what was told early and is so no more.
func (l *ledger) takeEarly() Changes {
	var reached []row
	for id, r := range l.early {
		if l.reaches(r.activity) {
			reached = append(reached, r)
			delete(l.early, id)
		}
	}
	return l.takeRows(slices.Values(reached))
}

// take brings in what Strava told in one second. An activity that is unchanged stays the one that it was.
func (l *ledger) take(activities []*fitness.Activity, at int64) Changes {
	rows := make([]row, len(activities))
	for i, activity := range activities {
		rows[i] = row{activity, at}
	}
	return l.takeRows(slices.Values(rows))
}

// takeRows merges rows with those that are held.
func (l *ledger) takeRows(rows iter.Seq[row]) Changes {
	changes := change{}
	for r := range rows {
		id := r.activity.StravaID
		held, isHeld := l.rows[id]
		goneAt, isGone := l.gone[id]
		if isGone && goneAt >= r.fetchedAt || isHeld && held.fetchedAt > r.fetchedAt {
			continue
		}
		delete(l.suspects, id)
		switch {
		case !isHeld:
			changes.created = append(changes.created, r.activity)
		case reflect.DeepEqual(held.activity, r.activity):
			r.activity = held.activity
		default:
			changes.updated = append(changes.updated, r.activity)
		}
		l.rows[id] = r
	}
	return l.apply(changes)
}

// remove takes out what is gone since that second.
func (l *ledger) remove(at int64, ids ...int64) Changes {
	changes := change{}
	for _, id := range ids {
		held, isHeld := l.rows[id]
		if isHeld && held.fetchedAt > at {
			continue // it was told later
		}
		l.gone[id] = max(l.gone[id], at)
		delete(l.suspects, id)
		if l.early[id].fetchedAt <= at {
			delete(l.early, id)
		}
		if isHeld {
			delete(l.rows, id)
			changes.deleted = append(changes.deleted, id)
		}
	}
	return l.apply(changes)
}

// settle takes nothing as told later than now: after a clock that was ahead is put right, what it noted would otherwise
// count as newer than all that is told from now on, and be kept for too long.
func (l *ledger) settle(now int64) {
	for id, r := range l.rows {
		if r.fetchedAt > now {
			l.rows[id] = row{r.activity, now}
		}
	}
	for id, r := range l.early {
		l.early[id] = row{r.activity, min(r.fetchedAt, now)}
	}
	for id, at := range l.gone {
		l.gone[id] = min(at, now)
	}
	if l.walk != nil {
		l.walk.began = min(l.walk.began, now)
	}
	if latest := time.Unix(now, 0).UTC(); l.syncedAt.After(latest.Add(time.Second)) {
		l.syncedAt = latest
	}
}

// purge drops what was told before that second. What is left then has gaps, so the list is filled anew.
func (l *ledger) purge(before int64) Changes {
	maps.DeleteFunc(l.gone, func(_, at int64) bool { return at < before })
	maps.DeleteFunc(l.early, func(_ int64, r row) bool { return r.fetchedAt < before })
	changes := change{}
	for id, r := range l.rows {
		if r.fetchedAt < before {
			delete(l.rows, id)
			delete(l.suspects, id)
			changes.deleted = append(changes.deleted, id)
		}
	}
	if l.walk != nil {
		l.walk.purge(before)
	}
	isStale := len(l.rows) == 0 && l.complete && l.syncedAt.Unix() < before
	if len(changes.deleted) > 0 || isStale {
		l.complete, l.walk = false, nil
	}
	return l.apply(changes)
}

// change is what happens to the rows in one step.
type change struct {
	created, updated []*fitness.Activity
	deleted          []int64
}

// apply puts the sorted list in step with the rows, and counts the version up if anything changed.
func (l *ledger) apply(c change) Changes {
	if len(c.created)+len(c.updated)+len(c.deleted) == 0 {
		return Changes{}
	}
	l.version++
	fresh := slices.Concat(c.created, c.updated)
	// A row that was taken twice in one step stands in it twice.
	slices.SortFunc(fresh, newestFirst)
	fresh = slices.DeleteFunc(fresh, func(a *fitness.Activity) bool { return l.rows[a.StravaID].activity != a })
	fresh = slices.Compact(fresh)
	stale := make(map[int64]bool, len(c.updated)+len(c.deleted))
	for _, activity := range c.updated {
		stale[activity.StravaID] = true
	}
	for _, id := range c.deleted {
		stale[id] = true
	}
	l.sorted = mergeSorted(l.sorted, stale, fresh, len(l.rows))
	return Changes{Created: idsOf(c.created), Updated: idsOf(c.updated), Deleted: c.deleted}
}

// mergeSorted is held without what is stale, and with what is fresh in its place.
func mergeSorted(held []*fitness.Activity, stale map[int64]bool, fresh []*fitness.Activity, size int) []*fitness.Activity {
	merged := make([]*fitness.Activity, 0, size)
	for _, activity := range held {
		for len(fresh) > 0 && newestFirst(fresh[0], activity) < 0 {
			merged, fresh = append(merged, fresh[0]), fresh[1:]
		}
		if !stale[activity.StravaID] {
			merged = append(merged, activity)
		}
	}
	return append(merged, fresh...)
}

func idsOf(activities []*fitness.Activity) []int64 {
	var ids []int64
	for _, activity := range activities {
		ids = append(ids, activity.StravaID)
	}
	return ids
}

// merge brings in what another process has stored, and keeps what is newer here.
func (l *ledger) merge(other *ledger) Changes {
	version := max(l.version, other.version)
	removed := change{}
	for id, at := range other.gone {
		l.gone[id] = max(l.gone[id], at)
		if held, isHeld := l.rows[id]; isHeld && held.fetchedAt <= l.gone[id] {
			delete(l.rows, id)
			removed.deleted = append(removed.deleted, id)
		}
	}
	changes := l.apply(removed)
	changes.add(l.takeRows(l.newsOf(other)))
	for id := range other.suspects {
		if held, isHeld := l.rows[id]; isHeld && held.fetchedAt == other.rows[id].fetchedAt {
			l.suspects[id] = true
		}
	}
	if other.syncedAt.After(l.syncedAt) {
		l.syncedAt = other.syncedAt
	}
	if l.walk == nil && l.complete == other.complete {
		l.walk = other.walk
	}
	if other.complete && !l.complete {
		l.complete, l.walk = true, other.walk
	}
	for _, r := range other.early {
		l.keepEarly(r)
	}
	changes.add(l.takeEarly())
	l.version = max(l.version, version)
	return changes
}

// newsOf are the rows of a decoded ledger, those in memory of their own that may come to stand among others.
func (l *ledger) newsOf(other *ledger) iter.Seq[row] {
	if len(l.rows) == 0 {
		return maps.Values(other.rows)
	}
	return func(yield func(row) bool) {
		for id, r := range other.rows {
			if held := l.rows[id]; held.fetchedAt != r.fetchedAt || !reflect.DeepEqual(held.activity, r.activity) {
				r = detached(r)
			}
			if !yield(r) {
				return
			}
		}
	}
}

// follow makes the ledger what another process has stored; nothing here is newer than that. What is unchanged stays the
// activity that it was.
func (l *ledger) follow(other *ledger) Changes {
	changes := l.differences(other)
	if len(l.rows) > 0 {
		for _, id := range slices.Concat(changes.Created, changes.Updated) {
			other.rows[id] = detached(other.rows[id])
		}
		other.resort()
	}
	other.version = max(l.version, other.version)
	if l.version == other.version && !changes.empty() {
		other.version++
	}
	*l = *other
	return changes
}

// tellsLate is more than the time between the second that a row bears, which is that of the question, and its storing.
const tellsLate = 2 * 60

// differences are what becomes different with other in this ledger's place. What bears the same second is the same, unless
// that second is so late that something else may have been told in it since.
func (l *ledger) differences(other *ledger) (changes Changes) {
	settled := other.newestFetch() - tellsLate
	for id, r := range other.rows {
		held, isHeld := l.rows[id]
		switch {
		case !isHeld:
			changes.Created = append(changes.Created, id)
		case held.fetchedAt == r.fetchedAt && r.fetchedAt < settled, reflect.DeepEqual(held.activity, r.activity):
			other.rows[id] = row{held.activity, r.fetchedAt}
		default:
			changes.Updated = append(changes.Updated, id)
		}
	}
	for id := range l.rows {
		if _, stays := other.rows[id]; !stays {
			changes.Deleted = append(changes.Deleted, id)
		}
	}
	return changes
}

// resort makes the sorted list from the rows alone.
func (l *ledger) resort() {
	l.sorted = make([]*fitness.Activity, 0, len(l.rows))
	for _, r := range l.rows {
		l.sorted = append(l.sorted, r.activity)
	}
	slices.SortFunc(l.sorted, newestFirst)
}

// snapshot is what others may see, nil while there is nothing.
func (l *ledger) snapshot() *fitness.Snapshot {
	if l.empty() {
		return nil
	}
	return &fitness.Snapshot{
		Activities: l.sorted, Version: l.version, SyncedAt: l.syncedAt, Complete: l.complete,
		OldestFetchedAt: l.oldestFetch(func(*fitness.Activity) bool { return true }),
		PublicFetchedAt: l.oldestFetch((*fitness.Activity).IsPublic),
	}
}

// oldestFetch is when the oldest of these rows was fetched; without any, when Strava last told that there is none.
func (l *ledger) oldestFetch(of func(*fitness.Activity) bool) time.Time {
	oldest := int64(math.MaxInt64)
	for _, r := range l.rows {
		if of(r.activity) {
			oldest = min(oldest, r.fetchedAt)
		}
	}
	if oldest == math.MaxInt64 {
		return l.syncedAt
	}
	return time.Unix(oldest, 0).UTC()
}

func (l *ledger) newestFetch() int64 {
	newest := int64(0)
	for _, r := range l.rows {
		newest = max(newest, r.fetchedAt)
	}
	return newest
}

// clone is the ledger as it is now, to be read while this one goes on.
func (l *ledger) clone() *ledger {
	frozen := *l
	frozen.rows, frozen.early = maps.Clone(l.rows), maps.Clone(l.early)
	frozen.gone, frozen.suspects = maps.Clone(l.gone), maps.Clone(l.suspects)
	if l.walk != nil {
		walk := *l.walk
		frozen.walk = &walk
	}
	return &frozen
}
