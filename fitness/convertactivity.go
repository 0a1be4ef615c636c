package fitness

import (
	"cmp"
	"strings"
	"time"

	"domestique/strava"
)

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

func detailsOf(activity *strava.DetailedActivity) *Details {
	sport := sportOf(cmp.Or(activity.SportType, activity.Type))
	details := &Details{
		Description:       optionalText(activity.Description),
		Calories:          optional[float64](activity.Calories),
		PerceivedExertion: optional[float64](activity.PerceivedExertion),
		PrimaryPhoto:      primaryPhotoOf(activity.Photos.Primary),
		Polyline:          optionalText(activity.Map.Polyline),
		Laps:              listedOf(activity.Laps, func(lap *strava.Lap) *Lap { return lapOf(sport, lap) }),
		Kilometers:        listedOf(activity.SplitsMetric, splitOf),
		Miles:             listedOf(activity.SplitsStandard, splitOf),
		BestEfforts:       listedOf(activity.BestEfforts, bestEffortOf),
		SegmentEfforts: listedOf(activity.SegmentEfforts, func(effort *strava.DetailedSegmentEffort) *SegmentEffort {
			return passageOf(sport, effort)
		}),
	}
	if activity.Gear != nil && activity.Gear.ID != "" {
		details.Gear = gearOf(activity.Gear)
	}
	return details
}

func lapOf(sport Sport, lap *strava.Lap) *Lap {
	return &Lap{
		StravaID:               int64(lap.ID),
		Name:                   lap.Name,
		Number:                 int(lap.LapIndex),
		StartedAt:              lap.StartDate.UTC(),
		StartedAtLocal:         wallClock(lap.StartDateLocal),
		DistanceMeters:         float64(lap.Distance),
		MovingTime:             int(lap.MovingTime),
		ElapsedTime:            int(lap.ElapsedTime),
		ElevationGainMeters:    float64(lap.TotalElevationGain),
		AverageMetersPerSecond: nonZero(float64(lap.AverageSpeed)),
		MaxMetersPerSecond:     nonZero(float64(lap.MaxSpeed)),
		AverageHeartRate:       optional[float64](lap.AverageHeartrate),
		MaxHeartRate:           optional[float64](lap.MaxHeartrate),
		AverageCadence:         cadence(sport, lap.AverageCadence),
		AveragePower:           optional[float64](lap.AverageWatts),
		HasPowerMeter:          lap.DeviceWatts,
		PaceZone:               optional[int](lap.PaceZone),
		StartIndex:             int(lap.StartIndex),
		EndIndex:               int(lap.EndIndex),
	}
}

func splitOf(split *strava.Split) *Split {
	converted := &Split{
		Number:                       int(split.Split),
		DistanceMeters:               float64(split.Distance),
		MovingTime:                   int(split.MovingTime),
		ElapsedTime:                  int(split.ElapsedTime),
		ElevationDifferenceMeters:    optional[float64](split.ElevationDifference),
		AverageMetersPerSecond:       nonZero(float64(split.AverageSpeed)),
		GradeAdjustedMetersPerSecond: optional[float64](split.AverageGradeAdjustedSpeed),
		AverageHeartRate:             optional[float64](split.AverageHeartrate),
	}
	if split.PaceZone > 0 {
		converted.PaceZone = new(int(split.PaceZone))
	}
	return converted
}

func zoneDistributionOf(zone *strava.ActivityZone) *ZoneDistribution {
	return &ZoneDistribution{
		Type:          zoneType(zone.Type),
		Score:         optional[float64](zone.Score),
		IsSensorBased: zone.SensorBased,
		IsCustom:      zone.CustomZones,
		Buckets: eachOf(zone.DistributionBuckets, func(bucket *strava.TimedZoneRange) *ZoneBucket {
			return &ZoneBucket{Min: float64(bucket.Min), Max: zoneEnd(bucket.Max), Time: int(bucket.Time)}
		}),
	}
}

func zoneType(word string) ZoneType {
	switch strings.ToLower(word) {
	case "power":
		return ZoneTypePower
	case "pace":
		return ZoneTypePace
	default:
		return ZoneTypeHeartRate
	}
}

// zoneEnd is nil for the highest zone, whose end Strava writes as -1.
func zoneEnd(highest strava.Float) *float64 {
	if highest < 0 {
		return nil
	}
	return new(float64(highest))
}

func commentOf(comment *strava.Comment) *Comment {
	return &Comment{
		StravaID:      int64(comment.ID),
		Text:          comment.Text,
		Author:        personOf(&comment.Athlete),
		CreatedAt:     comment.CreatedAt.UTC(),
		ReactionCount: int(comment.ReactionCount),
		cursor:        comment.Cursor,
	}
}

func kudoOf(giver *strava.SummaryAthlete) *Kudo { return &Kudo{Giver: personOf(giver)} }

func personOf(athlete *strava.SummaryAthlete) *Person {
	return &Person{FirstName: optionalText(athlete.Firstname), LastName: optionalText(athlete.Lastname)}
}
