package edge

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"
)

// logAccess writes the access log: one line per operation, without its document, its variables or its key. The operation's
// name is a GraphQL name that validated, so it cannot forge a line, and the document shows as a hash. A subscription has its
// line when it ends.
func (e *edge) logAccess(ctx context.Context, answered answer, status int, viewer viewer, took time.Duration) {
	logger := e.accessLogger(&answered, viewer)
	if logger.Enabled(ctx, slog.LevelInfo) {
		// Without the place in the code, which slog looks up for every line and nobody is told.
		line := slog.NewRecord(e.Now(), slog.LevelInfo, "graphql", 0)
		line.AddAttrs(slog.Int("status", status), slog.Int("bytes", answered.bytes), slog.Int64("us", took.Microseconds()))
		_ = logger.Handler().Handle(ctx, line) // There is nobody to be told of a log that fails.
	}
	if e.Answered != nil {
		e.Answered(answered.told(took))
	}
}

// accessLogger has said what it will say of every such answer already: of one that is kept the first time that it is given.
func (e *edge) accessLogger(answered *answer, viewer viewer) *slog.Logger {
	if kept := answered.kept; kept != nil {
		kept.logging.Do(func() { kept.logger = e.Logger.With(kept.answer.attributes(viewer)...) })
		return kept.logger
	}
	if answered.response != nil {
		answered.count(answered.response)
	}
	return e.Logger.With(answered.attributes(viewer)...)
}

// Answered is what is told of an operation for a metric: nothing of which there are many.
type Answered struct {
	// Kind is query, mutation or subscription; empty for what names no operation that could run.
	Kind string
	// Code is that of the first error; empty: there was none.
	Code string
	// Kept says that the answer was made before.
	Kept bool
	// Took is how long it was under way; of a subscription, how long that was open.
	Took time.Duration
}

func (a *answer) told(took time.Duration) Answered {
	told := Answered{Kept: a.kept != nil, Took: took}
	if a.operation != nil {
		told.Kind = string(a.operation.Operation)
	}
	if a.code != nil {
		told.Code = fmt.Sprint(a.code)
	}
	return told
}

// attributes are what the access log tells of an answer, but for what changes when it is given again.
func (a *answer) attributes(viewer viewer) []any {
	name, kind := "", ""
	if a.operation != nil {
		name, kind = a.operation.Name, string(a.operation.Operation)
	}
	return []any{
		slog.String("operation", name), slog.String("kind", kind), slog.String("document", a.document),
		slog.String("viewer", viewer.String()), slog.String("transport", cmp.Or(a.transport, "http")),
		slog.Int("answers", a.answers), slog.Int("errors", a.errors), slog.Any("code", cmp.Or(a.code, any(""))),
		slog.Int("calls", a.calls), slog.Bool("kept", a.kept != nil),
	}
}
