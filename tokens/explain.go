package tokens

import (
	"context"
	"errors"

	"domestique/strava"
)

// Explain says in a sentence or two, to the person who wanted to connect, what an error of this Consent means and what to
// do. It repeats nothing of the error, which is for the log. Nil is "".
func (c *Consent) Explain(err error) string {
	if err == nil {
		return ""
	}
	if _, ok := errors.AsType[*strava.RateLimitError](err); ok {
		return "Strava wants fewer requests at the moment. Wait a quarter of an hour, then start again."
	}
	for _, known := range c.explanations() {
		if errors.Is(err, known.cause) {
			return known.text
		}
	}
	return "Something went wrong inside the gateway; its log says what. Nothing that was stored has changed."
}

// explanation is what an error means to a person.
type explanation struct {
	cause error
	text  string
}

// explanations are tried in this order: what is sure about the consent before what may pass.
func (c *Consent) explanations() []explanation {
	return []explanation{
		{ErrConsentDenied, "You said no on Strava's page, so nothing was connected. Start again if you want to connect."},
		{ErrNoCode, "Strava sent the browser back without a code. Start again."},
		{ErrOtherAthlete, "This is another athlete's Strava account than the gateway's. Sign in at Strava as the right athlete and " +
			"start again. For a change of athlete, disconnect the present one and change STRAVA_ATHLETE_ID, if that is set."},
		{strava.ErrCodeInvalid, "Strava does not take the code that it sent the browser back with: it is old, or was used already. " +
			"Start again."},
		{strava.ErrClientInvalid, c.wrongClient()},
		{strava.ErrAppInactive, "Strava has deactivated the application. Its owner needs a Strava subscription and has to " +
			"reactivate it at https://www.strava.com/settings/api."},
		{strava.ErrAthleteLimit, "Strava lets the application connect no more athletes. Raise its limit at " +
			"https://www.strava.com/settings/api, or disconnect another, then start again."},
		{ErrNoApplication, "No Strava application is known yet. Make one at https://www.strava.com/settings/api and enter it at " +
			"/connect, or set STRAVA_CLIENT_ID and STRAVA_CLIENT_SECRET."},
		{ErrCorrupt, "The grant that is stored can't be read, and was left as it is. Put back the sealing key that it was stored " +
			"with, or its file; the log says what is wrong."},
		{ErrStoring, "Strava has agreed, but the store does not take the grant yet. The gateway goes on trying; see in a minute " +
			"whether it is connected."},
		{strava.ErrUnavailable, "Strava did not give a usable answer. Start again in a minute."},
		{ErrUnavailable, "The store of the grant does not answer. Start again in a minute."},
		{context.DeadlineExceeded, "That took too long. Start again in a minute."},
		{context.Canceled, "That was interrupted. Start again."},
	}
}

// wrongClient says where the client that Strava refuses comes from.
func (c *Consent) wrongClient() string {
	const refused = "Strava refuses the application's client id or client secret. "
	if c.tokens.apps.configured().Known() {
		return refused + "Compare STRAVA_CLIENT_ID and STRAVA_CLIENT_SECRET with https://www.strava.com/settings/api."
	}
	return refused + "Compare both with https://www.strava.com/settings/api and enter them again."
}
