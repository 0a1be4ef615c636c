package edge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"domestique/fitness"
)

const (
	mediaMultipart = "multipart/form-data"

	// maxParts bounds a whole request with a file: the file, and the little around it.
	maxParts = fitness.MaxTrackFile + 1<<20
	// maxMap bounds the part that says where the file belongs, and maxPartHeader what stands before a part's content.
	maxMap        = 4 << 10
	maxPartHeader = 8 << 10
	// readAhead is how much mime/multipart reads beyond what it is asked for.
	readAhead = 8 << 10

	// filesAtATime bounds the memory: a file is held in it until its answer, because an image without a shell need not
	// have a folder for temporary files, and Strava is to be told of nothing whose end has not been seen.
	filesAtATime = 2
	// How long a file may take to arrive, and its answer after that: Strava's client has five minutes to pass it on.
	fileReadTime   = 3 * time.Minute
	fileAnswerTime = 8 * time.Minute
)

func isMultipart(r *http.Request) bool {
	if r.Method != http.MethodPost {
		return false
	}
	contentType := r.Header.Get("Content-Type")
	if contentType == string(mediaJSON) {
		return false
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && media == mediaMultipart
}

// enterWithFile waits for a place among the requests with a file, and gives this one the time that a file needs. Others
// pass at once.
func (e *edge) enterWithFile(w http.ResponseWriter, r *http.Request) (leave func(), refused *refusal) {
	if !isMultipart(r) {
		return func() {}, nil
	}
	wait, cancel := context.WithTimeout(r.Context(), fileReadTime)
	defer cancel()
	select {
	case e.files <- struct{}{}:
	case <-wait.Done():
		return nil, &refusal{outcome: interrupted, message: "Other files are on their way, and none of them has arrived. Try again."}
	}
	// Deadlines of sockets go by the real clock. A writer that has none, as in tests, needs none.
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Now().Add(fileReadTime))
	_ = control.SetWriteDeadline(time.Now().Add(fileAnswerTime))
	return func() { <-e.files }, nil
}

// requestOfParts reads a GraphQL multipart request with one file: the parts operations, map, and the file, in this order
// (https://github.com/jaydenseric/graphql-multipart-request-spec). A browser can send such a form to another site without
// asking, so admit has required a header that it cannot.
func requestOfParts(w http.ResponseWriter, r *http.Request) (*request, *refusal) {
	if refused := checkEncoding(r.Header); refused != nil {
		return nil, refused
	}
	_, parameters, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if boundary := parameters["boundary"]; boundary == "" || len(boundary) > 70 { // RFC 2046, 5.1.1
		return nil, &refusal{outcome: malformed, message: "The request's Content-Type has no usable boundary."}
	}
	form := newForm(http.MaxBytesReader(w, r.Body, maxParts), parameters["boundary"])
	operations, refused := form.field("operations", maxBody)
	if refused != nil {
		return nil, refused
	}
	params := new(request)
	if err := decodeJSON(operations, params); err != nil {
		return nil, refuseJSON(err, "In the part operations: ")
	}
	text, refused := form.field("map", maxMap)
	if refused != nil {
		return nil, refused
	}
	place, refused := placeOfFile(text, params.Variables)
	if refused != nil {
		return nil, refused
	}
	file, refused := form.file(place, r.ContentLength)
	if refused != nil {
		return nil, refused
	}
	place.fill(graphql.Upload{File: bytes.NewReader(file), Size: int64(len(file))})
	return params, nil
}

// place is where the file belongs in the variables.
type place struct {
	part string // The name of the file's part.
	path string // The dotted path of the variable.
	fill func(graphql.Upload)
}

// placeOfFile reads the part map: which part holds the file, and which variable stands for it.
func placeOfFile(text []byte, variables map[string]any) (place, *refusal) {
	var parts map[string][]string
	if err := decodeJSON(text, &parts); err != nil {
		return place{}, &refusal{outcome: malformed,
			message: `The part map is not a JSON object like {"0": ["variables.input.file"]}.`}
	}
	if len(parts) != 1 {
		return place{}, &refusal{outcome: malformed,
			message: fmt.Sprintf("The part map names %d files; a request takes one.", len(parts))}
	}
	part := slices.Collect(maps.Keys(parts))[0]
	if len(parts[part]) != 1 {
		return place{}, &refusal{outcome: malformed, message: "The part map has to name one variable for the file."}
	}
	path, inVariables := strings.CutPrefix(parts[part][0], "variables.")
	fill := gapAt(variables, strings.Split(path, "."))
	if !inVariables || fill == nil || part == "" {
		return place{}, &refusal{outcome: malformed,
			message: "The part map does not point at a variable that is null, such as variables.input.file."}
	}
	return place{part: part, path: path, fill: fill}, nil
}

