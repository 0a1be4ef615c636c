package graph

import (
	"context"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"domestique/fitness"
	"domestique/graph/generated"
)

// codeQueryTooComplex is the one code that has nothing to do with the data.
const codeQueryTooComplex fitness.Code = "QUERY_TOO_COMPLEX"

// A query's cost is counted before it runs: every field costs 1, a list its greatest length times what is asked of an
// element, and a field that may cost a Strava call as much as many that do not. The limit lets a page of 200 activities
// have some 90 fields each, or one such call each for almost all of them, but not two. A call that several fields of one
// object share counts once for the object. A filter counts by its conditions, because each is held against all activities.
const (
	maxCost       = 20_000
	callCost      = 100
	syncCost      = 50 * callCost // A walk over a long list.
	countedCost   = 1_000_000     // Whatever costs more counts as this, so that no product of lengths overflows.
	maxSelections = 10_000        // Fields and fragments, with every fragment counted wherever it is spread.

	usualPage   = 30 // When neither first nor last is given.
	longestPage = 200

	usualList = 10 // Of small things that one person or one activity has: sports, bicycles, laps, splits.
	// longRide is how many segments there may well be on a long one. It counts where each effort may cost a call.
	longRide   = 60
	usualBurst = 5 // How many activities a sync finds changed, on a good day.
	usualSize  = 3 // How many sizes Strava gives of a photo.
	// statsCost is that of picking out the activities that sums are made of.
	statsCost  = 600
	drawnTrace = 20 // A trace that is written out anew counts by its points, some hundred.

	// A channel counts by the samples that may be asked of it: a thousand as much as usualStream fields do.
	usualStream  = 10
	wholeStream  = 40 // When all samples are asked for.
	usualSamples = 1000
)

// complexities weighs the fields that are not worth 1.
func complexities() generated.ComplexityRoot {
	var root generated.ComplexityRoot
	weighMutation(&root)
	weighQuery(&root)
	weighSubscription(&root)
	weighActivity(&root)
	weighMaps(&root)
	weighAthlete(&root)
	weighGround(&root)
	weighStats(&root)
	weighElements(&root)
	return root
}

// sharedCalls names the call that a field may cost together with others of the same object, by type and field. It is counted
// once for the object, and the weight of the field is without it.
func sharedCalls() map[string]string {
	calls := map[string]string{"ActivityMap.polyline": "Activity"} // An activity's map belongs to the activity.
	for object, fields := range map[string][]string{
		"Activity": {"description", "calories", "perceivedExertion", "primaryPhoto", "laps", "splits", "bestEfforts", "segmentEfforts"},
		"Gear":     {"brand", "model", "description", "frameType", "weight", "notificationDistance"},
		"Club":     {"description", "kind", "membership", "isAdmin", "isOwner", "followingCount", "website"},
		"Route":    {"segments", "waypoints"},
		"Segment": {"elevationGain", "map", "elevationProfile", "effortCount", "athleteCount", "starCount", "createdAt", "updatedAt",
			"history", "records", "localLegend"},
	} {
		for _, field := range fields {
			calls[object+"."+field] = object
		}
	}
	return calls
}

func weighMutation(root *generated.ComplexityRoot) {
	root.Mutation.Sync = func(children int) int { return syncCost + children }
	root.Mutation.UpdateActivity = callWith[fitness.UpdateActivityInput]
	root.Mutation.CreateActivity = callWith[fitness.CreateActivityInput]
	root.Mutation.UploadActivity = callWith[fitness.UploadActivityInput]
	root.Mutation.StarSegment = callWith[fitness.StarSegmentInput]
	root.Mutation.SetWeight = callWith[fitness.SetWeightInput]
	root.Mutation.Disconnect = call
}

func weighQuery(root *generated.ComplexityRoot) {
	lookUp := func(children int, _ string) int { return call(children) }
	root.Query.Athlete = call
	root.Query.Activities = func(children int, filter *fitness.ActivityFilter, _ *fitness.ActivityOrder, first *int, _ *string, last *int, _ *string) int {
		return 1 + filter.Weight() + pageLength(first, last)*children
	}
	root.Query.Stats = func(children int, filter *fitness.ActivityFilter) int { return statsCost + filter.Weight() + children }
	root.Query.Gear = lookUp
	root.Query.Route = lookUp
	root.Query.Segment = lookUp
	root.Query.Club = lookUp
	root.Query.Node = lookUp
	root.Query.Upload = lookUp
	root.Query.Nodes = func(children int, ids []string) int { return 1 + len(ids)*call(children) }
}

