package command_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"domestique/internal/command"
	"domestique/strava/stravatest"
)

// answered is what is looked at of a printed answer.
type answered struct {
	Data struct {
		Athlete    *struct{ FirstName string }
		Activities *struct {
			TotalCount int
			Nodes      []struct{ Name string }
		}
		Status struct {
			Connection string
			Mirror     struct {
				Complete   bool
				Activities int
			}
		}
	}
	Errors []struct {
		Message    string
		Extensions struct{ Code string }
	}
	Extensions struct{ Cost struct{ AsOf time.Time } }
}

const wholeList = `query List($first: Int) { activities(first: $first) { totalCount nodes { name } } status { mirror { complete activities } } }`

// ask runs query with the document on the standard input.
func ask(t *testing.T, environment env, document string, args ...string) (ended, answered) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := command.Run(t.Context(), append([]string{"query", "-"}, args...), command.Env{
		Lookup: environment.lookup, Stdin: strings.NewReader(document), Stdout: &stdout, Stderr: &stderr,
	})
	var got answered
	if stdout.Len() > 0 {
		if err := json.Unmarshal(stdout.Bytes(), &got); err != nil {
			t.Errorf("the answer is no JSON: %v\n%s", err, &stdout)
		}
	}
	for _, secret := range []string{firstToken, clientSecret} {
		if strings.Contains(stdout.String()+stderr.String(), secret) {
			t.Errorf("a secret is shown: %s", secret)
		}
	}
	return ended{code, stdout.String(), stderr.String()}, got
}

