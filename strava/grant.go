package strava

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"time"
)

// Grant is what Strava gave: an access token, and the refresh token that is the only valid one from now on. Its secrets
// print as "[redacted]".
type Grant struct {
	// Application is the one that it was given to.
	Application  Application
	AccessToken  Secret
	RefreshToken Secret
	// ExpiresAt is when the access token dies, in UTC. When Strava's answer does not tell in any known way it is the
	// time of the answer, so that the token is refreshed soon.
	ExpiresAt time.Time
	// Athlete is who granted it. Only the exchange tells; nil otherwise.
	Athlete *SummaryAthlete
	// AthleteID is the id of Athlete, or zero.
	AthleteID int64
}

// tokenTransport carries one token request. A successful answer may hold the only copy of a rotated refresh token, so it
// is read with more patience than x/oauth2 has, which throws the whole answer away for one odd number: x/oauth2 is shown
// the two tokens alone, and the rest is noted in grant.
type tokenTransport struct {
	base  http.RoundTripper
	now   func() time.Time
	grant Grant
}

// maxTokenBody is the largest part of a token answer that is read; x/oauth2 reads as much.
const maxTokenBody = 1 << 20

// RoundTrip implements [http.RoundTripper].
func (t *tokenTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.base.RoundTrip(request)
	if err != nil || response.StatusCode < 200 || response.StatusCode > 299 {
		return response, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := readBody(response.Body, maxTokenBody)
	// An answer that broke off may have broken off behind the tokens.
	tokens, ok := t.note(body)
	if !ok {
		if err == nil {
			err = errNoTokens
		}
		return nil, err
	}
	response.Header = http.Header{"Content-Type": {"application/json"}}
	response.Body = io.NopCloser(bytes.NewReader(tokens))
	response.ContentLength = int64(len(tokens))
	return response, nil
}

var errNoTokens = errors.New("answer without tokens")

// note keeps what the answer says beside the tokens, and returns the tokens as a plain answer.
func (t *tokenTransport) note(body []byte) (tokens []byte, ok bool) {
	found := members(body)
	access, refresh := text(found["access_token"]), text(found["refresh_token"])
	if access == "" {
		return nil, false
	}
	t.grant.ExpiresAt = expiry(found, t.now())
	if athlete := new(SummaryAthlete); json.Unmarshal(found["athlete"], athlete) == nil && athlete.ID > 0 {
		t.grant.Athlete, t.grant.AthleteID = athlete, int64(athlete.ID)
	}
	tokens, err := json.Marshal(map[string]string{
		"token_type":    "Bearer",
		"access_token":  access,
		"refresh_token": refresh,
	})
	return tokens, err == nil
}

// members reads the members of a JSON object as far as they are whole.
func members(body []byte) map[string]json.RawMessage {
	found := make(map[string]json.RawMessage)
	decoder := json.NewDecoder(bytes.NewReader(body))
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('{') {
		return found
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return found
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return found
		}
		if name, ok := key.(string); ok {
			found[name] = value
		}
	}
	return found
}

// text returns a JSON string, or "" for anything else.
func text(raw json.RawMessage) string {
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return ""
	}
	return s
}

// expiry believes expires_at, the exact time, before expires_in, which counts from when Strava answered. Both have to
// make sense: a positive number, and no more than a year from now. A token that seems to live for ever would never be
// refreshed before Strava refuses it.
func expiry(found map[string]json.RawMessage, now time.Time) time.Time {
	const year = 366 * 24 * time.Hour
	if at, ok := seconds(found["expires_at"], float64(now.Add(year).Unix())); ok {
		return time.Unix(at, 0).UTC()
	}
	if in, ok := seconds(found["expires_in"], year.Seconds()); ok {
		return now.Add(time.Duration(in) * time.Second).UTC()
	}
	return now.UTC()
}

// seconds reads a positive number up to a bound, in any of the spellings that [Float] reads.
func seconds(raw json.RawMessage, most float64) (int64, bool) {
	var n Float
	if err := n.UnmarshalJSON(raw); err != nil || n < 1 || float64(n) > most {
		return 0, false
	}
	return int64(math.Floor(float64(n))), true
}
