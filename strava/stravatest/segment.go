package stravatest

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

type summarySegment struct {
	ID                int64         `json:"id"`
	ResourceState     int           `json:"resource_state"`
	Name              string        `json:"name"`
	ActivityType      string        `json:"activity_type"`
	Distance          decimal       `json:"distance"`
	AverageGrade      decimal       `json:"average_grade"`
	MaximumGrade      decimal       `json:"maximum_grade"`
	ElevationHigh     decimal       `json:"elevation_high"`
	ElevationLow      decimal       `json:"elevation_low"`
	StartLatlng       []float64     `json:"start_latlng"`
	EndLatlng         []float64     `json:"end_latlng"`
	ElevationProfile  *string       `json:"elevation_profile"`
	ElevationProfiles *wireProfiles `json:"elevation_profiles"`
	ClimbCategory     int           `json:"climb_category"`
	City              *string       `json:"city"`
	State             *string       `json:"state"`
	Country           *string       `json:"country"`
	Private           bool          `json:"private"`
	Hazardous         bool          `json:"hazardous"`
	Starred           bool          `json:"starred"`
	PRTime            *int          `json:"pr_time,omitempty"`
	AthletePREffort   *wirePREffort `json:"athlete_pr_effort,omitempty"`
	StarredDate       string        `json:"starred_date,omitempty"`
}

type wireProfiles struct {
	Light string `json:"light_url"`
	Dark  string `json:"dark_url"`
}

type wirePREffort struct {
	ID             int64   `json:"id"`
	ActivityID     int64   `json:"activity_id"`
	ElapsedTime    int     `json:"elapsed_time"`
	Distance       decimal `json:"distance"`
	StartDate      string  `json:"start_date"`
	StartDateLocal string  `json:"start_date_local"`
	IsKOM          bool    `json:"is_kom"`
}

type detailedSegment struct {
	summarySegment
	CreatedAt           string           `json:"created_at"`
	UpdatedAt           string           `json:"updated_at"`
	TotalElevationGain  decimal          `json:"total_elevation_gain"`
	Map                 wireMap          `json:"map"`
	EffortCount         int              `json:"effort_count"`
	AthleteCount        int              `json:"athlete_count"`
	StarCount           int              `json:"star_count"`
	AthleteSegmentStats wireSegmentStats `json:"athlete_segment_stats"`
	XOMs                wireXOMs         `json:"xoms"`
	LocalLegend         *wireLegend      `json:"local_legend"`
}

type wireSegmentStats struct {
	PRElapsedTime        *int    `json:"pr_elapsed_time"`
	PRDate               *string `json:"pr_date"`
	PRVisibility         *string `json:"pr_visibility"`
	PRActivityID         *int64  `json:"pr_activity_id"`
	PRActivityVisibility *string `json:"pr_activity_visibility"`
	EffortCount          int     `json:"effort_count"`
}

// wireXOMs are times as people write them: "1:09", and "58s" below a minute.
type wireXOMs struct {
	KOM         string `json:"kom"`
	QOM         string `json:"qom"`
	Overall     string `json:"overall"`
	Destination struct {
		Href string `json:"href"`
		Type string `json:"type"`
		Name string `json:"name"`
	} `json:"destination"`
}

// wireLegend counts in words: effort_count is a string.
type wireLegend struct {
	AthleteID         int64             `json:"athlete_id"`
	Title             string            `json:"title"`
	Profile           string            `json:"profile"`
	EffortDescription string            `json:"effort_description"`
	EffortCount       string            `json:"effort_count"`
	EffortCounts      map[string]string `json:"effort_counts"`
	Destination       string            `json:"destination"`
}

// segment is a stretch of a ground. A hidden one is left out of an activity unless all efforts are asked for.
type segment struct {
	id       int64
	name     string
	ground   ground
	from, to float64 // shares of the ground
	category int

	private, hazardous, hidden, local bool
}

// segments are all that there are. Strava has not reached the ids.
func segments() []segment {
	all := []segment{
		{name: "Canal Street sprint", ground: commuteGround(), from: 0.31, to: 0.39, local: true},
		{name: "Bakery to bridge", ground: commuteGround(), from: 0.55, to: 0.74, hazardous: true},
		{name: "Office gate", ground: commuteGround(), from: 0.93, to: 0.99, hidden: true},
		{name: "My secret wall", ground: commuteGround(), from: 0.42, to: 0.5, private: true},
	}
	for _, r := range races() {
		last := segment{name: r.name + ": the last tenth", ground: r.ground(), from: 0.9, to: 1}
		first := segment{name: r.name + ": out of the gate", ground: r.ground(), from: 0.02, to: 0.06, hidden: true}
		if r.sport == "Ride" {
			last.category = 2
		}
		all = append(all, last, first)
	}
	for i := range all {
		all[i].id = 7_700_000_301 + int64(i)
	}
	return all
}

// outline has a point about every twenty metres.
func (s segment) outline(d *diary) outline {
	return d.outline(s.ground, s.from, s.to, min(400, 2+int((s.to-s.from)*s.ground.metres/20)))
}

func (s segment) metres() decimal { return round((s.to-s.from)*s.ground.metres, 1) }

func (s segment) summary(d *diary) summarySegment {
	o := s.outline(d)
	mean, steepest := o.grades()
	_, starred := d.starred(s.id)
	return summarySegment{
		ID: s.id, ResourceState: 2, Name: s.name, ActivityType: s.ground.kind, Distance: s.metres(),
		AverageGrade: round(mean, 1), MaximumGrade: round(steepest, 1),
		ElevationHigh: round(slices.Max(o.altitude), 1), ElevationLow: round(slices.Min(o.altitude), 1),
		StartLatlng: o.trace[0].rounded(), EndLatlng: o.trace[len(o.trace)-1].rounded(),
		ClimbCategory: s.category, City: new("Freiburg im Breisgau"), State: new("Baden-Württemberg"), Country: new("Germany"),
		Private: s.private, Hazardous: s.hazardous, Starred: starred,
	}
}

