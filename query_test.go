package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// printed is what a command of the program leaves behind.
type printed struct {
	code           int
	stdout, stderr string
}

// command runs the program with args to its end, as start does, with something on its standard input.
func command(t *testing.T, dir string, env []string, stdin string, args ...string) printed {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program.path(t), args...)
	cmd.Dir, cmd.Env = dir, append([]string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "TMPDIR=" + dir}, env...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err := cmd.Run()
	if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
		t.Fatal(err)
	}
	return printed{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// answer is what the command has printed, which has to be one answer and nothing else.
func (p printed) answer(t *testing.T) answer {
	t.Helper()
	var got answer
	if err := json.Unmarshal([]byte(p.stdout), &got); err != nil {
		t.Fatalf("the standard output is no answer: %v\n%+v", err, p)
	}
	return got
}

// wantData checks that the command has printed that and no problem.
func (p printed) wantData(t *testing.T, want string) {
	t.Helper()
	if got := p.answer(t); p.code != 0 || string(got.Data) != want || len(got.Errors) > 0 || strings.Contains(p.stderr, "domestique:") {
		t.Errorf("%+v, want %s", p, want)
	}
}

const twoOperations = `
query Count { activities { totalCount } }
query Longest($sport: SportGroup!) {
  activities(first: 1, filter: {sportGroups: [$sport]}, orderBy: {field: DISTANCE}) { nodes { name distance(unit: KILOMETERS) } }
}
`

// smallStrava has a run and two rides, and details that are not in the list.
func smallStrava(t *testing.T) fakeStrava {
	t.Helper()
	return connected(t, stravatest.Config{Activities: []stravatest.Activity{
		{Name: "Over the pass", Sport: "Ride", Distance: 42_000, Description: "Windy."},
		{Name: "To the lake", Sport: "Ride", Distance: 21_000},
		{Name: "Round the block", Distance: 5_000},
	}})
}

// A build of a static site: no server, a grant that outlives each of the runs, data and nothing else to be written to a file.
func TestQueryWithoutAServer(t *testing.T) {
	t.Parallel()
	strava, dir := smallStrava(t), t.TempDir()
	for name, text := range map[string]string{"site.graphql": twoOperations, "sport.json": `{"sport": "RIDE"}`} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const longestRide = `{"activities":{"nodes":[{"name":"Over the pass","distance":42}]}}`
	command(t, dir, strava.env, "", "query", "site.graphql", "-operation", "Count").wantData(t, `{"activities":{"totalCount":3}}`)

	// The first refresh token is spent: what counts from now on is the one that was stored.
	environment := strava.env[:4]
	for _, args := range [][]string{
		{"query", "-variables", "sport.json", "-operation", "Longest", "site.graphql"},
		{"query", "-", `-variables={"sport": "RIDE"}`, "-operation=Longest"},
	} {
		strava.ExpireAccessTokens()
		command(t, dir, environment, twoOperations, args...).wantData(t, longestRide)
		command(t, dir, environment, "{ athlete { measurement } }", "query", "-").wantData(t, `{"athlete":{"measurement":"METRIC"}}`)
	}
	if calls := strava.Calls()["GET /athlete/activities"]; calls > 3 || strava.Refusals() > 0 {
		t.Errorf("the list was read in %d calls, %d dead refresh tokens were presented", calls, strava.Refusals())
	}
}

func TestQueryOfTheSiteInTheDocumentation(t *testing.T) {
	t.Parallel()
	strava := smallStrava(t)
	var got struct {
		Latest struct{ Nodes []struct{ Name, URL string } }
		Runs   struct{ Totals struct{ Count int } }
	}
	end := command(t, t.TempDir(), strava.env, blockOf(t, "docs/static-site.md", "graphql"), "query", "-")
	if err := json.Unmarshal(end.answer(t).Data, &got); err != nil || end.code != 0 || len(got.Latest.Nodes) != 3 || got.Runs.Totals.Count != 1 {
		t.Errorf("%+v, %v", end, err)
	}
}

func TestQueryBesideAServer(t *testing.T) {
	t.Parallel()
	strava, dir := smallStrava(t), t.TempDir()
	gateway := start(t, dir, strava.env)
	var got struct{ Athlete struct{ Measurement string } }
	if err := gateway.ask(gateway.ownerKey(t), "{ athlete { measurement } }", &got); err != nil {
		t.Fatalf("%v\n%s", err, gateway.output)
	}
	command(t, dir, strava.env, "{ activities { totalCount } }", "query", "-").wantData(t, `{"activities":{"totalCount":3}}`)
	if calls := strava.Calls()["POST /oauth/token"]; calls != 1 || strava.Refusals() > 0 {
		t.Errorf("the grant was refreshed %d times, once would have done; %d dead refresh tokens were presented", calls, strava.Refusals())
	}
}

// What is held is given while Strava refuses more; what would need a call is an error that the exit code tells of.
func TestQueryWhenTheQuotaIsSpent(t *testing.T) {
	t.Parallel()
	strava, dir := smallStrava(t), t.TempDir()
	count, whole := "{ activities { totalCount } }", `{"activities":{"totalCount":3}}`
	command(t, dir, strava.env, count, "query", "-").wantData(t, whole)
	strava.SetUsage([2]int{100, 1000}, [2]int{200, 2000})
	command(t, dir, strava.env, count, "query", "-").wantData(t, whole)

	end := command(t, dir, strava.env, `{ activities(orderBy: {field: DISTANCE}, first: 1) { nodes { name description } } }`, "query", "-")
	got := end.answer(t)
	if end.code != 1 || len(got.Errors) != 1 || got.Errors[0].Extensions["code"] != "RATE_LIMITED" || got.Errors[0].Extensions["retryAt"] == nil ||
		string(got.Data) != `{"activities":{"nodes":[{"name":"Over the pass","description":null}]}}` ||
		!strings.Contains(end.stderr, "domestique: query: the answer has an error: ") {
		t.Errorf("%+v", end)
	}
}

func TestQueryExitCodes(t *testing.T) {
	t.Parallel()
	strava := smallStrava(t)
	for _, test := range []struct {
		name, document string
		args           []string
		code           int
		answer         string // the code of the answer's error; empty: nothing is printed
		problem        string
	}{
		{"a mistake in the document", "{ nothing }", []string{"-"}, 1, "GRAPHQL_VALIDATION_FAILED", "query: the answer has an error: "},
		{"a variable that is missing", twoOperations, []string{"-", "-operation", "Longest"}, 1, "BAD_USER_INPUT", "query: the answer has an error: "},
		{"no operation chosen", twoOperations, []string{"-"}, 1, "GRAPHQL_VALIDATION_FAILED", "query: the answer has an error: "},
		{"no such file", "", []string{"missing.graphql"}, 1, "", "query: read the document: open missing.graphql"},
		{"a subscription", "subscription { syncProgress { activities } }", []string{"-"}, 2, "", "query: a subscription has no end"},
		{"no file", "", nil, 2, "", "query: FILE is missing; the arguments are FILE"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			end := command(t, t.TempDir(), strava.env, test.document, append([]string{"query"}, test.args...)...)
			if end.code != test.code || !strings.Contains(end.stderr, "domestique: "+test.problem) {
				t.Errorf("%+v, want code %d and %q", end, test.code, test.problem)
			}
			switch {
			case test.answer == "":
				if end.stdout != "" {
					t.Errorf("something is printed where there is no answer: %s", end.stdout)
				}
			case end.answer(t).Errors[0].Extensions["code"] != test.answer:
				t.Errorf("the answer is %s, want %s", end.stdout, test.answer)
			}
		})
	}
}
