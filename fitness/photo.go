package fitness

import (
	"context"
	"time"
)

// originalPhotoSize asks Strava for pictures as large as they are.
const originalPhotoSize = 5000

// Photo is a picture of an activity, or the still of a video. There is at least one size of it: of the photo that stands
// for an activity Strava gives two small ones, of those in the activity's list the original.
type Photo struct {
	UniqueID string
	IsVideo  bool
	// IsPrimary is true for the one that stands for the activity.
	IsPrimary bool
	Caption   *string
	// TakenAt and what follows it are told by the list of an activity's photos alone.
	TakenAt      *time.Time
	TakenAtLocal *LocalDateTime
	UploadedAt   *time.Time
	Location     *Coordinates
	// VideoURL is the playlist of a video.
	VideoURL *string
	// Duration is a video's, in seconds.
	Duration *float64
	Sizes    []*PhotoSize // ascending
}

// PhotoSize is one size of a photo.
type PhotoSize struct {
	// Size is the length of the longer side that was asked for, in pixels; the picture may be smaller.
	Size int
	URL  string
	// Width and Height are in pixels, nil where Strava does not tell.
	Width  *int
	Height *int
}

// URL is the address of the smallest picture that is at least size pixels wide, or of the largest if none is. It is a
// BAD_USER_INPUT to ask for a size of nothing or less.
func (p *Photo) URL(size int) (string, error) {
	if err := CheckPhotoSize(size); err != nil {
		return "", err
	}
	for _, picture := range p.Sizes {
		if picture.Size >= size {
			return picture.URL, nil
		}
	}
	return p.Sizes[len(p.Sizes)-1].URL, nil
}

// CheckPhotoSize fails with a BAD_USER_INPUT for a size that [Photo.URL] does not take.
func CheckPhotoSize(size int) error {
	if size <= 0 {
		return badInput("size", "size must be 1 at least.")
	}
	return nil
}

// PrimaryPhoto is the picture that stands for the activity, nil without one. It is one of the activity's details, but
// where the list tells that there is none it costs no call.
func (s *Service) PrimaryPhoto(ctx context.Context, activity *Activity) (*Photo, error) {
	if activity.PhotoCount == 0 {
		return nil, nil
	}
	details, err := s.Details(ctx, activity)
	if err != nil {
		return nil, err
	}
	return details.PrimaryPhoto, nil
}

// Photos are all pictures and videos of the activity; nil for one that Strava no longer shows. Where the list tells that
// there are none it costs no call.
func (s *Service) Photos(ctx context.Context, activity *Activity) ([]*Photo, error) {
	if err := ownerOnly(ctx); err != nil {
		return nil, err
	}
	if activity.PhotoCount == 0 {
		return []*Photo{}, nil
	}
	photos, err := answered(ask(ctx, s.answers.Load(), question[[]*Photo]{
		kind: kindPhotos, id: activity.stravaID(), basis: activity.PhotoCount,
		fetch: func(ctx context.Context) (*[]*Photo, error) {
			photos, err := s.strava.Photos(ctx, activity.StravaID, originalPhotoSize)
			if err != nil {
				return nil, err
			}
			return new(photosOf(photos)), nil
		},
	}))
	return listOf(photos), err
}
