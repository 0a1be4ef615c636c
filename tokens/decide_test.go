package tokens

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNext(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	// stored is a grant with a fresh access token, to be edited.
	stored := func(edit func(*Row)) *grant {
		g := &grant{
			row:   Row{AthleteID: 4711, State: StateConnected, ObtainedAt: now.Add(-3 * time.Hour), ExpiresAt: now.Add(3 * time.Hour)},
			Token: newToken(secrets{access: "access", refresh: "refresh"}),
		}
		edit(&g.row)
		return g
	}
	fresh := func(*Row) {}
	due := func(row *Row) { row.ExpiresAt = now.Add(45 * time.Minute) }
	tests := []struct {
		name string
		s    situation
		want step
	}{
		{"no row", situation{}, stopNotConnected},
		{"no row, a first token", situation{haveFirst: true}, stepBegin},
		{"a row and a first token", situation{stored: stored(due), haveFirst: true}, stepAsk},
		{"fresh", situation{stored: stored(fresh)}, stepServe},
		{"a moment before it is due", situation{stored: stored(func(row *Row) { row.ExpiresAt = now.Add(45*time.Minute + 1) })}, stepServe},
		{"due", situation{stored: stored(due)}, stepAsk},
		{"expired", situation{stored: stored(func(row *Row) { row.ExpiresAt = now })}, stepAsk},
		{"due, but put off", situation{stored: stored(func(row *Row) { due(row); row.RefreshAfter = now.Add(1) })}, stepServe},
		{"put off until now", situation{stored: stored(func(row *Row) { due(row); row.RefreshAfter = now })}, stepAsk},
		{"put off past its expiry", situation{stored: stored(func(row *Row) { row.ExpiresAt = now; row.RefreshAfter = now.Add(1) })}, stepAsk},
		{"fresh, but refused by the API", situation{stored: stored(fresh), refused: true}, stepAsk},
		{"put off, but refused by the API", situation{stored: stored(func(row *Row) { due(row); row.RefreshAfter = now.Add(1) }), refused: true}, stepAsk},
		{"never refreshed yet", situation{stored: &grant{Token: newToken(secrets{refresh: "refresh"})}}, stepAsk},
		{"due, another is asking", situation{stored: stored(due), leaseAgesOut: now.Add(1)}, stepWait},
		{"due, another's lease is over", situation{stored: stored(due), leaseAgesOut: now}, stepAsk},
		{"fresh, another is asking", situation{stored: stored(fresh), leaseAgesOut: now.Add(1)}, stepServe},
		{"due, strava failed a moment ago", situation{stored: stored(due), askAgainAfter: now.Add(1)}, stepRest},
		{"due, strava failed a while ago", situation{stored: stored(due), askAgainAfter: now}, stepAsk},
		{"fresh, strava failed a moment ago", situation{stored: stored(fresh), askAgainAfter: now.Add(1)}, stepServe},
		{"needs consent", situation{stored: stored(func(row *Row) { due(row); row.State = StateNeedsConsent })}, stopNeedsConsent},
		{"needs consent, but lasts", situation{stored: stored(func(row *Row) { row.State = StateNeedsConsent })}, stepServe},
		{"needs consent, somebody's lease is left", situation{stored: stored(func(row *Row) { due(row); row.State = StateNeedsConsent }), leaseAgesOut: now.Add(1)}, stopNeedsConsent},
		{"inactive application", situation{stored: stored(func(row *Row) { due(row); row.State = StateAppInactive })}, stepAsk},
		{"wrong client", situation{stored: stored(func(row *Row) { due(row); row.State = StateMisconfigured })}, stepAsk},
		{"the configured athlete's", situation{stored: stored(fresh), athlete: 4711}, stepServe},
		{"another athlete's", situation{stored: stored(fresh), athlete: 4712}, stopOtherAthlete},
		{"nobody knows whose", situation{stored: stored(func(row *Row) { row.AthleteID = 0 }), athlete: 4712}, stepServe},
	}
	for _, test := range tests {
		test.s.now, test.s.margin = moment{here: now, strava: now}, 45*time.Minute
		if got := next(test.s); got != test.want {
			t.Errorf("%s: step %d, want %d", test.name, got, test.want)
		}
	}
}

