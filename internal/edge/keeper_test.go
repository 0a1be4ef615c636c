package edge_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/executor"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"domestique/internal/edge"
)

// keeper is a gateway that keeps answers, over the tiny schema. Each answer that runs costs two calls.
type keeper struct {
	*edge.Gateway
	t       testing.TB
	runs    atomic.Int64
	clock   *clock
	almanac *almanac
	log     *lockedBuffer
}

// almanac is a domain whose data a test changes.
type almanac struct {
	mu      sync.Mutex
	version map[bool]string // By whether it is the owner's.
	until   time.Time       // The version's.
	detail  time.Time       // Until when the detail in the next answer holds.
	during  func()          // What happens while an answer is made.
}

func (a *almanac) Version(_ context.Context, owner bool) (string, time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.version[owner], a.until
}

func (a *almanac) Watch(ctx context.Context) (context.Context, func() time.Time) {
	return ctx, func() time.Time { return a.detail }
}

func (a *almanac) moveTo(version string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.version = map[bool]string{true: version, false: version}
}

// countedSchema notes that something runs.
type countedSchema struct {
	tinySchema
	keeper *keeper
}

func (s countedSchema) Exec(ctx context.Context) graphql.ResponseHandler {
	s.keeper.runs.Add(1)
	if during := s.keeper.almanac.during; during != nil {
		during()
	}
	return s.tinySchema.Exec(ctx)
}

// tinyCost is extensions.cost.
type tinyCost struct {
	UpstreamCalls int `json:"upstreamCalls"`
}

func (c tinyCost) Calls() int { return c.UpstreamCalls }
func (tinyCost) Again() any   { return tinyCost{} }

func newKeeper(t testing.TB, change func(*edge.Config)) *keeper {
	t.Helper()
	k := &keeper{
		t: t, log: &lockedBuffer{}, clock: &clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)},
		almanac: &almanac{version: map[bool]string{true: "1", false: "1"}},
	}
	schema := tinySchema{gqlparser.MustLoadSchema(&ast.Source{Name: "tiny.graphqls", Input: tinySDL})}
	exec := executor.New(countedSchema{schema, k})
	exec.AroundResponses(func(ctx context.Context, next graphql.ResponseHandler) *graphql.Response {
		response := next(ctx)
		if response != nil && response.Data != nil {
			response.Extensions = map[string]any{"cost": tinyCost{2}}
		}
		return response
	})
	k.Gateway = newEdge(t, func(cfg *edge.Config) {
		cfg.Executor, cfg.Freshness, cfg.Now, cfg.Logger = exec, k.almanac, k.clock.Now, newLogger(k.log)
		cfg.MaxAge = func(operation *ast.OperationDefinition) time.Duration {
			if operation.Name == "Momentary" {
				return 0
			}
			return time.Minute
		}
		if change != nil {
			change(cfg)
		}
	})
	return k
}

// ask sends a request, and says whether it ran.
func (k *keeper) ask(r *http.Request) (answer *httptest.ResponseRecorder, ran bool) {
	k.t.Helper()
	before := k.runs.Load()
	answer = serve(k, r)
	return answer, k.runs.Load() != before
}

// wantRun asks, and complains if it did not run, or did, as it should not.
func (k *keeper) wantRun(r *http.Request, want bool) *httptest.ResponseRecorder {
	k.t.Helper()
	answer, ran := k.ask(r)
	if ran != want {
		k.t.Errorf("it ran: %t, want %t: %s", ran, want, answer.Body)
	}
	return answer
}

// asNobody takes the key out of a request.
func asNobody(r *http.Request) *http.Request {
	r.Header.Del("Authorization")
	return r
}

// muchOf asks for an answer of that many bytes and a little.
func muchOf(length int) string {
	return `{"query":"{hello(name:\"` + strings.Repeat("abcdefghi ", length/10) + `\")}"}`
}
