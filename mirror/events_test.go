package mirror_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domestique/fitness"
	"domestique/mirror"
	"domestique/strava"
	"domestique/tokens"
)

func TestEventsShowWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store, inbox := newList(450), mirror.NewMemoryStore(), mirror.NewMemoryInbox()
		o := openOffice(t, l, store, inbox)
		o.sync(t)
		time.Sleep(time.Minute)
		calls := l.called()
		added, edited, gone := l.add(epoch.Add(time.Minute)), l.rename(300, "Edited"), l.remove(200)
		o.hear(t, fitness.EventActivityCreated, added)
		o.hear(t, fitness.EventActivityUpdated, edited)
		o.hear(t, fitness.EventActivityDeleted, gone)
		time.Sleep(2 * time.Second)
		wantSame(t, o.gateway, l)
		wantWaiting(t, inbox, 0)
		if got := l.called() - calls; got != 2 {
			t.Errorf("it took %d calls, want one for each but the deletion", got)
		}
		o.answers.mu.Lock()
		defer o.answers.mu.Unlock()
		slices.Sort(o.answers.forgotten)
		if want := []int64{gone, edited, added}; !slices.Equal(o.answers.forgotten, slices.Sorted(slices.Values(want))) {
			t.Errorf("forgotten is what is kept of %v, want %v", o.answers.forgotten, want)
		}
	})
}

func TestEventsBeforeTheFirstFill(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, inbox := newList(450), mirror.NewMemoryInbox()
		o := openOffice(t, l, mirror.NewMemoryStore(), inbox)
		o.hear(t, fitness.EventActivityCreated, l.add(epoch.Add(time.Minute)))
		o.hear(t, fitness.EventActivityDeleted, l.remove(5))
		time.Sleep(2 * time.Second)
		wantWaiting(t, inbox, 0)
		o.sync(t)
		wantSame(t, o.gateway, l)
	})
}

// Strava says of an activity that it has just told of that there is none, for some seconds.
func TestACreationThatIsNotShownYet(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, inbox := newList(10), mirror.NewMemoryInbox()
		o := openOffice(t, l, mirror.NewMemoryStore(), inbox)
		o.sync(t)
		calls := l.called()
		o.hear(t, fitness.EventActivityCreated, 11)
		time.Sleep(40 * time.Second)
		wantWaiting(t, inbox, 1)
		l.add(epoch.Add(time.Minute))
		time.Sleep(30 * time.Second)
		wantSame(t, o.gateway, l)
		wantWaiting(t, inbox, 0)
		if got := l.called() - calls; got > 7 {
			t.Errorf("it took %d calls", got)
		}
	})
}

func TestAnActivityThatIsNeverShown(t *testing.T) {
	t.Parallel()
	for kind, held := range map[fitness.EventKind]bool{fitness.EventActivityCreated: false, fitness.EventActivityUpdated: true} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l, inbox := newList(10), mirror.NewMemoryInbox()
				o := openOffice(t, l, mirror.NewMemoryStore(), inbox)
				o.sync(t)
				calls, id := l.called(), int64(12345)
				if held {
					id = l.remove(4)
				}
				o.hear(t, kind, id)
				time.Sleep(2 * time.Hour)
				wantWaiting(t, inbox, 0)
				wantSame(t, o.gateway, l)
				if got := l.called() - calls; got > 20 {
					t.Errorf("it took %d calls", got)
				}
			})
		})
	}
}

func TestADeletionOvertakesWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, inbox := newList(10), mirror.NewMemoryInbox()
		o := openOffice(t, l, mirror.NewMemoryStore(), inbox)
		o.sync(t)
		id := l.rename(3, "Edited")
		l.setRefuse(func() error { return errDown })
		o.hear(t, fitness.EventActivityUpdated, id)
		time.Sleep(5 * time.Hour)
		l.remove(3)
		o.hear(t, fitness.EventActivityDeleted, id)
		time.Sleep(time.Second)
		wantSame(t, o.gateway, l)
		wantWaiting(t, inbox, 0)
	})
}

// A deletion that is told in the same second as another event is believed, whichever arrives first.
func TestDeletionsInTheSecondOfAnotherEvent(t *testing.T) {
	t.Parallel()
	for _, kinds := range [][]fitness.EventKind{
		{fitness.EventActivityUpdated, fitness.EventActivityDeleted}, {fitness.EventActivityDeleted, fitness.EventActivityUpdated},
	} {
		t.Run(fmt.Sprint(kinds), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l, inbox := newList(10), mirror.NewMemoryInbox()
				o := openOffice(t, l, mirror.NewMemoryStore(), inbox)
				o.sync(t)
				id := l.remove(3)
				for _, kind := range kinds {
					o.hear(t, kind, id)
				}
				time.Sleep(time.Second)
				wantSame(t, o.gateway, l)
				wantWaiting(t, inbox, 0)
			})
		})
	}
}

