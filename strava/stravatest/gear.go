package stravatest

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// The ids of the gear: Strava's begin with b for bikes and g for shoes.
const (
	roadBike     = "b11840277"
	gravelBike   = "b13305591"
	commuterBike = "b9921340"
	trailShoe    = "g20117733"
	racingShoe   = "g22950118"
)

// gear is a bike or a pair of shoes.
type gear struct {
	id, name, nickname string
	primary, retired   bool
	metres             float64
}

func (g gear) bike() bool { return strings.HasPrefix(g.id, "b") }

// shoes are worn for about ten months each, one pair after the other.
func shoes() []gear {
	return []gear{
		{id: "g7710021", name: "Blue daily trainer"},
		{id: "g9234417", name: "Blue daily trainer II"},
		{id: "g11888102", name: "The loud orange ones"},
		{id: "g14420966", name: "Cloud number seven"},
		{id: "g17001384", name: "Cloud number eight"},
		{id: "g19645770", name: "Sensible grey", nickname: "Greta"},
		{id: "g23381209", name: "The new loud orange ones"},
	}
}

// shoeOn is the pair of a day. Before the first and after the last pair there is none that changes.
func shoeOn(day time.Time) string {
	n := int(day.Sub(time.Date(2020, 11, 1, 0, 0, 0, 0, time.UTC)).Hours() / 24 / 305)
	pairs := shoes()
	return pairs[min(max(n, 0), len(pairs)-1)].id
}

// gearFor is what a session is done with, "" for null.
func gearFor(sport string, start time.Time) string {
	switch sport {
	case "Run":
		return shoeOn(start)
	case "TrailRun":
		return trailShoe
	case "Ride", "VirtualRide":
		return roadBike
	case "GravelRide":
		return gravelBike
	}
	return ""
}

func raceGear(sport, usual string) string {
	if sport == "Run" {
		return racingShoe
	}
	return usual
}

// garage is all gear that the athlete has used, with the distance that the activities add up to.
func (d *diary) garage() []gear {
	entries := d.snapshot()
	metres := map[string]float64{}
	var current string // The daily shoe that was worn last.
	for _, e := range slices.Backward(entries) {
		metres[e.GearID] += e.Distance
		if e.Sport == "Run" && e.GearID != racingShoe {
			current = e.GearID
		}
	}
	var used []gear
	for _, g := range wardrobe(metres) {
		if g.id == "" || metres[g.id] == 0 {
			continue
		}
		g.metres = metres[g.id]
		if g.isDailyShoe() {
			g.primary = g.id == current
			g.retired = !g.primary
		}
		used = append(used, g)
	}
	return used
}

// wardrobe is the athlete's gear, and whatever else the activities name, under its id.
func wardrobe(used map[string]float64) []gear {
	all := append([]gear{
		{id: roadBike, name: "Silver arrow", primary: true},
		{id: gravelBike, name: "Dusty", nickname: "D."},
		{id: commuterBike, name: "Old faithful"},
		{id: trailShoe, name: "Mud magnets"},
		{id: racingShoe, name: "Carbon for Sundays"},
	}, shoes()...)
	for _, id := range slices.Sorted(maps.Keys(used)) {
		if !slices.ContainsFunc(all, func(g gear) bool { return g.id == id }) {
			all = append(all, gear{id: id, name: "Gear " + id})
		}
	}
	return all
}

// isDailyShoe tells the shoes that follow one another.
func (g gear) isDailyShoe() bool {
	return slices.ContainsFunc(shoes(), func(s gear) bool { return s.id == g.id })
}

func (g gear) wire() wireGear {
	return wireGear{
		ID: g.id, Primary: g.primary, Name: g.name, Nickname: orNull(g.nickname), ResourceState: 2, Retired: g.retired,
		Distance: int(g.metres), ConvertedDistance: round(g.metres/1000, 1),
	}
}
