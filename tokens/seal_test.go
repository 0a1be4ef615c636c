package tokens_test

import (
	"errors"
	"strings"
	"testing"

	"domestique/strava"
	"domestique/tokens"
)

const (
	oldKey strava.Secret = "the old sealing key of 32 letters"
	newKey strava.Secret = "the new sealing key of 32 letters"
)

func TestKeyring(t *testing.T) {
	t.Parallel()
	ring := newKeyring(t, oldKey)
	for _, plain := range []strava.Secret{"", "x", "a refresh token", strava.Secret(strings.Repeat("ü", 5000))} {
		sealed := ring.Seal(plain, "here")
		if got, err := ring.Open(sealed, "here"); err != nil || got != plain {
			t.Errorf("opened %d characters: %v", len(got), err)
		}
		if again := ring.Seal(plain, "here"); again == sealed {
			t.Error("sealed twice the text is the same: the nonce repeats")
		}
		if len(plain) > 1 && strings.Contains(sealed, string(plain)) {
			t.Error("the sealed text contains the plain one")
		}
	}
}

func TestKeyringRotation(t *testing.T) {
	t.Parallel()
	before, after := newKeyring(t, oldKey), newKeyring(t, newKey, oldKey)
	sealed := before.Seal("a token", "here")
	if got, err := after.Open(sealed, "here"); err != nil || got != "a token" {
		t.Errorf("the new ring does not open what the old one sealed: %v", err)
	}
	resealed := after.Seal("a token", "here")
	if _, err := before.Open(resealed, "here"); !errors.Is(err, tokens.ErrCorrupt) {
		t.Errorf("the old ring opens what the new one sealed: %v", err)
	}
	if got, err := newKeyring(t, newKey).Open(resealed, "here"); err != nil || got != "a token" {
		t.Errorf("the first key of the ring did not seal: %v", err)
	}
}

func TestKeyringOpensNothingElse(t *testing.T) {
	t.Parallel()
	ring := newKeyring(t, oldKey)
	sealed := ring.Seal("a token", "here")
	prefix, encoded := sealed[:strings.LastIndex(sealed, ".")+1], sealed[strings.LastIndex(sealed, ".")+1:]
	tests := map[string]string{
		"empty":             "",
		"plain":             "a token",
		"another version":   "v2" + strings.TrimPrefix(sealed, "v1"),
		"no key id":         "v1." + encoded,
		"unknown key id":    "v1.00000000." + encoded,
		"no base64":         prefix + "!!!",
		"padded":            sealed + "=",
		"a line feed in it": prefix + encoded[:8] + "\n" + encoded[8:],
		"cut":               sealed[:len(sealed)-4],
		"empty ciphertext":  prefix,
		"a bit flipped":     prefix + flip(encoded),
	}
	for name, text := range tests {
		if got, err := ring.Open(text, "here"); !errors.Is(err, tokens.ErrCorrupt) {
			t.Errorf("%s: opened as %q, %v", name, string(got), err)
		}
	}
	if _, err := ring.Open(sealed, "there"); !errors.Is(err, tokens.ErrCorrupt) {
		t.Errorf("opened in another place: %v", err)
	}
}

func flip(encoded string) string {
	if encoded[3] == 'A' {
		return encoded[:3] + "B" + encoded[4:]
	}
	return encoded[:3] + "A" + encoded[4:]
}

func TestNewKeyringRefusesWeakSecrets(t *testing.T) {
	t.Parallel()
	for _, secrets := range [][]strava.Secret{
		{},
		{""},
		{"thirty-one characters are short"},
		{newKey, "short"},
	} {
		if _, err := tokens.NewKeyring(secrets...); err == nil {
			t.Errorf("a ring of %d secrets with a weak one", len(secrets))
		} else if strings.Contains(err.Error(), "thirty-one") {
			t.Errorf("the error tells the secret: %v", err)
		}
	}
	if _, err := tokens.NewKeyring("exactly thirty-two characters äö"); err != nil {
		t.Errorf("32 characters: %v", err)
	}
}

// Every sealed field of a row is bound to its name and to the row's generation.
func TestSealedFieldsStayInTheirPlace(t *testing.T) {
	t.Parallel()
	ring := newKeyring(t, oldKey)
	row := tokens.SealRow(ring, tokens.Row{Generation: 3}, "access", "refresh", "previous")
	access, refresh, previous, err := tokens.OpenRow(ring, row)
	if err != nil || access != "access" || refresh != "refresh" || previous != "previous" {
		t.Fatalf("opened: %q %q %q, %v", string(access), string(refresh), string(previous), err)
	}
	older := tokens.SealRow(ring, tokens.Row{Generation: 2}, "old access", "old refresh", "")
	tests := map[string]func(*tokens.Row){
		"access as refresh":            func(row *tokens.Row) { row.RefreshToken = row.AccessToken },
		"refresh as access":            func(row *tokens.Row) { row.AccessToken = row.RefreshToken },
		"previous as refresh":          func(row *tokens.Row) { row.RefreshToken = row.PreviousRefreshToken },
		"refresh of an old generation": func(row *tokens.Row) { row.RefreshToken = older.RefreshToken },
		"access of an old generation":  func(row *tokens.Row) { row.AccessToken = older.AccessToken },
		"another generation":           func(row *tokens.Row) { row.Generation++ },
		"no refresh token":             func(row *tokens.Row) { row.RefreshToken = "" },
	}
	for name, edit := range tests {
		edited := row
		edit(&edited)
		if _, _, _, err := tokens.OpenRow(ring, edited); !errors.Is(err, tokens.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
	sparse := tokens.SealRow(ring, tokens.Row{Generation: 1}, "", "refresh", "")
	if sparse.AccessToken != "" || sparse.PreviousRefreshToken != "" {
		t.Error("what is not there is sealed")
	}
	if access, _, previous, err := tokens.OpenRow(ring, sparse); err != nil || access != "" || previous != "" {
		t.Errorf("a row without access token: %v", err)
	}
}

// Sealed text that is stored today has to open in ten years.
func TestSealedFormatStays(t *testing.T) {
	t.Parallel()
	const sealed = "v1.acb78976.hlD9pVVrxala7OUoPFa1b7y_8NhnoSDibq3YofS_NN49NfY"
	if got, err := newKeyring(t, oldKey).Open(sealed, "here"); err != nil || got != "a token" {
		t.Errorf("opened as %q: %v", string(got), err)
	}
}

func FuzzOpen(f *testing.F) {
	ring := newKeyring(f, oldKey)
	f.Add(ring.Seal("a token", "here"))
	f.Add("v1..")
	f.Add("v1.00000000.AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		plain, err := ring.Open(text, "here")
		if err == nil && plain != "a token" { // Nothing but the seed was ever sealed.
			t.Errorf("%q opens as %q", text, string(plain))
		}
		if err != nil && !errors.Is(err, tokens.ErrCorrupt) {
			t.Errorf("%q: %v", text, err)
		}
		if err != nil && len(text) > 12 && strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats the text: %v", err)
		}
	})
}

func FuzzSeal(f *testing.F) {
	ring := newKeyring(f, oldKey)
	f.Add("a token", "here")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, plain, place string) {
		got, err := ring.Open(ring.Seal(strava.Secret(plain), place), place)
		if err != nil || string(got) != plain {
			t.Errorf("opened as %q: %v", string(got), err)
		}
	})
}
