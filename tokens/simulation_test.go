package tokens_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava"
	"domestique/tokens"
)

// keeper is one process of a design for the custody of a grant: a Manager, or one of the naive designs.
type keeper interface {
	AccessToken(ctx context.Context) (string, error)
	Close(ctx context.Context) error
}

// design starts a keeper, which has of the world what is in the Config and nothing else.
type design func(tokens.Config) (keeper, error)

func manager(cfg tokens.Config) (keeper, error) { return tokens.NewManager(cfg) }

// odds are the stress rates of a simulation, not forecasts.
type odds struct {
	slow, refused, lost float64 // Of a request to Strava: slow, 5xx or 429, lost on the way there or back.
	storeFault          float64 // Of an operation of the store.
	storeLeaves         float64 // Of a request: the store goes away while Strava answers.
	killAtTouch         float64 // kill -9, of an operation or a request: before, after, or soon after it.
	kills, restarts     float64 // kill -9 and SIGTERM at any time, for each life of a token.
	wildDate            float64 // Of an answer of Strava: its Date is hours off.
}

// calm has no kills and no lost answers, so nothing in it is an excuse; rough has all that can happen.
func calm() odds {
	return odds{slow: 0.15, refused: 0.05, storeFault: 0.02, storeLeaves: 0.05, restarts: 2, wildDate: 0.0005}
}

func rough() odds {
	return odds{slow: 0.15, refused: 0.05, lost: 0.06, storeFault: 0.02, storeLeaves: 0.05, killAtTouch: 0.03, kills: 2, restarts: 2, wildDate: 0.0005}
}

// seeds is how many a simulation runs: SEEDS, or else a number that suits a run of all tests.
func seeds(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("SEEDS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("SEEDS: %q is no number of seeds", text)
	}
	return n
}

// tell gives the figures of many runs: in the long form at once, else to whoever wants to see the log.
func tell(t *testing.T, total *tally) {
	t.Helper()
	if os.Getenv("SEEDS") != "" {
		fmt.Printf("%s: %v\n", t.Name(), total)
		return
	}
	t.Log(total)
}

// TestSimulation lets three replicas with four callers each, two of them with wrong clocks, live for eight lives of a
// token, 48 hours where it lives for six, with a strict Strava that is slow and fails, a store that conflicts, fails and is
// away for a while, and processes that come and go. It takes twenty seeds; SEEDS=120, or `make simulate`, makes it more.
func TestSimulation(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		odds odds
		life time.Duration
		few  int
	}{
		{"nobody is killed", calm(), sixHours, 20},
		{"kills and lost answers", rough(), sixHours, 20},
		{"nobody is killed, lives of 20 s", calm(), 20 * time.Second, 4},
		{"kills and lost answers, lives of 20 s", rough(), 20 * time.Second, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			total := simulateAll(t, manager, test.odds, test.life, seeds(t, test.few), func(t *testing.T, seed int, l *ledger) {
				if len(l.tally.breaches) > 0 {
					t.Errorf("seed %d: %v; what happened:\n%s", seed, l.tally.breaches, l.tail(60))
				}
			})
			t.Cleanup(func() { tell(t, total()) })
		})
	}
}

// A run is known by its seed: whatever happens in one happens in the next, at the same time.
func TestSimulationIsReproducible(t *testing.T) {
	t.Parallel()
	for seed := range 3 {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			var runs [2][]string
			for i := range runs {
				for _, event := range simulate(t, manager, rough(), sixHours, seed).events {
					runs[i] = append(runs[i], event.String())
				}
				slices.Sort(runs[i]) // Two things may happen in one instant.
			}
			if diff := cmp.Diff(runs[0], runs[1]); diff != "" {
				t.Errorf("two runs differ:\n%s", diff)
			}
		})
	}
}

// simulateAll runs a design under so many seeds, has each run judged, and returns the sum of them, for when the test and
// all below it are over.
func simulateAll(
	t *testing.T, start design, weather odds, life time.Duration, seeds int, judge func(*testing.T, int, *ledger),
) (sum func() *tally) {
	t.Helper()
	var mu sync.Mutex
	var total tally
	for seed := range seeds {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			l := simulate(t, start, weather, life, seed)
			judge(t, seed, l)
			mu.Lock()
			defer mu.Unlock()
			total.add(l.tally)
		})
	}
	return func() *tally { return &total }
}

// simulate makes one run.
func simulate(t *testing.T, start design, weather odds, life time.Duration, seed int) *ledger {
	t.Helper()
	var l *ledger
	inWorld(t, life, func(_ *testing.T, w *world) {
		s := newSimulation(w, start, weather, seed)
		s.run(8)
		l = s.ledger
	})
	return l
}

// simulation is one run.
type simulation struct {
	*world
	*ledger
	start    design
	odds     odds
	seed     int
	tick     time.Duration // Between two calls of one caller: three minutes of six hours.
	patience time.Duration // For an answer of Strava: see pace.

	storeDown, stravaDown atomic.Bool
	calmDown              atomic.Bool   // Nothing goes wrong any more.
	over                  chan struct{} // Closed at the end.
	mending               chan struct{} // Held by who has the owner consent again; a mutex would stop virtual time.
}

