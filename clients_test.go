package main_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"domestique/strava/stravatest"
)

// A person opens the playground and presses play.
func TestPlaygroundInABrowser(t *testing.T) {
	t.Parallel()
	needScripts(t)
	browser := chromium(t)
	demo := start(t, t.TempDir(), nil, "-demo")

	var seen struct {
		OK       bool
		Problems []any
		Hosts    []string
		Answers  map[string]struct{ Data json.RawMessage }
		Heard    string
	}
	runScript(t, &seen, "playground.mjs", demo.URL, browser)
	if !seen.OK || len(seen.Problems) > 0 {
		t.Errorf("problems in the browser: %v", seen.Problems)
	}
	if len(seen.Hosts) != 1 {
		t.Errorf("the page asked the hosts %v, want the gateway alone", seen.Hosts)
	}
	var got site
	if err := json.Unmarshal(seen.Answers["Site"].Data, &got); err != nil {
		t.Fatalf("the first example's answer: %v", err)
	}
	if len(got.LatestRide.Nodes) != 1 || len(got.LatestRun.Nodes) != 1 {
		t.Errorf("the first example's answer: %+v", got)
	}
	if len(seen.Answers) < 9 {
		t.Errorf("%d examples were answered, want nine", len(seen.Answers))
	}
	if !strings.Contains(seen.Heard, `"kind": "CREATED"`) {
		t.Errorf("the subscription shows %q, want the activity that was made meanwhile", seen.Heard)
	}
}

// A frontend asks with the clients that frontends use.
func TestRealClients(t *testing.T) {
	t.Parallel()
	needScripts(t)
	gateway := start(t, t.TempDir(), connected(t, stravatest.Config{}).env)

	var seen struct {
		OK       bool
		Problems []any
		Data     site
		Clients  []any
	}
	runScript(t, &seen, "client.mjs", gateway.URL, gateway.ownerKey(t))
	if !seen.OK || len(seen.Problems) > 0 || len(seen.Clients) < 6 {
		t.Errorf("clients %v, problems %v; want urql and Apollo Client, by POST and by GET, graphql-ws and graphql-sse to get the same", seen.Clients, seen.Problems)
	}
	if got := seen.Data; len(got.LatestRide.Nodes) != 1 || len(got.LatestRun.Nodes) != 1 || got.Rides.Goal.Done <= 0 {
		t.Errorf("answer: %+v", got)
	}
}

// needScripts skips the test where the npm packages of web/ are not installed.
func needScripts(t *testing.T) {
	t.Helper()
	needPackages(t, "web")
}

// runScript runs a script of web/e2e and decodes the JSON that it prints; one that fails prints why.
func runScript(t *testing.T, out any, name string, args ...string) {
	t.Helper()
	runNode(t, "web", out, append([]string{filepath.Join("e2e", name)}, args...)...)
}

func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("neither Chromium nor Chrome is installed")
	return ""
}
