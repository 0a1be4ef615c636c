package stravatest

import "net/http"

// apiRoutes are the endpoints of https://developers.strava.com/docs/reference/ and those that Strava answers without
// documenting them. Of two that match a path the first serves it.
func apiRoutes() []route {
	routes := athleteRoutes()
	routes = append(routes, activityRoutes()...)
	routes = append(routes, segmentRoutes()...)
	routes = append(routes, placeRoutes()...)
	return append(routes, removedRoutes()...)
}

func paged() []string { return []string{"page", "per_page"} }

func athleteRoutes() []route {
	return []route{
		{method: http.MethodGet, path: "/athlete", scopes: []string{"read", "profile:read_all"}, serve: (*call).getAthlete},
		{method: http.MethodPut, path: "/athlete", scopes: []string{"profile:write"}, query: []string{"weight"}, made: (*call).setWeight},
		{method: http.MethodGet, path: "/athlete/activities", scopes: readActivities(),
			query: []string{"before", "after", "page", "per_page"}, serve: (*call).listActivities},
		{method: http.MethodGet, path: "/athlete/clubs", scopes: []string{"read"}, query: paged(), made: (*call).listClubs},
		{method: http.MethodGet, path: "/athlete/zones", scopes: []string{"profile:read_all"}, made: (*call).getZones},
		{method: http.MethodGet, path: "/athletes/{id}/stats", scopes: []string{"read"}, serve: (*call).getStats},
		{method: http.MethodGet, path: "/athletes/{id}/routes", scopes: readAny(), query: paged(), made: (*call).listRoutes},
		{method: http.MethodGet, path: "/gear/{id}", scopes: []string{"read"}, made: (*call).getGear},
	}
}

func readActivities() []string { return []string{"activity:read", "activity:read_all"} }
func readAny() []string        { return []string{"read", "read_all"} }

func activityRoutes() []route {
	read, write := readActivities(), []string{"activity:write"}
	return []route{
		{method: http.MethodPost, path: "/activities", scopes: write, made: (*call).createActivity},
		{method: http.MethodGet, path: "/activities/{id}", scopes: read,
			query: []string{"include_all_efforts"}, serve: (*call).getActivity},
		{method: http.MethodPut, path: "/activities/{id}", scopes: write, made: (*call).updateActivity},
		{method: http.MethodGet, path: "/activities/{id}/comments", scopes: read,
			query: []string{"page", "per_page", "page_size", "after_cursor"}, made: (*call).listComments},
		{method: http.MethodGet, path: "/activities/{id}/kudos", scopes: read, query: paged(), made: (*call).listKudos},
		{method: http.MethodGet, path: "/activities/{id}/laps", scopes: read, made: (*call).listLaps},
		{method: http.MethodGet, path: "/activities/{id}/photos", scopes: read, query: []string{"size"}, made: (*call).listPhotos},
		{method: http.MethodGet, path: "/activities/{id}/streams", scopes: read, query: streamParameters(), made: (*call).getStreams},
		{method: http.MethodGet, path: "/activities/{id}/zones", scopes: read, subscribers: true, made: (*call).listActivityZones},
		{method: http.MethodPost, path: "/uploads", scopes: write, made: (*call).createUpload},
		{method: http.MethodGet, path: "/uploads/{id}", scopes: write, made: (*call).getUpload},
	}
}

