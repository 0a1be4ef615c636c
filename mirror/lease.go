package mirror

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"
)

const (
	// leaseTTL is how long a lease stands without being renewed: so long does a reader that was killed keep the next one
	// waiting. It is renewed beside the reading, because a page may take longer than that.
	leaseTTL = 15 * time.Second
	// standstill is how long a reader may be at one step and keep its turn: longer than a page takes with all its time-outs.
	standstill = time.Minute
	// leasePoll is how often another's lease is looked at by who has nothing to show before it ends.
	leasePoll = time.Second
)

// sighting remembers when this process first saw another's lease. Clocks of two machines are never compared: a lease is
// over when it has stood here, unchanged, for its whole time. It is safe for concurrent use.
type sighting struct {
	mu    sync.Mutex
	id    string
	until time.Time
}

// over is the lease that has stood for long enough, "" if none has.
func (s *sighting) over(now time.Time) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now.Before(s.until) {
		return ""
	}
	return s.id
}

// see notes the lease that is in force.
func (s *sighting) see(lease Lease, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.id != lease.ID {
		s.id, s.until = lease.ID, now.Add(min(max(lease.TTL, leasePoll), leaseTTL))
	}
}

// turn is this process's claim to be the one that does something. It belongs to one goroutine at a time.
type turn struct {
	put     func(ctx context.Context, next Lease, over string) (Lease, error) // the Claim of a store
	ttl     time.Duration
	by      string // the process
	now     func() time.Time
	sighted *sighting

	claims  int
	held    string // the id of the lease in force
	renewed time.Time
}

// turn is that of reading the list. One that fails for the store's sake is a turn all the same: two replicas that ask
// Strava the same are better than none.
func (m *Mirror) turn() turn {
	return turn{put: m.store.Claim, ttl: leaseTTL, by: m.id, now: m.now, sighted: &m.sighted}
}

func (r *reading) claim(ctx context.Context) bool {
	ours, err := r.turn.claim(ctx)
	if err != nil && ctx.Err() == nil {
		r.noteStore(err)
	}
	return ours || err != nil
}

// await waits for this process's turn as long as there is nothing to show: what another one reads is shown soon.
func (r *reading) await(ctx context.Context) error {
	for !r.claim(ctx) {
		r.look(ctx)
		if r.held() != nil {
			return errNotOurTurn
		}
		timer := time.NewTimer(leasePoll)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
	return nil
}

func (r *reading) isWhole() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ledger.complete
}

// hold keeps the lease in force beside the reading, for as long as that gets on. The returned function ends it and lets the
// next one in.
func (r *reading) hold(ctx context.Context) (release func()) {
	r.progressed = r.now()
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(leaseTTL / 4)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				r.renewUnlessStuck(ctx)
			case <-end: // A claim that is under way comes to its end, so that it is known which lease is to be given back.
				return
			}
		}
	}()
	return func() {
		close(end)
		<-ended
		r.turn.release(ctx)
	}
}

// renewUnlessStuck leaves it to the reading itself to find out whether the turn is lost.
func (r *reading) renewUnlessStuck(ctx context.Context) {
	r.turning.Lock()
	defer r.turning.Unlock()
	if ctx.Err() == nil && r.now().Before(r.progressed.Add(standstill)) && r.turn.isToRenew() {
		r.claim(ctx)
	}
}

// renew notes that the reading gets on, and reports whether it is still this process's turn.
func (r *reading) renew(ctx context.Context) bool {
	r.turning.Lock()
	defer r.turning.Unlock()
	r.progressed = r.now()
	return !r.turn.isToRenew() || r.claim(ctx)
}

// claim reports whether it is this process's turn, and renews the lease if it was already.
func (t *turn) claim(ctx context.Context) (ours bool, err error) {
	over := t.held
	if over == "" {
		over = t.sighted.over(t.now())
	}
	current, next, err := t.ask(ctx, over)
	if err == nil && current == (Lease{}) {
		current, next, err = t.ask(ctx, "") // What was over has been given back meanwhile.
	}
	switch {
	case err != nil:
		return false, fmt.Errorf("claim the lease: %w", err)
	case current.ID == next:
		t.held, t.renewed = next, t.now()
		return true, nil
	default:
		t.sighted.see(current, t.now())
		t.held = ""
		return false, nil
	}
}

func (t *turn) ask(ctx context.Context, over string) (current Lease, id string, err error) {
	t.claims++
	id = t.by + "-" + strconv.Itoa(t.claims) + "-" + strconv.FormatInt(t.now().UnixNano(), 36)
	current, err = t.put(ctx, Lease{ID: id, TTL: t.ttl}, over)
	return current, id, err
}

// isToRenew is true well within the time for which the lease was claimed.
func (t *turn) isToRenew() bool { return !t.now().Before(t.renewed.Add(t.ttl / 4)) }

// release lets the next one in. If it fails, that one waits until the lease is over.
func (t *turn) release(ctx context.Context) {
	if t.held == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.ttl)
	defer cancel()
	_, _ = t.put(ctx, Lease{}, t.held)
	t.held = ""
}
