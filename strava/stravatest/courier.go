package stravatest

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// maxTries is how often a delivery is tried: https://developers.strava.com/docs/webhooks/
const maxTries = 3

// MaxWaiting is how many deliveries may wait; more are lost.
const MaxWaiting = 1000

// courier keeps the push subscription and delivers events to its callback, one at a time. It runs a goroutine while
// there is something to deliver, and none else. Its waiting is by the wall clock.
type courier struct {
	carrier http.RoundTripper
	retry   time.Duration
	now     func() time.Time // of signatures

	mu           sync.Mutex
	subscription *wireSubscription // With the id 0: the callback is being checked.
	made         int64             // subscriptions, ever
	secret       string            // "": unsigned
	waiting      []*delivery       // The one that is on its way, too.
	faults       []*eventHook
	counts       EventCounts
	held         int
	closed       bool

	running bool
	wake    chan struct{}      // Made anew with each run; ends its pause.
	cancel  context.CancelFunc // Ends the run and what it is doing.
	settled chan struct{}      // Closed, when somebody waits, as soon as nothing is waiting.
	runs    sync.WaitGroup
}

// delivery is an event on its way.
type delivery struct {
	url   string
	body  []byte
	due   time.Time
	tries int
}

func newCourier(cfg Config) *courier {
	return &courier{carrier: cfg.Callback, retry: cfg.EventRetry, now: cfg.Now}
}

// subscribed is the subscription, or nil.
func (c *courier) subscribed() *wireSubscription {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.subscription == nil || c.subscription.ID == 0 {
		return nil
	}
	return new(*c.subscription)
}

// reserve takes the application's one place; false when it is taken.
func (c *courier) reserve() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.subscription != nil {
		return false
	}
	c.subscription = &wireSubscription{}
	return true
}

// subscribe puts a subscription into the reserved place.
func (c *courier) subscribe(s wireSubscription) wireSubscription {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made++
	s.ID = 131_300 + c.made
	c.subscription = &s
	return s
}

// unsubscribe ends the subscription with the id, or gives the reserved place back. What waits is lost.
func (c *courier) unsubscribe(id int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.subscription == nil || c.subscription.ID != id {
		return false
	}
	c.subscription = nil
	c.lose()
	return true
}

// post takes an event in, when there is a subscription. It waits for nobody.
func (c *courier) post(event wireEvent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.subscription == nil || c.subscription.ID == 0 || c.closed {
		return
	}
	event.SubscriptionID = c.subscription.ID
	fault := c.nextFault(event)
	body, due := event.encode(), time.Now().Add(fault.Delay)
	for range 1 + fault.Copies {
		c.counts.Events++
		if fault.Drop || len(c.waiting) >= MaxWaiting {
			c.counts.Lost++
			continue
		}
		c.waiting = append(c.waiting, &delivery{url: c.subscription.CallbackURL, body: body, due: due})
	}
	c.start()
}

// start lets the deliveries go on. The caller holds the lock.
func (c *courier) start() {
	if c.running {
		select {
		case c.wake <- struct{}{}:
		default: // It is awake already.
		}
		return
	}
	if c.closed || c.held > 0 || len(c.waiting) == 0 {
		return
	}
	c.running, c.wake = true, make(chan struct{}, 1)
	wake := c.wake
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	c.runs.Go(func() {
		defer cancel()
		c.run(ctx, wake)
	})
}

// run delivers until there is nothing to do.
func (c *courier) run(ctx context.Context, wake <-chan struct{}) {
	for {
		d, pause, ok := c.next()
		switch {
		case !ok:
			return
		case d != nil:
			c.finish(d, c.try(ctx, d))
			continue
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-wake:
		}
		timer.Stop()
	}
}

// next is the first delivery that is due, or how long there is none; not ok ends the run.
func (c *courier) next() (due *delivery, pause time.Duration, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.held > 0 || len(c.waiting) == 0 {
		c.running = false
		return nil, 0, false
	}
	now := time.Now()
	for i, d := range c.waiting {
		wait := d.due.Sub(now)
		if wait <= 0 {
			d.tries++
			c.counts.Tries++
			return d, 0, true
		}
		if i == 0 || wait < pause {
			pause = wait
		}
	}
	return nil, pause, true
}

// try posts an event and reports whether the callback answered 200 in time. Redirects are not followed.
func (c *courier) try(ctx context.Context, d *delivery) bool {
	ctx, cancel := context.WithTimeout(ctx, ackTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url, bytes.NewReader(d.body))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	if signature := c.sign(d.body); signature != "" {
		req.Header.Set("X-Strava-Signature", signature)
	}
	res, err := c.carrier.RoundTrip(req)
	if err != nil {
		return false
	}
	_ = res.Body.Close() // What it says is read by nobody.
	return res.StatusCode == http.StatusOK
}

// sign makes the header of a signed delivery, "" for an unsigned one. Strava documents none; receivers expect this one.
func (c *courier) sign(body []byte) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.secret == "" {
		return ""
	}
	stamp := c.now().Unix()
	mac := hmac.New(sha256.New, []byte(c.secret))
	_, _ = fmt.Fprintf(mac, "%d.%s", stamp, body)
	return fmt.Sprintf("t=%d,v1=%s", stamp, hex.EncodeToString(mac.Sum(nil)))
}

// finish decides what becomes of a delivery that was tried. One that was given up meanwhile may have arrived all the same.
func (c *courier) finish(d *delivery, acknowledged bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.Index(c.waiting, d)
	if i < 0 {
		c.counts.Lost--
	} else {
		c.waiting = slices.Delete(c.waiting, i, i+1)
	}
	switch {
	case acknowledged:
		c.counts.Delivered++
	case i < 0 || d.tries == maxTries:
		c.counts.Refused++
		c.counts.Lost++
	default:
		c.counts.Refused++
		d.due = time.Now().Add(c.retry)
		c.waiting = append(c.waiting, d)
	}
	c.settle()
}

// lose gives up all that waits. The caller holds the lock.
func (c *courier) lose() {
	c.counts.Lost += len(c.waiting)
	c.waiting = nil
	c.settle()
	if c.running {
		c.start()
	}
}

// settle wakes those who wait for the last delivery. The caller holds the lock.
func (c *courier) settle() {
	if len(c.waiting) == 0 && c.settled != nil {
		close(c.settled)
		c.settled = nil
	}
}

// close ends the deliveries, also the one that is on its way, and returns when nothing runs any more.
func (c *courier) close() {
	c.mu.Lock()
	c.closed = true
	if c.cancel != nil {
		c.cancel()
	}
	c.lose()
	c.mu.Unlock()
	c.runs.Wait()
}
