package command

import (
	"runtime/debug"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/internal/edge"
)

func TestBuildOf(t *testing.T) {
	t.Parallel()
	const revision = "1fa9e3c52d6f4f3a2c1b0a998877665544332211"
	info := func(settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: "v0.3.0"}, Settings: settings}
	}
	vcs := []debug.BuildSetting{
		{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: revision}, {Key: "vcs.time", Value: "2026-11-22T09:30:00Z"},
	}
	tests := []struct {
		name    string
		info    *debug.BuildInfo
		stamped string
		want    edge.VersionInfo
		words   string
	}{
		{name: "nothing is known", words: "domestique (unknown version)"},
		{
			name: "a module", info: info(), want: edge.VersionInfo{Version: "v0.3.0", Go: "go1.26.8"},
			words: "domestique v0.3.0 go1.26.8",
		},
		{
			name: "a stamped checkout", info: info(append(vcs, debug.BuildSetting{Key: "vcs.modified", Value: "false"})...), stamped: "1.2.3",
			want:  edge.VersionInfo{Version: "1.2.3", Commit: revision, Built: "2026-11-22T09:30:00Z", Go: "go1.26.8"},
			words: "domestique 1.2.3 commit " + revision + " go1.26.8",
		},
		{
			name: "a changed checkout", info: info(append(vcs, debug.BuildSetting{Key: "vcs.modified", Value: "true"})...),
			want:  edge.VersionInfo{Version: "v0.3.0", Commit: revision + "+modified", Built: "2026-11-22T09:30:00Z", Go: "go1.26.8"},
			words: "domestique v0.3.0 commit " + revision + "+modified go1.26.8",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := buildOf(test.info, test.stamped)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("build (-want +got):\n%s", diff)
			}
			if words := describe(got); words != test.words {
				t.Errorf("%q, want %q", words, test.words)
			}
		})
	}
}

func TestReachable(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		":8080": "127.0.0.1:8080", "0.0.0.0:8080": "127.0.0.1:8080", "[::]:8080": "[::1]:8080",
		"127.0.0.1:80": "127.0.0.1:80", "10.1.2.3:80": "10.1.2.3:80", "localhost:80": "localhost:80", "[::1]:80": "[::1]:80",
	} {
		if got := reachable(addr); got != want {
			t.Errorf("reachable(%s) = %s, want %s", addr, got, want)
		}
	}
}
