package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

// liar is a Strava, or a table, that can be made to answer with all the secrets there are.
type liar struct {
	*overheard
	vault *vault
	lie   atomic.Pointer[lie]
	told  atomic.Int64
}

// lie is an answer that repeats what it is given, at the addresses that contain at.
type lie struct {
	at     string
	answer func(w http.ResponseWriter, secrets string)
}

// tell has every request for an address that contains at lied to, until the returned function is called, which fails if
// there was none.
func (l *liar) tell(t *testing.T, at string, answer func(http.ResponseWriter, string)) (end func()) {
	t.Helper()
	before := l.told.Load()
	l.lie.Store(&lie{at, answer})
	return func() {
		l.lie.Store(nil)
		if l.told.Load() == before {
			t.Errorf("nobody asked for %s: the lie was not told", at)
		}
	}
}

func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	lie := l.lie.Load()
	if lie == nil || !strings.Contains(r.URL.Path, lie.at) {
		l.serve(w, r)
		return
	}
	l.told.Add(1)
	_ = r.ParseForm() // What does not parse is not repeated.
	for _, heard := range l.secrets() {
		l.vault.lock("what Strava gave", heard)
	}
	lie.answer(w, l.vault.all()+r.Header.Get("Authorization")+" "+r.Form.Encode())
}

// lies are the ways to say something secret.
func lies() map[string]func(http.ResponseWriter, string) {
	return map[string]func(http.ResponseWriter, string){
		"fault":      fault(http.StatusBadRequest, "Application"),
		"own fault":  fault(http.StatusInternalServerError, "Application"),
		"no entry":   fault(http.StatusForbidden, "Whatever"),
		"dead token": fault(http.StatusUnauthorized, "Whatever"),
		"text":       plainly(http.StatusBadGateway, "text/plain"),
		"page":       plainly(http.StatusOK, "text/html"),
		"odd type":   plainly(http.StatusOK, "application/x-secret"),
		"odd tokens": tokensOfOddTypes,
		"redirect":   redirect("https://127.0.0.1:1/?all="),
		"no address": redirect("http://[::1]:port%zz/"),
		"cut":        verbatim("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999\r\n\r\n{\"message\":\"%s"),
		"unasked":    verbatim("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}%s"),
		"status":     verbatim("HTTP/1.1 2%s\r\n\r\n"),
		"header":     verbatim("HTTP/1.1 200 OK\r\n%s\r\n\r\n"),
		"no HTTP":    verbatim("%s\r\n\r\n"),
	}
}

func fault(status int, resource string) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, secrets string) {
		w.Header().Set("Content-Type", "application/json")
		for _, name := range []string{"WWW-Authenticate", "Retry-After", "X-RateLimit-Limit", "X-ReadRateLimit-Usage"} {
			w.Header().Set(name, secrets)
		}
		w.WriteHeader(status)
		some := secrets[:min(len(secrets), 100)] // A body that is too large is not even read.
		_ = json.NewEncoder(w).Encode(map[string]any{
			"message": some, "errors": []any{map[string]string{"resource": resource, "field": some, "code": secrets}},
			"error": some, "error_description": some,
			"odata.error": map[string]any{"code": some, "message": map[string]string{"value": some}},
		})
	}
}

func plainly(status int, contentType string) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, secrets string) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, secrets)
	}
}

func tokensOfOddTypes(w http.ResponseWriter, secrets string) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"access_token": []string{secrets}, "refresh_token": map[string]string{secrets: secrets}, "expires_at": secrets, "id": secrets,
	})
}

func redirect(to string) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, secrets string) {
		w.Header().Set("Location", to+secrets)
		w.WriteHeader(http.StatusFound)
	}
}

// verbatim answers with what no server writes.
func verbatim(answer string) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, secrets string) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return // The client sees an empty answer, and the lie fails to be one.
		}
		_, _ = fmt.Fprintf(conn, answer, secrets)
		_ = conn.Close()
	}
}

// lyingTable stands between a gateway and Azurite.
type lyingTable struct {
	account string // The connection string that leads here.
	lie     atomic.Pointer[func(http.ResponseWriter, string)]
}

func (s *sweep) startTable(t *testing.T, account string) *lyingTable {
	t.Helper()
	endpoint := regexp.MustCompile(`http://[^/]+`)
	azurite, err := url.Parse(endpoint.FindString(account))
	if err != nil {
		t.Fatal(err)
	}
	table := new(lyingTable)
	proxy := httputil.NewSingleHostReverseProxy(azurite)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if lie := table.lie.Load(); lie != nil {
			(*lie)(w, s.all())
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	table.account = endpoint.ReplaceAllString(account, server.URL)
	return table
}
