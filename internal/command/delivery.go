package command

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"domestique/fitness"
	"domestique/internal/config"
	"domestique/internal/edge"
	"domestique/mirror"
	"domestique/strava"
	"domestique/tokens"
)

const (
	// applicationKept is how long the application is not looked up again, so that a flood of requests to wrong addresses is
	// none of reads of the store.
	applicationKept = 3 * time.Second
	// viewAgainAfter is how soon Strava is asked again which subscription there is, when events come of an unknown one.
	viewAgainAfter = time.Minute

	// subscriptionLook is how often it is looked at whether another subscription is needed: after a consent, say. That takes
	// no call.
	subscriptionLook = 15 * time.Second
	// subscriptionCheck is how often Strava is asked whether the subscription is still there.
	subscriptionCheck = 6 * time.Hour
	// The pauses after a failure to subscribe: the first, doubled by each further one up to the longest.
	firstSubscribePause, longestSubscribePause = 5 * time.Second, 10 * time.Minute
	// subscribeTimeout bounds one round of calls.
	subscribeTimeout = time.Minute
)

// Webhook is the gateway's door for events: the address by which Strava finds it, the push subscription for that, and what
// is taken in. It is an edge.Webhook, and safe for concurrent use.
type Webhook struct {
	cfg    config.Config
	tokens *tokens.Manager
	clock  *strava.Clock
	events *mirror.Events
	log    *slog.Logger

	nudges  chan struct{} // holds one token while the subscription is to be looked at
	running sync.WaitGroup
	end     context.CancelFunc // nil: not started

	// subscribed: Strava has said that it sends its events here.
	subscribed atomic.Bool

	viewing sync.Mutex // Held over a call, so that others wait for its answer.
	mu      sync.Mutex
	app     strava.Application
	appErr  error
	appAt   time.Time // zero: not looked up
	// ours are the ids of subscriptions that were the gateway's while the process ran.
	ours     map[int64]bool
	viewedAt time.Time
}

var _ edge.Webhook = (*Webhook)(nil)

func newWebhook(cfg config.Config, custody Custody, log *slog.Logger) *Webhook {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Webhook{
		cfg: cfg, tokens: custody.Tokens, clock: custody.Clock, log: log,
		nudges: make(chan struct{}, 1), ours: map[int64]bool{},
	}
}

