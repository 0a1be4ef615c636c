package edge_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"domestique/internal/edge"
)

// sink is a client that reads nothing.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) WriteHeader(status int)      { s.status = status }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }

// replay is a request's body that can be read again and again.
type replay struct{ *bytes.Reader }

func (replay) Close() error { return nil }

// An answer of 40 kB that is kept: what the gateway adds to what net/http does.
func BenchmarkKept(b *testing.B) {
	for name, headers := range map[string][]string{"plain": nil, "zstd": {"Accept-Encoding", "gzip, deflate, br, zstd"}, "304": {"If-None-Match", "*"}} {
		b.Run(name, func(b *testing.B) {
			k := newKeeper(b, func(cfg *edge.Config) {
				cfg.Logger = slog.New(slog.NewJSONHandler(io.Discard, nil))
			})
			body := replay{bytes.NewReader([]byte(`{"query":"{large}"}`))}
			r := httptest.NewRequest("POST", "/graphql", body)
			if name == "304" {
				r = get("query", "{large}")
			}
			asOwner(with(r, "Content-Type", asJSON))
			for i := 0; i < len(headers); i += 2 {
				r.Header.Set(headers[i], headers[i+1])
			}
			b.ReportAllocs()
			for b.Loop() {
				_, _ = body.Seek(0, io.SeekStart)
				r.Body = body
				k.ServeHTTP(&sink{header: http.Header{}}, r)
			}
			if runs := k.runs.Load(); runs != 1 {
				b.Errorf("%d runs", runs)
			}
		})
	}
}
