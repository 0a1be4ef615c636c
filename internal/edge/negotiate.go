package edge

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// mediaType is one of the two forms of a GraphQL answer. They differ in one thing: under the older one every well-formed
// request is answered with 200.
type mediaType string

const (
	mediaJSON    mediaType = "application/json"
	mediaGraphQL mediaType = "application/graphql-response+json"
)

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

// negotiate picks the answer's media type from the Accept header. Clients that do not say, or take anything, get
// application/json; those that want both alike get application/graphql-response+json. ok is false when neither will do.
func negotiate(header http.Header) (media mediaType, ok bool) {
	ranges := strings.Join(header.Values("Accept"), ",")
	if strings.TrimSpace(ranges) == "" {
		return mediaJSON, true
	}
	older, newer := preferenceFor(mediaJSON, ranges), preferenceFor(mediaGraphQL, ranges)
	switch {
	case older.quality == 0 && newer.quality == 0:
		return mediaJSON, false
	case newer.quality != older.quality:
		if newer.quality > older.quality {
			return mediaGraphQL, true
		}
		return mediaJSON, true
	case newer.precision == namedExactly:
		return mediaGraphQL, true
	default:
		return mediaJSON, true
	}
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
	switch named {
	case string(media):
		return namedExactly
	case "application/*":
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
