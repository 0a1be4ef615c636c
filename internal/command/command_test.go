package command_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/internal/command"
	"domestique/internal/config"
	"domestique/strava"
	"domestique/tokens"
)

// env is an environment of a test; its lookup has the shape of os.LookupEnv.
type env map[string]string

func (e env) lookup(name string) (string, bool) {
	value, ok := e[name]
	return value, ok
}

// with is the environment with further variables.
func (e env) with(further env) env {
	all := maps.Clone(e)
	maps.Copy(all, further)
	return all
}

// ended is what is left of a command.
type ended struct {
	code           int
	stdout, stderr string
}

func run(ctx context.Context, environment env, args ...string) ended {
	var stdout, stderr bytes.Buffer
	code := command.Run(ctx, args, command.Env{Lookup: environment.lookup, Stdout: &stdout, Stderr: &stderr})
	return ended{code, stdout.String(), stderr.String()}
}

func TestWrongCommandLines(t *testing.T) {
	t.Parallel()
	const commands = "the commands are connect, healthcheck, migrate, query, refresh, rekey, version, webhook"
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no command", nil, "domestique: no command; " + commands},
		{"unknown command", []string{"frobnicate", "-x"}, `domestique: unknown command "frobnicate"; ` + commands},
		{"unknown flag", []string{"refresh", "-once"}, "domestique: refresh: flag provided but not defined: -once; the flags are -h"},
		{"unknown flag beside others", []string{"connect", "-open"}, "domestique: connect: flag provided but not defined: -open; the flags are -h, -port"},
		{"flag without a number", []string{"connect", "-port", "http"}, `domestique: connect: invalid value "http" for flag -port: parse error; the flags are -h, -port`},
		{"no file", []string{"query", "-operation", "a"}, "domestique: query: FILE is missing; the arguments are FILE"},
		{"two files", []string{"query", "a", "b"}, `domestique: query: unexpected argument "b"; the arguments are FILE`},
		{"unknown flag behind an argument", []string{"query", "a", "-x"}, "domestique: query: flag provided but not defined: -x; the flags are -h, -operation, -variables"},
		{"an unknown place", []string{"migrate", "embedded", "s3"}, `domestique: migrate: FROM and TO are embedded and azure, not "s3"`},
		{"one place twice", []string{"migrate", "azure", "azure"}, "domestique: migrate: FROM and TO are both azure: one is embedded, the other azure"},
		{"argument", []string{"version", "please"}, `domestique: version: unexpected argument "please"; only flags are allowed: -h`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := ended{code: 2, stderr: test.want + "\n"}
			if diff := cmp.Diff(want, run(t.Context(), env{}, test.args...), cmp.AllowUnexported(ended{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryCommandHasHelp(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string]string{
		"connect": "", "healthcheck": "", "migrate": " FROM TO", "query": " FILE", "refresh": "", "rekey": "", "version": "", "webhook": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t.Context(), env{"ADDR": "nonsense"}, name, "-h")
			if got.code != 0 || got.stderr != "" || !strings.HasPrefix(got.stdout, "Usage: domestique "+name+" [flags]"+arguments+"\n\n") {
				t.Errorf("%+v, want the usage and nothing else", got)
			}
		})
	}
	if got := run(t.Context(), env{}, "connect", "-h"); !strings.Contains(got.stdout, "-port port") {
		t.Errorf("the flag is not explained:\n%s", got.stdout)
	}
}

func TestAWrongEnvironmentIsListed(t *testing.T) {
	t.Parallel()
	for _, command := range [][]string{
		{"connect"}, {"healthcheck"}, {"migrate", "embedded", "azure"}, {"query", "-"}, {"refresh"}, {"rekey"}, {"webhook"},
	} {
		t.Run(command[0], func(t *testing.T) {
			t.Parallel()
			got := run(t.Context(), env{"ADDR": "nonsense", "LOG_LEVEL": "loud"}, command...)
			want := ended{code: 2, stderr: `domestique: ADDR must be host:port or :port, as in 127.0.0.1:8080, not "nonsense"` +
				"\n" + `domestique: LOG_LEVEL must be debug, info, warn or error, not "loud"` + "\n"}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(ended{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, name := range []string{"connect", "refresh", "webhook"} {
		got := run(t.Context(), env{"DATA_DIR": t.TempDir()}, name)
		want := ended{code: 2, stderr: "domestique: no Strava application is known: enter yours at /connect of the running gateway, " +
			"or set STRAVA_CLIENT_ID and STRAVA_CLIENT_SECRET; they are those of your application at https://www.strava.com/settings/api\n"}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(ended{})); diff != "" {
			t.Errorf("%s without an application (-want +got):\n%s", name, diff)
		}
	}
}

func TestParseOptions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want command.Options
		err  string
	}{
		{name: "the server"},
		{name: "the demo", args: []string{"-demo"}, want: command.Options{Demo: true}},
		{
			name: "a command keeps its flags", args: []string{"connect", "-port", "1"},
			want: command.Options{Command: []string{"connect", "-port", "1"}},
		},
		{name: "a demo of a command", args: []string{"-demo", "refresh"}, err: "no command is allowed beside it"},
		{name: "an unknown flag", args: []string{"-dmeo"}, err: "flag provided but not defined: -dmeo; the flags are -h, -demo"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var stderr bytes.Buffer
			got, err := command.ParseOptions(test.args, command.Env{})
			switch {
			case test.err != "":
				if code := command.Exit(&stderr, err); code != 2 || !strings.Contains(stderr.String(), test.err) {
					t.Errorf("exit code %d, %q; want 2 and %q", code, stderr.String(), test.err)
				}
			case err != nil:
				t.Errorf("ParseOptions: %v", err)
			}
			if diff := cmp.Diff(test.want.Demo, got.Demo); diff != "" {
				t.Errorf("demo (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(strings.Join(test.want.Command, " "), strings.Join(got.Command, " ")); diff != "" {
				t.Errorf("command (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("help", func(t *testing.T) {
		t.Parallel()
		var stdout, stderr bytes.Buffer
		_, err := command.ParseOptions([]string{"-h"}, command.Env{Stdout: &stdout})
		if !errors.Is(err, flag.ErrHelp) || command.Exit(&stderr, err) != 0 || stderr.Len() > 0 {
			t.Errorf("ParseOptions = %v, want a request for help, which is no failure", err)
		}
		for _, word := range []string{"-demo", "connect", "healthcheck", "refresh", "rekey", "version"} {
			if !strings.Contains(stdout.String(), word) {
				t.Errorf("%s is not explained:\n%s", word, stdout.String())
			}
		}
	})
}

func TestExit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want ended
	}{
		{"all is well", nil, ended{}},
		{"failure", errors.New("listen: port is taken"), ended{code: 1, stderr: "domestique: listen: port is taken\n"}},
		{"environment", config.Problems{"A", "B"}, ended{code: 2, stderr: "domestique: A\ndomestique: B\n"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var stderr bytes.Buffer
			got := ended{code: command.Exit(&stderr, test.err), stderr: stderr.String()}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(ended{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	var stdout bytes.Buffer
	code := command.Run(t.Context(), []string{"version"}, command.Env{Version: "1.2.3", Stdout: &stdout})
	if code != 0 || !strings.HasPrefix(stdout.String(), "domestique 1.2.3 ") || !strings.Contains(stdout.String(), " go1.") {
		t.Errorf("exit code %d, %q", code, stdout.String())
	}
}

func TestLogger(t *testing.T) {
	t.Parallel()
	file, err := os.CreateTemp(t.TempDir(), "log")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	command.Logger(config.Config{}, file).Info("to a file")
	logged, err := os.ReadFile(file.Name())
	if err != nil || !strings.HasPrefix(string(logged), "{") {
		t.Errorf("a file is no terminal: %q, %v", logged, err)
	}

	tests := []struct {
		name string
		cfg  config.Config
		want string
	}{
		{"no terminal", config.Config{}, `{"`},
		{"text", config.Config{LogFormat: config.LogFormatText}, "time="},
		{"json", config.Config{LogFormat: config.LogFormatJSON}, `{"`},
		{"too quiet", config.Config{LogLevel: slog.LevelWarn}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			command.Logger(test.cfg, &log).Info("hello")
			if !strings.HasPrefix(log.String(), test.want) || (test.want == "") != (log.Len() == 0) {
				t.Errorf("log %q, want it to begin with %q", log.String(), test.want)
			}
		})
	}
}

func TestLoudness(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err  error
		want slog.Level
	}{
		"nobody has connected yet": {fmt.Errorf("sync: %w", tokens.ErrNotConnected), slog.LevelDebug},
		"strava is away":           {fmt.Errorf("sync: %w", strava.ErrUnavailable), slog.LevelWarn},
		"strava wants a pause":     {fmt.Errorf("sync: %w", &strava.RateLimitError{}), slog.LevelWarn},
		"the store is away":        {fmt.Errorf("refresh: %w", tokens.ErrUnavailable), slog.LevelWarn},
		"consent is needed":        {fmt.Errorf("refresh: %w", tokens.ErrNeedsConsent), slog.LevelError},
		"anything else":            {errors.New("else"), slog.LevelError},
	} {
		if got := command.Loudness(test.err); got != test.want {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
