package mirror_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/mirror"
)

// answers notes what it is told to forget.
type answers struct {
	mu           sync.Mutex
	forgotten    []int64
	deauthorized int
	failure      error // of Deauthorized
}

func (a *answers) ForgetActivities(stravaIDs ...int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forgotten = append(a.forgotten, stravaIDs...)
}

func (a *answers) Deauthorized(context.Context) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.deauthorized++
	return a.failure
}

// post is an inbox of one process, which a kill cuts off from it, and which may fail.
type post struct {
	mirror.Inbox

	mu      sync.Mutex
	failure func(op string) error // nil: nothing fails
}

func (p *post) fail(failure func(op string) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failure = failure
}

func (p *post) check(op string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failure == nil {
		return nil
	}
	return p.failure(op)
}

func (p *post) Put(ctx context.Context, letter mirror.Letter) error {
	if err := p.check("put"); err != nil {
		return err
	}
	return p.Inbox.Put(ctx, letter)
}

func (p *post) List(ctx context.Context) ([]mirror.Letter, error) {
	if err := p.check("list"); err != nil {
		return nil, err
	}
	return p.Inbox.List(ctx)
}

func (p *post) Remove(ctx context.Context, ids ...string) error {
	if err := p.check("remove"); err != nil {
		return err
	}
	return p.Inbox.Remove(ctx, ids...)
}

func (p *post) Claim(ctx context.Context, next mirror.Lease, over string) (mirror.Lease, error) {
	if err := p.check("claim"); err != nil {
		return mirror.Lease{}, err
	}
	return p.Inbox.Claim(ctx, next, over)
}

// office is a process that handles events.
type office struct {
	*gateway
	*mirror.Events

	answers *answers
	post    *post
	events  *strings.Builder // the log of them
}

// openOffice starts a process on the two stores. It ends with the test at the latest.
func openOffice(t *testing.T, l *list, store mirror.Store, inbox mirror.Inbox) *office {
	t.Helper()
	o := &office{gateway: open(t, l, store), answers: &answers{}, post: &post{Inbox: inbox}, events: &strings.Builder{}}
	var err error
	o.Events, err = mirror.NewEvents(mirror.EventsConfig{
		Inbox: o.post, Mirror: o.Mirror, Answers: o.answers,
		IsOurs: func(_ context.Context, id int64) (bool, error) { return id != 666, nil },
		Logger: slog.New(slog.NewTextHandler(&locked{w: o.events}, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	o.Start()
	t.Cleanup(func() {
		if err := o.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return o
}

// kill ends the process with all that it holds: its lease stays.
func (o *office) kill(t *testing.T) {
	t.Helper()
	o.post.fail(func(string) error { return errors.New("killed") })
	if err := errors.Join(o.Close(context.Background()), o.gateway.Close(context.Background())); err != nil {
		t.Error(err)
	}
}

// hear lets Strava tell of an activity.
func (o *office) hear(t *testing.T, kind fitness.EventKind, activity int64) {
	t.Helper()
	o.receive(t, fitness.Event{Kind: kind, ActivityID: activity, AthleteID: 1, At: time.Now().Truncate(time.Second)})
}

func (o *office) receive(t *testing.T, event fitness.Event) {
	t.Helper()
	if err := o.Receive(t.Context(), event); err != nil {
		t.Fatal(err)
	}
}

func wantWaiting(t *testing.T, inbox mirror.Inbox, want int) {
	t.Helper()
	letters, err := inbox.List(t.Context())
	if err != nil || len(letters) != want {
		t.Errorf("%d letters wait, %v; want %d", len(letters), err, want)
	}
}
