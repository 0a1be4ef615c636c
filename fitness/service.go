package fitness

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

// errUnpinned says that Strava told whose grant it is, but that this could not be noted, or must not be.
var errUnpinned = errors.New("the athlete could not be pinned")

// Grant is the custody of the athlete's grant; *tokens.Manager is one.
type Grant interface {
	// Status tells how the grant is doing, without asking Strava.
	Status(ctx context.Context) tokens.Status
	// PinAthlete notes whose grant it is. It fails with tokens.ErrOtherAthlete if only another's may be served.
	PinAthlete(ctx context.Context, athleteID int64) error
	// Disconnect revokes the grant at Strava and erases it, or fails and changes nothing. It fails with
	// tokens.ErrNotConnected if there is none.
	Disconnect(ctx context.Context) error
}

// Config is what a [Service] is made of. Strava, Tokens and History are required.
type Config struct {
	Strava *strava.Client
	Tokens Grant

	// History makes what the activities are read from, over their source at Strava; it has to see to it that they are
	// those of the source's owner. Whoever made it ends it, too. Required.
	History func(*Source) (History, error)

	// Public is what anybody may see. Nil: nothing, so that there is no viewer but the Owner.
	Public *Projection

	// TimeZone is whose today open periods and goals mean. Zero: that of the newest activity.
	TimeZone *time.Location
	Version  string
	// Demo says that the data is made up.
	Demo bool

	Now func() time.Time // Zero: time.Now.

	Watch Watch // Zero: nobody looks on.
}

// Service answers for the athlete's data. It is safe for concurrent use, and everything that it gives is shared and
// must not be changed.
//
// Its methods fail with an [*Error], except that the end of the caller's own context stays what it is. What is held is
// given whatever Strava says; only what is not held can fail for Strava's sake. A call that was begun for a query goes
// on when the query is cancelled, because its answer is kept for the next one; so is a failure, for a short time.
//
// The athlete behind the grant is pinned before anything of theirs is given.
//
// What is answered is what the viewer may have whom the context names, see [WithViewer]: to [Anonymous], as if all that is
// not for them did not exist, and FORBIDDEN where what they ask for is never theirs.
type Service struct {
	strava  *strava.Client
	tokens  Grant
	history History
	// publication is nil where nothing is public.
	publication *publication
	timeZone    *time.Location
	version     string
	demo        bool
	now         func() time.Time
	watch       Watch

	background  *background
	answers     atomic.Pointer[answers]
	freshness   freshness
	disconnects *flights[struct{}, struct{}]
	writes      *flights[*write, any]
	uploads     *flights[*write, any]
	refetches   *flights[int64, *Activity]
	warming     warming
}

// NewService makes a Service, or fails with an error that names the field of config that is wrong. It calls nobody.
func NewService(config Config) (*Service, error) {
	if config.Strava == nil {
		return nil, errors.New("fitness: Config.Strava is missing")
	}
	if config.Tokens == nil {
		return nil, errors.New("fitness: Config.Tokens is missing")
	}
	if config.History == nil {
		return nil, errors.New("fitness: Config.History is missing")
	}
	s := &Service{
		strava:     config.Strava,
		tokens:     config.Tokens,
		timeZone:   config.TimeZone,
		version:    config.Version,
		demo:       config.Demo,
		now:        config.now(),
		watch:      config.Watch,
		background: &background{},
	}
	if config.Public != nil {
		s.publication = &publication{Projection: *config.Public}
	}
	s.disconnects = newFlights[struct{}, struct{}](s.background, callTimeout, 1)
	s.writes = newFlights[*write, any](s.background, turnTimeout, 1)
	s.uploads = newFlights[*write, any](s.background, uploadTimeout, uploadsAtATime)
	s.refetches = newFlights[int64, *Activity](s.background, turnTimeout, 1)
	none, err := newAnswers(s.now, &s.freshness.revisions, s.background, s.watch)
	if err != nil {
		return nil, fmt.Errorf("fitness: %w", err)
	}
	s.answers.Store(none)
	if s.history, err = config.History(&Source{service: s}); err != nil {
		return nil, fmt.Errorf("fitness: %w", err)
	}
	return s, nil
}

func (c Config) now() func() time.Time {
	if c.Now == nil {
		return time.Now
	}
	return c.Now
}

// Close ends what goes on in the background and waits for it, or for the end of ctx. Queries that need a call fail from
// now on.
func (s *Service) Close(ctx context.Context) error { return s.background.close(ctx) }

// Athlete is the connected athlete, at most an hour old where Strava answers, and at most seven days where it does not.
func (s *Service) Athlete(ctx context.Context) (*Athlete, error) {
	if ViewerOf(ctx) != Owner {
		return s.publicAthlete(ctx)
	}
	return answered(s.athlete(ctx))
}

func (s *Service) athlete(ctx context.Context) (*Athlete, error) {
	return ask(ctx, s.answers.Load(), question[Athlete]{kind: kindAthlete, mustExist: true, fetch: s.fetchAthlete})
}

