package edge

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"domestique/fitness"
)

// answer is what goes back for one request.
type answer struct {
	outcome   outcome
	response  *graphql.Response // Nil when it was streamed.
	allow     string
	operation *ast.OperationDefinition // Nil when the request named none that can run.

	// How it went, for the access log.
	transport string // Empty: plain HTTP.
	answers   int    // How many were sent, where there may be several.
	errors    int    // In all of them.
}

// count adds an answer that was sent by itself.
func (a *answer) count(response *graphql.Response) {
	a.answers++
	a.errors += len(response.Errors)
}

// serveGraphQL is GraphQL over HTTP, GET and POST (https://graphql.github.io/graphql-over-http/draft/), with server-sent
// events and WebSockets. gqlgen brings transports of its own; this one exists because those ignore q-values, repeat request
// bodies in their messages, take bodies of any size, answer `"data": null` where the entry has to be absent, and send
// events to every client that could read them.
func (e *edge) serveGraphQL(w http.ResponseWriter, r *http.Request) {
	if opensSocket(r) {
		e.serveSocket(w, r)
		return
	}
	started := e.Now()
	owner := e.owners.include(r)
	accepted := negotiate(r.Header)
	answered := e.answer(w, r, owner, accepted)
	if answered.response != nil {
		e.write(w, accepted.media, answered)
	}
	e.logAccess(r.Context(), answered, answered.outcome.status(accepted.media), owner, e.Now().Sub(started))
}

// answer finds the answer. One that comes as events has been sent when it returns.
func (e *edge) answer(w http.ResponseWriter, r *http.Request, owner bool, accepted accepted) answer {
	if refused := admit(r, owner, accepted); refused != nil {
		return refusedAnswer(refused)
	}
	leave, refused := e.enterWithFile(w, r)
	if refused != nil {
		return refusedAnswer(refused)
	}
	defer leave()
	params, refused := readParams(w, r)
	if refused != nil {
		return refusedAnswer(refused)
	}
	task := e.prepare(r.Context(), params)
	if refused := admitKind(task.kind(), r.Method, accepted); refused != nil {
		return refusedAnswer(refused)
	}
	if accepted.eventsFor(task.kind()) {
		return e.answerByEvents(w, r, task)
	}
	if task.failed != nil {
		return *task.failed
	}
	return e.execute(task)
}

// admit holds everything that is decided before the request's content is looked at.
func admit(r *http.Request, owner bool, accepted accepted) *refusal {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		return &refusal{outcome: wrongMethod, message: "Send a GET or a POST.", allow: "GET, POST"}
	case !safeFromOtherSites(r, owner):
		return &refusal{outcome: forbidden, message: "Another site's page could have sent this request. Send it with " +
			"Content-Type: application/json, or with a non-empty header " + preflightHeader + "."}
	case !owner:
		return refuseUnauthenticated()
	case !accepted.whole && !accepted.events:
		return &refusal{outcome: notAcceptable,
			message: "Answers come as application/graphql-response+json, application/json or text/event-stream, in UTF-8."}
	default:
		return nil
	}
}

// admitKind holds what is decided once it is known what the operation is.
func admitKind(kind ast.Operation, method string, accepted accepted) *refusal {
	switch {
	case kind == ast.Subscription && !accepted.events:
		return &refusal{outcome: notAcceptable, message: "A subscription's answers come as events: " +
			"send Accept: text/event-stream, or open a WebSocket with the sub-protocol " + socketProtocol + "."}
	case kind == ast.Mutation && method == http.MethodGet:
		return &refusal{outcome: wrongMethod, message: "Send a mutation as a POST.", allow: "POST"}
	default:
		return nil
	}
}

func (e *edge) execute(task task) answer {
	next, ctx := e.Executor.DispatchOperation(task.ctx, task.of)
	response := next(ctx)
	switch {
	case response == nil: // The context ended: most likely there is nobody left to read this.
		return refusedAnswer(&refusal{outcome: interrupted, message: "The request ended before its answer. Try again."})
	case nothingRan(response):
		return answer{outcome: requestError, response: response, operation: task.operation()}
	}
	return answer{outcome: executed, response: response, operation: task.operation()}
}

func refusedAnswer(refused *refusal) answer {
	response := failure(refused.outcome.code(), refused.message)
	if refused.argument != "" {
		response.Errors[0].Extensions["argument"] = refused.argument
	}
	return answer{outcome: refused.outcome, allow: refused.allow, response: response}
}

// failure is an answer that consists of one error.
func failure(code fitness.Code, message string) *graphql.Response {
	return &graphql.Response{Errors: gqlerror.List{{Message: message, Extensions: map[string]any{"code": code}}}}
}

// body is the answer's form on the wire. The specification wants no data entry, not even null, where nothing ran.
type body struct {
	Errors     gqlerror.List   `json:"errors,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
	Extensions map[string]any  `json:"extensions,omitempty"`
}

// encode returns an answer as JSON on one line, with the line's end.
func encode(response *graphql.Response) ([]byte, error) {
	return encodeJSON(body{response.Errors, response.Data, response.Extensions})
}

func encodeJSON(value any) ([]byte, error) {
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false) // No browser takes it for a page: its type is JSON, and types are not guessed.
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode a GraphQL answer: %w", err)
	}
	return encoded.Bytes(), nil
}

func (e *edge) write(w http.ResponseWriter, media mediaType, answered answer) {
	encoded, err := encode(answered.response)
	if err != nil {
		e.Logger.Error("no answer", "error", err)
		http.Error(w, "The answer could not be written.", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", string(media)+"; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Vary", "Accept, Authorization, Cookie")
	switch answered.outcome {
	case unauthenticated:
		header.Set("WWW-Authenticate", "Bearer")
	case wrongMethod:
		header.Set("Allow", answered.allow)
	case wrongContentType:
		header.Set("Accept-Post", string(mediaJSON)+", "+mediaMultipart)
	}
	w.WriteHeader(answered.outcome.status(media))
	_, _ = w.Write(encoded) // A client that hung up is all that can go wrong here.
}

// logAccess writes the access log: one line per operation, without its document, its variables or its key. The operation's
// name is a GraphQL name that validated, so it cannot forge a line. A subscription has its line when it ends.
func (e *edge) logAccess(ctx context.Context, answered answer, status int, owner bool, took time.Duration) {
	viewer, name, kind := "anonymous", "", ""
	if owner {
		viewer = "owner"
	}
	if answered.operation != nil {
		name, kind = answered.operation.Name, string(answered.operation.Operation)
	}
	transport := cmp.Or(answered.transport, "http")
	if answered.response != nil {
		answered.count(answered.response)
	}
	e.Logger.InfoContext(ctx, "graphql", "operation", name, "kind", kind, "status", status, "errors", answered.errors,
		"viewer", viewer, "ms", float64(took.Microseconds())/1e3, "transport", transport, "answers", answered.answers)
}