func TestEventsWaitForStrava(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, inbox := newList(10), mirror.NewMemoryInbox()
		o := openOffice(t, l, mirror.NewMemoryStore(), inbox)
		o.sync(t)
		retryAt := time.Now().Add(14 * time.Minute)
		l.setRefuse(func() error { return &strava.RateLimitError{Op: "GET", RetryAt: retryAt} })
		calls := l.called()
		for place := range 8 { // More than may be under way at once.
			o.hear(t, fitness.EventActivityUpdated, l.rename(place, "Edited"))
		}
		time.Sleep(13 * time.Minute)
		if got := l.called() - calls; got != 8 {
			t.Errorf("%d calls while the quota is spent, want one for each", got)
		}
		l.setRefuse(nil)
		time.Sleep(61 * time.Second)
		wantSame(t, o.gateway, l)
		wantWaiting(t, inbox, 0)

		calls = l.called()
		l.setRefuse(func() error { return errDown })
		o.hear(t, fitness.EventActivityUpdated, l.rename(3, "Edited again"))
		time.Sleep(24 * time.Hour)
		if got := l.called() - calls; got > 70 {
			t.Errorf("%d calls in a day in which Strava is down", got)
		}
		l.setRefuse(nil)
		time.Sleep(31 * time.Minute)
		wantSame(t, o.gateway, l)
		wantWaiting(t, inbox, 0)
	})
}

func TestEventsThatAreNobodysAreDropped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, inbox := newList(10), mirror.NewMemoryInbox()
		o := openOffice(t, l, mirror.NewMemoryStore(), inbox)
		o.sync(t)
		calls, id, now := l.called(), l.remove(3), time.Now()
		for _, event := range []fitness.Event{
			{Kind: fitness.EventActivityDeleted, ActivityID: id, AthleteID: 2, At: now},
			{Kind: fitness.EventActivityDeleted, ActivityID: id, AthleteID: 1, SubscriptionID: 666, At: now},
			{Kind: fitness.EventAthleteDeauthorized, AthleteID: 2, At: now},
		} {
			o.receive(t, event)
		}
		old := mirror.NewLetter(fitness.Event{Kind: fitness.EventActivityDeleted, ActivityID: id, AthleteID: 1, At: now}, now.Add(-8*24*time.Hour))
		if err := inbox.Put(t.Context(), old); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		wantWaiting(t, inbox, 0)
		if l.called() != calls || o.find(id) == "" || o.answers.deauthorized > 0 {
			t.Errorf("%d calls, the activity is %q, %d deauthorizations", l.called()-calls, o.find(id), o.answers.deauthorized)
		}
		l.setRefuse(func() error { return tokens.ErrNotConnected })
		o.hear(t, fitness.EventActivityUpdated, id-1)
		time.Sleep(time.Second)
		wantWaiting(t, inbox, 0)
	})
}

func TestADeauthorizationIsProven(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, inbox := newList(10), mirror.NewMemoryInbox()
		o := openOffice(t, l, mirror.NewMemoryStore(), inbox)
		o.answers.failure = errDown
		o.receive(t, fitness.Event{Kind: fitness.EventAthleteDeauthorized, AthleteID: 1, At: time.Now()})
		time.Sleep(time.Second)
		wantWaiting(t, inbox, 1) // Whether it is true can't be known yet.
		o.answers.mu.Lock()
		o.answers.failure = nil
		o.answers.mu.Unlock()
		time.Sleep(time.Minute)
		wantWaiting(t, inbox, 0)
		if o.answers.deauthorized != 2 {
			t.Errorf("it was looked into %d times", o.answers.deauthorized)
		}
	})
}

func TestAnEventIsHandledByOneProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store, inbox := newList(10), mirror.NewMemoryStore(), mirror.NewMemoryInbox()
		var offices []*office
		for range 3 {
			offices = append(offices, openOffice(t, l, store, inbox))
			offices[len(offices)-1].sync(t)
		}
		calls := l.called()
		for n := range 9 {
			offices[n%3].hear(t, fitness.EventActivityUpdated, l.rename(n, "Edited"))
			time.Sleep(time.Duration(n) * 300 * time.Millisecond)
		}
		time.Sleep(2 * time.Second)
		wantWaiting(t, inbox, 0)
		if got := l.called() - calls; got != 9 {
			t.Errorf("nine events took %d calls", got)
		}
		for _, o := range offices {
			if _, err := o.Snapshot(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second)
			wantSame(t, o.gateway, l)
		}
	})
}

