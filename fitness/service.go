package fitness

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

const (
	// athleteFreshFor and totalsFreshFor are short enough for what changes a few times a day.
	athleteFreshFor = time.Hour
	totalsFreshFor  = 15 * time.Minute

	// callTimeout bounds a call that belongs to no query; the client's own time-out is shorter.
	callTimeout = time.Minute
)

// ErrNoSuchActivity says that there is no activity of the id that was asked for.
var ErrNoSuchActivity = errors.New("no such activity")

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

// Config is what a [Service] is made of. Strava and Tokens are required.
type Config struct {
	Strava *strava.Client
	Tokens Grant

	// History is where the activities are read from; it has to see to it that they are those of the pinned athlete.
	// Zero: a copy in memory, filled by the first query.
	History History
	// SyncEvery is how old the copy in memory may be before a query has it synced, in the background and without
	// waiting for it. Zero: only Sync syncs.
	SyncEvery time.Duration

	// TimeZone is whose today open periods and goals mean. Zero: that of the newest activity.
	TimeZone *time.Location
	Version  string
	// Demo says that the data is made up.
	Demo bool

	Now    func() time.Time // Zero: time.Now.
	Logger *slog.Logger     // Zero: none.
}

// Service answers for the athlete's data. It is safe for concurrent use, and everything that it gives is shared and
// must not be changed.
//
// Its methods fail with an [*Error], except that the end of the caller's own context stays what it is. What is held is
// given whatever Strava says; only what is not held can fail for Strava's sake. A call that was begun for a query goes
// on when the query is cancelled, because its answer is kept for the next one; so is a failure, for a short time.
//
// The athlete behind the grant is pinned before anything of theirs is given.
type Service struct {
	strava   *strava.Client
	tokens   Grant
	history  History
	timeZone *time.Location
	version  string
	demo     bool
	now      func() time.Time

	background *background
	answers    atomic.Pointer[answers]
	partings   *flights[struct{}, struct{}]
}

// answers are what is kept of Strava's beside the list.
type answers struct {
	athlete *kept[Athlete]
	totals  *kept[StravaTotals]
	details *detailsCache
}

// NewService makes a Service, or fails with an error that names the field of config that is wrong. It calls nobody.
func NewService(config Config) (*Service, error) {
	if config.Strava == nil {
		return nil, errors.New("fitness: Config.Strava is missing")
	}
	if config.Tokens == nil {
		return nil, errors.New("fitness: Config.Tokens is missing")
	}
	s := &Service{
		strava:     config.Strava,
		tokens:     config.Tokens,
		history:    config.History,
		timeZone:   config.TimeZone,
		version:    config.Version,
		demo:       config.Demo,
		now:        config.now(),
		background: &background{},
	}
	if s.history == nil {
		s.history = newMemoryHistory(config, s.owner, s.background)
	}
	s.partings = newFlights[struct{}, struct{}](s.background, callTimeout, 1)
	none, err := s.noAnswers()
	if err != nil {
		return nil, fmt.Errorf("fitness: %w", err)
	}
	s.answers.Store(none)
	return s, nil
}

// noAnswers is where nothing is kept yet.
func (s *Service) noAnswers() (*answers, error) {
	details, err := newDetailsCache(s.strava, s.now, s.background)
	if err != nil {
		return nil, err
	}
	return &answers{
		athlete: newKept(s, athleteFreshFor, s.fetchAthlete),
		totals:  newKept(s, totalsFreshFor, s.fetchTotals),
		details: details,
	}, nil
}

func (c Config) now() func() time.Time {
	if c.Now == nil {
		return time.Now
	}
	return c.Now
}

