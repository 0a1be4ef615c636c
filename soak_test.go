package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

const (
	soakTokenLife  = 20 * time.Second
	soakActivities = 600
	soakQuota      = 1_000_000
	// settleTime is how long after the last fault every replica may take to show what Strava has. An event that has failed
	// for as long as the longest outage waits for as long again.
	settleTime = 4 * time.Minute
)

// TestSoak lets three replicas on one table serve an owner, a stranger and some subscribers through nginx, while things
// happen at Strava and everything goes wrong by turns: Strava fails in every way and is down for minutes, the store hangs and
// is restarted, replicas are ended and killed; and tokens live 20 s. Each query that fails has to fail with a documented
// code while something is wrong that explains it. The grant is never lost. In the end all replicas show what Strava has, and
// nothing has grown. It takes half a minute; SOAK=1h, or `make soak`, makes it longer.
func TestSoak(t *testing.T) {
	t.Parallel()
	s := newSoak(t, lengthOf(t, "SOAK", 30*time.Second))
	first := s.measure()

	ctx, end := context.WithTimeout(t.Context(), s.length)
	defer end()
	living, stop := context.WithCancel(t.Context())
	var weather, people sync.WaitGroup
	halt := sync.OnceFunc(func() { stop(); people.Wait() })
	defer func() { s.tell(t, first) }()
	defer halt()
	for _, q := range soakLoad() {
		people.Go(func() { s.ask(living, q) })
	}
	for i := range s.listeners {
		people.Go(func() { s.listen(living, i) })
	}
	weather.Go(func() { s.spoilStrava(ctx) })
	weather.Go(func() { s.happen(ctx, t) })
	s.spoilMachines(ctx, t)
	weather.Wait()

	s.settle(t)
	s.wantHeard(t)
	halt()
	s.judge(t)
	s.wantNoGrowth(t)
}

// soak is all that takes part.
type soak struct {
	*deployment

	length    time.Duration
	strava    *spared
	athlete   *siege // to whom things happen
	listeners []listener
	random    *rand.Rand // of the test's own goroutine

	chronicle chronicle
	account   account
	began     time.Time
	spoke     time.Time
	halfway   bool
	middle    []figures // The first ones until then.
	settled   time.Duration
}

func newSoak(t *testing.T, length time.Duration) *soak {
	t.Helper()
	var runs []stravatest.Activity
	for n := range soakActivities {
		start := time.Now().UTC().Truncate(time.Second).Add(-time.Duration(n+2) * time.Hour)
		runs = append(runs, stravatest.Activity{Distance: 1000 + float64(n%100)*100, Start: start})
	}
	limits := [2]int{soakQuota, soakQuota}
	strava := startSpared(t, stravatest.Config{
		Activities: runs, TokenLife: soakTokenLife, ReadLimits: limits, OverallLimits: limits, EventRetry: 10 * time.Second,
	})
	t.Cleanup(strava.Close)
	s := &soak{
		deployment: prepare(t, append(strava.env, "PUBLIC_ACCESS=summary", "SYNC_EVERY=30s", "TOKEN_CHECK_EVERY=1s")...),
		length:     length, strava: strava, listeners: make([]listener, replicaCount), random: rand.New(rand.NewPCG(6, 6)),
		account: account{failed: map[string]int{}, states: map[string]int{}},
	}
	s.start(t)
	for _, p := range s.replicas() {
		p.mirrored(t, soakActivities)
	}
	s.subscribe(t)
	s.athlete = &siege{random: rand.New(rand.NewPCG(5, 5))}
	s.athlete.fakeStrava, s.athlete.ids = s.strava.fakeStrava, s.replica(0).mirrored(t, soakActivities)
	s.began, s.spoke = time.Now(), time.Now()
	s.middle = s.measure()
	return s
}

// happen changes what there is at Strava until ctx ends.
func (s *soak) happen(ctx context.Context, t *testing.T) {
	t.Helper()
	for waitFor(ctx, 4*time.Second) {
		s.athlete.change(t)
	}
}

// settle waits until every replica shows what Strava has.
func (s *soak) settle(t *testing.T) {
	t.Helper()
	from := time.Now()
	want := s.strava.atStrava(t)
	for i := range s.fleet {
		gateway := s.replica(i)
		gateway.eventually(t, max(time.Second, settleTime-time.Since(from)), func() error {
			got, err := gateway.names()
			if err != nil {
				return err
			}
			if diff := gocmp.Diff(want, got); diff != "" {
				return fmt.Errorf("replica %d differs (-Strava's +shown):\n%.1500s", i, diff)
			}
			return nil
		})
	}
	s.settled = time.Since(from)
}

// wantHeard lets one more thing happen, which every listener has to hear of.
func (s *soak) wantHeard(t *testing.T) {
	t.Helper()
	before := make([]int64, len(s.listeners))
	for i := range s.listeners {
		before[i] = s.listeners[i].heard.Load()
	}
	s.athlete.rename(t, s.athlete.some(), "The last of all")
	s.replica(0).eventually(t, 10*time.Second, func() error {
		for i := range s.listeners {
			if s.listeners[i].heard.Load() == before[i] {
				return fmt.Errorf("listener %d has not heard of it", i)
			}
		}
		return nil
	})
}

// judge holds what has been counted against the promises.
func (s *soak) judge(t *testing.T) {
	t.Helper()
	a := &s.account
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, failure := range a.unexplained {
		t.Errorf("nothing explains: %s", failure)
	}
	if len(a.states) != 1 || a.states["CONNECTED"] == 0 {
		t.Errorf("the grant was told as %v", a.states)
	}
	if refusals := s.strava.Refusals(); refusals != 0 {
		t.Errorf("%d dead refresh tokens were presented", refusals)
	}
	if counts := s.strava.EventCounts(); counts.Lost != 0 {
		t.Errorf("events were lost before they were acknowledged: %+v", counts)
	}
	if least := int64(s.length / soakTokenLife / 2); s.strava.rotations.Load() < least {
		t.Errorf("%d refreshes, want %d at least", s.strava.rotations.Load(), least)
	}
	if least := int((s.length - time.Minute) / time.Second / 10); a.calm < least { // A short one may have no pause.
		t.Errorf("%d queries while nothing was wrong, want %d at least", a.calm, least)
	}
}
