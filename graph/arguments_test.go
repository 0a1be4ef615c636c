package graph_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"domestique/strava/stravatest"
)

func threeRuns() stravatest.Config {
	return stravatest.Config{Activities: []stravatest.Activity{
		{Name: "First", Start: now().AddDate(0, 0, -3), Distance: 5000},
		{Name: "Second", Start: now().AddDate(0, 0, -2), Distance: 7000},
		{Name: "Third", Start: now().AddDate(0, 0, -1), Distance: 6000},
	}}
}

func TestBadArgumentsAreBadUserInput(t *testing.T) {
	t.Parallel()
	s := newStack(t, threeRuns())
	var newest struct {
		Activities struct{ PageInfo struct{ EndCursor string } }
	}
	s.mustAnswer(t, "{ activities(first: 1) { pageInfo { endCursor } } }", &newest)

	const activities = "{ activities(%s) { totalCount } }"
	tests := map[string]struct {
		query    string
		argument string
	}{
		"first is negative":  {fmt.Sprintf(activities, "first: -1"), "first"},
		"first is too large": {fmt.Sprintf(activities, "first: 201"), "first"},
		"first is absurd":    {fmt.Sprintf(activities, "first: 2000000000"), "first"},
		"more than 32 bits":  {fmt.Sprintf(activities, "filter: {movingTime: {min: 2147483648}}"), "filter.movingTime.min"},
		"last is negative":   {fmt.Sprintf(activities, "last: -1"), "last"},
		"last is too large":  {fmt.Sprintf(activities, "last: 201"), "last"},
		"a cursor of another order": {fmt.Sprintf(activities,
			`orderBy: {field: DISTANCE}, after: "`+newest.Activities.PageInfo.EndCursor+`"`), "after"},
		"no cursor at all":    {fmt.Sprintf(activities, `before: "x"`), "before"},
		"no date":             {fmt.Sprintf(activities, `filter: {dates: {from: "tomorrow"}}`), "filter.dates.from"},
		"a date with a time":  {fmt.Sprintf(activities, `filter: {dates: {to: "2026-11-22T00:00:00Z"}}`), "filter.dates.to"},
		"no such day":         {fmt.Sprintf(activities, `filter: {dates: {to: "2026-02-30"}}`), "filter.dates.to"},
		"a date as a number":  {fmt.Sprintf(activities, `filter: {dates: {to: 2026}}`), "filter.dates.to"},
		"a time without zone": {fmt.Sprintf(activities, `filter: {startedAt: {from: "2026-11-22T09:30:00"}}`), "filter.startedAt.from"},
		"deep inside": {fmt.Sprintf(activities, `filter: {or: [{isCommute: true}, {not: {dates: {from: "x"}}}]}`),
			"filter.or.1.not.dates.from"},
		"no gear":           {fmt.Sprintf(activities, `filter: {not: {gear: ["b1", "QXRobGV0ZTo3"]}}`), "filter.not.gear.1"},
		"an empty range":    {fmt.Sprintf(activities, "filter: {distance: {min: 2, max: 1}}"), "filter.distance"},
		"a place off Earth": {fmt.Sprintf(activities, "filter: {startsNear: {latitude: 91, longitude: 0, meters: 5}}"), "filter.startsNear"},
		"periods, last":     {"{ stats { periods(by: YEAR, last: -1) { start } } }", "last"},
		"goal, distance":    {"{ stats { goal(distance: 0) { share } } }", "distance"},
		"goal, on":          {`{ stats { goal(distance: 1, on: "x") { share } } }`, "on"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.ask(t, test.query, "")
			if got.Status != http.StatusBadRequest || len(got.Data) != 0 || len(got.Errors) != 1 {
				t.Fatalf("%d %s %+v, want a request error", got.Status, got.Data, got.Errors)
			}
			failure := got.Errors[0]
			if failure.code() != "BAD_USER_INPUT" || failure.Extensions["argument"] != test.argument {
				t.Errorf("%+v, want BAD_USER_INPUT for %s", failure, test.argument)
			}
			if failure.Path != nil || len(failure.Locations) != 1 {
				t.Errorf("path %v and locations %v: want where it stands in the document", failure.Path, failure.Locations)
			}
			if len(failure.Message) < 20 || strings.Contains(failure.Message, "parsing time") {
				t.Errorf("%q is no sentence for a person", failure.Message)
			}
		})
	}
}

