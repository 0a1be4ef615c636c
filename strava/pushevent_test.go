package strava_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"domestique/strava"

	"github.com/google/go-cmp/cmp"
)

// eventBody is an event with some of its members replaced: name, JSON, name, JSON. The JSON "-" leaves a member out.
func eventBody(members ...string) []byte {
	all := map[string]json.RawMessage{
		"object_type": json.RawMessage(`"activity"`), "object_id": json.RawMessage("16195505756"),
		"aspect_type": json.RawMessage(`"update"`), "owner_id": json.RawMessage("26462176"),
		"subscription_id": json.RawMessage("120475"), "event_time": json.RawMessage("1795349250"),
		"updates": json.RawMessage(`{"title":"Messy"}`),
	}
	for i := 0; i < len(members); i += 2 {
		all[members[i]] = json.RawMessage(members[i+1])
		if members[i+1] == "-" {
			delete(all, members[i])
		}
	}
	body, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return body
}

func TestParsePushEvent(t *testing.T) {
	t.Parallel()
	usual := func(change func(*strava.PushEvent)) strava.PushEvent {
		event := strava.PushEvent{
			ObjectType: "activity", ObjectID: 16195505756, AspectType: "update", OwnerID: 26462176, SubscriptionID: 120475,
			EventTime: 1795349250, Updates: strava.PushUpdates{"title": "Messy"},
		}
		change(&event)
		return event
	}
	nothing := func(*strava.PushEvent) {}
	updates := func(updates strava.PushUpdates) func(*strava.PushEvent) {
		return func(e *strava.PushEvent) { e.Updates = updates }
	}
	tests := []struct {
		name   string
		body   []byte
		change func(*strava.PushEvent)
	}{
		{"as documented", eventBody(), nothing},
		{"an unknown member", eventBody("region", `{"a":[1]}`), nothing},
		{"an unknown object", eventBody("object_type", `"segment_effort"`), func(e *strava.PushEvent) { e.ObjectType = "segment_effort" }},
		{"an unknown aspect", eventBody("aspect_type", `"archive"`), func(e *strava.PushEvent) { e.AspectType = "archive" }},
		{"numbers in quotes", eventBody("object_id", `"16195505756"`, "event_time", `"1795349250"`), nothing},
		{"numbers with a fraction", eventBody("owner_id", `26462176.0`, "event_time", `1795349250.0`), nothing},
		{"an id beyond 2^53", eventBody("object_id", `9007199254740993`), func(e *strava.PushEvent) { e.ObjectID = 9007199254740993 }},
		{"no updates", eventBody("updates", "-"), updates(nil)},
		{"null updates", eventBody("updates", "null"), updates(strava.PushUpdates{})},
		{"a list of no updates", eventBody("updates", "[]"), updates(strava.PushUpdates{})},
		{"updates that are not text", eventBody("updates", `{"private":true,"n":7,"o":{},"l":["x"],"z":null,"title":"null"}`),
			updates(strava.PushUpdates{"private": "true", "n": "7", "title": "null"})},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := strava.ParsePushEvent(test.body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(usual(test.change), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if at := time.Date(2026, 11, 22, 12, 7, 30, 0, time.UTC); !got.Time().Equal(at) || got.Time().Location() != time.UTC {
				t.Errorf("at %v", got.Time())
			}
		})
	}
}

func TestParsePushEventRefuses(t *testing.T) {
	t.Parallel()
	for name, body := range map[string][]byte{
		"nothing":               nil,
		"null":                  []byte("null"),
		"a list":                []byte("[]"),
		"an empty object":       []byte("{}"),
		"text":                  []byte(hidden),
		"more than one":         append(eventBody(), eventBody()...),
		"too large":             eventBody("updates", `{"title":"`+strings.Repeat("x", strava.MaxPushEvent)+`"}`),
		"no object":             eventBody("object_id", "-"),
		"object 0":              eventBody("object_id", "0"),
		"owner -1":              eventBody("owner_id", "-1"),
		"no subscription":       eventBody("subscription_id", "null"),
		"an id beyond 64 bits":  eventBody("object_id", "99999999999999999999"),
		"an id that is text":    eventBody("object_id", `"`+hidden+`"`),
		"no time":               eventBody("event_time", "-"),
		"a time before 1970":    eventBody("event_time", "-5"),
		"milliseconds":          eventBody("event_time", "1795349250000"),
		"no object type":        eventBody("object_type", `""`),
		"no aspect":             eventBody("aspect_type", "-"),
		"an aspect with markup": eventBody("aspect_type", `"<b>"`),
		"an endless aspect":     eventBody("aspect_type", `"`+strings.Repeat("a", 33)+`"`),
		"an aspect in numbers":  eventBody("aspect_type", "7"),
		"updates as text":       eventBody("updates", `"`+hidden+`"`),
		"updates as a list":     eventBody("updates", `["title"]`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := strava.ParsePushEvent(body)
			if err == nil {
				t.Fatalf("got %+v", got)
			}
			wantHidden(t, "the error", err.Error())
			if len(err.Error()) > 120 {
				t.Errorf("a long error: %v", err)
			}
		})
	}
}

func TestPushEventKind(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		object, aspect string
		updates        strava.PushUpdates
		owner          strava.ID
		want           strava.PushEventKind
	}{
		{"activity", "create", nil, 7, strava.ActivityCreated},
		{"activity", "update", nil, 7, strava.ActivityUpdated},
		{"activity", "delete", nil, 7, strava.ActivityDeleted},
		{"activity", "archive", nil, 7, strava.PushUnknown},
		{"athlete", "update", strava.PushUpdates{"authorized": "false"}, 9, strava.AthleteDeauthorized},
		{"athlete", "update", strava.PushUpdates{"authorized": "False"}, 9, strava.AthleteDeauthorized},
		{"athlete", "update", strava.PushUpdates{"authorized": "true"}, 9, strava.PushUnknown},
		{"athlete", "update", nil, 9, strava.PushUnknown},
		{"athlete", "delete", strava.PushUpdates{"authorized": "false"}, 9, strava.PushUnknown},
		{"athlete", "update", strava.PushUpdates{"authorized": "false"}, 7, strava.PushUnknown},
		{"segment", "create", nil, 7, strava.PushUnknown},
	} {
		event := strava.PushEvent{ObjectType: test.object, ObjectID: 9, AspectType: test.aspect, Updates: test.updates, OwnerID: test.owner}
		if got := event.Kind(); got != test.want {
			t.Errorf("%s %s %v of %d: kind %d, want %d", test.object, test.aspect, test.updates, test.owner, got, test.want)
		}
	}
}

// FuzzParsePushEvent: what is read can be kept as JSON and is the same when it is read again.
func FuzzParsePushEvent(f *testing.F) {
	f.Add(eventBody())
	f.Add(eventBody("object_id", `"1.0"`, "updates", `{"private":true}`))
	f.Add([]byte(`{"updates":[`))
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := strava.ParsePushEvent(body)
		if err != nil {
			return
		}
		kept, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		if len(kept) > strava.MaxPushEvent { // Escaping makes it longer.
			return
		}
		again, err := strava.ParsePushEvent(kept)
		if err != nil || event.Updates != nil && cmp.Diff(event, again) != "" {
			t.Errorf("%s became %+v, %v", kept, again, err)
		}
	})
}
