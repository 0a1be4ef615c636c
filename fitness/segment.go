package fitness

import (
	"context"
	"strconv"
	"time"

	"domestique/strava"
)

// Segment is a stretch of road or trail that athletes compare their times over, as lists and efforts tell it. What takes a
// call of its own is in [SegmentDetails].
type Segment struct {
	StravaID int64
	Name     string
	Sport    Sport

	DistanceMeters      float64
	AverageGrade        float64 // percent
	MaximumGrade        float64 // percent
	ElevationHighMeters float64
	ElevationLowMeters  float64
	ClimbCategory       ClimbCategory
	Start               *Coordinates
	End                 *Coordinates
	City                *string
	State               *string
	Country             *string
	IsPrivate           bool
	IsHazardous         bool
	IsStarred           bool

	// StarredAt is told by the list of starred segments alone.
	StarredAt *time.Time
}

// SegmentDetails are the parts of a segment that take a call of their own, the same one for all of them.
type SegmentDetails struct {
	Segment             *Segment
	ElevationGainMeters float64
	Map                 *CourseMap // nil without one
	// EffortCount, AthleteCount and StarCount are over all athletes.
	EffortCount  int
	AthleteCount int
	StarCount    int
	CreatedAt    *time.Time
	UpdatedAt    *time.Time
	// History is nil where the athlete has no effort, or where the granted scopes do not cover it.
	History     *SegmentHistory
	Records     *SegmentRecords // nil where Strava does not tell
	LocalLegend *LocalLegend    // nil without one
	Profiles    MapImages
}

// ClimbCategory is how hard a climb is, by its length and its grade.
type ClimbCategory string

const (
	ClimbCategoryNone          ClimbCategory = "NONE"
	ClimbCategoryFour          ClimbCategory = "FOUR"
	ClimbCategoryThree         ClimbCategory = "THREE"
	ClimbCategoryTwo           ClimbCategory = "TWO"
	ClimbCategoryOne           ClimbCategory = "ONE"
	ClimbCategoryHorsCategorie ClimbCategory = "HORS_CATEGORIE"
)

// SegmentHistory is what the athlete has done on a segment.
type SegmentHistory struct {
	EffortCount int
	// BestTime is in seconds, nil where there is none.
	BestTime *int
	// BestDate is the local date of the best time.
	BestDate *Date
	// ActivityStravaID is the activity of the best time, 0 where Strava does not tell.
	ActivityStravaID int64
}

// SegmentRecords are the best times of all athletes, in seconds; nil where there is none.
type SegmentRecords struct {
	Overall *int
	Men     *int
	Women   *int
}

// LocalLegend is who has ridden or run a segment most often in the last ninety days.
type LocalLegend struct {
	Name *string
	// Picture is a URL.
	Picture     *string
	EffortCount int
}

// ID is the segment's global id.
func (s *Segment) ID() string { return segmentNode.id(s.stravaID()) }

// URL is the segment's page at Strava.
func (s *Segment) URL() string { return stravaSite + "/segments/" + s.stravaID() }

// Distance is how long it is.
func (s *Segment) Distance(unit LengthUnit) float64 { return unit.fromMeters(s.DistanceMeters) }

// ElevationHigh is the altitude of the highest point.
func (s *Segment) ElevationHigh(unit LengthUnit) float64 {
	return unit.fromMeters(s.ElevationHighMeters)
}

// ElevationLow is the altitude of the lowest point.
func (s *Segment) ElevationLow(unit LengthUnit) float64 { return unit.fromMeters(s.ElevationLowMeters) }

func (s *Segment) stravaID() string { return strconv.FormatInt(s.StravaID, 10) }

// ElevationGain is what there is to climb.
func (d *SegmentDetails) ElevationGain(unit LengthUnit) float64 {
	return unit.fromMeters(d.ElevationGainMeters)
}

// ElevationProfile is the URL of a picture of the climb, nil without one.
func (d *SegmentDetails) ElevationProfile(theme Theme) *string { return d.Profiles.of(theme) }

// ActivityID is the global id of the activity of the best time, nil where Strava does not tell.
func (h *SegmentHistory) ActivityID() *string { return activityNode.optionalID(h.ActivityStravaID) }

// StarredSegments is one page of the segments that the athlete has starred, in Strava's order.
func (s *Service) StarredSegments(ctx context.Context, query ListQuery) (*ListPage[*Segment], error) {
	return listing[*Segment]{
		name: string(ListOfStarredSegments),
		key:  (*Segment).stravaID,
		page: func(ctx context.Context, number int, _ *Segment) (*[]*Segment, error) {
			return ask(ctx, s.answers.Load(), question[[]*Segment]{
				kind: kindStarred, id: strconv.Itoa(number), mustExist: true,
				fetch: func(ctx context.Context) (*[]*Segment, error) {
					return convertedAll(segmentOf)(s.strava.StarredSegments(ctx, pageOptions(number)))
				},
			})
		},
	}.cut(ctx, query)
}

// SegmentByID finds a segment by its global id or by Strava's own; nil if there is none that the athlete may see.
func (s *Service) SegmentByID(ctx context.Context, id string) (*Segment, error) {
	stravaID, err := segmentNode.lookUpNumber(id)
	if err != nil {
		return nil, err
	}
	details, err := s.segmentDetails(ctx, stravaID)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Segment, nil
}

// SegmentDetails are what one further call tells of the segment; nil for one that Strava no longer shows.
func (s *Service) SegmentDetails(ctx context.Context, segment *Segment) (*SegmentDetails, error) {
	return s.segmentDetails(ctx, segment.StravaID)
}

func (s *Service) segmentDetails(ctx context.Context, stravaID int64) (*SegmentDetails, error) {
	return answered(ask(ctx, s.answers.Load(), question[SegmentDetails]{
		kind: kindSegment, id: strconv.FormatInt(stravaID, 10),
		fetch: func(ctx context.Context) (*SegmentDetails, error) {
			return converted(segmentDetailsOf)(s.strava.Segment(ctx, stravaID))
		},
	}))
}

// SegmentStreams are the samples along the segment; nil without any. See [StreamsQuery] for what can be wrong with the
// query.
func (s *Service) SegmentStreams(ctx context.Context, segment *Segment, query StreamsQuery) (*Streams, error) {
	return query.of(ctx, s.answers.Load(), question[recording]{
		kind: kindSegmentStreams, id: segment.stravaID(),
		fetch: func(ctx context.Context) (*recording, error) {
			return converted(recordingOf(segment.Sport))(
				s.strava.SegmentStreams(ctx, segment.StravaID, strava.SegmentStreamTypes()))
		},
	})
}
