package mirror

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"domestique/fitness"
)

const (
	// eventLeaseTTL is how long a handler that was killed keeps others from its events. It is renewed while something waits.
	eventLeaseTTL = 10 * time.Second

	// eventsAtATime bounds the calls that events cause at once.
	eventsAtATime = 4
	// eventTimeout bounds the work on one: a call with all its time-outs, and a write.
	eventTimeout = 2 * time.Minute
	// inboxTimeout bounds an operation of the inbox that nobody waits for.
	inboxTimeout = 20 * time.Second

	// emptyLook is how often an inbox in which nothing waits is looked at: another process may have been killed with
	// something in it. What this process receives, it looks for at once.
	emptyLook = 30 * time.Second
	// waitingLook is how often one is looked at in which something waits, for its turn or for this process's: another
	// process may have put more in.
	waitingLook = time.Second
	// failedLook is the pause after an inbox that does not answer.
	failedLook = 5 * time.Second

	// firstPause is that after the first failure; each further one is twice as long, up to longestPause.
	firstPause   = 2 * time.Second
	longestPause = 30 * time.Minute
	// longestAbsence is the longest pause for an activity that Strava does not show yet.
	longestAbsence = 10 * time.Minute
	// absentFor is how long Strava may say that it knows no activity of which it has just told. It says so for some seconds
	// after one was made; later it means that it is gone. The next sync finds one that comes to light after that.
	absentFor = time.Hour
)

// Answers are what is kept beside the list; a *fitness.Service is one.
type Answers interface {
	// ForgetActivities drops what is kept of them.
	ForgetActivities(stravaIDs ...int64)
	// Deauthorized erases everything if the athlete has proven to have ended the grant. It may take a call.
	Deauthorized(ctx context.Context) error
}

// EventsConfig is what [Events] are made of. Inbox, Mirror and Answers are required.
type EventsConfig struct {
	Inbox   Inbox
	Mirror  *Mirror
	Answers Answers
	// IsOurs reports whether the push subscription of that id is the gateway's. It may take a call. Zero: all are.
	IsOurs func(ctx context.Context, subscriptionID int64) (bool, error)

	Now    func() time.Time // Zero: time.Now.
	Logger *slog.Logger     // Zero: none.
}

// Events are what Strava tells, from the moment at which it is acknowledged until the copy has followed. Each is stored
// first, so that no kill loses it, and is a hint and no more: its activity is read again, or taken out. Those of one
// activity are handled in the order in which they happened, of which the last one counts; those of different ones at the
// same time, a few at once. What fails is tried again, with growing pauses, for as long as Strava's data may be kept.
//
// Of several processes with one inbox one handles what is in it; when that is killed, another one does. To handle an event
// twice does no harm. It is safe for concurrent use.
type Events struct {
	inbox   Inbox
	mirror  *Mirror
	answers Answers
	isOurs  func(context.Context, int64) (bool, error)
	now     func() time.Time
	log     *slog.Logger

	nudges  chan struct{} // holds one token while there is something to look at
	sighted sighting
	turn    turn // of the goroutine that looks
	away    bool // the inbox, when that goroutine last looked

	mu       sync.Mutex
	progress map[object]*progress
	end      context.CancelFunc // nil: not started
	running  sync.WaitGroup
}

// object is what an event is about: an activity, or with no id of one the athlete.
type object struct{ athlete, activity int64 }

// progress is what has become of an object's events so far.
type progress struct {
	busy  bool
	last  string // the id of the newest letter that was tried
	tries int    // that failed in a row
	due   time.Time
}

