package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

// TestAKillAtAnyMoment kills the program in the midst of filling, syncing, handling events and writing, again and again.
// Each time the next process comes to show what Strava has, and nothing else. A few rounds are part of the tests; KILLS=100,
// or `make kill`, makes more.
func TestAKillAtAnyMoment(t *testing.T) {
	t.Parallel()
	rounds := 4
	if kills := os.Getenv("KILLS"); kills != "" {
		var err error
		if rounds, err = strconv.Atoi(kills); err != nil || rounds < 1 {
			t.Fatalf("KILLS is %q, want a number", kills)
		}
	}
	s := besiege(t)
	happenings := []struct {
		name   string
		happen func(t *testing.T)
	}{{"a fill", s.fill}, {"a sync", s.sync}, {"events", s.events}, {"writes", s.writes}}
	for round := range rounds {
		during := happenings[round%len(happenings)]
		t.Logf("round %d: %s", round, during.name)
		during.happen(t)
		s.rise(t)
		s.wantSame(t)
		if t.Failed() {
			return
		}
	}
	if refusals := s.Refusals(); refusals != 0 {
		t.Errorf("%d dead refresh tokens were presented", refusals)
	}
}

// siege is a gateway to which anything happens, and the Strava whose list it has to show.
type siege struct {
	correspondence
	dir    string
	random *rand.Rand
	edits  int
}

// besieged is how many activities there are: a fill takes some calls.
const besieged = 700

func besiege(t *testing.T) *siege {
	t.Helper()
	var runs []stravatest.Activity
	for n := range besieged {
		runs = append(runs, stravatest.Activity{Distance: 1000, Start: time.Now().UTC().Truncate(time.Second).Add(-time.Duration(n+2) * time.Hour)})
	}
	fake := connected(t, stravatest.Config{
		Activities: runs, ReadLimits: [2]int{1e6, 1e6}, OverallLimits: [2]int{1e6, 1e6}, EventRetry: 2 * time.Second,
		Scopes: []string{"read", "read_all", "profile:read_all", "profile:write", "activity:read_all", "activity:write"},
	})
	t.Cleanup(fake.Close)
	s := &siege{dir: t.TempDir(), random: rand.New(rand.NewPCG(4, 2))}
	s.fakeStrava = fake
	s.env = append(fake.env, "ADDR="+freeAddress(t), "OWNER_KEY="+webhookOwnerKey)
	s.gateway = start(t, s.dir, s.env)
	s.ids = s.gateway.mirrored(t, besieged)
	command := launch(t, s.dir, s.env, "webhook")
	if code := command.wait(t); code != 0 {
		t.Fatalf("domestique webhook: code %d\n%s", code, command.output)
	}
	// What takes no time can't be killed.
	t.Cleanup(s.Fault(stravatest.Fault{Path: "/athlete/activities", Delay: 15 * time.Millisecond, Times: stravatest.Always}))
	t.Cleanup(s.Fault(stravatest.Fault{Path: "/activities/{id}", Delay: 5 * time.Millisecond, Times: stravatest.Always}))
	return s
}

// killWithin lets the gateway do what it does for some time of up to so long.
func (s *siege) killWithin(t *testing.T, most time.Duration) {
	t.Helper()
	<-time.After(time.Duration(s.random.Int64N(int64(most))))
	s.gateway.signal(t, syscall.SIGKILL)
}

// fill kills a gateway that has no copy yet; how far the fill has come is kept, and gone on with.
func (s *siege) fill(t *testing.T) {
	t.Helper()
	s.gateway.signal(t, syscall.SIGKILL)
	if err := os.Remove(filepath.Join(s.dir, "data", "mirror.zst")); err != nil {
		t.Fatal(err)
	}
	s.letGo(t)
	s.gateway = launch(t, s.dir, s.env)
	s.killWithin(t, 400*time.Millisecond)
}

// sync kills a gateway that reads what it was not told of.
func (s *siege) sync(t *testing.T) {
	t.Helper()
	release := s.HoldEvents()
	defer release()
	s.change(t)
	wait := s.goOn(t, "mutation { sync { complete } }")
	defer wait()
	s.killWithin(t, 60*time.Millisecond)
}

// events kills a gateway that is told much at once.
func (s *siege) events(t *testing.T) {
	t.Helper()
	for range 5 {
		s.change(t)
	}
	s.killWithin(t, 60*time.Millisecond)
}

