package graph_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava/stravatest"
)

// writable is a fake whose athlete has granted what writes need.
func writable() stravatest.Config {
	cfg := threeRuns()
	cfg.Scopes = []string{"read", "read_all", "profile:read_all", "profile:write", "activity:read_all", "activity:write"}
	return cfg
}

func TestUpdateAndCreateActivity(t *testing.T) {
	t.Parallel()
	s := newStack(t, writable()).filled(t)
	var list struct {
		Activities struct {
			Nodes []struct{ ID, Name, Sport string }
		}
	}
	s.mustAnswer(t, "{ activities { nodes { id name sport } } }", &list)
	asked := s.fake.Calls()["GET /athlete/activities"]

	var updated struct{ UpdateActivity map[string]any }
	s.mustAnswer(t, fmt.Sprintf(`mutation { updateActivity(input: {id: %q, name: "Renamed", sport: TRAIL_RUN, isCommute: true,
		description: "By the river.", hideFromHome: true}) { name sport isCommute description } }`, list.Activities.Nodes[0].ID), &updated)
	want := map[string]any{"name": "Renamed", "sport": "TRAIL_RUN", "isCommute": true, "description": "By the river."}
	if diff := cmp.Diff(want, updated.UpdateActivity); diff != "" {
		t.Errorf("update (-want +got):\n%s", diff)
	}
	var created struct{ CreateActivity map[string]any }
	s.mustAnswer(t, `mutation { createActivity(input: {name: "Rowing", sport: VIRTUAL_ROW, startedAtLocal: "2026-11-20T18:30:00",
		elapsedTime: 1800, distance: 6000.5, isIndoor: true}) { name sport elapsedTime startedAtLocal distance isManual isIndoor } }`, &created)
	want = map[string]any{
		"name": "Rowing", "sport": "VIRTUAL_ROW", "elapsedTime": 1800.0, "startedAtLocal": "2026-11-20T18:30:00",
		"distance": 6000.5, "isManual": true, "isIndoor": true,
	}
	if diff := cmp.Diff(want, created.CreateActivity); diff != "" {
		t.Errorf("create (-want +got):\n%s", diff)
	}

	s.mustAnswer(t, "{ activities { nodes { id name sport } } }", &list)
	var names []string
	for _, node := range list.Activities.Nodes {
		names = append(names, node.Name+" "+node.Sport)
	}
	if diff := cmp.Diff([]string{"Renamed TRAIL_RUN", "Rowing VIRTUAL_ROW", "Second RUN", "First RUN"}, names); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	if again := s.fake.Calls()["GET /athlete/activities"]; again != asked {
		t.Errorf("the list was read %d times more", again-asked)
	}
}

func TestStarSegmentAndSetWeight(t *testing.T) {
	t.Parallel()
	s := newStack(t, writable())
	id := fmt.Sprint(s.fake.SegmentIDs()[0])
	var got struct {
		On, Off struct{ IsStarred bool }
		Weight  struct{ Weight float64 }
	}
	s.mustAnswer(t, fmt.Sprintf(`mutation { on: starSegment(input: {id: %q}) { isStarred }
		off: starSegment(input: {id: %q, starred: false}) { isStarred }
		weight: setWeight(input: {weight: 154, unit: POUNDS}) { weight(unit: POUNDS) } }`, id, id), &got)
	if !got.On.IsStarred || got.Off.IsStarred || got.Weight.Weight < 153.99 || got.Weight.Weight > 154.01 {
		t.Errorf("got %+v", got)
	}
}

