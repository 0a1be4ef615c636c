package tokens

import (
	"context"
	"fmt"
)

// Reseal seals the stored secrets anew under the first key of the keyring if any of them is sealed under another one, and
// reports whether it did; what they are stays the same. It fails with ErrNotConnected if there is no grant, with
// ErrCorrupt, and changes nothing, if none of the keys opens it, and with ErrUnavailable if the store did not take it
// before ctx ended.
func (m *Manager) Reseal(ctx context.Context) (changed bool, err error) {
	select {
	case m.slot <- struct{}{}:
	case <-ctx.Done():
		return false, fmt.Errorf("reseal the grant: %w", waitError(ctx))
	}
	defer func() { <-m.slot }()
	stored, err := m.read(ctx, soon)
	if err != nil {
		return false, fmt.Errorf("reseal the grant: %w", err)
	}
	_, changed, err = m.update(ctx, stored, m.resealed, nil)
	if err != nil {
		return false, fmt.Errorf("reseal the grant: %w", err)
	}
	return changed, nil
}

// resealed is the change that Reseal makes.
func (m *Manager) resealed(stored *grant) (*grant, error) {
	switch {
	case stored == nil:
		return nil, ErrNotConnected
	case m.keyring.newest(stored.row):
		return nil, nil
	}
	anew := stored.with(func(*Row) {})
	anew.Token = newToken(*stored.secrets) // Another one, though equal: so it is sealed again.
	return anew, nil
}
