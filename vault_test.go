package main_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// TestSecretsAreFoundInAllClothes shows that the search can fail.
func TestSecretsAreFoundInAllClothes(t *testing.T) {
	t.Parallel()
	v := newVault()
	secret := v.mark("secret")
	quoted, err := json.Marshal(map[string]string{"key": secret})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"raw": secret, "upper": strings.ToUpper(secret), "lower": strings.ToLower(secret), "json": string(quoted),
		"log line": strconv.Quote(string(quoted)), "query": "/?key=" + url.QueryEscape(secret), "path": url.PathEscape(secret),
		"page": "<p>" + html.EscapeString(secret), "hex": fmt.Sprintf("%X", secret), "piece": secret[20 : 20+pieceLength],
		"base64, offset 0": base64.StdEncoding.EncodeToString([]byte(secret)),
		"base64, offset 1": base64.URLEncoding.EncodeToString([]byte("4" + secret)),
		"base64, offset 2": base64.RawStdEncoding.EncodeToString([]byte("47" + secret + "!")),
		"basic":            base64.StdEncoding.EncodeToString([]byte("4711:" + secret)),
	} {
		if what, _ := v.pieces().find("before " + text + " behind"); what != "secret" {
			t.Errorf("%s: not found in %s", name, text)
		}
	}
	if what, piece := v.pieces().find(secret[:pieceLength-1] + " " + strings.Repeat("harmless ", 9)); what != "" {
		t.Errorf("found %s in something harmless: %q", what, piece)
	}
}

// vault holds what nobody may see. It is safe for concurrent use.
type vault struct {
	mu      sync.Mutex
	secrets map[string]string // What each is.
}

func newVault() *vault { return &vault{secrets: make(map[string]string)} }

// mark makes a secret that looks different in all clothes and like nothing else.
func (v *vault) mark(what string) string {
	secret := rand.Text() + `"&+` + rand.Text()
	v.lock(what, secret)
	return secret
}

// lock adds a secret that somebody else has made.
func (v *vault) lock(what, secret string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(secret) >= pieceLength {
		v.secrets[secret] = what
	}
}

// all is every secret, one behind the other.
func (v *vault) all() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var text strings.Builder
	for secret := range v.secrets {
		text.WriteString(secret + " ")
	}
	return text.String()
}

// pieceLength is the length of the shortest piece of a secret that counts as shown.
const pieceLength = 12

// pieces says what each piece of a secret belongs to.
type pieces map[string]string

// find returns the first piece of a secret in text, and of which.
func (p pieces) find(text string) (what, piece string) {
	text = strings.ToLower(text)
	for i := range len(text) - pieceLength + 1 {
		if what, found := p[text[i:i+pieceLength]]; found {
			return what, text[i : i+pieceLength]
		}
	}
	return "", ""
}

// pieces are all pieces of all secrets in all clothes, in lower case.
func (v *vault) pieces() pieces {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := make(pieces)
	for secret, what := range v.secrets {
		for _, form := range clothes(secret) {
			form = strings.ToLower(form)
			for i := range len(form) - pieceLength + 1 {
				all[form[i:i+pieceLength]] = what
			}
		}
	}
	return all
}

// clothes are the forms in which a secret may be met.
func clothes(secret string) []string {
	quoted, _ := json.Marshal(secret) // A string always encodes.
	forms := []string{
		secret, strconv.Quote(secret), string(quoted), html.EscapeString(secret), url.QueryEscape(secret), url.PathEscape(secret),
		hex.EncodeToString([]byte(secret)),
	}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for offset, mixed := range []int{0, 2, 3} { // So many characters hold bits of what stands before the secret.
			encoded := encoding.EncodeToString(append(make([]byte, offset), secret...))
			forms = append(forms, encoded[mixed:len(encoded)-1]) // The last one may hold bits of what stands behind.
		}
	}
	return forms
}
