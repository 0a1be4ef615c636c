package command_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sealed is an environment with a stored grant, the file of it, and the key that it is sealed with.
func sealed(t *testing.T) (environment env, grantFile, key string) {
	t.Helper()
	_, environment = fakeStrava(t)
	environment = environment.with(env{"STRAVA_REFRESH_TOKEN": firstToken})
	if end := run(t.Context(), environment, "refresh"); end.code != 0 {
		t.Fatalf("refresh: %+v", end)
	}
	return environment, filepath.Join(environment["DATA_DIR"], "grant.json"), strings.TrimSpace(content(t, filepath.Join(environment["DATA_DIR"], "seal.key")))
}

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func wantRekeyed(t *testing.T, environment env, word string) {
	t.Helper()
	end := run(t.Context(), environment, "rekey")
	if end.code != 0 || !strings.Contains(end.stdout, word) || end.stderr != "" {
		t.Errorf("rekey: %+v, want %q", end, word)
	}
}

func TestRekey(t *testing.T) {
	t.Parallel()
	newer := strings.Repeat("n", 32)
	for name, both := range map[string]func(*testing.T, env, string) env{
		"by the environment": func(_ *testing.T, environment env, key string) env {
			return environment.with(env{"SEAL_KEYS": newer + "," + key})
		},
		"by the key file": func(t *testing.T, environment env, key string) env {
			path := filepath.Join(environment["DATA_DIR"], "seal.key")
			if err := os.WriteFile(path, []byte(newer+","+key+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			return environment
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environment, file, key := sealed(t)
			wantRekeyed(t, environment, "Nothing to do: the stored grant is sealed under the first key already.")
			environment = both(t, environment, key)
			wantRekeyed(t, environment, "The stored grant was resealed under the first key.")
			after := content(t, file)
			wantRekeyed(t, environment, "Nothing to do: the stored grant is sealed under the first key already.")
			if content(t, file) != after {
				t.Error("nothing was to do, and the grant was written")
			}
			alone := environment.with(env{"SEAL_KEYS": newer})
			if end := run(t.Context(), alone, "refresh"); end.code != 0 {
				t.Errorf("refresh with the newer key alone: %+v", end)
			}
			athlete(t, alone, custodian(t, alone))
		})
	}
}

func TestRekeyWithoutTheRightKey(t *testing.T) {
	t.Parallel()
	environment, file, _ := sealed(t)
	before := content(t, file)
	end := run(t.Context(), environment.with(env{"SEAL_KEYS": strings.Repeat("n", 32)}), "rekey")
	if end.code != 1 || end.stdout != "" || !strings.HasPrefix(end.stderr, "domestique: rekey: reseal the grant: ") {
		t.Errorf("rekey: %+v", end)
	}
	if content(t, file) != before {
		t.Error("the grant was written")
	}
}

func TestRekeyWithoutAGrant(t *testing.T) {
	t.Parallel()
	wantRekeyed(t, env{"DATA_DIR": t.TempDir()}, "Nothing to do: no grant is stored.")
}
