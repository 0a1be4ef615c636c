package strava_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"domestique/strava"
)

// writes are the endpoints that change something.
func writes() []endpoint {
	return slices.DeleteFunc(endpoints(), func(e endpoint) bool { return e.method == "GET" })
}

// TestWritesAreSentOnce counts what reaches Strava: whatever becomes of a write, it is not sent again.
func TestWritesAreSentOnce(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"done", answers(200, `{"id":1}`), ""},
		{"done, the answer is cut", answers(200, `{"id":`), "ErrUnavailable"},
		{"done, the connection is cut", hijacked("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"), "ErrUnavailable"},
		{"no answer", hijacked(""), "ErrUnavailable"},
		{"a server error", answers(500, `{"message":"error"}`), "ErrUnavailable"},
		{"a proxy's error", answers(502, "bad gateway"), "ErrUnavailable"},
		{"a dead token", answers(401, fault("Authorization Error", "Athlete", "access_token", "invalid")), "ErrUnauthorized"},
		{"no scope", answers(401, fault("Authorization Error", "AccessToken", "activity:write_permission", "missing")), "ErrScopeMissing"},
		{"no scope, in old words", answers(401, fault("Authorization Error", "AccessToken", "write_permission", "missing")), "ErrScopeMissing"},
		{"rate limit", answers(429, fault("Rate Limit Exceeded", "Application", "overall rate limit", "exceeded")), "RateLimitError"},
		{"not found", answers(404, fault("Record Not Found", "Activity", "id", "invalid")), "ErrNotFound"},
		{"found elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/api/v3/elsewhere", http.StatusFound)
		}, "ErrUnavailable"},
		{"moved for good", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/api/v3/elsewhere", http.StatusPermanentRedirect)
		}, "ErrUnavailable"},
	}
	for _, test := range tests {
		for _, write := range writes() {
			t.Run(test.name+", "+write.name(), func(t *testing.T) {
				t.Parallel()
				var calls atomic.Int32
				source := &tokens{list: []string{"access-token", "another"}}
				url := serveURL(t, func(w http.ResponseWriter, r *http.Request) {
					calls.Add(1)
					if _, err := io.Copy(io.Discard, r.Body); err != nil {
						t.Error(err)
					}
					test.handler(w, r)
				})
				_, err := write.call(t.Context(), newClient(t, strava.Config{BaseURL: url, Tokens: source}))
				if meanings(err) != test.want {
					t.Errorf("got %v, want %q", err, test.want)
				}
				if calls.Load() != 1 {
					t.Errorf("sent %d times", calls.Load())
				}
				if refused := test.want == "ErrUnauthorized"; refused != slices.Equal(source.refused, []string{"access-token"}) {
					t.Errorf("invalidated %q", source.refused)
				}
			})
		}
	}
}

func TestWriteTellsTheScope(t *testing.T) {
	t.Parallel()
	client := serve(t, answers(401, fault("Authorization Error", "AccessToken", "profile:write_permission", "missing")))
	_, err := client.UpdateAthlete(t.Context(), 70)
	refusal, ok := errors.AsType[*strava.APIError](err)
	if !ok || refusal.Scope() != "profile:write" || refusal.Op != "PUT /athlete" {
		t.Errorf("got %#v", err)
	}
}

// limited answers with counters: read and overall calls used, of 100 and 200.
func limited(read, overall int, then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-ReadRateLimit-Limit", "100,1000")
		w.Header().Set("X-ReadRateLimit-Usage", fmt.Sprintf("%d,%d", read, read))
		w.Header().Set("X-RateLimit-Limit", "200,2000")
		w.Header().Set("X-RateLimit-Usage", fmt.Sprintf("%d,%d", overall, overall))
		then(w, r)
	}
}

// TestQuotaOfWrites: the creation of activities and uploads counts among all calls only; every other write counts among
// the reading ones, too.
func TestQuotaOfWrites(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name          string
		read, overall int
		post, put     bool // whether it is sent
	}{
		{"plenty", 10, 20, true, true},
		{"reads spent", 100, 120, true, false},
		{"all spent", 90, 200, false, false},
	}
	for _, test := range tests {
		for _, write := range writes() {
			t.Run(test.name+", "+write.name(), func(t *testing.T) {
				t.Parallel()
				var calls atomic.Int32
				client := serve(t, limited(test.read, test.overall, func(w http.ResponseWriter, r *http.Request) {
					calls.Add(1)
					answers(200, `{"id":1}`)(w, r)
				}))
				if _, err := client.Athlete(t.Context()); err != nil {
					t.Fatal(err)
				}
				_, err := write.call(t.Context(), client)
				sent := test.put
				if write.method == "POST" {
					sent = test.post
				}
				if sent {
					if err != nil || calls.Load() != 2 {
						t.Errorf("%v, %d calls", err, calls.Load())
					}
					return
				}
				limit, ok := errors.AsType[*strava.RateLimitError](err)
				if !ok || limit.Sent || !limit.RetryAt.Equal(quarterEnd) || calls.Load() != 1 {
					t.Errorf("%#v, %d calls", err, calls.Load())
				}
			})
		}
	}
}

