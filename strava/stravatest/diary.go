package stravatest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"
)

// diary is a made-up history.
type diary struct {
	seed    uint64
	athlete person

	mu      sync.RWMutex
	entries []entry        // Newest first. Replaced, never changed.
	taken   map[int64]bool // Ids are not used twice, not even after a deletion.
	ways    map[way]loop

	gearEdits map[string]func(*Gear)
	stars     map[int64]time.Time
	crossings map[crossing]effort
	uploads   map[int64]*upload

	uploadPolls int
}

// way is a loop that the athlete knows.
type way struct {
	spot
	number int
}

// loopOf remembers the loops, which are dear to make. The caller holds the lock, or is alone.
func (d *diary) loopOf(p plan) loop {
	known, ok := d.ways[way{p.spot, p.way}]
	if !ok {
		known = newLoop(p.spot, p.way)
		d.ways[way{p.spot, p.way}] = known
	}
	return known
}

// knownLoop is loopOf for those who do not hold the lock.
func (d *diary) knownLoop(p plan) loop {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.loopOf(p)
}

// plan is an activity before Strava hears of it.
type plan struct {
	Activity
	spot spot
	// way is the number of the loop from there.
	way int
	// hiddenStart makes Strava say midnight and one second: https://developers.strava.com/docs/changelog/ (July 2024).
	hiddenStart bool
	// listless makes the list say 0 where the detail has a distance: a trainer ride was recorded like that.
	listless bool
	// muted keeps it out of the followers' feed.
	muted bool
	// uploaded, when not nil, is the file that it was made of.
	uploaded   *track
	externalID string
	// measured, when not nil, is what the activity was before the athlete edited it: sensors do not change.
	measured *Activity
	// zoneName, when not "", is what Strava calls the time zone.
	zoneName string
}

// entry is a plan as Strava shows it.
type entry struct {
	plan
	row summaryActivity
}

// newDiary makes up a history that ends yesterday, or takes the one of Config.Activities.
func newDiary(cfg Config) (*diary, error) {
	d := emptyDiary(cfg.Seed, robin())
	for _, s := range segments()[:4] {
		d.stars[s.id] = cfg.Now().UTC().Truncate(24*time.Hour).AddDate(-1, 0, -int(s.id%30))
	}
	var plans []plan
	for _, a := range cfg.Activities {
		plans = append(plans, given(a, cfg.Now()))
	}
	if cfg.Activities == nil {
		c, err := newCalendar(cfg.Seed, cfg.Now(), cfg.Years)
		if err != nil {
			return nil, err
		}
		plans = c.plans()
	}
	for _, p := range plans {
		d.entries = append(d.entries, d.enter(p))
	}
	d.sort()
	return d, nil
}

// emptyDiary is of someone who has done nothing yet.
func emptyDiary(seed uint64, whose person) *diary {
	return &diary{
		seed: seed, athlete: whose, taken: map[int64]bool{}, ways: map[way]loop{}, gearEdits: map[string]func(*Gear){},
		stars: map[int64]time.Time{}, crossings: map[crossing]effort{}, uploads: map[int64]*upload{}, uploadPolls: 1,
	}
}

// given plans what a test asks for.
func given(a Activity, now time.Time) plan {
	if a.Start.IsZero() {
		a.Start = now.Add(-time.Hour).UTC()
	}
	return plan{Activity: a, spot: home()}
}

func (d *diary) snapshot() []entry {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.entries
}

// find looks an activity up.
func (d *diary) find(id int64) (entry, bool) {
	for _, e := range d.snapshot() {
		if e.row.ID == id {
			return e, true
		}
	}
	return entry{}, false
}

// unscored is the row of an athlete without a subscription.
func (e entry) unscored() summaryActivity {
	e.row.SufferScore = nil
	return e.row
}

func (d *diary) rows() []row {
	entries, subscriber := d.snapshot(), d.self().subscriber
	rows := make([]row, len(entries))
	for i, e := range entries {
		rows[i] = row{e.row.ID, e.shownStart(), e.row.Visibility, &entries[i].row}
		if !subscriber {
			rows[i].summary = new(e.unscored())
		}
	}
	return rows
}

