// Package storetest holds what every tokens.Store has to pass, and a Store that fails on purpose.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"domestique/tokens"
)

// Run runs the suite. open returns a store on an empty place of its own and cleans up after itself.
func Run(t *testing.T, open func(t *testing.T) tokens.Store) {
	tests := []struct {
		name string
		test func(*testing.T, tokens.Store)
	}{
		{"an empty store has no row", testEmpty},
		{"every field comes back", testEveryField},
		{"a row of little comes back", testSparseRow},
		{"a long row comes back", testLongRow},
		{"a row shares no memory with the store", testNoSharing},
		{"every write makes a new revision", testNewRevisions},
		{"a stale revision changes nothing", testStaleRevision},
		{"an insert never replaces", testInsertOverRow},
		{"an erased row is gone and its revisions with it", testErase},
		{"of concurrent saves one wins", testSaveRace},
		{"of concurrent inserts one wins", testInsertRace},
		{"of concurrent saves and erasures one wins", testEraseRace},
		{"no update gets lost", testNoLostUpdate},
		{"a cancelled context changes nothing", testCancelled},
		{"errors repeat nothing that is stored", testErrorsAreSilent},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.test(t, open(t)) })
	}
}

// FullRow returns a row with something in every field.
func FullRow() tokens.Row {
	obtained := time.Date(2026, 11, 22, 9, 30, 0, 123e6, time.UTC)
	return tokens.Row{
		Generation:           1 << 60,
		WriteID:              "0123456789abcdef",
		AthleteID:            1<<53 + 1, // Not a float64.
		Scopes:               []string{"read", "activity:read_all"},
		AccessToken:          sealed("access_token"),
		RefreshToken:         sealed("refresh_token"),
		PreviousRefreshToken: sealed("previous_refresh_token"),
		ClientID:             "4711",
		ClientSecret:         sealed("client_secret"),
		ObtainedAt:           obtained,
		ExpiresAt:            obtained.Add(6 * time.Hour),
		RefreshAfter:         obtained.Add(5*time.Hour + 30*time.Minute),
		Lease:                tokens.Lease{ID: "process.claim", Intent: "hash-of_a_token", TTL: 5*time.Second + 10*time.Millisecond},
		State:                tokens.StateAppInactive,
		Failure:              tokens.FailureAppInactive,
	}
}

// sealed returns text of the form that secrets are stored in. A store doesn't open it.
func sealed(name string) string { return "v1.aabbccdd." + name + "-sealed" }

// numbered returns a row that can be told from others.
func numbered(n int) tokens.Row {
	return tokens.Row{Generation: int64(n), WriteID: fmt.Sprint("write-", n), RefreshToken: sealed(fmt.Sprint("row-", n))}
}

func testEmpty(t *testing.T, store tokens.Store) {
	if _, _, err := store.Load(t.Context()); !errors.Is(err, tokens.ErrNotFound) {
		t.Errorf("Load: %v, want ErrNotFound", err)
	}
	if _, err := store.Save(t.Context(), numbered(1), "no-such-revision"); !errors.Is(err, tokens.ErrConflict) {
		t.Errorf("Save at a revision: %v, want ErrConflict", err)
	}
	for _, revision := range []tokens.Revision{"", "no-such-revision"} {
		if err := store.Erase(t.Context(), revision); !errors.Is(err, tokens.ErrConflict) {
			t.Errorf("Erase at %q: %v, want ErrConflict", revision, err)
		}
	}
	if _, _, err := store.Load(t.Context()); !errors.Is(err, tokens.ErrNotFound) {
		t.Errorf("Load after refused writes: %v, want ErrNotFound", err)
	}
}

func testEveryField(t *testing.T, store tokens.Store) {
	row := FullRow()
	for value := reflect.ValueOf(row); ; value = reflect.ValueOf(row.Lease) {
		for i := range value.NumField() {
			if value.Field(i).IsZero() {
				t.Fatalf("FullRow leaves %s empty, so the suite would not miss it", value.Type().Field(i).Name)
			}
		}
		if value.Type() == reflect.TypeFor[tokens.Lease]() {
			break
		}
	}
	revision := save(t, store, row, "")
	wantRow(t, store, row, revision)
}

func testSparseRow(t *testing.T, store tokens.Store) {
	row := tokens.Row{Generation: 1, WriteID: "w", RefreshToken: sealed("short"), State: tokens.StateNotConnected}
	revision := save(t, store, FullRow(), "")
	revision = save(t, store, row, revision) // Nothing of the fuller row may shine through.
	wantRow(t, store, row, revision)
}

