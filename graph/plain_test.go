package graph_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/graph"
	"domestique/strava/stravatest"
)

// bothWays is a gateway with two executors: as it is, and one that leaves every field to gqlgen.
type bothWays struct {
	*showing

	thorough *executor.Executor
	resolved [2]atomic.Int64 // fields by each
}

// counter counts the fields that gqlgen resolves.
type counter struct{ fields *atomic.Int64 }

func (counter) ExtensionName() string                   { return "Counter" }
func (counter) Validate(graphql.ExecutableSchema) error { return nil }
func (c counter) InterceptField(ctx context.Context, next graphql.Resolver) (any, error) {
	c.fields.Add(1)
	return next(ctx)
}

func newBothWays(t *testing.T, public *fitness.Projection) *bothWays {
	t.Helper()
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	start := now().In(zurich)
	b := &bothWays{showing: newShowing(t, []stravatest.Activity{
		{Start: start.AddDate(0, 0, -1), Sport: "Ride", Distance: 42_195.5, Climb: 300, GearID: "b12345", Workout: 11, Commute: true},
		{Start: start.AddDate(0, 0, -2), Distance: 8000, Description: "Windy.", Photos: 2, Name: "Über \"Stock\" & \\Stein\\ 🚴\t<b>"},
		{Start: start.AddDate(0, 0, -2), Sport: "Yoga", Manual: true, Visibility: "only_me"},
		{Start: start.AddDate(0, -1, 0), Sport: "Curling", Trainer: true, Visibility: "followers_only"},
		{Start: start.AddDate(-1, 0, 0), Sport: "Swim", Distance: 1500},
	}, public)}
	b.thorough = graph.NewThoroughExecutor(graph.Config{Service: b.service})
	for i, exec := range []*executor.Executor{b.executor, b.thorough} {
		exec.Use(counter{&b.resolved[i]})
	}
	b.fill(t, newest(t, b.showing)...)
	return b
}

// compare asks both the same, and returns the answer.
func (b *bothWays) compare(t *testing.T, viewer fitness.Viewer, query string, variables map[string]any) shownAnswer {
	t.Helper()
	ctx := fitness.WithViewer(t.Context(), viewer)
	askWith(ctx, b.executor, query, variables) // Makes the calls.
	got, want := askWith(ctx, b.executor, query, variables), askWith(ctx, b.thorough, query, variables)
	if diff := cmp.Diff(string(want.Data), string(got.Data)); diff != "" {
		t.Errorf("%s with %v: not what the executor makes of it (-executor +ours):\n%s", query, variables, diff)
	}
	if diff := cmp.Diff(want.text(t), got.text(t)); diff != "" {
		t.Errorf("%s with %v: not the executor's errors or extensions (-executor +ours):\n%s", query, variables, diff)
	}
	return got
}

// plainQueries ask for all plain fields of each type that a field can become.
func plainQueries() map[string]string {
	fields := func(typ string, more ...string) string {
		var all []string
		for _, field := range graph.PlainFields()[typ] {
			if !slices.ContainsFunc(more, func(part string) bool { return strings.HasPrefix(part, field+" {") }) {
				all = append(all, field)
			}
		}
		return strings.Join(append(all, more...), " ")
	}
	point := " { " + fields("Coordinates") + " }"
	bounds := "bounds { " + fields("Bounds", "southWest"+point, "northEast"+point) + " }"
	activity := fields("Activity", "map { "+fields("ActivityMap", bounds)+" }", "start"+point, "end"+point)
	totals := "totals { " + fields("Totals") + " }"
	run := " { " + fields("StreakRun") + " }"
	return map[string]string{
		"connection": "activities { " + fields("ActivityConnection", "nodes { "+activity+" }",
			"edges { "+fields("ActivityEdge", "node { "+activity+" }")+" }", "pageInfo { "+fields("PageInfo")+" }") + " }",
		"empty page": "activities(first: 0) { " + fields("ActivityConnection", "nodes { id }", "edges { cursor }", "pageInfo { "+fields("PageInfo")+" }") + " }",
		"records":    "stats { records { longestDistance { " + activity + " } fastestAverageSpeed { " + activity + " } } }",
		"stats": "stats { " + totals + " bySport { " + fields("SportTotals", totals) + " } periods(by: MONTH) { " +
			fields("PeriodTotals", totals) + " } }",
		"goal":      "stats { goal(distance: 1e-3, unit: METERS) { " + fields("GoalProgress") + " } }",
		"eddington": "stats { eddington(unit: MILES) { " + fields("Eddington") + " } }",
		"streak":    "stats { streak { " + fields("Streak", "current"+run, "longest"+run) + " } none: streak(on: \"1999-01-01\") { current" + run + " } }",
		"athlete":   "athlete { " + fields("Athlete") + " }",
	}
}