func (c Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

// Close ends what goes on in the background and waits for it, or for the end of ctx. Queries that need a call fail from
// now on.
func (s *Service) Close(ctx context.Context) error { return s.background.close(ctx) }

// Athlete is the connected athlete, at most an hour old where Strava answers, and at most seven days where it does not.
func (s *Service) Athlete(ctx context.Context) (*Athlete, error) {
	athlete, err := s.answers.Load().athlete.get(ctx)
	return athlete, explained(err)
}

func (s *Service) fetchAthlete(ctx context.Context) (*Athlete, error) {
	athlete, err := s.strava.Athlete(ctx)
	if err != nil {
		return nil, fmt.Errorf("fetch the athlete: %w", err)
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
	if athlete := kept.athlete.stale(); athlete != nil && grant.Pinned && grant.AthleteID != athlete.StravaID {
		kept.athlete.forget()
		kept.totals.forget()
	}
	if grant.Pinned {
		return grant.AthleteID, nil
	}
	athlete, err := kept.athlete.get(ctx)
	if err != nil {
		return 0, err
	}
	return athlete.StravaID, nil
}

// Activities is one page of the athlete's activities.
func (s *Service) Activities(ctx context.Context, query ActivitiesQuery) (*ActivityPage, error) {
	request, err := query.request()
	if err != nil {
		return nil, err
	}
	snapshot, err := s.history.Snapshot(ctx)
	if err != nil {
		return nil, explained(err)
	}
	page, err := request.cut(snapshot.Activities)
	return page, explained(err)
}

// Activity finds an activity by its global id or by Strava's own; it fails with ErrNoSuchActivity if there is none.
func (s *Service) Activity(ctx context.Context, id string) (*Activity, error) {
	stravaID, ok := activityStravaID(id)
	if !ok {
		return nil, ErrNoSuchActivity
	}
	snapshot, err := s.history.Snapshot(ctx)
	if err != nil {
		return nil, explained(err)
	}
	if activity := snapshot.find(stravaID); activity != nil {
		return activity, nil
	}
	return nil, ErrNoSuchActivity
}

// Details are what one further call tells of an activity; they are at most an hour old. Without an error they are never
// nil.
func (s *Service) Details(ctx context.Context, activity *Activity) (*Details, error) {
	details, err := s.answers.Load().details.get(ctx, activity)
	return details, explained(err)
}

// PrimaryPhoto is the picture that stands for the activity, nil without one. It is one of the activity's details, but
// where the list tells that there is none it costs no call.
func (s *Service) PrimaryPhoto(ctx context.Context, activity *Activity) (*Photo, error) {
	if activity.PhotoCount == 0 {
		return nil, nil
	}
	details, err := s.Details(ctx, activity)
	if err != nil {
		return nil, err
	}
	return details.PrimaryPhoto, nil
}

// Gear is the bike or the shoes of the activity, nil without them. It is one of the activity's details, but costs no
// call where the list tells that there is none, or where the athlete is held and has it.
func (s *Service) Gear(ctx context.Context, activity *Activity) (*Gear, error) {
	if activity.GearID == "" {
		return nil, nil
	}
	if athlete := s.answers.Load().athlete.usable(); athlete != nil {
		if gear := athlete.gear(activity.GearID); gear != nil {
			return gear, nil
		}
	}
	details, err := s.Details(ctx, activity)
	if err != nil {
		return nil, err
	}
	return details.Gear, nil
}

// Stats are computed over the activities that the filter keeps; nil keeps all of them.
func (s *Service) Stats(ctx context.Context, filter *ActivityFilter) (*Stats, error) {
	keep, err := filter.decision()
	if err != nil {
		return nil, err
	}
	snapshot, err := s.history.Snapshot(ctx)
	if err != nil {
		return nil, explained(err)
	}
	stats := &Stats{activities: keep.of(snapshot.Activities), today: snapshot.today(s.now(), s.timeZone)}
	if filter != nil && filter.Dates != nil {
		stats.dates = *filter.Dates
	}
	return stats, nil
}

// StravaTotals are Strava's own figures, at most a quarter of an hour old where Strava answers, and at most seven days
// where it does not.
func (s *Service) StravaTotals(ctx context.Context) (*StravaTotals, error) {
	totals, err := s.answers.Load().totals.get(ctx)
	return totals, explained(err)
}

func (s *Service) fetchTotals(ctx context.Context) (*StravaTotals, error) {
	athleteID, err := s.owner(ctx)
	if err != nil {
		return nil, err
	}
	stats, err := s.strava.Stats(ctx, athleteID)
	if err != nil {
		return nil, fmt.Errorf("fetch Strava's totals: %w", err)
	}
	return stravaTotalsOf(stats), nil
}

// DataVersion changes with every change of what is held of the activities; 0 while nothing is held. What was computed
// from them is good as long as it stays the same.
func (s *Service) DataVersion() uint64 {
	snapshot, _ := s.history.Held()
	if snapshot == nil {
		return 0
	}
	return snapshot.Version
}

// Sync brings the activities up to date. It asks Strava even shortly after a setback: it comes from a job, which comes
// seldom.
func (s *Service) Sync(ctx context.Context) error {
	s.answers.Load().athlete.forgive()
	return explained(s.history.Sync(ctx))
}
