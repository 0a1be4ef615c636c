// Package graph is the public schema and how each of its fields is answered. The types are the domain's; a resolver asks
// [fitness.Service] and adds nothing of its own. What an error looks like from outside is decided in presenter.go, and
// what a query may cost in complexity.go.
package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"domestique/fitness"
)

// Resolver answers the root fields and those that need a call of their own. It does not change, so that fields can be
// resolved concurrently.
type Resolver struct {
	service *fitness.Service
}

func activitiesQuery(filter *fitness.ActivityFilter, order *fitness.ActivityOrder, first *int, after *string, last *int, before *string) fitness.ActivitiesQuery {
	query := fitness.ActivitiesQuery{Filter: filter, First: first, After: after, Last: last, Before: before}
	if order != nil {
		query.Order = *order
	}
	return query
}

// nodesOf reports the failure of each node at its own place in the list; the others stay.
func nodesOf(ctx context.Context, found []fitness.FoundNode) []fitness.Node {
	nodes := make([]fitness.Node, len(found))
	for i, one := range found {
		nodes[i] = one.Node
		if one.Err != nil {
			graphql.AddError(graphql.WithFieldContext(ctx, &graphql.FieldContext{Index: &i}), one.Err)
		}
	}
	return nodes
}
