package fitness_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"domestique/fitness"
)

// randomHistory is a traveller's, the newest first, over two years that end in 2026-11: on some days nothing, on others
// several activities. Distances are whole tenths of a metre, as Strava has them, and often the same.
func randomHistory(tb testing.TB, random *rand.Rand, count int) []*fitness.Activity {
	tb.Helper()
	zones := []string{
		"UTC", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "Australia/Lord_Howe",
	}
	recent := 1 + random.IntN(700) // days
	activities := make([]*fitness.Activity, count)
	for i := range activities {
		started := noon.AddDate(0, 0, -random.IntN(recent)).Add(time.Duration(random.IntN(86_400)-43_200) * time.Second)
		a := activity(tb, int64(i), fitness.SportRun, started.Format("2006-01-02T15:04:05"), zones[random.IntN(len(zones))])
		a.DistanceMeters = float64(random.IntN(2000)) / 10
		if random.IntN(2) == 0 {
			a.DistanceMeters = float64(random.IntN(20) * 1000)
		}
		a.MovingTime = random.IntN(100) * 60
		a.ElapsedTime = a.MovingTime + 60
		a.ElevationGainMeters = float64(random.IntN(50))
		if a.MovingTime > 0 && random.IntN(4) > 0 {
			a.AverageMetersPerSecond = new(a.DistanceMeters / float64(a.MovingTime))
		}
		if random.IntN(3) > 0 {
			a.GearID = fmt.Sprintf("b%d", random.IntN(5))
		}
		a.IsFlagged, a.IsManual = random.IntN(20) == 0, random.IntN(20) == 0
		activities[i] = a
	}
	slices.SortFunc(activities, func(a, b *fitness.Activity) int {
		return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.StravaID, a.StravaID))
	})
	return activities
}

// BenchmarkStats is of 20,000 activities, two a day for 27 years: more than a life has.
func BenchmarkStats(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	activities := make([]*fitness.Activity, 20_000)
	for i := range activities {
		started := noon.Add(-time.Duration(i) * 12 * time.Hour).Format("2006-01-02T15:04:05")
		activities[i] = effort(b, int64(len(activities)-i), started, float64(random.IntN(2_000_000))/10, 3600, 100, 5)
		activities[i].GearID = fmt.Sprintf("b%d", random.IntN(10))
	}
	stats := statsOf(b, nil, activities...)
	for name, ask := range map[string]func(){
		"Totals":    func() { stats.Totals() },
		"BySport":   func() { stats.BySport() },
		"ByGear":    func() { stats.ByGear() },
		"Months":    func() { series(b, stats, fitness.PeriodMonth, fitness.WeekdayMonday, new(12)) },
		"Days":      func() { stats.Streak(fitness.PeriodDay, fitness.WeekdayMonday, nil) },
		"Weeks":     func() { stats.Streak(fitness.PeriodWeek, fitness.WeekdaySunday, nil) },
		"Eddington": func() { stats.Eddington(fitness.LengthUnitKilometers) },
		"Records":   func() { stats.Records() },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
	}
}
