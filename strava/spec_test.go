package strava_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava"
)

// specification is Strava's own, beside the checkout.
const specification = "../../shared/strava/swagger.json"

// swagger is what these tests read of it.
type swagger struct {
	Definitions map[string]definition
	Paths       map[string]map[string]operation
	Parameters  map[string]parameter
}

type definition struct {
	Ref        string `json:"$ref"`
	Type       string
	Enum       []string
	Properties map[string]definition
	AllOf      []definition
}

type operation struct {
	OperationID string
	Parameters  []parameter
}

type parameter struct {
	Ref  string `json:"$ref"`
	Name string
	In   string
}

func readSpecification(t *testing.T) swagger {
	t.Helper()
	text, err := os.ReadFile(specification)
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("no specification at %s", specification)
	}
	if err != nil {
		t.Fatal(err)
	}
	var spec swagger
	if err := json.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	return spec
}

// resolve follows a reference; there are some of the form "#/ZoneRanges", which lead nowhere: the definition is meant.
func (s swagger) resolve(d definition) definition {
	if d.Ref == "" {
		return d
	}
	return s.Definitions[d.Ref[strings.LastIndex(d.Ref, "/")+1:]]
}

// members returns those of a definition and of all that it is composed of.
func (s swagger) members(d definition) map[string]definition {
	d = s.resolve(d)
	all := map[string]definition{}
	for _, part := range d.AllOf {
		maps.Copy(all, s.members(part))
	}
	maps.Copy(all, d.Properties)
	return all
}

// wireTypes are the client's types by the name that the specification has for them.
func wireTypes() map[string]reflect.Type {
	return map[string]reflect.Type{
		"ActivityStats":          reflect.TypeFor[strava.ActivityStats](),
		"ActivityTotal":          reflect.TypeFor[strava.ActivityTotal](),
		"ActivityZone":           reflect.TypeFor[strava.ActivityZone](),
		"AltitudeStream":         streamType[strava.Float](),
		"CadenceStream":          streamType[strava.Int](),
		"Comment":                reflect.TypeFor[strava.Comment](),
		"DetailedActivity":       reflect.TypeFor[strava.DetailedActivity](),
		"DetailedAthlete":        reflect.TypeFor[strava.DetailedAthlete](),
		"DetailedClub":           reflect.TypeFor[strava.DetailedClub](),
		"DetailedGear":           reflect.TypeFor[strava.DetailedGear](),
		"DetailedSegment":        reflect.TypeFor[strava.DetailedSegment](),
		"DetailedSegmentEffort":  reflect.TypeFor[strava.DetailedSegmentEffort](),
		"DistanceStream":         streamType[strava.Float](),
		"Error":                  reflect.TypeFor[strava.Fault](),
		"ExplorerSegment":        reflect.TypeFor[strava.ExplorerSegment](),
		"HeartRateZoneRanges":    reflect.TypeFor[strava.HeartRateZoneRanges](),
		"HeartrateStream":        streamType[strava.Int](),
		"Lap":                    reflect.TypeFor[strava.Lap](),
		"LatLngStream":           streamType[strava.Position](),
		"MetaActivity":           reflect.TypeFor[strava.MetaActivity](),
		"MetaAthlete":            reflect.TypeFor[strava.MetaAthlete](),
		"MetaClub":               reflect.TypeFor[strava.MetaClub](),
		"MovingStream":           streamType[bool](),
		"PhotosSummary":          reflect.TypeFor[strava.PhotosSummary](),
		"PolylineMap":            reflect.TypeFor[strava.PolylineMap](),
		"PowerStream":            streamType[strava.Int](),
		"PowerZoneRanges":        reflect.TypeFor[strava.PowerZoneRanges](),
		"Route":                  reflect.TypeFor[strava.Route](),
		"SmoothGradeStream":      streamType[strava.Float](),
		"SmoothVelocityStream":   streamType[strava.Float](),
		"Split":                  reflect.TypeFor[strava.Split](),
		"StreamSet":              reflect.TypeFor[strava.StreamSet](),
		"SummaryActivity":        reflect.TypeFor[strava.SummaryActivity](),
		"SummaryAthlete":         reflect.TypeFor[strava.SummaryAthlete](),
		"SummaryClub":            reflect.TypeFor[strava.SummaryClub](),
		"SummaryGear":            reflect.TypeFor[strava.SummaryGear](),
		"SummaryPRSegmentEffort": reflect.TypeFor[strava.SummaryPRSegmentEffort](),
		"SummarySegment":         reflect.TypeFor[strava.SummarySegment](),
		"SummarySegmentEffort":   reflect.TypeFor[strava.SummarySegmentEffort](),
		"TemperatureStream":      streamType[strava.Int](),
		"TimeStream":             streamType[strava.Int](),
		"TimedZoneRange":         reflect.TypeFor[strava.TimedZoneRange](),
		"UpdatableActivity":      reflect.TypeFor[strava.UpdatableActivity](),
		"Upload":                 reflect.TypeFor[strava.Upload](),
		"Waypoint":               reflect.TypeFor[strava.Waypoint](),
		"ZoneRange":              reflect.TypeFor[strava.ZoneRange](),
		"Zones":                  reflect.TypeFor[strava.Zones](),
	}
}

