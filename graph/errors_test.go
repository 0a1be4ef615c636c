package graph_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// secrets must show up nowhere: they are planted in the grant and in what the fake answers.
var secrets = []string{"planted-client-secret", "planted-refresh-token", "raw answer of Strava", "panic", "goroutine"}

const faulty = `{"message":"raw answer of Strava","errors":[{"resource":"%","field":"#","code":"@"}]}`

func stravaSays(resource, field, code string) string {
	return strings.NewReplacer("%", resource, "#", field, "@", code).Replace(faulty)
}

func alone() []stravatest.Activity {
	return []stravatest.Activity{{Name: "Alone", Description: "Windy.", Start: now().Add(-time.Hour)}}
}

// What Strava answers wrongly becomes the contract's code for it, through the whole gateway, in words for a person.
func TestStravasFaultsBecomeTheContractsCodes(t *testing.T) {
	t.Parallel()
	never := make(chan struct{})
	tests := map[string]struct {
		fault   stravatest.Fault
		code    string
		retryAt bool
		scope   string
	}{
		"401 for a grant that Strava goes on renewing": {fault: stravatest.Fault{Status: 401, Body: stravaSays("Athlete", "access_token", "invalid")},
			code: "UPSTREAM_UNAVAILABLE"},
		"401 for want of a scope": {fault: stravatest.Fault{Status: 401, Body: stravaSays("AccessToken", "activity:read_permission", "missing")},
			code: "SCOPE_MISSING", scope: "activity:read"},
		"403 inactive": {fault: stravatest.Fault{Status: 403, Body: stravaSays("Application", "Status", "Inactive")},
			code: "APP_INACTIVE"},
		"403 limit of athletes": {fault: stravatest.Fault{Status: 403, Body: `{"message":"Limit of connected athletes exceeded"}`},
			code: "MISCONFIGURED"},
		"404": {fault: stravatest.Fault{Status: 404, Body: stravaSays("Athlete", "", "not found")},
			code: "UPSTREAM_UNAVAILABLE"},
		"429": {fault: stravatest.Fault{Status: 429, Body: stravaSays("Application", "rate limit", "exceeded")},
			code: "RATE_LIMITED", retryAt: true},
		"500": {fault: stravatest.Fault{Status: 500, Body: stravaSays("", "", "")},
			code: "UPSTREAM_UNAVAILABLE"},
		"HTML in place of JSON": {fault: stravatest.Fault{Status: 200, Body: "<html>raw answer of Strava</html>", ContentType: "text/html"},
			code: "UPSTREAM_UNAVAILABLE"},
		"HTML that says it is JSON": {fault: stravatest.Fault{Status: 200, Body: "<html>raw answer of Strava</html>"},
			code: "UPSTREAM_UNAVAILABLE"},
		"a cut body":   {fault: stravatest.Fault{CutAfter: 20}, code: "UPSTREAM_UNAVAILABLE"},
		"no answer":    {fault: stravatest.Fault{Until: never}, code: "UPSTREAM_UNAVAILABLE"},
		"JSON of else": {fault: stravatest.Fault{Status: 200, Body: `["raw answer of Strava"]`}, code: "UPSTREAM_UNAVAILABLE"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, stravatest.Config{Activities: alone()})
			test.fault.Method, test.fault.Times = http.MethodGet, stravatest.Always // A refresh is a POST.
			s.fake.Fault(test.fault)

			got := s.ask(t, "{ athlete { firstName } activities(first: 1) { totalCount } status { version } }", "")
			if got.Status != http.StatusOK {
				t.Errorf("status %d, want 200: fields failed, the query ran", got.Status)
			}
			if string(got.Data) != `{"athlete":null,"activities":null,"status":{"version":"1.2.3"}}` {
				t.Errorf("data %s: one failure must not blank the rest", got.Data)
			}
			if len(got.Errors) != 2 {
				t.Fatalf("%d errors, want one for each field: %+v", len(got.Errors), got.Errors)
			}
			for _, failure := range got.Errors {
				checkFailure(t, failure, test.code, test.scope, test.retryAt)
			}
			s.fake.Forgive()
		})
	}
}

// A 401 that does not mean it: Strava hands out the same access token again, and then takes it.
func TestOneOddRefusalIsForgotten(t *testing.T) {
	t.Parallel()
	s := newStack(t, stravatest.Config{Activities: alone()})
	for range 2 {
		s.fake.Fault(stravatest.Fault{Method: http.MethodGet, Status: 401, Body: stravaSays("Athlete", "access_token", "invalid")})
		if got := s.ask(t, "{ athlete { firstName } activities { totalCount } stats { strava { runs { recent { count } } } } }", ""); len(got.Errors) > 0 {
			t.Errorf("errors %+v, want none", got.Errors)
		}
	}
	s.fake.Forgive()
}

