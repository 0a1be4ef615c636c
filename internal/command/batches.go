package command

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
)

const (
	// batchFor is how long a line of the log waits for others at most.
	batchFor = 10 * time.Millisecond
	// batchBytes is how much of the log is written at once.
	batchBytes = 64 << 10
)

// batches writes the lines of a log together: there is one for each request, and to write it takes longer than to make
// it. Nothing is lost but by a process that is killed, and of that the last lines of ten milliseconds; what is worth a
// warning is written at once, with all that comes before it. It is safe for concurrent use.
type batches struct {
	to io.Writer

	mu    sync.Mutex
	lines []byte
	timer *time.Timer // Runs while there are lines.
}

func newBatches(to io.Writer) *batches {
	b := &batches{to: to}
	b.timer = time.AfterFunc(batchFor, b.flush)
	return b
}

// Write implements io.Writer. It fails with what the last batch failed with, if that is known.
func (b *batches) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.lines) == 0 {
		b.timer.Reset(batchFor)
	}
	b.lines = append(b.lines, line...)
	if len(b.lines) >= batchBytes {
		b.write()
	}
	return len(line), nil
}

// flush writes what is there. It returns when it is written.
func (b *batches) flush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.write()
}

func (b *batches) write() {
	if len(b.lines) > 0 {
		_, _ = b.to.Write(b.lines) // Where should that be said?
		b.lines = b.lines[:0]
	}
}

// prompt is a handler whose warnings are written at once.
type prompt struct {
	slog.Handler

	batches *batches
}

// Handle implements slog.Handler.
func (p prompt) Handle(ctx context.Context, record slog.Record) error {
	err := p.Handler.Handle(ctx, record)
	if record.Level >= slog.LevelWarn {
		p.batches.flush()
	}
	return err
}

// WithAttrs implements slog.Handler.
func (p prompt) WithAttrs(attributes []slog.Attr) slog.Handler {
	return prompt{p.Handler.WithAttrs(attributes), p.batches}
}

// WithGroup implements slog.Handler.
func (p prompt) WithGroup(name string) slog.Handler {
	return prompt{p.Handler.WithGroup(name), p.batches}
}
