package mirror

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"domestique/fitness"
)

// Source is where the list is read from; a *fitness.Source is one.
type Source interface {
	// Owner is the athlete whose list it is. It may take a call.
	Owner(ctx context.Context) (int64, error)
	// Pinned is the same as far as it is known without a call, 0 while it is not.
	Pinned(ctx context.Context) int64
	// Page is one page of the list.
	Page(ctx context.Context, page fitness.HistoryPage) ([]*fitness.Activity, error)
	// Activity is one activity; it fails with fitness.ErrNoSuchActivity for one that is gone.
	Activity(ctx context.Context, stravaID int64) (*fitness.Activity, error)
}

// Config is what a [Mirror] is made of. Source and Store are required.
type Config struct {
	Source Source
	Store  Store
	// SyncEvery is how old the copy may be before it is synced in the background, when somebody reads it and no job has
	// done it. Zero: only Sync and Keep sync.
	SyncEvery time.Duration

	// Deleted is told which activities are in the copy no more, whoever found out, so that nothing else is kept of them. It
	// must not call the Mirror. Zero: nobody is told.
	Deleted func(stravaIDs ...int64)
	// Erased is told that all of an athlete's was forgotten: the account was disconnected, by whatever process, or is another
	// athlete's. It must not call the Mirror. Zero: nobody is told.
	Erased func()

	Now    func() time.Time // Zero: time.Now.
	Logger *slog.Logger     // Zero: none.
}

// Mirror holds the copy and keeps it. It is a fitness.History, and safe for concurrent use. Reading takes no lock.
type Mirror struct {
	source    Source
	store     Store
	syncEvery time.Duration
	deleted   func(stravaIDs ...int64)
	erased    func()
	now       func() time.Time
	log       *slog.Logger
	id        string // of this process, in leases

	current atomic.Pointer[fitness.Snapshot] // nil while there is none
	asked   atomic.Bool                      // somebody has read since the store was last looked at
	feed    feed
	work    work

	mu     sync.Mutex
	ledger *ledger
	era    int // how often everything was forgotten
	stored stored
	last   attempt
	shown  chan struct{} // closed, and replaced, whenever there is a new snapshot

	saving  chan struct{} // holds one token; whoever has it may look at the store or write to it
	sighted sighting
}

// attempt is what became of the last sync.
type attempt struct {
	at      time.Time
	failure error     // nil when it succeeded
	rest    time.Time // until then nobody but Sync asks Strava again
}

var _ fitness.History = (*Mirror)(nil)

