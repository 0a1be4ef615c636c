package tokens

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"domestique/strava"
)

// MinKeySecret is the least number of characters in a secret that a Keyring is made of.
const MinKeySecret = 32

// sealVersion opens every sealed text; another version would be another way to seal.
const sealVersion = "v1"

// Keyring seals secrets for storage and opens them again: AES-256-GCM, under keys derived by HKDF-SHA256. Sealed text is
// v1.<key id>.<base64url of nonce and ciphertext>. The storage encrypts at rest by itself; sealing is against copied
// tables, wide roles and curious eyes. A Keyring is immutable, safe for concurrent use, and prints as "[redacted]".
type Keyring struct {
	first sealingKey
	byID  map[string]sealingKey
}

type sealingKey struct {
	id   string
	aead cipher.AEAD
}

// NewKeyring makes a Keyring of secrets of at least MinKeySecret characters. The first one seals, all open, so that a
// new secret put in front takes over as rows are rewritten.
func NewKeyring(secrets ...strava.Secret) (*Keyring, error) {
	if len(secrets) == 0 {
		return nil, errors.New("make a keyring: no sealing key")
	}
	ring := &Keyring{byID: make(map[string]sealingKey, len(secrets))}
	for i, secret := range secrets {
		if utf8.RuneCountInString(string(secret)) < MinKeySecret {
			return nil, fmt.Errorf("make a keyring: sealing key %d is shorter than %d characters", i+1, MinKeySecret)
		}
		key, err := deriveKey(secret)
		if err != nil {
			return nil, fmt.Errorf("make a keyring: derive sealing key %d: %w", i+1, err)
		}
		if i == 0 {
			ring.first = key
		}
		ring.byID[key.id] = key
	}
	return ring, nil
}

// deriveKey derives the key and, apart from it, a public id, so that the id tells nothing about the key.
func deriveKey(secret strava.Secret) (sealingKey, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "domestique sealing key", 32)
	if err != nil {
		return sealingKey{}, err
	}
	id, err := hkdf.Key(sha256.New, []byte(secret), nil, "domestique sealing key id", 4)
	if err != nil {
		return sealingKey{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealingKey{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return sealingKey{}, err
	}
	return sealingKey{id: hex.EncodeToString(id), aead: aead}, nil
}

// Seal returns plain sealed under the first key. The sealed text opens only with the same additional data, which should
// name the place that the text is kept in; it is not secret and not contained in the result.
func (k *Keyring) Seal(plain strava.Secret, additional string) string {
	sealed := k.first.aead.Seal(nil, nil, []byte(plain), []byte(additional)) //nolint:gosec // It draws the nonce itself.
	return sealVersion + "." + k.first.id + "." + base64.RawURLEncoding.EncodeToString(sealed)
}

// Open returns what Seal sealed. It fails with ErrCorrupt when the text is malformed, sealed under a key that is not on
// the ring, changed, or sealed with other additional data.
func (k *Keyring) Open(sealed, additional string) (strava.Secret, error) {
	version, rest, _ := strings.Cut(sealed, ".")
	keyID, encoded, found := strings.Cut(rest, ".")
	if version != sealVersion || !found {
		return "", fmt.Errorf("%w: not text sealed as %s", ErrCorrupt, sealVersion)
	}
	key, found := k.byID[keyID]
	if !found {
		// The id is not repeated: before it is known to be one it may be anything.
		return "", fmt.Errorf("%w: sealed under none of the %d sealing keys", ErrCorrupt, len(k.byID))
	}
	ciphertext, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || strings.ContainsAny(encoded, "\r\n") { // Which the decoder skips.
		return "", fmt.Errorf("%w: sealed text is not base64", ErrCorrupt)
	}
	plain, err := key.aead.Open(nil, nil, ciphertext, []byte(additional))
	if err != nil {
		return "", fmt.Errorf("%w: sealed text was changed or belongs elsewhere", ErrCorrupt)
	}
	return strava.Secret(plain), nil
}

// Format implements fmt.Formatter for all verbs.
func (*Keyring) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// seal fills the sealed fields of row with the token's secrets, bound to the field and to the row's generation.
func (k *Keyring) seal(row Row, token Token) Row {
	row.AccessToken = k.sealField("access token", row.Generation, token.access)
	row.RefreshToken = k.sealField("refresh token", row.Generation, token.refresh)
	row.PreviousRefreshToken = k.sealField("previous refresh token", row.Generation, token.previous)
	row.ClientSecret = k.sealField("client secret", row.Generation, token.client)
	return row
}

// open is the inverse of seal. A row without a refresh token is nobody's grant: it is corrupt as well.
func (k *Keyring) open(row Row) (Token, error) {
	if row.RefreshToken == "" {
		return Token{}, fmt.Errorf("%w: no refresh token in it", ErrCorrupt)
	}
	access, err := k.openField("access token", row.Generation, row.AccessToken)
	if err != nil {
		return Token{}, err
	}
	refresh, err := k.openField("refresh token", row.Generation, row.RefreshToken)
	if err != nil {
		return Token{}, err
	}
	previous, err := k.openField("previous refresh token", row.Generation, row.PreviousRefreshToken)
	if err != nil {
		return Token{}, err
	}
	client, err := k.openField("client secret", row.Generation, row.ClientSecret)
	if err != nil {
		return Token{}, err
	}
	return newToken(secrets{access: access, refresh: refresh, previous: previous, client: client}), nil
}

// newest reports whether all of the row's secrets are sealed under the first key.
func (k *Keyring) newest(row Row) bool {
	for _, sealed := range []string{row.AccessToken, row.RefreshToken, row.PreviousRefreshToken, row.ClientSecret} {
		if sealed != "" && !strings.HasPrefix(sealed, sealVersion+"."+k.first.id+".") {
			return false
		}
	}
	return true
}

func (k *Keyring) sealField(field string, generation int64, plain strava.Secret) string {
	if plain == "" {
		return ""
	}
	return k.Seal(plain, place(field, generation))
}

func (k *Keyring) openField(field string, generation int64, sealed string) (strava.Secret, error) {
	if sealed == "" {
		return "", nil
	}
	plain, err := k.Open(sealed, place(field, generation))
	if err != nil {
		return "", fmt.Errorf("open the %s: %w", field, err)
	}
	return plain, nil
}

// place is the additional data of a sealed field: text moved to another field or kept from another generation doesn't
// open.
func place(field string, generation int64) string {
	return fmt.Sprintf("domestique grant|%s|%d", field, generation)
}
