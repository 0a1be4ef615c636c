package fitness

import "math"

// LengthUnit is a unit that lengths, climbs and altitudes can be asked for in.
type LengthUnit string

const (
	LengthUnitMeters     LengthUnit = "METERS"
	LengthUnitKilometers LengthUnit = "KILOMETERS"
	LengthUnitMiles      LengthUnit = "MILES"
	LengthUnitFeet       LengthUnit = "FEET"
	LengthUnitYards      LengthUnit = "YARDS"
)

// meters is the length of one unit. An unknown unit counts as metres, which is the default everywhere.
func (u LengthUnit) meters() float64 {
	switch u {
	case LengthUnitKilometers:
		return 1000
	case LengthUnitMiles:
		return 1609.344
	case LengthUnitFeet:
		return 0.3048
	case LengthUnitYards:
		return 0.9144
	default:
		return 1
	}
}

// fromMeters converts whole millimetres, which is finer than anything is measured, so that the result is the decimal
// that people expect: 300.7 m are 0.3007 km and not 0.30069999999999997. Metres stay what Strava said.
func (u LengthUnit) fromMeters(meters float64) float64 {
	if u.meters() == 1 {
		return meters
	}
	return math.Round(meters*millimeters) / (u.meters() * millimeters)
}

const millimeters = 1000 // a metre

// wholeMillimeters are the metres of a sum without what adding binary fractions leaves behind.
func wholeMillimeters(meters float64) float64 { return math.Round(meters*millimeters) / millimeters }

// SpeedUnit is a unit that speeds can be asked for in.
type SpeedUnit string

const (
	SpeedUnitMetersPerSecond   SpeedUnit = "METERS_PER_SECOND"
	SpeedUnitKilometersPerHour SpeedUnit = "KILOMETERS_PER_HOUR"
	SpeedUnitMilesPerHour      SpeedUnit = "MILES_PER_HOUR"
)

func (u SpeedUnit) fromMetersPerSecond(speed float64) float64 {
	const secondsPerHour = 3600
	switch u {
	case SpeedUnitKilometersPerHour:
		return speed * secondsPerHour / LengthUnitKilometers.meters()
	case SpeedUnitMilesPerHour:
		return speed * secondsPerHour / LengthUnitMiles.meters()
	default:
		return speed
	}
}

// PaceUnit is a unit that paces can be asked for in: seconds for a stretch of road or water.
type PaceUnit string

const (
	PaceUnitSecondsPerKilometer PaceUnit = "SECONDS_PER_KILOMETER"
	PaceUnitSecondsPerMile      PaceUnit = "SECONDS_PER_MILE"
	PaceUnitSecondsPer100Meters PaceUnit = "SECONDS_PER_100_METERS"
	PaceUnitSecondsPer100Yards  PaceUnit = "SECONDS_PER_100_YARDS"
)

// meters is the length of the stretch that the pace is given for.
func (u PaceUnit) meters() float64 {
	switch u {
	case PaceUnitSecondsPerMile:
		return LengthUnitMiles.meters()
	case PaceUnitSecondsPer100Meters:
		return 100
	case PaceUnitSecondsPer100Yards:
		return 100 * LengthUnitYards.meters()
	default:
		return LengthUnitKilometers.meters()
	}
}

// over is the time for such a stretch, in seconds, for who covered the distance in that time; nil when nothing was covered
// or no time was kept.
func (u PaceUnit) over(meters float64, seconds int) *float64 {
	if meters <= 0 || seconds <= 0 {
		return nil
	}
	return new(float64(seconds) / (meters / u.meters()))
}

// TemperatureUnit is a unit that temperatures can be asked for in.
type TemperatureUnit string

const (
	TemperatureUnitCelsius    TemperatureUnit = "CELSIUS"
	TemperatureUnitFahrenheit TemperatureUnit = "FAHRENHEIT"
)

func (u TemperatureUnit) fromCelsius(degrees float64) float64 {
	if u == TemperatureUnitFahrenheit {
		return degrees*9/5 + 32
	}
	return degrees
}

// MassUnit is a unit that weights can be asked for in.
type MassUnit string

const (
	MassUnitKilograms MassUnit = "KILOGRAMS"
	MassUnitPounds    MassUnit = "POUNDS"
)

func (u MassUnit) fromKilograms(mass float64) float64 {
	const kilogramsPerPound = 0.45359237
	if u == MassUnitPounds {
		return mass / kilogramsPerPound
	}
	return mass
}

// Measurement is the system of units that an athlete prefers.
type Measurement string

const (
	MeasurementMetric   Measurement = "METRIC"
	MeasurementImperial Measurement = "IMPERIAL"
)

// length converts metres that may be unknown.
func length(meters *float64, unit LengthUnit) *float64 {
	if meters == nil {
		return nil
	}
	return new(unit.fromMeters(*meters))
}

// speed converts metres per second that may be unknown.
func speed(metersPerSecond *float64, unit SpeedUnit) *float64 {
	if metersPerSecond == nil {
		return nil
	}
	return new(unit.fromMetersPerSecond(*metersPerSecond))
}
