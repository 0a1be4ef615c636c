package graph_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestLimits(t *testing.T) {
	t.Parallel()
	s := newPatientStack(t, threeRuns(), time.Minute)
	tests := map[string]struct {
		query string
		code  string // Empty: it runs.
	}{
		"a page of everything that is held": {query: "{ activities(first: 200) { nodes { id stravaId url name sport sportType sportGroup " +
			"startedAt startedAtLocal localDate timeZone utcOffset distance movingTime elapsedTime elevationGain averageSpeed } } }"},
		"a photo for almost a whole page": {query: "{ activities(first: 190) { nodes { name primaryPhoto { url } } } }"},
		"a heat map of three years":       {query: "{ stats { periods(by: DAY, last: 1100) { start totals { count distance movingTime } } } }"},
		"a page of laps":                  {query: "{ activities { nodes { name laps { number distance movingTime averagePace averageHeartRate averageCadence } } } }"},
		"a page of streams":               {query: "{ activities { nodes { name streams(" + everyChannel + ") { time distance coordinates { latitude longitude } altitude } } } }"},
		"a page of thinned streams and laps": {query: "{ activities { nodes { name laps { number distance } streams(" + everyChannel +
			", points: 500) { time heartRate altitude } } } }"},
		"everything of one activity": {query: "{ activities(first: 1) { nodes { name description calories gear { name brand model frameType weight } " +
			"primaryPhoto { url } photos { url sizes { url } } laps { number distance averagePace } splits { number averagePace } " +
			"miles: splits(system: IMPERIAL) { number averagePace } bestEfforts { name elapsedTime } segmentEfforts { name elapsedTime segment { name } } " +
			"zones { type buckets { min max time } } streams(" + everyChannel + ") { time distance altitude heartRate } " +
			"comments { nodes { text author { firstName } } } kudos { nodes { giver { firstName } } } map { polyline svgPath geoJson } } } }"},
		"all details of a page, which are one call each": {query: "{ activities { nodes { description calories perceivedExertion " +
			"primaryPhoto { url } laps { number distance } splits { number averagePace } bestEfforts { name } segmentEfforts { name elapsedTime } " +
			"map { polyline } } } }"},
		"the same details under other names": {query: "{ activities(first: 150) { nodes { ...Details ... on Activity { a: description b: calories } } } } " +
			"fragment Details on Activity { description map { polyline } }"},
		"all that a page of segments tells": {query: "{ athlete { starredSegments(first: 100) { nodes { elevationGain effortCount athleteCount " +
			"starCount createdAt updatedAt records { overall } map { polyline } } } } }"},
		"seven calls for each of a page": {query: "{ activities { nodes { description gear { name } photos { url } zones { type } " +
			"streams(types: [TIME], points: 2) { time } comments(first: 1) { nodes { text } } kudos(first: 1) { nodes { giver { firstName } } } } } }",
			code: "QUERY_TOO_COMPLEX"},
		"details of the efforts' own activities": {query: "{ activities(first: 2) { nodes { segmentEfforts { activity { segmentEfforts { activity { description } } } } } } }",
			code: "QUERY_TOO_COMPLEX"},
		"a hundred nodes":          {query: "{ nodes(ids: [" + strings.Repeat(`"QWN0aXZpdHk6MQ" `, 100) + "]) { id } }"},
		"laps of the longest page": {query: "{ activities(first: 200) { nodes { laps { number } } } }", code: "QUERY_TOO_COMPLEX"},
		"streams of the longest page": {query: "{ activities(first: 200) { nodes { streams(types: [TIME], points: 2) { time } } } }",
			code: "QUERY_TOO_COMPLEX"},
		"a hundred nodes and their calls": {query: "{ nodes(ids: [" + strings.Repeat(`"x" `, 100) + "]) { ... on Activity { description laps { number } } } }",
			code: "QUERY_TOO_COMPLEX"},
		"the efforts on some segments": {query: "{ athlete { starredSegments(first: 20) { nodes { name efforts { startedAt elapsedTime personalRecordRank } } } } }"},
		"the samples of all efforts on a segment": {query: `{ segment(id: "77") { efforts { streams(types: [TIME], points: 2) { time } } } }`,
			code: "QUERY_TOO_COMPLEX"},
		"what all efforts on a segment were a part of": {query: `{ segment(id: "77") { efforts { activity { description } } } }`,
			code: "QUERY_TOO_COMPLEX"},
		"the samples of all efforts of some rides": {query: "{ activities(first: 4) { nodes { segmentEfforts { streams(types: [TIME], points: 2) { time } } } } }",
			code: "QUERY_TOO_COMPLEX"},
		"the segments of a ride, and how it did on them": {query: "{ activities(first: 1) { nodes { segmentEfforts { name elapsedTime segment { name history { bestTime } } } } } }"},
		"two calls for each of a page": {query: "{ activities(first: 200) { nodes { calories description } } }",
			code: "QUERY_TOO_COMPLEX"},
		"the same, in small pages": {query: aliased(40, "activities { nodes { calories description } }"),
			code: "QUERY_TOO_COMPLEX"},
		"a few syncs": {query: "mutation " + aliased(3, "sync { complete }")},
		"one sync too many": {query: "mutation " + aliased(4, "sync { complete }"),
			code: "QUERY_TOO_COMPLEX"},
		"the athlete, again and again": {query: aliased(250, "athlete { firstName }"), code: "QUERY_TOO_COMPLEX"},
		"too many tokens":              {query: aliased(700, "status { demo }"), code: "QUERY_TOO_COMPLEX"},
		"one more token than allowed":  {query: "{" + strings.Repeat(" __typename", 1999) + "}", code: "QUERY_TOO_COMPLEX"},
		"fragments that double":        {query: doubling(60), code: "QUERY_TOO_COMPLEX"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			started := time.Now()
			got := s.ask(t, test.query, "")
			if took := time.Since(started); took > 5*time.Second {
				t.Errorf("it took %v to decide", took)
			}
			switch {
			case test.code == "" && (got.Status != http.StatusOK || len(got.Errors) > 0):
				t.Errorf("%d %+v, want an answer", got.Status, got.Errors)
			case test.code != "" && (got.Status != http.StatusBadRequest || len(got.Errors) != 1 || got.Errors[0].code() != test.code):
				t.Errorf("%d %+v, want 400 and %s", got.Status, got.Errors, test.code)
			}
		})
	}
	if calls := s.fake.Calls()["GET /activities/{id}"]; calls != 0 {
		t.Errorf("%d calls for details; a refused query may cause none, and there are no photos", calls)
	}
}