// NewEvents makes Events, or fails with an error that names the field of config that is missing. It calls nobody.
func NewEvents(config EventsConfig) (*Events, error) {
	switch {
	case config.Inbox == nil:
		return nil, errors.New("mirror: EventsConfig.Inbox is missing")
	case config.Mirror == nil:
		return nil, errors.New("mirror: EventsConfig.Mirror is missing")
	case config.Answers == nil:
		return nil, errors.New("mirror: EventsConfig.Answers is missing")
	}
	e := &Events{
		inbox: config.Inbox, mirror: config.Mirror, answers: config.Answers, isOurs: config.IsOurs,
		now: config.Now, log: config.Logger, nudges: make(chan struct{}, 1), progress: map[object]*progress{},
	}
	if e.isOurs == nil {
		e.isOurs = func(context.Context, int64) (bool, error) { return true, nil }
	}
	if e.now == nil {
		e.now = time.Now
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	e.turn = turn{put: e.inbox.Claim, ttl: eventLeaseTTL, by: rand.Text(), now: e.now, sighted: &e.sighted}
	return e, nil
}

// Receive stores an event. When it succeeds the event may be acknowledged: nothing but its handling, or a week, takes it
// out again.
func (e *Events) Receive(ctx context.Context, event fitness.Event) error {
	if err := e.inbox.Put(ctx, NewLetter(event, e.now())); err != nil {
		return fmt.Errorf("store an event: %w", err)
	}
	e.nudge()
	return nil
}

// Start begins to handle what is in the inbox and what comes. It may be called once; Close ends it.
func (e *Events) Start() {
	ctx, end := context.WithCancel(context.Background())
	e.mu.Lock()
	defer e.mu.Unlock()
	e.end = end
	e.running.Go(func() { e.run(ctx) })
}

// Close breaks off what is under way and waits for it, or for the end of ctx. What is not handled stays in the inbox.
func (e *Events) Close(ctx context.Context) error {
	e.mu.Lock()
	if e.end != nil {
		e.end()
	}
	e.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		e.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for the work on events: %w", ctx.Err())
	}
}

func (e *Events) nudge() {
	select {
	case e.nudges <- struct{}{}:
	default:
	}
}

// run looks at the inbox until ctx ends.
func (e *Events) run(ctx context.Context) {
	var handlers sync.WaitGroup
	for {
		timer := time.NewTimer(e.look(ctx, &handlers))
		select {
		case <-e.nudges:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
		if ctx.Err() != nil {
			break
		}
	}
	handlers.Wait()
	e.turn.release(ctx)
}

// look begins the work on what is due, and returns when to look again, unless something is put in or done before.
func (e *Events) look(ctx context.Context, handlers *sync.WaitGroup) time.Duration {
	letters, err := e.list(ctx)
	switch {
	case err != nil:
		e.noteInbox(ctx, fmt.Errorf("read the inbox: %w", err))
		return failedLook
	case len(letters) == 0:
		e.noteInbox(ctx, nil)
		e.forgetProgress(nil)
		e.turn.release(ctx)
		return emptyLook
	}
	ours, err := e.claim(ctx)
	e.noteInbox(ctx, err)
	switch {
	case err != nil:
		return failedLook
	case !ours:
		return waitingLook
	}
	batches := batchesOf(letters)
	e.forgetProgress(batches)
	for _, batch := range e.take(batches) {
		handlers.Go(func() {
			e.attend(ctx, batch)
			e.nudge()
		})
	}
	return e.untilDue()
}

// noteInbox logs when the inbox begins to fail and when it works again, and not each time in between.
func (e *Events) noteInbox(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil: // That it was broken off says nothing of the inbox.
	case err != nil && !e.away:
		e.log.WarnContext(ctx, "the inbox of events fails; what waits in it is handled when that works again", "error", err)
		e.away = true
	case err == nil && e.away:
		e.log.InfoContext(ctx, "the inbox of events works again")
		e.away = false
	}
}

