package mirror

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"time"

	"domestique/fitness"
)

// errMisplaced is what a sync ends with when Strava answers twice with another page than the one it was asked for.
var errMisplaced = &fitness.Error{
	Code: fitness.CodeUpstreamUnavailable, Message: "Strava's list of activities contradicts itself. It is read again in a while.",
}

// errNotOurTurn is no failure: another replica is reading the list.
var errNotOurTurn = errors.New("another replica is reading the list")

// reading is one sync that is under way.
type reading struct {
	*Mirror
	era   int
	began int64
	calls int
	seen  map[int64]bool // what was on a page of this sync

	turning    sync.Mutex
	turn       turn
	progressed time.Time // when the last step was done
}

// sync runs in one flight at a time.
func (m *Mirror) sync(ctx context.Context) error {
	began := m.now()
	m.purge()
	m.look(ctx)
	era, err := m.own(ctx)
	if err == nil {
		m.look(ctx) // Only now it may be known whose the stored copy is.
		r := &reading{Mirror: m, era: era, turn: m.turn(), began: began.Unix(), seen: map[int64]bool{}}
		err = r.run(ctx, began)
	}
	return m.conclude(ctx, era, began, err)
}

// conclude notes how a sync has ended.
func (m *Mirror) conclude(ctx context.Context, era int, began time.Time, failure error) error {
	if fitness.IsNotConnected(failure) {
		return m.disconnected(ctx, failure)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.era != era && failure != nil {
		return failure
	}
	m.last = attempt{at: began, failure: failure, rest: fitness.RestUntil(failure, m.now())}
	return failure
}

// disconnected erases what is left of an athlete who has ended the grant elsewhere.
func (m *Mirror) disconnected(ctx context.Context, failure error) error {
	m.mu.Lock()
	something := !m.ledger.empty() || m.stored.revision != "" || m.stored.erase
	m.mu.Unlock()
	if something {
		m.log.InfoContext(ctx, "no account is connected any more: the copy of the activities is erased")
		if err := m.Forget(ctx); err != nil {
			failure = errors.Join(failure, err)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.last.failure = failure
	return failure
}

// own sees to it that the copy is that of the athlete behind the grant.
func (m *Mirror) own(ctx context.Context) (era int, err error) {
	m.mu.Lock()
	era = m.era
	m.mu.Unlock()
	owner, err := m.source.Owner(ctx)
	if err != nil {
		return era, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.era != era {
		return era, errForgotten
	}
	m.belongsTo(owner)
	return era, nil
}

// checkOwner drops the copy as soon as it is known, without a call, that the grant has become another's.
func (m *Mirror) checkOwner(ctx context.Context) {
	pinned := m.source.Pinned(ctx)
	m.mu.Lock()
	defer m.mu.Unlock()
	if pinned != 0 && m.ledger.owner != 0 {
		m.belongsTo(pinned)
	}
}

// belongsTo is called with mu held.
func (m *Mirror) belongsTo(owner int64) {
	switch m.ledger.owner {
	case owner:
	case 0:
		m.ledger.owner = owner
		m.stored.looked, m.stored.revision = false, ""
	default:
		m.log.Info("the grant has become another athlete's: the copy of the activities is erased")
		m.ledger = newLedger(owner, m.ledger.version)
		m.stored.erase, m.stored.unsaved = true, 0
		m.show(Changes{})
		m.erased()
	}
}

// run reads what is new, and as much of the rest as is due.
func (r *reading) run(ctx context.Context, began time.Time) error {
	nothing := r.held() == nil
	err := r.await(ctx)
	if errors.Is(err, errNotOurTurn) {
		return nil // What the other one finds is seen in the store.
	}
	if err != nil {
		return err
	}
	defer r.hold(ctx)()
	if nothing {
		if r.look(ctx); r.isWhole() {
			return nil // Another one has read it all, and has given up its turn just now.
		}
	}
	err = r.read(ctx, began)
	if errors.Is(err, errForgotten) {
		return err
	}
	r.saveAfterSync(ctx)
	r.report(ctx, err)
	if errors.Is(err, errNotOurTurn) {
		return nil
	}
	return err
}

func (r *reading) report(ctx context.Context, failure error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	args := []any{"activities", len(r.ledger.rows), "complete", r.ledger.complete, "version", r.ledger.version, "calls", r.calls}
	if failure != nil && !r.ledger.complete {
		r.log.InfoContext(ctx, "the copy of the activities is filled up to here, and later from here on", args...)
		return
	}
	r.log.DebugContext(ctx, "activities synced", args...)
}

func (r *reading) read(ctx context.Context, began time.Time) error {
	top, err := r.readNews(ctx)
	if err != nil {
		return err
	}
	if err := r.beginWalk(top, began); err != nil {
		return err
	}
	for {
		due, filling := r.due()
		if !due {
			break
		}
		if err := r.step(ctx, filling); err != nil {
			return err
		}
	}
	return r.checkSuspects(ctx)
}

// readNews reads from the newest page down to the first that has something known on it. It returns the walk below these
// pages.
func (r *reading) readNews(ctx context.Context) (*walk, error) {
	top := newWalk(r.began)
	for {
		asked := top.next()
		page, at, err := r.ask(ctx, top, asked)
		if err != nil {
			return nil, err
		}
		known := false
		err = r.update(r.era, func(l *ledger) Changes {
			known = len(l.rows) == 0 || slices.ContainsFunc(page, func(a *fitness.Activity) bool {
				_, isHeld := l.rows[a.StravaID]
				return isHeld && !r.seen[a.StravaID]
			})
			return r.bring(l, asked, page, at)
		})
		if err != nil {
			return nil, err
		}
		top.pass(page)
		if known || len(page) == 0 {
			return top, nil
		}
		if err := r.goOn(ctx); err != nil {
			return nil, err
		}
	}
}

// beginWalk notes that the news are read, and begins the next walk if there is none, below what has been read of the list
// already.
func (r *reading) beginWalk(top *walk, began time.Time) error {
	return r.update(r.era, func(l *ledger) Changes {
		l.syncedAt = began.UTC()
		if l.walk == nil {
			l.walk = top
		}
		return Changes{}
	})
}

// due reports whether the walk has to go on now, and whether it is a fill, which does so to its end.
func (r *reading) due() (due, filling bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.ledger
	if r.era != r.Mirror.era || l.walk == nil {
		return false, false
	}
	return !l.complete || l.walk.pages < l.walk.due(r.now(), len(l.rows)), !l.complete
}

// step reads the next page of the walk.
func (r *reading) step(ctx context.Context, filling bool) error {
	r.mu.Lock()
	if r.ledger.walk == nil {
		r.mu.Unlock()
		return errForgotten
	}
	walk := *r.ledger.walk
	r.mu.Unlock()
	asked := walk.next()
	if filling && !walk.oldestRead {
		asked = fitness.HistoryPage{Oldest: true}
	}
	page, at, err := r.ask(ctx, &walk, asked)
	if err != nil {
		return err
	}
	err = r.update(r.era, func(l *ledger) Changes {
		if asked.Oldest {
			return walk.turnTo(l, page, at)
		}
		return r.advance(l, &walk, asked, page, at)
	})
	if err != nil {
		return err
	}
	r.saveIfWorth(ctx)
	return r.goOn(ctx)
}

// advance takes in a page of the walk, and ends it with the last one.
func (r *reading) advance(l *ledger, w *walk, asked fitness.HistoryPage, page []*fitness.Activity, at int64) Changes {
	nothingNew := !slices.ContainsFunc(page, func(a *fitness.Activity) bool { return l.rows[a.StravaID].fetchedAt < w.began })
	changes := r.bring(l, asked, page, at)
	l.walk = w
	switch {
	case w.meets(page), nothingNew && w.doubt:
		changes.add(w.end(l))
	case nothingNew:
		w.doubt = true
	default:
		w.doubt = false
		w.pass(page)
	}
	return changes
}

// bring takes in a page, and suspects what is held and should have been on it.
func (r *reading) bring(l *ledger, asked fitness.HistoryPage, page []*fitness.Activity, at int64) Changes {
	changes := l.take(page, at)
	if len(page) == 0 && !asked.Before.IsZero() {
		return changes
	}
	for _, activity := range page {
		r.seen[activity.StravaID] = true
	}
	end := int64(math.MinInt64) // Of a list that is empty.
	if len(page) > 0 {
		end = endOf(page)
	}
	from, _ := slices.BinarySearchFunc(l.sorted, asked.Before, func(a *fitness.Activity, before time.Time) int {
		if before.IsZero() || a.StartedAt.Before(before) {
			return 0
		}
		return -1
	})
	for _, activity := range l.sorted[from:] {
		if activity.StartedAt.Unix() <= end {
			break
		}
		isBelow := asked.Before.IsZero() || latestStart(activity) < asked.Before.Unix()
		wasThen := l.rows[activity.StravaID].fetchedAt <= at // What was told since need not be on the page.
		if isBelow && wasThen && !r.seen[activity.StravaID] {
			l.suspects[activity.StravaID] = true
		}
	}
	return changes
}

// ask reads a page. An answer that can't be that to the question is not believed before it has come twice: one that is
// empty, or lacks what was read before and must be on it again. One that holds what was not asked for is never believed.
func (r *reading) ask(ctx context.Context, w *walk, asked fitness.HistoryPage) (page []*fitness.Activity, at int64, err error) {
	for range 2 {
		at = r.now().Unix()
		r.calls++
		if page, err = r.source.Page(ctx, asked); err != nil {
			return nil, 0, err
		}
		if len(page) > 0 && !misplaced(asked, page) && (!w.overlaps() || asked.Oldest || r.knowsSomeOf(w, page)) {
			return page, at, nil
		}
	}
	if misplaced(asked, page) {
		return nil, 0, errMisplaced
	}
	return page, at, nil
}

// knowsSomeOf reports whether something on the page was read by this walk already.
func (r *reading) knowsSomeOf(w *walk, page []*fitness.Activity) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(page, func(a *fitness.Activity) bool { return r.ledger.rows[a.StravaID].fetchedAt >= w.began })
}

// goOn reports what keeps the reading from going on with another call.
func (r *reading) goOn(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !r.renew(ctx) {
		return errNotOurTurn
	}
	return nil
}
