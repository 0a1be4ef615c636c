package stravatest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

type wireEffort struct {
	ID                  int64             `json:"id"`
	ResourceState       int               `json:"resource_state"`
	Name                string            `json:"name"`
	Activity            any               `json:"activity"`
	Athlete             any               `json:"athlete"`
	ElapsedTime         int               `json:"elapsed_time"`
	MovingTime          int               `json:"moving_time"`
	StartDate           string            `json:"start_date"`
	StartDateLocal      string            `json:"start_date_local"`
	Distance            decimal           `json:"distance"`
	StartIndex          int               `json:"start_index"`
	EndIndex            int               `json:"end_index"`
	AverageCadence      *decimal          `json:"average_cadence,omitempty"`
	DeviceWatts         bool              `json:"device_watts"`
	AverageWatts        *decimal          `json:"average_watts,omitempty"`
	AverageHeartrate    *decimal          `json:"average_heartrate,omitempty"`
	MaxHeartrate        *decimal          `json:"max_heartrate,omitempty"`
	Segment             summarySegment    `json:"segment"`
	PRRank              *int              `json:"pr_rank"`
	Achievements        []wireAchievement `json:"achievements"`
	Visibility          string            `json:"visibility"`
	KOMRank             *int              `json:"kom_rank"`
	Hidden              *bool             `json:"hidden,omitempty"`
	AthleteSegmentStats *wireSegmentStats `json:"athlete_segment_stats,omitempty"`
}

type wireAchievement struct {
	TypeID int    `json:"type_id"`
	Type   string `json:"type"`
	Rank   int    `json:"rank"`
}

// effort is one time that the athlete passed a segment.
type effort struct {
	id       int64
	segment  segment
	entry    entry
	from, to int // samples of the activity
	elapsed  int
	begins   time.Time
	rank     int // 1 to 3 when it was among the three fastest then
}

// crossing names an effort before it is known.
type crossing struct{ activity, segment int64 }

// efforts are those on a segment, the oldest first. They are remembered, as their activities must be made up for them.
func (d *diary) efforts(s segment) []effort {
	var efforts []effort
	for _, e := range slices.Backward(d.snapshot()) {
		if s.ground.carries(e) {
			efforts = append(efforts, d.effort(s, e))
		}
	}
	for i := range efforts {
		faster := 0
		for _, earlier := range efforts[:i] {
			if earlier.elapsed <= efforts[i].elapsed {
				faster++
			}
		}
		if faster < 3 {
			efforts[i].rank = faster + 1
		}
	}
	return efforts
}

func (d *diary) effort(s segment, e entry) effort {
	key := crossing{e.row.ID, s.id}
	d.mu.RLock()
	known, ok := d.crossings[key]
	d.mu.RUnlock()
	if ok {
		known.entry = e
		return known
	}
	m := d.move(e)
	made := effort{
		id: effortID(key), segment: s, entry: e, from: m.at(s.from * e.Distance), to: m.at(s.to * e.Distance),
	}
	made.elapsed = m.clock[made.to] - m.clock[made.from]
	made.begins = e.shownStart().Add(time.Duration(m.clock[made.from]) * time.Second)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.crossings[key] = made
	return made
}

// Effort ids are beyond 2^53, where a JavaScript number loses the last digits: the activity, and which segment.
const firstEffort, firstSegment = 3_300_000_000_000_000_000, 7_700_000_300

func effortID(key crossing) int64 { return firstEffort + key.activity*100 + key.segment - firstSegment }

// record is the fastest of the efforts.
func record(efforts []effort) (effort, bool) {
	if len(efforts) == 0 {
		return effort{}, false
	}
	return slices.MinFunc(efforts, func(a, b effort) int { return a.elapsed - b.elapsed }), true
}

func statsOf(efforts []effort) wireSegmentStats {
	stats := wireSegmentStats{EffortCount: len(efforts)}
	if best, ok := record(efforts); ok {
		stats.PRElapsedTime, stats.PRDate = &best.elapsed, new(best.begins.Format(time.DateOnly))
		stats.PRVisibility, stats.PRActivityVisibility = &best.entry.row.Visibility, &best.entry.row.Visibility
		stats.PRActivityID = &best.entry.row.ID
	}
	return stats
}

