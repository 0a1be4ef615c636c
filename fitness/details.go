package fitness

import "context"

// Details are the parts of an activity that take a call of their own, the same one for all of them. A part that Strava
// does not give is nil; for an activity that Strava no longer shows, all of them are.
type Details struct {
	Description *string
	Calories    *float64 // kilocalories
	// PerceivedExertion is the athlete's own rating, 1 to 10.
	PerceivedExertion *float64
	PrimaryPhoto      *Photo
	Gear              *Gear
	// Polyline is the trace in full, encoded with precision 5.
	Polyline *string

	Laps []*Lap
	// Kilometers and Miles are the splits in both systems; runs have them.
	Kilometers     []*Split
	Miles          []*Split
	BestEfforts    []*BestEffort
	SegmentEfforts []*SegmentEffort
}

// Splits are those of the system.
func (d *Details) Splits(system Measurement) []*Split {
	if system == MeasurementImperial {
		return d.Miles
	}
	return d.Kilometers
}

// Details are what one further call tells of an activity; they are at most an hour old where Strava answers. Without an
// error they are never nil.
func (s *Service) Details(ctx context.Context, activity *Activity) (*Details, error) {
	if ViewerOf(ctx) != Owner {
		return s.publicDetails(ctx, activity)
	}
	details, err := answered(ask(ctx, s.answers.Load(), question[Details]{
		kind: kindDetails, id: activity.stravaID(), basis: activity,
		fetch: func(ctx context.Context) (*Details, error) {
			return converted(detailsOf)(s.strava.Activity(ctx, activity.StravaID))
		},
	}))
	if details == nil && err == nil {
		return &Details{}, nil
	}
	return details, err
}
