package azuretable_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/azuretable"
)

// What one replica has noted, every other one reads, until it may be forgotten.
func TestEndings(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	now := func() time.Time { return at }
	cfg := azuretable.Config{ConnectionString: connection(t), Table: newTable()}
	open := func() *azuretable.Endings {
		endings, err := azuretable.NewEndings(cfg, now)
		must(t, err)
		return endings
	}
	wantEnded := func(want ...string) {
		t.Helper()
		got, err := open().Ended(t.Context())
		must(t, err)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	wantEnded() // There is no table yet.
	here := open()
	must(t, here.End(t.Context(), "A", at.Add(time.Hour)))
	must(t, here.End(t.Context(), "B", at.Add(2*time.Hour)))
	must(t, open().End(t.Context(), "A", at.Add(time.Hour)))
	wantEnded("A", "B")
	at = at.Add(time.Hour + time.Second)
	wantEnded("B")
	must(t, here.End(t.Context(), "C", at.Add(time.Hour)))
	at = at.Add(-time.Hour) // A was forgotten for good.
	wantEnded("B", "C")
}
