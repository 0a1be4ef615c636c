package fitness

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"domestique/strava"
)

// What Strava says becomes what this package means, here and nowhere else.

func activityOf(row *strava.SummaryActivity) *Activity {
	word := cmp.Or(row.SportType, row.Type) // answers of before 2022 have the coarser word alone
	sport := sportOf(word)
	return &Activity{
		StravaID:  int64(row.ID),
		Name:      row.Name,
		Sport:     sport,
		SportType: word,

		StartedAt:      row.StartDate.UTC(),
		StartedAtLocal: startedAtLocal(row),
		TimeZone:       zoneName(row.Timezone),
		UTCOffset:      optional[int](row.UTCOffset),

		DistanceMeters:         float64(row.Distance),
		MovingTime:             int(row.MovingTime),
		ElapsedTime:            int(row.ElapsedTime),
		ElevationGainMeters:    float64(row.TotalElevationGain),
		ElevationHighMeters:    optional[float64](row.ElevHigh),
		ElevationLowMeters:     optional[float64](row.ElevLow),
		AverageMetersPerSecond: nonZero(float64(row.AverageSpeed)),
		MaxMetersPerSecond:     nonZero(float64(row.MaxSpeed)),

		HasHeartRate:         row.HasHeartrate || row.AverageHeartrate != nil,
		AverageHeartRate:     optional[float64](row.AverageHeartrate),
		MaxHeartRate:         optional[float64](row.MaxHeartrate),
		AverageCadence:       cadence(sport, row.AverageCadence),
		AverageCelsius:       optional[float64](row.AverageTemp),
		AveragePower:         optional[float64](row.AverageWatts),
		MaxPower:             optional[int](row.MaxWatts),
		WeightedAveragePower: optional[int](row.WeightedAverageWatts),
		HasPowerMeter:        row.DeviceWatts,
		Kilojoules:           optional[float64](row.Kilojoules),
		RelativeEffort:       optional[float64](row.SufferScore),

		WorkoutType: workoutType(sport, row.WorkoutType),
		Visibility:  visibility(row.Visibility),
		IsCommute:   row.Commute,
		IsIndoor:    row.Trainer || sport.isVirtual(),
		IsManual:    row.Manual,
		IsFlagged:   row.Flagged,
		Device:      optionalText(row.DeviceName),
		GearID:      row.GearID,

		SummaryPolyline: row.Map.SummaryPolyline,
		Start:           coordinates(row.StartLatlng),
		End:             coordinates(row.EndLatlng),

		KudosCount:          int(row.KudosCount),
		CommentCount:        int(row.CommentCount),
		AchievementCount:    int(row.AchievementCount),
		PersonalRecordCount: int(row.PRCount),
		// photo_count counts those from Instagram alone.
		PhotoCount:   int(max(row.TotalPhotoCount, row.PhotoCount)),
		AthleteCount: int(row.AthleteCount),
	}
}

// startedAtLocal reads the wall clock; its zone, which Strava calls Z, is false. Where it is absent it follows from the
// instant and the offset.
func startedAtLocal(row *strava.SummaryActivity) LocalDateTime {
	if !row.StartDateLocal.IsZero() {
		return wallClock(row.StartDateLocal)
	}
	local := row.StartDate.UTC()
	if row.UTCOffset != nil {
		local = local.Add(time.Duration(*row.UTCOffset) * time.Second)
	}
	return wallClock(local)
}

// zoneName is the IANA name in "(GMT-05:00) America/New_York". The offset in it is the zone's standard one, which is
// wrong for half of the year.
func zoneName(timezone string) *string {
	if _, name, found := strings.Cut(timezone, ") "); found {
		return optionalText(name)
	}
	return optionalText(timezone)
}

// cadence counts both legs: Strava gives the steps of one leg for runs.
func cadence(sport Sport, perMinute *strava.Float) *float64 {
	counted := optional[float64](perMinute)
	if counted != nil && sport.Group() == SportGroupRun {
		*counted *= 2
	}
	return counted
}

// workoutType reads Strava's number, which means one thing for runs and another for rides. Runs and rides that were not
// tagged carry no number or that of the default; other sports have no tags.
func workoutType(sport Sport, number *strava.Int) *WorkoutType {
	tags := map[strava.Int]WorkoutType{}
	switch sport.Group() {
	case SportGroupRun:
		tags = map[strava.Int]WorkoutType{
			0: WorkoutTypeDefault, 1: WorkoutTypeRace, 2: WorkoutTypeLongRun, 3: WorkoutTypeWorkout,
		}
	case SportGroupRide:
		tags = map[strava.Int]WorkoutType{
			0: WorkoutTypeDefault, 10: WorkoutTypeDefault, 11: WorkoutTypeRace, 12: WorkoutTypeWorkout,
		}
	}
	var given strava.Int
	if number != nil {
		given = *number
	}
	if tag, known := tags[given]; known {
		return &tag
	}
	return nil
}

func visibility(word string) *Visibility {
	switch word {
	case "everyone":
		return new(VisibilityEveryone)
	case "followers_only":
		return new(VisibilityFollowersOnly)
	case "only_me":
		return new(VisibilityOnlyMe)
	default:
		return nil
	}
}

func coordinates(point strava.LatLng) *Coordinates {
	latitude, longitude, ok := point.Coordinates()
	if !ok {
		return nil
	}
	return &Coordinates{Latitude: latitude, Longitude: longitude}
}

