package edge

import (
	"net/http"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"domestique/tokens"
)

// sessionLife is how long a browser stays signed in.
const sessionLife = 30 * 24 * time.Hour

// sessionsEnded is how many ended sessions are remembered. Only the owner can end one.
const sessionsEnded = 4096

// sessions are the browsers that are signed in as the owner. The cookie says which of the owner's keys opened the session, so
// it is good on every replica, and only as long as that key is one of the owner's. All that is kept here is which sessions
// were ended: a copy of their cookie is worth nothing any more, on this replica and until it stops. What ends every session
// everywhere is another key.
type sessions struct {
	cookie sealedCookie[session]
	keys   ownerKeys
	ended  *lru.Cache[string, struct{}]
}

// session is what the cookie holds.
type session struct {
	Key keyHash // Of the key that opened it.
	ID  string
}

func newSessions(keys ownerKeys, keyring *tokens.Keyring, secure bool, now func() time.Time) (*sessions, error) {
	cookie := sealedCookie[session]{
		name: "domestique-session", path: "/", use: "domestique session", life: sessionLife,
		secure: secure, keyring: keyring, now: now,
	}
	if secure {
		cookie.name = "__Host-" + cookie.name // No neighbour on the same domain can plant one of that name.
	}
	ended, err := lru.New[string, struct{}](sessionsEnded)
	return &sessions{cookie: cookie, keys: keys, ended: ended}, err
}

// hold reports whether the request comes from a browser that is signed in. A nil *sessions holds none.
func (s *sessions) hold(r *http.Request) bool {
	if s == nil {
		return false
	}
	opened, err := s.cookie.read(r)
	return err == nil && opened.ID != "" && s.keys.contain(opened.Key) && !s.ended.Contains(opened.ID)
}

// open signs the browser in, by the key with that hash. The id is one that nobody else has.
func (s *sessions) open(w http.ResponseWriter, key keyHash, id string) error {
	return s.cookie.set(w, session{Key: key, ID: id})
}

// end signs the browser out, and whoever has a copy of its cookie.
func (s *sessions) end(w http.ResponseWriter, r *http.Request) {
	if s.hold(r) {
		if opened, err := s.cookie.read(r); err == nil {
			s.ended.Add(opened.ID, struct{}{})
		}
	}
	s.cookie.remove(w)
}
