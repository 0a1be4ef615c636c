package strava_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"domestique/strava"
)

// recordedBodies are answers, and the call that they came to. Some are of Strava's documentation, and a few of those are
// of another operation than they are named after. Its example for updateLoggedInAthlete is not among them: that athlete's
// id is beyond 64 bits, and an athlete without an id is none.
type recordedBodies struct {
	call func(context.Context, *strava.Client) (any, error)
	// files are names; one that begins with [] holds an element of the list that the call answers.
	files []string
}

func allRecordedBodies() []recordedBodies {
	return []recordedBodies{
		{
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Athlete(ctx)) },
			[]string{"athlete.json", "models/detailed_athlete.json", "spec_examples/getLoggedInAthlete.200.json"},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.AthleteZones(ctx)) },
			[]string{"athlete_zones.json"},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Stats(ctx, 42)) },
			[]string{"athlete_stats.json", "models/activity_stats.json", "official_go_cassettes_2014/athlete_stats.json"},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.AthleteClubs(ctx, strava.PageOptions{}))
			},
			[]string{"athlete_clubs.json", "[]models/summary_club.json", "spec_examples/getLoggedInAthleteClubs.200.json"},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Club(ctx, 42)) },
			[]string{"club.json", "models/detailed_club.json", "spec_examples/getClubById.200.json"},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.ClubEvents(ctx, 42, strava.PageOptions{}))
			},
			[]string{"[]models/club_event.json"},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.Activities(ctx, strava.ActivitiesOptions{}))
			},
			[]string{
				"[]models/summary_activity.json", "athlete_activities_page1_default30.json", "athlete_activities_window_after_before.json",
				"spec_examples/getLoggedInAthleteActivities.200.json",
				"official_go_cassettes_2014/athlete_list_activies.json", "official_go_cassettes_2014/current_athlete_list_activities.json",
			},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Activity(ctx, 42)) },
			[]string{
				"activity_run_detailed.json", "activity_ride_manual_detailed.json", "create_activity_201.json", "update_activity.json",
				"models/detailed_activities_run.json", "models/detailed_activities_ride.json", "models/detailed_activities_swim.json",
				"stravalib/activity.3.json", "stravalib/activity-manual.3.json",
				"official_go_cassettes_2014/activity_get.json", "official_go_cassettes_2014/activity_get_run.json",
				"official_go_cassettes_2014/activity_get_ride_all_efforts.json", "spec_examples/createActivity.201.json",
				"spec_examples/getActivityById.200.json", "spec_examples/updateActivityById.200.json",
			},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.Comments(ctx, 42, strava.CommentsOptions{}))
			},
			[]string{
				"activity_comments_page.json", "[]models/comment.json", "activity_comments_cursor_p1.json", "activity_comments_cursor_p2.json",
				"spec_examples/getCommentsByActivityId.200.json",
			},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.Kudoers(ctx, 42, strava.PageOptions{}))
			},
			[]string{"activity_kudos.json", "spec_examples/getKudoersByActivityId.200.json"},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Laps(ctx, 42)) },
			[]string{"activity_laps.json", "[]models/lap.json", "spec_examples/getLapsByActivityId.200.json", "official_go_cassettes_2014/activity_list_laps.json"},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.ActivityZones(ctx, 42)) },
			[]string{
				"activity_zones.json", "[]models/activity_zone.json", "stravalib/example_zone_response.json", "official_go_cassettes_2014/activity_list_zones.json",
				"spec_examples/getLoggedInAthleteZones.200.json",
			},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Photos(ctx, 42, 5000)) },
			[]string{"activity_photos.json", "[]models/detailed_photo.json"},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.ActivityStreams(ctx, 42, strava.StreamTypes()))
			},
			[]string{
				"activity_streams.json", "segment_streams.json", "segment_effort_streams.json",
				"official_go_cassettes_2014/activity_stream.json", "spec_examples/getActivityStreams.200.json",
				"spec_examples/getRouteStreams.200.json", "spec_examples/getSegmentStreams.200.json",
				"spec_examples/getSegmentEffortStreams.200.json",
			},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Gear(ctx, "b42")) },
			[]string{
				"gear_bike.json", "gear_shoe.json", "models/detailed_gear_bike.json", "models/detailed_gear_shoe.json", "models/summary_gear.json",
				"official_go_cassettes_2014/gear_get_bike.json", "official_go_cassettes_2014/gear_get_shoe.json",
				"spec_examples/getGearById.200.json",
			},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Route(ctx, 42)) },
			[]string{"route.json", "models/route.json", "stravalib/example_route_response.json"},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.Routes(ctx, 42, strava.PageOptions{}))
			},
			[]string{"athlete_routes.json"},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Segment(ctx, 42)) },
			[]string{
				"segment.json", "models/detailed_segment.json", "models/summary_segment.json", "spec_examples/getSegmentById.200.json",
				"spec_examples/starSegment.200.json", "spec_examples/getLoggedInAthleteStarredSegments.200.json",
			},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.StarredSegments(ctx, strava.PageOptions{}))
			},
			[]string{"starred_segments.json"},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) {
				segments, err := c.ExploreSegments(ctx, strava.ExploreOptions{NorthEast: strava.Position{1, 1}})
				return struct {
					Segments []strava.ExplorerSegment `json:"segments"`
				}{segments}, err
			},
			[]string{"segments_explore.json", "spec_examples/exploreSegments.200.json"},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.SegmentEffort(ctx, 42)) },
			[]string{
				"segment_effort.json", "models/detailed_segment_effort.json", "official_go_cassettes_2014/segment_effort_get.json",
				"spec_examples/getSegmentEffortById.200.json",
			},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.SegmentEfforts(ctx, strava.SegmentEffortsOptions{SegmentID: 42}))
			},
			[]string{
				"segment_efforts_all.json", "official_go_cassettes_2014/segment_list_efforts.json", "spec_examples/getEffortsBySegmentId.200.json",
			},
		},
		{
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Upload(ctx, 42)) },
			[]string{"upload_status.json", "official_go_cassettes_2014/upload_create.json", "official_go_cassettes_2014/upload_get.json"},
		},
	}
}