// A lease's age is counted from when it was first seen, however often it is seen, and anew for every other lease.
func TestSighting(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	leased := func(id string) *grant { return &grant{row: Row{Lease: Lease{ID: id, TTL: 30 * time.Second}}} }
	var s sighting
	for _, step := range []struct {
		at   time.Duration
		seen *grant
		want time.Duration // From begin; zero: no lease.
	}{
		{0, nil, 0},
		{1 * time.Second, leased(""), 0},
		{2 * time.Second, leased("theirs.1"), 32 * time.Second},
		{20 * time.Second, leased("theirs.1"), 32 * time.Second},
		{40 * time.Second, leased("theirs.1"), 32 * time.Second},
		{41 * time.Second, leased("theirs.2"), 71 * time.Second},
		{42 * time.Second, leased("mine.1"), 0},
		{43 * time.Second, leased("theirs.2"), 73 * time.Second},
		{44 * time.Second, nil, 0},
	} {
		s.see(step.seen, func(id string) bool { return id == "mine.1" }, begin.Add(step.at))
		var want time.Time
		if step.want != 0 {
			want = begin.Add(step.want)
		}
		if !s.until.Equal(want) {
			t.Errorf("after %v: until %v, want %v", step.at, s.until, want)
		}
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		margin, life time.Duration
		want         pace
	}{
		{"strava's tokens", 45 * time.Minute, 6 * time.Hour, pace{45 * time.Minute, 20 * time.Second, time.Minute, 5 * time.Second, time.Second}},
		{"a life not known", 45 * time.Minute, 0, pace{45 * time.Minute, 20 * time.Second, time.Minute, 5 * time.Second, time.Second}},
		{"an hour", 45 * time.Minute, time.Hour, pace{30 * time.Minute, 20 * time.Second, time.Minute, 5 * time.Second, time.Second}},
		{"a minute", 45 * time.Minute, time.Minute, pace{30 * time.Second, 5 * time.Second, 15 * time.Second, 5 * time.Second, 250 * time.Millisecond}},
		{"20 s", 45 * time.Minute, 20 * time.Second, pace{10 * time.Second, 1666666666, 4999999998, 1666666666, 83333333}},
		{"20 s and a margin of 6 s", 6 * time.Second, 20 * time.Second, pace{6 * time.Second, time.Second, 3 * time.Second, time.Second, 50 * time.Millisecond}},
		{"the last moment of a token", 45 * time.Minute, time.Second, pace{500 * time.Millisecond, 500 * time.Millisecond, 1500 * time.Millisecond, 500 * time.Millisecond, 25 * time.Millisecond}},
	} {
		if diff := cmp.Diff(test.want, newPace(test.margin, test.life), cmp.AllowUnexported(pace{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	var got []time.Duration
	for failures := 1; failures <= 9; failures++ {
		got = append(got, newPace(DefaultMargin, 0).rewrite(failures))
	}
	ms := time.Millisecond
	want := []time.Duration{50 * ms, 100 * ms, 200 * ms, 400 * ms, 800 * ms, 1600 * ms, 3200 * ms, 5000 * ms, 5000 * ms}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pauses of writes (-want +got):\n%s", diff)
	}
	p := newPace(DefaultMargin, 0)
	for _, test := range []struct {
		kind           Failure
		first, longest time.Duration
	}{
		{FailureNoAnswer, time.Second, time.Minute},
		{FailureRateLimited, time.Second, time.Minute},
		{FailureClient, 15 * time.Second, 10 * time.Minute},
		{FailureAppInactive, 15 * time.Second, 10 * time.Minute},
		{FailureTokenRefused, 15 * time.Second, 10 * time.Minute},
	} {
		if first, longest := p.retry(test.kind, 1), p.retry(test.kind, 1e6); first != test.first || longest != test.longest {
			t.Errorf("%s: %v to %v, want %v to %v", test.kind, first, longest, test.first, test.longest)
		}
	}
}

func TestJitter(t *testing.T) {
	t.Parallel()
	m := &Manager{rand: rand.Reader}
	seen := make(map[time.Duration]bool)
	for range 1000 {
		got := m.jittered(time.Second)
		if got < 500*time.Millisecond || got >= 1500*time.Millisecond {
			t.Fatalf("jittered second: %v", got)
		}
		seen[got] = true
	}
	if len(seen) < 900 {
		t.Errorf("only %d different ones in 1000", len(seen))
	}
	if got := m.jittered(0); got != 0 {
		t.Errorf("jittered nothing: %v", got)
	}
}
