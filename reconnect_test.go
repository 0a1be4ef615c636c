package main_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// TestSubscriptionsSurviveARollingRestart replaces every replica behind nginx while real clients listen. Their streams end as
// the protocols say, the clients come back to another replica, and with the changes that they hear of next they have all that
// happened meanwhile.
func TestSubscriptionsSurviveARollingRestart(t *testing.T) {
	t.Parallel()
	needScripts(t)
	strava := connected(t, stravatest.Config{
		Activities: []stravatest.Activity{{Name: "The first"}}, ReadLimits: [2]int{1e6, 1e6}, OverallLimits: [2]int{1e6, 1e6}, EventRetry: time.Second,
	})
	t.Cleanup(strava.Close)
	d := prepare(t, strava.env...)
	d.start(t)
	d.everywhere(func(p *process) { p.mirrored(t, 1) })
	d.subscribe(t)
	clients := listenThrough(t, d)
	const each = 6
	happen := func(name string) {
		strava.AddActivity(stravatest.Activity{Name: name})
		strava.delivered(t)
	}
	// Nobody can tell when a client listens, so things happen until all have heard of one.
	clients.until(t, func(n int) { happen(fmt.Sprint("Before ", n)) }, func(heard map[string]*follower) error {
		return allOf(heard, each, func(f *follower) bool { return len(f.list) > 0 })
	})
	for place := range d.fleet {
		if code := d.fleet[place].current().signal(t, syscall.SIGTERM); code != 0 {
			t.Errorf("exit code after SIGTERM: %d\n%s", code, d.fleet[place].current().output)
		}
		happen(whileGone(place))
		d.run(t, place)
	}
	clients.await(t, func(heard map[string]*follower) error {
		return allOf(heard, each, func(f *follower) bool { return len(f.ends) > 0 })
	})
	// A list is another replica's than the stream, and may be some seconds behind it.
	clients.until(t, func(n int) { happen(fmt.Sprint("After ", n)) }, func(heard map[string]*follower) error {
		return allOf(heard, each, func(f *follower) bool { return strings.HasPrefix(f.name, "After") && f.hasAll(len(d.fleet)) })
	})

	clients.mu.Lock()
	defer clients.mu.Unlock()
	for client, f := range clients.followers {
		want := "complete"
		if strings.HasPrefix(client, "graphql-ws") {
			want = "closed 1001"
		}
		for _, how := range f.ends {
			if how != want {
				t.Errorf("a stream of %s ended by %q, want %q", client, how, want)
			}
		}
	}
}

// follower is what has become of one client.
type follower struct {
	ends []string
	name string   // of the newest activity that it was told of
	list []string // what it saw then
}

// hasAll reports whether it has learnt of all that happened while replicas were gone.
func (f *follower) hasAll(replicas int) bool {
	for place := range replicas {
		if !slices.Contains(f.list, whileGone(place)) {
			return false
		}
	}
	return true
}

// whileGone is the name of what happens while a replica is gone.
func whileGone(place int) string { return fmt.Sprint("While there is no replica ", place) }

// audience are the clients of one script.
type audience struct {
	said *lockedBuffer // by the script, beside its lines

	mu        sync.Mutex
	followers map[string]*follower
}

// listenThrough starts the script, which goes on to the end of the test.
func listenThrough(t *testing.T, d *deployment) *audience {
	t.Helper()
	script := exec.Command("node", filepath.Join("e2e", "reconnect.mjs"), d.front().URL, webhookOwnerKey)
	script.Dir = "web"
	a := &audience{said: &lockedBuffer{}, followers: map[string]*follower{}}
	script.Stderr = a.said
	printed, err := script.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := script.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string)
	go sendLines(lines, printed)
	noted := make(chan struct{})
	go func() {
		defer close(noted)
		for line := range lines {
			a.note(line)
		}
	}()
	t.Cleanup(func() {
		_ = script.Process.Kill()
		<-noted
		_ = script.Wait()
	})
	return a
}

func (a *audience) note(line string) {
	var told struct {
		Client, What, How, Name string
		List                    []string
	}
	if err := json.Unmarshal([]byte(line), &told); err != nil {
		_, _ = a.said.Write([]byte(line + "\n"))
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.followers[told.Client]
	if f == nil {
		f = &follower{}
		a.followers[told.Client] = f
	}
	switch told.What {
	case "ended":
		f.ends = append(f.ends, told.How)
	case "heard":
		f.name, f.list = told.Name, told.List
	}
}

// await waits until there is no error any more.
func (a *audience) await(t *testing.T, check func(map[string]*follower) error) {
	t.Helper()
	(&process{output: a.said}).eventually(t, 30*time.Second, func() error {
		a.mu.Lock()
		defer a.mu.Unlock()
		return check(a.followers)
	})
}

// until does something every second until there is no error any more.
func (a *audience) until(t *testing.T, do func(n int), check func(map[string]*follower) error) {
	t.Helper()
	done, next := 0, time.Now()
	a.await(t, func(heard map[string]*follower) error {
		err := check(heard)
		if err != nil && !time.Now().Before(next) {
			done++
			next = time.Now().Add(time.Second)
			func() {
				a.mu.Unlock() // What is done may take a while.
				defer a.mu.Lock()
				do(done)
			}()
		}
		return err
	})
}

func allOf(heard map[string]*follower, count int, holds func(*follower) bool) error {
	for client, f := range heard {
		if !holds(f) {
			return fmt.Errorf("%s: %+v", client, *f)
		}
	}
	if len(heard) < count {
		return fmt.Errorf("%d clients of %d", len(heard), count)
	}
	return nil
}
