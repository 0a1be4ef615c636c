package stravatest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

func TestDeliveryIsTriedThreeTimes(t *testing.T) {
	t.Parallel()
	late := func(_ int, r *http.Request) (int, error) {
		<-r.Context().Done()
		return 0, r.Context().Err()
	}
	status := func(codes ...int) func(int, *http.Request) (int, error) {
		return func(try int, _ *http.Request) (int, error) { return codes[try-1], nil }
	}
	const gap = time.Minute
	tests := []struct {
		name    string
		respond func(int, *http.Request) (int, error)
		at      []time.Duration
		want    stravatest.EventCounts
	}{
		{"at once", status(200), []time.Duration{0}, stravatest.EventCounts{Events: 1, Tries: 1, Delivered: 1}},
		{"the second time", status(500, 200), []time.Duration{0, gap}, stravatest.EventCounts{Events: 1, Tries: 2, Refused: 1, Delivered: 1}},
		{"the third time", status(404, 301, 200), []time.Duration{0, gap, 2 * gap}, stravatest.EventCounts{Events: 1, Tries: 3, Refused: 2, Delivered: 1}},
		{"never", status(201, 202, 204), []time.Duration{0, gap, 2 * gap}, stravatest.EventCounts{Events: 1, Tries: 3, Refused: 3, Lost: 1}},
		{"always late", late, []time.Duration{0, gap + 2*time.Second, 2*gap + 4*time.Second}, stravatest.EventCounts{Events: 1, Tries: 3, Refused: 3, Lost: 1}},
		{"out of reach", func(int, *http.Request) (int, error) { return 0, io.ErrUnexpectedEOF }, []time.Duration{0, gap, 2 * gap}, stravatest.EventCounts{Events: 1, Tries: 3, Refused: 3, Lost: 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			subscribed(t, nil, func(f *fake, b *callback, id int64) {
				b.respond = test.respond
				start := time.Now()
				f.DeleteActivity(id)
				f.await()
				var at []time.Duration
				for i, try := range b.tries {
					at = append(at, try.Sub(start))
					if b.bodies[i] != b.bodies[0] {
						f.t.Errorf("try %d says something else: %s", i+1, b.bodies[i])
					}
				}
				if diff := cmp.Diff(test.at, at); diff != "" {
					f.t.Errorf("tries (-want +got):\n%s", diff)
				}
				f.wantCounts(test.want)
			})
		})
	}
}

// A slow or broken callback holds up nobody who changes something, and no other event beyond its two seconds.
func TestRetriesDoNotHoldUpOthers(t *testing.T) {
	t.Parallel()
	subscribed(t, nil, func(f *fake, b *callback, id int64) {
		b.respond = func(try int, _ *http.Request) (int, error) {
			if try == 1 {
				return 503, nil
			}
			return 200, nil
		}
		f.EditActivity(id, func(a *stravatest.Activity) { a.Name = "Second" })
		synctest.Wait()
		f.DeleteActivity(id)
		f.await()
		if got := b.aspects(f.t); !slices.Equal(got, []string{"update", "delete", "update"}) {
			f.t.Errorf("told %v", got)
		}
	})
}

func TestEventFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault stravatest.EventFault
		want  []string
		count stravatest.EventCounts
	}{
		{"drop the first", stravatest.EventFault{Drop: true}, []string{"update", "delete"}, stravatest.EventCounts{Events: 3, Tries: 2, Delivered: 2, Lost: 1}},
		{"drop all", stravatest.EventFault{Drop: true, Times: stravatest.Always}, []string{}, stravatest.EventCounts{Events: 3, Lost: 3}},
		{"drop an aspect", stravatest.EventFault{Drop: true, AspectType: "delete"}, []string{"create", "update"}, stravatest.EventCounts{Events: 3, Tries: 2, Delivered: 2, Lost: 1}},
		{"drop another object", stravatest.EventFault{Drop: true, ObjectType: "athlete"}, []string{"create", "update", "delete"}, stravatest.EventCounts{Events: 3, Tries: 3, Delivered: 3}},
		{"twice", stravatest.EventFault{Copies: 1, Times: 2}, []string{"create", "create", "update", "update", "delete"}, stravatest.EventCounts{Events: 5, Tries: 5, Delivered: 5}},
		{"overtaken", stravatest.EventFault{Delay: time.Second}, []string{"update", "delete", "create"}, stravatest.EventCounts{Events: 3, Tries: 3, Delivered: 3}},
		{"too many", stravatest.EventFault{Copies: stravatest.MaxWaiting, Delay: time.Second, AspectType: "delete"}, nil, stravatest.EventCounts{Events: 1003, Tries: 1002, Delivered: 1002, Lost: 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			subscribed(t, nil, func(f *fake, b *callback, _ int64) {
				f.EventFault(test.fault)
				id := f.AddActivity(stravatest.Activity{Name: "A", Start: f.clock.Now().Add(-5 * time.Hour)})
				f.EditActivity(id, func(a *stravatest.Activity) { a.Name = "B" })
				synctest.Wait()
				f.DeleteActivity(id)
				f.await()
				if diff := cmp.Diff(test.want, b.aspects(f.t)); test.want != nil && diff != "" {
					f.t.Errorf("told (-want +got):\n%s", diff)
				}
				f.wantCounts(test.count)
			})
		})
	}
}

