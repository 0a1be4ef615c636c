package strava_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"domestique/strava"
)

// standIn answers in Strava's place: the keys are a method, a path and, where it matters, a query.
func standIn(answers map[string]string) (*strava.Client, func()) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		call := r.Method + " " + strings.TrimPrefix(r.URL.RequestURI(), "/api/v3")
		body, ok := answers[call]
		switch {
		case !ok:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"message": "Record Not Found", "errors": [{"resource": "resource", "field": "path", "code": "invalid"}]}`)
		case strings.Contains(body, "Authorization Error"):
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, body)
		default:
			fmt.Fprint(w, body)
		}
	}))
	client, err := strava.New(strava.Config{BaseURL: upstream.URL + "/api/v3", Tokens: fixedToken("an access token")})
	if err != nil {
		panic(err)
	}
	return client, upstream.Close
}

// The list ends with an empty page, not with a short one, and pages overlap when an activity is added meanwhile.
func ExampleClient_Activities() {
	client, closeStandIn := standIn(map[string]string{
		"GET /athlete/activities?page=1&per_page=2": `[{"id": 17000000125, "name": "Ride"}, {"id": 17000000124, "name": "Swim"}]`,
		"GET /athlete/activities?page=2&per_page=2": `[{"id": 17000000124, "name": "Swim"}]`,
		"GET /athlete/activities?page=3&per_page=2": `[]`,
	})
	defer closeStandIn()

	seen := map[strava.ID]bool{}
	for page := 1; ; page++ {
		activities, err := client.Activities(context.Background(), strava.ActivitiesOptions{Page: page, PerPage: 2})
		if err != nil {
			fmt.Println(err)
			return
		}
		if len(activities) == 0 {
			break
		}
		for _, activity := range activities {
			if !seen[activity.ID] {
				seen[activity.ID] = true
				fmt.Println(activity.ID, activity.Name)
			}
		}
	}
	// Output:
	// 17000000125 Ride
	// 17000000124 Swim
}

// Sample n of one channel belongs to sample n of another. Where a sensor was silent there is a gap.
func ExampleClient_ActivityStreams() {
	client, closeStandIn := standIn(map[string]string{
		"GET /activities/17000000123/streams?key_by_type=true&keys=time%2Cheartrate%2Cwatts": `{
			"time": {"data": [0, 1, 2], "series_type": "distance", "original_size": 3, "resolution": "high"},
			"heartrate": {"data": [101, null, 104], "series_type": "distance", "original_size": 3, "resolution": "high"}}`,
	})
	defer closeStandIn()

	types := []strava.StreamType{strava.StreamTime, strava.StreamHeartrate, strava.StreamWatts}
	streams, err := client.ActivityStreams(context.Background(), 17000000123, types)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("power meter:", streams.Watts != nil)
	for n := range streams.Len() {
		second, _ := streams.Time.At(n)
		if heartrate, ok := streams.Heartrate.At(n); ok {
			fmt.Printf("%d s: %d bpm\n", second, heartrate)
		}
	}
	// Output:
	// power meter: false
	// 0 s: 101 bpm
	// 2 s: 104 bpm
}

// Comments have a cursor in place of page numbers.
func ExampleClient_Comments() {
	client, closeStandIn := standIn(map[string]string{
		"GET /activities/42/comments?page_size=1":                               `[{"id": 1, "text": "Chapeau!", "athlete": {"firstname": "Ada", "lastname": "R."}, "cursor": "eyJpZCI6MX0%3D"}]`,
		"GET /activities/42/comments?after_cursor=eyJpZCI6MX0%253D&page_size=1": `[{"id": 2, "text": "Merci", "athlete": {"firstname": "Bo", "lastname": "S."}, "cursor": null}]`,
	})
	defer closeStandIn()

	options := strava.CommentsOptions{PageSize: 1}
	for {
		comments, err := client.Comments(context.Background(), 42, options)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, comment := range comments {
			fmt.Printf("%s: %s\n", comment.Athlete.Firstname, comment.Text)
		}
		if len(comments) < options.PageSize || comments[len(comments)-1].Cursor == "" {
			break
		}
		options.AfterCursor = comments[len(comments)-1].Cursor
	}
	// Output:
	// Ada: Chapeau!
	// Bo: Merci
}

// What is nil stays as it is; an empty text is set.
func ExampleClient_UpdateActivity() {
	client, closeStandIn := standIn(map[string]string{
		"PUT /activities/42": `{"id": 42, "name": "Tempo run", "description": "", "gear_id": null, "commute": false}`,
	})
	defer closeStandIn()

	activity, err := client.UpdateActivity(context.Background(), 42, strava.UpdatableActivity{
		Name:        new("Tempo run"),
		Description: new(""),
		GearID:      new(strava.NoGear),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s, gear %q\n", activity.Name, activity.GearID)

	_, err = client.UpdateActivity(context.Background(), 42, strava.UpdatableActivity{})
	fmt.Println(err)
	// Output:
	// Tempo run, gear ""
	// strava: PUT /activities/{id}: nothing to change: name at least one field
}

// An upload becomes an activity by and by: a program asks again, with a pause, while it is pending.
func ExampleClient_CreateUpload() {
	client, closeStandIn := standIn(map[string]string{
		"POST /uploads":  `{"id": 7, "external_id": "ride-7", "error": null, "status": "Your activity is still being processed.", "activity_id": null}`,
		"GET /uploads/7": `{"id": 7, "external_id": "ride-7", "error": null, "status": "Your activity is ready.", "activity_id": 17000000126}`,
	})
	defer closeStandIn()

	upload, err := client.CreateUpload(context.Background(), strava.UploadOptions{
		File:       strings.NewReader("<gpx></gpx>"),
		DataType:   "gpx",
		Limit:      25 << 20,
		ExternalID: "ride-7",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("pending:", upload.Pending())

	upload, err = client.Upload(context.Background(), int64(upload.ID))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("pending:", upload.Pending(), "activity:", upload.ActivityID)
	// Output:
	// pending: true
	// pending: false activity: 17000000126
}

// A route can be written to a file as it comes.
func ExampleClient_RouteGPX() {
	client, closeStandIn := standIn(map[string]string{
		"GET /routes/3329485690369457990/export_gpx": `<?xml version="1.0"?><gpx creator="StravaGPX"/>`,
	})
	defer closeStandIn()

	file, err := client.RouteGPX(context.Background(), 3329485690369457990)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = os.Stdout.Write(file)
	// Output:
	// <?xml version="1.0"?><gpx creator="StravaGPX"/>
}

// A scope that the athlete did not grant is named; refreshing the token would not help.
func ExampleAPIError_Scope() {
	client, closeStandIn := standIn(map[string]string{
		"PUT /segments/42/starred": `{"message": "Authorization Error", "errors": [{"resource": "AccessToken", "field": "profile:write_permission", "code": "missing"}]}`,
	})
	defer closeStandIn()

	_, err := client.StarSegment(context.Background(), 42, true)
	if refusal, ok := errors.AsType[*strava.APIError](err); ok && errors.Is(err, strava.ErrScopeMissing) {
		fmt.Println("please grant", refusal.Scope())
	}
	// Output:
	// please grant profile:write
}
