package edge

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"domestique/web"
)

//go:embed pages
var pageFiles embed.FS

// pages are the forms and notes that work without JavaScript: a layout, and one template for each of them.
type pages struct {
	templates map[string]*template.Template
	style     template.CSS
	styleHash string // As a content security policy names it.
}

// shown is what the layout is filled with.
type shown struct {
	Style template.CSS
	Page  any
}

func newPages() (*pages, error) {
	own, err := pageFiles.ReadFile("pages/style.css")
	if err != nil {
		return nil, fmt.Errorf("edge: read the style of the pages: %w", err)
	}
	style := web.Style() + string(own)
	hash := sha256.Sum256([]byte(style))
	p := &pages{
		templates: make(map[string]*template.Template),
		style:     template.CSS(style), //nolint:gosec // It is part of the program.
		styleHash: "'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'",
	}
	for _, name := range []string{"login.html", "signed-in.html", "connect.html", "note.html"} {
		p.templates[name], err = template.ParseFS(pageFiles, "pages/layout.html", "pages/"+name)
		if err != nil {
			return nil, fmt.Errorf("edge: parse the page %s: %w", name, err)
		}
	}
	return p, nil
}

// policy lets a page load nothing but its own style and the design's font, and send forms to the given sources alone:
// browsers apply it to where the answer to a form redirects to, too.
func (p *pages) policy(formTargets ...string) string {
	return "default-src 'none'; style-src " + p.styleHash + "; font-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'; " +
		"form-action " + strings.Join(formTargets, " ")
}

// notePage is a page that only says something, with one link to go on.
type notePage struct {
	Title, Text    string
	Link, LinkText string
}

// render answers with a page whose forms lead here, and by redirects to the origins formTargets.
func (e *edge) render(w http.ResponseWriter, r *http.Request, status int, name string, page any, formTargets ...string) {
	w.Header().Set("Content-Security-Policy", e.pages.policy(append([]string{"'self'"}, formTargets...)...))
	// With no-referrer a browser would send our own forms with `Origin: null`, as if they came from elsewhere.
	w.Header().Set("Referrer-Policy", "same-origin")
	e.writePage(w, r, status, name, page)
}

// note answers with a page without forms. Its address may hold a code, which no link passes on.
func (e *edge) note(w http.ResponseWriter, r *http.Request, status int, page notePage) {
	w.Header().Set("Content-Security-Policy", e.pages.policy("'none'"))
	e.writePage(w, r, status, "note.html", page)
}

func (e *edge) writePage(w http.ResponseWriter, r *http.Request, status int, name string, page any) {
	var body bytes.Buffer
	if err := e.pages.templates[name].ExecuteTemplate(&body, "layout.html", shown{e.pages.style, page}); err != nil {
		e.fail(w, r, fmt.Errorf("fill in the page %s: %w", name, err))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes()) // A client that hung up is all that can go wrong here.
}

// refuseOtherSite answers a form that another site's page has sent.
func (e *edge) refuseOtherSite(w http.ResponseWriter, r *http.Request) {
	e.note(w, r, http.StatusForbidden, notePage{
		Title: "Refused", Text: "Another site's page sent this form, so nothing was done.", Link: "/login", LinkText: "Sign in",
	})
}

// fail answers for what should not happen; the log says what it was.
func (e *edge) fail(w http.ResponseWriter, r *http.Request, err error) {
	e.Logger.ErrorContext(r.Context(), "answer with a page", "path", r.URL.Path, "error", err)
	writeText(w, http.StatusInternalServerError, "Something went wrong inside the gateway; its log says what.\n")
}

// page puts what all pages have in common around a handler: requests that change something are refused when another
// site's page sent them, and the access log has a line that names the path alone, for what follows it may be a secret.
func (e *edge) page(handler http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := e.Now()
		seen := &statusRecorder{ResponseWriter: w, status: http.StatusOK}
		e.sameSite.Handler(handler).ServeHTTP(seen, r)
		e.Logger.InfoContext(r.Context(), "page", "method", r.Method, "path", r.URL.Path, "status", seen.status,
			"ms", float64(e.Now().Sub(started).Microseconds())/1e3)
	})
}

// statusRecorder remembers the status of an answer.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}
