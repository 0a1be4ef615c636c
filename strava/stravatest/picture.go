package stravatest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
)

// size is one of the sizes in which Strava's CDN has a picture; its name is the end of the URL.
type size struct{ width, height int }

// The sizes of photos.
var (
	large = size{768, 512}
	small = size{128, 85}
)

func (s size) suffix() string { return fmt.Sprintf("-%dx%d.jpg", s.width, s.height) }

func photoPath(photo string, s size) string { return "/photos/" + photo + s.suffix() }

func picturePath(athlete int64, size string) string {
	return fmt.Sprintf("/pictures/%d-%s.jpg", athlete, size)
}

// photoID has the form of Strava's ids and ends with the activity's.
func photoID(activity int64) string {
	return fmt.Sprintf("5D0AE571-%04X-4A11-8E55-%012X", activity%0xffff, activity)
}

// getPhoto draws the photo of an activity, for anyone who has its address, as a CDN does.
func (c *call) getPhoto() answer {
	for _, s := range []size{large, small} {
		photo, ok := strings.CutSuffix(c.id, s.suffix())
		if !ok || len(photo) < 12 {
			continue
		}
		activity, err := strconv.ParseInt(photo[len(photo)-12:], 16, 64)
		if err != nil || photo != photoID(activity) {
			continue
		}
		if d, ok := c.own.(*diary); ok && d.hasPhoto(activity) {
			return pictureAnswer(landscape(uint64(activity), s))
		}
	}
	return notFound("resource", "path")
}

func (d *diary) hasPhoto(activity int64) bool {
	for _, e := range d.snapshot() {
		if e.row.ID == activity {
			return e.Photos > 0
		}
	}
	return false
}

// getPicture draws the profile picture.
func (c *call) getPicture() answer {
	for name, width := range map[string]int{"large": 124, "medium": 62} {
		if "/pictures/"+c.id == picturePath(c.athlete, name) {
			return pictureAnswer(landscape(uint64(c.athlete), size{width, width}))
		}
	}
	return notFound("resource", "path")
}

func pictureAnswer(picture image.Image) answer {
	var body bytes.Buffer
	if err := jpeg.Encode(&body, picture, &jpeg.Options{Quality: 82}); err != nil {
		panic("stravatest: encode picture: " + err.Error()) // A buffer takes everything.
	}
	header := http.Header{"Content-Type": {"image/jpeg"}, "Cache-Control": {"public, max-age=86400"}}
	return answer{http.StatusOK, header, body.Bytes()}
}

// landscape draws a sky with a sun and four ridges, the nearest the darkest. The same seed gives the same picture.
func landscape(seed uint64, s size) image.Image {
	r := rand.New(rand.NewPCG(seed, 0))
	skies := [][2]color.RGBA{ // above, at the horizon
		{{38, 93, 161, 255}, {204, 226, 240, 255}},
		{{60, 60, 120, 255}, {250, 176, 120, 255}},
		{{92, 140, 180, 255}, {250, 236, 206, 255}},
		{{120, 130, 150, 255}, {226, 230, 234, 255}},
	}
	sky := pick(r, skies...)
	ground := pick(r, color.RGBA{24, 60, 44, 255}, color.RGBA{36, 44, 72, 255}, color.RGBA{74, 54, 40, 255})
	sunX, sunY := between(r, 0.15, 0.85), between(r, 0.12, 0.4)
	var ridges [4][]wave
	for i := range ridges {
		for k := 1.0; k <= 6; k++ {
			ridges[i] = append(ridges[i], wave{between(r, 0, 0.07) / math.Sqrt(k), k * between(r, 0.6, 1.2), between(r, 0, 6)})
		}
	}

	picture := image.NewRGBA(image.Rect(0, 0, s.width, s.height))
	for x := range s.width {
		across := float64(x) / float64(s.width)
		var tops [len(ridges)]float64
		for i := range ridges {
			tops[i] = 0.42 + 0.14*float64(i) + sum(ridges[i], 6*across)
		}
		for y := range s.height {
			down := float64(y) / float64(s.height)
			shade := mix(sky[0], sky[1], down*1.6)
			ratio := float64(s.width) / float64(s.height)
			if math.Hypot((across-sunX)*ratio, down-sunY) < 0.07 {
				shade = color.RGBA{255, 248, 220, 255}
			}
			for i, top := range tops {
				if down > top {
					shade = mix(sky[1], ground, 0.35+0.2*float64(i))
				}
			}
			picture.SetRGBA(x, y, shade)
		}
	}
	return picture
}

func mix(a, b color.RGBA, share float64) color.RGBA {
	share = min(max(share, 0), 1)
	blend := func(a, b uint8) uint8 { return uint8(float64(a) + share*(float64(b)-float64(a))) }
	return color.RGBA{blend(a.R, b.R), blend(a.G, b.G), blend(a.B, b.B), 255}
}