// gapAt returns what fills the null at the path, and nil if there is none: what is absent or has a value is no gap.
func gapAt(value any, path []string) func(graphql.Upload) {
	name := path[0]
	switch container := value.(type) {
	case map[string]any:
		member, there := container[name]
		switch {
		case !there:
			return nil
		case len(path) > 1:
			return gapAt(member, path[1:])
		case member == nil:
			return func(file graphql.Upload) { container[name] = file }
		}
	case []any:
		index, err := strconv.Atoi(name)
		switch {
		case err != nil || index < 0 || index >= len(container):
			return nil
		case len(path) > 1:
			return gapAt(container[index], path[1:])
		case container[index] == nil:
			return func(file graphql.Upload) { container[index] = file }
		}
	}
	return nil
}

// form reads the parts of a request one after the other.
type form struct {
	body  *rationed
	parts *multipart.Reader
}

func newForm(body io.Reader, boundary string) form {
	ration := &rationed{from: body}
	return form{body: ration, parts: multipart.NewReader(ration, boundary)}
}

// next begins the next part, which has to have that name.
func (f form) next(name string) (*multipart.Part, *refusal) {
	f.body.allow(maxPartHeader)
	part, err := f.parts.NextRawPart()
	switch {
	case errors.Is(err, io.EOF), err == nil && part.FormName() != name:
		return nil, &refusal{outcome: malformed,
			message: "The parts of the request have to be operations, map, and the one that map names, each once and in this order."}
	case err != nil:
		return nil, refuseParts(err)
	}
	return part, nil
}

// field reads a small part.
func (f form) field(name string, limit int64) ([]byte, *refusal) {
	part, refused := f.next(name)
	if refused != nil {
		return nil, refused
	}
	f.body.allow(limit)
	content, err := io.ReadAll(io.LimitReader(part, limit+1))
	switch {
	case err != nil:
		return nil, refuseParts(err)
	case int64(len(content)) > limit:
		return nil, &refusal{outcome: tooLarge, message: fmt.Sprintf("The part %s is larger than %d bytes.", name, limit)}
	}
	return content, nil
}

// file reads the file, which is the last part. One that is too large is refused as soon as that shows, with its rest
// unread.
func (f form) file(where place, contentLength int64) ([]byte, *refusal) {
	part, refused := f.next(where.part)
	if refused != nil {
		return nil, refused
	}
	tooMuch := &refusal{outcome: tooLarge, argument: where.path,
		message: "The file is larger than 25 MB, which is the most that Strava takes."}
	if contentLength > maxParts {
		return nil, tooMuch
	}
	f.body.allow(maxParts)
	var content bytes.Buffer
	if contentLength > 0 {
		content.Grow(int(min(contentLength, fitness.MaxTrackFile)) + bytes.MinRead) // The file is most of the request.
	}
	_, err := content.ReadFrom(io.LimitReader(part, fitness.MaxTrackFile+1))
	switch {
	case content.Len() > fitness.MaxTrackFile:
		return nil, tooMuch
	case err != nil:
		return nil, refuseParts(err)
	}
	f.body.allow(maxPartHeader)
	if _, err := f.parts.NextRawPart(); !errors.Is(err, io.EOF) {
		return nil, &refusal{outcome: malformed, message: "The request has to end after the file: it takes one."}
	}
	return content.Bytes(), nil
}

var errRation = errors.New("more than there may be")

// refuseParts words what went wrong with the form. What mime/multipart says may quote it.
func refuseParts(err error) *refusal {
	_, tooBig := errors.AsType[*http.MaxBytesError](err)
	switch {
	case tooBig:
		return &refusal{outcome: tooLarge, message: fmt.Sprintf("The request's body is larger than %d bytes.", maxParts)}
	case errors.Is(err, errRation), errors.Is(err, multipart.ErrMessageTooLarge):
		return &refusal{outcome: tooLarge, message: "A part of the request, or what stands before it, is too large."}
	default:
		return &refusal{outcome: malformed, message: "The request's body is not a whole multipart/form-data form."}
	}
}

// rationed reads no more than was allowed last. mime/multipart's own limits, 10 MB and 10,000 lines before each part, are
// far above what a request needs.
type rationed struct {
	from io.Reader
	left int64
}

func (r *rationed) allow(length int64) { r.left = length + readAhead }

// Read implements io.Reader.
func (r *rationed) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, errRation
	}
	n, err := r.from.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	return n, err
}
