package graph

import (
	"context"

	"domestique/fitness"
	"domestique/graph/generated"
)

// Strava is the resolver for the strava field.
func (r *statsResolver) Strava(ctx context.Context, obj *fitness.Stats) (*fitness.StravaTotals, error) {
	return r.service.StravaTotals(ctx)
}

// Stats returns generated.StatsResolver implementation.
func (r *Resolver) Stats() generated.StatsResolver { return &statsResolver{r} }

type statsResolver struct{ *Resolver }
