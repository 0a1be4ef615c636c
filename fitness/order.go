package fitness

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ActivityOrderField is what activities can be ordered by.
type ActivityOrderField string

const (
	ActivityOrderFieldStartedAt      ActivityOrderField = "STARTED_AT"
	ActivityOrderFieldDistance       ActivityOrderField = "DISTANCE"
	ActivityOrderFieldMovingTime     ActivityOrderField = "MOVING_TIME"
	ActivityOrderFieldElapsedTime    ActivityOrderField = "ELAPSED_TIME"
	ActivityOrderFieldElevationGain  ActivityOrderField = "ELEVATION_GAIN"
	ActivityOrderFieldAverageSpeed   ActivityOrderField = "AVERAGE_SPEED"
	ActivityOrderFieldRelativeEffort ActivityOrderField = "RELATIVE_EFFORT"
	ActivityOrderFieldName           ActivityOrderField = "NAME"
)

// Direction is the direction of an order.
type Direction string

const (
	DirectionAsc  Direction = "ASC"
	DirectionDesc Direction = "DESC"
)

// ActivityOrder is the order of a list of activities. Its zero value is the newest first.
type ActivityOrder struct {
	Field     ActivityOrderField // zero: STARTED_AT
	Direction Direction          // zero: DESC
}

// withDefaults names what the zero value means.
func (o ActivityOrder) withDefaults() ActivityOrder {
	return ActivityOrder{
		Field:     cmp.Or(o.Field, ActivityOrderFieldStartedAt),
		Direction: cmp.Or(o.Direction, DirectionDesc),
	}
}

// place is where an activity stands in an order. It does not change when others come and go, and no two activities
// share one: the id breaks ties.
type place struct {
	// Absent says that the activity has no value to be ordered by. Those come last in either direction.
	Absent bool    `json:"a,omitempty"`
	Number float64 `json:"n,omitempty"`
	Text   string  `json:"t,omitempty"`
	ID     int64   `json:"i"`
}

// place is where the activity stands in the order.
func (o ActivityOrder) place(a *Activity) place {
	at := place{ID: a.StravaID}
	switch o.Field {
	case ActivityOrderFieldName:
		at.Text = strings.ToLower(a.Name)
	case ActivityOrderFieldDistance:
		at.Number = a.DistanceMeters
	case ActivityOrderFieldMovingTime:
		at.Number = float64(a.MovingTime)
	case ActivityOrderFieldElapsedTime:
		at.Number = float64(a.ElapsedTime)
	case ActivityOrderFieldElevationGain:
		at.Number = a.ElevationGainMeters
	case ActivityOrderFieldAverageSpeed:
		at.Number, at.Absent = known(a.AverageMetersPerSecond)
	case ActivityOrderFieldRelativeEffort:
		at.Number, at.Absent = known(a.RelativeEffort)
	default:
		at.Number = float64(a.StartedAt.Unix())
	}
	return at
}

func known(value *float64) (number float64, absent bool) {
	if value == nil {
		return 0, true
	}
	return *value, false
}

// compare orders two places of this order.
func (o ActivityOrder) compare(a, b *place) int {
	if a.Absent != b.Absent {
		if a.Absent {
			return 1
		}
		return -1
	}
	ascending := cmp.Compare(a.Number, b.Number)
	if ascending == 0 {
		ascending = cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.ID, b.ID))
	}
	if o.Direction == DirectionDesc {
		return -ascending
	}
	return ascending
}

// placed is an activity at its place.
type placed struct {
	place    place
	activity *Activity
}

// placed are activities in this order, each at its place.
func (o ActivityOrder) placed(sorted []*Activity) []placed {
	all := make([]placed, len(sorted))
	for i, activity := range sorted {
		all[i] = placed{place: o.place(activity), activity: activity}
	}
	return all
}

// cursor is what an opaque cursor says: a place, and the order that it is a place of.
type cursor struct {
	Field     ActivityOrderField `json:"f"`
	Direction Direction          `json:"d"`
	Place     place              `json:"p"`
}

// cursor is the opaque form of a place in this order.
func (o ActivityOrder) cursor(at place) (string, error) {
	if at.Text == "" && at.Number == math.Trunc(at.Number) && math.Abs(at.Number) < 1<<53 && !at.Absent {
		return o.wholeCursor(at), nil
	}
	text, err := json.Marshal(cursor{Field: o.Field, Direction: o.Direction, Place: at})
	if err != nil {
		return "", fmt.Errorf("encode cursor: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

// wholeCursor is what cursor makes of a whole number, in a fraction of the time: each page has as many as activities.
func (o ActivityOrder) wholeCursor(at place) string {
	text := make([]byte, 0, 96)
	text = append(append(append(text, `{"f":"`...), o.Field...), `","d":"`...)
	text = append(append(text, o.Direction...), `","p":{`...)
	if at.Number != 0 {
		text = append(strconv.AppendInt(append(text, `"n":`...), int64(at.Number), 10), ',')
	}
	text = append(strconv.AppendInt(append(text, `"i":`...), at.ID, 10), "}}"...)
	return base64.RawURLEncoding.EncodeToString(text)
}

// parseCursor reads what cursor made; an absent one stays absent. Whatever is not spelled exactly as cursor spells it is
// refused, as is a cursor of another order: its place would mean nothing in this one.
func (o ActivityOrder) parseCursor(argument string, text *string) (*place, error) {
	if text == nil {
		return nil, nil
	}
	var parsed cursor
	decoded, err := base64.RawURLEncoding.DecodeString(*text)
	if err == nil {
		err = json.Unmarshal(decoded, &parsed)
	}
	if err != nil {
		return nil, badInput(argument, "This is not a cursor of this list.")
	}
	if parsed.Field != o.Field || parsed.Direction != o.Direction {
		return nil, badInput(argument, "This cursor belongs to a list in another order.")
	}
	if canonical, err := o.cursor(parsed.Place); err != nil || canonical != *text {
		return nil, badInput(argument, "This is not a cursor of this list.")
	}
	return &parsed.Place, nil
}
