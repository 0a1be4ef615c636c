package graph

import (
	"context"
	"errors"

	"domestique/fitness"
	"domestique/graph/generated"
	"domestique/graph/model"
)

// Athlete is the resolver for the athlete field.
func (r *queryResolver) Athlete(ctx context.Context) (*fitness.Athlete, error) {
	return r.service.Athlete(ctx)
}

// Activities is the resolver for the activities field.
func (r *queryResolver) Activities(ctx context.Context, filter *fitness.ActivityFilter, orderBy *fitness.ActivityOrder, first *int, after *string, last *int, before *string) (*model.ActivityConnection, error) {
	query := fitness.ActivitiesQuery{Filter: filter, First: first, After: after, Last: last, Before: before}
	if orderBy != nil {
		query.Order = *orderBy
	}
	page, err := r.service.Activities(ctx, query)
	if err != nil {
		return nil, err
	}
	return model.NewActivityConnection(page), nil
}

// Activity is the resolver for the activity field.
func (r *queryResolver) Activity(ctx context.Context, id string) (*fitness.Activity, error) {
	activity, err := r.service.Activity(ctx, id)
	if errors.Is(err, fitness.ErrNoSuchActivity) {
		return nil, nil
	}
	return activity, err
}

// Stats is the resolver for the stats field.
func (r *queryResolver) Stats(ctx context.Context, filter *fitness.ActivityFilter) (*fitness.Stats, error) {
	return r.service.Stats(ctx, filter)
}

// Status is the resolver for the status field.
func (r *queryResolver) Status(ctx context.Context) (*fitness.GatewayStatus, error) {
	return r.service.Status(ctx), nil
}

// Query returns generated.QueryResolver implementation.
func (r *Resolver) Query() generated.QueryResolver { return &queryResolver{r} }

type queryResolver struct{ *Resolver }
