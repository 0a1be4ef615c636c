package fitness_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"domestique/fitness"
	"domestique/strava"
)

// What is more urgent goes first when a turn becomes free, and so does what has become so while it waited.
func TestTurnsGoByUrgency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		flights, end := fitness.NewFlights(), make(chan struct{})
		var order []string // written by one at a time
		var group sync.WaitGroup
		ask := func(key string, priority strava.Priority) {
			group.Go(func() {
				ctx := strava.WithPriority(asOwner(t), priority)
				_, err := flights.Do(ctx, key, func(context.Context) (string, error) {
					<-end
					order = append(order, key)
					return key, nil
				})
				if err != nil {
					t.Errorf("%s: %v", key, err)
				}
			})
			synctest.Wait()
		}
		ask("first of all", strava.PriorityBackground)
		ask("background", strava.PriorityBackground)
		ask("awaited later", strava.PriorityBackground)
		ask("event", strava.PriorityEvent)
		ask("client", strava.PriorityClient)
		ask("another client", strava.PriorityClient)
		ask("awaited later", strava.PriorityClient)
		ask("awaited later", strava.PriorityBackground)
		close(end)
		group.Wait()
		want := []string{"first of all", "awaited later", "client", "another client", "event", "background"}
		if !slices.Equal(order, want) {
			t.Errorf("got %q, want %q", order, want)
		}
	})
}

// Who gives up just when the turn comes must not take it along.
func TestATurnThatNobodyTakesIsPassedOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		flights, end := fitness.NewFlights(), make(chan struct{})
		var group sync.WaitGroup
		hold := func(ctx context.Context) (string, error) { <-end; return "", ctx.Err() }
		group.Go(func() { _, _ = flights.Do(asOwner(t), "first", hold) })
		synctest.Wait()
		brief, cancel := context.WithCancel(asOwner(t))
		for _, key := range []string{"a", "b", "c"} {
			group.Go(func() { _, _ = flights.Do(brief, key, hold) })
		}
		synctest.Wait()
		cancel()
		close(end)
		group.Wait()
		if got, err := flights.Do(asOwner(t), "last", func(context.Context) (string, error) { return "came", nil }); got != "came" {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

// kept is the refusal of a call that is not urgent enough.
func kept(p strava.Priority) error {
	return &strava.RateLimitError{RetryAt: noon.Add(time.Minute), Priority: p}
}

// A client that has taken a seat just when the work was refused for being background work does not get that refusal.
func TestARefusalOfBackgroundWorkIsNotTheClients(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		flights, refuse := fitness.NewFlights(), make(chan struct{})
		attempts := 0
		work := func(ctx context.Context) (string, error) {
			attempts++
			if priority := strava.PriorityOf(ctx); priority != strava.PriorityClient {
				<-refuse
				return "", kept(priority)
			}
			return "an answer", nil
		}
		var group sync.WaitGroup
		for _, priority := range []strava.Priority{strava.PriorityBackground, strava.PriorityClient} {
			group.Go(func() {
				got, err := flights.Do(strava.WithPriority(asOwner(t), priority), "question", work)
				if got != "an answer" || err != nil {
					t.Errorf("%v got %q, %v", priority, got, err)
				}
			})
			synctest.Wait()
		}
		close(refuse)
		group.Wait()
		if attempts != 2 {
			t.Errorf("%d attempts, want 2", attempts)
		}

		background := strava.WithPriority(asOwner(t), strava.PriorityBackground)
		if _, err := flights.Do(background, "question", work); !errors.As(err, new(*strava.RateLimitError)) || attempts != 3 {
			t.Errorf("on its own: %v after %d attempts", err, attempts)
		}
	})
}

// A call counts once: for the first of those who still wait for it.
func TestTheCallsOfAFlightCountOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		firstLeaves bool
		want        [3]int
	}{
		"for who began it":                  {false, [3]int{2, 0, 0}},
		"for the next one when that leaves": {true, [3]int{0, 2, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				flights, end := fitness.NewFlights(), make(chan struct{})
				work := func(ctx context.Context) (string, error) {
					strava.CounterOf(ctx).Add(1)
					<-end
					// What the work asks for in turn counts for the work.
					_, err := fitness.NewFlights().Do(ctx, "more", func(ctx context.Context) (string, error) {
						strava.CounterOf(ctx).Add(1)
						return "", nil
					})
					return "", err
				}
				var counters [3]strava.Counter
				var group sync.WaitGroup
				first, leave := context.WithCancel(asOwner(t))
				defer leave()
				for i, ctx := range []context.Context{first, asOwner(t), asOwner(t)} {
					group.Go(func() { _, _ = flights.Do(strava.WithCounter(ctx, &counters[i]), "question", work) })
					synctest.Wait()
				}
				if test.firstLeaves {
					leave()
					synctest.Wait()
				}
				close(end)
				group.Wait()
				if got := [3]int{counters[0].Calls(), counters[1].Calls(), counters[2].Calls()}; got != test.want {
					t.Errorf("counted %v, want %v", got, test.want)
				}
			})
		})
	}
}
