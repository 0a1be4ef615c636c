package graph

import (
	"context"

	"domestique/fitness"
	"domestique/graph/generated"
)

// Brand is the resolver for the brand field.
func (r *gearResolver) Brand(ctx context.Context, obj *fitness.Gear) (*string, error) {
	details, err := r.service.GearDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Brand, nil
}

// Model is the resolver for the model field.
func (r *gearResolver) Model(ctx context.Context, obj *fitness.Gear) (*string, error) {
	details, err := r.service.GearDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Model, nil
}

// Description is the resolver for the description field.
func (r *gearResolver) Description(ctx context.Context, obj *fitness.Gear) (*string, error) {
	details, err := r.service.GearDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Description, nil
}

// FrameType is the resolver for the frameType field.
func (r *gearResolver) FrameType(ctx context.Context, obj *fitness.Gear) (*fitness.FrameType, error) {
	details, err := r.service.GearDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.FrameType, nil
}

// Weight is the resolver for the weight field.
func (r *gearResolver) Weight(ctx context.Context, obj *fitness.Gear, unit fitness.MassUnit) (*float64, error) {
	details, err := r.service.GearDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Weight(unit), nil
}

// NotificationDistance is the resolver for the notificationDistance field.
func (r *gearResolver) NotificationDistance(ctx context.Context, obj *fitness.Gear, unit fitness.LengthUnit) (*float64, error) {
	details, err := r.service.GearDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.NotificationDistance(unit), nil
}

// Gear returns generated.GearResolver implementation.
func (r *Resolver) Gear() generated.GearResolver { return &gearResolver{r} }

type gearResolver struct{ *Resolver }
