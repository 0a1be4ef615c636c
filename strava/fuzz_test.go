package strava_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"domestique/strava"
)

// fuzzClient returns a client to whom Strava answers the given status and body.
func fuzzClient(t *testing.T, status int, body string) *strava.Client {
	return newClient(t, strava.Config{Transport: transport(func(*http.Request) (*http.Response, error) {
		return reply(status, body), nil
	})})
}

// FuzzFaults: whatever an error body is, there is an error, it says what it means, and it repeats nothing.
func FuzzFaults(f *testing.F) {
	for _, test := range errorBodies() {
		f.Add(test.status, test.body)
	}
	f.Add(401, `{"errors":[[[{}]]]}`)
	f.Add(302, `{"message":"moved"}`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 300 || status > 599 {
			return
		}
		_, err := fuzzClient(t, status, body).Activity(t.Context(), 42)
		if err == nil {
			t.Fatal("no error")
		}
		_, isRefusal := errors.AsType[*strava.APIError](err)
		if !isRefusal && meanings(err) == "" {
			t.Errorf("%v means nothing", err)
		}
		if len(body) > 40 && strings.Contains(err.Error(), body) {
			t.Errorf("%q repeats the body", err)
		}
		if strings.Contains(meanings(err), " ") {
			t.Errorf("%v means more than one thing: %s", err, meanings(err))
		}
	})
}

// FuzzActivities: whatever a page is, there are rows with ids, or ErrUnavailable, or it is an empty list.
func FuzzActivities(f *testing.F) {
	f.Add(`[]`)
	f.Add(`[` + run + `]`)
	f.Add(`[{"id":1},{"id":"x"},null,{"id":2.0,"distance":"12"}]`)
	f.Add(`[{"id":9223372036854775807,"moving_time":1e400}]`)
	f.Add(`{"id":1}`)
	f.Add(`null`)
	f.Fuzz(func(t *testing.T, body string) {
		rows, err := fuzzClient(t, 200, body).Activities(t.Context(), strava.ActivitiesOptions{})
		if err != nil {
			if meanings(err) != "ErrUnavailable" || rows != nil {
				t.Errorf("got %v, %v", rows, err)
			}
			return
		}
		var elements []json.RawMessage
		if err := json.Unmarshal([]byte(body), &elements); err != nil {
			t.Fatalf("%d rows out of no list", len(rows))
		}
		if len(rows) > len(elements) || len(rows) == 0 && len(elements) > 0 {
			t.Errorf("%d rows out of %d", len(rows), len(elements))
		}
		for _, row := range rows {
			if row.ID <= 0 {
				t.Errorf("a row without an id: %+v", row)
			}
		}
		again, err := json.Marshal(rows)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fuzzClient(t, 200, string(again)).Activities(t.Context(), strava.ActivitiesOptions{}); err != nil {
			t.Errorf("what was read cannot be written and read again: %v", err)
		}
	})
}

// FuzzGrant: a token answer gives both tokens and a time, or an error and nothing.
func FuzzGrant(f *testing.F) {
	f.Add(`{"token_type":"Bearer","access_token":"a","refresh_token":"r","expires_at":1795370000,"expires_in":21600}`)
	f.Add(`{"access_token":"a","refresh_token":"r","expires_at":"x","expires_in":1e99,"athlete":{"id":"1"}}`)
	f.Add(`{"access_token":"a","expires_in":"3600"}`)
	f.Add(`{"access_token":"a","refresh_token":"r","athlete":{"id":1`)
	f.Add(`{"access_token":null}`)
	f.Add(`[`)
	f.Fuzz(func(t *testing.T, body string) {
		oauth := strava.NewOAuth(strava.OAuthConfig{
			Now:       atNoon,
			Transport: transport(func(*http.Request) (*http.Response, error) { return reply(200, body), nil }),
		})
		got, err := oauth.Refresh(t.Context(), refreshable("r1"))
		if err != nil {
			if meanings(err) != "ErrUnavailable" || got != (strava.Grant{}) {
				t.Errorf("got %+v, %v", plain(got), err)
			}
			return
		}
		if got.AccessToken == "" || got.RefreshToken == "" || got.ExpiresAt.IsZero() || got.ExpiresAt.Location() != time.UTC {
			t.Errorf("an incomplete grant: %+v", plain(got))
		}
		if (got.Athlete == nil) != (got.AthleteID == 0) {
			t.Errorf("athlete %v, id %d", got.Athlete, got.AthleteID)
		}
	})
}
