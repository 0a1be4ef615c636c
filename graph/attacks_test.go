package graph_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"domestique/strava/stravatest"
)

// What an attack may take: of the server's time, and of memory in all, given back or not.
const (
	attackTime   = slowness * 50 * time.Millisecond
	attackMemory = 10 << 20
)

// attack is a request that is up to no good, and what it gets. After graphql-armor, graphql-cop and the OWASP sheet
// (https://cheatsheetseries.owasp.org/cheatsheets/GraphQL_Cheat_Sheet.html). Those that take time on a connection are in
// internal/edge/attacks_test.go.
type attack struct {
	request func() *http.Request
	status  int
	has     string // In the answer.
	hasNot  string // In the answer, in any spelling; empty: anything.
}

func asked(t *testing.T, query string, variables any) *http.Request {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	return posted(body, "application/json")
}

// posted is a request of the owner's.
func posted(body []byte, contentType string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/graphql", bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+ownerKey)
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Accept", "application/graphql-response+json")
	return r
}

func stranger(r *http.Request) *http.Request {
	r.Header.Del("Authorization")
	return r
}

// Nothing here may be had for long or for much, and most of it not at all. It runs alone: it measures what the process takes.
func TestAttacks(t *testing.T) { //nolint:paralleltest // See above.
	s := newPatientStack(t, stravatest.Config{}, time.Minute).filled(t)
	warmed := s.fake.Calls()

	for name, attacks := range map[string]map[string]attack{
		"overload": overloads(t), "forgery": forgeries(), "snooping": snoops(t), "malformed": malformations(),
	} {
		for what, try := range attacks {
			t.Run(name+"/"+what, func(t *testing.T) { s.withstand(t, try) })
		}
	}
	for endpoint, calls := range s.fake.Calls() {
		if calls != warmed[endpoint] {
			t.Errorf("%s was called %d times", endpoint, calls-warmed[endpoint])
		}
	}
}

// withstand sends an attack, again if the machine was busy with something else meanwhile.
func (s *stack) withstand(t *testing.T, try attack) {
	t.Helper()
	var took time.Duration
	var memory uint64
	for range 5 {
		request, recorder := try.request(), httptest.NewRecorder()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		started := time.Now()
		s.handler.ServeHTTP(recorder, request)
		took = time.Since(started)
		runtime.ReadMemStats(&after)
		memory = after.TotalAlloc - before.TotalAlloc

		body := recorder.Body.String()
		if recorder.Code != try.status || !strings.Contains(body, try.has) {
			t.Fatalf("%d %.500s, want %d and %q", recorder.Code, body, try.status, try.has)
		}
		if try.hasNot != "" && strings.Contains(strings.ToLower(body), strings.ToLower(try.hasNot)) {
			t.Fatalf("%.500s has %q", body, try.hasNot)
		}
		if took <= attackTime && memory <= attackMemory {
			t.Logf("%v, %d kB", took.Round(10*time.Microsecond), memory>>10)
			return
		}
	}
	t.Errorf("it took %v and %d kB, more than %v and %d kB", took, memory>>10, attackTime, attackMemory>>10)
}

