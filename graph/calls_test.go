package graph_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

// calls is how often each endpoint was asked.
type calls map[string]int

// callsSince are the calls for data since the count before: not those for tokens.
func (s *stack) callsSince(before calls) calls {
	since := calls{}
	for op, count := range s.fake.Calls() {
		if count -= before[op]; count > 0 && strings.HasPrefix(op, "GET ") {
			since[strings.TrimPrefix(op, "GET ")] = count
		}
	}
	return since
}

// thirty is a history of thirty activities, ten each with a bike, with shoes and with other shoes, which the athlete's
// profile does not name.
func thirty() stravatest.Config {
	var history []stravatest.Activity
	for i := range 30 {
		history = append(history, stravatest.Activity{
			Sport: []string{"Ride", "Run", "Run"}[i%3], Start: now().AddDate(0, 0, -1-i), Distance: 8000, Photos: 2,
			Description: "Windy.", GearID: []string{"b17000991", "g17000992", "g17000993"}[i%3],
		})
	}
	return stravatest.Config{Activities: history}
}

const (
	everyChannel = "types: [TIME, DISTANCE, COORDINATES, ALTITUDE, SPEED, HEART_RATE, CADENCE, POWER, TEMPERATURE, MOVING, GRADE]"
	onePage      = "{ activities { nodes { stravaId name distance " // and what follows
)

