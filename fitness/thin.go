package fitness

import (
	"fmt"
	"math"
)

// Thin chooses at most so many points of a recording that its shape stays, and gives their indices, ascending: the same
// for all channels, which so stay aligned. along is what the samples are drawn over, time or distance; channels are what
// is drawn, each with a value for every sample, NaN where there is none. Nothing is changed in them.
//
// A recording of no more than points samples stays as it is; of a longer one exactly so many are chosen, the first and
// the last always (of which one point is the first). It fails with a BAD_USER_INPUT for a negative number, and with an
// error of the program for channels that are not aligned.
//
// The algorithm is that of the largest triangle in three buckets (Sveinn Steinarsson, Downsampling Time Series for Visual
// Representation, 2013, https://skemman.is/handle/1946/15343), with two differences. A sample's triangle is the sum of
// its triangles in all channels, each scaled to its own range: a hill counts as much as a peak of the heart rate, whatever
// their units. And each channel's lowest and highest sample are chosen beforehand where there are points enough for all
// of those, because the algorithm alone may drop the one that people look for. It takes time and memory in proportion to
// the samples.
func Thin(points int, along []float64, channels ...[]float64) ([]int, error) {
	if points < 0 {
		return nil, badInput("points", "points must not be negative.")
	}
	samples := len(along)
	for i, channel := range channels {
		if len(channel) != samples {
			return nil, fmt.Errorf("thin streams: channel %d has %d samples, want %d", i, len(channel), samples)
		}
	}
	if points >= samples || points < 2 {
		return firstIndices(min(points, samples)), nil
	}
	t := &thinning{along: scaled(along), kept: make([]bool, samples)}
	if t.along == nil { // nothing to draw over: one sample after the other
		t.along = positions(samples)
	}
	for _, channel := range channels {
		if values := scaled(channel); values != nil {
			t.channels = append(t.channels, values)
		}
	}
	t.choose(points - t.keepCorners(points, channels))
	return t.indices(points), nil
}

func firstIndices(count int) []int {
	indices := make([]int, count)
	for i := range indices {
		indices[i] = i
	}
	return indices
}

func positions(samples int) []float64 {
	along := make([]float64, samples)
	for i := range along {
		along[i] = float64(i)
	}
	return along
}

// thinning is a choice of samples in the making.
type thinning struct {
	along    []float64
	channels [][]float64 // of those that have a shape, from 0 to 1
	kept     []bool
}

// keepCorners keeps the first and the last sample and, where points suffice, the extremes of each channel. It tells how
// many those are.
func (t *thinning) keepCorners(points int, channels [][]float64) int {
	corners := map[int]bool{0: true, len(t.kept) - 1: true}
	for _, channel := range channels {
		if lowest, highest, ok := extremes(channel); ok {
			corners[lowest], corners[highest] = true, true
		}
	}
	if len(corners) > points {
		corners = map[int]bool{0: true, len(t.kept) - 1: true}
	}
	for corner := range corners {
		t.kept[corner] = true
	}
	return len(corners)
}

// choose keeps one sample out of each of so many equal parts of those that are not kept yet.
func (t *thinning) choose(count int) {
	others := make([]int, 0, len(t.kept))
	for i, kept := range t.kept {
		if !kept {
			others = append(others, i)
		}
	}
	bucket := func(number int) []int {
		if number == count {
			return []int{len(t.kept) - 1}
		}
		return others[number*len(others)/count : (number+1)*len(others)/count]
	}
	for number := range count {
		t.kept[t.largest(bucket(number), bucket(number+1))] = true
	}
}

// largest is the sample of the bucket whose triangle, with the last sample that is kept before the bucket and the middle
// of the next bucket, is the largest.
func (t *thinning) largest(bucket, next []int) int {
	from := bucket[0] - 1
	for !t.kept[from] {
		from--
	}
	areas := make([]float64, len(bucket))
	fromX, toX := t.along[from], mean(t.along, next)
	for _, channel := range t.channels {
		fromY, toY := channel[from], mean(channel, next)
		for i, sample := range bucket {
			areas[i] += math.Abs((fromX-toX)*(channel[sample]-fromY) - (fromX-t.along[sample])*(toY-fromY))
		}
	}
	best := 0
	for i, area := range areas {
		if area > areas[best] {
			best = i
		}
	}
	return bucket[best]
}

func (t *thinning) indices(points int) []int {
	indices := make([]int, 0, points)
	for i, kept := range t.kept {
		if kept {
			indices = append(indices, i)
		}
	}
	return indices
}

func mean(values []float64, samples []int) float64 {
	sum := 0.0
	for _, sample := range samples {
		sum += values[sample]
	}
	return sum / float64(len(samples))
}

// scaled are the values on a range from 0 to 1, with every gap filled by the value before it, or by the first one. It is
// nil for a channel without a shape: one whose values are all the same, or missing.
func scaled(values []float64) []float64 {
	lowest, highest, ok := extremes(values)
	if !ok || values[lowest] == values[highest] {
		return nil
	}
	floor, span := values[lowest], values[highest]-values[lowest]
	onRange := make([]float64, len(values))
	last := math.NaN()
	for i, value := range values {
		if isNumber(value) {
			if math.IsNaN(last) {
				fill(onRange[:i], (value-floor)/span)
			}
			last = (value - floor) / span
		}
		onRange[i] = last
	}
	return onRange
}

func fill(values []float64, value float64) {
	for i := range values {
		values[i] = value
	}
}

// extremes are the first samples with the least and the greatest value; ok is false where there is none.
func extremes(values []float64) (lowest, highest int, ok bool) {
	for i, value := range values {
		switch {
		case !isNumber(value):
			continue
		case !ok:
			lowest, highest, ok = i, i, true
		case value < values[lowest]:
			lowest = i
		case value > values[highest]:
			highest = i
		}
	}
	return lowest, highest, ok
}

// isNumber is false for a gap.
func isNumber(value float64) bool { return !math.IsNaN(value) && !math.IsInf(value, 0) }
