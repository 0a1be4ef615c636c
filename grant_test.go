package main_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// TestGrantSurvives queries a gateway without a pause while its tokens live 20 s and it is ended and started again and
// again, by SIGTERM and by SIGKILL. Nothing may be lost: no query fails, no dead refresh token is presented, the grant is
// there at the end. It takes a minute; CHAOS=10m, or `make chaos`, makes it longer.
func TestGrantSurvives(t *testing.T) {
	t.Parallel()
	length := lengthOf(t, "CHAOS", time.Minute)
	strava := startSpared(t, stravatest.Config{
		TokenLife: 20 * time.Second, ReadLimits: [2]int{1e6, 1e6}, OverallLimits: [2]int{1e6, 1e6},
	})
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, uint64(length)))

	var queries, terms, kills int
	for end := time.Now().Add(length); time.Now().Before(end); {
		gateway := start(t, dir, strava.env)
		key := gateway.ownerKey(t)
		for until := time.Now().Add(time.Duration(random.Int64N(int64(7 * time.Second)))); time.Now().Before(until); {
			// The description of some activity or other: most queries cause a call to Strava, with a token.
			query := fmt.Sprintf(`{ activities(first: 1, orderBy: {field: DISTANCE, direction: ASC},
				filter: {distance: {min: %d}}) { nodes { id description } } }`, random.IntN(30_000))
			var got struct {
				Activities struct{ Nodes []struct{ ID string } }
			}
			if err := gateway.ask(key, query, &got); err != nil {
				t.Fatalf("query %d: %v\n%s", queries, err, gateway.output)
			}
			if len(got.Activities.Nodes) != 1 {
				t.Fatalf("query %d: empty answer", queries)
			}
			queries++
		}
		if random.IntN(2) == 0 {
			terms++
			if code := gateway.signal(t, syscall.SIGTERM); code != 0 {
				t.Fatalf("exit code after SIGTERM: %d\n%s", code, gateway.output)
			}
			continue
		}
		kills++
		strava.betweenAnswers(func() { gateway.signal(t, syscall.SIGKILL) })
	}

	gateway := start(t, dir, strava.env)
	var got struct{ Status struct{ Connection string } }
	if err := gateway.ask(gateway.ownerKey(t), "{ status { connection } }", &got); err != nil || got.Status.Connection != "CONNECTED" {
		t.Errorf("at the end: %+v, %v", got, err)
	}
	if refusals := strava.Refusals(); refusals != 0 {
		t.Errorf("%d dead refresh tokens were presented", refusals)
	}
	rotations := strava.rotations.Load()
	if rotations < int64(length/(20*time.Second)) {
		t.Errorf("only %d refreshes in %v: the test proves nothing", rotations, length)
	}
	t.Logf("%v: %d queries, %d refreshes, %d SIGTERM, %d SIGKILL", length, queries, rotations, terms, kills)
}

// A process that dies before Strava acted on its refresh has lost nothing: the next one takes over its lease.
func TestGrantSurvivesAKillWhileStravaIsAsked(t *testing.T) {
	t.Parallel()
	strava := startSpared(t, stravatest.Config{TokenLife: 20 * time.Second})
	strava.env = append(strava.env, "TOKEN_REFRESH_MARGIN=30s") // So a lease lasts 15 s, also before a token's life is known.
	dir := t.TempDir()
	asked := make(chan struct{}, 1)
	strava.hold(asked)
	gateway := launch(t, dir, strava.env)
	select {
	case <-asked:
	case <-time.After(20 * time.Second):
		t.Fatalf("no refresh within 20 s:\n%s", gateway.output)
	}
	gateway.signal(t, syscall.SIGKILL)
	strava.release()

	gateway = start(t, dir, strava.env)
	var got struct{ Athlete struct{ FirstName string } }
	if err := gateway.ask(gateway.ownerKey(t), "{ athlete { firstName } }", &got); err != nil {
		t.Fatalf("after the kill: %v\n%s", err, gateway.output)
	}
	if refusals := strava.Refusals(); refusals != 0 {
		t.Errorf("%d dead refresh tokens were presented", refusals)
	}
}

// spared is a fake Strava that lets a test kill the gateway at any moment but the one that no design can survive: when
// Strava has answered a refresh and the answer is not yet written.
type spared struct {
	fakeStrava
	rotations atomic.Int64
	mu        sync.Mutex   // held while a token request is answered
	answered  time.Time    // when the last one was
	killed    atomic.Int64 // how often the gateway was; what a killed one asked is not answered any more
	held      atomic.Pointer[heldRequests]
}

type heldRequests struct {
	asked chan<- struct{}
	gone  chan struct{}
}

// writeTime is far more than the gateway needs to write an answer that it got.
const writeTime = 500 * time.Millisecond

func startSpared(t *testing.T, cfg stravatest.Config) *spared {
	t.Helper()
	s := &spared{fakeStrava: connected(t, cfg)}
	server := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(server.Close)
	s.env = stravaEnv(server.URL)
	return s
}

func (s *spared) serve(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/token") {
		s.ServeHTTP(w, r)
		return
	}
	if held := s.held.Load(); held != nil {
		held.asked <- struct{}{}
		<-held.gone
		return
	}
	asker := s.killed.Load()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.killed.Load() != asker {
		panic(http.ErrAbortHandler) // Strava does nothing, and no gateway that lives takes this for an answer.
	}
	s.ServeHTTP(w, r)
	s.rotations.Add(1)
	s.answered = time.Now()
}

// hold keeps token requests waiting, unseen by the fake, until release; asked hears of each.
func (s *spared) hold(asked chan<- struct{}) {
	s.held.Store(&heldRequests{asked: asked, gone: make(chan struct{})})
}

func (s *spared) release() { close(s.held.Swap(nil).gone) }

// betweenAnswers runs kill when no answer of the fake can be on its way into the store.
func (s *spared) betweenAnswers(kill func()) {
	for {
		s.mu.Lock()
		wait := writeTime - time.Since(s.answered)
		if wait <= 0 {
			kill()
			s.killed.Add(1)
			s.mu.Unlock()
			return
		}
		s.mu.Unlock()
		<-time.After(wait)
	}
}
