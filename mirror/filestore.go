package mirror

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// The files of a FileStore, in its folder.
const (
	copyFile  = "mirror.zst"
	leaseFile = "mirror.lease"
	lockFile  = ".mirror.lock"
	tempFiles = ".mirror-*.tmp"
)

const (
	// revisionSize is how many random letters stand before the copy: a file from a backup is never taken for a later one.
	revisionSize = 26
	// maxCopyFile stops a file that is no copy from being read whole.
	maxCopyFile = 1 << 30
)

// FileStore is a Store in a folder of the local disk: DIR/mirror.zst and DIR/mirror.lease, readable by their owner alone.
// A write goes to a temporary file first, which is synced, renamed and synced again with its folder, so a power cut or
// kill at any moment leaves the old copy or the new one, whole. Processes exclude each other by flock, which a dying
// process lets go of, so a command may run beside the server.
type FileStore struct{ folder *folder }

var _ Store = (*FileStore)(nil)

// OpenFileStore opens the store in dir, which it makes (for its owner alone) if there is none, and removes the temporary
// files that a killed process left.
func OpenFileStore(dir string) (*FileStore, error) {
	opened, err := openFolder(dir, lockFile, tempFiles)
	if err != nil {
		return nil, fmt.Errorf("open the store of the copy: %w", err)
	}
	return &FileStore{folder: opened}, nil
}

// Load implements Store. It needs no lock: a rename shows the old file or the new one.
func (s *FileStore) Load(ctx context.Context, known Revision) ([]byte, Revision, error) {
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	file, err := openRegular(s.folder.path(copyFile))
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w", copyFile, err)
	}
	defer func() { _ = file.Close() }()
	revision, err := readRevision(file)
	switch {
	case err != nil:
		return nil, revision, fmt.Errorf("read %s: %w", copyFile, err)
	case revision == known:
		return nil, revision, ErrUnchanged
	}
	data, err := io.ReadAll(io.LimitReader(file, maxCopyFile+1))
	if err != nil {
		return nil, "", fmt.Errorf("read %s: %w", copyFile, err)
	}
	if len(data) > maxCopyFile {
		return nil, revision, fmt.Errorf("read %s: %w: too large to be one", copyFile, ErrCorrupt)
	}
	return data, revision, nil
}

// Save implements Store.
func (s *FileStore) Save(ctx context.Context, data []byte, at Revision) (Revision, error) {
	var next Revision
	err := s.folder.locked(ctx, func() error {
		current, err := s.revision()
		if err != nil && !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrCorrupt) {
			return err
		}
		if current != at {
			return ErrConflict
		}
		next = Revision(rand.Text())
		return s.folder.replace(copyFile, []byte(next), data)
	})
	if err != nil {
		return "", fmt.Errorf("write %s: %w", copyFile, err)
	}
	return next, nil
}

// Erase implements Store.
func (s *FileStore) Erase(ctx context.Context) error {
	err := s.folder.locked(ctx, func() error {
		if err := os.Remove(s.folder.path(copyFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return syncDir(s.folder.dir)
	})
	if err != nil {
		return fmt.Errorf("erase %s: %w", copyFile, err)
	}
	return nil
}

// Claim implements Store.
func (s *FileStore) Claim(ctx context.Context, next Lease, over string) (Lease, error) {
	return s.folder.claim(ctx, leaseFile, next, over)
}

// revision is that of the file, "" with ErrNotFound. It is called under the lock.
func (s *FileStore) revision() (Revision, error) {
	file, err := openRegular(s.folder.path(copyFile))
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	return readRevision(file)
}

// readRevision reads the head of the file. One that is cut there has a revision too, so that it can be replaced.
func readRevision(file io.Reader) (Revision, error) {
	head := make([]byte, revisionSize)
	n, err := io.ReadFull(file, head)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Revision("cut:" + string(head[:n])), fmt.Errorf("%w: it is cut", ErrCorrupt)
	case err != nil:
		return "", err
	}
	return Revision(head), nil
}
