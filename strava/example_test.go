package strava_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"domestique/strava"
)

// fixedToken is a TokenSource for programs that live no longer than their token.
type fixedToken string

func (t fixedToken) AccessToken(context.Context) (string, error) { return string(t), nil }
func (fixedToken) Invalidate(string)                             {}

// A stand-in for Strava makes the example complete; without BaseURL the client asks Strava itself.
func Example() {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-ReadRateLimit-Limit", "100,1000")
		w.Header().Set("X-ReadRateLimit-Usage", "1,1")
		if r.URL.Path == "/api/v3/athlete/activities" {
			fmt.Fprint(w, `[{"id": 17000000123, "name": "Lunch Run", "sport_type": "Run", "distance": 10012.3, "moving_time": 3021.0}]`)
			return
		}
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"message": "Record Not Found", "errors": [{"resource": "Activity", "field": "id", "code": "invalid"}]}`)
	}))
	defer upstream.Close()

	client, err := strava.New(strava.Config{
		BaseURL: upstream.URL + "/api/v3",
		Tokens:  fixedToken("an access token"),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	page, err := client.Activities(ctx, strava.ActivitiesOptions{PerPage: strava.MaxPerPage})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, activity := range page {
		fmt.Printf("%s: %.1f km in %d s\n", activity.Name, activity.Distance/1000, activity.MovingTime)
	}
	fmt.Printf("%d of %d calls used\n", client.Quota().Read.QuarterHour.Used, client.Quota().Read.QuarterHour.Limit)

	_, err = client.Activity(ctx, 1)
	fmt.Println(errors.Is(err, strava.ErrNotFound), err)
	// Output:
	// Lunch Run: 10.0 km in 3021 s
	// 1 of 100 calls used
	// true strava: GET /activities/{id}: not found at Strava (status 404)
}

// The athlete's browser goes to AuthCodeURL; the code that it brings back is exchanged for the grant.
func ExampleOAuth() {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"token_type": "Bearer", "expires_at": 1795370000, "expires_in": 21600,
			"refresh_token": "5f2c", "access_token": "8d1e", "athlete": {"id": 134815, "firstname": "Ada"}}`)
	}))
	defer upstream.Close()

	oauth := strava.NewOAuth(strava.OAuthConfig{URL: upstream.URL})
	app := strava.Application{ClientID: "1234", ClientSecret: "a client secret"}
	grant, err := oauth.Exchange(context.Background(), app, "the code", "http://localhost:8080/connect/callback")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(grant.Athlete.Firstname, grant.ExpiresAt)
	fmt.Println(grant.AccessToken, grant.RefreshToken)
	// Output:
	// Ada 2026-11-22 17:53:20 +0000 UTC
	// [redacted] [redacted]
}
