package main_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// TestRollingRestartBehindNginx puts a real load balancer before three replicas on one table and replaces them one after the
// other as platforms do for a new version: a new replica is ready, and at the same moment the old one gets its SIGTERM and
// the balancer learns that it has to turn to the new one. All the while clients ask through the balancer, half of them with queries that wait
// for Strava. None may fail, though no query is sent to a replica twice: the balancer turns to another one only if it gets no
// connection.
func TestRollingRestartBehindNginx(t *testing.T) {
	t.Parallel()
	const turns, clients = 9, 6
	strava := startLedger(t)
	strava.Fault(stravatest.Fault{Path: "/activities/{id}", Times: stravatest.Always, Delay: 200 * time.Millisecond})
	balancer := newNginx(t)
	env := append(strava.env,
		"AZURE_STORAGE_CONNECTION_STRING="+startAzurite(t), "SEAL_KEYS=the-sealing-key-of-three-replicas",
		"OWNER_KEY="+replicaOwnerKey, "ADDR=:0", // A server for others than this machine lingers.
	)
	replicas := make([]*process, replicaCount)
	for i := range replicas {
		replicas[i] = warm(t, env)
	}
	balancer.start(t, addresses(replicas))

	var load sync.WaitGroup
	var queries atomic.Int64
	over := make(chan struct{})
	end := sync.OnceFunc(func() { close(over); load.Wait() })
	defer end()
	ask := &process{URL: "http://" + balancer.address}
	for i := range clients {
		load.Go(func() {
			random := rand.New(rand.NewPCG(3, uint64(i)))
			field := []string{"name", "description"}[i%2] // The list has the name; for the description Strava is asked.
			for {
				select {
				case <-over:
					return
				default:
				}
				var got struct {
					Activities struct{ Nodes []struct{ ID string } }
				}
				err := ask.ask(replicaOwnerKey, fmt.Sprintf(`{ activities(first: 1, orderBy: {field: DISTANCE, direction: ASC},
					filter: {distance: {min: %d}}) { nodes { id %s } } }`, random.IntN(30_000), field), &got)
				if err != nil || len(got.Activities.Nodes) != 1 {
					t.Errorf("query %d: %+v, %v", queries.Load(), got, err)
					return
				}
				queries.Add(1)
			}
		})
	}

	began := time.Now()
	for turn := 0; turn < turns && !t.Failed(); turn++ {
		place := turn % len(replicas)
		old := replicas[place]
		replicas[place] = warm(t, env)
		if err := old.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		balancer.turnTo(t, addresses(replicas))
		if code := old.wait(t); code != 0 {
			t.Errorf("exit code after SIGTERM: %d\n%s", code, old.output)
		}
	}
	end()

	if least := int64(turns * clients); queries.Load() < least {
		t.Errorf("%d queries, want %d at least", queries.Load(), least)
	}
	balancer.check(t)
	t.Logf("%v: %d queries while %d replicas were replaced; %s",
		time.Since(began).Round(time.Second), queries.Load(), turns, balancer.summary(t))
	if t.Failed() {
		t.Logf("nginx:\n%s", balancer.output)
		for i, p := range replicas {
			t.Logf("replica %d:\n%s", i, p.output)
		}
	}
}

// warm starts a replica and has it fill its list: on a busy machine that may take longer than an ending process gives a
// query.
func warm(t *testing.T, env []string) *process {
	t.Helper()
	p := start(t, t.TempDir(), env)
	var got struct{ Activities struct{ TotalCount int } }
	if err := p.ask(replicaOwnerKey, "{ activities(first: 1) { totalCount } }", &got); err != nil || got.Activities.TotalCount == 0 {
		t.Fatalf("%+v, %v\n%s", got, err, p.output)
	}
	return p
}

// addresses are those at which the replicas listen.
func addresses(replicas []*process) []string {
	found := make([]string, len(replicas))
	for i, p := range replicas {
		found[i] = strings.TrimPrefix(p.URL, "http://")
	}
	return found
}
