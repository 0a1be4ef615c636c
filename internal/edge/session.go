package edge

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// sessionLife is how long a browser stays signed in.
const sessionLife = 30 * 24 * time.Hour

const (
	// sessionsEnded is how many ended sessions are remembered here. Only the owner can end one.
	sessionsEnded = 4096
	// endingsKnown is for how long what is known of other replicas' endings is good enough.
	endingsKnown = 3 * time.Second
	// endingsPause is the time to the next look after one that failed, so that a store that is away does not hold up the
	// owner again and again.
	endingsPause = 30 * time.Second
	// endingsTimeout bounds what a request waits for the store of endings.
	endingsTimeout = 2 * time.Second
)

// Endings is where all replicas note which sessions were ended, so that a copy of their cookie is worth nothing on any of
// them, nor after the next start. It is used by many goroutines at once.
type Endings interface {
	// End notes durably that the session of that id is over. It may be forgotten after until, when the session is over anyway.
	End(ctx context.Context, id string, until time.Time) error
	// Ended returns the ids of the sessions that are over.
	Ended(ctx context.Context) ([]string, error)
}

// CopyEndings notes in to which sessions were ended in from, and returns how many they are. Until when each has to be
// remembered it does not know: for as long as any session lives from now on.
func CopyEndings(ctx context.Context, from, to Endings, now time.Time) (copied int, err error) {
	ids, err := from.Ended(ctx)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := to.End(ctx, id, now.Add(sessionLife)); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// sessions are the browsers that are signed in as the owner. The cookie says which of the owner's keys opened the session, so
// it is good on every replica, and only as long as that key is one of the owner's. All that is kept is which sessions were
// ended: by this replica, and by others as far as they have told. What ends every session everywhere is another key.
type sessions struct {
	cookie  sealedCookie[session]
	keys    ownerKeys
	ended   *lru.Cache[string, struct{}]
	endings Endings // Nil: what was ended is known here alone, and until the next start.
	logger  *slog.Logger

	mu   sync.Mutex
	look time.Time // When to look next at what others have ended.
}

// session is what the cookie holds.
type session struct {
	Key keyHash // Of the key that opened it.
	ID  string
}

func newSessions(keys ownerKeys, cfg Config, secure bool) (*sessions, error) {
	cookie := sealedCookie[session]{
		name: "domestique-session", path: "/", use: "domestique session", life: sessionLife,
		secure: secure, keyring: cfg.Keyring, now: cfg.Now,
	}
	if secure {
		cookie.name = "__Host-" + cookie.name // No neighbour on the same domain can plant one of that name.
	}
	ended, err := lru.New[string, struct{}](sessionsEnded)
	return &sessions{cookie: cookie, keys: keys, ended: ended, endings: cfg.Endings, logger: cfg.Logger}, err
}

// hold reports whether the request comes from a browser that is signed in. A nil *sessions holds none.
func (s *sessions) hold(r *http.Request) bool {
	_, held := s.held(r)
	return held
}

// held returns the id of the session that the request belongs to.
func (s *sessions) held(r *http.Request) (id string, held bool) {
	if s == nil {
		return "", false
	}
	opened, err := s.cookie.read(r)
	if err != nil || opened.ID == "" || !s.keys.contain(opened.Key) {
		return "", false
	}
	s.learn(r.Context())
	return opened.ID, !s.ended.Contains(opened.ID)
}

// learn looks at what other replicas have ended, unless that was done just now. While the store is away, sessions go on as
// far as is known: it must not keep the owner out.
func (s *sessions) learn(ctx context.Context) {
	if s.endings == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.cookie.now()
	if now.Before(s.look) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endingsTimeout)
	defer cancel()
	ids, err := s.endings.Ended(ctx)
	if err != nil {
		s.logger.WarnContext(ctx, "which sessions were ended on other replicas is not known", "error", err)
		s.look = now.Add(endingsPause)
		return
	}
	for _, id := range ids {
		s.ended.Add(id, struct{}{})
	}
	s.look = now.Add(endingsKnown)
}

// open signs the browser in, by the key with that hash. The id is one that nobody else has.
func (s *sessions) open(w http.ResponseWriter, key keyHash, id string) error {
	return s.cookie.set(w, session{Key: key, ID: id})
}

// end signs the browser out, and whoever has a copy of its cookie. An error says that this holds on this replica alone.
func (s *sessions) end(w http.ResponseWriter, r *http.Request) error {
	id, held := s.held(r)
	s.cookie.remove(w)
	if !held {
		return nil
	}
	s.ended.Add(id, struct{}{})
	if s.endings == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), 2*endingsTimeout)
	defer cancel()
	if err := s.endings.End(ctx, id, s.cookie.now().Add(sessionLife)); err != nil {
		return fmt.Errorf("tell other replicas that a session was ended: %w", err)
	}
	return nil
}
