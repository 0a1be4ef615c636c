package infra_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"domestique/internal/config"
)

const (
	appType = "Microsoft.App/containerApps"
	jobType = "Microsoft.App/jobs"
)

func gateway(t *testing.T) template {
	t.Helper()
	return templates(t)["gateway.bicep"]
}

func TestProbes(t *testing.T) {
	t.Parallel()
	tmpl := gateway(t)
	app := tmpl.only(t, appType)
	if port := tmpl.at(app, "properties.configuration.ingress.targetPort"); port != 8080 || !strings.Contains(read(t, "../Dockerfile"), "ENV ADDR=:8080 ") {
		t.Errorf("the ingress leads to port %s, which is not that of the Dockerfile's ADDR", show(port))
	}
	edge := read(t, "../internal/edge/edge.go")
	paths := map[string]string{}
	probes, _ := tmpl.at(app, "properties.template.containers.0.probes").([]any)
	for _, probe := range probes {
		kind, _ := tmpl.follow(probe, "type").(string)
		path, _ := tmpl.follow(probe, "httpGet.path").(string)
		paths[kind] = path
		if !strings.Contains(edge, `"GET `+path+`"`) {
			t.Errorf("%s asks %s, which the gateway does not serve", kind, path)
		}
		if port := tmpl.follow(probe, "httpGet.port"); port != 8080 {
			t.Errorf("%s asks port %s", kind, show(port))
		}
		failures, _ := tmpl.follow(probe, "failureThreshold").(int)
		timeout, _ := tmpl.follow(probe, "timeoutSeconds").(int)
		period, _ := tmpl.follow(probe, "periodSeconds").(int)
		if failures < 1 || failures > 10 || timeout < 1 || timeout > period { // 10 is the most that Container Apps takes.
			t.Errorf("%s: %d failures, every %d s within %d s", kind, failures, period, timeout)
		}
	}
	if diff := cmp.Diff(map[string]string{"Startup": "/livez", "Liveness": "/livez", "Readiness": "/readyz"}, paths); diff != "" {
		t.Errorf("probes (-want +got):\n%s", diff)
	}
}

func TestScale(t *testing.T) {
	t.Parallel()
	tmpl := gateway(t)
	app, job := tmpl.only(t, appType), tmpl.only(t, jobType)
	if got := tmpl.at(app, "properties.template.scale.minReplicas"); got != expression("sleeps ? 0 : 1") {
		t.Errorf("minReplicas is %s", show(got))
	}
	if got := tmpl.Variables["sleeps"].Text; got != "scaleToZero == 'true'" || tmpl.Params["scaleToZero"].Default.Text != "'false'" {
		t.Errorf("sleeps is %s, and scaleToZero %s by default", got, tmpl.Params["scaleToZero"].Default.Text)
	}
	if tmpl.at(app, "properties.template.scale.rules.0.http.metadata.concurrentRequests") == nil {
		t.Error("no rule says when to scale")
	}
	if grace, _ := tmpl.at(app, "properties.template.terminationGracePeriodSeconds").(int); grace < 30 {
		t.Errorf("%d s to end in; server.go takes up to 25", grace)
	}
	if job.Condition != "sleeps" {
		t.Errorf("the job is there if %q", job.Condition)
	}
	if got := tmpl.at(job, "properties.template.containers.0.args"); !cmp.Equal(got, []any{"refresh"}) {
		t.Errorf("the job runs %s", show(got))
	}
	// Strava renews a token in its last hour only: at least two rounds have to fall into the gateway's 45 minutes of it.
	schedule, _ := tmpl.at(job, "properties.configuration.scheduleTriggerConfig.cronExpression").(string)
	if schedule != "*/20 * * * *" {
		t.Errorf("the job runs at %q", schedule)
	}
	if timeout, _ := tmpl.at(job, "properties.configuration.replicaTimeout").(int); timeout <= 5*60 {
		t.Errorf("the job is killed after %d s; the command takes up to 300 s, and ends by itself then", timeout)
	}
	for _, r := range []resource{app, job} {
		if tmpl.at(r, "properties.template.containers.0.command") != nil {
			t.Errorf("%s replaces the image's entry point", r.Type)
		}
	}
}

// unset names the gateway's variables that a deployment leaves alone, and why.
var unset = map[string]string{
	"ADDR":                            "the image sets it",
	"ADMIN_ADDR":                      "a container app has one port, and that is public",
	"DATA_DIR":                        "nothing is kept on a disk",
	"AZURE_STORAGE_CONNECTION_STRING": "the identity opens the table",
	"AZURE_SEED_TABLE":                "the identity sees one table",
	"STRAVA_REFRESH_TOKEN":            "the first grant comes from /connect",
	"STRAVA_WEBHOOK_SECRET":           "Strava does not sign for everyone",
	"TOKEN_REFRESH_MARGIN":            "the default fits Strava's tokens",
	"TOKEN_CHECK_EVERY":               "the default fits Strava's tokens",
	"SYNC_EVERY":                      "the default fits Strava's quota",
	"OTEL_EXPORTER_OTLP_HEADERS":      "a collector in the environment asks for no key",
}

