package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// copyTries is how often a copy is begun anew because what it would replace was replaced by another process.
const copyTries = 3

// Copied tells of a copy that CopyStored left in the other store.
type Copied struct {
	Activities int
	// Stayed says that nothing was written: what is stored there is the same, or newer.
	Stayed bool
}

// CopyStored copies what one store holds of an athlete's list into another, and reads it back. In the place of a newer copy
// of the same athlete's, or one of a later version, it writes nothing. It fails with ErrNotFound if there is nothing of that
// athlete (0: whoever it is), and with ErrCorrupt if it can't be read: then it is of no use.
func CopyStored(ctx context.Context, from, to Store, athleteID int64) (Copied, error) {
	data, _, err := from.Load(ctx, "")
	if err != nil {
		return Copied{}, fmt.Errorf("read the copy of the activities: %w", err)
	}
	held, err := decode(data)
	if err != nil {
		return Copied{}, fmt.Errorf("read the copy of the activities: %w", err)
	}
	if athleteID != 0 && held.owner != athleteID {
		return Copied{}, fmt.Errorf("read the copy of the activities: %w: it is another athlete's", ErrNotFound)
	}
	for range copyTries {
		var stayed bool
		if stayed, err = replaceOlder(ctx, to, data, held); err == nil {
			return Copied{Activities: len(held.rows), Stayed: stayed}, nil
		}
		if !errors.Is(err, ErrConflict) {
			break
		}
	}
	return Copied{}, fmt.Errorf("write the copy of the activities: %w", err)
}

// replaceOlder writes a copy in the place of what is older or of no use, once.
func replaceOlder(ctx context.Context, to Store, data []byte, held *ledger) (stayed bool, err error) {
	there, at, err := to.Load(ctx, "")
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrCorrupt):
	case err != nil:
		return false, fmt.Errorf("read what is there: %w", err)
	case bytes.Equal(there, data) || !held.replaces(there):
		return true, nil
	}
	if _, err := to.Save(ctx, data, at); err != nil {
		return false, err
	}
	again, _, err := to.Load(ctx, "")
	if err != nil {
		return false, fmt.Errorf("read it back: %w", err)
	}
	if !bytes.Equal(again, data) {
		return false, fmt.Errorf("%w: another process is at work there", ErrConflict)
	}
	return false, nil
}

// replaces reports whether a stored copy is of less use than this one.
func (l *ledger) replaces(stored []byte) bool {
	there, err := decode(stored)
	switch {
	case errors.Is(err, errNewer):
		return false
	case err != nil, there.owner != l.owner:
		return true
	default:
		return !there.syncedAt.After(l.syncedAt)
	}
}

// CopyLetters puts what waits in one inbox into another, beside what waits there, and reads it back. It returns how many
// there were. It may be done again: to put a letter again changes nothing. One that another process takes out there
// meanwhile counts as lost.
func CopyLetters(ctx context.Context, from, to Inbox) (int, error) {
	waiting, err := from.List(ctx)
	if err != nil {
		return 0, err
	}
	for _, letter := range waiting {
		if err := to.Put(ctx, letter); err != nil {
			return 0, err
		}
	}
	copied, err := to.List(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the events back: %w", err)
	}
	there := make(map[string]bool, len(copied))
	for _, letter := range copied {
		there[letter.ID] = true
	}
	for _, letter := range waiting {
		if !there[letter.ID] {
			return 0, fmt.Errorf("read the events back: %w: one is not there", ErrConflict)
		}
	}
	return len(waiting), nil
}
