package stravatest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxUpload is how large a file may be, in bytes.
const MaxUpload = 25 << 20

// maxUnpacked is how large a gzipped one may become.
const maxUnpacked = 8 * MaxUpload

// What Strava says of an upload.
const (
	uploadProcessing = "Your activity is still being processed."
	uploadReady      = "Your activity is ready."
	uploadFailed     = "There was an error processing your activity."
	uploadDeleted    = "The created activity has been deleted."
)

func dataTypes() []string { return []string{"fit", "fit.gz", "tcx", "tcx.gz", "gpx", "gpx.gz"} }

// upload is a file that was taken in.
type upload struct {
	id         int64
	externalID string
	activity   int64  // 0 when it failed
	failure    string // "" when it did not
	polls      int    // how often it will still say that it is not finished
}

type wireUpload struct {
	ID         int64   `json:"id"`
	IDStr      string  `json:"id_str"`
	ExternalID *string `json:"external_id"`
	Error      *string `json:"error"`
	Status     string  `json:"status"`
	ActivityID *int64  `json:"activity_id"`
}

// SlowUploads is how often an upload says that it is still being processed, the answer to the POST not counted, before
// it is ready or has failed: once, unless this is called. It panics in Recorded mode.
func (s *Server) SlowUploads(polls int) {
	d := s.own.(*diary)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.uploadPolls = polls
}

// createUpload takes a file in. What becomes of it is decided at once and told by polling; the activity is in the list
// at once.
func (c *call) createUpload(d *diary) answer {
	fields, file, refused := c.multipart("name", "description", "trainer", "commute", "data_type", "external_id")
	if refused != nil {
		return *refused
	}
	if !slices.Contains(dataTypes(), fields["data_type"]) {
		c.violation("data_type is not one of Strava's")
		return badRequest("Upload", "data_type", "invalid")
	}
	if file.name == "" {
		c.violation("file is missing")
		return badRequest("Upload", "file", "missing")
	}
	u := &upload{externalID: fields["external_id"]}
	setDefault(&u.externalID, file.name)
	if track, err := readTrack(fields["data_type"], file.content); err != nil {
		u.failure = err.Error()
	} else {
		u.activity, u.failure = d.upload(track, fields, u.externalID)
	}
	if e, ok := d.find(u.activity); ok {
		c.tellActivity(nil, &e)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	u.id, u.polls = 18_200_000_000+int64(len(d.uploads)), d.uploadPolls
	d.uploads[u.id] = u
	return jsonAnswer(http.StatusCreated, u.wire(uploadProcessing))
}

// uploadedFile is the part of the form that is a file.
type uploadedFile struct {
	name    string
	content []byte
}

// multipart reads a form that may have the named fields and a file, each once.
func (c *call) multipart(names ...string) (map[string]string, uploadedFile, *answer) {
	var file uploadedFile
	fields := map[string]string{}
	mediaType, parameters, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || mediaType != "multipart/form-data" {
		return nil, file, c.badParameter("body", "the body is not multipart/form-data")
	}
	reader := multipart.NewReader(c.r.Body, parameters["boundary"])
	for {
		part, err := reader.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, file, nil
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(io.LimitReader(part, MaxUpload+1))
		}
		if err != nil {
			return nil, file, c.badParameter("body", "the body does not parse")
		}
		name := part.FormName()
		_, again := fields[name]
		switch {
		case name == "file" && part.FileName() != "" && file.name == "":
			file = uploadedFile{part.FileName(), content}
		case !slices.Contains(names, name) || again:
			return nil, file, c.badParameter("body", "the form has a field that Strava does not have, or one twice")
		default:
			fields[name] = string(content)
		}
		if len(content) > MaxUpload {
			c.violation("the file is larger than 25 MB")
			a := refusal(http.StatusRequestEntityTooLarge, "Payload Too Large", fault{"Upload", "file", "too large"}) // A guess.
			return nil, file, &a
		}
	}
}

// upload makes an activity of a track, unless one that was measured began at the same second.
func (d *diary) upload(track track, fields map[string]string, externalID string) (id int64, failure string) {
	for _, e := range d.snapshot() {
		if !e.Manual && e.Start.Equal(track.start) {
			return 0, fmt.Sprintf("%s duplicate of <a href='/activities/%d' target='_blank'>%s</a>", externalID, e.row.ID, e.Name)
		}
	}
	flag := func(name string) bool { return fields[name] == "1" || fields[name] == "true" }
	a := Activity{
		Name: fields["name"], Description: fields["description"], Sport: track.sport, Start: track.start, Distance: track.metres(),
		Climb: track.climb(), Moving: time.Duration(len(track.distance)-1) * time.Second, Trainer: flag("trainer"), Commute: flag("commute"),
	}
	if home, err := time.LoadLocation(homeZone); err == nil {
		a.Start = a.Start.In(home)
	}
	return d.add(plan{Activity: a, spot: home(), uploaded: &track, externalID: externalID}).row.ID, ""
}

// getUpload tells what became of a file.
func (c *call) getUpload(d *diary) answer {
	id, _ := strconv.ParseInt(c.id, 10, 64)
	d.mu.Lock()
	u, ok := d.uploads[id]
	waiting := false
	if ok && u.polls > 0 {
		u.polls--
		waiting = true
	}
	d.mu.Unlock()
	if !ok {
		return notFound("Upload", "id")
	}
	_, there := d.find(u.activity)
	switch {
	case waiting:
		return jsonAnswer(http.StatusOK, u.wire(uploadProcessing))
	case u.failure != "":
		w := u.wire(uploadFailed)
		w.Error = &u.failure
		return jsonAnswer(http.StatusOK, w)
	case !there:
		return jsonAnswer(http.StatusOK, u.wire(uploadDeleted))
	default:
		w := u.wire(uploadReady)
		w.ActivityID = &u.activity
		return jsonAnswer(http.StatusOK, w)
	}
}

func (u *upload) wire(status string) wireUpload {
	return wireUpload{ID: u.id, IDStr: strconv.FormatInt(u.id, 10), ExternalID: &u.externalID, Status: status}
}

// errFormat is Strava's word for a file that it can't read.
var errFormat = errors.New("Improperly formatted data.") //nolint:staticcheck // Strava's spelling.

// readTrack reads a file of a data type.
func readTrack(dataType string, content []byte) (track, error) {
	format, zipped := strings.CutSuffix(dataType, ".gz")
	if zipped {
		unzipped, err := gunzip(content)
		if err != nil {
			return track{}, errFormat
		}
		content = unzipped
	}
	var points []trackPoint
	var sport string
	var err error
	switch format {
	case "fit":
		sport, points, err = readFIT(content)
	case "tcx":
		sport, points, err = readTCX(content)
	default:
		sport, points, err = readGPX(content)
	}
	if err != nil {
		return track{}, errFormat
	}
	return newTrack(sport, points)
}

func gunzip(content []byte) ([]byte, error) {
	reader, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	unzipped, err := io.ReadAll(io.LimitReader(reader, maxUnpacked+1))
	if err == nil && len(unzipped) > maxUnpacked {
		err = errFormat
	}
	return unzipped, err
}
