package edge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
)

// maxBody is far above any document and its variables, and low enough to hold in memory many times over.
const maxBody = 1 << 20

// request is what a client asks.
type request struct {
	graphql.RawParams

	// DocumentID names a trusted document, in place of the query or beside it.
	DocumentID string `json:"documentId"`
}

// maxDocument bounds a document in bytes. The executor bounds its tokens; this bounds a single one of them, which messages and
// suggestions are made of.
const maxDocument = 64 << 10

// sending is what a client has sent to ask.
type sending struct {
	text string // The body of a POST, or what follows the path of a GET.
	body []byte // The body of a POST once more: it is read without being copied.
}

func readSent(w http.ResponseWriter, r *http.Request) (sending, *refusal) {
	if r.Method == http.MethodGet {
		return sending{text: r.URL.RawQuery}, nil
	}
	if refused := checkContentType(r.Header); refused != nil {
		return sending{}, refused
	}
	// A length is only what a client says: what has not arrived gets little memory.
	body := bytes.NewBuffer(make([]byte, 0, min(max(r.ContentLength, 0), 64<<10)+bytes.MinRead))
	_, err := body.ReadFrom(http.MaxBytesReader(w, r.Body, maxBody))
	if _, tooBig := errors.AsType[*http.MaxBytesError](err); tooBig {
		return sending{}, &refusal{outcome: tooLarge, message: fmt.Sprintf("The request's body is larger than %d bytes.", maxBody)}
	}
	if err != nil {
		return sending{}, &refusal{outcome: malformed, message: "The request's body ended early."}
	}
	return sending{body.String(), body.Bytes()}, nil
}

// parseSent reads a request out of what was sent.
func parseSent(r *http.Request, sent sending) (*request, *refusal) {
	if r.Method == http.MethodGet {
		return requestOfQuery(sent.text)
	}
	return requestOfJSON(sent.body)
}

func requestOfQuery(query string) (*request, *refusal) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, &refusal{outcome: malformed, message: "The address's query string is not well encoded."}
	}
	params := &request{DocumentID: values.Get("documentId")}
	params.Query, params.OperationName = values.Get("query"), values.Get("operationName")
	if params.Variables, err = objectOf(values, "variables"); err != nil {
		return nil, refuseParameter("variables", err)
	}
	if params.Extensions, err = objectOf(values, "extensions"); err != nil {
		return nil, refuseParameter("extensions", err)
	}
	return params, nil
}

func refuseParameter(name string, err error) *refusal {
	if errors.Is(err, errTooMuch) {
		return refuseJSON(err, "")
	}
	return &refusal{outcome: malformed, message: "The parameter " + name + " is not a JSON object."}
}

// objectOf decodes one parameter of the address; an empty one counts as absent.
func objectOf(values url.Values, name string) (object map[string]any, err error) {
	if text := values.Get(name); text != "" {
		err = decodeJSON([]byte(text), &object)
	}
	return object, err
}

func requestOfJSON(body []byte) (*request, *refusal) {
	params := new(request)
	if err := decodeJSON(body, params); err != nil {
		return nil, refuseJSON(err, "")
	}
	return params, nil
}

// resolve finds the document that a request is about, and whether the viewer may ask it.
func (e *edge) resolve(asked *request, viewer viewer) *refusal {
	document, known, err := e.documents.find(asked.Query, asked.documentName())
	switch {
	case err != nil:
		return &refusal{outcome: malformed, message: "The request brings another document than the one that it names by its hash."}
	case !known: // Clients look for this very message.
		return &refusal{outcome: unknownDocument, message: "PersistedQueryNotFound"}
	case len(document) > maxDocument:
		return &refusal{outcome: tooComplex, message: fmt.Sprintf("The document is longer than %d bytes. Ask for less at once.", maxDocument)}
	case document == "":
		return &refusal{outcome: malformed,
			message: "The request has no query: send the document as query, or the hash of a trusted one as documentId."}
	case viewer != owner && e.Access == AccessTrusted && !e.documents.include(document):
		return &refusal{outcome: forbidden,
			message: "This document is not one of the trusted ones, which are all that is answered without the owner's key."}
	}
	asked.Query = document
	return nil
}

// documentName is the id of a trusted document, as GraphQL over HTTP has it or as Apollo does.
func (r *request) documentName() string {
	if r.DocumentID != "" {
		return r.DocumentID
	}
	persisted, _ := r.Extensions["persistedQuery"].(map[string]any)
	hash, _ := persisted["sha256Hash"].(string)
	return hash
}

func checkContentType(header http.Header) *refusal {
	if header.Get("Content-Type") == string(mediaJSON) {
		return checkEncoding(header)
	}
	media, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || media != string(mediaJSON) || !isUTF8(params) {
		return &refusal{outcome: wrongContentType, message: "Send the request as Content-Type: application/json, in UTF-8; " +
			"one with a file as multipart/form-data."}
	}
	return checkEncoding(header)
}

func checkEncoding(header http.Header) *refusal {
	if encoding := header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return &refusal{outcome: wrongContentType, message: "Send the request's body as it is, without a Content-Encoding."}
	}
	return nil
}

var (
	errNotUTF8  = errors.New("not UTF-8")
	errTrailing = errors.New("data after the JSON value")
	errNull     = errors.New("not a JSON object")
	errTooMuch  = errors.New("too many JSON values")
)

// maxMembers is how many elements and members a JSON text may have. Each takes many times its length once it is decoded.
const maxMembers = 5000

// hasTooMuch counts what comes before a comma or after a bracket, outside of strings.
func hasTooMuch(data []byte) bool {
	count, inString, escaped := 0, false, false
	for _, c := range data {
		switch {
		case escaped:
			escaped = false
		case inString:
			escaped, inString = c == '\\', c != '"'
		case c == '"':
			inString = true
		case c == ',' || c == '[' || c == '{':
			count++
		}
	}
	return count > maxMembers
}

// decodeJSON reads one JSON object and nothing after it. Numbers stay as they were written: an id of 19 digits does not
// fit a float64.
func decodeJSON(data []byte, into any) error {
	if !utf8.Valid(data) {
		return errNotUTF8
	}
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return errNull
	}
	if hasTooMuch(data) {
		return errTooMuch
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("decode JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errTrailing
	}
	return nil
}

// refuseJSON is the refusal of a text that decodeJSON does not take.
func refuseJSON(err error, where string) *refusal {
	if errors.Is(err, errTooMuch) {
		return &refusal{outcome: tooComplex,
			message: where + fmt.Sprintf("There are more than %d values in the request. Ask for less at once.", maxMembers)}
	}
	return &refusal{outcome: malformed, message: where + explainJSON(err)}
}

// explainJSON says what is wrong with a body without quoting it: it may hold secrets, and it may be long.
func explainJSON(err error) string {
	if wrongType, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrongType.Field != "" {
		return fmt.Sprintf("The request's %s must not be a JSON %s.", wrongType.Field, wrongType.Value)
	}
	if _, ok := errors.AsType[*json.UnmarshalTypeError](err); ok || errors.Is(err, errNull) {
		return "The request's body must be one JSON object with a query; several operations in one request are not taken."
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("The request's body is not JSON: it goes wrong at byte %d.", syntax.Offset)
	}
	if errors.Is(err, errTrailing) {
		return "The request's body goes on after its JSON object."
	}
	return "The request's body is not JSON in UTF-8."
}
