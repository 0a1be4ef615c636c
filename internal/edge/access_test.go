package edge_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"domestique/fitness"
	"domestique/internal/edge"
)

// introspectable is an executor that shows its schema to whom it is allowed, and answers with who asks.
func introspectable() *executor.Executor {
	exec := executor.New(tinySchema{gqlparser.MustLoadSchema(&ast.Source{Name: "tiny.graphqls", Input: tinySDL})})
	exec.Use(extension.Introspection{})
	exec.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		response := next(ctx)
		if response != nil {
			response.Extensions = map[string]any{"owner": fitness.ViewerOf(ctx) == fitness.Owner}
		}
		return response
	})
	return exec
}

// Who may do what, for every level of access.
func TestAccess(t *testing.T) {
	t.Parallel()
	const trusted, curious = "query Trusted{hello}", "query Curious{__schema{queryType{name}}}"
	sdl := func() *http.Request { return httptest.NewRequest("GET", "/schema.graphql", nil) }
	tests := map[string]struct {
		request               func() *http.Request
		off, summary, trusted int // The status.
		code                  string
	}{
		"a plain GET":           {func() *http.Request { return asNobody(get("query", "{hello}")) }, 401, 200, 403, ""},
		"a POST of JSON":        {func() *http.Request { return asNobody(post(askHello)) }, 401, 200, 403, ""},
		"a trusted document":    {func() *http.Request { return asNobody(get("query", trusted)) }, 401, 200, 200, ""},
		"a trusted one by name": {func() *http.Request { return asNobody(get("documentId", hashOf(trusted))) }, 401, 200, 200, ""},
		"a plain POST":          {func() *http.Request { return asNobody(with(post(askHello), "Content-Type", "text/plain")) }, 403, 403, 403, "FORBIDDEN"},
		"a mutation":            {func() *http.Request { return asNobody(post(`{"query":"mutation{poke}"}`)) }, 401, 403, 403, "FORBIDDEN"},
		"a mutation by GET":     {func() *http.Request { return asNobody(get("query", "mutation{poke}")) }, 401, 403, 403, "FORBIDDEN"},
		"a subscription":        {func() *http.Request { return asNobody(post(`{"query":"subscription{ticks}"}`)) }, 401, 403, 403, "FORBIDDEN"},
		"events alone":          {func() *http.Request { return with(asNobody(post(askHello)), "Accept", asEvents) }, 401, 403, 403, "FORBIDDEN"},
		"a subscription by events": {func() *http.Request {
			return with(asNobody(post(`{"query":"subscription{ticks}"}`)), "Accept", asEvents)
		}, 401, 403, 403, "FORBIDDEN"},
		"events rather": {func() *http.Request {
			return with(asNobody(post(askHello)), "Accept", asEvents+", "+asGraphQL+";q=0.5")
		}, 401, 200, 403, ""},
		"a wrong key":       {func() *http.Request { return with(post(askHello), "Authorization", "Bearer wrong") }, 401, 401, 401, "UNAUTHENTICATED"},
		"the schema's text": {sdl, 401, 200, 401, ""},
		"the schema":        {func() *http.Request { return asNobody(get("query", "{__schema{queryType{name}}}")) }, 401, 200, 403, ""},
		"the schema in a fragment": {func() *http.Request {
			return asNobody(get("query", "{...F} fragment F on Query{__type(name:\"Query\"){name}}"))
		}, 401, 200, 403, ""},
		"the schema by a trusted document": {func() *http.Request { return asNobody(get("query", curious)) }, 401, 200, 403, ""},
		"a guess at a field":               {func() *http.Request { return asNobody(post(`{"query":"{helo}"}`)) }, 401, 200, 403, ""},
	}
	for name, test := range tests {
		for access, want := range map[edge.Access]int{
			edge.AccessOff: test.off, edge.AccessSummary: test.summary, edge.AccessTrusted: test.trusted,
		} {
			t.Run(name+" where it is "+string(access), func(t *testing.T) {
				t.Parallel()
				handler := newEdge(t, func(cfg *edge.Config) {
					cfg.Access, cfg.Documents = access, []string{trusted, curious}
					cfg.Executor = introspectable()
				})
				answer := serve(handler, test.request())
				if answer.Code != want {
					t.Errorf("%d, want %d: %s", answer.Code, want, answer.Body)
				}
				if test.code != "" && answer.Code != 401 && !strings.Contains(answer.Body.String(), test.code) {
					t.Errorf("%s lacks %s", answer.Body, test.code)
				}
				if access != edge.AccessSummary && strings.Contains(answer.Body.String(), "mean") {
					t.Errorf("%s suggests", answer.Body)
				}
			})
		}
	}
}

// The domain learns who asks; what another site's page could have sent is asked by nobody in particular.
func TestTheDomainLearnsWhoAsks(t *testing.T) {
	t.Parallel()
	handler := newEdge(t, func(cfg *edge.Config) {
		cfg.Access, cfg.OwnerKeys, cfg.DemoLoopbackOwner, cfg.Executor = edge.AccessSummary, []string{ownerKey}, true, introspectable()
	})
	local := func(r *http.Request) *http.Request {
		r.RemoteAddr, r.Host = "127.0.0.1:5000", "localhost:8080"
		return asNobody(r)
	}
	for name, test := range map[string]struct {
		request *http.Request
		want    string
	}{
		"the key":                          {post(askHello), `"owner":true`},
		"nobody":                           {asNobody(post(askHello)), `"owner":false`},
		"the demo's owner":                 {local(post(askHello)), `"owner":true`},
		"another site's page in the demo":  {local(get("query", "{hello}")), `"owner":false`},
		"its own page in the demo, by GET": {with(local(get("query", "{hello}")), "GraphQL-Require-Preflight", "1"), `"owner":true`},
	} {
		if answer := serve(handler, test.request); !strings.Contains(answer.Body.String(), test.want) {
			t.Errorf("%s: %d %s, want %s", name, answer.Code, answer.Body, test.want)
		}
	}
}

func TestAccessNeedsADomainThatKnows(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*edge.Config){
		"no level of": func(cfg *edge.Config) { cfg.Access = "everything" },
	} {
		cfg := edge.Config{Executor: newTinyExecutor(), SDL: tinySDL, OwnerKeys: []string{ownerKey}}
		change(&cfg)
		if _, err := edge.New(cfg); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want an error that says %s", err, name)
		}
	}
}
