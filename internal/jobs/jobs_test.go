package jobs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/internal/jobs"
)

func TestRunsAtOnceAndThenAroundTheInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		scheduler := newScheduler(t, jobs.Config{})
		begin := time.Now()
		var ticks []time.Duration
		everyMinute(t, scheduler, "refresh", func(context.Context) error {
			ticks = append(ticks, time.Since(begin))
			return nil
		})
		scheduler.Start()
		time.Sleep(time.Hour)
		stop(t, scheduler)

		if len(ticks) < 51 || len(ticks) > 73 {
			t.Fatalf("%d runs in an hour of one a minute, want 51 to 73: %v", len(ticks), ticks)
		}
		if ticks[0] != 0 {
			t.Errorf("first run after %v, want at once", ticks[0])
		}
		differing := make(map[time.Duration]bool)
		for i := 1; i < len(ticks); i++ {
			gap := ticks[i] - ticks[i-1]
			differing[gap] = true
			if gap < 50*time.Second || gap > 70*time.Second {
				t.Errorf("run %d came %v after the one before, want 50s to 70s", i, gap)
			}
		}
		if len(differing) < 2 {
			t.Errorf("every gap is %v: no jitter", ticks[1])
		}
	})
}

func TestAJobNeverOverlapsWithItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		scheduler := newScheduler(t, jobs.Config{})
		var rests []time.Duration
		var ended time.Time
		everyMinute(t, scheduler, "sync", func(ctx context.Context) error {
			if !ended.IsZero() {
				rests = append(rests, time.Since(ended))
			}
			select {
			case <-time.After(5 * time.Minute):
			case <-ctx.Done():
			}
			ended = time.Now()
			return nil
		})
		scheduler.Start()
		time.Sleep(time.Hour)
		stop(t, scheduler)
		if len(rests) < 8 {
			t.Fatalf("%d further runs in an hour, want at least 8", len(rests))
		}
		for _, rest := range rests {
			if rest < 50*time.Second || rest > 70*time.Second {
				t.Errorf("rested %v between the end of a run and the next start, want 50s to 70s", rest)
			}
		}
	})
}

func TestJobsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		scheduler := newScheduler(t, jobs.Config{})
		runs := 0
		everyMinute(t, scheduler, "stuck", func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		everyMinute(t, scheduler, "brisk", func(context.Context) error { runs++; return nil })
		scheduler.Start()
		time.Sleep(10 * time.Minute)
		stop(t, scheduler)
		if runs < 8 {
			t.Errorf("the brisk job ran %d times beside a stuck one, want at least 8", runs)
		}
	})
}

func TestAPanicIsLoggedAndTheJobGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := new(logbook)
		quietLevel := func(error) slog.Level { return slog.LevelDebug }
		scheduler := newScheduler(t, jobs.Config{Logger: log.logger(), Level: quietLevel})
		runs := 0
		everyMinute(t, scheduler, "sync", func(context.Context) error {
			if runs++; runs == 1 {
				panic("no such gear")
			}
			return nil
		})
		scheduler.Start()
		time.Sleep(2 * time.Minute)
		stop(t, scheduler)

		want := []string{"ERROR job failed job=sync failures=1 error=panic: no such gear", "INFO job works again job=sync failures=1"}
		if diff := cmp.Diff(want, log.lines(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
		if !strings.Contains(log.text(), "TestAPanicIsLoggedAndTheJobGoesOn") {
			t.Error("the log does not say where the job panicked")
		}
	})
}

var errAway = errors.New("away")

