package main_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"domestique/fitness"
	"domestique/mirror"
	"domestique/strava/stravatest"
)

const (
	migrateOwnerKey = "the-key-of-the-owner-who-moves-house"
	migrateSealKey  = "a-sealing-key-that-is-not-in-the-folder"
)

// moving is a gateway that moves between files and Azure Tables, with all that was stored for it.
type moving struct {
	fakeStrava
	dir        string   // its DATA_DIR is data
	files      []string // the environment on files; without a first refresh token, as is azure
	azure      []string
	activities int
}

// startMoving fills a store of files.
func startMoving(t *testing.T) *moving {
	t.Helper()
	account := startAzurite(t)
	m := &moving{fakeStrava: connected(t, stravatest.Config{}), dir: t.TempDir()}
	key := "OWNER_KEY=" + migrateOwnerKey
	end := command(t, m.dir, m.env, "{ activities { totalCount } }", "query", "-") // Its sealing key is the folder's.
	if _, err := fmt.Sscanf(string(end.answer(t).Data), `{"activities":{"totalCount":%d}}`, &m.activities); err != nil || m.activities < 1 {
		t.Fatalf("%v: %+v", err, end)
	}
	m.files = append(m.env[:4:4], key, "SEAL_KEYS="+migrateSealKey)
	m.azure = append(slices.Clip(m.files), "AZURE_STORAGE_CONNECTION_STRING="+account)
	return m
}

// holds fails until the gateway is connected and holds the whole list.
func (m *moving) holds(gateway *process) error {
	var got struct {
		Activities struct{ TotalCount int }
		Status     struct {
			Connection string
			Mirror     struct{ Complete bool }
		}
	}
	if err := gateway.ask(migrateOwnerKey, "{ activities { totalCount } status { connection mirror { complete } } }", &got); err != nil {
		return err
	}
	if got.Status.Connection != "CONNECTED" || !got.Status.Mirror.Complete || got.Activities.TotalCount != m.activities {
		return fmt.Errorf("%+v, want %d", got, m.activities)
	}
	return nil
}

// migrate runs the command, and checks what it says.
func (m *moving) migrate(t *testing.T, from, to string, code int, says ...string) {
	t.Helper()
	end := command(t, m.dir, m.azure, "", "migrate", from, to)
	if end.code != code {
		t.Fatalf("%+v, want code %d", end, code)
	}
	for _, want := range says {
		if !strings.Contains(end.stdout+end.stderr, want) {
			t.Errorf("%+v, want %q", end, want)
		}
	}
}

// serves starts a gateway on a store and checks that it has all of it: without a call for the list, without a consent, and
// with a grant that Strava takes.
func (m *moving) serves(t *testing.T, env []string) {
	t.Helper()
	calls := m.Calls()
	gateway := start(t, m.dir, env)
	gateway.eventually(t, 10*time.Second, func() error { return m.holds(gateway) })
	if now := m.Calls(); now["GET /athlete/activities"] != calls["GET /athlete/activities"] {
		t.Errorf("the list was read again: %v, then %v", calls, now)
	}
	m.ExpireAccessTokens()
	var got struct{ Athlete struct{ FirstName string } }
	if err := gateway.ask(migrateOwnerKey, "{ athlete { firstName } }", &got); err != nil || got.Athlete.FirstName == "" {
		t.Errorf("%+v, %v\n%s", got, err, gateway.output)
	}
	if code := gateway.signal(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d\n%s", code, gateway.output)
	}
	if now := m.Calls(); now["POST /oauth/token"] != calls["POST /oauth/token"]+1 || m.Refusals() > 0 {
		t.Errorf("%d refreshes, want the one that was due; %d dead refresh tokens were presented",
			now["POST /oauth/token"]-calls["POST /oauth/token"], m.Refusals())
	}
}

// signedOut signs the owner in and out on a store, and returns the cookie that is worth nothing any more.
func (m *moving) signedOut(t *testing.T, env []string) string {
	t.Helper()
	gateway := start(t, m.dir, env)
	session := gateway.signIn(t, migrateOwnerKey)
	gateway.wantSession(t, session, http.StatusOK)
	gateway.signOut(t, session)
	gateway.signal(t, syscall.SIGTERM)
	return session
}

