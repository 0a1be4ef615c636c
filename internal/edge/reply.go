package edge

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// body is the answer's form on the wire. The specification wants no data entry, not even null, where nothing ran.
type body struct {
	Errors     gqlerror.List   `json:"errors,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
	Extensions map[string]any  `json:"extensions,omitempty"`
}

// encode returns an answer as JSON on one line, with the line's end.
func encode(response *graphql.Response) ([]byte, error) {
	return encodeJSON(body{response.Errors, response.Data, response.Extensions})
}

func encodeJSON(value any) ([]byte, error) {
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false) // No browser takes it for a page: its type is JSON, and types are not guessed.
	if err := encoder.Encode(value); err != nil {
		return nil, fmt.Errorf("encode a GraphQL answer: %w", err)
	}
	return encoded.Bytes(), nil
}

// encoded is an answer as JSON.
type encoded struct {
	whole []byte
	lasts int // So many bytes are its errors and its data, which come first.
}

// encodeAnswer does what encode does, without reading the data once more: the executor has made it JSON. What goes out by
// lines of events takes encode, which also takes care that it is one line.
func encodeAnswer(response *graphql.Response) (encoded, error) {
	errors, err := member("errors", len(response.Errors), response.Errors)
	if err != nil {
		return encoded{}, err
	}
	extensions, err := member("extensions", len(response.Extensions), response.Extensions)
	if err != nil {
		return encoded{}, err
	}
	const data = `"data":`
	whole := make([]byte, 0, len(errors)+len(data)+len(response.Data)+len(extensions)+len("{,,}\n"))
	whole = append(append(whole, '{'), errors...)
	if len(response.Data) > 0 {
		whole = append(append(comma(whole), data...), response.Data...)
	}
	lasts := len(whole)
	if len(extensions) > 0 {
		whole = append(comma(whole), extensions...)
	}
	return encoded{append(whole, '}', '\n'), lasts}, nil
}

// comma separates what comes next from what is there.
func comma(whole []byte) []byte {
	if len(whole) > len("{") {
		return append(whole, ',')
	}
	return whole
}

// member encodes a member of an object, and nothing if it is empty.
func member(name string, length int, value any) ([]byte, error) {
	if length == 0 {
		return nil, nil
	}
	text, err := encodeJSON(value)
	if err != nil {
		return nil, err
	}
	return append([]byte(`"`+name+`":`), bytes.TrimSuffix(text, []byte("\n"))...), nil
}

// etag is over what is the same when the answer is the same: what it cost is not. It is weak, because the same tag stands for
// every coding.
func (a encoded) etag() string {
	hash := sha256.Sum256(a.whole[:a.lasts])
	return `W/"` + base64.RawURLEncoding.EncodeToString(hash[:15]) + `"`
}

// matches reports whether an If-None-Match header names the tag, compared weakly (RFC 9110, section 13.1.2).
func matches(header []string, etag string) bool {
	for _, line := range header {
		for candidate := range strings.SplitSeq(line, ",") {
			candidate = strings.TrimSpace(candidate)
			if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(etag, "W/") {
				return true
			}
		}
	}
	return false
}

// refuse answers a request that is none for a GraphQL answer.
func (e *edge) refuse(w http.ResponseWriter, r *http.Request, refused *refusal) {
	e.write(w, r, mediaJSON, refusedAnswer(refused))
}

// tagged is a body and its ETag as a header has it; nil: it has none.
type tagged struct {
	*payload
	etag []string
}

// bodyOf is the body of an answer.
func (e *edge) bodyOf(ctx context.Context, get bool, answered answer) (tagged, bool) {
	if kept := cmp.Or(answered.kept, answered.same); kept != nil {
		return tagged{&kept.payload, kept.etag}, true
	}
	encoded, err := encodeAnswer(answered.response)
	if err != nil {
		e.Logger.ErrorContext(ctx, "no answer", "error", err)
		return tagged{}, false
	}
	made := tagged{payload: &payload{plain: encoded.whole}}
	if get && answered.outcome == executed {
		made.etag = []string{encoded.etag()}
	}
	return made, true
}

// write sends an answer, and returns its status and how many bytes its body had. It sets as few headers as it can: a hit in
// the cache is mostly that.
func (e *edge) write(w http.ResponseWriter, r *http.Request, media mediaType, answered answer) (status, length int) {
	get := r.Method == http.MethodGet
	made, ok := e.bodyOf(r.Context(), get, answered)
	if !ok {
		http.Error(w, "The answer could not be written.", http.StatusInternalServerError)
		return http.StatusInternalServerError, 0
	}
	header := w.Header()
	unchanged := get && made.etag != nil && matches(r.Header["If-None-Match"], made.etag[0])
	if unchanged { // What else there is, a cache has with the answer itself (RFC 9110, section 15.4.5).
		clear(header)
	}
	header["Cache-Control"] = answered.policy()
	header["Vary"] = e.vary
	e.allowOrigin(header, r)
	if get && made.etag != nil {
		header["Etag"] = made.etag
	}
	if unchanged {
		w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified, 0
	}
	header["Content-Type"] = []string{media.inUTF8()}
	if !answered.began.IsZero() {
		header["Server-Timing"] = []string{serverTiming(answered, e.Now().Sub(answered.began))}
	}
	explainRefusal(header, answered)
	status = answered.outcome.status(media)
	return status, e.send(w, r, status, made.payload)
}

// policy is the Cache-Control header. What is the owner's stays with the owner's browser.
func (a *answer) policy() []string {
	if a.kept != nil && a.kept.answer.maxAge == a.maxAge {
		return a.kept.policy
	}
	seconds := strconv.Itoa(int(a.maxAge / time.Second))
	switch {
	case a.maxAge < time.Second:
		return []string{"no-store"}
	case a.public:
		return []string{"public, max-age=" + seconds}
	default:
		return []string{"private, max-age=" + seconds}
	}
}

// explainRefusal sets the headers that say how to do better.
func explainRefusal(header http.Header, answered answer) {
	switch answered.outcome {
	case unauthenticated:
		header.Set("WWW-Authenticate", "Bearer")
	case tooManyGuesses:
		header.Set("Retry-After", strconv.Itoa(int((answered.retryAfter+time.Second-1)/time.Second)))
	case wrongMethod:
		header.Set("Allow", answered.allow)
	case wrongContentType:
		header.Set("Accept-Post", string(mediaJSON)+", "+mediaMultipart)
	}
}

// send sends a body in the coding that the client wants most, and returns its length.
func (e *edge) send(w http.ResponseWriter, r *http.Request, status int, made *payload) int {
	body, used := made.as(negotiateCoding(r.Header["Accept-Encoding"]), e.packer)
	header := w.Header()
	if used != codedPlain {
		header["Content-Encoding"] = []string{used.name()}
	}
	if header["Vary"] == nil {
		header["Vary"] = e.vary
	}
	header["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(status)
	_, _ = w.Write(body) // A client that hung up is all that can go wrong here.
	return len(body)
}

// serverTiming tells a browser's developer tools where the time went.
func serverTiming(answered answer, took time.Duration) string {
	text := make([]byte, 0, 32)
	if answered.kept != nil {
		text = append(text, "cache;desc=hit, "...)
	}
	text = append(text, "total;dur="...)
	return string(strconv.AppendFloat(text, float64(took.Microseconds())/1e3, 'f', -1, 64))
}
