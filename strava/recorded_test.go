package strava_test

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/strava"
)

// recorded is a folder of recorded answers beside the checkout. They are real people's data and no part of it.
const recorded = "../../shared/strava/recorded"

// readRecorded returns a recorded answer, or skips the test.
func readRecorded(t *testing.T, name string) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(recorded, name))
	if errors.Is(err, os.ErrNotExist) {
		t.Skipf("no recorded answer %s in %s", name, recorded)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// globRecorded returns the names of the recorded answers that match, or skips the test.
func globRecorded(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(recorded, pattern))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Skipf("no recorded answers %s in %s", pattern, recorded)
	}
	var names []string
	for _, path := range paths {
		name, err := filepath.Rel(recorded, path)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// wantSame compares every member of got with the recorded one of the same name: numbers by their value, and null or
// absent with zero. Members that this package does not know are not looked at.
func wantSame(t *testing.T, body string, got any) {
	t.Helper()
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "", parse(t, body), parse(t, string(text)))
}

// parse decodes without this package's types, leaving numbers as they are spelled.
func parse(t *testing.T, text string) any {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

func compare(t *testing.T, path string, want, got any) {
	t.Helper()
	switch got := got.(type) {
	case map[string]any:
		members, _ := want.(map[string]any)
		for name, value := range got {
			compare(t, path+"."+name, members[name], value)
		}
	case []any:
		elements, _ := want.([]any)
		if len(elements) != len(got) {
			t.Errorf("%s has %d elements, want %d", path, len(got), len(elements))
			return
		}
		for i, value := range got {
			compare(t, path+"["+strconv.Itoa(i)+"]", elements[i], value)
		}
	case json.Number:
		if value(t, want) != value(t, got) {
			t.Errorf("%s is %v, want %v", path, got, want)
		}
	case string:
		if text, _ := want.(string); text != got {
			t.Errorf("%s is %q, want %q", path, got, text)
		}
	case bool:
		if truth, _ := want.(bool); truth != got {
			t.Errorf("%s is %t, want %t", path, got, truth)
		}
	case nil:
		if list, isList := want.([]any); want != nil && (!isList || len(list) > 0) {
			t.Errorf("%s is null, want %v", path, want)
		}
	}
}

// value returns a number's value, in quotes or not; null and absent count as zero, and so does an id beyond 64 bits.
func value(t *testing.T, number any) float64 {
	t.Helper()
	if number == nil {
		return 0
	}
	text, isText := number.(string)
	if !isText {
		text = number.(json.Number).String()
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	if value >= math.MaxInt64 {
		return 0
	}
	return value
}

// TestRecordedErrors answers an API call with every recorded error body. What a token request makes of them is in
// TestOAuthErrors.
func TestRecordedErrors(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"400_after_in_future":                    "",
		"400_authorization_code_invalid":         "ErrCodeInvalid",
		"400_client_id_missing":                  "ErrClientInvalid",
		"400_client_secret_invalid":              "ErrClientInvalid",
		"400_push_subscription_already_exists":   "",
		"400_push_subscription_get_not_200":      "",
		"400_push_subscription_not_verifiable":   "",
		"400_redirect_uri_invalid":               "ErrClientInvalid",
		"400_refresh_token_invalid":              "ErrRefreshTokenInvalid",
		"400_refresh_token_invalid_legacy_field": "ErrRefreshTokenInvalid",
		"400_scope_invalid":                      "",
		"401_access_token_invalid":               "ErrUnauthorized",
		"401_application_internal_restricted":    "ErrRestricted",
		"401_application_invalid":                "ErrUnauthorized",
		"401_scope_activity_read_missing":        "ErrScopeMissing",
		"401_scope_profile_read_all_missing":     "ErrScopeMissing",
		"403_application_inactive":               "ErrAppInactive",
		"403_athlete_limit":                      "ErrAthleteLimit",
		"404_path_invalid":                       "ErrNotFound",
		"404_record_not_found_activity":          "ErrNotFound",
		"429_legacy":                             "RateLimitError",
		"429_overall":                            "RateLimitError",
		"429_read_unverified":                    "RateLimitError",
		"429_synthetic_ruby":                     "RateLimitError",
		"500_generic":                            "ErrUnavailable",
		"../oauth/token_400_invalid_client":      "ErrClientInvalid",
		"../oauth/token_400_invalid_code":        "ErrCodeInvalid",
	}
	for _, file := range globRecorded(t, "errors/*.json") {
		if _, ok := want[strings.TrimSuffix(filepath.Base(file), ".json")]; !ok {
			t.Errorf("%s is not in this test", file)
		}
	}
	for name, meaning := range want {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := readRecorded(t, filepath.Join("errors", name+".json"))
			digits, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(name), "token_"), "_")
			status, err := strconv.Atoi(digits)
			if err != nil {
				t.Fatal(err)
			}
			_, err = serve(t, answers(status, body)).Athlete(t.Context())
			if err == nil || meanings(err) != meaning {
				t.Errorf("%v is %q, want %q", err, meanings(err), meaning)
			}
		})
	}
}

func TestRecordedGrants(t *testing.T) {
	t.Parallel()
	type answer struct {
		AccessToken  string                 `json:"access_token"`
		RefreshToken string                 `json:"refresh_token"`
		ExpiresAt    int64                  `json:"expires_at"`
		Athlete      *strava.SummaryAthlete `json:"athlete"`
	}
	for _, name := range []string{"oauth/token_exchange_200.json", "oauth/token_refresh_200.json"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := readRecorded(t, name)
			var want answer
			if err := json.Unmarshal([]byte(body), &want); err != nil {
				t.Fatal(err)
			}
			endpoint := &tokenEndpoint{answer: body}
			grant, err := endpoint.start(t).Exchange(t.Context(), app(), "code", "")
			if err != nil {
				t.Fatal(err)
			}
			got := answer{string(grant.AccessToken), string(grant.RefreshToken), grant.ExpiresAt.Unix(), grant.Athlete}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if grant.Athlete != nil && grant.AthleteID != int64(grant.Athlete.ID) {
				t.Errorf("athlete id %d, want %d", grant.AthleteID, grant.Athlete.ID)
			}
		})
	}
}

// TestRecordedHeaders reads the counters of a recorded answer, with its spelling of the names.
func TestRecordedHeaders(t *testing.T) {
	t.Parallel()
	var header map[string]any
	if err := json.Unmarshal([]byte(readRecorded(t, "headers/athlete.json.headers.json")), &header); err != nil {
		t.Fatal(err)
	}
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for name, value := range header {
			if text, ok := value.(string); ok && strings.Contains(name, "imit-") {
				w.Header()[name] = []string{text}
			}
		}
		answers(200, `{"id":1}`)(w, r)
	})
	if _, err := client.Athlete(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := client.Quota()
	if got.Read.QuarterHour.Limit != 100 || got.Read.QuarterHour.Used != 67 || got.Read.Day.Used != 210 ||
		got.Overall.QuarterHour.Limit != 200 || got.Overall.QuarterHour.Used != 68 || got.Overall.Day.Limit != 2000 {
		t.Errorf("got %+v", got)
	}
}
