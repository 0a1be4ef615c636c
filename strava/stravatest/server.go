package stravatest

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Config says what the fake is like. Its zero value is a usable Strava with a made-up history of several years.
type Config struct {
	// Seed decides the history and the tokens. Zero: 1.
	Seed uint64
	// Now is the clock of tokens, rate limits and of the history's end. Zero: time.Now.
	Now func() time.Time

	// TokenLife is how long an access token works. Zero: 6 h. The time before expiry in which a refresh mints a new
	// one, an hour at Strava, is never more than a sixth of it.
	TokenLife time.Duration
	// ClientID and ClientSecret are those of the one application that the fake knows. Zero: made-up ones.
	ClientID, ClientSecret string
	// RefreshToken is that of a grant that the athlete gave earlier. Zero: a made-up one.
	RefreshToken string
	// Scopes are those of the grant behind RefreshToken. Zero: every scope that only reads.
	Scopes []string
	// CallbackDomain is where the consent page may send the browser. Zero: only to localhost and 127.0.0.1, which
	// Strava always allows.
	CallbackDomain string

	// ReadLimits are requests per quarter hour and per day. Zero: 100 and 1,000.
	ReadLimits [2]int
	// OverallLimits are the same for reads and uploads together. Zero: twice ReadLimits.
	OverallLimits [2]int

	// Years is how many whole years of training come before the current one. Zero: 5.
	Years int
	// Activities, when not nil, are the whole history, in place of the made-up one; it may be empty.
	Activities []Activity
	// Recorded, when set, holds recorded answers of Strava that are served in place of a made-up history: athlete.json,
	// athlete_stats.json, pages of the list in athlete_activities_*.json, details in activity_*detailed.json and
	// models/detailed_activities_*.json. INDEX.md, if there is one, is a table whose rows tell what else there is: the
	// first column is a file, and somewhere in the row is "GET /api/v3/gear/g42 -> 200". What is not there is a 404.
	Recorded fs.FS
	// RecordedParts also lists the activities of which only parts were recorded, as bare rows: those with details, and
	// those with laps. Without it the list is just the recorded one.
	RecordedParts bool

	// Callback carries the requests to the callback of a push subscription. Zero: a transport without keep-alive.
	Callback http.RoundTripper
	// EventRetry is the time between two tries of a delivery. Zero: a minute.
	EventRetry time.Duration

	// Logger hears of refused refreshes and of violations, never of a token. Zero: nobody does.
	Logger *slog.Logger
}

func (cfg Config) withDefaults() (Config, error) {
	var problems []error
	check := func(ok bool, field, want string) {
		if !ok {
			problems = append(problems, fmt.Errorf("stravatest: Config.%s must be %s", field, want))
		}
	}
	check(cfg.TokenLife >= 0 && cfg.TokenLife%time.Second == 0, "TokenLife", "whole seconds")
	check(cfg.Years >= 0, "Years", "0 or more")
	check(cfg.EventRetry >= 0, "EventRetry", "0 or more")
	check(min(cfg.ReadLimits[0], cfg.ReadLimits[1]) >= 0, "ReadLimits", "0 or more")
	check(min(cfg.OverallLimits[0], cfg.OverallLimits[1]) >= 0, "OverallLimits", "0 or more")
	check(cfg.Recorded == nil || cfg.Activities == nil, "Recorded", "unset when Activities is set")
	check(cfg.Recorded != nil || !cfg.RecordedParts, "RecordedParts", "unset when Recorded is not set")

	setDefault(&cfg.Seed, 1)
	setDefault(&cfg.TokenLife, 6*time.Hour)
	setDefault(&cfg.ClientID, "4242")
	setDefault(&cfg.ClientSecret, "fake-client-secret")
	setDefault(&cfg.RefreshToken, "fake-refresh-token")
	setDefault(&cfg.ReadLimits, [2]int{100, 1000})
	setDefault(&cfg.OverallLimits, [2]int{2 * cfg.ReadLimits[0], 2 * cfg.ReadLimits[1]})
	setDefault(&cfg.Years, 5)
	setDefault(&cfg.EventRetry, time.Minute)
	setDefault(&cfg.Logger, slog.New(slog.DiscardHandler))
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Callback == nil {
		cfg.Callback = &http.Transport{DisableKeepAlives: true}
	}
	if cfg.Scopes == nil {
		cfg.Scopes = []string{"read", "read_all", "profile:read_all", "activity:read", "activity:read_all"}
	}
	return cfg, errors.Join(problems...)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// Server is the fake: an http.Handler for /api/v3/..., /oauth/... and the pictures that its answers link to. It is safe
// for concurrent use. What it links to is on the host that the request named.
type Server struct {
	cfg     Config
	routes  []route
	athlete int64   // whose history it is
	own     history // that athlete's
	courier *courier

	mu         sync.Mutex
	authority  *authority
	quota      quota
	faults     []*hook
	consent    Consent
	inactive   bool
	calls      map[string]int
	refusals   int
	violations []string
}

// New makes a fake Strava. It fails on a Config that makes no sense, on recorded answers that can't be read, and where
// the time zones of the made-up journeys are not installed (a program without them imports time/tzdata).
func New(cfg Config) (*Server, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	own, err := newHistory(cfg)
	if err != nil {
		return nil, err
	}
	s := &Server{
		cfg:       cfg,
		routes:    append(apiRoutes(), openRoutes()...),
		athlete:   own.profile(func(path string) string { return path }).ID,
		own:       own,
		courier:   newCourier(cfg),
		authority: newAuthority(cfg.TokenLife, tokenMint(cfg.Seed, cfg.Now())),
		quota:     newQuota(cfg.ReadLimits, cfg.OverallLimits),
		calls:     map[string]int{},
	}
	s.authority.adopt(s.athlete, cfg.RefreshToken, cfg.Scopes)
	return s, nil
}

func newHistory(cfg Config) (history, error) {
	if cfg.Recorded != nil {
		return openRecording(cfg.Recorded, cfg.RecordedParts)
	}
	return newDiary(cfg)
}

// history is what an athlete has done, as Strava tells it: made up (diary) or recorded (recording).
type history interface {
	// profile is the athlete as others see them.
	profile(link linker) summaryAthlete
	// detailedProfile is the athlete as they see themselves.
	detailedProfile(link linker) any
	// stats are Strava's own totals.
	stats(now time.Time) any
	activityList
}

// activityList is the part of a history that is a list.
type activityList interface {
	// rows are newest first and not to be changed.
	rows() []row
	// detail is the whole activity; false where there is none.
	detail(id int64, link linker) (any, bool)
}

// row is an activity in a list.
type row struct {
	id         int64
	start      time.Time
	visibility string
	summary    any // Marshals to Strava's SummaryActivity.
}

// linker makes an absolute URL of a path on this server.
type linker func(path string) string

// ServeHTTP answers as Strava would, unless a Fault has other plans.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := s.newCall(r)
	r.Body = http.MaxBytesReader(w, r.Body, c.route.maxBody())
	s.mu.Lock()
	s.calls[c.route.op()]++
	fault := s.nextFault(c)
	s.mu.Unlock()
	if fault != nil {
		fault.spoil(w, c)
		return
	}
	c.answer().write(w)
}
