package edge

import (
	"net/http"
	"time"

	"domestique/fitness"
)

// The codes that only the edge answers; the others are the domain's and the error presenter's.
const (
	codeUnauthenticated fitness.Code = "UNAUTHENTICATED"
	codeTooComplex      fitness.Code = "QUERY_TOO_COMPLEX"
	codeNoDocument      fitness.Code = "PERSISTED_QUERY_NOT_FOUND"
)

// outcome is how far a request came.
type outcome int

const (
	executed         outcome = iota // The operation ran; errors of fields are part of its answer.
	requestError                    // The document, the operation's name or the variables are wrong, so nothing ran.
	malformed                       // It is not a GraphQL request.
	unauthenticated                 // Nobody that we know.
	forbidden                       // Another site's page may have sent it.
	wrongMethod                     // This method does not do that here.
	notAcceptable                   // The client takes none of our media types.
	tooLarge                        // The body is over the limit.
	wrongContentType                // The body is not JSON in UTF-8.
	interrupted                     // It ended before its answer.
	tooManyGuesses                  // It brings one wrong key after the other.
	tooComplex                      // Its shape or its variables are over a limit, so nothing ran.
	unknownDocument                 // It names a document that is not here.
)

// status is the one place that says which HTTP status goes with what. It follows the GraphQL over HTTP draft where the
// draft and its audit suite (npm: graphql-http) agree. Where they do not it follows the suite: 200 for every well-formed
// request under application/json, and 400 rather than 422 under application/graphql-response+json. The draft's 294 for
// partial success is not used, because proxies and clients are not ready for it.
func (o outcome) status(media mediaType) int {
	switch o {
	case executed:
		return http.StatusOK
	case requestError, tooComplex, unknownDocument:
		if media == mediaJSON {
			return http.StatusOK
		}
		return http.StatusBadRequest
	case unauthenticated:
		return http.StatusUnauthorized
	case forbidden:
		return http.StatusForbidden
	case wrongMethod:
		return http.StatusMethodNotAllowed
	case notAcceptable:
		return http.StatusNotAcceptable
	case tooLarge:
		return http.StatusRequestEntityTooLarge
	case wrongContentType:
		return http.StatusUnsupportedMediaType
	case interrupted:
		return http.StatusServiceUnavailable
	case tooManyGuesses:
		return http.StatusTooManyRequests
	default:
		return http.StatusBadRequest
	}
}

// code is the error code of a request that was refused.
func (o outcome) code() fitness.Code {
	switch o {
	case unauthenticated, tooManyGuesses:
		return codeUnauthenticated
	case tooComplex:
		return codeTooComplex
	case unknownDocument:
		return codeNoDocument
	case forbidden:
		return fitness.CodeForbidden
	case interrupted:
		return fitness.CodeUpstreamUnavailable
	default:
		return fitness.CodeBadUserInput
	}
}

// refusal is a request that did not become an operation, and why, in words for whoever sent it. The words never hold
// anything of the request's body.
type refusal struct {
	outcome outcome
	message string
	allow   string // The Allow header of wrongMethod.
	// argument is the dotted path of the variable that is wrong; empty where it is none.
	argument string
	// retryAfter is how long to wait before another try; zero where it says nothing.
	retryAfter time.Duration
}

func refuseInterrupted() *refusal {
	return &refusal{outcome: interrupted, message: "The request ended before its answer. Try again."}
}

func refuseUnauthenticated() *refusal {
	return &refusal{outcome: unauthenticated, message: "Sign in at /login, or send the owner's key in the header Authorization: Bearer KEY."}
}

// refuseStranger is for what is the owner's to ask: mutations, and answers that come as events.
func refuseStranger() *refusal {
	return &refusal{outcome: forbidden, message: "Only the owner may do that: sign in at /login, or send the owner's key."}
}
