package fitness

import (
	"domestique/strava"
)

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
		Picture:       firstWebAddress(athlete.Profile, athlete.ProfileMedium),
		FTP:           optional[int](athlete.FTP),
		FollowerCount: optional[int](athlete.FollowerCount),
		FriendCount:   optional[int](athlete.FriendCount),
		Bikes:         listedOf(athlete.Bikes, gearOf),
		Shoes:         listedOf(athlete.Shoes, gearOf),
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

func trainingZonesOf(zones *strava.Zones) *[]*TrainingZone {
	all := []*TrainingZone{}
	add := func(typ ZoneType, ranges []strava.ZoneRange, isCustom bool) {
		for i, r := range ranges {
			all = append(all, &TrainingZone{
				Type: typ, Number: i + 1, Min: float64(r.Min), Max: zoneEnd(r.Max), IsCustom: isCustom,
			})
		}
	}
	if zones.HeartRate != nil {
		add(ZoneTypeHeartRate, zones.HeartRate.Zones, zones.HeartRate.CustomZones)
	}
	if zones.Power != nil {
		add(ZoneTypePower, zones.Power.Zones, false)
	}
	return &all
}

func gearOf(gear *strava.SummaryGear) *Gear {
	return &Gear{
		StravaID:       gear.ID,
		Name:           gear.Name,
		Nickname:       optionalText(gear.Nickname),
		IsPrimary:      gear.Primary,
		IsRetired:      gear.Retired,
		DistanceMeters: float64(gear.Distance),
	}
}

func gearDetailsOf(gear *strava.DetailedGear) *GearDetails {
	details := &GearDetails{
		Gear:            gearOf(&gear.SummaryGear),
		Brand:           optionalText(gear.BrandName),
		Model:           optionalText(gear.ModelName),
		Description:     optionalText(gear.Description),
		FrameType:       frameType(gear.FrameType),
		WeightKilograms: optional[float64](gear.Weight),
	}
	if gear.NotificationDistance != nil {
		details.NotificationMeters = nonZero(float64(*gear.NotificationDistance))
	}
	return details
}

func frameType(number *strava.Int) *FrameType {
	if number == nil {
		return nil
	}
	return named(int(*number)-1, FrameTypeMountain, FrameTypeCross, FrameTypeRoad, FrameTypeTimeTrial, FrameTypeGravel)
}

func clubOf(club *strava.SummaryClub) *Club {
	return &Club{
		StravaID:    int64(club.ID),
		Name:        club.Name,
		SportType:   optionalText(club.SportType),
		Sports:      eachOf(club.ActivityTypes, func(word *string) Sport { return sportOf(*word) }),
		City:        optionalText(club.City),
		State:       optionalText(club.State),
		Country:     optionalText(club.Country),
		Picture:     firstWebAddress(club.Profile, club.ProfileMedium),
		CoverPhoto:  firstWebAddress(club.CoverPhoto, club.CoverPhotoSmall),
		IsPrivate:   club.Private,
		IsFeatured:  club.Featured,
		IsVerified:  club.Verified,
		MemberCount: int(club.MemberCount),
	}
}

func clubDetailsOf(club *strava.DetailedClub) *ClubDetails {
	return &ClubDetails{
		Club:           clubOf(&club.SummaryClub),
		Description:    optionalText(club.Description),
		Kind:           optionalText(club.ClubType),
		Membership:     membership(club.Membership),
		IsAdmin:        club.Admin,
		IsOwner:        club.Owner,
		FollowingCount: int(club.FollowingCount),
		Website:        firstWebAddress(club.Website),
	}
}

func membership(word string) *ClubMembership {
	switch word {
	case "member":
		return new(ClubMembershipMember)
	case "pending":
		return new(ClubMembershipPending)
	default:
		return nil
	}
}
