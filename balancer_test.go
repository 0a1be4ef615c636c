package main_test

import (
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

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
	return &nginx{address: freeAddress(t), program: program, dir: t.TempDir(), output: &lockedBuffer{}}
}

// config leaves it to nginx when another replica may be asked: never for a POST that was sent (proxy_next_upstream).
func (n *nginx) config(t *testing.T, replicas []string) {
	t.Helper()
	user := ""
	if os.Getuid() == 0 {
		user = "user root root;" // Its workers write below the test's folder.
	}
	var servers strings.Builder
	for _, address := range replicas {
		fmt.Fprintf(&servers, "    server %s max_fails=0;\n", address) // One that refuses a connection may be back at once.
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
  map $http_upgrade $connection_upgrade {
    default upgrade;
    '' close;
  }
  upstream gateway {
%[3]s  }
  server {
    listen %[4]s;
    location / {
      proxy_pass http://gateway;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
    }
  }
}
`, user, n.dir, servers.String(), n.address, nginxWorkers)
	if err := os.WriteFile(filepath.Join(n.dir, "nginx.conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

// start runs nginx before the replicas that listen there.
func (n *nginx) start(t *testing.T, replicas []string) {
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
func (n *nginx) turnTo(t *testing.T, replicas []string) {
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
		if outcome[0] != "200" && outcome[0] != "101" {
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