// Application implements edge.Webhook: it may be the one that was entered at /connect.
func (w *Webhook) Application(ctx context.Context) (strava.Application, error) {
	w.mu.Lock()
	app, err, at := w.app, w.appErr, w.appAt
	w.mu.Unlock()
	if age := time.Since(at); age >= 0 && age < applicationKept {
		return app, err
	}
	if app, err = w.tokens.Application(ctx); ctx.Err() != nil {
		return strava.Application{}, ctx.Err()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.app, w.appErr, w.appAt = app, err, time.Now()
	return app, err
}

// SigningSecret implements edge.Webhook.
func (w *Webhook) SigningSecret() strava.Secret { return strava.Secret(w.cfg.StravaWebhookSecret) }

// Receive implements edge.Webhook. What asks for nothing to be done, and what is another athlete's, is left alone.
func (w *Webhook) Receive(ctx context.Context, push strava.PushEvent) error {
	event, means := fitness.EventOf(push)
	if !means {
		return nil
	}
	if grant := w.tokens.Status(ctx); grant.Pinned && grant.AthleteID != event.AthleteID {
		w.log.WarnContext(ctx, "an event of another athlete is ignored")
		return nil
	}
	return w.events.Receive(ctx, event)
}

// isOurs reports whether the subscription of that id is, or was, the gateway's. Strava is asked about an unknown one.
func (w *Webhook) isOurs(ctx context.Context, id int64) (bool, error) {
	w.viewing.Lock()
	defer w.viewing.Unlock()
	if known, isFresh := w.knows(id); known || isFresh {
		return known, nil
	}
	app, err := w.tokens.Application(ctx)
	if err != nil {
		return false, err
	}
	wanted, err := newSubscription(w.cfg, app, w.clock)
	if err != nil {
		return false, err
	}
	current, found, err := wanted.api.View(ctx)
	if err != nil {
		return false, err
	}
	w.noteView(current, found)
	known, _ := w.knows(id)
	return known, nil
}

// knows reports whether the id is that of a subscription of the gateway's, and whether that was found out just now.
func (w *Webhook) knows(id int64) (known, isFresh bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	age := time.Since(w.viewedAt)
	return w.ours[id], age >= 0 && age < viewAgainAfter
}

func (w *Webhook) noteView(current strava.PushSubscription, found bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.viewedAt = time.Now()
	if found {
		w.ours[int64(current.ID)] = true
	}
}

// isWanted reports whether Strava can reach the gateway, so that a subscription is kept up.
func (w *Webhook) isWanted() bool {
	return strings.HasPrefix(w.cfg.PublicURL, "https://") && !w.cfg.Local()
}

// start keeps up the push subscription where Strava can reach the gateway, until close.
func (w *Webhook) start() {
	if !w.isWanted() {
		return
	}
	ctx, end := context.WithCancel(context.Background())
	w.end = end
	w.running.Go(func() { w.keep(ctx) })
}

// nudge has the subscription looked at now.
func (w *Webhook) nudge() {
	select {
	case w.nudges <- struct{}{}:
	default:
	}
}

func (w *Webhook) close() {
	if w.end != nil {
		w.end()
	}
	w.running.Wait()
}

// kept is the subscription that is being kept up.
type kept struct {
	subscription

	id       strava.ID // 0: none
	checked  time.Time
	failures int
}

// keep looks after the subscription until ctx ends.
func (w *Webhook) keep(ctx context.Context) {
	var k kept
	for {
		timer := time.NewTimer(w.look(ctx, &k))
		select {
		case <-timer.C:
		case <-w.nudges:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// look does what is needed for the subscription, and returns when to look again.
func (w *Webhook) look(ctx context.Context, k *kept) time.Duration {
	ctx, cancel := context.WithTimeout(ctx, subscribeTimeout)
	defer cancel()
	if w.tokens.Status(ctx).State == tokens.StateNotConnected {
		w.unsubscribe(ctx, k)
		return subscriptionLook
	}
	app, err := w.tokens.Application(ctx)
	if err != nil {
		return subscriptionLook
	}
	wanted, err := newSubscription(w.cfg, app, w.clock)
	if err != nil {
		w.log.ErrorContext(ctx, "the push subscription can't be made", "error", err)
		return longestSubscribePause
	}
	if k.id != 0 && k.callback == wanted.callback && time.Since(k.checked) < subscriptionCheck {
		return subscriptionLook
	}
	if k.id != 0 && k.callback != wanted.callback {
		w.unsubscribe(ctx, k)
	}
	current, did, err := wanted.mend(ctx, false)
	if err != nil {
		return w.pauseAfter(ctx, k, err)
	}
	w.noteView(current, true)
	if did != foundRight || k.id == 0 {
		w.log.InfoContext(ctx, "Strava sends its events here", "subscription", int64(current.ID))
	}
	*k = kept{subscription: wanted, id: current.ID, checked: time.Now()}
	w.subscribed.Store(true)
	return subscriptionLook
}

// unsubscribe ends the subscription of an athlete who has disconnected, or of an application that was replaced, with that
// one's own secret: it may be stored nowhere any more.
func (w *Webhook) unsubscribe(ctx context.Context, k *kept) {
	if k.id == 0 {
		return
	}
	if err := k.remove(ctx, k.id); err != nil {
		w.log.WarnContext(ctx, "the push subscription could not be ended; Strava's events are ignored", "error", err)
	} else {
		w.log.InfoContext(ctx, "the push subscription is ended")
	}
	*k = kept{}
	w.subscribed.Store(false)
}

// pauseAfter notes a failure and returns when to try again.
func (w *Webhook) pauseAfter(ctx context.Context, k *kept, failure error) time.Duration {
	w.log.WarnContext(ctx, "Strava does not send its events here; what is new is found by the next sync", "error", failure)
	w.subscribed.Store(false)
	pause := min(firstSubscribePause<<min(k.failures, 10), longestSubscribePause)
	k.failures++
	if until := fitness.RetryAt(failure); !until.IsZero() {
		pause = max(pause, until.Sub(w.clock.Now()))
	}
	if errors.Is(failure, errForeign) || errors.Is(failure, strava.ErrCallbackInvalid) { // Until somebody does something.
		pause = subscriptionCheck
	}
	return pause
}
