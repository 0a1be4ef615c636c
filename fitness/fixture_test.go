package fitness_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/mirror"
	"domestique/strava"
	"domestique/tokens"
)

// noon is the time at which most tests take place: a Sunday.
var noon = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

// asOwner is the context of what the owner asks.
func asOwner(tb testing.TB) context.Context { return fitness.WithViewer(tb.Context(), fitness.Owner) }

// asAnybody is the context of what anybody asks.
func asAnybody(tb testing.TB) context.Context {
	return fitness.WithViewer(tb.Context(), fitness.Anonymous)
}

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// grant is what the token manager says in a test.
type grant tokens.Status

func (g grant) Status(context.Context) tokens.Status { return tokens.Status(g) }

func (g grant) PinAthlete(_ context.Context, athleteID int64) error {
	if g.AthleteID != 0 && g.AthleteID != athleteID {
		return tokens.ErrOtherAthlete
	}
	return nil
}

func (grant) Disconnect(context.Context) error { return nil }

// oneToken is a token source with a single token, or with none for a reason.
type oneToken struct {
	token string
	err   error
}

func (o oneToken) AccessToken(context.Context) (string, error) { return o.token, o.err }

func (oneToken) Invalidate(string) {}

// listed is a history that is simply there, for what is computed from it.
type listed struct {
	activities []*fitness.Activity // the newest first
}

func (l *listed) open(*fitness.Source) (fitness.History, error) { return l, nil }

func (l *listed) Snapshot(context.Context) (*fitness.Snapshot, error) {
	return &fitness.Snapshot{Activities: l.activities, Version: 1, Complete: true}, nil
}

func (l *listed) Sync(context.Context) error { return nil }

func (l *listed) Amend(context.Context, int64, *fitness.Activity) {}

func (l *listed) Forget(context.Context) error {
	l.activities = nil
	return nil
}

func (l *listed) Subscribe(context.Context) <-chan *fitness.Snapshot {
	newest := make(chan *fitness.Snapshot, 1)
	newest <- &fitness.Snapshot{Activities: l.activities, Version: 1, Complete: true}
	return newest
}

func (l *listed) Held() (*fitness.Snapshot, error) {
	snapshot, err := l.Snapshot(context.Background())
	return snapshot, err
}

// serviceOf answers for the given activities, the newest first, at noon.
func serviceOf(tb testing.TB, activities ...*fitness.Activity) *fitness.Service {
	tb.Helper()
	return newService(tb, fitness.Config{History: (&listed{activities}).open})
}

// newService fills in what the test leaves out: a Strava that is not there, and a grant that is good.
func newService(tb testing.TB, config fitness.Config) *fitness.Service {
	tb.Helper()
	if config.Strava == nil {
		config.Strava = newClient(tb, strava.Config{BaseURL: "http://127.0.0.1:1", Tokens: oneToken{token: "token"}})
	}
	if config.Tokens == nil {
		config.Tokens = grant{State: tokens.StateConnected}
	}
	if config.Now == nil {
		config.Now = at(noon)
	}
	if config.History == nil {
		config.History = mirrored(tb, mirror.Config{Now: config.Now})
	}
	service, err := fitness.NewService(config)
	if err != nil {
		tb.Fatalf("make the service: %v", err)
	}
	tb.Cleanup(func() {
		if err := service.Close(context.Background()); err != nil {
			tb.Errorf("close the service: %v", err)
		}
	})
	return service
}

// mirrored is a history that is kept in memory alone, where config names no store.
func mirrored(tb testing.TB, config mirror.Config) func(*fitness.Source) (fitness.History, error) {
	tb.Helper()
	if config.Store == nil {
		config.Store = mirror.NewMemoryStore()
	}
	return func(source *fitness.Source) (fitness.History, error) {
		config.Source = source
		held, err := mirror.New(config)
		if err != nil {
			return nil, err
		}
		tb.Cleanup(func() {
			if err := held.Close(context.Background()); err != nil {
				tb.Errorf("close the mirror: %v", err)
			}
		})
		return held, nil
	}
}

func newClient(tb testing.TB, config strava.Config) *strava.Client {
	tb.Helper()
	client, err := strava.New(config)
	if err != nil {
		tb.Fatalf("make the client: %v", err)
	}
	return client
}

// activity makes one that started at the wall clock time in the zone.
func activity(tb testing.TB, id int64, sport fitness.Sport, started, zone string) *fitness.Activity {
	tb.Helper()
	location, err := time.LoadLocation(zone)
	if err != nil {
		tb.Fatalf("load zone: %v", err)
	}
	start, err := time.ParseInLocation("2006-01-02T15:04:05", started, location)
	if err != nil {
		tb.Fatalf("read start: %v", err)
	}
	local, err := fitness.ParseLocalDateTime(started)
	if err != nil {
		tb.Fatalf("read start: %v", err)
	}
	_, offset := start.Zone()
	return &fitness.Activity{
		StravaID: id, Sport: sport, StartedAt: start.UTC(), StartedAtLocal: local, TimeZone: &zone, UTCOffset: &offset,
	}
}

// run is a run in UTC of so many metres.
func run(tb testing.TB, id int64, started string, meters float64) *fitness.Activity {
	tb.Helper()
	made := activity(tb, id, fitness.SportRun, started, "UTC")
	made.DistanceMeters = meters
	return made
}

func date(tb testing.TB, text string) fitness.Date {
	tb.Helper()
	parsed, err := fitness.ParseDate(text)
	if err != nil {
		tb.Fatalf("read date: %v", err)
	}
	return parsed
}

// refused checks that err is the contract's code, for the argument.
func refused(tb testing.TB, err error, code fitness.Code, argument string) {
	tb.Helper()
	problem, ok := errors.AsType[*fitness.Error](err)
	if !ok {
		tb.Fatalf("got error %v, want %s", err, code)
	}
	if problem.Code != code || problem.Argument != argument {
		tb.Errorf("got %s for argument %q, want %s for %q", problem.Code, problem.Argument, code, argument)
	}
	if problem.Message == "" {
		tb.Error("the error says nothing to a person")
	}
}

func ids(activities []*fitness.Activity) []int64 {
	var ids []int64
	for _, a := range activities {
		ids = append(ids, a.StravaID)
	}
	return ids
}