func TestVariablesOfTheWrongTypeAreBadUserInput(t *testing.T) {
	t.Parallel()
	s := newStack(t, threeRuns())
	const list = "query($first: Int, $filter: ActivityFilter, $order: ActivityOrder) " +
		"{ activities(first: $first, filter: $filter, orderBy: $order) { totalCount } }"
	tests := map[string]struct {
		query, variables string
		argument         string
	}{
		"text for an Int":         {list, `{"first": "ten"}`, "first"},
		"digits for an Int":       {list, `{"first": "5"}`, "first"},
		"a fraction for an Int":   {list, `{"first": 1.5}`, "first"},
		"too much for an Int":     {list, `{"first": 3000000000}`, "first"},
		"far too much for an Int": {list, `{"first": 1e999}`, "first"},
		"a list for an Int":       {list, `{"first": [1]}`, "first"},
		"no such sport":           {list, `{"filter": {"sports": ["CHESS"]}}`, "filter.sports.0"},
		"a sport in lower case":   {list, `{"filter": {"sports": ["RUN", "ride"]}}`, "filter.sports.1"},
		"a sport as a number":     {list, `{"filter": {"sports": [5]}}`, "filter.sports.0"},
		"no such field":           {list, `{"filter": {"speed": 5}}`, "filter.speed"},
		"text for an object":      {list, `{"filter": "RUN"}`, "filter"},
		"text for a Boolean":      {list, `{"filter": {"isCommute": "true"}}`, "filter.isCommute"},
		"text for a Float":        {list, `{"filter": {"distance": {"min": "5"}}}`, "filter.distance.min"},
		"a number for a String":   {list, `{"filter": {"nameContains": 5}}`, "filter.nameContains"},
		"no number for a String":  {list, `{"filter": {"nameContains": 1e999}}`, "filter.nameContains"},
		"null in a list":          {list, `{"filter": {"sports": [null]}}`, "filter.sports.0"},
		"null for what has to be": {list, `{"order": {"field": null}}`, "order.field"},
		"an order in lower case":  {list, `{"order": {"direction": "asc"}}`, "order.direction"},
		"a missing one":           {"query($id: ID!) { activity(id: $id) { name } }", `{}`, "id"},
		"a fraction for an ID":    {"query($id: ID!) { activity(id: $id) { name } }", `{"id": 1.5}`, "id"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.ask(t, test.query, test.variables)
			if got.Status != http.StatusBadRequest || len(got.Data) != 0 || len(got.Errors) != 1 {
				t.Fatalf("%d %s %+v, want a request error", got.Status, got.Data, got.Errors)
			}
			failure := got.Errors[0]
			if failure.code() != "BAD_USER_INPUT" || failure.Extensions["argument"] != test.argument || failure.Path != nil {
				t.Errorf("%+v, want BAD_USER_INPUT for %s and no path", failure, test.argument)
			}
			if !strings.Contains(failure.Message, "$"+test.argument) {
				t.Errorf("%q does not name the variable", failure.Message)
			}
		})
	}
}

func TestVariablesOfTheRightType(t *testing.T) {
	t.Parallel()
	s := newStack(t, threeRuns())
	const list = "query($first: Int = 2, $filter: ActivityFilter, $unit: LengthUnit! = METERS) " +
		"{ activities(first: $first, filter: $filter) { nodes { name distance(unit: $unit) } } }"
	for variables, want := range map[string]string{
		`{"first": 1}`:                            `[{"name":"Third","distance":6000}]`,
		`{"first": 1.0}`:                          `[{"name":"Third","distance":6000}]`,
		`{"first": 1e0}`:                          `[{"name":"Third","distance":6000}]`,
		`{"first": 1, "unit": "KILOMETERS"}`:      `[{"name":"Third","distance":6}]`,
		`{"filter": {"distance": {"min": 6500}}}`: `[{"name":"Second","distance":7000}]`,
		`{"filter": {"distance": {"max": 5e3}, "sports": "RUN"}}`:        `[{"name":"First","distance":5000}]`,
		`{"filter": {"dates": {"to": "2026-11-19"}, "sports": ["RUN"]}}`: `[{"name":"First","distance":5000}]`,
		`{"first": 5, "filter": {"sports": []}}`:                         `[]`,
	} {
		got := s.ask(t, list, variables)
		var data struct {
			Activities struct{ Nodes json.RawMessage }
		}
		if err := json.Unmarshal(got.Data, &data); err != nil {
			t.Fatalf("%s: %v: %+v", variables, err, got)
		}
		if string(data.Activities.Nodes) != want {
			t.Errorf("%s: %s %+v, want %s", variables, data.Activities.Nodes, got.Errors, want)
		}
	}
}

