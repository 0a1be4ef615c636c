package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	gql "github.com/vektah/gqlparser/v2/ast"

	"domestique/fitness"
	"domestique/graph"
	"domestique/strava/stravatest"
)

// A field that is added to the schema has to be told in the table who may have it, as soon as anybody can come to it.
func TestEveryFieldThatAnybodyComesToHasItsPlaceInTheTable(t *testing.T) {
	t.Parallel()
	schema, table := loadSchema(t), graph.Access()
	reached := map[string]bool{}
	var reach func(typ string)
	reach = func(typ string) {
		definition := schema.Types[typ]
		if reached[typ] || definition.Kind != gql.Object {
			return
		}
		reached[typ] = true
		for _, field := range definition.Fields {
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			switch who := table[typ][field.Name]; {
			case who == "":
				t.Errorf("the table lacks %s.%s", typ, field.Name)
			case who != "owner":
				reach(field.Type.Name())
			case field.Type.NonNull:
				t.Errorf("%s.%s is the owner's and must not be null: a refusal would blank what is around it", typ, field.Name)
			}
		}
	}
	reach("Query")
	for typ, fields := range table {
		if !reached[typ] {
			t.Errorf("nobody comes to the type %s of the table", typ)
			continue
		}
		for field := range fields {
			if schema.Types[typ].Fields.ForName(field) == nil {
				t.Errorf("the schema has no field %s.%s", typ, field)
			}
		}
	}
}

// places are where the fields of the types stand, and what else is needed to ask for one.
func places() map[string]string {
	return map[string]string{
		"Query": "{ %s }", "Athlete": "{ athlete { %s } }", "Activity": "{ activities { nodes { %s } } }",
		"ActivityConnection": "{ activities { %s } }", "ActivityEdge": "{ activities { edges { %s } } }",
		"PageInfo": "{ activities { pageInfo { %s } } }", "ActivityMap": "{ activities { nodes { map { %s } } } }",
		"Bounds":      "{ activities { nodes { map { bounds { %s } } } } }",
		"Coordinates": "{ activities { nodes { map { bounds { southWest { %s } } } } } }",
		"Photo":       "{ activities { nodes { primaryPhoto { %s } } } }",
		"PhotoSize":   "{ activities { nodes { primaryPhoto { sizes { %s } } } } }",
		"Stats":       "{ stats { %s } }", "Totals": "{ stats { totals { %s } } }", "SportTotals": "{ stats { bySport { %s } } }",
		"GearTotals": "{ stats { byGear { %s } } }", "PeriodTotals": "{ stats { periods(by: MONTH) { %s } } }",
		"GoalProgress": "{ stats { goal(distance: 1000) { %s } } }", "Streak": "{ stats { streak { %s } } }",
		"StreakRun": "{ stats { streak { longest { %s } } } }", "Eddington": "{ stats { eddington { %s } } }",
		"Records": "{ stats { records { %s } } }", "GatewayStatus": "{ status { %s } }", "MirrorStatus": "{ status { mirror { %s } } }",
	}
}

// asked is the selection of one field: with the arguments that it has to have, and, of what it gives, all that is plain.
func questionFor(schema *gql.Schema, typ, name string) string {
	arguments := map[string]string{
		"Query.activity": `(id: "1")`, "Query.node": `(id: "QWN0aXZpdHk6MQ")`, "Query.nodes": `(ids: ["QWN0aXZpdHk6MQ"])`,
		"Query.gear": `(id: "b1")`, "Query.route": `(id: "1")`, "Query.segment": `(id: "1")`, "Query.club": `(id: "1")`,
		"Query.upload": `(id: "1")`, "Activity.streams": "(types: [TIME])", "Stats.periods": "(by: WEEK)", "Stats.goal": "(distance: 1000)",
	}
	field := schema.Types[typ].Fields.ForName(name)
	selection := name + arguments[typ+"."+name]
	given := schema.Types[field.Type.Name()]
	if !given.IsCompositeType() {
		return selection
	}
	plain := []string{"__typename"}
	for _, inner := range given.Fields {
		leaf := !schema.Types[inner.Type.Name()].IsCompositeType()
		if who := graph.Access()[given.Name][inner.Name]; leaf && len(inner.Arguments) == 0 && who != "owner" {
			plain = append(plain, inner.Name)
		}
	}
	return selection + " { " + strings.Join(plain, " ") + " }"
}