// TestRefusedUploadTellsWhen: the reading calls' spent day is no reason to wait for midnight with an upload.
func TestRefusedUploadTellsWhen(t *testing.T) {
	t.Parallel()
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-ReadRateLimit-Limit", "100,1000")
		w.Header().Set("X-ReadRateLimit-Usage", "10,1000")
		w.Header().Set("X-RateLimit-Limit", "200,2000")
		w.Header().Set("X-RateLimit-Usage", "200,1200")
		answers(429, fault("Rate Limit Exceeded", "Application", "overall rate limit", "exceeded"))(w, r)
	})
	_, err := client.CreateActivity(t.Context(), strava.NewActivity{Name: "Run", SportType: "Run", StartDateLocal: noon, ElapsedTime: time.Minute})
	if limit, ok := errors.AsType[*strava.RateLimitError](err); !ok || !limit.Sent || !limit.RetryAt.Equal(quarterEnd) {
		t.Errorf("got %#v, want to try again at %v", err, quarterEnd)
	}
}

// uploading returns options for a file of the given kind.
func uploading(file io.Reader, limit int64) strava.UploadOptions {
	return strava.UploadOptions{File: file, DataType: "fit.gz", Limit: limit, ExternalID: "ride-7"}
}

func TestUploadIsStreamed(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	for name, known := range map[string]bool{"size known": true, "size unknown": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if told := r.ContentLength > size; told != known {
					t.Errorf("a length of %d is told", r.ContentLength)
				}
				file, header, err := r.FormFile("file")
				if err != nil {
					t.Error(err)
					return
				}
				n, err := io.Copy(io.Discard, file)
				if err != nil || n != size || header.Filename != "activity.fit.gz" {
					t.Errorf("%s of %d bytes, %v", header.Filename, n, err)
				}
				answers(201, `{"id":7,"status":"Your activity is still being processed."}`)(w, r)
			})
			options := uploading(strings.NewReader(strings.Repeat("f", size)), size)
			if known {
				options.Size = size
			}
			upload, err := client.CreateUpload(t.Context(), options)
			if err != nil || upload.ID != 7 || !upload.Pending() {
				t.Errorf("got %+v, %v", upload, err)
			}
		})
	}
}

// broken gives some bytes and then an error.
type broken struct{ left int }

var errDisk = errors.New("the disk is gone")

func (b *broken) Read(buffer []byte) (int, error) {
	if b.left == 0 {
		return 0, errDisk
	}
	n := min(b.left, len(buffer))
	b.left -= n
	return n, nil
}

// TestUploadGivenUp: a file that is too long or breaks off is the caller's trouble, not Strava's, and Strava does not get
// a whole request.
func TestUploadGivenUp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		file io.Reader
		want error
	}{
		{"a byte too long", strings.NewReader(strings.Repeat("f", 100_001)), strava.ErrFileTooLarge},
		{"endless", io.MultiReader(&broken{left: 10_000_000}), strava.ErrFileTooLarge},
		{"broken", &broken{left: 70_000}, errDisk},
		{"broken at once", &broken{}, errDisk},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if _, err := io.Copy(io.Discard, r.Body); err == nil {
					t.Error("Strava got a whole request")
				}
				answers(201, `{"id":7}`)(w, r)
			})
			upload, err := client.CreateUpload(t.Context(), uploading(test.file, 100_000))
			if upload != nil || !errors.Is(err, test.want) || errors.Is(err, strava.ErrUnavailable) {
				t.Errorf("got %v, %v; want %v", upload, err, test.want)
			}
		})
	}
}

// TestUploadLetsGoOfTheFile: a transport may read on after an early answer, and gets no more of the file.
func TestUploadLetsGoOfTheFile(t *testing.T) {
	t.Parallel()
	var body io.ReadCloser
	client := newClient(t, strava.Config{Transport: transport(func(r *http.Request) (*http.Response, error) {
		body = r.Body
		return reply(401, fault("Authorization Error", "AccessToken", "activity:write_permission", "missing")), nil
	})})
	file := strings.NewReader("the file")
	if _, err := client.CreateUpload(t.Context(), uploading(file, 100)); meanings(err) != "ErrScopeMissing" {
		t.Errorf("got %v, want ErrScopeMissing", err)
	}
	if _, err := io.Copy(io.Discard, body); err == nil || file.Len() != len("the file") {
		t.Errorf("the file is read after the call: %d bytes are left, %v", file.Len(), err)
	}
}

// TestUploadMayTakeLonger: a file has five minutes, every other write what the configuration says.
func TestUploadMayTakeLonger(t *testing.T) {
	t.Parallel()
	for _, write := range writes() {
		t.Run(write.name(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				want := time.Second
				if write.path == "/uploads" {
					want = 5 * time.Minute
				}
				client := newClient(t, strava.Config{Transport: stall(false), Timeout: time.Second})
				start := time.Now()
				_, err := write.call(t.Context(), client)
				if got := time.Since(start); got != want || meanings(err) != "ErrUnavailable" {
					t.Errorf("gave up after %v with %v, want %v", got, err, want)
				}
			})
		})
	}
}

// TestCancelledWrite: the caller who goes away gets that back.
func TestCancelledWrite(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	client := newClient(t, strava.Config{Transport: transport(func(r *http.Request) (*http.Response, error) {
		cancel()
		return nil, r.Context().Err()
	})})
	_, err := client.CreateUpload(ctx, uploading(strings.NewReader("f"), 10))
	if !errors.Is(err, context.Canceled) || errors.Is(err, strava.ErrUnavailable) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}
