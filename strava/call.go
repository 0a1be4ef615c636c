package strava

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// request is one call, and what makes it impossible: a wrong argument is found while it is put together, and reported
// when it would be sent.
type request struct {
	// op names the endpoint in errors and logs: the method and the path's template, without ids.
	op     string
	method string
	path   string
	query  url.Values
	accept string

	// body is nil for a reading call.
	body        io.Reader
	contentType string
	// length is the body's, in bytes; zero leaves it to net/http.
	length int64

	invalid error
}

// reading returns a GET of the path.
func reading(template string) request {
	return request{op: "GET " + template, method: http.MethodGet, path: template, accept: "application/json"}
}

// writing returns a call that changes something at Strava.
func writing(method, template string) request {
	return request{op: method + " " + template, method: method, path: template, accept: "application/json"}
}

// of puts the id into the path. No object has an id below 1, and asking for one would cost a call.
func (r request) of(id int64) request {
	if id <= 0 {
		return r.wrong(fmt.Errorf("there is none with the id %d: %w", id, ErrNotFound))
	}
	return r.at(strconv.FormatInt(id, 10))
}

// ofAthlete puts the athlete's id into the path.
func (r request) ofAthlete(id int64) request {
	if id <= 0 {
		return r.wrong(fmt.Errorf("athlete id %d: must be positive", id))
	}
	return r.at(strconv.FormatInt(id, 10))
}

func (r request) at(id string) request {
	r.path = strings.Replace(r.path, "{id}", id, 1)
	return r
}

// querier is a set of options that goes into the query, or tells what is wrong with itself.
type querier interface {
	query() (url.Values, error)
}

func (r request) with(options querier) request {
	query, err := options.query()
	r.query = query
	return r.wrong(err)
}

// form puts the values into the body.
func (r request) form(values url.Values) request {
	r.body, r.contentType = strings.NewReader(values.Encode()), "application/x-www-form-urlencoded"
	return r
}

// json puts the value into the body as JSON.
func (r request) json(value any) request {
	text, err := json.Marshal(value)
	r.body, r.contentType = bytes.NewReader(text), "application/json"
	return r.wrong(err)
}

// wrong keeps the first thing that is wrong with the arguments.
func (r request) wrong(err error) request {
	if err != nil && r.invalid == nil {
		r.invalid = r.refuse(err)
	}
	return r
}

// refuse words an error about an argument.
func (r request) refuse(err error) error {
	return fmt.Errorf("strava: %s: %w", r.op, err)
}

func (r request) writes() bool { return r.method != http.MethodGet }

// uploads tells the calls that Strava does not count among the reading ones.
//
// https://developers.strava.com/docs/rate-limits/
func (r request) uploads() bool { return r.method == http.MethodPost }

// describeBody tells the kind of the body and, where net/http can't see it, the length.
func (r request) describeBody(httpRequest *http.Request) {
	if r.contentType != "" {
		httpRequest.Header.Set("Content-Type", r.contentType)
	}
	if r.length > 0 {
		httpRequest.ContentLength = r.length
	}
}

// uploadTimeout is how long a file may take on its way to Strava: [Config.Timeout] is for answers.
const uploadTimeout = 5 * time.Minute

// carrier returns the HTTP client for the request. A writing request follows no redirect: most of them would turn it
// into a GET, whose answer would look like success.
func (c *Client) carrier(r request) *http.Client {
	if !r.writes() {
		return c.http
	}
	carrier := *c.http
	carrier.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if strings.HasPrefix(r.contentType, "multipart/") {
		carrier.Timeout = max(carrier.Timeout, uploadTimeout)
	}
	return &carrier
}

// object makes the call and decodes the object that answers it. An object that is not usable, such as one without an id,
// is none of Strava's.
func object[T any](ctx context.Context, c *Client, r request, usable func(*T) bool) (*T, error) {
	body, err := c.fetch(ctx, r)
	if err != nil {
		return nil, err
	}
	into := new(T)
	if !isObject(body) || json.Unmarshal(body, into) != nil || !usable(into) {
		return nil, misshapen(r.op)
	}
	return into, nil
}

// list makes the call and decodes the list that answers it. A row that cannot be decoded is left out and logged by its
// place, because one corrupt row must not hide the others; a page with no decodable row at all is an error, because it
// must not look like the end of the list.
func list[T any](ctx context.Context, c *Client, r request, usable func(*T) bool) ([]T, error) {
	body, err := c.fetch(ctx, r)
	if err != nil {
		return nil, err
	}
	rows, skipped, err := decodeList(body, usable)
	if err != nil {
		return nil, misshapen(r.op)
	}
	for _, index := range skipped {
		c.logger.WarnContext(ctx, "left out: the row could not be decoded", "op", r.op, "index", index)
	}
	return rows, nil
}

// MaxPerPage is the largest page that Strava gives.
const MaxPerPage = 200

// PageOptions say which part of a list to ask for. The zero value asks for the first 30.
type PageOptions struct {
	// Page counts from 1; zero means the first.
	Page int
	// PerPage is at most [MaxPerPage]; zero means Strava's default of 30.
	PerPage int
}

func (o PageOptions) query() (url.Values, error) {
	if o.Page < 0 {
		return nil, fmt.Errorf("page %d: must not be negative", o.Page)
	}
	query := make(url.Values)
	if o.Page > 0 {
		query.Set("page", strconv.Itoa(o.Page))
	}
	return query, setPerPage(query, "per_page", o.PerPage)
}

// setPerPage sets the length of a page under the name that the endpoint has for it.
func setPerPage(query url.Values, name string, perPage int) error {
	if perPage < 0 || perPage > MaxPerPage {
		return fmt.Errorf("per page %d: must be between 1 and %d, or 0 for the default", perPage, MaxPerPage)
	}
	if perPage > 0 {
		query.Set(name, strconv.Itoa(perPage))
	}
	return nil
}

// errNothingToDo is a change that changes nothing.
var errNothingToDo = errors.New("nothing to change: name at least one field")
