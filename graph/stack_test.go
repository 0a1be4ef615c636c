package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"domestique/fitness"
	"domestique/graph"
	"domestique/internal/edge"
	"domestique/mirror"
	"domestique/strava"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

const ownerKey = "the-owner's-key-of-these-tests-0123456789"

// now is when these tests happen.
func now() time.Time { return time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC) }

// stack is the whole gateway but its process: HTTP, GraphQL, the domain, the token manager and the client, all of them
// real, over a fake Strava.
type stack struct {
	fake    *stravatest.Server
	service *fitness.Service
	mirror  *mirror.Mirror
	handler http.Handler
	log     *lockedBuffer
}

// newStack puts a gateway over a fake of that kind.
func newStack(t *testing.T, cfg stravatest.Config) *stack {
	t.Helper()
	return newPatientStack(t, cfg, time.Second)
}

// newPatientStack waits for the fake as long as that: for what keeps a busy machine making up answers.
func newPatientStack(t testing.TB, cfg stravatest.Config, patience time.Duration) *stack {
	t.Helper()
	cfg.Now = now
	cfg.ClientID, cfg.ClientSecret, cfg.RefreshToken = "4242", "planted-client-secret", "planted-refresh-token"
	s := &stack{log: &lockedBuffer{}}
	logger := s.log.logger()
	var err error
	if s.fake, err = stravatest.New(cfg); err != nil {
		t.Fatalf("fake Strava: %v", err)
	}
	manager := newManager(t, s.fake, logger)
	client, err := strava.New(strava.Config{
		BaseURL: "http://strava.test/api/v3", Tokens: manager, Transport: s.fake.Transport(), Timeout: patience,
		Now: now, Logger: logger,
	})
	if err != nil {
		t.Fatalf("client: %v", err)
	}
	s.service, err = fitness.NewService(fitness.Config{
		Strava: client, Tokens: manager, Version: "1.2.3", Now: now,
		History: func(source *fitness.Source) (_ fitness.History, err error) {
			s.mirror, err = mirror.New(mirror.Config{Source: source, Store: mirror.NewMemoryStore(), Now: now, Logger: logger})
			return s.mirror, err
		},
	})
	if err != nil {
		t.Fatalf("service: %v", err)
	}
	closeAfter(t, s.service)
	closeAfter(t, s.mirror)
	s.handler, err = edge.New(edge.Config{
		Executor:  graph.NewExecutor(graph.Config{Service: s.service, Logger: logger}),
		SDL:       graph.SDL(),
		OwnerKeys: []string{ownerKey},
		Logger:    logger,
	})
	if err != nil {
		t.Fatalf("edge: %v", err)
	}
	return s
}

// filled waits until the copy is complete, which a query does not: from then on the list takes no call.
func (s *stack) filled(t testing.TB) *stack {
	t.Helper()
	if err := s.service.Sync(fitness.WithViewer(t.Context(), fitness.Owner)); err != nil {
		t.Fatalf("fill the copy: %v", err)
	}
	return s
}

func newManager(t testing.TB, fake *stravatest.Server, logger *slog.Logger) *tokens.Manager {
	t.Helper()
	keyring, err := tokens.NewKeyring("a sealing key of thirty-two characters")
	if err != nil {
		t.Fatalf("keyring: %v", err)
	}
	manager, err := tokens.NewManager(tokens.Config{
		Store: tokens.NewMemoryStore(), Keyring: keyring,
		OAuth: strava.NewOAuth(strava.OAuthConfig{
			URL: "http://strava.test/oauth", Transport: fake.Transport(), Now: now,
		}),
		Application:       strava.Application{ClientID: "4242", ClientSecret: "planted-client-secret"},
		FirstRefreshToken: "planted-refresh-token", Now: now, Logger: logger,
	})
	if err != nil {
		t.Fatalf("token manager: %v", err)
	}
	closeAfter(t, manager)
	return manager
}

// closeAfter ends what works in the background when the test is over, and waits for it.
func closeAfter(t testing.TB, worker interface{ Close(context.Context) error }) {
	t.Helper()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		defer cancel()
		if err := worker.Close(ctx); err != nil {
			t.Errorf("close %T: %v", worker, err)
		}
	})
}

// answer is a GraphQL answer, with its data left as text.
type answer struct {
	Status int             `json:"-"`
	Data   json.RawMessage `json:"data"`
	Errors []answerError   `json:"errors"`
	// Extensions are those of the whole answer.
	Extensions struct {
		Cost *cost `json:"cost"`
	} `json:"extensions"`
}

type answerError struct {
	Message    string         `json:"message"`
	Path       []any          `json:"path"`
	Locations  []any          `json:"locations"`
	Extensions map[string]any `json:"extensions"`
}

func (e answerError) code() string { code, _ := e.Extensions["code"].(string); return code }

// ask posts a query as the owner. Empty variables are none.
func (s *stack) ask(t testing.TB, query, variables string) answer {
	t.Helper()
	if variables == "" {
		variables = "null"
	}
	return s.post(t, map[string]any{"query": query, "variables": json.RawMessage(variables)})
}

// askNamed posts a document and the name of the operation in it that is to run.
func (s *stack) askNamed(t *testing.T, query, name string) answer {
	t.Helper()
	return s.post(t, map[string]any{"query": query, "operationName": name})
}

// post takes the newer media type, so that a query that could not run shows by its status.
func (s *stack) post(t testing.TB, question map[string]any) answer {
	t.Helper()
	body, err := json.Marshal(question)
	if err != nil {
		t.Fatalf("encode the question: %v", err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+ownerKey)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json")
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, r)

	got := answer{Status: recorder.Code}
	if err := json.Unmarshal(recorder.Body.Bytes(), &got); err != nil {
		t.Fatalf("%d, and not JSON: %s", recorder.Code, recorder.Body)
	}
	return got
}

// mustAnswer asks and decodes the data of an answer that has no error.
func (s *stack) mustAnswer(t *testing.T, query string, into any) {
	t.Helper()
	got := s.ask(t, query, "")
	if got.Status != http.StatusOK || len(got.Errors) > 0 {
		t.Fatalf("%s: %d %+v", query, got.Status, got.Errors)
	}
	if err := json.Unmarshal(got.Data, into); err != nil {
		t.Fatalf("decode %s: %v", got.Data, err)
	}
}

// lockedBuffer is a log that may be written from many goroutines.
type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

var _ io.Writer = (*lockedBuffer)(nil)

func (b *lockedBuffer) logger() *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
