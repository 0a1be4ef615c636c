package graph

import (
	"time"

	"github.com/99designs/gqlgen/graphql"

	"domestique/fitness"
	"domestique/graph/model"
)

// plainTypes are the lists and objects that pages are mostly made of. Each field is what the executor makes of it: a test
// asks for all of them both ways.
func plainTypes() plainTable {
	types := plainTable{}
	activity, totals := plainActivity(), plainTotals()
	activity.addTo(types)
	plainConnection(activity).addTo(types)
	plainMap().addTo(types)
	totals.addTo(types)
	plainSportTotals(totals).addTo(types)
	plainPeriodTotals(totals).addTo(types)
	plainGoal().addTo(types)
	plainStreak().addTo(types)
	plainEddington().addTo(types)
	plainAthlete().addTo(types)
	return types
}

func plainActivity() plainType[fitness.Activity] {
	type activity = *fitness.Activity
	return plainType[fitness.Activity]{name: "Activity", satisfies: []string{"Activity", "Node"}, fields: map[string]plainField[activity]{
		"id":                   of(activity.ID, writeText),
		"stravaId":             of(func(a activity) int64 { return a.StravaID }, writeStravaID),
		"url":                  of(activity.URL, writeText),
		"name":                 of(func(a activity) string { return a.Name }, writeText),
		"sport":                of(func(a activity) fitness.Sport { return a.Sport }, writeText),
		"sportType":            of(func(a activity) string { return a.SportType }, writeText),
		"sportGroup":           of(activity.SportGroup, writeText),
		"startedAt":            of(func(a activity) time.Time { return a.StartedAt }, writeInstant),
		"startedAtLocal":       of(func(a activity) fitness.LocalDateTime { return a.StartedAtLocal }, writeDay),
		"localDate":            of(activity.LocalDate, writeDay),
		"timeZone":             maybe(func(a activity) *string { return a.TimeZone }, writeText),
		"utcOffset":            maybe(func(a activity) *int { return a.UTCOffset }, writeWhole),
		"distance":             in(activity.Distance, writeNumber),
		"movingTime":           of(func(a activity) int { return a.MovingTime }, writeWhole),
		"elapsedTime":          of(func(a activity) int { return a.ElapsedTime }, writeWhole),
		"elevationGain":        in(activity.ElevationGain, writeNumber),
		"elevationHigh":        maybeIn(activity.ElevationHigh, writeNumber),
		"elevationLow":         maybeIn(activity.ElevationLow, writeNumber),
		"averageSpeed":         maybeIn(activity.AverageSpeed, writeNumber),
		"maxSpeed":             maybeIn(activity.MaxSpeed, writeNumber),
		"averagePace":          maybeIn(activity.AveragePace, writeNumber),
		"averageHeartRate":     maybe(func(a activity) *float64 { return a.AverageHeartRate }, writeNumber),
		"maxHeartRate":         maybe(func(a activity) *float64 { return a.MaxHeartRate }, writeNumber),
		"averageCadence":       maybe(func(a activity) *float64 { return a.AverageCadence }, writeNumber),
		"averageTemperature":   maybeIn(activity.AverageTemperature, writeNumber),
		"averagePower":         maybe(func(a activity) *float64 { return a.AveragePower }, writeNumber),
		"maxPower":             maybe(func(a activity) *int { return a.MaxPower }, writeWhole),
		"weightedAveragePower": maybe(func(a activity) *int { return a.WeightedAveragePower }, writeWhole),
		"hasPowerMeter":        of(func(a activity) bool { return a.HasPowerMeter }, writeYes),
		"kilojoules":           maybe(func(a activity) *float64 { return a.Kilojoules }, writeNumber),
		"relativeEffort":       maybe(func(a activity) *float64 { return a.RelativeEffort }, writeNumber),
		"workoutType":          maybe(func(a activity) *fitness.WorkoutType { return a.WorkoutType }, writeText),
		"visibility":           maybe(func(a activity) *fitness.Visibility { return a.Visibility }, writeText),
		"isCommute":            of(func(a activity) bool { return a.IsCommute }, writeYes),
		"isIndoor":             of(func(a activity) bool { return a.IsIndoor }, writeYes),
		"isManual":             of(func(a activity) bool { return a.IsManual }, writeYes),
		"isFlagged":            of(func(a activity) bool { return a.IsFlagged }, writeYes),
		"device":               maybe(func(a activity) *string { return a.Device }, writeText),
		"map":                  maybePart(activity.Map, plainMap()),
		"start":                maybePart(func(a activity) *fitness.Coordinates { return a.Start }, plainCoordinates()),
		"end":                  maybePart(func(a activity) *fitness.Coordinates { return a.End }, plainCoordinates()),
		"kudosCount":           of(func(a activity) int { return a.KudosCount }, writeWhole),
		"commentCount":         of(func(a activity) int { return a.CommentCount }, writeWhole),
		"achievementCount":     of(func(a activity) int { return a.AchievementCount }, writeWhole),
		"personalRecordCount":  of(func(a activity) int { return a.PersonalRecordCount }, writeWhole),
		"photoCount":           of(func(a activity) int { return a.PhotoCount }, writeWhole),
		"athleteCount":         of(func(a activity) int { return a.AthleteCount }, writeWhole),
	}}
}

