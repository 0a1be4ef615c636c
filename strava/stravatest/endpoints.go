package stravatest

import (
	"net/http"
	"slices"
	"strconv"
)

// historyOf is the athlete's own history; whoever else connects has done nothing yet.
func (s *Server) historyOf(athlete int64) history {
	if athlete == s.athlete {
		return s.own
	}
	return emptyDiary(s.cfg.Seed, stranger(athlete))
}

// getAthlete answers with the detailed profile for profile:read_all, otherwise with the summary.
func (c *call) getAthlete() answer {
	h := c.historyOf(c.token.athlete)
	if c.token.allows("profile:read_all") {
		return jsonAnswer(http.StatusOK, h.detailedProfile(c.link))
	}
	return jsonAnswer(http.StatusOK, h.profile(c.link))
}

// getStats answers for the token's own athlete alone.
func (c *call) getStats() answer {
	if c.id != strconv.FormatInt(c.token.athlete, 10) {
		return refusal(http.StatusForbidden, "Forbidden", fault{"Athlete", "id", "invalid"}) // The wording is a guess.
	}
	return jsonAnswer(http.StatusOK, c.historyOf(c.token.athlete).stats(c.now))
}

// getActivity answers 404 for what the token may not see, as for what does not exist.
func (c *call) getActivity() answer {
	if value := c.r.URL.Query().Get("include_all_efforts"); !slices.Contains([]string{"", "true", "false"}, value) {
		return *c.badParameter("include_all_efforts", "include_all_efforts is not a boolean")
	}
	id, err := strconv.ParseInt(c.id, 10, 64)
	if err != nil {
		return notFound("Activity", "id")
	}
	h := c.historyOf(c.token.athlete)
	for _, row := range h.rows() {
		if row.id == id && !c.sees(row) {
			return notFound("Activity", "id")
		}
	}
	activity, ok := h.detail(id, c.link)
	if !ok {
		return notFound("Activity", "id")
	}
	if detail, made := activity.(detailedActivity); made {
		activity = detail.shown(c)
	}
	return jsonAnswer(http.StatusOK, activity)
}

// shown leaves out efforts on private segments, and hidden efforts unless all are asked for.
func (a detailedActivity) shown(c *call) detailedActivity {
	a.SegmentEfforts = slices.DeleteFunc(a.SegmentEfforts, func(w wireEffort) bool {
		return w.Segment.Private && !c.token.allows("read_all") ||
			*w.Hidden && c.r.URL.Query().Get("include_all_efforts") != "true"
	})
	return a
}

// activityOf finds the activity that the path names, unless the token may not see it.
func (c *call) activityOf(d *diary) (entry, *answer) {
	id, err := strconv.ParseInt(c.id, 10, 64)
	e, ok := d.find(id)
	if err != nil || !ok || !c.shows(e.row.Visibility) {
		a := notFound("Activity", "id")
		return entry{}, &a
	}
	return e, nil
}

// sees reports whether the token's scopes show an activity.
func (c *call) sees(r row) bool { return c.shows(r.visibility) }

// shows: Only You needs activity:read_all.
func (c *call) shows(visibility string) bool {
	return visibility != onlyMe || c.token.allows("activity:read_all")
}

// listActivities pages through the list: newest first, oldest first with `after` alone. What the token may not see is
// taken out of a page after the page was cut, so a short page need not be the last one.
func (c *call) listActivities() answer {
	p, refused := c.paging()
	if refused != nil {
		return *refused
	}
	rows := slices.Clone(c.historyOf(c.token.athlete).rows())
	rows = slices.DeleteFunc(rows, func(r row) bool {
		return p.before != nil && !r.start.Before(*p.before) || p.after != nil && !r.start.After(*p.after)
	})
	if p.after != nil && p.before == nil {
		slices.Reverse(rows)
	}
	summaries := []any{} // An empty page is [], not null.
	for _, r := range pageOf(p, rows) {
		if c.sees(r) {
			summaries = append(summaries, r.summary)
		}
	}
	return jsonAnswer(http.StatusOK, summaries)
}
