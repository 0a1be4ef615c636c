package tokens_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"domestique/tokens"
	"domestique/tokens/storetest"
)

func openFileStore(t *testing.T, dir string) *tokens.FileStore {
	t.Helper()
	store, err := tokens.OpenFileStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func TestFileStoreIsForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "for it")
	store := openFileStore(t, dir)
	revision, err := store.Save(t.Context(), storetest.FullRow(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(t.Context(), storetest.FullRow(), revision); err != nil {
		t.Fatal(err)
	}
	got := make(map[string]fs.FileMode)
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		got[entry.Name()] = info.Mode()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]fs.FileMode{"for it": fs.ModeDir | 0o700, "grant.json": 0o600, ".lock": 0o600}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files and modes (-want +got):\n%s", diff)
	}
}

func TestFileStoreLeavesTheModeOfAFolderThatExists(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	openFileStore(t, dir)
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o750 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestFileStoreNeedsAFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if _, err := tokens.OpenFileStore(dir); err == nil {
			t.Errorf("opened %s", dir)
		}
	}
}

func TestFileStoreComesBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	revision, err := openFileStore(t, dir).Save(t.Context(), storetest.FullRow(), "")
	if err != nil {
		t.Fatal(err)
	}
	row, again, err := openFileStore(t, dir).Load(t.Context())
	if err != nil || again != revision {
		t.Fatalf("Load: revision %q, want %q; %v", again, revision, err)
	}
	if diff := cmp.Diff(storetest.FullRow(), row); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
}

// A file brought back from a backup has a revision of its own time, which no later one equals.
func TestFileStoreRevisionsSurviveABackup(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := openFileStore(t, dir)
	first, err := store.Save(t.Context(), storetest.FullRow(), "")
	if err != nil {
		t.Fatal(err)
	}
	backup, err := os.ReadFile(filepath.Join(dir, "grant.json"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := store.Save(t.Context(), storetest.FullRow(), first)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "grant.json"), backup, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(t.Context(), storetest.FullRow(), second); !errors.Is(err, tokens.ErrConflict) {
		t.Errorf("Save over the backup: %v, want ErrConflict", err)
	}
	if _, err := store.Save(t.Context(), storetest.FullRow(), first); err != nil {
		t.Errorf("Save at the backup's revision: %v", err)
	}
}

func TestFileStoreSweepsWhatKilledWritersLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{".grant-123.tmp", ".grant-.tmp", "grant.tmp", ".grant-123.json", "seal.key"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("v1.aabbccdd.sealed"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	openFileStore(t, dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if diff := cmp.Diff([]string{".grant-123.json", ".lock", "grant.tmp", "seal.key"}, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// Whatever stands in the place of the file and is not one that this version wrote is reported, not repeated and not
// touched.
func TestFileStoreRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	whole, _, err := tokens.EncodeGrantFile(storetest.FullRow())
	if err != nil {
		t.Fatal(err)
	}
	text := string(whole)
	contents := map[string]string{
		"empty":             "",
		"blank":             "\n",
		"null":              "null",
		"an empty object":   "{}",
		"cut":               text[:len(text)/2],
		"cut at the end":    text[:len(text)-3],
		"zeros":             strings.Repeat("\x00", len(text)),
		"not json":          "v1.aabbccdd.some-token",
		"an array":          "[" + text + "]",
		"two":               text + text,
		"text behind":       text + "x",
		"a newer format":    strings.Replace(text, `"format": 1`, `"format": 2`, 1),
		"no format":         strings.Replace(text, `"format": 1,`, ``, 1),
		"an unknown field":  strings.Replace(text, `"generation"`, `"colour": "red", "generation"`, 1),
		"no revision":       strings.Replace(text, `"revision"`, `"Revision2"`, 1),
		"a field's type":    strings.Replace(text, `"generation": 1152921504606846976`, `"generation": "many"`, 1),
		"a time":            strings.Replace(text, `"obtainedAt": "2026`, `"obtainedAt": "26`, 1),
		"a lease's length":  strings.Replace(text, `"ttl": "5.01s"`, `"ttl": "long"`, 1),
		"no grant":          `{"format": 1, "revision": "r"}`,
		"larger than a row": text + strings.Repeat(" ", 64<<10),
	}
	for name, content := range contents {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if content == text {
				t.Fatal("nothing was spoilt")
			}
			dir := t.TempDir()
			path := filepath.Join(dir, "grant.json")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			wantRefusals(t, openFileStore(t, dir), storetest.FullRow().AccessToken, "some-token", "colour")
			if after, err := os.ReadFile(path); err != nil || string(after) != content {
				t.Errorf("the file was changed: %v", err)
			}
		})
	}
}

func TestFileStoreRefusesWhatIsNotARegularFile(t *testing.T) {
	t.Parallel()
	elsewhere := filepath.Join(t.TempDir(), "elsewhere.json")
	if _, err := openFileStore(t, filepath.Dir(elsewhere)).Save(t.Context(), storetest.FullRow(), ""); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(filepath.Dir(elsewhere), "grant.json"), elsewhere); err != nil {
		t.Fatal(err)
	}
	for name, put := range map[string]func(path string) error{
		"a link to a whole file": func(path string) error { return os.Symlink(elsewhere, path) },
		"a link to nothing":      func(path string) error { return os.Symlink("/nowhere", path) },
		"a folder":               func(path string) error { return os.Mkdir(path, 0o700) },
		"a pipe":                 func(path string) error { return syscall.Mkfifo(path, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "grant.json")
			if err := put(path); err != nil {
				t.Fatal(err)
			}
			before, err := os.Lstat(path)
			if err != nil {
				t.Fatal(err)
			}
			wantRefusals(t, openFileStore(t, dir))
			if after, err := os.Lstat(path); err != nil || after.Mode() != before.Mode() {
				t.Errorf("it was replaced: %v, %v", after, err)
			}
		})
	}
}

