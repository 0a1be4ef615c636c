package tokens

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// The files of a FileStore, in its folder.
const (
	grantFile = "grant.json"
	lockFile  = ".lock"
	tempFiles = ".grant-*.tmp"
)

// maxGrantFile is more than a grant ever needs, and stops a file that isn't one from being read whole.
const maxGrantFile = 64 << 10

// lockPoll is how often a lock that another process holds is tried again. It is held for a few milliseconds.
const lockPoll = 2 * time.Millisecond

// FileStore is a Store in a folder of the local disk: DIR/grant.json, readable by its owner alone. A write goes to a
// temporary file first, which is synced, renamed and synced again with its folder, so a power cut or kill at any moment
// leaves the old row or the new one, whole. Processes exclude each other by flock, which a dying process lets go of, so a
// command may run beside the server.
type FileStore struct {
	dir  string
	turn chan struct{} // Holds one token; whoever has it may write. It is in front of flock because it heeds a context.
}

var _ Store = (*FileStore)(nil)

// OpenFileStore opens the store in dir, which it makes (for its owner alone) if there is none, and removes the temporary
// files that a killed process left, for they hold sealed tokens. What is in grant.json is not looked at yet.
func OpenFileStore(dir string) (*FileStore, error) {
	s := &FileStore{dir: dir, turn: make(chan struct{}, 1)}
	if err := makeDir(dir); err != nil {
		return nil, fmt.Errorf("open token store: %w", err)
	}
	unlock, err := s.lock(context.Background())
	if err != nil {
		return nil, fmt.Errorf("open token store: %w", err)
	}
	defer unlock()
	// Whoever writes a temporary file holds the lock, so every one that is seen now is an orphan.
	if err := s.sweep(); err != nil {
		return nil, fmt.Errorf("open token store: %w", err)
	}
	return s, nil
}

// Load implements Store. It needs no lock: a rename shows the old file or the new one.
func (s *FileStore) Load(ctx context.Context) (Row, Revision, error) {
	if err := ctx.Err(); err != nil {
		return Row{}, "", err
	}
	row, revision, err := s.read()
	if err != nil {
		return Row{}, "", fmt.Errorf("read %s: %w", grantFile, err)
	}
	return row, revision, nil
}

// Save implements Store.
func (s *FileStore) Save(ctx context.Context, row Row, revision Revision) (Revision, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return "", fmt.Errorf("write %s: %w", grantFile, err)
	}
	defer unlock()
	if err := s.expect(revision); err != nil {
		return "", fmt.Errorf("write %s: %w", grantFile, err)
	}
	next, err := s.replace(row)
	if err != nil {
		return "", fmt.Errorf("write %s: %w", grantFile, err)
	}
	return next, nil
}

// Erase implements Store.
func (s *FileStore) Erase(ctx context.Context, revision Revision) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return fmt.Errorf("erase %s: %w", grantFile, err)
	}
	defer unlock()
	if revision == "" {
		return fmt.Errorf("erase %s: %w", grantFile, ErrConflict)
	}
	if err := s.expect(revision); err != nil {
		return fmt.Errorf("erase %s: %w", grantFile, err)
	}
	if err := os.Remove(s.path()); err != nil {
		return fmt.Errorf("erase %s: %w", grantFile, err)
	}
	if err := syncDir(s.dir); err != nil {
		return fmt.Errorf("erase %s: %w", grantFile, err)
	}
	return nil
}

func (s *FileStore) path() string { return filepath.Join(s.dir, grantFile) }

// lock takes the turn within the process and then the lock between processes.
func (s *FileStore) lock(ctx context.Context) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	// A lock of its own for each operation: flock excludes open files, not processes.
	lock := flock.New(filepath.Join(s.dir, lockFile), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		<-s.turn
		return nil, fmt.Errorf("lock: %w", err)
	}
	return func() {
		// Closing the file, which Unlock does too, lets go of the lock even if unlocking failed.
		_ = lock.Unlock()
		<-s.turn
	}, nil
}

// expect fails with ErrConflict unless the row is at revision. It is called under the lock.
func (s *FileStore) expect(revision Revision) error {
	_, current, err := s.read()
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if current != revision {
		return ErrConflict
	}
	return nil
}

// read returns ErrNotFound, or ErrCorrupt for anything but a regular file with a row in it.
func (s *FileStore) read() (Row, Revision, error) {
	info, err := os.Lstat(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return Row{}, "", ErrNotFound
	}
	if err != nil {
		return Row{}, "", err
	}
	if !info.Mode().IsRegular() {
		return Row{}, "", fmt.Errorf("%w: not a regular file", ErrCorrupt)
	}
	file, err := os.Open(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return Row{}, "", ErrNotFound
	}
	if err != nil {
		return Row{}, "", err
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxGrantFile+1))
	if err != nil {
		return Row{}, "", err
	}
	return decodeGrantFile(data)
}

// replace writes the row so that a kill at any moment leaves the old file or the new one. It is called under the lock.
func (s *FileStore) replace(row Row) (Revision, error) {
	data, revision, err := encodeGrantFile(row)
	if err != nil {
		return "", err
	}
	temp, err := s.writeTemp(data)
	if err != nil {
		return "", err
	}
	if err := os.Rename(temp, s.path()); err != nil {
		_ = os.Remove(temp)
		return "", err
	}
	if err := syncDir(s.dir); err != nil {
		return "", err
	}
	return revision, nil
}

// writeTemp returns the name of a synced file with data in it.
func (s *FileStore) writeTemp(data []byte) (name string, err error) {
	file, err := os.CreateTemp(s.dir, tempFiles) // With mode 0600.
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	_, err = file.Write(data)
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return file.Name(), err
}

// sweep removes what killed writers left. It is called under the lock.
func (s *FileStore) sweep() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if orphan, _ := filepath.Match(tempFiles, entry.Name()); !orphan {
			continue
		}
		if err := os.Remove(filepath.Join(s.dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// makeDir makes dir for its owner alone. A folder that exists is left as its owner made it; the files in it have modes of
// their own.
func makeDir(dir string) error {
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return syncDir(filepath.Dir(dir))
}

// syncDir makes the names in a folder as durable as the files themselves.
func syncDir(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = folder.Sync()
	if closeErr := folder.Close(); err == nil {
		err = closeErr
	}
	return err
}
