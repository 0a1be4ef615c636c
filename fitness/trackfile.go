package fitness

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/xml"
	"io"
	"unicode"
)

const (
	// MaxTrackFile is the largest file that Strava takes, in bytes.
	//
	// https://developers.strava.com/docs/uploads/
	MaxTrackFile = 25 << 20

	// maxUnpacked bounds the work on a gzipped file: a track shrinks to a tenth or so, a bomb to a thousandth.
	maxUnpacked = 8 * MaxTrackFile

	// maxProlog is how far into an XML file its first element is looked for.
	maxProlog = 64 << 10
)

// TrackFile is a recording as a device or a program wrote it: FIT, TCX or GPX, gzipped or not.
type TrackFile struct {
	Content io.ReaderAt
	// Size is the content's length in bytes.
	Size int64
}

// What is wrong with a file, for people.
const (
	noFile     = "The file is empty."
	largeFile  = "The file is larger than 25 MB, which is the most that Strava takes."
	noTrack    = "The file is no FIT, TCX or GPX file, by what is in it; its name does not matter."
	brokenGzip = "The file is gzipped, and damaged: it does not unpack."
	gzipBomb   = "The file unpacks to more than any track has."
)

func badFile(problem string) *Error { return badInput("input.file", problem) }

// open reads the content from its beginning.
func (f TrackFile) open() io.Reader { return io.NewSectionReader(f.Content, 0, f.Size) }

// dataType is Strava's word for what the file is, by its content: a name can be anything. A gzipped file is unpacked to
// its end, without being kept, so that what is damaged or a bomb is not sent.
func (f TrackFile) dataType() (string, error) {
	switch {
	case f.Content == nil || f.Size == 0:
		return "", badFile(noFile)
	case f.Size > MaxTrackFile:
		return "", badFile(largeFile)
	}
	content := bufio.NewReader(f.open())
	if magic, _ := content.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return trackFormat(content)
	}
	packed, err := gzip.NewReader(content)
	if err != nil {
		return "", badFile(brokenGzip)
	}
	unpacked := bufio.NewReader(io.LimitReader(packed, maxUnpacked+1))
	format, err := trackFormat(unpacked)
	if err != nil {
		return "", err
	}
	return format + ".gz", checkRest(unpacked, packed)
}

// checkRest reads a gzipped file to its end. Whatever trackFormat has read of it is far below the bound.
func checkRest(unpacked, packed io.Reader) error {
	if _, err := io.Copy(io.Discard, unpacked); err != nil {
		return badFile(brokenGzip)
	}
	if n, _ := packed.Read(make([]byte, 1)); n > 0 {
		return badFile(gzipBomb)
	}
	return nil
}

// trackFormat tells the format by how the content begins.
func trackFormat(content *bufio.Reader) (string, error) {
	const fitHeader = 12 // https://developer.garmin.com/fit/protocol/: its length, and at byte 8 the letters.
	head, _ := content.Peek(fitHeader)
	if len(head) == fitHeader && head[0] >= fitHeader && string(head[8:]) == ".FIT" {
		return "fit", nil
	}
	switch rootElement(content) {
	case "gpx":
		return "gpx", nil
	case "TrainingCenterDatabase":
		return "tcx", nil
	default:
		return "", badFile(noTrack)
	}
}

// rootElement is the name of an XML document's first element, and nothing for what is none.
func rootElement(content *bufio.Reader) string {
	if mark, _ := content.Peek(3); string(mark) == "\ufeff" {
		_, _ = content.Discard(len(mark)) // It was peeked at.
	}
	decoder := xml.NewDecoder(io.LimitReader(asciiOnly{content}, maxProlog))
	decoder.CharsetReader = func(_ string, content io.Reader) (io.Reader, error) { return content, nil }
	for {
		token, err := decoder.RawToken()
		if err != nil {
			return ""
		}
		switch token := token.(type) {
		case xml.StartElement:
			return token.Name.Local
		case xml.CharData:
			if len(bytes.TrimSpace(token)) > 0 {
				return ""
			}
		}
	}
}

// asciiOnly reads a question mark for every byte that means one thing in UTF-8 and another in Latin-1. The names that are
// looked for have none.
type asciiOnly struct{ from io.Reader }

// Read implements io.Reader.
func (a asciiOnly) Read(p []byte) (int, error) {
	n, err := a.from.Read(p)
	for i, each := range p[:n] {
		if each > unicode.MaxASCII {
			p[i] = '?'
		}
	}
	return n, err
}
