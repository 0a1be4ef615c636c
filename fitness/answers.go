package fitness

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"domestique/strava"
)

const (
	// pauseAfterFailure is how long a stale answer is given without asking Strava again, once Strava did not answer.
	pauseAfterFailure = time.Minute

	// goneFor is how long what Strava does not know counts as gone. It is short, because Strava answers so for some
	// seconds after something was made.
	goneFor = time.Minute

	// answersFootprint bounds the memory, in bytes: the streams of an hour take some 300 kB, the details of an activity 10 to
	// 50 kB. What has not been asked for the longest is dropped first.
	answersFootprint = 64 << 20
	answersKept      = 20_000

	// setbacksKept bounds what is remembered of failures; these weigh little.
	setbacksKept = 1000

	// callsAtATime bounds the calls that a page of activities sets off at once, whatever it asks of them.
	callsAtATime = 4

	// callTimeout bounds a call that belongs to no query; the client's own time-out is shorter. turnTimeout bounds the
	// wait for a turn and the call.
	callTimeout = time.Minute
	turnTimeout = 2 * time.Minute
)

// question is what takes a call to Strava of its own.
type question[V any] struct {
	kind kind
	// id tells apart what is asked of one kind.
	id string
	// basis is what the list says of the activity that the question is about, as far as the answer depends on it: once
	// that has changed, the answer may have too. Nil where no row of the list tells.
	basis any
	// fetch asks Strava. Where it fails because there is no such thing, the answer is nil, unless the thing has to exist.
	fetch     func(context.Context) (*V, error)
	mustExist bool
}

// answerKey names a question.
type answerKey struct {
	kind kind
	id   string
}

// keptAnswer is an answer and what has to be known to give it again.
type keptAnswer struct {
	value      any // a *V; nil inside for what does not exist
	gone       bool
	basis      any
	fetchedAt  time.Time
	freshUntil time.Time
	failedAt   time.Time // when Strava was last asked again in vain
	footprint  int
}

// told is an answer, when Strava gave it, and until when it is fresh.
type told struct {
	value     any // a *V; nil inside for what does not exist
	at, until time.Time
}

// note notes that it is part of what ctx is answered.
func (t told) note(ctx context.Context) {
	noteAge(ctx, t.at)
	noteEnd(ctx, t.until)
}

// answers keep what Strava answered to questions of all kinds. A stale answer is asked for again, and given on when Strava
// does not answer: what is known is worth more than an error. Where nothing is kept, a setback is. They are safe for
// concurrent use.
type answers struct {
	now       func() time.Time
	revisions *atomic.Uint64 // counts the changes
	watch     Watch
	ofAthlete *flights[answerKey, told]
	ofLists   *flights[answerKey, told]

	mu        sync.Mutex
	kept      *simplelru.LRU[answerKey, *keptAnswer]
	footprint int
	// setbacks stand beside what is kept, so that an outage does not push it out.
	setbacks *simplelru.LRU[answerKey, *setback]
	era      int // how often something was forgotten
}

func newAnswers(now func() time.Time, revisions *atomic.Uint64, owner *background, watch Watch) (*answers, error) {
	a := &answers{
		now:       now,
		revisions: revisions,
		watch:     watch,
		ofAthlete: newFlights[answerKey, told](owner, callTimeout, callsAtATime),
		ofLists:   newFlights[answerKey, told](owner, turnTimeout, callsAtATime),
	}
	var err error
	a.kept, err = simplelru.NewLRU(answersKept, func(_ answerKey, dropped *keptAnswer) { a.footprint -= dropped.footprint })
	if err != nil {
		return nil, fmt.Errorf("make the cache of answers: %w", err)
	}
	if a.setbacks, err = simplelru.NewLRU[answerKey, *setback](setbacksKept, nil); err != nil {
		return nil, fmt.Errorf("make the cache of setbacks: %w", err)
	}
	return a, nil
}

