package main_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

const webhookOwnerKey = "the-key-of-the-owner-who-waits-for-events"

// correspondence is a gateway to which a fake Strava with 450 activities sends its events.
type correspondence struct {
	fakeStrava
	env     []string
	gateway *process
	ids     []int64 // the newest first
}

func subscribe(t *testing.T, dir string, env ...string) *correspondence {
	t.Helper()
	var runs []stravatest.Activity
	for n := range 450 {
		runs = append(runs, stravatest.Activity{Distance: 1000, Start: time.Now().UTC().Truncate(time.Second).Add(-time.Duration(n+2) * time.Hour)})
	}
	c := &correspondence{fakeStrava: connected(t, stravatest.Config{
		Activities: runs, ReadLimits: [2]int{1e6, 1e6}, OverallLimits: [2]int{1e6, 1e6}, EventRetry: time.Second,
	})}
	t.Cleanup(c.Close)
	c.env = append(append(c.fakeStrava.env, "ADDR="+freeAddress(t), "OWNER_KEY="+webhookOwnerKey), env...)
	c.gateway = start(t, dir, c.env)
	c.ids = c.gateway.mirrored(t, 450)
	for _, want := range []string{"It was made: from now on Strava sends events to http://localhost:", "That is this gateway: nothing is to be done."} {
		command := launch(t, dir, c.env, "webhook")
		if code := command.wait(t); code != 0 || !strings.Contains(command.output.String(), want) {
			t.Fatalf("domestique webhook: code %d\n%s\nthe server:\n%s", code, command.output, c.gateway.output)
		}
	}
	return c
}

// mirrored waits for the whole list and returns its ids.
func (p *process) mirrored(t *testing.T, count int) (ids []int64) {
	t.Helper()
	p.eventually(t, 30*time.Second, func() error {
		var got struct {
			Status     struct{ Mirror struct{ Complete bool } }
			Activities struct {
				Nodes []struct {
					StravaID int64 `json:"stravaId,string"`
				}
				PageInfo struct{ EndCursor string }
			}
		}
		ids = nil
		for after := "null"; ; after = fmt.Sprintf("%q", got.Activities.PageInfo.EndCursor) {
			err := p.ask(webhookOwnerKey, fmt.Sprintf(`{ status { mirror { complete } }
				activities(first: 100, after: %s) { nodes { stravaId } pageInfo { endCursor } } }`, after), &got)
			if err != nil {
				return err
			}
			for _, node := range got.Activities.Nodes {
				ids = append(ids, node.StravaID)
			}
			if len(got.Activities.Nodes) < 100 {
				break
			}
		}
		if !got.Status.Mirror.Complete || len(ids) != count {
			return fmt.Errorf("%d activities, complete: %t", len(ids), got.Status.Mirror.Complete)
		}
		return nil
	})
	return ids
}

// eventually asks until there is no error any more.
func (p *process) eventually(t *testing.T, within time.Duration, check func() error) {
	t.Helper()
	deadline, tick := time.After(within), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within %v: %v\n%s", within, err, p.output)
		}
	}
}

// shows waits until the list has the activity by that name ("": not at all), and as many as that count in stats.
func (p *process) shows(t *testing.T, within time.Duration, id int64, name string, count int) {
	t.Helper()
	p.eventually(t, within, func() error {
		var got struct {
			Activity *struct{ Name string }
			Stats    struct{ Totals struct{ Count int } }
		}
		if err := p.ask(webhookOwnerKey, fmt.Sprintf(`{ activity(id: "%d") { name } stats { totals { count } } }`, id), &got); err != nil {
			return err
		}
		shown := ""
		if got.Activity != nil {
			shown = got.Activity.Name
		}
		if shown != name || got.Stats.Totals.Count != count {
			return fmt.Errorf("it is shown as %q of %d, want %q of %d", shown, got.Stats.Totals.Count, name, count)
		}
		return nil
	})
}

// delivered waits until Strava's events are acknowledged.
func (s fakeStrava) delivered(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.AwaitEvents(ctx); err != nil {
		t.Fatal(err)
	}
	if counts := s.EventCounts(); counts.Lost > 0 {
		t.Fatalf("%+v", counts)
	}
}

func (c *correspondence) rename(t *testing.T, id int64, name string) {
	t.Helper()
	if !c.EditActivity(id, func(a *stravatest.Activity) { a.Name = name }) {
		t.Fatalf("there is no activity %d", id)
	}
}

