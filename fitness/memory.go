package fitness

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

const (
	// syncTimeout bounds one sync: a page takes about 1.5 s, and a lifetime of activities has some dozens of pages.
	syncTimeout = 10 * time.Minute

	// walkEvery is how often the whole list is read anew, because nothing else tells of an old activity that was
	// edited or deleted. It must stay below keptAtMost.
	walkEvery = 24 * time.Hour

	// maxPages bounds a walk over a list that does not end: 100,000 activities.
	maxPages = 500
)

// memoryHistory is a copy of the list in memory, read page by page. It needs no store, and is read anew at every start.
type memoryHistory struct {
	strava *strava.Client
	// owner is whose list it is, known before it is read.
	owner     func(context.Context) (int64, error)
	now       func() time.Time
	syncEvery time.Duration // 0: only Sync syncs
	logger    *slog.Logger
	flights   *flights[struct{}, *Snapshot]

	current atomic.Pointer[listCopy] // nil while there is none; read it by held

	mu       sync.Mutex
	attempt  attempt
	era      int    // how often everything was forgotten
	versions uint64 // how many there were
	amended  []amendment
}

// amendment is what was told of one activity since the last sync began: what that has read may be older.
type amendment struct {
	owner    int64
	activity *Activity
}

// listCopy is a snapshot and what the next sync has to know of it. It never changes.
type listCopy struct {
	snapshot *Snapshot
	owner    int64       // the athlete whose list it is
	listed   []*Activity // in Strava's own order
	walkedAt time.Time   // when the last walk over the whole list began
}

// attempt is what became of the last sync.
type attempt struct {
	at      time.Time
	failure error // nil when it succeeded
	setback *setback
}

func newMemoryHistory(config Config, owner func(context.Context) (int64, error), background *background) *memoryHistory {
	return &memoryHistory{
		strava:    config.Strava,
		owner:     owner,
		now:       config.now(),
		syncEvery: config.SyncEvery,
		logger:    config.logger(),
		flights:   newFlights[struct{}, *Snapshot](background, syncTimeout, 1),
	}
}

func (h *memoryHistory) Snapshot(ctx context.Context) (*Snapshot, error) {
	if held := h.held(); held != nil {
		h.syncIfDue(ctx)
		return held.snapshot, nil
	}
	if err := h.refusal(); err != nil {
		return nil, err
	}
	return h.flights.do(ctx, struct{}{}, h.sync)
}

func (h *memoryHistory) Sync(ctx context.Context) error {
	_, err := h.flights.do(ctx, struct{}{}, h.sync)
	return err
}

func (h *memoryHistory) Held() (*Snapshot, error) {
	h.mu.Lock()
	failure := h.attempt.failure
	h.mu.Unlock()
	if held := h.held(); held != nil {
		return held.snapshot, failure
	}
	return nil, failure
}

// Forget drops everything. Whoever asks from now on does not join a sync from before.
func (h *memoryHistory) Forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.era++
	h.attempt, h.amended = attempt{}, nil
	h.current.Store(nil)
	h.flights.disown()
}

// Amend puts the activity in its place.
func (h *memoryHistory) Amend(owner int64, activity *Activity) {
	h.mu.Lock()
	defer h.mu.Unlock()
	told := amendment{owner, activity}
	h.amended = append(h.amended, told)
	if held := h.held(); held != nil {
		h.current.CompareAndSwap(held, h.numbered(held.with(told)))
	}
}

// held is the copy, nil while there is none; one that is too old to be kept is dropped.
func (h *memoryHistory) held() *listCopy {
	held := h.current.Load()
	if held == nil || h.now().Before(held.walkedAt.Add(keptAtMost)) {
		return held
	}
	h.current.CompareAndSwap(held, nil)
	return nil
}

// heldOf is the copy of that athlete's list. One of another's is dropped: the grant has been replaced.
func (h *memoryHistory) heldOf(owner int64) *listCopy {
	held := h.held()
	if held == nil || held.owner == owner {
		return held
	}
	h.current.CompareAndSwap(held, nil)
	return nil
}

