package stravatest

import (
	"maps"
	"net/http"
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

// Gear is what a test may say about a bike or a pair of shoes.
type Gear struct {
	// Name is the athlete's, Nickname a second one; a nickname that is "" is null in an activity and "" in the gear itself.
	Name, Nickname string
	// Brand, Model and Description, zero: made up.
	Brand, Model, Description string
	Primary, Retired          bool
}

// gear is a bike or a pair of shoes.
type gear struct {
	id string
	Gear
	metres float64
}

func (g gear) bike() bool { return strings.HasPrefix(g.id, "b") }

// shoes are worn for about ten months each, one pair after the other.
func shoes() []gear {
	return []gear{
		{id: "g7710021", Gear: Gear{Name: "Blue daily trainer"}},
		{id: "g9234417", Gear: Gear{Name: "Blue daily trainer II"}},
		{id: "g11888102", Gear: Gear{Name: "The loud orange ones"}},
		{id: "g14420966", Gear: Gear{Name: "Cloud number seven"}},
		{id: "g17001384", Gear: Gear{Name: "Cloud number eight"}},
		{id: "g19645770", Gear: Gear{Name: "Sensible grey", Nickname: "Greta"}},
		{id: "g23381209", Gear: Gear{Name: "The new loud orange ones"}},
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
		metres[e.GearID] += float64(round(e.Distance, 1))
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
			g.Primary = g.id == current
			g.Retired = !g.Primary
		}
		used = append(used, d.edited(g))
	}
	return used
}

// wardrobe is the athlete's gear, and whatever else the activities name, under its id.
func wardrobe(used map[string]float64) []gear {
	all := append([]gear{
		{id: roadBike, Gear: Gear{Name: "Silver arrow", Primary: true}},
		{id: gravelBike, Gear: Gear{Name: "Dusty", Nickname: "D."}},
		{id: commuterBike, Gear: Gear{Name: "Old faithful"}},
		{id: trailShoe, Gear: Gear{Name: "Mud magnets"}},
		{id: racingShoe, Gear: Gear{Name: "Carbon for Sundays"}},
	}, shoes()...)
	for _, id := range slices.Sorted(maps.Keys(used)) {
		if !slices.ContainsFunc(all, func(g gear) bool { return g.id == id }) {
			all = append(all, gear{id: id, Gear: Gear{Name: "Gear " + id}})
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
		ID: g.id, Primary: g.Primary, Name: g.Name, Nickname: orNull(g.Nickname), ResourceState: 2, Retired: g.Retired,
		Distance: int(g.metres), ConvertedDistance: round(g.metres/1000, 1),
	}
}

// detailedGear has an empty nickname where the summary has null; a bike has no notification_distance, a shoe neither
// frame_type nor weight.
type detailedGear struct {
	wireGear
	Nickname             string   `json:"nickname"`
	BrandName            string   `json:"brand_name"`
	ModelName            string   `json:"model_name"`
	FrameType            *int     `json:"frame_type,omitempty"`
	Description          *string  `json:"description"`
	Weight               *decimal `json:"weight,omitempty"`
	NotificationDistance *int     `json:"notification_distance,omitempty"`
}

func (g gear) detail() detailedGear {
	brand, model, _ := strings.Cut(g.Name, " ")
	setDefault(&g.Brand, brand)
	setDefault(&g.Model, model)
	detail := detailedGear{
		wireGear: g.wire(), Nickname: g.Nickname, BrandName: g.Brand, ModelName: g.Model, Description: orNull(g.Description),
	}
	detail.ResourceState = 3
	if g.bike() {
		detail.FrameType, detail.Weight = new(3), new(decimal(8.5))
	} else {
		detail.NotificationDistance = new(800_000)
	}
	return detail
}

// getGear knows retired gear, too, but no other athlete's.
func (c *call) getGear(d *diary) answer {
	for _, g := range d.garage() {
		if g.id == c.id {
			return jsonAnswer(http.StatusOK, g.detail())
		}
	}
	return notFound("Gear", "id")
}

// edited is the gear as a test wants it.
func (d *diary) edited(g gear) gear {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if edit, ok := d.gearEdits[g.id]; ok {
		edit(&g.Gear)
	}
	return g
}

// EditGear changes a bike or a pair of shoes. It reports whether an activity has used it, and panics in Recorded mode.
func (s *Server) EditGear(id string, edit func(*Gear)) bool {
	d := s.own.(*diary)
	d.mu.Lock()
	d.gearEdits[id] = edit
	d.mu.Unlock()
	return slices.ContainsFunc(d.garage(), func(g gear) bool { return g.id == id })
}
