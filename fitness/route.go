package fitness

import (
	"context"
	"strconv"
	"time"
)

// Route is a course that was planned, as the list of an athlete's routes tells it. What takes a call of its own is in
// [RouteDetails].
type Route struct {
	StravaID    int64
	Name        string
	Description *string
	// Type is nil for one that is newer than this list.
	Type *RouteType
	// Surface is nil for one that is newer than this list.
	Surface             *RouteSurface
	DistanceMeters      float64
	ElevationGainMeters float64
	// EstimatedMovingTime is in seconds; nil where Strava gives none.
	EstimatedMovingTime *int
	IsPrivate           bool
	IsStarred           bool
	CreatedAt           *time.Time
	UpdatedAt           *time.Time
	Map                 *CourseMap // nil without one; in the list with the thinned line alone
	Images              MapImages
}

// RouteDetails are the parts of a route that take a call of their own, the same one for all of them.
type RouteDetails struct {
	Route     *Route
	Segments  []*Segment
	Waypoints []*Waypoint
}

// RouteType is what a route is for.
type RouteType string

const (
	RouteTypeRide RouteType = "RIDE"
	RouteTypeRun  RouteType = "RUN"
)

// RouteSurface is what a route leads over.
type RouteSurface string

const (
	RouteSurfaceRoad         RouteSurface = "ROAD"
	RouteSurfaceMountainBike RouteSurface = "MOUNTAIN_BIKE"
	RouteSurfaceCross        RouteSurface = "CROSS"
	RouteSurfaceTrail        RouteSurface = "TRAIL"
	RouteSurfaceMixed        RouteSurface = "MIXED"
)

// Theme is what a picture is drawn for.
type Theme string

const (
	ThemeLight Theme = "LIGHT"
	ThemeDark  Theme = "DARK"
)

// MapImages are pictures that Strava has drawn; "" for one that it has not.
type MapImages struct {
	Light string
	Dark  string
}

// of is the picture's URL, nil without one.
func (i MapImages) of(theme Theme) *string {
	if theme == ThemeDark {
		return optionalText(i.Dark)
	}
	return optionalText(i.Light)
}

// Waypoint is a place on a route that its maker has marked.
type Waypoint struct {
	Position *Coordinates
	// Target is where the place is, when the route passes only near it.
	Target      *Coordinates
	Title       *string
	Description *string
	Categories  []string
	// DistanceMeters is how far into the route it is.
	DistanceMeters float64
}

// Distance is how far into the route it is.
func (w *Waypoint) Distance(unit LengthUnit) float64 { return unit.fromMeters(w.DistanceMeters) }

// ID is the route's global id.
func (r *Route) ID() string { return routeNode.id(r.stravaID()) }

// URL is the route's page at Strava.
func (r *Route) URL() string { return stravaSite + "/routes/" + r.stravaID() }

// GPXURL is where the route's owner, signed in at Strava, gets it as a GPX file.
func (r *Route) GPXURL() string { return r.URL() + "/export_gpx" }

// TCXURL is where the route's owner, signed in at Strava, gets it as a TCX file.
func (r *Route) TCXURL() string { return r.URL() + "/export_tcx" }

// Distance is how long it is.
func (r *Route) Distance(unit LengthUnit) float64 { return unit.fromMeters(r.DistanceMeters) }

// ElevationGain is what there is to climb.
func (r *Route) ElevationGain(unit LengthUnit) float64 { return unit.fromMeters(r.ElevationGainMeters) }

// MapImage is the URL of a picture of the map, nil without one.
func (r *Route) MapImage(theme Theme) *string { return r.Images.of(theme) }

func (r *Route) stravaID() string { return strconv.FormatInt(r.StravaID, 10) }

// Routes is one page of the athlete's routes, in Strava's order.
func (s *Service) Routes(ctx context.Context, query ListQuery) (*ListPage[*Route], error) {
	return listing[*Route]{
		name: string(ListOfRoutes),
		key:  (*Route).stravaID,
		page: func(ctx context.Context, number int, _ *Route) (*[]*Route, error) {
			owner, err := s.owner(ctx)
			if err != nil {
				return nil, err
			}
			return ask(ctx, s.answers.Load(), question[[]*Route]{
				kind: kindRoutes, id: strconv.Itoa(number), mustExist: true,
				fetch: func(ctx context.Context) (*[]*Route, error) {
					return convertedAll(routeOf)(s.strava.Routes(ctx, owner, pageOptions(number)))
				},
			})
		},
	}.cut(ctx, query)
}

// RouteByID finds a route by its global id or by Strava's own; nil if there is none that the athlete may see.
func (s *Service) RouteByID(ctx context.Context, id string) (*Route, error) {
	stravaID, err := routeNode.lookUpNumber(id)
	if err != nil {
		return nil, err
	}
	details, err := s.routeDetails(ctx, stravaID)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Route, nil
}

// RouteDetails are what one further call tells of the route; nil for one that Strava no longer knows.
func (s *Service) RouteDetails(ctx context.Context, route *Route) (*RouteDetails, error) {
	return s.routeDetails(ctx, route.StravaID)
}

func (s *Service) routeDetails(ctx context.Context, stravaID int64) (*RouteDetails, error) {
	return answered(ask(ctx, s.answers.Load(), question[RouteDetails]{
		kind: kindRoute, id: strconv.FormatInt(stravaID, 10),
		fetch: func(ctx context.Context) (*RouteDetails, error) {
			return converted(routeDetailsOf)(s.strava.Route(ctx, stravaID))
		},
	}))
}

// RouteStreams are the samples along the route; nil without any. See [StreamsQuery] for what can be wrong with the query.
func (s *Service) RouteStreams(ctx context.Context, route *Route, query StreamsQuery) (*Streams, error) {
	return query.of(ctx, s.answers.Load(), question[recording]{
		kind: kindRouteStreams, id: route.stravaID(), basis: route.UpdatedAt,
		fetch: func(ctx context.Context) (*recording, error) {
			return converted(recordingOf(SportOther))(s.strava.RouteStreams(ctx, route.StravaID))
		},
	})
}
