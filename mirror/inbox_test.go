package mirror_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/mirror"
	"domestique/mirror/mirrortest"
)

func TestMemoryInboxIsAnInbox(t *testing.T) {
	t.Parallel()
	mirrortest.RunInbox(t, func(*testing.T) (mirror.Inbox, func() mirror.Inbox) {
		inbox := mirror.NewMemoryInbox()
		return inbox, func() mirror.Inbox { return inbox }
	})
}

func TestFileInboxIsAnInbox(t *testing.T) {
	t.Parallel()
	mirrortest.RunInbox(t, func(t *testing.T) (mirror.Inbox, func() mirror.Inbox) {
		dir := t.TempDir()
		return openInbox(t, dir), func() mirror.Inbox { return openInbox(t, dir) }
	})
}

func openInbox(tb testing.TB, dir string) *mirror.FileInbox {
	tb.Helper()
	inbox, err := mirror.OpenFileInbox(dir)
	if err != nil {
		tb.Fatal(err)
	}
	return inbox
}

func letterAbout(activity int64, at time.Time) mirror.Letter {
	return mirror.NewLetter(fitness.Event{Kind: fitness.EventActivityCreated, ActivityID: activity, AthleteID: 1, At: at}, at)
}

// heldIn are the activities that the letters in a folder are about.
func heldIn(t *testing.T, dir string) string {
	t.Helper()
	letters, err := openInbox(t, dir).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var activities []int64
	for _, letter := range letters {
		activities = append(activities, letter.Event.ActivityID)
	}
	return fmt.Sprint(activities)
}

// A kill at any byte of a write leaves all that was acknowledged before, and the inbox takes letters on.
func TestACutFileInboxLosesNothingThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inbox, path := openInbox(t, dir), filepath.Join(dir, "events.log")
	for activity := range int64(2) {
		if err := inbox.Put(t.Context(), letterAbout(activity+1, epoch.Add(time.Duration(activity)))); err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := inbox.Put(t.Context(), letterAbout(3, epoch.Add(time.Minute))); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := len(before); size < len(whole); size++ {
		for of, left := range map[string][]byte{
			"cut": whole[:size], "zeros in its place": append(bytes.Clone(whole[:size]), make([]byte, len(whole)-size)...),
		} {
			if err := os.WriteFile(path, left, 0o600); err != nil {
				t.Fatal(err)
			}
			if got := heldIn(t, dir); got != "[1 2]" {
				t.Fatalf("%s at byte %d: the letters are about %s", of, size, got)
			}
			if err := inbox.Put(t.Context(), letterAbout(4, epoch.Add(time.Hour))); err != nil {
				t.Fatal(err)
			}
			if got := heldIn(t, dir); got != "[1 2 4]" {
				t.Fatalf("%s at byte %d and written on: the letters are about %s", of, size, got)
			}
		}
	}
}

func TestAFileInboxStaysSmall(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inbox, path := openInbox(t, dir), filepath.Join(dir, "events.log")
	line := bytes.Repeat([]byte("no line at all "), 70_000) // More than a megabyte that means nothing.
	if err := os.WriteFile(path, append(line, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	stays, done := letterAbout(1, epoch), letterAbout(2, epoch)
	for _, letter := range []mirror.Letter{stays, done} {
		if err := inbox.Put(t.Context(), letter); err != nil {
			t.Fatal(err)
		}
	}
	if err := inbox.Remove(t.Context(), done.ID); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 500 || info.Mode() != 0o600 {
		t.Errorf("with one letter the file has %d bytes, mode %v, %v", info.Size(), info.Mode(), err)
	}
	if err := inbox.Remove(t.Context(), stays.ID); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > 0 {
		t.Errorf("without a letter the file has %d bytes, %v", info.Size(), err)
	}
}

func TestAFullFileInboxTakesNoMore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	inbox := openInbox(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "events.log"), bytes.Repeat([]byte("x\n"), 32<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := inbox.Put(t.Context(), letterAbout(1, epoch)); !errors.Is(err, mirror.ErrInboxFull) {
		t.Errorf("Put: %v, want ErrInboxFull", err)
	}
}
