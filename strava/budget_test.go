package strava_test

import (
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"domestique/strava"
)

// used is Strava's default quota with so many of it used in the windows that noon lies in.
func used(readQuarter, readDay, quarter, day int) strava.Quota {
	return strava.Quota{
		Known: true,
		Read: strava.Windows{
			QuarterHour: strava.Window{Limit: 100, Used: readQuarter, ResetsAt: quarterEnd},
			Day:         strava.Window{Limit: 1000, Used: readDay, ResetsAt: dayEnd},
		},
		Overall: strava.Windows{
			QuarterHour: strava.Window{Limit: 200, Used: quarter, ResetsAt: quarterEnd},
			Day:         strava.Window{Limit: 2000, Used: day, ResetsAt: dayEnd},
		},
	}
}

func TestQuotaAdmits(t *testing.T) {
	t.Parallel()
	const client, event, background = strava.PriorityClient, strava.PriorityEvent, strava.PriorityBackground
	reads := func(n int) strava.InFlight { return strava.InFlight{Reads: n, All: n} }
	uploads := func(n int) strava.InFlight { return strava.InFlight{All: n} }
	at := func(hour, minute int) time.Time {
		return time.Date(2026, time.November, 22, hour, minute, 0, 0, time.UTC)
	}
	midnight := at(0, 0)
	// At noon half of a day's reserve is left: 150 reads of background work's, 50 of events'.
	tests := []struct {
		name     string
		quota    strava.Quota
		priority strava.Priority
		beside   strava.InFlight
		now      time.Time
		retryAt  time.Time // zero: admitted
	}{
		{"client: nothing known", strava.Quota{}, client, reads(0), noon, time.Time{}},
		{"client: nothing used", used(0, 0, 0, 0), client, reads(0), noon, time.Time{}},
		{"client: one left everywhere", used(99, 999, 199, 1999), client, reads(0), noon, time.Time{}},
		{"client: read quarter spent", used(100, 100, 100, 100), client, reads(0), noon, quarterEnd},
		{"client: read quarter overspent", used(107, 100, 100, 100), client, reads(0), noon, quarterEnd},
		{"client: overall quarter spent", used(10, 100, 200, 200), client, reads(0), noon, quarterEnd},
		{"client: read day spent", used(10, 1000, 10, 1000), client, reads(0), noon, dayEnd},
		{"client: overall day spent", used(10, 10, 10, 2000), client, reads(0), noon, dayEnd},
		{"client: quarter and day spent", used(100, 1000, 100, 1000), client, reads(0), noon, dayEnd},
		{"client: read day and overall quarter spent", used(10, 1000, 200, 1000), client, reads(0), noon, dayEnd},
		{"client: a nanosecond before the quarter's end", used(100, 100, 100, 100), client, reads(0), quarterEnd.Add(-1), quarterEnd},
		{"client: at the quarter's end", used(100, 100, 100, 100), client, reads(0), quarterEnd, time.Time{}},
		{"client: day still spent after the quarter", used(100, 1000, 100, 1000), client, reads(0), quarterEnd, dayEnd},
		{"client: a nanosecond before midnight", used(100, 1000, 100, 1000), client, reads(0), dayEnd.Add(-1), dayEnd},
		{"client: at midnight", used(100, 1000, 100, 1000), client, reads(0), dayEnd, time.Time{}},
		{"client: the last place is under way", used(99, 99, 99, 99), client, reads(1), noon, quarterEnd},
		{"client: uploads under way take no reads", used(99, 99, 99, 99), client, uploads(50), noon, time.Time{}},
		{"client: uploads under way take the last of all", used(50, 50, 199, 199), client, uploads(1), noon, quarterEnd},

		{"event: one beside the reserve", used(89, 100, 89, 100), event, reads(0), noon, time.Time{}},
		{"event: only the reserve", used(90, 100, 90, 100), event, reads(0), noon, quarterEnd},
		{"event: one of the day beside the reserve", used(10, 949, 10, 949), event, reads(0), noon, time.Time{}},
		{"event: only the day's reserve", used(10, 950, 10, 950), event, reads(0), noon, at(13, 0)},
		{"event: a call of a client under way", used(89, 100, 89, 100), event, reads(1), noon, quarterEnd},

		{"background: one beside the reserve", used(59, 100, 59, 100), background, reads(0), noon, time.Time{}},
		{"background: only the reserve", used(60, 100, 60, 100), background, reads(0), noon, quarterEnd},
		{"background: only the reserve of all calls", used(10, 100, 120, 120), background, reads(0), noon, quarterEnd},
		{"background: calls of clients under way", used(55, 100, 55, 100), background, reads(5), noon, quarterEnd},
		{"background: one of the day beside the reserve", used(10, 849, 10, 849), background, reads(0), noon, time.Time{}},
		{"background: only the day's reserve", used(10, 850, 10, 850), background, reads(0), noon, at(13, 0)},
		{"background: that and the quarter's", used(60, 850, 60, 850), background, reads(0), noon, at(13, 0)},
		{"background: far into the day's reserve", used(10, 970, 10, 970), background, reads(0), noon, at(22, 0)},
		{"background: the reserve is smaller in the evening", used(10, 970, 10, 970), background, reads(0), at(22, 0), time.Time{}},
		{"background: and larger in the morning", used(10, 700, 10, 700), background, reads(0), midnight, at(1, 0)},
		{"background: one beside the whole reserve", used(10, 699, 10, 699), background, reads(0), midnight, time.Time{}},
		{"background: the last hour keeps a 24th", used(10, 987, 10, 987), background, reads(0), at(23, 50), time.Time{}},
		{"background: no more of it", used(10, 988, 10, 988), background, reads(0), at(23, 50), dayEnd},
		{"background: after midnight", used(10, 988, 10, 988), background, reads(0), dayEnd, time.Time{}},

		{"nothing known: all that a client may have is under way", strava.Quota{}, client, reads(100), noon, quarterEnd},
		{"nothing known: one less", strava.Quota{}, client, reads(99), noon, time.Time{}},
		{"nothing known: all that events may have", strava.Quota{}, event, reads(90), noon, quarterEnd},
		{"nothing known: all that background work may have", strava.Quota{}, background, reads(60), noon, quarterEnd},
		{"the usage is known, its limit is not",
			strava.Quota{Read: strava.Windows{QuarterHour: strava.Window{Used: 100, ResetsAt: quarterEnd}}}, client, reads(0), noon, quarterEnd},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			retryAt, ok := test.quota.Admits(strava.Demand{Priority: test.priority}, test.beside, test.now)
			if !retryAt.Equal(test.retryAt) || ok != test.retryAt.IsZero() {
				t.Errorf("got %v, %t; want %v", retryAt, ok, test.retryAt)
			}
		})
	}
}

