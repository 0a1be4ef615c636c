package command

import (
	"context"
	"errors"
	"sync"
	"time"

	"domestique/internal/telemetry"
	"domestique/mirror"
	"domestique/tokens"
)

// The stores are watched from outside, the same for files, tables and memory.

// stored begins to watch an operation of a store.
func (w *Watch) stored(ctx context.Context, store, operation string) (context.Context, func(error)) {
	began := time.Now()
	ctx, end := w.Inner(ctx, telemetry.Client, operation+" "+store,
		telemetry.Attribute{Name: "db.collection.name", Value: store}, telemetry.Attribute{Name: "db.operation.name", Value: operation})
	return ctx, func(err error) {
		problem := storeProblem(err)
		w.storage.Record(time.Since(began), store, operation, problem)
		end(problem)
	}
}

// storeProblem is empty for what a store says in the course of its work.
func storeProblem(err error) string {
	for _, answer := range []error{tokens.ErrNotFound, mirror.ErrNotFound, mirror.ErrUnchanged} {
		if errors.Is(err, answer) {
			return ""
		}
	}
	switch {
	case errors.Is(err, tokens.ErrConflict), errors.Is(err, mirror.ErrConflict):
		return "conflict"
	case errors.Is(err, tokens.ErrCorrupt), errors.Is(err, mirror.ErrCorrupt):
		return "corrupt"
	default:
		return classOf(err)
	}
}

type watchedGrants struct {
	tokens.Store
	watch *Watch
}

// grants watches the store of the grant.
func (w *Watch) grants(store tokens.Store) tokens.Store {
	if !w.isOn() {
		return store
	}
	return watchedGrants{store, w}
}

// Load implements tokens.Store.
func (s watchedGrants) Load(ctx context.Context) (tokens.Row, tokens.Revision, error) {
	ctx, end := s.watch.stored(ctx, "grant", "load")
	row, revision, err := s.Store.Load(ctx)
	end(err)
	return row, revision, err
}

// Save implements tokens.Store.
func (s watchedGrants) Save(ctx context.Context, row tokens.Row, at tokens.Revision) (tokens.Revision, error) {
	ctx, end := s.watch.stored(ctx, "grant", "save")
	revision, err := s.Store.Save(ctx, row, at)
	end(err)
	return revision, err
}

// Erase implements tokens.Store.
func (s watchedGrants) Erase(ctx context.Context, at tokens.Revision) error {
	ctx, end := s.watch.stored(ctx, "grant", "erase")
	err := s.Store.Erase(ctx, at)
	end(err)
	return err
}

type watchedCopy struct {
	mirror.Store
	watch *Watch
}

// copies watches the store of the activities.
func (w *Watch) copies(store mirror.Store) mirror.Store {
	if !w.isOn() {
		return store
	}
	return watchedCopy{store, w}
}

// Load implements mirror.Store.
func (s watchedCopy) Load(ctx context.Context, known mirror.Revision) ([]byte, mirror.Revision, error) {
	ctx, end := s.watch.stored(ctx, "activities", "load")
	data, revision, err := s.Store.Load(ctx, known)
	end(err)
	return data, revision, err
}

// Save implements mirror.Store.
func (s watchedCopy) Save(ctx context.Context, data []byte, at mirror.Revision) (mirror.Revision, error) {
	ctx, end := s.watch.stored(ctx, "activities", "save")
	revision, err := s.Store.Save(ctx, data, at)
	end(err)
	return revision, err
}

// Erase implements mirror.Store.
func (s watchedCopy) Erase(ctx context.Context) error {
	ctx, end := s.watch.stored(ctx, "activities", "erase")
	err := s.Store.Erase(ctx)
	end(err)
	return err
}

// Claim implements mirror.Store.
func (s watchedCopy) Claim(ctx context.Context, next mirror.Lease, over string) (mirror.Lease, error) {
	ctx, end := s.watch.stored(ctx, "activities", "claim")
	lease, err := s.Store.Claim(ctx, next, over)
	end(err)
	return lease, err
}

// watchedInbox also knows how late events are: when each happened at Strava stands in it.
type watchedInbox struct {
	mirror.Inbox
	watch *Watch
	now   func() time.Time

	mu       sync.Mutex
	happened map[string]time.Time // of the letters that are in the inbox, by their ids
}

// inbox watches where events wait. now is Strava's time.
func (w *Watch) inbox(inbox mirror.Inbox, now func() time.Time) mirror.Inbox {
	if !w.isOn() {
		return inbox
	}
	return &watchedInbox{Inbox: inbox, watch: w, now: now, happened: map[string]time.Time{}}
}

// Put implements mirror.Inbox.
func (b *watchedInbox) Put(ctx context.Context, letter mirror.Letter) error {
	ctx, end := b.watch.stored(ctx, "events", "put")
	err := b.Inbox.Put(ctx, letter)
	end(err)
	if err == nil {
		b.watch.deliveries.Add(1)
		b.watch.lag.Record(max(0, b.now().Sub(letter.Event.At)), lagStored)
	}
	return err
}

// List implements mirror.Inbox.
func (b *watchedInbox) List(ctx context.Context) ([]mirror.Letter, error) {
	ctx, end := b.watch.stored(ctx, "events", "list")
	letters, err := b.Inbox.List(ctx)
	end(err)
	if err == nil {
		happened := make(map[string]time.Time, len(letters))
		for _, letter := range letters {
			happened[letter.ID] = letter.Event.At
		}
		b.mu.Lock()
		b.happened = happened
		b.mu.Unlock()
	}
	return letters, err
}

// Remove implements mirror.Inbox.
func (b *watchedInbox) Remove(ctx context.Context, ids ...string) error {
	ctx, end := b.watch.stored(ctx, "events", "remove")
	err := b.Inbox.Remove(ctx, ids...)
	end(err)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		if at, known := b.happened[id]; known {
			b.watch.lag.Record(max(0, b.now().Sub(at)), lagHandled)
			delete(b.happened, id)
		}
	}
	return nil
}

// Claim implements mirror.Inbox.
func (b *watchedInbox) Claim(ctx context.Context, next mirror.Lease, over string) (mirror.Lease, error) {
	ctx, end := b.watch.stored(ctx, "events", "claim")
	lease, err := b.Inbox.Claim(ctx, next, over)
	end(err)
	return lease, err
}

// waiting is how many events were in the inbox when it was last looked at, and not handled since.
func (b *watchedInbox) waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.happened)
}