// wire tells an effort in a list or in an activity.
func (f effort) wire(d *diary, c course) wireEffort {
	p := piece{c, 1, f.from, f.to}
	w := wireEffort{
		ID: f.id, ResourceState: 2, Name: f.segment.name, Activity: c.activity(), Athlete: c.row.Athlete,
		ElapsedTime: p.elapsed(), MovingTime: p.seconds(), Distance: f.segment.metres(),
		StartDate: f.begins.UTC().Format(time.RFC3339), StartDateLocal: falseZ(f.begins), StartIndex: f.from, EndIndex: f.to,
		DeviceWatts:    c.row.DeviceWatts != nil && *c.row.DeviceWatts,
		AverageCadence: rounded(mean(c.cadence, f.from, f.to)), AverageWatts: rounded(mean(c.watts, f.from, f.to)),
		AverageHeartrate: rounded(mean(c.heart, f.from, f.to)), MaxHeartrate: peak(c.heart, f.from, f.to),
		Segment: f.segment.summary(d), Achievements: []wireAchievement{}, Visibility: c.row.Visibility,
	}
	if f.rank > 0 {
		w.PRRank, w.Achievements = &f.rank, []wireAchievement{{3, "pr", f.rank}}
	}
	return w
}

// effortsIn are an activity's, hidden ones too.
func (d *diary) effortsIn(c course) []wireEffort {
	all := []wireEffort{}
	for _, s := range segments() {
		if !s.ground.carries(c.entry) {
			continue
		}
		for _, f := range d.efforts(s) {
			if f.entry.row.ID == c.row.ID {
				w := f.wire(d, c)
				w.Hidden = new(s.hidden)
				all = append(all, w)
			}
		}
	}
	return all
}

// listEfforts is the documented list; of a segment's efforts it has no pages, only a number.
func (c *call) listEfforts(d *diary) answer {
	return c.effortsOn(d, c.r.URL.Query().Get("segment_id"))
}

// listAllEfforts is the older list, which Strava answers without documenting it any longer.
func (c *call) listAllEfforts(d *diary) answer { return c.effortsOn(d, c.id) }

// effortsOn lists the fastest first.
func (c *call) effortsOn(d *diary, id string) answer {
	if id == "" {
		return *c.badParameter("segment_id", "segment_id is missing")
	}
	s, refused := c.segmentNamed(id)
	if refused != nil {
		return *refused
	}
	from, to, refused := c.localDates()
	if refused != nil {
		return *refused
	}
	efforts := slices.DeleteFunc(d.efforts(s), func(f effort) bool {
		local := falseZ(f.begins)
		return !c.shows(f.entry.row.Visibility) || from != "" && local < from || to != "" && local > to
	})
	slices.SortStableFunc(efforts, func(a, b effort) int { return a.elapsed - b.elapsed })
	p, refused := c.paging()
	if refused != nil {
		return *refused
	}
	told := []wireEffort{}
	for _, f := range pageOf(p, efforts) {
		told = append(told, f.wire(d, d.record(f.entry)))
	}
	return jsonAnswer(http.StatusOK, told)
}

// localDates reads start_date_local and end_date_local, "" for what is not given.
func (c *call) localDates() (from, to string, refused *answer) {
	query := c.r.URL.Query()
	read := func(name string) string {
		value := query.Get(name)
		if value == "" {
			return ""
		}
		t, err := time.Parse(time.RFC3339, value)
		if err != nil {
			t, err = time.Parse("2006-01-02T15:04:05", value)
		}
		if err != nil {
			refused = c.badParameter(name, name+" is not a date and time in the form of ISO 8601")
		}
		return falseZ(t)
	}
	return read("start_date_local"), read("end_date_local"), refused
}

// effortNamed finds the effort that the path names.
func (c *call) effortNamed(d *diary) (effort, *answer) {
	id, err := strconv.ParseInt(c.id, 10, 64)
	segmentID := firstSegment + (id-firstEffort)%100
	s, refused := c.segmentNamed(strconv.FormatInt(segmentID, 10))
	if err == nil && refused == nil {
		for _, f := range d.efforts(s) {
			if f.id == id && c.shows(f.entry.row.Visibility) {
				return f, nil
			}
		}
	}
	a := notFound("SegmentEffort", "id")
	return effort{}, &a
}

// getEffort has the whole summaries of the activity and of the athlete in it.
func (c *call) getEffort(d *diary) answer {
	f, refused := c.effortNamed(d)
	if refused != nil {
		return *refused
	}
	w := f.wire(d, d.record(f.entry))
	w.ResourceState, w.Activity, w.Athlete = 3, f.entry.row, d.profile(c.link)
	w.AthleteSegmentStats = new(statsOf(d.efforts(f.segment)))
	return jsonAnswer(http.StatusOK, w)
}

// getEffortStreams is the effort's stretch of the activity's streams: the distance goes on from the activity's start.
func (c *call) getEffortStreams(d *diary) answer {
	f, refused := c.effortNamed(d)
	if refused != nil {
		return *refused
	}
	return c.streamAnswer(d.record(f.entry).channels(f.from, f.to), streamTypes(), nil)
}
