package graph_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

// cost is extensions.cost as a client reads it; nil where an answer has none.
type cost struct {
	UpstreamCalls *int    `json:"upstreamCalls"`
	AsOf          *string `json:"asOf"`
}

// costs is a cost of so many calls; an empty asOf is none.
func costs(calls int, asOf string) *cost {
	want := &cost{UpstreamCalls: &calls}
	if asOf != "" {
		want.AsOf = &asOf
	}
	return want
}

func (s *stack) expectCost(t *testing.T, got answer, want *cost) {
	t.Helper()
	if diff := cmp.Diff(want, got.Extensions.Cost); diff != "" {
		t.Errorf("extensions.cost (-want +got):\n%s", diff)
	}
}

// asOfNow is the time of these tests in an answer.
const asOfNow = "2026-11-22T09:30:00Z"

func TestTheCostOfNamedQueries(t *testing.T) {
	t.Parallel()
	const page = "{ activities { totalCount nodes { name distance } } "
	tests := map[string]struct {
		query      string
		cold, warm *cost
	}{
		"a dashboard": {page + "stats { totals { count } bySport { sport } streak { current { length } } } }", costs(0, asOfNow), costs(0, asOfNow)},
		"the photos":  {"{ activities(first: 5) { nodes { primaryPhoto { url } } } }", costs(5, asOfNow), costs(0, asOfNow)},
		"everything at once": {page + "athlete { firstName clubs { name } } }", costs(1, asOfNow),
			costs(0, asOfNow)},
		"the same thing twice": {"{ a: athlete { clubs { name } } b: athlete { clubs { id } } }", costs(1, asOfNow), costs(0, asOfNow)},
		"a mutation":           {"mutation { sync { activities } }", costs(1, ""), costs(1, "")},
		"the gateway itself":   {"{ status { version } rateLimit { read { day { used } } } }", costs(0, ""), costs(0, "")},
		"the schema":           {"{ __typename __schema { queryType { name } } }", costs(0, ""), costs(0, "")},
		"an error": {`{ node(id: "x") { id } }`,
			costs(0, ""), costs(0, "")},
		"nothing of that id": {`{ gear(id: "b1") { name } }`, costs(1, asOfNow), costs(0, asOfNow)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newPatientStack(t, thirty(), time.Minute).filled(t)
			s.expectCost(t, s.ask(t, test.query, ""), test.cold)
			s.expectCost(t, s.ask(t, test.query, ""), test.warm)
		})
	}
}

// A GET has a cost like a POST, the operation of several that is asked for its own, and what never ran has none.
func TestWhichAnswersHaveACost(t *testing.T) {
	t.Parallel()
	s := newPatientStack(t, thirty(), time.Minute)
	const several = "query A { athlete { firstName } } query B { __typename }"
	s.expectCost(t, s.askNamed(t, several, "B"), costs(0, ""))
	s.expectCost(t, s.get(t, "{ athlete { firstName } }"), costs(1, asOfNow))
	s.expectCost(t, s.askNamed(t, several, "A"), costs(0, asOfNow))
	for name, query := range map[string]string{
		"cannot be parsed": "{", "cannot be valid": "{ nothing }", "too complex": "{" + strings.Repeat(" a", 3000) + "}",
	} {
		if got := s.ask(t, query, ""); got.Data != nil || got.Extensions.Cost != nil {
			t.Errorf("%s: %s has the cost %+v", name, got.Data, got.Extensions.Cost)
		}
	}
	refused := s.ask(t, "query($n: Int!) { activities(first: $n) { totalCount } }", "{}")
	if refused.Data != nil || refused.Extensions.Cost != nil {
		t.Errorf("a missing variable: %s has the cost %+v", refused.Data, refused.Extensions.Cost)
	}
}

// get asks as the owner, in the address.
func (s *stack) get(t *testing.T, query string) answer {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query="+url.QueryEscape(query), nil)
	r.Header.Set("Authorization", "Bearer "+ownerKey)
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, r)
	got := answer{Status: recorder.Code}
	if err := json.Unmarshal(recorder.Body.Bytes(), &got); err != nil {
		t.Fatalf("%d, and not JSON: %s", recorder.Code, recorder.Body)
	}
	return got
}

// What no longer fits is an error of its field with the time to come back; what is held is given beside it.
func TestASpentQuota(t *testing.T) {
	t.Parallel()
	s := newPatientStack(t, thirty(), time.Minute).filled(t)
	var held struct{ Athlete, Activities any }
	s.mustAnswer(t, "{ athlete { firstName } activities(first: 1) { nodes { laps { number } } } }", &held)
	s.fake.SetUsage([2]int{97, 97}, [2]int{97, 97})
	s.expectCost(t, s.ask(t, "{ athlete { clubs { name } } }", ""), costs(1, asOfNow)) // brings the news: two are left

	got := s.ask(t, "{ athlete { firstName } activities(first: 6) { nodes { name laps { number } } } }", "")
	s.expectCost(t, got, costs(2, asOfNow))
	if len(got.Errors) != 3 || strings.Count(string(got.Data), `"name":`) != 6 || strings.Count(string(got.Data), `"laps":null`) != 3 {
		t.Fatalf("%d errors: %+v\n%s", len(got.Errors), got.Errors, got.Data)
	}
	for _, failure := range got.Errors {
		if failure.code() != "RATE_LIMITED" || failure.Extensions["retryAt"] != "2026-11-22T09:45:00Z" {
			t.Errorf("%+v", failure)
		}
	}

	again := s.ask(t, "{ athlete { firstName } stats { totals { count } } rateLimit { read { quarterHour { limit used remaining } } } }", "")
	s.expectCost(t, again, costs(0, asOfNow))
	const spent = `"rateLimit":{"read":{"quarterHour":{"limit":100,"used":100,"remaining":0}}}`
	if len(again.Errors) > 0 || !strings.Contains(string(again.Data), spent) {
		t.Errorf("%s %+v", again.Data, again.Errors)
	}
}

// A gateway that holds nothing says until when it will.
func TestASpentQuotaWithNothingHeld(t *testing.T) {
	t.Parallel()
	s := newPatientStack(t, stravatest.Config{Activities: alone()}, time.Minute)
	s.fake.SetUsage([2]int{100, 100}, [2]int{100, 100})
	got := s.ask(t, "{ stats { totals { count } } }", "")
	if len(got.Errors) != 1 || got.Errors[0].code() != "RATE_LIMITED" || got.Errors[0].Extensions["retryAt"] != "2026-11-22T09:45:00Z" {
		t.Errorf("%+v", got.Errors)
	}
	s.expectCost(t, got, costs(1, "")) // Strava's own refusal was the first to tell
	s.expectCost(t, s.ask(t, "{ stats { totals { count } } }", ""), costs(0, ""))
}

// BenchmarkWarmDashboard is a query for what a dashboard shows, over HTTP in process, with all of it held.
func BenchmarkWarmDashboard(b *testing.B) {
	s := newPatientStack(b, thirty(), time.Minute)
	const query = "{ athlete { firstName } activities(first: 30) { totalCount nodes { id name distance movingTime gear { name } laps { number } } } " +
		"stats { totals { count distance } bySport { sport totals { count } } streak { current { length } } } }"
	if got := s.ask(b, query, ""); len(got.Errors) > 0 {
		b.Fatal(got.Errors)
	}
	b.ReportAllocs()
	for b.Loop() {
		s.ask(b, query, "")
	}
}
