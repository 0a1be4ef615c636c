package main_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"domestique/strava/stravatest"
)

// site is the answer to the README's query.
type site struct {
	LatestRide, LatestRun struct{ Nodes []latest }
	Rides, Runs           struct{ Goal goal }
}

type latest struct {
	Name         string
	LocalDate    string
	Distance     float64
	MovingTime   int
	PrimaryPhoto *struct{ URL string }
}

type goal struct{ Done, Target, Share float64 }

func TestDemoAnswersTheReadmeQueryAndWritesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	demo := start(t, dir, nil, "-demo")

	var ready struct {
		Status struct {
			Connection string
			Mirror     struct{ Complete bool }
		}
	}
	if err := demo.ask("", "{ status { connection mirror { complete } } }", &ready); err != nil {
		t.Fatal(err)
	}
	if ready.Status.Connection != "CONNECTED" || !ready.Status.Mirror.Complete {
		t.Errorf("the demo tells where it is before it is ready: %+v", ready.Status)
	}
	var got site
	if err := demo.ask("", readmeQuery(t), &got); err != nil {
		t.Fatal(err)
	}
	for name, side := range map[string]struct {
		nodes []latest
		goal  goal
	}{"ride": {got.LatestRide.Nodes, got.Rides.Goal}, "run": {got.LatestRun.Nodes, got.Runs.Goal}} {
		if len(side.nodes) != 1 || side.nodes[0].Name == "" || side.nodes[0].Distance <= 0 || side.nodes[0].MovingTime <= 0 {
			t.Errorf("latest %s: %+v", name, side.nodes)
		}
		if side.goal.Done <= 0 || math.Abs(side.goal.Share-side.goal.Done/side.goal.Target) > 1e-9 {
			t.Errorf("%s goal: %+v", name, side.goal)
		}
	}

	if code := demo.signal(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code after SIGTERM: %d\n%s", code, demo.output)
	}
	if left := filesBelow(t, dir); len(left) > 0 {
		t.Errorf("the demo left files behind: %v", left)
	}
}

func TestDemoRefusesARealAccount(t *testing.T) {
	t.Parallel()
	for name, env := range map[string][]string{
		"client": {"STRAVA_CLIENT_ID=12345", "STRAVA_CLIENT_SECRET=secret-of-a-real-application"},
		"store":  {"AZURE_TABLES_ENDPOINT=https://account.table.core.windows.net"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := launch(t, t.TempDir(), env, "-demo")
			if code := p.wait(t); code != 2 {
				t.Errorf("exit code %d, want 2\n%s", code, p.output)
			}
		})
	}
}

func TestEveryProblemOfTheEnvironmentIsListed(t *testing.T) {
	t.Parallel()
	p := launch(t, t.TempDir(), []string{
		"ADDR=0.0.0.0:8080", "OWNER_KEY=too-short", "SYNC_EVERY=soon", "PUBLIC_ACCESS=everyone", "TIME_ZONE=Mars/Olympus",
	})
	if code := p.wait(t); code != 2 {
		t.Errorf("exit code %d, want 2", code)
	}
	for _, name := range []string{"OWNER_KEY", "SYNC_EVERY", "PUBLIC_ACCESS", "TIME_ZONE"} {
		if !strings.Contains(p.output.String(), name) {
			t.Errorf("%s is not named:\n%s", name, p.output)
		}
	}
	if strings.Contains(p.output.String(), "too-short") {
		t.Errorf("the owner's key is shown:\n%s", p.output)
	}
}

// A recorded history of a real athlete, where it can be had: the same query, with the right numbers.
func TestRecordedHistory(t *testing.T) {
	t.Parallel()
	const folder = "../shared/strava/recorded"
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no recorded answers of Strava here: %v", err)
	}
	gateway := start(t, t.TempDir(), connected(t, stravatest.Config{Recorded: os.DirFS(folder)}).env)
	key := gateway.ownerKey(t)

	var newest []struct {
		Name       string  `json:"name"`
		SportType  string  `json:"sport_type"`
		Distance   float64 `json:"distance"`
		MovingTime int     `json:"moving_time"`
		StartLocal string  `json:"start_date_local"`
	}
	raw, err := os.ReadFile(filepath.Join(folder, "athlete_activities_page1_default30.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &newest); err != nil {
		t.Fatal(err)
	}

	var got site
	if err := gateway.ask(key, readmeQuery(t), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.LatestRide.Nodes) != 0 {
		t.Errorf("a ride where none was recorded: %+v", got.LatestRide.Nodes)
	}
	for _, row := range newest {
		if row.SportType != "Run" {
			continue
		}
		run := got.LatestRun.Nodes[0]
		if run.Name != row.Name || math.Abs(run.Distance*1000-row.Distance) > 1e-6 || run.MovingTime != row.MovingTime ||
			run.LocalDate != row.StartLocal[:10] {
			t.Errorf("latest run %+v, want %+v", run, row)
		}
		break
	}
}