func (s segment) detail(d *diary, link linker) detailedSegment {
	o := s.outline(d)
	efforts := d.efforts(s)
	detail := detailedSegment{
		summarySegment: s.summary(d), CreatedAt: "2012-03-19T22:00:20Z", UpdatedAt: "2025-05-15T08:02:38Z",
		TotalElevationGain: round(o.gain(), 1), EffortCount: 3964 + len(efforts), AthleteCount: 1144, StarCount: 3,
		Map:                 wireMap{ID: "s" + strconv.FormatInt(s.id, 10), Polyline: new(encodePolyline(o.trace)), ResourceState: 3},
		AthleteSegmentStats: statsOf(efforts), XOMs: s.xoms(),
	}
	detail.ResourceState = 3
	light, dark := link(picturePath(s.id, "profile-light")), link(picturePath(s.id, "profile-dark"))
	detail.ElevationProfile, detail.ElevationProfiles = &light, &wireProfiles{light, dark}
	if s.local {
		detail.LocalLegend = &wireLegend{
			AthleteID: 7_700_000_043, Title: "Sam S.", Profile: link(picturePath(7_700_000_043, "large")),
			EffortDescription: "22 efforts in the last 90 days", EffortCount: "22",
			EffortCounts: map[string]string{"overall": "22 efforts", "female": "3 efforts"},
			Destination:  fmt.Sprintf("strava://segments/%d/local_legend", s.id),
		}
	}
	return detail
}

// xoms are what the fastest of all did: at twice the usual speed.
func (s segment) xoms() wireXOMs {
	speed := map[string]float64{"Ride": 13, "Run": 5.6, "NordicSki": 7}[s.ground.kind]
	fastest := int(float64(s.metres()) / speed)
	x := wireXOMs{KOM: stopwatch(fastest), QOM: stopwatch(fastest * 9 / 8), Overall: stopwatch(fastest)}
	x.Destination.Href = fmt.Sprintf("strava://segments/%d/leaderboard", s.id)
	x.Destination.Type, x.Destination.Name = "overall", "All-Time"
	return x
}

func stopwatch(seconds int) string {
	switch {
	case seconds < 60:
		return fmt.Sprintf("%ds", seconds)
	case seconds < 3600:
		return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
	default:
		return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	}
}

// segmentNamed finds a segment that the token may see: the athlete's private ones need read_all.
func (c *call) segmentNamed(id string) (segment, *answer) {
	for _, s := range segments() {
		if strconv.FormatInt(s.id, 10) == id && c.showsSegment(s) {
			return s, nil
		}
	}
	a := notFound("Segment", "id")
	return segment{}, &a
}

func (c *call) showsSegment(s segment) bool {
	return !s.private || c.token.athlete == c.athlete && c.token.allows("read_all")
}

func (c *call) getSegment(d *diary) answer {
	s, refused := c.segmentNamed(c.id)
	if refused != nil {
		return *refused
	}
	return jsonAnswer(http.StatusOK, s.detail(d, c.link))
}

// segmentStreamTypes are the only ones that a segment has; all were recorded to come without keys.
func segmentStreamTypes() []string { return []string{"distance", "latlng", "altitude"} }

func (c *call) getSegmentStreams(d *diary) answer {
	s, refused := c.segmentNamed(c.id)
	if refused != nil {
		return *refused
	}
	return c.streamAnswer(s.outline(d).channels(), segmentStreamTypes(), segmentStreamTypes())
}

// listStarred has the athlete's record beside each segment.
func (c *call) listStarred(d *diary) answer {
	starred := []summarySegment{}
	for _, s := range segments() {
		when, ok := d.starred(s.id)
		if !ok || !c.showsSegment(s) {
			continue
		}
		summary := s.summary(d)
		summary.StarredDate = when.UTC().Format(time.RFC3339)
		if best, ok := record(d.efforts(s)); ok {
			summary.PRTime = &best.elapsed
			summary.AthletePREffort = &wirePREffort{
				ID: best.id, ActivityID: best.entry.row.ID, ElapsedTime: best.elapsed, Distance: s.metres(),
				StartDate: best.begins.UTC().Format(time.RFC3339), StartDateLocal: falseZ(best.begins),
			}
		}
		starred = append(starred, summary)
	}
	return listAnswer(c, starred)
}

// starSegment stars a segment or ends that; doing either twice is no error.
func (c *call) starSegment(d *diary) answer {
	s, refused := c.segmentNamed(c.id)
	if refused != nil {
		return *refused
	}
	form, refused := c.form("starred")
	if refused != nil {
		return *refused
	}
	star := form.Get("starred")
	if star != "true" && star != "false" {
		return *c.badParameter("starred", "starred is not a boolean")
	}
	d.mu.Lock()
	if _, ok := d.stars[s.id]; star == "true" && !ok {
		d.stars[s.id] = c.now
	}
	if star == "false" {
		delete(d.stars, s.id)
	}
	d.mu.Unlock()
	return jsonAnswer(http.StatusOK, s.detail(d, c.link))
}

// SegmentIDs names the segments, those of the way to work first: a Ride that is a Commute of 6,240 m passes these.
func (s *Server) SegmentIDs() []int64 {
	var ids []int64
	for _, each := range segments() {
		ids = append(ids, each.id)
	}
	return ids
}
