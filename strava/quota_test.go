package strava_test

import (
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava"
)

// The ends of the windows that noon lies in.
var (
	quarterEnd = time.Date(2026, time.November, 22, 12, 15, 0, 0, time.UTC)
	dayEnd     = time.Date(2026, time.November, 23, 0, 0, 0, 0, time.UTC)
)

// upstream is a Strava whose answers a test sets, with a clock and a count of what reached it.
type upstream struct {
	now    time.Time
	status int
	header []string
	calls  atomic.Int32
}

func (u *upstream) client(t *testing.T) *strava.Client {
	return newClient(t, strava.Config{
		Now: func() time.Time { return u.now },
		Transport: transport(func(*http.Request) (*http.Response, error) {
			u.calls.Add(1)
			if u.status == 0 {
				return nil, errors.New("no network")
			}
			return reply(u.status, `{"id":1}`, u.header...), nil
		}),
	})
}

// rates are the four headers of an answer.
func rates(readLimit, readUsage, limit, usage string) []string {
	return []string{
		"X-ReadRateLimit-Limit", readLimit, "X-ReadRateLimit-Usage", readUsage,
		"X-RateLimit-Limit", limit, "X-RateLimit-Usage", usage,
	}
}

func TestQuotaIsLearntFromTheHeaders(t *testing.T) {
	t.Parallel()
	quarter := func(limit, used int) strava.Window {
		return strava.Window{Limit: limit, Used: used, ResetsAt: quarterEnd}
	}
	day := func(limit, used int) strava.Window { return strava.Window{Limit: limit, Used: used, ResetsAt: dayEnd} }
	nothing := strava.Windows{QuarterHour: quarter(0, 0), Day: day(0, 0)}
	tests := []struct {
		name   string
		status int
		header []string
		want   strava.Quota
	}{
		{"both pairs", 200, rates("100,1000", "67,210", "200,2000", "68,211"), strava.Quota{
			Known:   true,
			Read:    strava.Windows{QuarterHour: quarter(100, 67), Day: day(1000, 210)},
			Overall: strava.Windows{QuarterHour: quarter(200, 68), Day: day(2000, 211)},
		}},
		{"with an error", 404, rates("100,1000", "67,210", "200,2000", "68,211"), strava.Quota{
			Known:   true,
			Read:    strava.Windows{QuarterHour: quarter(100, 67), Day: day(1000, 210)},
			Overall: strava.Windows{QuarterHour: quarter(200, 68), Day: day(2000, 211)},
		}},
		{"no read pair", 200, []string{"X-RateLimit-Limit", "200,2000", "X-RateLimit-Usage", "68,211"}, strava.Quota{
			Known:   true,
			Read:    nothing,
			Overall: strava.Windows{QuarterHour: quarter(200, 68), Day: day(2000, 211)},
		}},
		{"spaces", 200, rates(" 100 , 1000 ", "67, 210", "", ""), strava.Quota{
			Known:   true,
			Read:    strava.Windows{QuarterHour: quarter(100, 67), Day: day(1000, 210)},
			Overall: nothing,
		}},
		{"missing values", 200, rates("100,", ",210", ",", "68"), strava.Quota{
			Known:   true,
			Read:    strava.Windows{QuarterHour: quarter(100, 0), Day: day(0, 210)},
			Overall: strava.Windows{QuarterHour: quarter(0, 68), Day: day(0, 0)},
		}},
		{"no numbers", 200, rates("lots,1e3", "-5,-6", "99999999999999999999,x", ""), strava.Quota{Read: nothing, Overall: nothing}},
		{"no headers", 200, nil, strava.Quota{Read: nothing, Overall: nothing}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			upstream := &upstream{now: noon, status: test.status, header: test.header}
			client := upstream.client(t)
			_, _ = client.Athlete(t.Context())
			if diff := cmp.Diff(test.want, client.Quota()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestQuotaStory follows one client through a night.
func TestQuotaStory(t *testing.T) {
	t.Parallel()
	upstream := &upstream{now: noon, status: 200}
	client := upstream.client(t)
	call := func(status int, header []string) error {
		t.Helper()
		upstream.status, upstream.header = status, header
		_, err := client.Athlete(t.Context())
		return err
	}
	refused := func(err error, retryAt time.Time, sent bool) {
		t.Helper()
		limit, ok := errors.AsType[*strava.RateLimitError](err)
		if !ok || !limit.RetryAt.Equal(retryAt) || limit.Sent != sent || limit.Op != "GET /athlete" {
			t.Fatalf("got %#v, want a RateLimitError until %v, sent: %t", err, retryAt, sent)
		}
	}
	calls := func(want int32) {
		t.Helper()
		if got := upstream.calls.Load(); got != want {
			t.Fatalf("%d calls reached Strava, want %d", got, want)
		}
	}

	if err := call(200, rates("100,1000", "99,500", "200,2000", "99,500")); err != nil {
		t.Fatal(err)
	}
	if err := call(200, rates("100,1000", "100,501", "200,2000", "100,501")); err != nil {
		t.Fatal(err)
	}
	calls(2)

	// The quarter is spent: nothing is sent until it ends.
	refused(call(200, nil), quarterEnd, false)
	upstream.now = quarterEnd.Add(-time.Nanosecond)
	refused(call(200, nil), quarterEnd, false)
	calls(2)
	upstream.now = quarterEnd
	if used := client.Quota().Read.QuarterHour.Used; used != 0 {
		t.Errorf("%d used at the start of a quarter", used)
	}
	if used := client.Quota().Read.Day.Used; used != 501 {
		t.Errorf("%d used of the day, want 501 still", used)
	}
	if err := call(200, nil); err != nil {
		t.Fatal(err)
	}
	calls(3)

	// A 429 without counters spends the quarter.
	nextQuarter := quarterEnd.Add(15 * time.Minute)
	refused(call(429, nil), nextQuarter, true)
	refused(call(200, nil), nextQuarter, false)
	if got := client.Quota().Read.QuarterHour; got.Used != got.Limit {
		t.Errorf("the quarter is %+v, want it spent", got)
	}
	calls(4)

	// A failure before Strava costs nothing that is remembered.
	upstream.now = nextQuarter
	for range 200 {
		if err := call(0, nil); !errors.Is(err, strava.ErrUnavailable) {
			t.Fatal(err)
		}
	}
	calls(204)

	// A 429 whose counters blame the day spends the day.
	refused(call(429, rates("100,1000", "5,1000", "200,2000", "5,1000")), dayEnd, true)
	refused(call(200, nil), dayEnd, false)
	upstream.now = dayEnd.Add(-time.Nanosecond)
	refused(call(200, nil), dayEnd, false)
	calls(205)
	upstream.now = dayEnd
	if err := call(200, rates("100,1000", "1,1", "200,2000", "1,1")); err != nil {
		t.Fatal(err)
	}
	calls(206)

	// A 429 without counters when the day's usage is known to be spent.
	if err := call(200, rates("", "", "200,2000", "2,1999")); err != nil {
		t.Fatal(err)
	}
	refused(call(429, rates("", "", "", "3,2000")), dayEnd.Add(24*time.Hour), true)

	// A 429 that its own counters do not explain.
	upstream.now = dayEnd.Add(24 * time.Hour)
	refused(call(429, rates("100,1000", "3,4", "200,2000", "3,4")), upstream.now.Add(15*time.Minute), true)
	refused(call(200, nil), upstream.now.Add(15*time.Minute), false)
}

// gate is a transport whose requests wait until the test answers them, in the order that the test likes.
type gate struct {
	arrived chan chan *http.Response
}

func (g gate) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := make(chan *http.Response)
	g.arrived <- answer
	select {
	case response := <-answer:
		return response, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// start makes a call and returns, once it has reached Strava, how to answer it and where its result will be.
func (g gate) start(t *testing.T, client *strava.Client) (answer chan<- *http.Response, result <-chan error) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := client.Athlete(t.Context())
		done <- err
	}()
	select {
	case arrived := <-g.arrived:
		return arrived, done
	case err := <-done:
		t.Fatalf("the call did not reach Strava: %v", err)
		return nil, nil
	}
}

func newGate() gate { return gate{arrived: make(chan chan *http.Response)} }

func TestUsageNeverGoesDownWithinAWindow(t *testing.T) {
	t.Parallel()
	gate := newGate()
	client := newClient(t, strava.Config{Transport: gate})
	first, firstDone := gate.start(t, client)
	second, secondDone := gate.start(t, client)
	second <- reply(200, `{"id":1}`, rates("100,1000", "42,420", "200,2000", "42,420")...)
	if err := <-secondDone; err != nil {
		t.Fatal(err)
	}
	first <- reply(200, `{"id":1}`, rates("100,1000", "41,419", "200,2000", "41,419")...)
	if err := <-firstDone; err != nil {
		t.Fatal(err)
	}
	got := client.Quota()
	if got.Read.QuarterHour.Used != 42 || got.Read.Day.Used != 420 || got.Overall.QuarterHour.Used != 42 {
		t.Errorf("the usage went down: %+v", got)
	}
}

// TestAnswersAcrossAWindowsEnd: what was sent in the old quarter says nothing about the new one, whenever it arrives.
func TestAnswersAcrossAWindowsEnd(t *testing.T) {
	t.Parallel()
	for name, status := range map[string]int{"an answer": 200, "a refusal": 429} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var now atomic.Pointer[time.Time]
			clock := func(at time.Time) { now.Store(&at) }
			clock(quarterEnd.Add(-time.Second))
			gate := newGate()
			client := newClient(t, strava.Config{Transport: gate, Now: func() time.Time { return *now.Load() }})
			old, oldDone := gate.start(t, client)

			clock(quarterEnd.Add(time.Second))
			fresh, freshDone := gate.start(t, client)
			fresh <- reply(200, `{"id":1}`, rates("100,1000", "1,301", "200,2000", "1,301")...)
			if err := <-freshDone; err != nil {
				t.Fatal(err)
			}
			old <- reply(status, `{"id":1}`, rates("100,1000", "100,300", "200,2000", "100,300")...)
			<-oldDone

			got := client.Quota().Read
			if got.QuarterHour.Used != 1 || got.Day.Used != 301 {
				t.Errorf("the old quarter's counters came over: %+v", got)
			}
			if _, ok := client.Quota().Admits(strava.Demand{}, strava.InFlight{}, *now.Load()); !ok {
				t.Error("the new quarter is closed")
			}
			next, nextDone := gate.start(t, client)
			next <- reply(200, `{"id":1}`)
			if err := <-nextDone; err != nil {
				t.Errorf("the new quarter is closed: %v", err)
			}
		})
	}
}

