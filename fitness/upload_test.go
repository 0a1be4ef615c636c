package fitness_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/strava/stravatest"
	"domestique/tokens"
)

const (
	uploadCall = "POST /uploads"
	pollCall   = "GET /uploads/{id}"
)

func asError(err error) *fitness.Error {
	problem, _ := errors.AsType[*fitness.Error](err)
	return problem
}

func file(content []byte) fitness.TrackFile {
	return fitness.TrackFile{Content: bytes.NewReader(content), Size: int64(len(content))}
}

// gpx is a track of so many points, a minute apart, that ends an hour before noon.
func gpx(points int) []byte {
	var text strings.Builder
	text.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- made up -->\n" +
		`<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1"><trk><type>running</type><trkseg>`)
	for i := range points {
		fmt.Fprintf(&text, `<trkpt lat="%.5f" lon="8.54000"><ele>400</ele><time>%s</time></trkpt>`,
			47.37+float64(i)/1000, noon.Add(-time.Hour-time.Duration(points-i)*time.Minute).Format(time.RFC3339))
	}
	text.WriteString(`</trkseg></trk></gpx>`)
	return []byte(text.String())
}

func tcx() []byte {
	var text strings.Builder
	text.WriteString("\ufeff" + `<?xml version="1.0"?><TrainingCenterDatabase ` +
		`xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"><Activities><Activity Sport="Biking"><Lap><Track>`)
	for i := range 3 {
		fmt.Fprintf(&text, `<Trackpoint><Time>%s</Time><DistanceMeters>%d</DistanceMeters></Trackpoint>`,
			noon.Add(time.Duration(i-180)*time.Minute).Format(time.RFC3339), i*400)
	}
	text.WriteString(`</Track></Lap></Activity></Activities></TrainingCenterDatabase>`)
	return []byte(text.String())
}

// fit is a ride of three records, byte by byte: https://developer.garmin.com/fit/protocol/
func fit() []byte {
	var data bytes.Buffer
	// The definition of local message 0: little endian, record (20), with timestamp (253), distance (5), latitude (0) and
	// longitude (1), four bytes each.
	data.Write([]byte{0x40, 0, 0, 20, 0, 4, 253, 4, 0x86, 5, 4, 0x86, 0, 4, 0x85, 1, 4, 0x85})
	epoch := time.Date(1989, 12, 31, 0, 0, 0, 0, time.UTC)
	for i := range uint32(3) {
		data.WriteByte(0)
		when := uint32(noon.Add(-5*time.Hour).Sub(epoch)/time.Second) + 60*i
		for _, value := range []uint32{when, 40000 * i, 565_000_000 + 5000*i, 101_000_000} {
			data.Write(binary.LittleEndian.AppendUint32(nil, value))
		}
	}
	header := []byte{14, 0x10, 0x64, 0x08, 0, 0, 0, 0, '.', 'F', 'I', 'T', 0, 0}
	binary.LittleEndian.PutUint32(header[4:], uint32(data.Len()))
	whole := append(header, data.Bytes()...)
	return binary.LittleEndian.AppendUint16(whole, fitChecksum(whole))
}

func fitChecksum(content []byte) uint16 {
	var sum uint16
	for _, each := range content {
		sum ^= uint16(each)
		for range 8 {
			carry := sum & 1
			if sum >>= 1; carry != 0 {
				sum ^= 0xa001
			}
		}
	}
	return sum
}

func gzipped(tb testing.TB, content io.Reader) []byte {
	tb.Helper()
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := io.Copy(writer, content); err != nil {
		tb.Fatalf("pack: %v", err)
	}
	if err := writer.Close(); err != nil {
		tb.Fatalf("pack: %v", err)
	}
	return packed.Bytes()
}

// bomb unpacks to what it begins with and so many megabytes of blanks: a gzip is as long as its members together.
func bomb(tb testing.TB, begin []byte, megabytes int) []byte {
	tb.Helper()
	blanks := gzipped(tb, bytes.NewReader(bytes.Repeat([]byte{' '}, 1<<20)))
	return append(gzipped(tb, bytes.NewReader(begin)), bytes.Repeat(blanks, megabytes)...)
}

func (g *gateway) uploaded(tb testing.TB, id int64) *fitness.UploadProgress {
	tb.Helper()
	progress, err := g.Upload(asOwner(tb), fmt.Sprint(id))
	if err != nil || progress == nil {
		tb.Fatalf("ask for the upload: %v, %v", progress, err)
	}
	return progress
}