func overloads(t *testing.T) map[string]attack {
	complex := func(query string, variables any) attack {
		return attack{func() *http.Request { return asked(t, query, variables) }, 400, "QUERY_TOO_COMPLEX", ""}
	}
	manyValues := make([]int, 300_000)
	deepFilter := any(map[string]any{})
	for range 5000 {
		deepFilter = map[string]any{"not": deepFilter}
	}
	wideFilter := make([]map[string]any, 900)
	for i := range wideFilter {
		wideFilter[i] = map[string]any{"isCommute": true}
	}
	return map[string]attack{
		"aliases":                   complex(aliased(480, "status { demo }"), nil),
		"aliases beyond tokens":     complex(aliased(20_000, "__typename"), nil),
		"aliases of a cheap field":  complex(aliased(660, "__typename"), nil),
		"the same field":            complex("{"+strings.Repeat(" __typename", 1990)+"}", nil),
		"the same field, apart":     complex("{"+strings.Repeat(" ...{__typename}", 490)+"}", nil),
		"the same in arguments":     complex("{"+strings.Repeat(` a: activities(first: 1, filter: {isCommute: true}) { totalCount }`, 120)+"}", nil),
		"directives":                complex("{ __typename "+strings.Repeat("@skip(if: false) ", 700)+"}", nil),
		"directives in many places": complex("{"+strings.Repeat(" __typename @skip(if: false)", 240)+"}", nil),
		"unknown directives":        {func() *http.Request { return asked(t, "{ __typename"+strings.Repeat(" @a", 900)+"}", nil) }, 400, "GRAPHQL_VALIDATION_FAILED", ""},
		"deep":                      complex(`{ segment(id: "1") `+strings.Repeat("{ efforts { activity { segmentEfforts { segment ", 8)+"{ id }"+strings.Repeat("} } } }", 8)+"}", nil),
		"circular fragments": {func() *http.Request {
			return asked(t, "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }", nil)
		}, 400, "GRAPHQL_VALIDATION_FAILED", ""},
		"fragments that double":               complex(doubling(60), nil),
		"fragments that overlap":              {func() *http.Request { return asked(t, overlapping(80), nil) }, 400, "", ""},
		"fields that overlap, level by level": {func() *http.Request { return asked(t, nestedOverlaps(30), nil) }, 400, "", ""},
		"circular introspection": {func() *http.Request {
			return asked(t, "{ __schema { types "+strings.Repeat("{ fields { type ", 30)+"{ name }"+strings.Repeat("} }", 30)+"} }", nil)
		}, 400, "", ""},
		"long lists":         complex("{ activities(first: 200) { nodes { description comments { nodes { text } } } } }", nil),
		"a long list of ids": complex("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", map[string]any{"ids": manyValues}),
		"a deep filter":      complex("query($f: ActivityFilter) { activities(filter: $f) { totalCount } }", map[string]any{"f": deepFilter}),
		"a wide filter": {func() *http.Request {
			return asked(t, "query($f: ActivityFilter) { activities(filter: $f) { totalCount } }", map[string]any{"f": map[string]any{"or": wideFilter[:200]}})
		}, 400, "BAD_USER_INPUT", ""},
		"a wider filter":       complex("query($f: ActivityFilter) { activities(filter: $f) { totalCount } }", map[string]any{"f": map[string]any{"or": wideFilter}}),
		"variables for nobody": complex("{ __typename }", map[string]any{"x": manyValues}),
		"many operations": {func() *http.Request {
			return asked(t, several(240, "query Q%d { __typename } "), nil)
		}, 400, "GRAPHQL_VALIDATION_FAILED", ""},
		"many variables":           {func() *http.Request { return asked(t, "query("+several(490, "$v%d: Int ")+") { __typename }", nil) }, 400, "GRAPHQL_VALIDATION_FAILED", ""},
		"a long comment":           complex("#"+strings.Repeat("x", 1_000_000)+"\n{ __typename }", nil),
		"a long name":              complex("{ "+strings.Repeat("x", 1_000_000)+" }", nil),
		"as long a name as may be": {func() *http.Request { return asked(t, "{ "+strings.Repeat("x", 65_000)+" }", nil) }, 400, "GRAPHQL_VALIDATION_FAILED", ""},
		"many long names": {func() *http.Request {
			return asked(t, "{ "+strings.Repeat(strings.Repeat("x", 30)+" ", 1900)+" }", nil)
		}, 400, "GRAPHQL_VALIDATION_FAILED", ""},
		"a long string":    complex(`{ node(id: "`+strings.Repeat("x", 900_000)+`") { id } }`, nil),
		"an oversize body": {func() *http.Request { return posted(bytes.Repeat([]byte("x"), 5<<20), "application/json") }, 413, "BAD_USER_INPUT", ""},
		"a bomb": {func() *http.Request {
			r := posted(bomb(t), "application/json")
			r.Header.Set("Content-Encoding", "gzip")
			return r
		}, 415, "BAD_USER_INPUT", ""},
		"JSON without end": {func() *http.Request { return posted(bytes.Repeat([]byte("["), 1_000_000), "application/json") }, 400, "QUERY_TOO_COMPLEX", ""},
		"objects in JSON": {func() *http.Request {
			return posted([]byte(`{"variables":`+strings.Repeat(`{"a":`, 9000)+"1"+strings.Repeat("}", 9001)), "application/json")
		}, 400, "", ""},
		"a batch": {func() *http.Request {
			return posted([]byte("["+strings.Repeat(`{"query":"{__typename}"},`, 1000)+`{}]`), "application/json")
		}, 400, "BAD_USER_INPUT", ""},
		"a big number": {func() *http.Request {
			return asked(t, "query($n: Int) { activities(first: $n) { totalCount } }", map[string]any{"n": json.Number("1" + strings.Repeat("0", 100_000))})
		}, 400, "", ""},
		"many parts": {func() *http.Request { return posted(parts(t, 5000)) }, 400, "BAD_USER_INPUT", ""},
		"a long Accept": {func() *http.Request {
			r := asked(t, "{ __typename }", nil)
			r.Header.Set("Accept", strings.Repeat("a/b;q=0.1,", 6000))
			return r
		}, 406, "", ""},
		"a long encoding": {func() *http.Request {
			r := asked(t, "{ __typename }", nil)
			r.Header.Set("Accept-Encoding", strings.Repeat("a;q=0.1,", 7000))
			return r
		}, 200, "", ""},
		"a long match": {func() *http.Request {
			r := got("{ __typename }")
			r.Header.Set("If-None-Match", strings.Repeat(`"a",`, 15_000))
			return r
		}, 200, "", ""},
		"a long key": {func() *http.Request {
			r := asked(t, "{ __typename }", nil)
			r.Header.Set("Authorization", "Bearer "+strings.Repeat("x", 60_000))
			return r
		}, 401, "", ""},
		"a long address": {func() *http.Request {
			r := got("{ __typename }")
			r.URL.RawQuery += strings.Repeat("&a=b", 15_000)
			return r
		}, 400, "BAD_USER_INPUT", ""},
		"a subscription": {func() *http.Request {
			r := asked(t, "subscription { __typename }", nil)
			r.Header.Set("Accept", "text/event-stream")
			return r
		}, 200, "complete", ""},
		"every field twice": complex("query A { ...F ...F } fragment F on Query { activities(first: 200) { nodes { laps { number } splits { number } } } }", nil),
	}
}

