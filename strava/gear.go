package strava

import (
	"context"
	"fmt"
	"strings"
)

// SummaryGear is a bicycle or a pair of shoes as an athlete or an activity refers to it.
type SummaryGear struct {
	// ID is "b…" for a bicycle and "g…" for shoes.
	ID string `json:"id"`
	// ResourceState is 2 for a summary and 3 for detailed gear.
	ResourceState Int    `json:"resource_state,omitempty"`
	Name          string `json:"name"`
	Nickname      string `json:"nickname"`
	Primary       bool   `json:"primary"`
	Retired       bool   `json:"retired"`
	// Distance is in metres.
	Distance Float `json:"distance"`
	// ConvertedDistance is the distance in kilometres or miles, as the athlete prefers.
	ConvertedDistance *Float `json:"converted_distance,omitempty"`
}

// DetailedGear is gear with what only a call of its own gives.
type DetailedGear struct {
	SummaryGear

	BrandName   string `json:"brand_name"`
	ModelName   string `json:"model_name"`
	Description string `json:"description"`
	// FrameType is a bicycle's: 1 mountain bike, 2 cyclo-cross, 3 road, 4 time trial, 5 gravel; nil for shoes.
	FrameType *Int `json:"frame_type,omitempty"`
	// Weight is a bicycle's, in kilograms.
	Weight *Float `json:"weight,omitempty"`
	// NotificationDistance is the distance at which Strava advises new shoes; 0 for never.
	NotificationDistance *Float `json:"notification_distance,omitempty"`
}

// Gear returns a bicycle ("b…") or a pair of shoes ("g…") of the athlete. It costs one call.
//
// Scope: read.
//
// https://developers.strava.com/docs/reference/#api-Gears-getGearById
func (c *Client) Gear(ctx context.Context, id string) (*DetailedGear, error) {
	r := reading("/gear/{id}")
	if !isGearID(id) {
		return nil, r.refuse(fmt.Errorf("gear ids are a letter and digits: %w", ErrNotFound))
	}
	return object(ctx, c, r.at(id), func(gear *DetailedGear) bool { return gear.ID != "" })
}

// isGearID keeps everything out of the path that would lead elsewhere.
func isGearID(id string) bool {
	return len(id) >= 2 && len(id) <= 24 && id[0] >= 'a' && id[0] <= 'z' && strings.Trim(id[1:], "0123456789") == ""
}