// What a file becomes shows that Strava was told the right format: it reads the file by it.
func TestAnUploadBecomesAnActivity(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		content []byte
		sport   fitness.Sport
	}{
		"GPX":         {gpx(10), fitness.SportRun},
		"gzipped GPX": {gzipped(t, bytes.NewReader(gpx(10))), fitness.SportRun},
		"a long GPX":  {gpx(3000), fitness.SportRun},
		"TCX":         {tcx(), fitness.SportRide},
		"gzipped TCX": {gzipped(t, bytes.NewReader(tcx())), fitness.SportRide},
		"FIT":         {fit(), fitness.SportRide},
		"gzipped FIT": {gzipped(t, bytes.NewReader(fit())), fitness.SportRide},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
			g.list(t, nil)
			listed := g.calls(listCall)
			sent, err := g.UploadActivity(asOwner(t), fitness.UploadActivityInput{
				File: file(test.content), Name: new("From a file"), IsCommute: new(true),
			})
			if err != nil || sent.Status != fitness.UploadStatusProcessing {
				t.Fatalf("upload: %+v, %v", sent, err)
			}
			if got := g.uploaded(t, sent.ID); got.Status != fitness.UploadStatusProcessing {
				t.Errorf("got %+v", got)
			}
			g.clock.advance(time.Second)
			ready := g.uploaded(t, sent.ID)
			activity, err := ready.Activity()
			if ready.Status != fitness.UploadStatusReady || err != nil || activity == nil {
				t.Fatalf("got %+v, %v, %v", ready, activity, err)
			}
			if activity.Name != "From a file" || activity.Sport != test.sport || !activity.IsCommute || activity.DistanceMeters <= 0 {
				t.Errorf("got %+v", activity)
			}
			if found, err := g.Activity(asOwner(t), activity.ID()); err != nil || found != activity {
				t.Errorf("the list has %v, %v", found, err)
			}
			g.expectCalls(t, uploadCall, 1)
			g.expectCalls(t, pollCall, 2)
			g.expectCalls(t, activityCall, 1)
			g.expectCalls(t, listCall, listed)
		})
	}
}

// The name of the first element is the same in every encoding that a device writes.
func TestATrackNeedNotBeUTF8(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
	latin := bytes.Replace(gpx(3), []byte("UTF-8"), []byte("ISO-8859-1"), 1)
	sent, err := g.UploadActivity(asOwner(t), fitness.UploadActivityInput{File: file(bytes.Replace(latin, []byte("test"), []byte("t\xe9st"), 1))})
	if err != nil || sent.Status != fitness.UploadStatusProcessing {
		t.Errorf("got %+v, %v", sent, err)
	}
}

// Strava asks not to be asked more often than once a second.
func TestPollsShareACallForASecond(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
	g.fake.SlowUploads(5)
	sent, err := g.UploadActivity(asOwner(t), fitness.UploadActivityInput{File: file(gpx(3))})
	if err != nil {
		t.Fatalf("upload: %v", err)
	}
	for second := range 3 {
		var group sync.WaitGroup
		for range 10 {
			group.Go(func() { g.uploaded(t, sent.ID) })
		}
		group.Wait()
		g.expectCalls(t, pollCall, second+1)
		g.clock.advance(time.Second)
	}
}

func TestTheSameFileTwiceIsOneActivity(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
	g.fake.SlowUploads(0)
	var activities []*fitness.Activity
	for _, want := range []fitness.UploadStatus{fitness.UploadStatusReady, fitness.UploadStatusFailed} {
		sent, err := g.UploadActivity(asOwner(t), fitness.UploadActivityInput{File: file(gpx(3))})
		if err != nil {
			t.Fatalf("upload: %v", err)
		}
		progress := g.uploaded(t, sent.ID)
		activity, err := progress.Activity()
		if progress.Status != want || activity == nil || err != nil {
			t.Fatalf("got %+v, %v, %v", progress, activity, err)
		}
		activities = append(activities, activity)
		if failed := want == fitness.UploadStatusFailed; failed && *progress.Problem != "Strava has this activity already." {
			t.Errorf("got %q", *progress.Problem)
		}
	}
	if activities[0] != activities[1] {
		t.Errorf("got %v and %v", activities[0], activities[1])
	}
}