// streamType has the members that a strava.Stream writes; the stream itself has none with names, because it tells null
// from zero.
func streamType[T any]() reflect.Type {
	return reflect.TypeFor[struct {
		Data         []T        `json:"data"`
		OriginalSize strava.Int `json:"original_size"`
		Resolution   string     `json:"resolution"`
		SeriesType   string     `json:"series_type"`
	}]()
}

// leftOutTypes are the definitions that the client has no type for.
func leftOutTypes() map[string]string {
	return map[string]string{
		"ActivityType":          "a word: the client keeps it as text, because Strava adds to the list",
		"SportType":             "a word: the client keeps it as text, because Strava adds to the list",
		"StreamType":            "a word; TestStreamTypes compares the list",
		"BaseStream":            "what all channels have: Stream",
		"ClubActivity":          "of an endpoint that was removed on 2026-09-01",
		"ClubAthlete":           "of an endpoint that was removed on 2026-09-01",
		"ClubAnnouncement":      "of an endpoint that has been gone for years",
		"MembershipApplication": "of an endpoint that has been gone for years",
		"ExplorerResponse":      "an envelope around a list; ExploreSegments returns the list",
		"Fault":                 "an envelope around a list; APIError has the list",
		"LatLng":                "a list of two numbers: LatLng, and Position in streams",
		"TimedZoneDistribution": "a list: ActivityZone.DistributionBuckets",
		"ZoneRanges":            "a list: HeartRateZoneRanges.Zones and PowerZoneRanges.Zones",
	}
}

// leftOutMembers are members of the specification that the client's types lack.
func leftOutMembers() map[string]string {
	return map[string]string{
		"UpdatableActivity.type": "deprecated, and ignored beside sport_type",
	}
}

// ofAnotherKind are members that really are of another kind than the specification says.
func ofAnotherKind() map[string]string {
	return map[string]string{
		"SummaryPRSegmentEffort.pr_date": "recorded as a date without a time",
	}
}