// freeAddress is one to listen at, now or again later: it is none of those that systems hand out to who names no port.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 16_000+rand.IntN(16_000))
		listener, err := net.Listen("tcp", address)
		if err == nil {
			_ = listener.Close()
			return address
		}
	}
	t.Fatal("no port from 16000 to 31999 is free")
	return ""
}

// stream is what a subscription tells, a line of data an answer.
type stream chan string

// follow subscribes by server-sent events.
func (p *process) follow(t *testing.T, subscription string) stream {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/graphql", strings.NewReader(fmt.Sprintf(`{"query":%q}`, subscription)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+webhookOwnerKey)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	answer, err := new(http.Client).Do(request)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("subscribe: %+v, %v", answer, err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() })
	told := make(stream, 10)
	go func() {
		for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
			if data, ok := strings.CutPrefix(lines.Text(), "data:"); ok && data != "" {
				told <- data
			}
		}
	}()
	return told
}

func (s stream) next(t *testing.T, within time.Duration, want string) {
	t.Helper()
	select {
	case got := <-s:
		if !strings.Contains(got, want) {
			t.Errorf("told %s, want %s", got, want)
		}
	case <-time.After(within):
		t.Errorf("nothing is told within %v, want %s", within, want)
	}
}

// What happens at Strava shows within two seconds, and is told to whoever follows it, also deep in the list, where no sync
// looks so soon.
func TestEventsShowInListsAndSums(t *testing.T) {
	t.Parallel()
	c := subscribe(t, t.TempDir())
	changes := c.gateway.follow(t, "subscription { activityChanged { kind activity { name } } }")
	added := c.AddActivity(stravatest.Activity{Name: "Added"})
	c.delivered(t)
	c.gateway.shows(t, 2*time.Second, added, "Added", 451)
	changes.next(t, 2*time.Second, `"kind":"CREATED","activity":{"name":"Added"}`)
	c.rename(t, c.ids[300], "Edited")
	c.delivered(t)
	c.gateway.shows(t, 2*time.Second, c.ids[300], "Edited", 451)
	changes.next(t, 2*time.Second, `"kind":"UPDATED","activity":{"name":"Edited"}`)
	c.DeleteActivity(c.ids[400])
	c.delivered(t)
	c.gateway.shows(t, 2*time.Second, c.ids[400], "", 450)
	changes.next(t, 2*time.Second, `"kind":"DELETED","activity":null`)

	command := launch(t, c.gateway.cmd.Dir, c.env, "webhook", "-delete")
	if code := command.wait(t); code != 0 || !strings.Contains(command.output.String(), "It is ended.") {
		t.Errorf("domestique webhook -delete: code %d\n%s", code, command.output)
	}
}

// A process that is killed after it has acknowledged events, and before it has followed them, follows them in its next life.
func TestAKillAfterTheAcknowledgementLosesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := subscribe(t, dir)
	end := c.Fault(stravatest.Fault{Path: "/activities/{id}", Times: stravatest.Always, Status: http.StatusInternalServerError})
	for place := 250; place < 260; place++ {
		c.rename(t, c.ids[place], "Edited")
	}
	c.delivered(t)
	c.gateway.signal(t, syscall.SIGKILL)
	end()
	c.gateway = start(t, dir, c.env)
	for place := 250; place < 260; place++ {
		c.gateway.shows(t, 20*time.Second, c.ids[place], "Edited", 450)
	}
}

func TestReplicasShareEvents(t *testing.T) {
	t.Parallel()
	azure := []string{"AZURE_STORAGE_CONNECTION_STRING=" + startAzurite(t), "SEAL_KEYS=the-sealing-key-of-two-replicas-here"}
	c := subscribe(t, t.TempDir(), azure...)
	other := start(t, t.TempDir(), append(c.env, "ADDR=127.0.0.1:0"))
	other.mirrored(t, 450)
	var calls atomic.Int32
	defer c.Fault(stravatest.Fault{Path: "/activities/{id}", Times: stravatest.Always, Arrived: func() { calls.Add(1) }})()
	c.rename(t, c.ids[300], "Edited")
	c.DeleteActivity(c.ids[301])
	c.delivered(t)
	c.gateway.shows(t, 2*time.Second, c.ids[300], "Edited", 449)
	other.shows(t, 5*time.Second, c.ids[300], "Edited", 449)
	other.shows(t, 5*time.Second, c.ids[301], "", 449)
	if got := calls.Load(); got != 1 {
		t.Errorf("an edit and a deletion took %d calls, want one", got)
	}
}
