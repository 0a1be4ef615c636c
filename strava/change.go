package strava

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// NewActivity is a manual entry. Name, SportType, StartDateLocal and ElapsedTime are required.
type NewActivity struct {
	Name string
	// SportType is one of Strava's sport types, such as "TrailRun".
	SportType string
	// StartDateLocal is when it started; its wall clock is taken, whatever its zone. Strava puts the activity into the
	// athlete's time zone.
	StartDateLocal time.Time
	// ElapsedTime is sent in whole seconds.
	ElapsedTime time.Duration
	Description string
	// Distance is in metres; zero is not sent.
	Distance float64
	// Trainer marks an activity on a training machine.
	Trainer bool
	Commute bool
}

func (a NewActivity) form() (url.Values, error) {
	seconds := int64(a.ElapsedTime / time.Second)
	switch {
	case a.Name == "":
		return nil, errors.New("name: must not be empty")
	case a.SportType == "":
		return nil, errors.New("sport type: must not be empty")
	case a.StartDateLocal.IsZero():
		return nil, errors.New("start date: must not be zero")
	case seconds < 1:
		return nil, fmt.Errorf("elapsed time %v: must be a second at least", a.ElapsedTime)
	case !(a.Distance >= 0) || math.IsInf(a.Distance, 0):
		return nil, fmt.Errorf("distance %v m: must not be negative", a.Distance)
	}
	form := url.Values{"name": {a.Name}, "sport_type": {a.SportType}, "elapsed_time": {strconv.FormatInt(seconds, 10)}}
	setWallClock(form, "start_date_local", a.StartDateLocal)
	if a.Description != "" {
		form.Set("description", a.Description)
	}
	if a.Distance > 0 {
		form.Set("distance", strconv.FormatFloat(a.Distance, 'f', -1, 64))
	}
	setFlag(form, "trainer", a.Trainer)
	setFlag(form, "commute", a.Commute)
	return form, nil
}

// setFlag writes a flag that is set as 1, and one that is not set not at all.
func setFlag(form url.Values, name string, set bool) {
	if set {
		form.Set(name, "1")
	}
}

// CreateActivity makes a manual entry and returns it. It costs one call, which counts among all calls but not among the
// reading ones.
//
// It is sent once. After [ErrUnavailable] it is not known whether there is an activity now; look before trying again.
//
// Scope: activity:write.
//
// https://developers.strava.com/docs/reference/#api-Activities-createActivity
func (c *Client) CreateActivity(ctx context.Context, activity NewActivity) (*DetailedActivity, error) {
	r := writing(http.MethodPost, "/activities")
	form, err := activity.form()
	if err != nil {
		return nil, r.refuse(err)
	}
	return object(ctx, c, r.form(form), (*DetailedActivity).identified)
}

// NoGear is the gear id that takes an activity's gear away.
const NoGear = "none"

// UpdatableActivity is what can be changed of an activity. What is nil stays as it is.
type UpdatableActivity struct {
	Name        *string `json:"name,omitempty"`
	Description *string `json:"description,omitempty"`
	// SportType is one of Strava's sport types, such as "TrailRun".
	SportType *string `json:"sport_type,omitempty"`
	// GearID is a piece of the athlete's gear, or [NoGear].
	GearID *string `json:"gear_id,omitempty"`
	// Trainer marks an activity on a training machine.
	Trainer *bool `json:"trainer,omitempty"`
	Commute *bool `json:"commute,omitempty"`
	// HideFromHome keeps the activity out of the followers' feeds: it is muted.
	HideFromHome *bool `json:"hide_from_home,omitempty"`
}

// UpdateActivity changes an activity and returns it. It costs one call. An update that changes nothing is an error, and
// no call is made.
//
// It is sent once. After [ErrUnavailable] it is not known whether the activity is changed; to send the same change again
// does no harm.
//
// Scope: activity:write; for an activity that only the athlete may see activity:read_all, too.
//
// https://developers.strava.com/docs/reference/#api-Activities-updateActivityById
func (c *Client) UpdateActivity(ctx context.Context, id int64, update UpdatableActivity) (*DetailedActivity, error) {
	r := writing(http.MethodPut, "/activities/{id}").of(id)
	if update == (UpdatableActivity{}) {
		return nil, r.refuse(errNothingToDo)
	}
	return object(ctx, c, r.json(update), (*DetailedActivity).identified)
}
