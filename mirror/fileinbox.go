package mirror

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"time"

	"domestique/fitness"
)

// The files of a FileInbox, in its folder.
const (
	inboxFile      = "events.log"
	inboxLeaseFile = "events.lease"
	inboxLockFile  = ".events.lock"
	inboxTempFiles = ".events-*.tmp"
)

const (
	// rewriteAbove is the size from which on the file is written anew without what is done.
	rewriteAbove = 1 << 20
	// maxInboxFile stops the file from filling the disk, and from being read whole when it is something else: an event
	// takes some 250 bytes.
	maxInboxFile = 64 << 20
)

// ErrInboxFull says that so many events wait that no more are taken.
var ErrInboxFull = errors.New("too many events are waiting")

// FileInbox is an Inbox in a folder of the local disk: DIR/events.log, a line for each event that came and for each that
// is done, and DIR/events.lease, readable by their owner alone. A line is synced before it counts. What a kill or a full
// disk cuts off in the middle of a line was never acknowledged, and is cut away by the next write. The file is emptied
// whenever nothing waits. Processes exclude each other by flock, so a command may run beside the server.
type FileInbox struct{ folder *folder }

var _ Inbox = (*FileInbox)(nil)

// OpenFileInbox opens the inbox in dir, which it makes (for its owner alone) if there is none.
func OpenFileInbox(dir string) (*FileInbox, error) {
	opened, err := openFolder(dir, inboxLockFile, inboxTempFiles)
	if err != nil {
		return nil, fmt.Errorf("open the inbox of events: %w", err)
	}
	return &FileInbox{folder: opened}, nil
}

// lineJSON is a line of the file, behind its checksum: an event that came, or the ids of those that are done.
type lineJSON struct {
	ID         string         `json:"id,omitempty"`
	ReceivedAt time.Time      `json:"received,omitzero"`
	Event      *fitness.Event `json:"event,omitempty"`
	Done       []string       `json:"done,omitempty"`
}

func lineOf(letter Letter) lineJSON {
	return lineJSON{ID: letter.ID, ReceivedAt: letter.ReceivedAt, Event: &letter.Event}
}

// Put implements Inbox.
func (b *FileInbox) Put(ctx context.Context, letter Letter) error {
	if err := b.folder.locked(ctx, func() error { return b.append(lineOf(letter)) }); err != nil {
		return fmt.Errorf("write %s: %w", inboxFile, err)
	}
	return nil
}

// List implements Inbox.
func (b *FileInbox) List(ctx context.Context) (letters []Letter, err error) {
	err = b.folder.locked(ctx, func() (err error) {
		letters, _, err = b.read()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", inboxFile, err)
	}
	return letters, nil
}

// Remove implements Inbox.
func (b *FileInbox) Remove(ctx context.Context, ids ...string) error {
	err := b.folder.locked(ctx, func() error {
		letters, size, err := b.read()
		if err != nil {
			return err
		}
		before := len(letters)
		letters = slices.DeleteFunc(letters, func(l Letter) bool { return slices.Contains(ids, l.ID) })
		switch {
		case len(letters) == before:
			return nil
		case len(letters) == 0 || size > rewriteAbove:
			return b.rewrite(letters)
		default:
			return b.append(lineJSON{Done: ids})
		}
	})
	if err != nil {
		return fmt.Errorf("write %s: %w", inboxFile, err)
	}
	return nil
}

// Claim implements Inbox.
func (b *FileInbox) Claim(ctx context.Context, next Lease, over string) (Lease, error) {
	return b.folder.claim(ctx, inboxLeaseFile, next, over)
}

// append adds a line, synced, or leaves the file as it was. It is called under the lock.
func (b *FileInbox) append(line lineJSON) (err error) {
	encoded, err := encodeLine(line)
	if err != nil {
		return err
	}
	file, isNew, err := b.open()
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
	}()
	end, err := endOfLines(file)
	if err == nil && end+int64(len(encoded)) > maxInboxFile {
		err = ErrInboxFull
	}
	if err == nil {
		err = file.Truncate(end)
	}
	if err != nil {
		return err
	}
	if _, err = file.WriteAt(encoded, end); err == nil {
		err = file.Sync()
	}
	if err != nil {
		_ = file.Truncate(end) // What is left of it otherwise is cut away by the next write, or is an event that comes twice.
		return err
	}
	if isNew {
		return syncDir(b.folder.dir)
	}
	return nil
}

// open opens the file for writing.
func (b *FileInbox) open() (file *os.File, isNew bool, err error) {
	path := b.folder.path(inboxFile)
	if file, err = openRegular(path); err == nil {
		_ = file.Close()
	} else if isNew = errors.Is(err, ErrNotFound); !isNew {
		return nil, false, err
	}
	file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	return file, isNew, err
}

// endOfLines is where the last whole line ends.
func endOfLines(file *os.File) (int64, error) {
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	const step = 4 << 10
	block := make([]byte, step)
	for end := info.Size(); end > 0; {
		from := max(0, end-step)
		n, err := file.ReadAt(block[:end-from], from)
		if err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		if last := bytes.LastIndexByte(block[:n], '\n'); last >= 0 {
			return from + int64(last) + 1, nil
		}
		end = from
	}
	return 0, nil
}

// rewrite replaces the file by one with these letters alone. It is called under the lock.
func (b *FileInbox) rewrite(letters []Letter) error {
	var lines bytes.Buffer
	for _, letter := range letters {
		encoded, err := encodeLine(lineOf(letter))
		if err != nil {
			return err
		}
		lines.Write(encoded)
	}
	return b.folder.replace(inboxFile, lines.Bytes())
}

// read returns what waits, and the size of the file. It is called under the lock. What is no line is skipped: only what was
// never synced, and so never acknowledged, can look like that.
func (b *FileInbox) read() (letters []Letter, size int64, err error) {
	file, err := openRegular(b.folder.path(inboxFile))
	if errors.Is(err, ErrNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = file.Close() }()
	waiting := map[string]Letter{}
	lines := bufio.NewReader(io.LimitReader(file, maxInboxFile))
	for {
		text, err := lines.ReadBytes('\n')
		size += int64(len(text))
		switch {
		case errors.Is(err, io.EOF):
			return byID(waiting), size, nil
		case err != nil:
			return nil, 0, err
		}
		line, ok := decodeLine(text)
		if ok && line.Event != nil {
			waiting[line.ID] = Letter{ID: line.ID, ReceivedAt: line.ReceivedAt, Event: *line.Event}
		}
		for _, id := range line.Done {
			delete(waiting, id)
		}
	}
}

// checksumSize is the length of a checksum and the space behind it.
const checksumSize = 9

func encodeLine(line lineJSON) ([]byte, error) {
	text, err := json.Marshal(line)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%08x %s\n", crc32.ChecksumIEEE(text), text), nil
}

func decodeLine(text []byte) (line lineJSON, ok bool) {
	text = bytes.TrimSuffix(text, []byte("\n"))
	if len(text) < checksumSize {
		return lineJSON{}, false
	}
	sum, err := strconv.ParseUint(string(text[:checksumSize-1]), 16, 32)
	text = text[checksumSize:]
	if err != nil || uint32(sum) != crc32.ChecksumIEEE(text) || json.Unmarshal(text, &line) != nil {
		return lineJSON{}, false
	}
	return line, true
}

func byID(letters map[string]Letter) []Letter {
	return slices.SortedFunc(maps.Values(letters), func(a, b Letter) int { return cmp.Compare(a.ID, b.ID) })
}
