// Package jobs runs what has to happen again and again: asking whether the grant is due for a refresh, keeping the copy
// of the activities current. It is gocron behind three methods, and the only package that knows it.
//
// Nothing here is exact, and nothing needs it to be: a job asks "is anything due?", so one that comes late, comes twice
// or does not come at all (an instance scaled to zero) loses nothing. There is no election and no lock between
// replicas; what must happen once is decided where it is stored.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"
)

// spread is the part of an interval by which a run may come early or late: replicas that were started together drift
// apart, and Strava does not see them all in the same second.
const spread = 6

// shortest is the least interval that gocron keeps up with: it steps through the runs that it missed one by one.
const shortest = time.Millisecond

// Config is what a Scheduler needs; its zero value works.
type Config struct {
	// Logger receives failures, recoveries and panics, each with the job's name. Zero: nothing is logged.
	Logger *slog.Logger
	// Level says how loud a failure is: a Strava that is away for a minute is a warning, a wrong client secret an error.
	// It must be safe for concurrent use. Zero: every failure is slog.LevelError.
	Level func(error) slog.Level
}

func (c Config) logger() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

func (c Config) level(err error) slog.Level {
	if _, panicked := errors.AsType[*panicError](err); panicked || c.Level == nil {
		return slog.LevelError
	}
	return c.Level(err)
}

// Scheduler runs jobs between Start and Stop. It is safe for concurrent use.
type Scheduler struct {
	config Config
	cron   gocron.Scheduler
	// shutdown ends cron, once however often it is called.
	shutdown func() error

	// jobs is the context that every job runs on, and cancel ends it.
	jobs   context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	stopped bool
	running map[string]int
	idle    chan struct{} // closed when Stop was called and no job runs any more
}

// New makes a scheduler without jobs.
func New(config Config) (*Scheduler, error) {
	cron, err := gocron.NewScheduler(gocron.WithLogger(quiet{config.logger()}))
	if err != nil {
		return nil, fmt.Errorf("make the scheduler: %w", err)
	}
	jobs, cancel := context.WithCancel(context.Background())
	return &Scheduler{
		config:   config,
		cron:     cron,
		shutdown: sync.OnceValue(cron.Shutdown),
		jobs:     jobs,
		cancel:   cancel,
		running:  make(map[string]int),
		idle:     make(chan struct{}),
	}, nil
}

// Every adds a job: it runs once as soon as the scheduler is started, then again and again. The interval, give or take
// a sixth, lies between the end of a run and the start of the next, so that a job never overlaps with itself; it must
// be a millisecond or more. The context of a run ends when Stop is called. An error or a panic of the job is logged and
// changes nothing else.
func (s *Scheduler) Every(name string, interval time.Duration, job func(context.Context) error) error {
	if interval < shortest {
		return fmt.Errorf("add job %s: the interval must be at least %v, not %v", name, shortest, interval)
	}
	run := &runner{name: name, job: job, config: s.config}
	task := func(ctx context.Context) {
		if !s.begin(name) {
			return
		}
		defer s.end(name)
		run.once(ctx)
	}
	_, err := s.cron.NewJob(
		gocron.DurationRandomJob(interval-interval/spread, interval+interval/spread),
		gocron.NewTask(task),
		gocron.WithName(name),
		gocron.WithContext(s.jobs),
		gocron.WithStartAt(gocron.WithStartImmediately()),
		gocron.WithSingletonMode(gocron.LimitModeReschedule),
		gocron.WithIntervalFromCompletion(),
	)
	if err != nil {
		return fmt.Errorf("add job %s: %w", name, err)
	}
	return nil
}

// Start lets the jobs run. It returns at once.
func (s *Scheduler) Start() {
	s.cron.Start()
}

// Stop cancels the contexts of the running jobs, starts no others, and waits for those that run, but not longer than
// ctx lasts: then its error names the jobs that are still running. A second Stop waits in the same way.
func (s *Scheduler) Stop(ctx context.Context) error {
	s.refuse()
	s.cancel()
	// gocron's own Shutdown keeps a core busy while it waits for jobs, so it is asked only when there is none.
	select {
	case <-s.idle:
	case <-ctx.Done():
		return fmt.Errorf("stop jobs (%s still running): %w", strings.Join(s.stillRunning(), ", "), ctx.Err())
	}
	if err := s.shutdown(); err != nil {
		return fmt.Errorf("stop the scheduler: %w", err)
	}
	return nil
}

// begin reports whether a job may run now, and counts it in.
func (s *Scheduler) begin(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return false
	}
	s.running[name]++
	return true
}

func (s *Scheduler) end(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[name]--; s.running[name] == 0 {
		delete(s.running, name)
	}
	s.settle()
}

// refuse lets no further job run.
func (s *Scheduler) refuse() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	s.stopped = true
	s.settle()
}

// settle closes idle once the scheduler is stopped and nothing runs. The caller holds mu.
func (s *Scheduler) settle() {
	if s.stopped && len(s.running) == 0 {
		close(s.idle)
	}
}

func (s *Scheduler) stillRunning() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := make([]string, 0, len(s.running))
	for name := range s.running {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// quiet is the part of a logger that gocron gets: its life cycle is of interest to who debugs it, its errors to all.
type quiet struct{ logger *slog.Logger }

func (q quiet) Debug(msg string, args ...any) { q.logger.Debug(msg, args...) }
func (q quiet) Info(msg string, args ...any)  { q.logger.Debug(msg, args...) }
func (q quiet) Warn(msg string, args ...any)  { q.logger.Warn(msg, args...) }
func (q quiet) Error(msg string, args ...any) { q.logger.Error(msg, args...) }

var _ gocron.Logger = quiet{}
