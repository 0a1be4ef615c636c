package edge

import (
	"crypto/sha256"
	_ "embed" // For the style.
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"net/http"
	"strings"

	"domestique/web"
)

//go:embed style.css
var ownStyle string

// pages are the forms and notes that work without JavaScript. They are not templates of html/template: a program that has
// those keeps every exported method of every type that it knows, because a template may name any, and is a tenth larger.
type pages struct {
	style     markup
	styleHash string // As a content security policy names it.
}

func newPages() *pages {
	style := web.Style() + ownStyle
	hash := sha256.Sum256([]byte(style))
	return &pages{style: markup(style), styleHash: "'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"}
}

// markup is HTML. Whatever is not written in this program becomes a part of it by filled.
type markup string

// filled puts values into a form that has a %s for each, in an element's text or in an attribute's quotes: markup as it is, and
// everything else escaped. What an address begins with is up to the form, or to who made it.
func filled(form markup, values ...any) markup {
	for i, value := range values {
		if _, is := value.(markup); !is {
			values[i] = html.EscapeString(fmt.Sprint(value))
		}
	}
	return markup(fmt.Sprintf(string(form), values...))
}

// filledIf is the form filled with that value, and nothing without one.
func filledIf(value string, form markup) markup {
	if value == "" {
		return ""
	}
	return filled(form, value)
}

// shownPage is what stands in the layout.
type shownPage interface {
	title() string
	main() markup
}

const layout markup = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>%s · Domestique</title>
<link rel="icon" href="data:,">
<style>%s</style>
</head>
<body>
<header class="masthead">
  <a class="brand" href="/">
    <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#0f766e"/>
      <g fill="#fff">
        <rect x="14" y="4" width="4" height="4" rx="1.2"/>
        <rect x="11" y="9" width="10" height="3" rx="1.2"/>
        <path d="M11 13.5h10c1.4.8 2 1.8 2 3.2 0 1.3-.9 1.7-.9 2.8s.9 1.5.9 2.8V26a2 2 0 0 1-2 2H11a2 2 0 0 1-2-2v-3.7c0-1.3.9-1.7.9-2.8s-.9-1.5-.9-2.8c0-1.4.6-2.4 2-3.2z"/>
      </g>
    </svg>
    Domestique
  </a>
  <nav aria-label="Pages"><a href="/playground">Playground</a> <a href="/widget/">Widget</a> <a href="/connect">Connection</a></nav>
</header>
<main>
%s
</main>
</body>
</html>
`

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

func (p notePage) title() string { return p.Title }

func (p notePage) main() markup {
	return filled(`<h1>%s</h1>
<p class="problem" role="alert">%s</p>
<nav><a href="%s">%s</a></nav>`, p.Title, p.Text, p.Link, p.LinkText)
}

// render answers with a page whose forms lead here, and by redirects to the origins formTargets.
func (e *edge) render(w http.ResponseWriter, status int, shown shownPage, formTargets ...string) {
	w.Header().Set("Content-Security-Policy", e.pages.policy(append([]string{"'self'"}, formTargets...)...))
	// With no-referrer a browser would send our own forms with `Origin: null`, as if they came from elsewhere.
	w.Header().Set("Referrer-Policy", "same-origin")
	e.writePage(w, status, shown)
}

// note answers with a page without forms. Its address may hold a code, which no link passes on.
func (e *edge) note(w http.ResponseWriter, status int, shown notePage) {
	w.Header().Set("Content-Security-Policy", e.pages.policy("'none'"))
	e.writePage(w, status, shown)
}

func (e *edge) writePage(w http.ResponseWriter, status int, shown shownPage) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, string(filled(layout, shown.title(), e.pages.style, shown.main()))) // A client that hung up is all that can go wrong here.
}

// refuseOtherSite answers a form that another site's page has sent.
func (e *edge) refuseOtherSite(w http.ResponseWriter, r *http.Request) {
	e.note(w, http.StatusForbidden, notePage{
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
			"us", e.Now().Sub(started).Microseconds())
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
