package stravatest_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

// upload sends a form; the file's field has a name where there is content.
func (f *fake) upload(fields map[string]string, name string, content []byte) reply {
	f.t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for field, value := range fields {
		if err := w.WriteField(field, value); err != nil {
			f.t.Fatal(err)
		}
	}
	if content != nil {
		file, err := w.CreateFormFile("file", name)
		if err != nil {
			f.t.Fatal(err)
		}
		if _, err := file.Write(content); err != nil {
			f.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		f.t.Fatal(err)
	}
	req := f.request(http.MethodPost, "/api/v3/uploads", f.writer(), nil)
	req.Body = httpBody(form.String())
	req.Header.Set("Content-Type", w.FormDataContentType())
	return f.send(req)
}

// created is the body of a 201.
func created(t *testing.T, r reply) raw {
	t.Helper()
	if r.status != http.StatusCreated {
		t.Fatalf("status %d: %s", r.status, r.body)
	}
	return decodeRaw[raw](t, []byte(r.body))
}

func TestUploadEveryFormat(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 19, 6, 30, 0, 0, time.UTC)
	for _, dataType := range []string{"fit", "fit.gz", "tcx", "tcx.gz", "gpx", "gpx.gz"} {
		t.Run(dataType, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, empty())
			f.SlowUploads(2)
			fields := map[string]string{"data_type": dataType, "name": "From the watch", "description": "By file", "commute": "1", "external_id": "w-1"}
			upload := created(t, f.upload(fields, "run."+dataType, stravatest.TrackFile(dataType, start)))
			if upload.str("status") != "Your activity is still being processed." || upload.text("activity_id") != "null" || upload.text("error") != "null" || upload.str("external_id") != "w-1" {
				t.Errorf("upload: %v", upload)
			}
			var statuses []string
			for range 4 {
				upload = decode[raw](t, f.get(f.writer(), "/uploads/"+upload.text("id")))
				statuses = append(statuses, upload.str("status"))
			}
			want := []string{"Your activity is still being processed.", "Your activity is still being processed.", "Your activity is ready.", "Your activity is ready."}
			if diff := cmp.Diff(want, statuses); diff != "" {
				t.Errorf("polls (-want +got):\n%s", diff)
			}
			row := f.all()[0]
			detail, s := f.detail(row), f.streams("/activities/"+row.text("id"))
			if row.text("id") != upload.text("activity_id") || row.str("name") != "From the watch" || row.str("sport_type") != "Run" || row.str("start_date") != "2026-11-19T06:30:00Z" ||
				row.text("moving_time") != "1800" || row.text("commute") != "true" || row.str("external_id") != "w-1" || detail.str("description") != "By file" {
				t.Errorf("activity: %v", row)
			}
			if !near(row.num("distance"), 5580, 30) || len(s.Latlng.Data) != 1801 || !near(metres(s.Latlng.Data), 5580, 50) || len(decodeRaw[[]raw](t, detail["splits_metric"])) != 6 {
				t.Errorf("%s m, %d points, %v m long", row.text("distance"), len(s.Latlng.Data), metres(s.Latlng.Data))
			}
			if hasHeart := !strings.HasPrefix(dataType, "gpx"); (row.text("average_heartrate") != "") != hasHeart || hasHeart != (len(s.Heartrate.Data) > 0) {
				t.Errorf("heart rate %s, %d samples", row.text("average_heartrate"), len(s.Heartrate.Data))
			}

			again := created(t, f.upload(fields, "run."+dataType, stravatest.TrackFile(dataType, start)))
			for range 3 {
				again = decode[raw](t, f.get(f.writer(), "/uploads/"+again.text("id")))
			}
			duplicate := fmt.Sprintf("w-1 duplicate of <a href='/activities/%s' target='_blank'>From the watch</a>", row.text("id"))
			if again.str("error") != duplicate || again.str("status") != "There was an error processing your activity." || again.text("activity_id") != "null" || len(f.all()) != 1 {
				t.Errorf("a duplicate: %v", again)
			}
			f.DeleteActivity(int64(row.num("id")))
			if gone := decode[raw](t, f.get(f.writer(), "/uploads/"+upload.text("id"))); gone.str("status") != "The created activity has been deleted." {
				t.Errorf("deleted: %v", gone)
			}
			if len(f.Violations()) > 0 {
				t.Errorf("violations: %v", f.Violations())
			}
		})
	}
}

