package fitness

import (
	"slices"
	"strings"
	"unicode"
)

// Sport is one of Strava's sport types in SCREAMING_SNAKE_CASE, or OTHER for one that Strava added later.
type Sport string

const (
	SportAlpineSki                     Sport = "ALPINE_SKI"
	SportBackcountrySki                Sport = "BACKCOUNTRY_SKI"
	SportBadminton                     Sport = "BADMINTON"
	SportBasketball                    Sport = "BASKETBALL"
	SportCanoeing                      Sport = "CANOEING"
	SportCricket                       Sport = "CRICKET"
	SportCrossfit                      Sport = "CROSSFIT"
	SportDance                         Sport = "DANCE"
	SportEBikeRide                     Sport = "E_BIKE_RIDE"
	SportElliptical                    Sport = "ELLIPTICAL"
	SportEMountainBikeRide             Sport = "E_MOUNTAIN_BIKE_RIDE"
	SportGolf                          Sport = "GOLF"
	SportGravelRide                    Sport = "GRAVEL_RIDE"
	SportHandcycle                     Sport = "HANDCYCLE"
	SportHighIntensityIntervalTraining Sport = "HIGH_INTENSITY_INTERVAL_TRAINING"
	SportHike                          Sport = "HIKE"
	SportIceSkate                      Sport = "ICE_SKATE"
	SportInlineSkate                   Sport = "INLINE_SKATE"
	SportKayaking                      Sport = "KAYAKING"
	SportKitesurf                      Sport = "KITESURF"
	SportMountainBikeRide              Sport = "MOUNTAIN_BIKE_RIDE"
	SportNordicSki                     Sport = "NORDIC_SKI"
	SportPadel                         Sport = "PADEL"
	SportPhysicalTherapy               Sport = "PHYSICAL_THERAPY"
	SportPickleball                    Sport = "PICKLEBALL"
	SportPilates                       Sport = "PILATES"
	SportRacquetball                   Sport = "RACQUETBALL"
	SportRide                          Sport = "RIDE"
	SportRockClimbing                  Sport = "ROCK_CLIMBING"
	SportRollerSki                     Sport = "ROLLER_SKI"
	SportRowing                        Sport = "ROWING"
	SportRun                           Sport = "RUN"
	SportSail                          Sport = "SAIL"
	SportSkateboard                    Sport = "SKATEBOARD"
	SportSnowboard                     Sport = "SNOWBOARD"
	SportSnowshoe                      Sport = "SNOWSHOE"
	SportSoccer                        Sport = "SOCCER"
	SportSquash                        Sport = "SQUASH"
	SportStairStepper                  Sport = "STAIR_STEPPER"
	SportStandUpPaddling               Sport = "STAND_UP_PADDLING"
	SportSurfing                       Sport = "SURFING"
	SportSwim                          Sport = "SWIM"
	SportTableTennis                   Sport = "TABLE_TENNIS"
	SportTennis                        Sport = "TENNIS"
	SportTrailRun                      Sport = "TRAIL_RUN"
	SportVelomobile                    Sport = "VELOMOBILE"
	SportVirtualRide                   Sport = "VIRTUAL_RIDE"
	SportVirtualRow                    Sport = "VIRTUAL_ROW"
	SportVirtualRun                    Sport = "VIRTUAL_RUN"
	SportVolleyball                    Sport = "VOLLEYBALL"
	SportWalk                          Sport = "WALK"
	SportWeightTraining                Sport = "WEIGHT_TRAINING"
	SportWheelchair                    Sport = "WHEELCHAIR"
	SportWindsurf                      Sport = "WINDSURF"
	SportWorkout                       Sport = "WORKOUT"
	SportYoga                          Sport = "YOGA"

	// SportOther stands for a sport that is newer than this list; the activity keeps Strava's own word for it.
	SportOther Sport = "OTHER"
)

