package strava

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// SummarySegment is a stretch of road or trail on which efforts are compared. Metres and percent.
type SummarySegment struct {
	ID ID `json:"id"`
	// ResourceState is 2 for a summary and 3 for a detailed segment.
	ResourceState Int    `json:"resource_state"`
	Name          string `json:"name"`
	// ActivityType is "Ride" or "Run".
	ActivityType  string `json:"activity_type"`
	Distance      Float  `json:"distance"`
	AverageGrade  Float  `json:"average_grade"`
	MaximumGrade  Float  `json:"maximum_grade"`
	ElevationHigh Float  `json:"elevation_high"`
	ElevationLow  Float  `json:"elevation_low"`
	StartLatlng   LatLng `json:"start_latlng"`
	EndLatlng     LatLng `json:"end_latlng"`
	// ClimbCategory is from 0 (none) to 5 (hors catégorie): the larger, the harder, other than on road signs.
	ClimbCategory Int    `json:"climb_category"`
	City          string `json:"city"`
	State         string `json:"state"`
	Country       string `json:"country"`
	Private       bool   `json:"private"`
	Hazardous     bool   `json:"hazardous"`
	Starred       bool   `json:"starred"`
	// StarredDate is when the athlete starred it; only [Client.StarredSegments] tells.
	StarredDate time.Time `json:"starred_date,omitzero"`
	// PRTime is the athlete's best time in seconds; only [Client.StarredSegments] tells.
	PRTime *Int `json:"pr_time,omitempty"`
	// ElevationProfile is the URL of a picture.
	ElevationProfile  string             `json:"elevation_profile,omitempty"`
	ElevationProfiles *ElevationProfiles `json:"elevation_profiles,omitempty"`

	// AthletePREffort and AthleteSegmentStats are nil where the athlete has no effort, and without the scope read_all.
	// The specification gives each the other's type.
	AthletePREffort     *SummarySegmentEffort   `json:"athlete_pr_effort,omitempty"`
	AthleteSegmentStats *SummaryPRSegmentEffort `json:"athlete_segment_stats,omitempty"`
}

// ElevationProfiles are the URLs of pictures of a segment's profile.
type ElevationProfiles struct {
	LightURL string `json:"light_url"`
	DarkURL  string `json:"dark_url"`
}

// DetailedSegment is a segment with what only a call of its own gives.
type DetailedSegment struct {
	SummarySegment

	CreatedAt          time.Time   `json:"created_at,omitzero"`
	UpdatedAt          time.Time   `json:"updated_at,omitzero"`
	TotalElevationGain Float       `json:"total_elevation_gain"`
	Map                PolylineMap `json:"map"`
	// EffortCount, AthleteCount and StarCount are over all athletes.
	EffortCount  Int `json:"effort_count"`
	AthleteCount Int `json:"athlete_count"`
	StarCount    Int `json:"star_count"`
	// XOMs are the best times of all athletes; nil where Strava does not tell.
	XOMs *XOMs `json:"xoms,omitempty"`
	// LocalLegend is nil for a segment without one.
	LocalLegend *LocalLegend `json:"local_legend,omitempty"`
}

// XOMs are best times as Strava's pages show them, such as "1:09" or "58s".
type XOMs struct {
	KOM         string         `json:"kom"`
	QOM         string         `json:"qom"`
	Overall     string         `json:"overall"`
	Destination XOMDestination `json:"destination"`
}

// XOMDestination is where Strava's application leads from the best times.
type XOMDestination struct {
	// Href begins with strava://.
	Href string `json:"href"`
	Type string `json:"type"`
	Name string `json:"name"`
}

// LocalLegend is the athlete with the most efforts on a segment in 90 days.
type LocalLegend struct {
	AthleteID ID `json:"athlete_id"`
	// Title is the athlete's name, and Profile the URL of a picture.
	Title   string `json:"title"`
	Profile string `json:"profile"`
	// EffortDescription is like "22 efforts in the last 90 days".
	EffortDescription string `json:"effort_description"`
	EffortCount       Int    `json:"effort_count"`
	// EffortCounts are texts like "22 efforts", under "overall" and "female".
	EffortCounts map[string]string `json:"effort_counts"`
	// Destination begins with strava://.
	Destination string `json:"destination"`
}