// unreadMembers are what the client leaves out of recorded answers: the end of the member's path, and why.
func unreadMembers() map[string]string {
	const (
		unvalued = "no recorded answer has a value, so that its kind is unknown"
		old      = "in answers of before 2019 only"
		twice    = "the same as start_latlng and end_latlng"
	)
	return map[string]string{
		".map.resource_state":          "tells nothing that Polyline does not",
		".athlete.weight":              "the athlete's own call tells it",
		".start_latitude":              twice,
		".start_longitude":             twice,
		".end_latitude":                twice,
		".end_longitude":               twice,
		".post_id":                     unvalued,
		".mentions_metadata":           unvalued,
		".placeholder_image":           unvalued,
		".frequency_milestone":         unvalued,
		".cursor":                      unvalued, // A photo's.
		".truncated":                   old,
		".guid":                        old,
		".calories":                    old, // In lists.
		".segment.pr_effort_id":        old,
		".segment.pr_distance":         old,
		".leaderboard_opt_out":         old,
		".segment_leaderboard_opt_out": old,
		".partner_brand_tag":           old,
		".highlighted_kudosers":        old,
		".post_count":                  "in the documentation's example only",
		".owner_id":                    "in the documentation's example only",
	}
}

// TestRecordedBodies reads every recorded answer of the client's endpoints: what the client has a member for arrives
// unchanged, and what it has none for is in the list.
func TestRecordedBodies(t *testing.T) {
	t.Parallel()
	ends := sortedKeys(unreadMembers())
	for _, bodies := range allRecordedBodies() {
		for _, name := range bodies.files {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				file, isElement := strings.CutPrefix(name, "[]")
				body := readRecorded(t, file)
				if isElement {
					body = "[" + body + "]"
				}
				value, err := bodies.call(t.Context(), serve(t, answers(200, body)))
				if err != nil {
					t.Fatal(err)
				}
				if _, isStreams := value.(*strava.StreamSet); isStreams {
					body = keyByType(t, body)
				}
				wantSame(t, body, value)
				for _, path := range unread("", parse(t, body), reflect.TypeOf(value)) {
					if !slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(path, end) }) {
						t.Errorf("%s is not read", path)
					}
				}
			})
		}
	}
}

