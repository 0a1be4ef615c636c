package fitness

import (
	"context"
	"strconv"
	"time"

	"domestique/strava"
)

// Effort is a stretch of an activity that Strava has timed. Like Strava's rankings its speed and pace go by the elapsed
// time.
type Effort struct {
	StravaID int64
	Name     string

	StartedAt      time.Time // UTC
	StartedAtLocal LocalDateTime

	DistanceMeters float64
	MovingTime     int // seconds
	ElapsedTime    int // seconds

	// PersonalRecordRank is from 1 to 3 for what was among the athlete's three best when it was done, else nil.
	PersonalRecordRank *int
	Achievements       []*Achievement

	// StartIndex and EndIndex are those of its first and its last sample in the activity's streams.
	StartIndex int
	EndIndex   int
}

// Distance is what was covered.
func (e *Effort) Distance(unit LengthUnit) float64 { return unit.fromMeters(e.DistanceMeters) }

// AverageSpeed is the distance by the elapsed time; nil when nothing was covered.
func (e *Effort) AverageSpeed(unit SpeedUnit) *float64 {
	if e.DistanceMeters <= 0 || e.ElapsedTime <= 0 {
		return nil
	}
	return new(unit.fromMetersPerSecond(e.DistanceMeters / float64(e.ElapsedTime)))
}

// AveragePace is the elapsed time for a stretch of the distance; nil when nothing was covered.
func (e *Effort) AveragePace(unit PaceUnit) *float64 {
	return unit.over(e.DistanceMeters, e.ElapsedTime)
}

// BestEffort is the fastest stretch of a run over a distance that people race.
type BestEffort struct {
	Effort
}

// SegmentEffort is one time over a segment.
type SegmentEffort struct {
	Effort

	// Segment is nil where Strava does not tell which one it is.
	Segment *Segment
	// ActivityStravaID is the activity that it is a part of, 0 where Strava does not tell.
	ActivityStravaID int64

	AverageHeartRate *float64
	MaxHeartRate     *float64
	AverageCadence   *float64 // revolutions a minute; for runs steps of both legs a minute
	AveragePower     *float64 // watts
	HasPowerMeter    bool
	// LeaderboardRank is from 1 to 10 for what was among the ten best of all athletes when it was done, else nil.
	LeaderboardRank *int
	// IsHidden is true for an effort that Strava's page of the activity does not show at first.
	IsHidden bool

	sport Sport // of the activity
}

// ID is the effort's global id.
func (e *SegmentEffort) ID() string { return effortNode.id(e.stravaID()) }

// ActivityID is the activity's global id, nil where Strava does not tell which one it is.
func (e *SegmentEffort) ActivityID() *string { return activityNode.optionalID(e.ActivityStravaID) }

func (e *SegmentEffort) stravaID() string { return strconv.FormatInt(e.StravaID, 10) }

// Achievement is a place among the best.
type Achievement struct {
	// Kind is Strava's own word, such as pr or overall.
	Kind string
	// Rank counts from 1.
	Rank int
}

// SegmentEfforts are the athlete's efforts on the segment, at most 200, in Strava's order; nil for a segment that Strava
// does not show. Strava has it for subscribers alone.
func (s *Service) SegmentEfforts(ctx context.Context, segment *Segment) ([]*SegmentEffort, error) {
	efforts, err := answered(ask(ctx, s.answers.Load(), question[[]*SegmentEffort]{
		kind: kindSegmentEfforts, id: segment.stravaID(),
		fetch: func(ctx context.Context) (*[]*SegmentEffort, error) {
			options := strava.SegmentEffortsOptions{SegmentID: segment.StravaID, PerPage: strava.MaxPerPage}
			return convertedAll(segmentEffortOf)(forSubscribers(s.strava.SegmentEfforts(ctx, options)))
		},
	}))
	return listOf(efforts), err
}

// SegmentEffortByID finds one of the athlete's efforts by its global id or by Strava's own; nil if there is none. Strava
// has it for subscribers alone.
func (s *Service) SegmentEffortByID(ctx context.Context, id string) (*SegmentEffort, error) {
	stravaID, err := effortNode.lookUpNumber(id)
	if err != nil {
		return nil, err
	}
	return answered(ask(ctx, s.answers.Load(), question[SegmentEffort]{
		kind: kindEffort, id: strconv.FormatInt(stravaID, 10),
		fetch: func(ctx context.Context) (*SegmentEffort, error) {
			return converted(segmentEffortOf)(forSubscribers(s.strava.SegmentEffort(ctx, stravaID)))
		},
	}))
}

// SegmentEffortStreams are the samples of the effort; nil without any. Strava has it for subscribers alone. See
// [StreamsQuery] for what can be wrong with the query.
func (s *Service) SegmentEffortStreams(ctx context.Context, effort *SegmentEffort, query StreamsQuery) (*Streams, error) {
	return query.of(ctx, s.answers.Load(), question[recording]{
		kind: kindEffortStreams, id: effort.stravaID(),
		fetch: func(ctx context.Context) (*recording, error) {
			return converted(recordingOf(effort.sport))(forSubscribers(
				s.strava.SegmentEffortStreams(ctx, effort.StravaID, strava.StreamTypes())))
		},
	})
}