// askWithFile posts a query whose variable `file`, or the one at the path, is a file.
func (s *stack) askWithFile(t *testing.T, query, variables, path string, content []byte) answer {
	t.Helper()
	question, err := json.Marshal(map[string]any{"query": query, "variables": json.RawMessage(variables)})
	if err != nil {
		t.Fatalf("encode the question: %v", err)
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.WriteField("operations", string(question)); err != nil {
		t.Fatal(err)
	}
	if err := form.WriteField("map", fmt.Sprintf(`{"0": [%q]}`, "variables."+path)); err != nil {
		t.Fatal(err)
	}
	file, err := form.CreateFormFile("0", "anything.exe")
	if err == nil {
		_, err = file.Write(content)
	}
	if err != nil || form.Close() != nil {
		t.Fatalf("write the form: %v", err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", &body)
	r.Header.Set("Authorization", "Bearer "+ownerKey)
	r.Header.Set("GraphQL-Require-Preflight", "1")
	r.Header.Set("Content-Type", form.FormDataContentType())
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, r)
	got := answer{Status: recorder.Code}
	if err := json.Unmarshal(recorder.Body.Bytes(), &got); err != nil {
		t.Fatalf("%d, and not JSON: %s", recorder.Code, recorder.Body)
	}
	return got
}

const uploadMutation = `mutation($input: UploadActivityInput!) { uploadActivity(input: $input) { id status problem activity { id } } }`

// trackOf is a walk through a city, gzipped.
func trackOf(t *testing.T) []byte {
	t.Helper()
	var packed bytes.Buffer
	to := gzip.NewWriter(&packed)
	_, _ = io.WriteString(to, `<?xml version="1.0"?><gpx version="1.1"><trk><type>walking</type><trkseg>`)
	for i := range 20 {
		fmt.Fprintf(to, `<trkpt lat="%.4f" lon="8.54"><time>%s</time></trkpt>`,
			47.37+float64(i)/2000, now().Add(time.Duration(i-200)*time.Minute).Format(time.RFC3339))
	}
	_, _ = io.WriteString(to, `</trkseg></trk></gpx>`)
	if err := to.Close(); err != nil {
		t.Fatalf("pack: %v", err)
	}
	return packed.Bytes()
}

func TestUploadActivity(t *testing.T) {
	t.Parallel()
	s := newStack(t, writable())
	s.fake.SlowUploads(0)
	sent := s.askWithFile(t, uploadMutation, `{"input": {"file": null, "name": "Over the hill"}}`, "input.file", trackOf(t))
	var data struct {
		UploadActivity struct{ ID, Status string }
	}
	if err := json.Unmarshal(sent.Data, &data); err != nil || len(sent.Errors) > 0 || data.UploadActivity.Status != "PROCESSING" {
		t.Fatalf("%s %+v %v", sent.Data, sent.Errors, err)
	}
	var polled struct {
		Upload struct {
			Status   string
			Problem  *string
			Activity struct{ Name, Sport string }
		}
		Activities struct{ TotalCount int }
	}
	s.mustAnswer(t, fmt.Sprintf(`{ upload(id: %q) { status problem activity { name sport } } }`, data.UploadActivity.ID), &polled)
	if polled.Upload.Status != "READY" || polled.Upload.Activity.Name != "Over the hill" || polled.Upload.Activity.Sport != "WALK" {
		t.Errorf("got %+v", polled.Upload)
	}
	s.mustAnswer(t, "{ activities { totalCount } }", &polled)
	if polled.Activities.TotalCount != 4 {
		t.Errorf("the list has %d activities", polled.Activities.TotalCount)
	}
}

// The file may also be a variable of its own, and be named twice.
func TestAFileInTwoFields(t *testing.T) {
	t.Parallel()
	s := newStack(t, writable())
	const twice = `mutation($file: Upload!) { a: uploadActivity(input: {file: $file}) { status } b: uploadActivity(input: {file: $file}) { status } }`
	got := s.askWithFile(t, twice, `{"file": null}`, "file", trackOf(t))
	if want := `{"a":{"status":"PROCESSING"},"b":{"status":"PROCESSING"}}`; string(got.Data) != want {
		t.Errorf("%s %+v, want %s", got.Data, got.Errors, want)
	}
	if calls := s.fake.Calls()["POST /uploads"]; calls != 2 {
		t.Errorf("%d files were sent", calls)
	}
}

func TestBadWritesNameTheirArgument(t *testing.T) {
	t.Parallel()
	s := newStack(t, writable()).filled(t)
	var list struct {
		Activities struct{ Nodes []struct{ ID string } }
		Athlete    struct{ ID string }
	}
	s.mustAnswer(t, "{ activities(first: 1) { nodes { id } } athlete { id } }", &list)
	id := list.Activities.Nodes[0].ID
	before := s.fake.Calls()
	update := func(input string) string {
		return fmt.Sprintf("mutation { updateActivity(input: {id: %q %s}) { id } }", id, input)
	}
	const create = `mutation { createActivity(input: {name: "x", sport: RUN, startedAtLocal: %q, elapsedTime: %s}) { id } }`
	for query, argument := range map[string]string{
		update(""):                                            "input",
		update("name: null"):                                  "input",
		update(`name: ""`):                                    "input.name",
		update("sport: OTHER"):                                "input.sport",
		update(`gear: "none of them"`):                        "input.gear",
		fmt.Sprintf(create, "today", "60"):                    "input.startedAtLocal",
		fmt.Sprintf(create, "2026-02-30", "60"):               "input.startedAtLocal",
		fmt.Sprintf(create, "2031-01-01T00:00:00", "60"):      "input.startedAtLocal",
		fmt.Sprintf(create, "2026-01-01T00:00:00", "-1"):      "input.elapsedTime",
		`mutation { setWeight(input: {weight: -70}) { id } }`: "input.weight",
		fmt.Sprintf(`mutation { starSegment(input: {id: %q}) { id } }`, list.Athlete.ID): "input.id",
		`mutation { updateActivity(input: {id: "77", name: "x"}) { id } }`:               "input.id",
		`mutation { uploadActivity(input: {file: "ride.gpx"}) { id } }`:                  "input.file",
		fmt.Sprintf(`{ upload(id: %q) { id } }`, id):                                     "id",
	} {
		got := s.ask(t, query, "")
		if len(got.Errors) != 1 || got.Errors[0].code() != "BAD_USER_INPUT" || got.Errors[0].Extensions["argument"] != argument {
			t.Errorf("%s: %+v, want BAD_USER_INPUT for %s", query, got.Errors, argument)
		}
	}
	for name, content := range map[string]string{"empty": "", "no track": "MZ\x90", "no XML": "<gpx"} {
		got := s.askWithFile(t, uploadMutation, `{"input": {"file": null}}`, "input.file", []byte(content))
		if len(got.Errors) != 1 || got.Errors[0].code() != "BAD_USER_INPUT" || got.Errors[0].Extensions["argument"] != "input.file" {
			t.Errorf("%s: %+v", name, got.Errors)
		}
	}
	large := s.askWithFile(t, uploadMutation, `{"input": {"file": null}}`, "input.file", make([]byte, 25<<20+1))
	if large.Status != http.StatusRequestEntityTooLarge || large.Errors[0].code() != "BAD_USER_INPUT" ||
		large.Errors[0].Extensions["argument"] != "input.file" {
		t.Errorf("a large file: %d %+v", large.Status, large.Errors)
	}
	if after := s.fake.Calls(); !maps.Equal(before, after) {
		t.Errorf("calls (-before +after):\n%s", cmp.Diff(before, after))
	}
}

func TestWritesWithoutTheirScope(t *testing.T) {
	t.Parallel()
	s := newStack(t, threeRuns())
	for query, scope := range map[string]string{
		`mutation { setWeight(input: {weight: 70}) { id } }`:                                                                         "profile:write",
		`mutation { createActivity(input: {name: "x", sport: RUN, startedAtLocal: "2026-11-20T18:30:00", elapsedTime: 60}) { id } }`: "activity:write",
		`{ upload(id: "5") { status } }`: "activity:write",
	} {
		got := s.ask(t, query, "")
		if len(got.Errors) != 1 || got.Errors[0].code() != "SCOPE_MISSING" || got.Errors[0].Extensions["scope"] != scope {
			t.Errorf("%s: %+v", query, got.Errors)
		}
	}
}

func TestAWriteOfUnknownOutcomeSaysSo(t *testing.T) {
	t.Parallel()
	s := newStack(t, writable())
	s.fake.Fault(stravatest.Fault{Method: http.MethodPost, Path: "/activities", ApplyThenFail: true})
	got := s.ask(t, `mutation { createActivity(input: {name: "Once", sport: RUN, startedAtLocal: "2026-11-20T18:30:00", elapsedTime: 60}) { id } }`, "")
	if len(got.Errors) != 1 || got.Errors[0].code() != "UPSTREAM_UNAVAILABLE" || !strings.Contains(got.Errors[0].Message, "may have been made") {
		t.Errorf("%+v", got.Errors)
	}
	if calls := s.fake.Calls()["POST /activities"]; calls != 1 {
		t.Errorf("it was sent %d times", calls)
	}
	var list struct{ Activities struct{ TotalCount int } }
	s.mustAnswer(t, "{ activities(filter: {nameContains: \"once\"}) { totalCount } }", &list)
	if list.Activities.TotalCount != 1 {
		t.Errorf("whoever looks finds %d", list.Activities.TotalCount)
	}
}
