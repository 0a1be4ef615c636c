package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// Whatever goes wrong with one endpoint is an error of the field that needs it, with the code for it, and the rest of the
// query is answered.
func TestEachFaultStaysAtItsField(t *testing.T) {
	t.Parallel()
	const activity, alone = "activity(id: ID) { stravaId field: %s }", `"activity":{"stravaId":"ID","field":null}`
	endpoints := map[string]struct {
		path  string
		query string // The field and what has to be answered beside it.
		rest  string // That answer, with null for the field.
	}{
		"gear": {"/gear/{id}", "gear(id: \"g17000993\") { brand }", `"gear":{"brand":null}`},
		"clubs": {"/athlete/clubs", "athlete { clubs { name } measurement }",
			`"athlete":{"clubs":null,"measurement":"METRIC"}`},
		"routes": {"/athletes/{id}/routes", "athlete { routes { nodes { name } } measurement }",
			`"athlete":{"routes":null,"measurement":"METRIC"}`},
		"segments": {"/segments/starred", "athlete { starredSegments { nodes { name } } measurement }",
			`"athlete":{"starredSegments":null,"measurement":"METRIC"}`},
		"training zones": {"/athlete/zones", "athlete { zones { min } measurement }",
			`"athlete":{"zones":null,"measurement":"METRIC"}`},
		"zones":    {"/activities/{id}/zones", fmt.Sprintf(activity, "zones { type }"), alone},
		"streams":  {"/activities/{id}/streams", fmt.Sprintf(activity, "streams(types: [TIME]) { time }"), alone},
		"comments": {"/activities/{id}/comments", fmt.Sprintf(activity, "comments { nodes { text } }"), alone},
	}
	never := make(chan struct{})
	faults := map[string]struct {
		stravatest.Fault
		code string
	}{
		"a cut body": {stravatest.Fault{CutAfter: 1}, "UPSTREAM_UNAVAILABLE"},
		"HTML":       {stravatest.Fault{Status: 200, Body: "<html>raw answer of Strava</html>", ContentType: "text/html"}, "UPSTREAM_UNAVAILABLE"},
		"slow":       {stravatest.Fault{Until: never}, "UPSTREAM_UNAVAILABLE"},
		"402":        {stravatest.Fault{Status: 402, Body: stravaSays("Athlete", "subscription", "missing")}, "SUBSCRIPTION_REQUIRED"},
		"500":        {stravatest.Fault{Status: 500, Body: stravaSays("", "", "")}, "UPSTREAM_UNAVAILABLE"},
		"429":        {stravatest.Fault{Status: 429, Body: stravaSays("Application", "rate limit", "exceeded")}, "RATE_LIMITED"},
	}
	for of, endpoint := range endpoints {
		for name, fault := range faults {
			t.Run(of+", "+name, func(t *testing.T) {
				t.Parallel()
				s := newStack(t, thirty())
				id := s.commented(t)
				fault.Path, fault.Method, fault.Times = endpoint.path, http.MethodGet, stravatest.Always
				s.fake.Fault(fault.Fault)
				defer s.fake.Forgive()

				started := time.Now()
				got := s.ask(t, "{ "+strings.ReplaceAll(endpoint.query, "ID", id)+" stats { totals { count } } }", "")
				if took := time.Since(started); took > 10*time.Second {
					t.Errorf("the answer took %v", took)
				}
				want := "{" + strings.ReplaceAll(endpoint.rest, "ID", id) + `,"stats":{"totals":{"count":30}}}`
				if string(got.Data) != want {
					t.Errorf("data %s, want %s", got.Data, want)
				}
				if len(got.Errors) != 1 || got.Errors[0].code() != fault.code || len(got.Errors[0].Path) == 0 {
					t.Fatalf("%+v, want one error with the code %s", got.Errors, fault.code)
				}
				for _, secret := range secrets {
					if strings.Contains(got.Errors[0].Message, secret) {
						t.Errorf("%q shows %q", got.Errors[0].Message, secret)
					}
				}
			})
		}
	}
}

// commented is the id of an activity that the list says there are comments on. The gateway holds the athlete and the list
// afterwards.
func (s *stack) commented(t *testing.T) string {
	t.Helper()
	var held struct {
		Athlete    struct{ ID string }
		Activities struct {
			Nodes []struct {
				StravaID     string
				CommentCount int
			}
		}
	}
	s.mustAnswer(t, "{ athlete { id } activities { nodes { stravaId commentCount } } }", &held)
	for _, activity := range held.Activities.Nodes {
		if activity.CommentCount > 0 {
			return activity.StravaID
		}
	}
	t.Fatal("there are no comments")
	return ""
}
