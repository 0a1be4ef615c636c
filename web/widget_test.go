package web_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/web"
)

// Whoever puts the widget on a page adds less to it than a picture of a stamp's size.
func TestTheWidgetIsSmall(t *testing.T) {
	t.Parallel()
	script := readAll(t, get(t, web.Pages(""), "/widget.js", "gzip").Body)
	if len(script) > 12_000 || len(script) < 1_000 {
		t.Errorf("/widget.js has %d compressed bytes, want at most 12,000 and not next to nothing", len(script))
	}
}

// The script has one name for good and is for the pages of others.
func TestTheWidgetIsForOtherSites(t *testing.T) {
	t.Parallel()
	for _, encoding := range []string{"", "gzip"} {
		header := get(t, web.Pages(""), "/widget.js", encoding).Header
		got := make(map[string]string)
		for _, name := range []string{
			"Access-Control-Allow-Origin", "Cache-Control", "Content-Type", "Cross-Origin-Resource-Policy", "Vary", "X-Content-Type-Options",
		} {
			got[name] = header.Get(name)
		}
		want := map[string]string{
			"Access-Control-Allow-Origin":  "*",
			"Cache-Control":                "public, max-age=3600, stale-while-revalidate=86400",
			"Content-Type":                 "text/javascript; charset=utf-8",
			"Cross-Origin-Resource-Policy": "cross-origin",
			"Vary":                         "Accept-Encoding",
			"X-Content-Type-Options":       "nosniff",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("with Accept-Encoding %q (-want +got):\n%s", encoding, diff)
		}
		again := do(t, web.Pages(""), http.MethodGet, "/widget.js", http.Header{"If-None-Match": {header.Get("ETag")}})
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("status %d for the script's own ETag, want 304", again.StatusCode)
		}
	}
	if other := get(t, web.Pages(""), "/", "").Header.Get("Access-Control-Allow-Origin"); other != "" {
		t.Errorf("a page is for others, too: %q", other)
	}
}

// The script loads nothing of others, and asks for the very documents that the gateway trusts.
func TestTheWidgetAsksForTrustedDocuments(t *testing.T) {
	t.Parallel()
	script := readAll(t, get(t, web.Pages(""), "/widget.js", "").Body)
	for _, load := range outsideLoads(script) {
		t.Errorf("/widget.js loads from another host: %s", load)
	}
	var asks, trusted []string
	for _, hash := range regexp.MustCompile(`\b[0-9a-f]{64}\b`).FindAll(script, -1) {
		asks = append(asks, string(hash))
	}
	for _, document := range web.WidgetDocuments() {
		sum := sha256.Sum256([]byte(document))
		trusted = append(trusted, hex.EncodeToString(sum[:]))
	}
	slices.Sort(asks)
	slices.Sort(trusted)
	if diff := cmp.Diff(trusted, asks); diff != "" || len(asks) != 3 {
		t.Errorf("the hashes in /widget.js (-trusted +asked):\n%s", diff)
	}
}
