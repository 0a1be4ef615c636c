package edge

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"domestique/fitness"
)

// viewer is who asks.
type viewer int

const (
	nobody    viewer = iota // Nobody whom we answer.
	anonymous               // Whoever it is, where PUBLIC_ACCESS lets them in.
	owner
)

func (v viewer) String() string {
	if v == owner {
		return "owner"
	}
	return "anonymous"
}

// Access says what a viewer who is not the owner may ask. Its zero value is to be closed.
type Access string

// The levels of access.
const (
	AccessOff     Access = ""        // Nothing.
	AccessSummary Access = "summary" // Any query over what is public.
	AccessTrusted Access = "trusted" // Trusted documents alone, over what is public.
)

// identify tells who asks by HTTP. A key that is wrong is an error even where others are let in: who sends one means to be
// the owner.
func (e *edge) identify(r *http.Request) (viewer, *refusal) {
	switch {
	case e.owners.include(r):
		// What another site's page could have sent does not act for the owner: there the owner is anybody.
		if e.Access != AccessOff && r.Method == http.MethodGet && !safeFromOtherSites(r, owner) {
			return anonymous, nil
		}
		return owner, nil
	case bearer(r.Header) != "":
		return nobody, e.refuseKey(guessSource(r), bearer(r.Header))
	case e.Access == AccessOff:
		return nobody, refuseUnauthenticated()
	default:
		return anonymous, nil
	}
}

// refuseKey counts a key that is not the owner's, and slows down who tries one after the other. The right key is taken all
// the same: it is too long to be guessed, and strangers behind the same proxy must not keep the owner out.
func (e *edge) refuseKey(source, key string) *refusal {
	wait := e.guesses.miss(source, hashKey(key))
	if wait == 0 {
		return refuseUnauthenticated()
	}
	return &refusal{outcome: tooManyGuesses, message: "Too many wrong keys. Wait, then try again.", retryAfter: wait}
}

// mayIntrospect reports whether the viewer may see the schema.
func (e *edge) mayIntrospect(viewer viewer) bool {
	return viewer == owner || viewer == anonymous && e.Access == AccessSummary
}

// introduce puts the viewer into the context, in the domain's terms.
func introduce(ctx context.Context, viewer viewer) context.Context {
	if viewer == owner {
		return fitness.WithViewer(ctx, fitness.Owner)
	}
	return fitness.WithViewer(ctx, fitness.Anonymous)
}

// owners tells the owner from everyone else.
type owners struct {
	keys          ownerKeys
	sessions      *sessions // Nil: no browser can sign in.
	everyoneLocal bool
}

// include reports whether the request is the owner's.
func (o owners) include(r *http.Request) bool {
	return o.keys.contain(hashKey(bearer(r.Header))) || o.sessions.hold(r) || o.everyoneLocal && fromThisMachine(r)
}

// ownerKeys are the hashes of the owner's keys. What is compared is hashes, so the time it takes tells nothing of a key's
// length.
type ownerKeys [][sha256.Size]byte

// keyHash is the hash of what may be one of the owner's keys.
type keyHash []byte

func hashKey(key string) keyHash {
	hash := sha256.Sum256([]byte(key))
	return hash[:]
}

func newOwnerKeys(keys []string) (ownerKeys, error) {
	var hashes ownerKeys
	for _, key := range keys {
		if key == "" {
			return nil, errors.New("edge: OwnerKeys holds an empty key")
		}
		hashes = append(hashes, sha256.Sum256([]byte(key)))
	}
	return hashes, nil
}

// contain compares with every key, so the time it takes tells nothing of which one came close.
func (k ownerKeys) contain(hash keyHash) bool {
	match := 0
	for _, key := range k {
		match |= subtle.ConstantTimeCompare(hash, key[:])
	}
	return match == 1
}

// bearer returns the key of an `Authorization: Bearer KEY` header, and nothing without one. An empty key matches none,
// because there is no empty one.
func bearer(header http.Header) string {
	lines := header["Authorization"]
	if len(lines) == 0 {
		return ""
	}
	scheme, key, _ := strings.Cut(lines[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

// fromThisMachine holds for a connection from loopback that also asked for a loopback name: a web page elsewhere can point
// a name of its own at 127.0.0.1 (DNS rebinding), but the browser then sends that name. A proxy on this machine connects
// from loopback on behalf of others, so what was forwarded does not count either.
func fromThisMachine(r *http.Request) bool {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !remote.Addr().Unmap().IsLoopback() {
		return false
	}
	for _, forwarded := range []string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip"} {
		if len(r.Header[forwarded]) > 0 {
			return false
		}
	}
	return loopbackName(r.Host)
}

func loopbackName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
