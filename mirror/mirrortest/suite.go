// Package mirrortest holds what every mirror.Store has to pass, and a Store that fails on purpose.
package mirrortest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"domestique/mirror"
)

// Run runs the suite. open returns a store on an empty place of its own and cleans up after itself; open again gives
// another store on the same place, as another process has.
func Run(t *testing.T, open func(t *testing.T) (store mirror.Store, again func() mirror.Store)) {
	tests := []struct {
		name string
		test func(t *testing.T, store, other mirror.Store)
	}{
		{"an empty store has no copy", testEmpty},
		{"copies of all sizes come back", testSizes},
		{"what is known is not read again", testUnchanged},
		{"a stale revision changes nothing", testStale},
		{"of concurrent saves one wins", testSaveRace},
		{"a reader sees one copy whole", testWhole},
		{"an erased copy is gone for all", testErase},
		{"a lease is one's at a time", testLease},
		{"of concurrent claims one wins", testClaimRace},
		{"a cancelled context changes nothing", testCancelled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			store, again := open(t)
			test.test(t, store, again())
		})
	}
}

func testEmpty(t *testing.T, store, _ mirror.Store) {
	if _, revision, err := store.Load(t.Context(), ""); !errors.Is(err, mirror.ErrNotFound) || revision != "" {
		t.Errorf("Load: %q, %v; want ErrNotFound", revision, err)
	}
	if _, err := store.Save(t.Context(), []byte("data"), "no-such-revision"); !errors.Is(err, mirror.ErrConflict) {
		t.Errorf("Save at a revision: %v, want ErrConflict", err)
	}
	if err := store.Erase(t.Context()); err != nil {
		t.Errorf("Erase: %v", err)
	}
}

func testSizes(t *testing.T, store, other mirror.Store) {
	random := rand.NewChaCha8([32]byte{1})
	revision := mirror.Revision("")
	for _, size := range []int{1, 100, 64 << 10, 704 << 10, 704<<10 + 1, 5 << 20, 17, 0} {
		data := make([]byte, size)
		_, _ = random.Read(data)
		revision = save(t, store, data, revision)
		want(t, other, data, revision)
	}
}

func testUnchanged(t *testing.T, store, other mirror.Store) {
	revision := save(t, store, []byte("first"), "")
	if data, again, err := other.Load(t.Context(), revision); !errors.Is(err, mirror.ErrUnchanged) || len(data) > 0 || again != revision {
		t.Errorf("Load: %q, %v; want ErrUnchanged", data, err)
	}
	next := save(t, store, []byte("first"), revision)
	if next == revision {
		t.Error("two writes have one revision")
	}
	want(t, other, []byte("first"), next)
}

func testStale(t *testing.T, store, other mirror.Store) {
	first := save(t, store, []byte("first"), "")
	second := save(t, other, []byte("second"), first)
	for _, stale := range []mirror.Revision{"", first} {
		if _, err := store.Save(t.Context(), []byte("stale"), stale); !errors.Is(err, mirror.ErrConflict) {
			t.Errorf("Save at %q: %v, want ErrConflict", stale, err)
		}
	}
	want(t, store, []byte("second"), second)
}

func testSaveRace(t *testing.T, store, other mirror.Store) {
	revision := mirror.Revision("")
	for round := range 5 {
		var group sync.WaitGroup
		var mu sync.Mutex
		won := map[mirror.Revision][]byte{}
		for writer, store := range []mirror.Store{store, other, store, other} {
			group.Go(func() {
				data := bytes.Repeat(fmt.Appendf(nil, "round %d writer %d ", round, writer), 1000)
				next, err := store.Save(t.Context(), data, revision)
				if err != nil && !errors.Is(err, mirror.ErrConflict) {
					t.Errorf("Save: %v", err)
				}
				if err == nil {
					mu.Lock()
					defer mu.Unlock()
					won[next] = data
				}
			})
		}
		group.Wait()
		if len(won) != 1 {
			t.Fatalf("%d writers won, want one", len(won))
		}
		for next, data := range won {
			revision = next
			want(t, store, data, next)
		}
	}
}

