package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

const (
	// maxLeaseFile is more than a lease takes.
	maxLeaseFile = 4 << 10
	// lockPoll is how often a lock that another process holds is tried again.
	lockPoll = 2 * time.Millisecond
)

// folder is a folder of the local disk in which some files belong to one store. Processes exclude each other by flock.
type folder struct {
	dir  string
	lock string        // the name of the lock's file
	temp string        // the pattern of temporary files, which whoever holds the lock may make
	turn chan struct{} // Holds one token; whoever has it may write. It is in front of flock because it heeds a context.
}

// openFolder makes dir (for its owner alone) if there is none, and removes the temporary files that a killed process left.
func openFolder(dir, lock, temp string) (*folder, error) {
	f := &folder{dir: dir, lock: lock, temp: temp, turn: make(chan struct{}, 1)}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	err := f.locked(context.Background(), func() error {
		orphans, err := filepath.Glob(filepath.Join(escaped(dir), temp))
		if err != nil {
			return err
		}
		for _, orphan := range orphans { // Whoever writes one holds the lock.
			if err := os.Remove(orphan); err != nil {
				return err
			}
		}
		return nil
	})
	return f, err
}

func (f *folder) path(name string) string { return filepath.Join(f.dir, name) }

// locked does something with the turn within the process and the lock between processes.
func (f *folder) locked(ctx context.Context, something func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case f.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-f.turn }()
	// A lock of its own for each operation: flock excludes open files, not processes.
	lock := flock.New(f.path(f.lock), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	defer func() { _ = lock.Unlock() }() // Closing the file lets go of it even if unlocking failed.
	return something()
}

// leaseJSON is the form of a lease's file.
type leaseJSON struct {
	ID  string `json:"id"`
	TTL string `json:"ttl"` // As time.Duration writes it.
}

// claim is the Claim of a store whose lease is in that file. A lease that can't be read is none: it keeps nothing but calls
// to Strava apart.
func (f *folder) claim(ctx context.Context, file string, next Lease, over string) (Lease, error) {
	var current Lease
	err := f.locked(ctx, func() error {
		var err error
		if current, err = f.lease(file); err != nil {
			return err
		}
		if current.ID != over {
			return nil
		}
		data, err := json.Marshal(leaseJSON{ID: next.ID, TTL: next.TTL.String()})
		if err != nil {
			return err
		}
		current = next
		return f.replace(file, data)
	})
	if err != nil {
		return Lease{}, fmt.Errorf("write %s: %w", file, err)
	}
	return current, nil
}

func (f *folder) lease(name string) (Lease, error) {
	file, err := openRegular(f.path(name))
	if errors.Is(err, ErrNotFound) {
		return Lease{}, nil
	}
	if err != nil {
		return Lease{}, err
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxLeaseFile))
	if err != nil {
		return Lease{}, err
	}
	var kept leaseJSON
	if json.Unmarshal(data, &kept) != nil {
		return Lease{}, nil
	}
	ttl, _ := time.ParseDuration(kept.TTL)
	return Lease{ID: kept.ID, TTL: ttl}, nil
}

// replace writes a file so that a kill at any moment leaves the old one or the new one. It is called under the lock.
func (f *folder) replace(name string, parts ...[]byte) error {
	temp, err := f.writeTemp(parts)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, f.path(name)); err != nil {
		_ = os.Remove(temp)
		return err
	}
	return syncDir(f.dir)
}

// writeTemp returns the name of a synced file with the parts in it.
func (f *folder) writeTemp(parts [][]byte) (name string, err error) {
	file, err := os.CreateTemp(f.dir, f.temp) // With mode 0600.
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	for _, part := range parts {
		if err == nil {
			_, err = file.Write(part)
		}
	}
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return file.Name(), err
}

// openRegular fails with ErrNotFound if there is no file.
func openRegular(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrNotFound
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", filepath.Base(path))
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	return file, err
}

// escaped makes a folder's name mean itself in a pattern.
func escaped(dir string) string {
	var pattern []rune
	for _, letter := range dir {
		switch letter {
		case '*', '?', '[', '\\':
			pattern = append(pattern, '\\')
		}
		pattern = append(pattern, letter)
	}
	return string(pattern)
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
