package command_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"domestique/internal/command"
	"domestique/internal/config"
)

// writes is a stream that tells how often it was written to.
type writes struct {
	mu    sync.Mutex
	text  bytes.Buffer
	count int
}

func (w *writes) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	return w.text.Write(p)
}

func (w *writes) seen() (lines, count int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Count(w.text.String(), "\n"), w.count
}

func expectWritten(t *testing.T, log *writes, lines, most int) {
	t.Helper()
	if got, count := log.seen(); got != lines || count > most {
		t.Errorf("%d lines are written, by %d writes; want %d by %d at most", got, count, lines, most)
	}
}

func TestLinesAreWrittenTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &writes{}
		logger, flush := command.BatchingLogger(config.Config{}, log)
		for n := range 100 {
			logger.Info("line", "n", n)
		}
		expectWritten(t, log, 0, 0)
		time.Sleep(10 * time.Millisecond) // of virtual time
		synctest.Wait()
		expectWritten(t, log, 100, 1)

		logger.Info("the last")
		flush()
		expectWritten(t, log, 101, 2)
		flush()
		expectWritten(t, log, 101, 2)

		logger.Info("after the end")
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		expectWritten(t, log, 102, 3)
	})
}

// A warning is there when it is said, and so is what led to it.
func TestAWarningDoesNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &writes{}
		logger, _ := command.BatchingLogger(config.Config{}, log)
		logger.Info("before")
		logger.With("a", 1).WithGroup("g").Warn("careful", "b", 2)
		expectWritten(t, log, 2, 1)
		if text := log.text.String(); strings.Index(text, "before") > strings.Index(text, "careful") || !strings.Contains(text, `"g":{"b":2}`) {
			t.Errorf("the log is %s", text)
		}
	})
}

func TestALotIsWrittenAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := &writes{}
		logger, flush := command.BatchingLogger(config.Config{}, log)
		var all sync.WaitGroup
		for n := range 10 {
			all.Go(func() {
				for range 100 {
					logger.Info(strings.Repeat("x", 1000), "n", n)
				}
			})
		}
		all.Wait()
		if lines, _ := log.seen(); lines < 900 {
			t.Errorf("%d of 1000 long lines are written", lines)
		}
		flush()
		expectWritten(t, log, 1000, 1000*1100/(64<<10)+1)
	})
}

// deaf takes nothing.
type deaf struct{}

func (deaf) Write([]byte) (int, error) { return 0, fmt.Errorf("nobody reads: %w", io.ErrClosedPipe) }

func TestALogThatFailsHoldsNothingUp(t *testing.T) {
	t.Parallel()
	logger, flush := command.BatchingLogger(config.Config{}, deaf{})
	for range 1000 {
		logger.Error("nobody hears")
	}
	flush()
}
