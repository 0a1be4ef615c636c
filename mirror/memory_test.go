package mirror_test

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"domestique/mirror"
)

// What another replica stores comes in one piece. Of a change, no more than what has changed may stay of it in memory. The
// test is not parallel: it measures memory.
func TestChangesOfAnotherReplicaTakeNoMemory(t *testing.T) { //nolint:paralleltest // See above.
	for name, merges := range map[string]bool{"taken over": false, "merged with what is not stored": true} {
		t.Run(name, func(t *testing.T) { //nolint:paralleltest // See above.
			synctest.Test(t, func(t *testing.T) {
				l, store := newList(2000), mirror.NewMemoryStore()
				first, second := open(t, l, store), open(t, l, store)
				first.sync(t)
				if _, err := second.Snapshot(t.Context()); err != nil {
					t.Fatal(err)
				}
				before := heap()
				for n := range 20 {
					id := l.rename(30*n, fmt.Sprint("Edited ", n))
					if err := first.Refetch(t.Context(), id); err != nil {
						t.Fatal(err)
					}
					if merges { // It is not known here yet, and its writing meets the other's.
						if err := second.Refetch(t.Context(), l.rename(30*n+1, fmt.Sprint("Edited here ", n))); err != nil {
							t.Fatal(err)
						}
					}
					time.Sleep(5 * time.Second)
					if _, err := second.Snapshot(t.Context()); err != nil || second.find(id) != fmt.Sprint("Edited ", n) {
						t.Fatalf("the edit %d is shown as %q, %v", n, second.find(id), err)
					}
				}
				if grown := heap() - before; grown > 6<<20 {
					t.Errorf("20 changes take %d MB", grown>>20)
				}
			})
		})
	}
}

// heap is how many bytes are in use.
func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
