package fitness

import (
	"cmp"
	"fmt"
	"strconv"
	"time"
)

// Date is a calendar date without a zone. The zero value is no date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// The years that are read: in those, the ends of the periods that hold a date have four digits too.
const (
	minYear = 1000
	maxYear = 9998
)

// ParseDate reads a date such as 2026-11-22, of a year from 1000 to 9998.
func ParseDate(text string) (Date, error) {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Date{}, fmt.Errorf("parse date %q: want a form such as 2026-11-22", text)
	}
	if at.Year() < minYear || at.Year() > maxYear {
		return Date{}, fmt.Errorf("parse date %q: want a year from %d to %d", text, minYear, maxYear)
	}
	return dateOf(at), nil
}

// dateOf is the date that t's own clock shows.
func dateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{Year: year, Month: month, Day: day}
}

// String gives the date as 2026-11-22.
func (d Date) String() string { return string(d.Append(nil)) }

// Append appends what String gives. A page of activities has many dates, and fmt takes its time over each.
func (d Date) Append(to []byte) []byte {
	to = append(padded(to, d.Year, 4), '-')
	to = append(padded(to, int(d.Month), 2), '-')
	return padded(to, d.Day, 2)
}

// padded appends a number that is not negative, with zeros before it up to so many digits.
func padded(to []byte, number, digits int) []byte {
	for least := 10; digits > 1; digits, least = digits-1, least*10 {
		if number < least {
			to = append(to, '0')
		}
	}
	return strconv.AppendInt(to, int64(number), 10)
}

// MarshalText gives what String gives.
func (d Date) MarshalText() ([]byte, error) { return d.Append(nil), nil }

// UnmarshalText reads what ParseDate reads.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// Compare orders dates from the past to the future.
func (d Date) Compare(other Date) int { return cmp.Compare(d.number(), other.number()) }

// Before reports whether d is an earlier date than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After reports whether d is a later date than other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// AddDays is the date so many days later, or earlier for a negative number.
func (d Date) AddDays(days int) Date { return d.add(0, 0, days) }

// DaysSince is the number of days from other to d: 1 when d is the day after other.
func (d Date) DaysSince(other Date) int {
	const day = 24 * time.Hour // in UTC, where every day has as many
	return int(d.utc().Sub(other.utc()) / day)
}

func (d Date) weekday() time.Weekday { return d.utc().Weekday() }

func (d Date) add(years, months, days int) Date {
	return dateOf(time.Date(d.Year+years, d.Month+time.Month(months), d.Day+days, 0, 0, 0, 0, time.UTC))
}

// utc is the date's midnight in UTC: only for arithmetic on dates, where zones and their gaps must not matter.
func (d Date) utc() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

// LocalDateTime is what a clock on the wall showed, without a zone. The zero value is no time.
type LocalDateTime struct {
	Date                 Date
	Hour, Minute, Second int
}

const localDateTimeLayout = "2006-01-02T15:04:05"

// ParseLocalDateTime reads a wall clock time such as 2026-11-22T10:30:00.
func ParseLocalDateTime(text string) (LocalDateTime, error) {
	at, err := time.Parse(localDateTimeLayout, text)
	if err != nil {
		return LocalDateTime{}, fmt.Errorf("parse local time %q: want a form such as 2026-11-22T10:30:00", text)
	}
	return wallClock(at), nil
}

// wallClock is what t's own clock shows.
func wallClock(t time.Time) LocalDateTime {
	hour, minute, second := t.Clock()
	return LocalDateTime{Date: dateOf(t), Hour: hour, Minute: minute, Second: second}
}

// utc is the instant at which a clock in UTC shows the same.
func (l LocalDateTime) utc() time.Time {
	return time.Date(l.Date.Year, l.Date.Month, l.Date.Day, l.Hour, l.Minute, l.Second, 0, time.UTC)
}

// String gives the time as 2026-11-22T10:30:00.
func (l LocalDateTime) String() string { return string(l.Append(nil)) }

// Append appends what String gives.
func (l LocalDateTime) Append(to []byte) []byte {
	to = append(padded(append(l.Date.Append(to), 'T'), l.Hour, 2), ':')
	return padded(append(padded(to, l.Minute, 2), ':'), l.Second, 2)
}

// MarshalText gives what String gives.
func (l LocalDateTime) MarshalText() ([]byte, error) { return l.Append(nil), nil }

// UnmarshalText reads what ParseLocalDateTime reads.
func (l *LocalDateTime) UnmarshalText(text []byte) error {
	parsed, err := ParseLocalDateTime(string(text))
	if err != nil {
		return err
	}
	*l = parsed
	return nil
}
