package stravatest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// wireRoute is what Strava calls a route: a way that the athlete has planned.
type wireRoute struct {
	Athlete             summaryAthlete   `json:"athlete"`
	Description         *string          `json:"description"`
	Distance            float64          `json:"distance"`
	ElevationGain       float64          `json:"elevation_gain"`
	ID                  int64            `json:"id"`
	IDStr               string           `json:"id_str"`
	Map                 wireMap          `json:"map"`
	MapURLs             wireMapURLs      `json:"map_urls"`
	Name                string           `json:"name"`
	Private             bool             `json:"private"`
	ResourceState       int              `json:"resource_state"`
	Starred             bool             `json:"starred"`
	SubType             int              `json:"sub_type"`
	CreatedAt           string           `json:"created_at"`
	UpdatedAt           string           `json:"updated_at"`
	Timestamp           int64            `json:"timestamp"`
	Type                int              `json:"type"`
	EstimatedMovingTime int              `json:"estimated_moving_time"`
	Waypoints           []wireWaypoint   `json:"waypoints"`
	Segments            []summarySegment `json:"segments,omitempty"`
}

type wireMapURLs struct {
	URL    string `json:"url"`
	Retina string `json:"retina_url"`
	Light  string `json:"light_url"`
	Dark   string `json:"dark_url"`
}

type wireWaypoint struct {
	Latlng       []float64 `json:"latlng"`
	TargetLatlng []float64 `json:"target_latlng"`
	Categories   []string  `json:"categories"`
	Title        string    `json:"title"`
	Description  string    `json:"description"`
	Distance     float64   `json:"distance_into_route"`
}

// itinerary is a route of the athlete's.
type itinerary struct {
	id                int64
	name, description string
	ground            ground
	subType           int
	private, starred  bool
	bakery            bool // There is one on the way.
	created           time.Time
}

// itineraries are the athlete's routes. Their ids are beyond 2^53, where a JavaScript number loses the last digits, but
// for the oldest one.
func itineraries() []itinerary {
	day := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 15, 7, 16, 0, time.UTC)
	}
	ride := func(way int, metres, ascent float64) ground { return ground{home(), way, metres, ascent, "Ride"} }
	return []itinerary{
		{id: 3_729_485_690_369_457_991, name: "Three bakeries", subType: 1, starred: true, bakery: true,
			ground: ride(2, 41_639.970997741021, 419.77), created: day(2026, time.February, 25)},
		{id: 3_586_745_134_119_585_493, name: "White roads & black coffee", description: "Dry weather only.", subType: 5,
			ground: ride(3, 62_453.377657779805, 880.00122737815718), created: day(2025, time.June, 2)},
		{id: 3_486_745_134_119_585_497, name: "Secret singletrack", subType: 4, private: true,
			ground: ground{home(), 4, 15_120.4, 512.3, "Run"}, created: day(2024, time.September, 14)},
		{id: 36_341_573, name: "The way to work", description: "Every day <again>.", subType: 1,
			ground: commuteGround(), created: day(2020, time.December, 1)},
	}
}