// random is a source that depends on the seed and the activity's start alone: what was made up stays as it is when other
// activities come and go.
func (d *diary) random(p plan) *rand.Rand {
	return rand.New(rand.NewPCG(d.seed, uint64(p.Start.Unix())))
}

// enter gives a plan an id and describes it. The caller holds the lock, or is alone.
func (d *diary) enter(p plan) entry {
	id := idAt(p.Start)
	for d.taken[id] {
		id++
	}
	d.taken[id] = true
	return d.describe(p, id)
}

// idAt is about the id that Strava gave at a time: 1.95e9 in November 2018, past 2^31 soon after, 1.6e10 in October
// 2025, 2.0e10 in September 2026.
func idAt(t time.Time) int64 {
	const billion = 1e9
	known := []struct {
		year int
		id   float64
	}{
		{2018, 1.3}, {2019, 2.05}, {2020, 2.97}, {2021, 4.55}, {2022, 6.45},
		{2023, 8.33}, {2024, 10.47}, {2025, 13.22}, {2026, 16.9}, {2027, 21.3},
	}
	i := min(max(t.Year(), known[0].year), known[len(known)-2].year) - known[0].year
	from, to := known[i], known[i+1]
	newYear := func(year int) time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }
	share := float64(t.Sub(newYear(from.year))) / float64(newYear(to.year).Sub(newYear(from.year)))
	return max(1, int64((from.id+share*(to.id-from.id))*billion))
}

// describe tells an activity as a row of Strava's list.
func (d *diary) describe(p plan, id int64) entry {
	p.complete(d.random(p))
	s := sportNamed(p.Sport)
	e := entry{plan: p, row: summaryActivity{
		Map:           wireMap{ID: "a" + strconv.FormatInt(id, 10), ResourceState: 2},
		ResourceState: 2, Athlete: reference{d.athlete.id, 1}, ID: id,
		Name: p.Name, Type: s.kind, SportType: p.Sport, WorkoutType: p.workoutType(d.stream(p, 7)),
		Distance: round(p.Distance, 1), TotalElevationGain: climb(math.Round(p.Climb)),
		MovingTime: int(p.Moving.Seconds()), ElapsedTime: int(p.Elapsed.Seconds()),
		Trainer: p.Trainer, Commute: p.Commute, Manual: p.Manual,
		Private: p.Visibility == onlyMe, Visibility: p.Visibility, HideFromHome: p.muted,
		AverageSpeed: speed(p.Distance, p.Moving), TotalPhotoCount: p.Photos,
	}}
	if p.GearID != "" {
		e.row.GearID = &p.GearID
	}
	e.tellTimes()
	if !p.Manual {
		e.tellTrace(d.loopOf(p))
		e.tellUpload()
		e.tellSensors(sportNamed(p.asMeasured().Sport), d.stream(p, 8))
	}
	e.tellApplause(s, d.stream(p, 9))
	if p.listless {
		e.row.Distance, e.row.TotalElevationGain = 0, 0
	}
	return e
}

// complete fills in what the plan leaves open.
func (p *plan) complete(r *rand.Rand) {
	setDefault(&p.Sport, "Run")
	setDefault(&p.Visibility, everyone)
	if speed := sportNamed(p.Sport).speed; p.Moving == 0 && p.Distance > 0 && speed > 0 {
		p.Moving = time.Duration(p.Distance/speed) * time.Second
	}
	setDefault(&p.Moving, 30*time.Minute)
	setDefault(&p.Elapsed, p.Moving)
	if p.Name == "" {
		p.Name = dayPart(p.Start) + " " + spaced(p.Sport)
	}
	if p.Commute {
		setDefault(&p.way, commuteWay)
	}
	if p.way == 0 {
		p.way = 1 + r.IntN(5)
	}
}

