package mirror

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"domestique/fitness"
)

// attend handles the events about one object and takes them out of the inbox, or notes when to try again.
func (e *Events) attend(ctx context.Context, b batch) {
	err := e.handle(ctx, b)
	e.mu.Lock()
	defer e.mu.Unlock()
	p := e.progress[b.object]
	p.busy = false
	switch {
	case err == nil:
		delete(e.progress, b.object)
		return
	case ctx.Err() != nil:
		return
	}
	p.due = e.now().Add(pauseAfter(p.tries, err))
	if until := fitness.RetryAt(err); until.After(p.due) {
		p.due = until
	}
	p.tries++
	e.log.WarnContext(ctx, "an event could not be handled yet", "kind", b.newest().Event.Kind, "activity", b.object.activity,
		"tries", p.tries, "next_try", p.due.UTC(), "error", err)
}

// pauseAfter is how long to wait after a failure that so many others came before.
func pauseAfter(failures int, err error) time.Duration {
	longest := longestPause
	if errors.Is(err, fitness.ErrNoSuchActivity) {
		longest = longestAbsence
	}
	return min(firstPause<<min(failures, 12), longest)
}

// handle does what the events ask for. Without an error they are out of the inbox.
func (e *Events) handle(ctx context.Context, b batch) (err error) {
	defer func() {
		if reason := recover(); reason != nil { // One event must not end the process, with everything else in it.
			err = fmt.Errorf("panic: %v\n%s", reason, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(fitness.ForEvent(ctx), eventTimeout)
	defer cancel()
	genuine, err := e.genuine(ctx, b)
	if err == nil && len(genuine) > 0 {
		err = e.follow(ctx, genuine)
	}
	switch {
	case fitness.IsNotConnected(err):
		e.log.InfoContext(ctx, "events are dropped: no account is connected", "events", len(b.letters))
	case err != nil:
		return err
	}
	if err := e.inbox.Remove(ctx, b.ids()...); err != nil {
		return fmt.Errorf("take handled events out of the inbox: %w", err)
	}
	return nil
}

// genuine are the letters that are about the connected athlete and came by the gateway's own subscription, and are not too
// old to be kept.
func (e *Events) genuine(ctx context.Context, b batch) ([]Letter, error) {
	owner := e.mirror.source.Pinned(ctx)
	if owner == 0 {
		var err error
		if owner, err = e.mirror.source.Owner(ctx); err != nil {
			return nil, fmt.Errorf("find out whose events they are: %w", err)
		}
	}
	var genuine []Letter
	for _, letter := range b.letters {
		ours, err := e.isOurs(ctx, letter.Event.SubscriptionID)
		if err != nil {
			return nil, fmt.Errorf("find out which subscription an event is of: %w", err)
		}
		if ours && letter.Event.AthleteID == owner && e.now().Before(letter.ReceivedAt.Add(fitness.KeptAtMost)) {
			genuine = append(genuine, letter)
		}
	}
	if dropped := len(b.letters) - len(genuine); dropped > 0 {
		e.log.WarnContext(ctx, "events are dropped: they are another athlete's or subscription's, or a week old", "events", dropped)
	}
	return slices.Clip(genuine), nil
}

// follow does what the newest of the events about an object asks for. What it tells is true of all that came before.
func (e *Events) follow(ctx context.Context, letters []Letter) error {
	newest := letters[len(letters)-1]
	event := newest.Event
	switch event.Kind {
	case fitness.EventAthleteDeauthorized:
		return e.answers.Deauthorized(ctx)
	case fitness.EventActivityDeleted:
		return e.remove(ctx, event.ActivityID)
	}
	err := e.mirror.Refetch(ctx, event.ActivityID)
	e.answers.ForgetActivities(event.ActivityID)
	if errors.Is(err, fitness.ErrNoSuchActivity) && (deletedWith(letters, event.At) || e.isLate(newest)) {
		return e.remove(ctx, event.ActivityID)
	}
	if err == nil {
		e.log.InfoContext(ctx, "an activity was read again, because Strava told of a change", "kind", event.Kind,
			"activity", event.ActivityID)
	}
	return err
}

// deletedWith reports whether a deletion was told of the same second: which was first, the order of arrival does not say.
func deletedWith(letters []Letter, at time.Time) bool {
	return slices.ContainsFunc(letters, func(l Letter) bool {
		return l.Event.Kind == fitness.EventActivityDeleted && l.Event.At.Equal(at)
	})
}

// isLate reports whether Strava has had the time to show what it told of.
func (e *Events) isLate(letter Letter) bool { return !e.now().Before(letter.ReceivedAt.Add(absentFor)) }

func (e *Events) remove(ctx context.Context, stravaID int64) error {
	err := e.mirror.Remove(ctx, stravaID)
	e.answers.ForgetActivities(stravaID)
	if err == nil {
		e.log.InfoContext(ctx, "an activity was taken out, because Strava says that it is gone", "activity", stravaID)
	}
	return err
}
