package tokens

import (
	"context"
	"strconv"
	"sync"
)

// MemoryStore is a Store that is gone with the process: for the demo and for tests.
type MemoryStore struct {
	mu     sync.Mutex
	row    *Row
	writes uint64 // Never goes back, so a revision never comes twice.
}

// NewMemoryStore returns an empty MemoryStore.
func NewMemoryStore() *MemoryStore { return &MemoryStore{} }

var _ Store = (*MemoryStore)(nil)

// Load implements Store.
func (s *MemoryStore) Load(ctx context.Context) (Row, Revision, error) {
	if err := ctx.Err(); err != nil {
		return Row{}, "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.row == nil {
		return Row{}, "", ErrNotFound
	}
	return s.row.clone(), s.revision(), nil
}

// Save implements Store.
func (s *MemoryStore) Save(ctx context.Context, row Row, revision Revision) (Revision, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.revision() != revision {
		return "", ErrConflict
	}
	kept := row.clone()
	s.row = &kept
	s.writes++
	return s.revision(), nil
}

// Erase implements Store.
func (s *MemoryStore) Erase(ctx context.Context, revision Revision) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.row == nil || s.revision() != revision {
		return ErrConflict
	}
	s.row = nil
	return nil
}

// revision is called with mu held.
func (s *MemoryStore) revision() Revision {
	if s.row == nil {
		return ""
	}
	return Revision(strconv.FormatUint(s.writes, 10))
}
