package stravatest

import (
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// createActivity makes a manual activity. A second one that is the same is a second one.
func (c *call) createActivity(d *diary) answer {
	form, refused := c.form("name", "type", "sport_type", "start_date_local", "elapsed_time", "description", "distance", "trainer", "commute")
	if refused != nil {
		return *refused
	}
	for _, name := range []string{"name", "sport_type", "start_date_local", "elapsed_time"} {
		if form.Get(name) == "" {
			return *c.badField(name, "missing")
		}
	}
	sport := form.Get("sport_type")
	if !slices.Contains(sportTypes(), sport) {
		return *c.badField("sport_type", "invalid")
	}
	start, err := wallClock(form.Get("start_date_local"))
	if err != nil {
		return *c.badField("start_date_local", "invalid")
	}
	seconds, err := strconv.Atoi(form.Get("elapsed_time"))
	if err != nil || seconds < 1 {
		return *c.badField("elapsed_time", "invalid")
	}
	a := Activity{
		Name: form.Get("name"), Sport: sport, Start: start, Description: form.Get("description"), Manual: true,
		Moving: time.Duration(seconds) * time.Second,
	}
	if text := form.Get("distance"); text != "" {
		if a.Distance, err = strconv.ParseFloat(text, 64); err != nil || a.Distance < 0 {
			return *c.badField("distance", "invalid")
		}
	}
	for name, flag := range map[string]*bool{"trainer": &a.Trainer, "commute": &a.Commute} {
		if value := form.Get(name); !slices.Contains([]string{"", "0", "1"}, value) {
			return *c.badField(name, "invalid")
		}
		*flag = form.Get(name) == "1"
	}
	e := d.add(given(a, c.now))
	c.tellActivity(nil, &e)
	return jsonAnswer(http.StatusCreated, d.detailOf(e, c.link))
}

// wallClock reads a local time, whose Z, if it has one, is not true. It is where the athlete lives.
func wallClock(text string) (time.Time, error) {
	home, err := time.LoadLocation(homeZone)
	if err != nil {
		home = time.UTC // A history out of Config.Activities needs no time zones.
	}
	return time.ParseInLocation("2006-01-02T15:04:05", strings.TrimSuffix(text, "Z"), home)
}

// badField refuses a field of an activity. Which words Strava has for it is a guess.
func (c *call) badField(name, code string) *answer {
	c.violation(name + " is " + code)
	a := badRequest("Activity", name, code)
	return &a
}

// update is https://developers.strava.com/docs/reference/#api-models-UpdatableActivity: what is nil stays.
type update struct {
	Name         *string `json:"name"`
	Description  *string `json:"description"`
	Type         *string `json:"type"`
	SportType    *string `json:"sport_type"`
	GearID       *string `json:"gear_id"`
	Commute      *bool   `json:"commute"`
	Trainer      *bool   `json:"trainer"`
	HideFromHome *bool   `json:"hide_from_home"`
}

// updateActivity changes what it is told, and nothing that was measured.
func (c *call) updateActivity(d *diary) answer {
	e, refused := c.activityOf(d)
	if refused != nil {
		return *refused
	}
	u, refused := c.update()
	if refused != nil {
		return *refused
	}
	if u == (update{}) {
		c.violation("the update names nothing")
	}
	if u.SportType == nil && u.Type != nil {
		if !slices.Contains(activityTypes(), *u.Type) {
			return *c.badField("type", "invalid")
		}
		u.SportType = u.Type
	}
	if u.SportType != nil && !slices.Contains(sportTypes(), *u.SportType) {
		return *c.badField("sport_type", "invalid")
	}
	if u.GearID != nil && *u.GearID != "none" && !d.owns(*u.GearID) {
		return *c.badField("gear_id", "invalid")
	}
	changed, ok := d.update(e.row.ID, u)
	if !ok { // It was deleted meanwhile.
		return notFound("Activity", "id")
	}
	c.tellActivity(&e, &changed)
	return jsonAnswer(http.StatusOK, d.detailOf(changed, c.link).shown(c))
}

// update reads JSON or a form; both were seen to work.
func (c *call) update() (update, *answer) {
	var u update
	mediaType, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if mediaType == "application/json" {
		decoder := json.NewDecoder(c.r.Body)
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&u); err != nil {
			return u, c.badParameter("body", "the body is not an UpdatableActivity")
		}
		if _, err := decoder.Token(); err != io.EOF {
			return u, c.badParameter("body", "the body goes on after the UpdatableActivity")
		}
		return u, nil
	}
	texts := map[string]**string{
		"name": &u.Name, "description": &u.Description, "type": &u.Type, "sport_type": &u.SportType, "gear_id": &u.GearID,
	}
	flags := map[string]**bool{"commute": &u.Commute, "trainer": &u.Trainer, "hide_from_home": &u.HideFromHome}
	form, refused := c.form(append(slices.Collect(maps.Keys(texts)), slices.Collect(maps.Keys(flags))...)...)
	if refused != nil {
		return u, refused
	}
	for name, field := range texts {
		if form.Has(name) {
			*field = new(form.Get(name))
		}
	}
	for name, field := range flags {
		if !form.Has(name) {
			continue
		}
		value, err := strconv.ParseBool(form.Get(name))
		if err != nil {
			return u, c.badField(name, "invalid")
		}
		*field = &value
	}
	return u, nil
}

// owns reports whether gear is the athlete's, used or not.
func (d *diary) owns(gearID string) bool {
	used := map[string]float64{}
	for _, e := range d.snapshot() {
		used[e.GearID] = 1
	}
	return gearID != "" && slices.ContainsFunc(wardrobe(used), func(g gear) bool { return g.id == gearID })
}

// add records an activity.
func (d *diary) add(p plan) entry {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.enter(p)
	d.entries = append(slices.Clone(d.entries), e)
	d.sort()
	return e
}

// update changes an activity that is still there.
func (d *diary) update(id int64, u update) (entry, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(d.entries, func(e entry) bool { return e.row.ID == id })
	if i < 0 {
		return entry{}, false
	}
	p := d.entries[i].plan
	if p.measured == nil {
		p.measured = new(p.Activity)
	}
	change(&p.Name, u.Name)
	change(&p.Description, u.Description)
	change(&p.Sport, u.SportType)
	change(&p.GearID, u.GearID)
	if p.GearID == "none" {
		p.GearID = ""
	}
	change(&p.Commute, u.Commute)
	change(&p.Trainer, u.Trainer)
	change(&p.muted, u.HideFromHome)
	return d.rewrite(i, p), true
}

// change sets what is told.
func change[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
