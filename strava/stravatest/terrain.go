package stravatest

import (
	"math"
	"math/rand/v2"
)

// spot is where loops begin.
type spot struct {
	latitude, longitude float64
	altitude            float64 // metres
}

// home is by the Dreisam in Freiburg.
func home() spot { return spot{47.9878, 7.8594, 285} }

// position is a point on the map, in degrees.
type position struct{ latitude, longitude float64 }

func (p position) rounded() []float64 {
	return []float64{float64(round(p.latitude, 6)), float64(round(p.longitude, 6))}
}

// loop is a closed way that begins and ends at the same spot: a random smooth curve of length 1. The same spot and number
// give the same loop, so an athlete's favourite ways are ridden again and again, longer or shorter.
type loop struct {
	east, north []float64
	length      []float64 // from the start to each point
	rise        []float64 // over the start, after equal shares of the way
	lowest      float64   // as height
	highest     float64
}

// wave is one harmonic of a curve.
type wave struct{ amplitude, frequency, phase float64 }

func (w wave) at(angle float64) float64 { return w.amplitude * math.Sin(w.frequency*angle+w.phase) }

func sum(waves []wave, angle float64) float64 {
	total := 0.0
	for _, w := range waves {
		total += w.at(angle)
	}
	return total
}

const loopPoints = 160

func newLoop(s spot, number int) loop {
	r := rand.New(rand.NewPCG(math.Float64bits(s.latitude), math.Float64bits(s.longitude)+uint64(number)))
	var outline, hills []wave
	for k := 1.0; k <= 12; k++ {
		outline = append(outline, wave{0.5 * r.Float64() / math.Pow(k, 0.8), k, 2 * math.Pi * r.Float64()})
	}
	for k := 1.0; k <= 5; k++ {
		hills = append(hills, wave{r.Float64() / k, k, 2 * math.Pi * r.Float64()})
	}
	bearing := 2 * math.Pi * r.Float64()
	l := loop{}
	for i := range loopPoints + 1 {
		angle := 2 * math.Pi * float64(i%loopPoints) / loopPoints
		radius := math.Exp(sum(outline, angle)) // Never through the middle, so the way does not cross itself.
		l.east = append(l.east, radius*math.Cos(angle+bearing))
		l.north = append(l.north, radius*math.Sin(angle+bearing))
	}
	l.normalise()
	l.climb(hills)
	return l
}

// normalise moves the start to 0,0 and makes the length 1.
func (l *loop) normalise() {
	l.length = make([]float64, len(l.east))
	for i := 1; i < len(l.east); i++ {
		l.length[i] = l.length[i-1] + math.Hypot(l.east[i]-l.east[i-1], l.north[i]-l.north[i-1])
	}
	total, east, north := l.length[len(l.length)-1], l.east[0], l.north[0]
	for i := range l.east {
		l.east[i], l.north[i] = (l.east[i]-east)/total, (l.north[i]-north)/total
		l.length[i] /= total
	}
}

// climb lays the way over hills, so that the ascent is 1.
func (l *loop) climb(hills []wave) {
	ascent := 0.0
	for i := range loopPoints + 1 {
		l.rise = append(l.rise, sum(hills, 2*math.Pi*float64(i)/loopPoints)-sum(hills, 0))
		if i > 0 {
			ascent += max(0, l.rise[i]-l.rise[i-1])
		}
	}
	for i := range l.rise {
		l.rise[i] /= ascent
		l.lowest, l.highest = min(l.lowest, l.rise[i]), max(l.highest, l.rise[i])
	}
}

// height is that over the start after a share of the way, as a share of the whole ascent.
func (l *loop) height(share float64) float64 {
	i := min(int(share*loopPoints), loopPoints-1)
	return l.rise[i] + (share*loopPoints-float64(i))*(l.rise[i+1]-l.rise[i])
}

// trace lays the loop on the map, with a length in metres, as so many points.
func (l *loop) trace(s spot, metres float64, points int) []position {
	shares := make([]float64, points+1)
	for i := range shares {
		shares[i] = float64(i) / float64(points)
	}
	return l.along(s, metres, shares)
}

// along lays the points on the map that are after these shares of the loop, which ascend.
func (l *loop) along(s spot, metres float64, shares []float64) []position {
	const metresPerDegree = 111_320
	shrink := math.Cos(s.latitude * math.Pi / 180)
	trace := make([]position, 0, len(shares))
	at := 0
	for _, share := range shares {
		for at < len(l.length)-2 && l.length[at+1] < share {
			at++
		}
		between := (share - l.length[at]) / (l.length[at+1] - l.length[at])
		east := l.east[at] + between*(l.east[at+1]-l.east[at])
		north := l.north[at] + between*(l.north[at+1]-l.north[at])
		trace = append(trace, position{
			s.latitude + north*metres/metresPerDegree,
			s.longitude + east*metres/metresPerDegree/shrink,
		})
	}
	return trace
}

// encodePolyline writes a trace with a precision of 5 digits:
// https://developers.google.com/maps/documentation/utilities/polylinealgorithm
func encodePolyline(trace []position) string {
	var line []byte
	var latitude, longitude int
	for _, p := range trace {
		nextLatitude, nextLongitude := int(math.Round(p.latitude*1e5)), int(math.Round(p.longitude*1e5))
		line = appendSigned(line, nextLatitude-latitude)
		line = appendSigned(line, nextLongitude-longitude)
		latitude, longitude = nextLatitude, nextLongitude
	}
	return string(line)
}

func appendSigned(line []byte, n int) []byte {
	n <<= 1
	if n < 0 {
		n = ^n
	}
	for n >= 0x20 {
		line = append(line, byte(n&0x1f|0x20)+63)
		n >>= 5
	}
	return append(line, byte(n)+63)
}