// liveMembers are what only answers have; the specification lacks them.
func liveMembers() map[string][]string {
	activity := []string{
		"average_cadence", "average_heartrate", "average_temp", "display_hide_heartrate_option", "from_accepted_tag", "has_heartrate",
		"heartrate_opt_out", "location_city", "location_country", "location_state", "max_heartrate", "pr_count", "resource_state",
		"suffer_score", "utc_offset", "visibility",
	}
	athlete := []string{"badge_type_id", "bio", "blocked", "can_follow", "follower", "friend", "username"}
	gear := []string{"converted_distance", "nickname", "retired"}
	club := []string{"activity_types_icon", "dimensions", "localized_sport_type", "profile"}
	segment := []string{"elevation_profile", "elevation_profiles", "hazardous", "pr_time", "resource_state", "starred", "starred_date"}
	return map[string][]string{
		"ActivityZone":    {"resource_state"},
		"Comment":         {"cursor", "has_reacted", "reaction_count", "resource_state"},
		"SummaryActivity": activity,
		"DetailedActivity": append([]string{
			"available_zones", "perceived_exertion", "prefer_perceived_exertion", "similar_activities", "stats_visibility",
		}, activity...),
		"SummaryAthlete": athlete,
		"DetailedAthlete": append([]string{
			"athlete_type", "date_preference", "mutual_friend_count", "postable_clubs_count",
		}, athlete...),
		// In answers a club of the athlete's tells the membership, too.
		"SummaryClub":            append([]string{"admin", "membership", "owner"}, club...),
		"DetailedClub":           append([]string{"club_type", "description", "website"}, club...),
		"SummaryGear":            gear,
		"DetailedGear":           append([]string{"notification_distance", "weight"}, gear...),
		"SummarySegment":         segment,
		"DetailedSegment":        append([]string{"local_legend", "xoms"}, without(segment, "hazardous")...),
		"DetailedSegmentEffort":  {"achievements", "athlete_segment_stats", "resource_state", "visibility"},
		"SummaryPRSegmentEffort": {"pr_activity_visibility", "pr_visibility"},
		"ExplorerSegment":        {"elevation_profile", "local_legend_enabled", "resource_state", "starred"},
		"Lap":                    {"average_heartrate", "average_watts", "device_watts", "max_heartrate", "resource_state"},
		"MetaActivity":           {"visibility"},
		"PhotosSummary":          {"use_primary_photo"},
		"Route":                  {"map_urls", "resource_state"},
		"Split":                  {"average_grade_adjusted_speed", "average_heartrate"},
	}
}

func without(names []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
}

// TestWireTypes compares the client's types with the specification, member by member in both directions.
func TestWireTypes(t *testing.T) {
	t.Parallel()
	spec := readSpecification(t)
	types, unused := wireTypes(), leftOutMembers()
	for name, definition := range spec.Definitions {
		wire, known := types[name]
		_, leftOut := leftOutTypes()[name]
		if known == leftOut {
			t.Errorf("%s: has a type: %t, is left out: %t", name, known, leftOut)
		}
		if !known {
			continue
		}
		got, want := members(wire), spec.members(definition)
		for member, kind := range want {
			place := name + "." + member
			reason := leftOutMembers()[place]
			delete(unused, place)
			field, ok := got[member]
			switch {
			case ok && reason != "":
				t.Errorf("%s is there, and said to be left out: %s", place, reason)
			case !ok && reason == "":
				t.Errorf("%s is missing in %v", place, wire)
			case ok && ofAnotherKind()[place] == "":
				compareKinds(t, place, spec.resolve(kind).Type, field)
			}
			delete(got, member)
		}
		if diff := cmp.Diff(slices.Sorted(slices.Values(liveMembers()[name])), sortedKeys(got)); diff != "" {
			t.Errorf("%s, members that the specification lacks (-want +got):\n%s", name, diff)
		}
	}
	for place := range unused {
		t.Errorf("%s is left out, and not in the specification", place)
	}
	for name := range types {
		if _, ok := spec.Definitions[name]; !ok {
			t.Errorf("%s is not in the specification", name)
		}
	}
}

// members returns the JSON names of a struct's fields and of those that it embeds.
func members(wire reflect.Type) map[string]reflect.Type {
	all := map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(wire) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			all[name] = field.Type
		}
	}
	return all
}

