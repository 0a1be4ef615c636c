package strava_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"domestique/strava"
)

func TestAnswerChallenge(t *testing.T) {
	t.Parallel()
	const good = "hub.mode=subscribe&hub.verify_token=" + hidden + "&hub.challenge="
	for query, want := range map[string]string{
		good + "15f7d1a91c1f40f8a748fd134752feb3": `{"hub.challenge":"15f7d1a91c1f40f8a748fd134752feb3"}`,
		good + "%22%3Cb%3E&other=1":               `{"hub.challenge":"\"\u003cb\u003e"}`,
		good + strings.Repeat("x", 256):           `{"hub.challenge":"` + strings.Repeat("x", 256) + `"}`,
		good + strings.Repeat("x", 257):           "",
		good:                                      "",
		good + "%ff":                              "",
		good + "a&hub.challenge=b":                "",
		good + "a&hub.verify_token=b":             "",
		"hub.mode=unsubscribe&hub.challenge=a&hub.verify_token=" + hidden: "",
		"hub.challenge=a&hub.verify_token=" + hidden:                      "",
		"hub.mode=subscribe&hub.challenge=a":                              "",
		"hub.mode=subscribe&hub.challenge=a&hub.verify_token=":            "",
		"hub.mode=subscribe&hub.challenge=a&hub.verify_token=not":         "",
		"hub.mode=subscribe&hub.challenge=a&hub.verify_token=x" + hidden:  "",
		"": "",
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		got, err := strava.AnswerChallenge(values, hidden)
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%s: %s, %v", query, got, err)
		}
		if err != nil {
			wantHidden(t, "the error", err.Error())
		}
	}
	if _, err := strava.AnswerChallenge(url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {""}, "hub.challenge": {"a"}}, ""); err == nil {
		t.Error("answered without a token")
	}
}

func TestCheckSignature(t *testing.T) {
	t.Parallel()
	// openssl dgst -sha256 -hmac "signing secret" of 1795349250.{"aspect_type":"update"}
	const body, signature = `{"aspect_type":"update"}`, "0f46b1912b2f4f130374a512269fbcf208c99d1b9ea19dd65503f7a98ad50be7"
	at := time.Unix(1795349250, 0)
	tests := []struct {
		name, header string
		body         string
		secret       strava.Secret
		now          time.Time
		want         error
	}{
		{"good", "t=1795349250,v1=" + signature, body, "signing secret", at, nil},
		{"with spaces, in capitals, with another scheme", " v0=00 , v1=" + strings.ToUpper(signature) + " , t=1795349250 ", body, "signing secret", at, nil},
		{"while a secret is replaced", "t=1795349250,v1=00,v1=" + signature, body, "signing secret", at, nil},
		{"five minutes old", "t=1795349250,v1=" + signature, body, "signing secret", at.Add(5 * time.Minute), nil},
		{"five minutes ahead", "t=1795349250,v1=" + signature, body, "signing secret", at.Add(-5 * time.Minute), nil},
		{"older", "t=1795349250,v1=" + signature, body, "signing secret", at.Add(5*time.Minute + 1), strava.ErrSignatureInvalid},
		{"newer", "t=1795349250,v1=" + signature, body, "signing secret", at.Add(-5*time.Minute - 1), strava.ErrSignatureInvalid},
		{"none", "", body, "signing secret", at, strava.ErrSignatureMissing},
		{"another body", "t=1795349250,v1=" + signature, body + " ", "signing secret", at, strava.ErrSignatureInvalid},
		{"another secret", "t=1795349250,v1=" + signature, body, "another secret", at, strava.ErrSignatureInvalid},
		{"another time", "t=1795349251,v1=" + signature, body, "signing secret", at, strava.ErrSignatureInvalid},
		{"cut", "t=1795349250,v1=" + signature[:32], body, "signing secret", at, strava.ErrSignatureInvalid},
		{"empty", "t=1795349250,v1=", body, "signing secret", at, strava.ErrSignatureInvalid},
		{"no signature", "t=1795349250", body, "signing secret", at, strava.ErrSignatureInvalid},
		{"no time", "v1=" + signature, body, "signing secret", at, strava.ErrSignatureInvalid},
		{"no number", "t=now,v1=" + signature, body, "signing secret", at, strava.ErrSignatureInvalid},
		{"beyond time", "t=9223372036854775807,v1=" + signature, body, "signing secret", at, strava.ErrSignatureInvalid},
		{"not hexadecimal", "t=1795349250,v1=zz", body, "signing secret", at, strava.ErrSignatureInvalid},
		{"words", hidden, body, "signing secret", at, strava.ErrSignatureInvalid},
		{"without a secret", "t=1795349250,v1=a4de9d5f1bed6181766d15f1303745faced21ff80d2c4a7df7a1fc515a2272ce", body, "", at, strava.ErrSignatureInvalid},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := strava.CheckSignature(test.header, []byte(test.body), test.secret, test.now)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
			if err != nil {
				wantHidden(t, "the error", err.Error())
			}
		})
	}
}
