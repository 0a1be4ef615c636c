package mirror

import (
	"context"
	"errors"
	"fmt"
	"time"

	"domestique/fitness"
)

const (
	// lookEvery is how often the store is looked at while somebody reads the copy: another replica's writing shows within
	// 5 s. A look that finds nothing new reads one small row.
	lookEvery = 3 * time.Second
	// firstLookTimeout bounds what a store that is away may cost a reader.
	firstLookTimeout = 2 * time.Second
	// looksUnasked is how many looks are taken after the last reader.
	looksUnasked = 10

	// forgetTimeout bounds an erasure that its caller must not be able to break off.
	forgetTimeout = 30 * time.Second

	// amendTimeout bounds what a store that is away may cost a write at Strava, which is done by then.
	amendTimeout = 10 * time.Second

	// saveTries is how often a save merges with what others have written meanwhile.
	saveTries = 10

	// saveUnchangedUpTo is how many activities are written after a sync that has found nothing but that all is as it was;
	// for more, that is written with the next change, or after saveUnchangedEvery.
	saveUnchangedUpTo  = 20_000
	saveUnchangedEvery = time.Hour

	// saveFillEvery is the part of the rows that may be new before a fill is written: as every write is of the whole, one
	// after each page would cost the square of the pages. A kill costs as many calls again at the most.
	saveFillEvery = 20
)

// stored is what is known of the stored copy.
type stored struct {
	revision Revision  // of the copy that the ledger goes back to; "": none
	looked   bool      // the store has answered once
	lookedAt time.Time // the last time that it was asked
	savedAt  time.Time // the last time that this process wrote it
	version  uint64    // of the ledger then
	unsaved  int       // what was changed since; 0: nothing
	erase    bool      // what is stored has to be erased before anything else
	newer    bool      // a later version's copy is stored: it is left alone
	trouble  error     // what the store failed with, nil when it works
}

// errForgotten is what a sync ends with that was under way when everything was forgotten.
var errForgotten = &fitness.Error{
	Code: fitness.CodeNotConnected, Message: "The account was disconnected meanwhile. Open /connect (or run `domestique connect`) " +
		"to connect one.",
}

// look reads the stored copy if it is another one than that which is held. What goes wrong is noted, and no reason not to
// go on with what there is in memory.
func (m *Mirror) look(ctx context.Context) {
	select {
	case m.saving <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-m.saving }()
	if err := m.lookNow(ctx); ctx.Err() == nil {
		m.noteStore(err)
	}
}

// lookFirst gives what is stored some time to come, before Strava is asked for it: a process that has just started shows
// what others keep, and takes no call for that.
func (m *Mirror) lookFirst(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, firstLookTimeout)
	defer cancel()
	m.look(ctx)
}

// lookNow is called with the token of saving.
func (m *Mirror) lookNow(ctx context.Context) error {
	m.mu.Lock()
	era, erase, known, incomplete := m.era, m.stored.erase, m.stored.revision, m.ledger.owner == 0
	m.stored.lookedAt = m.now()
	m.mu.Unlock()
	if erase {
		if err := m.eraseNow(ctx); err != nil {
			return err
		}
		known = ""
	}
	if incomplete {
		known = "" // It was read once when it was not yet known whose it is.
	}
	data, revision, err := m.store.Load(ctx, known)
	switch {
	case errors.Is(err, ErrUnchanged):
		return nil
	case errors.Is(err, ErrNotFound):
		m.erasedElsewhere(era)
		return nil
	case errors.Is(err, ErrCorrupt):
		m.refuse(era, revision, err)
		return nil
	case err != nil:
		return fmt.Errorf("read the stored copy: %w", err)
	}
	other, err := decode(data)
	if err != nil {
		m.refuse(era, revision, err)
		return nil
	}
	m.accept(ctx, era, revision, other)
	return nil
}

// refuse notes that what is stored is of no use. It is only a copy: but for that of a later version, which serves others,
// the next write replaces it.
func (m *Mirror) refuse(era int, revision Revision, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.era != era {
		return
	}
	if m.stored.revision != revision || !m.stored.looked {
		if errors.Is(err, errNewer) {
			m.log.Error("a later version's copy of the activities is stored: it is neither used nor written over, and this "+
				"version keeps its own in memory", "error", err)
		} else {
			m.log.Error("the stored copy of the activities can't be read; it is read from Strava anew, and then written over",
				"error", err)
		}
	}
	m.stored.looked, m.stored.revision, m.stored.newer = true, revision, errors.Is(err, errNewer)
	m.stored.unsaved++
}