// compareKinds holds a field to the kind of value that the specification gives it. Whole numbers may be read as measures,
// because Strava writes fractions where it says integer.
func compareKinds(t *testing.T, place, kind string, field reflect.Type) {
	t.Helper()
	if field.Kind() == reflect.Pointer {
		field = field.Elem()
	}
	allowed := map[string][]reflect.Kind{
		"integer": {reflect.Int, reflect.Int64, reflect.Float64},
		"number":  {reflect.Float64},
		"string":  {reflect.String},
		"boolean": {reflect.Bool},
		"array":   {reflect.Slice},
		"object":  {reflect.Struct, reflect.Map},
		"":        {reflect.Struct},
	}
	got := field.Kind()
	if field == reflect.TypeFor[time.Time]() {
		got = reflect.String
	}
	if !slices.Contains(allowed[kind], got) {
		t.Errorf("%s is %v, the specification says %q", place, field, kind)
	}
}

// removedOperations are in the specification, and gone.
func removedOperations() map[string]string {
	return map[string]string{
		"getClubActivitiesById": "removed on 2026-09-01: https://github.com/stravalib/stravalib/issues/736",
		"getClubAdminsById":     "removed on 2026-09-01: https://github.com/stravalib/stravalib/issues/736",
		"getClubMembersById":    "removed on 2026-09-01: https://github.com/stravalib/stravalib/issues/736",
	}
}

// leftOutParameters are parameters that the client never sends.
func leftOutParameters() map[string]string {
	return map[string]string{
		"getActivityById.include_all_efforts": "adds only efforts that Strava hides itself, to answers of a hundred kilobytes",
		"getCommentsByActivityId.page":        "deprecated since 2022-10-18: page_size and after_cursor",
		"getCommentsByActivityId.per_page":    "deprecated since 2022-10-18: page_size and after_cursor",
		"createActivity.type":                 "deprecated: sport_type",
	}
}

// TestEveryOperation holds the client to the specification's endpoints: each that is live has its method, which sends
// every parameter, and there are no others but those that Strava does not document.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	spec := readSpecification(t)
	called := map[string]endpoint{}
	for _, e := range endpoints() {
		if e.operation != "" {
			called[e.operation] = e
		}
	}
	for template, operations := range spec.Paths {
		for method, operation := range operations {
			e, ok := called[operation.OperationID]
			delete(called, operation.OperationID)
			if reason := removedOperations()[operation.OperationID]; ok == (reason != "") {
				t.Errorf("%s: is called: %t, was removed: %q", operation.OperationID, ok, reason)
			}
			if !ok {
				continue
			}
			if !strings.EqualFold(method, e.method) || !fits(template, e.path) {
				t.Errorf("%s is %s %s, called as %s", operation.OperationID, method, template, e.name())
			}
			checkParameters(t, spec, operation, e)
		}
	}
	for name := range called {
		t.Errorf("%s is not in the specification", name)
	}
}

// fits compares a path with a template, in which {id} stands for anything.
func fits(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	return slices.EqualFunc(want, got, func(w, g string) bool { return w == g || strings.HasPrefix(w, "{") })
}

func checkParameters(t *testing.T, spec swagger, operation operation, e endpoint) {
	t.Helper()
	for _, p := range operation.Parameters {
		if p.Ref != "" {
			p = spec.Parameters[p.Ref[strings.LastIndex(p.Ref, "/")+1:]]
		}
		place := operation.OperationID + "." + p.Name
		sent := strings.Contains("&"+e.query, "&"+p.Name+"=") || strings.Contains("&"+e.body, "&"+p.Name+"=")
		switch {
		case p.In == "body", p.In == "path" && e.body == "":
			continue
		case p.In == "path" && p.Name == "id":
			continue
		case place == "getLoggedInAthleteActivities.before", place == "getLoggedInAthleteActivities.after":
			continue // TestRequests sends them.
		}
		if reason := leftOutParameters()[place]; sent == (reason != "") {
			t.Errorf("%s: is sent: %t, is left out: %q", place, sent, reason)
		}
	}
}

func TestStreamTypes(t *testing.T) {
	t.Parallel()
	want := readSpecification(t).Definitions["StreamType"].Enum
	var got []string
	for _, name := range strava.StreamTypes() {
		got = append(got, string(name))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
