package tokens

import (
	"context"
	"errors"
	"fmt"
	"time"

	"domestique/strava"
)

// flight is one attempt to bring memory and row up to date, shared by all callers of the process that want one.
type flight struct {
	seen     chan struct{} // Closed when memory holds the row as the flight found it; never if it could not be read.
	answered chan struct{} // Closed when memory holds what the flight brought, or it has failed.
	done     chan struct{} // Closed when the row holds it, too, or never will.

	// Set before answered is closed.
	err    error
	stands time.Time // Until then a failed flight's result is everybody's, and no other is started.
	landed bool      // Answered before it was done: the write is being repeated.

	looked bool // seen is closed. Of the flight's own goroutine.

	writeErr error // What the flight brought can't be written. Set before done is closed.
}

// errLeased: another process is asking Strava at the moment. Whoever needs a token waits for it.
var errLeased = fmt.Errorf("%w: another process is refreshing the grant", ErrUnavailable)

var errClosed = fmt.Errorf("%w: the token manager is closed", ErrUnavailable)

// board returns the flight under way, or the last one if its result still stands, or else one that it starts.
func (m *Manager) board(ctx context.Context) *flight {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f := m.flight; f != nil && (f.underWay() || m.now().Before(f.stands)) {
		return f
	}
	f := &flight{seen: make(chan struct{}), answered: make(chan struct{}), done: make(chan struct{})}
	if !m.start(func() { m.fly(context.WithoutCancel(ctx), f) }) {
		f.err = errClosed
		close(f.answered)
		close(f.done)
		return f
	}
	m.flight = f
	return f
}

func (f *flight) underWay() bool {
	select {
	case <-f.done:
		return false
	default:
		return true
	}
}

// start runs work on a goroutine that Close waits for, unless the Manager is closed. It is called with mu held.
func (m *Manager) start(work func()) bool {
	select {
	case <-m.closed:
		return false
	default:
	}
	m.running++
	go func() {
		defer m.finish()
		work()
	}()
	return true
}

// carryOut does work on a goroutine that Close waits for. The end of ctx ends the wait for it.
func (m *Manager) carryOut(ctx context.Context, work func(context.Context) error) error {
	ended := make(chan error, 1)
	m.mu.Lock()
	started := m.start(func() { ended <- work(ctx) })
	m.mu.Unlock()
	if !started {
		return errClosed
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return fmt.Errorf("not done yet: %w", ctx.Err())
	}
}

func (m *Manager) finish() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running--
	select {
	case <-m.closed:
		if m.running == 0 {
			close(m.idle)
		}
	default:
	}
}

// fly takes the slot and makes one attempt.
func (m *Manager) fly(ctx context.Context, f *flight) {
	m.slot <- struct{}{}
	defer func() { <-m.slot }()
	if err := m.attempt(ctx, f); !f.landed {
		m.settle(f, err)
		defer close(f.answered) // After done, so that whoever is let go finds this flight over.
	}
	close(f.done)
}

// look lets those callers go on whom the row as it was found serves.
func (f *flight) look() {
	if !f.looked {
		f.looked = true
		close(f.seen)
	}
}

// land lets the flight's callers go on while its write is still being repeated.
func (m *Manager) land(f *flight, err error) {
	m.settle(f, err)
	f.landed = true
	close(f.answered)
}

// settle notes what the flight's callers get.
func (m *Manager) settle(f *flight, err error) {
	f.err = err
	if err != nil {
		f.stands = m.now().Add(m.jittered(m.pace().poll))
	}
}

// maxRounds bounds how often a flight decides anew because the row changed under its hands. Each time another process
// has got further, so after a few of them the best is to look again later.
const maxRounds = 6

// attempt reads the row and does what is due: adopts it, or asks Strava and writes down the answer. The error says why
// there is no fresh token.
func (m *Manager) attempt(ctx context.Context, f *flight) error {
	for range maxRounds {
		stored, err := m.read(ctx, soon)
		if err != nil {
			// Another's lease has to stand before this process's eyes for its whole time. While the store is away its
			// holder may be alive and waiting to write what Strava answered, so the count begins anew.
			m.work.lease = sighting{}
			return err
		}
		spend, err := m.decide(stored)
		f.look()
		if spend == "" {
			return err
		}
		got, err := m.ask(ctx, stored, spend)
		switch {
		case err == nil:
			return m.record(ctx, f, got)
		case got.claimed != nil:
			err = m.conclude(ctx, got.claimed, err)
		}
		if !errors.Is(err, errMoved) {
			return err
		}
	}
	return errLeased
}

// decide puts a row that was just read into memory and returns the refresh token to spend on it. If that is empty nothing
// is to be asked, and the error, if any, says why there is no fresh token.
func (m *Manager) decide(stored *grant) (strava.Secret, error) {
	s := situation{
		now:       m.moment(),
		margin:    m.paceOf(stored).margin,
		stored:    stored,
		athlete:   m.athlete,
		noApp:     !m.apps.of(stored).Known(),
		otherApp:  m.apps.foreign(stored),
		haveFirst: m.first.refresh != "" && m.held.Load() == nil,
	}
	m.work.lease.see(stored, m.own, s.now.here)
	s.leaseAgesOut, s.askAgainAfter = m.work.lease.until, m.work.askAfter
	if stored != nil && !s.foreign() {
		s.refused = m.hold(stored).refused
	}
	switch next(s) {
	case stepAsk:
		return stored.refresh, nil
	case stepBegin:
		return m.first.refresh, nil
	case stepWait:
		return "", errLeased
	case stepRest:
		return "", m.work.lastErr
	case stopNotConnected:
		return "", ErrNotConnected
	case stopNeedsConsent:
		return "", ErrNeedsConsent
	case stopOtherAthlete:
		return "", fmt.Errorf("%w: the stored grant is %w", ErrMisconfigured, ErrOtherAthlete)
	case stopNoApp:
		return "", fmt.Errorf("%w: %w", ErrMisconfigured, ErrNoApplication)
	case stopOtherApp:
		return "", fmt.Errorf("%w: the stored grant is %w", ErrMisconfigured, ErrOtherApplication)
	default: // stepServe
		m.work.failures = 0
		return "", nil
	}
}
