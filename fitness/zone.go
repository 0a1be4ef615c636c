package fitness

import "context"

// ZoneType is what zones divide.
type ZoneType string

const (
	ZoneTypeHeartRate ZoneType = "HEART_RATE" // beats a minute
	ZoneTypePower     ZoneType = "POWER"      // watts
	ZoneTypePace      ZoneType = "PACE"       // metres per second
)

// TrainingZone is one of the ranges that the athlete trains in.
type TrainingZone struct {
	Type ZoneType
	// Number counts from 1, the easiest.
	Number int
	Min    float64
	// Max is nil for the range that has no end.
	Max *float64
	// IsCustom is true where the athlete has set the zones, false where Strava has computed them.
	IsCustom bool
}

// ZoneDistribution is how an activity's time divides over the zones.
type ZoneDistribution struct {
	Type ZoneType
	// Score is Strava's relative effort for heart rate; nil where it gives none.
	Score *float64
	// IsSensorBased is false for what Strava has estimated.
	IsSensorBased bool
	// IsCustom is true where the athlete has set the zones.
	IsCustom bool
	Buckets  []*ZoneBucket
}

// ZoneBucket is the time in one zone.
type ZoneBucket struct {
	Min float64
	// Max is nil for the range that has no end.
	Max  *float64
	Time int // seconds
}

// TrainingZones are the athlete's own, those of the heart rate first.
func (s *Service) TrainingZones(ctx context.Context) ([]*TrainingZone, error) {
	zones, err := answered(ask(ctx, s.answers.Load(), question[[]*TrainingZone]{
		kind: kindTrainingZones, mustExist: true,
		fetch: func(ctx context.Context) (*[]*TrainingZone, error) {
			return converted(trainingZonesOf)(s.strava.AthleteZones(ctx))
		},
	}))
	return listOf(zones), err
}

// Zones are how the time of the activity divides over the athlete's zones; nil for one that Strava no longer shows. Strava
// has it for subscribers alone.
func (s *Service) Zones(ctx context.Context, activity *Activity) ([]*ZoneDistribution, error) {
	zones, err := answered(ask(ctx, s.answers.Load(), question[[]*ZoneDistribution]{
		kind: kindZones, id: activity.stravaID(), basis: activity.recordingBasis(),
		fetch: func(ctx context.Context) (*[]*ZoneDistribution, error) {
			return convertedAll(zoneDistributionOf)(forSubscribers(s.strava.ActivityZones(ctx, activity.StravaID)))
		},
	}))
	return listOf(zones), err
}
