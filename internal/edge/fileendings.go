package edge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// endingsFolder is the folder of FileEndings below DATA_DIR.
const endingsFolder = "ended-sessions"

// FileEndings keeps Endings in a folder of the local disk: an empty file for each session, which is named after it and
// last changed when it may be forgotten. Whole or absent is all that an empty file can be, so processes need not exclude
// each other.
type FileEndings struct {
	folder string
	now    func() time.Time
}

var _ Endings = (*FileEndings)(nil)

// NewFileEndings keeps them below dir. It makes no folder before there is something to keep. A nil now is time.Now.
func NewFileEndings(dir string, now func() time.Time) *FileEndings {
	if now == nil {
		now = time.Now
	}
	return &FileEndings{folder: filepath.Join(dir, endingsFolder), now: now}
}

// End implements Endings. It also forgets what may be forgotten.
func (f *FileEndings) End(_ context.Context, id string, until time.Time) error {
	if !isFileName(id) {
		return fmt.Errorf("end a session: its id is %.80q", id)
	}
	if err := os.MkdirAll(f.folder, 0o700); err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	name := filepath.Join(f.folder, id)
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	if err := errors.Join(os.Chtimes(name, until, until), file.Sync(), file.Close(), f.syncFolder()); err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	_, err = f.list(func(old string) { _ = os.Remove(old) }) // It stays for the next time.
	return err
}

// syncFolder makes a new name durable.
func (f *FileEndings) syncFolder() error {
	folder, err := os.Open(f.folder)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Ended implements Endings.
func (f *FileEndings) Ended(context.Context) ([]string, error) {
	return f.list(func(string) {})
}

// list returns the sessions that are to be remembered, and hands the files of the others to old.
func (f *FileEndings) list(old func(name string)) (ids []string, err error) {
	files, err := os.ReadDir(f.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read which sessions were ended: %w", err)
	}
	for _, file := range files {
		info, err := file.Info()
		switch {
		case err != nil || !isFileName(file.Name()):
			continue // It is being removed, or not ours.
		case f.now().After(info.ModTime()):
			old(filepath.Join(f.folder, file.Name()))
		default:
			ids = append(ids, file.Name())
		}
	}
	return ids, nil
}

// isFileName holds for letters and digits, which is what ids are made of.
func isFileName(id string) bool {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	return id != "" && len(id) <= 128 && strings.Trim(id, alphabet) == ""
}