// contents are the files of the store.
func (m *moving) contents(t *testing.T) map[string]string {
	t.Helper()
	contents := map[string]string{}
	for _, name := range []string{"grant.json", "seal.key", "mirror.zst", "events.log"} {
		text, err := os.ReadFile(filepath.Join(m.dir, "data", name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		contents[name] = string(text)
	}
	return contents
}

// An event that nobody has handled yet waits in the files.
func (m *moving) leaveEvent(t *testing.T) {
	t.Helper()
	inbox, err := mirror.OpenFileInbox(filepath.Join(m.dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	letter := mirror.NewLetter(fitness.Event{Kind: fitness.EventActivityUpdated, ActivityID: 1, AthleteID: 1, At: time.Now()}, time.Now())
	if err := inbox.Put(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
}

func TestMigrateThereAndBack(t *testing.T) {
	t.Parallel()
	m := startMoving(t)
	m.leaveEvent(t)
	before := m.contents(t)
	m.migrate(t, "embedded", "azure", 0, "read back", fmt.Sprintf("%d activities were copied", m.activities), "Events that wait: 1", "Nothing was changed in the files in data")
	m.migrate(t, "embedded", "azure", 0, "is in the table domestique in Azure already", "it stays")
	if diff := cmp.Diff(before, m.contents(t)); diff != "" {
		t.Errorf("the files were changed (-before +after):\n%s", diff)
	}
	m.serves(t, m.azure)
	session := m.signedOut(t, m.azure)

	m.migrate(t, "embedded", "azure", 1, "the grant in the table domestique in Azure is newer")
	if err := os.Remove(filepath.Join(m.dir, "data", "mirror.zst")); err != nil { // The same list as that in Azure would stay.
		t.Fatal(err)
	}
	m.migrate(t, "azure", "embedded", 0, "read back", "activities were copied", "that were ended: 1")
	m.serves(t, m.files)
	start(t, m.dir, m.files).wantSession(t, session, http.StatusUnauthorized)
	m.migrate(t, "azure", "embedded", 1, "the grant in the files in data is newer")
}

// Killed at any moment the command has changed nothing in the old store, and is simply run again.
func TestMigrateSurvivesKill(t *testing.T) {
	t.Parallel()
	m := startMoving(t)
	before, azure, began := m.contents(t), m.azure, time.Now()
	m.migrate(t, "embedded", "azure", 0)
	took := time.Since(began)
	const kills = 8
	for i := range kills {
		m.azure = append(slices.Clone(azure), fmt.Sprintf("AZURE_TABLE=kill%d", i))
		p := launch(t, m.dir, m.azure, "migrate", "embedded", "azure")
		select {
		case <-p.exited:
		case <-time.After(took * time.Duration(i) / kills):
		}
		p.signal(t, syscall.SIGKILL)
		m.migrate(t, "embedded", "azure", 0)
		if diff := cmp.Diff(before, m.contents(t)); diff != "" {
			t.Fatalf("the files were changed (-before +after):\n%s", diff)
		}
	}
	m.serves(t, m.azure)
}

func TestMigrateRefuses(t *testing.T) {
	t.Parallel()
	m := startMoving(t)
	m.migrate(t, "azure", "embedded", 1, "domestique: migrate: nothing was copied: no grant is stored in the table domestique in Azure")
	before := m.contents(t)
	key := filepath.Join(m.dir, "data", "seal.key")
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	m.migrate(t, "embedded", "azure", 1, "its key is neither in SEAL_KEYS nor in seal.key")
	if err := os.Rename(key+".away", key); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, m.contents(t)); diff != "" {
		t.Errorf("the files were changed (-before +after):\n%s", diff)
	}
	end := command(t, m.dir, m.files, "", "migrate", "embedded", "azure")
	if end.code != 2 || end.stdout != "" || strings.Count(end.stderr, "\n") != 1 || !strings.Contains(end.stderr, "AZURE_STORAGE_CONNECTION_STRING") {
		t.Errorf("without Azure: %+v", end)
	}
}
