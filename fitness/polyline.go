package fitness

import (
	"errors"
	"fmt"
)

// Trace is a line over the ground, from its beginning to its end.
type Trace []Coordinates

// polylineScale is the encoding's: five decimal places of a degree, which is a metre.
const polylineScale = 1e5

// The characters of a polyline carry five bits each, the lowest first, and a sixth that says that more follow; '?' is
// the one that carries zeros.
const (
	polylineZero    = '?'
	polylineBits    = 5
	polylineMore    = 1 << polylineBits
	polylineHighest = 2*polylineMore - 1

	// polylineLongest is how many characters the longest step over the globe takes: 360 degrees are 27 bits.
	polylineLongest = 6
)

// DecodePolyline reads an encoded polyline with five decimal places
// (https://developers.google.com/maps/documentation/utilities/polylinealgorithm). It fails on what is not one, and on
// one that leaves the globe. An empty text is an empty trace. Errors tell a position in the text and nothing of what is
// there, because where somebody has been is nobody's business.
func DecodePolyline(encoded string) (Trace, error) {
	trace := make(Trace, 0, countSteps(encoded)/2)
	var point [2]int // latitude and longitude
	for rest := encoded; rest != ""; {
		for i := range point {
			step, after, err := nextStep(rest)
			if err != nil {
				return nil, fmt.Errorf("decode polyline at %d: %w", len(encoded)-len(rest), err)
			}
			point[i], rest = point[i]+step, after
		}
		if max(point[0], -point[0]) > 90*polylineScale || max(point[1], -point[1]) > 180*polylineScale {
			return nil, fmt.Errorf("decode polyline before %d: the point is not on the globe", len(encoded)-len(rest))
		}
		trace = append(trace, Coordinates{
			Latitude:  float64(point[0]) / polylineScale,
			Longitude: float64(point[1]) / polylineScale,
		})
	}
	return trace, nil
}

// countSteps is how many numbers the polyline holds, so that decoding takes no more memory than its points need.
func countSteps(encoded string) int {
	count := 0
	for i := range len(encoded) {
		if encoded[i] < polylineZero+polylineMore {
			count++
		}
	}
	return count
}

// nextStep reads one number, the difference to the one two before it, and what follows it.
func nextStep(encoded string) (step int, rest string, err error) {
	bits := 0
	for i := range min(len(encoded), polylineLongest) {
		char := int(encoded[i]) - polylineZero
		if char < 0 || char > polylineHighest {
			return 0, "", errors.New("there is a character that polylines do not have")
		}
		bits |= (char & (polylineMore - 1)) << (i * polylineBits)
		if char < polylineMore {
			return unfolded(bits), encoded[i+1:], nil
		}
	}
	if len(encoded) < polylineLongest {
		return 0, "", errors.New("it ends in the middle of a point")
	}
	return 0, "", errors.New("the step is longer than the globe is round")
}

// unfolded undoes what keeps small negative numbers short: the sign is the lowest bit, and inverts the others.
func unfolded(bits int) int {
	if bits&1 != 0 {
		return ^(bits >> 1)
	}
	return bits >> 1
}
