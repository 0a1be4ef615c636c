package mirror_test

import (
	"os"
	"path/filepath"
	"testing"

	"domestique/mirror"
	"domestique/mirror/mirrortest"
)

func TestMemoryStoreIsAStore(t *testing.T) {
	t.Parallel()
	mirrortest.Run(t, func(*testing.T) (mirror.Store, func() mirror.Store) {
		store := mirror.NewMemoryStore()
		return store, func() mirror.Store { return store }
	})
}

func TestFileStoreIsAStore(t *testing.T) {
	t.Parallel()
	mirrortest.Run(t, func(t *testing.T) (mirror.Store, func() mirror.Store) {
		dir := t.TempDir()
		return openFiles(t, dir), func() mirror.Store { return openFiles(t, dir) }
	})
}

func openFiles(tb testing.TB, dir string) *mirror.FileStore {
	tb.Helper()
	store, err := mirror.OpenFileStore(dir)
	if err != nil {
		tb.Fatal(err)
	}
	return store
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new [folder]")
	store := openFiles(t, dir)
	if _, err := store.Save(t.Context(), []byte("data"), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Claim(t.Context(), mirror.Lease{ID: "mine"}, ""); err != nil {
		t.Fatal(err)
	}
	orphan := filepath.Join(dir, ".mirror-killed.tmp")
	if err := os.WriteFile(orphan, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	openFiles(t, dir)
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("the folder has %v, %v; want the copy, the lease and the lock", entries, err)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s has mode %v, %v", entry.Name(), info.Mode(), err)
		}
	}
}
