package main_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	balancer.start(t, replicas)

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
		balancer.turnTo(t, replicas)
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

const nginxWorkers = 2

// nginx is the balancer, in a folder of its own.
type nginx struct {
	address string
	program string
	dir     string
	reloads int
	process *exec.Cmd
	output  *lockedBuffer
}

func newNginx(t *testing.T) *nginx {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		if program, err = exec.LookPath("/usr/sbin/nginx"); err != nil { // Not on every user's PATH.
			t.Skip("nginx is not installed: run `make test` as root, or install it with the system's packages")
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	return &nginx{address: address, program: program, dir: t.TempDir(), output: &lockedBuffer{}}
}

// config leaves it to nginx when another replica may be asked: never for a POST that was sent (proxy_next_upstream).
func (n *nginx) config(t *testing.T, replicas []*process) {
	t.Helper()
	user := ""
	if os.Getuid() == 0 {
		user = "user root root;" // Its workers write below the test's folder.
	}
	var servers strings.Builder
	for _, p := range replicas {
		fmt.Fprintf(&servers, "    server %s;\n", strings.TrimPrefix(p.URL, "http://"))
	}
	config := fmt.Sprintf(`%s
daemon off;
worker_processes %[5]d;
pid %[2]s/pid;
error_log stderr notice;
events {}
http {
  log_format outcome '$status $upstream_addr';
  access_log %[2]s/access.log outcome;
  client_body_temp_path %[2]s/body;
  proxy_temp_path %[2]s/proxy;
  fastcgi_temp_path %[2]s/fastcgi;
  uwsgi_temp_path %[2]s/uwsgi;
  scgi_temp_path %[2]s/scgi;
  keepalive_timeout 0; # A client never sends on a connection that a reload is about to close.
  upstream gateway {
%[3]s  }
  server {
    listen %[4]s;
    location / {
      proxy_pass http://gateway;
      proxy_set_header Host $http_host;
    }
  }
}
`, user, n.dir, servers.String(), n.address, nginxWorkers)
	if err := os.WriteFile(filepath.Join(n.dir, "nginx.conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (n *nginx) start(t *testing.T, replicas []*process) {
	t.Helper()
	n.config(t, replicas)
	n.process = exec.Command(n.program, "-p", n.dir, "-c", "nginx.conf", "-e", "stderr")
	n.process.Stdout, n.process.Stderr = n.output, n.output
	if err := n.process.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() { defer close(exited); _ = n.process.Wait() }()
	t.Cleanup(func() { _ = n.process.Process.Signal(syscall.SIGTERM); <-exited })
	deadline := time.After(10 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if conn, err := net.Dial("tcp", n.address); err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-tick.C:
		case <-exited:
			t.Fatalf("nginx ended before it listened:\n%s", n.output)
		case <-deadline:
			t.Fatalf("nginx does not listen on %s:\n%s", n.address, n.output)
		}
	}
}

// turnTo makes nginx ask these replicas, and returns when no worker that knows others takes any more requests. What such a
// worker has begun it finishes with the replica that it asked.
func (n *nginx) turnTo(t *testing.T, replicas []*process) {
	t.Helper()
	n.config(t, replicas)
	n.reloads++
	if err := n.process.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for strings.Count(n.output.String(), "gracefully shutting down") < n.reloads*nginxWorkers {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("nginx does not turn to other replicas:\n%s", n.output)
		}
	}
}

// outcomes are the lines of nginx's own account: a status, and the replicas that were tried for it.
func (n *nginx) outcomes(t *testing.T) [][]string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(n.dir, "access.log"))
	if err != nil {
		t.Fatal(err)
	}
	var outcomes [][]string
	for line := range strings.Lines(string(raw)) {
		outcomes = append(outcomes, strings.Fields(strings.ReplaceAll(line, ",", "")))
	}
	return outcomes
}

func (n *nginx) check(t *testing.T) {
	t.Helper()
	for _, outcome := range n.outcomes(t) {
		if outcome[0] != "200" {
			t.Errorf("nginx answered %v", outcome)
		}
	}
}

func (n *nginx) summary(t *testing.T) string {
	t.Helper()
	served := map[string]int{}
	for _, outcome := range n.outcomes(t) {
		served[outcome[len(outcome)-1]]++
	}
	return fmt.Sprintf("%d replicas answered, %d to %d queries each",
		len(served), slices.Min(slices.Collect(maps.Values(served))), slices.Max(slices.Collect(maps.Values(served))))
}
