package tokens_test

import (
	"testing"
	"time"

	"domestique/strava"
	"domestique/tokens"
)

// A rate limit between a lost answer and the refusal that follows from it does not hide why the grant is lost.
func TestALostAnswerExplainsALaterRefusal(t *testing.T) {
	t.Parallel()
	inConnectedWorld(t, sixHours, func(t *testing.T, w *world) {
		time.Sleep(sixHours)
		r := w.replica()
		w.strava.queue(mishap{lost: true}, mishap{refuse: &strava.RateLimitError{}})
		wantError(t, r, tokens.ErrUnavailable)
		time.Sleep(5 * time.Second)
		wantError(t, r, tokens.ErrUnavailable)
		time.Sleep(5 * time.Second)
		wantError(t, r, tokens.ErrNeedsConsent)
		if row, _, _ := w.row(); row.Failure != tokens.FailureAnswerLost {
			t.Errorf("the row says %q, want %q", row.Failure, tokens.FailureAnswerLost)
		}
	})
}
