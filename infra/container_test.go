package infra_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"domestique/internal/config"
)

func TestDockerfile(t *testing.T) {
	t.Parallel()
	stages := strings.Split(read(t, "../Dockerfile"), "\nFROM ")
	last := stages[len(stages)-1]
	for _, want := range []string{
		"gcr.io/distroless/static-", ":nonroot", "\nUSER 65532:65532\n", "\nHEALTHCHECK ", `"healthcheck"]`, "\nENTRYPOINT [\"/",
		"\nENV ADDR=:8080 DATA_DIR=/data\n", "\nEXPOSE 8080\n", "org.opencontainers.image.title=", "org.opencontainers.image.licenses=",
		"org.opencontainers.image.version=", "org.opencontainers.image.revision=",
	} {
		if !strings.Contains(last, want) {
			t.Errorf("the image lacks %q", want)
		}
	}
	for _, want := range []string{"CGO_ENABLED=0", "-trimpath", "--mount=type=cache,target=/go/pkg/mod", "--mount=type=cache,target=/root/.cache/go-build"} {
		if !strings.Contains(stages[len(stages)-2], want) {
			t.Errorf("the build lacks %q", want)
		}
	}
	for _, base := range regexp.MustCompile(`(?m)^FROM (?:--\S+ )?(\S+)`).FindAllStringSubmatch(read(t, "../Dockerfile"), -1) {
		if !regexp.MustCompile(`^[a-z./0-9-]+:[^:@]+(@sha256:[0-9a-f]{64})?$`).MatchString(base[1]) || strings.Contains(base[1], ":latest") {
			t.Errorf("the base %s is not pinned", base[1])
		}
	}
	goVersion := regexp.MustCompile(`(?m)^go (1\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))[1]
	if !strings.Contains(stages[len(stages)-2], "golang:"+goVersion+"-") {
		t.Errorf("the build is not made with Go %s of go.mod", goVersion)
	}
}

func TestCompose(t *testing.T) {
	t.Parallel()
	const file = "../compose.yaml"
	compose := parse[struct {
		Services map[string]struct {
			Build       any
			EnvFile     []struct{ Path string } `json:"env_file"`
			ReadOnly    bool                    `json:"read_only"`
			CapDrop     []string                `json:"cap_drop"`
			StopGrace   string                  `json:"stop_grace_period"`
			StopSignal  string                  `json:"stop_signal"`
			Profiles    []string
			Ports       []string
			Environment map[string]string
			Volumes     []string
			Image       string
		}
		Volumes map[string]any
	}](t, file)[file]
	var known []string
	for _, v := range config.Variables() {
		known = append(known, v.Name)
	}
	for name, service := range compose.Services {
		for _, volume := range service.Volumes {
			volume, _, _ = strings.Cut(volume, ":")
			if _, declared := compose.Volumes[volume]; !declared {
				t.Errorf("%s: there is no volume %s", name, volume)
			}
		}
		for _, port := range service.Ports {
			if !strings.HasPrefix(port, "127.0.0.1:") {
				t.Errorf("%s: without TLS port %s is open to others", name, port)
			}
		}
		if service.Build == nil {
			// Azurite keeps what it holds at SIGINT alone.
			if name != "azurite" || service.StopSignal != "SIGINT" || !regexp.MustCompile(`:\d+\.\d+\.\d+$`).MatchString(service.Image) {
				t.Errorf("%s: image %s, stopped by %s", name, service.Image, service.StopSignal)
			}
			continue
		}
		if !service.ReadOnly || !slices.Equal(service.CapDrop, []string{"ALL"}) || service.StopGrace != "30s" {
			t.Errorf("%s: read-only %v, without %v, %s to end in", name, service.ReadOnly, service.CapDrop, service.StopGrace)
		}
		if build, _ := service.Build.(map[string]any); fmt.Sprint(build["args"]) != "map[VERSION:${VERSION:-dev}]" {
			t.Errorf("%s: built with %v, without its version", name, service.Build)
		}
		if len(service.EnvFile) != 1 || service.EnvFile[0].Path != ".env" {
			t.Errorf("%s: settings come from %v, want .env", name, service.EnvFile)
		}
		env := map[string]string{"ADDR": ":8080", "DATA_DIR": "/data"} // The Dockerfile's.
		for variable, value := range service.Environment {
			if !slices.Contains(known, variable) {
				t.Errorf("%s: the gateway knows no variable %s", name, variable)
			}
			env[variable] = interpolated(value)
		}
		cfg, err := config.Load(func(name string) (string, bool) { value, ok := env[name]; return value, ok })
		if err != nil {
			t.Errorf("%s: the gateway would not start: %v", name, err)
		}
		if onAzurite := slices.Equal(service.Profiles, []string{"azurite"}); cfg.Azure() != onAzurite || (len(service.Volumes) > 0) == onAzurite {
			t.Errorf("%s: in Azure Tables %v, in volumes %v, profiles %v", name, cfg.Azure(), service.Volumes, service.Profiles)
		}
	}
	if len(compose.Services) != 3 {
		t.Errorf("%d services", len(compose.Services))
	}
}

// interpolated is what Compose makes of a value when .env holds nothing but what is required.
func interpolated(value string) string {
	value = regexp.MustCompile(`\$\{\w+:-([^}]*)\}`).ReplaceAllString(value, "$1")
	return regexp.MustCompile(`\$\{\w+:\?[^}]*\}`).ReplaceAllString(value, "a-key-of-more-than-thirty-two-characters")
}