func TestPlainPartsAreWhatTheExecutorMakes(t *testing.T) {
	t.Parallel()
	b := newBothWays(t, nil)
	for name, query := range plainQueries() {
		if got := b.compare(t, fitness.Owner, "{ "+query+" }", nil); len(got.Errors) > 0 {
			t.Errorf("%s: %v", name, got.Errors)
		}
	}
	// Of the fields around them there are some fifteen, and we were asked twice.
	if ours, theirs := b.resolved[0].Load(), b.resolved[1].Load(); ours > 40 || theirs < 800 {
		t.Errorf("the executor resolved %d fields, and without us %d: the plain ones are not written by themselves", ours, theirs)
	}
}

// However an operation is put, its answer is the executor's.
func TestWhatIsAskedInOtherForms(t *testing.T) {
	t.Parallel()
	b := newBothWays(t, nil)
	const units = "query($l: LengthUnit! = MILES, $s: SpeedUnit = KILOMETERS_PER_HOUR) { activities { nodes { distance(unit: $l) elevationGain(unit: FEET) " +
		"averageSpeed(unit: $s) averagePace(unit: SECONDS_PER_MILE) elevationHigh(unit: YARDS) averageTemperature(unit: FAHRENHEIT) } } }"
	const included = "query($in: Boolean!, $out: Boolean = true) { activities @include(if: $in) { nodes @skip(if: $out) { name } " +
		"edges { node { id @include(if: $in) name @skip(if: $in) ...A @include(if: $out) ... @skip(if: $out) { url } } } } } fragment A on Activity { sport }"
	for _, asked := range []struct {
		query     string
		variables map[string]any
	}{
		{"{ activities { nodes { __typename kind: __typename a: name b: name name } nodes { id } } }", nil},
		{"{ activities { nodes { map { summaryPolyline } map { geoJson __typename } } } }", nil},
		{"{ activities { nodes { ...on Node { id } ...F } } } fragment F on Activity { name ...G } fragment G on Node { ...on Activity { sport } ...on Athlete { city } }", nil},
		{"{ activities { nodes { ...on Node { ...on Athlete { firstName } } } } }", nil},
		{"{ activities { nodes { name gear { name } description laps { number } } } }", nil},
		{"{ activities { nodes { name map { polyline summaryPolyline svgPath } } } }", nil},
		{"{ activities(first: 1) { nodes { primaryPhoto { url } photos { caption } } pageInfo { endCursor } } }", nil},
		{"query($id: ID!) { activity(id: $id) { ...A } node(id: $id) { id ...A } nodes(ids: [$id, \"x\", \"1\"]) { id ...A } } fragment A on Activity { name distance }",
			map[string]any{"id": newest(t, b.showing)[0]}},
		{"query($w: Int! = 7) { activities { nodes { map { svgPath(width: $w, height: 9) } } } }", nil},
		{"query($w: Int!) { activities { nodes { map { svgPath(width: $w) bounds { __typename } } } } }", map[string]any{"w": 33}},
		{"{ activities { nodes { map { svgPath(width: 0) } } } }", nil},
		{"{ activities { edges { cursor node { name device } } } }", nil},
		{"{ stats { bySport { sport totals { count d: distance(unit: MILES) } } byGear { gearId gear { name } totals { count } } strava { runs { recent { count } } } } }", nil},
		{"{ stats { periods(by: WEEK, last: -1) { start } } }", nil},
		{"{ stats { periods(by: WEEK, last: 0) { start } eddington { number } } }", nil},
		{"{ athlete { firstName clubs { name } bikes { name } } }", nil},
		{units, nil},
		{units, map[string]any{"l": "KILOMETERS", "s": "MILES_PER_HOUR"}},
		{units, map[string]any{"s": nil}},
		{units, map[string]any{"l": "PARSECS"}},
		{included, map[string]any{"in": true}},
		{included, map[string]any{"in": true, "out": false}},
		{included, map[string]any{"in": false, "out": false}},
	} {
		b.compare(t, fitness.Owner, asked.query, asked.variables)
	}
}

