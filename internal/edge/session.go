package edge

import (
	"net/http"
	"time"

	"domestique/tokens"
)

// sessionLife is how long a browser stays signed in.
const sessionLife = 30 * 24 * time.Hour

// sessions are the browsers that are signed in as the owner. Nothing is kept here: the cookie says which of the owner's
// keys opened the session, so it is good on every replica, and only as long as that key is one of the owner's.
type sessions struct {
	cookie sealedCookie[session]
	keys   ownerKeys
}

// session is what the cookie holds.
type session struct {
	Key keyHash // Of the key that opened it.
}

func newSessions(keys ownerKeys, keyring *tokens.Keyring, secure bool, now func() time.Time) *sessions {
	cookie := sealedCookie[session]{
		name: "domestique-session", path: "/", use: "domestique session", life: sessionLife,
		secure: secure, keyring: keyring, now: now,
	}
	if secure {
		cookie.name = "__Host-" + cookie.name // No neighbour on the same domain can plant one of that name.
	}
	return &sessions{cookie: cookie, keys: keys}
}

// hold reports whether the request comes from a browser that is signed in. A nil *sessions holds none.
func (s *sessions) hold(r *http.Request) bool {
	if s == nil {
		return false
	}
	opened, err := s.cookie.read(r)
	return err == nil && s.keys.contain(opened.Key)
}

// open signs the browser in, by the key with that hash.
func (s *sessions) open(w http.ResponseWriter, key keyHash) error {
	return s.cookie.set(w, session{Key: key})
}
