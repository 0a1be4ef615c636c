package strava

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"
)

// The largest answers that are read. A page of 200 activities has about half a megabyte; the streams of a day-long
// activity have a few.
const (
	maxBody  = 32 << 20
	maxFault = 64 << 10
)

// answer is what came back, its body whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// misshapen is an answer that is cut or of another shape than the specification's. It has no cause, because the
// decoder's own words may quote the answer.
func misshapen(op string) error {
	return &outage{op: op, reason: "the answer could not be decoded"}
}

// fetch is the one way to Strava. It sends the request, and a reading one once more with a fresh token when Strava
// refuses the first one: a token can die early, when the athlete revokes and grants again. A writing one is never sent
// twice: its next caller will have the fresh token.
func (c *Client) fetch(ctx context.Context, r request) ([]byte, error) {
	if r.invalid != nil {
		return nil, r.invalid
	}
	token, err := c.accessToken(ctx, r.op)
	if err != nil {
		return nil, err
	}
	body, err := c.send(ctx, r, token)
	if !refusesToken(err) {
		return body, err
	}
	c.tokens.Invalidate(token)
	if r.writes() {
		return nil, err
	}
	if token, err = c.accessToken(ctx, r.op); err != nil {
		return nil, err
	}
	return c.send(ctx, r, token)
}

func (c *Client) accessToken(ctx context.Context, op string) (string, error) {
	token, err := c.tokens.AccessToken(ctx)
	if err != nil {
		return "", fmt.Errorf("strava: %s: get access token: %w", op, err)
	}
	if token == "" {
		return "", fmt.Errorf("strava: %s: get access token: the token source gave an empty one", op)
	}
	return token, nil
}

// refusesToken tells a dead token, which a fresh one may replace, from a 401 for a missing scope or a restricted
// endpoint, which it would not.
func refusesToken(err error) bool {
	refusal, ok := errors.AsType[*APIError](err)
	if !ok || refusal.Status != http.StatusUnauthorized {
		return false
	}
	return !slices.ContainsFunc(refusal.Faults, func(fault Fault) bool {
		return fault.Resource != "" && fault.Field != "access_token"
	})
}

// send makes one request, if the quota allows it, and returns the body of a successful answer.
func (c *Client) send(ctx context.Context, r request, token string) ([]byte, error) {
	demand := Demand{Priority: PriorityOf(ctx), Upload: r.uploads()}
	admission, retryAt := c.meter.admit(demand)
	if admission == nil {
		return nil, &RateLimitError{Op: r.op, RetryAt: retryAt, Priority: demand.Priority}
	}
	CounterOf(ctx).Add(1)
	watched, ended := c.watch(ctx, r.op)
	reply, err := c.exchange(watched, r, token)
	ended(reply.status, err)
	admission.finish(reply.header)
	c.log(ctx, r, reply, admission.age())
	switch {
	case reply.status == http.StatusTooManyRequests:
		// The status says it all, whatever the body is and whether it came.
		return nil, &RateLimitError{Op: r.op, RetryAt: admission.refuse(), Priority: demand.Priority, Sent: true}
	case err != nil:
		return nil, transportError(ctx, r.op, err)
	default:
		return reply.body, reply.check(r.op)
	}
}

// exchange makes the request and reads the answer. After an error the answer may still have a status and a header.
func (c *Client) exchange(ctx context.Context, r request, token string) (answer, error) {
	target := c.baseURL.JoinPath(r.path)
	target.RawQuery = r.query.Encode()
	httpRequest, err := http.NewRequestWithContext(ctx, r.method, target.String(), r.body)
	if err != nil {
		return answer{}, err
	}
	r.describeBody(httpRequest)
	// In the header alone: Strava takes tokens from nowhere else from June 2027 on, and addresses end up in logs.
	httpRequest.Header.Set("Authorization", "Bearer "+token)
	httpRequest.Header.Set("Accept", r.accept)
	httpRequest.Header.Set("User-Agent", "domestique")
	response, err := c.carrier(r).Do(httpRequest)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	reply := answer{status: response.StatusCode, header: response.Header}
	reply.body, err = readBody(response.Body, reply.limit())
	return reply, err
}

func (c *Client) log(ctx context.Context, r request, reply answer, took time.Duration) {
	c.logger.DebugContext(ctx, "strava request", "op", r.op, "status", reply.status, "bytes", len(reply.body), "took", took)
}

// transportError words why there is no answer. A caller who went away gets the reason from the context, because then
// nothing is known about Strava.
func transportError(ctx context.Context, op string, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("strava: %s: %w", op, context.Canceled)
	}
	return newOutage(op, err)
}

var errTooLarge = errors.New("answer too large")

// readBody reads all of a body, which must not be longer than limit. With an error it returns what it has read.
func readBody(body io.Reader, limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err != nil {
		return content, err
	}
	if int64(len(content)) > limit {
		return content, errTooLarge
	}
	return content, nil
}

func (a answer) limit() int64 {
	if a.successful() {
		return maxBody
	}
	return maxFault
}

func (a answer) successful() bool {
	return a.status >= 200 && a.status <= 299
}

// check returns nil for an answer to decode, and else the error that it is.
func (a answer) check(op string) error {
	if a.isHTML() {
		// A page of a proxy, a captive portal, a maintenance screen. Its status is not Strava's either.
		return &outage{op: op, reason: fmt.Sprintf("an HTML page instead of an answer (status %d)", a.status)}
	}
	if a.successful() {
		return nil
	}
	return refusal(op, a.status, a.body)
}

// refusal words an unsuccessful answer. A body that is not one of Strava's error bodies comes from something in between,
// and its status with it: a proxy's 404 must not make an activity disappear. Without a body the status is all there is.
func refusal(op string, status int, body []byte) error {
	faults, ok := parseFaults(body)
	if !ok && len(body) > 0 {
		return &outage{op: op, reason: fmt.Sprintf("not an answer of Strava's (status %d)", status)}
	}
	return &APIError{Op: op, Status: status, Faults: faults}
}

func (a answer) isHTML() bool {
	content, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	return err == nil && (content == "text/html" || content == "application/xhtml+xml")
}