// problems are the lines of the standard error that are no log.
func (e ended) problems() []string {
	var found []string
	for line := range strings.Lines(e.stderr) {
		if !strings.HasPrefix(line, "{") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

func granted(environment env) env { return environment.with(env{"STRAVA_REFRESH_TOKEN": firstToken}) }

// threePages are the activities of a list that has so many.
func threePages() []stravatest.Activity {
	activities := make([]stravatest.Activity, 401)
	for i := range activities {
		activities[i].Start = time.Now().UTC().Add(-time.Duration(i+1) * time.Hour)
	}
	return activities
}

func TestQueryWaitsForTheWholeList(t *testing.T) {
	t.Parallel()
	fake, environment := fakeStrava(t, threePages()...)
	environment = granted(environment)
	end, first := ask(t, environment, wholeList, "-variables", `{"first": 3}`)
	if end.code != 0 || len(end.problems()) > 0 || len(first.Errors) > 0 {
		t.Fatalf("%+v", end)
	}
	if first.Extensions.Cost.AsOf.IsZero() {
		t.Errorf("nothing is said of what the answer cost: %s", end.stdout)
	}
	if m := first.Data.Status.Mirror; !m.Complete || m.Activities < 201 || first.Data.Activities.TotalCount != m.Activities ||
		len(first.Data.Activities.Nodes) != 3 {
		t.Errorf("the answer is of %+v; want the whole list, which has several pages", m)
	}
	calls := fake.Calls()
	end, second := ask(t, environment, wholeList)
	if end.code != 0 || second.Data.Activities.TotalCount != first.Data.Activities.TotalCount {
		t.Errorf("again: %+v", end)
	}
	if now := fake.Calls(); now["GET /athlete/activities"] != calls["GET /athlete/activities"] || now["POST /oauth/token"] != calls["POST /oauth/token"] {
		t.Errorf("a copy of just now was read again: %v, then %v", calls, now)
	}
}

func TestQueryBringsTheListUpToDate(t *testing.T) {
	t.Parallel()
	fake, environment := fakeStrava(t, threePages()...)
	environment = granted(environment).with(env{"SYNC_EVERY": "10ms"})
	_, before := ask(t, environment, wholeList)
	fake.AddActivity(stravatest.Activity{Name: "As good as new"})
	end, after := ask(t, environment, wholeList)
	if end.code != 0 || after.Data.Activities.TotalCount != before.Data.Activities.TotalCount+1 {
		t.Errorf("%d activities, then %d: %+v", before.Data.Activities.TotalCount, after.Data.Activities.TotalCount, end.stderr)
	}
	fake.Fault(stravatest.Fault{Path: "/athlete/activities", Times: stravatest.Always, Status: http.StatusInternalServerError})
	end, held := ask(t, environment, wholeList)
	if end.code != 0 || held.Data.Activities.TotalCount != after.Data.Activities.TotalCount ||
		!strings.Contains(end.stderr, "what is held is given") {
		t.Errorf("while Strava is away: %+v", end)
	}
}

// As the owner: with what nobody else may have, the schema among it.
func TestQueryIsTheOwners(t *testing.T) {
	t.Parallel()
	_, environment := fakeStrava(t, threePages()...)
	environment = granted(environment).with(env{"PUBLIC_ACCESS": "summary"})
	for _, document := range []string{
		"{ athlete { weight } rateLimit { read { day { remaining } } } }", "{ __schema { queryType { name } } }", "mutation { sync { complete } }",
	} {
		if end, _ := ask(t, environment, document); end.code != 0 {
			t.Errorf("%s: %+v", document, end)
		}
	}
}

func TestQueryRefreshesTheGrantThatIsDue(t *testing.T) {
	t.Parallel()
	fake, environment := fakeStrava(t, threePages()...)
	environment = granted(environment)
	for range 2 {
		if end, got := ask(t, environment, "{ athlete { firstName } }"); end.code != 0 || got.Data.Athlete.FirstName == "" {
			t.Errorf("%+v", end)
		}
		fake.ExpireAccessTokens()
	}
	if fake.Refusals() > 0 {
		t.Errorf("%d dead refresh tokens were presented", fake.Refusals())
	}
}

// A list of which a part is missing is told of by the exit code; what was read of it is read only once.
func TestQueryOfAListThatIsNotWhole(t *testing.T) {
	t.Parallel()
	fake, environment := fakeStrava(t, threePages()...)
	environment = granted(environment)
	page := 0
	remove := fake.Fault(stravatest.Fault{Path: "/athlete/activities", Times: 1, Arrived: func() { page++ }})
	defer remove()
	restore := fake.Fault(stravatest.Fault{Path: "/athlete/activities", Times: stravatest.Always, Status: http.StatusInternalServerError})
	end, got := ask(t, environment, wholeList)
	if page != 1 || end.code != 1 || got.Data.Status.Mirror.Complete || got.Data.Status.Mirror.Activities == 0 ||
		len(end.problems()) != 1 || !strings.Contains(end.stderr, "not all of the activities are held yet") {
		t.Errorf("%+v", end)
	}
	restore()
	if end, got = ask(t, environment, wholeList); end.code != 0 || !got.Data.Status.Mirror.Complete {
		t.Errorf("again: %+v", end)
	}
}

// A long history takes more calls than Strava allows in a quarter of an hour: the rest comes in the next one.
func TestQueryWaitsForTheQuota(t *testing.T) {
	t.Parallel()
	const quarter, ahead = 15 * time.Minute, 5 * time.Second
	now := time.Now()
	untilTheQuarterEnds := now.Truncate(quarter).Add(quarter - ahead).Sub(now)
	clock := func() time.Time { return time.Now().Add(untilTheQuarterEnds).UTC() } // Strava's.
	fake, err := stravatest.New(stravatest.Config{
		ClientID: "4711", ClientSecret: clientSecret, RefreshToken: firstToken, Now: clock, Activities: threePages(),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", clock().Format(http.TimeFormat))
		fake.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	fake.SetUsage([2]int{100, 100}, [2]int{100, 100})
	environment := env{"DATA_DIR": filepath.Join(t.TempDir(), "data")}
	for _, setting := range fake.Environment(server.URL) {
		name, value, _ := strings.Cut(setting, "=")
		environment[name] = value
	}
	end, got := ask(t, environment, wholeList)
	if end.code != 0 || !got.Data.Status.Mirror.Complete || !strings.Contains(end.stderr, "Strava's quota is spent") {
		t.Errorf("%+v", end)
	}
}

func TestQueryOfWhatFails(t *testing.T) {
	t.Parallel()
	_, environment := fakeStrava(t, threePages()...)
	tests := []struct {
		name     string
		given    env
		document string
		args     []string
		code     int
		answer   string // the code of the answer's error; empty: nothing is printed
		problem  string
	}{
		{name: "a document that is none", given: granted(environment), document: "{ athlete {", code: 1, answer: "GRAPHQL_PARSE_FAILED", problem: "the answer has an error: "},
		{name: "an unknown field", given: granted(environment), document: "{ athlet { id } }", code: 1, answer: "GRAPHQL_VALIDATION_FAILED", problem: "athlet"},
		{name: "two unknown fields", given: granted(environment), document: "{ a b }", code: 1, answer: "GRAPHQL_VALIDATION_FAILED", problem: "the answer has 2 errors, the first of them: "},
		{
			name: "too much", given: granted(environment), code: 1, answer: "QUERY_TOO_COMPLEX", problem: "the answer has an error: ",
			document: "{ activities(first: 200) { nodes { laps { name } comments { nodes { text } } streams(types: [HEART_RATE]) { time } } } }",
		},
		{
			name: "too long", given: granted(environment), document: strings.Repeat(" ", 64<<10+1), code: 1,
			problem: "read the document: it is longer than 65536 bytes",
		},
		{
			name: "a subscription", given: granted(environment), document: "subscription { syncProgress { activities } }", code: 2,
			problem: "a subscription has no end: query takes queries and mutations",
		},
		{
			name: "an unknown operation", given: granted(environment), document: "query A { athlete { id } }",
			args: []string{"-operation", "B"}, code: 1, answer: "GRAPHQL_VALIDATION_FAILED", problem: "no operation of the name",
		},
		{name: "variables that are none", given: granted(environment), document: "{ athlete { id } }", args: []string{"-variables", "{"}, code: 2, problem: "-variables is not a JSON object"},
		{name: "variables twice", given: granted(environment), document: "{ athlete { id } }", args: []string{"-variables", "{}{}"}, code: 2, problem: "-variables is not one JSON object"},
		{name: "variables that are nowhere", given: granted(environment), document: "{ athlete { id } }", args: []string{"-variables", "missing.json"}, code: 1, problem: "read the variables"},
		{name: "never connected", given: environment, document: "{ athlete { id } }", code: 1, answer: "NOT_CONNECTED", problem: "the answer has an error: "},
		{
			name: "no application", given: env{"DATA_DIR": t.TempDir()}, document: "{ athlete { id } }", code: 2,
			problem: "no Strava application is known",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			given := test.given.with(env{"DATA_DIR": filepath.Join(t.TempDir(), "data")})
			end, got := ask(t, given, test.document, test.args...)
			if end.code != test.code || len(end.problems()) != 1 || !strings.Contains(end.problems()[0], test.problem) {
				t.Errorf("%+v, want code %d and %q", end, test.code, test.problem)
			}
			if (test.answer == "") != (len(got.Errors) == 0) || test.answer != "" && got.Errors[0].Extensions.Code != test.answer {
				t.Errorf("the answer is %s; want %q", end.stdout, test.answer)
			}
		})
	}
}

func TestQueryReadsFiles(t *testing.T) {
	t.Parallel()
	_, environment := fakeStrava(t, threePages()...)
	environment = granted(environment)
	dir := t.TempDir()
	document, variables := filepath.Join(dir, "list.graphql"), filepath.Join(dir, "variables.json")
	for path, text := range map[string]string{document: "query Other { athlete { id } }\n" + wholeList, variables: `{"first": 2}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"query", document, "-variables", variables, "-operation", "List"},
		{"query", "-variables=" + variables, "-operation=List", document},
	} {
		end := run(t.Context(), environment, args...)
		var got answered
		if err := json.Unmarshal([]byte(end.stdout), &got); err != nil || end.code != 0 || len(got.Data.Activities.Nodes) != 2 {
			t.Errorf("%v: %+v", args, end)
		}
	}
	if end := run(t.Context(), environment, "query", filepath.Join(dir, "missing")); end.code != 1 || !strings.Contains(end.stderr, "read the document") {
		t.Errorf("a missing file: %+v", end)
	}
}
