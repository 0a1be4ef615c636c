package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

const (
	replicaCount     = 3
	replicaTokenLife = 15 * time.Second
	// answerTime is how long an answer of the token endpoint is on its way: replicas that don't wait for each other meet.
	answerTime      = 300 * time.Millisecond
	replicaOwnerKey = "the-key-of-the-owner-of-three-replicas"
)

// TestReplicasShareAGrant runs three gateways on one table and one Strava that rotates strictly, queries all of them
// without a pause while their tokens live 15 s, and every few seconds ends one of them by SIGTERM and starts it again. No
// query fails, no dead refresh token is presented, each token is followed by one new one, and the grant is there at the
// end. It takes 45 s; CHAOS=10m, or `make chaos`, makes it longer.
func TestReplicasShareAGrant(t *testing.T) {
	t.Parallel()
	length := lengthOf(t, "CHAOS", 45*time.Second)
	strava := startLedger(t)
	env := append(strava.env,
		"AZURE_STORAGE_CONNECTION_STRING="+startAzurite(t), "SEAL_KEYS=the-sealing-key-of-three-replicas",
		"OWNER_KEY="+replicaOwnerKey, "TOKEN_CHECK_EVERY=1s",
	)
	fleet := make(fleet, replicaCount)
	for i := range fleet {
		fleet[i] = &replica{dir: t.TempDir()}
		fleet[i].run(t, env)
	}

	var load sync.WaitGroup
	var queries, turns atomic.Int64
	over := make(chan struct{})
	end := sync.OnceFunc(func() { close(over); load.Wait() })
	defer end()
	for i := range fleet {
		load.Go(func() {
			random := rand.New(rand.NewPCG(2, uint64(i)))
			for {
				select {
				case <-over:
					return
				default:
				}
				turned, err := fleet.ask(i, random.IntN(30_000))
				if err != nil {
					t.Errorf("query %d: %v", queries.Load(), err)
					return
				}
				queries.Add(1)
				turns.Add(int64(turned))
			}
		})
	}

	began, random, restarts := time.Now(), rand.New(rand.NewPCG(1, uint64(length))), 0
	for time.Since(began) < length && !t.Failed() {
		<-time.After(time.Second + time.Duration(random.Int64N(int64(3*time.Second))))
		victim := fleet[random.IntN(len(fleet))]
		victim.terminate(t)
		victim.run(t, env)
		restarts++
	}
	end()

	for i, r := range fleet {
		var got struct{ Status struct{ Connection string } }
		if err := r.current().ask(replicaOwnerKey, "{ status { connection } }", &got); err != nil || got.Status.Connection != "CONNECTED" {
			t.Errorf("replica %d at the end: %+v, %v", i, got, err)
		}
	}
	strava.check(t, time.Since(began))
	t.Logf("%v: %d queries, %d of them by another replica than the first asked, %d restarts; %s",
		time.Since(began).Round(time.Second), queries.Load(), turns.Load(), restarts, strava.summary())
	if t.Failed() {
		for i, r := range fleet {
			t.Logf("replica %d:\n%s", i, r.current().output)
		}
	}
}

// replica is one place of the fleet, and the process that holds it at the moment.
type replica struct {
	dir string

	mu      sync.Mutex
	process *process
	changes int // How often it went down or came up again: odd while it is down.
}

func (r *replica) run(t *testing.T, env []string) {
	t.Helper()
	p := start(t, r.dir, env)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.process = p
	r.changes += r.changes % 2 // But for the first time, when it had not been down.
}

// terminate ends the process as a platform does that wants the place for another.
func (r *replica) terminate(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	r.changes++
	p := r.process
	r.mu.Unlock()
	if code := p.signal(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code after SIGTERM: %d\n%s", code, p.output)
	}
}

func (r *replica) current() *process {
	p, _ := r.look()
	return p
}

func (r *replica) look() (p *process, changes int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.process, r.changes
}

type fleet []*replica

