// Package web holds the pages that the gateway serves about itself: built by Vite from the TypeScript beside this file
// into dist, embedded compressed, and served without any other host.
//
// `make web` rebuilds dist after a change of the sources.
package web

import (
	"embed"
	"io/fs"
	"net/http"
	"strings"
)

// Every file below dist is a gzip file; without its ".gz" its name is the one that it is served under.
//
//go:embed all:dist/playground
var dist embed.FS

// playgroundPolicy lets the page load and ask nothing but this gateway; its workers get the same header, so the same
// rule. Monaco, GraphiQL's editor, writes inline styles; scripts need neither unsafe-inline nor unsafe-eval.
const playgroundPolicy = "default-src 'none'; " +
	"script-src 'self'; " +
	"worker-src 'self'; " +
	"connect-src 'self'; " +
	"style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; " +
	"font-src 'self'; " +
	"base-uri 'none'; " +
	"form-action 'none'; " +
	"frame-ancestors 'none'"

// Playground returns the handler of /playground and of everything below it: GraphiQL, which sends what its user writes
// to /graphql of the same origin. It answers GET and HEAD, needs no other host, and is safe for concurrent use. It
// knows its paths whole: mount it without http.StripPrefix.
func Playground() http.Handler {
	mux := http.NewServeMux()
	for name, file := range readFiles("dist/playground") {
		if name == "index.html" {
			mux.Handle("GET /playground", file)
			mux.Handle("GET /playground/{$}", file)
			continue
		}
		mux.Handle("GET /playground/"+name, file)
	}
	return withPolicy(playgroundPolicy, mux)
}

// withPolicy sets the headers that every answer carries, a 404 too.
func withPolicy(policy string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// readFiles returns the files below a folder of dist by the names that they are served under. They are part of the
// program, so one that cannot be read is a broken build, which no caller could mend: it panics.
func readFiles(folder string) map[string]*file {
	files := make(map[string]*file)
	err := fs.WalkDir(dist, folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		gzipped, err := dist.ReadFile(path)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(path, folder+"/"), ".gz")
		files[name] = newFile(name, gzipped)
		return nil
	})
	if err != nil {
		panic("web: read the embedded " + folder + ": " + err.Error())
	}
	return files
}
