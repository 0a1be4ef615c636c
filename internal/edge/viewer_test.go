package edge_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"domestique/internal/edge"
)

func TestOwnerIsWhoHoldsAKey(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		authorization string
		want          int
	}{
		"the key":          {"Bearer " + ownerKey, 200},
		"the other key":    {"Bearer another-key-that-is-also-long-enough", 200},
		"lower case":       {"bearer " + ownerKey, 200},
		"spaces around":    {"Bearer   " + ownerKey + " ", 200},
		"no scheme":        {ownerKey, 401},
		"another scheme":   {"Basic " + ownerKey, 401},
		"a part of it":     {"Bearer " + ownerKey[:10], 401},
		"more than it":     {"Bearer " + ownerKey + "x", 401},
		"both keys":        {"Bearer " + ownerKey + ",another-key-that-is-also-long-enough", 401},
		"an empty key":     {"Bearer ", 401},
		"the scheme alone": {"Bearer", 401},
		"nothing":          {"", 401},
	}
	handler := newEdge(t, nil)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := with(post(`{"query":"{hello}"}`), "Authorization", test.authorization)
			if got := serve(handler, r); got.Code != test.want {
				t.Errorf("%d %s, want %d", got.Code, got.Body, test.want)
			}
		})
	}
}

func TestInTheDemoEveryoneOnThisMachineIsTheOwner(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		remote, host string
		header       string // Set to something.
		want         int
	}{
		"IPv4":                       {"127.0.0.1:5000", "127.0.0.1:8080", "", 200},
		"IPv6":                       {"[::1]:5000", "[::1]:8080", "", 200},
		"IPv6 without a port":        {"[::1]:5000", "[::1]", "", 200},
		"IPv4 in IPv6":               {"[::ffff:127.0.0.1]:5000", "localhost:8080", "", 200},
		"by name":                    {"127.0.0.1:5000", "localhost", "", 200},
		"by name in capitals":        {"127.0.0.1:5000", "LocalHost:8080", "", 200},
		"from elsewhere":             {"192.0.2.7:5000", "localhost:8080", "", 401},
		"a rebound name":             {"127.0.0.1:5000", "evil.example:8080", "", 401},
		"a name that starts like it": {"127.0.0.1:5000", "localhost.evil.example", "", 401},
		"an address of the network":  {"127.0.0.1:5000", "192.168.1.5:8080", "", 401},
		"no host":                    {"127.0.0.1:5000", "", "", 401},
		"no remote address":          {"", "localhost", "", 401},
		"through a proxy":            {"127.0.0.1:5000", "localhost:8080", "X-Forwarded-For", 401},
		"through another proxy":      {"127.0.0.1:5000", "localhost:8080", "Forwarded", 401},
		"through a named proxy":      {"127.0.0.1:5000", "localhost:8080", "Via", 401},
		"for somebody":               {"127.0.0.1:5000", "localhost:8080", "X-Real-IP", 401},
		"odd brackets":               {"127.0.0.1:5000", "[[127.0.0.1]]", "", 401},
	}
	handler := newEdge(t, func(c *edge.Config) { c.OwnerKeys, c.DemoLoopbackOwner = nil, true })
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := with(post(`{"query":"{hello}"}`), "Authorization", "")
			r.RemoteAddr, r.Host = test.remote, test.host
			if test.header != "" {
				r.Header.Set(test.header, "for=192.0.2.7")
			}
			if got := serve(handler, r); got.Code != test.want {
				t.Errorf("%d %s, want %d", got.Code, got.Body, test.want)
			}
		})
	}
}

func TestWithoutTheDemoLoopbackIsNobody(t *testing.T) {
	t.Parallel()
	r := with(post(`{"query":"{hello}"}`), "Authorization", "")
	r.RemoteAddr, r.Host = "127.0.0.1:5000", "localhost:8080"
	if got := serve(newEdge(t, nil), r); got.Code != http.StatusUnauthorized {
		t.Errorf("%d %s, want 401", got.Code, got.Body)
	}
}

// The owner here is the demo's, who needs no header: just what another site's page could drive a browser to use.
func TestAnotherSitesPageCannotActAsTheOwner(t *testing.T) {
	t.Parallel()
	const query, form = `{"query":"{hello}"}`, "application/x-www-form-urlencoded"
	tests := map[string]struct {
		method string
		header [2]string
		want   int
	}{
		"a plain GET":                   {"GET", [2]string{}, 403},
		"a GET with our header":         {"GET", [2]string{"GraphQL-Require-Preflight", "1"}, 200},
		"a GET with an empty header":    {"GET", [2]string{"GraphQL-Require-Preflight", ""}, 403},
		"a GET with a JSON type":        {"GET", [2]string{"Content-Type", asJSON}, 200},
		"a GET with a bearer header":    {"GET", [2]string{"Authorization", "Bearer x"}, 200},
		"a GET with basic credentials":  {"GET", [2]string{"Authorization", "Basic x"}, 403},
		"a POST of JSON":                {"POST", [2]string{"Content-Type", asJSON}, 200},
		"a POST of text":                {"POST", [2]string{"Content-Type", "text/plain"}, 403},
		"a POST of text that says JSON": {"POST", [2]string{"Content-Type", `text/plain; x="application/json"`}, 403},
		"a POST of a form":              {"POST", [2]string{"Content-Type", form}, 403},
		"a POST of parts":               {"POST", [2]string{"Content-Type", "multipart/form-data; boundary=b"}, 403},
		"a POST without a type":         {"POST", [2]string{}, 403},
		"a POST of text with our header": {"POST", [2]string{"GraphQL-Require-Preflight", "1"},
			415}, // It passes this rule, and fails the next.
	}
	handler := newEdge(t, func(c *edge.Config) { c.OwnerKeys, c.DemoLoopbackOwner = nil, true })
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(test.method, "/graphql?query={hello}", strings.NewReader(query))
			r.RemoteAddr, r.Host = "127.0.0.1:5000", "localhost:8080"
			if test.header[0] != "" {
				r.Header.Set(test.header[0], test.header[1])
			}
			got := serve(handler, r)
			if got.Code != test.want {
				t.Errorf("%d %s, want %d", got.Code, got.Body, test.want)
			}
			if test.want == http.StatusForbidden && !strings.Contains(got.Body.String(), "GraphQL-Require-Preflight") {
				t.Errorf("%s does not say what to send", got.Body)
			}
		})
	}
}

// Nobody in particular may send what a browser can be driven to send, and gets nothing for it.
func TestAPlainGETOfNobodyIsUnauthenticated(t *testing.T) {
	t.Parallel()
	got := serve(newEdge(t, nil), httptest.NewRequest("GET", "/graphql?query={hello}", nil))
	if got.Code != http.StatusUnauthorized {
		t.Errorf("%d %s, want 401", got.Code, got.Body)
	}
}

func TestAConfigShowsNoKey(t *testing.T) {
	t.Parallel()
	const planted = "planted-owner-key-of-32-characters-and-more"
	cfg := edge.Config{OwnerKeys: []string{planted}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		if shown := fmt.Sprintf(verb, cfg); strings.Contains(shown, planted) || shown != "[redacted]" {
			t.Errorf("%s shows %s", verb, shown)
		}
	}
}
