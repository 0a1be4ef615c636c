package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// eventPath has the paths of a subscription's errors begin with its field, as those of every other operation do: gqlgen
// resolves an event on a context that knows nothing of the field, see https://spec.graphql.org/October2021/#sec-Errors.
type eventPath struct{}

var (
	_ graphql.HandlerExtension    = eventPath{}
	_ graphql.ResponseInterceptor = eventPath{}
)

// ExtensionName is gqlgen's name for it.
func (eventPath) ExtensionName() string { return "EventPath" }

// Validate accepts every schema.
func (eventPath) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse runs around each answer.
func (eventPath) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	operation := graphql.GetOperationContext(ctx)
	if operation.Operation == nil || operation.Operation.Operation != ast.Subscription {
		return next(ctx)
	}
	for _, field := range graphql.CollectFields(operation, operation.Operation.SelectionSet, []string{"Subscription"}) {
		ctx = graphql.WithFieldContext(ctx, &graphql.FieldContext{Object: "Subscription", Field: field}) // There is but one.
	}
	return next(ctx)
}
