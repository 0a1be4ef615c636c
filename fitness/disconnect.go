package fitness

import (
	"context"
	"errors"

	"domestique/tokens"
)

// Disconnect revokes the grant at Strava, erases it, and forgets everything that came from Strava: nothing that is under
// way brings any of it back. As long as the grant could not be revoked all stays as it is. Without a grant it fails with
// NOT_CONNECTED, but what is held of one that was ended elsewhere is forgotten all the same.
//
// Once begun it goes on when the caller goes away.
func (s *Service) Disconnect(ctx context.Context) (*GatewayStatus, error) {
	if err := ownerOnly(ctx); err != nil {
		return nil, err
	}
	if _, err := s.disconnects.do(ctx, struct{}{}, s.disconnect); err != nil {
		return nil, explained(err)
	}
	return s.Status(ctx), nil
}

func (s *Service) disconnect(ctx context.Context) (none struct{}, err error) {
	fresh, err := newAnswers(s.now, &s.freshness.revisions, s.background, s.watch)
	if err != nil {
		return none, err
	}
	err = s.tokens.Disconnect(ctx)
	if err == nil || errors.Is(err, tokens.ErrNotConnected) || ctx.Err() != nil { // The last: it may still come to it.
		// A call under way fills the answers that nobody looks at any more. A later one has no token to ask with.
		s.answers.Store(fresh)
		s.freshness.revisions.Add(1)
		err = errors.Join(err, s.history.Forget(ctx))
	}
	return none, err
}
