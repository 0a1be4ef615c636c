package fitness

import "time"

// Lap is a part of an activity between two presses of the recorder's button, or one that the recorder made by itself.
type Lap struct {
	StravaID int64
	Name     string
	// Number counts from 1.
	Number int

	StartedAt      time.Time // UTC
	StartedAtLocal LocalDateTime

	DistanceMeters         float64
	MovingTime             int // seconds
	ElapsedTime            int // seconds
	ElevationGainMeters    float64
	AverageMetersPerSecond *float64
	MaxMetersPerSecond     *float64
	AverageHeartRate       *float64
	MaxHeartRate           *float64
	AverageCadence         *float64 // revolutions a minute; for runs steps of both legs a minute
	AveragePower           *float64 // watts
	HasPowerMeter          bool
	// PaceZone is the athlete's zone of the average pace, from 1; nil where Strava gives none.
	PaceZone *int

	// StartIndex and EndIndex are those of its first and its last sample in the activity's streams.
	StartIndex int
	EndIndex   int
}

// Distance is what was covered.
func (l *Lap) Distance(unit LengthUnit) float64 { return unit.fromMeters(l.DistanceMeters) }

// ElevationGain is what was climbed.
func (l *Lap) ElevationGain(unit LengthUnit) float64 { return unit.fromMeters(l.ElevationGainMeters) }

// AverageSpeed is nil where Strava gives none.
func (l *Lap) AverageSpeed(unit SpeedUnit) *float64 { return speed(l.AverageMetersPerSecond, unit) }

// MaxSpeed is nil where Strava gives none.
func (l *Lap) MaxSpeed(unit SpeedUnit) *float64 { return speed(l.MaxMetersPerSecond, unit) }

// AveragePace is the moving time for a stretch of the distance; nil when nothing was covered.
func (l *Lap) AveragePace(unit PaceUnit) *float64 { return unit.over(l.DistanceMeters, l.MovingTime) }

// Split is a kilometre or a mile of a run, the last one shorter.
type Split struct {
	// Number counts from 1.
	Number         int
	DistanceMeters float64
	MovingTime     int // seconds
	ElapsedTime    int // seconds
	// ElevationDifferenceMeters is the altitude at its end less that at its start.
	ElevationDifferenceMeters    *float64
	AverageMetersPerSecond       *float64
	GradeAdjustedMetersPerSecond *float64
	AverageHeartRate             *float64
	// PaceZone is the athlete's zone of the average pace, from 1; nil where Strava gives none.
	PaceZone *int
}

// Distance is what was covered.
func (s *Split) Distance(unit LengthUnit) float64 { return unit.fromMeters(s.DistanceMeters) }

// ElevationDifference is negative where it went down; nil where Strava gives none.
func (s *Split) ElevationDifference(unit LengthUnit) *float64 {
	return length(s.ElevationDifferenceMeters, unit)
}

// AverageSpeed is nil where Strava gives none.
func (s *Split) AverageSpeed(unit SpeedUnit) *float64 { return speed(s.AverageMetersPerSecond, unit) }

// GradeAdjustedSpeed is the speed on the flat that would have been as hard; nil where Strava gives none.
func (s *Split) GradeAdjustedSpeed(unit SpeedUnit) *float64 {
	return speed(s.GradeAdjustedMetersPerSecond, unit)
}

// AveragePace is the moving time for a stretch of the distance; nil when nothing was covered.
func (s *Split) AveragePace(unit PaceUnit) *float64 { return unit.over(s.DistanceMeters, s.MovingTime) }
