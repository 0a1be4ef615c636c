package fitness

import (
	"context"
	"strconv"
)

// StarSegmentInput says which segment to star, or to take the star from.
type StarSegmentInput struct {
	// ID is the global id or Strava's own.
	ID      string
	Starred bool
}

// StarSegment stars a segment, or takes the star away, and gives the segment. It costs one call; an id that no segment can
// have costs none.
func (s *Service) StarSegment(ctx context.Context, input StarSegmentInput) (*Segment, error) {
	stravaID, err := segmentNode.lookUpNumber(input.ID)
	if err != nil {
		return nil, movedTo("input.id", err)
	}
	w := &write{
		scope: scopeProfileWrite, subject: "input.id", arguments: map[string]string{"starred": "input.starred"},
		retry: "To star it twice does no harm.",
	}
	return perform(ctx, s, s.writes, w, func(ctx context.Context) (*Segment, error) {
		detailed, err := s.strava.StarSegment(ctx, stravaID, input.Starred)
		// Whatever came of it, what is kept may be wrong now.
		s.answers.Load().forget(answerKey{kindSegment, strconv.FormatInt(stravaID, 10)}, answerKey{kind: kindStarred})
		if err != nil {
			return nil, err
		}
		return segmentOf(&detailed.SummarySegment), nil
	})
}
