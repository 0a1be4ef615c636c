package fitness_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
)

func TestDatesAreReadAndWritten(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"2026-11-22", "2024-02-29", "1000-01-01", "9998-12-31"} {
		if got := date(t, text).String(); got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
	for _, text := range []string{"", "2026-02-29", "2026-13-01", "2026-1-1", "22.11.2026", "2026-11-22T00:00:00Z", "-2026-11-22",
		"0001-01-01", "0999-12-31", "9999-01-01", "10000-01-01"} {
		if got, err := fitness.ParseDate(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
	for _, text := range []string{"", "2026-11-22", "2026-11-22T10:30:00Z", "2026-11-22 10:30:00", "2026-11-22T24:00:00"} {
		if got, err := fitness.ParseLocalDateTime(text); err == nil {
			t.Errorf("%q was read as %v", text, got)
		}
	}
}

func TestDatesAreText(t *testing.T) {
	t.Parallel()
	type times struct {
		On fitness.Date
		At fitness.LocalDateTime
	}
	const text = `{"On":"2026-11-22","At":"2026-11-22T10:30:05"}`
	var parsed times
	if err := json.Unmarshal([]byte(text), &parsed); err != nil {
		t.Fatal(err)
	}
	written, err := json.Marshal(parsed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, string(written)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := json.Unmarshal([]byte(`{"On":"today"}`), &parsed); err == nil {
		t.Error("today was read as a date")
	}
}

func TestDatesAreCounted(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		from string
		days int
		to   string
	}{
		{"2024-02-28", 1, "2024-02-29"},
		{"2026-02-28", 1, "2026-03-01"},
		{"2026-03-07", 2, "2026-03-09"}, // over a night of 23 hours in New York
		{"2026-01-01", -1, "2025-12-31"},
		{"2000-01-01", 9823, "2026-11-23"},
	} {
		if got := date(t, test.from).AddDays(test.days).String(); got != test.to {
			t.Errorf("%s and %d days is %s, want %s", test.from, test.days, got, test.to)
		}
		if got := date(t, test.to).DaysSince(date(t, test.from)); got != test.days {
			t.Errorf("from %s to %s it is %d days, want %d", test.from, test.to, got, test.days)
		}
	}
}
