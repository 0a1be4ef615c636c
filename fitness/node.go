package fitness

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// stravaSite is where people look at what the API describes.
const stravaSite = "https://www.strava.com"

// Node is what can be found again by an id that is unique over all types.
type Node interface {
	ID() string
}

// nodeType is the part of a global id that tells the types apart.
type nodeType string

const (
	activityNode nodeType = "Activity"
	athleteNode  nodeType = "Athlete"
	gearNode     nodeType = "Gear"
)

// id makes the opaque global id of a thing that has such an id at Strava.
func (t nodeType) id(stravaID string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(string(t) + ":" + stravaID))
}

// stravaID reads what id made; ok is false for the id of another type and for anything else.
func (t nodeType) stravaID(id string) (stravaID string, ok bool) {
	decoded, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		return "", false
	}
	return strings.CutPrefix(string(decoded), string(t)+":")
}

// activityStravaID reads an activity's id as people have it: the global one or Strava's own.
func activityStravaID(id string) (int64, bool) {
	text, ok := activityNode.stravaID(id)
	if !ok {
		text = id
	}
	number, err := strconv.ParseInt(text, 10, 64)
	return number, err == nil
}

// gearStravaID reads the id of a bike or shoes: the global one or Strava's own, such as b12345.
func gearStravaID(id string) string {
	if stravaID, ok := gearNode.stravaID(id); ok {
		return stravaID
	}
	return id
}