func plainConnection(activity plainType[fitness.Activity]) plainType[model.ActivityConnection] {
	type connection = *model.ActivityConnection
	return plainType[model.ActivityConnection]{name: "ActivityConnection", satisfies: []string{"ActivityConnection"}, fields: map[string]plainField[connection]{
		"nodes":      parts(func(c connection) []*fitness.Activity { return c.Nodes }, activity),
		"edges":      parts(func(c connection) []*model.ActivityEdge { return c.Edges }, plainEdge(activity)),
		"pageInfo":   part(func(c connection) *model.PageInfo { return c.PageInfo }, plainPageInfo()),
		"totalCount": of(func(c connection) int { return c.TotalCount }, writeWhole),
	}}
}

func plainEdge(activity plainType[fitness.Activity]) plainType[model.ActivityEdge] {
	type edge = *model.ActivityEdge
	return plainType[model.ActivityEdge]{name: "ActivityEdge", satisfies: []string{"ActivityEdge"}, fields: map[string]plainField[edge]{
		"cursor": of(func(e edge) string { return e.Cursor }, writeText),
		"node":   part(func(e edge) *fitness.Activity { return e.Node }, activity),
	}}
}

func plainPageInfo() plainType[model.PageInfo] {
	type info = *model.PageInfo
	return plainType[model.PageInfo]{name: "PageInfo", satisfies: []string{"PageInfo"}, fields: map[string]plainField[info]{
		"hasNextPage":     of(func(i info) bool { return i.HasNextPage }, writeYes),
		"hasPreviousPage": of(func(i info) bool { return i.HasPreviousPage }, writeYes),
		"startCursor":     maybe(func(i info) *string { return i.StartCursor }, writeText),
		"endCursor":       maybe(func(i info) *string { return i.EndCursor }, writeText),
	}}
}

func plainMap() plainType[fitness.ActivityMap] {
	type trace = *fitness.ActivityMap
	return plainType[fitness.ActivityMap]{name: "ActivityMap", satisfies: []string{"ActivityMap"}, fields: map[string]plainField[trace]{
		"summaryPolyline": maybe(trace.SummaryPolyline, writeText),
		"geoJson":         maybe(trace.GeoJSON, writeText),
		"bounds":          maybePart(trace.Bounds, plainBounds()),
		"svgPath":         outline,
	}}
}

// outline is svgPath, whose box may be refused.
func outline(p *plainPlan, field graphql.CollectedField) plainWriter[*fitness.ActivityMap] {
	box := field.ArgumentMap(p.operation.Variables)
	width, wrongWidth := model.UnmarshalInt(box["width"])
	height, wrongHeight := model.UnmarshalInt(box["height"])
	if wrongWidth != nil || wrongHeight != nil {
		return nil
	}
	return func(out *plainText, of *fitness.ActivityMap) {
		path, err := of.SVGPath(width, height)
		out.unfit = out.unfit || err != nil
		nullable(writeText[string])(out, path)
	}
}

func plainBounds() plainType[fitness.Bounds] {
	type bounds = *fitness.Bounds
	return plainType[fitness.Bounds]{name: "Bounds", satisfies: []string{"Bounds"}, fields: map[string]plainField[bounds]{
		"southWest": part(func(b bounds) *fitness.Coordinates { return &b.SouthWest }, plainCoordinates()),
		"northEast": part(func(b bounds) *fitness.Coordinates { return &b.NorthEast }, plainCoordinates()),
	}}
}

func plainCoordinates() plainType[fitness.Coordinates] {
	type point = *fitness.Coordinates
	return plainType[fitness.Coordinates]{name: "Coordinates", satisfies: []string{"Coordinates"}, fields: map[string]plainField[point]{
		"latitude":  of(func(p point) float64 { return p.Latitude }, writeNumber),
		"longitude": of(func(p point) float64 { return p.Longitude }, writeNumber),
	}}
}

func plainTotals() plainType[fitness.Totals] {
	type totals = *fitness.Totals
	return plainType[fitness.Totals]{name: "Totals", satisfies: []string{"Totals"}, fields: map[string]plainField[totals]{
		"count":         of(func(t totals) int { return t.Count }, writeWhole),
		"distance":      in(totals.Distance, writeNumber),
		"movingTime":    of(func(t totals) int { return t.MovingTime }, writeWhole),
		"elapsedTime":   of(func(t totals) int { return t.ElapsedTime }, writeWhole),
		"elevationGain": in(totals.ElevationGain, writeNumber),
		"activeDays":    of(func(t totals) int { return t.ActiveDays }, writeWhole),
	}}
}

