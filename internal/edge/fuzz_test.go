package edge_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/internal/edge"
)

// Whatever is sent, the answer is one of those that there are, and the same when it is given again.
func FuzzTransport(f *testing.F) {
	for _, seed := range []struct{ method, query, contentType, accept, coding, body string }{
		{"POST", "", asJSON, asJSON, "gzip", askHello},
		{"POST", "", asJSON, asGraphQL, "", `{"query":"query($n:Int){hello(times:$n)}","variables":{"n":3}}`},
		{"POST", "", asJSON + "; charset=utf-8", "*/*", "br;q=0.5", `{"documentId":"sha256:00"}`},
		{"POST", "", "multipart/form-data; boundary=b", "", "", "--b\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n{}\r\n--b--"},
		{"GET", "query={large}&variables={}", "", asJSON, "zstd", ""},
		{"GET", "query=mutation{poke}", "", asEvents, "", ""},
		{"GET", "extensions=" + persisted("00"), "", "", "*", ""},
		{"OPTIONS", "", "", "", "", ""},
		{"POST", "", "text/plain", "text/html", "identity;q=0", "x"},
		{"PUT", "%zz", "", "", "", "{}"},
	} {
		f.Add(seed.method, seed.query, seed.contentType, seed.accept, seed.coding, []byte(seed.body))
	}
	k := newKeeper(f, func(cfg *edge.Config) { cfg.AllowedOrigins = []string{"https://a.example"} })
	statuses := []int{200, 304, 400, 401, 403, 405, 406, 413, 415, 503}
	f.Fuzz(func(t *testing.T, method, query, contentType, accept, coding string, body []byte) {
		if !slices.Contains([]string{"GET", "POST", "PUT", "OPTIONS", "HEAD"}, method) {
			method = http.MethodPost
		}
		ask := func() *httptest.ResponseRecorder {
			r := httptest.NewRequest(method, "/graphql", strings.NewReader(string(body)))
			r.URL.RawQuery = query
			r.Header = http.Header{"Content-Type": {contentType}, "Accept": {accept}, "Accept-Encoding": {coding}}
			return serve(k, asOwner(r))
		}
		first, again := ask(), ask()
		if !slices.Contains(statuses, first.Code) {
			t.Fatalf("%d %s", first.Code, first.Body)
		}
		if first.Code != again.Code || first.Header().Get("Content-Encoding") != again.Header().Get("Content-Encoding") {
			t.Errorf("%d %v, and then %d %v", first.Code, first.Header(), again.Code, again.Header())
		}
		if strings.HasPrefix(first.Header().Get("Content-Type"), asEvents) || first.Header().Get("Content-Type") == "" {
			return
		}
		var one, other struct {
			Data   json.RawMessage
			Errors json.RawMessage
		}
		if err := json.Unmarshal(unpack(t, first), &one); err != nil {
			t.Fatalf("%v: %s", err, first.Body)
		}
		if err := json.Unmarshal(unpack(t, again), &other); err != nil {
			t.Fatalf("%v: %s", err, again.Body)
		}
		if diff := cmp.Diff(one, other); diff != "" {
			t.Errorf("given again (-first +again):\n%s", diff)
		}
		if len(one.Data) == 0 && len(one.Errors) == 0 || string(one.Data) == "null" {
			t.Errorf("%d with neither data nor errors: %s", first.Code, first.Body)
		}
	})
}

// What a client says it takes is read without a panic, and leads to a coding that it did not refuse.
func FuzzCodings(f *testing.F) {
	for _, header := range []string{"", "gzip, br;q=0.5", "*;q=0", "gzip;q=NaN", ";;;,,", "br;q=0, *"} {
		f.Add(header)
	}
	handler := newEdge(f, nil)
	f.Fuzz(func(t *testing.T, header string) {
		answer := serve(handler, with(post(`{"query":"{large}"}`), "Accept-Encoding", header))
		coding := answer.Header().Get("Content-Encoding")
		if coding != "" && !strings.Contains(strings.ToLower(header), coding) && !strings.Contains(header, "*") {
			t.Errorf("%q is answered with %s", header, coding)
		}
		if !strings.Contains(string(unpack(t, answer)), "abcdefghij") {
			t.Errorf("%q: the answer is not whole", header)
		}
	})
}