func newSimulation(w *world, start design, weather odds, seed int) *simulation {
	patience := min(20*time.Second, w.strava.life/12)
	return &simulation{
		world: w, start: start, odds: weather, seed: seed, tick: w.strava.life / 120, patience: patience,
		ledger: &ledger{
			began: time.Now(), patience: patience * 9 / 10, keys: w.keyring, tally: tally{runs: 1, breaches: make(map[breach]int)},
			expires: make(map[strava.Secret]time.Time), underWay: make(map[*process][]strava.Secret),
		},
		over: make(chan struct{}), mending: make(chan struct{}, 1),
	}
}

// run lasts for so many lives of a token, and every four of them the store is away for a while, and Strava for another.
func (s *simulation) run(lives int) {
	s.rows = watchedRows{s.rows, s.ledger}
	s.consent()
	var running sync.WaitGroup
	for place := range 3 {
		running.Go(func() { s.inhabit(place) })
	}
	length := time.Duration(lives) * s.strava.life
	for n, down := range []*atomic.Bool{&s.storeDown, &s.stravaDown} {
		luck := s.luck(9, n, 0)
		for day := range max(1, lives/4) {
			begin := time.Duration(day)*length/time.Duration(lives/4) + time.Duration(luck.Float64()*float64(3*s.strava.life))
			time.AfterFunc(begin, func() { s.away(down, time.Duration(1+n)*5*s.tick) })
		}
	}
	time.Sleep(length)
	close(s.over)
	running.Wait()
	s.settle()
	s.tally.virtual = time.Since(s.began)
	s.tally.caught = min(1, s.tally.breaches[grantLost]+s.tally.breaches[deadToken])
}

// away is an outage of the store or of Strava.
func (s *simulation) away(down *atomic.Bool, length time.Duration) {
	turn := func(is bool) {
		down.Store(is)
		s.mu.Lock()
		defer s.mu.Unlock()
		if is {
			s.tally.outages++
		}
		s.note(nil, "store down: %t, strava down: %t", s.storeDown.Load(), s.stravaDown.Load())
	}
	turn(true)
	time.AfterFunc(length, func() { turn(false) })
}

// settle lets everything calm down, and looks whether a new process can go on from what is left.
func (s *simulation) settle() {
	s.calmDown.Store(true)
	time.Sleep(s.strava.life)
	last := s.process(3, 0)
	for range 3 {
		ctx, cancel := context.WithTimeout(context.Background(), 10*s.patience)
		_, err := last.keeper.AccessToken(ctx)
		cancel()
		s.heed(err)
		time.Sleep(10 * s.patience)
	}
	if err := last.keeper.Close(context.Background()); err != nil {
		s.t.Errorf("Close: %v", err)
	}
	if _, kept := s.valid(); !kept {
		s.lost(tokens.Row{})
	}
}

// luck is a source of chance for one purpose. Each has its own, so that a run does not depend on which of two goroutines
// draws first.
func (s *simulation) luck(place, life, purpose int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(s.seed), uint64(place)<<48|uint64(life)<<16|uint64(purpose)))
}

// judge looks at what a caller got.
func (s *simulation) judge(p *process, began time.Time, token strava.Secret, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally.calls++
	now, settled := time.Now(), began.Add(-s.patience)
	knowsTime := p.clock.skew() == -p.clock.ahead && p.misled.Before(settled)
	if err == nil {
		p.served = s.expires[token]
		if knowsTime && !now.Before(p.served) {
			s.breach(p, expiredToken, "%v after it expired", now.Sub(p.served))
		}
		return
	}
	s.tally.failed++
	s.note(p, "a caller gets: %v", err)
	switch {
	case !knowsTime:
	case now.Before(p.served):
		s.breach(p, notServed, "what it served before lasts for another %v", p.served.Sub(now))
	case now.Before(s.expires[s.kept.access]) && s.kept.since.Before(settled) && p.faulty.Before(settled):
		s.breach(p, notServed, "the row's token lasts for another %v", s.expires[s.kept.access].Sub(now))
	}
}

// heed has the owner consent again if a caller was told so and it is true.
func (s *simulation) heed(err error) {
	if !errors.Is(err, tokens.ErrNeedsConsent) && !errors.Is(err, tokens.ErrNotConnected) {
		return
	}
	s.mending <- struct{}{}
	defer func() { <-s.mending }()
	missing, kept := s.valid()
	if !kept {
		// An answer may be on its way into the row.
		time.Sleep(2 * s.patience)
	}
	row, _, _ := s.rows.Load(context.Background())
	switch valid, kept := s.valid(); {
	case !kept && valid == missing:
		s.lost(row)
	case kept && row.State == tokens.StateNeedsConsent:
		s.mu.Lock()
		s.breach(nil, gaveUp, "%s", short(valid))
		s.mu.Unlock()
	default:
		return
	}
	s.consent()
}

// consent is the athlete's.
func (s *simulation) consent() {
	grant := s.strava.consent(athlete)
	s.consented(grant)
	if err := s.replica().Install(context.Background(), grant, nil); err != nil {
		s.t.Errorf("connect: %v", err)
	}
}
