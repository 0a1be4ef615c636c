package edge

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// formLimit is far more than our forms hold.
const formLimit = 16 << 10

// loginPage is what the login form shows.
type loginPage struct {
	Next    string // A local path.
	Problem string // Empty: there is none.
}

func (loginPage) title() string { return "Sign in" }

func (p loginPage) main() markup {
	var described markup
	if p.Problem != "" {
		described = ` aria-invalid="true" aria-describedby="problem"`
	}
	return filled(`<h1>Sign in</h1>
<p>This gateway answers its owner alone. The owner's key is <code>OWNER_KEY</code>, or stands in <code>owner.key</code> in the
gateway's data folder.</p>
%s
<form method="post" action="/login">
  <input type="hidden" name="next" value="%s">
  <label for="key">Owner's key</label>
  <input id="key" name="key" type="password" autocomplete="current-password" required autofocus%s>
  <button type="submit">Sign in</button>
</form>`, filledIf(p.Problem, `<p class="problem" role="alert" id="problem">%s</p>`), p.Next, described)
}

// signedInPage is what /login shows who is signed in.
type signedInPage struct{}

func (signedInPage) title() string { return "Signed in" }

func (signedInPage) main() markup {
	return `<h1>You are signed in</h1>
<p>This browser answers as the gateway's owner.</p>
<nav><a href="/playground">Playground</a> <a href="/connect">Connection to Strava</a></nav>
<form method="post" action="/logout"><button type="submit" class="quiet">Sign out</button></form>`
}

// serveLogin shows the form, or takes a start link. Who is signed in already goes on to where they wanted to.
func (e *edge) serveLogin(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	next := localPath(query.Get("next"))
	if query.Has("link") && looksAhead(w, r) {
		return
	}
	switch {
	case e.StartLink.redeem(query.Get("link")):
		e.signIn(w, r, e.owners.keys[0][:], next)
	case e.owners.include(r) && query.Has("next"):
		seeOther(w, r, next)
	case e.owners.include(r):
		e.render(w, http.StatusOK, signedInPage{})
	case query.Has("link"):
		e.render(w, http.StatusForbidden, loginPage{next, "This link does not work, or no longer: it does so " +
			"once, and for ten minutes after the start. Start Domestique again for a new one, or sign in with the owner's key."})
	default:
		e.render(w, http.StatusOK, loginPage{Next: next})
	}
}

// logIn takes the form.
func (e *edge) logIn(w http.ResponseWriter, r *http.Request) {
	if !parsesForm(w, r) {
		e.render(w, http.StatusBadRequest, loginPage{Next: "/", Problem: "The form could not be read. Try again."})
		return
	}
	next, source := localPath(r.PostForm.Get("next")), guessSource(r)
	if wait := e.guesses.wait(source); wait > 0 {
		seconds := strconv.Itoa(int((wait + time.Second - 1) / time.Second))
		w.Header().Set("Retry-After", seconds)
		e.render(w, http.StatusTooManyRequests, loginPage{next, "Too many wrong keys. Wait " + seconds + " s, then try again."})
		return
	}
	key := hashKey(strings.TrimSpace(r.PostForm.Get("key")))
	if !e.owners.keys.contain(key) {
		e.render(w, http.StatusForbidden, loginPage{next, "That is not the owner's key."})
		return
	}
	e.guesses.forgive(source)
	e.signIn(w, r, key, next)
}

// logOut ends the session of this browser, a copied cookie of it included. Others go on until the key is changed.
func (e *edge) logOut(w http.ResponseWriter, r *http.Request) {
	if err := e.owners.sessions.end(w, r); err != nil {
		e.fail(w, r, err)
		return
	}
	seeOther(w, r, "/login")
}

// signIn opens a session and goes on to a local path, so that nothing of how it was opened stays in the address bar.
func (e *edge) signIn(w http.ResponseWriter, r *http.Request, key keyHash, next string) {
	if err := e.owners.sessions.open(w, key, e.Draw()); err != nil {
		e.fail(w, r, err)
		return
	}
	seeOther(w, r, next)
}

// ownerOnly lets the owner through. A browser of somebody else is sent to the login and from there to the front of
// /connect, never to the address that it asked for, which may hold a code; a program is told what is missing.
func (e *edge) ownerOnly(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case e.owners.include(r):
			next(w, r)
		case byBrowser(r):
			seeOther(w, r, "/login?next=/connect")
		default:
			e.refuse(w, r, refuseUnauthenticated())
		}
	}
}

// parsesForm reads the body of a POST into r.PostForm.
func parsesForm(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, formLimit)
	return r.ParseForm() == nil
}

// seeOther sends the browser on, to Strava or to what localPath let through.
func seeOther(w http.ResponseWriter, r *http.Request, address string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, address, http.StatusSeeOther) //nolint:gosec // See localPath.
}