func TestWhyAnUploadFailed(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		`ride.fit duplicate of activity 42`:                           "Strava has this activity already.",
		`The file is empty.`:                                          "The file has no track in it.",
		`Time information is missing from file.`:                      "The track in the file has no times.",
		`Improperly formatted data.`:                                  "Strava cannot read the file: it is damaged, or not as its format wants it.",
		`The <b>moon</b>  is in the <a href='/x?y=1'>wrong</a> house`: "Strava says: The moon is in the wrong house",
	} {
		g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
		g.fake.Fault(stravatest.Fault{Path: "/uploads/{id}", Body: fmt.Sprintf(
			`{"id": 5, "external_id": "x", "error": %q, "status": "There was an error processing your activity."}`, words)})
		got := g.uploaded(t, 5)
		if got.Status != fitness.UploadStatusFailed || got.Problem == nil || *got.Problem != want {
			t.Errorf("%s: got %+v", words, got)
		}
	}
}

func TestAnUploadWhoseActivityIsGone(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
	g.fake.SlowUploads(0)
	sent, err := g.UploadActivity(asOwner(t), fitness.UploadActivityInput{File: file(gpx(3))})
	if err != nil {
		t.Fatalf("upload: %v", err)
	}
	activity, err := g.uploaded(t, sent.ID).Activity()
	if err != nil || !g.fake.DeleteActivity(activity.StravaID) {
		t.Fatalf("there is no activity to delete: %v", err)
	}
	g.clock.advance(time.Second)
	if got := g.uploaded(t, sent.ID); got.Status != fitness.UploadStatusFailed || !strings.Contains(*got.Problem, "deleted") {
		t.Errorf("got %+v", got)
	}
}

func TestUploadsThatThereAreNot(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
	missing := func() {
		if progress, err := g.Upload(asOwner(t), "5"); progress != nil || err != nil {
			t.Errorf("got %+v, %v, want nothing", progress, err)
		}
	}
	for _, id := range []string{"-5", "x", "", g.list(t, nil).Activities[0].ID()} {
		_, err := g.Upload(asOwner(t), id)
		refused(t, err, fitness.CodeBadUserInput, "id")
	}
	missing()
	missing()
	g.expectCalls(t, pollCall, 1)
	g.clock.advance(5 * time.Second) // one that was sent a moment ago may not be known everywhere at Strava
	missing()
	g.expectCalls(t, pollCall, 2)
}

func TestFilesThatAreNoTracks(t *testing.T) {
	t.Parallel()
	g := newWriter(t, twoRuns(), everyScope(), tokens.Status{Scopes: everyScope()})
	packed := gzipped(t, bytes.NewReader(gpx(100)))
	for name, content := range map[string][]byte{
		"empty":                        {},
		"one byte":                     {0x1f},
		"text":                         []byte("gpx"),
		"another XML":                  []byte(`<?xml version="1.0"?><kml><gpx/></kml>`),
		"text before the XML":          append([]byte("track: "), gpx(3)...),
		"FIT at another place":         []byte("            .FIT"),
		"a picture":                    []byte("\x89PNG\r\n\x1a\n0000.FIT"),
		"a prolog without an end":      append([]byte("<?xml version=\"1.0\"?><!--"), bytes.Repeat([]byte{' '}, 1<<20)...),
		"gzipped text":                 gzipped(t, strings.NewReader("gpx")),
		"gzipped nothing":              gzipped(t, strings.NewReader("")),
		"gzipped twice":                gzipped(t, bytes.NewReader(packed)),
		"half a gzip":                  packed[:len(packed)/2],
		"a gzip with a wrong checksum": append(packed[:len(packed)-8:len(packed)-8], "12345678"...),
		"the head of a gzip":           packed[:5],
		"a bomb":                       bomb(t, nil, 1000),
		"a bomb that looks like GPX":   bomb(t, gpx(3), 201),
		"25 MB and a byte":             append(gpx(3), make([]byte, 25<<20)...),
	} {
		t.Run(name, func(t *testing.T) {
			before := g.fake.Calls()
			_, err := g.UploadActivity(asOwner(t), fitness.UploadActivityInput{File: file(content)})
			refused(t, err, fitness.CodeBadUserInput, "input.file")
			if after := g.fake.Calls(); !maps.Equal(before, after) {
				t.Errorf("calls (-before +after):\n%s", cmp.Diff(before, after))
			}
		})
	}
	_, err := g.UploadActivity(asOwner(t), fitness.UploadActivityInput{File: file(gpx(3)), Name: new("")})
	refused(t, err, fitness.CodeBadUserInput, "input.name")
	g.expectCalls(t, uploadCall, 0)
}