func (t itinerary) wire(d *diary, link linker) wireRoute {
	o := d.outline(t.ground, 0, 1, 60)
	w := wireRoute{
		Athlete: d.profile(link), Description: orNull(t.description), Distance: t.ground.metres, ElevationGain: t.ground.ascent,
		ID: t.id, IDStr: strconv.FormatInt(t.id, 10), Name: t.name, Private: t.private, Starred: t.starred, ResourceState: 2,
		Map: wireMap{ID: "r" + strconv.FormatInt(t.id, 10), SummaryPolyline: new(encodePolyline(o.trace)), ResourceState: 2},
		MapURLs: wireMapURLs{
			URL: link(picturePath(t.id, "map")), Retina: link(picturePath(t.id, "map-retina")),
			Light: link(picturePath(t.id, "map-light")), Dark: link(picturePath(t.id, "map-dark")),
		},
		SubType: t.subType, Type: 1, CreatedAt: t.created.Format(time.RFC3339), Timestamp: t.created.Unix(),
		UpdatedAt:           t.created.Add(11 * time.Second).Format(time.RFC3339),
		EstimatedMovingTime: int(t.ground.metres / sportNamed(t.ground.kind).speed), Waypoints: []wireWaypoint{},
	}
	if t.ground.kind == "Run" {
		w.Type = 2
	}
	if t.bakery {
		w.Waypoints = append(w.Waypoints, wireWaypoint{
			Latlng: o.trace[30].rounded(), TargetLatlng: position{o.trace[30].latitude + 1e-4, o.trace[30].longitude}.rounded(),
			Categories: []string{"food"}, Title: "Bakery", Description: "The one with the plum cake.", Distance: t.ground.metres / 2,
		})
	}
	return w
}

// full is the route at a point every twenty metres.
func (t itinerary) full(d *diary) outline {
	return d.outline(t.ground, 0, 1, int(t.ground.metres/20))
}

// detail adds the full line and the segments on the way.
func (t itinerary) detail(c *call, d *diary) wireRoute {
	w := t.wire(d, c.link)
	w.ResourceState, w.Map.ResourceState, w.Map.Polyline = 3, 3, new(encodePolyline(t.full(d).trace))
	w.Segments = []summarySegment{}
	for _, s := range segments() {
		if s.ground == t.ground && c.showsSegment(s) {
			w.Segments = append(w.Segments, s.summary(d))
		}
	}
	return w
}

// itineraryNamed finds the route that the path names. Private ones need read_all.
func (c *call) itineraryNamed(d *diary) (itinerary, *answer) {
	for _, t := range c.itineraries(d) {
		if strconv.FormatInt(t.id, 10) == c.id {
			return t, nil
		}
	}
	a := notFound("Route", "id")
	return itinerary{}, &a
}

// itineraries are those that the token may see.
func (c *call) itineraries(d *diary) []itinerary {
	if d.self().id != robin().id {
		return nil
	}
	return slices.DeleteFunc(itineraries(), func(t itinerary) bool { return t.private && !c.token.allows("read_all") })
}

// listRoutes is for the token's own athlete alone.
func (c *call) listRoutes(d *diary) answer {
	if c.id != strconv.FormatInt(c.token.athlete, 10) {
		return refusal(http.StatusForbidden, "Forbidden", fault{"Athlete", "id", "invalid"}) // The wording is a guess.
	}
	var all []wireRoute
	for _, t := range c.itineraries(d) {
		all = append(all, t.wire(d, c.link))
	}
	return listAnswer(c, all)
}

func (c *call) getRoute(d *diary) answer {
	t, refused := c.itineraryNamed(d)
	if refused != nil {
		return *refused
	}
	return jsonAnswer(http.StatusOK, t.detail(c, d))
}

// getRouteStreams has no parameters, and its answer is a list, with nothing told of a stream but its type.
// https://developers.strava.com/docs/reference/#api-Streams-getRouteStreams
func (c *call) getRouteStreams(d *diary) answer {
	t, refused := c.itineraryNamed(d)
	if refused != nil {
		return *refused
	}
	all := t.full(d).channels()
	var streams []wireStream
	for _, name := range []string{"latlng", "distance", "altitude"} {
		streams = append(streams, wireStream{Type: name, Data: all[name]})
	}
	return jsonAnswer(http.StatusOK, streams)
}

// RouteIDs names the athlete's routes, the newest first; the third one is private.
func (s *Server) RouteIDs() []int64 {
	var ids []int64
	for _, t := range itineraries() {
		ids = append(ids, t.id)
	}
	return ids
}

// ClubIDs names the athlete's clubs.
func (s *Server) ClubIDs() []int64 {
	var ids []int64
	for _, k := range clubs() {
		ids = append(ids, k.id)
	}
	return ids
}