// Strava's 401 that means it: the athlete has taken the grant back.
func TestARevokedGrantNeedsConsent(t *testing.T) {
	t.Parallel()
	s := newStack(t, stravatest.Config{Activities: alone()})
	if got := s.ask(t, "{ athlete { firstName } }", ""); len(got.Errors) > 0 {
		t.Fatalf("before: %+v", got.Errors)
	}
	s.fake.RevokeAll()
	got := s.ask(t, "{ activities { totalCount } }", "")
	if len(got.Errors) != 1 {
		t.Fatalf("errors %+v, want one", got.Errors)
	}
	checkFailure(t, got.Errors[0], "NEEDS_CONSENT", "", false)

	var after struct {
		Status struct{ Connection, Hint string }
	}
	s.mustAnswer(t, "{ status { connection hint } }", &after)
	if after.Status.Connection != "NEEDS_CONSENT" || after.Status.Hint == "" {
		t.Errorf("status %+v", after.Status)
	}
}

func checkFailure(t *testing.T, failure answerError, code, scope string, retryAt bool) {
	t.Helper()
	if failure.code() != code {
		t.Errorf("%+v, want code %s", failure, code)
	}
	if got, _ := failure.Extensions["scope"].(string); got != scope {
		t.Errorf("scope %q, want %q", got, scope)
	}
	if text, given := failure.Extensions["retryAt"].(string); given != retryAt {
		t.Errorf("retryAt %q, want one: %t", text, retryAt)
	} else if at, err := time.Parse(time.RFC3339, text); retryAt && (err != nil || !at.After(now())) {
		t.Errorf("retryAt %q is no time to come: %v", text, err)
	}
	if len(failure.Path) != 1 || len(failure.Locations) != 1 {
		t.Errorf("path %v and locations %v, want one each", failure.Path, failure.Locations)
	}
	if len(failure.Message) < 20 || !strings.HasSuffix(failure.Message, ".") {
		t.Errorf("%q is no sentence for a person", failure.Message)
	}
	for _, secret := range secrets {
		if strings.Contains(failure.Message, secret) {
			t.Errorf("%q shows %q", failure.Message, secret)
		}
	}
}

// What the athlete can read costs nothing of what they cannot: a failing detail is null, with an error at its place.
func TestAFailingDetailLeavesTheRest(t *testing.T) {
	t.Parallel()
	s := newStack(t, stravatest.Config{Activities: alone()})
	s.fake.Fault(stravatest.Fault{Path: "/activities/{id}", Status: 500, Times: stravatest.Always})

	got := s.ask(t, "{ activities { nodes { name description } } }", "")
	if string(got.Data) != `{"activities":{"nodes":[{"name":"Alone","description":null}]}}` {
		t.Errorf("data %s", got.Data)
	}
	if len(got.Errors) != 1 || got.Errors[0].code() != "UPSTREAM_UNAVAILABLE" {
		t.Fatalf("errors %+v", got.Errors)
	}
	if path, _ := json.Marshal(got.Errors[0].Path); string(path) != `["activities","nodes",0,"description"]` {
		t.Errorf("path %s", path)
	}
	if !strings.Contains(s.log.String(), "UPSTREAM_UNAVAILABLE") {
		t.Errorf("the log does not tell: %s", s.log)
	}
}

// What four fields want to know is one call, and a list that wants none of them causes none.
func TestDetailsOfAnActivityAreOneCall(t *testing.T) {
	t.Parallel()
	s := newRecordedStack(t)
	for _, test := range []struct {
		query string
		calls int
	}{
		{"{ activities { nodes { name distance map { summaryPolyline } } } stats { totals { count } } }", 0},
		{`{ activity(id: 17000000006) { description calories perceivedExertion gear { name } primaryPhoto { url } map { polyline } } }`, 1},
	} {
		if got := s.ask(t, test.query, ""); len(got.Errors) > 0 {
			t.Fatalf("%+v", got.Errors)
		}
		if calls := s.fake.Calls()["GET /activities/{id}"]; calls != test.calls {
			t.Errorf("%s: %d calls for details, want %d", test.query, calls, test.calls)
		}
	}
}
