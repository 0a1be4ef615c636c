package edge_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/vektah/gqlparser/v2/ast"

	"domestique/internal/edge"
)

// unpack returns an answer's body as it was before it was packed.
func unpack(t *testing.T, answer *httptest.ResponseRecorder) []byte {
	t.Helper()
	var from io.Reader = answer.Body
	var err error
	switch answer.Header().Get("Content-Encoding") {
	case "gzip":
		from, err = gzip.NewReader(answer.Body)
	case "br":
		from = brotli.NewReader(answer.Body)
	case "zstd":
		from, err = zstd.NewReader(answer.Body)
	}
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestCodings(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		accept []string
		want   string
	}{
		"none":                  {nil, ""},
		"empty":                 {[]string{""}, ""},
		"a browser":             {[]string{"gzip, deflate, br, zstd"}, "br"},
		"an older browser":      {[]string{"gzip, deflate, br"}, "br"},
		"an old one":            {[]string{"gzip, deflate"}, "gzip"},
		"on two lines":          {[]string{"gzip", "br"}, "br"},
		"in capitals":           {[]string{"GZIP"}, "gzip"},
		"gzip wanted more":      {[]string{"br;q=0.5, gzip;q=0.9, zstd;q=0.1"}, "gzip"},
		"with blanks":           {[]string{"br ; q=0.5 ,gzip ;q=0.9"}, "gzip"},
		"anything":              {[]string{"*"}, "br"},
		"anything but brotli":   {[]string{"*, br;q=0"}, "zstd"},
		"br not, then anything": {[]string{"br;q=0, *;q=0.1"}, "zstd"},
		"nothing packed":        {[]string{"identity"}, ""},
		"nothing at all":        {[]string{"*;q=0"}, ""},
		"unknown":               {[]string{"deflate, compress"}, ""},
		"a quality of nonsense": {[]string{"gzip;q=much"}, ""},
		"a quality of NaN":      {[]string{"gzip;q=NaN"}, ""},
		"another parameter":     {[]string{"gzip;level=9"}, "gzip"},
	}
	handler := newEdge(t, nil)
	plain := serve(handler, post(muchOf(5000))).Body.String()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := post(muchOf(5000))
			r.Header["Accept-Encoding"] = test.accept
			answer := serve(handler, r)
			if got := answer.Header().Get("Content-Encoding"); got != test.want {
				t.Errorf("Content-Encoding %q, want %q", got, test.want)
			}
			if got := answer.Header().Get("Content-Length"); got != strconv.Itoa(answer.Body.Len()) {
				t.Errorf("Content-Length %s, and %d bytes", got, answer.Body.Len())
			}
			if got := string(unpack(t, answer)); got != plain {
				t.Errorf("%q, want %q", got, plain)
			}
		})
	}
}

func TestSmallAnswersAreNotPacked(t *testing.T) {
	t.Parallel()
	answer := serve(newEdge(t, nil), with(post(askHello), "Accept-Encoding", "gzip"))
	if answer.Header().Get("Content-Encoding") != "" || !strings.Contains(answer.Header().Get("Vary"), "Accept-Encoding") {
		t.Errorf("%v", answer.Header())
	}
}

func TestTheSchemaIsPacked(t *testing.T) {
	t.Parallel()
	sdl := strings.Repeat("# A comment that is there for its length.\n", 100) + tinySDL
	handler := newEdge(t, func(cfg *edge.Config) { cfg.SDL = sdl })
	for range 2 {
		answer := serve(handler, with(asOwner(httptest.NewRequest("GET", "/schema.graphql", nil)), "Accept-Encoding", "gzip"))
		if got := unpack(t, answer); answer.Header().Get("Content-Encoding") != "gzip" || !bytes.Equal(got, []byte(sdl)) {
			t.Errorf("%v %s", answer.Header(), got)
		}
	}
}

