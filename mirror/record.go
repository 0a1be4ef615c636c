package mirror

import (
	"cmp"
	"maps"
	"slices"

	"domestique/fitness"
)

// fieldsOf names every field of an activity once, in the order in which they are stored: for the encoder, which reads
// them, and for the decoder, which sets them. A field that is added, moved or read differently needs a new format.
func fieldsOf(c coder, a *fitness.Activity) {
	c.integer(&a.StravaID)
	c.text(&a.Name)
	word(c, &a.Sport)
	c.word(&a.SportType)
	c.time(&a.StartedAt)
	localTime(c, &a.StartedAtLocal)
	optional(c, &a.TimeZone, coder.word)
	optional(c, &a.UTCOffset, number[int])

	c.float(&a.DistanceMeters)
	number(c, &a.MovingTime)
	number(c, &a.ElapsedTime)
	c.float(&a.ElevationGainMeters)
	optional(c, &a.ElevationHighMeters, coder.float)
	optional(c, &a.ElevationLowMeters, coder.float)
	optional(c, &a.AverageMetersPerSecond, coder.float)
	optional(c, &a.MaxMetersPerSecond, coder.float)

	c.flag(&a.HasHeartRate)
	optional(c, &a.AverageHeartRate, coder.float)
	optional(c, &a.MaxHeartRate, coder.float)
	optional(c, &a.AverageCadence, coder.float)
	optional(c, &a.AverageCelsius, coder.float)
	optional(c, &a.AveragePower, coder.float)
	optional(c, &a.MaxPower, number[int])
	optional(c, &a.WeightedAveragePower, number[int])
	c.flag(&a.HasPowerMeter)
	optional(c, &a.Kilojoules, coder.float)
	optional(c, &a.RelativeEffort, coder.float)

	optional(c, &a.WorkoutType, word[fitness.WorkoutType])
	optional(c, &a.Visibility, word[fitness.Visibility])
	c.flag(&a.IsCommute)
	c.flag(&a.IsIndoor)
	c.flag(&a.IsManual)
	c.flag(&a.IsFlagged)
	optional(c, &a.Device, coder.word)
	c.word(&a.GearID)

	c.text(&a.SummaryPolyline)
	optional(c, &a.Start, coordinates)
	optional(c, &a.End, coordinates)

	number(c, &a.KudosCount)
	number(c, &a.CommentCount)
	number(c, &a.AchievementCount)
	number(c, &a.PersonalRecordCount)
	number(c, &a.PhotoCount)
	number(c, &a.AthleteCount)
}

func coordinates(c coder, at *fitness.Coordinates) {
	c.float(&at.Latitude)
	c.float(&at.Longitude)
}

func localTime(c coder, at *fitness.LocalDateTime) {
	number(c, &at.Date.Year)
	number(c, &at.Date.Month)
	number(c, &at.Date.Day)
	number(c, &at.Hour)
	number(c, &at.Minute)
	number(c, &at.Second)
}

// fieldsOfLedger are those of a ledger but for the rows.
func fieldsOfLedger(c coder, l *ledger) {
	c.integer(&l.owner)
	version := int64(l.version)
	c.integer(&version)
	l.version = uint64(version)
	c.time(&l.syncedAt)
	c.flag(&l.complete)
	optional(c, &l.walk, fieldsOfWalk)
	secondsOf(c, l.gone)
	suspects := make(map[int64]int64, len(l.suspects))
	for id := range l.suspects {
		suspects[id] = 1
	}
	secondsOf(c, suspects)
	for id := range suspects {
		l.suspects[id] = true
	}
	early := slices.SortedFunc(maps.Values(l.early), func(a, b row) int { return cmp.Compare(a.activity.StravaID, b.activity.StravaID) })
	rowsOf(c, &early)
	for _, r := range early {
		l.early[r.activity.StravaID] = r
	}
}

func fieldsOfWalk(c coder, w *walk) {
	c.integer(&w.began)
	c.integer(&w.before)
	number(c, &w.page)
	number(c, &w.pages)
	c.flag(&w.doubt)
	c.flag(&w.oldestRead)
	rowsOf(c, &w.oldest)
}

// leastFields is less than what is stored of a row at the least.
const leastFields = 40

// rowsOf is a list of rows in its order.
func rowsOf(c coder, rows *[]row) {
	count := c.count(len(*rows), leastFields)
	if count > len(*rows) {
		*rows = make([]row, count)
		activities := make([]fitness.Activity, count)
		for i := range activities {
			(*rows)[i].activity = &activities[i]
		}
	}
	for i := range *rows {
		c.integer(&(*rows)[i].fetchedAt)
		fieldsOf(c, (*rows)[i].activity)
	}
}
