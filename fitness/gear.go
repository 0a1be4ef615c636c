package fitness

import "context"

// Gear is a bike or a pair of shoes, as the athlete's profile and the activities tell it. What takes a call of its own is
// in [GearDetails].
type Gear struct {
	// StravaID is Strava's own id: a letter, b for bikes and g for shoes, and a number.
	StravaID  string
	Name      string
	Nickname  *string
	IsPrimary bool
	IsRetired bool
	// DistanceMeters is what was covered with it.
	DistanceMeters float64
}

// GearType tells bikes from shoes.
type GearType string

const (
	GearTypeBike  GearType = "BIKE"
	GearTypeShoes GearType = "SHOES"
)

// FrameType is what a bike is made for.
type FrameType string

const (
	FrameTypeMountain  FrameType = "MOUNTAIN"
	FrameTypeCross     FrameType = "CROSS"
	FrameTypeRoad      FrameType = "ROAD"
	FrameTypeTimeTrial FrameType = "TIME_TRIAL"
	FrameTypeGravel    FrameType = "GRAVEL"
)

// GearDetails are the parts of a gear that take a call of their own, the same one for all of them. A part that Strava does
// not give is nil.
type GearDetails struct {
	Gear        *Gear
	Brand       *string
	Model       *string
	Description *string
	// FrameType is nil for shoes, and for a frame that is newer than this list.
	FrameType *FrameType
	// WeightKilograms is a bike's.
	WeightKilograms *float64
	// NotificationMeters is when Strava advises new shoes.
	NotificationMeters *float64
}

// ID is the gear's global id.
func (g *Gear) ID() string { return gearNode.id(g.StravaID) }

// Type goes by the letter of the id.
func (g *Gear) Type() GearType {
	if len(g.StravaID) > 0 && g.StravaID[0] == 'b' {
		return GearTypeBike
	}
	return GearTypeShoes
}

// Distance is what was covered with it.
func (g *Gear) Distance(unit LengthUnit) float64 { return unit.fromMeters(g.DistanceMeters) }

// Weight is a bike's, nil for shoes and where the athlete has not given it.
func (d *GearDetails) Weight(unit MassUnit) *float64 {
	if d.WeightKilograms == nil {
		return nil
	}
	return new(unit.fromKilograms(*d.WeightKilograms))
}

// NotificationDistance is when Strava advises new shoes, nil for never.
func (d *GearDetails) NotificationDistance(unit LengthUnit) *float64 {
	return length(d.NotificationMeters, unit)
}

// Gear is the bike or the shoes of the activity, nil without them. It costs no call where the athlete or the details of
// the activity are held and have it, else one for each that is different.
func (s *Service) Gear(ctx context.Context, activity *Activity) (*Gear, error) {
	if err := ownerOnly(ctx); err != nil {
		return nil, err
	}
	details, kept := fresh[Details](s.answers.Load(), kindDetails, activity.stravaID(), activity)
	if details != nil && details.Gear != nil && details.Gear.StravaID == activity.GearID {
		kept.note(ctx)
		return details.Gear, nil
	}
	return s.GearOf(ctx, activity.GearID)
}

// GearByID finds a bike or a pair of shoes by its global id or by Strava's own; nil if there is none. That there is none
// takes a call, because neither the profile nor the list need to name what the athlete has retired.
func (s *Service) GearByID(ctx context.Context, id string) (*Gear, error) {
	stravaID, err := gearNode.lookUp(id)
	if err != nil {
		return nil, err
	}
	return s.GearOf(ctx, stravaID)
}

// GearOf finds a bike or a pair of shoes by Strava's own id; nil if there is none. It costs no call where the athlete is
// held and has it.
func (s *Service) GearOf(ctx context.Context, stravaID string) (*Gear, error) {
	if err := ownerOnly(ctx); err != nil {
		return nil, err
	}
	if !isGearID(stravaID) {
		return nil, nil
	}
	if athlete, kept := fresh[Athlete](s.answers.Load(), kindAthlete, "", nil); athlete != nil {
		if gear := athlete.gear(stravaID); gear != nil {
			kept.note(ctx)
			return gear, nil
		}
	}
	details, err := s.gearDetails(ctx, stravaID)
	if details == nil || err != nil {
		return nil, err
	}
	return details.Gear, nil
}

// GearDetails are what one further call tells of the gear; nil for one that Strava no longer knows.
func (s *Service) GearDetails(ctx context.Context, gear *Gear) (*GearDetails, error) {
	return s.gearDetails(ctx, gear.StravaID)
}

func (s *Service) gearDetails(ctx context.Context, stravaID string) (*GearDetails, error) {
	return answered(ask(ctx, s.answers.Load(), question[GearDetails]{
		kind: kindGear, id: stravaID,
		fetch: func(ctx context.Context) (*GearDetails, error) {
			return converted(gearDetailsOf)(s.strava.Gear(ctx, stravaID))
		},
	}))
}

// isGearID reports whether the text is a letter and a number, so that nothing else is asked for.
func isGearID(text string) bool {
	return len(text) > 1 && (text[0] == 'b' || text[0] == 'g') && positive(text[1:]) > 0
}
