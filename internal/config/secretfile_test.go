package config_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"domestique/internal/config"
)

// noRandomness fails a test that draws a key where none is to be made.
var noRandomness = iotest.ErrReader(errors.New("a key was drawn"))

func TestKeyFilesAreMadeOnce(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	cfg := config.Config{DataDir: dir}
	owner, err := cfg.OwnerKeysOrFile(bytes.NewReader(bytes.Repeat([]byte{1}, 32)))
	if err != nil {
		t.Fatalf("OwnerKeysOrFile: %v", err)
	}
	seal, err := cfg.SealKeysOrFile(bytes.NewReader(bytes.Repeat([]byte{2}, 32)))
	if err != nil {
		t.Fatalf("SealKeysOrFile: %v", err)
	}
	want := []config.Secret{"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"}
	if diff := cmp.Diff(want, owner); diff != "" {
		t.Errorf("owner's key (-want +got):\n%s", diff)
	}
	if seal[0] == owner[0] {
		t.Error("both keys are the same")
	}

	again, err := cfg.OwnerKeysOrFile(noRandomness)
	if err != nil {
		t.Fatalf("OwnerKeysOrFile, second time: %v", err)
	}
	if diff := cmp.Diff(owner, again); diff != "" {
		t.Errorf("owner's key (-first +second):\n%s", diff)
	}

	checkModes(t, dir, map[string]fs.FileMode{".": 0o700, "owner.key": 0o600, "seal.key": 0o600})
}

func checkModes(t *testing.T, dir string, want map[string]fs.FileMode) {
	t.Helper()
	got := make(map[string]fs.FileMode)
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			got[path] = info.Mode().Perm()
		}
		return err
	})
	if err != nil {
		t.Fatalf("walk: %v", err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

func TestTheEnvironmentsKeysNeedNoFile(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	keys := []config.Secret{longKey, anotherKey}
	cfg := config.Config{DataDir: dir, OwnerKeys: keys, SealKeys: keys}
	for name, get := range map[string]func() ([]config.Secret, error){
		"owner": func() ([]config.Secret, error) { return cfg.OwnerKeysOrFile(noRandomness) },
		"seal":  func() ([]config.Secret, error) { return cfg.SealKeysOrFile(noRandomness) },
	} {
		got, err := get()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(keys, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder was made: %v", err)
	}
}

func TestProcessesThatStartTogetherAgreeOnAKey(t *testing.T) {
	t.Parallel()
	cfg := config.Config{DataDir: filepath.Join(t.TempDir(), "data")}
	got := make([]config.Secret, 32)
	var starts sync.WaitGroup
	for i := range got {
		starts.Go(func() {
			keys, err := cfg.OwnerKeysOrFile(rand.Reader)
			if err != nil {
				t.Errorf("OwnerKeysOrFile: %v", err)
				return
			}
			got[i] = keys[0]
		})
	}
	starts.Wait()
	for _, key := range got {
		if key != got[0] {
			t.Fatal("not all got the same key")
		}
	}
	checkModes(t, cfg.DataDir, map[string]fs.FileMode{".": 0o700, "owner.key": 0o600})
}

func TestAKeyFileIsNeverOverwritten(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, content, want string
	}{
		{"too short", "hush\n", "must be 32 characters or more"},
		{"empty", "", "it is empty"},
		{"fits no header", longKey + "\x00", "must be printable ASCII"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "owner.key")
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := config.Config{DataDir: dir}.OwnerKeysOrFile(noRandomness)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("OwnerKeysOrFile = %v, want one that names the file and says %q", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Errorf("the error shows the key: %v", err)
			}
			if now, err := os.ReadFile(path); err != nil || string(now) != test.content {
				t.Errorf("the file is now %q, %v", now, err)
			}
		})
	}
	t.Run("a folder in its place", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "seal.key"), 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := (config.Config{DataDir: dir}).SealKeysOrFile(noRandomness); err == nil {
			t.Error("SealKeysOrFile took a folder for a key")
		}
	})
}

func TestSeveralKeysInAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "seal.key"), []byte(longKey+","+anotherKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := config.Config{DataDir: dir}.SealKeysOrFile(noRandomness)
	if err != nil {
		t.Fatalf("SealKeysOrFile: %v", err)
	}
	if diff := cmp.Diff([]config.Secret{longKey, anotherKey}, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestAKeyThatCannotBeMade(t *testing.T) {
	t.Parallel()
	t.Run("no randomness", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		if _, err := (config.Config{DataDir: dir}).OwnerKeysOrFile(bytes.NewReader([]byte{1, 2, 3})); err == nil {
			t.Error("a key was made of three bytes")
		}
		checkModes(t, dir, map[string]fs.FileMode{".": mode(t, dir)})
	})
	t.Run("no folder", func(t *testing.T) {
		t.Parallel()
		file := filepath.Join(t.TempDir(), "data")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := config.Config{DataDir: file}.OwnerKeysOrFile(rand.Reader)
		if err == nil || !strings.Contains(err.Error(), "OWNER_KEY") {
			t.Errorf("OwnerKeysOrFile = %v, want an error that names the way out", err)
		}
	})
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}