// A page of 200 costs at least 200 calls if each activity costs one, which is more than Strava allows in a quarter hour.
func TestEveryFieldThatMayCostACallCostsMore(t *testing.T) {
	t.Parallel()
	s := newStack(t, threeRuns())
	for _, field := range []string{
		"gear { name }", "description", "calories", "perceivedExertion", "primaryPhoto { url }", "map { polyline }", "photos { url }",
		"laps { number }", "splits { number }", "bestEfforts { name }", "segmentEfforts { name }", "zones { type }",
		"streams(types: [TIME]) { time }", "comments(first: 1) { nodes { text } }", "kudos(first: 1) { nodes { giver { firstName } } }",
	} {
		got := s.ask(t, "{ activities(first: 200) { nodes { "+field+" } } }", "")
		if len(got.Errors) != 1 || got.Errors[0].code() != "QUERY_TOO_COMPLEX" {
			t.Errorf("%s: %+v, want QUERY_TOO_COMPLEX", field, got.Errors)
		}
	}
	got := s.ask(t, "{ stats "+aliased(250, "strava { biggestClimb }")+" }", "")
	if len(got.Errors) != 1 || got.Errors[0].code() != "QUERY_TOO_COMPLEX" {
		t.Errorf("strava: %+v, want QUERY_TOO_COMPLEX", got.Errors)
	}
}

// aliased asks for the same field many times.
func aliased(times int, field string) string {
	var query strings.Builder
	for i := range times {
		fmt.Fprintf(&query, " a%d: %s", i, field)
	}
	return "{" + query.String() + "}"
}

// doubling spreads a fragment twice in a fragment that is spread twice, and so on: 2^depth fields in a short document.
func doubling(depth int) string {
	var query strings.Builder
	query.WriteString("{ ...F0 }")
	for i := range depth {
		fmt.Fprintf(&query, " fragment F%d on Query { ...F%d ...F%d }", i, i+1, i+1)
	}
	fmt.Fprintf(&query, " fragment F%d on Query { status { demo } }", depth)
	return query.String()
}

func TestMessagesHaveALimit(t *testing.T) {
	t.Parallel()
	got := newStack(t, threeRuns()).ask(t, "{ "+strings.Repeat("x", 100_000)+" }", "")
	if len(got.Errors) != 1 || len(got.Errors[0].Message) > 500 {
		t.Errorf("%d errors, the first of %d bytes", len(got.Errors), len(got.Errors[0].Message))
	}
}

// GraphiQL asks this when it opens.
func TestIntrospectionIsAnswered(t *testing.T) {
	t.Parallel()
	var got struct {
		Schema struct {
			QueryType struct{ Name string }
			Types     []struct{ Name, Description string }
		} `json:"__schema"`
	}
	newStack(t, threeRuns()).mustAnswer(t, "{ __schema { queryType { name } types { name description fields { name args { name type { name ofType { name ofType { name ofType { name } } } } } } } } }", &got)
	if got.Schema.QueryType.Name != "Query" || len(got.Schema.Types) < 30 {
		t.Errorf("%+v", got)
	}
}

// Lists in lists multiply, without end: the product must not wrap around and look cheap.
func TestTheCountOfNestedListsDoesNotWrapAround(t *testing.T) {
	t.Parallel()
	s := newStack(t, threeRuns())
	for depth := 3; depth < 120; depth++ {
		query := "{ activities { nodes { " + strings.Repeat("segmentEfforts { activity { ", depth) + "description" + strings.Repeat(" } }", depth) + " } } }"
		if got := s.ask(t, query, ""); len(got.Errors) != 1 || got.Errors[0].code() != "QUERY_TOO_COMPLEX" {
			t.Errorf("%d deep: %+v, want QUERY_TOO_COMPLEX", depth, got.Errors)
		}
	}
}
