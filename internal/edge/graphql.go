package edge

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// answer is what goes back for one request.
type answer struct {
	outcome   outcome
	response  *graphql.Response
	allow     string
	operation *ast.OperationDefinition // Nil when the request named none that can run.
}

// serveGraphQL is GraphQL over HTTP, GET and POST (https://graphql.github.io/graphql-over-http/draft/). gqlgen brings
// transports of its own; this one exists because those ignore q-values, repeat request bodies in their messages, take
// bodies of any size and answer `"data": null` where the entry has to be absent.
func (e *edge) serveGraphQL(w http.ResponseWriter, r *http.Request) {
	started := e.Now()
	owner := e.owners.include(r)
	media, acceptable := negotiate(r.Header)
	answered := e.answer(w, r, owner, acceptable)
	e.write(w, media, answered)
	e.logAccess(r.Context(), answered, answered.outcome.status(media), owner, e.Now().Sub(started))
}

func (e *edge) answer(w http.ResponseWriter, r *http.Request, owner, acceptable bool) answer {
	if refused := admit(r, owner, acceptable); refused != nil {
		return refusedAnswer(refused)
	}
	params, refused := readParams(w, r)
	if refused != nil {
		return refusedAnswer(refused)
	}
	return e.execute(r.Context(), r.Method, params)
}

// admit holds everything that is decided before the request's content is looked at.
func admit(r *http.Request, owner, acceptable bool) *refusal {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		return &refusal{outcome: wrongMethod, message: "Send a GET or a POST.", allow: "GET, POST"}
	case !safeFromOtherSites(r, owner):
		return &refusal{outcome: forbidden, message: "Another site's page could have sent this request. Send it with " +
			"Content-Type: application/json, or with a non-empty header " + preflightHeader + "."}
	case !owner:
		return refuseUnauthenticated()
	case !acceptable:
		return &refusal{outcome: notAcceptable,
			message: "Answers come as application/graphql-response+json or application/json, in UTF-8."}
	default:
		return nil
	}
}

func (e *edge) execute(ctx context.Context, method string, params *graphql.RawParams) answer {
	ctx = graphql.StartOperationTrace(ctx)
	operation, errs := e.Executor.CreateOperationContext(ctx, params)
	ctx = graphql.WithOperationContext(ctx, operation)
	if len(errs) > 0 {
		return answer{outcome: requestError, response: e.Executor.DispatchError(ctx, errs), operation: operation.Operation}
	}
	switch kind := operation.Operation.Operation; {
	case kind == ast.Subscription:
		return refusedAnswer(&refusal{outcome: malformed, message: "Subscriptions are not served over plain HTTP."})
	case kind == ast.Mutation && method == http.MethodGet:
		return refusedAnswer(&refusal{outcome: wrongMethod, message: "Send a mutation as a POST.", allow: "POST"})
	}
	next, ctx := e.Executor.DispatchOperation(ctx, operation)
	response := next(ctx)
	switch {
	case response == nil: // The context ended: most likely there is nobody left to read this.
		return refusedAnswer(&refusal{outcome: interrupted, message: "The request ended before its answer. Try again."})
	case len(response.Data) == 0:
		return answer{outcome: requestError, response: response, operation: operation.Operation}
	}
	return answer{outcome: executed, response: response, operation: operation.Operation}
}

func refusedAnswer(refused *refusal) answer {
	return answer{
		outcome: refused.outcome,
		allow:   refused.allow,
		response: &graphql.Response{Errors: gqlerror.List{{
			Message:    refused.message,
			Extensions: map[string]any{"code": refused.outcome.code()},
		}}},
	}
}

// body is the answer's form on the wire. The specification wants no data entry, not even null, where nothing ran.
type body struct {
	Errors     gqlerror.List   `json:"errors,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
	Extensions map[string]any  `json:"extensions,omitempty"`
}

func (e *edge) write(w http.ResponseWriter, media mediaType, answered answer) {
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false) // No browser takes it for a page: its type is JSON, and types are not guessed.
	if err := encoder.Encode(body{answered.response.Errors, answered.response.Data, answered.response.Extensions}); err != nil {
		e.Logger.Error("encode a GraphQL answer", "error", err)
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
		header.Set("Accept-Post", string(mediaJSON))
	}
	w.WriteHeader(answered.outcome.status(media))
	_, _ = w.Write(encoded.Bytes()) // A client that hung up is all that can go wrong here.
}

// logAccess writes the access log: one line per request, without its document, its variables or its key. The operation's
// name is a GraphQL name that validated, so it cannot forge a line.
func (e *edge) logAccess(ctx context.Context, answered answer, status int, owner bool, took time.Duration) {
	viewer, name, kind := "anonymous", "", ""
	if owner {
		viewer = "owner"
	}
	if answered.operation != nil {
		name, kind = answered.operation.Name, string(answered.operation.Operation)
	}
	e.Logger.InfoContext(ctx, "graphql", "operation", name, "kind", kind, "status", status,
		"errors", len(answered.response.Errors), "viewer", viewer, "ms", float64(took.Microseconds())/1e3)
}