func (s *Service) fetchAthlete(ctx context.Context) (*Athlete, error) {
	athlete, err := s.strava.Athlete(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.tokens.PinAthlete(ctx, int64(athlete.ID)); err != nil {
		return nil, fmt.Errorf("%w: %w", errUnpinned, err)
	}
	return athleteOf(athlete), nil
}

// owner is the athlete behind the grant. A grant from a first refresh token does not tell, so it takes a call, once. When
// the grant becomes another's, what is kept of the one before is forgotten.
func (s *Service) owner(ctx context.Context) (int64, error) {
	grant := s.tokens.Status(ctx)
	kept := s.answers.Load()
	if athlete := peek[Athlete](kept, kindAthlete, ""); athlete != nil && grant.Pinned && grant.AthleteID != athlete.StravaID {
		none, err := newAnswers(s.now, &s.freshness.revisions, s.background, s.watch)
		if err != nil {
			return 0, err
		}
		s.answers.CompareAndSwap(kept, none)
		s.freshness.revisions.Add(1)
	}
	if grant.Pinned {
		return grant.AthleteID, nil
	}
	athlete, err := s.athlete(withoutAge(ctx))
	if err != nil {
		return 0, err
	}
	return athlete.StravaID, nil
}

// snapshot is the list, for an answer that has some of it in it.
func (s *Service) snapshot(ctx context.Context) (*Snapshot, error) {
	if ViewerOf(ctx) != Owner {
		return s.publicSnapshot(ctx)
	}
	watched, ended := s.watch.begin(ctx, "the list of activities")
	snapshot, err := s.history.Snapshot(watched)
	ended(err)
	if err != nil {
		return nil, explained(err)
	}
	noteAge(ctx, snapshot.OldestFetchedAt)
	return snapshot, nil
}

// held is the list as the viewer sees it, nil while there is none, and what is wrong with the keeping of it.
func (s *Service) held(ctx context.Context) (*Snapshot, error) {
	snapshot, failure := s.history.Held()
	if ViewerOf(ctx) != Owner {
		snapshot = s.publicHeld(snapshot)
	}
	return snapshot, failure
}

// Activities is one page of the athlete's activities.
func (s *Service) Activities(ctx context.Context, query ActivitiesQuery) (*ActivityPage, error) {
	if err := s.mayChoose(ctx, query.Filter, query.Order); err != nil {
		return nil, err
	}
	request, err := query.request()
	if err != nil {
		return nil, err
	}
	snapshot, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	page, err := request.cut(snapshot)
	return page, explained(err)
}

// Activity finds an activity by its global id or by Strava's own; nil if there is none. It costs no call of its own.
func (s *Service) Activity(ctx context.Context, id string) (*Activity, error) {
	stravaID, err := activityNode.lookUpNumber(id)
	if stravaID == 0 || err != nil {
		return nil, err
	}
	return s.ActivityOf(ctx, stravaID)
}

// ActivityOf finds an activity by Strava's own id; nil if there is none. It costs no call of its own.
func (s *Service) ActivityOf(ctx context.Context, stravaID int64) (*Activity, error) {
	snapshot, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	return snapshot.find(stravaID), nil
}

// Stats are computed over the activities that the filter keeps; nil keeps all of them.
func (s *Service) Stats(ctx context.Context, filter *ActivityFilter) (*Stats, error) {
	if err := s.mayChoose(ctx, filter, ActivityOrder{}); err != nil {
		return nil, err
	}
	keep, err := filter.decision()
	if err != nil {
		return nil, err
	}
	snapshot, err := s.snapshot(ctx)
	if err != nil {
		return nil, err
	}
	stats := &Stats{activities: snapshot.Activities, figures: snapshot.sumUp(), today: snapshot.today(s.now(), s.timeZone)}
	if keep != nil {
		stats.activities = keep.of(snapshot.Activities)
		stats.figures = figuresOf(stats.activities)
	}
	if filter != nil && filter.Dates != nil {
		stats.dates = *filter.Dates
	}
	return stats, nil
}

// DataVersion changes with every change of what is held of the activities, as far as the viewer sees it; 0 while nothing is
// held. What was computed from them for that viewer is good as long as it stays the same.
func (s *Service) DataVersion(ctx context.Context) uint64 {
	snapshot, _ := s.held(ctx)
	if snapshot == nil {
		return 0
	}
	return snapshot.Version
}

// Sync brings the activities up to date. It asks Strava even shortly after a setback, because it is asked for seldom.
func (s *Service) Sync(ctx context.Context) error {
	if err := ownerOnly(ctx); err != nil {
		return err
	}
	s.answers.Load().forgive(kindAthlete)
	s.Purge()
	return explained(s.history.Sync(ctx))
}

// Purge drops the answers that may not be kept any longer, also those that nobody asks for; the history sees to its own.
func (s *Service) Purge() { s.answers.Load().purge() }