// TestBurstStaysWithinTheLimit: calls under way count before their answers do.
func TestBurstStaysWithinTheLimit(t *testing.T) {
	t.Parallel()
	gate := newGate()
	client := newClient(t, strava.Config{Transport: gate})
	opening, openingDone := gate.start(t, client)
	opening <- reply(200, `{"id":1}`, rates("100,1000", "98,98", "200,2000", "98,98")...)
	if err := <-openingDone; err != nil {
		t.Fatal(err)
	}

	first, firstDone := gate.start(t, client)
	second, secondDone := gate.start(t, client)
	_, err := client.Athlete(t.Context())
	if limit, ok := errors.AsType[*strava.RateLimitError](err); !ok || limit.Sent || !limit.RetryAt.Equal(quarterEnd) {
		t.Errorf("the third call got %v, want a refusal before the network", err)
	}

	// One of the two fails on its way, so its place is free again.
	first <- reply(200, `{"id":1}`, rates("100,1000", "99,99", "200,2000", "99,99")...)
	second <- reply(502, ``)
	<-firstDone
	<-secondDone
	last, lastDone := gate.start(t, client)
	last <- reply(200, `{"id":1}`, rates("100,1000", "100,100", "200,2000", "100,100")...)
	if err := <-lastDone; err != nil {
		t.Error(err)
	}
}

