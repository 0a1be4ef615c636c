package graph

import (
	"context"
	"errors"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"domestique/fitness"
	"domestique/graph/generated"
	"domestique/graph/model"
)

// argumentRules refuses an operation with an argument that cannot mean anything before any of it runs: below a parent that
// takes a call, the field itself would say so only after the call. Ids are not among them, because an id that is wrong
// leaves the rest of the answer as it is; nor are the inputs of mutations, which are read before their calls anyway.
type argumentRules struct {
	schema *ast.Schema
	// checks are those of operations that are done with them: to make them takes longer than to use them.
	checks sync.Pool
}

// ExtensionName is gqlgen's name for it.
func (*argumentRules) ExtensionName() string { return "ArgumentRules" }

// Validate keeps the schema, which holds the types.
func (a *argumentRules) Validate(schema graphql.ExecutableSchema) error {
	a.schema = schema.Schema()
	a.checks.New = func() any { return newArgumentChecks() }
	return nil
}

// MutateOperationContext is called for every operation before it runs.
func (a *argumentRules) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	checks := a.checks.Get().(*argumentChecks)
	defer a.checks.Put(checks)
	reading := &argumentReading{argumentChecks: checks, schema: a.schema, variables: operation.Variables, walked: map[*ast.FragmentDefinition]bool{}}
	return reading.of(ctx, operation.Operation.SelectionSet)
}

// argumentChecks are for one operation at a time.
type argumentChecks struct {
	// typed gives the arguments of a field to its check as the resolver would get them. The one function that gqlgen
	// generates for that, outside of the execution, is the field's complexity.
	typed   graphql.ExecutableSchema
	problem error // what the last check found
}

func newArgumentChecks() *argumentChecks {
	checks := &argumentChecks{}
	checks.typed = generated.NewExecutableSchema(generated.Config{Complexity: checks.fields()})
	return checks
}

// argumentReading goes through the arguments of one operation.
type argumentReading struct {
	*argumentChecks

	schema    *ast.Schema
	variables map[string]any
	walked    map[*ast.FragmentDefinition]bool
}

// fields are those whose arguments can be wrong though they have the right type.
func (c *argumentChecks) fields() (root generated.ComplexityRoot) {
	found := func(problem error) int {
		c.problem = problem
		return 0
	}
	list := func(name fitness.ListName) func(int, *int, *string) int {
		return func(_ int, first *int, after *string) int {
			return found(fitness.ListQuery{First: first, After: after}.Check(name))
		}
	}
	streams := func(_ int, types []fitness.StreamType, points *int) int {
		return found(fitness.StreamsQuery{Types: types, Points: points}.Check())
	}
	outline := func(_ int, width, height int) int { return found(fitness.CheckOutline(width, height)) }

	root.Query.Activities = func(_ int, filter *fitness.ActivityFilter, order *fitness.ActivityOrder, first *int, after *string, last *int, before *string) int {
		return found(activitiesQuery(filter, order, first, after, last, before).Check())
	}
	root.Query.Stats = func(_ int, filter *fitness.ActivityFilter) int { return found(filter.Check()) }
	root.Stats.Periods = func(_ int, _ fitness.Period, _ fitness.Weekday, last *int) int {
		return found(fitness.CheckPeriods(last))
	}
	root.Stats.Goal = func(_ int, distance float64, unit fitness.LengthUnit, _ fitness.Period, _ *fitness.Date) int {
		return found(fitness.CheckGoal(distance, unit))
	}
	root.Photo.URL = func(_, size int) int { return found(fitness.CheckPhotoSize(size)) }
	root.ActivityMap.SVGPath, root.CourseMap.SVGPath = outline, outline
	root.Activity.Streams, root.SegmentEffort.Streams, root.Route.Streams, root.Segment.Streams = streams, streams, streams, streams
	root.Activity.Comments, root.Activity.Kudos = list(fitness.ListOfComments), list(fitness.ListOfKudos)
	root.Athlete.Routes, root.Athlete.StarredSegments = list(fitness.ListOfRoutes), list(fitness.ListOfStarredSegments)
	return root
}

// of reads what is selected. A fragment is read once, wherever it is spread.
func (r *argumentReading) of(ctx context.Context, set ast.SelectionSet) *gqlerror.Error {
	for _, selection := range set {
		var problem *gqlerror.Error
		switch s := selection.(type) {
		case *ast.Field:
			problem = r.ofField(ctx, s)
		case *ast.InlineFragment:
			problem = r.of(ctx, s.SelectionSet)
		case *ast.FragmentSpread:
			if !r.walked[s.Definition] {
				r.walked[s.Definition] = true
				problem = r.of(ctx, s.Definition.SelectionSet)
			}
		}
		if problem != nil {
			return problem
		}
	}
	return nil
}

func (r *argumentReading) ofField(ctx context.Context, field *ast.Field) *gqlerror.Error {
	for _, argument := range field.Arguments {
		if err := r.read(field.Definition.Arguments.ForName(argument.Name), argument.Value); err != nil {
			return refusedAt(argument.Position, err)
		}
	}
	if len(field.Arguments) > 0 {
		r.problem = nil
		r.typed.Complexity(ctx, field.ObjectDefinition.Name, field.Name, 0, field.ArgumentMap(r.variables))
		if r.problem != nil {
			return refusedAt(field.Position, r.problem)
		}
	}
	return r.of(ctx, field.SelectionSet)
}

// read refuses a value that is none of its type's, as far as validation has let it pass.
func (r *argumentReading) read(definition *ast.ArgumentDefinition, given *ast.Value) error {
	value, err := given.Value(r.variables)
	if err != nil {
		return misread(definition.Name, "The argument cannot be read.")
	}
	return eachInput(r.schema, definition.Type, value, definition.Name, func(typ *ast.Definition, value any, path string) error {
		if problem, ok := errors.AsType[*fitness.Error](unreadable(typ.Name, value)); ok {
			return misread(path, problem.Message)
		}
		return nil
	})
}

// unreadable is what a scalar says of a value that it does not take. Of the others validation has spoken already.
func unreadable(scalar string, value any) (err error) {
	switch scalar {
	case "Int":
		_, err = model.UnmarshalInt(value)
	case "Float":
		_, err = model.UnmarshalFloat(value)
	case "Date":
		_, err = model.UnmarshalDate(value)
	case "DateTime":
		_, err = model.UnmarshalDateTime(value)
	case "LocalDateTime":
		_, err = model.UnmarshalLocalDateTime(value)
	}
	return err
}

func misread(path, problem string) *fitness.Error {
	return &fitness.Error{Code: fitness.CodeBadUserInput, Message: problem, Argument: path}
}

func refusedAt(position *ast.Position, problem error) *gqlerror.Error {
	refusal := gqlerror.Wrap(problem)
	refusal.Locations = []gqlerror.Location{{Line: position.Line, Column: position.Column}}
	return refusal
}
