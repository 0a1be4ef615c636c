package graph

import (
	"context"
	"fmt"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"domestique/fitness"
)

// access says who may have a field. Its zero value is the closest.
type access int

const (
	forOwner  access = iota
	forTraces        // Anybody, where traces are public.
	forAnybody
)

// accessTable says of every field that anybody can come to who may have it, as names with spaces between them. A type that
// is not in it is the owner's, as is a field: but each field of these types stands here, so that none is forgotten.
func accessTable() map[string]map[access]string {
	return map[string]map[access]string{
		"Query": {
			forAnybody: "athlete activities activity stats node nodes status",
			forOwner:   "gear route segment club upload rateLimit",
		},
		"Athlete": {
			forAnybody: "id stravaId url firstName lastName username city state country measurement picture",
			forOwner:   "bio weight ftp followerCount friendCount createdAt bikes shoes clubs zones routes starredSegments",
		},
		"ActivityConnection": {forAnybody: "edges nodes pageInfo totalCount"},
		"ActivityEdge":       {forAnybody: "cursor node"},
		"PageInfo":           {forAnybody: "hasNextPage hasPreviousPage startCursor endCursor"},
		"Activity": {
			forAnybody: "id stravaId url name sport sportType sportGroup startedAt startedAtLocal localDate timeZone utcOffset " +
				"distance movingTime elapsedTime elevationGain averageSpeed maxSpeed averagePace " +
				"hasPowerMeter isCommute isIndoor isManual isFlagged " +
				"kudosCount commentCount achievementCount personalRecordCount photoCount athleteCount primaryPhoto",
			forTraces: "map",
			forOwner: "elevationHigh elevationLow averageHeartRate maxHeartRate averageCadence averageTemperature averagePower " +
				"maxPower weightedAveragePower kilojoules relativeEffort workoutType visibility device start end gear description " +
				"calories perceivedExertion photos laps splits bestEfforts segmentEfforts zones streams comments kudos",
		},
		"ActivityMap": {forTraces: "summaryPolyline polyline geoJson bounds svgPath"},
		"Bounds":      {forTraces: "southWest northEast"},
		"Coordinates": {forTraces: "latitude longitude"},
		"Photo": {
			forAnybody: "uniqueId url sizes isPrimary isVideo caption takenAt takenAtLocal uploadedAt videoUrl duration",
			forOwner:   "location",
		},
		"PhotoSize": {forAnybody: "size url width height"},
		"Stats": {
			forAnybody: "totals bySport byGear periods goal streak eddington records",
			forOwner:   "strava",
		},
		"Totals":        {forAnybody: "count distance movingTime elapsedTime elevationGain activeDays"},
		"SportTotals":   {forAnybody: "sport totals"},
		"GearTotals":    {forAnybody: "gearId totals", forOwner: "gear"},
		"PeriodTotals":  {forAnybody: "start end totals"},
		"GoalProgress":  {forAnybody: "target done share expected projected"},
		"Streak":        {forAnybody: "current longest"},
		"StreakRun":     {forAnybody: "length start end"},
		"Eddington":     {forAnybody: "number daysToNext"},
		"Records":       {forAnybody: "longestDistance longestMovingTime mostElevationGain fastestAverageSpeed"},
		"GatewayStatus": {forAnybody: "connection mirror version demo", forOwner: "hint scopes tokenExpiresAt"},
		"MirrorStatus":  {forAnybody: "complete activities syncedAt oldestFetchedAt"},
	}
}

// viewerRules keeps whoever is not the owner to what anybody may ask. The domain gives them nothing else anyway; here it
// becomes an error at its place in the answer. The owner's operations are left as they are.
type viewerRules struct {
	anybody bool // may ask at all
	shown   map[string]map[string]bool
}

var (
	_ graphql.HandlerExtension        = &viewerRules{}
	_ graphql.OperationContextMutator = &viewerRules{}
)

func newViewerRules(service *fitness.Service) *viewerRules {
	public, anybody := service.Projection()
	rules := &viewerRules{anybody: anybody, shown: map[string]map[string]bool{}}
	for typ, fields := range accessTable() {
		rules.shown[typ] = map[string]bool{}
		for who, names := range fields {
			for name := range strings.FieldsSeq(names) {
				rules.shown[typ][name] = who == forAnybody || who == forTraces && public.ShowsTraces()
			}
		}
	}
	return rules
}

// ExtensionName is gqlgen's name for it.
func (*viewerRules) ExtensionName() string { return "ViewerRules" }

// Validate has nothing to look at.
func (*viewerRules) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationContext is called for every operation before it runs. It puts the check of each field before whatever
// else there is.
func (v *viewerRules) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	switch {
	case fitness.ViewerOf(ctx) == fitness.Owner:
		return nil
	case !v.anybody:
		return gqlerror.Wrap(forbidden("This gateway answers nobody but its owner."))
	case operation.Operation.Operation != ast.Query:
		return gqlerror.Wrap(forbidden("Only the gateway's owner may run a %s.", operation.Operation.Operation))
	}
	resolve := operation.ResolverMiddleware
	operation.ResolverMiddleware = func(ctx context.Context, next graphql.Resolver) (any, error) {
		if field := graphql.GetFieldContext(ctx); !v.shows(field) {
			return nil, forbidden("Only the gateway's owner may ask for %s of %s.", field.Field.Name, field.Object)
		}
		return resolve(ctx, next)
	}
	return nil
}

// shows reports whether anybody may have the field. What is asked of the schema itself is decided before.
func (v *viewerRules) shows(field *graphql.FieldContext) bool {
	return strings.HasPrefix(field.Object, "__") || strings.HasPrefix(field.Field.Name, "__") ||
		v.shown[field.Object][field.Field.Name]
}

func forbidden(format string, args ...any) *fitness.Error {
	return &fitness.Error{Code: fitness.CodeForbidden, Message: fmt.Sprintf(format, args...)}
}
