package graph

import (
	"context"

	"domestique/fitness"
	"domestique/graph/generated"
)

// ActivityChanged is the resolver for the activityChanged field.
func (r *subscriptionResolver) ActivityChanged(ctx context.Context) (<-chan *fitness.ActivityChange, error) {
	return r.service.ActivityChanges(ctx)
}

// SyncProgress is the resolver for the syncProgress field.
func (r *subscriptionResolver) SyncProgress(ctx context.Context) (<-chan *fitness.MirrorStatus, error) {
	return r.service.SyncProgress(ctx)
}

// Subscription returns generated.SubscriptionResolver implementation.
func (r *Resolver) Subscription() generated.SubscriptionResolver { return &subscriptionResolver{r} }

type subscriptionResolver struct{ *Resolver }
