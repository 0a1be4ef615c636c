package edge_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/internal/edge"
)

const (
	asJSON    = "application/json"
	asGraphQL = "application/graphql-response+json"
)

// answered is what the tests read of an answer.
type answered struct {
	Data   json.RawMessage `json:"data"`
	Errors []struct {
		Message    string `json:"message"`
		Extensions struct {
			Code string `json:"code"`
		} `json:"extensions"`
	} `json:"errors"`
}

func decode(t *testing.T, got *httptest.ResponseRecorder) answered {
	t.Helper()
	var a answered
	if err := json.Unmarshal(got.Body.Bytes(), &a); err != nil {
		t.Fatalf("the answer is not JSON: %v: %s", err, got.Body)
	}
	return a
}

func post(body string) *http.Request {
	r := httptest.NewRequest("POST", "/graphql", strings.NewReader(body))
	r.Header.Set("Content-Type", asJSON)
	return asOwner(r)
}

func get(params ...string) *http.Request {
	values := url.Values{}
	for i := 0; i < len(params); i += 2 {
		values.Set(params[i], params[i+1])
	}
	return asOwner(httptest.NewRequest("GET", "/graphql?"+values.Encode(), nil))
}

// with sets a header.
func with(r *http.Request, name, value string) *http.Request {
	r.Header.Set(name, value)
	return r
}

func method(name string) *http.Request {
	r := post(`{"query":"{hello}"}`)
	r.Method = name
	return r
}