// ExplorerSegment is a segment as the search by area has it. Metres and percent.
type ExplorerSegment struct {
	ID            ID     `json:"id"`
	ResourceState Int    `json:"resource_state,omitempty"`
	Name          string `json:"name"`
	// ClimbCategory is from 0 (none) to 5 (hors catégorie), and ClimbCategoryDesc the word for it: NC, 4, 3, 2, 1, HC.
	ClimbCategory     Int    `json:"climb_category"`
	ClimbCategoryDesc string `json:"climb_category_desc"`
	AvgGrade          Float  `json:"avg_grade"`
	StartLatlng       LatLng `json:"start_latlng"`
	EndLatlng         LatLng `json:"end_latlng"`
	ElevDifference    Float  `json:"elev_difference"`
	Distance          Float  `json:"distance"`
	// Points are the course as an encoded polyline, precision 5.
	Points  string `json:"points"`
	Starred bool   `json:"starred,omitempty"`
	// ElevationProfile is the URL of a picture.
	ElevationProfile   string `json:"elevation_profile,omitempty"`
	LocalLegendEnabled bool   `json:"local_legend_enabled,omitempty"`
}

// Segment returns a segment in detail. It costs one call.
//
// Scope: read; read_all for a private segment and for what it tells of the athlete.
//
// https://developers.strava.com/docs/reference/#api-Segments-getSegmentById
func (c *Client) Segment(ctx context.Context, id int64) (*DetailedSegment, error) {
	return object(ctx, c, reading("/segments/{id}").of(id), (*DetailedSegment).identified)
}

// StarredSegments returns one page of the segments that the athlete starred. It costs one call.
//
// Scope: read; read_all for private segments.
//
// https://developers.strava.com/docs/reference/#api-Segments-getLoggedInAthleteStarredSegments
func (c *Client) StarredSegments(ctx context.Context, options PageOptions) ([]SummarySegment, error) {
	r := reading("/segments/starred").with(options)
	return list(ctx, c, r, func(segment *SummarySegment) bool { return segment.ID > 0 })
}

// StarSegment stars a segment for the athlete, or takes the star away, and returns the segment. It costs one call.
//
// Scope: profile:write.
//
// https://developers.strava.com/docs/reference/#api-Segments-starSegment
func (c *Client) StarSegment(ctx context.Context, id int64, starred bool) (*DetailedSegment, error) {
	r := writing(http.MethodPut, "/segments/{id}/starred").of(id)
	return object(ctx, c, r.form(url.Values{"starred": {strconv.FormatBool(starred)}}), (*DetailedSegment).identified)
}

func (s *DetailedSegment) identified() bool { return s.ID > 0 }

// ExploreOptions say where to look for segments. SouthWest and NorthEast are required.
type ExploreOptions struct {
	// SouthWest and NorthEast are the corners of the area.
	SouthWest, NorthEast Position
	// ActivityType is "running" or "riding"; empty for Strava's default, which is riding.
	ActivityType string
	// MinCategory and MaxCategory bound the ClimbCategory, from 0 to 5; nil for no bound.
	MinCategory, MaxCategory *int
}

func (o ExploreOptions) query() (url.Values, error) {
	var bounds []string
	for _, corner := range []Position{o.SouthWest, o.NorthEast} {
		if !corner.onEarth() {
			return nil, fmt.Errorf("corner %v: no such latitude and longitude", corner)
		}
		for _, degrees := range corner {
			bounds = append(bounds, strconv.FormatFloat(degrees, 'f', -1, 64))
		}
	}
	if o.SouthWest[0] >= o.NorthEast[0] {
		return nil, errors.New("the south-west corner is not south of the north-east corner")
	}
	query := url.Values{"bounds": {strings.Join(bounds, ",")}}
	switch o.ActivityType {
	case "":
	case "running", "riding":
		query.Set("activity_type", o.ActivityType)
	default:
		return nil, errors.New(`activity type: must be "running" or "riding"`)
	}
	for name, category := range map[string]*int{"min_cat": o.MinCategory, "max_cat": o.MaxCategory} {
		if category == nil {
			continue
		}
		if *category < 0 || *category > 5 {
			return nil, fmt.Errorf("climb category %d: must be between 0 and 5", *category)
		}
		query.Set(name, strconv.Itoa(*category))
	}
	return query, nil
}

// ExploreSegments returns the ten best known segments of an area. It costs one call.
//
// Since 1 September 2026 only applications with Extended Access have it; for others it is [ErrRestricted].
//
// Scope: read.
//
// https://developers.strava.com/docs/reference/#api-Segments-exploreSegments
func (c *Client) ExploreSegments(ctx context.Context, options ExploreOptions) ([]ExplorerSegment, error) {
	type found struct {
		Segments []ExplorerSegment `json:"segments"`
	}
	r := reading("/segments/explore").with(options)
	answer, err := object(ctx, c, r, func(answer *found) bool { return answer.Segments != nil })
	if err != nil {
		return nil, err
	}
	return answer.Segments, nil
}
