package stravatest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

func TestEventsTellOfChanges(t *testing.T) {
	t.Parallel()
	const owner = 7700000042
	private := func(a *stravatest.Activity) { a.Visibility = "only_me" }
	all := []string{"read", "activity:read_all", "activity:write"}
	told := func(id int64, aspect string, updates map[string]string) event {
		return event{"activity", id, aspect, owner, 1795348800, updates, 131301}
	}
	none := map[string]string{}
	tests := []struct {
		name   string
		scopes []string
		do     func(f *fake, id int64) []event
	}{
		{"added", all, func(f *fake, _ int64) []event {
			return []event{told(f.AddActivity(stravatest.Activity{Sport: "Ride"}), "create", none)}
		}},
		{"renamed", all, func(f *fake, id int64) []event {
			f.EditActivity(id, func(a *stravatest.Activity) { a.Name = "Messy" })
			return []event{told(id, "update", map[string]string{"title": "Messy"})}
		}},
		{"of another type", all, func(f *fake, id int64) []event {
			f.EditActivity(id, func(a *stravatest.Activity) { a.Sport, a.Name = "GravelRide", "Mud" })
			return []event{told(id, "update", map[string]string{"title": "Mud", "type": "Ride"})}
		}},
		{"made private", all, func(f *fake, id int64) []event {
			f.EditActivity(id, private)
			return []event{told(id, "update", map[string]string{"private": "true"})}
		}},
		{"for followers", all, func(f *fake, id int64) []event {
			f.EditActivity(id, func(a *stravatest.Activity) { a.Visibility = "followers_only" })
			return []event{}
		}},
		{"made private, unseen", []string{"activity:read"}, func(f *fake, id int64) []event {
			f.EditActivity(id, private)
			f.EditActivity(id, func(a *stravatest.Activity) { a.Name = "Secret" })
			f.EditActivity(id, func(a *stravatest.Activity) { a.Visibility = "everyone" })
			return []event{told(id, "delete", none), told(id, "create", none)}
		}},
		{"private from the start, unseen", []string{"activity:read"}, func(f *fake, _ int64) []event {
			f.DeleteActivity(f.AddActivity(stravatest.Activity{Visibility: "only_me"}))
			return []event{}
		}},
		{"with no scope for it", []string{"read"}, func(f *fake, id int64) []event {
			f.DeleteActivity(id)
			return []event{}
		}},
		{"what Strava does not tell", all, func(f *fake, id int64) []event {
			f.EditActivity(id, func(a *stravatest.Activity) { a.Description, a.Photos, a.GearID, a.Distance = "x", 3, "g42", 7000 })
			f.DeleteActivity(id + 1)
			return []event{}
		}},
		{"deleted", all, func(f *fake, id int64) []event {
			f.DeleteActivity(id)
			return []event{told(id, "delete", none)}
		}},
		{"made by hand", all, func(f *fake, _ int64) []event {
			got := f.send1(http.MethodPost, f.AccessToken(), "/activities", url.Values{
				"name": {"Rowing"}, "sport_type": {"Rowing"}, "start_date_local": {"2026-11-21T10:00:00Z"}, "elapsed_time": {"60"},
			})
			var made raw
			if err := json.Unmarshal([]byte(got.body), &made); err != nil {
				f.t.Fatalf("%d %s", got.status, got.body)
			}
			return []event{told(int64(made.num("id")), "create", none)}
		}},
		{"updated by the application", all, func(f *fake, id int64) []event {
			f.send1(http.MethodPut, f.AccessToken(), fmt.Sprintf("/activities/%d", id), url.Values{"name": {"Messy"}, "description": {"x"}})
			return []event{told(id, "update", map[string]string{"title": "Messy"})}
		}},
		{"the grant ended", all, func(f *fake, id int64) []event {
			f.RevokeAll()
			f.DeleteActivity(id)
			f.RevokeAll()
			return []event{{"athlete", owner, "update", owner, 1795348800, map[string]string{"authorized": "false"}, 131301}}
		}},
		{"the application ended the grant", all, func(f *fake, _ int64) []event {
			token := f.mustRefresh(firstRefresh).RefreshToken
			req := f.request(http.MethodPost, "/oauth/revoke", "", url.Values{"token": {token}})
			req.SetBasicAuth("4242", "fake-client-secret")
			f.send(req)
			return []event{{"athlete", owner, "update", owner, 1795348800, map[string]string{"authorized": "false"}, 131301}}
		}},
		{"the application ended the grant in the old way", all, func(f *fake, _ int64) []event {
			f.send(f.request(http.MethodPost, "/oauth/deauthorize", f.mustRefresh(firstRefresh).AccessToken, nil))
			return []event{{"athlete", owner, "update", owner, 1795348800, map[string]string{"authorized": "false"}, 131301}}
		}},
		{"a token without a grant ended", all, func(f *fake, _ int64) []event {
			token := f.AccessToken()
			f.RevokeAll()
			f.send(f.request(http.MethodPost, "/oauth/deauthorize", token, nil))
			f.send(f.request(http.MethodPost, "/oauth/deauthorize", f.AccessToken(), nil))
			return []event{{"athlete", owner, "update", owner, 1795348800, map[string]string{"authorized": "false"}, 131301}}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			subscribed(t, test.scopes, func(f *fake, b *callback, id int64) {
				want := test.do(f, id)
				f.await()
				if diff := cmp.Diff(want, b.events(f.t)); diff != "" {
					f.t.Errorf("events (-want +got):\n%s", diff)
				}
				f.wantCounts(stravatest.EventCounts{Events: len(want), Tries: len(want), Delivered: len(want)})
				for _, header := range b.header {
					if header.Get("Content-Type") != "application/json" || header.Get("X-Strava-Signature") != "" {
						f.t.Errorf("header %v", header)
					}
				}
			})
		})
	}
}

func TestUploadIsTold(t *testing.T) {
	t.Parallel()
	subscribed(t, []string{"activity:read", "activity:write"}, func(f *fake, b *callback, _ int64) {
		const track = `<?xml version="1.0"?><gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1"><trk><type>running</type><trkseg>` +
			`<trkpt lat="51.05" lon="3.72"><ele>8</ele><time>2026-11-22T09:00:00Z</time></trkpt>` +
			`<trkpt lat="51.06" lon="3.72"><ele>9</ele><time>2026-11-22T09:06:00Z</time></trkpt></trkseg></trk></gpx>`
		for range 2 { // The second time it is a duplicate.
			body := "--b\r\nContent-Disposition: form-data; name=\"data_type\"\r\n\r\ngpx\r\n--b\r\n" +
				"Content-Disposition: form-data; name=\"file\"; filename=\"a.gpx\"\r\n\r\n" + track + "\r\n--b--\r\n"
			req := f.request(http.MethodPost, "/api/v3/uploads", f.AccessToken(), nil)
			req.Body = io.NopCloser(strings.NewReader(body))
			req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
			if got := f.send(req); got.status != http.StatusCreated {
				f.t.Fatalf("%d %s", got.status, got.body)
			}
		}
		f.await()
		if got := b.aspects(f.t); !slices.Equal(got, []string{"create"}) {
			f.t.Errorf("told %v", got)
		}
	})
}
