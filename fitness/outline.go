package fitness

import (
	"fmt"
	"math"
)

// maxOutlineSide bounds the box of an outline: more than any screen has.
const maxOutlineSide = 10_000

// SVGPath is the outline of the summary polyline; nil where that has no line or can't be read. See [Trace.SVGPath].
func (m *ActivityMap) SVGPath(width, height int) (*string, error) {
	return m.trace().SVGPath(width, height)
}

// SVGPath is the trace as the d of an SVG path, as large as a box of width by height takes it, in its middle, with north
// up and the true aspect. It is nil for less than two points; a trace that stays on one spot becomes a dot, which shows
// with round caps. The path leaves no room for the width of a stroke.
//
// It is drawn in an equirectangular projection that is true in the middle latitude, and to about a thousandth of the
// box. The same trace always has the same path. It fails with a BAD_USER_INPUT for a side of nothing, less, or more than
// 10,000.
func (t Trace) SVGPath(width, height int) (*string, error) {
	if err := CheckOutline(width, height); err != nil {
		return nil, err
	}
	if len(t) < 2 {
		return nil, nil
	}
	return new(draw(t.flattened(), float64(width), float64(height))), nil
}

// CheckOutline fails with a BAD_USER_INPUT for a box that [Trace.SVGPath] does not take.
func CheckOutline(width, height int) error {
	for _, side := range []struct {
		name   string
		length int
	}{{"width", width}, {"height", height}} {
		if side.length < 1 || side.length > maxOutlineSide {
			return badInput(side.name, fmt.Sprintf("%s must be from 1 to %d.", side.name, maxOutlineSide))
		}
	}
	return nil
}

// spot is a point on paper: to the right and down from the upper left corner.
type spot struct{ x, y float64 }

// sheet is a trace on paper, in degrees of latitude.
type sheet struct {
	spots         []spot
	width, height float64
}

// flattened lays the trace on the smallest sheet.
func (t Trace) flattened() sheet {
	line := t.continuous()
	around := line.extent()
	south, north := around.SouthWest.Latitude, around.NorthEast.Latitude
	west, east := around.SouthWest.Longitude, around.NorthEast.Longitude
	shrink := math.Cos((south + north) / 2 * math.Pi / 180) // a degree of longitude is that much shorter

	flat := sheet{spots: make([]spot, len(line)), width: (east - west) * shrink, height: north - south}
	for i, point := range line {
		flat.spots[i] = spot{x: (point.Longitude - west) * shrink, y: north - point.Latitude}
	}
	return flat
}

// scale is what fits the sheet into the box: 0 for one that is a single spot.
func (s sheet) scale(width, height float64) float64 {
	const nothing = 1e-7 // degrees: a centimetre
	scale := math.Inf(1)
	if s.width > nothing {
		scale = width / s.width
	}
	if s.height > nothing {
		scale = min(scale, height/s.height)
	}
	if math.IsInf(scale, 1) {
		return 0
	}
	return scale
}

// draw is the path of the sheet in the middle of the box.
func draw(flat sheet, width, height float64) string {
	scale := flat.scale(width, height)
	left, top := (width-flat.width*scale)/2, (height-flat.height*scale)/2
	pen := newPen(max(width, height))
	for _, at := range flat.spots {
		pen.to(left+at.x*scale, top+at.y*scale)
	}
	return pen.path()
}

// pen writes a path on a grid, so that coordinates are short and what falls onto the same point is written once.
type pen struct {
	text   []byte
	grid   float64 // lines per unit of length
	x, y   float64 // in lines of the grid
	points int
}

// newPen makes one for a box whose longer side is given. Its grid has from 1,000 to 10,000 lines along that.
func newPen(side float64) *pen {
	grid := 1.0
	for side*grid < 1000 {
		grid *= 10
	}
	return &pen{grid: grid}
}

// to draws a line to the point; the first one only begins there.
func (p *pen) to(x, y float64) {
	x, y = max(0, math.Round(x*p.grid)), max(0, math.Round(y*p.grid)) // and not -0
	if p.points > 0 && x == p.x && y == p.y {
		return
	}
	p.x, p.y = x, y
	p.write()
}

func (p *pen) write() {
	p.text = append(p.text, [...]byte{'M', 'L', ' '}[min(p.points, 2)]) // further points need no letter
	p.text = appendDecimal(p.text, p.x/p.grid)
	p.text = append(p.text, ' ')
	p.text = appendDecimal(p.text, p.y/p.grid)
	p.points++
}

// path is what was drawn. A single point becomes a line to itself: a path that only begins somewhere shows nothing.
func (p *pen) path() string {
	if p.points == 1 {
		p.write()
	}
	return string(p.text)
}