// accept takes in what another process has stored, or this one before its start.
func (m *Mirror) accept(ctx context.Context, era int, revision Revision, other *ledger) {
	pinned := m.source.Pinned(ctx)
	now := m.now()
	other.settle(now.Unix())
	other.purge(now.Add(-fitness.KeptAtMost).Unix() + 1)

	m.mu.Lock()
	defer m.mu.Unlock()
	if m.era != era {
		return
	}
	if m.ledger.owner != 0 {
		pinned = m.ledger.owner
	}
	if other.owner != pinned {
		// Whose list this is may not be known yet, or the grant has become another's: then a save writes over it.
		m.stored.looked, m.stored.revision = true, revision
		return
	}
	first := m.ledger.empty()
	changes := m.takeOver(other)
	m.stored.looked, m.stored.revision, m.stored.newer = true, revision, false
	if first {
		m.log.Info("the stored copy of the activities is served", "activities", len(m.ledger.rows),
			"complete", m.ledger.complete, "synced_at", m.ledger.syncedAt)
	}
	m.show(changes)
}

// takeOver is called with mu held. What nobody has stored yet stays, merged with the other.
func (m *Mirror) takeOver(other *ledger) Changes {
	if m.stored.unsaved > 0 && m.ledger.owner == other.owner {
		return m.ledger.merge(other)
	}
	changes := m.ledger.follow(other)
	m.stored.unsaved, m.stored.savedAt, m.stored.version = 0, m.now(), m.ledger.version
	return changes
}

// erasedElsewhere drops what was stored once and is no more: another process has disconnected.
func (m *Mirror) erasedElsewhere(era int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.era != era {
		return
	}
	hadOne := m.stored.revision != "" && !m.ledger.empty()
	m.stored.looked, m.stored.revision, m.stored.newer = true, "", false
	if hadOne {
		m.log.Info("the stored copy of the activities was erased by another process; it is dropped here, too")
		m.drop()
	}
}

// drop forgets what is in memory. It is called with mu held.
func (m *Mirror) drop() {
	m.era++
	m.ledger = newLedger(0, m.ledger.version)
	m.stored.unsaved = 0
	m.last = attempt{}
	m.work.disown()
	m.show(Changes{})
	m.erased()
}

// Forget implements fitness.History.
func (m *Mirror) Forget(ctx context.Context) error {
	m.mu.Lock()
	m.drop()
	m.stored.erase = true
	m.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetTimeout)
	defer cancel()
	select {
	case m.saving <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-m.saving }()
	err := m.eraseNow(ctx)
	m.noteStore(err)
	return err
}

