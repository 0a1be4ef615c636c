package fitness

// defaultPhotoSize is the width, in pixels, of the picture that is given when none is asked for: Strava's own larger one.
const defaultPhotoSize = 600

// Photo is a picture of an activity, which Strava keeps in several sizes. There is at least one.
type Photo struct {
	UniqueID string
	pictures []picture // ascending by width
}

// picture is one size of a photo.
type picture struct {
	width int // pixels
	url   string
}

// URL is the address of the smallest picture that is at least size pixels wide, or of the largest if none is. A size
// of nothing or less means the usual one.
func (p *Photo) URL(size int) string {
	if size <= 0 {
		size = defaultPhotoSize
	}
	for _, picture := range p.pictures {
		if picture.width >= size {
			return picture.url
		}
	}
	return p.pictures[len(p.pictures)-1].url
}
