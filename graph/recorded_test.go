package graph_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// recordedFolder has answers of Strava that are no part of this project, because they are somebody's data.
const recordedFolder = "../../shared/strava/recorded"

// recordedTypes say where the values of every type are in the recorded answers: field by field, ours and Strava's.
var recordedTypes = map[string]struct {
	query, at  string // where the value is in our answer
	file, from string // and where in Strava's
	fields     string
}{
	"Athlete": {"athlete { stravaId firstName lastName username bio city state weight followerCount friendCount createdAt picture }", "athlete",
		"athlete.json", "", "stravaId=id firstName=firstname lastName=lastname username bio city state weight followerCount=follower_count " +
			"friendCount=friend_count createdAt=created_at picture=profile"},
	"Activity": {"activity(id: 1946417534) { stravaId name sportType startedAt startedAtLocal distance movingTime elapsedTime elevationGain elevationHigh " +
		"elevationLow averageSpeed maxSpeed averageHeartRate maxHeartRate relativeEffort kudosCount commentCount achievementCount photoCount athleteCount " +
		"isCommute description calories }", "activity", "activity_run_detailed.json", "",
		"stravaId=id name sportType=sport_type startedAt=start_date startedAtLocal=start_date_local distance movingTime=moving_time elapsedTime=elapsed_time " +
			"elevationGain=total_elevation_gain elevationHigh=elev_high elevationLow=elev_low averageSpeed=average_speed maxSpeed=max_speed " +
			"averageHeartRate=average_heartrate maxHeartRate=max_heartrate relativeEffort=suffer_score kudosCount=kudos_count commentCount=comment_count " +
			"achievementCount=achievement_count photoCount=total_photo_count athleteCount=athlete_count isCommute=commute description calories"},
	"ActivityMap": {"activity(id: 1946417534) { map { summaryPolyline polyline } }", "activity.map", "activity_run_detailed.json", "map",
		"summaryPolyline=summary_polyline polyline"},
	"primary Photo": {"activity(id: 1946417534) { primaryPhoto { uniqueId url(size: 600) } }", "activity.primaryPhoto", "activity_run_detailed.json", "photos.primary",
		"uniqueId=unique_id url=urls.600"},
	"Lap": {"activity(id: 1946417534) { laps { stravaId name number startedAt startedAtLocal distance movingTime elapsedTime elevationGain averageSpeed maxSpeed " +
		"averageHeartRate maxHeartRate paceZone startIndex endIndex } }", "activity.laps.0", "activity_run_detailed.json", "laps.0",
		"stravaId=id name number=lap_index startedAt=start_date startedAtLocal=start_date_local distance movingTime=moving_time elapsedTime=elapsed_time " +
			"elevationGain=total_elevation_gain averageSpeed=average_speed maxSpeed=max_speed averageHeartRate=average_heartrate maxHeartRate=max_heartrate " +
			"paceZone=pace_zone startIndex=start_index endIndex=end_index"},
	"Split, metric": {"activity(id: 1946417534) { splits { " + splitFields + " } }", "activity.splits.42", "activity_run_detailed.json", "splits_metric.42", recordedSplit},
	"Split, imperial": {"activity(id: 1946417534) { splits(system: IMPERIAL) { " + splitFields + " } }", "activity.splits.26", "activity_run_detailed.json",
		"splits_standard.26", recordedSplit},
	"BestEffort": {"activity(id: 1946417534) { bestEfforts { " + effortFields + " } }", "activity.bestEfforts.12", "activity_run_detailed.json", "best_efforts.12",
		recordedEffort},
	"SegmentEffort of an activity": {"activity(id: 1946417534) { segmentEfforts { isHidden averageHeartRate maxHeartRate leaderboardRank segment { stravaId name } " +
		effortFields + " } }", "activity.segmentEfforts.52", "activity_run_detailed.json", "segment_efforts.52",
		recordedEffort + " isHidden=hidden averageHeartRate=average_heartrate maxHeartRate=max_heartrate leaderboardRank=kom_rank segment.stravaId=segment.id " +
			"segment.name"},
	"SegmentEffort": {`node(id: "U2VnbWVudEVmZm9ydDo0MTQ5NDE5NzA4OQ") { ... on SegmentEffort { ` + effortFields + " averageHeartRate maxHeartRate segment { name } } }",
		"node", "segment_effort.json", "", recordedEffort + " averageHeartRate=average_heartrate maxHeartRate=max_heartrate segment.name"},
	"Achievement": {"activity(id: 1946417534) { bestEfforts { achievements { kind rank } } }", "activity.bestEfforts.0.achievements.0", "activity_run_detailed.json",
		"best_efforts.0.achievements.0", "kind=type rank"},
	"ZoneDistribution": {"activity(id: 1946417534) { zones { score isSensorBased isCustom buckets { min max time } } }", "activity.zones.0", "activity_zones.json", "0",
		"score isSensorBased=sensor_based isCustom=custom_zones buckets.1.min=distribution_buckets.1.min buckets.1.max=distribution_buckets.1.max " +
			"buckets.1.time=distribution_buckets.1.time"},
	"Streams": {"activity(id: 1946417534) { streams(types: [DISTANCE]) { sampleCount distance } }", "activity.streams", "activity_streams.json", "distance",
		"sampleCount=original_size distance.0=data.0 distance.1=data.1 distance.6000=data.6000 distance.13128=data.13128"},
	"Photo": {"activity(id: 16181809559) { photos { uniqueId url isPrimary takenAt takenAtLocal uploadedAt location { latitude longitude } sizes { width height } } }",
		"activity.photos.1", "activity_photos.json", "1", "uniqueId=unique_id url=urls.5000 isPrimary=default_photo takenAt=created_at " +
			"takenAtLocal=created_at_local uploadedAt=uploaded_at location.latitude=location.0 location.longitude=location.1 sizes.0.width=sizes.5000.0 " +
			"sizes.0.height=sizes.5000.1"},
	"Comment": {"activity(id: 15605032352) { comments(first: 1) { nodes { stravaId text createdAt author { firstName lastName } reactionCount } } }",
		"activity.comments.nodes.0", "activity_comments_cursor_p1.json", "0", "stravaId=id text createdAt=created_at author.firstName=athlete.firstname " +
			"author.lastName=athlete.lastname reactionCount=reaction_count"},
	"Kudo": {"activity(id: 15605032352) { kudos { nodes { giver { firstName lastName } } } }", "activity.kudos.nodes.1.giver", "activity_kudos.json", "1",
		"firstName=firstname lastName=lastname"},
	"Gear, a bicycle": {`gear(id: "b16988545") { ` + gearFields + " frameType weight }", "gear", "gear_bike.json", "", recordedGear + " weight"},
	"Gear, shoes":     {`gear(id: "g3423618") { ` + gearFields + " }", "gear", "gear_shoe.json", "", recordedGear},
	"Club": {"club(id: 108605) { stravaId name sportType city state country picture coverPhoto isPrivate isVerified isFeatured memberCount description kind " +
		"followingCount website isAdmin isOwner }", "club", "club.json", "", "stravaId=id name sportType=sport_type city state country picture=profile " +
		"coverPhoto=cover_photo isPrivate=private isVerified=verified isFeatured=featured memberCount=member_count description kind=club_type " +
		"followingCount=following_count website isAdmin=admin isOwner=owner"},
	"Club of the athlete": {"athlete { clubs { stravaId name memberCount } }", "athlete.clubs.8", "athlete_clubs.json", "8", "stravaId=id name memberCount=member_count"},
	"TrainingZone":        {"athlete { zones { min max isCustom } }", "athlete.zones.1", "athlete_zones.json", "heart_rate.zones.1", "min max"},
	"Route": {"route(id: 16341573) { " + routeFields + " map { summaryPolyline polyline } segments { stravaId name } }", "route", "route.json", "", recordedRoute +
		" map.polyline=map.polyline segments.18.stravaId=segments.18.id segments.18.name=segments.18.name"},
	"Route of the athlete": {"athlete { routes { nodes { " + routeFields + " map { summaryPolyline } } } }", "athlete.routes.nodes.0", "athlete_routes.json", "0", recordedRoute},
	"Segment": {"segment(id: 1109718) { " + segmentFields + " elevationGain map { polyline } effortCount athleteCount starCount createdAt updatedAt " +
		"history { effortCount bestTime bestDate } localLegend { name picture effortCount } elevationProfile dark: elevationProfile(theme: DARK) }", "segment",
		"segment.json", "", recordedSegment + " elevationGain=total_elevation_gain map.polyline effortCount=effort_count athleteCount=athlete_count " +
			"starCount=star_count createdAt=created_at updatedAt=updated_at history.effortCount=athlete_segment_stats.effort_count " +
			"history.bestTime=athlete_segment_stats.pr_elapsed_time history.bestDate=athlete_segment_stats.pr_date localLegend.name=local_legend.title " +
			"localLegend.picture=local_legend.profile localLegend.effortCount=local_legend.effort_count elevationProfile=elevation_profiles.light_url " +
			"dark=elevation_profiles.dark_url"},
	"Segment, starred": {"athlete { starredSegments { nodes { " + segmentFields + " starredAt } } }", "athlete.starredSegments.nodes.1", "starred_segments.json", "1",
		recordedSegment + " starredAt=starred_date"},
	"efforts on a Segment": {"segment(id: 1109718) { efforts { " + effortFields + " } }", "segment.efforts.4", "segment_efforts_all.json", "4", recordedEffort},
	"Streams of a Segment": {"segment(id: 1109718) { streams(types: [DISTANCE]) { distance } }", "segment.streams", "segment_streams.json", "distance",
		"distance.0=data.0 distance.1=data.1 distance.2=data.2"},
	"StravaTotals": {"stats { strava { runs { yearToDate { count distance movingTime } } } }", "stats.strava.runs.yearToDate", "athlete_stats.json", "ytd_run_totals",
		"count distance movingTime=moving_time"},
}

