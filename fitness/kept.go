package fitness

import (
	"context"
	"sync"
	"time"
)

const (
	// keptAtMost is how long anything of Strava's may be kept at all: API Policy 6.2, see https://www.strava.com/legal/api.
	keptAtMost = 7 * 24 * time.Hour

	// pauseAfterFailure is how long a stale answer is given without asking Strava again, once Strava did not answer.
	pauseAfterFailure = time.Minute
)

// kept keeps Strava's answer to one question for a while. A stale one is asked for again, and given on when Strava does
// not answer: what is known of an athlete is worth more than an error. Where nothing is kept, a setback is. It is safe for
// concurrent use.
type kept[V any] struct {
	fetch    func(context.Context) (*V, error)
	freshFor time.Duration
	now      func() time.Time
	flights  *flights[struct{}, *V]

	mu        sync.Mutex
	value     *V // nil until there is one
	fetchedAt time.Time
	failedAt  time.Time
	setback   *setback // nil after a success
}

func newKept[V any](s *Service, freshFor time.Duration, fetch func(context.Context) (*V, error)) *kept[V] {
	return &kept[V]{
		fetch:    fetch,
		freshFor: freshFor,
		now:      s.now,
		flights:  newFlights[struct{}, *V](s.background, callTimeout, 1),
	}
}

// get gives what is kept, or what Strava says now. The end of ctx ends the wait.
func (k *kept[V]) get(ctx context.Context) (*V, error) {
	if value := k.usable(); value != nil {
		return value, nil
	}
	value, err := k.flights.do(ctx, struct{}{}, k.renew)
	if err != nil {
		if stale := k.stale(); stale != nil {
			return stale, nil
		}
		return nil, err
	}
	return value, nil
}

// forget drops what is kept.
func (k *kept[V]) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.value, k.fetchedAt, k.failedAt, k.setback = nil, time.Time{}, time.Time{}, nil
}

// forgive lets Strava be asked in spite of a setback.
func (k *kept[V]) forgive() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.setback = nil
}

func (k *kept[V]) renew(ctx context.Context) (*V, error) {
	if value := k.usable(); value != nil {
		return value, nil // it came between the question and this flight
	}
	if err := k.refusal(); err != nil {
		return nil, err
	}
	asked := k.now()
	value, err := k.fetch(ctx)

	k.mu.Lock()
	defer k.mu.Unlock()
	if err != nil {
		k.failedAt, k.setback = asked, setbackAfter(err, k.now())
		return nil, err
	}
	k.value, k.fetchedAt, k.failedAt, k.setback = value, asked, time.Time{}, nil
	return value, nil
}

// refusal is the failure to give without asking, nil if Strava may be asked.
func (k *kept[V]) refusal() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.setback.standing(k.now())
}

// usable is the answer to give without asking, nil if Strava has to be asked.
func (k *kept[V]) usable() *V {
	now := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	fresh := now.Before(k.fetchedAt.Add(k.freshFor))
	pausing := now.Before(k.failedAt.Add(pauseAfterFailure)) && now.Before(k.fetchedAt.Add(keptAtMost))
	if k.value != nil && (fresh || pausing) {
		return k.value
	}
	return nil
}

// stale is the last answer, nil if there is none that may still be shown.
func (k *kept[V]) stale() *V {
	now := k.now()
	k.mu.Lock()
	defer k.mu.Unlock()
	if now.Before(k.fetchedAt.Add(keptAtMost)) {
		return k.value
	}
	return nil
}
