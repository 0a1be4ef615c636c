package graph

import (
	"context"

	"domestique/fitness"
	"domestique/graph/generated"
	"domestique/graph/model"
)

// Gear is the resolver for the gear field.
func (r *activityResolver) Gear(ctx context.Context, obj *fitness.Activity) (*fitness.Gear, error) {
	return r.service.Gear(ctx, obj)
}

// Description is the resolver for the description field.
func (r *activityResolver) Description(ctx context.Context, obj *fitness.Activity) (*string, error) {
	details, err := r.service.Details(ctx, obj)
	if err != nil {
		return nil, err
	}
	return details.Description, nil
}

// Calories is the resolver for the calories field.
func (r *activityResolver) Calories(ctx context.Context, obj *fitness.Activity) (*float64, error) {
	details, err := r.service.Details(ctx, obj)
	if err != nil {
		return nil, err
	}
	return details.Calories, nil
}

// PerceivedExertion is the resolver for the perceivedExertion field.
func (r *activityResolver) PerceivedExertion(ctx context.Context, obj *fitness.Activity) (*float64, error) {
	details, err := r.service.Details(ctx, obj)
	if err != nil {
		return nil, err
	}
	return details.PerceivedExertion, nil
}

// PrimaryPhoto is the resolver for the primaryPhoto field.
func (r *activityResolver) PrimaryPhoto(ctx context.Context, obj *fitness.Activity) (*fitness.Photo, error) {
	return r.service.PrimaryPhoto(ctx, obj)
}

// Photos is the resolver for the photos field.
func (r *activityResolver) Photos(ctx context.Context, obj *fitness.Activity) ([]*fitness.Photo, error) {
	return r.service.Photos(ctx, obj)
}

// Laps is the resolver for the laps field.
func (r *activityResolver) Laps(ctx context.Context, obj *fitness.Activity) ([]*fitness.Lap, error) {
	details, err := r.service.Details(ctx, obj)
	if err != nil {
		return nil, err
	}
	return details.Laps, nil
}

// Splits is the resolver for the splits field.
func (r *activityResolver) Splits(ctx context.Context, obj *fitness.Activity, system fitness.Measurement) ([]*fitness.Split, error) {
	details, err := r.service.Details(ctx, obj)
	if err != nil {
		return nil, err
	}
	return details.Splits(system), nil
}

// BestEfforts is the resolver for the bestEfforts field.
func (r *activityResolver) BestEfforts(ctx context.Context, obj *fitness.Activity) ([]*fitness.BestEffort, error) {
	details, err := r.service.Details(ctx, obj)
	if err != nil {
		return nil, err
	}
	return details.BestEfforts, nil
}

// SegmentEfforts is the resolver for the segmentEfforts field.
func (r *activityResolver) SegmentEfforts(ctx context.Context, obj *fitness.Activity) ([]*fitness.SegmentEffort, error) {
	details, err := r.service.Details(ctx, obj)
	if err != nil {
		return nil, err
	}
	return details.SegmentEfforts, nil
}

// Zones is the resolver for the zones field.
func (r *activityResolver) Zones(ctx context.Context, obj *fitness.Activity) ([]*fitness.ZoneDistribution, error) {
	return r.service.Zones(ctx, obj)
}

// Streams is the resolver for the streams field.
func (r *activityResolver) Streams(ctx context.Context, obj *fitness.Activity, types []fitness.StreamType, points *int) (*fitness.Streams, error) {
	return r.service.Streams(ctx, obj, fitness.StreamsQuery{Types: types, Points: points})
}

// Comments is the resolver for the comments field.
func (r *activityResolver) Comments(ctx context.Context, obj *fitness.Activity, first *int, after *string) (*model.CommentConnection, error) {
	page, err := r.service.Comments(ctx, obj, fitness.ListQuery{First: first, After: after})
	if page == nil || err != nil {
		return nil, err
	}
	return model.NewCommentConnection(page), nil
}

// Kudos is the resolver for the kudos field.
func (r *activityResolver) Kudos(ctx context.Context, obj *fitness.Activity, first *int, after *string) (*model.KudoConnection, error) {
	page, err := r.service.Kudos(ctx, obj, fitness.ListQuery{First: first, After: after})
	if page == nil || err != nil {
		return nil, err
	}
	return model.NewKudoConnection(page), nil
}

// Polyline is the resolver for the polyline field.
func (r *activityMapResolver) Polyline(ctx context.Context, obj *fitness.ActivityMap) (*string, error) {
	details, err := r.service.Details(ctx, obj.Activity)
	if err != nil {
		return nil, err
	}
	return details.Polyline, nil
}

// Activity returns generated.ActivityResolver implementation.
func (r *Resolver) Activity() generated.ActivityResolver { return &activityResolver{r} }

// ActivityMap returns generated.ActivityMapResolver implementation.
func (r *Resolver) ActivityMap() generated.ActivityMapResolver { return &activityMapResolver{r} }

type (
	activityResolver    struct{ *Resolver }
	activityMapResolver struct{ *Resolver }
)
