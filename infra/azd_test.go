package infra_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// project is what these tests read of azure.yaml.
type project struct {
	Infra    struct{ Provider, Path, Module string }
	Services map[string]struct {
		Project, Host string
		Docker        struct{ Path, Context string }
	}
	Hooks map[string]map[string]struct {
		Shell, Run  string
		Interactive bool
	}
}

func azureYAML(t *testing.T) project {
	t.Helper()
	return parse[project](t, "../azure.yaml")["../azure.yaml"]
}

func TestAzureYAMLNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	p := azureYAML(t)
	files := []string{filepath.Join(p.Infra.Path, p.Infra.Module+".bicep"), filepath.Join(p.Infra.Path, p.Infra.Module+".parameters.json")}
	for name, service := range p.Services {
		if service.Host != "containerapp" {
			t.Errorf("%s is hosted by %s", name, service.Host)
		}
		// azd deploys the file of the service's name with the image, and finds the app by its tag.
		files = append(files, filepath.Join(service.Project, service.Docker.Path),
			filepath.Join(p.Infra.Path, name+".bicep"), filepath.Join(p.Infra.Path, name+".parameters.json"))
		tmpl := templates(t)[name+".bicep"]
		if tags := show(tmpl.only(t, appType).Body["tags"]); !strings.Contains(tags, fmt.Sprintf("'azd-service-name': '%s'", name)) {
			t.Errorf("the app's tags do not name the service %s: %s", name, tags)
		}
	}
	for _, systems := range p.Hooks {
		for _, hook := range systems {
			files = append(files, hook.Run)
			if !hook.Interactive {
				t.Errorf("what %s says would be cleared away", hook.Run)
			}
		}
	}
	if len(p.Services) == 0 || len(p.Hooks) == 0 {
		t.Errorf("%d services, %d hooks", len(p.Services), len(p.Hooks))
	}
	for _, file := range files {
		if _, err := os.Stat(filepath.Join("..", file)); err != nil {
			t.Errorf("azure.yaml needs %s: %v", file, err)
		}
	}
	main := templates(t)["main.bicep"]
	if tags := show(main.resolve(main.only(t, "Microsoft.Resources/resourceGroups").Body["tags"])); !strings.Contains(tags, "azd-env-name") {
		t.Errorf("azd could not find the resource group again: its tags are %s", tags)
	}
}

// parameters are those of a parameters file, by name.
func parameters(t *testing.T, file string) map[string]string {
	t.Helper()
	var content struct {
		Parameters map[string]struct{ Value string }
	}
	if err := json.Unmarshal([]byte(read(t, file)), &content); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	values := map[string]string{}
	for name, p := range content.Parameters {
		values[name] = p.Value
	}
	return values
}

func TestParameterFilesFit(t *testing.T) {
	t.Parallel()
	all := templates(t)
	main, service := all["main.bicep"], all["gateway.bicep"]
	fromAzd := []string{"AZURE_ENV_NAME", "AZURE_LOCATION", "AZURE_PRINCIPAL_ID"}
	duringDeploy := slices.Concat([]string{"AZURE_ENV_NAME", "SERVICE_GATEWAY_IMAGE_NAME"}, slices.Collect(maps.Keys(main.Outputs)))

	var asked []string
	for _, test := range []struct {
		tmpl  template
		known []string // Variables of azd's environment that are there for sure.
		asks  bool     // azd asks for what is not there.
	}{{main, fromAzd, true}, {service, duringDeploy, false}} {
		file := strings.TrimSuffix(test.tmpl.File, ".bicep") + ".parameters.json"
		values := parameters(t, file)
		for name, given := range values {
			p, known := test.tmpl.Params[name]
			if !known {
				t.Errorf("%s: %s has no parameter %s", file, test.tmpl.File, name)
			}
			match := substitution.FindStringSubmatch(given)
			switch {
			case match == nil || match[0] != given:
				t.Errorf("%s: %s is %q, want one variable", file, name, given)
			case slices.Contains(test.known, match[1]) || match[2] != "":
			case test.asks && p.Default.Type == "":
				asked = append(asked, name)
			default:
				t.Errorf("%s: nothing sets %s for %s", file, match[1], name)
			}
		}
		for name, p := range test.tmpl.Params {
			if _, given := values[name]; !given && p.Default.Type == "" {
				t.Errorf("%s: %s is missing", file, name)
			}
		}
	}
	slices.Sort(asked)
	if diff := cmp.Diff([]string{"stravaClientId", "stravaClientSecret"}, asked); diff != "" {
		t.Errorf("azd asks for (-want +got):\n%s", diff)
	}
}

// TestTheEndOfAzdUp runs the hook as azd does: with the outputs of main.bicep in its environment.
func TestTheEndOfAzdUp(t *testing.T) {
	t.Parallel()
	outputs := templates(t)["main.bicep"].Outputs
	env := []string{"PATH=" + os.Getenv("PATH")}
	for name, value := range map[string]string{"GATEWAY_URL": "https://domestique.lake.westeurope.azurecontainerapps.io", "AZURE_KEY_VAULT_NAME": "kv-abc"} {
		if _, known := outputs[name]; !known {
			t.Errorf("main.bicep has no output %s", name)
		}
		env = append(env, name+"="+value)
	}
	hook := exec.CommandContext(t.Context(), "sh", "hooks/postdeploy.sh")
	hook.Env = env
	said, err := hook.CombinedOutput()
	if err != nil {
		t.Fatalf("postdeploy: %v\n%s", err, said)
	}
	windows := read(t, "hooks/postdeploy.ps1")
	for _, want := range []string{
		"Address    https://domestique.lake.westeurope.azurecontainerapps.io\n",
		"             domestique.lake.westeurope.azurecontainerapps.io\n", // The callback domain is a host alone.
		"Sign in    https://domestique.lake.westeurope.azurecontainerapps.io/login",
		"az keyvault secret show --vault-name kv-abc --name owner-key ",
		"Connect    https://domestique.lake.westeurope.azurecontainerapps.io/connect\n",
	} {
		if !strings.Contains(string(said), want) {
			t.Errorf("the end of azd up does not say %q:\n%s", want, said)
		}
		same := strings.NewReplacer("https://domestique.lake.westeurope.azurecontainerapps.io", "$gateway",
			"domestique.lake.westeurope.azurecontainerapps.io", "$address", "kv-abc", "$env:AZURE_KEY_VAULT_NAME").Replace(want)
		if !strings.Contains(windows, same) {
			t.Errorf("on Windows it does not say %q", same)
		}
	}
}
