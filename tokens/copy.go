package tokens

import (
	"context"
	"errors"
	"fmt"
)

// ErrNewer says that a grant was not copied because the other store has one that is newer, or one that Strava still takes
// while it has refused this one.
var ErrNewer = errors.New("a newer grant is stored there")

// Copied tells of a grant that CopyTo left in the other store, without anything secret.
type Copied struct {
	AthleteID  int64 // Zero: not known yet.
	Generation int64
	// Already says that the same grant was stored there before, so that nothing was written.
	Already bool
}

// CopyTo copies the stored grant, with its application, into the store of another Manager, sealed under the first key of
// that one's keyring, and reads it back. Nothing is written here, and Strava is not asked. A refresh that is under way here
// or there is waited for, and what another process changes meanwhile is copied anew; a refresh that comes later makes the
// older of the two grants worthless, so only one of the stores should have a gateway. It fails with ErrNotConnected if
// there is no grant, with ErrNewer or ErrOtherAthlete if the other store has such a one, which then stays, with ErrCorrupt
// if a row can't be read, and with ErrConflict if others change the rows again and again. It may be called again after any
// of these. Two Managers must not copy to each other at the same time.
func (m *Manager) CopyTo(ctx context.Context, to *Manager) (Copied, error) {
	for _, manager := range []*Manager{m, to} {
		select {
		case manager.slot <- struct{}{}:
		case <-ctx.Done():
			return Copied{}, fmt.Errorf("copy the grant: %w", ctx.Err())
		}
		defer func() { <-manager.slot }()
	}
	for range maxRounds {
		copied, err := m.copyOnce(ctx, to)
		switch {
		case err == nil:
			return copied, nil
		case !errors.Is(err, errMoved):
			return Copied{}, fmt.Errorf("copy the grant: %w", err)
		}
	}
	return Copied{}, fmt.Errorf("copy the grant: %w, again and again", ErrConflict)
}

// copyOnce fails with errMoved if another process has changed either row meanwhile. What it wrote then may be of a token
// that is spent: it is older than what is to be copied now, so the next attempt replaces it.
func (m *Manager) copyOnce(ctx context.Context, to *Manager) (Copied, error) {
	there, err := to.readAtRest(ctx)
	if err != nil {
		return Copied{}, fmt.Errorf("read what is stored in its place: %w", err)
	}
	stored, err := m.readAtRest(ctx)
	switch {
	case err != nil:
		return Copied{}, fmt.Errorf("read it: %w", err)
	case stored == nil:
		return Copied{}, ErrNotConnected
	}
	copied := Copied{AthleteID: stored.row.AthleteID, Generation: stored.row.Generation}
	_, wrote, err := to.update(ctx, there, copyOf(stored, there), nil)
	if err != nil {
		return Copied{}, err
	}
	copied.Already = !wrote
	return copied, errors.Join(to.stillHolds(ctx, stored.same), m.stillHolds(ctx, func(again *grant) bool {
		return again.revision == stored.revision
	}))
}

// readAtRest reads the row once no other process holds a lease on it.
func (m *Manager) readAtRest(ctx context.Context) (*grant, error) {
	for {
		stored, err := m.read(ctx, soon)
		if err != nil {
			return nil, err
		}
		m.work.lease.see(stored, m.own, m.now())
		if !m.now().Before(m.work.lease.until) {
			return stored, nil
		}
		if !pause(ctx, m.pace().poll) {
			return nil, fmt.Errorf("%w: %w", errLeased, ctx.Err())
		}
	}
}

// stillHolds reads the row again and fails with errMoved if it is not that one.
func (m *Manager) stillHolds(ctx context.Context, that func(*grant) bool) error {
	stored, err := m.read(ctx, soon)
	switch {
	case err != nil:
		return fmt.Errorf("read it again: %w", err)
	case stored == nil || !that(stored):
		return errMoved
	default:
		return nil
	}
}

// copyOf is the change that puts a grant of another store in the place of the row that was decided upon: of none, or of a
// grant that is older.
func copyOf(source, decided *grant) change {
	return func(stored *grant) (*grant, error) {
		switch {
		case (stored == nil) != (decided == nil), stored != nil && stored.revision != decided.revision:
			return nil, errMoved
		case stored == nil:
		case stored.row.AthleteID != 0 && source.row.AthleteID != 0 && stored.row.AthleteID != source.row.AthleteID:
			return nil, ErrOtherAthlete
		case stored.same(source):
			return nil, nil
		case !stored.olderThan(source), source.row.State == StateNeedsConsent && stored.row.State != StateNeedsConsent:
			return nil, ErrNewer
		}
		// The lease of a process that died stays behind, but not what it tells of a token that may be spent.
		return source.with(func(row *Row) { row.Lease = Lease{Intent: row.Lease.Intent} }), nil
	}
}

// olderThan compares grants of two stores. Their times are Strava's; where they are one grant the later generation is the
// newer one.
func (g *grant) olderThan(other *grant) bool {
	if order := g.row.ObtainedAt.Compare(other.row.ObtainedAt); order != 0 {
		return order < 0
	}
	return g.row.Generation < other.row.Generation
}

// same reports whether two rows are one grant at one time. What is only known of it here or there, such as a failure, and
// how it is sealed does not count.
func (g *grant) same(other *grant) bool {
	a, b := g.row, other.row
	return *g.secrets == *other.secrets && a.Generation == b.Generation && a.ClientID == b.ClientID &&
		a.ObtainedAt.Equal(b.ObtainedAt) && a.ExpiresAt.Equal(b.ExpiresAt)
}