// ask gives what is kept, or what Strava says now; nil for what does not exist. The end of ctx ends the wait. It is for the
// owner alone: what others may have of all this is made in public.go, and never by a call.
func ask[V any](ctx context.Context, a *answers, q question[V]) (*V, error) {
	if err := ownerOnly(ctx); err != nil {
		return nil, err
	}
	key := answerKey{q.kind, q.id}
	if kept, ok := a.usable(key, q.basis); ok {
		a.watch.answered(q.kind, AnswerFromMemory)
		return give[V](ctx, kept), nil
	}
	watched, ended := a.watch.begin(ctx, string(q.kind))
	answer, err := a.flightsOf(q.kind).do(watched, key, func(ctx context.Context) (told, error) {
		return renew(ctx, a, key, q)
	})
	ended(err)
	if err != nil {
		if stale, ok := a.stale(key, q.basis); ok {
			a.watch.answered(q.kind, AnswerStale)
			return give[V](ctx, stale), nil
		}
		a.watch.answered(q.kind, AnswerNone)
		return nil, err
	}
	a.watch.answered(q.kind, AnswerFromStrava)
	return give[V](ctx, answer), nil
}

// give is an answer that becomes part of what ctx is answered.
func give[V any](ctx context.Context, answer told) *V {
	answer.note(ctx)
	return as[V](answer.value)
}

// peek is the answer that is kept to a question without a basis, fresh or not; nil if there is none that may be shown.
func peek[V any](a *answers, kind kind, id string) *V {
	kept, _ := a.stale(answerKey{kind, id}, nil)
	return as[V](kept.value)
}

// fresh is the answer that is kept to the question, nil if Strava would have to be asked. Whoever puts some of it into an
// answer notes that.
func fresh[V any](a *answers, kind kind, id string, basis any) (value *V, kept told) {
	kept, _ = a.usable(answerKey{kind, id}, basis)
	return as[V](kept.value), kept
}

func as[V any](value any) *V {
	typed, _ := value.(*V)
	return typed
}

func (a *answers) flightsOf(kind kind) *flights[answerKey, told] {
	if kind.ofAthlete() {
		return a.ofAthlete
	}
	return a.ofLists
}

func renew[V any](ctx context.Context, a *answers, key answerKey, q question[V]) (told, error) {
	if kept, ok := a.usable(key, q.basis); ok {
		return kept, nil // it came between the question and this flight
	}
	if err := a.refusal(key); err != nil {
		return told{}, err
	}
	asked, era := a.now(), a.currentEra()
	value, err := q.fetch(ctx)
	gone := !q.mustExist && errors.Is(err, strava.ErrNotFound)
	if err != nil && !gone {
		err = fmt.Errorf("fetch %s: %w", q.kind, err)
		a.note(key, asked, err)
		return told{}, err
	}
	answer := &keptAnswer{value: value, gone: gone, basis: q.basis, fetchedAt: asked, freshUntil: asked.Add(q.kind.freshFor())}
	if gone {
		answer.value, answer.freshUntil = (*V)(nil), asked.Add(goneFor)
	}
	a.keep(key, answer, era)
	return answer.told(), nil
}

// keep puts an answer in the place of what was known, and drops what that is too much for. One that was asked for before
// something was forgotten may be as old as that, and is not kept.
func (a *answers) keep(key answerKey, answer *keptAnswer, era int) {
	const perEntry = 256 // the key, the entry and its place in the list
	answer.footprint = perEntry + footprintOf(answer.value)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.era != era {
		return
	}
	a.revisions.Add(1)
	a.kept.Remove(key)
	a.kept.Add(key, answer)
	a.footprint += answer.footprint
	a.setbacks.Remove(key)
	for a.footprint > answersFootprint {
		a.kept.RemoveOldest()
	}
}

// note remembers a failure of what was asked for, unless Strava was not asked at all: what Strava refuses of one thing tells
// nothing of the others. Only what nobody but subscribers have is refused for all of its kind: a page of activities must not
// spend the quota on hearing that again for each.
func (a *answers) note(key answerKey, asked time.Time, failure error) {
	if refusedUnsent(failure) {
		return
	}
	remembered := setbackAfter(failure, a.now())
	a.mu.Lock()
	defer a.mu.Unlock()
	if answer, ok := a.kept.Peek(key); ok {
		answer.failedAt = asked
	}
	switch {
	case remembered == nil:
	case key.kind.forSubscribers() && errors.Is(failure, strava.ErrSubscriptionRequired):
		a.setbacks.Add(answerKey{kind: key.kind}, remembered)
	default:
		a.setbacks.Add(key, remembered)
	}
}

