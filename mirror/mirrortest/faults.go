package mirrortest

import (
	"context"
	"errors"
	"sync"

	"domestique/mirror"
)

// ErrInjected is what an operation fails with on purpose.
var ErrInjected = errors.New("injected fault")

// Fault is what goes wrong with one operation; the zero value is nothing.
type Fault struct {
	Fails   bool // It returns ErrInjected.
	Applied bool // It is done all the same: its answer got lost.
	// Hangs lets it end with its context alone, undone.
	Hangs bool
}

// Faults decorates a Store with faults. It is safe for concurrent use.
type Faults struct {
	store mirror.Store

	mu     sync.Mutex
	decide func(op string) Fault
	calls  map[string]int
}

var _ mirror.Store = (*Faults)(nil)

// WithFaults returns a decorated store in which nothing goes wrong yet.
func WithFaults(store mirror.Store) *Faults { return &Faults{store: store, calls: map[string]int{}} }

// Always sets what decides about each operation: "load", "save", "erase", "claim". Nil: nothing goes wrong.
func (f *Faults) Always(decide func(op string) Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.decide = decide
}

// Down is an outage for Always.
func Down(string) Fault { return Fault{Fails: true} }

// Calls returns how many operations of a kind were begun.
func (f *Faults) Calls(op string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[op]
}

// run puts an operation through what is decided about it.
func (f *Faults) run(ctx context.Context, op string, operate func() error) error {
	f.mu.Lock()
	f.calls[op]++
	var fault Fault
	if f.decide != nil {
		fault = f.decide(op)
	}
	f.mu.Unlock()
	if fault.Hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	if fault.Fails && !fault.Applied {
		return ErrInjected
	}
	err := operate()
	if fault.Fails && err == nil {
		return ErrInjected
	}
	return err
}

// Load implements mirror.Store.
func (f *Faults) Load(ctx context.Context, known mirror.Revision) (data []byte, revision mirror.Revision, err error) {
	err = f.run(ctx, "load", func() (err error) {
		data, revision, err = f.store.Load(ctx, known)
		return err
	})
	if errors.Is(err, ErrInjected) {
		return nil, "", err
	}
	return data, revision, err
}

// Save implements mirror.Store.
func (f *Faults) Save(ctx context.Context, data []byte, at mirror.Revision) (revision mirror.Revision, err error) {
	err = f.run(ctx, "save", func() (err error) {
		revision, err = f.store.Save(ctx, data, at)
		return err
	})
	if err != nil {
		return "", err
	}
	return revision, nil
}

// Erase implements mirror.Store.
func (f *Faults) Erase(ctx context.Context) error {
	return f.run(ctx, "erase", func() error { return f.store.Erase(ctx) })
}

// Claim implements mirror.Store.
func (f *Faults) Claim(ctx context.Context, next mirror.Lease, over string) (lease mirror.Lease, err error) {
	err = f.run(ctx, "claim", func() (err error) {
		lease, err = f.store.Claim(ctx, next, over)
		return err
	})
	if err != nil {
		return mirror.Lease{}, err
	}
	return lease, nil
}
