package fitness

// figure is what sums need of one activity. All that is known of an activity lies far apart in memory, and a sum over a
// long history would wait for that most of the time; figures lie side by side.
type figure struct {
	date        dayNumber
	sport, gear int32 // the numbers of their names
	distance    float64
	climb       float64
	movingTime  int
	elapsedTime int
}

// figures are those of a list of activities, in its order. They never change.
type figures struct {
	rows          []figure
	sports, gears names
}

func figuresOf(activities []*Activity) *figures {
	f := &figures{rows: make([]figure, len(activities))}
	for i, a := range activities {
		f.rows[i] = figure{
			date: a.LocalDate().number(), sport: f.sports.number(string(a.Sport)), gear: f.gears.number(a.GearID),
			distance: a.DistanceMeters, climb: a.ElevationGainMeters, movingTime: a.MovingTime, elapsedTime: a.ElapsedTime,
		}
	}
	return f
}

// bySport are the sums of each sport that occurs.
func (f *figures) bySport() map[string]*Totals {
	return f.by(f.sports, func(row *figure) int32 { return row.sport })
}

// byGear are the sums of each gear that occurs, and of none as "".
func (f *figures) byGear() map[string]*Totals {
	return f.by(f.gears, func(row *figure) int32 { return row.gear })
}

func (f *figures) by(names names, number func(*figure) int32) map[string]*Totals {
	tallies := make([]tally, len(names.known))
	for i := range f.rows {
		tallies[number(&f.rows[i])].add(&f.rows[i])
	}
	sums := make(map[string]*Totals, len(tallies))
	for i := range tallies {
		sums[names.known[i]] = tallies[i].totals()
	}
	return sums
}

// names are numbered in the order in which they come. The zero value has none.
type names struct {
	known   []string
	numbers map[string]int32
	latest  int32
}

func (n *names) number(name string) int32 {
	if len(n.known) > 0 && n.known[n.latest] == name { // As often as not.
		return n.latest
	}
	number, isKnown := n.numbers[name]
	if !isKnown {
		if n.numbers == nil {
			n.numbers = map[string]int32{}
		}
		number = int32(len(n.known))
		n.known = append(n.known, name)
		n.numbers[name] = number
	}
	n.latest = number
	return number
}
