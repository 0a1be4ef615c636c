package fitness_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/strava"
)

// rowsServer is a Strava whose list of activities has these rows, and whose other answers are by path.
func rowsServer(tb testing.TB, rows string, answers map[string]string) *fitness.Service {
	tb.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body, ok := answers[r.URL.Path]
		switch {
		case ok:
		case r.URL.Path == "/athlete/activities" && r.URL.Query().Get("page") == "1":
			body = "[" + rows + "]"
		case r.URL.Path == "/athlete/activities":
			body = "[]"
		case r.URL.Path == "/athlete":
			body = `{"id": 1}`
		default:
			w.WriteHeader(http.StatusNotFound)
			body = `{"message":"Record Not Found","errors":[{"resource":"resource","field":"path","code":"invalid"}]}`
		}
		_, _ = w.Write([]byte(body))
	}))
	tb.Cleanup(server.Close)
	client := newClient(tb, strava.Config{BaseURL: server.URL, Tokens: oneToken{token: "token"}})
	return newService(tb, fitness.Config{Strava: client})
}

// converted is what becomes of a row of Strava's list.
func converted(tb testing.TB, row string) *fitness.Activity {
	tb.Helper()
	page, err := rowsServer(tb, row, nil).Activities(asOwner(tb), fitness.ActivitiesQuery{})
	if err != nil {
		tb.Fatalf("list activities: %v", err)
	}
	if len(page.Activities) != 1 {
		tb.Fatalf("got %d activities, want 1", len(page.Activities))
	}
	return page.Activities[0]
}

