package infra_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBicepParses(t *testing.T) {
	t.Parallel()
	for file, tmpl := range templates(t) {
		tmpl.Root.walk(func(n node) {
			if n.Type == "ERROR" || n.Type == "MISSING" {
				t.Errorf("%s:%d: not understood: %.60s", file, n.Line, n.Text)
			}
		})
	}
}

// functions and decorators of Bicep that the files use; another one is added here when it is meant.
var functions = []string{
	"allowed", "description", "maxLength", "metadata", "minLength", "onlyIfNotExists", "secure",

	"concat", "empty", "filter", "guid", "int", "json", "newGuid", "subscription", "subscriptionResourceId", "toLower", "union",
	"uniqueString",
}

func TestNamesAreDeclaredAndUsed(t *testing.T) {
	t.Parallel()
	for file, tmpl := range templates(t) {
		declared := slices.Concat(slices.Collect(maps.Keys(tmpl.Params)), slices.Collect(maps.Keys(tmpl.Variables)),
			slices.Collect(maps.Keys(tmpl.Resources)), slices.Collect(maps.Keys(tmpl.Modules)))
		var used []string
		tmpl.Root.walk(func(n node) {
			switch n.Type {
			case "lambda_expression":
				declared = append(declared, n.Children[0].Text)
			case "call_expression":
				if name := n.Children[0]; name.Type == "identifier" && !slices.Contains(functions, name.Text) {
					t.Errorf("%s:%d: function %s is not in this test's list", file, n.Line, name.Text)
				}
			case "parameter_declaration", "variable_declaration", "output_declaration", "resource_declaration", "module_declaration":
				if len(n.Children) > 1 {
					used = append(used, identifiers(n.Children[len(n.Children)-1])...)
				}
			}
		})
		for _, name := range used {
			if !slices.Contains(declared, name) {
				t.Errorf("%s: %s is declared nowhere", file, name)
			}
		}
		for _, name := range slices.Concat(slices.Collect(maps.Keys(tmpl.Params)), slices.Collect(maps.Keys(tmpl.Variables))) {
			if !slices.Contains(used, name) {
				t.Errorf("%s: %s is used nowhere", file, name)
			}
		}
	}
}

// Only the properties that these files use are known here, as the API versions that they name have them: a misspelt one
// would be ignored by Azure without a word.
func TestPropertiesAreKnown(t *testing.T) {
	t.Parallel()
	container := "name image args env probes resources"
	known := map[string]map[string]string{
		"Microsoft.App/containerApps": {
			"": "name location tags identity properties", "identity": "type userAssignedIdentities",
			"properties":                                        "environmentId workloadProfileName configuration template",
			"properties.configuration":                          "activeRevisionsMode maxInactiveRevisions registries secrets ingress",
			"properties.configuration.ingress":                  "external allowInsecure targetPort transport customDomains",
			"properties.configuration.registries.0":             "server identity",
			"properties.configuration.secrets.0":                "name keyVaultUrl identity",
			"properties.template":                               "terminationGracePeriodSeconds containers scale",
			"properties.template.containers.0":                  container,
			"properties.template.containers.0.probes.0":         "type httpGet periodSeconds timeoutSeconds failureThreshold",
			"properties.template.containers.0.probes.0.httpGet": "path port",
			"properties.template.scale":                         "minReplicas maxReplicas rules",
			"properties.template.scale.rules.0.http":            "metadata",
		},
		"Microsoft.App/jobs": {
			"": "name location tags identity properties", "properties": "environmentId workloadProfileName configuration template",
			"properties.configuration":                       "triggerType scheduleTriggerConfig replicaTimeout replicaRetryLimit registries secrets",
			"properties.configuration.scheduleTriggerConfig": "cronExpression parallelism replicaCompletionCount",
			"properties.template":                            "containers", "properties.template.containers.0": container,
		},
		"Microsoft.App/managedEnvironments": {
			"": "name location tags properties", "properties": "appLogsConfiguration workloadProfiles",
			"properties.appLogsConfiguration": "destination",
		},
		"Microsoft.Storage/storageAccounts": {
			"": "name location tags kind sku properties",
			"properties": "allowBlobPublicAccess allowCrossTenantReplication allowSharedKeyAccess defaultToOAuthAuthentication " +
				"minimumTlsVersion supportsHttpsTrafficOnly",
		},
		"Microsoft.KeyVault/vaults": {
			"":           "name location tags properties",
			"properties": "tenantId sku enableRbacAuthorization enableSoftDelete softDeleteRetentionInDays",
		},
		"Microsoft.ContainerRegistry/registries": {
			"": "name location tags sku properties", "properties": "adminUserEnabled",
		},
	}
	for file, tmpl := range templates(t) {
		for name, r := range tmpl.Resources {
			for path, properties := range known[r.Type] {
				body := any(r.Body)
				if path != "" {
					body = tmpl.at(r, path)
				}
				object, ok := body.(map[string]any)
				if !ok {
					if !r.Existing {
						t.Errorf("%s: %s has nothing at %s", file, name, path)
					}
					continue
				}
				for property := range object {
					if !slices.Contains(strings.Fields(properties), property) {
						t.Errorf("%s: %s has an unknown property at %q: %s", file, name, path, property)
					}
				}
			}
		}
	}
}

