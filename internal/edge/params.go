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

// readParams reads a GraphQL request from the body of a POST, with a file or without, or from the query of a GET.
func readParams(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *refusal) {
	read := paramsOfBody
	switch {
	case r.Method == http.MethodGet:
		read = paramsOfURL
	case isMultipart(r):
		read = paramsOfParts
	}
	params, refused := read(w, r)
	switch {
	case refused != nil:
		return nil, refused
	case params.Query == "":
		return nil, &refusal{outcome: malformed, message: "The request has no query: send the document as query."}
	}
	params.Headers = r.Header
	return params, nil
}

func paramsOfURL(_ http.ResponseWriter, r *http.Request) (*graphql.RawParams, *refusal) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &refusal{outcome: malformed, message: "The address's query string is not well encoded."}
	}
	params := &graphql.RawParams{Query: values.Get("query"), OperationName: values.Get("operationName")}
	if params.Variables, err = objectOf(values, "variables"); err != nil {
		return nil, &refusal{outcome: malformed, message: "The parameter variables is not a JSON object."}
	}
	if params.Extensions, err = objectOf(values, "extensions"); err != nil {
		return nil, &refusal{outcome: malformed, message: "The parameter extensions is not a JSON object."}
	}
	return params, nil
}

// objectOf decodes one parameter of the address; an empty one counts as absent.
func objectOf(values url.Values, name string) (object map[string]any, err error) {
	if text := values.Get(name); text != "" {
		err = decodeJSON([]byte(text), &object)
	}
	return object, err
}

func paramsOfBody(w http.ResponseWriter, r *http.Request) (*graphql.RawParams, *refusal) {
	if refused := checkContentType(r.Header); refused != nil {
		return nil, refused
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if _, tooBig := errors.AsType[*http.MaxBytesError](err); tooBig {
		return nil, &refusal{outcome: tooLarge, message: fmt.Sprintf("The request's body is larger than %d bytes.", maxBody)}
	}
	if err != nil {
		return nil, &refusal{outcome: malformed, message: "The request's body ended early."}
	}
	params := new(graphql.RawParams)
	if err := decodeJSON(body, params); err != nil {
		return nil, &refusal{outcome: malformed, message: explainJSON(err)}
	}
	return params, nil
}

func checkContentType(header http.Header) *refusal {
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
)

// decodeJSON reads one JSON object and nothing after it. Numbers stay as they were written: an id of 19 digits does not
// fit a float64.
func decodeJSON(data []byte, into any) error {
	if !utf8.Valid(data) {
		return errNotUTF8
	}
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return errNull
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