// eraseNow is called with the token of saving. Until it succeeds nothing is written or read.
func (m *Mirror) eraseNow(ctx context.Context) error {
	if err := m.store.Erase(ctx); err != nil {
		return &fitness.Error{
			Code: fitness.CodeUpstreamUnavailable,
			Message: "The stored copy of the activities could not be erased: " + err.Error() + ". That is tried again; it can also " +
				"be done by `mutation { disconnect }` again, once the store works.",
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stored = stored{looked: true, trouble: m.stored.trouble, unsaved: m.stored.unsaved}
	return nil
}

// saveIfWorth writes the copy in the middle of a fill, when it has grown enough for that.
func (m *Mirror) saveIfWorth(ctx context.Context) {
	m.mu.Lock()
	grown := int(m.ledger.version-m.stored.version)*fitness.MaxPage >= len(m.ledger.rows)/saveFillEvery
	m.mu.Unlock()
	if grown {
		_ = m.save(ctx) // It is noted, and tried again with the next page.
	}
}

// saveIfChanged writes what was changed without a sync.
func (m *Mirror) saveIfChanged(ctx context.Context) {
	m.mu.Lock()
	changed := m.stored.unsaved > 0
	m.mu.Unlock()
	if changed {
		_ = m.save(ctx) // It is noted, and tried again by the next sync.
	}
}

// saveAfterSync writes what a sync has changed.
func (m *Mirror) saveAfterSync(ctx context.Context) {
	m.mu.Lock()
	changed := m.ledger.version != m.stored.version || m.stored.revision == "" || !m.ledger.complete
	worth := changed || len(m.ledger.rows) <= saveUnchangedUpTo || !m.now().Before(m.stored.savedAt.Add(saveUnchangedEvery))
	m.mu.Unlock()
	if worth {
		_ = m.save(ctx) // It is noted, and tried again by the next sync.
	}
}

// save writes the copy, merged with what others have written meanwhile. It fails if it is not known to be stored.
func (m *Mirror) save(ctx context.Context) error {
	select {
	case m.saving <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-m.saving }()
	for range saveTries {
		err := m.saveNow(ctx)
		if errors.Is(err, ErrConflict) {
			if err = m.lookNow(ctx); err == nil {
				continue
			}
		}
		if errors.Is(err, context.Canceled) {
			return err
		}
		m.noteStore(err)
		return err
	}
	err := fmt.Errorf("write the copy: %w, again and again", ErrConflict)
	m.noteStore(err)
	return err
}

// saveNow is called with the token of saving.
func (m *Mirror) saveNow(ctx context.Context) error {
	m.mu.Lock()
	era, erase, looked := m.era, m.stored.erase, m.stored.looked
	m.mu.Unlock()
	if erase || !looked {
		if err := m.lookNow(ctx); err != nil {
			return err
		}
	}
	m.mu.Lock()
	if m.era != era || m.ledger.owner == 0 || m.ledger.empty() {
		m.mu.Unlock()
		return nil // There is nothing to write.
	}
	if m.stored.newer {
		m.mu.Unlock()
		return errNewer
	}
	at, unsaved, version := m.stored.revision, m.stored.unsaved, m.ledger.version
	frozen := m.ledger.clone()
	m.mu.Unlock()

	data, err := encode(frozen)
	if err != nil {
		return err
	}
	revision, err := m.store.Save(ctx, data, at)
	if err != nil {
		return fmt.Errorf("write the copy: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.era != era {
		return nil // What was written will be erased: Forget waits for its turn.
	}
	m.stored.revision, m.stored.savedAt, m.stored.version = revision, m.now(), version
	m.stored.unsaved -= unsaved
	return nil
}

// noteStore logs when the store begins to fail and when it works again, and not each time in between.
func (m *Mirror) noteStore(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch before := m.stored.trouble; {
	case err != nil && before == nil:
		m.log.Error("the store of the copy of the activities fails; the copy is served from memory, and written when that works again",
			"error", err)
		m.stored.trouble = storeTrouble(err)
	case err == nil && before != nil:
		m.log.Info("the store of the copy of the activities works again")
		m.stored.trouble = nil
	}
}

// storeTrouble is the failure as the owner reads it; the log has the rest.
func storeTrouble(err error) error {
	if problem, ok := errors.AsType[*fitness.Error](err); ok {
		return problem
	}
	return &fitness.Error{
		Code: fitness.CodeUpstreamUnavailable,
		Message: "The copy of the activities can't be stored or read there. It is served from memory, and written when the store " +
			"works again; the log says what is wrong.",
	}
}

// watch looks at the store again and again, as long as somebody reads the copy or listens to its changes. Who reads after
// nobody has for a while waits for one look: what was disconnected meanwhile is not shown once more.
func (m *Mirror) watch(ctx context.Context) {
	if m.asked.Load() || m.asked.Swap(true) {
		return
	}
	started := m.work.watch(func(ctx context.Context) {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for unasked := 0; unasked < looksUnasked; unasked++ {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			if m.asked.Swap(false) || m.feed.isHeard() {
				unasked = 0
			}
			m.checkOwner(ctx)
			m.look(ctx)
		}
	}, func() { m.asked.Store(false) })
	if started && m.lookIsOld() {
		m.checkOwner(ctx)
		m.lookFirst(ctx)
	}
}

func (m *Mirror) lookIsOld() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.now().Before(m.stored.lookedAt.Add(lookEvery))
}