const (
	splitFields   = "number distance movingTime elapsedTime elevationDifference averageSpeed gradeAdjustedSpeed averageHeartRate paceZone"
	recordedSplit = "number=split distance movingTime=moving_time elapsedTime=elapsed_time elevationDifference=elevation_difference averageSpeed=average_speed " +
		"gradeAdjustedSpeed=average_grade_adjusted_speed averageHeartRate=average_heartrate paceZone=pace_zone"
	effortFields   = "stravaId name startedAt startedAtLocal distance movingTime elapsedTime personalRecordRank startIndex endIndex"
	recordedEffort = "stravaId=id name startedAt=start_date startedAtLocal=start_date_local distance movingTime=moving_time elapsedTime=elapsed_time " +
		"personalRecordRank=pr_rank startIndex=start_index endIndex=end_index"
	gearFields    = "stravaId name isPrimary isRetired distance brand model description"
	recordedGear  = "stravaId=id name isPrimary=primary isRetired=retired distance brand=brand_name model=model_name description"
	routeFields   = "stravaId distance elevationGain name description isPrivate isStarred createdAt updatedAt estimatedMovingTime mapImage dark: mapImage(theme: DARK)"
	recordedRoute = "stravaId=id_str distance elevationGain=elevation_gain name description isPrivate=private isStarred=starred createdAt=created_at updatedAt=updated_at " +
		"estimatedMovingTime=estimated_moving_time mapImage=map_urls.light_url dark=map_urls.dark_url map.summaryPolyline=map.summary_polyline"
	segmentFields = "stravaId name distance averageGrade maximumGrade elevationHigh elevationLow start { latitude longitude } end { longitude } city state country " +
		"isPrivate isHazardous isStarred"
	recordedSegment = "stravaId=id name distance averageGrade=average_grade maximumGrade=maximum_grade elevationHigh=elevation_high elevationLow=elevation_low " +
		"start.latitude=start_latlng.0 start.longitude=start_latlng.1 end.longitude=end_latlng.1 city state country isPrivate=private isHazardous=hazardous isStarred=starred"
)