func TestDamagedGrantIsReportedAndNeverOverwritten(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	strava := connected(t, stravatest.Config{})
	gateway := start(t, dir, strava.env)
	var got struct{ Athlete struct{ FirstName string } }
	if err := gateway.ask(gateway.ownerKey(t), "{ athlete { firstName } }", &got); err != nil {
		t.Fatal(err)
	}
	gateway.signal(t, syscall.SIGTERM)

	file := filepath.Join(dir, "data", "grant.json")
	damaged := []byte(`{"version":1,"refreshTok`)
	if err := os.WriteFile(file, damaged, 0o600); err != nil {
		t.Fatal(err)
	}
	gateway = start(t, dir, strava.env)
	refused, err := gateway.post(gateway.ownerKey(t), "{ athlete { firstName } }")
	if err != nil {
		t.Fatal(err)
	}
	if len(refused.Errors) != 1 || refused.Errors[0].Extensions["code"] != "MISCONFIGURED" {
		t.Errorf("errors: %+v, want MISCONFIGURED", refused.Errors)
	}
	if len(refused.Errors) > 0 && strings.Contains(refused.Errors[0].Message, dir) {
		t.Errorf("the message shows a path of the machine: %s", refused.Errors[0].Message)
	}
	gateway.signal(t, syscall.SIGTERM)
	if now, err := os.ReadFile(file); err != nil || string(now) != string(damaged) {
		t.Errorf("the damaged file was touched: %q, %v", now, err)
	}
	if !strings.Contains(gateway.output.String(), "grant.json") {
		t.Errorf("the log does not name the damaged file:\n%s", gateway.output)
	}
}

func TestStrangersAreTurnedAway(t *testing.T) {
	t.Parallel()
	gateway := start(t, t.TempDir(), connected(t, stravatest.Config{}).env)
	for _, key := range []string{"", "not-the-key-of-the-owner-but-long-enough"} {
		got, err := gateway.post(key, "{ __typename }")
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Errors) != 1 || got.Errors[0].Extensions["code"] != "UNAUTHENTICATED" || got.Data != nil {
			t.Errorf("with key %q: %+v", key, got)
		}
	}
}

// fakeStrava is a fake Strava on a loopback port, and the environment that connects the gateway to it.
type fakeStrava struct {
	*stravatest.Server
	env []string
}

func connected(t *testing.T, cfg stravatest.Config) fakeStrava {
	t.Helper()
	cfg.ClientID, cfg.ClientSecret, cfg.RefreshToken = "4711", "the-secret-of-the-application", "the-first-refresh-token"
	fake, err := stravatest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	return fakeStrava{fake, stravaEnv(server.URL)}
}

func stravaEnv(url string) []string {
	return []string{
		"STRAVA_API_URL=" + url + "/api/v3", "STRAVA_OAUTH_URL=" + url + "/oauth", "STRAVA_CLIENT_ID=4711",
		"STRAVA_CLIENT_SECRET=the-secret-of-the-application", "STRAVA_REFRESH_TOKEN=the-first-refresh-token",
	}
}

// ownerKey reads the key that the program made for its owner.
func (p *process) ownerKey(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(p.cmd.Dir, "data", "owner.key"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(raw))
}

func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if path != dir {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestTakenPortIsAnErrorForPeople(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	p := launch(t, t.TempDir(), []string{"ADDR=" + taken.Addr().String()}, "-demo")
	if code := p.wait(t); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if !strings.Contains(p.output.String(), "ADDR") {
		t.Errorf("the message does not say which setting to change:\n%s", p.output)
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	demo := start(t, t.TempDir(), nil, "-demo")
	for _, path := range []string{"/livez", "/readyz", "/version", "/schema.graphql", "/playground"} {
		res, err := client.Get(demo.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", path, res.StatusCode)
		}
	}
}

// A query that waits for Strava when the program is told to end gets an answer, and the end is a good one.
func TestEndWhileStravaIsSilent(t *testing.T) {
	t.Parallel()
	strava := connected(t, stravatest.Config{})
	gateway := start(t, t.TempDir(), strava.env)
	key := gateway.ownerKey(t)
	var list struct{ Activities struct{ TotalCount int } }
	if err := gateway.ask(key, "{ activities { totalCount } }", &list); err != nil {
		t.Fatal(err)
	}
	asked, silent := make(chan struct{}, 1), make(chan struct{})
	t.Cleanup(func() { close(silent) })
	strava.Fault(stravatest.Fault{
		Path: "/activities/{id}", Times: stravatest.Always, Until: silent, Arrived: func() { asked <- struct{}{} },
	})
	answers := make(chan error, 1)
	go func() {
		var got answer
		got, err := gateway.post(key, "{ activities(first: 1) { nodes { description } } }")
		if err == nil && len(got.Errors) != 1 {
			err = fmt.Errorf("answered %+v, want one error", got)
		}
		answers <- err
	}()
	<-asked
	if code := gateway.signal(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d\n%s", code, gateway.output)
	}
	if err := <-answers; err != nil {
		t.Errorf("the query that was under way: %v", err)
	}
}
