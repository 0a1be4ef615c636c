package fitness

import (
	"context"
	"strconv"
)

// StravaTotals are Strava's own figures: only runs, rides and swims that everyone may see.
type StravaTotals struct {
	Runs  *StravaSportTotals
	Rides *StravaSportTotals
	Swims *StravaSportTotals

	BiggestRideDistanceMeters *float64
	BiggestClimbMeters        *float64
}

// BiggestRideDistance is the distance of the longest ride, nil where Strava gives none.
func (t *StravaTotals) BiggestRideDistance(unit LengthUnit) *float64 {
	return length(t.BiggestRideDistanceMeters, unit)
}

// BiggestClimb is the climb of the hilliest ride, nil where Strava gives none.
func (t *StravaTotals) BiggestClimb(unit LengthUnit) *float64 {
	return length(t.BiggestClimbMeters, unit)
}

// StravaSportTotals are Strava's figures of one sport.
type StravaSportTotals struct {
	Recent     *StravaTotal // of the last four weeks; Strava is hours late with it
	YearToDate *StravaTotal
	AllTime    *StravaTotal
}

// StravaTotal is one row of Strava's figures.
type StravaTotal struct {
	Count               int
	DistanceMeters      float64
	MovingTime          int // seconds
	ElapsedTime         int // seconds
	ElevationGainMeters float64
	// AchievementCount is nil where Strava gives none, which is everywhere but in the recent figures.
	AchievementCount *int
}

// Distance is what was covered.
func (t *StravaTotal) Distance(unit LengthUnit) float64 { return unit.fromMeters(t.DistanceMeters) }

// ElevationGain is what was climbed.
func (t *StravaTotal) ElevationGain(unit LengthUnit) float64 {
	return unit.fromMeters(t.ElevationGainMeters)
}

// StravaTotals are Strava's own figures, at most a quarter of an hour old where Strava answers, and at most seven days
// where it does not.
func (s *Service) StravaTotals(ctx context.Context) (*StravaTotals, error) {
	owner, err := s.owner(ctx)
	if err != nil {
		return nil, explained(err)
	}
	return answered(ask(ctx, s.answers.Load(), question[StravaTotals]{
		kind: kindTotals, id: strconv.FormatInt(owner, 10), mustExist: true,
		fetch: func(ctx context.Context) (*StravaTotals, error) {
			return converted(stravaTotalsOf)(s.strava.Stats(ctx, owner))
		},
	}))
}
