package edge

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"
	"net/url"
	"sync"
	"time"
)

// startLinkLife is how long a start link works.
const startLinkLife = 10 * time.Minute

// StartLink signs in whoever opens it, once: the start prints it for the person who sits at the terminal. It is known to
// the process that made it alone, is safe for concurrent use, and prints as "[redacted]".
type StartLink struct {
	token string
	until time.Time
	now   func() time.Time

	mu   sync.Mutex
	used bool
}

// NewStartLink returns a link that works for ten minutes by the clock now. Its token is what draw returns: a text that
// nobody can guess and that can stand in an address, as crypto/rand.Text makes it.
func NewStartLink(draw func() string, now func() time.Time) *StartLink {
	return &StartLink{token: draw(), until: now().Add(startLinkLife), now: now}
}

// URL returns the link: an address below publicURL that signs in and goes on to the local path next. It is a secret.
func (l *StartLink) URL(publicURL, next string) string {
	return publicURL + "/login?" + url.Values{"link": {l.token}, "next": {next}}.Encode()
}

// Format implements fmt.Formatter for all verbs.
func (*StartLink) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// redeem reports whether token is the link's, in time and for the first time. A nil *StartLink has none.
func (l *StartLink) redeem(token string) bool {
	if l == nil {
		return false
	}
	sent, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(l.token))
	if subtle.ConstantTimeCompare(sent[:], want[:]) == 0 || !l.now().Before(l.until) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	first := !l.used
	l.used = true
	return first
}
