package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
)

// runner runs one job and tells the log what changed. The scheduler never lets a job overlap with itself, so its fields
// need no lock.
type runner struct {
	name   string
	job    func(context.Context) error
	config Config

	failures int // in a row, up to now
	last     error
	loudness slog.Level // of the last failure
}

func (r *runner) once(ctx context.Context) {
	err := r.guarded(ctx)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return // the shutdown, not the job
	}
	if err == nil {
		r.recovered(ctx)
		return
	}
	r.failed(ctx, err)
}

// guarded turns a panic into an error: one broken job must not take the process with it.
func (r *runner) guarded(ctx context.Context) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &panicError{cause: cause, stack: debug.Stack()}
		}
	}()
	return r.job(ctx)
}

// panicError is what a job that panicked is said to have returned.
type panicError struct {
	cause any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.cause) }

// failed logs a failure when it is news: the first one, one of another loudness, or an error in other words. A warning
// passes by itself and its words change with every port and address, so its words alone are no news. The rest goes
// to the debug level: a Strava that is down for a night is one line, not a thousand.
func (r *runner) failed(ctx context.Context, err error) {
	level := r.config.level(err)
	news := r.last == nil || level != r.loudness || (level >= slog.LevelError && err.Error() != r.last.Error())
	r.failures++
	r.last, r.loudness = err, level
	attrs := []slog.Attr{slog.String("job", r.name), slog.Int("failures", r.failures), slog.Any("error", err)}
	if panicked, ok := errors.AsType[*panicError](err); ok {
		attrs = append(attrs, slog.String("stack", string(panicked.stack)))
	}
	if !news {
		level = slog.LevelDebug
	}
	r.config.logger().LogAttrs(ctx, level, "job failed", attrs...)
}

func (r *runner) recovered(ctx context.Context) {
	if r.last == nil {
		return
	}
	r.config.logger().LogAttrs(ctx, slog.LevelInfo, "job works again",
		slog.String("job", r.name), slog.Int("failures", r.failures))
	r.failures, r.last = 0, nil
}
