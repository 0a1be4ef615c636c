package edge

import (
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// deliveries counts requests to the webhook by where they come from, minute by minute, so that a stranger's don't keep
// Strava's out. It is safe for concurrent use.
type deliveries struct {
	mu   sync.Mutex
	now  func() time.Time
	from *lru.Cache[string, sender]
}

// sender is what one address has sent since the time.
type sender struct {
	since time.Time
	count int
}

func newDeliveries(now func() time.Time) (*deliveries, error) {
	from, err := lru.New[string, sender](guessersTracked)
	if err != nil {
		return nil, err
	}
	return &deliveries{now: now, from: from}, nil
}

// wait counts a request, and returns how long its sender has to wait; zero: it may be looked at.
func (d *deliveries) wait(source string) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	known, _ := d.from.Get(source)
	if known.count == 0 || now.Sub(known.since) >= time.Minute || now.Before(known.since) {
		known = sender{since: now}
	}
	known.count++
	d.from.Add(source, known)
	if known.count > deliveriesAMinute {
		return known.since.Add(time.Minute).Sub(now)
	}
	return 0
}