// The whole status table, once for each form of the answer.
func TestStatus(t *testing.T) {
	t.Parallel()
	const ok, bad = http.StatusOK, http.StatusBadRequest
	tests := map[string]struct {
		request func() *http.Request
		json    int    // Status under application/json.
		graphql int    // Status under application/graphql-response+json.
		code    string // Of the first error; not looked at where data is wanted.
		data    string // Exactly; empty: the entry has to be absent.
	}{
		"POST": {func() *http.Request { return post(`{"query":"{hello}"}`) }, ok, ok, "", `{"hello":"hello"}`},
		"GET":  {func() *http.Request { return get("query", "{hello}") }, ok, ok, "", `{"hello":"hello"}`},
		"named operation": {func() *http.Request {
			return get("query", "query A{a:hello} query B{b:hello}", "operationName", "B")
		}, ok, ok, "", `{"b":"hello"}`},
		"variables in the body": {func() *http.Request {
			return post(`{"query":"query($n:Int){hello(times:$n)}","variables":{"n":3},"extensions":{},"operationName":null}`)
		}, ok, ok, "", `{"hello":"hello"}`},
		"variables in the address": {func() *http.Request {
			return get("query", "query($n:Int){hello(times:$n)}", "variables", `{"n":3}`, "extensions", `{}`, "operationName", "")
		}, ok, ok, "", `{"hello":"hello"}`},
		"unknown members are ignored": {func() *http.Request { return post(`{"query":"{hello}","more":[1]}`) },
			ok, ok, "", `{"hello":"hello"}`},
		"charset utf-8": {func() *http.Request {
			return with(post(`{"query":"{hello}"}`), "Content-Type", "application/json; charset=UTF-8")
		}, ok, ok, "", `{"hello":"hello"}`},
		"field error": {func() *http.Request { return post(`{"query":"{broken}"}`) }, ok, ok, "", `{"broken":null}`},
		"mutation by POST": {func() *http.Request { return post(`{"query":"mutation{poke}"}`) },
			ok, ok, "", `{"poke":"poke"}`},

		"syntax":        {func() *http.Request { return post(`{"query":"{hello"}`) }, ok, bad, "GRAPHQL_PARSE_FAILED", ""},
		"unknown field": {func() *http.Request { return post(`{"query":"{nothing}"}`) }, ok, bad, "GRAPHQL_VALIDATION_FAILED", ""},
		"wrong variable": {func() *http.Request {
			return post(`{"query":"query($n:Int){hello(times:$n)}","variables":{"n":"many"}}`)
		}, ok, bad, "GRAPHQL_VALIDATION_FAILED", ""},
		"unknown operation": {func() *http.Request { return post(`{"query":"{hello}","operationName":"Other"}`) },
			ok, bad, "GRAPHQL_VALIDATION_FAILED", ""},

		"not JSON":             {func() *http.Request { return post(`{"query":`) }, bad, bad, "BAD_USER_INPUT", ""},
		"empty body":           {func() *http.Request { return post(``) }, bad, bad, "BAD_USER_INPUT", ""},
		"null body":            {func() *http.Request { return post(`null`) }, bad, bad, "BAD_USER_INPUT", ""},
		"array body":           {func() *http.Request { return post(`[{"query":"{hello}"}]`) }, bad, bad, "BAD_USER_INPUT", ""},
		"string body":          {func() *http.Request { return post(`"{hello}"`) }, bad, bad, "BAD_USER_INPUT", ""},
		"trailing garbage":     {func() *http.Request { return post(`{"query":"{hello}"} x`) }, bad, bad, "BAD_USER_INPUT", ""},
		"two objects":          {func() *http.Request { return post(`{"query":"{hello}"}{}`) }, bad, bad, "BAD_USER_INPUT", ""},
		"not UTF-8":            {func() *http.Request { return post("{\"query\":\"{hello}\",\"x\":\"\xff\"}") }, bad, bad, "BAD_USER_INPUT", ""},
		"no query":             {func() *http.Request { return post(`{}`) }, bad, bad, "BAD_USER_INPUT", ""},
		"empty query":          {func() *http.Request { return get("query", "") }, bad, bad, "BAD_USER_INPUT", ""},
		"query is a number":    {func() *http.Request { return post(`{"query":5}`) }, bad, bad, "BAD_USER_INPUT", ""},
		"name is a list":       {func() *http.Request { return post(`{"query":"{hello}","operationName":[]}`) }, bad, bad, "BAD_USER_INPUT", ""},
		"variables are text":   {func() *http.Request { return post(`{"query":"{hello}","variables":"x"}`) }, bad, bad, "BAD_USER_INPUT", ""},
		"variables are a list": {func() *http.Request { return get("query", "{hello}", "variables", "[]") }, bad, bad, "BAD_USER_INPUT", ""},
		"extensions are null":  {func() *http.Request { return get("query", "{hello}", "extensions", "null") }, bad, bad, "BAD_USER_INPUT", ""},
		"badly encoded address": {func() *http.Request {
			r := get("query", "{hello}")
			r.URL.RawQuery += "&x=%zz"
			return r
		}, bad, bad, "BAD_USER_INPUT", ""},
		"subscription": {func() *http.Request { return post(`{"query":"subscription{ticks}"}`) }, 406, 406, "BAD_USER_INPUT", ""},

		"the context ended": {func() *http.Request {
			r := post(`{"query":"{hello}"}`)
			ended, end := context.WithCancel(r.Context())
			end()
			return r.WithContext(ended)
		}, 503, 503, "UPSTREAM_UNAVAILABLE", ""},
		"no key":    {func() *http.Request { return with(post(`{"query":"{hello}"}`), "Authorization", "") }, 401, 401, "UNAUTHENTICATED", ""},
		"wrong key": {func() *http.Request { return with(post(`{"query":"{hello}"}`), "Authorization", "Bearer x") }, 401, 401, "UNAUTHENTICATED", ""},
		"cross-site": {func() *http.Request {
			return with(with(post(`{"query":"{hello}"}`), "Authorization", ""), "Content-Type", "text/plain")
		}, 403, 403, "FORBIDDEN", ""},
		"mutation by GET": {func() *http.Request { return get("query", "mutation{poke}") }, 405, 405, "BAD_USER_INPUT", ""},
		"PUT":             {func() *http.Request { return method("PUT") }, 405, 405, "BAD_USER_INPUT", ""},
		"DELETE":          {func() *http.Request { return method("DELETE") }, 405, 405, "BAD_USER_INPUT", ""},
		"too large": {func() *http.Request { return post(`{"query":"` + strings.Repeat(" ", 1<<20) + `{hello}"}`) },
			413, 413, "BAD_USER_INPUT", ""},
		"text/plain": {func() *http.Request { return with(post(`{"query":"{hello}"}`), "Content-Type", "text/plain") }, 415, 415, "BAD_USER_INPUT", ""},
		"form": {func() *http.Request {
			return with(post(`query={hello}`), "Content-Type", "application/x-www-form-urlencoded")
		}, 415, 415, "BAD_USER_INPUT", ""},
		"multipart": {func() *http.Request { return with(post(`x`), "Content-Type", "multipart/form-data; boundary=b") }, bad, bad, "BAD_USER_INPUT", ""},
		"mixed":     {func() *http.Request { return with(post(`x`), "Content-Type", "multipart/mixed; boundary=b") }, 415, 415, "BAD_USER_INPUT", ""},
		"no type":   {func() *http.Request { return with(post(`{"query":"{hello}"}`), "Content-Type", "") }, 415, 415, "BAD_USER_INPUT", ""},
		"Latin-1": {func() *http.Request {
			return with(post(`{"query":"{hello}"}`), "Content-Type", asJSON+"; charset=iso-8859-1")
		}, 415, 415, "BAD_USER_INPUT", ""},
		"gzipped body": {func() *http.Request { return with(post(`{"query":"{hello}"}`), "Content-Encoding", "gzip") }, 415, 415, "BAD_USER_INPUT", ""},
	}
	handler := newEdge(t, nil)
	for name, test := range tests {
		for accept, status := range map[string]int{asJSON: test.json, asGraphQL: test.graphql} {
			t.Run(name+" as "+accept, func(t *testing.T) {
				t.Parallel()
				got := serve(handler, with(test.request(), "Accept", accept))
				if got.Code != status {
					t.Errorf("status %d, want %d: %s", got.Code, status, got.Body)
				}
				if contentType := got.Header().Get("Content-Type"); contentType != accept+"; charset=utf-8" {
					t.Errorf("Content-Type %q", contentType)
				}
				if cached := got.Header().Get("Cache-Control"); cached != "no-store" {
					t.Errorf("Cache-Control %q, want no-store", cached)
				}
				answer := decode(t, got)
				if diff := cmp.Diff(test.data, string(answer.Data)); diff != "" {
					t.Errorf("data (-want +got):\n%s", diff)
				}
				if test.data == "" && (len(answer.Errors) == 0 || answer.Errors[0].Extensions.Code != test.code) {
					t.Errorf("%s: want code %s", got.Body, test.code)
				}
			})
		}
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		request      *http.Request
		header, want string
	}{
		"no key":          {with(post(`{}`), "Authorization", ""), "WWW-Authenticate", "Bearer"},
		"PUT":             {method("PUT"), "Allow", "GET, POST"},
		"HEAD":            {method("HEAD"), "Allow", "GET, POST"},
		"mutation by GET": {get("query", "mutation{poke}"), "Allow", "POST"},
		"text":            {with(post(`{}`), "Content-Type", "text/plain"), "Accept-Post", asJSON + ", multipart/form-data"},
	}
	handler := newEdge(t, nil)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if value := serve(handler, test.request).Header().Get(test.header); value != test.want {
				t.Errorf("%s: %q, want %q", test.header, value, test.want)
			}
		})
	}
}

