package mirror

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"time"
)

// coder is the encoder or the decoder of one stored copy: the first reads what it is given, the second sets it.
type coder interface {
	integer(*int64)
	float(*float64)
	flag(*bool)
	text(*string)
	// word is a text of which there are few: it is stored once.
	word(*string)
	time(*time.Time)
	// count is how many of something follow; it takes the number, or gives the one that is stored. Each of them has so many
	// fields at least.
	count(number, fields int) int
	// has is whether something is there; it takes the answer, or gives the stored one.
	has(bool) bool
}

// number and word write nothing that is there already: what is encoded is read by others at the same time.
func number[N ~int](c coder, n *N) {
	wide := int64(*n)
	if c.integer(&wide); *n != N(wide) {
		*n = N(wide)
	}
}

func word[W ~string](c coder, w *W) {
	text := string(*w)
	if c.word(&text); *w != W(text) {
		*w = W(text)
	}
}

// optional is a value that may be missing.
func optional[V any](c coder, value **V, code func(coder, *V)) {
	if !c.has(*value != nil) {
		return
	}
	if *value == nil {
		*value = new(V)
	}
	code(c, *value)
}

// secondsOf are Unix times by id, in the order of the ids, so that one ledger has one encoding.
func secondsOf(c coder, byID map[int64]int64) {
	ids := slices.Sorted(maps.Keys(byID))
	for i := range c.count(len(ids), 2) {
		var id, at int64
		if i < len(ids) {
			id, at = ids[i], byID[ids[i]]
		}
		c.integer(&id)
		c.integer(&at)
		byID[id] = at
	}
}

// encoder appends to data.
type encoder struct {
	data  []byte
	words map[string]uint64
}

func (e *encoder) integer(n *int64) { e.data = binary.AppendVarint(e.data, *n) }

// float keeps figures with few decimals short, which are nearly all of them.
func (e *encoder) float(f *float64) {
	if scaled := math.Round(*f * floatScale); scaled/floatScale == *f && math.Abs(scaled) < 1<<52 && !(*f == 0 && math.Signbit(*f)) {
		e.data = binary.AppendVarint(e.data, int64(scaled)<<1)
		return
	}
	e.data = binary.AppendVarint(e.data, 1)
	e.data = binary.LittleEndian.AppendUint64(e.data, math.Float64bits(*f))
}

// floatScale turns what Strava tells, with six decimals at most, into whole numbers.
const floatScale = 1e6

func (e *encoder) flag(b *bool) { e.has(*b) }

func (e *encoder) text(s *string) {
	e.data = binary.AppendUvarint(e.data, uint64(len(*s)))
	e.data = append(e.data, *s...)
}

func (e *encoder) word(s *string) {
	if number, known := e.words[*s]; known {
		e.data = binary.AppendUvarint(e.data, number)
		return
	}
	e.data = binary.AppendUvarint(e.data, 0)
	e.text(s)
	e.words[*s] = uint64(len(e.words)) + 1
}

func (e *encoder) time(t *time.Time) {
	if !e.has(!t.IsZero()) {
		return
	}
	e.data = binary.AppendVarint(e.data, t.Unix())
	e.data = binary.AppendUvarint(e.data, uint64(t.Nanosecond()))
}

func (e *encoder) count(n, _ int) int {
	e.data = binary.AppendUvarint(e.data, uint64(n))
	return n
}

func (e *encoder) has(is bool) bool {
	if is {
		e.data = append(e.data, 1)
	} else {
		e.data = append(e.data, 0)
	}
	return is
}

// decoder takes from data, which is text so that the strings in it need no copies. After the first failure it gives
// zero values.
type decoder struct {
	data   string
	words  []string
	failed bool
}

func (d *decoder) fail() {
	d.failed, d.data = true, ""
}

func (d *decoder) uvarint() uint64 {
	var n uint64
	for i := range min(len(d.data), binary.MaxVarintLen64) {
		b := d.data[i]
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			d.data = d.data[i+1:]
			return n
		}
	}
	d.fail()
	return 0
}

func (d *decoder) varint() int64 {
	n := d.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

func (d *decoder) take(n uint64) string {
	if n > uint64(len(d.data)) {
		d.fail()
		return ""
	}
	taken := d.data[:n]
	d.data = d.data[n:]
	return taken
}

func (d *decoder) integer(n *int64) { *n = d.varint() }

func (d *decoder) float(f *float64) {
	n := d.varint()
	if n&1 == 0 {
		*f = float64(n>>1) / floatScale
		return
	}
	if bits := d.take(8); len(bits) == 8 {
		*f = math.Float64frombits(binary.LittleEndian.Uint64([]byte(bits)))
	}
	if math.IsNaN(*f) || math.IsInf(*f, 0) {
		d.fail()
	}
}

func (d *decoder) flag(b *bool) { *b = d.has(false) }

func (d *decoder) text(s *string) { *s = d.take(d.uvarint()) }

func (d *decoder) word(s *string) {
	number := d.uvarint()
	if number > uint64(len(d.words)) {
		d.fail()
		return
	}
	if number > 0 {
		*s = d.words[number-1]
		return
	}
	d.text(s)
	d.words = append(d.words, *s)
}

func (d *decoder) time(t *time.Time) {
	if !d.has(false) {
		return
	}
	seconds, nanoseconds := d.varint(), d.uvarint()
	if nanoseconds >= 1e9 || seconds < -1<<40 || seconds > 1<<40 {
		d.fail()
		return
	}
	*t = time.Unix(seconds, int64(nanoseconds)).UTC()
}

// count never says more than there can be: each field takes a byte at least.
func (d *decoder) count(_, fields int) int {
	n := d.uvarint()
	if n > uint64(len(d.data)/fields) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) has(bool) bool {
	switch d.take(1) {
	case "\x01":
		return true
	case "\x00":
		return false
	default:
		d.fail()
		return false
	}
}