// Sports lists every sport in the order of its name, SportOther last.
func Sports() []Sport {
	return []Sport{
		SportAlpineSki,
		SportBackcountrySki,
		SportBadminton,
		SportBasketball,
		SportCanoeing,
		SportCricket,
		SportCrossfit,
		SportDance,
		SportEBikeRide,
		SportElliptical,
		SportEMountainBikeRide,
		SportGolf,
		SportGravelRide,
		SportHandcycle,
		SportHighIntensityIntervalTraining,
		SportHike,
		SportIceSkate,
		SportInlineSkate,
		SportKayaking,
		SportKitesurf,
		SportMountainBikeRide,
		SportNordicSki,
		SportPadel,
		SportPhysicalTherapy,
		SportPickleball,
		SportPilates,
		SportRacquetball,
		SportRide,
		SportRockClimbing,
		SportRollerSki,
		SportRowing,
		SportRun,
		SportSail,
		SportSkateboard,
		SportSnowboard,
		SportSnowshoe,
		SportSoccer,
		SportSquash,
		SportStairStepper,
		SportStandUpPaddling,
		SportSurfing,
		SportSwim,
		SportTableTennis,
		SportTennis,
		SportTrailRun,
		SportVelomobile,
		SportVirtualRide,
		SportVirtualRow,
		SportVirtualRun,
		SportVolleyball,
		SportWalk,
		SportWeightTraining,
		SportWheelchair,
		SportWindsurf,
		SportWorkout,
		SportYoga,
		SportOther,
	}
}

// sportOf finds the sport for Strava's own word: "EBikeRide" is E_BIKE_RIDE. Strava added six sports in the spring of
// 2026 alone, so a word that is not known is no error.
func sportOf(word string) Sport {
	var name strings.Builder
	for i, letter := range word {
		if i > 0 && unicode.IsUpper(letter) {
			name.WriteByte('_')
		}
		name.WriteRune(unicode.ToUpper(letter))
	}
	if sport := Sport(name.String()); slices.Contains(Sports(), sport) {
		return sport
	}
	return SportOther
}

// word is Strava's own word for the sport: E_BIKE_RIDE is "EBikeRide". It is empty for what is not in the list, and for
// SportOther, which is many.
func (s Sport) word() string {
	if s == SportOther || !slices.Contains(Sports(), s) {
		return ""
	}
	var word strings.Builder
	for part := range strings.SplitSeq(string(s), "_") {
		word.WriteString(part[:1] + strings.ToLower(part[1:]))
	}
	return word.String()
}

// isVirtual reports whether the sport happens on a machine and a screen.
func (s Sport) isVirtual() bool {
	return s == SportVirtualRide || s == SportVirtualRun || s == SportVirtualRow
}

// SportGroup is what most people mean by a sport: a trail run is a run to them.
type SportGroup string

const (
	SportGroupRun    SportGroup = "RUN"
	SportGroupRide   SportGroup = "RIDE"
	SportGroupSwim   SportGroup = "SWIM"
	SportGroupWalk   SportGroup = "WALK"
	SportGroupWinter SportGroup = "WINTER"
	SportGroupWater  SportGroup = "WATER"
	SportGroupRacket SportGroup = "RACKET"
	SportGroupBall   SportGroup = "BALL"
	SportGroupGym    SportGroup = "GYM"
	SportGroupOther  SportGroup = "OTHER"
)

// Group is the group that the sport belongs to.
func (s Sport) Group() SportGroup {
	switch s {
	case SportRun, SportTrailRun, SportVirtualRun:
		return SportGroupRun
	case SportRide, SportMountainBikeRide, SportGravelRide, SportEBikeRide, SportEMountainBikeRide,
		SportVirtualRide, SportVelomobile, SportHandcycle:
		return SportGroupRide
	case SportSwim:
		return SportGroupSwim
	case SportWalk, SportHike:
		return SportGroupWalk
	case SportAlpineSki, SportBackcountrySki, SportNordicSki, SportRollerSki, SportSnowboard, SportSnowshoe,
		SportIceSkate:
		return SportGroupWinter
	case SportCanoeing, SportKayaking, SportKitesurf, SportRowing, SportVirtualRow, SportSail,
		SportStandUpPaddling, SportSurfing, SportWindsurf:
		return SportGroupWater
	case SportBadminton, SportPadel, SportPickleball, SportRacquetball, SportSquash, SportTableTennis,
		SportTennis:
		return SportGroupRacket
	case SportBasketball, SportCricket, SportSoccer, SportVolleyball:
		return SportGroupBall
	case SportCrossfit, SportDance, SportElliptical, SportHighIntensityIntervalTraining, SportPhysicalTherapy,
		SportPilates, SportStairStepper, SportWeightTraining, SportWorkout, SportYoga:
		return SportGroupGym
	default:
		return SportGroupOther
	}
}