func TestMessagesNeverRepeatTheBody(t *testing.T) {
	t.Parallel()
	handler := newEdge(t, nil)
	for _, body := range []string{
		`{"query":"{hello}","variables":{"key":"sesame"}} sesame`,
		`{"query":"{hello}","variables":{"key":"sesame"`,
		`{"query":"{hello}","variables":"sesame"}`,
		`sesame`,
		`["sesame"]`,
	} {
		if got := serve(handler, post(body)); strings.Contains(got.Body.String(), "sesame") {
			t.Errorf("%s is answered with %s", body, got.Body)
		}
	}
}

func TestNegotiation(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		accept []string
		want   string // Empty: 406.
	}{
		"none":                        {nil, asJSON},
		"empty":                       {[]string{""}, asJSON},
		"anything":                    {[]string{"*/*"}, asJSON},
		"any application":             {[]string{"application/*"}, asJSON},
		"older":                       {[]string{asJSON}, asJSON},
		"older in UTF-8":              {[]string{asJSON + "; charset=utf-8"}, asJSON},
		"newer":                       {[]string{asGraphQL}, asGraphQL},
		"newer in UTF-8":              {[]string{asGraphQL + ";charset=UTF-8"}, asGraphQL},
		"both":                        {[]string{asJSON + ", " + asGraphQL}, asGraphQL},
		"both on two lines":           {[]string{asJSON, asGraphQL}, asGraphQL},
		"older wanted more":           {[]string{asJSON + ";q=1, " + asGraphQL + ";q=0.9"}, asJSON},
		"newer wanted more":           {[]string{asJSON + ";q=0.1, " + asGraphQL + ";q=1"}, asGraphQL},
		"older, else anything":        {[]string{asJSON + ", */*;q=0.5"}, asJSON},
		"newer, else anything":        {[]string{asGraphQL + ", */*"}, asGraphQL},
		"older or anything":           {[]string{asJSON + ", */*"}, asJSON},
		"anything but the older":      {[]string{"*/*, " + asJSON + ";q=0"}, asGraphQL},
		"a browser":                   {[]string{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}, asJSON},
		"urql":                        {[]string{asGraphQL + ", application/graphql+json, " + asJSON + ", text/event-stream, multipart/mixed"}, asGraphQL},
		"a page alone":                {[]string{"text/html"}, ""},
		"a stream alone":              {[]string{"text/event-stream"}, "text/event-stream"},
		"in Latin-1 alone":            {[]string{asJSON + "; charset=iso-8859-1"}, ""},
		"nothing at all":              {[]string{"*/*;q=0"}, ""},
		"a quality that is no number": {[]string{asJSON + ";q=much"}, ""},
		"unreadable, then readable":   {[]string{";;;, " + asJSON}, asJSON},
	}
	handler := newEdge(t, nil)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := post(`{"query":"{hello}"}`)
			r.Header["Accept"] = test.accept
			got := serve(handler, r)
			if test.want == "" {
				if got.Code != http.StatusNotAcceptable {
					t.Errorf("status %d, want 406", got.Code)
				}
				return
			}
			if got.Code != http.StatusOK || got.Header().Get("Content-Type") != test.want+"; charset=utf-8" {
				t.Errorf("%d %s, want 200 %s", got.Code, got.Header().Get("Content-Type"), test.want)
			}
		})
	}
}

