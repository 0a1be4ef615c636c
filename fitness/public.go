package fitness

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"

	"domestique/tokens"
)

// Projection is what anybody may see of the owner's data: the activities that everyone may see at Strava, each with some of
// its fields, and nothing that tells of the others. See [Anonymous].
type Projection struct {
	// TraceCut is how many metres the traces that are shown lack at both of their ends. Zero: no traces are shown.
	TraceCut float64
}

// ShowsTraces reports whether there are traces in it.
func (p Projection) ShowsTraces() bool { return p.TraceCut > 0 }

// of is what is shown of an activity. A field that is added to Activity is not, until it is named here.
func (p Projection) of(a *Activity) *Activity {
	return &Activity{
		StravaID: a.StravaID, Name: a.Name, Sport: a.Sport, SportType: a.SportType,
		StartedAt: a.StartedAt, StartedAtLocal: a.StartedAtLocal, TimeZone: a.TimeZone, UTCOffset: a.UTCOffset,
		DistanceMeters: a.DistanceMeters, MovingTime: a.MovingTime, ElapsedTime: a.ElapsedTime,
		ElevationGainMeters: a.ElevationGainMeters, AverageMetersPerSecond: a.AverageMetersPerSecond,
		MaxMetersPerSecond: a.MaxMetersPerSecond,
		HasPowerMeter:      a.HasPowerMeter, IsCommute: a.IsCommute, IsIndoor: a.IsIndoor, IsManual: a.IsManual, IsFlagged: a.IsFlagged,
		// Only the sums of each gear tell of it.
		GearID:          a.GearID,
		SummaryPolyline: p.polyline(a, a.SummaryPolyline),
		KudosCount:      a.KudosCount, CommentCount: a.CommentCount, AchievementCount: a.AchievementCount,
		PersonalRecordCount: a.PersonalRecordCount, PhotoCount: a.PhotoCount, AthleteCount: a.AthleteCount,
	}
}

// polyline is what is shown of a trace of the activity, "" for nothing.
func (p Projection) polyline(a *Activity, encoded string) string {
	if !p.ShowsTraces() || a.DistanceMeters <= 2*p.TraceCut {
		return ""
	}
	trace, err := DecodePolyline(encoded)
	if err != nil {
		return "" // Nobody knows where it begins.
	}
	const rounding = 1 // metre, which a point that is written with five decimal places may move back
	return trace.without(p.TraceCut + rounding).Polyline()
}

// ofAthlete is what is shown of the athlete.
func (Projection) ofAthlete(a *Athlete) *Athlete {
	return &Athlete{
		StravaID: a.StravaID, FirstName: a.FirstName, LastName: a.LastName, Username: a.Username,
		City: a.City, State: a.State, Country: a.Country, Measurement: a.Measurement, Picture: a.Picture,
	}
}

// ofPhoto is what is shown of the photo that stands for an activity, which may be nil.
func (Projection) ofPhoto(photo *Photo) *Photo {
	if photo == nil {
		return nil
	}
	shown := *photo
	shown.Location = nil
	return &shown
}

// IsPublic reports whether everyone may see the activity at Strava. Where Strava does not tell, nobody else may.
func (a *Activity) IsPublic() bool { return a.Visibility != nil && *a.Visibility == VisibilityEveryone }

// publication makes what anybody may see out of what is held, once for each copy of the list. It is safe for concurrent
// use.
type publication struct {
	Projection

	newest atomic.Pointer[edition]
	mu     sync.Mutex // held by who makes the next one
}

// edition is what anybody may see of one copy of the list. It never changes.
type edition struct {
	of *Snapshot
	// shown counts its own versions: a change of what is not shown makes none.
	shown     *Snapshot
	originals map[int64]*Activity // what shown was made of, by Strava's ids
}

// edition is the one of that copy, nil where there is nothing to show yet.
func (p *publication) edition(held *Snapshot) *edition {
	newest := p.newest.Load()
	if newest == nil || newest.of != held {
		newest = p.next(held)
	}
	if len(newest.shown.Activities) == 0 && !newest.shown.Complete {
		return nil // As before the first page.
	}
	return newest
}

// next makes an edition. What stays as it was is not made again, so that no answer is slower for a change that it must not
// tell of.
func (p *publication) next(held *Snapshot) *edition {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.newest.Load()
	switch {
	case before == nil:
		before = &edition{shown: &Snapshot{}}
	case before.of == held:
		return before
	}
	next := p.edit(held, before)
	p.newest.Store(next)
	return next
}