// ask asks the replica at first for the description of some activity or other: most such queries cause a call to Strava,
// with a token. As a load balancer does, it turns to the next replica where one has no connection for it, but only if that
// one was down meanwhile. It returns how often it turned.
func (f fleet) ask(first, distance int) (turns int, err error) {
	query := fmt.Sprintf(`{ activities(first: 1, orderBy: {field: DISTANCE, direction: ASC},
		filter: {distance: {min: %d}}) { nodes { id description } } }`, distance)
	for turns = range len(f) {
		r := f[(first+turns)%len(f)]
		p, before := r.look()
		var got struct {
			Activities struct{ Nodes []struct{ ID string } }
		}
		err = p.ask(replicaOwnerKey, query, &got)
		_, after := r.look()
		failure, noConnection := errors.AsType[net.Error](err)
		switch {
		case err == nil && len(got.Activities.Nodes) != 1:
			return turns, errors.New("an empty answer")
		case err == nil:
			return turns, nil
		case !noConnection, failure.Timeout(), before%2 == 0 && before == after:
			return turns, fmt.Errorf("replica %d: %w\n%s", (first+turns)%len(f), err, p.output)
		}
	}
	return turns, fmt.Errorf("no replica answered: %w", err)
}

// ledger is a fake Strava that keeps account of what its token endpoint did.
type ledger struct {
	fakeStrava
	mu      sync.Mutex
	refused int
	same    int    // Answers that brought no newer access token.
	minted  []mint // In their order.
	asking  int    // Token requests at this moment,
	crowd   int    // and the most at one moment.
}

// mint is a new access token.
type mint struct {
	token   string
	at      time.Time
	expires time.Time
}

func startLedger(t *testing.T) *ledger {
	t.Helper()
	l := &ledger{fakeStrava: connected(t, stravatest.Config{
		TokenLife: replicaTokenLife, ReadLimits: [2]int{1e6, 1e6}, OverallLimits: [2]int{1e6, 1e6},
	})}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	l.env = stravaEnv(server.URL)
	return l
}

func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/token") {
		l.fakeStrava.ServeHTTP(w, r)
		return
	}
	l.crowded(1)
	defer l.crowded(-1)
	answer := httptest.NewRecorder()
	l.fakeStrava.ServeHTTP(answer, r)
	l.enter(answer)
	<-time.After(answerTime)
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (l *ledger) crowded(one int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asking += one
	l.crowd = max(l.crowd, l.asking)
}

func (l *ledger) enter(answer *httptest.ResponseRecorder) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var granted struct {
		AccessToken string `json:"access_token"`
		ExpiresAt   int64  `json:"expires_at"`
	}
	switch err := json.Unmarshal(answer.Body.Bytes(), &granted); {
	case answer.Code != http.StatusOK || err != nil:
		l.refused++
	case slices.ContainsFunc(l.minted, func(m mint) bool { return m.token == granted.AccessToken }):
		l.same++
	default:
		l.minted = append(l.minted, mint{granted.AccessToken, time.Now(), time.Unix(granted.ExpiresAt, 0)})
	}
}

// lateness is what a busy machine may add to the life of a token before its successor comes. Queries wait for that.
const lateness = 5 * time.Second

// check holds the account against the rule: one mint in the life of each token.
func (l *ledger) check(t *testing.T, length time.Duration) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refused != 0 || l.Refusals() != 0 {
		t.Errorf("%d refreshes were refused, %d refresh tokens were dead", l.refused, l.Refusals())
	}
	if l.crowd > 1 {
		t.Errorf("%d refreshes at once", l.crowd)
	}
	if least := int(length / (replicaTokenLife + lateness)); len(l.minted) < least {
		t.Errorf("%d access tokens in %v: the queries can't have been answered", len(l.minted), length)
	}
	for i := 1; i < len(l.minted); i++ {
		before, next := l.minted[i-1], l.minted[i]
		if left := before.expires.Sub(next.at); left > replicaTokenLife/2 || left < -lateness {
			t.Errorf("access token %d came when %v of the life of the one before were left", i+1, left)
		}
	}
}

func (l *ledger) summary() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var left []time.Duration // Of the life of each token's predecessor.
	for i := 1; i < len(l.minted); i++ {
		left = append(left, l.minted[i-1].expires.Sub(l.minted[i].at).Round(10*time.Millisecond))
	}
	return fmt.Sprintf("%d access tokens, with at least %v of the one before left, %d refreshes that brought no newer one, at most %d at once",
		len(l.minted), slices.Min(append(left, replicaTokenLife)), l.same, l.crowd)
}
