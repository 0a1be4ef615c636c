package fitness

import (
	"strconv"
	"time"
)

// Visibility says who may see an activity on Strava.
type Visibility string

const (
	VisibilityEveryone      Visibility = "EVERYONE"
	VisibilityFollowersOnly Visibility = "FOLLOWERS_ONLY"
	VisibilityOnlyMe        Visibility = "ONLY_ME"
)

// WorkoutType is what the athlete tagged a run or a ride as.
type WorkoutType string

const (
	WorkoutTypeDefault WorkoutType = "DEFAULT"
	WorkoutTypeRace    WorkoutType = "RACE"
	WorkoutTypeLongRun WorkoutType = "LONG_RUN"
	WorkoutTypeWorkout WorkoutType = "WORKOUT"
)

// Activity is one activity as Strava's list of activities tells it, without any further call. What takes a call of its
// own is in [Details]. Activities are shared between queries and must not be changed.
type Activity struct {
	StravaID int64
	// StartedAt is in UTC. Where the athlete hides the start time, Strava gives a second past midnight.
	StartedAt time.Time
	Sport     Sport
	// DistanceMeters and what else filters and orders ask for most comes first, because to wait for memory is most of what
	// it takes to look at a long history.
	DistanceMeters float64
	HasHeartRate   bool
	// HasPowerMeter tells measured power from what Strava estimates.
	HasPowerMeter bool
	IsCommute     bool
	// IsIndoor is true for what was recorded on a trainer or a treadmill, and for virtual sports.
	IsIndoor  bool
	IsManual  bool
	IsFlagged bool

	MovingTime          int // seconds
	ElapsedTime         int // seconds
	ElevationGainMeters float64
	StartedAtLocal      LocalDateTime
	// TimeZone is an IANA name.
	TimeZone *string
	// UTCOffset is in seconds east of UTC, at the start.
	UTCOffset *int

	Name string
	// SportType is Strava's own word for the sport, also when Sport is SportOther.
	SportType string

	ElevationHighMeters *float64
	ElevationLowMeters  *float64
	// AverageMetersPerSecond and MaxMetersPerSecond are nil where Strava gives none.
	AverageMetersPerSecond *float64
	MaxMetersPerSecond     *float64

	AverageHeartRate *float64
	MaxHeartRate     *float64
	// AverageCadence is in revolutions a minute; for runs in steps of both legs a minute.
	AverageCadence       *float64
	AverageCelsius       *float64
	AveragePower         *float64 // watts
	MaxPower             *int     // watts
	WeightedAveragePower *int     // watts
	Kilojoules           *float64
	RelativeEffort       *float64

	// WorkoutType is nil for sports that have none.
	WorkoutType *WorkoutType
	// Visibility is nil where Strava does not tell; such an activity counts as hidden.
	Visibility *Visibility
	// Device is the recorder's name; Garmin asks for attribution where its name shows.
	Device *string
	// GearID is Strava's id of the bike or the shoes, "" for none.
	GearID string

	// SummaryPolyline is the trace, encoded with precision 5 and thinned by Strava; "" without one.
	SummaryPolyline string
	Start           *Coordinates
	End             *Coordinates

	KudosCount          int
	CommentCount        int
	AchievementCount    int
	PersonalRecordCount int
	PhotoCount          int
	AthleteCount        int
}

// Coordinates are a point on the globe, in degrees.
type Coordinates struct {
	Latitude  float64
	Longitude float64
}

// ActivityMap is the trace of an activity.
type ActivityMap struct {
	// Activity is the one that the trace belongs to; its polyline in full is one of its [Details].
	Activity *Activity
}

// SummaryPolyline is the trace, encoded with precision 5 and thinned by Strava.
func (m *ActivityMap) SummaryPolyline() *string { return optionalText(m.Activity.SummaryPolyline) }

// ID is the activity's global id.
func (a *Activity) ID() string { return activityNode.id(a.stravaID()) }

// URL is the activity's page at Strava.
func (a *Activity) URL() string { return stravaSite + "/activities/" + a.stravaID() }

// SportGroup is what most people mean by the activity's sport.
func (a *Activity) SportGroup() SportGroup { return a.Sport.Group() }

// LocalDate is the date on which the activity started, where it started. Days, weeks, months and years are counted by
// it, never by the date in UTC.
func (a *Activity) LocalDate() Date { return a.StartedAtLocal.Date }

// Distance is what was covered.
func (a *Activity) Distance(unit LengthUnit) float64 { return unit.fromMeters(a.DistanceMeters) }

// ElevationGain is what was climbed.
func (a *Activity) ElevationGain(unit LengthUnit) float64 {
	return unit.fromMeters(a.ElevationGainMeters)
}

// ElevationHigh is the altitude of the highest point, nil where it is not known.
func (a *Activity) ElevationHigh(unit LengthUnit) *float64 {
	return length(a.ElevationHighMeters, unit)
}

// ElevationLow is the altitude of the lowest point, nil where it is not known.
func (a *Activity) ElevationLow(unit LengthUnit) *float64 { return length(a.ElevationLowMeters, unit) }

// AverageSpeed is nil where Strava gives none.
func (a *Activity) AverageSpeed(unit SpeedUnit) *float64 {
	return speed(a.AverageMetersPerSecond, unit)
}

// MaxSpeed is nil where Strava gives none.
func (a *Activity) MaxSpeed(unit SpeedUnit) *float64 { return speed(a.MaxMetersPerSecond, unit) }

// AveragePace is the moving time for a stretch of the distance; nil when nothing was covered or no time was kept.
func (a *Activity) AveragePace(unit PaceUnit) *float64 {
	return unit.over(a.DistanceMeters, a.MovingTime)
}

// AverageTemperature is nil where the recorder kept none.
func (a *Activity) AverageTemperature(unit TemperatureUnit) *float64 {
	if a.AverageCelsius == nil {
		return nil
	}
	return new(unit.fromCelsius(*a.AverageCelsius))
}

// HasMap reports whether there is a trace.
func (a *Activity) HasMap() bool { return a.SummaryPolyline != "" }

// HasPower reports whether there is an average power, measured or estimated.
func (a *Activity) HasPower() bool { return a.AveragePower != nil }

// Map is the activity's trace, nil without one.
func (a *Activity) Map() *ActivityMap {
	if !a.HasMap() {
		return nil
	}
	return &ActivityMap{Activity: a}
}

func (a *Activity) stravaID() string { return strconv.FormatInt(a.StravaID, 10) }

// location is the zone in which the activity started. A machine without time zone data knows the offset at least, and
// UTC is what is left for an activity that tells neither.
func (a *Activity) location() *time.Location {
	if a.TimeZone != nil {
		if zone, err := time.LoadLocation(*a.TimeZone); err == nil {
			return zone
		}
	}
	if a.UTCOffset != nil {
		return time.FixedZone("", *a.UTCOffset)
	}
	return time.UTC
}
