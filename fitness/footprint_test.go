package fitness_test

import (
	"runtime"
	"testing"
	"time"

	"domestique/fitness"
)

// What is estimated is what the memory says, roughly: the bound on the answers rests on it.
func TestFootprintsAreRoughlyTrue(t *testing.T) {
	type record struct {
		Name   *string
		At     *time.Time
		Values [][]float64
		Parts  []*fitness.Lap
		Any    any
	}
	makeOne := func() *record {
		name := string(make([]byte, 1000))
		one := &record{Name: &name, At: new(time.Now()), Any: &fitness.Gear{Name: string(make([]byte, 500))}}
		for range 11 {
			one.Values = append(one.Values, make([]float64, 36))
		}
		for range 50 {
			one.Parts = append(one.Parts, &fitness.Lap{Name: string(make([]byte, 100)), PaceZone: new(1)})
		}
		return one
	}
	const count = 1000
	records := make([]*record, count)
	before := heap()
	for i := range records {
		records[i] = makeOne()
	}
	measured := float64(heap()-before) / count
	if got := float64(fitness.FootprintOf(records[0])); got < 0.8*measured || got > 1.2*measured {
		t.Errorf("a record takes %.0f bytes, want about %.0f", got, measured)
	}
	runtime.KeepAlive(records)
}

func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func TestAnswersHaveABound(t *testing.T) {
	t.Parallel()
	const megabyte = 1 << 20
	for _, test := range []struct {
		count, bytes int
		kept         int
		last         bool
	}{
		{10, megabyte, 10, true}, {100, megabyte, 63, true}, {2, 40 * megabyte, 1, true}, {3, 65 * megabyte, 0, false},
		{30_000, 1000, 20_000, true},
	} {
		if kept, last, err := fitness.KeptOf(test.count, test.bytes); kept != test.kept || last != test.last || err != nil {
			t.Errorf("%d answers of %d bytes: %d are kept, the last one: %t, %v", test.count, test.bytes, kept, last, err)
		}
	}
}