func testLongRow(t *testing.T, store tokens.Store) {
	row := FullRow()
	row.AccessToken = strings.Repeat("a", 8<<10)
	row.RefreshToken = strings.Repeat("r", 8<<10)
	row.PreviousRefreshToken = strings.Repeat("p", 8<<10)
	row.ClientSecret = strings.Repeat("c", 8<<10)
	row.Scopes = strings.Split(strings.Repeat("a:scope ", 50), " ")[:50]
	revision := save(t, store, row, "")
	wantRow(t, store, row, revision)
}

func testNoSharing(t *testing.T, store tokens.Store) {
	row := FullRow()
	revision := save(t, store, row, "")
	row.Scopes[0] = "changed after Save"
	loaded, _, err := store.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	loaded.Scopes[0] = "changed after Load"
	wantRow(t, store, FullRow(), revision)
}

func testNewRevisions(t *testing.T, store tokens.Store) {
	seen := map[tokens.Revision]bool{"": true}
	revision := tokens.Revision("")
	for range 20 {
		revision = save(t, store, FullRow(), revision) // The same row each time.
		if seen[revision] {
			t.Fatalf("revision %q came twice", revision)
		}
		seen[revision] = true
	}
	wantRow(t, store, FullRow(), revision)
}

func testStaleRevision(t *testing.T, store tokens.Store) {
	stale := save(t, store, numbered(1), "")
	current := save(t, store, numbered(2), stale)
	if _, err := store.Save(t.Context(), numbered(3), stale); !errors.Is(err, tokens.ErrConflict) {
		t.Errorf("Save at a stale revision: %v, want ErrConflict", err)
	}
	if err := store.Erase(t.Context(), stale); !errors.Is(err, tokens.ErrConflict) {
		t.Errorf("Erase at a stale revision: %v, want ErrConflict", err)
	}
	wantRow(t, store, numbered(2), current)
}

func testInsertOverRow(t *testing.T, store tokens.Store) {
	revision := save(t, store, numbered(1), "")
	if _, err := store.Save(t.Context(), numbered(2), ""); !errors.Is(err, tokens.ErrConflict) {
		t.Errorf("insert over a row: %v, want ErrConflict", err)
	}
	if err := store.Erase(t.Context(), ""); !errors.Is(err, tokens.ErrConflict) {
		t.Errorf("Erase without a revision: %v, want ErrConflict", err)
	}
	wantRow(t, store, numbered(1), revision)
}

func testErase(t *testing.T, store tokens.Store) {
	revision := save(t, store, numbered(1), "")
	if err := store.Erase(t.Context(), revision); err != nil {
		t.Fatalf("Erase: %v", err)
	}
	if _, _, err := store.Load(t.Context()); !errors.Is(err, tokens.ErrNotFound) {
		t.Errorf("Load after Erase: %v, want ErrNotFound", err)
	}
	if _, err := store.Save(t.Context(), numbered(2), revision); !errors.Is(err, tokens.ErrConflict) {
		t.Errorf("Save at the revision of an erased row: %v, want ErrConflict", err)
	}
	again := save(t, store, numbered(1), "")
	if again == revision {
		t.Errorf("the erased row's revision %q came again", revision)
	}
	if _, err := store.Save(t.Context(), numbered(3), revision); !errors.Is(err, tokens.ErrConflict) {
		t.Errorf("Save at the revision of the row before: %v, want ErrConflict", err)
	}
	wantRow(t, store, numbered(1), again)
}

// The races: enough contenders and rounds for a store that checks and writes in two steps to be caught.
const (
	contenders = 16
	rounds     = 10
)

func testSaveRace(t *testing.T, store tokens.Store) {
	revision := save(t, store, numbered(0), "")
	for range rounds {
		winner := race(t, func(n int) error {
			_, err := store.Save(t.Context(), numbered(n), revision)
			return err
		})
		revision = wantRow(t, store, numbered(winner), "")
	}
}

func testInsertRace(t *testing.T, store tokens.Store) {
	for range rounds {
		winner := race(t, func(n int) error {
			_, err := store.Save(t.Context(), numbered(n), "")
			return err
		})
		revision := wantRow(t, store, numbered(winner), "")
		if err := store.Erase(t.Context(), revision); err != nil {
			t.Fatalf("Erase: %v", err)
		}
	}
}

