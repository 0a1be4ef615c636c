package fitness

import (
	"cmp"
	"slices"
	"strconv"

	"domestique/strava"
)

// primaryPhotoOf is nil for a photo without a picture, such as one that Strava is still working on.
func primaryPhotoOf(primary *strava.PrimaryPhoto) *Photo {
	if primary == nil {
		return nil
	}
	return withSizes(&Photo{
		UniqueID: primary.UniqueID, IsVideo: primary.MediaType == mediaVideo, IsPrimary: true,
	}, primary.URLs, nil)
}

// mediaVideo is Strava's number for a video; a photo is 1.
const mediaVideo = 2

// photosOf leaves out those without a picture.
func photosOf(photos []strava.Photo) []*Photo {
	return slices.DeleteFunc(eachOf(photos, photoOf), func(photo *Photo) bool { return photo == nil })
}

func photoOf(photo *strava.Photo) *Photo {
	converted := &Photo{
		UniqueID:   photo.UniqueID,
		IsVideo:    photo.Type == mediaVideo,
		IsPrimary:  photo.DefaultPhoto,
		Caption:    optionalText(photo.Caption),
		TakenAt:    optionalTime(photo.CreatedAt),
		UploadedAt: optionalTime(photo.UploadedAt),
		Location:   coordinates(photo.Location),
		Duration:   optional[float64](photo.Duration),
	}
	if !photo.CreatedAtLocal.IsZero() {
		converted.TakenAtLocal = new(wallClock(photo.CreatedAtLocal))
	}
	if isWebAddress(photo.VideoURL) {
		converted.VideoURL = &photo.VideoURL
	}
	return withSizes(converted, photo.URLs, photo.Sizes)
}

// withSizes is nil if there is no size.
func withSizes(photo *Photo, urls map[string]string, extents map[string][]strava.Int) *Photo {
	for name, address := range urls {
		size, err := strconv.Atoi(name)
		if err != nil || !isWebAddress(address) {
			continue
		}
		picture := &PhotoSize{Size: size, URL: address}
		if extent := extents[name]; len(extent) == 2 {
			picture.Width, picture.Height = new(int(extent[0])), new(int(extent[1]))
		}
		photo.Sizes = append(photo.Sizes, picture)
	}
	if len(photo.Sizes) == 0 {
		return nil
	}
	slices.SortFunc(photo.Sizes, func(a, b *PhotoSize) int { return cmp.Compare(a.Size, b.Size) })
	return photo
}
