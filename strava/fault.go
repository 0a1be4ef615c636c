package strava

import (
	"encoding/json"
	"strings"
)

// Fault is one entry of Strava's error bodies:
//
//	{"message": "Bad Request", "errors": [{"resource": "Application", "field": "client_id", "code": "invalid"}]}
//
// A body that has only a message makes one Fault with the message as its Code.
//
// https://developers.strava.com/docs/reference/#api-models-Fault
type Fault struct {
	Resource string `json:"resource"`
	Field    string `json:"field"`
	Code     string `json:"code"`
}

// parseFaults reads an error body; ok is false when it is no JSON object, which no error body of Strava's is.
func parseFaults(body []byte) (faults []Fault, ok bool) {
	var envelope struct {
		Message json.RawMessage `json:"message"`
		Errors  json.RawMessage `json:"errors"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil || !isObject(body) {
		return nil, false
	}
	for _, entry := range entries(envelope.Errors) {
		if fault, ok := parseFault(entry); ok {
			faults = append(faults, fault)
		}
	}
	if faults == nil {
		if fault, ok := parseFault(envelope.Message); ok {
			faults = []Fault{fault}
		}
	}
	return faults, true
}

// entries returns the elements of a JSON array, and anything else as the only element: `errors` has been seen as a
// bare string.
func entries(raw json.RawMessage) []json.RawMessage {
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return []json.RawMessage{raw}
	}
	return elements
}

// parseFault reads an entry of the usual shape, or a bare string.
func parseFault(raw json.RawMessage) (Fault, bool) {
	var code string
	if err := json.Unmarshal(raw, &code); err == nil {
		return Fault{Code: code}, code != ""
	}
	var fault Fault
	// An entry whose members are of odd types keeps those that are strings; json.Unmarshal reads on past the odd ones.
	_ = json.Unmarshal(raw, &fault)
	return fault, fault != Fault{}
}

// meaning returns the sentinel that the fault stands for, or nil when only the status can tell.
func (f Fault) meaning() error {
	switch f.Resource {
	case "RefreshToken":
		return ErrRefreshTokenInvalid
	case "AuthorizationCode", "RequestToken": // the older spelling
		return ErrCodeInvalid
	case "AccessToken":
		if f.scope() != "" {
			return ErrScopeMissing
		}
	case "Athlete":
		if f.Field == "access_token" {
			return ErrUnauthorized
		}
	case "Application":
		return f.applicationMeaning()
	}
	if f.saysAthleteLimit() {
		return ErrAthleteLimit
	}
	return nil
}

func (f Fault) applicationMeaning() error {
	switch strings.ToLower(f.Field) {
	case "client_id", "client_secret", "redirect_uri":
		return ErrClientInvalid
	case "status":
		if strings.EqualFold(f.Code, "inactive") {
			return ErrAppInactive
		}
	case "internal":
		return ErrRestricted
	}
	return nil
}

// scope returns the scope of a fault like AccessToken, activity:read_permission, missing.
func (f Fault) scope() string {
	scope, ok := strings.CutSuffix(f.Field, "_permission")
	if !ok || f.Resource != "AccessToken" || strings.Trim(scope, "abcdefghijklmnopqrstuvwxyz_:") != "" {
		return ""
	}
	return scope
}

// saysAthleteLimit recognizes the one refusal that is known by its words alone: "Limit of connected athletes exceeded".
func (f Fault) saysAthleteLimit() bool {
	return strings.Contains(strings.ToLower(f.Code), "connected athletes")
}
