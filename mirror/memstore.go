package mirror

import (
	"bytes"
	"context"
	"strconv"
	"sync"
)

// MemoryStore is a Store that is gone with the process: for the demo and for tests.
type MemoryStore struct {
	mu     sync.Mutex
	data   []byte // nil: nothing
	writes uint64 // Never goes back, so a revision never comes twice.
	lease  Lease
}

var _ Store = (*MemoryStore)(nil)

// NewMemoryStore returns an empty MemoryStore.
func NewMemoryStore() *MemoryStore { return &MemoryStore{} }

// Load implements Store.
func (s *MemoryStore) Load(ctx context.Context, known Revision) ([]byte, Revision, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch revision := s.revision(); revision {
	case "":
		return nil, "", ErrNotFound
	case known:
		return nil, revision, ErrUnchanged
	default:
		return bytes.Clone(s.data), revision, nil
	}
}

// Save implements Store.
func (s *MemoryStore) Save(ctx context.Context, data []byte, at Revision) (Revision, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.revision() != at {
		return "", ErrConflict
	}
	s.data = append([]byte{}, data...)
	s.writes++
	return s.revision(), nil
}

// Erase implements Store.
func (s *MemoryStore) Erase(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data = nil
	return nil
}

// Claim implements Store.
func (s *MemoryStore) Claim(ctx context.Context, next Lease, over string) (Lease, error) {
	if err := ctx.Err(); err != nil {
		return Lease{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lease.ID == over {
		s.lease = next
	}
	return s.lease, nil
}

// revision is called with mu held.
func (s *MemoryStore) revision() Revision {
	if s.data == nil {
		return ""
	}
	return Revision(strconv.FormatUint(s.writes, 10))
}
