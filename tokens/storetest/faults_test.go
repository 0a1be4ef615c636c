package storetest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"domestique/tokens"
	"domestique/tokens/storetest"
)

// What each fault returns, how long it takes, and whether the operation was done.
func TestEachFault(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		fault   storetest.Fault
		err     error
		took    time.Duration
		applied bool
	}{
		{"none", storetest.Fault{}, nil, 0, true},
		{"fail before", storetest.FailBefore(), storetest.ErrInjected, 0, false},
		{"apply then fail", storetest.ApplyThenFail(), storetest.ErrInjected, 0, true},
		{"apply then conflict", storetest.ApplyThenConflict(), tokens.ErrConflict, 0, true},
		{"conflict", storetest.Conflict(), tokens.ErrConflict, 0, false},
		{"delay", storetest.Delay(time.Second), nil, time.Second, true},
		{"hang", storetest.Hang(), context.DeadlineExceeded, time.Minute, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				inner := tokens.NewMemoryStore()
				store := storetest.WithFaults(inner)
				store.Queue(storetest.Save, test.fault)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				began := time.Now()
				_, err := store.Save(ctx, storetest.FullRow(), "")
				if !errors.Is(err, test.err) || time.Since(began) != test.took {
					t.Errorf("Save: %v after %v, want %v after %v", err, time.Since(began), test.err, test.took)
				}
				_, revision, err := store.Load(t.Context())
				if applied := err == nil; applied != test.applied {
					t.Errorf("applied: %t, want %t", applied, test.applied)
				}
				if _, err := store.Save(t.Context(), storetest.FullRow(), revision); err != nil {
					t.Errorf("the next Save: %v", err)
				}
			})
		})
	}
}

func TestFaultsInTheirOrder(t *testing.T) {
	t.Parallel()
	inner := tokens.NewMemoryStore()
	store := storetest.WithFaults(inner)
	// Another process's write slips in between.
	store.Queue(storetest.Save, storetest.Fault{Meanwhile: func() {
		if _, err := inner.Save(t.Context(), storetest.FullRow(), ""); err != nil {
			t.Error(err)
		}
	}})
	if _, err := store.Save(t.Context(), storetest.FullRow(), ""); !errors.Is(err, tokens.ErrConflict) {
		t.Errorf("Save after the other's: %v, want ErrConflict", err)
	}
	store.Always(storetest.Down)
	store.Queue(storetest.Load, storetest.Fault{}) // What is queued goes first.
	if _, _, err := store.Load(t.Context()); err != nil {
		t.Errorf("the queued Load: %v", err)
	}
	if _, _, err := store.Load(t.Context()); !errors.Is(err, storetest.ErrInjected) {
		t.Errorf("Load in the outage: %v", err)
	}
	if err := store.Erase(t.Context(), "r"); !errors.Is(err, storetest.ErrInjected) {
		t.Errorf("Erase in the outage: %v", err)
	}
	store.Always(nil)
	if _, _, err := store.Load(t.Context()); err != nil {
		t.Errorf("Load after the outage: %v", err)
	}
	if loads, saves, erasures := store.Calls(storetest.Load), store.Calls(storetest.Save), store.Calls(storetest.Erase); loads != 3 || saves != 1 || erasures != 1 {
		t.Errorf("%d loads, %d saves, %d erasures; want 3, 1 and 1", loads, saves, erasures)
	}
}
