package mirror

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"domestique/fitness"
)

// Letter is an event in an inbox.
type Letter struct {
	// ID is of this letter alone. Those of one process sort in the order in which it put them in.
	ID string
	// ReceivedAt is when it was put in, by the clock of who did that.
	ReceivedAt time.Time
	Event      fitness.Event
}

// NewLetter is an event that arrives now.
func NewLetter(event fitness.Event, now time.Time) Letter {
	return Letter{ID: fmt.Sprintf("%019d-%s", now.UnixNano(), rand.Text()), ReceivedAt: now.UTC(), Event: event}
}

// Inbox keeps what Strava has told until it is handled, and one lease. It is safe for concurrent use, by several processes
// too where it is made for that. Its operations end by themselves in finite time, and early with their context.
type Inbox interface {
	// Put keeps a letter. When it returns without an error, nothing but Remove takes the letter out again, no kill and no
	// power cut. After an error it is not known whether it is kept.
	Put(ctx context.Context, letter Letter) error

	// List returns all letters, by their ids.
	List(ctx context.Context) ([]Letter, error)

	// Remove takes letters out; there need not be any of them.
	Remove(ctx context.Context, ids ...string) error

	// Claim makes next the lease if the lease over is the one in force ("": none), and returns the lease that is in force
	// now: next, or another's.
	Claim(ctx context.Context, next Lease, over string) (Lease, error)
}

// MemoryInbox is an Inbox that is gone with the process: for the demo and for tests.
type MemoryInbox struct {
	mu      sync.Mutex
	letters map[string]Letter
	lease   Lease
}

var _ Inbox = (*MemoryInbox)(nil)

// NewMemoryInbox returns an empty MemoryInbox.
func NewMemoryInbox() *MemoryInbox { return &MemoryInbox{letters: map[string]Letter{}} }

// Put implements Inbox.
func (b *MemoryInbox) Put(ctx context.Context, letter Letter) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.letters[letter.ID] = letter
	return nil
}

// List implements Inbox.
func (b *MemoryInbox) List(ctx context.Context) ([]Letter, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return byID(b.letters), nil
}

// Remove implements Inbox.
func (b *MemoryInbox) Remove(ctx context.Context, ids ...string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		delete(b.letters, id)
	}
	return nil
}

// Claim implements Inbox.
func (b *MemoryInbox) Claim(ctx context.Context, next Lease, over string) (Lease, error) {
	if err := ctx.Err(); err != nil {
		return Lease{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lease.ID == over {
		b.lease = next
	}
	return b.lease, nil
}
