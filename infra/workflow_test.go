package infra_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// workflow is what these tests read of a GitHub workflow.
type workflow struct {
	Permissions map[string]string
	Jobs        map[string]struct {
		Permissions map[string]string
		Timeout     int    `json:"timeout-minutes"`
		Uses        string // Another workflow.
		Needs       any
		Steps       []struct {
			Uses, Run string
			With      map[string]any
		}
	}
}

func workflows(t *testing.T) map[string]workflow {
	t.Helper()
	files, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d workflows, %v", len(files), err)
	}
	return parse[workflow](t, files...)
}

// TestTheWorkflowInTheDocumentation: one for a site that others copy runs, with actions that are pinned as ours are.
func TestTheWorkflowInTheDocumentation(t *testing.T) {
	t.Parallel()
	_, block, _ := strings.Cut(read(t, "../docs/static-site.md"), "```yaml\n")
	block, _, _ = strings.Cut(block, "```")
	file := filepath.Join(t.TempDir(), "site.yml")
	if err := os.WriteFile(file, []byte(block), 0o600); err != nil {
		t.Fatal(err)
	}
	site := parse[workflow](t, file)[file]
	job := site.Jobs["build"]
	if site.Permissions["contents"] != "read" || site.Permissions["id-token"] != "write" || len(site.Permissions) != 2 || job.Timeout == 0 {
		t.Errorf("%+v", site)
	}
	var ours, commands strings.Builder
	for file := range workflows(t) {
		ours.WriteString(read(t, file))
	}
	for _, step := range job.Steps {
		commands.WriteString(step.Run + "\n")
		if step.Uses != "" && !strings.Contains(ours.String(), "uses: "+step.Uses+" # v") {
			t.Errorf("%s is not pinned as in our own workflows", step.Uses)
		}
	}
	for _, want := range []string{`/domestique" query activities.graphql > src/activities.json`, "az login --service-principal", "go -C domestique build"} {
		if !strings.Contains(commands.String(), want) {
			t.Errorf("no step runs %s:\n%s", want, commands.String())
		}
	}
}

// TestActionsArePinned: by the SHA of a commit, because a tag can be moved; and the comment says which version that is. One
// whose commit nobody could verify says so.
func TestActionsArePinned(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`^\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	byTag := regexp.MustCompile(`^Azure/setup-azd@v\d+ # by tag: \S.*$`)
	uses := regexp.MustCompile(`(?m)^\s*(?:- )?uses: (.*)$`)
	for file, w := range workflows(t) {
		steps := 0
		for _, job := range w.Jobs {
			if strings.HasPrefix(job.Uses, "./.github/workflows/") { // It is of the same commit.
				steps++
			}
			for _, step := range job.Steps {
				if step.Uses != "" {
					steps++
				}
			}
		}
		lines := uses.FindAllStringSubmatch(read(t, file), -1)
		if len(lines) != steps {
			t.Errorf("%s has %d steps with an action, but %d lines that name one", file, steps, len(lines))
		}
		for _, line := range lines {
			if !strings.HasPrefix(line[1], "./") && !pinned.MatchString(line[1]) && !byTag.MatchString(line[1]) {
				t.Errorf("%s: not pinned by SHA, with its version in a comment: %s", file, line[1])
			}
		}
	}
}

func TestWorkflowsAskForLittle(t *testing.T) {
	t.Parallel()
	mayWrite := map[string]string{"publish": "packages", "preview": "id-token"}
	for file, w := range workflows(t) {
		if len(w.Permissions) != 1 || w.Permissions["contents"] != "read" {
			t.Errorf("%s: permissions are %v, want no more than to read contents", file, w.Permissions)
		}
		for name, job := range w.Jobs {
			for what, level := range job.Permissions {
				if level != "read" && what != mayWrite[name] {
					t.Errorf("%s: job %s may %s %s", file, name, level, what)
				}
			}
			if job.Timeout == 0 && job.Uses == "" {
				t.Errorf("%s: job %s has no time-out", file, name)
			}
			for _, step := range job.Steps {
				if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != false {
					t.Errorf("%s: job %s leaves its token in the checkout", file, name)
				}
				if strings.Contains(step.Run, "${{") {
					t.Errorf("%s: job %s puts an expression into a script, where it may become a command: %s", file, name, step.Run)
				}
			}
		}
	}
}

// TestWorkflowsDoWhatIsAsked: what stands for the parts of a release is run by some job, and the make targets are there.
func TestWorkflowsDoWhatIsAsked(t *testing.T) {
	t.Parallel()
	var run strings.Builder
	published := map[string]any{}
	for _, w := range workflows(t) {
		for _, job := range w.Jobs {
			for _, step := range job.Steps {
				run.WriteString(step.Run + "\n")
				if strings.HasPrefix(step.Uses, "docker/build-push-action@") {
					published = step.With
				}
			}
		}
	}
	for _, want := range []string{
		"make test", "make lint", "make generate", "make image", "golang.org/x/vuln/cmd/govulncheck@v", "az bicep build",
		"az bicep lint", "azd provision --preview",
	} {
		if !strings.Contains(run.String(), want) {
			t.Errorf("no job runs %q", want)
		}
	}
	if needs := fmt.Sprint(workflows(t)["../.github/workflows/image.yml"].Jobs["publish"].Needs); needs != "[run tests]" {
		t.Errorf("the image is published after %s, want after the tests, too", needs)
	}
	if published["sbom"] != true || published["provenance"] != "mode=max" {
		t.Errorf("the image is published with sbom %v and provenance %v", published["sbom"], published["provenance"])
	}
	makefile := read(t, "../Makefile")
	for _, line := range regexp.MustCompile(`make ([a-z][a-z -]*)`).FindAllStringSubmatch(run.String(), -1) {
		for target := range strings.FieldsSeq(line[1]) {
			if !regexp.MustCompile(`(?m)^` + target + `:`).MatchString(makefile) {
				t.Errorf("the Makefile has no target %s", target)
			}
		}
	}
}

// TestScriptsParse: the shell of workflows, hooks and make targets has no error that bash could see.
func TestScriptsParse(t *testing.T) {
	t.Parallel()
	scripts := map[string]string{"hooks/postdeploy.sh": read(t, "hooks/postdeploy.sh"), "../scripts/image": read(t, "../scripts/image")}
	for file, w := range workflows(t) {
		for name, job := range w.Jobs {
			for _, step := range job.Steps {
				scripts[file+" "+name+" "+step.Run] = step.Run
			}
		}
	}
	for name, script := range scripts {
		bash := exec.CommandContext(t.Context(), "bash", "-n")
		bash.Stdin = strings.NewReader(script)
		if out, err := bash.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestDependabotKnowsEveryPackage(t *testing.T) {
	t.Parallel()
	const file = "../.github/dependabot.yml"
	var folders []string
	for _, update := range parse[struct {
		Updates []struct{ Directories []string }
	}](t, file)[file].Updates {
		folders = append(folders, update.Directories...)
	}
	locks, err := exec.CommandContext(t.Context(), "git", "-C", "..", "ls-files", "--cached", "--others", "--exclude-standard", "*package-lock.json").Output()
	if err != nil {
		t.Skip("not a git checkout: which lock files there are is not known")
	}
	for lock := range strings.FieldsSeq(string(locks)) {
		if folder := "/" + filepath.Dir(lock); !slices.Contains(folders, folder) {
			t.Errorf("%s: %s is not there", file, folder)
		}
	}
}
