package edge

import (
	"mime"
	"net/http"
	"strings"
)

// preflightHeader is a header that no page can send to another site without asking that site first.
const preflightHeader = "GraphQL-Require-Preflight"

// safeFromOtherSites reports whether the request may be carried out although a browser might have been driven to send it
// by another site's page. Three things cannot be sent to another site without a preflight, which is granted to the origins of
// ALLOWED_ORIGINS alone, and to them without cookies: a bearer header, a JSON content type, and our own header. Without any
// of them a request may act for nobody and spend nothing, so it passes only as the GET of someone who is not the owner.
func safeFromOtherSites(r *http.Request, viewer viewer) bool {
	switch {
	case bearer(r.Header) != "", isJSON(r.Header.Get("Content-Type")), r.Header.Get(preflightHeader) != "":
		return true
	default:
		return viewer != owner && r.Method == http.MethodGet
	}
}

// isJSON reports whether a content type is JSON, which no HTML form and no plain cross-site fetch can send.
func isJSON(contentType string) bool {
	if contentType == string(mediaJSON) { // Almost always, and without the work of reading it.
		return true
	}
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}