// writes kills a gateway that changes the list itself.
func (s *siege) writes(t *testing.T) {
	t.Helper()
	for range 3 {
		s.edits++
		wait := s.goOn(t, fmt.Sprintf(`mutation { updateActivity(input: {id: "%d", name: "Written %d"}) { id } }`, s.some(), s.edits))
		defer wait()
	}
	s.killWithin(t, 60*time.Millisecond)
}

// goOn asks the gateway something while it is killed. The returned function waits for the end of that.
func (s *siege) goOn(t *testing.T, document string) (wait func()) {
	t.Helper()
	gateway := s.gateway
	var asking sync.WaitGroup
	asking.Go(func() { _ = gateway.ask(webhookOwnerKey, document, new(json.RawMessage)) })
	return asking.Wait
}

// change lets something happen at Strava.
func (s *siege) change(t *testing.T) {
	t.Helper()
	s.edits++
	switch s.random.IntN(4) {
	case 0:
		start := time.Now().UTC().Truncate(time.Second).Add(-time.Duration(s.random.IntN(2*3600)) * time.Second)
		s.ids = append(s.ids, s.AddActivity(stravatest.Activity{Name: fmt.Sprint("Added ", s.edits), Distance: 1000, Start: start}))
	case 1:
		place := s.random.IntN(len(s.ids))
		s.DeleteActivity(s.ids[place])
		s.ids = append(s.ids[:place:place], s.ids[place+1:]...)
	default:
		s.rename(t, s.some(), fmt.Sprint("Edited ", s.edits))
	}
}

func (s *siege) some() int64 { return s.ids[s.random.IntN(len(s.ids))] }

// letGo takes away the leases of a gateway that was killed. They would end by themselves, but not within this test's time.
func (s *siege) letGo(t *testing.T) {
	t.Helper()
	for _, lease := range []string{"mirror.lease", "events.lease"} {
		if err := os.Remove(filepath.Join(s.dir, "data", lease)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
}

// rise starts the next gateway. What it shows first is what the one before has stored.
func (s *siege) rise(t *testing.T) {
	t.Helper()
	s.letGo(t)
	s.gateway = start(t, s.dir, s.env)
}

// wantSame waits until the gateway shows what Strava has. What no event told of in time, a sync finds on the newest page;
// further down the events have to.
func (s *siege) wantSame(t *testing.T) {
	t.Helper()
	s.delivered(t)
	want := s.atStrava(t)
	s.gateway.eventually(t, 60*time.Second, func() error {
		if err := s.gateway.ask(webhookOwnerKey, "mutation { sync { complete } }", new(json.RawMessage)); err != nil {
			return err
		}
		got, err := s.gateway.names()
		if err != nil {
			return err
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			return fmt.Errorf("the list differs (-Strava's +shown):\n%.1500s", diff)
		}
		return nil
	})
}

// atStrava are the names of all activities at Strava, by their ids.
func (s fakeStrava) atStrava(t *testing.T) map[string]string {
	t.Helper()
	names := map[string]string{}
	for page := 1; ; page++ {
		request := newRequest(t, s.apiURL()+"/athlete/activities?per_page=200&page="+strconv.Itoa(page), s.AccessToken("read", "activity:read_all"))
		response, err := client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		var rows []struct {
			ID   int64
			Name string
		}
		err = json.NewDecoder(response.Body).Decode(&rows)
		_ = response.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			names[strconv.FormatInt(row.ID, 10)] = row.Name
		}
		if len(rows) == 0 {
			return names
		}
	}
}

func newRequest(t *testing.T, address, token string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return request
}

func (s fakeStrava) apiURL() string {
	for _, variable := range s.env {
		if name, value, _ := strings.Cut(variable, "="); name == "STRAVA_API_URL" {
			return value
		}
	}
	return ""
}

// names are those of all activities that the gateway shows, by their ids.
func (p *process) names() (map[string]string, error) {
	names := map[string]string{}
	for after := "null"; ; {
		var got struct {
			Activities struct {
				Nodes    []struct{ StravaID, Name string }
				PageInfo struct {
					HasNextPage bool
					EndCursor   string
				}
			}
		}
		err := p.ask(webhookOwnerKey, fmt.Sprintf(`{ activities(first: 200, after: %s) { nodes { stravaId name } pageInfo { hasNextPage endCursor } } }`, after), &got)
		if err != nil {
			return nil, err
		}
		for _, node := range got.Activities.Nodes {
			names[node.StravaID] = node.Name
		}
		if !got.Activities.PageInfo.HasNextPage {
			return names, nil
		}
		after = strconv.Quote(got.Activities.PageInfo.EndCursor)
	}
}
