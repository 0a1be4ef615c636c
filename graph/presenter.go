package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"domestique/fitness"
)

const (
	codeParseFailed      fitness.Code = errcode.ParseFailed
	codeValidationFailed fitness.Code = errcode.ValidationFailed

	// maxMessage bounds a message in runes: the parser's repeat the part of the document that they complain of.
	maxMessage = 400
)

// errPanicked stands for a panic, which is logged where it happens.
var errPanicked = errors.New("a resolver panicked")

// presenter is the one place that decides what an error looks like from outside: which code, which words, and that what
// is not known to be harmless is not shown at all.
type presenter struct {
	logger *slog.Logger
}

// present is gqlgen's ErrorPresenterFunc.
func (p presenter) present(ctx context.Context, err error) *gqlerror.Error {
	located, ok := errors.AsType[*gqlerror.Error](err)
	if !ok {
		located = gqlerror.WrapPath(graphql.GetPath(ctx), err)
	}
	path, argument := splitPath(ctx, located.Path)
	failure := explain(ctx, err, located, argument)
	p.log(ctx, path, failure, err)
	return &gqlerror.Error{
		Message:    shorten(failure.Message),
		Path:       path,
		Locations:  located.Locations,
		Extensions: extensions(failure),
	}
}

// recovered is gqlgen's RecoverFunc. What was panicked with stays in the log.
func (p presenter) recovered(ctx context.Context, value any) error {
	p.logger.ErrorContext(ctx, "panic in a resolver", "panic", value, "stack", string(debug.Stack()))
	return errPanicked
}

// explain puts an error into the words and the code that a client sees. argument is the path of the argument that could
// not be read, if that is what went wrong.
func explain(ctx context.Context, err error, located *gqlerror.Error, argument string) *fitness.Error {
	if failure, ok := errors.AsType[*fitness.Error](err); ok {
		if failure.Code == fitness.CodeBadUserInput && failure.Argument == "" {
			return &fitness.Error{Code: failure.Code, Message: failure.Message, Argument: argument}
		}
		return failure
	}
	switch {
	case argument != "":
		return &fitness.Error{Code: fitness.CodeBadUserInput, Message: "The argument cannot be read.", Argument: argument}
	case errors.Is(err, context.DeadlineExceeded):
		return &fitness.Error{Code: fitness.CodeUpstreamUnavailable, Message: "The answer took too long. Try again later."}
	}
	if failure := explainRequest(ctx, located); failure != nil {
		return failure
	}
	return &fitness.Error{Code: fitness.CodeInternal, Message: "Something went wrong inside the gateway; its log says what."}
}

// explainRequest explains what gqlgen and gqlparser say of a request that cannot run. They give a code and no type, so
// the rest follows from what the error carries. Nil: the error is of another kind.
func explainRequest(ctx context.Context, located *gqlerror.Error) *fitness.Error {
	switch located.Extensions["code"] {
	case errcode.ParseFailed:
		if len(located.Locations) == 0 { // Whatever cannot be parsed stands somewhere; too many tokens do not.
			return &fitness.Error{Code: codeQueryTooComplex,
				Message: fmt.Sprintf("The document has more than %d tokens. Ask for less at once.", maxTokens)}
		}
		return &fitness.Error{Code: codeParseFailed, Message: located.Message}
	case errcode.ValidationFailed:
		if name, ok := variablePath(located.Path); ok {
			return badVariable(name, located.Message)
		}
		if problem := missingOperation(ctx); problem != "" {
			return &fitness.Error{Code: codeValidationFailed, Message: problem}
		}
		return &fitness.Error{Code: codeValidationFailed, Message: located.Message}
	default:
		return nil
	}
}

// missingOperation says why none of the document's operations was picked, and nothing if one was.
func missingOperation(ctx context.Context) string {
	if !graphql.HasOperationContext(ctx) {
		return ""
	}
	operation := graphql.GetOperationContext(ctx)
	if operation.Doc == nil || operation.Operation != nil {
		return ""
	}
	var names []string
	for _, candidate := range operation.Doc.Operations {
		if candidate.Name != "" {
			names = append(names, candidate.Name)
		}
	}
	switch {
	case len(names) == 0:
		return "The document's operation has no name: leave operationName out."
	case operation.OperationName == "":
		return "The document has several operations; say which one to run as operationName: " + strings.Join(names, ", ") + "."
	default:
		return "The document has no operation of the name that was asked for; it has " + strings.Join(names, ", ") + "."
	}
}

// splitPath takes the path of an error apart. gqlgen appends an argument's path to the field's; clients want the path
// of the field in the answer, and the argument's beside it.
func splitPath(ctx context.Context, path ast.Path) (field ast.Path, argument string) {
	resolving := graphql.GetFieldContext(ctx)
	if resolving == nil {
		return nil, "" // No field was reached, so there is no place in the answer; gqlparser's paths lead to variables.
	}
	field = resolving.Path()
	if len(path) <= len(field) || !slices.Equal(path[:len(field)], field) {
		return path, ""
	}
	return field, dotted(path[len(field):])
}

// variablePath reads gqlparser's path of a variable, which starts with the word and is no path in an answer.
func variablePath(path ast.Path) (name string, ok bool) {
	if len(path) < 2 || path[0] != ast.PathName("variable") {
		return "", false
	}
	return dotted(path[1:]), true
}

// dotted writes a path as people write arguments: filter.sports.0.
func dotted(path ast.Path) string {
	elements := make([]string, len(path))
	for i, element := range path {
		elements[i] = fmt.Sprint(element)
	}
	return strings.Join(elements, ".")
}

// leftAlone reports whether the error is only that the client hung up, and so will never read of it.
func leftAlone(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, context.Canceled)
}

func extensions(failure *fitness.Error) map[string]any {
	shown := map[string]any{"code": failure.Code}
	if !failure.RetryAt.IsZero() {
		shown["retryAt"] = failure.RetryAt.UTC().Format(time.RFC3339)
	}
	if failure.Scope != "" {
		shown["scope"] = failure.Scope
	}
	if failure.Argument != "" {
		shown["argument"] = failure.Argument
	}
	return shown
}

func shorten(message string) string {
	if runes := []rune(message); len(runes) > maxMessage {
		return string(runes[:maxMessage]) + "…"
	}
	return message
}

// log keeps what the client is not told. Errors that are the client's own are not worth a line, and a client that left
// is no error.
func (p presenter) log(ctx context.Context, path ast.Path, failure *fitness.Error, err error) {
	switch failure.Code {
	case fitness.CodeBadUserInput, fitness.CodeForbidden, codeParseFailed, codeValidationFailed, codeQueryTooComplex:
		return
	case fitness.CodeInternal:
		if leftAlone(ctx, err) || errors.Is(err, errPanicked) {
			return
		}
		p.logger.ErrorContext(ctx, "internal error", "path", path.String(), "error", err)
	default:
		p.logger.WarnContext(ctx, "field failed", "path", path.String(), "code", failure.Code, "error", err)
	}
}
