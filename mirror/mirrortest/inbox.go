package mirrortest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/mirror"
)

// RunInbox runs the suite of inboxes. open returns one on an empty place of its own and cleans up after itself; open again
// gives another one on the same place, as another process has.
func RunInbox(t *testing.T, open func(t *testing.T) (inbox mirror.Inbox, again func() mirror.Inbox)) {
	tests := []struct {
		name string
		test func(t *testing.T, inbox, other mirror.Inbox)
	}{
		{"an empty inbox has no letter", testEmptyInbox},
		{"letters come back whole, by their ids", testLetters},
		{"a letter may be put again", testPutAgain},
		{"a removed letter is gone for all", testRemove},
		{"of concurrent puts none is lost", testPutRace},
		{"a lease is one's at a time", testInboxLease},
		{"a cancelled context changes nothing", testCancelledInbox},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inbox, again := open(t)
			test.test(t, inbox, again())
		})
	}
}

// letter is one about the activity of that number, which came so many milliseconds after the first.
func letter(number int) mirror.Letter {
	at := time.Date(2026, time.March, 1, 12, 0, 0, 123456789, time.UTC).Add(time.Duration(number) * time.Millisecond)
	letter := mirror.Letter{ID: fmt.Sprintf("%019d-ABC", at.UnixNano()), ReceivedAt: at}
	letter.Event.Kind, letter.Event.ActivityID = "created", 1<<53+int64(number) // More than a float64 holds.
	letter.Event.AthleteID, letter.Event.SubscriptionID = 7, 131_300
	letter.Event.At = at.Truncate(time.Second)
	return letter
}

func put(t *testing.T, inbox mirror.Inbox, letters ...mirror.Letter) {
	t.Helper()
	for _, letter := range letters {
		if err := inbox.Put(t.Context(), letter); err != nil {
			t.Fatalf("Put: %v", err)
		}
	}
}

func wantLetters(t *testing.T, inbox mirror.Inbox, want ...mirror.Letter) {
	t.Helper()
	got, err := inbox.List(t.Context())
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	if diff := cmp.Diff(want, slices.Clip(got)); diff != "" && len(got)+len(want) > 0 {
		t.Errorf("the inbox is not as wanted (-want +got):\n%s", diff)
	}
}

func testEmptyInbox(t *testing.T, inbox, other mirror.Inbox) {
	wantLetters(t, inbox)
	if err := other.Remove(t.Context(), letter(1).ID); err != nil {
		t.Errorf("Remove: %v", err)
	}
	wantLetters(t, other)
}

func testLetters(t *testing.T, inbox, other mirror.Inbox) {
	put(t, inbox, letter(2))
	put(t, other, letter(1), letter(3))
	wantLetters(t, inbox, letter(1), letter(2), letter(3))
	wantLetters(t, other, letter(1), letter(2), letter(3))
}

func testPutAgain(t *testing.T, inbox, other mirror.Inbox) {
	put(t, inbox, letter(1), letter(1))
	put(t, other, letter(1))
	wantLetters(t, inbox, letter(1))
}

func testRemove(t *testing.T, inbox, other mirror.Inbox) {
	put(t, inbox, letter(1), letter(2), letter(3))
	if err := other.Remove(t.Context(), letter(3).ID, letter(1).ID, letter(9).ID); err != nil {
		t.Fatalf("Remove: %v", err)
	}
	wantLetters(t, inbox, letter(2))
	if err := inbox.Remove(t.Context(), letter(2).ID); err != nil {
		t.Fatalf("Remove: %v", err)
	}
	wantLetters(t, other)
	put(t, inbox, letter(4))
	wantLetters(t, other, letter(4))
}

// testPutRace puts and removes at the same time.
func testPutRace(t *testing.T, inbox, other mirror.Inbox) {
	const each = 20
	var group sync.WaitGroup
	for writer, inbox := range []mirror.Inbox{inbox, other, inbox} {
		group.Go(func() {
			for n := range each {
				number := n*3 + writer
				if err := inbox.Put(t.Context(), letter(number)); err != nil {
					t.Errorf("Put: %v", err)
				}
				if number%2 == 0 {
					if err := inbox.Remove(t.Context(), letter(number).ID); err != nil {
						t.Errorf("Remove: %v", err)
					}
				}
			}
		})
	}
	group.Wait()
	var want []mirror.Letter
	for number := 1; number < 3*each; number += 2 {
		want = append(want, letter(number))
	}
	wantLetters(t, inbox, want...)
	wantLetters(t, other, want...)
}

func testInboxLease(t *testing.T, inbox, other mirror.Inbox) {
	mine, theirs := mirror.Lease{ID: "mine", TTL: 9 * time.Second}, mirror.Lease{ID: "theirs", TTL: time.Second}
	for _, step := range []struct {
		by   mirror.Inbox
		next mirror.Lease
		over string
		want mirror.Lease
	}{
		{inbox, mine, "", mine},
		{other, theirs, "", mine},
		{other, theirs, "another", mine},
		{other, theirs, "mine", theirs},
		{inbox, mirror.Lease{}, "mine", theirs},
		{other, mirror.Lease{}, "theirs", mirror.Lease{}},
		{inbox, mine, "", mine},
	} {
		if got, err := step.by.Claim(t.Context(), step.next, step.over); err != nil || got != step.want {
			t.Errorf("Claim of %q over %q: %+v, %v; want %+v", step.next.ID, step.over, got, err, step.want)
		}
	}
	wantLetters(t, inbox)
	put(t, inbox, letter(1))
	wantLetters(t, other, letter(1))
}

func testCancelledInbox(t *testing.T, inbox, other mirror.Inbox) {
	put(t, inbox, letter(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, listErr := inbox.List(ctx)
	_, claimErr := inbox.Claim(ctx, mirror.Lease{ID: "late"}, "")
	for of, err := range map[string]error{
		"Put": inbox.Put(ctx, letter(2)), "List": listErr, "Remove": inbox.Remove(ctx, letter(1).ID), "Claim": claimErr,
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want that the context was cancelled", of, err)
		}
	}
	wantLetters(t, other, letter(1))
}