// workoutType: Strava says 10 of a ride, 30 of weight training, 0 or null of a run, and nothing of the rest.
func (p plan) workoutType(r *rand.Rand) *int {
	usual := map[string]int{"Ride": 10, "GravelRide": 10, "WeightTraining": 30}[p.Sport]
	switch {
	case p.Workout != 0:
		return &p.Workout
	case usual != 0:
		return &usual
	case sportNamed(p.Sport).kind == "Run" && r.IntN(2) == 0:
		return new(int)
	}
	return nil
}

// shownStart is the start that Strava admits.
func (e entry) shownStart() time.Time {
	if e.hiddenStart {
		year, month, day := e.Start.Date()
		return time.Date(year, month, day, 0, 0, 1, 0, time.UTC)
	}
	return e.Start
}

// tellTimes writes the true instant, the local time with its false Z, and a zone whose GMT prefix is that of winter, all
// year round.
func (e *entry) tellTimes() {
	name, offset := e.Start.Zone()
	if zone := e.Start.Location().String(); zone != "Local" {
		name = zone
	}
	setDefault(&e.zoneName, name)
	e.row.StartDate = e.shownStart().UTC().Format(time.RFC3339)
	e.row.StartDateLocal = falseZ(e.Start)
	if e.hiddenStart {
		e.row.StartDateLocal = e.row.StartDate
	}
	e.row.Timezone = gmtPrefix(standardOffset(e.Start)) + " " + e.zoneName
	e.row.UTCOffset = decimal(offset)
}

// standardOffset is the smaller one of January's and July's.
func standardOffset(t time.Time) int {
	_, january := time.Date(t.Year(), 1, 1, 0, 0, 0, 0, t.Location()).Zone()
	_, july := time.Date(t.Year(), 7, 1, 0, 0, 0, 0, t.Location()).Zone()
	return min(january, july)
}

func gmtPrefix(offset int) string {
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	return fmt.Sprintf("(GMT%c%02d:%02d)", sign, offset/3600, offset/60%60)
}

// tellTrace writes the line and what comes from it. Without a trace the line is "" and the points are []; of a manual
// entry, which does not come here, both are null.
func (e *entry) tellTrace(loop loop) {
	line := ""
	e.row.Map.SummaryPolyline = &line
	e.row.StartLatlng, e.row.EndLatlng = []float64{}, []float64{}
	if !e.hasTrace() {
		return
	}
	points := min(max(int(e.Distance/120), 48), 120)
	if e.uploaded != nil {
		e.tellUploadedTrace(points)
		return
	}
	trace := loop.trace(e.spot, e.Distance, points)
	line = encodePolyline(trace)
	e.row.StartLatlng, e.row.EndLatlng = trace[0].rounded(), trace[len(trace)-1].rounded()
	e.row.ElevLow = new(round(e.spot.altitude+loop.lowest*e.Climb, 1))
	e.row.ElevHigh = new(round(e.spot.altitude+loop.highest*e.Climb, 1))
}

// tellUploadedTrace writes the line of the file.
func (e *entry) tellUploadedTrace(points int) {
	trace := e.uploaded.trace
	*e.row.Map.SummaryPolyline = encodePolyline(thinned(trace, points))
	e.row.StartLatlng, e.row.EndLatlng = trace[0].rounded(), trace[len(trace)-1].rounded()
	if e.uploaded.altitude != nil {
		e.row.ElevLow = new(round(slices.Min(e.uploaded.altitude), 1))
		e.row.ElevHigh = new(round(slices.Max(e.uploaded.altitude), 1))
	}
}

func (p plan) hasTrace() bool {
	if p.uploaded != nil {
		return p.uploaded.trace != nil
	}
	was := p.asMeasured()
	return sportNamed(was.Sport).outdoors && !p.Manual && !was.Trainer && p.Distance > 0
}

// asMeasured is the activity before the athlete edited it.
func (p plan) asMeasured() Activity {
	if p.measured != nil {
		return *p.measured
	}
	return p.Activity
}

func round(v float64, digits int) decimal {
	scale := math.Pow10(digits)
	return decimal(math.Round(v*scale) / scale)
}

func speed(metres float64, in time.Duration) decimal {
	if in <= 0 {
		return 0
	}
	return round(metres/in.Seconds(), 3)
}