// got is a GET of the owner's.
func got(query string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/graphql?"+url.Values{"query": {query}}.Encode(), nil)
	r.Header.Set("Authorization", "Bearer "+ownerKey)
	return r
}

func forgeries() map[string]attack {
	const mutation = "mutation { disconnect { connection } }"
	form := func(contentType, body string, header ...string) attack {
		return attack{func() *http.Request {
			r := stranger(posted([]byte(body), contentType))
			for i := 0; i < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			return r
		}, 403, "FORBIDDEN", "data"}
	}
	return map[string]attack{
		"a form":               form("application/x-www-form-urlencoded", url.Values{"query": {mutation}}.Encode()),
		"text":                 form("text/plain", `{"query":"`+mutation+`"}`),
		"text that is JSON":    form("text/plain; application/json", `{"query":"`+mutation+`"}`),
		"parts":                form("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"operations\"\r\n\r\n{}\r\n--b--"),
		"no type":              form("", `{"query":"`+mutation+`"}`),
		"an empty header":      form("text/plain", `{"query":"`+mutation+`"}`, "GraphQL-Require-Preflight", ""),
		"a method in a header": form("text/plain", `{"query":"`+mutation+`"}`, "X-HTTP-Method-Override", "GET"),
		"a mutation by GET":    {func() *http.Request { return got(mutation) }, 405, "", "data"},
		"a mutation by a stranger": {func() *http.Request {
			return stranger(posted([]byte(`{"query":"`+mutation+`"}`), "application/json"))
		}, 401, "UNAUTHENTICATED", "data"},
		"a preflight": {func() *http.Request {
			r := httptest.NewRequest(http.MethodOptions, "/graphql", nil)
			r.Header.Set("Origin", "https://evil.example")
			r.Header.Set("Access-Control-Request-Method", "POST")
			return r
		}, 403, "", "allow"},
	}
}

