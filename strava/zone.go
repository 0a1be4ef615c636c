package strava

import "context"

// Zones are the athlete's training zones. A nil pointer means that the athlete has none of the kind.
type Zones struct {
	HeartRate *HeartRateZoneRanges `json:"heart_rate,omitempty"`
	Power     *PowerZoneRanges     `json:"power,omitempty"`
}

// HeartRateZoneRanges are zones in beats a minute, lowest first.
type HeartRateZoneRanges struct {
	// CustomZones says that the athlete set them; else Strava computed them.
	CustomZones bool        `json:"custom_zones"`
	Zones       []ZoneRange `json:"zones"`
}

// PowerZoneRanges are zones in watts, lowest first.
type PowerZoneRanges struct {
	Zones []ZoneRange `json:"zones"`
}

// ZoneRange is one zone. Its unit is that of the zones it is among.
type ZoneRange struct {
	Min Float `json:"min"`
	// Max is -1 for the highest zone, which is open.
	Max Float `json:"max"`
}

// ActivityZone tells how long an activity was in each zone of one kind.
type ActivityZone struct {
	// Type is "heartrate" (beats a minute), "power" (watts) or, though the specification lacks it, "pace" (metres per
	// second).
	Type                string           `json:"type"`
	ResourceState       Int              `json:"resource_state"`
	DistributionBuckets []TimedZoneRange `json:"distribution_buckets"`
	SensorBased         bool             `json:"sensor_based"`
	CustomZones         bool             `json:"custom_zones,omitempty"`
	// Score is Strava's relative effort of a heart rate distribution.
	Score  *Int `json:"score,omitempty"`
	Points *Int `json:"points,omitempty"`
	Max    *Int `json:"max,omitempty"`
}

// TimedZoneRange is one zone of a distribution and the seconds spent in it.
type TimedZoneRange struct {
	ZoneRange
	Time Int `json:"time"`
}

// AthleteZones returns the athlete's training zones. It costs one call.
//
// The example of the specification shows a list; the real answer is an object.
//
// Scope: profile:read_all.
//
// https://developers.strava.com/docs/reference/#api-Athletes-getLoggedInAthleteZones
func (c *Client) AthleteZones(ctx context.Context) (*Zones, error) {
	return object(ctx, c, reading("/athlete/zones"), func(*Zones) bool { return true })
}

// ActivityZones returns the time that an activity spent in the athlete's zones, one entry for each kind that was
// recorded. It costs one call.
//
// Only subscribers have it: for others it is [ErrSubscriptionRequired] or [ErrRestricted].
//
// Scope: activity:read; activity:read_all for an activity that only the athlete may see.
//
// https://developers.strava.com/docs/reference/#api-Activities-getZonesByActivityId
func (c *Client) ActivityZones(ctx context.Context, activityID int64) ([]ActivityZone, error) {
	r := reading("/activities/{id}/zones").of(activityID)
	return list(ctx, c, r, func(zone *ActivityZone) bool { return zone.Type != "" })
}