// unusedBodies are recorded answers that no call of the client's reads, or reads as they are.
func unusedBodies() map[string]string {
	const part, removed = "a part of other bodies", "of an endpoint that is gone"
	return map[string]string{
		"models/athlete_segment_stats.json":                          part,
		"models/explorer_segment.json":                               part,
		"models/local_legend.json":                                   part,
		"models/photos_summary.json":                                 part,
		"models/similar_activities.json":                             part,
		"models/split.json":                                          part,
		"models/stats_visibility.json":                               part,
		"models/xoms.json":                                           part,
		"spec_examples/getClubActivitiesById.200.json":               removed,
		"spec_examples/getClubAdminsById.200.json":                   removed,
		"spec_examples/getClubMembersById.200.json":                  removed,
		"spec_examples/updateLoggedInAthlete.200.json":               "the id is beyond 64 bits",
		"stravalib/athlete.2.json":                                   "of 2013",
		"stravalib/athlete.3.json":                                   "of 2013",
		"official_go_cassettes_2014/upload_create_unauthorized.json": "an error",
	}
}

// TestNoRecordedBodyIsForgotten looks for files that TestRecordedBodies does not read. Those in the folders errors,
// headers, oauth and webhooks are other tests'.
func TestNoRecordedBodyIsForgotten(t *testing.T) {
	t.Parallel()
	unused := unusedBodies()
	var read []string
	for _, bodies := range allRecordedBodies() {
		for _, name := range bodies.files {
			read = append(read, strings.TrimPrefix(name, "[]"))
		}
	}
	for _, folder := range []string{"", "models", "stravalib", "official_go_cassettes_2014", "spec_examples"} {
		for _, name := range globRecorded(t, filepath.Join(folder, "*.json")) {
			if slices.Contains(read, name) == (unused[name] != "") {
				t.Errorf("%s: is read: %t, is unused: %q", name, slices.Contains(read, name), unused[name])
			}
		}
	}
}

// keyByType gives a list of streams the form of the object.
func keyByType(t *testing.T, body string) string {
	t.Helper()
	channels, isList := parse(t, body).([]any)
	if !isList {
		return body
	}
	keyed := map[string]any{}
	for _, channel := range channels {
		members := channel.(map[string]any)
		keyed[members["type"].(string)] = members
	}
	text, err := json.Marshal(keyed)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// unread returns the paths of the members of body that the type has no member for. The indexes of lists are left out.
func unread(path string, body any, wire reflect.Type) []string {
	for wire.Kind() == reflect.Pointer {
		wire = wire.Elem()
	}
	var paths []string
	switch body := body.(type) {
	case []any:
		if wire.Kind() != reflect.Slice {
			return nil
		}
		for _, element := range body {
			paths = append(paths, unread(path, element, wire.Elem())...)
		}
	case map[string]any:
		switch {
		case wire.Kind() != reflect.Struct, strings.HasPrefix(wire.Name(), "Stream["):
			return nil // A map has everything; the streams are compared whole.
		case wire == reflect.TypeFor[strava.MetaActivity](), wire == reflect.TypeFor[strava.MetaAthlete]():
			return nil // A reference; what more it says is the other object's.
		}
		known := members(wire)
		for name, value := range body {
			member, ok := known[name]
			if !ok {
				paths = append(paths, path+"."+name)
				continue
			}
			paths = append(paths, unread(path+"."+name, value, member)...)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