// Drain handles what is in the inbox once, for a process that goes on to do something else, and fails with what could not be
// handled. Where another process is at it, it is left to that. It is not for Events that are started.
func (e *Events) Drain(ctx context.Context) error {
	letters, err := e.awaitTurn(ctx)
	if err != nil || len(letters) == 0 {
		return err
	}
	defer e.turn.release(ctx)
	var handlers sync.WaitGroup
	var failures []error
	places := make(chan struct{}, eventsAtATime)
	for _, b := range batchesOf(letters) {
		places <- struct{}{}
		handlers.Go(func() {
			err := e.handle(ctx, b)
			e.mu.Lock()
			failures = append(failures, err)
			e.mu.Unlock()
			<-places
		})
	}
	handlers.Wait()
	return errors.Join(failures...)
}

// awaitTurn returns what waits once it is this process's turn, and nothing when it does not become that: then another one
// is alive and handles it.
func (e *Events) awaitTurn(ctx context.Context) ([]Letter, error) {
	for patience := e.now().Add(2 * eventLeaseTTL); e.now().Before(patience); {
		letters, err := e.list(ctx)
		if err != nil || len(letters) == 0 {
			return nil, err
		}
		ours, err := e.claim(ctx)
		if err != nil || ours {
			return letters, err
		}
		timer := time.NewTimer(waitingLook)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
	}
	return nil, nil
}

func (e *Events) list(ctx context.Context) ([]Letter, error) {
	ctx, cancel := context.WithTimeout(ctx, inboxTimeout)
	defer cancel()
	return e.inbox.List(ctx)
}

// claim reports whether it is this process's turn to handle events.
func (e *Events) claim(ctx context.Context) (ours bool, err error) {
	if e.turn.held != "" && !e.turn.isToRenew() {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, inboxTimeout)
	defer cancel()
	return e.turn.claim(ctx)
}

// batch are the letters about one object, in the order in which what they tell happened. Strava delivers each as it can.
type batch struct {
	object  object
	letters []Letter
}

func (b batch) newest() Letter { return b.letters[len(b.letters)-1] }

func (b batch) ids() []string {
	ids := make([]string, len(b.letters))
	for i, letter := range b.letters {
		ids[i] = letter.ID
	}
	return ids
}

func batchesOf(letters []Letter) []batch {
	var batches []batch
	places := map[object]int{}
	for _, letter := range letters {
		about := object{letter.Event.AthleteID, letter.Event.ActivityID}
		place, known := places[about]
		if !known {
			place = len(batches)
			places[about] = place
			batches = append(batches, batch{object: about})
		}
		batches[place].letters = append(batches[place].letters, letter)
	}
	for _, b := range batches {
		slices.SortStableFunc(b.letters, func(a, b Letter) int {
			return cmp.Or(a.Event.At.Compare(b.Event.At), cmp.Compare(a.ID, b.ID))
		})
	}
	return batches
}

// take notes as begun what is due, as much of it as may be under way at once.
func (e *Events) take(batches []batch) []batch {
	e.mu.Lock()
	defer e.mu.Unlock()
	places := eventsAtATime
	for _, p := range e.progress {
		if p.busy {
			places--
		}
	}
	var taken []batch
	for _, b := range batches {
		p := e.progress[b.object]
		if p == nil {
			p = &progress{}
			e.progress[b.object] = p
		}
		isNews := p.last != b.newest().ID
		if places > 0 && !p.busy && (isNews || !e.now().Before(p.due)) {
			if isNews {
				p.tries = 0
			}
			p.busy, p.last = true, b.newest().ID
			taken = append(taken, b)
			places--
		}
	}
	return taken
}

// untilDue is how long to wait for the next object that is due.
func (e *Events) untilDue() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	wait := waitingLook
	for _, p := range e.progress {
		if ahead := p.due.Sub(e.now()); !p.busy && ahead > 0 { // What is due and not begun waits for a place, not for a time.
			wait = min(wait, ahead)
		}
	}
	return wait
}

// forgetProgress drops what is known of objects of which no letter waits any more.
func (e *Events) forgetProgress(batches []batch) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for about, p := range e.progress {
		if !p.busy && !slices.ContainsFunc(batches, func(b batch) bool { return b.object == about }) {
			delete(e.progress, about)
		}
	}
}
