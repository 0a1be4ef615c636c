package storetest

import (
	"context"
	"errors"
	"sync"
	"time"

	"domestique/tokens"
)

// Op is an operation of a Store.
type Op string

// The operations.
const (
	Load  Op = "load"
	Save  Op = "save"
	Erase Op = "erase"
)

// Fault is what goes wrong with one operation; the zero value is nothing. What is set happens in the order of the fields.
type Fault struct {
	Delay     time.Duration // Pass first; a context that ends meanwhile ends the operation, undone.
	Meanwhile func()        // Then this happens, for example another process's write.
	Applied   bool          // Then the operation is done, though Err is returned.
	Err       error         // Is returned; unless Applied, the operation is not done.
}

// ErrInjected is the error of faults that need no particular one.
var ErrInjected = errors.New("injected fault")

// FailBefore is an operation that fails without having been done.
func FailBefore() Fault { return Fault{Err: ErrInjected} }

// ApplyThenFail is one that is done while its confirmation gets lost: the case that loses tokens.
func ApplyThenFail() Fault { return Fault{Applied: true, Err: ErrInjected} }

// ApplyThenConflict is the same under a client that repeats by itself: the repetition meets its own first attempt.
func ApplyThenConflict() Fault { return Fault{Applied: true, Err: tokens.ErrConflict} }

// Conflict is an operation refused though nobody else has changed anything.
func Conflict() Fault { return Fault{Err: tokens.ErrConflict} }

// Delay is an operation that takes its time.
func Delay(d time.Duration) Fault { return Fault{Delay: d} }

// Hang is one that never answers: it ends with its context, undone.
func Hang() Fault { return Fault{Delay: 1 << 62} }

// Faults decorates a Store with faults. It is safe for concurrent use.
type Faults struct {
	store tokens.Store

	mu     sync.Mutex
	queued map[Op][]Fault
	decide func(Op) Fault
	calls  map[Op]int
}

// WithFaults returns a decorated store in which nothing goes wrong yet.
func WithFaults(store tokens.Store) *Faults {
	return &Faults{store: store, queued: make(map[Op][]Fault), calls: make(map[Op]int)}
}

var _ tokens.Store = (*Faults)(nil)

// Queue makes the next operations of a kind fail, one fault each; a zero Fault lets one pass.
func (f *Faults) Queue(op Op, faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.queued[op] = append(f.queued[op], faults...)
}

// Always sets what is asked for a fault whenever none is queued (nil: nothing goes wrong). decide may be called by several
// goroutines at once.
func (f *Faults) Always(decide func(Op) Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.decide = decide
}

// Down is an outage for Always.
func Down(Op) Fault { return FailBefore() }

// Calls returns how many operations of a kind were begun.
func (f *Faults) Calls(op Op) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[op]
}

func (f *Faults) next(op Op) Fault {
	f.mu.Lock()
	f.calls[op]++
	if queued := f.queued[op]; len(queued) > 0 {
		f.queued[op] = queued[1:]
		f.mu.Unlock()
		return queued[0]
	}
	decide := f.decide
	f.mu.Unlock()
	if decide == nil {
		return Fault{}
	}
	return decide(op)
}

// run puts an operation through the next fault.
func (f *Faults) run(ctx context.Context, op Op, operate func() error) error {
	fault := f.next(op)
	if fault.Delay > 0 {
		timer := time.NewTimer(fault.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if fault.Meanwhile != nil {
		fault.Meanwhile()
	}
	if fault.Err == nil {
		return operate()
	}
	if fault.Applied {
		if err := operate(); err != nil {
			return err
		}
	}
	return fault.Err
}

// Load implements tokens.Store.
func (f *Faults) Load(ctx context.Context) (row tokens.Row, revision tokens.Revision, err error) {
	err = f.run(ctx, Load, func() (err error) {
		row, revision, err = f.store.Load(ctx)
		return err
	})
	if err != nil {
		return tokens.Row{}, "", err
	}
	return row, revision, nil
}

// Save implements tokens.Store.
func (f *Faults) Save(ctx context.Context, row tokens.Row, revision tokens.Revision) (saved tokens.Revision, err error) {
	err = f.run(ctx, Save, func() (err error) {
		saved, err = f.store.Save(ctx, row, revision)
		return err
	})
	if err != nil {
		return "", err
	}
	return saved, nil
}

// Erase implements tokens.Store.
func (f *Faults) Erase(ctx context.Context, revision tokens.Revision) error {
	return f.run(ctx, Erase, func() error { return f.store.Erase(ctx, revision) })
}