func plainSportTotals(totals plainType[fitness.Totals]) plainType[fitness.SportTotals] {
	type sport = *fitness.SportTotals
	return plainType[fitness.SportTotals]{name: "SportTotals", satisfies: []string{"SportTotals"}, fields: map[string]plainField[sport]{
		"sport":  of(func(s sport) fitness.Sport { return s.Sport }, writeText),
		"totals": part(func(s sport) *fitness.Totals { return s.Totals }, totals),
	}}
}

func plainPeriodTotals(totals plainType[fitness.Totals]) plainType[fitness.PeriodTotals] {
	type period = *fitness.PeriodTotals
	return plainType[fitness.PeriodTotals]{name: "PeriodTotals", satisfies: []string{"PeriodTotals"}, fields: map[string]plainField[period]{
		"start":  of(func(p period) fitness.Date { return p.Start }, writeDay),
		"end":    of(func(p period) fitness.Date { return p.End }, writeDay),
		"totals": part(func(p period) *fitness.Totals { return p.Totals }, totals),
	}}
}

func plainGoal() plainType[fitness.GoalProgress] {
	type goal = *fitness.GoalProgress
	return plainType[fitness.GoalProgress]{name: "GoalProgress", satisfies: []string{"GoalProgress"}, fields: map[string]plainField[goal]{
		"target":    of(func(g goal) float64 { return g.Target }, writeNumber),
		"done":      of(func(g goal) float64 { return g.Done }, writeNumber),
		"share":     of(func(g goal) float64 { return g.Share }, writeNumber),
		"expected":  of(func(g goal) float64 { return g.Expected }, writeNumber),
		"projected": of(func(g goal) float64 { return g.Projected }, writeNumber),
	}}
}

func plainStreak() plainType[fitness.Streak] {
	type streak = *fitness.Streak
	run := plainStreakRun()
	return plainType[fitness.Streak]{name: "Streak", satisfies: []string{"Streak"}, fields: map[string]plainField[streak]{
		"current": maybePart(func(s streak) *fitness.StreakRun { return s.Current }, run),
		"longest": maybePart(func(s streak) *fitness.StreakRun { return s.Longest }, run),
	}}
}

func plainStreakRun() plainType[fitness.StreakRun] {
	type run = *fitness.StreakRun
	return plainType[fitness.StreakRun]{name: "StreakRun", satisfies: []string{"StreakRun"}, fields: map[string]plainField[run]{
		"length": of(func(r run) int { return r.Length }, writeWhole),
		"start":  of(func(r run) fitness.Date { return r.Start }, writeDay),
		"end":    of(func(r run) fitness.Date { return r.End }, writeDay),
	}}
}

func plainEddington() plainType[fitness.Eddington] {
	type eddington = *fitness.Eddington
	return plainType[fitness.Eddington]{name: "Eddington", satisfies: []string{"Eddington"}, fields: map[string]plainField[eddington]{
		"number":     of(func(e eddington) int { return e.Number }, writeWhole),
		"daysToNext": of(func(e eddington) int { return e.DaysToNext }, writeWhole),
	}}
}

func plainAthlete() plainType[fitness.Athlete] {
	type athlete = *fitness.Athlete
	return plainType[fitness.Athlete]{name: "Athlete", satisfies: []string{"Athlete", "Node"}, fields: map[string]plainField[athlete]{
		"id":            of(athlete.ID, writeText),
		"stravaId":      of(func(a athlete) int64 { return a.StravaID }, writeStravaID),
		"url":           of(athlete.URL, writeText),
		"firstName":     maybe(func(a athlete) *string { return a.FirstName }, writeText),
		"lastName":      maybe(func(a athlete) *string { return a.LastName }, writeText),
		"username":      maybe(func(a athlete) *string { return a.Username }, writeText),
		"bio":           maybe(func(a athlete) *string { return a.Bio }, writeText),
		"city":          maybe(func(a athlete) *string { return a.City }, writeText),
		"state":         maybe(func(a athlete) *string { return a.State }, writeText),
		"country":       maybe(func(a athlete) *string { return a.Country }, writeText),
		"measurement":   maybe(func(a athlete) *fitness.Measurement { return a.Measurement }, writeText),
		"picture":       maybe(func(a athlete) *string { return a.Picture }, writeText),
		"weight":        maybeIn(athlete.Weight, writeNumber),
		"ftp":           maybe(func(a athlete) *int { return a.FTP }, writeWhole),
		"followerCount": maybe(func(a athlete) *int { return a.FollowerCount }, writeWhole),
		"friendCount":   maybe(func(a athlete) *int { return a.FriendCount }, writeWhole),
		"createdAt":     maybe(func(a athlete) *time.Time { return a.CreatedAt }, writeInstant),
	}}
}
