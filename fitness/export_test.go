package fitness

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"
)

// FindsName reports whether a name has that part, as nameContains finds it.
func FindsName(part, name string) bool { return newNameSearch(part).finds(name) }

// FootprintOf is how many bytes the cache of answers takes a value to have.
func FootprintOf(value any) int { return footprintOf(value) }

// KeptOf tells how many of so many answers, each of so many bytes, are kept together, and whether the last one is.
func KeptOf(count, bytes int) (kept int, last bool, err error) {
	a, err := newAnswers(time.Now, new(atomic.Uint64), &background{}, Watch{})
	if err != nil {
		return 0, false, err
	}
	value := make([]byte, bytes)
	for i := range count {
		key := answerKey{kindGear, strconv.Itoa(i)}
		a.keep(key, &keptAnswer{value: &value, fetchedAt: time.Now()}, a.currentEra())
		_, last = a.stale(key, nil)
	}
	return a.kept.Len(), last, nil
}

// Flights are flights of which a test knows the work, one at a time.
type Flights struct{ flights *flights[string, string] }

// NewFlights makes flights that nobody closes.
func NewFlights() Flights { return Flights{newFlights[string, string](&background{}, time.Hour, 1)} }

// Do answers the question of that key with work.
func (f Flights) Do(ctx context.Context, key string, work func(context.Context) (string, error)) (string, error) {
	return f.flights.do(ctx, key, work)
}
