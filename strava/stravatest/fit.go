package stravatest

import (
	"encoding/binary"
	"errors"
	"time"
)

// The numbers of https://developer.garmin.com/fit/protocol/ that matter here: of messages, and of their fields.
const (
	fitSession, fitRecord = 18, 20

	fitSessionSport                       = 5
	fitLatitude, fitLongitude             = 0, 1
	fitAltitude, fitHeartrate, fitMileage = 2, 3, 5
	fitTimestamp                          = 253
)

// fitEpoch is where FIT's seconds begin.
func fitEpoch() time.Time { return time.Date(1989, 12, 31, 0, 0, 0, 0, time.UTC) }

// degreesPerSemicircle: a half turn of the earth has 2^31 of them.
const degreesPerSemicircle = 180.0 / (1 << 31)

var errFIT = errors.New("not a FIT file")

// fitLayout is what a definition message says of the data messages that come after it.
type fitLayout struct {
	global uint16
	order  binary.ByteOrder
	fields []fitField
	size   int
}

type fitField struct {
	number uint8
	size   int
}

// readFIT reads the records and the sport.
func readFIT(content []byte) (sport string, points []trackPoint, err error) {
	if len(content) < 14 || int(content[0]) < 12 || int(content[0]) > len(content) || string(content[8:12]) != ".FIT" {
		return "", nil, errFIT
	}
	end := int(content[0]) + int(binary.LittleEndian.Uint32(content[4:]))
	if end < 0 || end+2 > len(content) || fitCRC(content[:end]) != binary.LittleEndian.Uint16(content[end:]) {
		return "", nil, errFIT
	}
	sport = "Ride"
	layouts := map[byte]fitLayout{}
	for rest := content[content[0]:end]; len(rest) > 0; {
		header := rest[0]
		rest = rest[1:]
		local := header & 0x0f
		if header&0x80 != 0 { // A compressed timestamp, which few devices write.
			return "", nil, errFIT
		}
		if header&0x40 != 0 {
			layout, length, ok := readFITLayout(rest, header&0x20 != 0)
			if !ok {
				return "", nil, errFIT
			}
			layouts[local], rest = layout, rest[length:]
			continue
		}
		layout, ok := layouts[local]
		if !ok || len(rest) < layout.size {
			return "", nil, errFIT
		}
		switch values := layout.read(rest); layout.global {
		case fitSession:
			sport = fitSport(values[fitSessionSport], sport)
		case fitRecord:
			points = append(points, fitPoint(values))
		}
		rest = rest[layout.size:]
	}
	return sport, points, nil
}

// readFITLayout reads a definition message and tells how long it was.
func readFITLayout(b []byte, developer bool) (layout fitLayout, length int, ok bool) {
	if len(b) < 5 || len(b) < 5+3*int(b[4]) {
		return layout, 0, false
	}
	layout.order = binary.ByteOrder(binary.LittleEndian)
	if b[1] == 1 {
		layout.order = binary.BigEndian
	}
	layout.global = layout.order.Uint16(b[2:])
	length = 5 + 3*int(b[4])
	for f := b[5:length]; len(f) > 0; f = f[3:] {
		layout.fields = append(layout.fields, fitField{f[0], int(f[1])})
		layout.size += int(f[1])
	}
	if !developer {
		return layout, length, true
	}
	if len(b) <= length || len(b) < length+1+3*int(b[length]) {
		return layout, 0, false
	}
	for f := b[length+1 : length+1+3*int(b[length])]; len(f) > 0; f = f[3:] {
		layout.size += int(f[1]) // Nothing in them that matters here.
	}
	return layout, length + 1 + 3*int(b[length]), true
}

// read takes the numbers out of a data message; all bits set means that there is none.
func (l fitLayout) read(b []byte) map[uint8]uint32 {
	values := map[uint8]uint32{}
	for _, f := range l.fields {
		switch {
		case f.size == 1 && b[0] != 0xff:
			values[f.number] = uint32(b[0])
		case f.size == 2 && l.order.Uint16(b) != 0xffff:
			values[f.number] = uint32(l.order.Uint16(b))
		case f.size == 4 && l.order.Uint32(b) != 0xffffffff:
			values[f.number] = l.order.Uint32(b)
		}
		b = b[f.size:]
	}
	return values
}

func fitPoint(values map[uint8]uint32) trackPoint {
	var p trackPoint
	if v, ok := values[fitTimestamp]; ok {
		p.time = fitEpoch().Add(time.Duration(v) * time.Second)
	}
	latitude, north := values[fitLatitude]
	longitude, east := values[fitLongitude]
	if north && east && latitude != 0x7fffffff && longitude != 0x7fffffff {
		p.position = &position{float64(int32(latitude)) * degreesPerSemicircle, float64(int32(longitude)) * degreesPerSemicircle}
	}
	if v, ok := values[fitAltitude]; ok {
		p.altitude = new(float64(v)/5 - 500)
	}
	if v, ok := values[fitHeartrate]; ok {
		p.heart = new(float64(v))
	}
	if v, ok := values[fitMileage]; ok {
		p.distance = new(float64(v) / 100)
	}
	return p
}

func fitSport(number uint32, usual string) string {
	if sport, ok := map[uint32]string{1: "Run", 2: "Ride", 5: "Swim", 11: "Walk", 17: "Hike"}[number]; ok {
		return sport
	}
	return usual
}

// fitCRC is the checksum of https://developer.garmin.com/fit/protocol/
func fitCRC(b []byte) uint16 {
	var crc uint16
	for _, each := range b {
		crc ^= uint16(each)
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ 0xa001
			} else {
				crc >>= 1
			}
		}
	}
	return crc
}
