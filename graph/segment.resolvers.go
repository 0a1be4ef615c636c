package graph

import (
	"context"
	"time"

	"domestique/fitness"
	"domestique/graph/generated"
)

// ElevationGain is the resolver for the elevationGain field.
func (r *segmentResolver) ElevationGain(ctx context.Context, obj *fitness.Segment, unit fitness.LengthUnit) (*float64, error) {
	details, err := r.service.SegmentDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return new(details.ElevationGain(unit)), nil
}

// Map is the resolver for the map field.
func (r *segmentResolver) Map(ctx context.Context, obj *fitness.Segment) (*fitness.CourseMap, error) {
	details, err := r.service.SegmentDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Map, nil
}

// ElevationProfile is the resolver for the elevationProfile field.
func (r *segmentResolver) ElevationProfile(ctx context.Context, obj *fitness.Segment, theme fitness.Theme) (*string, error) {
	details, err := r.service.SegmentDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.ElevationProfile(theme), nil
}

// EffortCount is the resolver for the effortCount field.
func (r *segmentResolver) EffortCount(ctx context.Context, obj *fitness.Segment) (*int, error) {
	details, err := r.service.SegmentDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return &details.EffortCount, nil
}

// AthleteCount is the resolver for the athleteCount field.
func (r *segmentResolver) AthleteCount(ctx context.Context, obj *fitness.Segment) (*int, error) {
	details, err := r.service.SegmentDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return &details.AthleteCount, nil
}

// StarCount is the resolver for the starCount field.
func (r *segmentResolver) StarCount(ctx context.Context, obj *fitness.Segment) (*int, error) {
	details, err := r.service.SegmentDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return &details.StarCount, nil
}

// CreatedAt is the resolver for the createdAt field.
func (r *segmentResolver) CreatedAt(ctx context.Context, obj *fitness.Segment) (*time.Time, error) {
	details, err := r.service.SegmentDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.CreatedAt, nil
}

// UpdatedAt is the resolver for the updatedAt field.
func (r *segmentResolver) UpdatedAt(ctx context.Context, obj *fitness.Segment) (*time.Time, error) {
	details, err := r.service.SegmentDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.UpdatedAt, nil
}

// History is the resolver for the history field.
func (r *segmentResolver) History(ctx context.Context, obj *fitness.Segment) (*fitness.SegmentHistory, error) {
	details, err := r.service.SegmentDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.History, nil
}

// Records is the resolver for the records field.
func (r *segmentResolver) Records(ctx context.Context, obj *fitness.Segment) (*fitness.SegmentRecords, error) {
	details, err := r.service.SegmentDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Records, nil
}

// LocalLegend is the resolver for the localLegend field.
func (r *segmentResolver) LocalLegend(ctx context.Context, obj *fitness.Segment) (*fitness.LocalLegend, error) {
	details, err := r.service.SegmentDetails(ctx, obj)
	if details == nil || err != nil {
		return nil, err
	}
	return details.LocalLegend, nil
}

// Efforts is the resolver for the efforts field.
func (r *segmentResolver) Efforts(ctx context.Context, obj *fitness.Segment) ([]*fitness.SegmentEffort, error) {
	return r.service.SegmentEfforts(ctx, obj)
}

// Streams is the resolver for the streams field.
func (r *segmentResolver) Streams(ctx context.Context, obj *fitness.Segment, types []fitness.StreamType, points *int) (*fitness.Streams, error) {
	return r.service.SegmentStreams(ctx, obj, fitness.StreamsQuery{Types: types, Points: points})
}

// Segment returns generated.SegmentResolver implementation.
func (r *Resolver) Segment() generated.SegmentResolver { return &segmentResolver{r} }

type segmentResolver struct{ *Resolver }