// testWhole reads while copies of several parts follow each other.
func testWhole(t *testing.T, store, other mirror.Store) {
	const writes, size = 8, 3 << 20
	whole := func(write byte) []byte { return bytes.Repeat([]byte{write}, size+int(write)) }
	revision := save(t, store, whole(0), "")
	done := make(chan struct{})
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() {
		for last := byte(0); ; {
			data, _, err := other.Load(t.Context(), "")
			if err != nil || len(data) < size || !bytes.Equal(data, whole(data[0])) || data[0] < last {
				t.Errorf("a reader got %d bytes, %v, after write %d", len(data), err, last)
				return
			}
			last = data[0]
			select {
			case <-done:
				return
			default:
			}
		}
	})
	for write := range byte(writes) {
		revision = save(t, store, whole(write+1), revision)
	}
	close(done)
}

func testErase(t *testing.T, store, other mirror.Store) {
	revision := save(t, store, bytes.Repeat([]byte("data"), 1<<19), "")
	if err := other.Erase(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Load(t.Context(), revision); !errors.Is(err, mirror.ErrNotFound) {
		t.Errorf("Load: %v, want ErrNotFound", err)
	}
	if _, err := store.Save(t.Context(), []byte("late"), revision); !errors.Is(err, mirror.ErrConflict) {
		t.Errorf("Save at an erased revision: %v, want ErrConflict", err)
	}
	if next := save(t, store, []byte("new"), ""); next == revision {
		t.Error("a revision came back")
	}
}

func testLease(t *testing.T, store, other mirror.Store) {
	mine, theirs := mirror.Lease{ID: "mine", TTL: 90 * time.Second}, mirror.Lease{ID: "theirs", TTL: time.Minute}
	claim(t, store, mine, "", mine)
	claim(t, other, theirs, "", mine)
	claim(t, other, theirs, "another", mine)
	renewed := mirror.Lease{ID: "mine again", TTL: time.Minute}
	claim(t, store, renewed, "mine", renewed)
	claim(t, other, theirs, "mine", renewed)
	claim(t, other, theirs, "mine again", theirs)
	claim(t, other, mirror.Lease{}, "theirs", mirror.Lease{})
	claim(t, store, mine, "", mine)
	if err := store.Erase(t.Context()); err != nil {
		t.Fatal(err)
	}
	claim(t, other, theirs, "", mine)
}

func claim(t *testing.T, store mirror.Store, next mirror.Lease, over string, want mirror.Lease) {
	t.Helper()
	if got, err := store.Claim(t.Context(), next, over); err != nil || got != want {
		t.Errorf("Claim of %q over %q: %+v, %v; want %+v", next.ID, over, got, err, want)
	}
}

func testClaimRace(t *testing.T, store, other mirror.Store) {
	over := ""
	for round := range 5 {
		var group sync.WaitGroup
		leases := make([]mirror.Lease, 4)
		for claimer, store := range []mirror.Store{store, other, store, other} {
			group.Go(func() {
				var err error
				next := mirror.Lease{ID: fmt.Sprintf("%d of round %d", claimer, round), TTL: time.Minute}
				if leases[claimer], err = store.Claim(t.Context(), next, over); err != nil {
					t.Errorf("Claim: %v", err)
				}
			})
		}
		group.Wait()
		for _, lease := range leases {
			if lease != leases[0] {
				t.Fatalf("the leases are %+v", leases)
			}
		}
		over = leases[0].ID
	}
}

func testCancelled(t *testing.T, store, other mirror.Store) {
	revision := save(t, store, []byte("data"), "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, loadErr := store.Load(ctx, "")
	_, saveErr := store.Save(ctx, []byte("late"), revision)
	_, claimErr := store.Claim(ctx, mirror.Lease{ID: "late"}, "")
	for of, err := range map[string]error{"Load": loadErr, "Save": saveErr, "Claim": claimErr, "Erase": store.Erase(ctx)} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want that the context was cancelled", of, err)
		}
	}
	want(t, other, []byte("data"), revision)
	claim(t, other, mirror.Lease{}, "", mirror.Lease{})
}

func save(t *testing.T, store mirror.Store, data []byte, at mirror.Revision) mirror.Revision {
	t.Helper()
	revision, err := store.Save(t.Context(), data, at)
	if err != nil {
		t.Fatalf("Save: %v", err)
	}
	return revision
}

func want(t *testing.T, store mirror.Store, data []byte, at mirror.Revision) {
	t.Helper()
	got, revision, err := store.Load(t.Context(), "")
	if err != nil || !bytes.Equal(got, data) || revision != at {
		t.Fatalf("Load: %d bytes at %q, %v; want %d at %q", len(got), revision, err, len(data), at)
	}
}
