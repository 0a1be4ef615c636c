package stravatest

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// tellUpload writes where the file came from.
func (e *entry) tellUpload() {
	upload := e.row.ID + 1_080_000_000 + e.row.ID%977 // Upload ids run ahead of activity ids.
	e.row.UploadID, e.row.UploadIDStr = &upload, strconv.FormatInt(upload, 10)
	e.row.DeviceName = e.device()
	switch {
	case e.uploaded != nil:
		e.row.ExternalID, e.row.DeviceName = &e.externalID, ""
	case e.asMeasured().Sport == "VirtualRide":
		e.row.ExternalID = new("virtual-" + strconv.FormatInt(upload, 36) + ".fit")
	default:
		e.row.ExternalID = new("garmin_ping_" + strconv.FormatInt(30*upload-27_000_000_000, 10))
	}
}

func (e *entry) device() string {
	sport := e.asMeasured().Sport
	switch kind := sportNamed(sport).kind; {
	case sport == "VirtualRide":
		return "Zwift"
	case kind == "Ride" && e.Start.Year() >= 2024:
		return "Garmin Edge 840"
	case kind == "Ride":
		return "Garmin Edge 530"
	case e.Start.Year() >= 2025:
		return "Garmin Forerunner 265"
	default:
		return "Garmin Forerunner 245"
	}
}

// tellSensors writes what the watch measured. What was not measured is absent.
func (e *entry) tellSensors(s sport, r *rand.Rand) {
	if e.uploaded != nil {
		e.tellUploadedSensors()
		return
	}
	was := e.asMeasured()
	near := func(v, spread float64) float64 { return v * (1 + spread*(2*r.Float64()-1)) }
	hard := e.effort()
	e.row.ShowHideHeartrate = s.heart > 0
	if s.heart > 0 && r.IntN(8) > 0 { // Now and then the strap stays at home.
		heart := near(s.heart, 0.05) * hard
		e.row.HasHeartrate = true
		e.row.AverageHeartrate = new(round(heart, 1))
		e.row.MaxHeartrate = new(round(near(heart*1.14, 0.03), 0))
		strain := (heart - 70) / 75
		e.row.SufferScore = new(round(e.Moving.Minutes()*strain*strain, 0))
	}
	if s.cadence > 0 {
		e.row.AverageCadence = new(round(near(s.cadence, 0.04), 1))
	}
	if s.watts > 0 && !was.Commute {
		e.tellPower(near(s.watts, 0.08)*hard, r)
	}
	if s.outdoors && !was.Commute && r.IntN(6) > 0 {
		e.row.AverageTemp = new(int(math.Round(near(e.temperature(), 0.2))))
	}
	if e.Distance > 0 {
		e.row.MaxSpeed = round(float64(e.row.AverageSpeed)*near(1.7, 0.2), 3)
	}
}

// tellUploadedSensors writes what the file has.
func (e *entry) tellUploadedSensors() {
	for i := 1; i < len(e.uploaded.distance); i++ {
		e.row.MaxSpeed = max(e.row.MaxSpeed, round(e.uploaded.distance[i]-e.uploaded.distance[i-1], 3))
	}
	if heart := e.uploaded.heart; heart != nil {
		total := 0.0
		for _, v := range heart {
			total += v
		}
		e.row.HasHeartrate, e.row.ShowHideHeartrate = true, true
		e.row.AverageHeartrate = new(round(total/float64(len(heart)), 1))
		e.row.MaxHeartrate = new(round(slices.Max(heart), 0))
		e.row.SufferScore = new(round(e.Moving.Minutes()/3, 0))
	}
}

// effort is more than 1 in a race.
func (e *entry) effort() float64 {
	switch e.Workout {
	case 1, 11:
		return 1.13
	case 3, 12:
		return 1.06
	default:
		return 1
	}
}

// tellPower: the road bike has a power meter since 2023, the trainer always had one; for the rest Strava guesses, and
// gives neither the maximum nor the weighted average.
func (e *entry) tellPower(watts float64, r *rand.Rand) {
	was := e.asMeasured()
	measured := was.Trainer || was.Sport == "Ride" && e.Start.Year() >= 2023
	e.row.AverageWatts = new(round(watts, 1))
	e.row.Kilojoules = new(round(watts*e.Moving.Seconds()/1000, 1))
	e.row.DeviceWatts = &measured
	if measured {
		e.row.WeightedAverageWatts = new(int(watts * (1.05 + 0.08*r.Float64())))
		e.row.MaxWatts = new(int(watts * (2.4 + 1.8*r.Float64())))
	}
}

// temperature is the day's, at home; nobody checks it elsewhere.
func (e *entry) temperature() float64 {
	return 3 + 19*warmth(e.Start) + 4*math.Sin(float64(e.Start.Hour()-9)*math.Pi/12)
}

// warmth goes from 0 in mid January to 1 in mid July.
func warmth(t time.Time) float64 {
	return 0.5 - 0.5*math.Cos(2*math.Pi*float64(t.YearDay()-15)/365.25)
}

// tellApplause writes kudos and the like.
func (e *entry) tellApplause(s sport, r *rand.Rand) {
	e.row.AthleteCount = 1
	if e.Visibility == onlyMe {
		return
	}
	e.row.KudosCount = r.IntN(8) + int(e.Moving.Minutes()/8) + 6*e.Photos
	e.row.CommentCount = r.IntN(2 + e.Photos)
	if e.Workout == 1 || e.Workout == 11 {
		e.row.AthleteCount = 40 + r.IntN(300)
		e.row.KudosCount += 30 + r.IntN(25)
		e.row.PRCount = r.IntN(3)
	} else if s.outdoors && r.IntN(5) == 0 {
		e.row.AthleteCount = 2 + r.IntN(5)
	}
	if e.hasTrace() && r.IntN(3) == 0 {
		e.row.AchievementCount = e.row.PRCount + r.IntN(5)
	}
}
