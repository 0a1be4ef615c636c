package edge

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

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
	scheme, key, _ := strings.Cut(header.Get("Authorization"), " ")
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