// What Strava really answered is what the graph answers, for every type.
func TestRecordedAnswersComeThrough(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(recordedFolder); err != nil {
		t.Skipf("the recorded answers are not at hand: %v", err)
	}
	s := newPatientStack(t, stravatest.Config{Recorded: os.DirFS(recordedFolder), RecordedParts: true, ReadLimits: [2]int{1000, 1000}}, time.Minute)
	for name, test := range recordedTypes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.ask(t, "{ "+test.query+" }", "")
			if len(got.Errors) > 0 {
				t.Fatalf("%+v", got.Errors)
			}
			answer := walk(t, decoded(t, got.Data), test.at)
			recorded, err := os.ReadFile(recordedFolder + "/" + test.file)
			if err != nil {
				t.Fatal(err)
			}
			said := walk(t, decoded(t, recorded), test.from)
			for pair := range strings.FieldsSeq(test.fields) {
				ours, theirs, renamed := strings.Cut(pair, "=")
				if !renamed {
					theirs = ours
				}
				if have, want := walk(t, answer, ours), walk(t, said, theirs); !same(have, want) {
					t.Errorf("%s is %v, Strava said %v", ours, have, want)
				}
			}
		})
	}
	if violations := s.fake.Violations(); len(violations) > 0 {
		t.Errorf("the client's manners: %v", violations)
	}
}

