package mirror_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/mirror"
)

// historyOf is as many activities as Strava tells them: half of them with all sensors, most with a trace.
func historyOf(random *rand.Rand, count int) []*fitness.Activity {
	const letters = "?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"
	history := make([]*fitness.Activity, count)
	for n := range history {
		start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).Add(-time.Duration(n)*9*time.Hour - time.Duration(random.IntN(9000))*time.Second)
		a := made(int64(20_000_000_000-n*1000), start)
		a.Name = fmt.Sprint("Morning Run number ", n)
		a.Sport = []fitness.Sport{fitness.SportRun, fitness.SportRide, fitness.SportSwim, fitness.SportHike}[random.IntN(4)]
		a.TimeZone, a.UTCOffset = new("Europe/Berlin"), new(3600)
		a.DistanceMeters, a.MovingTime, a.ElapsedTime = float64(random.IntN(400_000))/10, random.IntN(20_000), random.IntN(30_000)
		a.ElevationGainMeters, a.ElevationHighMeters, a.ElevationLowMeters = float64(random.IntN(9000))/10, new(float64(random.IntN(9000))/10), new(1.5)
		a.AverageMetersPerSecond, a.MaxMetersPerSecond = new(float64(random.IntN(9000))/1000), new(float64(random.IntN(9000))/1000)
		if n%2 == 0 {
			a.HasHeartRate, a.AverageHeartRate, a.MaxHeartRate = true, new(float64(random.IntN(2000))/10), new(float64(random.IntN(200)))
			a.AverageCadence, a.AverageCelsius, a.AveragePower = new(float64(random.IntN(2000))/10), new(12.0), new(float64(random.IntN(3000))/10)
			a.MaxPower, a.WeightedAveragePower, a.Kilojoules, a.RelativeEffort = new(random.IntN(900)), new(random.IntN(400)), new(900.5), new(55.0)
		}
		a.Visibility, a.WorkoutType, a.Device, a.GearID = new(fitness.VisibilityEveryone), new(fitness.WorkoutTypeDefault), new("Garmin Edge"), "b12345"
		a.KudosCount, a.AthleteCount = random.IntN(50), 1
		a.Start = &fitness.Coordinates{Latitude: float64(random.IntN(9e7)) / 1e6, Longitude: float64(random.IntN(9e7)) / 1e6}
		a.End = &fitness.Coordinates{Latitude: a.Start.Latitude, Longitude: a.Start.Longitude}
		var trace strings.Builder
		for range 300 + random.IntN(400) {
			trace.WriteByte(letters[min(random.IntN(len(letters)), random.IntN(len(letters)))])
		}
		a.SummaryPolyline = trace.String()
		history[n] = a
	}
	return history
}

// perSize runs a benchmark for histories of all sizes.
func perSize(b *testing.B, run func(b *testing.B, history []*fitness.Activity)) {
	for _, size := range []int{1000, 10_000, 100_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			history := historyOf(rand.New(rand.NewPCG(1, 1)), size)
			b.ReportAllocs()
			run(b, history)
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "ms/op")
		})
	}
}

// BenchmarkRebuild takes in a page with one new activity: what a sync with news costs.
func BenchmarkRebuild(b *testing.B) {
	perSize(b, func(b *testing.B, history []*fitness.Activity) {
		rebuild := mirror.Rebuild(history)
		page := append([]*fitness.Activity{}, history[:199]...)
		n := int64(0)
		for b.Loop() {
			n++
			start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).Add(time.Duration(n) * time.Second)
			rebuild(append([]*fitness.Activity{made(30_000_000_000+n, start)}, page...), n)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	perSize(b, func(b *testing.B, history []*fitness.Activity) {
		size := 0
		for b.Loop() {
			data, err := mirror.Encoded(1, history, 1)
			if err != nil {
				b.Fatal(err)
			}
			size = len(data)
		}
		b.ReportMetric(float64(size)/float64(len(history)), "B/activity")
	})
}

// BenchmarkStart opens a mirror on a stored copy and takes the first answer from it.
func BenchmarkStart(b *testing.B) {
	perSize(b, func(b *testing.B, history []*fitness.Activity) {
		l, store := &list{owner: 1, pinned: true}, openFiles(b, b.TempDir())
		data, err := mirror.Encoded(1, history, time.Now().Unix())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := store.Save(b.Context(), data, ""); err != nil {
			b.Fatal(err)
		}
		l.setRefuse(func() error { return errDown })
		for b.Loop() {
			g, err := mirror.New(mirror.Config{Source: l, Store: store})
			if err != nil {
				b.Fatal(err)
			}
			snapshot, err := g.Snapshot(b.Context())
			if err != nil || len(snapshot.Activities) != len(history) {
				b.Fatalf("got %+v, %v", snapshot, err)
			}
			b.StopTimer()
			if err := g.Close(b.Context()); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
	})
}

// BenchmarkMemory tells what a mirror holds in memory after a start from a stored copy, all told.
func BenchmarkMemory(b *testing.B) {
	perSize(b, func(b *testing.B, history []*fitness.Activity) {
		data, err := mirror.Encoded(1, history, time.Now().Unix())
		if err != nil {
			b.Fatal(err)
		}
		size := len(history)
		store := openFiles(b, b.TempDir())
		if _, err := store.Save(b.Context(), data, ""); err != nil {
			b.Fatal(err)
		}
		clear(history)
		held := 0.0
		for b.Loop() {
			before := inUse()
			l := &list{owner: 1, pinned: true}
			l.setRefuse(func() error { return errDown })
			g, err := mirror.New(mirror.Config{Source: l, Store: store})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := g.Snapshot(b.Context()); err != nil {
				b.Fatal(err)
			}
			if err := g.Close(b.Context()); err != nil {
				b.Fatal(err)
			}
			held = float64(inUse()-before) / float64(size)
			runtime.KeepAlive(g)
		}
		b.ReportMetric(held, "held-B/activity")
	})
}

func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
