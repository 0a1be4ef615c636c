package stravatest

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// wireFan is another athlete, of whom Strava tells the first name and the initial of the last; no id.
type wireFan struct {
	ResourceState int    `json:"resource_state"`
	Firstname     string `json:"firstname"`
	Lastname      string `json:"lastname"`
}

type wireComment struct {
	ID            int64   `json:"id"`
	ActivityID    int64   `json:"activity_id"`
	PostID        *int64  `json:"post_id"`
	ResourceState int     `json:"resource_state"`
	Text          string  `json:"text"`
	Mentions      *string `json:"mentions_metadata"`
	CreatedAt     string  `json:"created_at"`
	Cursor        string  `json:"cursor"`
	Athlete       wireFan `json:"athlete"`
	ReactionCount int     `json:"reaction_count"`
	HasReacted    bool    `json:"has_reacted"`
}

func fan(r *rand.Rand) wireFan {
	return wireFan{2,
		pick(r, "Anouk", "Björn", "Chiara", "Dov", "Ebba", "Farid", "Greta", "Hanno", "Ines", "Jun", "Kofi", "Léa", "Malte", "Nuria"),
		pick(r, "A.", "B.", "D.", "F.", "K.", "M.", "Ö.", "R.", "S.", "V.", "W.")}
}

// listKudos tells who liked it.
func (c *call) listKudos(d *diary) answer {
	e, refused := c.activityOf(d)
	if refused != nil {
		return *refused
	}
	r := d.stream(e.plan, 11)
	var fans []wireFan
	for range e.row.KudosCount {
		fans = append(fans, fan(r))
	}
	return listAnswer(c, fans)
}

// listComments pages by cursor, the oldest comment first. The page numbers of before October 2022 still work, and no
// careful client uses them.
func (c *call) listComments(d *diary) answer {
	e, refused := c.activityOf(d)
	if refused != nil {
		return *refused
	}
	comments := d.comments(e)
	query := c.r.URL.Query()
	if query.Has("page") || query.Has("per_page") {
		c.violation("page and per_page of comments are deprecated: use page_size and after_cursor")
		return listAnswer(c, comments)
	}
	return cursorAnswer(c, comments, func(w wireComment) string { return w.Cursor })
}

func (d *diary) comments(e entry) []wireComment {
	r := d.stream(e.plan, 12)
	at := e.Start.Add(e.Elapsed).UTC().Truncate(time.Second)
	var comments []wireComment
	for n := range e.row.CommentCount {
		at = at.Add(time.Duration(3+r.IntN(180)) * time.Minute)
		id := 2_000_000_000 + e.row.ID%100_000_000*8 + int64(n) // Ten digits, so that the cursor needs padding.
		comments = append(comments, wireComment{
			ID: id, ActivityID: e.row.ID, ResourceState: 2, CreatedAt: at.Format(time.RFC3339), Cursor: cursor(id, at),
			Text: pick(r, "Nice one!", "Chapeau 🎩", "Next time with me, please", "That hill again?", "Was that you at the bakery?",
				"Strong.\nVery strong.", "Legs of steel & a heart of cake", "👏👏👏"),
			Athlete: fan(r), ReactionCount: r.IntN(3),
		})
	}
	return comments
}

// cursor is base64 of JSON, and percent-encoded before it goes into JSON: so it was recorded.
func cursor(id int64, at time.Time) string {
	return url.QueryEscape(base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"id":%d,"createdAt":%d}`, id, at.UnixMilli())))
}

// cursorAnswer answers with the rows after the cursor that was given. A cursor is good as it was told and percent-decoded.
func cursorAnswer[T any](c *call, rows []T, cursorOf func(T) string) answer {
	size := int64(30)
	n, refused := c.natural("page_size")
	if refused != nil {
		return *refused
	}
	if n != nil {
		size = *n
	}
	if size < 1 || size > maxPerPage {
		return *c.badParameter("page_size", "page_size is out of range")
	}
	if after := c.r.URL.Query().Get("after_cursor"); after != "" {
		i := slices.IndexFunc(rows, func(row T) bool {
			plain, err := url.QueryUnescape(cursorOf(row))
			return cursorOf(row) == after || err == nil && plain == after
		})
		if i < 0 {
			return *c.badParameter("after_cursor", "after_cursor is not one that was given out")
		}
		rows = rows[i+1:]
	}
	return jsonAnswer(http.StatusOK, append([]T{}, rows[:min(int(size), len(rows))]...))
}
