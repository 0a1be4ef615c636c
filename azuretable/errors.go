package azuretable

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"domestique/tokens"
)

// Error is what Azure answered, without its words: the SDK's error prints the body, and the answer to an insert repeats
// the entity.
type Error struct {
	Status    int    // HTTP
	Code      string // Azure's own, such as TableNotFound
	RequestID string // for Azure's support
}

func (e *Error) Error() string {
	return fmt.Sprintf("Azure Tables answered %d %s (request %s)", e.Status, e.Code, e.RequestID)
}

// errNoAnswer and errNoIdentity stand for what happened before Azure Tables could answer.
var (
	errNoAnswer   = errors.New("azure tables did not answer")
	errNoIdentity = errors.New("azure gave no access token for the identity: check AZURE_CLIENT_ID, or run az login")
)

// storeError replaces the SDK's error by one that may be logged. absent is what a missing entity means to the caller; a
// stale revision and an entity that exists already are conflicts.
func storeError(err, absent error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, tokens.ErrConflict):
		return err
	case errors.Is(err, errNoIdentity):
		return errNoIdentity // Alone: what it wraps repeats the identity endpoint's answer.
	}
	response, answered := errors.AsType[*azcore.ResponseError](err)
	if !answered {
		return errNoAnswer
	}
	plain := &Error{Status: response.StatusCode, Code: word(response.ErrorCode)}
	if response.RawResponse != nil {
		plain.RequestID = word(response.RawResponse.Header.Get("x-ms-request-id"))
	}
	switch {
	case response.StatusCode == http.StatusPreconditionFailed,
		response.ErrorCode == string(aztables.EntityAlreadyExists):
		return fmt.Errorf("%w: %w", tokens.ErrConflict, plain)
	case response.ErrorCode == string(aztables.ResourceNotFound), response.ErrorCode == string(aztables.TableNotFound):
		return fmt.Errorf("%w: %w", absent, plain)
	default:
		return plain
	}
}

// hasCode reports whether Azure answered with the given error code.
func hasCode(err error, code aztables.TableErrorCode) bool {
	response, answered := errors.AsType[*azcore.ResponseError](err)
	return answered && response.ErrorCode == string(code)
}

// word lets through what Azure's codes and ids look like: whoever answers in its place may have put anything there, and
// errors are logged.
func word(text string) string {
	other := func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	if len(text) > 64 || strings.ContainsFunc(text, other) {
		return "unknown"
	}
	return text
}
