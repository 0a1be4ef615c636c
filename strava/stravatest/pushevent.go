package stravatest

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
)

// wireEvent is what Strava posts to a callback: https://developers.strava.com/docs/webhooks/#event-data
type wireEvent struct {
	AspectType     string            `json:"aspect_type"`
	EventTime      int64             `json:"event_time"`
	ObjectID       int64             `json:"object_id"`
	ObjectType     string            `json:"object_type"`
	OwnerID        int64             `json:"owner_id"`
	SubscriptionID int64             `json:"subscription_id"`
	Updates        map[string]string `json:"updates"`
}

func (e wireEvent) encode() []byte {
	if e.Updates == nil {
		e.Updates = map[string]string{}
	}
	body, err := json.Marshal(e)
	if err != nil { // It is all text and numbers.
		panic("stravatest: encode event: " + err.Error())
	}
	return body
}

// tellActivity tells the callback what became of an activity: before is nil for a new one, after for one that is gone.
// Only what the grant may see is told of, so an activity that becomes visible to Only You is deleted for an application
// without activity:read_all, and created when that ends.
func (s *Server) tellActivity(before, after *entry) {
	row := cmp.Or(after, before).row
	was, is := s.mayHearOf(before), s.mayHearOf(after)
	event := wireEvent{ObjectType: "activity", ObjectID: row.ID, OwnerID: row.Athlete.ID, EventTime: s.cfg.Now().Unix()}
	switch {
	case is && !was:
		event.AspectType = "create"
	case was && !is:
		event.AspectType = "delete"
	case was && is:
		event.AspectType, event.Updates = "update", changes(before.row, after.row)
	}
	if event.AspectType == "" || event.AspectType == "update" && len(event.Updates) == 0 {
		return
	}
	s.courier.post(event)
}

// changes are those that Strava tells of; of the others there is no event. That a type is told by the older word is
// what Strava's example shows.
func changes(before, after summaryActivity) map[string]string {
	updates := map[string]string{}
	if before.Name != after.Name {
		updates["title"] = after.Name
	}
	if before.SportType != after.SportType {
		updates["type"] = after.Type
	}
	if before.Private != after.Private {
		updates["private"] = strconv.FormatBool(after.Private)
	}
	return updates
}

// mayHearOf reports whether the athlete has let the application see the activity.
func (s *Server) mayHearOf(e *entry) bool {
	if e == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.authority.grants[e.row.Athlete.ID]
	if g == nil {
		return false
	}
	return slices.Contains(g.scopes, "activity:read_all") ||
		e.row.Visibility != onlyMe && slices.Contains(g.scopes, "activity:read")
}

// endGrant revokes an athlete's grant and tells the callback. That it is told too when the application itself revokes is
// a guess. The caller holds the lock.
func (s *Server) endGrant(athlete int64) {
	granted := s.authority.grants[athlete] != nil
	s.authority.revoke(athlete)
	if granted {
		s.courier.post(wireEvent{
			AspectType: "update", ObjectType: "athlete", ObjectID: athlete, OwnerID: athlete,
			EventTime: s.cfg.Now().Unix(), Updates: map[string]string{"authorized": "false"},
		})
	}
}
