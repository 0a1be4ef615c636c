package tokens

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/strava"
)

// What Strava's answer makes of the row.
func TestRenewed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	before := &grant{
		row: Row{
			Generation: 7, AthleteID: 4711, Scopes: []string{"read"}, ObtainedAt: now.Add(-5 * time.Hour), ExpiresAt: now.Add(time.Hour),
			Lease: Lease{ID: "mine.1"}, State: StateAppInactive, Failure: FailureAppInactive,
		},
		Token: newToken(secrets{access: "access 1", refresh: "refresh 1", previous: "refresh 0"}),
	}
	tests := []struct {
		name   string
		spent  strava.Secret
		answer strava.Grant
		edit   func(row *Row)
		want   secrets
	}{
		{
			"a new pair", "refresh 1", strava.Grant{AccessToken: "access 2", RefreshToken: "refresh 2", ExpiresAt: now.Add(6 * time.Hour)},
			func(row *Row) { row.ObtainedAt, row.ExpiresAt = now, now.Add(6*time.Hour) },
			secrets{access: "access 2", refresh: "refresh 2", previous: "refresh 1"},
		},
		{
			"the refresh token stays", "refresh 1", strava.Grant{AccessToken: "access 2", RefreshToken: "refresh 1", ExpiresAt: now.Add(6 * time.Hour)},
			func(row *Row) { row.ObtainedAt, row.ExpiresAt = now, now.Add(6*time.Hour) },
			secrets{access: "access 2", refresh: "refresh 1"},
		},
		{
			"no refresh token in it", "refresh 1", strava.Grant{AccessToken: "access 2", ExpiresAt: now.Add(6 * time.Hour)},
			func(row *Row) { row.ObtainedAt, row.ExpiresAt = now, now.Add(6*time.Hour) },
			secrets{access: "access 2", refresh: "refresh 1"},
		},
		{
			"the previous token worked", "refresh 0", strava.Grant{AccessToken: "access 2", RefreshToken: "refresh 2", ExpiresAt: now.Add(6 * time.Hour)},
			func(row *Row) { row.ObtainedAt, row.ExpiresAt = now, now.Add(6*time.Hour) },
			secrets{access: "access 2", refresh: "refresh 2", previous: "refresh 0"},
		},
		{
			"no newer access token", "refresh 1", strava.Grant{AccessToken: "access 1", RefreshToken: "refresh 2", ExpiresAt: now.Add(time.Hour)},
			func(row *Row) { row.RefreshAfter = now.Add(30 * time.Minute) },
			secrets{access: "access 1", refresh: "refresh 2", previous: "refresh 1"},
		},
		{
			"no newer access token and no telling how long", "refresh 1", strava.Grant{AccessToken: "access 1", RefreshToken: "refresh 2", ExpiresAt: now},
			func(row *Row) { row.RefreshAfter = now.Add(30 * time.Minute) },
			secrets{access: "access 1", refresh: "refresh 2", previous: "refresh 1"},
		},
		{
			"a refresh token alone", "refresh 1", strava.Grant{RefreshToken: "refresh 2"},
			func(row *Row) { row.RefreshAfter = now.Add(30 * time.Minute) },
			secrets{access: "access 1", refresh: "refresh 2", previous: "refresh 1"},
		},
		{
			"expired at once", "refresh 1", strava.Grant{AccessToken: "access 2", RefreshToken: "refresh 2", ExpiresAt: now},
			func(row *Row) { row.ObtainedAt, row.ExpiresAt = now, now },
			secrets{access: "access 2", refresh: "refresh 2", previous: "refresh 1"},
		},
	}
	for _, test := range tests {
		want := before.row
		want.Generation, want.Lease, want.State, want.Failure = 8, Lease{}, StateConnected, ""
		test.edit(&want)
		got := renewed(before, test.spent, test.answer, now)
		if diff := cmp.Diff(want, got.row); diff != "" {
			t.Errorf("%s: row (-want +got):\n%s", test.name, diff)
		}
		if *got.secrets != test.want {
			t.Errorf("%s: the tokens are %q, want %q", test.name, texts(*got.secrets), texts(test.want))
		}
	}
	if before.row.Generation != 7 || before.refresh != "refresh 1" {
		t.Error("the row before was changed")
	}
}

// texts shows what a Token would redact.
func texts(s secrets) [3]string {
	return [3]string{string(s.access), string(s.refresh), string(s.previous)}
}

// What Strava's answer makes of a row that has changed since it was claimed.
func TestAnswered(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	row := func(generation int64, s secrets) *grant {
		return &grant{row: Row{Generation: generation, Lease: Lease{ID: "somebody's"}}, Token: newToken(s)}
	}
	claimed := row(3, secrets{access: "access 1", refresh: "refresh 1"})
	answer := strava.Grant{AccessToken: "access 2", RefreshToken: "refresh 2", ExpiresAt: now.Add(time.Hour)}
	tests := []struct {
		name       string
		stored     *grant
		answer     strava.Grant
		generation int64
		want       secrets // The zero value: nothing is written.
		err        error
	}{
		{"unchanged", claimed, answer, 4, secrets{access: "access 2", refresh: "refresh 2", previous: "refresh 1"}, nil},
		{
			"sealed anew", row(3, secrets{access: "access 1", refresh: "refresh 1"}), answer,
			4, secrets{access: "access 2", refresh: "refresh 2", previous: "refresh 1"}, nil,
		},
		{
			"a newer grant", row(4, secrets{access: "access x", refresh: "refresh x", previous: "refresh 1"}), answer,
			4, secrets{access: "access x", refresh: "refresh x", previous: "refresh 2"}, nil,
		},
		{
			"erased and begun anew, with the same generation", row(3, secrets{access: "access x", refresh: "refresh x"}), answer,
			3, secrets{access: "access x", refresh: "refresh x", previous: "refresh 2"}, nil,
		},
		{"there already", row(4, secrets{access: "access 2", refresh: "refresh 2"}), answer, 0, secrets{}, nil},
		{"there already, and one further", row(5, secrets{refresh: "refresh 3", previous: "refresh 2"}), answer, 0, secrets{}, nil},
		{"a newer grant, and no refresh token to keep", row(4, secrets{refresh: "refresh x"}), strava.Grant{AccessToken: "access 2"}, 0, secrets{}, nil},
		{"erased", nil, answer, 0, secrets{}, ErrNotConnected},
	}
	for _, test := range tests {
		got, err := answered(claimed, "refresh 1", test.answer, now)(test.stored)
		if !errors.Is(err, test.err) {
			t.Errorf("%s: %v, want %v", test.name, err, test.err)
		}
		if got == nil {
			if test.want != (secrets{}) {
				t.Errorf("%s: nothing is written", test.name)
			}
			continue
		}
		if *got.secrets != test.want || got.row.Generation != test.generation {
			t.Errorf("%s: %q in generation %d, want %q in %d", test.name,
				texts(*got.secrets), got.row.Generation, texts(test.want), test.generation)
		}
	}
}
