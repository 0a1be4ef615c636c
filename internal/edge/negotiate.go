package edge

import (
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// mediaType is a form of a GraphQL answer. The two kinds of JSON differ in one thing: under the older one every well-formed
// request is answered with 200.
type mediaType string

const (
	mediaJSON    mediaType = "application/json"
	mediaGraphQL mediaType = "application/graphql-response+json"
	mediaEvents  mediaType = "text/event-stream"
)

// inUTF8 is the type as the Content-Type header says it.
func (m mediaType) inUTF8() string {
	switch m {
	case mediaJSON:
		return "application/json; charset=utf-8"
	case mediaGraphQL:
		return "application/graphql-response+json; charset=utf-8"
	default:
		return string(m) + "; charset=utf-8"
	}
}

// How precisely a media range names a media type; the most precise range decides (RFC 9110, section 12.5.1).
const (
	notNamed = iota
	namedByAny
	namedByType
	namedExactly
)

// preference is how much a client wants a media type.
type preference struct {
	quality   float64
	precision int
}

// accepted is what the client takes.
type accepted struct {
	media       mediaType // Of an answer that is one whole; also of a refusal that the client would rather not have as JSON.
	whole       bool      // The client takes media.
	events      bool      // It takes server-sent events, and has said so: whoever takes anything expects one answer.
	eventsFirst bool      // It wants them more than media.
}

// negotiate reads the Accept header. Clients that do not say, or take anything, get application/json; those that want both
// kinds of JSON alike get application/graphql-response+json.
func negotiate(header http.Header) accepted {
	ranges := strings.Join(header["Accept"], ",")
	switch media := mediaType(strings.TrimSpace(ranges)); media {
	case "", "*/*":
		return accepted{media: mediaJSON, whole: true}
	case mediaJSON, mediaGraphQL: // What most clients say, without the work of reading it.
		return accepted{media: media, whole: true}
	}
	older, newer, events := preferenceFor(mediaJSON, ranges), preferenceFor(mediaGraphQL, ranges), preferenceFor(mediaEvents, ranges)
	media := mediaJSON
	if newer.quality > older.quality || newer.quality == older.quality && newer.precision == namedExactly && newer.quality > 0 {
		media = mediaGraphQL
	}
	best := max(older.quality, newer.quality)
	named := events.quality > 0 && events.precision >= namedByType
	return accepted{media: media, whole: best > 0, events: named, eventsFirst: named && events.quality > best}
}

// eventsFor reports whether an operation of that kind is answered by events. Clients that take everything, such as urql,
// get them for subscriptions alone.
func (a accepted) eventsFor(kind ast.Operation) bool {
	return a.events && (kind == ast.Subscription || a.eventsFirst)
}

// preferenceFor looks a media type up in an Accept header. A range that cannot be read counts as absent.
func preferenceFor(media mediaType, ranges string) preference {
	var best preference
	for text := range strings.SplitSeq(ranges, ",") {
		named, params, err := mime.ParseMediaType(text)
		if err != nil || !isUTF8(params) {
			continue
		}
		precision := precisionOf(named, media)
		if precision > best.precision {
			best = preference{quality: qualityOf(params), precision: precision}
		}
	}
	return best
}

func precisionOf(named string, media mediaType) int {
	group, _, _ := strings.Cut(string(media), "/")
	switch named {
	case string(media):
		return namedExactly
	case group + "/*":
		return namedByType
	case "*/*":
		return namedByAny
	default:
		return notNamed
	}
}

func qualityOf(params map[string]string) float64 {
	text, given := params["q"]
	if !given {
		return 1
	}
	quality, err := strconv.ParseFloat(text, 64)
	if err != nil || quality < 0 || quality > 1 {
		return 0
	}
	return quality
}

// isUTF8 holds for a media type without a charset too: JSON is UTF-8 (RFC 8259, section 8.1).
func isUTF8(params map[string]string) bool {
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}
