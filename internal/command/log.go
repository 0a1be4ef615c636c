package command

import (
	"errors"
	"io"
	"log/slog"
	"os"

	"domestique/internal/config"
	"domestique/strava"
	"domestique/tokens"
)

// Logger opens the log that cfg asks for on w: text where w is a terminal and JSON elsewhere, unless LOG_FORMAT says
// otherwise.
func Logger(cfg config.Config, w io.Writer) *slog.Logger {
	return slog.New(logHandler(cfg, w, isTerminal(w)))
}

// BatchingLogger is Logger for a process that serves many: where nobody watches, lines are written together. flush writes
// what is left, and has to be called in the end.
func BatchingLogger(cfg config.Config, w io.Writer) (logger *slog.Logger, flush func()) {
	if isTerminal(w) {
		return Logger(cfg, w), func() {}
	}
	lines := newBatches(w)
	return slog.New(prompt{logHandler(cfg, lines, false), lines}), lines.flush
}

func logHandler(cfg config.Config, w io.Writer, terminal bool) slog.Handler {
	options := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.LogFormat == config.LogFormatText || cfg.LogFormat == config.LogFormatAuto && terminal {
		return slog.NewTextHandler(w, options)
	}
	return slog.NewJSONHandler(w, options)
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Loudness is how loud a failed job is logged. A Strava or a store that is away comes back; a grant that has not been
// given yet is what the start has asked for already.
func Loudness(err error) slog.Level {
	if errors.Is(err, tokens.ErrNotConnected) {
		return slog.LevelDebug
	}
	_, rateLimited := errors.AsType[*strava.RateLimitError](err)
	if rateLimited || errors.Is(err, tokens.ErrUnavailable) || errors.Is(err, strava.ErrUnavailable) {
		return slog.LevelWarn
	}
	return slog.LevelError
}