// wantRefusals checks that nothing can be done with what is in the place of the row, and that the errors tell none of it.
func wantRefusals(t *testing.T, store tokens.Store, secrets ...string) {
	t.Helper()
	_, _, load := store.Load(t.Context())
	_, insert := store.Save(t.Context(), tokens.Row{Generation: 1}, "")
	_, replace := store.Save(t.Context(), tokens.Row{Generation: 1}, "r")
	for name, err := range map[string]error{"Load": load, "insert": insert, "Save": replace, "Erase": store.Erase(t.Context(), "r")} {
		if !errors.Is(err, tokens.ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", name, err)
			continue
		}
		for _, secret := range secrets {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s repeats the file: %v", name, err)
			}
		}
	}
}

// A write that fails leaves the row before.
func TestFileStoreThatCannotWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := openFileStore(t, dir)
	revision, err := store.Save(t.Context(), storetest.FullRow(), "")
	if err != nil {
		t.Fatal(err)
	}
	row := storetest.FullRow()
	row.AccessToken = strings.Repeat("x", 64<<10)
	if _, err := store.Save(t.Context(), row, revision); err == nil {
		t.Error("a row was written that can't be read again")
	}
	if _, _, err := store.Load(t.Context()); err != nil {
		t.Errorf("the row before is gone: %v", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(t.Context(), storetest.FullRow(), revision); err == nil {
		t.Error("wrote to a folder that is gone")
	}
}

// Several processes, here as several stores on one folder, lose no update.
func TestFileStoresOnOneFolder(t *testing.T) {
	t.Parallel()
	const stores, each = 4, 25
	dir := t.TempDir()
	if _, err := openFileStore(t, dir).Save(t.Context(), tokens.Row{}, ""); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range stores {
		store := openFileStore(t, dir)
		group.Go(func() {
			for done := 0; done < each; {
				row, revision, err := store.Load(t.Context())
				if err != nil {
					t.Errorf("Load: %v", err)
					return
				}
				row.Generation++
				if _, err := store.Save(t.Context(), row, revision); err == nil {
					done++
				} else if !errors.Is(err, tokens.ErrConflict) {
					t.Errorf("Save: %v", err)
					return
				}
			}
		})
	}
	group.Wait()
	row, _, err := openFileStore(t, dir).Load(t.Context())
	if err != nil || row.Generation != stores*each {
		t.Errorf("generation %d, want %d; %v", row.Generation, stores*each, err)
	}
}

// A lock that somebody holds is waited for no longer than the context says.
func TestFileStoreHeedsItsContextAtTheLock(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store := openFileStore(t, dir)
	file, err := os.Open(filepath.Join(dir, ".lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := store.Save(ctx, storetest.FullRow(), ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Save: %v, want context.DeadlineExceeded", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_UN); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Save(t.Context(), storetest.FullRow(), ""); err != nil {
		t.Errorf("Save once the lock is free: %v", err)
	}
}

func FuzzDecodeGrantFile(f *testing.F) {
	whole, _, err := tokens.EncodeGrantFile(storetest.FullRow())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte(`{"format":1,"revision":"r","grant":{"generation":1,"writeId":"","refreshToken":"","state":""}}`))
	f.Add([]byte(`{"format":2}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, data []byte) {
		row, revision, err := tokens.DecodeGrantFile(data)
		if err != nil {
			if !errors.Is(err, tokens.ErrCorrupt) {
				t.Errorf("%v, want ErrCorrupt", err)
			}
			return
		}
		if revision == "" {
			t.Error("a row without a revision")
		}
		// What can be read can be written and read again, the same.
		again, _, err := tokens.EncodeGrantFile(row)
		if err != nil {
			t.Fatalf("encode what was decoded: %v", err)
		}
		got, _, err := tokens.DecodeGrantFile(again)
		if err != nil {
			t.Fatalf("decode what was encoded: %v", err)
		}
		if diff := cmp.Diff(row, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("it changed on the way (-before +after):\n%s", diff)
		}
	})
}
