package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/web"
)

func TestServesEveryFile(t *testing.T) {
	t.Parallel()
	for _, bundle := range bundles() {
		for name, content := range built(t, bundle) {
			t.Run(bundle.base+name, func(t *testing.T) {
				t.Parallel()
				target := bundle.address(name)

				gzipped := get(t, bundle.handler, target, "br, gzip")
				if got, want := gzipped.Header.Get("Content-Encoding"), "gzip"; got != want {
					t.Errorf("Content-Encoding = %q, want %q", got, want)
				}
				if got := gunzip(t, gzipped.Body); !bytes.Equal(got, content) {
					t.Errorf("gzipped answer holds %d other bytes, want the file's %d", len(got), len(content))
				}

				plain := get(t, bundle.handler, target, "")
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
}

func TestHead(t *testing.T) {
	t.Parallel()
	for _, bundle := range bundles() {
		for name := range built(t, bundle) {
			response := do(t, bundle.handler, http.MethodHead, bundle.address(name), nil)
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
}

func TestPaths(t *testing.T) {
	t.Parallel()
	pages, playground := web.Pages(""), web.Playground()
	tests := []struct {
		name           string
		handler        http.Handler
		method, target string
		want           int
	}{
		{"dashboard", pages, http.MethodGet, "/", http.StatusOK},
		{"dashboard with a query", pages, http.MethodGet, "/?from=login", http.StatusOK},
		{"dashboard by its file name", pages, http.MethodGet, "/index.html", http.StatusNotFound},
		{"activity", pages, http.MethodGet, "/activities/20812893099", http.StatusOK},
		{"activity by its global id", pages, http.MethodGet, "/activities/QWN0aXZpdHk6MQ", http.StatusOK},
		{"activity by its file name", pages, http.MethodGet, "/activity.html", http.StatusNotFound},
		{"no activity", pages, http.MethodGet, "/activities/", http.StatusNotFound},
		{"below an activity", pages, http.MethodGet, "/activities/1/laps", http.StatusNotFound},
		{"widget's page", pages, http.MethodGet, "/widget/", http.StatusOK},
		{"widget's page without slash", pages, http.MethodGet, "/widget", http.StatusOK},
		{"widget's page by its file name", pages, http.MethodGet, "/widget.html", http.StatusNotFound},
		{"below the widget's page", pages, http.MethodGet, "/widget/latest", http.StatusNotFound},
		{"widget", pages, http.MethodGet, "/widget.js", http.StatusOK},
		{"post to the widget", pages, http.MethodPost, "/widget.js", http.StatusMethodNotAllowed},
		{"unknown page", pages, http.MethodGet, "/settings", http.StatusNotFound},
		{"unknown asset", pages, http.MethodGet, "/assets/index-00000000.js", http.StatusNotFound},
		{"folder", pages, http.MethodGet, "/assets/", http.StatusNotFound},
		{"compressed name", pages, http.MethodGet, "/licenses.txt.gz", http.StatusNotFound},
		{"escaped way up", pages, http.MethodGet, "/assets/%2e%2e%2fweb.go", http.StatusNotFound},
		{"post", pages, http.MethodPost, "/", http.StatusMethodNotAllowed},

		{"playground without slash", playground, http.MethodGet, "/playground", http.StatusOK},
		{"playground with slash", playground, http.MethodGet, "/playground/", http.StatusOK},
		{"playground with a query", playground, http.MethodGet, "/playground?query=%7B%20status%20%7D", http.StatusOK},
		{"playground by its file name", playground, http.MethodGet, "/playground/index.html", http.StatusNotFound},
		{"unknown page of the playground", playground, http.MethodGet, "/playground/settings", http.StatusNotFound},
		{"unknown asset of the playground", playground, http.MethodGet, "/playground/assets/index-00000000.js", http.StatusNotFound},
		{"folder of the playground", playground, http.MethodGet, "/playground/assets/", http.StatusNotFound},
		{"compressed name of the playground", playground, http.MethodGet, "/playground/licenses.txt.gz", http.StatusNotFound},
		{"outside of the playground", playground, http.MethodGet, "/", http.StatusNotFound},
		{"escaped way up from the playground", playground, http.MethodGet, "/playground/assets/%2e%2e%2fweb.go", http.StatusNotFound},
		{"post to the playground", playground, http.MethodPost, "/playground", http.StatusMethodNotAllowed},
		{"delete an asset", playground, http.MethodDelete, "/playground/licenses.txt", http.StatusMethodNotAllowed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			response := do(t, test.handler, test.method, test.target, nil)
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

func TestEncoding(t *testing.T) {
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

func TestRevalidates(t *testing.T) {
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

func TestPolicy(t *testing.T) {
	t.Parallel()
	pages := func(pictures string) map[string]string {
		return map[string]string{
			"default-src":     "'none'",
			"script-src":      "'self'",
			"connect-src":     "'self'",
			"style-src":       "'self'",
			"img-src":         pictures,
			"font-src":        "'self'",
			"base-uri":        "'none'",
			"form-action":     "'none'",
			"frame-ancestors": "'none'",
		}
	}
	tests := map[string]struct {
		handler http.Handler
		target  string
		want    map[string]string
	}{
		"dashboard":               {web.Pages("https://www.strava.com/api/v3"), "/", pages("'self' https:")},
		"activity":                {web.Pages("https://www.strava.com/api/v3"), "/activities/1", pages("'self' https:")},
		"widget's page":           {web.Pages("https://www.strava.com/api/v3"), "/widget/", pages("'self' https:")},
		"with a fake Strava":      {web.Pages("http://127.0.0.1:9090/api/v3"), "/", pages("'self' https: http://127.0.0.1:9090")},
		"without any Strava":      {web.Pages(""), "/", pages("'self' https:")},
		"with what is no address": {web.Pages("http://%zz; script-src *"), "/", pages("'self' https:")},
		"playground": {web.Playground(), "/playground", map[string]string{
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
		}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			response := get(t, test.handler, test.target, "")
			policy := make(map[string]string)
			for directive := range strings.SplitSeq(response.Header.Get("Content-Security-Policy"), ";") {
				name, sources, _ := strings.Cut(strings.TrimSpace(directive), " ")
				policy[name] = sources
			}
			if diff := cmp.Diff(test.want, policy); diff != "" {
				t.Errorf("policy (-want +got):\n%s", diff)
			}
			// Under that policy a script in the page itself would not run.
			if inline := regexp.MustCompile(`<script(?:\s[^>]*)?>[^<]`).Find(readAll(t, response.Body)); inline != nil {
				t.Errorf("the page has an inline script: %s", inline)
			}
		})
	}
}

func wantHeader(t *testing.T, name string) map[string]string {
	t.Helper()
	contentTypes := map[string]string{
		".html":  "text/html; charset=utf-8",
		".js":    "text/javascript; charset=utf-8",
		".css":   "text/css; charset=utf-8",
		".svg":   "image/svg+xml",
		".ttf":   "font/ttf",
		".txt":   "text/plain; charset=utf-8",
		".woff2": "font/woff2",
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
