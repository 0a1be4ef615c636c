package tokens

import "domestique/strava"

// SealRow returns row with the given secrets sealed into it, for tests that plant a row.
func SealRow(k *Keyring, row Row, access, refresh, previous strava.Secret) Row {
	return k.seal(row, newToken(secrets{access: access, refresh: refresh, previous: previous}))
}

// OpenRow opens the secrets of a row, for tests that look at one.
func OpenRow(k *Keyring, row Row) (access, refresh, previous strava.Secret, err error) {
	token, err := k.open(row)
	if err != nil {
		return "", "", "", err
	}
	return token.access, token.refresh, token.previous, nil
}

// NewToken returns a Token, for tests that print one.
func NewToken(access, refresh, previous strava.Secret) Token {
	return newToken(secrets{access: access, refresh: refresh, previous: previous})
}

// The file's form, for fuzzing.
var (
	EncodeGrantFile = encodeGrantFile
	DecodeGrantFile = decodeGrantFile
)
