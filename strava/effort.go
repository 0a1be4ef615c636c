package strava

import (
	"context"
	"fmt"
	"net/url"
	"time"
)

// SummarySegmentEffort is one passage of a segment. Metres and seconds.
type SummarySegmentEffort struct {
	ID ID `json:"id"`
	// ActivityID is 0 in a [DetailedSegmentEffort] of today, which has Activity.
	ActivityID  ID        `json:"activity_id,omitempty"`
	ElapsedTime Int       `json:"elapsed_time"`
	Distance    Float     `json:"distance"`
	StartDate   time.Time `json:"start_date"`
	// StartDateLocal is a wall clock with a false Z.
	StartDateLocal time.Time `json:"start_date_local"`
	// IsKOM says that it is the best of all athletes.
	IsKOM bool `json:"is_kom,omitempty"`
}

// SummaryPRSegmentEffort is the athlete's record on a segment.
type SummaryPRSegmentEffort struct {
	PRActivityID  ID  `json:"pr_activity_id,omitempty"`
	PRElapsedTime Int `json:"pr_elapsed_time"`
	// PRDate is a calendar date such as "2018-06-22", though the specification says an instant.
	PRDate string `json:"pr_date"`
	// PRVisibility and PRActivityVisibility are like that of a [SummaryActivity].
	PRVisibility         string `json:"pr_visibility,omitempty"`
	PRActivityVisibility string `json:"pr_activity_visibility,omitempty"`
	// EffortCount is the number of the athlete's efforts.
	EffortCount Int `json:"effort_count"`
}

// DetailedSegmentEffort is one passage of a segment, or, among the best efforts of an activity, of a distance.
type DetailedSegmentEffort struct {
	SummarySegmentEffort

	// ResourceState is 2 in an activity or a list and 3 for the effort itself.
	ResourceState Int `json:"resource_state,omitempty"`
	// Name is the segment's, or the distance, such as "1 mile".
	Name       string       `json:"name"`
	Activity   MetaActivity `json:"activity"`
	Athlete    MetaAthlete  `json:"athlete"`
	MovingTime Int          `json:"moving_time"`
	// StartIndex and EndIndex are places in the activity's streams, both included.
	StartIndex Int `json:"start_index"`
	EndIndex   Int `json:"end_index"`

	// AverageCadence is in revolutions a minute; for runs in steps of one leg.
	AverageCadence *Float `json:"average_cadence,omitempty"`
	AverageWatts   *Float `json:"average_watts,omitempty"`
	// DeviceWatts says that the watts are measured by a power meter, not estimated.
	DeviceWatts      bool   `json:"device_watts,omitempty"`
	AverageHeartrate *Float `json:"average_heartrate,omitempty"`
	MaxHeartrate     *Float `json:"max_heartrate,omitempty"`

	// Segment is nil among the best efforts of an activity.
	Segment *SummarySegment `json:"segment,omitempty"`
	// KOMRank is the place among all athletes, from 1 to 10, and PRRank among the athlete's own efforts, from 1 to 3, at
	// the time of the upload; nil beyond that.
	KOMRank      *Int          `json:"kom_rank,omitempty"`
	PRRank       *Int          `json:"pr_rank,omitempty"`
	Achievements []Achievement `json:"achievements,omitempty"`
	// Hidden says that Strava shows the effort only on demand.
	Hidden bool `json:"hidden,omitempty"`
	// Visibility is like that of a [SummaryActivity].
	Visibility string `json:"visibility,omitempty"`
	// AthleteSegmentStats is told by [Client.SegmentEffort] alone.
	AthleteSegmentStats *SummaryPRSegmentEffort `json:"athlete_segment_stats,omitempty"`
}

// Achievement is a cup or a crown.
type Achievement struct {
	TypeID Int `json:"type_id"`
	// Type is like "pr" or "overall".
	Type string `json:"type"`
	// Rank counts from 1.
	Rank Int `json:"rank"`
}

// SegmentEffortsOptions say which efforts on a segment to ask for. SegmentID is required.
type SegmentEffortsOptions struct {
	SegmentID int64
	// StartDateLocal and EndDateLocal bound the effort's local start. Their wall clock is taken, whatever their zone.
	// Zero means no bound.
	StartDateLocal, EndDateLocal time.Time
	// PerPage is at most [MaxPerPage]; zero means Strava's default of 30. There are no further pages.
	PerPage int
}

func (o SegmentEffortsOptions) query() (url.Values, error) {
	if o.SegmentID <= 0 {
		return nil, fmt.Errorf("there is no segment with the id %d: %w", o.SegmentID, ErrNotFound)
	}
	query := url.Values{"segment_id": {fmt.Sprint(o.SegmentID)}}
	setWallClock(query, "start_date_local", o.StartDateLocal)
	setWallClock(query, "end_date_local", o.EndDateLocal)
	return query, setPerPage(query, "per_page", o.PerPage)
}

// setWallClock writes a time as Strava does: the wall clock with a false Z.
func setWallClock(query url.Values, name string, t time.Time) {
	if !t.IsZero() {
		query.Set(name, t.Format(wallClock))
	}
}

// wallClock is the layout of Strava's local times.
const wallClock = "2006-01-02T15:04:05Z"

// SegmentEfforts returns the athlete's efforts on a segment. It costs one call.
//
// Only subscribers have it: for others it is [ErrSubscriptionRequired] or [ErrRestricted].
//
// Scope: activity:read.
//
// https://developers.strava.com/docs/reference/#api-SegmentEfforts-getEffortsBySegmentId
func (c *Client) SegmentEfforts(ctx context.Context, options SegmentEffortsOptions) ([]DetailedSegmentEffort, error) {
	return list(ctx, c, reading("/segment_efforts").with(options), (*DetailedSegmentEffort).identified)
}

// AllSegmentEfforts returns one page of the athlete's efforts on a segment. It costs one call.
//
// It is the older form of [Client.SegmentEfforts], which has no pages. It is no longer documented by Strava; other
// clients use it.
//
// Scope: activity:read.
func (c *Client) AllSegmentEfforts(ctx context.Context, segmentID int64, options PageOptions) ([]DetailedSegmentEffort, error) {
	r := reading("/segments/{id}/all_efforts").of(segmentID).with(options)
	return list(ctx, c, r, (*DetailedSegmentEffort).identified)
}

// SegmentEffort returns one effort of the athlete in detail. It costs one call.
//
// Only subscribers have it: for others it is [ErrSubscriptionRequired] or [ErrRestricted].
//
// Scope: activity:read.
//
// https://developers.strava.com/docs/reference/#api-SegmentEfforts-getSegmentEffortById
func (c *Client) SegmentEffort(ctx context.Context, id int64) (*DetailedSegmentEffort, error) {
	return object(ctx, c, reading("/segment_efforts/{id}").of(id), (*DetailedSegmentEffort).identified)
}

func (e *DetailedSegmentEffort) identified() bool { return e.ID > 0 }
