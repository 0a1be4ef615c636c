package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"domestique/strava"
	"domestique/tokens"
)

// consentLife is how long the person may take on Strava's page.
const consentLife = 10 * time.Minute

// Strava's ids are short numbers and its secrets 40 characters. A cookie has to hold both.
const (
	maxClientID     = 20
	maxClientSecret = 200
)

// Grant tells how the grant is doing; *tokens.Manager does.
type Grant interface {
	Status(context.Context) tokens.Status
}

// consents connects the gateway to Strava in the owner's browser: what a consent on its way needs to come back to
// whichever replica, and only once.
type consents struct {
	*tokens.Consent
	cookie sealedCookie[attempt]
	spent  *spentStates
}

// attempt is one consent on its way: what the browser that began it carries in a cookie until it comes back.
type attempt struct {
	State        string
	RedirectURL  string
	ClientID     string // As it was entered; with an empty secret: none was.
	ClientSecret string
}

// Format implements fmt.Formatter for all verbs.
func (attempt) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

func newConsents(consent *tokens.Consent, keyring *tokens.Keyring, secure bool, now func() time.Time) *consents {
	cookie := sealedCookie[attempt]{
		name: "domestique-connect", path: "/connect", use: "domestique consent", life: consentLife,
		secure: secure, keyring: keyring, now: now,
	}
	if secure {
		cookie.name = "__Secure-" + cookie.name // __Host- would need the path /.
	}
	return &consents{Consent: consent, cookie: cookie, spent: newSpentStates(now)}
}

// serveConnect shows how the connection is doing, and the way to a new one.
func (e *edge) serveConnect(w http.ResponseWriter, r *http.Request) {
	e.showConnect(w, r, http.StatusOK, connectForm{})
}

// beginConsent takes the form and sends the browser to Strava. Nothing is stored yet: a grant that works goes on working
// until another one is complete.
func (e *edge) beginConsent(w http.ResponseWriter, r *http.Request) {
	if !parsesForm(w, r) {
		e.showConnect(w, r, http.StatusBadRequest, connectForm{Problem: "The form could not be read. Try again."})
		return
	}
	known, fixed, err := e.consents.Application(r.Context())
	if err != nil && !errors.Is(err, tokens.ErrNoApplication) { // A grant can't be stored now, so none is asked for.
		e.showConnect(w, r, consentStatus(err), connectForm{Problem: e.consents.Explain(err)})
		return
	}
	form := connectForm{ClientID: strings.TrimSpace(r.PostForm.Get("client_id"))}
	entered := strava.Application{
		ClientID: form.ClientID, ClientSecret: strava.Secret(strings.TrimSpace(r.PostForm.Get("client_secret"))),
	}
	nothing := entered == strava.Application{}
	switch {
	case fixed && !nothing:
		form.Problem = "The application is set by STRAVA_CLIENT_ID and STRAVA_CLIENT_SECRET, so no other can be entered here."
	case !nothing || !known.Known():
		form.Problem = problemOf(entered)
	}
	if form.Problem != "" {
		e.showConnect(w, r, http.StatusBadRequest, form)
		return
	}
	using := entered
	if nothing {
		using = known
	}
	e.sendToStrava(w, r, using, entered)
}

// sendToStrava gives the browser what it has to come back with.
func (e *edge) sendToStrava(w http.ResponseWriter, r *http.Request, using, entered strava.Application) {
	begun := attempt{
		State: e.Draw(), RedirectURL: callbackURL(e.publicURL, r).String(),
		ClientID: entered.ClientID, ClientSecret: string(entered.ClientSecret),
	}
	if err := e.consents.cookie.set(w, begun); err != nil {
		e.fail(w, r, err)
		return
	}
	seeOther(w, r, e.consents.URL(using, begun.State, begun.RedirectURL))
}

// problemOf says what is wrong with an application that was entered; nothing: "".
func problemOf(app strava.Application) string {
	secret := string(app.ClientSecret)
	switch {
	case app.ClientID == "" || len(app.ClientID) > maxClientID || strings.Trim(app.ClientID, "0123456789") != "":
		return "The client id is a number of digits alone. It stands at https://www.strava.com/settings/api."
	case secret == "":
		return "The client secret is missing. It stands at https://www.strava.com/settings/api, behind “Show”."
	case len(secret) > maxClientSecret || strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > unicode.MaxASCII }):
		return "That is no client secret: it is one word of 40 letters and digits, at https://www.strava.com/settings/api."
	default:
		return ""
	}
}

// consentOrigins are where the form of /connect may lead to: Strava's consent page and the way back from it.
func (e *edge) consentOrigins(callback *url.URL) []string {
	origins := []string{originOf(callback)}
	if page, err := url.Parse(e.consents.URL(strava.Application{}, "", callback.String())); err == nil {
		origins = append(origins, originOf(page))
	}
	return origins
}
