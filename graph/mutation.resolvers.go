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

// Disconnect is the resolver for the disconnect field.
func (r *mutationResolver) Disconnect(ctx context.Context) (*fitness.GatewayStatus, error) {
	return r.service.Disconnect(ctx)
}

// Mutation returns generated.MutationResolver implementation.
func (r *Resolver) Mutation() generated.MutationResolver { return &mutationResolver{r} }

type mutationResolver struct{ *Resolver }
