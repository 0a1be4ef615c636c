package fitness

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"domestique/strava"
)

// UploadActivityInput is a file and what to make of it. File is required.
type UploadActivityInput struct {
	File TrackFile
	// Name is nil for Strava's choice, by the sport and the time of day.
	Name        *string
	Description *string
	IsCommute   *bool
	IsIndoor    *bool
}

// UploadStatus is how far Strava is with a file.
type UploadStatus string

const (
	UploadStatusProcessing UploadStatus = "PROCESSING"
	UploadStatusReady      UploadStatus = "READY"
	UploadStatusFailed     UploadStatus = "FAILED"
)

// UploadProgress is what became of a file so far.
type UploadProgress struct {
	// ID is Strava's.
	ID     int64
	Status UploadStatus
	// Problem is why it failed, for people; nil if it did not.
	Problem *string

	activityID int64 // what it became, or what it is a duplicate of; 0 if neither is known
	activity   *Activity
	failure    error
}

// Activity is what the file became, or, where Strava had it already, what it is a duplicate of. It is nil while there is
// none, and where Strava does not show it.
func (p *UploadProgress) Activity() (*Activity, error) { return p.activity, p.failure }

// UploadActivity sends a file to Strava, which makes an activity of it by and by: [Service.Upload] tells how far it is.
// It costs one call. The same file sent again does not become a second activity: Strava knows it by its content. A file
// that is too large or no track costs none.
func (s *Service) UploadActivity(ctx context.Context, input UploadActivityInput) (*UploadProgress, error) {
	options, err := input.read()
	if err != nil {
		return nil, err
	}
	w := &write{
		scope: scopeActivityWrite, subject: "input", arguments: activityArguments(),
		retry: "To send the same file again does no harm: Strava makes no second activity of it.",
	}
	return perform(ctx, s, s.uploads, w, func(ctx context.Context) (*UploadProgress, error) {
		options.File = input.File.open()
		upload, err := s.strava.CreateUpload(ctx, options)
		if err != nil {
			return nil, err
		}
		return uploadProgressOf(upload), nil
	})
}

// read gives what is sent but for the file itself, or says what is wrong with the input.
func (i UploadActivityInput) read() (options strava.UploadOptions, err error) {
	if i.Name != nil && strings.TrimSpace(*i.Name) == "" {
		return options, badInput("input.name", "An activity needs a name. Leave the name out to have Strava choose one.")
	}
	dataType, err := i.File.dataType()
	if err != nil {
		return options, err
	}
	fingerprint, err := i.File.fingerprint()
	if err != nil {
		return options, err
	}
	return strava.UploadOptions{
		DataType: dataType, Limit: MaxTrackFile, Size: i.File.Size,
		Name: given(i.Name), Description: given(i.Description), ExternalID: fingerprint + "." + dataType,
		Commute: given(i.IsCommute), Trainer: given(i.IsIndoor),
	}, nil
}

// fingerprint tells files apart.
func (f TrackFile) fingerprint() (string, error) {
	hash := sha256.New()
	if _, err := io.Copy(hash, f.open()); err != nil {
		return "", explained(fmt.Errorf("read the file: %w", err))
	}
	return hex.EncodeToString(hash.Sum(nil)[:16]), nil
}

// Upload tells how far Strava is with a file that was sent; nil if there was none of that id. It costs one call, but what
// was told within the last second is told again: Strava asks not to be asked more often than that. When the file has become
// an activity that is not in the list yet, that is fetched with a second call.
//
// https://developers.strava.com/docs/uploads/
func (s *Service) Upload(ctx context.Context, id string) (*UploadProgress, error) {
	stravaID := positive(id)
	if stravaID == 0 {
		return nil, badInput("id", "This is not the id of an upload: uploadActivity gives one.")
	}
	if err := s.mayWrite(ctx, scopeActivityWrite); err != nil {
		return nil, err
	}
	progress, err := ask(ctx, s.answers.Load(), question[UploadProgress]{
		kind: kindUpload, id: id, mustExist: true,
		fetch: func(ctx context.Context) (*UploadProgress, error) {
			return converted(uploadProgressOf)(s.strava.Upload(ctx, stravaID))
		},
	})
	switch {
	case errors.Is(err, strava.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, explained(err)
	}
	return s.withActivity(ctx, *progress), nil
}

// withActivity finds the activity of an upload, and sees to it that it is in the list.
func (s *Service) withActivity(ctx context.Context, progress UploadProgress) *UploadProgress {
	if progress.activityID == 0 {
		return &progress
	}
	progress.activity, progress.failure = s.ActivityOf(ctx, progress.activityID)
	if progress.activity != nil || progress.failure != nil {
		return &progress
	}
	asked := s.now()
	activity, err := s.refetches.do(ctx, progress.activityID, func(ctx context.Context) (*Activity, error) {
		return s.refetch(ctx, progress.activityID)
	})
	if !errors.Is(err, strava.ErrNotFound) { // Strava answers so for some seconds after an activity was made.
		progress.activity, progress.failure = activity, explained(err)
	}
	if progress.activity != nil {
		noteAge(ctx, asked)
	}
	return &progress
}

// uploadProgressOf reads Strava's sentences, which are all that it tells a failure by.
func uploadProgressOf(upload *strava.Upload) *UploadProgress {
	progress := &UploadProgress{ID: int64(upload.ID), Status: UploadStatusProcessing, activityID: int64(upload.ActivityID)}
	switch {
	case upload.Pending():
	case upload.Error != "":
		progress.Status = UploadStatusFailed
		progress.Problem, progress.activityID = uploadProblem(upload.Error)
	case upload.ActivityID == 0:
		progress.Status = UploadStatusFailed
		progress.Problem = new("Strava made an activity of the file, and it has been deleted since.")
	default:
		progress.Status = UploadStatusReady
	}
	return progress
}

// duplicate finds the activity in "ride.fit duplicate of <a href='/activities/42' target='_blank'>Ride</a>", and in the
// older "ride.fit duplicate of activity 42".
var duplicate = regexp.MustCompile(`duplicate of .*?activit(?:y|ies)[ /](\d+)`)

// uploadProblem puts what Strava finds wrong with a file into clear words. Of what is not known here Strava's own words
// are given, as plain text.
func uploadProblem(words string) (problem *string, duplicateOf int64) {
	lower := strings.ToLower(words)
	switch {
	case strings.Contains(lower, "duplicate of"):
		if found := duplicate.FindStringSubmatch(words); found != nil {
			duplicateOf, _ = strconv.ParseInt(found[1], 10, 64)
		}
		return new("Strava has this activity already."), duplicateOf
	case strings.Contains(lower, "empty"):
		return new("The file has no track in it."), 0
	case strings.Contains(lower, "time information"):
		return new("The track in the file has no times."), 0
	case strings.Contains(lower, "format"), strings.Contains(lower, "malformed"):
		return new("Strava cannot read the file: it is damaged, or not as its format wants it."), 0
	default:
		return new("Strava says: " + plainText(words)), 0
	}
}

// plainText is a text without its markup, and not too long for a sentence.
func plainText(text string) string {
	const longest = 200
	plain := []rune(strings.Join(strings.Fields(markup.ReplaceAllString(text, " ")), " "))
	if len(plain) > longest {
		return string(plain[:longest]) + "…"
	}
	return string(plain)
}

var markup = regexp.MustCompile(`<[^>]*>`)