// Every query has its price: so many calls of a gateway that holds the list and the athlete alone, and none at all when it
// is asked again.
func TestCallsOfNamedQueries(t *testing.T) {
	t.Parallel()
	gear := calls{"/gear/{id}": 3}
	tests := map[string]struct {
		query string
		calls calls
		// noProfile withholds the scope that shows the athlete's gear.
		noProfile bool
	}{
		"what the list tells": {query: onePage + "map { summaryPolyline bounds { southWest { latitude } } svgPath geoJson } } } " +
			"stats { totals { count } byGear { gearId totals { count } } streak { current { length } } eddington { number } " +
			"records { longestDistance { name } } } }"},
		"the gear of a page, held":     {query: onePage + "gear { name distance } } } }"},
		"the gear of a page, not held": {query: onePage + "gear { name distance } } } }", calls: gear, noProfile: true},
		"all of the gear of a page":    {query: onePage + "gear { brand model frameType weight description } } } }", calls: gear},
		"the gear of the sums":         {query: "{ stats { byGear { gear { name brand } totals { count } } } }", calls: gear, noProfile: true},
		"the laps of a page":           {query: onePage + "laps { number distance } } } }", calls: calls{"/activities/{id}": 30}},
		"the streams of a page":        {query: onePage + "streams(" + everyChannel + ", points: 100) { time } } } }", calls: calls{"/activities/{id}/streams": 30}},
		"the photos of a page": {query: onePage + "primaryPhoto { url } photos { url } } } }",
			calls: calls{"/activities/{id}": 30, "/activities/{id}/photos": 30}},
		"what one detail tells": {query: "{ activities(first: 1) { nodes { description calories perceivedExertion laps { number } splits { number } " +
			"miles: splits(system: IMPERIAL) { number } bestEfforts { name } segmentEfforts { name segment { name } activity { name } } " +
			"primaryPhoto { url } map { polyline } } } }", calls: calls{"/activities/{id}": 1}},
		"everything of one activity": {query: "{ activities(first: 1, filter: {dates: {to: \"2026-11-19\"}}) { nodes { description gear { name brand } laps { number } photos { url } " +
			"zones { type } streams(" + everyChannel + ") { time } comments { nodes { text } } kudos { nodes { giver { firstName } } } } } }",
			calls: calls{"/activities/{id}": 1, "/activities/{id}/photos": 1, "/activities/{id}/zones": 1, "/activities/{id}/streams": 1,
				"/activities/{id}/comments": 1, "/activities/{id}/kudos": 1, "/gear/{id}": 1}},
		"the same thing twice": {query: "{ a: activities(first: 1) { nodes { ...Twice again: streams(types: [TIME]) { time } } } " +
			"b: activities(first: 1) { nodes { ...Twice } } } fragment Twice on Activity { streams(types: [ALTITUDE], points: 9) { altitude } " +
			"description laps { number } }", calls: calls{"/activities/{id}": 1, "/activities/{id}/streams": 1}},
		"the athlete's own": {query: "{ athlete { firstName bikes { name } clubs { name } zones { min } routes { nodes { name } } " +
			"starredSegments { nodes { name } } } }", calls: calls{"/athlete/clubs": 1, "/athlete/zones": 1, "/athletes/{id}/routes": 1, "/segments/starred": 1}},
		"the athlete's own, in depth": {query: "{ athlete { clubs { description website memberCount } routes(first: 2) { nodes { segments { name } waypoints { title } " +
			"streams(types: [ALTITUDE]) { altitude } } } starredSegments(first: 2) { nodes { effortCount records { overall } map { polyline } efforts { elapsedTime } } } } }",
			calls: calls{"/athlete/clubs": 1, "/clubs/{id}": 3, "/athletes/{id}/routes": 1, "/routes/{id}": 2, "/routes/{id}/streams": 2,
				"/segments/starred": 1, "/segments/{id}": 2, "/segment_efforts": 2}},
		"the quota":               {query: "{ rateLimit { read { day { remaining } } } status { version } }"},
		"Strava's totals":         {query: "{ stats { strava { runs { recent { count } } } } }", calls: calls{"/athletes/{id}/stats": 1}},
		"nodes that do not exist": {query: `{ node(id: "QWN0aXZpdHk6MQ") { id } nodes(ids: ["QWN0aXZpdHk6MQ", "QXRobGV0ZTox"]) { id } }`},
		"the same node often": {query: `{ nodes(ids: ["R2VhcjpiMTcwMDA5OTE", "R2VhcjpiMTcwMDA5OTE", "R2VhcjpiMTcwMDA5OTE"]) { id ... on Gear { name } } ` +
			`gear(id: "b17000991") { name } }`, calls: calls{"/gear/{id}": 1}, noProfile: true},
		"an unknown gear": {query: `{ a: gear(id: "b1") { name } b: gear(id: "b1") { brand } }`, calls: calls{"/gear/{id}": 1}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := thirty()
			if test.noProfile {
				config.Scopes = []string{"read", "read_all", "activity:read", "activity:read_all"}
			}
			s := newPatientStack(t, config, time.Minute).filled(t)
			var held struct{ Athlete, Activities any }
			s.mustAnswer(t, "{ athlete { id } activities(first: 1) { totalCount } }", &held)
			for round, want := range []calls{test.calls, nil} {
				before := s.fake.Calls()
				got := s.ask(t, test.query, "")
				if len(got.Errors) > 0 {
					t.Fatalf("round %d: %+v", round, got.Errors)
				}
				if want == nil {
					want = calls{}
				}
				if diff := cmp.Diff(want, s.callsSince(before)); diff != "" {
					t.Errorf("round %d: calls (-want +got):\n%s", round, diff)
				}
			}
			if violations := s.fake.Violations(); len(violations) > 0 {
				t.Errorf("the client's manners: %v", violations)
			}
		})
	}
}

// What the athlete's profile names costs nothing.
func TestTheAthletesOwnGearCostsNoCall(t *testing.T) {
	t.Parallel()
	s := newPatientStack(t, stravatest.Config{Years: 1}, time.Minute)
	var athlete struct {
		Athlete struct{ Bikes, Shoes []struct{ StravaID string } }
	}
	s.mustAnswer(t, "{ athlete { bikes { stravaId } shoes { stravaId } } }", &athlete)
	own := map[string]bool{}
	for _, gear := range slices.Concat(athlete.Athlete.Bikes, athlete.Athlete.Shoes) {
		own[gear.StravaID] = true
	}
	var page struct {
		Activities struct {
			Nodes []struct{ Gear *struct{ StravaID string } }
		}
	}
	s.mustAnswer(t, "{ activities(first: 150) { nodes { gear { stravaId } } } }", &page)
	others := map[string]bool{}
	for _, activity := range page.Activities.Nodes {
		if activity.Gear != nil && !own[activity.Gear.StravaID] {
			others[activity.Gear.StravaID] = true
		}
	}
	if got := s.fake.Calls()["GET /gear/{id}"]; got != len(others) || len(own) == 0 {
		t.Errorf("%d calls for gear; the athlete's profile names %v, it does not name %v", got, slices.Collect(maps.Keys(own)), others)
	}
}