// weighSubscription weighs one event: that is an answer of its own, and runs when the one before has been taken. The
// changes of a sync come in a burst, though, each with its calls.
func weighSubscription(root *generated.ComplexityRoot) {
	root.Subscription.ActivityChanged = listOf(usualBurst)
	root.Subscription.SyncProgress = listOf(1)
}

// weighMaps weighs what is made of a trace. The trace itself is held as it is given.
func weighMaps(root *generated.ComplexityRoot) {
	drawn := func(children int) int { return drawnTrace + children }
	drawnInto := func(children, _, _ int) int { return drawnTrace + children }
	root.ActivityMap.GeoJSON, root.ActivityMap.SVGPath = drawn, drawnInto
	root.CourseMap.GeoJSON, root.CourseMap.SVGPath = drawn, drawnInto
}

func weighActivity(root *generated.ComplexityRoot) {
	root.Activity.Gear = call
	root.Activity.Photos = callForList
	root.Activity.Laps = listOf(usualList)
	root.Activity.Splits = func(children int, _ fitness.Measurement) int { return listOf(usualList)(children) }
	root.Activity.BestEfforts = listOf(usualList)
	root.Activity.SegmentEfforts = effortsOf(longRide)
	root.Activity.Zones = callForList
	root.Activity.Streams = callForStreams
	root.Activity.Comments = callForPage
	root.Activity.Kudos = callForPage
	root.SegmentEffort.Streams = callForStreams
}

func weighAthlete(root *generated.ComplexityRoot) {
	root.Athlete.Bikes = listOf(usualList)
	root.Athlete.Shoes = listOf(usualList)
	root.Athlete.Clubs = callForList
	root.Athlete.Zones = callForList
	root.Athlete.Routes = callForPage
	root.Athlete.StarredSegments = callForPage

}

func weighGround(root *generated.ComplexityRoot) {
	root.Route.Segments = listOf(usualList)
	root.Route.Waypoints = listOf(usualList)
	root.Route.Streams = callForStreams

	root.Segment.Efforts = callForEfforts
	root.Segment.Streams = callForStreams
}

func weighStats(root *generated.ComplexityRoot) {
	root.Stats.BySport = listOf(usualList)
	root.Stats.ByGear = listOf(usualList)
	root.Stats.Periods = func(children int, by fitness.Period, _ fitness.Weekday, last *int) int {
		return 1 + seriesLength(by, last)*children
	}
	root.Stats.Strava = call
	root.GearTotals.Gear = call
}

// weighElements weighs the lists inside of what is asked for. The length of a connection is counted at the connection.
func weighElements(root *generated.ComplexityRoot) {
	root.Photo.Sizes = listOf(usualSize)
	root.ZoneDistribution.Buckets = listOf(usualList)
}

func call(children int) int { return callCost + children }

func callWith[Input any](children int, _ Input) int { return call(children) }

func callForList(children int) int { return callCost + usualList*children }

// effortsOf counts a list of efforts. There are more of them than of other small things, by far: where each may cost a call
// of its own, so many count.
func effortsOf(length int) func(children int) int {
	return func(children int) int {
		if children < callCost {
			return listOf(usualList)(children)
		}
		return listOf(length)(children)
	}
}

func callForEfforts(children int) int { return callCost + effortsOf(longestPage)(children) }

func callForPage(children int, first *int, _ *string) int {
	return callCost + pageLength(first, nil)*children
}

func callForStreams(children int, types []fitness.StreamType, points *int) int {
	perType := wholeStream
	if points != nil && *points > 0 {
		perType = min(wholeStream, 1+*points*usualStream/usualSamples)
	}
	return callCost + children + len(types)*perType
}

func listOf(length int) func(children int) int {
	return func(children int) int { return 1 + length*children }
}

// pageLength is how many activities a page may have. Lengths that are refused later count as the longest.
func pageLength(first, last *int) int {
	length := usualPage
	for _, asked := range []*int{first, last} {
		if asked != nil {
			length = *asked
		}
	}
	if length < 0 || length > longestPage {
		return longestPage
	}
	return length
}

// seriesLength is how many periods a series usually has at most: ten years of them. Days count as half of that, because a
// sum that is held costs little, and a heat map of years is a fair question; two of them are not.
func seriesLength(by fitness.Period, last *int) int {
	length := map[fitness.Period]int{
		fitness.PeriodDay:     2000,
		fitness.PeriodWeek:    520,
		fitness.PeriodMonth:   120,
		fitness.PeriodQuarter: 40,
		fitness.PeriodYear:    10,
	}[by]
	if last != nil && *last >= 0 {
		return min(*last, length)
	}
	return length
}

// costLimit refuses a query that costs too much.
type costLimit struct {
	schema graphql.ExecutableSchema
	// usual are the fields that cost 1 and no call: nearly all of them. To ask for a weight takes its time.
	usual       map[*ast.FieldDefinition]bool
	sharedCalls map[string]string
}

