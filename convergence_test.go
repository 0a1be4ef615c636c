package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

const (
	// agreeWithin is how soon each replica shows what one of them was told.
	agreeWithin   = 5 * time.Second
	convergedRuns = 450
)

// TestReplicasBehindNginxAgree has Strava tell a balancer what happens, which gives it to some replica or other: all of them
// show it within five seconds, and tell those who listen to them. They never read the list at the same time, and take
// together as many calls as one gateway takes alone.
func TestReplicasBehindNginxAgree(t *testing.T) {
	t.Parallel()
	alone, strava := startTurnstile(t), startTurnstile(t)
	dir, env := t.TempDir(), append(alone.env, "OWNER_KEY="+webhookOwnerKey)
	alone.connect(t, dir, env)
	start(t, dir, env).mirrored(t, convergedRuns)
	d := prepare(t, strava.env...)
	strava.connect(t, t.TempDir(), d.env)
	d.start(t)
	d.everywhere(func(p *process) { p.mirrored(t, convergedRuns) })
	if diff := gocmp.Diff(alone.calls(), strava.calls()); diff != "" {
		t.Errorf("the calls of three replicas differ from those of one gateway (-one +three):\n%s", diff)
	}
	d.subscribe(t)
	ids := d.replica(0).mirrored(t, convergedRuns)
	var heard []stream
	for _, p := range append(d.replicas(), d.front()) {
		heard = append(heard, p.follow(t, "subscription { activityChanged { kind id activity { name } } }"))
	}
	before := strava.calls()

	added := strava.AddActivity(stravatest.Activity{Name: "Added", Visibility: "only_me"})
	strava.delivered(t)
	d.agree(t, added, "Added", convergedRuns+1)
	tell(t, heard, `"kind":"CREATED"`)
	strava.EditActivity(ids[300], func(a *stravatest.Activity) { a.Name = "Edited" })
	strava.delivered(t)
	d.agree(t, ids[300], "Edited", convergedRuns+1)
	tell(t, heard, `"activity":{"name":"Edited"}`)
	strava.DeleteActivity(ids[400])
	strava.delivered(t)
	d.agree(t, ids[400], "", convergedRuns)
	tell(t, heard, `"kind":"DELETED"`)
	want := maps.Clone(before)
	want["GET /activities/{id}"] += 2
	want["GET /push_subscriptions"] = strava.calls()["GET /push_subscriptions"] // Each may ask once whose events they are.
	if diff := gocmp.Diff(want, strava.calls()); diff != "" {
		t.Errorf("an addition, an edit and a deletion took other calls than one for each of the first two (-want +got):\n%s", diff)
	}

	for range 5 {
		d.everywhere(func(p *process) {
			if err := p.ask(webhookOwnerKey, "mutation { sync { complete } }", new(json.RawMessage)); err != nil {
				t.Error(err)
			}
		})
	}
	if crowd := strava.most(); crowd != 1 {
		t.Errorf("%d calls for the list at the same time", crowd)
	}

	strava.RevokeAll()
	strava.delivered(t)
	for _, p := range d.replicas() {
		p.eventually(t, agreeWithin, p.wantNothing)
	}
	if refusals := strava.Refusals(); refusals > 2 { // Its refresh token, and the one before that.
		t.Errorf("%d refreshes were refused after the grant was ended, want those of one replica", refusals)
	}
}

// everywhere does something with all replicas at the same time.
func (d *deployment) everywhere(do func(*process)) {
	var doing sync.WaitGroup
	for _, p := range d.replicas() {
		doing.Go(func() { do(p) })
	}
	doing.Wait()
}

// agree waits until every replica has the activity by that name ("": not at all), in its list, by itself and in sums.
func (d *deployment) agree(t *testing.T, id int64, name string, count int) {
	t.Helper()
	deadline := time.Now().Add(agreeWithin)
	for _, p := range d.replicas() {
		p.shows(t, time.Until(deadline), id, name, count)
		p.eventually(t, time.Until(deadline), func() error {
			names, err := p.names()
			if err == nil && (names[fmt.Sprint(id)] != name || len(names) != count) {
				err = fmt.Errorf("it is listed as %q of %d, want %q of %d", names[fmt.Sprint(id)], len(names), name, count)
			}
			return err
		})
	}
}

func tell(t *testing.T, heard []stream, want string) {
	t.Helper()
	for _, one := range heard {
		one.next(t, agreeWithin, want)
	}
}

// wantNothing is an error as long as the replica shows anything of an athlete who has ended the grant.
func (p *process) wantNothing() error {
	for _, document := range []string{"{ activities(first: 1) { nodes { id } } }", "{ stats { totals { count } } }", "{ athlete { id } }"} {
		err := p.ask(webhookOwnerKey, document, new(json.RawMessage))
		if refused, ok := errors.AsType[*refusedAnswer](err); !ok || refused.code != "NOT_CONNECTED" {
			return fmt.Errorf("%s was answered with %w", document, err)
		}
	}
	var got struct{ Status struct{ Connection string } }
	if err := p.ask(webhookOwnerKey, "{ status { connection } }", &got); err != nil || got.Status.Connection != "NOT_CONNECTED" {
		return fmt.Errorf("the state is %s, %w", got.Status.Connection, err)
	}
	return nil
}

// turnstile is a fake Strava that counts who asks for its list at the same time.
type turnstile struct {
	fakeStrava
	before map[string]int // calls

	mu      sync.Mutex
	inside  int
	crowded int
}

func startTurnstile(t *testing.T) *turnstile {
	t.Helper()
	var runs []stravatest.Activity
	for n := range convergedRuns {
		start := time.Now().UTC().Truncate(time.Second).Add(-time.Duration(n+2) * time.Hour)
		runs = append(runs, stravatest.Activity{
			Distance: 1000, Start: start, Visibility: "only_me", // So nothing is kept warm for strangers: each replica does that by itself.
		})
	}
	s := &turnstile{fakeStrava: connected(t, stravatest.Config{
		Activities: runs, ReadLimits: [2]int{1e6, 1e6}, OverallLimits: [2]int{1e6, 1e6}, EventRetry: time.Second,
	})}
	t.Cleanup(s.Close)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.env = stravaEnv(server.URL)
	return s
}

// connect has the first grant stored, and whose it is, as after a consent: then nobody needs to ask.
func (s *turnstile) connect(t *testing.T, dir string, env []string) {
	t.Helper()
	defer s.Fault(stravatest.Fault{Path: "/athlete/activities", Status: http.StatusServiceUnavailable, Times: stravatest.Always})()
	defer t.Cleanup(s.Fault(stravatest.Fault{ // What takes no time can't meet.
		Path: "/athlete/activities", Delay: 150 * time.Millisecond, Times: stravatest.Always,
	}))
	launch(t, dir, env, "refresh").wait(t)
	if s.before = s.Calls(); s.before["GET /athlete"] != 1 {
		t.Fatalf("whose grant it is took other calls than one: %v", s.before)
	}
}

// calls are those since the grant was stored.
func (s *turnstile) calls() map[string]int {
	calls := s.Calls()
	for op := range calls {
		calls[op] -= s.before[op]
	}
	return calls
}

func (s *turnstile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/athlete/activities") {
		s.pass(1)
		defer s.pass(-1)
	}
	s.fakeStrava.ServeHTTP(w, r)
}

func (s *turnstile) pass(one int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inside += one
	s.crowded = max(s.crowded, s.inside)
}

func (s *turnstile) most() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.crowded
}