func detailsOf(activity *strava.DetailedActivity) *Details {
	details := &Details{
		Description:       optionalText(activity.Description),
		Calories:          optional[float64](activity.Calories),
		PerceivedExertion: optional[float64](activity.PerceivedExertion),
		PrimaryPhoto:      photoOf(activity.Photos.Primary),
		Polyline:          optionalText(activity.Map.Polyline),
	}
	if activity.Gear != nil && activity.Gear.ID != "" {
		details.Gear = gearOf(*activity.Gear)
	}
	return details
}

// photoOf is nil for a photo without a picture, such as one that Strava is still working on.
func photoOf(primary *strava.PrimaryPhoto) *Photo {
	if primary == nil {
		return nil
	}
	photo := &Photo{UniqueID: primary.UniqueID}
	for size, address := range primary.URLs {
		if width, err := strconv.Atoi(size); err == nil && isWebAddress(address) {
			photo.pictures = append(photo.pictures, picture{width: width, url: address})
		}
	}
	if len(photo.pictures) == 0 {
		return nil
	}
	slices.SortFunc(photo.pictures, func(a, b picture) int { return cmp.Compare(a.width, b.width) })
	return photo
}

func athleteOf(athlete *strava.DetailedAthlete) *Athlete {
	converted := &Athlete{
		StravaID:      int64(athlete.ID),
		FirstName:     optionalText(athlete.Firstname),
		LastName:      optionalText(athlete.Lastname),
		Username:      optionalText(athlete.Username),
		Bio:           optionalText(athlete.Bio),
		City:          optionalText(athlete.City),
		State:         optionalText(athlete.State),
		Country:       optionalText(athlete.Country),
		Measurement:   measurement(athlete.MeasurementPreference),
		FTP:           optional[int](athlete.FTP),
		FollowerCount: optional[int](athlete.FollowerCount),
		FriendCount:   optional[int](athlete.FriendCount),
		Bikes:         gearsOf(athlete.Bikes),
		Shoes:         gearsOf(athlete.Shoes),
	}
	// For an athlete without a picture Strava gives the relative path of a placeholder.
	for _, address := range []string{athlete.ProfileMedium, athlete.Profile} {
		if isWebAddress(address) {
			converted.Picture = &address
		}
	}
	if athlete.Weight != nil {
		converted.WeightKilograms = nonZero(float64(*athlete.Weight))
	}
	if !athlete.CreatedAt.IsZero() {
		converted.CreatedAt = new(athlete.CreatedAt.UTC())
	}
	return converted
}

func measurement(preference string) *Measurement {
	switch preference {
	case "feet":
		return new(MeasurementImperial)
	case "meters":
		return new(MeasurementMetric)
	default:
		return nil
	}
}

// gearsOf is nil where Strava does not tell, and empty where there are none.
func gearsOf(gears []strava.SummaryGear) []*Gear {
	if gears == nil {
		return nil
	}
	converted := make([]*Gear, len(gears))
	for i, gear := range gears {
		converted[i] = gearOf(gear)
	}
	return converted
}

func gearOf(gear strava.SummaryGear) *Gear {
	return &Gear{
		StravaID:       gear.ID,
		Name:           gear.Name,
		IsPrimary:      gear.Primary,
		IsRetired:      gear.Retired,
		DistanceMeters: float64(gear.Distance),
	}
}

func stravaTotalsOf(stats *strava.ActivityStats) *StravaTotals {
	return &StravaTotals{
		Runs:  stravaSportTotals(stats.RecentRunTotals, stats.YTDRunTotals, stats.AllRunTotals),
		Rides: stravaSportTotals(stats.RecentRideTotals, stats.YTDRideTotals, stats.AllRideTotals),
		Swims: stravaSportTotals(stats.RecentSwimTotals, stats.YTDSwimTotals, stats.AllSwimTotals),

		BiggestRideDistanceMeters: optional[float64](stats.BiggestRideDistance),
		BiggestClimbMeters:        optional[float64](stats.BiggestClimbElevationGain),
	}
}

func stravaSportTotals(recent, yearToDate, allTime strava.ActivityTotal) *StravaSportTotals {
	return &StravaSportTotals{
		Recent:     stravaTotal(recent),
		YearToDate: stravaTotal(yearToDate),
		AllTime:    stravaTotal(allTime),
	}
}

func stravaTotal(total strava.ActivityTotal) *StravaTotal {
	return &StravaTotal{
		Count:               int(total.Count),
		DistanceMeters:      LengthUnitMeters.fromMeters(float64(total.Distance)),
		MovingTime:          int(total.MovingTime),
		ElapsedTime:         int(total.ElapsedTime),
		ElevationGainMeters: LengthUnitMeters.fromMeters(float64(total.ElevationGain)),
		AchievementCount:    optional[int](total.AchievementCount),
	}
}

// optional copies a number that may be absent into one of this package's types.
func optional[To, From ~int | ~float64](value *From) *To {
	if value == nil {
		return nil
	}
	return new(To(*value))
}

// optionalText is nil for an empty text, which is how Strava spells an absent one.
func optionalText(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// nonZero is nil for zero, where zero is how Strava spells that it does not know.
func nonZero(value float64) *float64 {
	if value == 0 {
		return nil
	}
	return &value
}

func isWebAddress(text string) bool {
	address, err := url.Parse(text)
	return err == nil && (address.Scheme == "https" || address.Scheme == "http") && address.Host != ""
}
