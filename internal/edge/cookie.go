package edge

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

// sealedCookie is a kind of cookie that every replica of this gateway can write and read, and nobody else: its content
// and the end of its life are sealed together. A browser's own idea of a cookie's age is not relied on.
type sealedCookie[T any] struct {
	name, path string
	use        string // What it is for. A cookie that was sealed for something else does not open.
	life       time.Duration
	secure     bool
	keyring    *tokens.Keyring
	now        func() time.Time
}

// What is wrong with a cookie.
var (
	errNoCookie      = errors.New("the cookie is missing, or was not made here")
	errCookieExpired = errors.New("the cookie has expired")
)

// envelope is what is sealed.
type envelope[T any] struct {
	Until   int64 // In Unix seconds.
	Content T
}

// set gives the browser the cookie. It is sent back when another site's link or redirect leads here, as Strava's does,
// and not with another site's POST.
func (c sealedCookie[T]) set(w http.ResponseWriter, content T) error {
	plain, err := json.Marshal(envelope[T]{Until: c.now().Add(c.life).Unix(), Content: content})
	if err != nil {
		return fmt.Errorf("write the cookie: %w", err)
	}
	c.send(w, c.keyring.Seal(strava.Secret(plain), c.use), int(c.life/time.Second))
	return nil
}

// read returns what the request's cookie holds; it fails with errNoCookie or errCookieExpired. There may be several of the
// name: a neighbour on the same domain, or another program on localhost, can plant one that comes before ours.
func (c sealedCookie[T]) read(r *http.Request) (T, error) {
	content, err := *new(T), errNoCookie
	for _, cookie := range r.CookiesNamed(c.name) {
		if content, err = c.open(cookie.Value); !errors.Is(err, errNoCookie) {
			break
		}
	}
	return content, err
}

// open is the inverse of what set does to a content.
func (c sealedCookie[T]) open(value string) (T, error) {
	var none T
	plain, err := c.keyring.Open(value, c.use)
	if err != nil {
		return none, errNoCookie
	}
	var opened envelope[T]
	if err := json.Unmarshal([]byte(plain), &opened); err != nil {
		return none, errNoCookie
	}
	if c.now().Unix() >= opened.Until {
		return none, errCookieExpired
	}
	return opened.Content, nil
}

// remove has the browser forget the cookie.
func (c sealedCookie[T]) remove(w http.ResponseWriter) { c.send(w, "", -1) }

func (c sealedCookie[T]) send(w http.ResponseWriter, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure follows PUBLIC_URL: without https a Secure cookie would never come back.
		Name: c.name, Value: value, Path: c.path, MaxAge: maxAge,
		Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