func (p *publication) edit(held *Snapshot, before *edition) *edition {
	next := &edition{of: held, originals: make(map[int64]*Activity, len(before.originals))}
	known := make(map[int64]*Activity, len(before.originals))
	for _, copied := range before.shown.Activities {
		known[copied.StravaID] = copied
	}
	var activities []*Activity
	for _, original := range held.Activities {
		if !original.IsPublic() {
			continue
		}
		copied := known[original.StravaID]
		if before.originals[original.StravaID] != original {
			if made := p.of(original); !reflect.DeepEqual(made, copied) {
				copied = made
			}
		}
		next.originals[original.StravaID] = original
		activities = append(activities, copied)
	}
	version := before.shown.Version
	if version == 0 || !slices.Equal(activities, before.shown.Activities) {
		version++
	}
	next.shown = &Snapshot{
		Activities: activities, Version: version, SyncedAt: held.SyncedAt, Complete: held.Complete,
		OldestFetchedAt: held.PublicFetchedAt, PublicFetchedAt: held.PublicFetchedAt,
	}
	return next
}

// publicEdition is the one of what is held now. It causes no call.
func (s *Service) publicEdition(ctx context.Context) (*edition, error) {
	if s.publication == nil {
		return nil, notForAnybody()
	}
	held, err := s.history.Snapshot(heldOnly(ctx))
	if errors.Is(err, context.Canceled) {
		return nil, err
	}
	if err == nil {
		if newest := s.publication.edition(held); newest != nil {
			return newest, nil
		}
	}
	return nil, s.nothingHeld(ctx) // Why is the owner's business.
}

func (s *Service) publicSnapshot(ctx context.Context) (*Snapshot, error) {
	newest, err := s.publicEdition(ctx)
	if err != nil {
		return nil, err
	}
	noteAge(ctx, newest.shown.OldestFetchedAt)
	return newest.shown, nil
}

// publicHeld is what of that copy anybody may see, nil for nothing.
func (s *Service) publicHeld(held *Snapshot) *Snapshot {
	if s.publication == nil || held == nil {
		return nil
	}
	if newest := s.publication.edition(held); newest != nil {
		return newest.shown
	}
	return nil
}

// publicAthlete is what anybody may see of the athlete, as far as they are held.
func (s *Service) publicAthlete(ctx context.Context) (*Athlete, error) {
	if s.publication == nil {
		return nil, notForAnybody()
	}
	kept, _ := s.answers.Load().stale(answerKey{kind: kindAthlete}, nil)
	athlete, grant := as[Athlete](kept.value), s.tokens.Status(ctx)
	if athlete == nil || grant.Pinned && grant.AthleteID != athlete.StravaID {
		return nil, s.nothingHeld(ctx)
	}
	noteAge(ctx, kept.at)
	return s.publication.ofAthlete(athlete), nil
}

// publicDetails are what anybody may see of the details of an activity, as far as they are held. Without an error they are
// never nil.
func (s *Service) publicDetails(ctx context.Context, activity *Activity) (*Details, error) {
	newest, err := s.publicEdition(ctx)
	if err != nil {
		return nil, err
	}
	original := newest.originals[activity.StravaID]
	if original == nil {
		return &Details{}, nil
	}
	kept, _ := s.answers.Load().stale(answerKey{kindDetails, original.stravaID()}, original)
	details := as[Details](kept.value)
	if details == nil {
		return &Details{}, nil
	}
	noteAge(ctx, kept.at)
	shown := &Details{PrimaryPhoto: s.publication.ofPhoto(details.PrimaryPhoto)}
	if details.Polyline != nil {
		shown.Polyline = optionalText(s.publication.polyline(original, *details.Polyline))
	}
	return shown, nil
}

// nothingHeld tells no more of the connection than the status does.
func (s *Service) nothingHeld(ctx context.Context) error {
	if s.tokens.Status(ctx).State == tokens.StateNotConnected {
		return &Error{Code: CodeNotConnected, Message: "No Strava account is connected to this gateway."}
	}
	return ErrNothingHeld
}

// Projection is what anybody may see; not ok if that is nothing.
func (s *Service) Projection() (projection Projection, ok bool) {
	if s.publication == nil {
		return Projection{}, false
	}
	return s.publication.Projection, true
}
