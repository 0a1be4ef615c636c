// Package web holds the pages that the gateway serves about itself: built by Vite from the TypeScript beside this file
// into dist, embedded compressed, and served without any other host.
//
// `make web` rebuilds dist after a change of the sources.
package web

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
)

// Every file below dist is a gzip file; without its ".gz" its name is the one that it is served under.
//
//go:embed all:dist/playground all:dist/pages all:dist/widget
var dist embed.FS

// documents are the widget's, by whose hashes its script asks.
//
//go:embed widget/*.graphql
var documents embed.FS

// tokens are the colours, fonts and sizes of all pages.
//
//go:embed design/tokens.css
var tokens string

// pagesPolicy lets the pages load and ask nothing but this gateway, and no style or script stand in the page itself. The
// pictures of the athlete and of activities are elsewhere: on hosts that Strava chooses, and changes.
const pagesPolicy = "default-src 'none'; " +
	"script-src 'self'; " +
	"connect-src 'self'; " +
	"style-src 'self'; " +
	"img-src 'self' https:PICTURES; " +
	"font-src 'self'; " +
	"base-uri 'none'; " +
	"form-action 'none'; " +
	"frame-ancestors 'none'"

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

// Pages returns the handler of the dashboard at /, of an activity's page at /activities/ID and of the widget's examples at
// /widget/, with what they load from below /assets/, and the licences of what is in them at /licenses.txt; and of the widget
// itself at /widget.js, which pages of any origin may load. The pages ask /graphql of the same origin, as
// anybody's page could. Pictures are loaded by https, and from the origin of stravaAPI, an address of Strava's API: a fake
// Strava keeps its pictures there, without https. It answers GET and HEAD, and is safe for concurrent use. It knows its
// paths whole: mount it without http.StripPrefix.
func Pages(stravaAPI string) http.Handler {
	mux := http.NewServeMux()
	for name, file := range readFiles("dist/pages") {
		switch name {
		case "index.html":
			mux.Handle("GET /{$}", file)
		case "activity.html":
			mux.Handle("GET /activities/{id}", file)
		case "widget.html":
			mux.Handle("GET /widget", file)
			mux.Handle("GET /widget/{$}", file)
		default:
			mux.Handle("GET /"+name, file)
		}
	}
	for name, file := range readFiles("dist/widget") {
		mux.Handle("GET /"+name, forAnyOrigin(file))
	}
	return withPolicy(strings.Replace(pagesPolicy, "PICTURES", pictureSource(stravaAPI), 1), mux)
}

// pictureSource is the origin of an address, as one more source of pictures; nothing for one that https covers already.
func pictureSource(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "http" || parsed.Host == "" {
		return ""
	}
	return " http://" + parsed.Host
}

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

// WidgetDocuments returns the documents that the widget asks for by their hashes. A gateway that trusts these answers every
// widget, and nothing else by them.
func WidgetDocuments() []string {
	files, err := fs.Glob(documents, "widget/*.graphql")
	if err != nil {
		panic("web: list the widget's documents: " + err.Error())
	}
	texts := make([]string, 0, len(files))
	for _, file := range files {
		text, err := documents.ReadFile(file)
		if err != nil {
			panic("web: read the widget's documents: " + err.Error())
		}
		texts = append(texts, string(text))
	}
	return texts
}

// Style returns the design's tokens and its font as CSS, for pages of this gateway that are made elsewhere. The font is one of
// the files that Pages serves.
func Style() string {
	fonts, err := fs.Glob(dist, "dist/pages/assets/barlow-*.woff2.gz")
	if err != nil || len(fonts) != 1 {
		panic(fmt.Sprintf("web: find the one font among the embedded pages: %q, %v", fonts, err))
	}
	address := strings.TrimSuffix(strings.TrimPrefix(fonts[0], "dist/pages"), ".gz")
	return tokens + `@font-face{font-family:"Barlow Condensed";font-weight:600;font-display:swap;src:url(` + address + `) format("woff2")}`
}

// forAnyOrigin lets the pages of other origins load what a handler answers: as a script, and as a module, which asks by CORS.
func forAnyOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		next.ServeHTTP(w, r)
	})
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
