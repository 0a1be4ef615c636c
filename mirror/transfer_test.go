package mirror_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/mirror"
)

// storedAt is a copy of so many activities that was synced at that time, as it is stored.
func storedAt(t *testing.T, owner int64, count int, syncedAt time.Time) []byte {
	t.Helper()
	var activities []*fitness.Activity
	for id := range count {
		activities = append(activities, made(int64(id+1), syncedAt.Add(-time.Duration(id)*time.Hour)))
	}
	data, err := mirror.EncodedAt(owner, activities, syncedAt)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestCopyStored(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	ours := storedAt(t, 1, 3, now)
	later := bytes.Clone(ours)
	binary.BigEndian.PutUint16(later[4:], 99)
	for _, test := range []struct {
		name          string
		source, there []byte
		stayed        bool
		want          error
	}{
		{name: "into nothing", source: ours},
		{name: "over an older one", source: ours, there: storedAt(t, 1, 5, now.Add(-time.Hour))},
		{name: "over another athlete's", source: ours, there: storedAt(t, 2, 5, now.Add(time.Hour))},
		{name: "over what can't be read", source: ours, there: []byte("something else")},
		{name: "beside the same", source: ours, there: ours, stayed: true},
		{name: "beside a newer one", source: ours, there: storedAt(t, 1, 5, now.Add(time.Hour)), stayed: true},
		{name: "beside one of a later version", source: ours, there: later, stayed: true},
		{name: "of nothing", want: mirror.ErrNotFound},
		{name: "of another athlete's", source: storedAt(t, 2, 3, now), want: mirror.ErrNotFound},
		{name: "of what can't be read", source: []byte("something else"), want: mirror.ErrCorrupt},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			from, to := mirror.NewMemoryStore(), openFiles(t, t.TempDir())
			put(t, from, test.source)
			put(t, to, test.there)
			copied, err := mirror.CopyStored(t.Context(), from, to, 1)
			if !errors.Is(err, test.want) || copied.Stayed != test.stayed || test.want == nil && copied.Activities != 3 {
				t.Fatalf("CopyStored = %+v, %v", copied, err)
			}
			want := test.there
			if !test.stayed && test.want == nil {
				want = test.source
			}
			if got, _, err := to.Load(t.Context(), ""); !bytes.Equal(got, want) && !errors.Is(err, mirror.ErrNotFound) {
				t.Errorf("%d bytes are stored, %v; want %d", len(got), err, len(want))
			}
		})
	}
}

func put(t *testing.T, store mirror.Store, data []byte) {
	t.Helper()
	if data == nil {
		return
	}
	if _, err := store.Save(t.Context(), data, ""); err != nil {
		t.Fatal(err)
	}
}

// contested is a store in which others write between a load and a save.
type contested struct {
	mirror.Store
	meanwhile [][]byte
}

func (s *contested) Save(ctx context.Context, data []byte, at mirror.Revision) (mirror.Revision, error) {
	if len(s.meanwhile) > 0 {
		if _, err := s.Store.Save(ctx, s.meanwhile[0], at); err != nil {
			return "", err
		}
		s.meanwhile = s.meanwhile[1:]
	}
	return s.Store.Save(ctx, data, at)
}

func TestCopyStoredAmongOthers(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	older, ours, newer := storedAt(t, 1, 2, now.Add(-time.Hour)), storedAt(t, 1, 3, now), storedAt(t, 1, 4, now.Add(time.Hour))
	for _, test := range []struct {
		name      string
		meanwhile [][]byte
		stayed    bool
		want      error
	}{
		{"an older one", [][]byte{older}, false, nil},
		{"a newer one", [][]byte{newer}, true, nil},
		{"older ones, again and again", [][]byte{older, older, older}, false, mirror.ErrConflict},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			from := mirror.NewMemoryStore()
			put(t, from, ours)
			to := &contested{mirror.NewMemoryStore(), test.meanwhile}
			if copied, err := mirror.CopyStored(t.Context(), from, to, 1); !errors.Is(err, test.want) || copied.Stayed != test.stayed {
				t.Errorf("CopyStored = %+v, %v", copied, err)
			}
		})
	}
}

// hasty is a store in which another process writes as soon as somebody else has.
type hasty struct {
	mirror.Store
	afterwards []byte
}

func (s *hasty) Save(ctx context.Context, data []byte, at mirror.Revision) (mirror.Revision, error) {
	saved, err := s.Store.Save(ctx, data, at)
	if err == nil && s.afterwards != nil {
		_, err = s.Store.Save(ctx, s.afterwards, saved)
		s.afterwards = nil
	}
	return saved, err
}

func TestCopyStoredIsReadBack(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	for name, test := range map[string]struct {
		afterwards []byte
		stayed     bool
	}{
		"a newer one stays":        {storedAt(t, 1, 4, now.Add(time.Hour)), true},
		"what is no copy does not": {[]byte("something else"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from, there := mirror.NewMemoryStore(), mirror.NewMemoryStore()
			ours := storedAt(t, 1, 3, now)
			put(t, from, ours)
			if copied, err := mirror.CopyStored(t.Context(), from, &hasty{there, test.afterwards}, 1); err != nil || copied.Stayed != test.stayed {
				t.Errorf("CopyStored = %+v, %v", copied, err)
			}
			want := ours
			if test.stayed {
				want = test.afterwards
			}
			if got, _, err := there.Load(t.Context(), ""); !bytes.Equal(got, want) {
				t.Errorf("%d bytes are stored, %v; want %d", len(got), err, len(want))
			}
		})
	}
}

func TestCopyLetters(t *testing.T) {
	t.Parallel()
	from, to := openInbox(t, t.TempDir()), mirror.NewMemoryInbox()
	for activity := range int64(3) {
		if err := from.Put(t.Context(), letterAbout(activity, time.Now())); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Put(t.Context(), letterAbout(7, time.Now())); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		if count, err := mirror.CopyLetters(t.Context(), from, to); count != 3 || err != nil {
			t.Errorf("round %d: CopyLetters = %d, %v", round, count, err)
		}
		wantWaiting(t, to, 4)
		wantWaiting(t, from, 3)
	}
	if _, err := mirror.CopyLetters(t.Context(), from, forgetful{mirror.NewMemoryInbox()}); !errors.Is(err, mirror.ErrConflict) {
		t.Errorf("into an inbox that keeps nothing: %v", err)
	}
}

// forgetful is an inbox out of which others take whatever comes.
type forgetful struct{ mirror.Inbox }

func (forgetful) Put(context.Context, mirror.Letter) error { return nil }
