package stravatest

import (
	"math"
	"math/rand/v2"
	"slices"
	"sort"
)

// movement is how an activity went on: a sample for the start and one for each second on the move, as a device records
// that stops when its wearer does. Laps, splits, efforts and streams are all read from it, so they agree.
type movement struct {
	clock    []int     // seconds since the start, stops included
	distance []float64 // metres since the start
	velocity []float64 // metres per second
}

// move makes up the movement of an activity. The same activity always moves in the same way.
func (d *diary) move(e entry) movement {
	if e.uploaded != nil {
		return e.uploaded.movement()
	}
	r := d.stream(e.plan, 1)
	seconds := max(1, e.row.MovingTime)
	m := movement{clock: make([]int, seconds+1), distance: make([]float64, seconds+1), velocity: make([]float64, seconds+1)}
	if e.Distance > 0 {
		mean := e.Distance / float64(seconds)
		copy(m.velocity[1:], fit(seconds, paceOf(e, r, seconds), mean, float64(e.row.MaxSpeed)))
	}
	stops := stopsOf(e, r, seconds)
	for i := 1; i <= seconds; i++ {
		m.distance[i] = m.distance[i-1] + m.velocity[i]
		m.clock[i] = m.clock[i-1] + 1 + stops[i]
	}
	m.distance[seconds] = e.Distance
	if e.row.ElapsedTime < seconds { // It happens, and nobody knows why.
		for i := range m.clock {
			m.clock[i] = i * e.row.ElapsedTime / seconds
		}
	}
	return m
}

// movement is that of the file: it does not stop.
func (t track) movement() movement {
	m := movement{clock: make([]int, len(t.distance)), distance: t.distance, velocity: make([]float64, len(t.distance))}
	for i := 1; i < len(t.distance); i++ {
		m.clock[i], m.velocity[i] = i, t.distance[i]-t.distance[i-1]
	}
	return m
}

// stream is another source of what was made up for an activity, so that one does not disturb the other.
func (d *diary) stream(p plan, number uint64) *rand.Rand {
	return rand.New(rand.NewPCG(d.seed+number<<32, uint64(p.Start.Unix())))
}

// paceOf is faster here, slower there, with a sprint in the second half; a workout has fast repeats.
func paceOf(e entry, r *rand.Rand, seconds int) func(share float64) float64 {
	rhythm := wavesBetween(r, 0.06, 1, 3, 9, 31)
	if e.Workout == 3 || e.Workout == 12 {
		rhythm = append(rhythm, wave{0.2, 6, 4})
	}
	sprint, length := between(r, 0.55, 0.9), min(20, float64(seconds)/15)
	return func(share float64) float64 {
		away := (share - sprint) * float64(seconds) / length
		return sum(rhythm, 2*math.Pi*share) + math.Exp(-away*away)
	}
}

func wavesBetween(r *rand.Rand, amplitude float64, frequencies ...float64) []wave {
	var waves []wave
	for _, f := range frequencies {
		waves = append(waves, wave{amplitude * between(r, 0.5, 1), f, 2 * math.Pi * r.Float64()})
	}
	return waves
}

// stopsOf spreads the time that was not spent moving over up to three stops, by the sample before which they are.
func stopsOf(e entry, r *rand.Rand, seconds int) map[int]int {
	stops := map[int]int{}
	left := e.row.ElapsedTime - seconds
	for n := 1 + r.IntN(3); left > 0; n-- {
		length := left
		if n > 1 {
			length = (left + 1) / 2
		}
		stops[1+r.IntN(seconds)] += length
		left -= length
	}
	return stops
}

// fit draws a curve with n points and stretches it to a mean and a peak. A peak that is not above the mean flattens it.
func fit(n int, curve func(share float64) float64, mean, peak float64) []float64 {
	values := sample(n, curve)
	total := 0.0
	for _, v := range values {
		total += v
	}
	middle, highest := total/float64(n), slices.Max(values)
	stretch := 0.0
	if highest > middle {
		stretch = max(0, (peak-mean)/(highest-middle))
	}
	for i := range values {
		values[i] = mean + stretch*(values[i]-middle)
	}
	return values
}

// sample asks a curve, which is smooth and dear, some hundreds of times and draws straight lines in between.
func sample(n int, curve func(share float64) float64) []float64 {
	step := 1 + n/600
	values := make([]float64, n)
	asked := func(i int) float64 { return curve(float64(i) / float64(max(1, n-1))) }
	from := asked(0)
	for i := 0; i < n; i += step {
		to := asked(i + step)
		for j := range min(step, n-i) {
			values[i+j] = from + (to-from)*float64(j)/float64(step)
		}
		from = to
	}
	return values
}

// whole rounds values.
func whole(values []float64) []int {
	rounded := make([]int, len(values))
	for i, v := range values {
		rounded[i] = int(math.Round(v))
	}
	return rounded
}

// last is the index of the last sample.
func (m movement) last() int { return len(m.clock) - 1 }

// at is the first sample that is so many metres from the start.
func (m movement) at(metres float64) int {
	return min(sort.SearchFloat64s(m.distance, metres), m.last())
}

// fastest is the stretch of a length that took least time; false when the movement is shorter.
func (m movement) fastest(metres float64) (from, to int, ok bool) {
	best := math.MaxInt
	for i, j := 0, 0; i <= m.last(); i++ {
		for j <= m.last() && m.distance[j]-m.distance[i] < metres {
			j++
		}
		if j > m.last() {
			break
		}
		if took := m.clock[j] - m.clock[i]; took < best {
			best, from, to, ok = took, i, j, true
		}
	}
	return from, to, ok
}
