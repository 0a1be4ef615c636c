package tokens

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// persistence says how long a read is repeated.
type persistence int

const (
	soon          persistence = iota // A few times: someone waits, and there will be another flight.
	untilAnswered                    // Until the store answers, be it that the row is corrupt.
	untilReadable                    // Until the row can be read.
)

// soonTries is how often a read is tried when it should be over soon.
const soonTries = 3

// read loads the row and opens it, nil if there is none. It repeats what failed as persistence says, or until ctx is
// done. A row that can't be read or opened is ErrMisconfigured and ErrCorrupt; a store that is away is ErrUnavailable.
func (m *Manager) read(ctx context.Context, persist persistence) (*grant, error) {
	if persist == soon {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, m.pace().store)
		defer cancel()
	}
	for failures := 1; ; failures++ {
		stored, err := m.readOnce(ctx)
		switch {
		case err == nil,
			errors.Is(err, ErrCorrupt) && persist != untilReadable,
			failures == soonTries && persist == soon:
			return stored, err
		}
		if !pause(ctx, m.pace().rewrite(failures)) {
			return nil, err
		}
	}
}

func (m *Manager) readOnce(ctx context.Context) (*grant, error) {
	ctx, cancel := context.WithTimeout(ctx, m.pace().store)
	defer cancel()
	row, revision, err := m.store.Load(ctx)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case errors.Is(err, ErrCorrupt):
		return nil, fmt.Errorf("%w: %w", ErrMisconfigured, err)
	case err != nil:
		return nil, fmt.Errorf("%w: read the stored grant: %w", ErrUnavailable, err)
	}
	token, err := m.keyring.open(row)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMisconfigured, err)
	}
	return &grant{row: row, revision: revision, Token: token}, nil
}

// update writes what change makes of the stored row (nil: there is none), and repeats that until it is written, until
// change has nothing to write, or until ctx is done. After every failed write the row is read again before anything is
// concluded: the write may have landed all the same, and if it has not, change decides anew on what is there now. It
// returns the row as it now is, and whether this write made it so. late, if given, is called once, after the first
// failed attempt, with what is still to be written and the error.
func (m *Manager) update(ctx context.Context, stored *grant, change change, late func(*grant, error)) (*grant, bool, error) {
	writeID := m.newID()
	for failures := 0; ; failures++ {
		pending, err := change(stored)
		if err != nil || pending == nil {
			return stored, false, err
		}
		// The first repetition comes at once: what is not written yet can still be lost.
		if failures > 1 && !pause(ctx, m.pace().rewrite(failures-1)) {
			return nil, false, fmt.Errorf("%w: write the grant: %w", ErrUnavailable, ctx.Err())
		}
		pending.row.WriteID = writeID
		saved, failure := m.save(ctx, stored, pending)
		if failure == nil {
			return saved, true, nil
		}
		if failures == 0 && late != nil {
			late(pending, failure)
		}
		if stored, err = m.read(ctx, untilReadable); err != nil {
			return nil, false, fmt.Errorf("%w: write the grant: %w: %w", ErrUnavailable, failure, err)
		}
		if stored != nil && stored.row.WriteID == writeID {
			return stored, true, nil
		}
	}
}

// save writes pending over stored, once. Secrets that have changed, or belong to a new generation, are sealed.
func (m *Manager) save(ctx context.Context, stored, pending *grant) (*grant, error) {
	ctx, cancel := context.WithTimeout(ctx, m.pace().store)
	defer cancel()
	var revision Revision
	if stored != nil {
		revision = stored.revision
	}
	saved := *pending
	if stored == nil || stored.Token != pending.Token || stored.row.Generation != pending.row.Generation {
		saved.row = m.keyring.seal(pending.row, pending.Token)
	}
	var err error
	saved.revision, err = m.store.Save(ctx, saved.row, revision)
	m.noteStore(err)
	if err != nil {
		return nil, err
	}
	return &saved, nil
}

// noteStore logs when the store begins to fail and when it works again, and not each write in between.
func (m *Manager) noteStore(err error) {
	failing := err != nil && !errors.Is(err, ErrConflict)
	switch before := m.storeFails.Swap(failing); {
	case failing && !before:
		m.log.Error("the store does not take the grant; it is tried again and again", "error", err)
	case before && !failing:
		m.log.Info("the store takes the grant again")
	}
}

// pause waits for d and reports whether ctx let it.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// newID returns a random name. Its callers hold the slot, so Rand needn't be safe for concurrent use.
func (m *Manager) newID() string {
	var id [12]byte
	if _, err := io.ReadFull(m.rand, id[:]); err != nil {
		return rand.Text() // A source that ran dry must not keep an answer of Strava from being written.
	}
	return hex.EncodeToString(id[:])
}

// own reports whether a lease is one of this Manager's: of a claim whose confirmation or release got lost.
func (m *Manager) own(lease string) bool { return strings.HasPrefix(lease, m.id+".") }