func segmentRoutes() []route {
	return []route{
		{method: http.MethodGet, path: "/segments/starred", scopes: readAny(), query: paged(), made: (*call).listStarred},
		{method: http.MethodGet, path: "/segments/explore", scopes: []string{"read"},
			query: []string{"bounds", "activity_type", "min_cat", "max_cat"}, made: (*call).restricted},
		{method: http.MethodGet, path: "/segments/{id}", scopes: readAny(), made: (*call).getSegment},
		{method: http.MethodPut, path: "/segments/{id}/starred", scopes: []string{"profile:write"}, made: (*call).starSegment},
		{method: http.MethodGet, path: "/segments/{id}/streams", scopes: readAny(), query: streamParameters(), made: (*call).getSegmentStreams},
		{method: http.MethodGet, path: "/segments/{id}/all_efforts", scopes: readActivities(), subscribers: true,
			query: []string{"start_date_local", "end_date_local", "page", "per_page"}, made: (*call).listAllEfforts},
		{method: http.MethodGet, path: "/segment_efforts", scopes: readActivities(), subscribers: true,
			query: []string{"segment_id", "start_date_local", "end_date_local", "per_page"}, made: (*call).listEfforts},
		{method: http.MethodGet, path: "/segment_efforts/{id}", scopes: readActivities(), subscribers: true, made: (*call).getEffort},
		{method: http.MethodGet, path: "/segment_efforts/{id}/streams", scopes: []string{"read_all"}, subscribers: true,
			query: streamParameters(), made: (*call).getEffortStreams},
	}
}

func placeRoutes() []route {
	return []route{
		{method: http.MethodGet, path: "/routes/{id}", scopes: readAny(), made: (*call).getRoute},
		{method: http.MethodGet, path: "/routes/{id}/export_gpx", scopes: readAny(), made: (*call).exportGPX},
		{method: http.MethodGet, path: "/routes/{id}/export_tcx", scopes: readAny(), made: (*call).exportTCX},
		{method: http.MethodGet, path: "/routes/{id}/streams", scopes: readAny(), made: (*call).getRouteStreams},
		{method: http.MethodGet, path: "/clubs/{id}", scopes: []string{"read"}, made: (*call).getClub},
		{method: http.MethodGet, path: "/clubs/{id}/group_events", scopes: []string{"read"}, query: paged(), made: (*call).listClubEvents},
	}
}

// removedRoutes are what Strava took away on 1 September 2026; the specification still has them. The answers are those
// that were seen after it: https://github.com/node-strava/node-strava-v3/issues/209
func removedRoutes() []route {
	return []route{
		{method: http.MethodGet, path: "/clubs/{id}/activities", scopes: []string{"read"}, query: paged(), made: (*call).removed},
		{method: http.MethodGet, path: "/clubs/{id}/admins", scopes: []string{"read"}, query: paged(), made: (*call).restricted},
		{method: http.MethodGet, path: "/clubs/{id}/members", scopes: []string{"read"}, query: paged(), made: (*call).restricted},
	}
}

// removed answers as if there had never been such a path.
func (c *call) removed(*diary) answer {
	c.violation("the endpoint was removed in September 2026")
	return notFound("resource", "path")
}

// restricted answers that Strava keeps an endpoint to itself, or to applications with Extended Access, which this one
// has not. That segments/explore uses the same words as the clubs' endpoints is a guess.
func (c *call) restricted(*diary) answer {
	c.violation("the endpoint was restricted in September 2026")
	return unauthorized("Application", "internal", "invalid")
}

// openRoutes are what needs no bearer token: OAuth, the push subscriptions and the pictures.
func openRoutes() []route {
	return []route{
		{method: http.MethodGet, path: "/oauth/authorize", query: authorizeParameters(), serve: (*call).authorize, open: true},
		{method: http.MethodPost, path: "/oauth/token", serve: (*call).grantToken, open: true},
		{method: http.MethodPost, path: "/oauth/revoke", serve: (*call).revoke, open: true},
		{method: http.MethodPost, path: "/oauth/deauthorize", serve: (*call).deauthorize, open: true},
		{method: http.MethodGet, path: "/push_subscriptions", query: clientParameters(), serve: (*call).listPushSubscriptions, open: true},
		{method: http.MethodPost, path: "/push_subscriptions", serve: (*call).createPushSubscription, open: true},
		{method: http.MethodDelete, path: "/push_subscriptions/{id}", query: clientParameters(), serve: (*call).deletePushSubscription, open: true},
		{method: http.MethodGet, path: "/photos/{id}", serve: (*call).getPhoto, open: true},
		{method: http.MethodGet, path: "/pictures/{id}", serve: (*call).getPicture, open: true},
	}
}