// ExtensionName is gqlgen's name for it.
func (*costLimit) ExtensionName() string { return "CostLimit" }

// Validate keeps the schema, which holds the weights.
func (c *costLimit) Validate(schema graphql.ExecutableSchema) error {
	c.schema, c.sharedCalls = schema, sharedCalls()
	c.usual = map[*ast.FieldDefinition]bool{}
	for _, typ := range schema.Schema().Types {
		for _, field := range typ.Fields {
			c.usual[field] = c.isUsual(typ, field)
		}
	}
	return nil
}

// isUsual is false for a field that cannot be told without arguments.
func (c *costLimit) isUsual(typ *ast.Definition, field *ast.FieldDefinition) bool {
	for _, argument := range field.Arguments {
		if argument.Type.NonNull && argument.DefaultValue == nil {
			return false
		}
	}
	defaults := (&ast.Field{Definition: field}).ArgumentMap(nil)
	_, weighed := c.schema.Complexity(context.Background(), typ.Name, field.Name, 0, defaults)
	return !weighed && c.sharedCalls[typ.Name+"."+field.Name] == ""
}

// MutateOperationContext is called for every operation before it runs.
func (c *costLimit) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	// The count of the cost walks a fragment anew wherever it is spread, so this one has to come first: fragments that
	// spread each other twice would keep it busy for years.
	if selections := countSelections(operation.Operation.SelectionSet, map[*ast.FragmentDefinition]int{}); selections > maxSelections {
		return tooComplex("The query has more than %d fields once its fragments are spread. Ask for less at once.", maxSelections)
	}
	counting := costCount{costLimit: c, variables: operation.Variables}
	if cost := counting.of(ctx, operation.Operation.SelectionSet, map[string]bool{}); cost > maxCost {
		return tooComplex("The query costs %d; at most %d is allowed. Ask for fewer items, or for fewer fields that may "+
			"cost a Strava call: each of those counts %d.", cost, maxCost, callCost)
	}
	return nil
}

// costCount counts as gqlgen's own complexity does, by the weights of the fields, and knows besides of the calls that fields
// share, for which a field's own weight cannot account.
type costCount struct {
	*costLimit
	variables map[string]any
}

// of counts what is selected of an object. counted are the calls that the object has been charged for.
func (c costCount) of(ctx context.Context, set ast.SelectionSet, counted map[string]bool) int {
	cost := 0
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			cost += c.ofField(ctx, s, counted)
		case *ast.InlineFragment:
			cost += c.of(ctx, s.SelectionSet, counted)
		case *ast.FragmentSpread:
			cost += c.of(ctx, s.Definition.SelectionSet, counted)
		}
	}
	return min(cost, countedCost)
}

func (c costCount) ofField(ctx context.Context, field *ast.Field, counted map[string]bool) int {
	if strings.HasPrefix(field.Name, "__") {
		return 1 // Of the schema, which is at hand.
	}
	object := field.ObjectDefinition.Name
	children := 0
	if len(field.SelectionSet) > 0 {
		below := counted
		if field.Definition.Type.Name() != "ActivityMap" {
			below = map[string]bool{}
		}
		children = c.of(ctx, field.SelectionSet, below)
	}
	if c.usual[field.Definition] {
		return min(1+children, countedCost)
	}
	cost, weighed := c.schema.Complexity(ctx, object, field.Name, children, field.ArgumentMap(c.variables))
	if !weighed {
		cost = 1 + children
	}
	if call, ok := c.sharedCalls[object+"."+field.Name]; ok && !counted[call] {
		counted[call] = true
		cost += callCost
	}
	return min(cost, countedCost)
}

func tooComplex(format string, args ...any) *gqlerror.Error {
	return gqlerror.Wrap(&fitness.Error{Code: codeQueryTooComplex, Message: fmt.Sprintf(format, args...)})
}

// countSelections counts fields and fragments, each fragment's content wherever it is spread, but walks each only once.
// It stops being exact, and starts being enough, beyond maxSelections. Validation has ruled out fragments that spread
// themselves.
func countSelections(set ast.SelectionSet, known map[*ast.FragmentDefinition]int) int {
	count := 0
	for _, selection := range set {
		count++
		switch s := selection.(type) {
		case *ast.Field:
			count += countSelections(s.SelectionSet, known)
		case *ast.InlineFragment:
			count += countSelections(s.SelectionSet, known)
		case *ast.FragmentSpread:
			if _, walked := known[s.Definition]; !walked {
				known[s.Definition] = countSelections(s.Definition.SelectionSet, known)
			}
			count += known[s.Definition]
		}
		count = min(count, maxSelections+1)
	}
	return count
}
