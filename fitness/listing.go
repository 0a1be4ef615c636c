package fitness

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"domestique/strava"
)

// ListQuery asks for one page of a list, with the arguments of a Relay connection that only goes forward.
type ListQuery struct {
	// First asks for so many elements, at most 200. Nil: 30.
	First *int
	// After is the cursor of the element before the page's first one. Nil: the page begins with the list.
	After *string
}

// ListPage is a page of a list and its place in it.
type ListPage[T any] struct {
	Nodes []T
	// Cursors has an opaque cursor for each of Nodes.
	Cursors     []string
	HasNext     bool
	HasPrevious bool
}

// maxListed bounds what is read of a list that does not end.
const maxListed = 50 * strava.MaxPerPage

// listing is a list that Strava gives in pages of its own. Those are read whole and kept, as few as the page that is asked
// for needs: to tell whether more follows takes one element more than the page has.
//
// A page that is not full is the list's end. Only the list of activities is known to have short pages before it.
type listing[T any] struct {
	// name stands in cursors, because the cursor of one list means nothing in another.
	name string
	// key tells the elements apart; "" where Strava gives nothing to tell them apart by.
	key func(T) string
	// page reads one of Strava's pages, from 1; last is the last element before it. Nil: there is no such list.
	page func(ctx context.Context, number int, last T) (*[]T, error)
}

// mark is a place in a list: behind the element of that key, or, where that has moved or has none, behind that many.
type mark struct {
	count int
	key   string
}

// cut reads the page, nil if there is no such list.
func (l listing[T]) cut(ctx context.Context, query ListQuery) (*ListPage[T], error) {
	if err := ownerOnly(ctx); err != nil {
		return nil, err
	}
	size, err := query.size()
	if err != nil {
		return nil, err
	}
	after, err := l.parse(query.After)
	if err != nil {
		return nil, err
	}
	rows, err := l.read(ctx, after.count)
	if rows == nil || err != nil {
		return nil, explained(err)
	}
	start := l.find(*rows, after)
	if rows, err = l.read(ctx, start+size+1); rows == nil || err != nil {
		return nil, explained(err)
	}
	return l.pageOf(*rows, min(start, len(*rows)), size), nil
}

func (l listing[T]) pageOf(rows []T, start, size int) *ListPage[T] {
	end := min(start+size, len(rows))
	page := &ListPage[T]{Nodes: rows[start:end:end], HasNext: end < len(rows), HasPrevious: start > 0}
	page.Cursors = make([]string, len(page.Nodes))
	for i, row := range page.Nodes {
		page.Cursors[i] = l.cursor(mark{count: start + i + 1, key: l.key(row)})
	}
	return page
}

// read reads at least so many elements, or all there are.
func (l listing[T]) read(ctx context.Context, count int) (*[]T, error) {
	var rows []T
	var last T
	for number := 1; number == 1 || len(rows) < min(count, maxListed); number++ {
		page, err := l.page(ctx, number, last)
		if page == nil || err != nil {
			return nil, err
		}
		rows = append(rows, *page...)
		if len(*page) < strava.MaxPerPage {
			break
		}
		last = rows[len(rows)-1]
	}
	return &rows, nil
}

// find is how many elements are before the page that follows the mark.
func (l listing[T]) find(rows []T, after mark) int {
	if after.key == "" || after.count <= len(rows) && l.key(rows[after.count-1]) == after.key {
		return after.count
	}
	if at := slices.IndexFunc(rows, func(row T) bool { return l.key(row) == after.key }); at >= 0 {
		return at + 1
	}
	return after.count
}

// cursor is the opaque form of a mark in this list.
func (l listing[T]) cursor(at mark) string { return at.in(l.name) }

func (m mark) in(list string) string {
	text := strings.Join([]string{list, strconv.Itoa(m.count), m.key}, " ")
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

// parse reads what cursor made; an absent one marks the beginning. Whatever is not spelled exactly as cursor spells it is
// refused, as is a cursor of another list.
func (l listing[T]) parse(text *string) (mark, error) {
	if text == nil {
		return mark{}, nil
	}
	at, name, ok := readMark(*text)
	if !ok || name != l.name {
		return mark{}, badInput("after", "This is not a cursor of this list.")
	}
	return at, nil
}

// readMark reads a cursor of any list.
func readMark(cursor string) (at mark, list string, ok bool) {
	decoded, _ := base64.RawURLEncoding.DecodeString(cursor)
	list, rest, _ := strings.Cut(string(decoded), " ")
	number, key, _ := strings.Cut(rest, " ")
	count, _ := strconv.Atoi(number)
	at = mark{count: count, key: key}
	return at, list, count > 0 && count <= maxListed && at.in(list) == cursor
}

// ListName tells lists apart.
type ListName string

// The lists that are read page by page.
const (
	ListOfRoutes          ListName = "routes"
	ListOfStarredSegments ListName = "starred"
	ListOfComments        ListName = "comments"
	ListOfKudos           ListName = "kudos"
)

// of is the name of the list that an activity has.
func (n ListName) of(activity *Activity) string { return string(n) + ":" + activity.stravaID() }

// Check fails with a BAD_USER_INPUT for a page that no list of that name has. Whether the cursor is of just that activity's
// list is seen when the page is read.
func (q ListQuery) Check(list ListName) error {
	if _, err := q.size(); err != nil || q.After == nil {
		return err
	}
	_, name, ok := readMark(*q.After)
	if kind, _, _ := strings.Cut(name, ":"); !ok || kind != string(list) {
		return badInput("after", "This is not a cursor of this list.")
	}
	return nil
}

func (q ListQuery) size() (int, error) {
	if q.First == nil {
		return defaultPageSize, nil
	}
	return *q.First, checkPageSize("first", *q.First)
}

// pageOptions asks for one of Strava's pages, as large as it gives them.
func pageOptions(number int) strava.PageOptions {
	return strava.PageOptions{Page: number, PerPage: strava.MaxPerPage}
}

// allPages reads a list whole.
func allPages[T any](page func(number int) (*[]T, error)) (*[]T, error) {
	rows := []T{}
	for number := 1; len(rows) < maxListed; number++ {
		next, err := page(number)
		if err != nil {
			return nil, err
		}
		rows = append(rows, *next...)
		if len(*next) < strava.MaxPerPage {
			return &rows, nil
		}
	}
	return nil, fmt.Errorf("%w: the list does not end after %d elements", strava.ErrUnavailable, maxListed)
}
