package edge

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"

	"domestique/fitness"
)

// documentHash is how much of a document's hash is enough to tell it from others in the log.
const documentHash = 12

// maxErrors is how many are told of a request that cannot run: a short document can be wrong in a thousand places.
const maxErrors = 10

// task is an operation that may run, or why it may not.
type task struct {
	ctx    context.Context // gqlgen hands its own from step to step.
	of     *graphql.OperationContext
	failed *answer // Nil: it may run.
	// document is the hash of the document, for the access log.
	document string
	limit    time.Duration // For how long it may run. A subscription may go on.
}

// bounded ends the context when the operation has had its time.
func (t task) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	if t.isSubscription() {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, t.limit)
}

// prepare reads the document and its variables.
func (e *edge) prepare(ctx context.Context, params *graphql.RawParams, viewer viewer) (prepared task) {
	ctx = graphql.StartOperationTrace(introduce(ctx, viewer))
	if tooManyValues(params.Variables) {
		refused := refusedAnswer(&refusal{outcome: tooComplex,
			message: fmt.Sprintf("The variables hold more than %d values. Ask for less at once.", maxValues)})
		return task{ctx: ctx, of: new(graphql.OperationContext), failed: &refused}
	}
	defer func() {
		prepared.limit = e.OperationTimeout
		prepared.document = hashDocument(params.Query)[:documentHash]
	}()
	defer func() {
		if value := recover(); value != nil {
			failed := answer{outcome: requestError, response: e.panicked(ctx, value)}
			prepared = task{ctx: ctx, of: new(graphql.OperationContext), failed: &failed}
		}
	}()
	operation, errs := e.Executor.CreateOperationContext(ctx, params)
	prepared = task{ctx: graphql.WithOperationContext(ctx, operation), of: operation}
	if len(errs) > 0 {
		prepared.failed = &answer{
			outcome: requestError, response: e.Executor.DispatchError(prepared.ctx, errs[:min(len(errs), maxErrors)]), operation: operation.Operation,
		}
		return prepared
	}
	operation.DisableIntrospection = !e.mayIntrospect(viewer)
	if refused := e.refuseShape(operation, viewer); refused != nil {
		failed := refusedAnswer(refused)
		failed.operation = operation.Operation
		prepared.failed = &failed
	}
	return prepared
}

// operation is nil when the request named none that can run.
func (t task) operation() *ast.OperationDefinition { return t.of.Operation }

// kind is empty when the request named no operation that can run.
func (t task) kind() ast.Operation {
	if t.operation() == nil {
		return ""
	}
	return t.operation().Operation
}

func (t task) isSubscription() bool { return t.kind() == ast.Subscription }

// run carries the task out and hands each of its answers to send, which decides how fast it goes on: a subscription's next
// answer is made when the one before has been sent. It returns when there are no more, when ctx ends, or when send fails.
func (e *edge) run(ctx context.Context, task task, send func(*graphql.Response) error) error {
	ctx, cancel := task.bounded(ctx)
	defer cancel()
	defer e.changed(task)
	next, ctx := e.start(ctx, task)
	for {
		response := e.nextOf(ctx, next)
		switch {
		case response == nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
			return send(refusedAnswer(refuseInterrupted()).response)
		case response == nil:
			return ctx.Err()
		}
		if err := send(response); err != nil {
			return fmt.Errorf("send an answer: %w", err)
		}
		if !task.isSubscription() || nothingRan(response) {
			return nil
		}
	}
}

// nothingRan holds for an answer without data: what was asked for could not even begin.
func nothingRan(response *graphql.Response) bool { return len(response.Data) == 0 }

// start begins the operation. What runs outside of a request's own goroutine must not panic, or the whole process ends.
func (e *edge) start(ctx context.Context, task task) (next graphql.ResponseHandler, inner context.Context) {
	defer func() {
		if value := recover(); value != nil {
			next, inner = graphql.OneShot(e.panicked(ctx, value)), ctx
		}
	}()
	return e.Executor.DispatchOperation(ctx, task.of)
}

// nextOf returns an operation's next answer, nil after the last one.
func (e *edge) nextOf(ctx context.Context, next graphql.ResponseHandler) (response *graphql.Response) {
	defer func() {
		if value := recover(); value != nil {
			response = e.panicked(ctx, value)
		}
	}()
	return next(ctx)
}

// panicked is the answer after a panic. What was panicked with stays in the log.
func (e *edge) panicked(ctx context.Context, value any) *graphql.Response {
	e.Logger.ErrorContext(ctx, "panic in an operation", "panic", value, "stack", string(debug.Stack()))
	return failure(fitness.CodeInternal, "Something went wrong inside the gateway; its log says what.")
}
