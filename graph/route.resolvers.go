package graph

import (
	"context"

	"domestique/fitness"
	"domestique/graph/generated"
)

// Segments is the resolver for the segments field.
func (r *routeResolver) Segments(ctx context.Context, obj *fitness.Route) ([]*fitness.Segment, error) {
	details, err := r.service.RouteDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Segments, nil
}

// Waypoints is the resolver for the waypoints field.
func (r *routeResolver) Waypoints(ctx context.Context, obj *fitness.Route) ([]*fitness.Waypoint, error) {
	details, err := r.service.RouteDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Waypoints, nil
}

// Streams is the resolver for the streams field.
func (r *routeResolver) Streams(ctx context.Context, obj *fitness.Route, types []fitness.StreamType, points *int) (*fitness.Streams, error) {
	return r.service.RouteStreams(ctx, obj, fitness.StreamsQuery{Types: types, Points: points})
}

// Route returns generated.RouteResolver implementation.
func (r *Resolver) Route() generated.RouteResolver { return &routeResolver{r} }

type routeResolver struct{ *Resolver }