// What anybody may not have is an error at its place, as ever.
func TestPlainPartsForAnybody(t *testing.T) {
	t.Parallel()
	for name, public := range map[string]*fitness.Projection{"with traces": {TraceCut: 300}, "without traces": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBothWays(t, public)
			for _, query := range plainQueries() {
				b.compare(t, fitness.Anonymous, "{ "+query+" }", nil)
			}
			for typ, fields := range graph.PlainFields() {
				for _, field := range fields {
					switch typ {
					case "Activity":
						b.compare(t, fitness.Anonymous, fmt.Sprintf("{ activities { nodes { name %s } } }", withPart(field)), nil)
					case "Athlete":
						b.compare(t, fitness.Anonymous, fmt.Sprintf("{ athlete { firstName %s } }", field), nil)
					}
				}
			}
			b.resolved[0].Store(0)
			b.compare(t, fitness.Anonymous, "{ activities { nodes { id name sport distance } } }", nil)
			if fields := b.resolved[0].Load(); fields != 2 {
				t.Errorf("the executor resolved %d fields of a page that anybody may have, want the list alone, twice", fields)
			}
		})
	}
}

func withPart(field string) string {
	switch field {
	case "map":
		return "map { summaryPolyline }"
	case "start", "end":
		return field + " { latitude }"
	default:
		return field
	}
}

// What Strava has never sent so far: a number that is none, texts that are no texts, days that are none.
func TestOddValues(t *testing.T) {
	t.Parallel()
	b := newBothWays(t, nil)
	owner := fitness.WithViewer(t.Context(), fitness.Owner)
	athlete, err := b.service.Athlete(owner)
	if err != nil {
		t.Fatal(err)
	}
	activity, err := b.service.ActivityOf(owner, newest(t, b.showing)[0])
	if err != nil {
		t.Fatal(err)
	}
	const query = "{ activities { nodes { name sportType device timeZone utcOffset distance averageSpeed kilojoules startedAt startedAtLocal localDate map { geoJson svgPath bounds { southWest { latitude } } } } totalCount } }"
	for name, change := range map[string]func(*fitness.Activity){
		"not a number":          func(a *fitness.Activity) { a.DistanceMeters = math.NaN() },
		"not a number, or null": func(a *fitness.Activity) { a.Kilojoules = new(math.NaN()) },
		"infinite":              func(a *fitness.Activity) { a.AverageMetersPerSecond = new(math.Inf(-1)) },
		"very large":            func(a *fitness.Activity) { a.DistanceMeters, a.Kilojoules = 1e21, new(-1.5e300) },
		"very small":            func(a *fitness.Activity) { a.DistanceMeters, a.Kilojoules = 1e-7, new(math.Copysign(0, -1)) },
		"control characters":    func(a *fitness.Activity) { a.Name, a.SportType = "\x00\x1f\b\f\n\r\t\x7f\u2028", "\\\"" },
		"no UTF-8":              func(a *fitness.Activity) { a.Name, a.Device = "a\xff\xc0b", new("\xed\xa0\x80") },
		"no trace":              func(a *fitness.Activity) { a.SummaryPolyline = "\x01" },
		"empty":                 func(a *fitness.Activity) { a.Name, a.Device, a.TimeZone = "", new(""), nil },
		"no date":               func(a *fitness.Activity) { a.StartedAtLocal = fitness.LocalDateTime{} },
		"long ago":              func(a *fitness.Activity) { a.UTCOffset = new(math.MinInt32); a.StartedAtLocal.Date.Year = 987 },
	} {
		odd := *activity
		change(&odd)
		b.mirror.Amend(owner, athlete.StravaID, &odd)
		if got := b.compare(t, fitness.Owner, query, nil); (name == "not a number") != (len(got.Errors) > 0) {
			t.Errorf("%s: %v", name, got.Errors)
		}
	}
}
