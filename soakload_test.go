package main_test

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// account is what became of the queries. It is safe for concurrent use.
type account struct {
	mu          sync.Mutex
	took        []time.Duration
	calm        int            // queries while nothing was wrong
	failed      map[string]int // by code
	unexplained []string
	states      map[string]int // of the grant, as told
}

// note enters a query.
func (a *account) note(from time.Time, code, why string, troubles *chronicle) {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.took = append(a.took, now.Sub(from))
	if !troubles.explains(from, now, "") {
		a.calm++
	}
	if code == "" {
		return
	}
	a.failed[code]++
	if !troubles.explains(from, now, code) {
		a.unexplained = append(a.unexplained, fmt.Sprintf("%s to %s: %s: %s", from.Format(time.TimeOnly), now.Format(time.TimeOnly), code, why))
	}
}

func (a *account) noteState(state string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.states[state]++
}

// query is something that somebody asks now and then.
type query struct {
	key      string
	every    time.Duration
	document func(*rand.Rand) string
}

// soakLoad are the owner's page, which in part waits for Strava, and a stranger's.
func soakLoad() []query {
	text := func(document string) func(*rand.Rand) string { return func(*rand.Rand) string { return document } }
	return []query{
		{webhookOwnerKey, 700 * time.Millisecond, func(random *rand.Rand) string {
			return fmt.Sprintf(`{ activities(first: 1, orderBy: {field: DISTANCE, direction: ASC},
				filter: {distance: {min: %d}}) { nodes { id description } } }`, random.IntN(10_000))
		}},
		{webhookOwnerKey, 900 * time.Millisecond, text(`{ status { connection } stats { totals { count } } activities(first: 30) { nodes { id name } } }`)},
		{"", 1100 * time.Millisecond, text(`{ stats { totals { count } } activities(first: 5) { nodes { id name } } }`)},
	}
}

// ask asks again and again through the balancer, at a modest rate, until ctx ends.
func (s *soak) ask(ctx context.Context, q query) {
	gateway := &process{URL: "http://" + s.balancer.address}
	random := rand.New(rand.NewPCG(7, uint64(q.every)))
	for waitFor(ctx, q.every/2+time.Duration(random.Int64N(int64(q.every)))) {
		from := time.Now()
		var got struct {
			Status     *struct{ Connection string }
			Activities struct{ Nodes []struct{ ID string } }
		}
		err := gateway.ask(q.key, q.document(random), &got)
		foreign, isForeign := errors.AsType[*foreignAnswer](err)
		refused, isRefused := errors.AsType[*refusedAnswer](err)
		switch {
		case isForeign:
			s.account.note(from, fmt.Sprint("HTTP ", foreign.status), err.Error(), &s.chronicle)
		case isRefused:
			s.account.note(from, refused.code, err.Error(), &s.chronicle)
		case err != nil:
			s.account.note(from, "no answer", err.Error(), &s.chronicle)
		case len(got.Activities.Nodes) == 0:
			s.account.note(from, "an empty list", "", &s.chronicle)
		default:
			s.account.note(from, "", "", &s.chronicle)
		}
		if got.Status != nil {
			s.account.noteState(got.Status.Connection)
		}
	}
}

// listener is a subscription that is made anew whenever it has ended.
type listener struct {
	heard, completed, cut, refused atomic.Int64
}

// listen follows one replica: through the balancer all would end up with the one that lives longest.
func (s *soak) listen(ctx context.Context, place int) {
	l := &s.listeners[place]
	for {
		if err := l.follow(ctx, s.addresses[place]); err != nil {
			l.refused.Add(1)
		}
		if !waitFor(ctx, time.Second) {
			return
		}
	}
}

// follow listens until the stream ends, by events.
func (l *listener) follow(ctx context.Context, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/graphql",
		strings.NewReader(`{"query":"subscription { activityChanged { kind id activity { name } } }"}`))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+webhookOwnerKey)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	response, err := new(http.Client).Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, "event:") && strings.HasSuffix(line, "complete"):
			l.completed.Add(1)
			return nil
		case strings.HasPrefix(line, "data:") && strings.Contains(line, "activityChanged"):
			l.heard.Add(1)
		}
	}
	if ctx.Err() == nil {
		l.cut.Add(1)
	}
	return nil
}

// percentile is the time that so many of a hundred queries took at the most.
func percentile(took []time.Duration, percent int) time.Duration {
	if len(took) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(took))
	return sorted[min(len(sorted)-1, len(sorted)*percent/100)].Round(time.Millisecond / 10)
}

// listed writes counts, the greatest first.
func listed(counts map[string]int) string {
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	var written []string
	for _, name := range names {
		written = append(written, fmt.Sprintf("%d %s", counts[name], name))
	}
	if len(written) == 0 {
		return "none"
	}
	return strings.Join(written, ", ")
}
