package main_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"domestique/internal/edge"
	"domestique/strava"
	"domestique/strava/stravatest"
)

// TestNoSecretIsShown plants secrets wherever the gateway gets one, leads it down every path that fails, with a Strava
// and a table that repeat all that they know, and then looks for any piece of any secret in all that came out of it.
func TestNoSecretIsShown(t *testing.T) {
	t.Parallel()
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		s := newSweep(t)
		gateway := s.start(t, s.stravaAddress...)
		s.keyFiles = map[string]string{"owner.key": s.file(t, "owner.key"), "seal.key": s.file(t, "seal.key")}
		for name, key := range s.keyFiles {
			s.lock(name, key)
		}
		s.useGateway(t, gateway, s.keyFiles["owner.key"])
		gateway.signal(t, syscall.SIGQUIT)
		wantOutput(t, gateway, "goroutine ")
		s.damageFiles(t)
		s.runCommands(t)
		s.search(t)
	})
	t.Run("azure", func(t *testing.T) {
		t.Parallel()
		s := newSweep(t)
		account := startAzurite(t)
		table := s.startTable(t, account)
		key, seal := s.mark("owner key"), s.mark("seal key")
		s.lock("account key", regexp.MustCompile(`AccountKey=([^;]+)`).FindStringSubmatch(account)[1])
		env := append(s.stravaAddress, "AZURE_STORAGE_CONNECTION_STRING="+table.account, "SEAL_KEYS="+seal, "OWNER_KEY="+key)
		env = slices.Clip(env)
		gateway := s.start(t, env...)
		s.useGateway(t, gateway, key)
		s.spoilTable(t, table, gateway, key)
		gateway.signal(t, syscall.SIGTERM)
		s.plantSeed(t, account, env)
		s.damageAccount(t, table.account, env)
		s.noteEntities(t, account)
		s.search(t)
	})
}

// sweep is one life of a gateway, and all that came out of it.
type sweep struct {
	*vault
	dir           string
	strava        *liar
	stravaAddress []string
	processes     []*process
	keyFiles      map[string]string // The key that each holds.
	webhook       string            // the path
	collector     *receiver
	collectorKey  string

	seen   sync.Mutex
	places map[string]string // Where it was seen, and what.
}

