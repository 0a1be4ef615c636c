package strava

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// Upload is a file on its way to becoming an activity.
type Upload struct {
	ID         ID     `json:"id"`
	IDStr      string `json:"id_str,omitempty"`
	ExternalID string `json:"external_id"`
	// Error is what Strava finds wrong with the file, such as that it has the activity already; else it is empty.
	Error string `json:"error"`
	// Status is a sentence.
	Status string `json:"status"`
	// ActivityID is 0 until there is an activity.
	ActivityID ID `json:"activity_id"`
}

// Pending says that Strava is still at work: ask again with [Client.Upload], a second later at the soonest.
func (u *Upload) Pending() bool {
	// The sentence is all that tells an activity that was made and deleted since.
	return u.ActivityID == 0 && u.Error == "" && !strings.Contains(u.Status, "deleted")
}

// UploadTypes returns the kinds of file that Strava takes.
func UploadTypes() []string {
	return []string{"fit", "fit.gz", "tcx", "tcx.gz", "gpx", "gpx.gz"}
}

// ErrFileTooLarge is an upload that goes beyond [UploadOptions].Limit.
var ErrFileTooLarge = errors.New("the file is too large")

// UploadOptions are a file and what to make of it. File, DataType and Limit are required.
type UploadOptions struct {
	// File is read once, while it is sent. It is not read any more when CreateUpload returns, and never closed.
	File io.Reader
	// DataType is one of [UploadTypes].
	DataType string
	// Limit is the largest length of the file in bytes. A longer one is given up half way: Strava then has no whole
	// request, and so makes nothing of it.
	Limit int64
	// Size is the file's exact length in bytes, when it is known: then Strava is told, and a file beyond the limit is not
	// even begun. Zero: not known.
	Size int64
	// FileName is what Strava takes for the ExternalID where there is none. Empty: "activity" and the data type.
	FileName string
	// Name, Description and ExternalID are the activity's. Empty: Strava decides.
	Name, Description, ExternalID string
	// Trainer marks an activity on a training machine.
	Trainer bool
	Commute bool
}

func (o UploadOptions) check() error {
	switch {
	case o.File == nil:
		return errors.New("file: there is none")
	case !slices.Contains(UploadTypes(), o.DataType):
		return fmt.Errorf("data type %q: must be one of %v", o.DataType, UploadTypes())
	case o.Limit < 1:
		return fmt.Errorf("limit %d: must be positive", o.Limit)
	case o.Size < 0:
		return fmt.Errorf("size %d: must not be negative", o.Size)
	case o.Size > o.Limit:
		return fmt.Errorf("%w: %d bytes, at most %d", ErrFileTooLarge, o.Size, o.Limit)
	default:
		return nil
	}
}

func (o UploadOptions) fields() url.Values {
	fields := url.Values{"data_type": {o.DataType}}
	for name, value := range map[string]string{"name": o.Name, "description": o.Description, "external_id": o.ExternalID} {
		if value != "" {
			fields.Set(name, value)
		}
	}
	setFlag(fields, "trainer", o.Trainer)
	setFlag(fields, "commute", o.Commute)
	return fields
}

// CreateUpload sends a file, of which Strava makes an activity by and by: ask [Client.Upload] how far it is. It costs one
// call, which counts among all calls but not among the reading ones, and may take five minutes whatever [Config.Timeout]
// is.
//
// It is sent once. After [ErrUnavailable] it is not known whether Strava has the file: look for an activity with the
// ExternalID before trying again.
//
// Scope: activity:write.
//
// https://developers.strava.com/docs/reference/#api-Uploads-createUpload
func (c *Client) CreateUpload(ctx context.Context, options UploadOptions) (*Upload, error) {
	r := writing(http.MethodPost, "/uploads")
	if err := options.check(); err != nil {
		return nil, r.refuse(err)
	}
	file := &uploadedFile{from: options.File, left: options.Limit}
	r, err := r.multipart(options, file)
	if err != nil {
		return nil, r.refuse(err)
	}
	upload, err := object(ctx, c, r, (*Upload).identified)
	// What went wrong with the file is not Strava's fault, and the transport words it as if it were.
	if failure := file.finish(); failure != nil {
		return nil, r.refuse(failure)
	}
	return upload, err
}

// Upload tells how far Strava is with a file. It costs one call.
//
// Scope: activity:write.
//
// https://developers.strava.com/docs/reference/#api-Uploads-getUploadById
func (c *Client) Upload(ctx context.Context, id int64) (*Upload, error) {
	return object(ctx, c, reading("/uploads/{id}").of(id), (*Upload).identified)
}

func (u *Upload) identified() bool { return u.ID > 0 }

// multipart puts the file and its fields into the body. What is before and after the file is made here, so that the
// file itself needs no buffer.
func (r request) multipart(options UploadOptions, file *uploadedFile) (request, error) {
	var frame bytes.Buffer
	writer := multipart.NewWriter(&frame)
	for name, values := range options.fields() {
		if err := writer.WriteField(name, values[0]); err != nil {
			return r, err
		}
	}
	if _, err := writer.CreateFormFile("file", cmp.Or(options.FileName, "activity."+options.DataType)); err != nil {
		return r, err
	}
	split := frame.Len()
	if err := writer.Close(); err != nil {
		return r, err
	}
	before, after := frame.Bytes()[:split], frame.Bytes()[split:]
	r.body = io.MultiReader(bytes.NewReader(before), file, bytes.NewReader(after))
	r.contentType = writer.FormDataContentType()
	if options.Size > 0 {
		r.length = options.Size + int64(frame.Len())
	}
	return r, nil
}

// uploadedFile is the caller's file as net/http may read it: up to the limit, and not for longer than the call lasts. An
// early answer leaves the transport reading on in the background.
type uploadedFile struct {
	mu      sync.Mutex
	from    io.Reader
	left    int64
	failure error
}

var errUploadOver = errors.New("the upload is over")

// Read implements [io.Reader].
func (f *uploadedFile) Read(buffer []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.from == nil {
		return 0, errUploadOver
	}
	// One byte more than is left tells a file that ends at the limit from one that goes on.
	if int64(len(buffer)) > f.left+1 {
		buffer = buffer[:f.left+1]
	}
	n, err := f.from.Read(buffer)
	f.left -= int64(n)
	if f.left < 0 {
		f.failure = ErrFileTooLarge
		return 0, f.failure
	}
	if err != nil && !errors.Is(err, io.EOF) {
		f.failure = fmt.Errorf("read the file: %w", err)
		return n, f.failure
	}
	return n, err
}

// finish takes the file away from the transport and tells what went wrong with it.
func (f *uploadedFile) finish() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.from = nil
	return f.failure
}