// TestRoles holds every role assignment to who gets it, which it is, and on what: the smallest that works.
func TestRoles(t *testing.T) {
	t.Parallel()
	type assignment struct{ Principal, Role, Scope string }
	names := map[string]string{ // https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
		"7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
		"b86a8fe4-44ce-4948-aee5-eccb2c155cd7": "Key Vault Secrets Officer",
		"4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
		"0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
	}
	want := []assignment{
		{"identity.properties.principalId", "AcrPull", "registry"},
		{"identity.properties.principalId", "Key Vault Secrets User", "vault"},
		{"identity.properties.principalId", "Storage Table Data Contributor", "storage::tableService::table"},
		{"principalId", "Key Vault Secrets Officer", "vault"},
	}
	role := regexp.MustCompile(`^subscriptionResourceId\('Microsoft\.Authorization/roleDefinitions', (\w+)\)$`)
	var got []assignment
	for file, tmpl := range templates(t) {
		for name, r := range tmpl.Resources {
			if r.Type != "Microsoft.Authorization/roleAssignments" {
				continue
			}
			definition, _ := tmpl.at(r, "properties.roleDefinitionId").(expression)
			match := role.FindStringSubmatch(string(definition))
			if match == nil {
				t.Errorf("%s: the role of %s is not plain: %s", file, name, definition)
				continue
			}
			id, _ := tmpl.resolve(expression(match[1])).(string)
			principal, _ := tmpl.at(r, "properties.principalId").(expression)
			scope, _ := r.Body["scope"].(expression)
			got = append(got, assignment{string(principal), names[id], string(scope)})
			if !strings.HasPrefix(show(r.Body["name"]), `"guid(`+string(scope)) {
				t.Errorf("%s: the name of %s does not follow from its scope: a second deployment would collide", file, name)
			}
			if ofIdentity := tmpl.at(r, "properties.principalType") == "ServicePrincipal"; ofIdentity != (principal != "principalId") {
				t.Errorf("%s: %s has a wrong principalType: Azure may not know a new identity yet, and the deployer's kind is not known", file, name)
			}
		}
	}
	slices.SortFunc(got, func(a, b assignment) int { return strings.Compare(a.Principal+a.Role, b.Principal+b.Role) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("role assignments (-want +got):\n%s", diff)
	}
}

func TestNothingOpensByASharedKey(t *testing.T) {
	t.Parallel()
	all := templates(t)
	resources := all["resources.bicep"]
	for _, want := range []struct {
		kind, path string
		value      any
	}{
		{"Microsoft.Storage/storageAccounts", "properties.allowSharedKeyAccess", false},
		{"Microsoft.Storage/storageAccounts", "properties.allowBlobPublicAccess", false},
		{"Microsoft.Storage/storageAccounts", "properties.minimumTlsVersion", "TLS1_2"},
		{"Microsoft.Storage/storageAccounts", "properties.supportsHttpsTrafficOnly", true},
		{"Microsoft.ContainerRegistry/registries", "properties.adminUserEnabled", false},
		{"Microsoft.KeyVault/vaults", "properties.enableRbacAuthorization", true},
		{"Microsoft.KeyVault/vaults", "properties.enableSoftDelete", true},
		{"Microsoft.App/managedEnvironments", "properties.appLogsConfiguration.destination", "azure-monitor"},
	} {
		if got := resources.at(resources.only(t, want.kind), want.path); got != want.value {
			t.Errorf("%s of %s is %s, want %s", want.path, want.kind, show(got), show(want.value))
		}
	}
	for file, tmpl := range all {
		for _, key := range []string{"listKeys", "listCredentials", "listAccountSas", "AccountKey=", "sharedKey", "passwordSecretRef", "deploymentScripts"} {
			if strings.Contains(tmpl.Root.Text, key) {
				t.Errorf("%s speaks of %s", file, key)
			}
		}
	}
}

func TestTheTableIsMade(t *testing.T) {
	t.Parallel()
	tmpl := templates(t)["resources.bicep"]
	if table := tmpl.only(t, "tables"); table.Body["name"] != "domestique" { // The default of AZURE_TABLE.
		t.Errorf("the table is %s", show(table.Body["name"]))
	}
}

// TestKeysAreMadeOnce: overwriting the sealing key would make the stored grant unreadable, overwriting the owner's would lock
// the owner out.
func TestKeysAreMadeOnce(t *testing.T) {
	t.Parallel()
	tmpl := templates(t)["resources.bicep"]
	once := map[string]bool{}
	for _, r := range tmpl.Resources {
		if r.Type != "Microsoft.KeyVault/vaults/secrets" {
			continue
		}
		name, _ := r.Body["name"].(string)
		once[name] = slices.Contains(r.Decorators, "@onlyIfNotExists()")
		given, _ := tmpl.at(r, "properties.value").(expression)
		source := tmpl.Params[string(given)]
		if !source.Secure {
			t.Errorf("the value of %s is not a secure parameter: %s", name, given)
		}
		if drawn := strings.Contains(source.Default.Text, "newGuid()"); drawn != once[name] {
			t.Errorf("%s is drawn at random: %v, kept once it is there: %v", name, drawn, once[name])
		}
	}
	if diff := cmp.Diff(map[string]bool{"owner-key": true, "seal-keys": true, "strava-client-secret": false}, once); diff != "" {
		t.Errorf("secrets in the vault, and whether they are made once (-want +got):\n%s", diff)
	}
}

func TestNoSecretLeaves(t *testing.T) {
	t.Parallel()
	all := templates(t)
	for file, tmpl := range all {
		secret := func(n node) bool {
			found := strings.Contains(n.Text, "newGuid") || strings.Contains(n.Text, "listKeys")
			for _, name := range identifiers(n) {
				found = found || tmpl.Params[name].Secure || tmpl.Resources[name].Type == "Microsoft.KeyVault/vaults/secrets"
			}
			return found
		}
		for name, output := range tmpl.Outputs {
			if secret(output) {
				t.Errorf("%s: output %s holds a secret", file, name)
			}
		}
		for name, variable := range tmpl.Variables { // An output of a variable would hide it.
			if secret(variable) {
				t.Errorf("%s: variable %s holds a secret", file, name)
			}
		}
		for name, p := range tmpl.Params {
			if p.Secure && p.Default.Type != "" && !strings.Contains(p.Default.Text, "newGuid()") {
				t.Errorf("%s: %s has a default in the open: %s", file, name, p.Default.Text)
			}
			if regexp.MustCompile(`(?i)(secret|password|key)$`).MatchString(name) && !p.Secure {
				t.Errorf("%s: %s is not @secure()", file, name)
			}
		}
		for _, m := range tmpl.Modules {
			for name, given := range m.Params {
				from, _ := given.(expression)
				if tmpl.Params[string(from)].Secure && !all[m.File].Params[name].Secure {
					t.Errorf("%s: the secret %s becomes the open parameter %s of %s", file, from, name, m.File)
				}
			}
		}
	}
}

func TestModulesGetWhatTheyNeed(t *testing.T) {
	t.Parallel()
	all := templates(t)
	for file, tmpl := range all {
		for name, m := range tmpl.Modules {
			target, ok := all[m.File]
			if !ok {
				t.Errorf("%s: there is no %s", file, m.File)
				continue
			}
			for param := range m.Params {
				if _, known := target.Params[param]; !known {
					t.Errorf("%s: %s has no parameter %s", file, m.File, param)
				}
			}
			for param, p := range target.Params {
				if _, given := m.Params[param]; !given && p.Default.Type == "" {
					t.Errorf("%s: module %s gets no %s", file, name, param)
				}
			}
			for _, used := range regexp.MustCompile(name+`\.outputs\.(\w+)`).FindAllStringSubmatch(tmpl.Root.Text, -1) {
				if _, known := target.Outputs[used[1]]; !known {
					t.Errorf("%s: %s has no output %s", file, m.File, used[1])
				}
			}
		}
	}
}