func TestAccessLogTellsTheOperationAndNoSecret(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	clock := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	handler := newEdge(t, func(c *edge.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
		c.Now = func() time.Time { clock = clock.Add(time.Millisecond); return clock }
	})
	serve(handler, post(`{"query":"query Latest($n:String){secretAlias:hello(name:$n)}","variables":{"n":"secretValue"}}`))
	serve(handler, with(post(`{"query":"{hello}"}`), "Authorization", "Bearer secretKey"))

	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines for two requests: %s", len(lines), log.String())
	}
	for line, want := range map[string]string{
		lines[0]: `operation=Latest kind=query document=e867c0a7a1a5 viewer=owner transport=http answers=1 errors=0 code="" ` +
			"calls=0 kept=false status=200 bytes=39 us=2000",
		lines[1]: `operation="" kind="" document="" viewer=anonymous transport=http answers=1 errors=1 code=UNAUTHENTICATED ` +
			"calls=0 kept=false status=401 bytes=151 us=3000",
	} {
		if !strings.Contains(line, want) {
			t.Errorf("%s: want %s", line, want)
		}
	}
	for _, secret := range []string{"secretAlias", "secretValue", "secretKey", ownerKey} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log shows %s: %s", secret, log.String())
		}
	}
}

func TestAnIDOfNineteenDigitsStaysWhole(t *testing.T) {
	t.Parallel()
	const query, variables = "query($n:String){hello(name:$n)}", `{"n":9007199254740993999}`
	for name, request := range map[string]*http.Request{
		"GET":  get("query", query, "variables", variables),
		"POST": post(`{"query":"` + query + `","variables":` + variables + `}`),
	} {
		if got := decode(t, serve(newEdge(t, nil), request)); string(got.Data) != `{"hello":"9007199254740993999"}` {
			t.Errorf("%s: %s", name, got.Data)
		}
	}
}
