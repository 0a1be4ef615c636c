package fitness

import (
	"cmp"
	"strconv"
	"strings"

	"domestique/strava"
)

func routeOf(route *strava.Route) *Route {
	return &Route{
		StravaID:    int64(route.ID),
		Name:        route.Name,
		Description: optionalText(route.Description),
		Type:        named(int(route.Type)-1, RouteTypeRide, RouteTypeRun),
		Surface: named(int(route.SubType)-1, RouteSurfaceRoad, RouteSurfaceMountainBike, RouteSurfaceCross,
			RouteSurfaceTrail, RouteSurfaceMixed),
		DistanceMeters:      float64(route.Distance),
		ElevationGainMeters: float64(route.ElevationGain),
		EstimatedMovingTime: optional[int](route.EstimatedMovingTime),
		IsPrivate:           route.Private,
		IsStarred:           route.Starred,
		CreatedAt:           optionalTime(route.CreatedAt),
		UpdatedAt:           optionalTime(route.UpdatedAt),
		Map:                 courseMapOf(route.Map),
		Images: MapImages{
			Light: webAddress(route.MapURLs.LightURL, route.MapURLs.RetinaURL, route.MapURLs.URL),
			Dark:  webAddress(route.MapURLs.DarkURL),
		},
	}
}

func routeDetailsOf(route *strava.Route) *RouteDetails {
	return &RouteDetails{
		Route:     routeOf(route),
		Segments:  eachOf(route.Segments, segmentOf),
		Waypoints: eachOf(route.Waypoints, waypointOf),
	}
}

func waypointOf(waypoint *strava.Waypoint) *Waypoint {
	return &Waypoint{
		Position:       coordinates(waypoint.Latlng),
		Target:         coordinates(waypoint.TargetLatlng),
		Title:          optionalText(waypoint.Title),
		Description:    optionalText(waypoint.Description),
		Categories:     append([]string{}, waypoint.Categories...),
		DistanceMeters: float64(waypoint.DistanceIntoRoute),
	}
}

// courseMapOf is nil for a course without a line.
func courseMapOf(line strava.PolylineMap) *CourseMap {
	if line.Polyline == "" && line.SummaryPolyline == "" {
		return nil
	}
	return &CourseMap{Polyline: optionalText(line.Polyline), SummaryPolyline: optionalText(line.SummaryPolyline)}
}

func segmentOf(segment *strava.SummarySegment) *Segment {
	return &Segment{
		StravaID:            int64(segment.ID),
		Name:                segment.Name,
		Sport:               sportOf(segment.ActivityType),
		DistanceMeters:      float64(segment.Distance),
		AverageGrade:        float64(segment.AverageGrade),
		MaximumGrade:        float64(segment.MaximumGrade),
		ElevationHighMeters: float64(segment.ElevationHigh),
		ElevationLowMeters:  float64(segment.ElevationLow),
		ClimbCategory:       climbCategory(int(segment.ClimbCategory)),
		Start:               coordinates(segment.StartLatlng),
		End:                 coordinates(segment.EndLatlng),
		City:                optionalText(segment.City),
		State:               optionalText(segment.State),
		Country:             optionalText(segment.Country),
		IsPrivate:           segment.Private,
		IsHazardous:         segment.Hazardous,
		IsStarred:           segment.Starred,
		StarredAt:           optionalTime(segment.StarredDate),
	}
}

// climbCategory reads Strava's number, which grows with the climb: other than on road signs 1 is the easiest.
func climbCategory(number int) ClimbCategory {
	known := named(number, ClimbCategoryNone, ClimbCategoryFour, ClimbCategoryThree, ClimbCategoryTwo, ClimbCategoryOne,
		ClimbCategoryHorsCategorie)
	if known == nil {
		return ClimbCategoryNone
	}
	return *known
}

