package graph

import (
	"context"

	"domestique/fitness"
	"domestique/graph/generated"
)

// Activity is the resolver for the activity field.
func (r *segmentEffortResolver) Activity(ctx context.Context, obj *fitness.SegmentEffort) (*fitness.Activity, error) {
	return r.service.ActivityOf(ctx, obj.ActivityStravaID)
}

// Streams is the resolver for the streams field.
func (r *segmentEffortResolver) Streams(ctx context.Context, obj *fitness.SegmentEffort, types []fitness.StreamType, points *int) (*fitness.Streams, error) {
	return r.service.SegmentEffortStreams(ctx, obj, fitness.StreamsQuery{Types: types, Points: points})
}

// SegmentEffort returns generated.SegmentEffortResolver implementation.
func (r *Resolver) SegmentEffort() generated.SegmentEffortResolver { return &segmentEffortResolver{r} }

type segmentEffortResolver struct{ *Resolver }
