package main_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// aftermath is how long after a fault its effects may last: the pauses that it has caused, and the queries that wait.
const aftermath = 15 * time.Second

// What a query may be answered with while something is wrong: a code of GraphQL, or the balancer's own status.
const (
	upstreamUnavailable = "UPSTREAM_UNAVAILABLE"
	rateLimited         = "RATE_LIMITED"
	badGateway          = "HTTP 502"
)

// trouble is a time in which queries may fail, and how.
type trouble struct {
	what     string
	from, to time.Time // to is zero while it goes on
	codes    []string
}

// chronicle is what has been wrong when. It is safe for concurrent use.
type chronicle struct {
	mu       sync.Mutex
	troubles []*trouble
}

// begin notes a trouble; end may be called once.
func (c *chronicle) begin(what string, codes ...string) (end func()) {
	begun := &trouble{what: what, from: time.Now(), codes: codes}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.troubles = append(c.troubles, begun)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		begun.to = time.Now()
	}
}

// explains reports whether something was wrong between the two times that explains the code. With no code: whether
// anything was wrong.
func (c *chronicle) explains(from, to time.Time, code string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.troubles, func(t *trouble) bool {
		met := t.from.Before(to) && (t.to.IsZero() || from.Before(t.to.Add(aftermath)))
		return met && (code == "" || slices.Contains(t.codes, code))
	})
}

// count is how often there was what.
func (c *chronicle) count() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := map[string]int{}
	for _, t := range c.troubles {
		counts[t.what]++
	}
	return counts
}

// mishap is something that can be wrong for a while. end is not called before begin has returned.
type mishap struct {
	what  string
	codes []string
	begin func() (end func())
}

// stravaFaults are those of Strava that pass by themselves. None lets Strava act on a refresh and spoils the answer: what is
// lost then, no client can keep.
func (s *soak) stravaFaults() []mishap {
	spoiled := func(what string, faults ...stravatest.Fault) mishap {
		return mishap{what, []string{upstreamUnavailable}, func() func() {
			var ends []func()
			for _, f := range faults {
				f.Times = stravatest.Always
				ends = append(ends, s.strava.Fault(f))
			}
			return func() {
				for _, end := range ends {
					end()
				}
			}
		}}
	}
	const page = "<!doctype html><title>Strava</title><p>We will be right back."
	return []mishap{
		spoiled("server errors", stravatest.Fault{Status: http.StatusInternalServerError, Body: `{"message":"error"}`}),
		spoiled("web pages", stravatest.Fault{Body: page, ContentType: "text/html; charset=utf-8"}),
		spoiled("broken connections", stravatest.Fault{Status: http.StatusBadGateway, Body: page, CutAfter: 10}),
		spoiled("cut answers",
			stravatest.Fault{Path: "/athlete/activities", CutAfter: 100}, stravatest.Fault{Path: "/activities/{id}", CutAfter: 100}),
		spoiled("slow answers",
			stravatest.Fault{Path: "/athlete/activities", Delay: 3 * time.Second}, stravatest.Fault{Path: "/activities/{id}", Delay: 3 * time.Second}),
		spoiled("no answers", stravatest.Fault{Delay: time.Hour}),
		{"access tokens forgotten", []string{upstreamUnavailable}, func() func() {
			s.strava.ExpireAccessTokens()
			return func() {}
		}},
	}
}

const outage = "Strava is down"

// spoilStrava keeps spoiling what Strava answers, with pauses in which nothing may fail.
func (s *soak) spoilStrava(ctx context.Context) {
	random := rand.New(rand.NewPCG(1, 1))
	down := s.stravaFaults()[0]
	down.what = outage
	for {
		kinds := append(s.stravaFaults(), down)
		random.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
		for _, kind := range kinds {
			length := s.between(random, 3*time.Second, 15*time.Second)
			if kind.what == outage {
				length = min(s.length/40, 3*time.Minute)
			}
			if left := untilQuarter(); left > 10*time.Second && left < time.Minute {
				kind, length = s.spentQuota(), left+2*time.Second // Any longer would be all that is tried.
			}
			end := s.chronicle.begin(kind.what, kind.codes...)
			lift := kind.begin()
			open := waitFor(ctx, length)
			lift()
			end()
			if !open || !s.pause(ctx, s.between(random, aftermath+3*time.Second, 40*time.Second)) {
				return
			}
		}
	}
}

// spentQuota lasts until the quarter of an hour ends: so long does a client that was told of it leave Strava alone.
func (s *soak) spentQuota() mishap {
	spent := [2]int{soakQuota, 0}
	return mishap{"429", []string{rateLimited}, func() func() {
		s.strava.SetUsage(spent, spent)
		return func() { s.strava.SetUsage([2]int{}, [2]int{}) }
	}}
}

func untilQuarter() time.Duration {
	now := time.Now()
	return now.Truncate(15 * time.Minute).Add(15 * time.Minute).Sub(now)
}

// machineFaults are those of the store and of the replicas. They never meet: a process that dies while the store is away
// takes with it what it could not write.
func (s *soak) machineFaults(t *testing.T) []mishap {
	dying := func(what string, die func(*process)) mishap {
		return mishap{what, []string{upstreamUnavailable, badGateway}, func() func() {
			i := 1 + s.random.IntN(len(s.fleet)-1) // The first one lives on, to show what grows with time.
			die(s.fleet[i].current())
			return func() { s.run(t, i) }
		}}
	}
	return []mishap{
		dying("replica killed", func(p *process) {
			s.strava.betweenAnswers(func() { p.signal(t, syscall.SIGKILL) })
		}),
		dying("replica ended", func(p *process) {
			if code := p.signal(t, syscall.SIGTERM); code != 0 {
				t.Errorf("exit code after SIGTERM: %d\n%s", code, p.tail())
			}
		}),
		{"store hangs", []string{upstreamUnavailable}, func() func() {
			s.store.pause(true)
			return func() { s.store.pause(false) }
		}},
		{"store restarted", []string{upstreamUnavailable}, func() func() {
			s.store.stop()
			return func() { s.store.start(t) }
		}},
	}
}

// spoilMachines does the same to replicas and store until the soak's end. Now and then it tells how far all is.
func (s *soak) spoilMachines(ctx context.Context, t *testing.T) {
	for {
		kinds := s.machineFaults(t)
		s.random.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
		for _, kind := range kinds {
			end := s.chronicle.begin(kind.what, kind.codes...)
			lift := kind.begin()
			open := waitFor(ctx, s.between(s.random, time.Second, 10*time.Second))
			lift()
			end()
			s.look(t)
			if !open || !s.pause(ctx, s.between(s.random, aftermath, 40*time.Second)) {
				return
			}
		}
	}
}

const (
	stormEvery = 4 * time.Minute
	stormFor   = 3 * time.Minute // The rest is for seeing that nothing fails while nothing is wrong.
)

// pause waits for so long, and for the next storm. It reports whether there will be one.
func (s *soak) pause(ctx context.Context, length time.Duration) bool {
	if into := (time.Since(s.began) + length) % stormEvery; into > stormFor {
		length += stormEvery - into
	}
	return waitFor(ctx, length)
}

// between is a time at random. A short soak takes the shorter ones.
func (s *soak) between(random *rand.Rand, least, most time.Duration) time.Duration {
	most = min(most, least+s.length/30)
	return least + time.Duration(random.Int64N(int64(most-least)+1))
}

// waitFor reports whether ctx is still open after so long.
func waitFor(ctx context.Context, length time.Duration) bool {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