func TestUploadsCountOverallAlone(t *testing.T) {
	t.Parallel()
	upload := strava.Demand{Upload: true}
	if retryAt, ok := used(100, 1000, 199, 1999).Admits(upload, strava.InFlight{}, noon); !ok {
		t.Errorf("refused until %v for the reads' sake", retryAt)
	}
	if retryAt, ok := used(0, 0, 200, 0).Admits(upload, strava.InFlight{}, noon); ok || !retryAt.Equal(quarterEnd) {
		t.Errorf("got %v, %t", retryAt, ok)
	}
}

// TestQuotaAdmitsHolds looks at what has to be true whatever the numbers are.
func TestQuotaAdmitsHolds(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 11))
	day := dayEnd.Add(-24 * time.Hour)
	for range 20_000 {
		now := day.Add(time.Duration(random.Int64N(int64(24 * time.Hour))))
		quarter := now.Truncate(15 * time.Minute).Add(15 * time.Minute)
		window := func(limit int, end time.Time) strava.Window {
			return strava.Window{Limit: limit, Used: random.IntN(limit * 11 / 10), ResetsAt: end}
		}
		quota := strava.Quota{
			Read:    strava.Windows{QuarterHour: window(100, quarter), Day: window(1000, dayEnd)},
			Overall: strava.Windows{QuarterHour: window(1+random.IntN(400), quarter), Day: window(1+random.IntN(4000), dayEnd)},
		}
		beside := strava.InFlight{Reads: random.IntN(4)}
		beside.All = beside.Reads + random.IntN(3)
		before := time.Time{}
		for _, priority := range []strava.Priority{strava.PriorityClient, strava.PriorityEvent, strava.PriorityBackground} {
			demand := strava.Demand{Priority: priority, Upload: random.IntN(8) == 0}
			retryAt, ok := quota.Admits(demand, beside, now)
			if ok != retryAt.IsZero() || !ok && !retryAt.After(now) {
				t.Fatalf("%+v at %v, %+v: %v, %t", quota, now, demand, retryAt, ok)
			}
			if ok {
				continue
			}
			if _, ok := quota.Admits(demand, beside, retryAt.Add(-1)); ok {
				t.Fatalf("%+v at %v, %+v: would have been admitted before %v", quota, now, demand, retryAt)
			}
			// Across the end of a window nothing of that is under way any more.
			if again, ok := quota.Admits(demand, beside, retryAt); !ok && beside.All == 0 {
				t.Fatalf("%+v at %v, %+v: at %v refused again until %v", quota, now, demand, retryAt, again)
			}
			if demand.Upload {
				continue
			}
			if retryAt.Before(before) {
				t.Fatalf("%+v at %v: %v may go at %v, what is more urgent at %v", quota, now, priority, retryAt, before)
			}
			before = retryAt
		}
	}
}

