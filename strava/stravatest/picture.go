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

// size is that of a picture in pixels; it is the end of the URL, as on Strava's CDN.
type size struct{ width, height int }

func (s size) suffix() string { return fmt.Sprintf("-%dx%d.jpg", s.width, s.height) }

// within is the original in the box of a size.
func within(box int) size {
	width := min(max(box, 1), 2048)
	return size{width, max(1, width*2/3)}
}

func photoPath(photo string, s size) string { return "/photos/" + photo + s.suffix() }

func videoPath(photo string) string { return "/photos/" + photo + videoSuffix }

const videoSuffix = "-1080x720.m3u8"

// picturePath is of an athlete, a club, a segment's profile or a route's map.
func picturePath(id int64, name string) string {
	return fmt.Sprintf("/pictures/%d-%s.jpg", id, name)
}

// photoID has the form of Strava's ids and ends with the activity's.
func photoID(activity int64, number int) string {
	return fmt.Sprintf("5D0AE571-%04X-4A11-8%03X-%012X", activity%0xffff, number, activity)
}

// getPhoto draws a photo of an activity, for anyone who has its address, as a CDN does.
func (c *call) getPhoto() answer {
	d, madeUp := c.own.(*diary)
	var group [4]int
	var activity int64
	var s size
	if !madeUp {
		return notFound("resource", "path")
	}
	if still, isVideo := strings.CutSuffix(c.id, videoSuffix); isVideo {
		return c.getVideo(d, still)
	}
	_, err := fmt.Sscanf(c.id, "%08X-%04X-%04X-%04X-%012X-%dx%d.jpg", &group[0], &group[1], &group[2], &group[3], &activity, &s.width, &s.height)
	number := group[3] & 0xfff
	if err != nil || c.id != photoID(activity, number)+s.suffix() || s != within(s.width) {
		return notFound("resource", "path")
	}
	if e, ok := d.find(activity); !ok || number >= e.Photos {
		return notFound("resource", "path")
	}
	return pictureAnswer(landscape(uint64(activity)+uint64(number)<<48, s))
}

// getVideo answers with a playlist of nothing: nobody films here.
func (c *call) getVideo(d *diary, photo string) answer {
	activity, err := strconv.ParseInt(photo[strings.LastIndex(photo, "-")+1:], 16, 64)
	if e, ok := d.find(activity); err != nil || !ok || !e.isVideo(e.Photos-1) || photo != photoID(activity, e.Photos-1) {
		return notFound("resource", "path")
	}
	return bytesAnswer(http.StatusOK, "application/vnd.apple.mpegurl", []byte("#EXTM3U\n#EXT-X-ENDLIST\n"))
}

// getPicture draws a profile picture, a club's cover, a segment's profile, a route's map.
func (c *call) getPicture() answer {
	sizes := map[string]size{
		"large": {124, 124}, "medium": {62, 62}, "cover": {720, 180}, "profile-light": {640, 120}, "profile-dark": {640, 120},
		"map": {640, 400}, "map-retina": {1280, 800}, "map-light": {640, 400}, "map-dark": {640, 400},
	}
	digits, name, _ := strings.Cut(strings.TrimSuffix(c.id, ".jpg"), "-")
	id, err := strconv.ParseInt(digits, 10, 64)
	s, ok := sizes[name]
	if err != nil || !ok || "/pictures/"+c.id != picturePath(id, name) || id < 1 {
		return notFound("resource", "path")
	}
	return pictureAnswer(landscape(uint64(id), s))
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
