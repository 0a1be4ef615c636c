package tokens_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"domestique/strava"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

// process is one life of a replica.
type process struct {
	sim    *simulation
	name   string
	keeper keeper
	clock  *wrongClock
	killed atomic.Bool
	dead   chan struct{} // Closed when it is killed.

	mu     sync.Mutex
	luck   *rand.Rand // For what happens when it touches the world.
	served time.Time  // Expiry of the newest token that it handed out, or has tried to write.
	faulty time.Time  // When an operation of the store last went wrong.
	misled time.Time  // When its idea of Strava's time was last wrong.
}

// inhabit runs one process after the other in one place, each until it is killed or told to end.
func (s *simulation) inhabit(place int) {
	for life := 0; ; life++ {
		p := s.process(place, life)
		stop := make(chan struct{})
		var callers sync.WaitGroup
		for n := range 4 {
			callers.Go(func() { s.call(p, s.luck(place, life, 10+n), stop) })
		}
		killed := s.live(p, s.luck(place, life, 1))
		close(stop)
		callers.Wait()
		if !killed {
			if err := p.keeper.Close(context.Background()); err != nil {
				s.t.Errorf("Close: %v", err)
			}
			p.killed.Store(true) // The process ends, with whatever Close has not waited for.
		}
		select {
		case <-s.over:
			return
		case <-time.After(time.Duration(s.luck(place, life, 2).Float64() * float64(s.tick) / 2)):
		}
	}
}

func (s *simulation) process(place, life int) *process {
	p := &process{
		sim: s, name: fmt.Sprintf("%d.%d", place, life), dead: make(chan struct{}),
		luck: s.luck(place, life, 3), misled: time.Now(),
		// Of the three machines the first has a right clock, the second one that is ahead, the third one behind.
		clock: &wrongClock{ahead: []time.Duration{0, 10 * time.Minute, -10 * time.Minute, 0}[place]},
	}
	faults := storetest.WithFaults(s.rows)
	faults.Always(p.storeFault)
	var ids [32]byte
	binary.LittleEndian.PutUint64(ids[:], s.luck(place, life, 4).Uint64())
	keeper, err := s.start(tokens.Config{
		Store: witnessedStore{mortalStore{faults, &p.killed}, p}, Keyring: s.keyring, OAuth: line{p}, Application: application(),
		Now: p.clock.now, Skew: p.clock.skew, Rand: rand.NewChaCha8(ids),
	})
	if err != nil {
		s.t.Fatal(err)
	}
	p.keeper = keeper
	return p
}

// live waits until the process's time has come, and reports whether it came by kill -9.
func (s *simulation) live(p *process, luck *rand.Rand) (killed bool) {
	kill, restart := s.whenFor(luck, s.odds.kills), s.whenFor(luck, s.odds.restarts)
	select {
	case <-p.dead:
		return true
	case <-time.After(kill):
		p.kill()
		return true
	case <-time.After(restart):
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tally.restarts++
		s.note(p, "is told to end")
		return false
	case <-s.over:
		return false
	}
}

// whenFor draws when something happens that happens so often to the three replicas in a life of a token.
func (s *simulation) whenFor(luck *rand.Rand, often float64) time.Duration {
	if often == 0 {
		return math.MaxInt64
	}
	return time.Duration(luck.ExpFloat64() * 3 / often * float64(s.strava.life))
}

// kill is kill -9: whatever the process is at, it does nothing more.
func (p *process) kill() {
	if p.sim.calmDown.Load() || !p.killed.CompareAndSwap(false, true) {
		return
	}
	close(p.dead)
	p.sim.kills(p)
}

// killSoon kills after a while that is as likely to be a microsecond as a minute.
func (p *process) killSoon() {
	p.mu.Lock()
	defer p.mu.Unlock()
	time.AfterFunc(time.Duration(1000*math.Pow(6e7, p.luck.Float64())), p.kill)
}

func (p *process) happens(probability float64) bool { return p.chance() < probability }

func (p *process) chance() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.luck.Float64()
}

// call is one caller of a process: a query every tick or so, for each of which Strava's API is asked.
func (s *simulation) call(p *process, luck *rand.Rand, stop chan struct{}) {
	pause := func(d time.Duration) bool {
		select {
		case <-stop:
			return false
		case <-time.After(d):
			return true
		}
	}
	for pause(time.Duration((0.5 + luck.Float64()) * float64(s.tick))) {
		began := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), max(s.tick, 2*s.patience))
		token, err := p.keeper.AccessToken(ctx)
		cancel()
		if p.killed.Load() {
			return
		}
		s.judge(p, began, strava.Secret(token), err)
		s.heed(err)
		if err == nil {
			if !pause(time.Duration(luck.Float64() * float64(s.tick) / 100)) {
				return
			}
			p.learn(luck.Float64())
		}
	}
}

// learn is what an answer of Strava's tells of its clock: the truth, but for the wild ones.
func (p *process) learn(chance float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.clock.skew() != -p.clock.ahead {
		p.misled = time.Now()
	}
	p.clock.learn()
	if wild := p.sim.odds.wildDate; chance < wild && p.sim.strava.life == sixHours && !p.sim.calmDown.Load() {
		p.clock.learnt.Store(int64((chance/wild - 0.5) * float64(40*time.Hour)))
		p.misled = time.Now()
	}
}

