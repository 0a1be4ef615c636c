package stravatest

import (
	"net/http"
	"strconv"
	"time"
)

// wireDetailedPhoto is a photo or a video of https://www.strava.com/api/v3/activities/{id}/photos, which Strava does not
// document.
type wireDetailedPhoto struct {
	UniqueID         string            `json:"unique_id"`
	AthleteID        int64             `json:"athlete_id"`
	ActivityID       int64             `json:"activity_id"`
	ActivityName     string            `json:"activity_name"`
	PostID           *int64            `json:"post_id"`
	ResourceState    int               `json:"resource_state"`
	Caption          string            `json:"caption"`
	Type             int               `json:"type"`
	Source           int               `json:"source"`
	Status           int               `json:"status"`
	UploadedAt       string            `json:"uploaded_at"`
	CreatedAt        string            `json:"created_at"`
	CreatedAtLocal   string            `json:"created_at_local"`
	URLs             map[string]string `json:"urls"`
	PlaceholderImage *string           `json:"placeholder_image"`
	Sizes            map[string][2]int `json:"sizes"`
	DefaultPhoto     bool              `json:"default_photo"`
	Cursor           *string           `json:"cursor"`
	Location         []float64         `json:"location,omitempty"`
	Duration         *decimal          `json:"duration,omitempty"`  // Of a video, in seconds.
	VideoURL         string            `json:"video_url,omitempty"` // Of a video; its other URLs are those of a still.
}

// photos: none at all is "primary":null and a count of 0.
func (e entry) photos(link linker) wirePhotos {
	if e.Photos == 0 {
		return wirePhotos{}
	}
	photo := photoID(e.row.ID, 0)
	return wirePhotos{
		Primary: &wirePhoto{UniqueID: photo, Source: 1, MediaType: 1, URLs: map[string]string{
			"600": link(photoPath(photo, within(768))), "100": link(photoPath(photo, within(128))),
		}},
		UsePrimaryPhoto: true, Count: e.Photos,
	}
}

// listPhotos tells the URL of each photo in the size that was asked for, and how large that is. What Strava does without
// a size is a guess, and so is the largest size, which a request for more gets.
func (c *call) listPhotos(d *diary) answer {
	e, refused := c.activityOf(d)
	if refused != nil {
		return *refused
	}
	box, refused := c.natural("size")
	if refused != nil {
		return *refused
	}
	if box == nil {
		box = new(int64(100))
	}
	if *box < 1 || *box > 5000 {
		return *c.badParameter("size", "size is out of range")
	}
	photos := []wireDetailedPhoto{}
	for n := range e.Photos {
		photos = append(photos, e.photo(n, int(*box), c.link))
	}
	if e.hasTrace() && e.Photos > 0 {
		course := d.record(e)
		for n := range photos { // On the way, one after the other; the last camera did not know where it was.
			if n == 0 || n < e.Photos-1 {
				photos[n].Location = course.trace[course.last()*(n+1)/(e.Photos+1)].rounded()
			}
		}
	}
	return jsonAnswer(http.StatusOK, photos)
}

func (e entry) photo(number, box int, link linker) wireDetailedPhoto {
	id, key, s := photoID(e.row.ID, number), strconv.Itoa(box), within(box)
	taken := e.Start.Add(e.Moving * time.Duration(number+1) / time.Duration(e.Photos+1)).Truncate(time.Second)
	photo := wireDetailedPhoto{
		UniqueID: id, AthleteID: e.row.Athlete.ID, ActivityID: e.row.ID, ActivityName: e.Name, ResourceState: 2,
		Type: 1, Source: 1, Status: 3, DefaultPhoto: number == 0,
		UploadedAt: e.Start.Add(e.Elapsed).UTC().Truncate(time.Second).Format(time.RFC3339),
		CreatedAt:  taken.UTC().Format(time.RFC3339), CreatedAtLocal: falseZ(taken),
		URLs: map[string]string{key: link(photoPath(id, s))}, Sizes: map[string][2]int{key: {s.width, s.height}},
	}
	if e.isVideo(number) {
		photo.Type, photo.Duration, photo.VideoURL = 2, new(decimal(4)), link(videoPath(id))
	}
	return photo
}

// isVideo: the last of many is one.
func (e entry) isVideo(number int) bool { return e.Photos >= 4 && number == e.Photos-1 }
