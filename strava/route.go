package strava

import (
	"context"
	"time"
)

// Route is a planned course. Metres and seconds.
type Route struct {
	// ID is beyond 2^53 for routes of today: a float64, and so a JavaScript number, cannot hold it.
	ID    ID     `json:"id"`
	IDStr string `json:"id_str"`
	// ResourceState is 2 in a list; 3 for the route itself, which alone has Segments and the full line of Map.
	ResourceState Int            `json:"resource_state,omitempty"`
	Name          string         `json:"name"`
	Description   string         `json:"description"`
	Athlete       SummaryAthlete `json:"athlete"`
	Distance      Float          `json:"distance"`
	ElevationGain Float          `json:"elevation_gain"`
	// EstimatedMovingTime is Strava's guess, in seconds.
	EstimatedMovingTime *Int        `json:"estimated_moving_time,omitempty"`
	Map                 PolylineMap `json:"map"`
	// MapURLs are pictures of the route on a map. The addresses expire.
	MapURLs MapURLs `json:"map_urls"`
	// Type is 1 for a ride and 2 for a run.
	Type Int `json:"type"`
	// SubType is 1 for road, 2 for mountain bike, 3 for cross, 4 for trail, 5 for mixed.
	SubType   Int       `json:"sub_type"`
	Private   bool      `json:"private"`
	Starred   bool      `json:"starred"`
	CreatedAt time.Time `json:"created_at,omitzero"`
	UpdatedAt time.Time `json:"updated_at,omitzero"`
	// Timestamp is the creation in seconds since 1970.
	Timestamp Int              `json:"timestamp"`
	Waypoints []Waypoint       `json:"waypoints"`
	Segments  []SummarySegment `json:"segments,omitempty"`
}

// MapURLs are pictures of a map in several styles.
type MapURLs struct {
	URL       string `json:"url"`
	RetinaURL string `json:"retina_url"`
	LightURL  string `json:"light_url"`
	DarkURL   string `json:"dark_url"`
}

// Waypoint is a place to mind along a route.
type Waypoint struct {
	// Latlng is on the route.
	Latlng LatLng `json:"latlng"`
	// TargetLatlng is the place itself, where that is off the route.
	TargetLatlng LatLng   `json:"target_latlng"`
	Categories   []string `json:"categories"`
	Title        string   `json:"title"`
	Description  string   `json:"description"`
	// DistanceIntoRoute is in metres from the start.
	DistanceIntoRoute Float `json:"distance_into_route"`
}

// Routes returns one page of the athlete's routes. It costs one call.
//
// The athlete should be the one who granted the token.
//
// Scope: read; read_all for private routes.
//
// https://developers.strava.com/docs/reference/#api-Routes-getRoutesByAthleteId
func (c *Client) Routes(ctx context.Context, athleteID int64, options PageOptions) ([]Route, error) {
	r := reading("/athletes/{id}/routes").ofAthlete(athleteID).with(options)
	return list(ctx, c, r, func(route *Route) bool { return route.ID > 0 })
}

// Route returns a route in detail. It costs one call.
//
// Scope: read; read_all for a private route.
//
// https://developers.strava.com/docs/reference/#api-Routes-getRouteById
func (c *Client) Route(ctx context.Context, id int64) (*Route, error) {
	return object(ctx, c, reading("/routes/{id}").of(id), func(route *Route) bool { return route.ID > 0 })
}

// RouteGPX returns a route as a GPX file, of 32 MiB at the most. It costs one call.
//
// Scope: read; read_all for a private route.
//
// https://developers.strava.com/docs/reference/#api-Routes-getRouteAsGPX
func (c *Client) RouteGPX(ctx context.Context, id int64) ([]byte, error) {
	return c.export(ctx, "/routes/{id}/export_gpx", id, "application/gpx+xml")
}

// RouteTCX returns a route as a TCX file, of 32 MiB at the most. It costs one call.
//
// Scope: read; read_all for a private route.
//
// https://developers.strava.com/docs/reference/#api-Routes-getRouteAsTCX
func (c *Client) RouteTCX(ctx context.Context, id int64) ([]byte, error) {
	return c.export(ctx, "/routes/{id}/export_tcx", id, "application/tcx+xml")
}

// export fetches a file. The media type is only a wish: Strava's own is application/octet-stream at times. Refusals are
// JSON as ever.
func (c *Client) export(ctx context.Context, template string, id int64, mediaType string) ([]byte, error) {
	r := reading(template).of(id)
	r.accept = mediaType + ", */*"
	body, err := c.fetch(ctx, r)
	if err != nil {
		return nil, err
	}
	if first(body) != '<' {
		return nil, misshapen(r.op)
	}
	return body, nil
}
