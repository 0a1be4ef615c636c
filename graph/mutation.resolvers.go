package graph

import (
	"context"

	"domestique/fitness"
	"domestique/graph/generated"
)

// Sync is the resolver for the sync field.
func (r *mutationResolver) Sync(ctx context.Context) (*fitness.MirrorStatus, error) {
	if err := r.service.Sync(ctx); err != nil {
		return nil, err
	}
	return r.service.Status(ctx).Mirror, nil
}

// UpdateActivity is the resolver for the updateActivity field.
func (r *mutationResolver) UpdateActivity(ctx context.Context, input fitness.UpdateActivityInput) (*fitness.Activity, error) {
	return r.service.UpdateActivity(ctx, input)
}

// CreateActivity is the resolver for the createActivity field.
func (r *mutationResolver) CreateActivity(ctx context.Context, input fitness.CreateActivityInput) (*fitness.Activity, error) {
	return r.service.CreateActivity(ctx, input)
}

// UploadActivity is the resolver for the uploadActivity field.
func (r *mutationResolver) UploadActivity(ctx context.Context, input fitness.UploadActivityInput) (*fitness.UploadProgress, error) {
	return r.service.UploadActivity(ctx, input)
}

// StarSegment is the resolver for the starSegment field.
func (r *mutationResolver) StarSegment(ctx context.Context, input fitness.StarSegmentInput) (*fitness.Segment, error) {
	return r.service.StarSegment(ctx, input)
}

// SetWeight is the resolver for the setWeight field.
func (r *mutationResolver) SetWeight(ctx context.Context, input fitness.SetWeightInput) (*fitness.Athlete, error) {
	return r.service.SetWeight(ctx, input)
}

// Disconnect is the resolver for the disconnect field.
func (r *mutationResolver) Disconnect(ctx context.Context) (*fitness.GatewayStatus, error) {
	return r.service.Disconnect(ctx)
}

// Mutation returns generated.MutationResolver implementation.
func (r *Resolver) Mutation() generated.MutationResolver { return &mutationResolver{r} }

type mutationResolver struct{ *Resolver }
