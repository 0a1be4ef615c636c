package fitness

import (
	"math"
	"slices"
)

// without is the trace without so many metres at each of its ends, which it is measured along; nothing of one that is not
// longer than both. It begins and ends at points of its own between those that it had.
func (t Trace) without(meters float64) Trace {
	return t.continuous().withoutBeginning(meters).reversed().withoutBeginning(meters).reversed()
}

// withoutBeginning is nil when nothing is left. The trace has to be continuous.
func (t Trace) withoutBeginning(meters float64) Trace {
	for i := 1; i < len(t); i++ {
		step := metersBetween(t[i-1], t[i])
		if step > meters {
			rest := slices.Clone(t[i-1:])
			rest[0] = between(t[i-1], t[i], meters/step)
			return rest
		}
		meters -= step
	}
	return nil
}

// between is the point so much of the way from a to b, which are near each other.
func between(a, b Coordinates, share float64) Coordinates {
	return Coordinates{
		Latitude:  a.Latitude + share*(b.Latitude-a.Latitude),
		Longitude: a.Longitude + share*(b.Longitude-a.Longitude),
	}
}

func (t Trace) reversed() Trace {
	turned := slices.Clone(t)
	slices.Reverse(turned)
	return turned
}

// Polyline encodes the trace with five decimal places, as DecodePolyline reads it; "" for one without a line.
func (t Trace) Polyline() string {
	if len(t) < 2 {
		return ""
	}
	var encoded []byte
	var before [2]int
	for _, point := range t {
		longitude := math.Remainder(point.Longitude, 360)
		now := [2]int{int(math.Round(point.Latitude * polylineScale)), int(math.Round(longitude * polylineScale))}
		encoded = appendStep(appendStep(encoded, now[0]-before[0]), now[1]-before[1])
		before = now
	}
	return string(encoded)
}

// appendStep writes one number as nextStep reads it.
func appendStep(encoded []byte, step int) []byte {
	bits := step << 1
	if step < 0 {
		bits = ^bits
	}
	for bits >= polylineMore {
		encoded = append(encoded, byte(bits%polylineMore+polylineMore+polylineZero))
		bits >>= polylineBits
	}
	return append(encoded, byte(bits+polylineZero))
}
