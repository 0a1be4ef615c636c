package main_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "domestique"

// allowedImports is the import table of ARCHITECTURE.md: what each package of ours may import of ours. A package that
// is not a key here is a new room in the house, and has to be argued for in ARCHITECTURE.md first.
var allowedImports = map[string][]string{
	"strava":             {},
	"strava/stravatest":  {"strava"},
	"tokens":             {"strava"},
	"tokens/storetest":   {"tokens"},
	"fitness":            {"strava", "tokens"},
	"mirror":             {"fitness"},
	"mirror/mirrortest":  {"mirror"},
	"azuretable":         {"fitness", "mirror", "tokens"},
	"graph/model":        {"fitness"},
	"graph/generated":    {"fitness", "graph/model"},
	"graph":              {"fitness", "graph/generated", "graph/model"},
	"web":                {},
	"infra":              {},
	"internal/config":    {},
	"internal/jobs":      {},
	"internal/telemetry": {},
	"internal/edge":      {"fitness", "strava", "tokens", "web"},
}

// wiring names the packages that join the others together: they may import anything, and nothing may import them but
// the root, whose server.go dispatches to them.
var wiring = []string{"", "internal/command", "cmd/fakestrava"}

// soleImporters holds each heavy dependency to the one package that knows it, so that a new version or a replacement
// touches one place.
var soleImporters = map[string]string{
	"github.com/go-co-op/gocron":         "internal/jobs",
	"github.com/Azure/azure-sdk-for-go":  "azuretable",
	"github.com/klauspost/compress/gzip": "internal/edge",
	"github.com/andybalholm/brotli":      "internal/edge",
	"go.opentelemetry.io":                "internal/telemetry",
	"net/http/pprof":                     "internal/telemetry",
}

// goPackage is what this test reads of `go list -json`.
type goPackage struct {
	ImportPath string
	GoFiles    []string
	Imports    []string
}

func TestImportsPointInward(t *testing.T) {
	packages := listPackages(t)
	for _, pkg := range packages {
		name := ours(pkg.ImportPath)
		allowed, known := allowedImports[name]
		isWiring := slices.Contains(wiring, name)
		if !known && !isWiring {
			t.Errorf("package %q is not in the import table of ARCHITECTURE.md", name)
			continue
		}
		for _, path := range pkg.Imports {
			checkHeavyDependency(t, name, path)
			if path != module && !strings.HasPrefix(path, module+"/") {
				continue
			}
			imported := ours(path)
			switch {
			case slices.Contains(wiring, imported) && name != "":
				t.Errorf("%s imports %s, which only wires: nobody imports it", pkg.ImportPath, path)
			case !isWiring && !slices.Contains(allowed, imported):
				t.Errorf("%s imports %s; it may import %v of ours", pkg.ImportPath, path, allowed)
			}
		}
	}
}

// `go run server.go` is what a gqlgen user types first; another compiled file in package main would break it.
func TestServerIsTheOnlyCompiledFileOfTheRoot(t *testing.T) {
	for _, pkg := range listPackages(t) {
		if pkg.ImportPath == module && !slices.Equal(pkg.GoFiles, []string{"server.go"}) {
			t.Errorf("compiled files of the root package: %v, want server.go alone", pkg.GoFiles)
		}
	}
}

// A template may name any method, so a program with text/template in it (html/template stands on that) keeps every exported
// method of every type that it knows: two and a half megabytes of ours, of which the image has none to spare.
func TestTheProgramHasNoTemplates(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	if slices.Contains(strings.Fields(string(out)), "text/template") {
		t.Error("text/template is in the program: `go list -deps -f '{{.ImportPath}} {{.Imports}}' .` says who imports it")
	}
}

func checkHeavyDependency(t *testing.T, importer, path string) {
	t.Helper()
	for prefix, sole := range soleImporters {
		if strings.HasPrefix(path, prefix) && importer != sole {
			t.Errorf("%s imports %s; only %s may", importer, path, sole)
		}
	}
}

func ours(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,GoFiles,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []goPackage
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var pkg goPackage
		if err := decoder.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("decode go list's answer: %v", err)
		}
		packages = append(packages, pkg)
	}
	if len(packages) < len(allowedImports) {
		t.Fatalf("go list named %d packages, the import table has %d", len(packages), len(allowedImports))
	}
	return packages
}
