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
	keys          [][sha256.Size]byte
	everyoneLocal bool
}

func newOwners(keys []string, everyoneLocal bool) (owners, error) {
	o := owners{everyoneLocal: everyoneLocal}
	if len(keys) == 0 && !everyoneLocal {
		return o, errors.New("edge: OwnerKeys is required: without a key nobody could ask anything")
	}
	for _, key := range keys {
		if key == "" {
			return o, errors.New("edge: OwnerKeys holds an empty key")
		}
		o.keys = append(o.keys, sha256.Sum256([]byte(key)))
	}
	return o, nil
}

// include reports whether the request is the owner's.
func (o owners) include(r *http.Request) bool {
	return o.holdsKey(r) || o.everyoneLocal && fromThisMachine(r)
}

// holdsKey compares hashes, so the time it takes tells nothing of a key's length, and every key, so it tells nothing of
// which one came close.
func (o owners) holdsKey(r *http.Request) bool {
	sent := sha256.Sum256([]byte(bearer(r.Header)))
	match := 0
	for _, key := range o.keys {
		match |= subtle.ConstantTimeCompare(sent[:], key[:])
	}
	return match == 1
}

// bearer returns the key of an `Authorization: Bearer KEY` header, and nothing without one. An empty key matches none,
// because newOwners takes no empty one.
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
