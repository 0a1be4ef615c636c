package fitness_test

import (
	"encoding/base64"
	"testing"
	"unicode/utf8"

	"domestique/fitness"
)

// nothing answers every id of Strava's with 404.
func nothing(tb testing.TB) *gateway {
	tb.Helper()
	return newGateway(tb, daily(1), fitness.Config{})
}

// What is no id of a type's is refused without a call.
func TestNodesThatCannotBe(t *testing.T) {
	t.Parallel()
	g := nothing(t)
	global := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for _, id := range []string{
		"", "1", "b1", "Gear:b1", global("Gear:"), global("Gear:1"), global("Gear:b"), global("Gear:b01"), global("Gear:b-1"),
		global("Gear:b1/../../athlete"), global("Gear:b1?x=1"), global("Route:0"), global("Route:-1"), global("Route:9223372036854775808"),
		global("Route: 1"), global("Club:1.5"), global("Segment:x"), global("SegmentEffort:"), global("Activity:x"), global("Photo:1"), global("Athlete:x"),
		global("gear:b1"), global("Gear:b1") + "=", global("Gear:b1") + "A",
	} {
		_, err := g.Node(asOwner(t), id)
		refused(t, err, fitness.CodeBadUserInput, "id")
	}
	for op, count := range g.fake.Calls() {
		t.Errorf("%d calls of %s", count, op)
	}
}

// Whatever an id is spelled like, it finds a thing of just that id, or nothing, or is a mistake of the client's.
func FuzzIDs(f *testing.F) {
	g := nothing(f)
	own := g.list(f, nil).Activities[0]
	for _, id := range []string{own.ID(), stravaID(own), "R2VhcjpiMQ", "b1", "-1", "", "Um91dGU6MQ", "\xff", "QWN0aXZpdHk6MQ=="} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		node, err := g.Node(asOwner(t), id)
		if err != nil {
			refused(t, err, fitness.CodeBadUserInput, "id")
		}
		if node != nil && node.ID() != id {
			t.Errorf("%q finds the node %q", id, node.ID())
		}
		activity, err := g.Activity(asOwner(t), id)
		if err != nil {
			refused(t, err, fitness.CodeBadUserInput, "id")
		}
		if activity != nil && id != activity.ID() && id != stravaID(activity) {
			t.Errorf("%q finds the activity %d", id, activity.StravaID)
		}
		if gear, err := g.GearByID(asOwner(t), id); gear != nil && err == nil && !utf8.ValidString(id) {
			t.Errorf("%q finds the gear %s", id, gear.StravaID)
		}
	})
}