func newSweep(t *testing.T) *sweep {
	t.Helper()
	s := &sweep{vault: newVault(), dir: t.TempDir(), places: make(map[string]string)}
	fake, err := stravatest.New(stravatest.Config{
		ClientID: "4711", ClientSecret: s.mark("client secret"), RefreshToken: s.mark("first refresh token"),
		ReadLimits: [2]int{1e6, 1e6}, OverallLimits: [2]int{1e6, 1e6},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.strava = &liar{overheard: &overheard{fakeStrava: fakeStrava{Server: fake}}, vault: s.vault}
	server := httptest.NewServer(s.strava)
	t.Cleanup(server.Close)
	s.collector, s.collectorKey = startReceiver(t), s.mark("collector's key")
	s.strava.url = server.URL
	s.strava.env = slices.Clip(fake.Environment(server.URL))
	env := environ(s.strava.env)
	app := strava.Application{ClientID: env["STRAVA_CLIENT_ID"], ClientSecret: strava.Secret(env["STRAVA_CLIENT_SECRET"])}
	s.webhook = edge.WebhookPath(app)
	s.lock("webhook's path", path.Base(s.webhook))
	s.lock("webhook's verify token", string(edge.WebhookVerifyToken(app)))
	s.stravaAddress = slices.Clip(s.strava.env[:2]) // The rest is the application and the grant.
	return s
}

// start runs the server in the sweep's folder.
func (s *sweep) start(t *testing.T, env ...string) *process {
	t.Helper()
	p := start(t, s.dir, append([]string{
		"LOG_LEVEL=debug", "ADMIN_ADDR=127.0.0.1:0", "LOG_FORMAT=text", "OTEL_EXPORTER_OTLP_ENDPOINT=" + s.collector.url,
		"OTEL_EXPORTER_OTLP_HEADERS=x-key=" + s.collectorKey, "OTEL_BSP_SCHEDULE_DELAY=50", "OTEL_METRIC_EXPORT_INTERVAL=50",
	}, env...))
	s.processes = append(s.processes, p)
	return p
}

// run runs a command to its end, in a folder of its own unless dir names one.
func (s *sweep) run(t *testing.T, dir string, env []string, args ...string) {
	t.Helper()
	p := launch(t, dir, append([]string{"LOG_LEVEL=debug"}, env...), args...)
	p.wait(t)
	s.processes = append(s.processes, p)
}

func (s *sweep) note(place, text string) {
	s.seen.Lock()
	defer s.seen.Unlock()
	s.places[fmt.Sprintf("%s (%d)", place, len(s.places)+1)] = text
}

// search looks for every secret in every place.
func (s *sweep) search(t *testing.T) {
	t.Helper()
	for _, secret := range s.strava.secrets() {
		s.lock("what Strava gave", secret)
	}
	for _, p := range s.processes {
		s.note("the output of "+strings.Join(p.cmd.Args[1:], " "), s.withoutLinks(p.output.String()))
	}
	for _, path := range filesBelow(t, s.dir) {
		if content, err := os.ReadFile(path); err == nil { // Else it is a folder.
			s.note(path, strings.Replace(string(content), s.keyFiles[filepath.Base(path)], "", 1))
		}
	}
	s.noteTelemetry(t)
	pieces := s.pieces()
	for place, text := range s.places {
		if what, piece := pieces.find(text); what != "" {
			t.Errorf("%s shows the %s: %q", place, what, around(text, piece))
		}
	}
	if len(s.secrets) < 30 || len(s.places) < 60 {
		t.Errorf("only %d secrets and %d places: the search proves little", len(s.secrets), len(s.places))
	}
	t.Logf("%d secrets, %d places", len(s.secrets), len(s.places))
}

// noteMetrics notes what Prometheus is shown, by the addresses that the gateway was asked at, too.
func (s *sweep) noteMetrics(t *testing.T, gateway *process) {
	t.Helper()
	res, err := client.Get("http://" + adminAddress.FindStringSubmatch(gateway.output.String())[1] + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	shown, err := io.ReadAll(res.Body)
	if err != nil || !strings.Contains(string(shown), "http_client_request_duration_seconds_count") {
		t.Errorf("the metrics: %v\n%s", err, shown)
	}
	s.note("/metrics", string(shown))
}

// noteTelemetry notes what was exported: spans of every layer, and metrics.
func (s *sweep) noteTelemetry(t *testing.T) {
	t.Helper()
	s.collector.mu.Lock()
	defer s.collector.mu.Unlock()
	for _, body := range s.collector.bodies {
		s.note("an export", strings.ToValidUTF8(body, "?"))
	}
	if spans, metrics := len(s.collector.spans), len(s.collector.metrics); spans < 100 || metrics < 10 {
		t.Errorf("only %d spans and %d metrics: the search proves little", spans, metrics)
	}
	if got := s.collector.headers.Get("x-key"); got != s.collectorKey {
		t.Errorf("the collector got the key %q, want %q", got, s.collectorKey)
	}
}

// around is what stands near a piece of a secret: enough to see where it comes from.
func around(text, piece string) string {
	at := strings.Index(strings.ToLower(text), piece)
	return text[max(0, at-200):min(len(text), at+100)]
}

// once are the addresses that a process shows to the person at the terminal on purpose, with one secret in each.
var once = regexp.MustCompile(`(?m)^ *http://\S+(?:/login\?link=|/oauth/authorize\?.*&state=)([A-Za-z0-9_-]+)\S*$`)

// withoutLinks locks the secrets of such addresses away, and takes each out of the text in the place where it belongs.
func (s *sweep) withoutLinks(output string) string {
	for _, match := range once.FindAllStringSubmatchIndex(output, 1) {
		s.lock("one-time link or state", output[match[2]:match[3]])
		output = output[:match[2]] + output[match[3]:]
	}
	return output
}

func (s *sweep) file(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(s.dir, "data", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(content))
}

// describe asks Strava for one activity, by a list that is held already, and for the athlete.
const describe = `query($shortest: Float) {
	activities(first: 1, orderBy: {field: DISTANCE, direction: ASC}, filter: {distance: {min: $shortest}}) { nodes { description } }
	athlete { firstName }
	status { connection }
}`

// useGateway does with a gateway all that its owner and a stranger can do.
func (s *sweep) useGateway(t *testing.T, gateway *process, key string) {
	t.Helper()
	stranger, owner := s.visitor(t, gateway), s.visitor(t, gateway)
	s.lock("Authorization header", "Bearer "+key)
	stranger.knock(t, key)
	owner.signIn(t, key, startLink.FindString(gateway.output.String()))
	owner.enterApplications(t)
	owner.comeBackWrongly(t)
	for _, answer := range lies() {
		end := s.strava.tell(t, "/oauth/token", answer)
		owner.consent(t, nil)
		end()
	}
	if status, to := owner.consent(t, nil); status != http.StatusSeeOther || !strings.HasPrefix(to, "/connect") {
		t.Fatalf("the consent: status %d, to %q\n%s", status, to, gateway.output)
	}
	owner.visit(t, "/connect", nil)
	stranger.deliverWrongly(t)
	defer s.noteMetrics(t, gateway)
	var described struct{ Athlete struct{ FirstName string } }
	if err := gateway.ask(key, describe, &described); err != nil { // What is wrong anyway would not get as far as Strava.
		t.Fatalf("%v\n%s", err, gateway.output)
	}
	owner.ask(t, key)
	shortest := 0
	for _, answer := range lies() {
		end := s.strava.tell(t, "/api/v3", answer)
		shortest += 1000 // Another activity each time: what was described once is kept.
		owner.graphql(t, key, describe, map[string]any{"shortest": shortest})
		owner.graphql(t, key, "mutation { sync { complete } }", nil)
		end()
	}
	s.strava.SetConsent(stravatest.Consent{AthleteID: 4})
	owner.consent(t, nil)
	s.strava.SetConsent(stravatest.Consent{})
	for name, answer := range lies() {
		if slices.Contains([]string{"odd type", "odd tokens", "unasked"}, name) {
			continue // A revocation is done when Strava says 200, whatever else it says.
		}
		end := s.strava.tell(t, "/oauth/", answer)
		owner.graphql(t, key, "mutation { disconnect { connection } }", nil)
		end()
	}
	owner.graphql(t, key, "mutation { disconnect { connection } }", nil)
	owner.consent(t, s.application())
	owner.visit(t, "/logout", url.Values{})
}

func (s *sweep) application() url.Values {
	env := environ(s.strava.env)
	return url.Values{"client_id": {env["STRAVA_CLIENT_ID"]}, "client_secret": {env["STRAVA_CLIENT_SECRET"]}}
}

func environ(pairs []string) map[string]string {
	env := make(map[string]string)
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	return env
}

// damageFiles starts the gateway on a grant that is damaged, cut or sealed by another key.
func (s *sweep) damageFiles(t *testing.T) {
	t.Helper()
	grant := filepath.Join(s.dir, "data", "grant.json")
	whole, err := os.ReadFile(grant)
	if err != nil {
		t.Fatal(err)
	}
	secrets, _ := json.Marshal(s.all()) // A string always encodes.
	for damage, content := range map[string]string{
		"cut": string(whole[:len(whole)/2]), "secret in place of a number": `{"format":` + string(secrets) + `,"version":` + string(secrets) + `}`,
		"no JSON": s.all(), "other key": string(whole),
	} {
		if err := os.WriteFile(grant, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		env := s.stravaAddress
		if damage == "other key" {
			env = append(env, "SEAL_KEYS="+s.mark("wrong seal key"))
		}
		gateway := s.start(t, env...)
		owner := s.visitor(t, gateway)
		owner.signIn(t, s.keyFiles["owner.key"], "")
		owner.visit(t, "/connect", nil)
		owner.visit(t, "/connect", s.application())
		owner.graphql(t, s.keyFiles["owner.key"], describe, nil)
		owner.graphql(t, s.keyFiles["owner.key"], "mutation { disconnect { connection } }", nil)
		gateway.signal(t, syscall.SIGTERM)
		s.run(t, s.dir, env, "refresh")
		s.run(t, s.dir, env, "rekey")
		s.run(t, s.dir, env, "connect")
	}
	if err := os.WriteFile(grant, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	s.run(t, s.dir, append(s.stravaAddress, "SEAL_KEYS="+s.mark("new seal key")+","+s.keyFiles["seal.key"]), "rekey")
}

// runCommands runs the commands, rightly and wrongly, with a first grant that they have to refresh at a lying Strava.
func (s *sweep) runCommands(t *testing.T) {
	t.Helper()
	answers := append(slices.Collect(maps.Values(lies())),
		fault(http.StatusTooManyRequests, "Application"), fault(http.StatusBadRequest, "RefreshToken"))
	for _, answer := range answers {
		end := s.strava.tell(t, "/oauth/token", answer)
		s.run(t, t.TempDir(), s.strava.env, "refresh")
		end()
	}
	s.run(t, s.dir, s.strava.env, "refresh")
	s.run(t, s.dir, s.strava.env, "version")
	s.run(t, s.dir, append(s.strava.env, "ADDR=127.0.0.1:1"), "healthcheck")
	s.run(t, s.dir, s.strava.env, "refresh", "-client-secret="+s.mark("flag"))
	s.run(t, s.dir, s.strava.env, "-owner-key", s.mark("flag"))
	s.run(t, s.dir, []string{"OWNER_KEY=" + s.mark("owner key")[:16], "SEAL_KEYS_FILE=" + s.mark("path"), "STRAVA_CLIENT_ID=" + s.mark("client id")})
	s.connectByCommand(t)
	for _, answer := range lies() {
		end := s.strava.tell(t, "/api/v3", answer)
		s.run(t, s.dir, s.strava.env, "webhook")
		end()
	}
	s.run(t, s.dir, s.strava.env, "webhook") // Nobody answers there.
	s.run(t, s.dir, append(s.strava.env, "PUBLIC_URL=https://gateway.local"), "webhook", "-delete")
}

// deliverWrongly sends to the webhook what is not Strava's, and what is nobody's here, by the right path.
func (b *visitor) deliverWrongly(t *testing.T) {
	t.Helper()
	event := `{"aspect_type":"update","event_time":1549560669,"object_id":5,"object_type":"activity","owner_id":%s,` +
		`"subscription_id":120475,"updates":{"title":%q}}`
	for _, body := range []string{b.all(), fmt.Sprintf(event, "99", b.all()[:100]), fmt.Sprintf(event, "1", b.mark("title"))} {
		res, err := b.client.Post(b.gateway+b.webhook, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	b.visit(t, b.webhook+"?hub.mode=subscribe&hub.challenge=a&hub.verify_token="+b.mark("verify token"), nil)
}

// connectByCommand connects by the command, after a way back that is not its own.
func (s *sweep) connectByCommand(t *testing.T) {
	t.Helper()
	for _, answer := range []func(http.ResponseWriter, string){nil, fault(http.StatusBadRequest, "Application")} {
		p := launch(t, t.TempDir(), append([]string{"LOG_LEVEL=debug"}, s.strava.env...), "connect")
		s.processes = append(s.processes, p)
		page := p.await(t, regexp.MustCompile(`http://\S+/oauth/authorize\S+`))
		b := s.visitor(t, p)
		back := b.wayBack(t, page)
		b.visit(t, regexp.MustCompile(`state=[^&]+`).ReplaceAllString(back, "state="+s.mark("state of nobody")), nil)
		if answer != nil {
			defer s.strava.tell(t, "/oauth/token", answer)()
		}
		b.visit(t, back, nil)
		p.wait(t)
	}
}

// await waits until the program has said something.
func (p *process) await(t *testing.T, what *regexp.Regexp) string {
	t.Helper()
	deadline, tick := time.After(30*time.Second), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for {
		if said := what.FindString(p.output.String()); said != "" {
			return said
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("the program did not say %s:\n%s", what, p.output)
		}
	}
}

// spoilTable has the table lie to a gateway that is connected.
func (s *sweep) spoilTable(t *testing.T, table *lyingTable, gateway *process, key string) {
	t.Helper()
	owner := s.visitor(t, gateway)
	owner.signIn(t, key, "")
	for _, name := range []string{"fault", "page", "unasked", "cut"} {
		lie := lies()[name]
		table.lie.Store(&lie)
		owner.visit(t, "/connect", nil)
		if name != "cut" { // A table that may come back is waited for, so that one question has to do.
			owner.visit(t, "/connect", s.application())
			owner.graphql(t, key, "mutation { disconnect { connection } }", nil)
		}
		table.lie.Store(nil)
	}
}

// plantSeed connects a gateway by the predecessor's table.
func (s *sweep) plantSeed(t *testing.T, account string, env []string) {
	t.Helper()
	application := environ(s.strava.env)
	plantSeed(t, account, "predecessor", map[string]string{
		"ClientID": application["STRAVA_CLIENT_ID"], "ClientSecret": application["STRAVA_CLIENT_SECRET"],
		"AccessToken": s.mark("old access token"), "RefreshToken": application["STRAVA_REFRESH_TOKEN"],
	})
	for _, table := range []string{"predecessor", "elsewhere"} {
		s.run(t, t.TempDir(), append(env, "AZURE_SEED_TABLE="+table, "AZURE_TABLE=second"), "refresh")
	}
}

// damageAccount runs the gateway with connection strings that are no good.
func (s *sweep) damageAccount(t *testing.T, account string, env []string) {
	t.Helper()
	accountKey := regexp.MustCompile(`AccountKey=([^;]+)`).FindStringSubmatch(account)[1]
	for _, damaged := range []string{
		strings.Replace(account, "AccountName=devstoreaccount1;", "", 1),
		strings.Replace(account, accountKey, "%"+accountKey, 1),
		strings.Replace(account, "TableEndpoint=http://", "TableEndpoint=http://"+accountKey+":"+accountKey+"@%zz", 1),
		strings.Replace(account, ";", "", 99), accountKey, "AccountKey=" + accountKey,
		strings.Replace(account, "devstoreaccount1;", accountKey+";", 1),
	} {
		s.run(t, t.TempDir(), append(env, "AZURE_STORAGE_CONNECTION_STRING="+damaged), "rekey")
	}
	s.run(t, t.TempDir(), append(env, "SEAL_KEYS="+s.mark("wrong seal key")), "refresh")
}

// noteEntities notes what the gateway's own tables hold.
func (s *sweep) noteEntities(t *testing.T, account string) {
	t.Helper()
	service, err := aztables.NewServiceClientFromConnectionString(account, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"domestique", "second"} {
		entities, held := service.NewClient(table).NewListEntitiesPager(nil), 0
		for entities.More() {
			page, err := entities.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, entity := range page.Entities {
				held++
				s.note("the table "+table, string(entity))
			}
		}
		if held == 0 {
			t.Errorf("the table %s is empty", table)
		}
	}
}