func TestETags(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, nil)
	ask := func(header ...string) *http.Request {
		r := get("query", `{hello(name:"`+strings.Repeat("x", 3000)+`")}`)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return r
	}
	first := k.wantRun(ask(), true)
	tag := first.Header().Get("ETag")
	if !strings.HasPrefix(tag, `W/"`) || len(tag) < 20 {
		t.Fatalf("ETag %q", tag)
	}
	for name, r := range map[string]*http.Request{
		"given again": ask(), "packed": ask("Accept-Encoding", "gzip"), "as the newer type": ask("Accept", asGraphQL),
	} {
		if got := k.wantRun(r, false).Header().Get("ETag"); got != tag {
			t.Errorf("%s: ETag %q, want %q: it is over the data alone", name, got, tag)
		}
	}
	for match, want := range map[string]int{
		tag: 304, strings.TrimPrefix(tag, "W/"): 304, `"other", ` + tag: 304, "*": 304, `W/"other"`: 200, "": 200, tag + "x": 200,
	} {
		for _, coding := range []string{"", "br"} {
			answer := k.wantRun(ask("If-None-Match", match, "Accept-Encoding", coding), false)
			if answer.Code != want {
				t.Errorf("If-None-Match %s: %d, want %d", match, answer.Code, want)
			}
			header := answer.Header()
			if answer.Code == 304 && (answer.Body.Len() > 0 || header.Get("ETag") != tag || header.Get("Vary") == "" ||
				header.Get("Cache-Control") != "private, max-age=60" || len(header) != 3) {
				t.Errorf("304: %v %s", header, answer.Body)
			}
		}
	}

	if !strings.Contains(k.log.String(), "status=304 bytes=0") {
		t.Errorf("the log tells of no 304: %s", k.log)
	}

	// It changes with the data and with the errors, not with what it costs, and a POST has none.
	other := serve(k, get("query", "{hello}")).Header().Get("ETag")
	broken := serve(k, get("query", "{broken}"))
	if other == tag || broken.Header().Get("ETag") == "" || broken.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%q and %v", other, broken.Header())
	}
	k.almanac.moveTo("2")
	if got := k.wantRun(ask("If-None-Match", tag), true); got.Code != http.StatusNotModified {
		t.Errorf("the same data in a later version: %d, want 304", got.Code)
	}
	for range 2 {
		if got := serve(k, with(post(askHello), "If-None-Match", "*")); got.Code != http.StatusOK || got.Header().Get("ETag") != "" {
			t.Errorf("POST: %d %v", got.Code, got.Header())
		}
	}
	if got := serve(k, with(get("query", "{nothing}"), "If-None-Match", "*")); got.Code != http.StatusOK || got.Header().Get("ETag") != "" {
		t.Errorf("what did not run: %d %v", got.Code, got.Header())
	}
}

// Without a domain that says when its data changes nothing is kept here, but a client may.
func TestCachePolicy(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		hint    time.Duration
		request *http.Request
		want    string
	}{
		"a minute":         {time.Minute, get("query", "{hello}"), "private, max-age=60"},
		"a POST":           {time.Minute, post(askHello), "private, max-age=60"},
		"never":            {0, get("query", "{hello}"), "no-store"},
		"a field's error":  {time.Minute, get("query", "{broken}"), "no-store"},
		"a request error":  {time.Minute, get("query", "{nothing}"), "no-store"},
		"a mutation":       {time.Minute, post(`{"query":"mutation{poke}"}`), "no-store"},
		"a refusal":        {time.Minute, asNobody(post(askHello)), "no-store"},
		"anybody":          {time.Minute, asNobody(get("query", "{hello}", "public", "1")), "public, max-age=60"},
		"less than a tick": {time.Millisecond, get("query", "{hello}"), "no-store"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			handler := newEdge(t, func(cfg *edge.Config) {
				cfg.MaxAge = func(*ast.OperationDefinition) time.Duration { return test.hint }
				if test.request.Method == http.MethodGet && test.request.Header.Get("Authorization") == "" {
					cfg.Access = edge.AccessSummary
				}
			})
			if got := serve(handler, test.request).Header().Get("Cache-Control"); got != test.want {
				t.Errorf("Cache-Control %q, want %q", got, test.want)
			}
		})
	}
}

func TestServerTiming(t *testing.T) {
	t.Parallel()
	k := newKeeper(t, nil)
	for _, want := range []string{"total;dur=0", "cache;desc=hit, total;dur=0"} {
		if got := serve(k, post(askHello)).Header().Get("Server-Timing"); got != want {
			t.Errorf("Server-Timing %q, want %q", got, want)
		}
	}
}
