package graph

import (
	"cmp"
	"context"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// errorOrder has an answer's errors stand in the order of their paths. Items of a list are resolved side by side, so they come
// in any order, and the same answer would be another one each time: for a cache, and for whoever compares.
type errorOrder struct{}

var (
	_ graphql.HandlerExtension    = errorOrder{}
	_ graphql.ResponseInterceptor = errorOrder{}
)

// ExtensionName is gqlgen's name for it.
func (errorOrder) ExtensionName() string { return "ErrorOrder" }

// Validate accepts every schema.
func (errorOrder) Validate(graphql.ExecutableSchema) error { return nil }

// InterceptResponse runs around each answer.
func (errorOrder) InterceptResponse(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
	response := next(ctx)
	if response != nil && len(response.Errors) > 1 {
		slices.SortStableFunc(response.Errors, compareErrors)
	}
	return response
}

func compareErrors(a, b *gqlerror.Error) int {
	return cmp.Or(slices.CompareFunc(a.Path, b.Path, compareSteps), cmp.Compare(a.Message, b.Message))
}

// compareSteps compares what paths are made of: indexes as numbers and before names, which stand at other places.
func compareSteps(a, b ast.PathElement) int {
	i, isIndex := a.(ast.PathIndex)
	j, isIndexToo := b.(ast.PathIndex)
	switch {
	case isIndex && isIndexToo:
		return cmp.Compare(i, j)
	case isIndex:
		return -1
	case isIndexToo:
		return 1
	}
	name, _ := a.(ast.PathName)
	other, _ := b.(ast.PathName)
	return cmp.Compare(name, other)
}
