package graph

import (
	"context"

	"domestique/fitness"
	"domestique/graph/generated"
)

// Gear is the resolver for the gear field.
func (r *gearTotalsResolver) Gear(ctx context.Context, obj *fitness.GearTotals) (*fitness.Gear, error) {
	return r.service.GearOf(ctx, obj.StravaID)
}

// Strava is the resolver for the strava field.
func (r *statsResolver) Strava(ctx context.Context, obj *fitness.Stats) (*fitness.StravaTotals, error) {
	return r.service.StravaTotals(ctx)
}

// GearTotals returns generated.GearTotalsResolver implementation.
func (r *Resolver) GearTotals() generated.GearTotalsResolver { return &gearTotalsResolver{r} }

// Stats returns generated.StatsResolver implementation.
func (r *Resolver) Stats() generated.StatsResolver { return &statsResolver{r} }

type (
	gearTotalsResolver struct{ *Resolver }
	statsResolver      struct{ *Resolver }
)