func TestAnybodyGetsTheFieldsOfTheTableAndNoOthers(t *testing.T) {
	t.Parallel()
	schema := loadSchema(t)
	run := stravatest.Activity{Start: now().Add(-time.Hour), Distance: 8000, Photos: 1, GearID: "g17000992", Description: "Windy."}
	for name, public := range map[string]fitness.Projection{"with traces": {TraceCut: 300}, "without traces": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShowing(t, []stravatest.Activity{run}, &public)
			s.fill(t, newest(t, s)...)
			before := s.fake.Calls()
			for typ, fields := range graph.Access() {
				for _, field := range slices.Sorted(maps.Keys(fields)) {
					query := fmt.Sprintf(places()[typ], questionFor(schema, typ, field))
					got, shows := s.ask(t, query), fields[field] == "anybody" || fields[field] == "traces" && public.ShowsTraces()
					switch {
					case shows && len(got.Errors) > 0:
						t.Errorf("%s: %v", query, got.Errors)
					case !shows && !slices.Equal(got.codes(), []string{"FORBIDDEN"}):
						t.Errorf("%s: %s with %v, want FORBIDDEN", query, got.Data, got.Errors)
					case !shows && !isNull(t, got):
						t.Errorf("%s: %s, want null", query, got.Data)
					}
				}
			}
			if diff := cmp.Diff(before, s.fake.Calls()); diff != "" {
				t.Errorf("Strava was asked for anybody (-before +after):\n%s", diff)
			}
		})
	}
}

// newest are the ids of all activities, after a sync.
func newest(t *testing.T, s *showing) (ids []int64) {
	t.Helper()
	s.fill(t)
	page, err := s.service.Activities(fitness.WithViewer(t.Context(), fitness.Owner), fitness.ActivitiesQuery{First: new(200)})
	if err != nil {
		t.Fatal(err)
	}
	for _, activity := range page.Activities {
		ids = append(ids, activity.StravaID)
	}
	return ids
}

// isNull reports whether the places of all errors hold null.
func isNull(t *testing.T, got shownAnswer) bool {
	t.Helper()
	var data any
	if err := json.Unmarshal(got.Data, &data); err != nil {
		t.Fatalf("decode %s: %v", got.Data, err)
	}
	for _, failure := range got.Errors {
		place := data
		for _, step := range failure.Path {
			switch at := step.(type) {
			case gql.PathName:
				object, _ := place.(map[string]any)
				place = object[string(at)]
			case gql.PathIndex:
				list, _ := place.([]any)
				if int(at) < len(list) {
					place = list[at]
				}
			}
		}
		if place != nil {
			return false
		}
	}
	return true
}

func TestAnybodysOperationsAreQueries(t *testing.T) {
	t.Parallel()
	s := newShowing(t, []stravatest.Activity{}, &fitness.Projection{})
	s.fill(t)
	before := s.fake.Calls()
	for _, operation := range []string{
		"mutation { sync { complete } }", "mutation { disconnect { version } }",
		`mutation { updateActivity(input: {id: "1", name: "Mine"}) { name } }`,
	} {
		got := s.ask(t, operation)
		if got.Data != nil || !slices.Equal(got.codes(), []string{"FORBIDDEN"}) {
			t.Errorf("%s: %s %v", operation, got.Data, got.Errors)
		}
	}
	if diff := cmp.Diff(before, s.fake.Calls()); diff != "" {
		t.Errorf("Strava was asked for anybody (-before +after):\n%s", diff)
	}
	for _, query := range []string{"{ __typename }", "{ __schema { queryType { name } } }", `{ __type(name: "Activity") { fields { name } } }`} {
		if got := s.ask(t, query); len(got.Errors) > 0 {
			t.Errorf("%s: %v", query, got.Errors)
		}
	}
}

// A context that nobody was put into is anybody's, and where nothing is public not even the status is.
func TestNothingIsPublicByDefault(t *testing.T) {
	t.Parallel()
	s := newShowing(t, []stravatest.Activity{}, nil)
	s.fill(t)
	for _, query := range []string{"{ status { version } }", "{ __typename }", "{ activities { totalCount } }", "mutation { sync { complete } }"} {
		got := s.askIn(t.Context(), query)
		if got.Data != nil || !slices.Equal(got.codes(), []string{"FORBIDDEN"}) {
			t.Errorf("%s: %s %v", query, got.Data, got.Errors)
		}
	}
}

func TestARefusedConditionIsNamed(t *testing.T) {
	t.Parallel()
	s := newShowing(t, []stravatest.Activity{}, &fitness.Projection{})
	s.fill(t)
	for query, argument := range map[string]string{
		"{ activities(filter: {hasHeartRate: true}) { totalCount } }":                                         "filter.hasHeartRate",
		"{ stats(filter: {or: [{isCommute: true}, {gear: []}]}) { totals { count } } }":                       "filter.or.1.gear",
		"{ stats(filter: {not: {startsNear: {latitude: 1, longitude: 2, meters: 3}}}) { totals { count } } }": "filter.not.startsNear",
		"{ activities(orderBy: {field: RELATIVE_EFFORT}) { totalCount } }":                                    "orderBy.field",
	} {
		got := s.ask(t, query)
		if len(got.Errors) != 1 || !slices.Equal(got.codes(), []string{"FORBIDDEN"}) || got.Errors[0].Extensions["argument"] != argument {
			t.Errorf("%s: %s %v, want FORBIDDEN for %s", query, got.Data, got.Errors, argument)
		}
	}
}
