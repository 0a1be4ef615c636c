package strava_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava"
)

// TestTraps reads bodies of the spellings that Strava's answers really have, where they differ from the specification.
// Those of a list of activities, of an athlete and of the totals are in TestActivities, TestAthlete and TestStats.
func TestTraps(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 8, 27, 13, 54, 22, 0, time.UTC)
	effort := strava.SummarySegmentEffort{ID: 41494197089, ElapsedTime: 116, Distance: 419.58, StartDate: start, StartDateLocal: start.Add(-4 * time.Hour)}
	tests := []struct {
		name string
		call func(context.Context, *strava.Client) (any, error)
		body string
		want any
	}{
		{
			"laps: ids beyond 2^31, no sensors, nulls",
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Laps(ctx, 42)) },
			`[{"id":55554683802,"resource_state":2,"name":"Lap 1","activity":{"id":15605032352,"visibility":"everyone","resource_state":1},
				"athlete":{"id":134815,"resource_state":1},"elapsed_time":1008.0,"moving_time":1008,"start_date":"2026-08-27T13:54:22Z",
				"start_date_local":"2026-08-27T09:54:22Z","distance":133.46,"average_speed":0.13,"max_speed":0,"lap_index":1,"split":1,
				"start_index":0,"end_index":94,"total_elevation_gain":0,"average_cadence":61.5,"device_watts":false,"average_heartrate":null,"pace_zone":null}]`,
			[]strava.Lap{{
				ID: 55554683802, ResourceState: 2, Name: "Lap 1", Activity: strava.MetaActivity{ID: 15605032352, Visibility: "everyone"},
				Athlete: strava.MetaAthlete{ID: 134815}, ElapsedTime: 1008, MovingTime: 1008, StartDate: start,
				StartDateLocal: start.Add(-4 * time.Hour), Distance: 133.46, AverageSpeed: 0.13, LapIndex: 1, Split: 1, EndIndex: 94,
				AverageCadence: new(strava.Float(61.5)),
			}},
		},
		{
			"comments: a cursor that is encoded, an athlete without an id",
			func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.Comments(ctx, 42, strava.CommentsOptions{}))
			},
			`[{"id":2257523290,"activity_id":15605032352,"post_id":null,"resource_state":2,"text":"Chapeau","mentions_metadata":null,
				"created_at":"2026-08-27T13:54:22Z","cursor":"eyJpZCI6MX0%3D%3D","athlete":{"resource_state":2,"firstname":"Ada","lastname":"R."},
				"reaction_count":1,"has_reacted":false},{"id":2257523291,"cursor":null}]`,
			[]strava.Comment{
				{ID: 2257523290, ActivityID: 15605032352, ResourceState: 2, Text: "Chapeau", CreatedAt: start, Cursor: "eyJpZCI6MX0%3D%3D",
					Athlete: strava.SummaryAthlete{ResourceState: 2, Firstname: "Ada", Lastname: "R."}, ReactionCount: 1},
				{ID: 2257523291},
			},
		},
		{
			"kudos: names and nothing else, and a row that is none",
			func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.Kudoers(ctx, 42, strava.PageOptions{}))
			},
			`[{"resource_state":2,"firstname":"Ada","lastname":"R."},{"firstname":"Bo","lastname":"S"},null]`,
			[]strava.SummaryAthlete{{ResourceState: 2, Firstname: "Ada", Lastname: "R."}, {Firstname: "Bo", Lastname: "S"}},
		},
		{
			"zones: seconds with a fraction, an open end, a type that the specification lacks",
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.ActivityZones(ctx, 42)) },
			`[{"score":656.0,"distribution_buckets":[{"min":0,"max":116,"time":19.0},{"min":174,"max":-1,"time":4685.0}],"type":"heartrate",
				"resource_state":3,"sensor_based":true,"points":582,"custom_zones":false},
				{"distribution_buckets":[{"max":2.964,"min":0,"time":3408}],"type":"pace","sensor_based":true}]`,
			[]strava.ActivityZone{
				{Type: "heartrate", ResourceState: 3, SensorBased: true, Score: new(strava.Int(656)), Points: new(strava.Int(582)),
					DistributionBuckets: []strava.TimedZoneRange{{ZoneRange: strava.ZoneRange{Max: 116}, Time: 19}, {ZoneRange: strava.ZoneRange{Min: 174, Max: -1}, Time: 4685}}},
				{Type: "pace", SensorBased: true, DistributionBuckets: []strava.TimedZoneRange{{ZoneRange: strava.ZoneRange{Max: 2.964}, Time: 3408}}},
			},
		},
		{
			"training zones: an object, without power",
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.AthleteZones(ctx)) },
			`{"heart_rate":{"custom_zones":true,"zones":[{"min":0,"max":111},{"min":166,"max":-1}]}}`,
			&strava.Zones{HeartRate: &strava.HeartRateZoneRanges{CustomZones: true, Zones: []strava.ZoneRange{{Max: 111}, {Min: 166, Max: -1}}}},
		},
		{
			"photos: sizes by a text, a video, no place",
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Photos(ctx, 42, 5000)) },
			`[{"unique_id":"p1","athlete_id":134815,"activity_id":16181809559,"activity_name":"Run","post_id":null,"resource_state":2,"caption":"",
				"type":2,"source":1,"status":3,"uploaded_at":null,"created_at":"2026-08-27T13:54:22Z","created_at_local":"2026-08-27T09:54:22Z",
				"urls":{"5000":"https://photos.example/p1.jpg"},"placeholder_image":null,"sizes":{"5000":[1080,1920.0]},"default_photo":true,
				"cursor":null,"duration":4.0,"video_url":"https://photos.example/p1.m3u8","location":null}]`,
			[]strava.Photo{{
				UniqueID: "p1", AthleteID: 134815, ActivityID: 16181809559, ActivityName: "Run", ResourceState: 2, Type: 2, Source: 1, Status: 3,
				CreatedAt: start, CreatedAtLocal: start.Add(-4 * time.Hour), URLs: map[string]string{"5000": "https://photos.example/p1.jpg"},
				Sizes: map[string][]strava.Int{"5000": {1080, 1920}}, DefaultPhoto: true, Duration: new(strava.Float(4)),
				VideoURL: "https://photos.example/p1.m3u8",
			}},
		},
		{
			"a bicycle: no brand",
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Gear(ctx, "b42")) },
			`{"id":"b42","primary":false,"name":"Trek","nickname":null,"resource_state":3,"retired":false,"distance":388206,"converted_distance":388.2,
				"brand_name":null,"model_name":null,"frame_type":3,"description":null,"weight":9.0}`,
			&strava.DetailedGear{
				SummaryGear: strava.SummaryGear{ID: "b42", Name: "Trek", ResourceState: 3, Distance: 388206, ConvertedDistance: new(strava.Float(388.2))},
				FrameType:   new(strava.Int(3)), Weight: new(strava.Float(9)),
			},
		},
		{
			"a route: an id beyond 2^53, a distance of a thousand decimals, no full line",
			func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.Route(ctx, 3329485690369457990))
			},
			`{"id":3329485690369457990,"id_str":"3329485690369457990","description":null,"distance":5639.970997741021,"elevation_gain":19.770000000000003,
				"map":{"id":"r3329485690369457990","summary_polyline":null,"polyline":""},"name":"Loop","type":2,"sub_type":1,"timestamp":1740496036,
				"estimated_moving_time":null,"waypoints":[{"latlng":[40.7,-73.9],"target_latlng":null,"categories":[],"title":"Tap","distance_into_route":12}],
				"athlete":{"id":134815,"bio":null,"city":null,"profile":null,"friend":null,"weight":65.0}}`,
			&strava.Route{
				ID: 3329485690369457990, IDStr: "3329485690369457990", Distance: 5639.970997741021, ElevationGain: 19.770000000000003,
				Map: strava.PolylineMap{ID: "r3329485690369457990"}, Name: "Loop", Type: 2, SubType: 1, Timestamp: 1740496036,
				Waypoints: []strava.Waypoint{{Latlng: strava.LatLng{40.7, -73.9}, Categories: []string{}, Title: "Tap", DistanceIntoRoute: 12}},
				Athlete:   strava.SummaryAthlete{ID: 134815},
			},
		},
		{
			"starred segments: the record is an effort",
			func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.StarredSegments(ctx, strava.PageOptions{}))
			},
			`[{"id":1436274,"name":"Reservoir","average_grade":-0.0,"elevation_profile":null,"elevation_profiles":null,"start_latlng":[],"city":null,
				"starred":true,"pr_time":116,"starred_date":"2026-08-27T13:54:22Z","athlete_pr_effort":{"id":41494197089,"activity_id":1524689861,
				"elapsed_time":116,"distance":419.58,"start_date":"2026-08-27T13:54:22Z","start_date_local":"2026-08-27T09:54:22Z","is_kom":false}}]`,
			[]strava.SummarySegment{{
				ID: 1436274, Name: "Reservoir", StartLatlng: strava.LatLng{}, Starred: true, PRTime: new(strava.Int(116)), StarredDate: start,
				AthletePREffort: func() *strava.SummarySegmentEffort { e := effort; e.ActivityID = 1524689861; return &e }(),
			}},
		},
		{
			"a segment: a record with a date, a legend with a number in quotes",
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Segment(ctx, 42)) },
			`{"id":42,"athlete_segment_stats":{"pr_elapsed_time":116.0,"pr_date":"2018-06-22","effort_count":5},
				"local_legend":{"athlete_id":1,"effort_count":"22","effort_counts":{"overall":"22 efforts"}},"xoms":{"kom":"1:09","qom":null}}`,
			&strava.DetailedSegment{
				SummarySegment: strava.SummarySegment{ID: 42, AthleteSegmentStats: &strava.SummaryPRSegmentEffort{PRElapsedTime: 116, PRDate: "2018-06-22", EffortCount: 5}},
				LocalLegend:    &strava.LocalLegend{AthleteID: 1, EffortCount: 22, EffortCounts: map[string]string{"overall": "22 efforts"}},
				XOMs:           &strava.XOMs{KOM: "1:09"},
			},
		},
		{
			"an effort: no ranks, an activity and an athlete in full",
			func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.SegmentEffort(ctx, 41494197089))
			},
			`{"id":41494197089,"name":"Climb","activity":{"id":1655832792,"name":"Run","distance":14660.7,"visibility":"everyone"},
				"athlete":{"id":134815,"firstname":"Ada"},"elapsed_time":116,"moving_time":116,"start_date":"2026-08-27T13:54:22Z",
				"start_date_local":"2026-08-27T09:54:22Z","distance":419.58,"start_index":109,"end_index":225,"kom_rank":null,"pr_rank":1,
				"achievements":[{"type_id":3,"type":"pr","rank":1}],"segment":{"id":42,"elevation_profiles":null}}`,
			&strava.DetailedSegmentEffort{
				SummarySegmentEffort: effort, Name: "Climb", Activity: strava.MetaActivity{ID: 1655832792, Visibility: "everyone"},
				Athlete: strava.MetaAthlete{ID: 134815}, MovingTime: 116, StartIndex: 109, EndIndex: 225, PRRank: new(strava.Int(1)),
				Achievements: []strava.Achievement{{TypeID: 3, Type: "pr", Rank: 1}}, Segment: &strava.SummarySegment{ID: 42},
			},
		},
		{
			"a club: no pictures, no site",
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Club(ctx, 42)) },
			`{"id":42,"resource_state":3,"name":"Runners","cover_photo":null,"activity_types":["Run","SportOfTomorrow"],"city":null,"url":null,
				"membership":null,"admin":false,"website":null,"following_count":3.0,"owner_id":7}`,
			&strava.DetailedClub{
				SummaryClub:    strava.SummaryClub{MetaClub: strava.MetaClub{ID: 42, ResourceState: 3, Name: "Runners"}, ActivityTypes: []string{"Run", "SportOfTomorrow"}},
				FollowingCount: 3,
			},
		},
		{
			"club events: an empty time, no organizer, no route",
			func(ctx context.Context, c *strava.Client) (any, error) {
				return called(c.ClubEvents(ctx, 42, strava.PageOptions{}))
			},
			`[{"id":339353,"title":"Ride","club_id":42,"club":{"id":42,"resource_state":1,"name":"Runners"},"organizing_athlete":null,"created_at":"",
				"route_id":null,"route":null,"upcoming_occurrences":["2026-08-27T13:54:22Z"],"zone":"Europe/Berlin","start_latlng":null}]`,
			[]strava.ClubEvent{{
				ID: 339353, Title: "Ride", ClubID: 42, Club: strava.MetaClub{ID: 42, ResourceState: 1, Name: "Runners"},
				UpcomingOccurrences: []time.Time{start}, Zone: "Europe/Berlin",
			}},
		},
		{
			"an upload: null for what is not yet known",
			func(ctx context.Context, c *strava.Client) (any, error) { return called(c.Upload(ctx, 2136460097)) },
			`{"id":2136460097,"id_str":"2136460097","external_id":null,"error":null,"status":"Your activity is still being processed.","activity_id":null}`,
			&strava.Upload{ID: 2136460097, IDStr: "2136460097", Status: "Your activity is still being processed."},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := test.call(t.Context(), serve(t, answers(200, test.body)))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestTrapsOfADetail reads what only the detail of an activity has.
func TestTrapsOfADetail(t *testing.T) {
	t.Parallel()
	body := `{"id":1946417534,"sport_type":"SportOfTomorrow","prefer_perceived_exertion":null,"laps":null,"best_efforts":[],
		"segment_efforts":[{"id":49065850796,"name":"Mile 1","pr_rank":null,"achievements":[],"hidden":true,"segment":{"id":8457023}}],
		"splits_standard":[{"distance":1609.9,"elapsed_time":489,"elevation_difference":null,"moving_time":489.0,"split":1,"average_speed":3.29,
			"average_heartrate":161.37832310838445,"pace_zone":null}],
		"similar_activities":{"effort_count":4,"average_speed":2.874059649655219,"pr_rank":null,"frequency_milestone":null,
			"trend":{"speeds":[3.23,3],"current_activity_index":null,"direction":0}},
		"stats_visibility":[{"type":"heart_rate","visibility":"only_me"}],"available_zones":["heartrate","pace"]}`
	want := &strava.DetailedActivity{
		SummaryActivity: strava.SummaryActivity{ID: 1946417534, SportType: "SportOfTomorrow"},
		BestEfforts:     []strava.DetailedSegmentEffort{},
		SegmentEfforts: []strava.DetailedSegmentEffort{{
			SummarySegmentEffort: strava.SummarySegmentEffort{ID: 49065850796}, Name: "Mile 1", Achievements: []strava.Achievement{}, Hidden: true,
			Segment: &strava.SummarySegment{ID: 8457023},
		}},
		SplitsStandard: []strava.Split{{Distance: 1609.9, ElapsedTime: 489, MovingTime: 489, Split: 1, AverageSpeed: 3.29,
			AverageHeartrate: new(strava.Float(161.37832310838445))}},
		SimilarActivities: &strava.SimilarActivities{EffortCount: 4, AverageSpeed: 2.874059649655219,
			Trend: strava.ActivityTrend{Speeds: []strava.Float{3.23, 3}}},
		StatsVisibility: []strava.StatVisibility{{Type: "heart_rate", Visibility: "only_me"}},
		AvailableZones:  []string{"heartrate", "pace"},
	}
	got, err := serve(t, answers(200, body)).Activity(t.Context(), 1946417534)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUploadPending(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		upload strava.Upload
		want   bool
	}{
		{"in the works", strava.Upload{Status: "Your activity is still being processed."}, true},
		{"a new sentence", strava.Upload{Status: "Waiting in line."}, true},
		{"ready", strava.Upload{Status: "Your activity is ready.", ActivityID: 7}, false},
		{"refused", strava.Upload{Status: "There was an error processing your activity.", Error: "duplicate of activity 7"}, false},
		{"made and deleted", strava.Upload{Status: "The created activity has been deleted."}, false},
	}
	for _, test := range tests {
		if got := test.upload.Pending(); got != test.want {
			t.Errorf("%s: %t, want %t", test.name, got, test.want)
		}
	}
}
