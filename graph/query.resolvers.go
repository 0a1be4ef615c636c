package graph

import (
	"context"

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
	page, err := r.service.Activities(ctx, activitiesQuery(filter, orderBy, first, after, last, before))
	if err != nil {
		return nil, err
	}
	return model.NewActivityConnection(page), nil
}

// Activity is the resolver for the activity field.
func (r *queryResolver) Activity(ctx context.Context, id string) (*fitness.Activity, error) {
	return r.service.Activity(ctx, id)
}

// Stats is the resolver for the stats field.
func (r *queryResolver) Stats(ctx context.Context, filter *fitness.ActivityFilter) (*fitness.Stats, error) {
	return r.service.Stats(ctx, filter)
}

// Gear is the resolver for the gear field.
func (r *queryResolver) Gear(ctx context.Context, id string) (*fitness.Gear, error) {
	return r.service.GearByID(ctx, id)
}

// Route is the resolver for the route field.
func (r *queryResolver) Route(ctx context.Context, id string) (*fitness.Route, error) {
	return r.service.RouteByID(ctx, id)
}

// Segment is the resolver for the segment field.
func (r *queryResolver) Segment(ctx context.Context, id string) (*fitness.Segment, error) {
	return r.service.SegmentByID(ctx, id)
}

// Club is the resolver for the club field.
func (r *queryResolver) Club(ctx context.Context, id string) (*fitness.Club, error) {
	return r.service.ClubByID(ctx, id)
}

// Node is the resolver for the node field.
func (r *queryResolver) Node(ctx context.Context, id string) (fitness.Node, error) {
	return r.service.Node(ctx, id)
}

// Nodes is the resolver for the nodes field.
func (r *queryResolver) Nodes(ctx context.Context, ids []string) ([]fitness.Node, error) {
	found, err := r.service.Nodes(ctx, ids)
	if err != nil {
		return nil, err
	}
	return nodesOf(ctx, found), nil
}

// Upload is the resolver for the upload field.
func (r *queryResolver) Upload(ctx context.Context, id string) (*fitness.UploadProgress, error) {
	return r.service.Upload(ctx, id)
}

// RateLimit is the resolver for the rateLimit field.
func (r *queryResolver) RateLimit(ctx context.Context) (*fitness.RateLimit, error) {
	return r.service.RateLimit(ctx)
}

// Status is the resolver for the status field.
func (r *queryResolver) Status(ctx context.Context) (*fitness.GatewayStatus, error) {
	return r.service.Status(ctx), nil
}

// Query returns generated.QueryResolver implementation.
func (r *Resolver) Query() generated.QueryResolver { return &queryResolver{r} }

type queryResolver struct{ *Resolver }