func testEraseRace(t *testing.T, store tokens.Store) {
	for range rounds {
		revision := save(t, store, numbered(0), "")
		winner := race(t, func(n int) error {
			if n%2 == 0 {
				return store.Erase(t.Context(), revision)
			}
			_, err := store.Save(t.Context(), numbered(n), revision)
			return err
		})
		if winner%2 == 0 {
			if _, _, err := store.Load(t.Context()); !errors.Is(err, tokens.ErrNotFound) {
				t.Fatalf("Load after an erasure won: %v, want ErrNotFound", err)
			}
			continue
		}
		revision = wantRow(t, store, numbered(winner), "")
		if err := store.Erase(t.Context(), revision); err != nil {
			t.Fatalf("Erase: %v", err)
		}
	}
}

// race runs attempt for every contender at once and returns the one that succeeded; all others must be told ErrConflict.
func race(t *testing.T, attempt func(n int) error) (winner int) {
	t.Helper()
	start := make(chan struct{})
	errs := make([]error, contenders)
	var group sync.WaitGroup
	for n := range contenders {
		group.Go(func() {
			<-start
			errs[n] = attempt(n)
		})
	}
	close(start)
	group.Wait()
	winners := 0
	for n, err := range errs {
		switch {
		case err == nil:
			winner = n
			winners++
		case !errors.Is(err, tokens.ErrConflict):
			t.Errorf("contender %d: %v, want ErrConflict", n, err)
		}
	}
	if winners != 1 {
		t.Fatalf("%d of %d contenders won, want 1", winners, contenders)
	}
	return winner
}

func testNoLostUpdate(t *testing.T, store tokens.Store) {
	const workers, each = 4, 15
	save(t, store, numbered(0), "")
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for done := 0; done < each; {
				row, revision, err := store.Load(t.Context())
				if err != nil {
					t.Errorf("Load: %v", err)
					return
				}
				row.Generation++
				switch _, err := store.Save(t.Context(), row, revision); {
				case err == nil:
					done++
				case !errors.Is(err, tokens.ErrConflict):
					t.Errorf("Save: %v", err)
					return
				}
			}
		})
	}
	group.Wait()
	row, _, err := store.Load(t.Context())
	if err != nil || row.Generation != workers*each {
		t.Errorf("after %d updates: generation %d, %v", workers*each, row.Generation, err)
	}
}

func testCancelled(t *testing.T, store tokens.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Save(ctx, numbered(1), ""); !errors.Is(err, context.Canceled) {
		t.Errorf("insert: %v, want context.Canceled", err)
	}
	revision := save(t, store, numbered(2), "")
	if _, _, err := store.Load(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Load: %v, want context.Canceled", err)
	}
	if _, err := store.Save(ctx, numbered(3), revision); !errors.Is(err, context.Canceled) {
		t.Errorf("Save: %v, want context.Canceled", err)
	}
	if err := store.Erase(ctx, revision); !errors.Is(err, context.Canceled) {
		t.Errorf("Erase: %v, want context.Canceled", err)
	}
	wantRow(t, store, numbered(2), revision)
}

func testErrorsAreSilent(t *testing.T, store tokens.Store) {
	row := FullRow()
	revision := save(t, store, row, "")
	_, insert := store.Save(t.Context(), row, "")
	_, stale := store.Save(t.Context(), row, revision+"-stale")
	for _, err := range []error{insert, stale, store.Erase(t.Context(), revision+"-stale")} {
		if err == nil {
			t.Error("no error")
			continue
		}
		for _, sealed := range []string{row.AccessToken, row.RefreshToken, row.PreviousRefreshToken, row.ClientSecret} {
			if strings.Contains(err.Error(), sealed) {
				t.Errorf("the error repeats sealed text: %v", err)
			}
		}
	}
}

func save(t *testing.T, store tokens.Store, row tokens.Row, revision tokens.Revision) tokens.Revision {
	t.Helper()
	saved, err := store.Save(t.Context(), row, revision)
	if err != nil {
		t.Fatalf("Save: %v", err)
	}
	if saved == "" {
		t.Fatal("Save returned the empty revision")
	}
	return saved
}

// wantRow checks the stored row and, unless it is empty, the revision, and returns the stored revision.
func wantRow(t *testing.T, store tokens.Store, want tokens.Row, revision tokens.Revision) tokens.Revision {
	t.Helper()
	got, stored, err := store.Load(t.Context())
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("stored row (-want +got):\n%s", diff)
	}
	if revision != "" && stored != revision {
		t.Fatalf("stored revision is %q, Save returned %q", stored, revision)
	}
	return stored
}