// The list is what was recorded, unless the activities without a row are asked for too.
func TestTheRecordedList(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(recordedFolder); err != nil {
		t.Skipf("the recorded answers are not at hand: %v", err)
	}
	const rows, meters, others = 37, 544095.9, 4
	for parts, want := range map[bool]int{false: rows, true: rows + others} {
		s := newPatientStack(t, stravatest.Config{Recorded: os.DirFS(recordedFolder), RecordedParts: parts}, time.Minute)
		var got struct {
			Stats      struct{ Totals struct{ Distance float64 } }
			Activities struct{ TotalCount int }
		}
		s.mustAnswer(t, "{ stats { totals { distance } } activities { totalCount } }", &got)
		if got.Activities.TotalCount != want || got.Stats.Totals.Distance != meters {
			t.Errorf("with parts %t there are %d activities of %v m, want %d of %v m", parts, got.Activities.TotalCount,
				got.Stats.Totals.Distance, want, meters)
		}
	}
}

func decoded(t *testing.T, text []byte) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("decode: %v", err)
	}
	return value
}

// walk follows a dotted path into a decoded value.
func walk(t *testing.T, value any, path string) any {
	t.Helper()
	for step := range strings.SplitSeq(path, ".") {
		switch inside := value.(type) {
		case map[string]any:
			if step != "" {
				value = inside[step]
			}
		case []any:
			at, err := strconv.Atoi(step)
			if err != nil || at >= len(inside) {
				t.Fatalf("there is no %s in a list of %d (%s)", step, len(inside), path)
			}
			value = inside[at]
		}
	}
	return value
}

// same compares a value of ours with one of Strava's: ids are texts, an empty text is null, a local time has a false Z,
// an open end is -1.
func same(ours, theirs any) bool {
	if theirs == "" || theirs == json.Number("-1") {
		theirs = nil
	}
	if fmt.Sprint(ours) == fmt.Sprint(theirs) {
		return true
	}
	if left, right, ok := numbers(ours, theirs); ok {
		return math.Abs(left-right) <= 0.0005 && math.Abs(left) < 1<<53 // Whole millimetres; ids to the last digit.
	}
	if left, right := fmt.Sprint(ours), fmt.Sprint(theirs); strings.HasSuffix(right, "Z") {
		at, err := time.Parse(time.RFC3339, right)
		return err == nil && (left == at.UTC().Format(time.RFC3339) || left+"Z" == right)
	}
	return reflect.DeepEqual(ours, theirs)
}

func numbers(ours, theirs any) (left, right float64, ok bool) {
	left, err := strconv.ParseFloat(fmt.Sprint(ours), 64)
	if err != nil {
		return 0, 0, false
	}
	right, err = strconv.ParseFloat(fmt.Sprint(theirs), 64)
	return left, right, err == nil
}
