package graph

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/complexity"
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
// have some 90 fields each, or one such call each for almost all of them, but not two.
const (
	maxCost       = 20_000
	callCost      = 100
	syncCost      = 50 * callCost // A walk over a long list.
	maxSelections = 10_000        // Fields and fragments, with every fragment counted wherever it is spread.

	usualPage   = 30 // When neither first nor last is given.
	longestPage = 200
	usualSports = 10 // What one person does.
	usualGear   = 10
)

// complexities weighs the fields that are not worth 1.
func complexities() generated.ComplexityRoot {
	var root generated.ComplexityRoot
	call := func(children int) int { return callCost + children }

	root.Mutation.Sync = func(children int) int { return syncCost + children }
	root.Mutation.Disconnect = call
	root.Query.Athlete = call
	root.Query.Activities = func(children int, _ *fitness.ActivityFilter, _ *fitness.ActivityOrder, first *int, _ *string, last *int, _ *string) int {
		return 1 + pageLength(first, last)*children
	}
	root.Athlete.Bikes = listOf(usualGear)
	root.Athlete.Shoes = listOf(usualGear)

	root.Activity.Gear = call
	root.Activity.Description = call
	root.Activity.Calories = call
	root.Activity.PerceivedExertion = call
	root.Activity.PrimaryPhoto = call
	root.ActivityMap.Polyline = call

	root.Stats.BySport = listOf(usualSports)
	root.Stats.Periods = func(children int, by fitness.Period, _ fitness.Weekday, last *int) int {
		return 1 + seriesLength(by, last)*children
	}
	root.Stats.Strava = call
	return root
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

// seriesLength is how many periods a series usually has at most: ten years of them. Days count as a third of that,
// because a sum that is held costs little, and a heat map of years is a fair question.
func seriesLength(by fitness.Period, last *int) int {
	length := map[fitness.Period]int{
		fitness.PeriodDay:     1200,
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
}

// ExtensionName is gqlgen's name for it.
func (*costLimit) ExtensionName() string { return "CostLimit" }

// Validate keeps the schema, which holds the weights.
func (c *costLimit) Validate(schema graphql.ExecutableSchema) error {
	c.schema = schema
	return nil
}

// MutateOperationContext is called for every operation before it runs.
func (c *costLimit) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	// gqlgen's count walks a fragment anew wherever it is spread, so this one has to come first: fragments that spread
	// each other twice would keep it busy for years.
	if selections := countSelections(operation.Operation.SelectionSet, map[*ast.FragmentDefinition]int{}); selections > maxSelections {
		return tooComplex("The query has more than %d fields once its fragments are spread. Ask for less at once.", maxSelections)
	}
	cost := complexity.Calculate(ctx, c.schema, operation.Operation, operation.Variables)
	if cost > maxCost {
		return tooComplex("The query costs %d; at most %d is allowed. Ask for fewer items, or for fewer fields that may "+
			"cost a Strava call: each of those counts %d.", cost, maxCost, callCost)
	}
	return nil
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
