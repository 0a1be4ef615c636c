package mirror

import (
	"context"
	"errors"
	"time"
)

// What a Store fails with, as far as it matters which. All of them arrive wrapped: test with errors.Is.
var (
	// ErrNotFound says that nothing is stored.
	ErrNotFound = errors.New("no copy is stored")
	// ErrUnchanged says that what is stored is known already.
	ErrUnchanged = errors.New("the stored copy is unchanged")
	// ErrConflict says that something else is stored than what was to be replaced.
	ErrConflict = errors.New("the stored copy was changed meanwhile")
	// ErrCorrupt says that what is stored can't be read.
	ErrCorrupt = errors.New("the stored copy can't be read")
)

// Revision names what is stored at one time; no two writes have the same. "" stands for nothing.
type Revision string

// Lease says who is reading Strava's list. The zero value is nobody.
type Lease struct {
	ID  string // of one claim or renewal, never used twice
	TTL time.Duration
}

// Store keeps one copy, as bytes that it does not look into, and one lease. It is safe for concurrent use, by several
// processes too where it is made for that. Its operations end by themselves in finite time, and early with their context.
type Store interface {
	// Load returns what is stored, whole, whatever is written meanwhile. It fails with ErrUnchanged, and cheaply, if that
	// is still the known revision, with ErrNotFound if nothing is stored, and with ErrCorrupt, together with the revision
	// that a Save can replace, if it is damaged.
	Load(ctx context.Context, known Revision) ([]byte, Revision, error)

	// Save replaces what is stored at the given revision ("": nothing) by data, or fails with ErrConflict and changes
	// nothing. After another error it is not known whether it did.
	Save(ctx context.Context, data []byte, at Revision) (Revision, error)

	// Erase removes what is stored, whatever it is. It is no error if there is nothing. The lease stays.
	Erase(ctx context.Context) error

	// Claim makes next the lease if the lease over is the one in force ("": none), and returns the lease that is in force
	// now: next, or another's.
	Claim(ctx context.Context, next Lease, over string) (Lease, error)
}
