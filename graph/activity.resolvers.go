package graph

import (
	"context"

	"domestique/fitness"
	"domestique/graph/generated"
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
