package tokens_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"domestique/strava"
	"domestique/tokens"
	"domestique/tokens/storetest"
)

// odds are the stress rates of a simulation, not forecasts.
type odds struct {
	slowAnswer, refusedRequest, lostAnswer float64 // Of a request to Strava.
	storeFault                             float64 // Of an operation of the store.
	killAtWrite                            float64 // kill -9, of a write to the store: half of them before, half after.
	kills, restarts                        float64 // kill -9 and SIGTERM at any time, for each life of a token.
}

// TestSimulation lets three replicas with four callers each live for many lives of a token, with a strict Strava, a store
// that fails now and then and for a while altogether, and processes that come and go. A grant may be lost only to physics:
// an answer of Strava that never came, or a process killed before it had written the answer down.
func TestSimulation(t *testing.T) {
	t.Parallel()
	faults := odds{slowAnswer: 0.15, refusedRequest: 0.03, storeFault: 0.02}
	drains, all := faults, faults
	drains.restarts = 5
	all.restarts, all.kills, all.killAtWrite, all.lostAnswer = 2, 2, 0.15, 0.02
	for _, test := range []struct {
		name  string
		odds  odds
		seeds int
	}{
		{"faults", faults, 2},
		{"faults and restarts", drains, 2},
		{"faults, restarts, kills and lost answers", all, 4},
	} {
		for _, life := range []time.Duration{sixHours, 20 * time.Second} {
			for seed := range test.seeds {
				t.Run(fmt.Sprintf("%s, lives of %v, seed %d", test.name, life, seed), func(t *testing.T) {
					t.Parallel()
					inConnectedWorld(t, life, func(_ *testing.T, w *world) {
						s := &simulation{world: w, odds: test.odds, random: rand.New(rand.NewPCG(uint64(seed), 1)), tick: life / 180}
						s.run(2)
					})
				})
			}
		}
	}
}

// simulation is one run.
type simulation struct {
	*world
	odds odds
	tick time.Duration // Between two calls of one caller: two minutes of six hours.

	mu     sync.Mutex // Guards random.
	random *rand.Rand

	mending         sync.Mutex
	down            atomic.Bool // The store is.
	over            atomic.Bool
	excuses, losses atomic.Int64
	calls, failed   atomic.Int64
}

// run lasts for so many times four lives of a token, in each of which the store is away for a while.
func (s *simulation) run(days int) {
	s.strava.always(s.mishap)
	var processes sync.WaitGroup
	for range 3 {
		processes.Go(s.process)
	}
	day := 4 * s.strava.life
	for range days {
		outage := time.Duration(s.chance() * float64(day*9/10))
		time.Sleep(outage)
		s.down.Store(true)
		time.Sleep(5 * s.tick)
		s.down.Store(false)
		time.Sleep(day - outage)
	}
	s.over.Store(true)
	processes.Wait()
	s.judge()
}

// judge lets everything calm down and looks at what is left.
func (s *simulation) judge() {
	s.strava.always(nil)
	time.Sleep(s.strava.life)
	last := s.replica()
	for range 2 {
		_, _ = last.AccessToken(s.t.Context())
		synctest.Wait()
		time.Sleep(time.Minute)
	}
	s.mend()
	s.wantToken(last)
	s.wantKept()
	physics, dead := s.excuses.Load(), int64(s.strava.dead)
	s.t.Logf("%d calls, %d failed; strava was asked %d times, %d dead tokens; %d grants lost, %d excuses",
		s.calls.Load(), s.failed.Load(), s.strava.calls, dead, s.losses.Load(), physics)
	if s.losses.Load() > physics {
		s.t.Errorf("%d grants lost, with %d physical excuses", s.losses.Load(), physics)
	}
	// Finding out costs the dead token and the one before it, once more if a process dies over it.
	if dead > 4*physics {
		s.t.Errorf("%d dead tokens presented, with %d physical excuses", dead, physics)
	}
	// Whoever dies with a lease makes others wait, a quarter of a token's life where that is 20 s.
	allowed := 0.02
	if s.odds.kills > 0 {
		allowed = 0.15
	}
	if share := float64(s.failed.Load()) / float64(s.calls.Load()); share > allowed {
		s.t.Errorf("%.1f%% of the calls failed, want at most %.0f%%", 100*share, 100*allowed)
	}
}

