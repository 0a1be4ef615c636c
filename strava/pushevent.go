package strava

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxPushEvent is the largest body, in bytes, that [ParsePushEvent] reads. Strava's have about 200, the title of an
// activity included.
const MaxPushEvent = 16 << 10

// PushEvent is what Strava posts to the callback of a [PushSubscription]. It is a hint that something has changed, and
// no more: it holds no data of the activity, may come twice, late, out of order or, when the callback failed three times,
// never; and whoever knows the address can post one. Fetch the object again.
//
// Strava tells that an activity was made, that it is gone, and of changes of the title, the type and the privacy; not of
// the description, the gear, photos, laps, kudos, comments, of the athlete's own profile or of totals. An application
// without activity:read_all hears that an activity is gone when it becomes visible to Only You, and that it was made when
// that ends. That an athlete ended the grant is an update of the athlete with authorized = false.
//
// As JSON it has Strava's own shape, so it can be kept and read again.
//
// https://developers.strava.com/docs/webhooks/
type PushEvent struct {
	// ObjectType is activity or athlete, or a word that is not documented.
	ObjectType string `json:"object_type"`
	// ObjectID is that of the activity or the athlete.
	ObjectID ID `json:"object_id"`
	// AspectType is create, update or delete, or a word that is not documented.
	AspectType string `json:"aspect_type"`
	// Updates are the new title, type, private ("true", "false") or authorized ("false") of an update.
	Updates PushUpdates `json:"updates"`
	// OwnerID is the athlete. Compare it, and SubscriptionID, with what is known.
	OwnerID        ID `json:"owner_id"`
	SubscriptionID ID `json:"subscription_id"`
	// EventTime is when it happened, in seconds since 1970; see [PushEvent.Time].
	EventTime Float `json:"event_time"`
}

// PushUpdates are the new values of an update, by name. Strava documents text; other scalars are read as their JSON.
type PushUpdates map[string]string

// UnmarshalJSON implements [encoding/json.Unmarshaler]. Null and an empty list are no updates; members that are lists or
// objects are left out.
func (u *PushUpdates) UnmarshalJSON(text []byte) error {
	*u = PushUpdates{}
	if string(text) == "null" || string(bytes.TrimSpace(text)) == "[]" {
		return nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return errors.New("updates are not an object")
	}
	for name, raw := range members {
		var value string
		switch {
		case json.Unmarshal(raw, &value) == nil && raw[0] == '"':
			(*u)[name] = value
		case raw[0] != '{' && raw[0] != '[' && raw[0] != 'n':
			(*u)[name] = string(raw)
		}
	}
	return nil
}

// Time is when it happened, in UTC.
func (e PushEvent) Time() time.Time { return time.Unix(int64(e.EventTime), 0).UTC() }

// PushEventKind is what an event means.
type PushEventKind int

// The kinds of events.
const (
	// PushUnknown is not documented: acknowledge it and leave it alone.
	PushUnknown PushEventKind = iota
	// ActivityCreated may be told before the activity can be fetched: a 404 right after it is to be tried again.
	ActivityCreated
	// ActivityUpdated names what changed in Updates.
	ActivityUpdated
	// ActivityDeleted is true at once.
	ActivityDeleted
	// AthleteDeauthorized says that the athlete ended the grant. Believe it only when a refresh is refused.
	AthleteDeauthorized
)

// Kind tells what the event means.
func (e PushEvent) Kind() PushEventKind {
	switch {
	case e.ObjectType == "activity" && e.AspectType == "create":
		return ActivityCreated
	case e.ObjectType == "activity" && e.AspectType == "update":
		return ActivityUpdated
	case e.ObjectType == "activity" && e.AspectType == "delete":
		return ActivityDeleted
	case e.ObjectType == "athlete" && e.AspectType == "update" && e.ObjectID == e.OwnerID &&
		strings.EqualFold(e.Updates["authorized"], "false"):
		return AthleteDeauthorized
	default:
		return PushUnknown
	}
}

// endOfTime is the last second that a date with four digits can tell; an event_time in milliseconds is far beyond it.
const endOfTime = 253402300799

// ParsePushEvent reads the body of a delivery. It wants what every event has (ids above 0, a time, two plain words) and
// forgives the rest: members and words that it does not know, numbers in quotes, updates that are not text. Its errors
// never repeat the body.
func ParsePushEvent(body []byte) (PushEvent, error) {
	event, err := parsePushEvent(body)
	if err != nil {
		return PushEvent{}, fmt.Errorf("strava: read push event: %w", err)
	}
	return event, nil
}

func parsePushEvent(body []byte) (PushEvent, error) {
	if len(body) > MaxPushEvent {
		return PushEvent{}, fmt.Errorf("larger than %d bytes", MaxPushEvent)
	}
	var event PushEvent
	if json.Unmarshal(body, &event) != nil {
		return PushEvent{}, errors.New("not an event")
	}
	for name, id := range map[string]ID{"object_id": event.ObjectID, "owner_id": event.OwnerID, "subscription_id": event.SubscriptionID} {
		if id <= 0 {
			return PushEvent{}, fmt.Errorf("%s must be above 0", name)
		}
	}
	if event.EventTime <= 0 || event.EventTime > endOfTime {
		return PushEvent{}, errors.New("event_time must be in seconds since 1970")
	}
	for name, word := range map[string]string{"object_type": event.ObjectType, "aspect_type": event.AspectType} {
		if !isPlainWord(word) {
			return PushEvent{}, fmt.Errorf("%s must be a word", name)
		}
	}
	return event, nil
}

// isPlainWord keeps out what would not look well in a log.
func isPlainWord(word string) bool {
	return word != "" && len(word) <= 32 && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz_") == ""
}
