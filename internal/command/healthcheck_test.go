package command_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	ready := func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/readyz" {
			http.NotFound(w, r)
		}
	}
	tests := []struct {
		name    string
		answer  http.HandlerFunc
		code    int
		problem string
	}{
		{"ready", ready, 0, ""},
		{"not ready", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, 1, "503"},
		{"not ours", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) }, 1, "302"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(test.answer)
			t.Cleanup(server.Close)
			addr := server.Listener.Addr().String()
			_, port, err := net.SplitHostPort(addr)
			if err != nil {
				t.Fatal(err)
			}
			for _, listening := range []string{addr, ":" + port, "0.0.0.0:" + port} {
				got := run(t.Context(), env{"ADDR": listening, "OWNER_KEY": strings.Repeat("k", 32)}, "healthcheck")
				if got.code != test.code || got.stdout != "" || (got.stderr == "") != (test.code == 0) ||
					!strings.Contains(got.stderr, test.problem) {
					t.Errorf("at %s: %+v, want code %d and %q", listening, got, test.code, test.problem)
				}
			}
		})
	}
	t.Run("nobody there", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(http.HandlerFunc(ready))
		server.Close()
		got := run(t.Context(), env{"ADDR": server.Listener.Addr().String()}, "healthcheck")
		if got.code != 1 || !strings.HasPrefix(got.stderr, "domestique: healthcheck: no answer") {
			t.Errorf("%+v", got)
		}
	})
}