// New makes a Mirror, or fails with an error that names the field of config that is missing. It calls nobody: what is
// stored is read by the first who asks.
func New(config Config) (*Mirror, error) {
	switch {
	case config.Source == nil:
		return nil, errors.New("mirror: Config.Source is missing")
	case config.Store == nil:
		return nil, errors.New("mirror: Config.Store is missing")
	}
	m := &Mirror{
		source: config.Source, store: config.Store, syncEvery: config.SyncEvery, deleted: config.Deleted, erased: config.Erased,
		now: config.Now, log: config.Logger,
		id: rand.Text(), ledger: newLedger(0, 0), shown: make(chan struct{}), saving: make(chan struct{}, 1),
	}
	if m.now == nil {
		m.now = time.Now
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	if m.erased == nil {
		m.erased = func() {}
	}
	return m, nil
}

// Close ends what goes on in the background, stores what was not stored yet, and waits for both, or for the end of ctx. What is
// held is still given.
func (m *Mirror) Close(ctx context.Context) error {
	err := m.work.close(ctx)
	m.saveIfChanged(ctx)
	return err
}

// Snapshot implements fitness.History.
func (m *Mirror) Snapshot(ctx context.Context) (*fitness.Snapshot, error) {
	snapshot := m.held()
	if snapshot != nil {
		m.watch(ctx)
		if m.current.Load() != snapshot {
			snapshot = m.held()
		}
	}
	if snapshot != nil {
		if fitness.MayCall(ctx) {
			m.syncIfDue(ctx)
		}
		return snapshot, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !fitness.MayCall(ctx) {
		return nil, fitness.ErrNothingHeld
	}
	if err := m.standing(); err != nil {
		return nil, err
	}
	m.lookFirst(ctx)
	if snapshot := m.held(); snapshot != nil {
		m.watch(ctx)
		m.syncIfDue(ctx)
		return snapshot, nil
	}
	return m.await(ctx)
}

// Held implements fitness.History.
func (m *Mirror) Held() (*fitness.Snapshot, error) {
	m.mu.Lock()
	failure := m.last.failure
	if failure == nil {
		failure = m.stored.trouble
	}
	m.mu.Unlock()
	return m.held(), failure
}

// Sync implements fitness.History. It returns when the list is the same as Strava's again, as far as that can be known by
// now; where another replica is at it, it returns at once with what that has stored.
func (m *Mirror) Sync(ctx context.Context) error { return m.work.do(ctx, m.sync) }

// Keep is Sync for a job: it leaves Strava alone if another replica has synced a moment ago, or if Strava asked to be, and
// leaves some of the quota to those who wait for an answer.
func (m *Mirror) Keep(ctx context.Context) error {
	return m.work.do(fitness.InBackground(ctx), func(ctx context.Context) error {
		m.purge()
		m.look(ctx)
		if m.syncEvery > 0 && !m.isDue(m.syncEvery*2/3) { // Jobs come a bit early at times.
			m.saveIfChanged(ctx)
			return nil
		}
		return m.sync(ctx)
	})
}

// Subscribe implements fitness.History.
func (m *Mirror) Subscribe(ctx context.Context) <-chan *fitness.Snapshot {
	m.watch(ctx)
	m.held()    // What is too old to be kept is not told any more.
	m.mu.Lock() // Nothing is shown between what the listener hears first and what it hears next.
	defer m.mu.Unlock()
	return m.feed.subscribe(ctx, m.current.Load())
}

// held is the newest copy. One with something in it that is too old to be kept is purged first.
func (m *Mirror) held() *fitness.Snapshot {
	snapshot := m.current.Load()
	if snapshot == nil || m.now().Before(snapshot.OldestFetchedAt.Add(fitness.KeptAtMost)) {
		return snapshot
	}
	m.purge()
	return m.current.Load()
}

// standing is what the last attempt failed with, nil if Strava may be asked again.
func (m *Mirror) standing() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now().Before(m.last.rest) {
		return m.last.failure
	}
	return nil
}

// await syncs, and waits for the first page rather than for all of them.
func (m *Mirror) await(ctx context.Context) (*fitness.Snapshot, error) {
	flight := m.work.begin(ctx, m.sync)
	for {
		m.mu.Lock()
		shown := m.shown
		m.mu.Unlock()
		if snapshot := m.held(); snapshot != nil {
			m.watch(ctx)
			return snapshot, nil
		}
		select {
		case <-shown:
		case <-flight.landed:
			if snapshot := m.held(); snapshot != nil || flight.err != nil {
				return snapshot, flight.err
			}
			return nil, errForgotten
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// syncIfDue begins a sync that nobody waits for, for when no job does it: on a deployment that scales to zero, nothing
// runs between two queries.
func (m *Mirror) syncIfDue(ctx context.Context) {
	if m.syncEvery > 0 && m.isDue(m.syncEvery) {
		m.work.begin(fitness.InBackground(ctx), m.sync)
	}
}

// isDue reports whether it is time to ask Strava: so long after the last time, or, in the middle of a fill, as soon as
// Strava may be asked again.
func (m *Mirror) isDue(after time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if now.Before(m.last.rest) {
		return false
	}
	latest := m.last.at
	if m.ledger.syncedAt.After(latest) {
		latest = m.ledger.syncedAt
	}
	if !m.ledger.complete {
		after = lookEvery // Another replica may be at it.
	}
	return !now.Before(latest.Add(after))
}

// update changes the ledger and shows the result, unless everything was forgotten since that era.
func (m *Mirror) update(era int, step func(*ledger) Changes) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.era != era {
		return errForgotten
	}
	changes := step(m.ledger)
	changes.add(m.ledger.takeEarly())
	m.stored.unsaved += len(changes.Created) + len(changes.Updated) + len(changes.Deleted) + 1
	m.show(changes)
	return nil
}

// show is called with mu held.
func (m *Mirror) show(changes Changes) {
	snapshot := m.ledger.snapshot()
	m.current.Store(snapshot)
	close(m.shown)
	m.shown = make(chan struct{})
	if m.deleted != nil && len(changes.Deleted) > 0 {
		m.deleted(changes.Deleted...)
	}
	m.feed.tell(snapshot)
}

// purge drops what is too old to be kept.
func (m *Mirror) purge() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ledger.settle(m.now().Unix())
	changes := m.ledger.purge(m.now().Add(-fitness.KeptAtMost).Unix() + 1)
	if changes.empty() {
		m.show(changes)
		return
	}
	m.stored.unsaved++
	m.log.Info("activities that were fetched a week ago are dropped, and read anew", "activities", len(changes.Deleted))
	m.show(changes)
}

// Refetch reads one activity from Strava now and takes it in, for who knows that it is new or has changed. It fails with
// fitness.ErrNoSuchActivity, and changes nothing, if Strava does not show it: see Remove. When it succeeds the activity
// is stored, so whoever told of it may forget that. The activity counts as told a second later than it was asked for, as
// with Amend.
func (m *Mirror) Refetch(ctx context.Context, stravaID int64) error {
	era, err := m.own(ctx)
	if err != nil {
		return err
	}
	at := m.now().Unix() + 1
	activity, err := m.source.Activity(ctx, stravaID)
	if err != nil {
		return fmt.Errorf("fetch an activity again: %w", err)
	}
	if err := m.update(era, func(l *ledger) Changes { return l.hear(row{activity, at}) }); err != nil {
		return err
	}
	return m.save(ctx)
}

// Remove takes an activity out that is known to be gone at Strava; there need not be one. When it succeeds that is stored.
func (m *Mirror) Remove(ctx context.Context, stravaID int64) error {
	era, err := m.own(ctx)
	if err != nil {
		return err
	}
	at := m.now().Unix() + 1
	if err := m.update(era, func(l *ledger) Changes { return l.remove(at, stravaID) }); err != nil {
		return err
	}
	return m.save(ctx)
}

// Amend implements fitness.History. The activity counts as told in the second after this one: a page that was asked for
// in the same second, or before, tells what was before the write.
func (m *Mirror) Amend(ctx context.Context, athleteID int64, activity *fitness.Activity) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), amendTimeout)
	defer cancel()
	if !m.isOf(athleteID) {
		m.look(ctx) // The copy may be stored, and not read yet.
	}
	if !m.amend(athleteID, row{activity, m.now().Unix() + 1}) {
		return
	}
	_ = m.save(ctx) // It is noted, and tried again by the next sync.
}

func (m *Mirror) isOf(athleteID int64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ledger.owner == athleteID
}

// amend reports whether it is that athlete's copy.
func (m *Mirror) amend(athleteID int64, told row) (ours bool) {
	m.mu.Lock()
	era := m.era
	m.mu.Unlock()
	err := m.update(era, func(l *ledger) Changes {
		if ours = l.owner == athleteID; !ours {
			return Changes{}
		}
		return l.hear(told)
	})
	return ours && err == nil
}
