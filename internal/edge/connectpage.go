package edge

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"domestique/fitness"
	"domestique/strava"
	"domestique/tokens"
)

const (
	// fillPatience is how long the page waits for the first activities, rather than say that there are none yet.
	fillPatience = 3 * time.Second
	// lookAgain is after how many seconds a browser asks how far the activities have come.
	lookAgain = "3"
)

// History fetches the activities and tells how far it is; *fitness.Service does.
type History interface {
	Fill(context.Context) fitness.Fill
}

// connectForm is what was entered, to be corrected; the secret is never sent back.
type connectForm struct {
	ClientID string
	Problem  string // Empty: there is none.
}

// connectPage is what /connect shows.
type connectPage struct {
	connectForm
	Heading, Advice string // How the connection is doing, and what to do about it.
	Good            bool
	Failure         string // The last one, in a sentence.
	AthleteURL      string // Empty: not known.
	Athlete         int64
	Granted         []scopeMeaning
	Missing         []scopeMeaning
	Application     string // The client id of the one that is known; empty: there is none.
	Fixed           bool   // By the environment: no other can be entered.
	CallbackDomain  string
	Fill            *fill // Nil: there is nothing to say of it.
}

// fill is how far the copy of the activities has come.
type fill struct{ fitness.Fill }

// Count is the number of activities as English writes it.
func (f fill) Count() string {
	digits := strconv.Itoa(f.Activities)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// GoesOn reports whether more is to come without anybody's doing.
func (f *fill) GoesOn() bool { return f != nil && !f.Complete && f.Trouble == "" }

// showConnect fills in the page of /connect.
func (e *edge) showConnect(w http.ResponseWriter, r *http.Request, status int, form connectForm) {
	grant := e.Grant.Status(r.Context())
	callback := callbackURL(e.publicURL, r)
	page := connectPage{
		connectForm: form, Good: grant.State == tokens.StateConnected, Failure: grant.LastError.String(),
		CallbackDomain: callback.Hostname(),
	}
	page.Heading, page.Advice = headline(grant.State)
	if grant.Pinned {
		page.Athlete = grant.AthleteID
		page.AthleteURL = "https://www.strava.com/athletes/" + strconv.FormatInt(grant.AthleteID, 10)
	}
	page.Granted = meanings(grant.Scopes)
	if len(grant.Scopes) > 0 {
		page.Missing = meanings(tokens.MissingScopes(grant.Scopes, e.Scopes))
	}
	var known strava.Application
	known, page.Fixed, _ = e.consents.Application(r.Context()) // What it fails with, the grant's status has said.
	page.Application = known.ClientID
	page.Fill = e.fill(r.Context(), grant.State)
	if page.Fill.GoesOn() && r.Method == http.MethodGet {
		w.Header().Set("Refresh", lookAgain) // No script is let run here; and a form that was refused is not taken away.
	}
	e.render(w, status, page, e.consentOrigins(callback)...)
}

// fill is how far the activities have come that a grant gives access to, and begins to fetch them: whoever has just connected
// is not to wait for a job.
func (e *edge) fill(ctx context.Context, state tokens.State) *fill {
	if e.History == nil || state != tokens.StateConnected && state != tokens.StateScopeMissing {
		return nil
	}
	ctx, cancel := context.WithTimeout(introduce(ctx, owner), fillPatience)
	defer cancel()
	return &fill{e.History.Fill(ctx)}
}

// headline says how a connection is doing and what its owner can do.
func headline(state tokens.State) (heading, advice string) {
	switch state {
	case tokens.StateConnected:
		return "Connected", "Strava answers with your grant. There is nothing to do."
	case tokens.StateNotConnected:
		return "Not connected yet", "Three steps, once: then this gateway may read your activities, and keeps that permission " +
			"fresh by itself."
	case tokens.StateNeedsConsent:
		return "Consent again", "Strava no longer takes the grant: it was revoked, or used elsewhere. Connect again; what was " +
			"set up stays as it is."
	case tokens.StateScopeMissing:
		return "Connected, but not to all of it", "Not everything was ticked on Strava's page. Connect again and tick what is " +
			"missing below, or leave it: what needs it is not answered."
	case tokens.StateAppInactive:
		return "Strava has deactivated the application", "See https://www.strava.com/settings/api; the gateway goes on by " +
			"itself once Strava lets it."
	default:
		return "Something is set up wrong", "The sentence below and the gateway's log say what."
	}
}

// scopeMeaning is one of Strava's scopes, and what the gateway has it for.
type scopeMeaning struct{ Name, Meaning string }

// meanings explains scopes. https://developers.strava.com/docs/authentication/#details-about-requesting-access
func meanings(scopes []string) []scopeMeaning {
	known := map[string]string{
		"read":              "your public profile, routes and segments",
		"read_all":          "your private routes and segments",
		"profile:read_all":  "your whole profile: gear, zones and weight",
		"profile:write":     "changes of your weight and of the segments that you have starred",
		"activity:read":     "activities that your followers see, without what lies in privacy zones",
		"activity:read_all": "all of your activities, those that only you see too, with privacy zones",
		"activity:write":    "new activities, and changes of yours",
	}
	var explained []scopeMeaning
	for _, scope := range scopes {
		explained = append(explained, scopeMeaning{scope, known[scope]})
	}
	return explained
}
