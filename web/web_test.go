package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/web"
)

func TestPlaygroundServesEveryFile(t *testing.T) {
	t.Parallel()
	handler := web.Playground()
	for name, content := range built(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target := address(name)

			gzipped := get(t, handler, target, "br, gzip")
			if got, want := gzipped.Header.Get("Content-Encoding"), "gzip"; got != want {
				t.Errorf("Content-Encoding = %q, want %q", got, want)
			}
			if got := gunzip(t, gzipped.Body); !bytes.Equal(got, content) {
				t.Errorf("gzipped answer holds %d other bytes, want the file's %d", len(got), len(content))
			}

			plain := get(t, handler, target, "")
			if got := plain.Header.Get("Content-Encoding"); got != "" {
				t.Errorf("Content-Encoding = %q without Accept-Encoding, want none", got)
			}
			if got := readAll(t, plain.Body); !bytes.Equal(got, content) {
				t.Errorf("plain answer holds %d other bytes, want the file's %d", len(got), len(content))
			}

			for _, response := range []*http.Response{gzipped, plain} {
				if diff := cmp.Diff(wantHeader(t, name), pick(response.Header)); diff != "" {
					t.Errorf("header (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestPlaygroundHead(t *testing.T) {
	t.Parallel()
	handler := web.Playground()
	for name := range built(t) {
		response := do(t, handler, http.MethodHead, address(name), nil)
		if response.StatusCode != http.StatusOK {
			t.Errorf("HEAD %s: status %d", name, response.StatusCode)
		}
		if body := readAll(t, response.Body); len(body) > 0 {
			t.Errorf("HEAD %s: a body of %d bytes", name, len(body))
		}
		if diff := cmp.Diff(wantHeader(t, name), pick(response.Header)); diff != "" {
			t.Errorf("HEAD %s: header (-want +got):\n%s", name, diff)
		}
	}
}

func TestPlaygroundPaths(t *testing.T) {
	t.Parallel()
	handler := web.Playground()
	tests := []struct {
		name, method, target string
		want                 int
	}{
		{"without slash", http.MethodGet, "/playground", http.StatusOK},
		{"with slash", http.MethodGet, "/playground/", http.StatusOK},
		{"with a query", http.MethodGet, "/playground?query=%7B%20status%20%7D", http.StatusOK},
		{"page by its file name", http.MethodGet, "/playground/index.html", http.StatusNotFound},
		{"unknown page", http.MethodGet, "/playground/settings", http.StatusNotFound},
		{"unknown asset", http.MethodGet, "/playground/assets/index-00000000.js", http.StatusNotFound},
		{"folder", http.MethodGet, "/playground/assets/", http.StatusNotFound},
		{"compressed name", http.MethodGet, "/playground/licenses.txt.gz", http.StatusNotFound},
		{"outside", http.MethodGet, "/", http.StatusNotFound},
		{"escaped way up", http.MethodGet, "/playground/assets/%2e%2e%2fweb.go", http.StatusNotFound},
		{"post", http.MethodPost, "/playground", http.StatusMethodNotAllowed},
		{"delete an asset", http.MethodDelete, "/playground/licenses.txt", http.StatusMethodNotAllowed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			response := do(t, handler, test.method, test.target, nil)
			if response.StatusCode != test.want {
				t.Errorf("%s %s: status %d, want %d", test.method, test.target, response.StatusCode, test.want)
			}
			if response.Header.Get("Content-Security-Policy") == "" {
				t.Errorf("%s %s: no Content-Security-Policy", test.method, test.target)
			}
			if got := response.Header.Get("X-Content-Type-Options"); got != "nosniff" {
				t.Errorf("%s %s: X-Content-Type-Options = %q", test.method, test.target, got)
			}
		})
	}
}

func TestPlaygroundEncoding(t *testing.T) {
	t.Parallel()
	handler := web.Playground()
	tests := []struct {
		name   string
		accept []string
		want   string
	}{
		{"none", nil, ""},
		{"empty", []string{""}, ""},
		{"gzip", []string{"gzip"}, "gzip"},
		{"a browser's", []string{"gzip, deflate, br, zstd"}, "gzip"},
		{"capitals", []string{"GZIP"}, "gzip"},
		{"weighted", []string{"br;q=1.0, gzip;q=0.8, *;q=0.1"}, "gzip"},
		{"spaced", []string{" deflate , gzip ; q=0.5"}, "gzip"},
		{"several lines", []string{"br", "gzip"}, "gzip"},
		{"refused", []string{"gzip;q=0, br"}, ""},
		{"refused in full", []string{"gzip;q=0.000"}, ""},
		{"garbled weight", []string{"gzip;q=high"}, ""},
		{"another coding", []string{"br"}, ""},
		{"a longer name", []string{"x-gzip-like"}, ""},
		{"anything", []string{"*"}, ""},
		{"plain", []string{"identity"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			response := do(t, handler, http.MethodGet, "/playground", http.Header{"Accept-Encoding": test.accept})
			if got := response.Header.Get("Content-Encoding"); got != test.want {
				t.Errorf("Content-Encoding = %q for Accept-Encoding %q, want %q", got, test.accept, test.want)
			}
		})
	}
}

func TestPlaygroundRevalidates(t *testing.T) {
	t.Parallel()
	handler := web.Playground()
	first := get(t, handler, "/playground", "gzip")
	again := do(t, handler, http.MethodGet, "/playground", http.Header{"If-None-Match": {first.Header.Get("ETag")}})
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("status %d for the page's own ETag, want %d", again.StatusCode, http.StatusNotModified)
	}
	other := do(t, handler, http.MethodGet, "/playground", http.Header{"If-None-Match": {`W/"0"`}})
	if other.StatusCode != http.StatusOK {
		t.Errorf("status %d for another ETag, want %d", other.StatusCode, http.StatusOK)
	}
}

func TestPlaygroundPolicy(t *testing.T) {
	t.Parallel()
	response := get(t, web.Playground(), "/playground", "")
	policy := make(map[string]string)
	for directive := range strings.SplitSeq(response.Header.Get("Content-Security-Policy"), ";") {
		name, sources, _ := strings.Cut(strings.TrimSpace(directive), " ")
		policy[name] = sources
	}
	want := map[string]string{
		"default-src":     "'none'",
		"script-src":      "'self'",
		"worker-src":      "'self'",
		"connect-src":     "'self'",
		"style-src":       "'self' 'unsafe-inline'",
		"img-src":         "'self' data:",
		"font-src":        "'self'",
		"base-uri":        "'none'",
		"form-action":     "'none'",
		"frame-ancestors": "'none'",
	}
	if diff := cmp.Diff(want, policy); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
	// Under that policy a script in the page itself would not run.
	if inline := regexp.MustCompile(`<script(?:\s[^>]*)?>[^<]`).Find(readAll(t, response.Body)); inline != nil {
		t.Errorf("the page has an inline script: %s", inline)
	}
}

// outsideLoad matches what stands before "//" where HTML, CSS or JavaScript has a browser fetch something from another
// host without being asked. Addresses in links, comments and messages are no loads.
var outsideLoad = regexp.MustCompile(`(?i)(?:` + strings.Join([]string{
	`<(?:script|img|iframe|source|embed)[^>]*\ssrc=["']?`,
	`<(?:link|use|base)[^>]*\shref=["']?`,
	`<object[^>]*\sdata=["']?`,
	`\burl\(\s*["']?`,
	`@import\s*["']`,
	`\b(?:import|from)\s*\(?\s*["'\x60]`,
	`\b(?:importScripts|fetch|sendBeacon|Worker|WebSocket|EventSource|Request)\(\s*["'\x60]`,
	`\.src\s*=\s*["'\x60]`,
}, "|") + `)(?:https?:|wss?:)?$`)

// outsideLoads returns the places of a text that outsideLoad matches, with what follows.
func outsideLoads(text []byte) []string {
	var found []string
	for from := 0; ; {
		i := bytes.Index(text[from:], []byte("//"))
		if i < 0 {
			return found
		}
		slashes := from + i
		// Built files have lines of a megabyte, so it is a stretch that is looked at, not the line.
		before := text[max(0, slashes-200):slashes]
		if outsideLoad.Match(before) {
			found = append(found, string(text[max(0, slashes-40):min(len(text), slashes+80)]))
		}
		from = slashes + len("//")
	}
}

func TestPlaygroundLoadsNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	for name, content := range built(t) {
		switch path.Ext(name) {
		case ".html", ".css", ".js", ".svg":
			for _, load := range outsideLoads(content) {
				t.Errorf("%s loads from another host: %s", name, load)
			}
		}
	}
}

func TestOutsideLoads(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want bool
	}{
		{`<script type="module" src="https://cdn.example/x.js">`, true},
		{`<link rel="stylesheet" href="//cdn.example/x.css">`, true},
		{`@font-face{src:url(https://fonts.example/x.woff2)}`, true},
		{`@import "https://cdn.example/x.css";`, true},
		{`import"https://cdn.example/x.js";`, true},
		{`import{a}from"https://cdn.example/x.js";`, true},
		{"await import(`https://cdn.example/x.js`)", true},
		{`new Worker("https://cdn.example/w.js")`, true},
		{`fetch('https://api.example/')`, true},
		{`image.src="//cdn.example/x.png"`, true},
		{`<script type="module" src="/playground/assets/x.js">`, false},
		{`<a href="https://docs.example/">`, false},
		{`throw Error("see https://docs.example/")`, false},
		{`xmlns="http://www.w3.org/2000/svg"`, false},
		{`import("./x.js")//https://cdn.example`, false},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			if got := len(outsideLoads([]byte(test.text))) > 0; got != test.want {
				t.Errorf("found = %t, want %t", got, test.want)
			}
		})
	}
}