func TestOnlyChangesAreLogged(t *testing.T) {
	t.Parallel()
	away := func(port int) error { return fmt.Errorf("dial port %d: %w", port, errAway) }
	broken := errors.New("client secret is wrong")
	tests := []struct {
		name    string
		results []error
		want    []string
	}{
		{name: "nothing when all is well", results: []error{nil, nil}},
		{
			name:    "a failure once, however often it repeats",
			results: []error{broken, broken, broken},
			want:    []string{"ERROR job failed job=refresh failures=1 error=client secret is wrong"},
		},
		{
			name:    "the words of a passing failure are no news",
			results: []error{away(1), away(2), away(3)},
			want:    []string{"WARN job failed job=refresh failures=1 error=dial port 1: away"},
		},
		{
			name:    "a failure that becomes worse, then other, then ends",
			results: []error{away(1), broken, errors.New("needs consent"), nil, nil},
			want: []string{
				"WARN job failed job=refresh failures=1 error=dial port 1: away",
				"ERROR job failed job=refresh failures=2 error=client secret is wrong",
				"ERROR job failed job=refresh failures=3 error=needs consent",
				"INFO job works again job=refresh failures=3",
			},
		},
		{
			name:    "a failure that becomes milder",
			results: []error{broken, away(1)},
			want: []string{
				"ERROR job failed job=refresh failures=1 error=client secret is wrong",
				"WARN job failed job=refresh failures=2 error=dial port 1: away",
			},
		},
		{
			name:    "the same failure again after a recovery",
			results: []error{broken, nil, broken},
			want: []string{
				"ERROR job failed job=refresh failures=1 error=client secret is wrong",
				"INFO job works again job=refresh failures=1",
				"ERROR job failed job=refresh failures=1 error=client secret is wrong",
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				log := new(logbook)
				scheduler := newScheduler(t, jobs.Config{Logger: log.logger(), Level: func(err error) slog.Level {
					if errors.Is(err, errAway) {
						return slog.LevelWarn
					}
					return slog.LevelError
				}})
				left := slices.Clone(test.results)
				everyMinute(t, scheduler, "refresh", func(ctx context.Context) error {
					if len(left) == 0 {
						<-ctx.Done()
						return ctx.Err()
					}
					err := left[0]
					left = left[1:]
					return err
				})
				scheduler.Start()
				time.Sleep(time.Duration(len(test.results)+1) * 70 * time.Second)
				stop(t, scheduler)
				if diff := cmp.Diff(test.want, log.lines(t)); diff != "" {
					t.Errorf("log (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestARepeatedFailureIsStillThereForWhoDebugs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &logbook{level: slog.LevelDebug}
		scheduler := newScheduler(t, jobs.Config{Logger: log.logger()})
		everyMinute(t, scheduler, "refresh", func(context.Context) error { return errAway })
		scheduler.Start()
		time.Sleep(3 * time.Minute)
		stop(t, scheduler)
		want := []string{
			"ERROR job failed job=refresh failures=1 error=away",
			"DEBUG job failed job=refresh failures=2 error=away",
		}
		var got []string
		for _, line := range log.lines(t) {
			if strings.Contains(line, "job failed") {
				got = append(got, line)
			}
		}
		if diff := cmp.Diff(want, got[:2]); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestStopCancelsAndWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := new(logbook)
		scheduler := newScheduler(t, jobs.Config{Logger: log.logger()})
		saved := false
		everyMinute(t, scheduler, "refresh", func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(3 * time.Second) // the write that must not be lost
			saved = true
			return ctx.Err()
		})
		scheduler.Start()
		synctest.Wait()
		stop(t, scheduler)
		if !saved {
			t.Error("Stop returned before the running job did")
		}
		if lines := log.lines(t); len(lines) > 0 {
			t.Errorf("a shutdown was logged as a failure: %v", lines)
		}
		stop(t, scheduler)
	})
}

func TestStopGivesUpAtItsDeadlineAndNamesTheJobs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		scheduler := newScheduler(t, jobs.Config{})
		release := make(chan struct{})
		for _, name := range []string{"sync", "refresh"} {
			everyMinute(t, scheduler, name, func(context.Context) error { <-release; return nil })
		}
		scheduler.Start()
		synctest.Wait()

		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		begin := time.Now()
		err := scheduler.Stop(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "refresh, sync still running") {
			t.Errorf("Stop = %v, want a passed deadline that names refresh and sync", err)
		}
		if waited := time.Since(begin); waited != 5*time.Second {
			t.Errorf("Stop waited %v, want the 5s of its context", waited)
		}
		close(release)
		stop(t, scheduler)
	})
}

func TestStopWithoutStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		scheduler := newScheduler(t, jobs.Config{})
		everyMinute(t, scheduler, "refresh", func(context.Context) error { t.Error("ran"); return nil })
		stop(t, scheduler)
	})
}

func TestEveryRefuses(t *testing.T) {
	t.Parallel()
	for _, interval := range []time.Duration{0, -time.Minute, time.Nanosecond} {
		scheduler := newScheduler(t, jobs.Config{})
		err := scheduler.Every("refresh", interval, func(context.Context) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "refresh") {
			t.Errorf("Every(%v) = %v, want an error that names the job", interval, err)
		}
		stop(t, scheduler)
	}
}

func newScheduler(t *testing.T, config jobs.Config) *jobs.Scheduler {
	t.Helper()
	scheduler, err := jobs.New(config)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return scheduler
}

func everyMinute(t *testing.T, s *jobs.Scheduler, name string, job func(context.Context) error) {
	t.Helper()
	if err := s.Every(name, time.Minute, job); err != nil {
		t.Fatalf("Every: %v", err)
	}
}

func stop(t *testing.T, scheduler *jobs.Scheduler) {
	t.Helper()
	if err := scheduler.Stop(t.Context()); err != nil {
		t.Fatalf("Stop: %v", err)
	}
}

// logbook keeps what is logged at its level or above.
type logbook struct {
	level slog.Level

	mu     sync.Mutex
	buffer bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(p)
}

func (l *logbook) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: l.level}))
}

func (l *logbook) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}

// lines gives each record as "LEVEL message job=... failures=... error=...".
func (l *logbook) lines(t *testing.T) []string {
	t.Helper()
	var lines []string
	for record := range strings.Lines(l.text()) {
		var entry struct {
			Level, Msg, Job, Error string
			Failures               int
		}
		if err := json.Unmarshal([]byte(record), &entry); err != nil {
			t.Fatalf("decode %q: %v", record, err)
		}
		line := fmt.Sprintf("%s %s job=%s failures=%d", entry.Level, entry.Msg, entry.Job, entry.Failures)
		if entry.Error != "" {
			line += " error=" + entry.Error
		}
		lines = append(lines, line)
	}
	return lines
}
