package fitness

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

// EventKind is what an [Event] tells.
type EventKind string

// The kinds of events. There are no others: what Strava may tell beside them is left alone.
const (
	EventActivityCreated     EventKind = "created"
	EventActivityUpdated     EventKind = "updated"
	EventActivityDeleted     EventKind = "deleted"
	EventAthleteDeauthorized EventKind = "deauthorized"
)

// Event is a hint of Strava's that something has changed. It holds nothing of what has changed, may come twice, late and
// out of order, and may be a stranger's: the truth is asked for. As JSON it is kept until it is handled.
type Event struct {
	Kind EventKind `json:"kind"`
	// ActivityID is Strava's own; 0 when the athlete ended the grant.
	ActivityID int64 `json:"activity,omitempty"`
	AthleteID  int64 `json:"athlete"`
	// SubscriptionID is that of the push subscription which it says that it belongs to.
	SubscriptionID int64 `json:"subscription"`
	// At is when it happened, to the second.
	At time.Time `json:"at"`
}

// EventOf is a push event in the domain's words; not ok for one that asks for nothing to be done.
func EventOf(push strava.PushEvent) (event Event, ok bool) {
	event = Event{AthleteID: int64(push.OwnerID), SubscriptionID: int64(push.SubscriptionID), At: push.Time()}
	switch push.Kind() {
	case strava.ActivityCreated:
		event.Kind = EventActivityCreated
	case strava.ActivityUpdated:
		event.Kind = EventActivityUpdated
	case strava.ActivityDeleted:
		event.Kind = EventActivityDeleted
	case strava.AthleteDeauthorized:
		event.Kind = EventAthleteDeauthorized
		return event, true
	default:
		return Event{}, false
	}
	event.ActivityID = int64(push.ObjectID)
	return event, true
}

// RetryAt is when Strava may be asked again after the failure of a [Source], as far as it tells: the end of the window whose
// quota is spent, or which is kept for others. Zero: it does not tell.
func RetryAt(err error) time.Time {
	if limit, ok := asRateLimit(err); ok {
		return limit.RetryAt
	}
	return time.Time{}
}

// ForgetActivities drops all that is kept of these activities, of Strava's own ids, beside their rows in the list, and what
// is being asked of them: they have changed, or are gone.
func (s *Service) ForgetActivities(stravaIDs ...int64) {
	changed := make(map[string]bool, len(stravaIDs))
	for _, id := range stravaIDs {
		changed[strconv.FormatInt(id, 10)] = true
	}
	s.answers.Load().forgetWhere(func(known answerKey) bool {
		switch known.kind {
		case kindDetails, kindStreams, kindZones, kindPhotos, kindComments, kindKudos:
			id, _, _ := strings.Cut(known.id, "/") // A page of a list of people has its number behind that.
			return changed[id]
		default:
			return false
		}
	})
}

// ForgetAll drops all that is kept beside the list, and what is being asked: whose it was has disconnected, and it need not
// have been by this process.
func (s *Service) ForgetAll() {
	s.answers.Load().forgetWhere(func(answerKey) bool { return true })
}

// Deauthorized is for when somebody says that the athlete has ended the grant. It is believed only when Strava's API refuses
// the access token and then refuses to refresh it: then everything is erased, as by Disconnect. A grant that works is left
// alone, and that is no error. It takes a call.
func (s *Service) Deauthorized(ctx context.Context) error {
	_, err := s.strava.Athlete(ctx)
	switch {
	case err == nil:
		return nil
	case !isAnyOf(err, tokens.ErrNeedsConsent, tokens.ErrNotConnected):
		return fmt.Errorf("find out whether the grant is ended: %w", err)
	}
	if _, err := s.Disconnect(WithViewer(ctx, Owner)); err != nil && !errors.Is(err, tokens.ErrNotConnected) {
		return fmt.Errorf("erase what is held of an athlete who has ended the grant: %w", err)
	}
	return nil
}
