package edge

import (
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// question returns what the answer is found by among those that are kept, and the version that it has to be of; an empty
// version: it is not kept.
func (x *exchange) question(sent string) (asked question, version string, until time.Time) {
	if x.Freshness == nil || x.accepted.eventsFirst {
		return question{}, "", time.Time{}
	}
	version, until = x.Freshness.Version(x.r.Context(), x.viewer == owner)
	if version == "" {
		return question{}, "", time.Time{}
	}
	return question{sent: sent, get: x.r.Method == http.MethodGet, viewer: x.viewer}, version, until
}

// find returns the answer that is kept, nil where there is none.
func (x *exchange) find(asked question, version string) *finished {
	if version == "" {
		return nil
	}
	return x.finished.find(asked, version, x.began)
}

// finish carries an operation out, and keeps its answer for whoever asks the same again.
func (x *exchange) finish(task task, asked question, version string, until time.Time) answer {
	if version == "" || task.kind() != ast.Query || x.hint(task) == 0 {
		return x.execute(task)
	}
	era := x.finished.now()
	watched, ends := x.Freshness.Watch(task.ctx)
	task.ctx = watched
	made := x.execute(task)
	until = earlier(until, ends())
	if !until.IsZero() {
		made.maxAge = min(made.maxAge, until.Sub(x.Now()))
	}
	if made.outcome != executed || len(made.response.Errors) > 0 || made.maxAge <= 0 {
		return made
	}
	if kept := keepable(made, asked.get, version, until); kept != nil {
		kept.answer.document = task.document
		x.finished.keep(asked, kept, era)
		if costNothing(made.response) {
			made.same = kept
		}
	}
	return made
}

// keepable is the answer as it is given again, nil if it can't be.
func keepable(made answer, get bool, version string, until time.Time) *finished {
	again := *made.response
	again.Extensions = costOfAgain(made.response.Extensions)
	encoded, err := encodeAnswer(&again)
	if err != nil {
		return nil // Whoever writes the answer itself will say so.
	}
	kept := &finished{policy: made.policy(), version: version, until: until}
	if get {
		kept.etag = []string{encoded.etag()}
	}
	kept.payload.plain = encoded.whole
	kept.answer = made
	kept.answer.response, kept.answer.kept, kept.answer.answers = nil, kept, 1
	return kept
}

// costNothing reports whether the answer is, byte by byte, what it is when it is given again.
func costNothing(response *graphql.Response) bool {
	for _, value := range response.Extensions {
		if cost, ok := value.(costed); ok && cost.Calls() > 0 {
			return false
		}
	}
	return true
}

// costOfAgain is what the extensions are of an answer that is given once more.
func costOfAgain(extensions map[string]any) map[string]any {
	again := make(map[string]any, len(extensions))
	for name, value := range extensions {
		if cost, ok := value.(costed); ok {
			value = cost.Again()
		}
		again[name] = value
	}
	return again
}

// changed drops what is kept after a mutation: what it has changed is seen by whoever asks next, and what it has erased is
// gone.
func (e *edge) changed(task task) {
	if task.kind() == ast.Mutation {
		e.finished.forget()
	}
}

// hint is for how long the answer may be kept, by what is asked for.
func (e *edge) hint(task task) time.Duration {
	if e.MaxAge == nil || task.kind() != ast.Query {
		return 0
	}
	return e.MaxAge(task.operation())
}

// maxAge is for how long the answer may be kept, by what came of it, too.
func (e *edge) maxAge(task task, response *graphql.Response) time.Duration {
	if len(response.Errors) > 0 {
		return 0
	}
	return e.hint(task)
}

// earlier returns the earlier of two times; zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
