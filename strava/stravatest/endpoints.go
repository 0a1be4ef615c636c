package stravatest

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// historyOf is the athlete's own history; whoever else connects has done nothing yet.
func (s *Server) historyOf(athlete int64) history {
	if athlete == s.athlete {
		return s.own
	}
	return &diary{athlete: stranger(athlete)}
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
	return jsonAnswer(http.StatusOK, activity)
}

// sees reports whether the token's scopes show an activity: Only You needs activity:read_all.
func (c *call) sees(r row) bool {
	return r.visibility != onlyMe || c.token.allows("activity:read_all")
}

// maxPerPage is Strava's.
const maxPerPage = 200

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
	from := min((p.page-1)*p.perPage, len(rows))
	summaries := []any{} // An empty page is [], not null.
	for _, r := range rows[from:min(from+p.perPage, len(rows))] {
		if c.sees(r) {
			summaries = append(summaries, r.summary)
		}
	}
	return jsonAnswer(http.StatusOK, summaries)
}

// paging is what the list's parameters say.
type paging struct {
	before, after *time.Time
	page, perPage int
}

func (c *call) paging() (paging, *answer) {
	p := paging{page: 1, perPage: 30}
	query := c.r.URL.Query()
	for _, name := range c.route.query {
		if !query.Has(name) {
			continue
		}
		n, err := strconv.ParseInt(query.Get(name), 10, 64)
		if err != nil || n < 0 {
			return p, c.badParameter(name, name+" is not a natural number")
		}
		instant := time.Unix(n, 0)
		switch name {
		case "before":
			p.before = &instant
		case "after":
			if instant.After(c.now) { // Milliseconds, most often: https://github.com/node-strava/node-strava-v3/issues/103
				a := badRequest("Application", "after", "future")
				return p, &a
			}
			p.after = &instant
		case "page":
			p.page = int(n)
		case "per_page":
			p.perPage = int(n)
		}
	}
	if p.page < 1 || p.page > 1e6 {
		return p, c.badParameter("page", "page is out of range")
	}
	if p.perPage < 1 || p.perPage > maxPerPage {
		return p, c.badParameter("per_page", "per_page is out of range")
	}
	return p, nil
}
