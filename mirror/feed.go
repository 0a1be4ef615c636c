package mirror

import (
	"context"
	"sync"

	"domestique/fitness"
)

// feed tells those who listen of every new copy. It never waits for any of them, and remembers for each no more than the
// newest. Its zero value is ready.
type feed struct {
	mu        sync.Mutex
	listeners map[chan *fitness.Snapshot]struct{}
}

// subscribe adds a listener until the end of ctx. What is there now is the first that it hears of.
func (f *feed) subscribe(ctx context.Context, held *fitness.Snapshot) <-chan *fitness.Snapshot {
	newest := make(chan *fitness.Snapshot, 1)
	newest <- held
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.listeners == nil {
		f.listeners = map[chan *fitness.Snapshot]struct{}{}
	}
	f.listeners[newest] = struct{}{}
	context.AfterFunc(ctx, func() { f.drop(newest) })
	return newest
}

func (f *feed) drop(listener chan *fitness.Snapshot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.listeners, listener)
}

// tell puts the copy into the place of what a listener has not taken yet. Nobody else puts anything there, so it is free.
func (f *feed) tell(snapshot *fitness.Snapshot) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for newest := range f.listeners {
		select {
		case <-newest:
		default:
		}
		newest <- snapshot
	}
}

func (f *feed) isHeard() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.listeners) > 0
}