// The end of a built file's name: its hash and its ending.
var hashedName = regexp.MustCompile(`-[\w-]{8}\.(?:js|css|svg|ttf)\b`)

// references returns the built files that a text names: by a whole path in HTML, by a relative one elsewhere.
func references(text []byte) []string {
	var names []string
	for _, end := range hashedName.FindAllIndex(text, -1) {
		start := 1 + bytes.LastIndexAny(text[:end[0]], "/\"'`(=")
		names = append(names, "assets/"+string(text[start:end[1]]))
	}
	return names
}

func TestPlaygroundRefersToWhatIsThere(t *testing.T) {
	t.Parallel()
	files := built(t)
	named := make(map[string]bool)
	for name, content := range files {
		for _, target := range references(content) {
			named[target] = true
			if _, there := files[target]; !there {
				t.Errorf("%s names %s, which is not there", name, target)
			}
		}
	}
	for name := range files {
		if strings.HasPrefix(name, "assets/") && !named[name] {
			t.Errorf("nothing names %s", name)
		}
	}
}

// built returns the files of the built playground, unpacked, by the names that they are served under.
func built(t *testing.T) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	dist := os.DirFS("dist/playground")
	err := fs.WalkDir(dist, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := dist.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		files[strings.TrimSuffix(name, ".gz")] = gunzip(t, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, there := files["index.html"]; !there {
		t.Fatal("dist/playground holds no index.html")
	}
	return files
}

func address(name string) string {
	if name == "index.html" {
		return "/playground/"
	}
	return "/playground/" + name
}

func wantHeader(t *testing.T, name string) map[string]string {
	t.Helper()
	contentTypes := map[string]string{
		".html": "text/html; charset=utf-8",
		".js":   "text/javascript; charset=utf-8",
		".css":  "text/css; charset=utf-8",
		".svg":  "image/svg+xml",
		".ttf":  "font/ttf",
		".txt":  "text/plain; charset=utf-8",
	}
	contentType, known := contentTypes[path.Ext(name)]
	if !known {
		t.Errorf("%s: no content type is known for this ending", name)
	}
	cacheControl := "no-cache"
	if strings.HasPrefix(name, "assets/") {
		cacheControl = "public, max-age=31536000, immutable"
	}
	return map[string]string{
		"Cache-Control":          cacheControl,
		"Content-Type":           contentType,
		"Vary":                   "Accept-Encoding",
		"X-Content-Type-Options": "nosniff",
	}
}

func pick(header http.Header) map[string]string {
	picked := make(map[string]string)
	for _, name := range []string{"Cache-Control", "Content-Type", "Vary", "X-Content-Type-Options"} {
		picked[name] = header.Get(name)
	}
	return picked
}

func get(t *testing.T, handler http.Handler, target, acceptEncoding string) *http.Response {
	t.Helper()
	header := make(http.Header)
	if acceptEncoding != "" {
		header.Set("Accept-Encoding", acceptEncoding)
	}
	response := do(t, handler, http.MethodGet, target, header)
	if response.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: status %d", target, response.StatusCode)
	}
	return response
}

func do(t *testing.T, handler http.Handler, method, target string, header http.Header) *http.Response {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	maps.Copy(request.Header, header)
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder.Result()
}

func gunzip(t *testing.T, from io.Reader) []byte {
	t.Helper()
	reader, err := gzip.NewReader(from)
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, reader)
}

func readAll(t *testing.T, from io.Reader) []byte {
	t.Helper()
	content, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