func segmentDetailsOf(segment *strava.DetailedSegment) *SegmentDetails {
	details := &SegmentDetails{
		Segment:             segmentOf(&segment.SummarySegment),
		ElevationGainMeters: float64(segment.TotalElevationGain),
		Map:                 courseMapOf(segment.Map),
		EffortCount:         int(segment.EffortCount),
		AthleteCount:        int(segment.AthleteCount),
		StarCount:           int(segment.StarCount),
		CreatedAt:           optionalTime(segment.CreatedAt),
		UpdatedAt:           optionalTime(segment.UpdatedAt),
		History:             segmentHistoryOf(segment.AthleteSegmentStats),
		Records:             segmentRecordsOf(segment.XOMs),
		LocalLegend:         localLegendOf(segment.LocalLegend),
		Profiles:            MapImages{Light: webAddress(segment.ElevationProfile)},
	}
	if profiles := segment.ElevationProfiles; profiles != nil {
		details.Profiles = MapImages{Light: webAddress(profiles.LightURL, segment.ElevationProfile), Dark: webAddress(profiles.DarkURL)}
	}
	return details
}

func segmentHistoryOf(stats *strava.SummaryPRSegmentEffort) *SegmentHistory {
	if stats == nil {
		return nil
	}
	history := &SegmentHistory{EffortCount: int(stats.EffortCount), ActivityStravaID: int64(stats.PRActivityID)}
	if stats.PRElapsedTime > 0 {
		history.BestTime = new(int(stats.PRElapsedTime))
	}
	day, _, _ := strings.Cut(stats.PRDate, "T")
	if date, err := ParseDate(day); err == nil {
		history.BestDate = &date
	}
	return history
}

func segmentRecordsOf(best *strava.XOMs) *SegmentRecords {
	if best == nil {
		return nil
	}
	return &SegmentRecords{Overall: clockSeconds(best.Overall), Men: clockSeconds(best.KOM), Women: clockSeconds(best.QOM)}
}

// clockSeconds reads a time as Strava shows it: 58s, 1:09 or 1:02:03. It is nil for anything else.
func clockSeconds(shown string) *int {
	total := 0
	parts := strings.Split(strings.TrimSuffix(shown, "s"), ":")
	for _, part := range parts {
		number, err := strconv.Atoi(part)
		if err != nil || number < 0 || len(parts) > 3 {
			return nil
		}
		total = total*60 + number
	}
	return &total
}

func localLegendOf(legend *strava.LocalLegend) *LocalLegend {
	if legend == nil {
		return nil
	}
	return &LocalLegend{
		Name: optionalText(legend.Title), Picture: firstWebAddress(legend.Profile), EffortCount: int(legend.EffortCount),
	}
}

func effortOf(effort *strava.DetailedSegmentEffort) Effort {
	return Effort{
		StravaID:           int64(effort.ID),
		Name:               effort.Name,
		StartedAt:          effort.StartDate.UTC(),
		StartedAtLocal:     wallClock(effort.StartDateLocal),
		DistanceMeters:     float64(effort.Distance),
		MovingTime:         int(effort.MovingTime),
		ElapsedTime:        int(effort.ElapsedTime),
		PersonalRecordRank: optional[int](effort.PRRank),
		Achievements: eachOf(effort.Achievements, func(a *strava.Achievement) *Achievement {
			return &Achievement{Kind: a.Type, Rank: int(a.Rank)}
		}),
		StartIndex: int(effort.StartIndex),
		EndIndex:   int(effort.EndIndex),
	}
}

func bestEffortOf(effort *strava.DetailedSegmentEffort) *BestEffort {
	return &BestEffort{Effort: effortOf(effort)}
}

// segmentEffortOf takes the sport from the segment: an effort by itself tells no other.
func segmentEffortOf(effort *strava.DetailedSegmentEffort) *SegmentEffort {
	if effort.Segment == nil {
		return passageOf(SportOther, effort)
	}
	return passageOf(sportOf(effort.Segment.ActivityType), effort)
}

func passageOf(sport Sport, effort *strava.DetailedSegmentEffort) *SegmentEffort {
	passage := &SegmentEffort{
		Effort:           effortOf(effort),
		ActivityStravaID: int64(cmp.Or(effort.Activity.ID, effort.ActivityID)),
		AverageHeartRate: optional[float64](effort.AverageHeartrate),
		MaxHeartRate:     optional[float64](effort.MaxHeartrate),
		AverageCadence:   cadence(sport, effort.AverageCadence),
		AveragePower:     optional[float64](effort.AverageWatts),
		HasPowerMeter:    effort.DeviceWatts,
		LeaderboardRank:  optional[int](effort.KOMRank),
		IsHidden:         effort.Hidden,
		sport:            sport,
	}
	if effort.Segment != nil {
		passage.Segment = segmentOf(effort.Segment)
	}
	return passage
}
