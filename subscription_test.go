package main_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

// Frontends listen with the clients that frontends use: each is told of a new activity, and that it is over when the
// gateway ends.
func TestSubscriptionsWithRealClients(t *testing.T) {
	t.Parallel()
	needScripts(t)
	strava := connected(t, stravatest.Config{Years: 1})
	gateway := start(t, t.TempDir(), strava.env)
	key := gateway.ownerKey(t)
	mustSync(t, gateway, key) // What a fill brings in is no news.

	const name = "Seen by everyone"
	script := exec.CommandContext(t.Context(), "node", filepath.Join("e2e", "subscriptions.mjs"), gateway.URL, key, name)
	script.Dir = "web"
	said := &lockedBuffer{}
	script.Stderr = said
	printed, err := script.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := script.Start(); err != nil {
		t.Fatal(err)
	}
	var first struct{ Seen map[string]seenChange }
	lines := make(chan string)
	go sendLines(lines, printed)
	// Nobody can tell when a client listens, so there are new activities until all of them have been told of one.
	line := untilLine(t, lines, func() {
		strava.AddActivity(stravatest.Activity{Name: name, Start: time.Now().Add(-time.Hour), Distance: 1000})
		mustSync(t, gateway, key)
	})
	if err := json.Unmarshal([]byte(line), &first); err != nil || len(first.Seen) < 5 {
		t.Fatalf("the script printed %q: %v\n%s\n%s", line, err, said, gateway.output)
	}
	for client, change := range first.Seen {
		if change.Kind != "CREATED" || change.ID == "" || change.Activity.ID != change.ID {
			t.Errorf("%s was told %+v", client, change)
		}
	}

	if code := gateway.signal(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code after SIGTERM: %d\n%s", code, gateway.output)
	}
	var last struct{ Ended map[string]string }
	line = untilLine(t, lines, func() {})
	if err := json.Unmarshal([]byte(line), &last); err != nil || len(last.Ended) != len(first.Seen) {
		t.Fatalf("the script printed %q: %v\n%s", line, err, said)
	}
	// A WebSocket is closed without the end of what ran on it: so its clients come back to the next process by themselves.
	want := map[string]string{
		"graphql-sse": "complete", "urql by events": "complete",
		"graphql-ws": "closed 1001", "urql with graphql-ws": "closed 1001", "Apollo with graphql-ws": "closed 1001",
	}
	if diff := cmp.Diff(want, last.Ended); diff != "" {
		t.Errorf("how the streams ended (-want +got):\n%s", diff)
	}
	if err := script.Wait(); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

// seenChange is what a client was told.
type seenChange struct {
	Kind, ID string
	Activity struct{ ID string }
}

func mustSync(t *testing.T, gateway *process, key string) {
	t.Helper()
	var got struct{ Sync struct{ Complete bool } }
	if err := gateway.ask(key, "mutation { sync { complete } }", &got); err != nil || !got.Sync.Complete {
		t.Fatalf("sync: %+v, %v\n%s", got, err, gateway.output)
	}
}

func sendLines(lines chan<- string, from io.Reader) {
	defer close(lines)
	for scanner := bufio.NewScanner(from); scanner.Scan(); {
		lines <- scanner.Text()
	}
}

// untilLine does something again and again until there is a line, which is empty when there will be none.
func untilLine(t *testing.T, lines <-chan string, do func()) string {
	t.Helper()
	deadline := time.After(60 * time.Second)
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case line := <-lines:
			return line
		case <-deadline:
			return ""
		case <-tick.C:
			do()
		}
	}
}
