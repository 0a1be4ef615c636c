package fitness

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"domestique/strava"
)

const (
	// detailsFreshFor is short, because Strava tells of no edit (https://developers.strava.com/docs/webhooks/ names
	// title, type and privacy only): a changed description shows after an hour at the latest.
	detailsFreshFor = time.Hour

	// goneFor is how long an activity that Strava does not show counts as gone. It is shorter, because Strava answers
	// so for some seconds after the activity was made.
	goneFor = time.Minute

	// detailsKept bounds the memory, of setbacks too: details with a long trace take some 20 kB.
	detailsKept = 1000

	// detailsAtATime bounds the calls that a page of activities sets off at once.
	detailsAtATime = 4

	// detailsTimeout bounds the wait for a turn and the call.
	detailsTimeout = 2 * time.Minute
)

// Details are the parts of an activity that take a call of their own, the same one for all of them. A part that Strava
// does not give is nil; for an activity that Strava no longer shows, all of them are.
type Details struct {
	Description *string
	Calories    *float64 // kilocalories
	// PerceivedExertion is the athlete's own rating, 1 to 10.
	PerceivedExertion *float64
	PrimaryPhoto      *Photo
	Gear              *Gear
	// Polyline is the trace in full, encoded with precision 5.
	Polyline *string
}

// detailsCache asks for the details of each activity once in a while. It is safe for concurrent use.
type detailsCache struct {
	strava  *strava.Client
	now     func() time.Time
	flights *flights[int64, *Details]
	kept    *lru.Cache[int64, keptDetails]
	// setbacks stand beside what is kept, so that an outage does not push it out.
	setbacks *lru.Cache[int64, *setback]
}

// keptDetails are details and the row of the list that they were fetched for: when the row changes, they may have too.
type keptDetails struct {
	details *Details
	row     *Activity
	until   time.Time
}

func newDetailsCache(client *strava.Client, now func() time.Time, owner *background) (*detailsCache, error) {
	kept, err := lru.New[int64, keptDetails](detailsKept)
	if err != nil {
		return nil, fmt.Errorf("make the cache of details: %w", err)
	}
	setbacks, err := lru.New[int64, *setback](detailsKept)
	if err != nil {
		return nil, fmt.Errorf("make the cache of setbacks: %w", err)
	}
	return &detailsCache{
		strava:   client,
		now:      now,
		flights:  newFlights[int64, *Details](owner, detailsTimeout, detailsAtATime),
		kept:     kept,
		setbacks: setbacks,
	}, nil
}

// get gives the details of the activity, from the cache where they are fresh.
func (c *detailsCache) get(ctx context.Context, activity *Activity) (*Details, error) {
	if details, err := c.held(activity); details != nil || err != nil {
		return details, err
	}
	return c.flights.do(ctx, activity.StravaID, func(ctx context.Context) (*Details, error) {
		return c.fetch(ctx, activity)
	})
}

func (c *detailsCache) fetch(ctx context.Context, activity *Activity) (*Details, error) {
	if details, err := c.held(activity); details != nil || err != nil {
		return details, err // they came, or failed, between the question and this flight
	}
	asked := c.now()
	detailed, err := c.strava.Activity(ctx, activity.StravaID)
	switch {
	case errors.Is(err, strava.ErrNotFound):
		return c.keep(activity, &Details{}, asked.Add(goneFor)), nil
	case err != nil:
		c.setbacks.Add(activity.StravaID, setbackAfter(err, c.now()))
		return nil, fmt.Errorf("fetch details of an activity: %w", err)
	default:
		return c.keep(activity, detailsOf(detailed), asked.Add(detailsFreshFor)), nil
	}
}

func (c *detailsCache) keep(activity *Activity, details *Details, until time.Time) *Details {
	c.kept.Add(activity.StravaID, keptDetails{details: details, row: activity, until: until})
	c.setbacks.Remove(activity.StravaID)
	return details
}

// held is what to give without asking: details, or a failure, or neither.
func (c *detailsCache) held(activity *Activity) (*Details, error) {
	if details := c.fresh(activity); details != nil {
		return details, nil
	}
	failed, _ := c.setbacks.Get(activity.StravaID)
	return nil, failed.standing(c.now())
}

// fresh are the kept details, nil if there are none, or old ones, or those of a row that has changed since.
func (c *detailsCache) fresh(activity *Activity) *Details {
	kept, ok := c.kept.Get(activity.StravaID)
	if !ok || !c.now().Before(kept.until) {
		return nil
	}
	if kept.row != activity && !reflect.DeepEqual(kept.row, activity) {
		return nil
	}
	return kept.details
}
