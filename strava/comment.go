package strava

import (
	"context"
	"net/url"
	"time"
)

// Comment is a comment on an activity.
type Comment struct {
	ID            ID     `json:"id"`
	ResourceState Int    `json:"resource_state"`
	ActivityID    ID     `json:"activity_id"`
	Text          string `json:"text"`
	// Athlete has a first name and the initial of the last name, and no id.
	Athlete   SummaryAthlete `json:"athlete"`
	CreatedAt time.Time      `json:"created_at"`
	// Cursor is what [CommentsOptions].AfterCursor takes for the comments that follow this one.
	Cursor        string `json:"cursor"`
	ReactionCount Int    `json:"reaction_count"`
	HasReacted    bool   `json:"has_reacted"`
}

// CommentsOptions say which part of the comments to ask for. The zero value asks for the first 30.
type CommentsOptions struct {
	// PageSize is at most [MaxPerPage]; zero means Strava's default of 30.
	PageSize int
	// AfterCursor is the Cursor of the last comment of the page before, as it came: Strava wrote it percent-encoded,
	// and takes it encoded once more.
	AfterCursor string
}

func (o CommentsOptions) query() (url.Values, error) {
	query := make(url.Values)
	if o.AfterCursor != "" {
		query.Set("after_cursor", o.AfterCursor)
	}
	return query, setPerPage(query, "page_size", o.PageSize)
}

// Comments returns one page of the comments on an activity, oldest first. It costs one call.
//
// The end is a page that has fewer comments than were asked for, or whose last comment has no Cursor.
//
// Scope: activity:read; activity:read_all for an activity that only the athlete may see.
//
// https://developers.strava.com/docs/reference/#api-Activities-getCommentsByActivityId
func (c *Client) Comments(ctx context.Context, activityID int64, options CommentsOptions) ([]Comment, error) {
	r := reading("/activities/{id}/comments").of(activityID).with(options)
	return list(ctx, c, r, func(comment *Comment) bool { return comment.ID > 0 })
}

// Kudoers returns one page of the athletes who gave kudos to an activity. It costs one call.
//
// They have a first name and the initial of the last name, and nothing else: no id, no picture.
//
// Scope: activity:read; activity:read_all for an activity that only the athlete may see.
//
// https://developers.strava.com/docs/reference/#api-Activities-getKudoersByActivityId
func (c *Client) Kudoers(ctx context.Context, activityID int64, options PageOptions) ([]SummaryAthlete, error) {
	r := reading("/activities/{id}/kudos").of(activityID).with(options)
	return list(ctx, c, r, func(kudoer *SummaryAthlete) bool { return kudoer.Firstname != "" || kudoer.Lastname != "" })
}