func TestVariablesAreTheGateways(t *testing.T) {
	t.Parallel()
	tmpl := gateway(t)
	set := settings(t, tmpl)
	for _, v := range config.Variables() {
		s, isSet := set[v.Name]
		if _, left := unset[v.Name]; left == isSet {
			t.Errorf("%s has to be set, or left alone with a reason", v.Name)
		}
		if isSet && v.Secret != (s.secretRef != "") {
			t.Errorf("%s is a secret: %v, comes from the vault: %v", v.Name, v.Secret, s.secretRef != "")
		}
		delete(set, v.Name)
	}
	delete(set, "GOMEMLIMIT") // Go's own.
	for name := range set {
		t.Errorf("the gateway knows no variable %s", name)
	}
}

// TestTheGatewayTakesThem: with all that is required, and nothing of what may stay empty, the configuration is complete.
func TestTheGatewayTakesThem(t *testing.T) {
	t.Parallel()
	examples := map[string]string{
		"PUBLIC_URL": "https://domestique.x.westeurope.azurecontainerapps.io", "AZURE_TABLES_ENDPOINT": "https://st.table.core.windows.net/",
		"STRAVA_CLIENT_ID": "12345", "AZURE_CLIENT_ID": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", "AZURE_TABLE": "domestique",
	}
	env := map[string]string{"ADDR": ":8080", "DATA_DIR": "/data"} // The Dockerfile's.
	for name, s := range settings(t, gateway(t)) {
		switch {
		case s.optional:
			env[name] = ""
		case s.secretRef != "":
			env[name] = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3.4633458b-17de-408a-b874-0445c86b69e6" // As the vault's are drawn.
		case s.value != "":
			env[name] = s.value
		default:
			env[name] = examples[name]
		}
	}
	cfg, err := config.Load(func(name string) (string, bool) { value, ok := env[name]; return value, ok })
	if err != nil || !cfg.Azure() || cfg.Loopback() {
		t.Errorf("Load = %v; Azure Tables: %v, loopback: %v", err, cfg.Azure(), cfg.Loopback())
	}
}

// setting is one environment variable of the container.
type setting struct {
	value     string // Of a literal.
	secretRef string
	optional  bool
}

func settings(t *testing.T, tmpl template) map[string]setting {
	t.Helper()
	for _, kind := range []string{appType, jobType} {
		container := tmpl.only(t, kind).Body["properties"]
		if got := tmpl.follow(container, "template.containers.0.env"); got != expression("concat(required, filter(optional, setting => !empty(setting.value)))") {
			t.Fatalf("%s has the variables %s", kind, show(got))
		}
	}
	all := map[string]setting{}
	for _, list := range []string{"required", "optional"} {
		entries, _ := tmpl.resolve(expression(list)).([]any)
		for _, entry := range entries {
			name, _ := tmpl.follow(entry, "name").(string)
			literal, _ := tmpl.follow(entry, "value").(string)
			secretRef, _ := tmpl.follow(entry, "secretRef").(string)
			all[name] = setting{literal, secretRef, list == "optional"}
		}
	}
	return all
}

// TestSecretsComeFromTheVault: what a variable refers to is a secret of the app, which is one in the vault.
func TestSecretsComeFromTheVault(t *testing.T) {
	t.Parallel()
	tmpl := gateway(t)
	var inTheVault []string
	resources := templates(t)["resources.bicep"]
	for _, r := range resources.Resources {
		if r.Type == "Microsoft.KeyVault/vaults/secrets" {
			name, _ := r.Body["name"].(string)
			inTheVault = append(inTheVault, name)
		}
	}
	var known []string
	secrets, _ := tmpl.resolve(expression("secrets")).([]any)
	for _, secret := range secrets {
		name, _ := tmpl.follow(secret, "name").(string)
		url, _ := tmpl.follow(secret, "keyVaultUrl").(expression)
		known = append(known, name)
		if string(url) != "'${vault.properties.vaultUri}secrets/"+name+"'" || !slices.Contains(inTheVault, name) {
			t.Errorf("%s comes from %s; the vault has %v", name, url, inTheVault)
		}
		if tmpl.follow(secret, "identity") != expression("identity.id") || tmpl.follow(secret, "value") != nil {
			t.Errorf("%s is not fetched by the gateway's identity", name)
		}
	}
	for name, s := range settings(t, tmpl) {
		if s.secretRef != "" && !slices.Contains(known, s.secretRef) {
			t.Errorf("%s refers to the secret %s, which is not there", name, s.secretRef)
		}
	}
	for _, kind := range []string{appType, jobType} {
		r := tmpl.only(t, kind)
		if r.Body["identity"] == nil || tmpl.at(r, "properties.configuration.registries.0.identity") != expression("identity.id") {
			t.Errorf("%s does not pull its image by the gateway's identity", kind)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

var substitution = regexp.MustCompile(`\$\{(\w+)(=[^}]*)?\}`)