// TestRetryAfterARefusedTokenKeepsToTheQuota: the second attempt is a call like any other.
func TestRetryAfterARefusedTokenKeepsToTheQuota(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	client := newClient(t, strava.Config{Transport: transport(func(*http.Request) (*http.Response, error) {
		calls.Add(1)
		return reply(401, fault("Authorization Error", "Athlete", "access_token", "invalid"), rates("100,1000", "100,100", "200,2000", "100,100")...), nil
	})})
	_, err := client.Athlete(t.Context())
	if limit, ok := errors.AsType[*strava.RateLimitError](err); !ok || limit.Sent {
		t.Errorf("got %v, want a refusal before the network", err)
	}
	if calls.Load() != 1 {
		t.Errorf("%d calls, want 1", calls.Load())
	}
}

// TestRateLimitWithoutABody: the status is enough, however the rest of the answer fails.
func TestRateLimitWithoutABody(t *testing.T) {
	t.Parallel()
	for name, raw := range map[string]string{
		"cut":  "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 100\r\n\r\n{",
		"HTML": "HTTP/1.1 429 Too Many Requests\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
		"none": "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := serve(t, hijacked(raw)).Athlete(t.Context())
			if limit, ok := errors.AsType[*strava.RateLimitError](err); !ok || !limit.RetryAt.Equal(quarterEnd) {
				t.Errorf("got %v, want a RateLimitError until the end of the quarter", err)
			}
		})
	}
}
