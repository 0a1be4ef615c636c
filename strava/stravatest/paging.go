package stravatest

import (
	"net/http"
	"strconv"
	"time"
)

// maxPerPage is Strava's.
const maxPerPage = 200

// paging is what a list's parameters say.
type paging struct {
	before, after *time.Time
	page, perPage int
}

// paging reads those of page, per_page, before and after that the route has.
func (c *call) paging() (paging, *answer) {
	p := paging{page: 1, perPage: 30}
	for _, name := range []string{"page", "per_page", "before", "after"} {
		n, refused := c.natural(name)
		if refused != nil {
			return p, refused
		}
		if n == nil {
			continue
		}
		instant := time.Unix(*n, 0)
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
			p.page = int(*n)
		case "per_page":
			p.perPage = int(*n)
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

// natural reads a parameter that is a natural number; nil when it is not given.
func (c *call) natural(name string) (*int64, *answer) {
	query := c.r.URL.Query()
	if !query.Has(name) {
		return nil, nil
	}
	n, err := strconv.ParseInt(query.Get(name), 10, 64)
	if err != nil || n < 0 {
		return nil, c.badParameter(name, name+" is not a natural number")
	}
	return &n, nil
}

// pageOf is the page that was asked for; an empty one is not nil.
func pageOf[T any](p paging, rows []T) []T {
	from := min((p.page-1)*p.perPage, len(rows))
	return append([]T{}, rows[from:min(from+p.perPage, len(rows))]...)
}

// listAnswer answers with a page of the rows.
func listAnswer[T any](c *call, rows []T) answer {
	p, refused := c.paging()
	if refused != nil {
		return *refused
	}
	return jsonAnswer(http.StatusOK, pageOf(p, rows))
}
