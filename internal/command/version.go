package command

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"

	"domestique/internal/edge"
)

func version(_ context.Context, env Env, args []string) error {
	if err := parseCommand(newFlags("version"), "Shows the version of this program.", args, env); err != nil {
		return err
	}
	build := Build(env.Version)
	_, err := fmt.Fprintln(env.Stdout, describe(build))
	return err
}

// Build says what this program was built from, as far as the program knows. stamped is the version that the linker
// wrote into it; without one it is the module's own.
func Build(stamped string) edge.VersionInfo {
	info, _ := debug.ReadBuildInfo()
	return buildOf(info, stamped)
}

// buildOf reads a build's information, which is nil in a program that was built without modules.
func buildOf(info *debug.BuildInfo, stamped string) edge.VersionInfo {
	build := edge.VersionInfo{Version: stamped}
	if info == nil {
		return build
	}
	if build.Version == "" {
		build.Version = info.Main.Version
	}
	build.Go = info.GoVersion
	modified := false
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			build.Commit = setting.Value
		case "vcs.time":
			build.Built = setting.Value
		case "vcs.modified":
			modified = setting.Value == "true"
		}
	}
	if modified && build.Commit != "" {
		build.Commit += "+modified"
	}
	return build
}

func describe(build edge.VersionInfo) string {
	words := []string{"domestique", build.Version}
	if build.Version == "" {
		words[1] = "(unknown version)"
	}
	if build.Commit != "" {
		words = append(words, "commit "+build.Commit)
	}
	if build.Go != "" {
		words = append(words, build.Go)
	}
	return strings.Join(words, " ")
}
