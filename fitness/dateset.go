package fitness

import (
	"math/bits"
	"time"
)

// dayNumber is a date as one small number, in the order of the dates and with gaps between the months. The zero value is
// no date.
type dayNumber int32

// daysOfMonth is how many numbers a month has, more than days.
const daysOfMonth = 32

func (d Date) number() dayNumber {
	return dayNumber(d.Year*12+int(d.Month)-1)*daysOfMonth + dayNumber(d.Day)
}

// date is the opposite of Date.number.
func (n dayNumber) date() Date {
	month, day := n/daysOfMonth, n%daysOfMonth
	return Date{Year: int(month / 12), Month: time.Month(month%12 + 1), Day: int(day)}
}

// dateSet is a set of dates that takes little time for those that come in their order, or nearly so: a bit for each day
// of a month, and the month that is added to at hand. Its zero value is empty.
type dateSet struct {
	month dayNumber // the one at hand
	days  uint32    // those of it, by their bits
	// others are the days of the other months; nil while there are none.
	others map[dayNumber]uint32
}

// add puts a date in.
func (s *dateSet) add(date dayNumber) {
	if month := date / daysOfMonth; month != s.month {
		s.turnTo(month)
	}
	s.days |= 1 << (date % daysOfMonth)
}

func (s *dateSet) turnTo(month dayNumber) {
	if s.days != 0 {
		if s.others == nil {
			s.others = map[dayNumber]uint32{}
		}
		s.others[s.month] = s.days
	}
	s.month, s.days = month, s.others[month]
	delete(s.others, month)
}

// size is the number of dates in the set.
func (s *dateSet) size() int {
	size := bits.OnesCount32(s.days)
	for _, days := range s.others {
		size += bits.OnesCount32(days)
	}
	return size
}