func TestFilesThatAreNoTracks(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	f.SlowUploads(0)
	start := time.Date(2026, 11, 19, 6, 30, 0, 0, time.UTC)
	fit := stravatest.TrackFile("fit", start)
	spoilt := bytes.Clone(fit)
	spoilt[100] ^= 1
	noTime := bytes.ReplaceAll(stravatest.TrackFile("gpx", start), []byte("<time>"), []byte("<time></time><!--"))
	noTime = bytes.ReplaceAll(noTime, []byte("Z</time>"), []byte("-->"))
	for _, tc := range []struct {
		name, dataType string
		content        []byte
		want           string
	}{
		{"a letter", "gpx", []byte("Dear Strava"), "Improperly formatted data."},
		{"nothing", "fit", []byte{}, "Improperly formatted data."},
		{"another XML", "tcx", []byte("<html/>"), "Improperly formatted data."},
		{"another format", "tcx", stravatest.TrackFile("gpx", start), "Improperly formatted data."},
		{"not gzipped", "fit.gz", fit, "Improperly formatted data."},
		{"gzipped", "fit", stravatest.TrackFile("fit.gz", start), "Improperly formatted data."},
		{"a wrong checksum", "fit", spoilt, "Improperly formatted data."},
		{"cut", "fit", fit[:len(fit)/2], "Improperly formatted data."},
		{"cut in gzip", "gpx.gz", stravatest.TrackFile("gpx.gz", start)[:500], "Improperly formatted data."},
		{"no points", "gpx", []byte(`<gpx><trk><trkseg></trkseg></trk></gpx>`), "The file is empty."},
		{"no times", "gpx", noTime, "Time information is missing from file."},
		{"a bad time", "gpx", []byte(`<gpx><trk><trkseg><trkpt lat="1" lon="2"><time>noon</time></trkpt></trkseg></trk></gpx>`), "Improperly formatted data."},
	} {
		upload := created(t, f.upload(map[string]string{"data_type": tc.dataType}, "file", tc.content))
		told := decode[raw](t, f.get(f.writer(), "/uploads/"+upload.text("id")))
		if told.str("error") != tc.want || told.str("status") != "There was an error processing your activity." || told.text("activity_id") != "null" {
			t.Errorf("%s: %s, %s", tc.name, told.text("status"), told.text("error"))
		}
	}
	if len(f.all()) != 0 {
		t.Errorf("%d activities", len(f.all()))
	}
	wantRefusal(t, f.get(f.writer(), "/uploads/1"), 404, "Record Not Found", "Upload", "id", "invalid")
	wantRefusal(t, f.get(f.writer(), "/uploads/x"), 404, "Record Not Found", "Upload", "id", "invalid")
}

func TestBadUploads(t *testing.T) {
	t.Parallel()
	f := newFake(t, empty())
	content := stravatest.TrackFile("gpx", time.Date(2026, 11, 19, 6, 30, 0, 0, time.UTC))
	for _, tc := range []struct {
		name    string
		fields  map[string]string
		content []byte
		status  int
	}{
		{"no file", map[string]string{"data_type": "gpx"}, nil, 400},
		{"no data type", map[string]string{}, content, 400},
		{"another data type", map[string]string{"data_type": "kml"}, content, 400},
		{"an unknown field", map[string]string{"data_type": "gpx", "private": "1"}, content, 400},
		{"too large", map[string]string{"data_type": "gpx"}, make([]byte, stravatest.MaxUpload+1), 413},
	} {
		if got := f.upload(tc.fields, "file.gpx", tc.content); got.status != tc.status || len(f.Violations()) != 1 {
			t.Errorf("%s: %d %s, violations %v", tc.name, got.status, got.body, f.Violations())
		}
		f.Forgive()
	}
	if got := f.send1(http.MethodPost, f.writer(), "/uploads", url.Values{"data_type": {"gpx"}}); got.status != 400 || len(f.Violations()) != 1 {
		t.Errorf("not multipart: %d %s", got.status, got.body)
	}
	if len(f.all()) != 0 {
		t.Errorf("%d activities", len(f.all()))
	}
}
