package strava

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// AnswerChallenge answers the GET by which Strava checks a callback while [PushSubscriptions.Create] waits. query is that
// of the request; verifyToken is the one that Create was given. The answer is JSON, to be sent with status 200 as
// application/json within two seconds. An error is for anybody but Strava; it repeats nothing of the query.
func AnswerChallenge(query url.Values, verifyToken Secret) (answer []byte, err error) {
	for _, name := range []string{"hub.mode", "hub.verify_token", "hub.challenge"} {
		if len(query[name]) != 1 {
			return nil, fmt.Errorf("strava: answer challenge: %s must be given once", name)
		}
	}
	challenge := query.Get("hub.challenge")
	switch {
	case query.Get("hub.mode") != "subscribe":
		return nil, errors.New("strava: answer challenge: hub.mode must be subscribe")
	case verifyToken == "" || !sameSecret(query.Get("hub.verify_token"), string(verifyToken)):
		return nil, errors.New("strava: answer challenge: hub.verify_token is wrong")
	case challenge == "" || len(challenge) > 256 || !utf8.ValidString(challenge):
		return nil, errors.New("strava: answer challenge: hub.challenge must have 1 to 256 characters")
	}
	return json.Marshal(map[string]string{"hub.challenge": challenge})
}

// sameSecret compares in a time that tells neither where the texts differ nor how long they are.
func sameSecret(a, b string) bool {
	left, right := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return hmac.Equal(left[:], right[:])
}

// SignatureHeader is the header of a signed delivery.
const SignatureHeader = "X-Strava-Signature"

// SignatureTolerance is how far the time of a signature may be from the receiver's. It is more than the minutes that pass
// between the first and the third try of a delivery, in case all three carry the first one's time.
const SignatureTolerance = 5 * time.Minute

// What is wrong with a signature.
var (
	// ErrSignatureMissing: the delivery has none.
	ErrSignatureMissing = errors.New("delivery not signed")
	// ErrSignatureInvalid: it is another's, of another body, too old or too new, or no signature.
	ErrSignatureInvalid = errors.New("signature of the delivery refused")
)

// CheckSignature checks the X-Strava-Signature of a delivery, t=SECONDS,v1=HEX, where HEX is the HMAC-SHA256 of "t.body"
// under the secret. now is the receiver's clock.
//
// Strava documents no signature, receivers differ about the secret, and many deliveries have none: it proves something
// where there is one. Whoever lets unsigned deliveries pass has the path of the callback and the owner's id to rely on.
func CheckSignature(header string, body []byte, secret Secret, now time.Time) error {
	if header == "" {
		return fmt.Errorf("strava: check signature: %w", ErrSignatureMissing)
	}
	if err := checkSignature(header, body, secret, now); err != nil {
		return fmt.Errorf("strava: check signature: %w: %w", ErrSignatureInvalid, err)
	}
	return nil
}

func checkSignature(header string, body []byte, secret Secret, now time.Time) error {
	if secret == "" {
		return errors.New("there is no secret to check it with")
	}
	stamp, signatures := signatureParts(header)
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || len(signatures) == 0 {
		return errors.New("it must be t=SECONDS,v1=HEX")
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	want := mac.Sum(nil)
	genuine := false
	for _, signature := range signatures {
		genuine = hmac.Equal(signature, want) || genuine
	}
	if !genuine {
		return errors.New("it is not of this secret and body")
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > SignatureTolerance || age < -SignatureTolerance {
		return fmt.Errorf("its time is more than %v off", SignatureTolerance)
	}
	return nil
}

// signatureParts reads the header. There may be more than one v1, as while a secret is replaced.
func signatureParts(header string) (stamp string, signatures [][]byte) {
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			stamp = value
		case "v1":
			if signature, err := hex.DecodeString(value); err == nil {
				signatures = append(signatures, signature)
			}
		}
	}
	return stamp, signatures
}
