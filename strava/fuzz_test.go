package strava_test

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

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

// FuzzActivity: a detail is an activity with an id, or ErrUnavailable, and can be written and read again.
func FuzzActivity(f *testing.F) {
	f.Add(run)
	f.Add(`{"id":1,"laps":[{"id":2,"activity":{"id":1}}],"splits_metric":[{"split":1.0}],"photos":{"primary":null,"count":0}}`)
	f.Add(`{"id":1,"segment_efforts":[{"id":2,"segment":{"id":3,"start_latlng":[]},"achievements":null}],"best_efforts":null}`)
	f.Add(`{"id":1,"similar_activities":{"trend":{"speeds":[1e9,null]}},"gear":{"id":"b1","distance":"7"},"available_zones":[null]}`)
	f.Add(`{"id":1,"ID":-1,"start_latlng":[1e308,-0]}`)
	f.Fuzz(func(t *testing.T, body string) {
		got, err := fuzzClient(t, 200, body).Activity(t.Context(), 42)
		if err != nil {
			if meanings(err) != "ErrUnavailable" || got != nil {
				t.Errorf("got %v, %v", got, err)
			}
			return
		}
		if got.ID <= 0 {
			t.Errorf("an activity without an id: %+v", got)
		}
		text, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		again, err := fuzzClient(t, 200, string(text)).Activity(t.Context(), 42)
		if err != nil {
			t.Fatalf("what was read cannot be written and read again: %v", err)
		}
		if diff := cmp.Diff(got, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("read again (-want +got):\n%s", diff)
		}
	})
}

// FuzzStreams: streams are aligned, or ErrUnavailable, and can be written and read again.
func FuzzStreams(f *testing.F) {
	f.Add(`{"time":{"data":[0,1.0,null],"original_size":3.0,"resolution":"high","series_type":"distance"},"latlng":{"data":[null,[51.05,3.72],[]]}}`)
	f.Add(`[{"type":"latlng","data":[[1,2]]},{"type":"moving","data":[true]},{"type":"time","data":["7"]}]`)
	f.Add(`{"moving":{"data":[true,false,null]},"grade_smooth":{"data":[-1.5,0,1e-9]},"temp":null}`)
	f.Add(`{"distance":{"data":[0]},"time":{"data":[0,1]}}`)
	f.Add(`[{"type":""},{"type":"time"},{"type":"time","data":null}]`)
	f.Fuzz(func(t *testing.T, body string) {
		got, err := fuzzClient(t, 200, body).ActivityStreams(t.Context(), 42, strava.StreamTypes())
		if err != nil {
			if meanings(err) != "ErrUnavailable" || got != nil {
				t.Errorf("got %v, %v", got, err)
			}
			return
		}
		if got.Time != nil && got.Distance != nil && len(got.Time.Data) != len(got.Distance.Data) {
			t.Errorf("%d times and %d distances", len(got.Time.Data), len(got.Distance.Data))
		}
		if got.Watts != nil && got.Watts.Gaps != nil && len(got.Watts.Gaps) != len(got.Watts.Data) {
			t.Errorf("%d gaps in %d samples", len(got.Watts.Gaps), len(got.Watts.Data))
		}
		text, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		again, err := fuzzClient(t, 200, string(text)).ActivityStreams(t.Context(), 42, strava.StreamTypes())
		if err != nil {
			t.Fatalf("what was read cannot be written and read again: %v", err)
		}
		if diff := cmp.Diff(got, again); diff != "" {
			t.Errorf("read again (-want +got):\n%s", diff)
		}
	})
}

// FuzzNumbers: every number that encoding/json reads is read to the same value.
func FuzzNumbers(f *testing.F) {
	for _, text := range []string{"0", "-0", "-0.0", "474287.0", "0.1", "-14400.0", "9007199254740993", "9007199254740993.0", "3329485690369457990", "1e3", "2.5", "0.30000000000000004", "123456789012345678", "99999999999999.9999", "1e-400"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want float64
		if json.Unmarshal([]byte(text), &want) != nil {
			return
		}
		var got strava.Float
		if err := json.Unmarshal([]byte(text), &got); text != "null" && (err != nil || math.Float64bits(float64(got)) != math.Float64bits(want)) {
			t.Errorf("%s: got %v, %v; want %v", text, got, err, want)
		}
		var wantWhole int
		if json.Unmarshal([]byte(text), &wantWhole) != nil {
			return
		}
		var whole strava.Int
		if err := json.Unmarshal([]byte(text), &whole); err != nil || int(whole) != wantWhole {
			t.Errorf("%s: got %v, %v; want %d", text, whole, err, wantWhole)
		}
		var id strava.ID
		if err := json.Unmarshal([]byte(text), &id); err != nil || int(id) != wantWhole {
			t.Errorf("%s: got the id %v, %v; want %d", text, id, err, wantWhole)
		}
	})
}
