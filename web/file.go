package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

const (
	// Names below assets/ hold a hash of what is in them: the bytes under such a name never change.
	cacheForever = "public, max-age=31536000, immutable"
	// The page names the assets of this very build, so a browser asks each time whether it is still current.
	cacheButAsk = "no-cache"
	// The script that other sites load has one name for good: it may be an hour old, and a day old where a new one is being
	// fetched, so that no page of theirs waits for it.
	cacheAwhile = "public, max-age=3600, stale-while-revalidate=86400"
)

// file serves one embedded file, in gzip to the clients that take it and plain to the others.
type file struct {
	gzipped      []byte
	contentType  string
	cacheControl string
	etag         string
}

func newFile(name string, gzipped []byte) *file {
	sum := sha256.Sum256(gzipped)
	return &file{
		gzipped:      gzipped,
		contentType:  contentType(name),
		cacheControl: cacheControl(name),
		// Weak, for both encodings have it.
		etag: `W/"` + hex.EncodeToString(sum[:8]) + `"`,
	}
}

func cacheControl(name string) string {
	switch {
	case strings.HasPrefix(name, "assets/"):
		return cacheForever
	case name == "widget.js":
		return cacheAwhile
	default:
		return cacheButAsk
	}
}

// contentType does not ask package mime, whose answers depend on the files of the machine.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".ttf":
		return "font/ttf"
	case ".woff2":
		return "font/woff2"
	case ".txt":
		return "text/plain; charset=utf-8"
	default:
		return "application/octet-stream"
	}
}

func (f *file) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Vary", "Accept-Encoding")
	content := f.gzipped
	if acceptsGzip(r.Header) {
		header.Set("Content-Encoding", "gzip")
	} else {
		plain, err := gunzip(f.gzipped)
		if err != nil {
			http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			return
		}
		content = plain
	}
	header.Set("Content-Type", f.contentType)
	header.Set("Cache-Control", f.cacheControl)
	header.Set("ETag", f.etag)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// acceptsGzip tells whether Accept-Encoding names gzip without refusing it (RFC 9110, section 12.5.3). A mere "*" gets
// the plain bytes, which every client understands.
func acceptsGzip(header http.Header) bool {
	for coding := range strings.SplitSeq(strings.Join(header.Values("Accept-Encoding"), ","), ",") {
		name, parameter, weighted := strings.Cut(coding, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		if !weighted {
			return true
		}
		_, weight, _ := strings.Cut(parameter, "=")
		q, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
		return err == nil && q > 0
	}
	return false
}

func gunzip(gzipped []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(gzipped))
	if err != nil {
		return nil, fmt.Errorf("open gzip: %w", err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		return nil, fmt.Errorf("read gzip: %w", err)
	}
	return plain, nil
}
