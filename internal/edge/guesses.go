package edge

import (
	"crypto/sha256"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
)

// How guessing at the key is slowed down. What makes it hopeless is the key's length; this keeps it from being noise.
const (
	freeGuesses     = 5               // So many in a row cost nothing: people mistype.
	firstPause      = 2 * time.Second // Then each one costs a pause, twice as long as the one before.
	longestPause    = time.Minute
	guessesForgot   = time.Hour // After so long without a guess they are forgotten.
	guessersTracked = 4096
)

// guesses counts wrong keys by where they come from, so that a stranger's don't keep the owner out. It is safe for
// concurrent use.
type guesses struct {
	mu   sync.Mutex
	now  func() time.Time
	from *lru.Cache[string, guesser]
}

type guesser struct {
	wrong int
	until time.Time // Nothing is looked at before.
	last  time.Time
	key   [sha256.Size]byte // The hash of the last wrong key that came in a header.
}

func newGuesses(now func() time.Time) (*guesses, error) {
	from, err := lru.New[string, guesser](guessersTracked)
	if err != nil {
		return nil, err
	}
	return &guesses{now: now, from: from}, nil
}

// wait returns how long the guesser has to wait before a key of theirs is looked at; zero: it may be now, and counts as a
// wrong one until forgive says otherwise, so that guesses at the same time are counted, too. A guess too early doesn't
// make the pause longer.
func (g *guesses) wait(source string) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.count(source, g.now(), [sha256.Size]byte{})
}

// miss counts a wrong key that came in a header, and returns how long the guesser has to wait; zero: not yet. The same key
// again is no guess: a program with an old key repeats it all day.
func (g *guesses) miss(source string, key keyHash) time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	now, hash := g.now(), [sha256.Size]byte(key)
	if seen, _ := g.from.Get(source); seen.key == hash {
		return max(seen.until.Sub(now), 0)
	}
	return g.count(source, now, hash)
}

// count counts a guess, unless it comes too early.
func (g *guesses) count(source string, now time.Time, key [sha256.Size]byte) time.Duration {
	seen, _ := g.from.Get(source)
	if now.Before(seen.until) {
		return seen.until.Sub(now)
	}
	if now.Sub(seen.last) > guessesForgot {
		seen = guesser{}
	}
	seen.wrong++
	seen.last, seen.key = now, key
	if over := seen.wrong - freeGuesses; over >= 0 {
		seen.until = now.Add(min(firstPause<<min(over, 10), longestPause))
	}
	g.from.Add(source, seen)
	return 0
}

// forgive forgets a guesser whose key was right.
func (g *guesses) forgive(source string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.from.Remove(source)
}

// sharedSpace is where a platform's own network may be beside the private ranges (RFC 6598). The balancer of Azure Container
// Apps connects from there: https://learn.microsoft.com/azure/container-apps/custom-virtual-networks
func sharedSpace() netip.Prefix { return netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) }

// guessSource names where a request comes from: the address that connected, or, when that is inside a private network as a
// load balancer's is, the last one of X-Forwarded-For, which the balancer has written itself. What came before it anyone
// can make up. An IPv6 host has a /64 to itself.
func guessSource(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	addr = addr.Unmap()
	if addr.IsPrivate() || addr.IsLoopback() || addr.IsLinkLocalUnicast() || sharedSpace().Contains(addr) {
		forwarded := strings.Join(r.Header.Values("X-Forwarded-For"), ",")
		last := strings.TrimSpace(forwarded[strings.LastIndexByte(forwarded, ',')+1:])
		if seen, err := netip.ParseAddr(last); err == nil {
			addr = seen.Unmap()
		}
	}
	if addr.Is6() {
		if prefix, err := addr.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return addr.String()
}