func TestWhatDoesNotValidate(t *testing.T) {
	t.Parallel()
	s := newStack(t, threeRuns())
	for query, code := range map[string]string{
		"{ activities {":           "GRAPHQL_PARSE_FAILED",
		"{ speed }":                "GRAPHQL_VALIDATION_FAILED",
		"{ activities { nodes } }": "GRAPHQL_VALIDATION_FAILED",
		"{ activities(filter: {sports: [CHESS]}) { totalCount } }": "GRAPHQL_VALIDATION_FAILED",
		"{ activities(first: \"5\") { totalCount } }":              "GRAPHQL_VALIDATION_FAILED",
		"subscription { activityChanged { name } }":                "GRAPHQL_VALIDATION_FAILED",
		"fragment F on Query { status { version } }":               "GRAPHQL_VALIDATION_FAILED",
	} {
		got := s.ask(t, query, "")
		if got.Status != http.StatusBadRequest || len(got.Data) != 0 || len(got.Errors) == 0 || got.Errors[0].code() != code {
			t.Errorf("%s: %d %+v, want 400 and %s", query, got.Status, got.Errors, code)
		}
	}
}

func TestAnEmptyPageAndAnUnknownID(t *testing.T) {
	t.Parallel()
	s := newStack(t, threeRuns())
	for query, want := range map[string]string{
		"{ activities(first: 0) { totalCount nodes { name } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }": `{"activities":{"totalCount":3,"nodes":[],"edges":[],` +
			`"pageInfo":{"hasNextPage":true,"hasPreviousPage":false,"startCursor":null,"endCursor":null}}}`,
		`{ activity(id: "12345") { name } }`: `{"activity":null}`,
		`{ activity(id: 12345) { name } }`:   `{"activity":null}`,
	} {
		if got := s.ask(t, query, ""); string(got.Data) != want || len(got.Errors) > 0 {
			t.Errorf("%s: %s %+v, want %s", query, got.Data, got.Errors, want)
		}
	}
}

// An activity is found by both of its ids, which travel as strings.
func TestActivityByEitherID(t *testing.T) {
	t.Parallel()
	s := newStack(t, threeRuns())
	var list struct {
		Activities struct {
			Nodes []struct{ ID, StravaID, URL string }
		}
	}
	s.mustAnswer(t, "{ activities(first: 1) { nodes { id stravaId url } } }", &list)
	newest := list.Activities.Nodes[0]
	if newest.URL != "https://www.strava.com/activities/"+newest.StravaID {
		t.Errorf("url %s for %s", newest.URL, newest.StravaID)
	}
	for _, id := range []string{newest.ID, newest.StravaID} {
		var one struct{ Activity struct{ Name string } }
		s.mustAnswer(t, fmt.Sprintf("{ activity(id: %q) { name } }", id), &one)
		if one.Activity.Name != "Third" {
			t.Errorf("activity %s: %+v", id, one)
		}
	}
}

func TestPickingAnOperationSaysWhatThereIs(t *testing.T) {
	t.Parallel()
	s := newStack(t, threeRuns())
	const two = "query A { status { version } } query B { status { demo } }"
	for _, test := range []struct{ query, name, want string }{
		{two, "", "several operations"},
		{two, "C", "A, B"},
		{"{ status { demo } }", "C", "no name"},
	} {
		got := s.askNamed(t, test.query, test.name)
		if got.Status != http.StatusBadRequest || len(got.Errors) != 1 ||
			got.Errors[0].code() != "GRAPHQL_VALIDATION_FAILED" || !strings.Contains(got.Errors[0].Message, test.want) {
			t.Errorf("%q of %s: %d %+v, want a message with %q", test.name, test.query, got.Status, got.Errors, test.want)
		}
	}
	if got := s.askNamed(t, two, "B"); string(got.Data) != `{"status":{"demo":false}}` {
		t.Errorf("B: %s %+v", got.Data, got.Errors)
	}
}
