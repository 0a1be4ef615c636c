package stravatest

import (
	"net/http"
)

type wireZone struct {
	Min int `json:"min"`
	Max int `json:"max"` // -1: open
}

type wireZones struct {
	HeartRate struct {
		CustomZones bool       `json:"custom_zones"`
		Zones       []wireZone `json:"zones"`
	} `json:"heart_rate"`
	Power *struct {
		Zones []wireZone `json:"zones"`
	} `json:"power,omitempty"`
}

// wireActivityZone spells score and times as fractions for the heart rate and as whole numbers for the rest; of a custom
// division that a sensor does not have, nothing is told.
type wireActivityZone struct {
	Score       any          `json:"score,omitempty"`
	Buckets     []wireBucket `json:"distribution_buckets"`
	Type        string       `json:"type"`
	State       int          `json:"resource_state"`
	SensorBased bool         `json:"sensor_based"`
	Points      *int         `json:"points,omitempty"`
	CustomZones *bool        `json:"custom_zones,omitempty"`
}

type wireBucket struct {
	Min  any `json:"min"`
	Max  any `json:"max"`
	Time any `json:"time"`
}

func heartBounds() []float64 { return []float64{0, 115, 144, 158, 173} }

// paceBounds are in metres per second.
func paceBounds() []float64 { return []float64{0, 2.512, 2.964, 3.443, 3.835, 4.097} }

func powerBounds() []float64 { return []float64{0, 50, 100, 150, 200, 250, 300, 350, 400, 450} }

func asZones(bounds []float64) []wireZone {
	zones := make([]wireZone, len(bounds))
	for i, low := range bounds {
		zones[i] = wireZone{int(low), -1}
		if i < len(bounds)-1 {
			zones[i].Max = int(bounds[i+1])
		}
	}
	return zones
}

// getZones has power only for an athlete whose FTP is known.
func (c *call) getZones(d *diary) answer {
	var zones wireZones
	zones.HeartRate.Zones = asZones(heartBounds())
	if ftp := d.self().ftp; ftp > 0 {
		var bounds []float64
		for _, share := range []float64{0, 0.55, 0.75, 0.9, 1.05, 1.2, 1.5} {
			bounds = append(bounds, share*float64(ftp))
		}
		zones.Power = &struct {
			Zones []wireZone `json:"zones"`
		}{asZones(bounds)}
	}
	return jsonAnswer(http.StatusOK, zones)
}

// listActivityZones tells how long the heart rate, the pace, the power was in each zone.
func (c *call) listActivityZones(d *diary) answer {
	e, refused := c.activityOf(d)
	if refused != nil {
		return *refused
	}
	zones := []wireActivityZone{}
	if e.Manual {
		return jsonAnswer(http.StatusOK, zones)
	}
	course := d.record(e)
	if course.heart != nil {
		zone := wireActivityZone{Type: "heartrate", State: 3, SensorBased: true, Points: new(course.last()), CustomZones: new(false)}
		if e.row.SufferScore != nil {
			zone.Score = *e.row.SufferScore
		}
		for i, seconds := range spread(asFloats(course.heart), heartBounds()) {
			bounds := asZones(heartBounds())[i]
			zone.Buckets = append(zone.Buckets, wireBucket{bounds.Min, bounds.Max, decimal(seconds)})
		}
		zones = append(zones, zone)
	}
	if sportNamed(e.Sport).kind == "Run" && course.Distance > 0 {
		zone := wireActivityZone{Score: 8, Type: "pace", State: 3, SensorBased: true}
		bounds := paceBounds()
		for i, seconds := range spread(course.velocity, bounds) {
			bucket := wireBucket{bounds[i], -1, seconds}
			if i < len(bounds)-1 {
				bucket.Max = bounds[i+1]
			}
			zone.Buckets = append(zone.Buckets, bucket)
		}
		zones = append(zones, zone)
	}
	if course.watts != nil && *e.row.DeviceWatts {
		zone := wireActivityZone{Type: "power", State: 3, SensorBased: true}
		for i, seconds := range spread(asFloats(course.watts), powerBounds()) {
			bounds := asZones(powerBounds())[i]
			zone.Buckets = append(zone.Buckets, wireBucket{bounds.Min, bounds.Max, seconds})
		}
		zones = append(zones, zone)
	}
	return jsonAnswer(http.StatusOK, zones)
}

// spread counts the seconds in each zone: every sample but the first ends one.
func spread(channel, bounds []float64) []int {
	seconds := make([]int, len(bounds))
	for _, v := range channel[1:] {
		zone := 0
		for zone < len(bounds)-1 && v >= bounds[zone+1] {
			zone++
		}
		seconds[zone]++
	}
	return seconds
}

func asFloats(channel []int) []float64 {
	floats := make([]float64, len(channel))
	for i, v := range channel {
		floats[i] = float64(v)
	}
	return floats
}