// A header may name any number.
func TestQuotaAdmitsWithoutOverflow(t *testing.T) {
	t.Parallel()
	quota := used(0, 0, 0, 0)
	quota.Read.QuarterHour.Limit, quota.Read.Day.Limit = math.MaxInt, math.MaxInt
	if retryAt, ok := quota.Admits(strava.Demand{Priority: strava.PriorityBackground}, strava.InFlight{}, noon); !ok {
		t.Errorf("refused until %v", retryAt)
	}
}

// What is kept for clients is refused before the network, says until when, and is there for clients.
func TestLessUrgentCallsLeaveAReserve(t *testing.T) {
	t.Parallel()
	upstream := &upstream{now: noon, status: 200, header: rates("100,1000", "60,100", "200,2000", "60,100")}
	client := upstream.client(t)
	call := func(priority strava.Priority) error {
		_, err := client.Athlete(strava.WithPriority(t.Context(), priority))
		return err
	}
	if err := call(strava.PriorityBackground); err != nil {
		t.Fatalf("while nothing is known: %v", err)
	}
	limit, ok := errors.AsType[*strava.RateLimitError](call(strava.PriorityBackground))
	if !ok || limit.Sent || !limit.Kept() || limit.Priority != strava.PriorityBackground || !limit.RetryAt.Equal(quarterEnd) {
		t.Errorf("background work got %#v", limit)
	}
	if err := call(strava.PriorityEvent); err != nil {
		t.Errorf("an event: %v", err)
	}
	upstream.header = rates("100,1000", "90,100", "200,2000", "90,100")
	if err := call(strava.PriorityClient); err != nil {
		t.Errorf("a client: %v", err)
	}
	if limit, ok := errors.AsType[*strava.RateLimitError](call(strava.PriorityEvent)); !ok || !limit.Kept() {
		t.Errorf("an event got %#v", limit)
	}
	if err := call(strava.PriorityClient); err != nil {
		t.Errorf("a client: %v", err)
	}
	if got := upstream.calls.Load(); got != 4 {
		t.Errorf("%d calls reached Strava, want 4", got)
	}
}

// An upload under way takes no place among the reading calls.
func TestAnUploadUnderWayLeavesTheReadsAlone(t *testing.T) {
	t.Parallel()
	gate := newGate()
	client := newClient(t, strava.Config{Transport: gate})
	opening, openingDone := gate.start(t, client)
	opening <- reply(200, `{"id":1}`, rates("100,1000", "99,99", "200,2000", "99,99")...)
	if err := <-openingDone; err != nil {
		t.Fatal(err)
	}
	created := make(chan error, 1)
	go func() {
		_, err := client.CreateActivity(t.Context(), strava.NewActivity{
			Name: "Rowing", SportType: "Rowing", StartDateLocal: noon, ElapsedTime: time.Hour,
		})
		created <- err
	}()
	var upload chan *http.Response
	select {
	case upload = <-gate.arrived:
	case err := <-created:
		t.Fatalf("the creation did not reach Strava: %v", err)
	}
	last, lastDone := gate.start(t, client)
	last <- reply(200, `{"id":1}`)
	if err := <-lastDone; err != nil {
		t.Error(err)
	}
	upload <- reply(201, `{"id":1}`)
	if err := <-created; err != nil {
		t.Error(err)
	}
}

// Strava's own refusal is no matter of priorities.
func TestARefusalOfStravasIsEverybodys(t *testing.T) {
	t.Parallel()
	upstream := &upstream{now: noon, status: 429}
	client := upstream.client(t)
	_, err := client.Athlete(strava.WithPriority(t.Context(), strava.PriorityBackground))
	if limit, ok := errors.AsType[*strava.RateLimitError](err); !ok || limit.Kept() || !limit.Sent {
		t.Errorf("got %v", err)
	}
	_, err = client.Athlete(t.Context())
	if limit, ok := errors.AsType[*strava.RateLimitError](err); !ok || limit.Sent || !limit.RetryAt.Equal(quarterEnd) {
		t.Errorf("got %v", err)
	}
	if got := client.Quota().Assumed().Read.QuarterHour; got.Used < got.Limit {
		t.Errorf("the quarter is %+v, want it spent", got)
	}
}

func TestCounterCountsWhatWasSent(t *testing.T) {
	t.Parallel()
	upstream := &upstream{now: noon, status: 200, header: rates("100,1000", "99,99", "200,2000", "99,99")}
	client := upstream.client(t)
	var outer, inner strava.Counter
	ctx := strava.WithCounter(t.Context(), &outer)
	_, _ = client.Athlete(ctx)
	_, _ = client.Athlete(strava.WithCounter(ctx, &inner))
	_, _ = client.Athlete(strava.WithCounter(ctx, nil))
	upstream.header = rates("100,1000", "100,100", "200,2000", "100,100")
	_, _ = client.Athlete(ctx)
	_, _ = client.Athlete(ctx) // refused before the network
	if outer.Calls() != 2 || inner.Calls() != 1 || strava.CounterOf(t.Context()) != nil {
		t.Errorf("counted %d and %d calls, want 2 and 1", outer.Calls(), inner.Calls())
	}
}
