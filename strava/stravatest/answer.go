package stravatest

import (
	"crypto/md5" // An ETag, not a secret.
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
)

// answer is a whole response, kept back so that a Fault can spoil it.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// fault is one entry of an error body.
type fault struct {
	Resource string `json:"resource"`
	Field    string `json:"field"`
	Code     string `json:"code"`
}

// jsonAnswer carries v with the headers that Strava's answers carry. What was recorded stays as it is.
func jsonAnswer(status int, v any) answer {
	body, recorded := v.(json.RawMessage)
	if !recorded {
		var err error
		if body, err = json.Marshal(v); err != nil { // A wire type of this package that does not marshal.
			panic("stravatest: encode answer: " + err.Error())
		}
	}
	return bytesAnswer(status, "application/json; charset=utf-8", body)
}

func bytesAnswer(status int, contentType string, body []byte) answer {
	header := http.Header{"Content-Type": {contentType}, "Vary": {"Accept, Origin"}}
	if status < http.StatusBadRequest {
		sum := md5.Sum(body) // An ETag, not a secret.
		header.Set("Cache-Control", "max-age=0, private, must-revalidate")
		header.Set("Etag", `W/"`+hex.EncodeToString(sum[:])+`"`)
	} else {
		header.Set("Cache-Control", "no-cache")
	}
	return answer{status, header, body}
}

// refusal is an error in Strava's shape, which is not that of RFC 6749, at the token endpoint neither.
func refusal(status int, message string, faults ...fault) answer {
	return jsonAnswer(status, struct {
		Message string  `json:"message"`
		Errors  []fault `json:"errors"`
	}{message, faults})
}

func badRequest(resource, field, code string) answer {
	return refusal(http.StatusBadRequest, "Bad Request", fault{resource, field, code})
}

func unauthorized(resource, field, code string) answer {
	return refusal(http.StatusUnauthorized, "Authorization Error", fault{resource, field, code})
}

func scopeMissing(scope string) answer {
	return unauthorized("AccessToken", scope+"_permission", "missing")
}

func appInactive() answer {
	return refusal(http.StatusForbidden, "Forbidden", fault{"Application", "Status", "Inactive"})
}

// notSubscribed is a guess but for its status, which clients have met.
func notSubscribed() answer {
	return refusal(http.StatusPaymentRequired, "Payment Required", fault{"Athlete", "subscription", "missing"})
}

func notFound(resource, field string) answer {
	return refusal(http.StatusNotFound, "Record Not Found", fault{resource, field, "invalid"})
}

// with adds headers.
func (a answer) with(headers http.Header) answer {
	maps.Copy(a.header, headers)
	return a
}

func (a answer) write(w http.ResponseWriter) {
	a.writeHeader(w)
	_, _ = w.Write(a.body) // The client is gone.
}

func (a answer) writeHeader(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
}
