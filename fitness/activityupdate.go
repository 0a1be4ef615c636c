package fitness

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"domestique/strava"
)

// UpdateActivityInput says what to change of an activity. What is nil stays as it is.
type UpdateActivityInput struct {
	// ID is the global id or Strava's own.
	ID   string
	Name *string
	// Description may be empty, which takes it away.
	Description *string
	Sport       *Sport
	// Gear is the global id or Strava's own, or "none", which takes the gear away.
	Gear         *string
	IsCommute    *bool
	IsIndoor     *bool
	HideFromHome *bool
}

// UpdateActivity changes an activity, and gives it as it is then. It costs one call; one more, which only reads, where
// nobody knows whether Strava acted. An input that cannot mean anything, or that names an activity that is not in the
// list when that is complete, costs none.
func (s *Service) UpdateActivity(ctx context.Context, input UpdateActivityInput) (*Activity, error) {
	stravaID, update, err := input.read()
	if err != nil {
		return nil, err
	}
	if err := s.mayWrite(ctx, scopeActivityWrite); err != nil {
		return nil, err
	}
	if err := s.checkUpdate(ctx, stravaID, update); err != nil {
		return nil, err
	}
	w := &write{
		scope: scopeActivityWrite, subject: "input.id", arguments: activityArguments(),
		retry: "The activity was asked for again as far as Strava answers; to make the same change twice does no harm.",
	}
	return perform(ctx, s, s.writes, w, func(ctx context.Context) (*Activity, error) {
		detailed, err := s.strava.UpdateActivity(ctx, stravaID, update)
		s.forgetWhatTellsOf(stravaID, update)
		if err != nil {
			if leavesDoubt(err) {
				_, _ = s.refetch(ctx, stravaID) // Whoever looks sees what became of it; if it fails the next sync tells.
			}
			return nil, err
		}
		return s.take(ctx, detailed), nil
	})
}

// forgetWhatTellsOf drops what the update may have made wrong: the details, and the distances of the gear.
func (s *Service) forgetWhatTellsOf(stravaID int64, update strava.UpdatableActivity) {
	keys := []answerKey{{kindDetails, strconv.FormatInt(stravaID, 10)}}
	if update.GearID != nil {
		keys = append(keys, answerKey{kind: kindGear}, answerKey{kind: kindAthlete})
	}
	s.answers.Load().forget(keys...)
}

// read gives the activity's id and the change, or says what is wrong with the input.
func (i UpdateActivityInput) read() (stravaID int64, update strava.UpdatableActivity, err error) {
	if stravaID, err = activityNode.lookUpNumber(i.ID); err != nil {
		return 0, update, movedTo("input.id", err)
	}
	update = strava.UpdatableActivity{
		Name: i.Name, Description: i.Description, Commute: i.IsCommute, Trainer: i.IsIndoor, HideFromHome: i.HideFromHome,
	}
	if update.SportType, err = sportWord(i.Sport); err != nil {
		return 0, update, err
	}
	if update.GearID, err = gearToUpdate(i.Gear); err != nil {
		return 0, update, err
	}
	switch {
	case update == (strava.UpdatableActivity{}):
		return 0, update, badInput("input", "The update names nothing to change. Give at least one field beside the id.")
	case i.Name != nil && strings.TrimSpace(*i.Name) == "":
		return 0, update, badInput("input.name", "An activity needs a name. Leave the name out to keep the one that it has.")
	default:
		return stravaID, update, nil
	}
}

// gearToUpdate reads a gear's id, or the word for none.
func gearToUpdate(id *string) (*string, error) {
	if id == nil || *id == strava.NoGear {
		return id, nil
	}
	stravaID, err := gearNode.lookUp(*id)
	if err != nil {
		return nil, badInput("input.gear", "This is not the id of a bike or shoes. The word none takes the gear away.")
	}
	return &stravaID, nil
}

// checkUpdate refuses what Strava would refuse, as far as that follows from what is held. From a copy that is not complete
// nothing does.
func (s *Service) checkUpdate(ctx context.Context, stravaID int64, update strava.UpdatableActivity) error {
	snapshot, err := s.history.Snapshot(ctx)
	if err != nil {
		return explained(err)
	}
	if !snapshot.Complete {
		return nil
	}
	if snapshot.find(stravaID) == nil {
		return badInput("input.id", "There is no activity of this id. If it is new, send the mutation sync first.")
	}
	gear := update.GearID
	athlete := peek[Athlete](s.answers.Load(), kindAthlete, "")
	if gear == nil || *gear == strava.NoGear || athlete == nil || athlete.Bikes == nil || athlete.gear(*gear) != nil {
		return nil
	}
	// What the athlete has retired is not always in the profile.
	if slices.ContainsFunc(snapshot.Activities, func(a *Activity) bool { return a.GearID == *gear }) {
		return nil
	}
	return badInput("input.gear", "The athlete has no bike or shoes of this id.")
}

// activityArguments are the names that the inputs have for an activity's fields.
func activityArguments() map[string]string {
	return map[string]string{
		"name": "input.name", "description": "input.description", "type": "input.sport", "sport_type": "input.sport",
		"gear_id": "input.gear", "commute": "input.isCommute", "trainer": "input.isIndoor",
		"hide_from_home": "input.hideFromHome", "start_date_local": "input.startedAtLocal",
		"elapsed_time": "input.elapsedTime", "distance": "input.distance", "file": "input.file", "data_type": "input.file",
	}
}

// sportWord is Strava's own word for a sport that is given.
func sportWord(sport *Sport) (*string, error) {
	if sport == nil {
		return nil, nil
	}
	word := sport.word()
	if word == "" {
		return nil, badInput("input.sport", "OTHER stands for sports that this gateway does not know; choose one that it knows.")
	}
	return &word, nil
}
