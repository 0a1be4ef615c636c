package mirror_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"domestique/fitness"
	"domestique/mirror"
)

// Whatever becomes of the deliveries, of Strava, of the inbox and of the processes: what was acknowledged is followed.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { loseNothing(t, &dice{random: chance(t, seed)}) })
		})
	}
}

// dice are for several goroutines.
type dice struct {
	mu     sync.Mutex
	random *rand.Rand
}

func (d *dice) IntN(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.random.IntN(n)
}

func loseNothing(t *testing.T, random *dice) {
	l, store, inbox := newList(30), mirror.NewMemoryStore(), mirror.NewMemoryInbox()
	offices := []*office{openOffice(t, l, store, inbox), openOffice(t, l, store, inbox)}
	offices[0].sync(t)
	l.setRefuse(func() error {
		if random.IntN(4) == 0 {
			return errDown
		}
		return nil
	})
	var undelivered []fitness.Event
	for step := range 60 {
		event := fitness.Event{AthleteID: 1, At: time.Now().Truncate(time.Second)}
		switch place := random.IntN(l.size()); random.IntN(3) {
		case 0:
			event.Kind, event.ActivityID = fitness.EventActivityCreated, l.add(epoch.Add(time.Duration(step)*time.Minute))
		case 1:
			event.Kind, event.ActivityID = fitness.EventActivityUpdated, l.rename(place, fmt.Sprint("Step ", step))
		default:
			event.Kind, event.ActivityID = fitness.EventActivityDeleted, l.remove(place)
		}
		undelivered = append(undelivered, event)
		for len(undelivered) > 0 && random.IntN(3) > 0 {
			next := random.IntN(len(undelivered)) // In any order,
			o := offices[random.IntN(2)]
			if o.Receive(t.Context(), undelivered[next]) == nil && random.IntN(3) > 0 { // and twice.
				undelivered = slices.Delete(undelivered, next, next+1)
			}
		}
		if which := random.IntN(12); which < 2 {
			offices[which].kill(t)
			offices[which] = openOffice(t, l, store, inbox)
			offices[which].post.fail(func(string) error {
				if random.IntN(10) == 0 {
					return errDown
				}
				return nil
			})
		}
		time.Sleep(time.Duration(random.IntN(20_000)) * time.Millisecond)
	}
	l.setRefuse(nil)
	for _, o := range offices {
		o.post.fail(nil)
	}
	for _, event := range undelivered {
		offices[0].receive(t, event)
	}
	time.Sleep(90 * time.Minute)
	wantWaiting(t, inbox, 0)
	for which, o := range offices {
		if _, err := o.Snapshot(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		wantSame(t, o.gateway, l)
		if t.Failed() {
			t.Logf("process %d:\n%s", which, tail(o.events.String()))
		}
	}
}

func tail(log string) string {
	lines := strings.Split(log, "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
