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

// SealApplication returns row with an application in it, as one that was entered is stored, for tests that plant a row.
func SealApplication(k *Keyring, row Row, app strava.Application) (Row, error) {
	token, err := k.open(row)
	if err != nil {
		return Row{}, err
	}
	row.ClientID = app.ClientID
	return k.seal(row, token.with(func(s *secrets) { s.client = app.ClientSecret })), nil
}

// OpenApplication opens the application of a row, for tests that look at one.
func OpenApplication(k *Keyring, row Row) (strava.Application, error) {
	token, err := k.open(row)
	if err != nil {
		return strava.Application{}, err
	}
	return (&grant{row: row, Token: token}).application(), nil
}

// NewToken returns a Token, for tests that print one.
func NewToken(access, refresh, previous, client strava.Secret) Token {
	return newToken(secrets{access: access, refresh: refresh, previous: previous, client: client})
}

// The file's form, for fuzzing.
var (
	EncodeGrantFile = encodeGrantFile
	DecodeGrantFile = decodeGrantFile
)