// syncIfDue begins a sync that nobody waits for, for when no job does it: on a deployment that scales to zero, nothing
// runs between two queries.
func (h *memoryHistory) syncIfDue(ctx context.Context) {
	h.mu.Lock()
	due := h.syncEvery > 0 && !h.now().Before(h.attempt.at.Add(h.syncEvery))
	h.mu.Unlock()
	if due {
		unawaited := strava.WithCounter(strava.WithPriority(ctx, strava.PriorityBackground), nil)
		h.flights.book(unawaited, struct{}{}, h.sync)
	}
}

// refusal is what the last attempt at the first copy failed with, nil if Strava may be asked again.
func (h *memoryHistory) refusal() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.attempt.setback.standing(h.now())
}

// sync runs in one flight at a time.
func (h *memoryHistory) sync(ctx context.Context) (*Snapshot, error) {
	began := h.now()
	h.mu.Lock()
	era := h.era
	h.amended = nil
	h.mu.Unlock()
	next, err := h.read(ctx, began)
	if next, err = h.conclude(era, began, next, err); err != nil {
		return nil, fmt.Errorf("sync activities: %w", err)
	}
	h.logger.DebugContext(ctx, "activities synced",
		"activities", len(next.listed), "version", next.snapshot.Version, "whole", next.walkedAt.Equal(began))
	return next.snapshot, nil
}

// conclude puts the copy that a sync has made in place, with what was told meanwhile, or notes its failure, unless
// everything was forgotten.
func (h *memoryHistory) conclude(era int, began time.Time, next *listCopy, failure error) (*listCopy, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.era != era {
		return nil, tokens.ErrNotConnected
	}
	h.attempt = attempt{at: began, failure: failure, setback: setbackAfter(failure, h.now())}
	if failure != nil {
		return nil, failure
	}
	for _, told := range h.amended {
		next = next.with(told)
	}
	next = h.numbered(next)
	h.current.Store(next)
	return next, nil
}

// numbered gives a copy its version: that of the held one if the activities are the same. The caller holds the lock.
func (h *memoryHistory) numbered(next *listCopy) *listCopy {
	held := h.current.Load()
	if held == nil || !slices.Equal(held.snapshot.Activities, next.snapshot.Activities) {
		h.versions++
	}
	numbered, snapshot := *next, *next.snapshot
	snapshot.Version = h.versions
	numbered.snapshot = &snapshot
	return &numbered
}

// read makes the copy that follows the held one.
func (h *memoryHistory) read(ctx context.Context, began time.Time) (*listCopy, error) {
	owner, err := h.owner(ctx)
	if err != nil {
		return nil, err
	}
	held := h.heldOf(owner)
	known := held.byID()
	walkAll := held == nil || !began.Before(held.walkedAt.Add(walkEvery))
	rows, ended, err := h.readPages(ctx, known, walkAll)
	if err != nil {
		return nil, err
	}
	next := &listCopy{owner: owner, listed: rows, walkedAt: began}
	if !ended {
		next.listed = append(rows, held.after(rows)...)
		next.walkedAt = held.walkedAt
	}
	next.snapshot = &Snapshot{
		Activities: newestFirst(next.listed), SyncedAt: began, OldestFetchedAt: next.walkedAt, Complete: true,
	}
	return next, nil
}

// readPages reads the list from its newest page: to its end, or only until a page holds nothing that is not known. The
// end is an empty page, because a short one need not be the last.
func (h *memoryHistory) readPages(
	ctx context.Context, known map[int64]*Activity, walkAll bool,
) (rows []*Activity, ended bool, err error) {
	reading := listReading{known: known, read: map[int64]bool{}}
	for page := 1; page <= maxPages; page++ {
		summaries, err := h.readPage(ctx, page)
		if err != nil {
			return nil, false, err
		}
		if len(summaries) == 0 {
			return reading.rows, true, nil
		}
		if news := reading.add(summaries); !news && !walkAll {
			return reading.rows, false, nil
		}
	}
	return nil, false, fmt.Errorf("%w: the list does not end after %d pages", strava.ErrUnavailable, maxPages)
}

