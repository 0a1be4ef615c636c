package stravatest

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bareRow is what parts tell of an activity whose row was not recorded.
type bareRow struct {
	ID             int64  `json:"id"`
	ResourceState  int    `json:"resource_state"`
	Name           string `json:"name"`
	SportType      string `json:"sport_type"`
	StartDate      string `json:"start_date"`
	StartDateLocal string `json:"start_date_local"`
	Visibility     string `json:"visibility"`
	KudosCount     int    `json:"kudos_count"`
	CommentCount   int    `json:"comment_count"`
	PhotoCount     int    `json:"total_photo_count"`
}

// listParts lists the activities that only their details, or their laps beside other parts, tell of: without either nobody
// knows when they were.
func (rec *recording) listParts() error {
	listed := map[int64]bool{}
	for _, row := range rec.list {
		listed[row.id] = true
	}
	for id := range rec.withParts() {
		if listed[id] {
			continue
		}
		bare, known, err := rec.bareRow(id)
		if err != nil {
			return fmt.Errorf("make a row of the parts of activity %d: %w", id, err)
		}
		if known {
			raw, _ := json.Marshal(bare) // Texts and numbers.
			start, err := time.Parse(time.RFC3339, bare.StartDate)
			if err != nil {
				return fmt.Errorf("make a row of the parts of activity %d: %w", id, err)
			}
			rec.list = append(rec.list, row{id, start, bare.Visibility, json.RawMessage(raw)})
		}
	}
	slices.SortFunc(rec.list, newestFirst)
	return nil
}

// withParts are the activities that anything was recorded of but a row.
func (rec *recording) withParts() map[int64]bool {
	ids := map[int64]bool{}
	for id := range maps.Keys(rec.details) {
		ids[id] = true
	}
	for key := range rec.answers {
		part, ok := strings.CutPrefix(key, "GET /activities/")
		if id, err := strconv.ParseInt(path.Dir(part), 10, 64); ok && err == nil {
			ids[id] = true
		}
	}
	return ids
}

// bareRow is not known without a start.
func (rec *recording) bareRow(id int64) (bare bareRow, known bool, err error) {
	const unspecific = "Workout" // Strava's own word for an activity of no particular sport.
	bare = bareRow{SportType: unspecific, Visibility: "everyone"}
	switch laps := rec.parts(id, "laps"); {
	case rec.details[id] != nil:
		err = json.Unmarshal(rec.details[id], &bare)
	case len(laps) > 0:
		err = json.Unmarshal(laps[0], &bare)
		bare.Name = ""
	default:
		return bare, false, nil
	}
	bare.ID, bare.ResourceState = id, 2
	bare.KudosCount = max(bare.KudosCount, len(rec.parts(id, "kudos")))
	bare.CommentCount = max(bare.CommentCount, len(rec.parts(id, "comments")))
	bare.PhotoCount = max(bare.PhotoCount, len(rec.parts(id, "photos")))
	return bare, true, err
}

// parts are the recorded rows of a list that belongs to an activity.
func (rec *recording) parts(id int64, list string) []json.RawMessage {
	return rec.answers[fmt.Sprintf("GET /activities/%d/%s", id, list)].rows
}
