package graph_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// opaque spells ids and cursors as the gateway does.
func opaque(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func quote(text string) string { return `"` + text + `"` }

// Who asks for what cannot be is told so before anything runs, wherever in the query that is: a gateway that holds nothing
// makes no call to find the parent.
func TestBadArgumentsCauseNoCall(t *testing.T) {
	t.Parallel()
	type parent struct{ typ, query string }
	query, athlete := parent{"Query", "{ athlete { id } %s }"}, parent{"Athlete", "{ athlete { %s } }"}
	activity, stats := parent{"Activity", "{ activities(first: 1) { nodes { %s } } }"}, parent{"Stats", "{ stats { %s } }"}
	tests := map[string]struct {
		below    parent
		field    string // With $v for the value.
		typ      string
		value    string
		argument string
	}{
		"a size of nothing":           {activity, "primaryPhoto { url(size: $v) }", "Int!", "0", "size"},
		"a negative size":             {activity, "photos { url(size: $v) }", "Int!", "-1", "size"},
		"one point":                   {activity, "streams(types: [TIME], points: $v) { time }", "Int", "1", "points"},
		"a negative number of points": {activity, "streams(types: [TIME], points: $v) { time }", "Int", "-5", "points"},
		"more points than make sense": {activity, "streams(types: [TIME], points: $v) { time }", "Int", "10001", "points"},
		"a point of an effort":        {activity, "segmentEfforts { streams(types: [TIME], points: $v) { time } }", "Int", "1", "points"},
		"a point of a route":          {athlete, "routes { nodes { streams(types: [TIME], points: $v) { time } } }", "Int", "1", "points"},
		"a point of a segment":        {athlete, "starredSegments { nodes { streams(types: [TIME], points: $v) { time } } }", "Int", "1", "points"},
		"no channel":                  {activity, "streams(types: $v) { time }", "[StreamType!]!", "[]", "types"},
		"a negative page of kudos":    {activity, "kudos(first: $v) { nodes { giver { firstName } } }", "Int", "-1", "first"},
		"a page of 201 comments":      {activity, "comments(first: $v) { nodes { text } }", "Int", "201", "first"},
		"an absurd page of routes":    {athlete, "routes(first: $v) { nodes { name } }", "Int", "2000000000", "first"},
		"a page of -1 segments":       {athlete, "starredSegments(first: $v) { nodes { name } }", "Int", "-1", "first"},
		"a cursor of another list":    {athlete, "starredSegments(after: $v) { nodes { name } }", "String", quote(opaque("kudos:5 1 ")), "after"},
		"a cursor of the comments":    {activity, "kudos(after: $v) { nodes { giver { firstName } } }", "String", quote(opaque("comments:5 1 7")), "after"},
		"a cursor of no place":        {athlete, "routes(after: $v) { nodes { name } }", "String", quote(opaque("routes 0 7")), "after"},
		"a cursor that is none":       {athlete, "routes(after: $v) { nodes { name } }", "String", quote("cm91dGVzIDEgMQ=="), "after"},
		"a box without a width":       {activity, "map { svgPath(width: $v) }", "Int!", "0", "width"},
		"a negative box":              {activity, "map { svgPath(height: $v) }", "Int!", "-1", "height"},
		"a course's box":              {athlete, "routes { nodes { map { svgPath(width: $v) } } }", "Int!", "10001", "width"},
		"a negative series":           {stats, "periods(by: YEAR, last: $v) { start }", "Int", "-1", "last"},
		"a goal of nothing":           {stats, "goal(distance: $v) { share }", "Float!", "0", "distance"},
		"no date of a goal":           {stats, "goal(distance: 1, on: $v) { share }", "Date", quote("2026-02-30"), "on"},
		"no date of a streak":         {stats, "streak(on: $v) { longest { length } }", "Date", quote("today"), "on"},
		"no date of a filter":         {query, "stats(filter: {dates: {from: $v}}) { totals { count } }", "Date", quote("x"), "filter.dates.from"},
		"no instant of a filter":      {query, "stats(filter: {or: [{startedAt: {to: $v}}]}) { totals { count } }", "DateTime", quote("2026-11-22"), "filter.or.0.startedAt.to"},
		"a page, beside a call":       {query, "activities(first: $v) { totalCount }", "Int", "201", "first"},
		"an empty range":              {query, "stats(filter: {distance: {min: 2, max: $v}}) { totals { count } }", "Float", "1", "filter.distance"},
	}
	s := newPatientStack(t, thirty(), time.Minute)
	for name, test := range tests {
		with := func(value, text string) string { return strings.ReplaceAll(text, "$v", value) }
		for form, ask := range map[string]func() answer{
			"literal": func() answer { return s.ask(t, with(test.value, fmt.Sprintf(test.below.query, test.field)), "") },
			"variable": func() answer {
				return s.ask(t, "query($v: "+test.typ+") "+fmt.Sprintf(test.below.query, test.field), `{"v": `+test.value+`}`)
			},
			"fragment": func() answer {
				return s.ask(t, fmt.Sprintf(test.below.query, "...F ...F")+" fragment F on "+test.below.typ+" { "+with(test.value, test.field)+" }", "")
			},
		} {
			got := ask()
			if len(got.Errors) != 1 || len(got.Data) > 0 {
				t.Errorf("%s, %s: %s %+v, want that it is refused before it runs", name, form, got.Data, got.Errors)
				continue
			}
			failure := got.Errors[0]
			if failure.code() != "BAD_USER_INPUT" || failure.Extensions["argument"] != test.argument || len(failure.Locations) != 1 {
				t.Errorf("%s, %s: %+v, want BAD_USER_INPUT for %s", name, form, failure, test.argument)
			}
		}
	}
	unknown := s.ask(t, fmt.Sprintf(activity.query, "streams(types: [BAROMETER]) { time }"), "")
	if len(unknown.Errors) != 1 || unknown.Errors[0].code() != "GRAPHQL_VALIDATION_FAILED" {
		t.Errorf("a stream that Strava lacks: %+v", unknown.Errors)
	}
	if since := s.callsSince(nil); len(since) > 0 {
		t.Errorf("Strava was asked: %v", since)
	}
}

// That a cursor is of another activity's list shows when the activity is known; Strava is not asked for its list then.
func TestACursorOfAnotherActivitysList(t *testing.T) {
	t.Parallel()
	s := newPatientStack(t, thirty(), time.Minute).filled(t)
	var newest struct {
		Activities struct {
			Nodes []struct {
				Kudos struct{ PageInfo struct{ EndCursor string } }
			}
		}
	}
	s.mustAnswer(t, "{ activities(first: 1) { nodes { kudos(first: 2) { pageInfo { endCursor } } } } }", &newest)
	before := s.fake.Calls()
	got := s.ask(t, fmt.Sprintf("{ activities(last: 1) { nodes { kudos(after: %q) { nodes { giver { firstName } } } } } }",
		newest.Activities.Nodes[0].Kudos.PageInfo.EndCursor), "")
	if len(got.Errors) != 1 || got.Errors[0].code() != "BAD_USER_INPUT" || got.Errors[0].Extensions["argument"] != "after" {
		t.Errorf("%s %+v, want BAD_USER_INPUT for after", got.Data, got.Errors)
	}
	if since := s.callsSince(before); len(since) > 0 {
		t.Errorf("Strava was asked: %v", since)
	}
}

// What cannot be an id is an error at its field, and no call; the rest is answered.
func TestIDsThatCannotBe(t *testing.T) {
	t.Parallel()
	config := thirty()
	config.Scopes = []string{"read", "activity:read", "activity:write", "profile:write", "profile:read_all"}
	s := newPatientStack(t, config, time.Minute)
	malformed := []string{"", "x", "-1", "1.5", "0", "007", "9223372036854775808", "b", "b01", "b1/../../athlete",
		opaque("Photo:1"), opaque("gear:b1"), opaque("Gear:b1") + "="}
	var wellFormed []string
	for _, typ := range []string{"Activity", "Athlete", "Gear", "Club", "Route", "Segment", "SegmentEffort"} {
		malformed = append(malformed, opaque(typ+":"), opaque(typ+":-1"), opaque(typ+":x"), opaque(typ+":1?x=1"))
		wellFormed = append(wellFormed, typ+":1")
	}
	for name, lookup := range map[string]struct{ query, argument, typ string }{
		"activity":       {"{ activity(id: %q) { name } status { demo } }", "id", "Activity"},
		"gear":           {"{ gear(id: %q) { name } status { demo } }", "id", "Gear"},
		"route":          {"{ route(id: %q) { name } status { demo } }", "id", "Route"},
		"segment":        {"{ segment(id: %q) { name } status { demo } }", "id", "Segment"},
		"club":           {"{ club(id: %q) { name } status { demo } }", "id", "Club"},
		"upload":         {"{ upload(id: %q) { status } status { demo } }", "id", "Upload"},
		"node":           {"{ node(id: %q) { id } status { demo } }", "id", ""},
		"nodes":          {"{ nodes(ids: [%q]) { id } status { demo } }", "ids.0", ""},
		"updateActivity": {`mutation { updateActivity(input: {id: %q, name: "x"}) { id } }`, "input.id", "Activity"},
		"its gear":       {`mutation { updateActivity(input: {id: 5, gear: %q}) { id } }`, "input.gear", "Gear"},
		"starSegment":    {`mutation { starSegment(input: {id: %q}) { id } }`, "input.id", "Segment"},
	} {
		refused := slices.Clone(malformed)
		for _, id := range wellFormed {
			if typ, _, _ := strings.Cut(id, ":"); lookup.typ != "" && typ != lookup.typ {
				refused = append(refused, opaque(id))
			}
		}
		for _, id := range refused {
			got := s.ask(t, fmt.Sprintf(lookup.query, id), "")
			if len(got.Errors) != 1 || got.Errors[0].code() != "BAD_USER_INPUT" || got.Errors[0].Extensions["argument"] != lookup.argument {
				t.Errorf("%s of %q: %s %+v, want BAD_USER_INPUT for %s", name, id, got.Data, got.Errors, lookup.argument)
			}
			if strings.Contains(lookup.query, "status") && !strings.Contains(string(got.Data), `"status":{"demo":false}`) {
				t.Errorf("%s of %q: the rest is not answered: %s", name, id, got.Data)
			}
		}
	}
	if since := s.fake.Calls(); len(since) > 0 {
		t.Errorf("Strava was asked: %v", since)
	}
}

// That there is no activity of an id, the list tells; of the rest one call tells, and is not made again for a while: not
// long, because what was made a moment ago is not known to all of Strava at once.
func TestIDsOfWhichThereIsNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		query string // For an id.
		ids   []string
		calls calls
	}{
		"activity": {"{ it: activity(id: %q) { name } }", []string{"12345", opaque("Activity:12345")}, calls{}},
		"gear":     {"{ it: gear(id: %q) { name brand } }", []string{"b99", opaque("Gear:b99")}, calls{"/gear/{id}": 1}},
		"route":    {"{ it: route(id: %q) { name } }", []string{"12345", opaque("Route:12345")}, calls{"/routes/{id}": 1}},
		"segment":  {"{ it: segment(id: %q) { name } }", []string{"12345", opaque("Segment:12345")}, calls{"/segments/{id}": 1}},
		"club":     {"{ it: club(id: %q) { name } }", []string{"12345", opaque("Club:12345")}, calls{"/clubs/{id}": 1}},
		"upload":   {"{ it: upload(id: %q) { status } }", []string{"12345"}, calls{"/uploads/{id}": 1}},
		"node":     {"{ it: node(id: %q) { id } }", []string{opaque("Route:12345")}, calls{"/routes/{id}": 1}},
		"athlete":  {"{ it: node(id: %q) { id } }", []string{opaque("Athlete:12345")}, calls{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := thirty()
			config.Scopes = []string{"read", "read_all", "profile:read_all", "activity:read", "activity:write"}
			s := newPatientStack(t, config, time.Minute).filled(t)
			var held struct{ Athlete, Activities any }
			s.mustAnswer(t, "{ athlete { id } activities(first: 1) { totalCount } }", &held)
			before := s.fake.Calls()
			for range 3 {
				for _, id := range test.ids {
					if got := s.ask(t, fmt.Sprintf(test.query, id), ""); string(got.Data) != `{"it":null}` || len(got.Errors) > 0 {
						t.Errorf("%s: %s %+v, want null", id, got.Data, got.Errors)
					}
				}
			}
			if diff := cmp.Diff(test.calls, s.callsSince(before)); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}
