package azuretable_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"domestique/azuretable"
	"domestique/mirror"
	"domestique/mirror/mirrortest"
)

func TestCopiesIsAStore(t *testing.T) {
	t.Parallel()
	connection := connection(t)
	mirrortest.Run(t, func(t *testing.T) (mirror.Store, func() mirror.Store) {
		cfg := azuretable.Config{ConnectionString: connection, Table: newTable()}
		return openCopies(t, cfg), func() mirror.Store { return openCopies(t, cfg) }
	})
}

func openCopies(t *testing.T, cfg azuretable.Config) *azuretable.Copies {
	t.Helper()
	store, err := azuretable.NewCopies(cfg)
	must(t, err)
	return store
}

// A write that the network spoils leaves the old copy or the new one, whole, and the next write cleans up after it.
func TestCopiesOverABadNetwork(t *testing.T) {
	t.Parallel()
	before, after := bytes.Repeat([]byte("before"), 300<<10), bytes.Repeat([]byte("after!"), 350<<10)
	for _, m := range mischiefs() {
		for moment, skipped := range map[string]int{"a part is written": 0, "the pointer is swung": 3} {
			t.Run(moment+" while "+string(m), func(t *testing.T) {
				t.Parallel()
				table := newTable()
				proxy := startProxy(t, azuriteAddress(t))
				transport := &http.Transport{}
				t.Cleanup(transport.CloseIdleConnections)
				direct := openCopies(t, azuretable.Config{ConnectionString: connection(t), Table: table})
				spoiled := openCopies(t, azuretable.Config{
					ConnectionString: fmt.Sprintf(account, proxy.address), Table: table, Transport: &http.Client{Transport: transport},
				})
				at, err := direct.Save(t.Context(), before, "")
				must(t, err)

				queued := append(make([]mischief, skipped), m)
				proxy.queue(map[string]bool{http.MethodPut: true, http.MethodPost: true, http.MethodPatch: true}, queued...)
				began := time.Now()
				_, saveErr := spoiled.Save(t.Context(), after, at)
				if took := time.Since(began); took > 4*time.Minute {
					t.Errorf("it took %v", took)
				}
				data, revision, err := direct.Load(t.Context(), "")
				if err != nil || !bytes.Equal(data, before) && !bytes.Equal(data, after) {
					t.Fatalf("stored are %d bytes, %v", len(data), err)
				}
				if saveErr == nil && !bytes.Equal(data, after) {
					t.Error("what was acknowledged is not stored")
				}
				if saveErr != nil {
					wantSilent(t, saveErr)
				}
				proxy.always(nil)
				for range 2 {
					revision, err = spoiled.Save(t.Context(), after, revision)
					must(t, err)
				}
				if got := len(rowKeys(t, table)); got != 2*3+1 {
					t.Errorf("%d rows are stored, want the pointer and two copies of three parts", got)
				}
			})
		}
	}
}

// An erasure leaves nothing of the copies, whoever wrote them, and the parts of an entity are within Azure's limits.
func TestErasedCopiesLeaveNothing(t *testing.T) {
	t.Parallel()
	table := newTable()
	store := openCopies(t, azuretable.Config{ConnectionString: connection(t), Table: table})
	revision := mirror.Revision("")
	for size := range 3 {
		var err error
		revision, err = store.Save(t.Context(), make([]byte, (size+1)<<20), revision)
		must(t, err)
	}
	if _, err := store.Save(t.Context(), make([]byte, 5<<20), "stale"); err == nil {
		t.Error("a stale write was taken")
	}
	must(t, store.Erase(t.Context()))
	if rows := rowKeys(t, table); len(rows) > 0 {
		t.Errorf("left are %v", rows)
	}
}

// rowKeys are those of all rows in the table.
func rowKeys(t *testing.T, table string) []string {
	t.Helper()
	service, err := aztables.NewServiceClientFromConnectionString(connection(t), nil)
	must(t, err)
	var keys []string
	for pages := service.NewClient(table).NewListEntitiesPager(nil); pages.More(); {
		page, err := pages.NextPage(t.Context())
		must(t, err)
		for _, entity := range page.Entities {
			var row aztables.Entity
			must(t, json.Unmarshal(entity, &row))
			keys = append(keys, row.RowKey)
		}
	}
	return keys
}
