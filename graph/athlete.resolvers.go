package graph

import (
	"context"

	"domestique/fitness"
	"domestique/graph/generated"
	"domestique/graph/model"
)

// Clubs is the resolver for the clubs field.
func (r *athleteResolver) Clubs(ctx context.Context, obj *fitness.Athlete) ([]*fitness.Club, error) {
	return r.service.Clubs(ctx)
}

// Zones is the resolver for the zones field.
func (r *athleteResolver) Zones(ctx context.Context, obj *fitness.Athlete) ([]*fitness.TrainingZone, error) {
	return r.service.TrainingZones(ctx)
}

// Routes is the resolver for the routes field.
func (r *athleteResolver) Routes(ctx context.Context, obj *fitness.Athlete, first *int, after *string) (*model.RouteConnection, error) {
	page, err := r.service.Routes(ctx, fitness.ListQuery{First: first, After: after})
	if page == nil || err != nil {
		return nil, err
	}
	return model.NewRouteConnection(page), nil
}

// StarredSegments is the resolver for the starredSegments field.
func (r *athleteResolver) StarredSegments(ctx context.Context, obj *fitness.Athlete, first *int, after *string) (*model.SegmentConnection, error) {
	page, err := r.service.StarredSegments(ctx, fitness.ListQuery{First: first, After: after})
	if page == nil || err != nil {
		return nil, err
	}
	return model.NewSegmentConnection(page), nil
}

// Athlete returns generated.AthleteResolver implementation.
func (r *Resolver) Athlete() generated.AthleteResolver { return &athleteResolver{r} }

type athleteResolver struct{ *Resolver }