// storeFault is asked by the store.
func (p *process) storeFault(op storetest.Op) storetest.Fault {
	s := p.sim
	if !s.calmDown.Load() && p.happens(s.odds.killAtTouch) {
		switch int(3 * p.chance()) {
		case 0:
			return storetest.Fault{Meanwhile: p.kill, Err: storetest.ErrInjected}
		case 1:
			return storetest.Fault{Meanwhile: p.kill}
		}
		p.killSoon()
	}
	usual := storetest.Delay(time.Duration((0.5 + p.chance()) * float64(time.Millisecond)))
	if s.calmDown.Load() || !s.storeDown.Load() && !p.happens(s.odds.storeFault) {
		return usual
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faulty = time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally.faults++
	if s.storeDown.Load() {
		return storetest.FailBefore()
	}
	kinds := []string{"fails", "is done and fails", "is done and conflicts", "conflicts", "hangs", "takes half a second"}
	faults := []storetest.Fault{
		storetest.FailBefore(), storetest.ApplyThenFail(), storetest.ApplyThenConflict(), storetest.Conflict(),
		storetest.Hang(), storetest.Delay(500 * time.Millisecond),
	}
	n := p.luck.IntN(len(faults))
	if op == storetest.Load && n < 4 {
		n = 0 // What is read can't conflict.
	}
	s.note(p, "%s %s", op, kinds[n])
	p.faulty = p.faulty.Add(min(5*time.Second, faults[n].Delay)) // No operation is waited for longer.
	return faults[n]
}

// line is a process's way to Strava.
type line struct{ *process }

// Refresh implements tokens.OAuth. A request whose process is killed goes on: it may have left already.
func (l line) Refresh(ctx context.Context, grant strava.Grant) (strava.Grant, error) {
	exitIf(&l.killed)
	defer exitIf(&l.killed)
	s, began := l.sim, time.Now()
	wrong := l.mishap()
	s.asks(l.process, grant.RefreshToken)
	defer s.ends(l.process, grant.RefreshToken)
	if !elapse(ctx, wrong.before) {
		s.missed(l.process, "", time.Since(began))
		return strava.Grant{}, fmt.Errorf("post: %w: %w", strava.ErrUnavailable, ctx.Err())
	}
	if wrong.refuse != nil {
		return strava.Grant{}, fmt.Errorf("post: %w", wrong.refuse)
	}
	answer, err := s.strava.Refresh(ctx, grant)
	s.acted(l.process, began, grant.RefreshToken, answer, err)
	if wrong.meanwhile != nil {
		wrong.meanwhile()
	}
	switch {
	case !elapse(ctx, wrong.after):
		s.missed(l.process, answer.RefreshToken, time.Since(began))
		return strava.Grant{}, fmt.Errorf("post: %w: %w", strava.ErrUnavailable, ctx.Err())
	case wrong.lost:
		s.missed(l.process, answer.RefreshToken, s.patience)
		return strava.Grant{}, fmt.Errorf("post: %w: connection reset", strava.ErrUnavailable)
	}
	l.learn(l.chance())
	s.came(answer.RefreshToken)
	return answer, err
}

// Revoke implements tokens.OAuth.
func (l line) Revoke(context.Context, strava.Grant) error { return errors.ErrUnsupported }

// mishap draws what goes wrong with a request.
func (p *process) mishap() mishap {
	s := p.sim
	usual := mishap{before: time.Duration(p.chance() * 1e6), after: time.Duration(p.chance() * 1e6)}
	slow := func(longest float64) time.Duration { return time.Duration(p.chance() * longest * float64(s.patience)) }
	switch {
	case s.calmDown.Load():
		return usual
	case s.stravaDown.Load(), p.happens(s.odds.refused):
		usual.refuse = strava.ErrUnavailable
		if p.happens(0.2) {
			usual.refuse = &strava.RateLimitError{RetryAt: time.Now().Add(slow(3))}
		}
		return usual
	case p.happens(s.odds.lost):
		switch int(3 * p.chance()) {
		case 0:
			return mishap{before: 2 * s.patience} // On the way there.
		case 1:
			return mishap{before: slow(0.4), after: 2 * s.patience} // Too late.
		}
		usual.lost = true
		return usual
	case p.happens(s.odds.slow):
		usual = mishap{before: slow(0.45), after: slow(0.45)}
	}
	switch {
	case p.happens(s.odds.killAtTouch):
		usual.meanwhile = p.kill
	case p.happens(s.odds.killAtTouch):
		usual.meanwhile = p.killSoon
	case p.happens(s.odds.storeLeaves):
		usual.meanwhile = func() { s.away(&s.storeDown, 5*s.tick) }
	}
	return usual
}

// witnessedStore is a process's way to the row, under the ledger's eyes.
type witnessedStore struct {
	tokens.Store
	process *process
}

func (w witnessedStore) Save(ctx context.Context, row tokens.Row, revision tokens.Revision) (tokens.Revision, error) {
	exitIf(&w.process.killed)
	w.process.sim.writes(w.process, row)
	saved, err := w.Store.Save(ctx, row, revision)
	if err != nil && w.process.sim.brought(w.process, row) {
		w.process.mu.Lock()
		w.process.served = row.ExpiresAt
		w.process.mu.Unlock()
	}
	return saved, err
}

// watchedRows is the row itself.
type watchedRows struct {
	tokens.Store
	ledger *ledger
}

func (w watchedRows) Save(ctx context.Context, row tokens.Row, revision tokens.Revision) (tokens.Revision, error) {
	saved, err := w.Store.Save(ctx, row, revision)
	if err == nil {
		w.ledger.stored(row)
	}
	return saved, err
}

func (w watchedRows) Erase(ctx context.Context, revision tokens.Revision) error {
	err := w.Store.Erase(ctx, revision)
	if err == nil {
		w.ledger.stored(tokens.Row{})
	}
	return err
}
