package edge

import (
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"domestique/fitness"
)

// answer is what goes back for one request.
type answer struct {
	outcome    outcome
	response   *graphql.Response // Nil when it was streamed, or is kept.
	kept       *finished         // Nil when it was made for this request.
	same       *finished         // As it was kept, where that is the same byte by byte; nil: it is not.
	allow      string
	retryAfter time.Duration
	operation  *ast.OperationDefinition // Nil when the request named none that can run.
	maxAge     time.Duration            // For how long the client may keep it; zero: not at all.
	public     bool                     // Others may keep it, too.
	began      time.Time                // Of the request, for the Server-Timing header; zero: none.

	// How it went, for the access log.
	document  string // The hash of the document; empty where there is none.
	transport string // Empty: plain HTTP.
	answers   int    // How many were sent, where there may be several.
	errors    int    // In all of them.
	code      any    // Of the first error.
	calls     int    // To Strava.
	bytes     int
}

// count adds an answer that was sent by itself.
func (a *answer) count(response *graphql.Response) {
	a.answers++
	a.errors += len(response.Errors)
	if a.code == nil && len(response.Errors) > 0 {
		a.code = response.Errors[0].Extensions["code"]
	}
	if cost, ok := response.Extensions["cost"].(costed); ok {
		a.calls += cost.Calls()
	}
}

// costed is what an answer's extensions have of its cost.
type costed interface {
	// Calls is how many calls to Strava the answer caused.
	Calls() int
	// Again is the cost of the same answer when it is given once more: the same, without any call.
	Again() any
}

// exchange is one request for a GraphQL answer by HTTP.
type exchange struct {
	*edge
	w        http.ResponseWriter
	r        *http.Request
	began    time.Time
	viewer   viewer
	stranger *refusal // Why the viewer is nobody; nil: the viewer is somebody.
	accepted accepted
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
	if e.answerPreflight(w, r) {
		return
	}
	started := e.Now()
	viewer, stranger := e.identify(r)
	x := &exchange{edge: e, w: w, r: r, began: started, viewer: viewer, stranger: stranger, accepted: negotiate(r.Header)}
	answered := x.answer()
	status := answered.outcome.status(x.accepted.media)
	if answered.response != nil || answered.kept != nil {
		answered.began = started
		status, answered.bytes = e.write(w, r, x.accepted.media, answered)
	}
	e.logAccess(r.Context(), answered, status, viewer, e.Now().Sub(started))
}

// answer finds the answer. One that comes as events has been sent when it returns.
func (x *exchange) answer() answer {
	if refused := x.admit(); refused != nil {
		return refusedAnswer(refused)
	}
	if x.viewer != owner {
		x.accepted.events, x.accepted.eventsFirst = false, false // Streams are for the owner.
	}
	if isMultipart(x.r) {
		return x.answerWithFile()
	}
	sent, refused := readSent(x.w, x.r)
	if refused != nil {
		return refusedAnswer(refused)
	}
	asked, version, until := x.question(sent.text)
	if found := x.find(asked, version); found != nil {
		return found.again(x.began)
	}
	request, refused := parseSent(x.r, sent)
	if refused != nil {
		return refusedAnswer(refused)
	}
	return x.run(request, x.OperationTimeout, func(task task) answer { return x.finish(task, asked, version, until) })
}

// answerWithFile takes its turn among the requests with a file.
func (x *exchange) answerWithFile() answer {
	leave, refused := x.enterWithFile(x.w, x.r)
	if refused != nil {
		return refusedAnswer(refused)
	}
	defer leave()
	request, refused := requestOfParts(x.w, x.r)
	if refused != nil {
		return refusedAnswer(refused)
	}
	return x.run(request, fileAnswerTime, x.execute)
}

// run answers a request by execute, or by events.
func (x *exchange) run(request *request, limit time.Duration, execute func(task) answer) answer {
	if refused := x.resolve(request, x.viewer); refused != nil {
		return refusedAnswer(refused)
	}
	request.Headers = x.r.Header
	task := x.prepare(x.r.Context(), &request.RawParams, x.viewer)
	task.limit = limit
	if refused := x.admitKind(task.kind()); refused != nil {
		return refusedAnswer(refused)
	}
	var answered answer
	switch {
	case x.accepted.eventsFor(task.kind()):
		answered = x.answerByEvents(x.w, x.r, task)
	case task.failed != nil:
		answered = *task.failed
	default:
		answered = execute(task)
	}
	answered.document = task.document
	return answered
}

// admit holds everything that is decided before the request's content is looked at.
func (x *exchange) admit() *refusal {
	switch {
	case x.r.Method != http.MethodGet && x.r.Method != http.MethodPost:
		return &refusal{outcome: wrongMethod, message: "Send a GET or a POST.", allow: "GET, POST"}
	case !safeFromOtherSites(x.r, x.viewer):
		return &refusal{outcome: forbidden, message: "Another site's page could have sent this request. Send it with " +
			"Content-Type: application/json, or with a non-empty header " + preflightHeader + "."}
	case x.stranger != nil:
		return x.stranger
	case !x.accepted.whole && x.accepted.events && x.viewer != owner:
		return refuseStranger()
	case !x.accepted.whole && !x.accepted.events:
		return &refusal{outcome: notAcceptable,
			message: "Answers come as application/graphql-response+json, application/json or text/event-stream, in UTF-8."}
	default:
		return nil
	}
}

// admitKind holds what is decided once it is known what the operation is.
func (x *exchange) admitKind(kind ast.Operation) *refusal {
	switch {
	case x.viewer != owner && (kind == ast.Subscription || kind == ast.Mutation):
		return refuseStranger()
	case kind == ast.Subscription && !x.accepted.events:
		return &refusal{outcome: notAcceptable, message: "A subscription's answers come as events: " +
			"send Accept: text/event-stream, or open a WebSocket with the sub-protocol " + socketProtocol + "."}
	case kind == ast.Mutation && x.r.Method == http.MethodGet:
		return &refusal{outcome: wrongMethod, message: "Send a mutation as a POST.", allow: "POST"}
	default:
		return nil
	}
}

// execute carries the operation out.
func (x *exchange) execute(task task) answer {
	ctx, cancel := task.bounded(task.ctx)
	defer cancel()
	next, ctx := x.Executor.DispatchOperation(ctx, task.of)
	response := next(ctx)
	x.changed(task)
	switch {
	case response == nil: // The context ended: it took too long, or there is nobody left to read this.
		return refusedAnswer(refuseInterrupted())
	case nothingRan(response):
		return answer{outcome: requestError, response: response, operation: task.operation()}
	}
	return answer{outcome: executed, response: response, operation: task.operation(),
		maxAge: x.maxAge(task, response), public: x.viewer != owner}
}

func refusedAnswer(refused *refusal) answer {
	response := failure(refused.outcome.code(), refused.message)
	if refused.argument != "" {
		response.Errors[0].Extensions["argument"] = refused.argument
	}
	return answer{outcome: refused.outcome, allow: refused.allow, retryAfter: refused.retryAfter, response: response}
}

// failure is an answer that consists of one error.
func failure(code fitness.Code, message string) *graphql.Response {
	return &graphql.Response{Errors: gqlerror.List{{Message: message, Extensions: map[string]any{"code": code}}}}
}