func snoops(t *testing.T) map[string]attack {
	closed := func(query string) attack {
		return attack{func() *http.Request { return stranger(asked(t, query, nil)) }, 401, "UNAUTHENTICATED", "mean"}
	}
	path := func(path string) attack {
		return attack{func() *http.Request {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.URL.Path = path
			return r
		}, 404, "", "root:"}
	}
	return map[string]attack{
		"introspection":        closed("{ __schema { types { name } } }"),
		"a type by name":       closed(`{ __type(name: "Query") { name } }`),
		"a suggestion":         closed("{ athlet { firstName } }"),
		"a suggestion by text": {func() *http.Request { return stranger(asked(t, "{ statu }", nil)) }, 401, "", "status"},
		"the schema's text":    {func() *http.Request { return httptest.NewRequest(http.MethodGet, "/schema.graphql", nil) }, 401, "", "type Query"},
		"a document by its hash": {func() *http.Request {
			return stranger(posted([]byte(`{"documentId":"sha256:00"}`), "application/json"))
		}, 401, "", ""},
		"a path up":               path("/../../etc/passwd"),
		"a path up, further down": path("/playground/../../../etc/passwd"),
		"a path with a null":      path("/schema.graphql\x00.html"),
		"backslashes":             path(`/..\..\etc\passwd`),
		"a hidden file":           path("/.env"),
		"a double slash":          path("//schema.graphql"),
		"a trace":                 {func() *http.Request { return httptest.NewRequest(http.MethodTrace, "/graphql", nil) }, 405, "", "authorization"},
	}
}

func malformations() map[string]attack {
	secret := "planted-in-the-request"
	broken := func(body string) attack {
		return attack{func() *http.Request { return posted([]byte(body), "application/json") }, 400, "BAD_USER_INPUT", secret}
	}
	return map[string]attack{
		"half a body":      broken(`{"query":"{__typename}","variables":{"token":"` + secret),
		"two bodies":       broken(`{"query":"{__typename}"}{"x":"` + secret + `"}`),
		"another type":     broken(`{"query":["` + secret + `"]}`),
		"not UTF-8":        broken("{\"query\":\"\xff" + secret + "\"}"),
		"a null":           broken("null"),
		"only blanks":      broken("   "),
		"a deep extension": broken(`{"query":"","extensions":{"persistedQuery":{"sha256Hash":{"a":"` + secret + `"}}}}`),
		"a forged log line": {func() *http.Request {
			return posted([]byte(`{"query":"query A{__typename}","operationName":"A\nlevel=ERROR `+secret+`"}`), "application/json")
		}, 400, "GRAPHQL_VALIDATION_FAILED", secret},
	}
}

// several writes text with every number below count in place of %d.
func several(count int, text string) string {
	var all strings.Builder
	for i := range count {
		fmt.Fprintf(&all, text, i)
	}
	return all.String()
}

// overlapping is a document with many fragments in the same place, whose fields have to be compared with one another.
func overlapping(fragments int) string {
	return "{ activities { nodes {" + several(fragments, " ...F%d ") + "} } }" +
		several(fragments, " fragment F%d on Activity { name gear { name brand { __typename } } map { polyline } description }")
}

// nestedOverlaps has the same field twice in each level, so that comparing everything with everything doubles by the level.
func nestedOverlaps(levels int) string {
	document := "{ activities { nodes { ...F0 } } }"
	for level := range levels {
		document += fmt.Sprintf(" fragment F%d on Activity { segmentEfforts { activity { ...F%d } } segmentEfforts { activity { ...F%[2]d } } }",
			level, level+1)
	}
	return document + fmt.Sprintf(" fragment F%d on Activity { name }", levels)
}

func bomb(t *testing.T) []byte {
	t.Helper()
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write(bytes.Repeat([]byte(" "), 64<<20)); err != nil || writer.Close() != nil {
		t.Fatal("the bomb cannot be made")
	}
	return packed.Bytes()
}

func parts(t *testing.T, count int) (body []byte, contentType string) {
	t.Helper()
	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	for i := range count {
		if err := writer.WriteField(fmt.Sprint("operations", i), "{}"); err != nil {
			t.Fatal(err)
		}
	}
	_ = writer.Close()
	return form.Bytes(), writer.FormDataContentType()
}
