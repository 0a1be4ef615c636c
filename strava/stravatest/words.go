package stravatest

import (
	"math/rand/v2"
	"strings"
	"time"
	"unicode"
)

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// dayPart is Strava's word for the time of day.
func dayPart(t time.Time) string {
	switch hour := t.Hour(); {
	case hour >= 4 && hour < 11:
		return "Morning"
	case hour >= 11 && hour < 14:
		return "Lunch"
	case hour >= 14 && hour < 18:
		return "Afternoon"
	case hour >= 18 && hour < 22:
		return "Evening"
	default:
		return "Night"
	}
}

// spaced writes WeightTraining as Weight Training.
func spaced(sport string) string {
	var b strings.Builder
	for i, r := range sport {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// words are a name, "" for Strava's own, and a description, "" for most.
func words(p plan, r *rand.Rand) (name, description string) {
	if names := namesFor(p.Sport); len(names) > 0 && r.IntN(100) < 55 {
		name = pick(r, names...)
	}
	if sportNamed(p.Sport).outdoors && r.IntN(100) < 30 {
		description = pick(r,
			"Saw two herons and no cars.",
			"Felt flat at first, then suddenly did not.",
			"Headwind out, headwind back. How?",
			"New shoes? New shoes.",
			"Coffee at the old station, as ever ☕",
			"Took the long way home.\r\nTook the even longer way home.",
			"Frost in the meadows, sun on the ridge.",
			"Easy means easy & I almost managed.",
			"Legs 4/10, view 11/10",
		)
	}
	return name, description
}

func namesFor(sport string) []string {
	switch sport {
	case "Run":
		return []string{
			"River loop", "Three Oaks and back", "Shake-out", "Easy does it", "Before the rain", "Along the Dreisam",
			"Mill Pond laps", "Late for dinner", "Sunrise kilometres 🌅", "Conversational pace, alone", "Old quarry loop",
		}
	case "TrailRun":
		return []string{"Kestrel Ridge", "Roots & rocks", "Mud season", "Up there", "Chapel Hill the hard way", "Fog below, sun above"}
	case "Ride":
		return []string{
			"Sawmill Road", "Vineyards", "Café loop ☕", "Chasing the last light", "Round the Kaiserstuhl", "Up Long Meadow, down the back",
			"Cherry blossom tour 🌸", "Headwind appreciation society", "Two passes and a plum cake", "Over the river and back",
		}
	case "GravelRide":
		return []string{"White roads", "Forest tracks", "Gravel & gravity", "Where does this go?", "Dust"}
	case "VirtualRide":
		return []string{"Going nowhere fast", "4 × 8 min", "Fan on full", "Rain outside", "Sweet spot"}
	case "Swim":
		return []string{"Lanes", "Technique, allegedly", "Pull buoy day", "20 × 50", "Before work"}
	case "Walk":
		return []string{"With the dog 🐕", "Ice cream walk", "Round the block", "To the market"}
	case "Hike":
		return []string{"Above the fog", "Hut to hut", "Käsekuchen at the top", "Blueberries", "Over the Schauinsland"}
	case "NordicSki":
		return []string{"Fresh tracks ❄️", "Klister day", "Double pole all the way", "High forest loop"}
	case "Kayaking":
		return []string{"Flat water", "Round the lake", "Paddle before the storm"}
	case "WeightTraining":
		return []string{"Lift", "Core & more", "Deadlift Friday", "Hotel-room classic"}
	case "Yoga":
		return []string{"Hips", "Stretch it out", "Downward-facing everything"}
	}
	return nil
}
