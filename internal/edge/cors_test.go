package edge_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"domestique/internal/edge"
)

func preflight(origin, header string) *http.Request {
	r := httptest.NewRequest("OPTIONS", "/graphql", nil)
	r.Header.Set("Access-Control-Request-Method", "POST")
	r.Header.Set("Access-Control-Request-Headers", header)
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	return r
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		allowed []string
		origin  string
		status  int
	}{
		"an allowed origin": {[]string{"https://a.example", "https://b.example"}, "https://b.example", 204},
		"in capitals":       {[]string{"https://a.example"}, "HTTPS://A.example", 204},
		"another origin":    {[]string{"https://a.example"}, "https://evil.example", 403},
		"below it":          {[]string{"https://a.example"}, "https://evil.a.example", 403},
		"begins like it":    {[]string{"https://a.example"}, "https://a.example.evil", 403},
		"another port":      {[]string{"https://a.example"}, "https://a.example:8443", 403},
		"plain http":        {[]string{"https://a.example"}, "http://a.example", 403},
		"none":              {[]string{"https://a.example"}, "null", 403},
		"nothing allowed":   {nil, "https://a.example", 403},
		"no origin":         {[]string{"https://a.example"}, "", 405},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			handler := newEdge(t, func(cfg *edge.Config) { cfg.AllowedOrigins = test.allowed })
			answer := serve(handler, preflight(test.origin, "authorization, content-type, graphql-require-preflight"))
			header := answer.Header()
			if answer.Code != test.status {
				t.Errorf("%d, want %d", answer.Code, test.status)
			}
			if header.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("it allows credentials")
			}
			if test.status != http.StatusNoContent {
				if header.Get("Access-Control-Allow-Origin") != "" || header.Get("Access-Control-Allow-Headers") != "" {
					t.Errorf("it allows something: %v", header)
				}
				return
			}
			for name, want := range map[string]string{
				"Access-Control-Allow-Origin": test.origin, "Access-Control-Allow-Methods": "GET, POST", "Access-Control-Max-Age": "7200",
				"Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
			} {
				if got := header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			for _, allowed := range []string{"Authorization", "Content-Type", "GraphQL-Require-Preflight"} {
				if !strings.Contains(header.Get("Access-Control-Allow-Headers"), allowed) {
					t.Errorf("%s is not allowed: %v", allowed, header)
				}
			}
		})
	}
}

// Refusals can be read by an allowed page, too; nobody else's page reads anything.
func TestAnswersToOtherOrigins(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, func(cfg *edge.Config) {
		cfg.AllowedOrigins, cfg.Access = []string{"https://a.example"}, edge.AccessSummary
	})
	for name, request := range map[string]func() *http.Request{
		"made": func() *http.Request { return post(askHello) }, "kept": func() *http.Request { return post(askHello) },
		"by GET":  func() *http.Request { return asNobody(get("query", "{hello}")) },
		"304":     func() *http.Request { return with(asNobody(get("query", "{hello}")), "If-None-Match", "*") },
		"refused": func() *http.Request { return with(post(askHello), "Authorization", "Bearer wrong") },
		"broken":  func() *http.Request { return post(`{`) },
		"events":  func() *http.Request { return with(post(askHello), "Accept", asEvents) },
	} {
		for origin, want := range map[string]string{"https://a.example": "https://a.example", "https://evil.example": "", "": ""} {
			r := request()
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
			header := serve(k, r).Header()
			if got := header.Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("%s to %q: Access-Control-Allow-Origin %q", name, origin, got)
			}
			if !strings.Contains(header.Get("Vary"), "Origin") || header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s to %q: %v", name, origin, header)
			}
		}
	}
	if vary := serve(newEdge(t, nil), post(askHello)).Header().Get("Vary"); strings.Contains(vary, "Origin") {
		t.Errorf("Vary %q although no origin is allowed", vary)
	}
}