// process runs one replica after the other in one place, each until it is killed or told to end.
func (s *simulation) process() {
	for !s.over.Load() {
		r := s.replica()
		r.store.Always(func(op storetest.Op) storetest.Fault { return s.storeFault(r, op) })
		stop := make(chan struct{})
		var callers sync.WaitGroup
		for range 4 {
			callers.Go(func() { s.call(r, stop) })
		}
		kill := s.live(r)
		if kill {
			s.kill(r)
		}
		close(stop)
		callers.Wait()
		if !kill {
			if err := r.Close(context.Background()); err != nil {
				s.t.Errorf("Close: %v", err)
			}
		}
	}
}

// live waits until the replica's time has come, and reports whether it comes by kill -9.
func (s *simulation) live(r *replica) (kill bool) {
	for !s.over.Load() {
		time.Sleep(s.tick)
		ticks := float64(s.strava.life / s.tick)
		switch {
		case r.killed.Load(), s.happens(s.odds.kills / 3 / ticks):
			return true
		case s.happens(s.odds.restarts / 3 / ticks):
			return false
		}
	}
	return false
}

// kill is kill -9, which is an excuse if an answer of Strava was not in the store yet.
func (s *simulation) kill(r *replica) {
	_, refresh, _ := s.row()
	s.strava.mu.Lock()
	if refresh != s.strava.refresh {
		s.excuses.Add(1)
	}
	s.strava.mu.Unlock()
	r.kill()
}

// call is one caller of a replica: a query every tick or so.
func (s *simulation) call(r *replica, stop chan struct{}) {
	for {
		ctx, cancel := context.WithTimeout(context.Background(), s.tick)
		_, err := r.AccessToken(ctx)
		cancel()
		select {
		case <-stop:
			return
		default:
		}
		s.calls.Add(1)
		if err != nil {
			s.failed.Add(1)
		}
		if errors.Is(err, tokens.ErrNeedsConsent) {
			s.mend()
		}
		select {
		case <-stop:
			return
		case <-time.After(time.Duration((0.5 + s.chance()) * float64(s.tick))):
		}
	}
}

// mend has the owner consent again if the row says so, and not just a replica's memory.
func (s *simulation) mend() {
	s.mending.Lock()
	defer s.mending.Unlock()
	row, refresh, _ := s.row()
	if row.State != tokens.StateNeedsConsent {
		return
	}
	if s.strava.refresh != refresh {
		s.losses.Add(1)
	}
	if row.Failure != tokens.FailureAnswerLost {
		s.t.Errorf("the grant was lost as %q, want %q", row.Failure, tokens.FailureAnswerLost)
	}
	s.connect()
}

// mishap is asked by the provider, with its mutex held.
func (s *simulation) mishap() mishap {
	switch {
	case s.happens(s.odds.lostAnswer):
		s.excuses.Add(1)
		return mishap{lost: true}
	case s.happens(s.odds.refusedRequest):
		return mishap{refuse: strava.ErrUnavailable}
	case s.happens(s.odds.slowAnswer):
		timeout := min(20*time.Second, s.strava.life/12)
		return mishap{before: time.Duration(s.chance() * float64(timeout) / 2), after: time.Duration(s.chance() * float64(timeout) / 2.1)}
	default:
		return mishap{after: time.Millisecond}
	}
}

func (s *simulation) storeFault(r *replica, op storetest.Op) storetest.Fault {
	switch {
	case op == storetest.Save && s.happens(s.odds.killAtWrite/2):
		return storetest.Fault{Meanwhile: func() { s.kill(r) }, Err: storetest.ErrInjected}
	case op == storetest.Save && s.happens(s.odds.killAtWrite/2):
		return storetest.Fault{Meanwhile: r.kill}
	case s.down.Load():
		return storetest.FailBefore()
	case !s.happens(s.odds.storeFault):
		return storetest.Delay(time.Millisecond)
	}
	faults := []storetest.Fault{
		storetest.FailBefore(), storetest.ApplyThenFail(), storetest.ApplyThenConflict(), storetest.Conflict(),
		storetest.Hang(), storetest.Delay(500 * time.Millisecond),
	}
	return faults[int(s.chance()*float64(len(faults)))]
}

func (s *simulation) happens(probability float64) bool { return s.chance() < probability }

func (s *simulation) chance() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.random.Float64()
}