func TestEventFaultCanBeTakenBack(t *testing.T) {
	t.Parallel()
	subscribed(t, nil, func(f *fake, b *callback, id int64) {
		f.EventFault(stravatest.EventFault{Drop: true, Times: stravatest.Always})()
		f.DeleteActivity(id)
		f.await()
		if got := b.aspects(f.t); !slices.Equal(got, []string{"delete"}) {
			f.t.Errorf("told %v", got)
		}
	})
}

func TestHeldEventsWaitAndMayBeReversed(t *testing.T) {
	t.Parallel()
	subscribed(t, nil, func(f *fake, b *callback, id int64) {
		release, second := f.HoldEvents(), f.HoldEvents()
		f.EditActivity(id, func(a *stravatest.Activity) { a.Name = "B" })
		f.DeleteActivity(id)
		ctx, cancel := context.WithTimeout(f.t.Context(), time.Hour)
		defer cancel()
		if err := f.AwaitEvents(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "2 events") {
			f.t.Errorf("while held: %v", err)
		}
		f.ReverseEvents()
		release()
		release()
		synctest.Wait()
		f.wantCounts(stravatest.EventCounts{Events: 2, Waiting: 2})
		second()
		f.await()
		if got := b.aspects(f.t); !slices.Equal(got, []string{"delete", "update"}) {
			f.t.Errorf("told %v", got)
		}
	})
}

func TestHoldKeepsRetriesBack(t *testing.T) {
	t.Parallel()
	subscribed(t, nil, func(f *fake, b *callback, id int64) {
		b.respond = func(try int, _ *http.Request) (int, error) { return map[bool]int{true: 500, false: 200}[try == 1], nil }
		f.DeleteActivity(id)
		synctest.Wait()
		release := f.HoldEvents()
		time.Sleep(time.Hour)
		f.wantCounts(stravatest.EventCounts{Events: 1, Tries: 1, Refused: 1, Waiting: 1})
		release()
		f.await()
		f.wantCounts(stravatest.EventCounts{Events: 1, Tries: 2, Refused: 1, Delivered: 1})
	})
}

func TestNoSubscriptionNoEvents(t *testing.T) {
	t.Parallel()
	subscribed(t, nil, func(f *fake, b *callback, id int64) {
		f.HoldEvents()
		f.EditActivity(id, func(a *stravatest.Activity) { a.Name = "B" })
		if got := f.delete(131301); got.status != http.StatusNoContent {
			f.t.Fatal(got.status)
		}
		f.DeleteActivity(id)
		f.await()
		f.wantCounts(stravatest.EventCounts{Events: 1, Lost: 1})
	})
}

// Close ends a delivery that hangs, and what waits is lost.
func TestCloseLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	subscribed(t, nil, func(f *fake, b *callback, id int64) {
		b.respond = func(_ int, r *http.Request) (int, error) {
			<-r.Context().Done()
			return 0, r.Context().Err()
		}
		f.EditActivity(id, func(a *stravatest.Activity) { a.Name = "B" })
		f.EditActivity(id, func(a *stravatest.Activity) { a.Name = "C" })
		synctest.Wait()
		start := time.Now()
		f.Close()
		if waited := time.Since(start); waited != 0 {
			f.t.Errorf("Close took %v", waited)
		}
		f.wantCounts(stravatest.EventCounts{Events: 2, Tries: 1, Refused: 1, Lost: 2})
		f.DeleteActivity(id)
		f.Close()
		f.wantCounts(stravatest.EventCounts{Events: 2, Tries: 1, Refused: 1, Lost: 2})
	})
}

func TestSignedEvents(t *testing.T) {
	t.Parallel()
	subscribed(t, nil, func(f *fake, b *callback, id int64) {
		f.SignEvents("signing secret")
		f.DeleteActivity(id)
		f.await()
		f.SignEvents("")
		f.AddActivity(stravatest.Activity{})
		f.await()
		// From openssl dgst -sha256 -hmac over "1795348800." and the body.
		const want = "t=1795348800,v1=f911ea6a7d4e1c156a45c58ecae77d45056c7feda41f476921cdec5cd1c6c56b"
		if got := b.header[0].Get("X-Strava-Signature"); got != want {
			f.t.Errorf("signed %s of %s", got, b.bodies[0])
		}
		if got := b.header[1].Get("X-Strava-Signature"); got != "" {
			f.t.Errorf("still signed: %s", got)
		}
	})
}

// Over real sockets, from a Server that Start closes.
func TestDeliveryOverHTTP(t *testing.T) {
	t.Parallel()
	f := stravatest.Start(t, empty())
	bodies := make(chan string, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			echo(w, r.URL.Query().Get("hub.challenge"))
			return
		}
		body, _ := io.ReadAll(r.Body)
		bodies <- string(body)
	}))
	t.Cleanup(receiver.Close)
	res, err := http.PostForm(f.APIURL()+"/push_subscriptions", url.Values{
		"client_id": {"4242"}, "client_secret": {"fake-client-secret"}, "callback_url": {receiver.URL}, "verify_token": {"v"},
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		t.Fatal(res.Status)
	}
	id := f.AddActivity(stravatest.Activity{})
	if body := <-bodies; !strings.Contains(body, fmt.Sprintf(`"object_id":%d,"object_type":"activity"`, id)) {
		t.Errorf("told %s", body)
	}
	if err := f.AwaitEvents(t.Context()); err != nil {
		t.Error(err)
	}
}
