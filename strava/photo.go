package strava

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"
)

// PhotosSummary is what a detailed activity tells of its photos.
type PhotosSummary struct {
	Count Int `json:"count"`
	// Primary is nil for an activity without photos.
	Primary         *PrimaryPhoto `json:"primary"`
	UsePrimaryPhoto bool          `json:"use_primary_photo,omitempty"`
}

// PrimaryPhoto is the photo that stands for an activity.
type PrimaryPhoto struct {
	// ID is 0 for a photo that was uploaded to Strava itself; such a photo has a UniqueID.
	ID       ID     `json:"id,omitempty"`
	UniqueID string `json:"unique_id"`
	// Source is 1 for Strava and 2 for Instagram.
	Source Int `json:"source,omitempty"`
	// MediaType is 1 for a photo and 2 for a video.
	MediaType Int `json:"media_type,omitempty"`
	// URLs maps the length of the longer side in pixels, such as "600", to the picture.
	URLs map[string]string `json:"urls"`
}

// Photo is a photo or a video of an activity.
type Photo struct {
	UniqueID      string `json:"unique_id"`
	ResourceState Int    `json:"resource_state"`
	ActivityID    ID     `json:"activity_id"`
	ActivityName  string `json:"activity_name"`
	AthleteID     ID     `json:"athlete_id"`
	Caption       string `json:"caption"`
	// Type is 1 for a photo and 2 for a video.
	Type Int `json:"type"`
	// Source is 1 for Strava and 2 for Instagram.
	Source Int `json:"source"`
	// Status is 3 for one that is ready.
	Status     Int       `json:"status"`
	CreatedAt  time.Time `json:"created_at,omitzero"`
	UploadedAt time.Time `json:"uploaded_at,omitzero"`
	// CreatedAtLocal is a wall clock with a false Z.
	CreatedAtLocal time.Time `json:"created_at_local,omitzero"`
	// URLs has one entry, under the size that was asked for: the picture, or the still of a video. The addresses expire.
	URLs map[string]string `json:"urls"`
	// Sizes has the width and the height in pixels of the picture at the same key in URLs: it is no larger than the
	// original.
	Sizes map[string][]Int `json:"sizes"`
	// DefaultPhoto is the one that stands for the activity.
	DefaultPhoto bool `json:"default_photo"`
	// Location is none for a photo without a place.
	Location LatLng `json:"location"`
	// VideoURL is the playlist of a video, and Duration its length in seconds.
	VideoURL string `json:"video_url,omitempty"`
	Duration *Float `json:"duration,omitempty"`
}

// photoSize is the size of a picture in pixels.
type photoSize int

func (s photoSize) query() (url.Values, error) {
	if s < 1 {
		return nil, fmt.Errorf("size %d: must be positive", s)
	}
	return url.Values{"size": {strconv.Itoa(int(s))}}, nil
}

// Photos returns all photos and videos of an activity. It costs one call.
//
// The size is the longest side of the pictures that URLs are for, in pixels; a very large one, such as 5000, gives the
// originals. The endpoint is not documented by Strava; other clients use it.
//
// Scope: activity:read; activity:read_all for an activity that only the athlete may see.
func (c *Client) Photos(ctx context.Context, activityID int64, size int) ([]Photo, error) {
	r := reading("/activities/{id}/photos").of(activityID).with(photoSize(size))
	return list(ctx, c, r, func(photo *Photo) bool { return photo.UniqueID != "" })
}