// forgive lets Strava be asked in spite of a setback.
func (a *answers) forgive(kind kind) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range a.setbacks.Keys() {
		if key.kind == kind {
			a.setbacks.Remove(key)
		}
	}
}

// forget drops the answers that a change at Strava has made wrong; a key without an id stands for its whole kind. Whoever
// asks from now on does not join a call from before.
func (a *answers) forget(keys ...answerKey) {
	a.forgetWhere(func(known answerKey) bool { return isAmong(keys, known) })
}

// forgetWhere is forget for the questions of which isWrong is true.
func (a *answers) forgetWhere(isWrong func(answerKey) bool) {
	a.mu.Lock()
	a.era++
	a.revisions.Add(1)
	for _, known := range a.kept.Keys() {
		if isWrong(known) {
			a.kept.Remove(known)
		}
	}
	for _, known := range a.setbacks.Keys() {
		if isWrong(known) {
			a.setbacks.Remove(known)
		}
	}
	a.mu.Unlock()
	a.ofAthlete.disown()
	a.ofLists.disown()
}

func isAmong(keys []answerKey, known answerKey) bool {
	return slices.ContainsFunc(keys, func(key answerKey) bool {
		return key.kind == known.kind && (key.id == "" || key.id == known.id)
	})
}

func (a *answers) currentEra() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.era
}

// revise changes the answer that is kept to a question without a basis, and gives it and when Strava gave it: it gets no
// younger by the change. It is nil if none is kept. Calls that are under way do not bring back what was before.
func revise[V any](a *answers, key answerKey, change func(*V)) (*V, time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.era++
	a.ofAthlete.disown()
	a.ofLists.disown()
	answer := a.find(key, nil)
	if answer == nil || answer.gone {
		return nil, time.Time{}
	}
	a.revisions.Add(1)
	revised := *as[V](answer.value)
	change(&revised)
	answer.value = &revised
	return &revised, answer.fetchedAt
}

// purge drops what may not be kept any longer, also where nobody asks for it.
func (a *answers) purge() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range a.kept.Keys() {
		if answer, ok := a.kept.Peek(key); ok && !a.mayBeShown(answer) {
			a.kept.Remove(key)
		}
	}
}

// refusal is the failure to give without asking, nil if Strava may be asked.
func (a *answers) refusal(key answerKey) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, of := range []answerKey{{kind: key.kind}, key} {
		known, _ := a.setbacks.Get(of)
		if err := known.standing(a.now()); err != nil {
			return err
		}
	}
	return nil
}

// usable is the answer to give without asking; not ok if Strava has to be asked.
func (a *answers) usable(key answerKey, basis any) (kept told, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	answer := a.find(key, basis)
	if answer == nil {
		return told{}, false
	}
	now := a.now()
	pausing := !answer.gone && now.Before(answer.failedAt.Add(pauseAfterFailure))
	if !now.Before(answer.freshUntil) && !pausing {
		return told{}, false
	}
	return answer.told(), true
}

// stale is the last answer; not ok if there is none that may still be shown. That something was gone a while ago is no
// answer.
func (a *answers) stale(key answerKey, basis any) (kept told, ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	answer := a.find(key, basis)
	if answer == nil || answer.gone {
		return told{}, false
	}
	return answer.told(), true
}

func (k *keptAnswer) told() told { return told{value: k.value, at: k.fetchedAt, until: k.freshUntil} }

// find is what is kept on that basis, nil if nothing is. What may not be shown any more is dropped.
func (a *answers) find(key answerKey, basis any) *keptAnswer {
	answer, ok := a.kept.Get(key)
	if !ok {
		return nil
	}
	if !a.mayBeShown(answer) || !reflect.DeepEqual(answer.basis, basis) {
		a.kept.Remove(key)
		return nil
	}
	return answer
}

func (a *answers) mayBeShown(answer *keptAnswer) bool {
	return a.now().Before(answer.fetchedAt.Add(KeptAtMost))
}
