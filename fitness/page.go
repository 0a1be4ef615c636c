package fitness

import "fmt"

// ActivitiesQuery asks for one page of the athlete's activities, with the arguments of a Relay connection.
type ActivitiesQuery struct {
	Filter *ActivityFilter // nil: all of them
	Order  ActivityOrder
	// First asks for the page's first activities after After, Last for its last ones before Before; never both. At
	// most 200. Without either, a page has 30: the last ones when only Before is given, else the first.
	First  *int
	After  *string
	Last   *int
	Before *string
}

// ActivityPage is a page of activities and its place among all that the filter keeps.
type ActivityPage struct {
	Activities []*Activity
	// Cursors has an opaque cursor for each of Activities. It names a place in the order, not a position, so that what
	// comes and goes between two pages neither repeats nor skips the rest.
	Cursors     []string
	TotalCount  int // of all that the filter keeps
	HasNext     bool
	HasPrevious bool
}

const (
	defaultPageSize = 30
	maxPageSize     = 200
)

// pageRequest is a query whose arguments were checked.
type pageRequest struct {
	keep          keeps
	order         ActivityOrder
	after, before *place
	size          int
	fromEnd       bool // take the page's activities from the end of the range, not from its beginning
}

// Check fails with the BAD_USER_INPUT that [Service.Activities] would fail with.
func (q ActivitiesQuery) Check() error {
	_, err := q.request()
	return err
}

// request checks the query's arguments and reads them.
func (q ActivitiesQuery) request() (*pageRequest, error) {
	request := &pageRequest{order: q.Order.withDefaults()}
	var err error
	if request.size, request.fromEnd, err = q.size(); err != nil {
		return nil, err
	}
	if request.keep, err = q.Filter.decision(); err != nil {
		return nil, err
	}
	if request.after, err = request.order.parseCursor("after", q.After); err != nil {
		return nil, err
	}
	if request.before, err = request.order.parseCursor("before", q.Before); err != nil {
		return nil, err
	}
	return request, nil
}

// size is how many activities the page may have, and from which end of the range they are taken.
func (q ActivitiesQuery) size() (size int, fromEnd bool, err error) {
	switch {
	case q.First != nil && q.Last != nil:
		return 0, false, badInput("last", "Give either first or last, not both.")
	case q.First != nil:
		return *q.First, false, checkPageSize("first", *q.First)
	case q.Last != nil:
		return *q.Last, true, checkPageSize("last", *q.Last)
	default:
		return defaultPageSize, q.Before != nil && q.After == nil, nil
	}
}

func checkPageSize(argument string, size int) error {
	switch {
	case size < 0:
		return badInput(argument, fmt.Sprintf("%s must not be negative.", argument))
	case size > maxPageSize:
		return badInput(argument, fmt.Sprintf("%s must not be greater than %d.", argument, maxPageSize))
	default:
		return nil
	}
}

// cut takes the page out of the activities, as Relay's connections say:
// https://relay.dev/graphql/connections.htm#sec-Pagination-algorithm.
func (r *pageRequest) cut(snapshot *Snapshot) (*ActivityPage, error) {
	page, activities := &ActivityPage{}, snapshot.Activities
	if r.isBeginning() && snapshot.isOrdered() {
		page.TotalCount, page.HasNext = len(activities), r.size < len(activities)
		return page, page.fill(r.order, r.order.placed(activities[:min(r.size, len(activities))]))
	}
	between := foremost{order: r.order, fromEnd: r.fromEnd, most: r.size} // the cursors
	for _, activity := range activities {
		if r.keep != nil && !r.keep(activity) {
			continue
		}
		page.TotalCount++
		switch at := r.order.place(activity); {
		case r.after != nil && r.order.compare(&at, r.after) <= 0:
			page.HasPrevious = true
		case r.before != nil && r.order.compare(&at, r.before) >= 0:
			page.HasNext = true
		default:
			between.add(&at, activity)
		}
	}
	if between.refused() {
		page.HasPrevious = page.HasPrevious || r.fromEnd
		page.HasNext = page.HasNext || !r.fromEnd
	}
	return page, page.fill(r.order, between.sorted())
}

// isBeginning reports whether the page is the beginning of all activities as they are: that is what most ask for.
func (r *pageRequest) isBeginning() bool {
	return r.keep == nil && r.after == nil && r.before == nil && !r.fromEnd && r.order == ActivityOrder{}.withDefaults()
}

// fill puts the activities in, with their cursors.
func (p *ActivityPage) fill(order ActivityOrder, sorted []placed) error {
	p.Activities, p.Cursors = make([]*Activity, len(sorted)), make([]string, len(sorted))
	for i, at := range sorted {
		cursor, err := order.cursor(at.place)
		if err != nil {
			return err
		}
		p.Activities[i], p.Cursors[i] = at.activity, cursor
	}
	return nil
}