// Thirty times the same refusal would be a third of what Strava allows in a quarter of an hour.
func TestWhatSubscribersHaveIsRefusedOnce(t *testing.T) {
	t.Parallel()
	s := newPatientStack(t, thirty(), time.Minute)
	s.fake.Subscriber(false)
	for range 2 {
		got := s.ask(t, "{ activities { nodes { name zones { type } } } }", "")
		if len(got.Errors) != 30 || !strings.Contains(string(got.Data), `"name":`) {
			t.Fatalf("%d errors, want one for each activity: %s", len(got.Errors), got.Data)
		}
		for _, failure := range got.Errors {
			if failure.code() != "SUBSCRIPTION_REQUIRED" || len(failure.Path) != 4 {
				t.Fatalf("%+v", failure)
			}
		}
	}
	if got := s.fake.Calls()["GET /activities/{id}/zones"]; got > 4 {
		t.Errorf("%d calls, want as many as there may be at a time", got)
	}
	effort := s.ask(t, `{ node(id: "U2VnbWVudEVmZm9ydDo5OTAwMDAwMDAx") { id } activities(first: 1) { nodes { laps { number } } } }`, "")
	if len(effort.Errors) != 1 || effort.Errors[0].code() != "SUBSCRIPTION_REQUIRED" {
		t.Errorf("%+v, want one SUBSCRIPTION_REQUIRED", effort.Errors)
	}
}

func TestAMissingScopeIsNamed(t *testing.T) {
	t.Parallel()
	s := newPatientStack(t, stravatest.Config{Activities: alone(), Scopes: []string{"read", "activity:read"}}, time.Minute)
	got := s.ask(t, "{ athlete { firstName zones { min } bikes { name } clubs { name } } }", "")
	if len(got.Errors) != 1 || got.Errors[0].code() != "SCOPE_MISSING" || got.Errors[0].Extensions["scope"] != "profile:read_all" {
		t.Errorf("%+v, want SCOPE_MISSING for profile:read_all", got.Errors)
	}
	if !strings.Contains(string(got.Data), `"zones":null,"bikes":null,"clubs":[`) {
		t.Errorf("the rest is not answered: %s", got.Data)
	}
}

// A failure of one node stays at its place.
func TestOneNodeThatFails(t *testing.T) {
	t.Parallel()
	s := newPatientStack(t, thirty(), time.Minute)
	var held struct {
		Activities struct{ Nodes []struct{ ID string } }
	}
	s.mustAnswer(t, "{ activities(first: 1) { nodes { id } } }", &held)
	s.fake.Fault(stravatest.Fault{Path: "/routes/{id}", Status: 503, Times: stravatest.Always})
	got := s.ask(t, fmt.Sprintf(`{ nodes(ids: ["x", "Um91dGU6MQ", %q]) { id } }`, held.Activities.Nodes[0].ID), "")
	if want := fmt.Sprintf(`{"nodes":[null,null,{"id":%q}]}`, held.Activities.Nodes[0].ID); string(got.Data) != want {
		t.Errorf("%s, want %s", got.Data, want)
	}
	failures := map[string]string{}
	for _, failure := range got.Errors {
		failures[fmt.Sprint(failure.Path)] = failure.code()
	}
	if diff := cmp.Diff(map[string]string{"[nodes 0]": "BAD_USER_INPUT", "[nodes 1]": "UPSTREAM_UNAVAILABLE"}, failures); diff != "" {
		t.Errorf("errors (-want +got):\n%s", diff)
	}
}
