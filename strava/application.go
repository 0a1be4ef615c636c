package strava

// Application is the owner's own Strava application, as https://www.strava.com/settings/api shows it. A grant belongs to
// the application that it was given to: Strava takes its refresh token from no other. The secret prints as "[redacted]".
type Application struct {
	ClientID     string
	ClientSecret Secret
}

// Known reports whether both the id and the secret are there.
func (a Application) Known() bool { return a.ClientID != "" && a.ClientSecret != "" }