func TestAFullRowIsConverted(t *testing.T) {
	t.Parallel()
	got := converted(t, `{
		"id": 16181809559, "name": "Race day", "sport_type": "TrailRun", "type": "Run", "workout_type": 1,
		"start_date": "2025-07-01T03:30:00Z", "start_date_local": "2025-06-30T23:30:00Z",
		"timezone": "(GMT-05:00) America/New_York", "utc_offset": -14400.0,
		"distance": 22601.3, "moving_time": 7772, "elapsed_time": 7792.0, "total_elevation_gain": 202.0,
		"elev_high": 48.2, "elev_low": 10.6, "average_speed": 2.908, "max_speed": 7.1,
		"has_heartrate": true, "average_heartrate": 159.6, "max_heartrate": 174.0, "average_cadence": 78.7,
		"average_temp": 20, "average_watts": 250.5, "max_watts": 480, "weighted_average_watts": 260,
		"device_watts": true, "kilojoules": 1944.7, "suffer_score": 480.0,
		"visibility": "followers_only", "trainer": false, "commute": true, "manual": false, "flagged": false,
		"device_name": "Garmin Forerunner 965", "gear_id": "g19999385",
		"start_latlng": [40.756707, -73.997949], "end_latlng": [40.770385, -73.978895],
		"map": {"id": "a1", "summary_polyline": "khwwFdvsbMgBeB"},
		"kudos_count": 7, "comment_count": 2, "achievement_count": 4, "pr_count": 1, "photo_count": 0,
		"total_photo_count": 4, "athlete_count": 3}`)

	want := &fitness.Activity{
		StravaID: 16181809559, Name: "Race day", Sport: fitness.SportTrailRun, SportType: "TrailRun",
		StartedAt: time.Date(2025, time.July, 1, 3, 30, 0, 0, time.UTC),
		StartedAtLocal: fitness.LocalDateTime{
			Date: fitness.Date{Year: 2025, Month: time.June, Day: 30}, Hour: 23, Minute: 30,
		},
		TimeZone: new("America/New_York"), UTCOffset: new(-14400),
		DistanceMeters: 22601.3, MovingTime: 7772, ElapsedTime: 7792, ElevationGainMeters: 202,
		ElevationHighMeters: new(48.2), ElevationLowMeters: new(10.6),
		AverageMetersPerSecond: new(2.908), MaxMetersPerSecond: new(7.1),
		HasHeartRate: true, AverageHeartRate: new(159.6), MaxHeartRate: new(174.0), AverageCadence: new(157.4),
		AverageCelsius: new(20.0), AveragePower: new(250.5), MaxPower: new(480), WeightedAveragePower: new(260),
		HasPowerMeter: true, Kilojoules: new(1944.7), RelativeEffort: new(480.0),
		WorkoutType: new(fitness.WorkoutTypeRace), Visibility: new(fitness.VisibilityFollowersOnly), IsCommute: true,
		Device: new("Garmin Forerunner 965"), GearID: "g19999385", SummaryPolyline: "khwwFdvsbMgBeB",
		Start:      &fitness.Coordinates{Latitude: 40.756707, Longitude: -73.997949},
		End:        &fitness.Coordinates{Latitude: 40.770385, Longitude: -73.978895},
		KudosCount: 7, CommentCount: 2, AchievementCount: 4, PersonalRecordCount: 1, PhotoCount: 4, AthleteCount: 3,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.URL() != "https://www.strava.com/activities/16181809559" {
		t.Errorf("got URL %s", got.URL())
	}
	if got.Map() == nil || *got.Map().SummaryPolyline() != "khwwFdvsbMgBeB" {
		t.Error("the trace is not the summary polyline")
	}
}

// A manual entry of an indoor sport lacks nearly everything.
func TestAnEmptyRowIsConverted(t *testing.T) {
	t.Parallel()
	got := converted(t, `{
		"id": 1, "name": "Weights", "type": "WeightTraining", "start_date": "2025-07-01T03:30:00Z",
		"utc_offset": -14400.0, "distance": 0.0, "moving_time": 1800, "elapsed_time": 1800, "workout_type": 30,
		"start_latlng": [], "end_latlng": null, "map": {"id": "a1", "summary_polyline": ""}, "gear_id": null}`)

	want := &fitness.Activity{
		StravaID: 1, Name: "Weights", Sport: fitness.SportWeightTraining, SportType: "WeightTraining",
		StartedAt: time.Date(2025, time.July, 1, 3, 30, 0, 0, time.UTC),
		StartedAtLocal: fitness.LocalDateTime{
			Date: fitness.Date{Year: 2025, Month: time.June, Day: 30}, Hour: 23, Minute: 30,
		},
		UTCOffset: new(-14400), MovingTime: 1800, ElapsedTime: 1800,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.AveragePace(fitness.PaceUnitSecondsPerKilometer) != nil {
		t.Error("there is a pace although nothing was covered")
	}
	if got.AverageSpeed(fitness.SpeedUnitMetersPerSecond) != nil || got.AverageTemperature(fitness.TemperatureUnitCelsius) != nil {
		t.Error("there is a speed or a temperature although Strava gave none")
	}
	if got.ElevationHigh(fitness.LengthUnitFeet) != nil || got.Map() != nil {
		t.Error("there is an altitude or a trace although Strava gave none")
	}
}

func TestWhatARowMeans(t *testing.T) {
	t.Parallel()
	type property func(*fitness.Activity) any
	workout := func(a *fitness.Activity) any { return a.WorkoutType }
	visible := func(a *fitness.Activity) any { return a.Visibility }
	indoor := func(a *fitness.Activity) any { return a.IsIndoor }
	zone := func(a *fitness.Activity) any { return a.TimeZone }
	cadence := func(a *fitness.Activity) any { return a.AverageCadence }
	local := func(a *fitness.Activity) any { return a.StartedAtLocal.String() }
	none := (*fitness.WorkoutType)(nil)

	for name, test := range map[string]struct {
		row  string
		of   property
		want any
	}{
		"a run without a number":      {`"sport_type": "Run"`, workout, new(fitness.WorkoutTypeDefault)},
		"a run with null":             {`"sport_type": "Run", "workout_type": null`, workout, new(fitness.WorkoutTypeDefault)},
		"a run with 0":                {`"sport_type": "Run", "workout_type": 0`, workout, new(fitness.WorkoutTypeDefault)},
		"a race":                      {`"sport_type": "Run", "workout_type": 1`, workout, new(fitness.WorkoutTypeRace)},
		"a long run":                  {`"sport_type": "TrailRun", "workout_type": 2`, workout, new(fitness.WorkoutTypeLongRun)},
		"a workout run":               {`"sport_type": "VirtualRun", "workout_type": 3`, workout, new(fitness.WorkoutTypeWorkout)},
		"a ride with 10":              {`"sport_type": "Ride", "workout_type": 10`, workout, new(fitness.WorkoutTypeDefault)},
		"a ride race":                 {`"sport_type": "GravelRide", "workout_type": 11`, workout, new(fitness.WorkoutTypeRace)},
		"a workout ride":              {`"sport_type": "Ride", "workout_type": 12`, workout, new(fitness.WorkoutTypeWorkout)},
		"a ride with a run's number":  {`"sport_type": "Ride", "workout_type": 2`, workout, none},
		"a run with a ride's number":  {`"sport_type": "Run", "workout_type": 11`, workout, none},
		"a swim":                      {`"sport_type": "Swim", "workout_type": null`, workout, none},
		"everyone":                    {`"visibility": "everyone"`, visible, new(fitness.VisibilityEveryone)},
		"only me":                     {`"visibility": "only_me"`, visible, new(fitness.VisibilityOnlyMe)},
		"no visibility":               {`"private": false`, visible, (*fitness.Visibility)(nil)},
		"an unknown visibility":       {`"visibility": "friends"`, visible, (*fitness.Visibility)(nil)},
		"on a trainer":                {`"sport_type": "Ride", "trainer": true`, indoor, true},
		"virtual":                     {`"sport_type": "VirtualRow"`, indoor, true},
		"outside":                     {`"sport_type": "Ride", "trainer": false`, indoor, false},
		"a zone":                      {`"timezone": "(GMT+01:00) Europe/Berlin"`, zone, new("Europe/Berlin")},
		"a zone that looks like code": {`"timezone": "(GMT-05:00) Etc/GMT+5"`, zone, new("Etc/GMT+5")},
		"a zone without a prefix":     {`"timezone": "Cuba"`, zone, new("Cuba")},
		"no zone":                     {`"timezone": null`, zone, (*string)(nil)},
		"a run's cadence":             {`"sport_type": "Run", "average_cadence": 80.5`, cadence, new(161.0)},
		"a ride's cadence":            {`"sport_type": "Ride", "average_cadence": 80.5`, cadence, new(80.5)},
		"no cadence":                  {`"sport_type": "Run"`, cadence, (*float64)(nil)},
		"a hidden start":              {`"start_date_local": "2025-07-01T00:00:01Z"`, local, "2025-07-01T00:00:01"},
		"no local start": {`"start_date": "2025-07-01T22:30:00Z", "utc_offset": 7200`, local,
			"2025-07-02T00:30:00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := test.of(converted(t, `{"id": 1, `+test.row+`}`))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnAthleteIsConverted(t *testing.T) {
	t.Parallel()
	service := rowsServer(t, "", map[string]string{"/athlete": `{
		"id": 26462176, "resource_state": 3, "username": "robin", "firstname": "Robin", "lastname": "Doe", "bio": null,
		"city": "Bern", "state": "", "country": "Switzerland", "created_at": "2017-11-28T19:05:35Z",
		"profile": "https://pictures.example/large.jpg", "profile_medium": "https://pictures.example/medium.jpg",
		"follower_count": 211, "friend_count": 286.0, "measurement_preference": "feet", "ftp": null, "weight": 70.5,
		"bikes": [], "shoes": [{"id": "g1", "primary": true, "name": "Fast ones", "retired": false, "distance": 452834}]}`})

	got, err := service.Athlete(asOwner(t))
	if err != nil {
		t.Fatal(err)
	}
	want := &fitness.Athlete{
		StravaID: 26462176, FirstName: new("Robin"), LastName: new("Doe"), Username: new("robin"),
		City: new("Bern"), Country: new("Switzerland"), Measurement: new(fitness.MeasurementImperial),
		Picture: new("https://pictures.example/large.jpg"), WeightKilograms: new(70.5),
		FollowerCount: new(211), FriendCount: new(286),
		CreatedAt: new(time.Date(2017, time.November, 28, 19, 5, 35, 0, time.UTC)),
		Bikes:     []*fitness.Gear{},
		Shoes:     []*fitness.Gear{{StravaID: "g1", Name: "Fast ones", IsPrimary: true, DistanceMeters: 452834}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Without profile:read_all Strava answers with less, and for no picture it gives the path of a placeholder.
func TestAnAthleteOfFewScopesIsConverted(t *testing.T) {
	t.Parallel()
	service := rowsServer(t, "", map[string]string{"/athlete": `{
		"id": 7, "resource_state": 2, "firstname": "Robin", "lastname": "", "weight": 0,
		"profile": "avatar/athlete/large.png", "profile_medium": "avatar/athlete/medium.png"}`})

	got, err := service.Athlete(asOwner(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&fitness.Athlete{StravaID: 7, FirstName: new("Robin")}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.URL() != "https://www.strava.com/athletes/7" {
		t.Errorf("got URL %s", got.URL())
	}
}