// readPage reads one page. An empty one is believed when it was answered twice: believing a single bad answer would take
// everything after it away until the next walk.
func (h *memoryHistory) readPage(ctx context.Context, page int) ([]strava.SummaryActivity, error) {
	options := strava.ActivitiesOptions{Page: page, PerPage: strava.MaxPerPage}
	summaries, err := h.strava.Activities(ctx, options)
	if err != nil || len(summaries) > 0 {
		return summaries, err
	}
	return h.strava.Activities(ctx, options)
}

// listReading gathers the rows of pages.
type listReading struct {
	known map[int64]*Activity // what was held before
	read  map[int64]bool
	rows  []*Activity
}

// add takes in a page, and reports whether there was an activity on it that is not known. One that is known and
// unchanged stays the one that it was. One that was read before is left out, because pages shift while they are read
// when an activity is added.
func (r *listReading) add(page []strava.SummaryActivity) (news bool) {
	for i := range page {
		activity := activityOf(&page[i])
		before, isKnown := r.known[activity.StravaID]
		news = news || !isKnown
		if r.read[activity.StravaID] {
			continue
		}
		r.read[activity.StravaID] = true
		if isKnown && reflect.DeepEqual(before, activity) {
			activity = before
		}
		r.rows = append(r.rows, activity)
	}
	return news
}

// byID finds what is held; a nil copy holds nothing.
func (c *listCopy) byID() map[int64]*Activity {
	if c == nil {
		return nil
	}
	byID := make(map[int64]*Activity, len(c.listed))
	for _, activity := range c.listed {
		byID[activity.StravaID] = activity
	}
	return byID
}

// after is what of the held list follows the rows that were read anew from its beginning. What is held before their end
// and was not among them is gone.
//
// Two things have to say that an activity stood among the rows: its place in Strava's list, and its time. The time alone
// would not do, because an activity with a hidden start time is listed by the true one; the place alone would not do
// after an edit has moved an old activity to the top.
func (c *listCopy) after(rows []*Activity) []*Activity {
	read := map[int64]bool{}
	oldest := rows[len(rows)-1]
	for _, row := range rows {
		read[row.StravaID] = true
		if row.StartedAt.Before(oldest.StartedAt) {
			oldest = row
		}
	}
	last := rows[len(rows)-1].StravaID
	end := slices.IndexFunc(c.listed, func(a *Activity) bool { return a.StravaID == last })

	var rest []*Activity
	for i, activity := range c.listed {
		gone := i < end && !activity.StartedAt.Before(oldest.StartedAt)
		if !read[activity.StravaID] && !gone {
			rest = append(rest, activity)
		}
	}
	return rest
}

// with is the copy with what was told of one activity, and the same copy if that is another athlete's. A new activity
// stands where Strava's list would have it.
func (c *listCopy) with(told amendment) *listCopy {
	if c.owner != told.owner {
		return c
	}
	listed := slices.Clone(c.listed)
	at := slices.IndexFunc(listed, func(a *Activity) bool { return a.StravaID == told.activity.StravaID })
	switch {
	case at < 0:
		older := slices.IndexFunc(listed, func(a *Activity) bool { return a.StartedAt.Before(told.activity.StartedAt) })
		if older < 0 {
			older = len(listed)
		}
		listed = slices.Insert(listed, older, told.activity)
	case !reflect.DeepEqual(listed[at], told.activity):
		listed[at] = told.activity
	default:
		return c
	}
	amended, snapshot := *c, *c.snapshot
	snapshot.Activities = newestFirst(listed)
	amended.listed, amended.snapshot = listed, &snapshot
	return &amended
}

// newestFirst is the order of a snapshot. The given list stays as it is.
func newestFirst(listed []*Activity) []*Activity {
	return slices.SortedFunc(slices.Values(listed), func(a, b *Activity) int {
		return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.StravaID, a.StravaID))
	})
}