// While one process tries an event again and again, what another one receives is handled at once.
func TestAnEventOfAnotherProcessWhileOneIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store, inbox := newList(10), mirror.NewMemoryStore(), mirror.NewMemoryInbox()
		first, second := openOffice(t, l, store, inbox), openOffice(t, l, store, inbox)
		first.sync(t)
		first.hear(t, fitness.EventActivityCreated, 999)
		time.Sleep(20 * time.Minute)
		second.hear(t, fitness.EventActivityDeleted, l.remove(4))
		time.Sleep(2 * time.Second)
		wantWaiting(t, inbox, 1)
		wantSame(t, first.gateway, l)
	})
}

func TestAKilledProcessesEventsAreTakenOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store, inbox := newList(10), mirror.NewMemoryStore(), mirror.NewMemoryInbox()
		first, second := openOffice(t, l, store, inbox), openOffice(t, l, store, inbox)
		first.sync(t)
		l.setRefuse(func() error { return errDown })
		first.hear(t, fitness.EventActivityUpdated, l.rename(3, "Edited"))
		time.Sleep(2 * time.Second)
		first.kill(t)
		l.setRefuse(nil)
		time.Sleep(45 * time.Second)
		wantWaiting(t, inbox, 0)
		wantSame(t, second.gateway, l)
	})
}

// Drain is for a command beside or instead of a server.
func TestDrainHandlesWhatWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, store, inbox := newList(10), mirror.NewMemoryStore(), mirror.NewMemoryInbox()
		killed := openOffice(t, l, store, inbox)
		killed.sync(t)
		l.setRefuse(func() error { return errDown })
		killed.hear(t, fitness.EventActivityUpdated, l.rename(3, "Edited"))
		killed.hear(t, fitness.EventActivityDeleted, l.remove(5))
		time.Sleep(2 * time.Second)
		killed.kill(t)

		command := open(t, l, store)
		events, err := mirror.NewEvents(mirror.EventsConfig{Inbox: inbox, Mirror: command.Mirror, Answers: &answers{}})
		if err != nil {
			t.Fatal(err)
		}
		if err := events.Drain(t.Context()); !errors.Is(err, errDown) {
			t.Errorf("Drain while Strava is down: %v", err)
		}
		l.setRefuse(nil)
		if err := events.Drain(t.Context()); err != nil {
			t.Errorf("Drain: %v", err)
		}
		wantWaiting(t, inbox, 0)
		command.sync(t)
		wantSame(t, command, l)
	})
}

// An inbox that is away for an hour is told of when that begins and when it ends.
func TestAnInboxThatIsAwayIsToldOfOnce(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"list", "claim"} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l, inbox := newList(10), mirror.NewMemoryInbox()
				o := openOffice(t, l, mirror.NewMemoryStore(), inbox)
				o.sync(t)
				time.Sleep(time.Minute)
				wantTold := func(begun, ended int) {
					t.Helper()
					synctest.Wait()
					log := o.events.String()
					if got := strings.Count(log, "inbox of events fails"); got != begun {
						t.Errorf("its failure was told %d times, want %d\n%s", got, begun, log)
					}
					if got := strings.Count(log, "inbox of events works again"); got != ended {
						t.Errorf("its return was told %d times, want %d\n%s", got, ended, log)
					}
				}
				wantTold(0, 0)
				for times := range 2 {
					o.post.fail(func(asked string) error {
						if asked == op {
							return errDown
						}
						return nil
					})
					o.hear(t, fitness.EventActivityUpdated, l.rename(3, fmt.Sprint("Edited ", times)))
					time.Sleep(time.Hour)
					wantTold(times+1, times)
					o.post.fail(nil)
					time.Sleep(time.Minute)
					wantTold(times+1, times+1)
					wantSame(t, o.gateway, l)
				}
			})
		})
	}
}

// silent is an inbox that does not answer.
type silent struct{ mirror.Inbox }

func (silent) List(ctx context.Context) ([]mirror.Letter, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestTheEndIsNoFailureOfTheInbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := openOffice(t, newList(10), mirror.NewMemoryStore(), silent{mirror.NewMemoryInbox()})
		synctest.Wait()
		if err := o.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if told := o.events.String(); told != "" {
			t.Errorf("the log says %s", told)
		}
	})
}
