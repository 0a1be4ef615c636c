package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"domestique/internal/config"
	"domestique/internal/edge"
	"domestique/mirror"
	"domestique/tokens"
)

// migrateTimeout bounds a migration: a copy of 100,000 activities takes some minutes over a slow line.
const migrateTimeout = 15 * time.Minute

// The places that migrate copies between.
const (
	embeddedPlace = "embedded"
	azurePlace    = "azure"
)

func migrate(ctx context.Context, env Env, args []string) error {
	const about = "Copies what is stored, the grant with its application, the activities, the events that wait and which sessions were\n" +
		"ended, from one store to the other: FROM and TO are embedded (files in DATA_DIR) and azure (Azure Tables). The\n" +
		"environment names both.\n" +
		"It reads back what it wrote, changes nothing in FROM, never replaces a newer grant, and can be run again.\n" +
		"The grant may be sealed with any key of SEAL_KEYS or of seal.key in DATA_DIR; the copy is sealed with the first one\n" +
		"of SEAL_KEYS. Stop the gateway first: two with one grant make each other's tokens worthless."
	words, err := parseArguments(newFlags("migrate"), about, args, env, "FROM", "TO")
	if err != nil {
		return err
	}
	for _, word := range words {
		if word != embeddedPlace && word != azurePlace {
			return usageError(fmt.Sprintf("FROM and TO are %s and %s, not %q", embeddedPlace, azurePlace, word))
		}
	}
	if words[0] == words[1] {
		return usageError(fmt.Sprintf("FROM and TO are both %s: one is %s, the other %s", words[0], embeddedPlace, azurePlace))
	}
	cfg, err := config.Load(env.Lookup)
	if err != nil {
		return err
	}
	if !cfg.Azure() {
		return config.Problems{"neither AZURE_TABLES_ENDPOINT nor AZURE_STORAGE_CONNECTION_STRING is set: migrate needs both stores"}
	}
	if cfg, err = withKeysOfBoth(cfg); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
	defer cancel()
	var ends [2]depot
	for i, word := range words {
		if ends[i], err = openDepot(ctx, env, cfg, word); err != nil {
			return fmt.Errorf("open %s: %w", word, err)
		}
	}
	return migration{env: env, from: ends[0], to: ends[1]}.run(ctx)
}

// withKeysOfBoth is the configuration with the keys of seal.key behind those of SEAL_KEYS.
func withKeysOfBoth(cfg config.Config) (config.Config, error) {
	ofFile := cfg
	ofFile.SealKeys = nil
	if ofFile.LacksSealKeys() {
		return cfg, nil
	}
	keys, err := ofFile.SealKeysOrFile(nil) // It is there, so none is made.
	if err != nil {
		return cfg, err
	}
	cfg.SealKeys = slices.Concat(cfg.SealKeys, keys)
	return cfg, nil
}

// depot is one of the two places, with all of its stores.
type depot struct {
	name       string // for people
	erase      string // how it is erased
	grant      *tokens.Manager
	activities mirror.Store
	inbox      mirror.Inbox
	endings    edge.Endings
}

func openDepot(ctx context.Context, env Env, cfg config.Config, word string) (depot, error) {
	opened := depot{
		name:  fmt.Sprintf("the table %s in Azure", cfg.AzureTable),
		erase: "delete the table " + cfg.AzureTable,
	}
	if word == embeddedPlace {
		cfg.AzureTablesEndpoint, cfg.AzureConnectionString = "", ""
		opened.name = "the files in " + cfg.DataDir
		opened.erase = fmt.Sprintf("delete %s, %s, %s and %s", filepath.Join(cfg.DataDir, "grant.json"),
			filepath.Join(cfg.DataDir, "mirror.*"), filepath.Join(cfg.DataDir, "events.*"), filepath.Join(cfg.DataDir, "ended-sessions"))
	}
	cfg.AzureSeedTable = "" // It is read by who has to begin a grant.
	custody, err := OpenCustody(ctx, cfg, CustodyConfig{Logger: Logger(cfg, env.Stderr).With(slog.String("store", word)), Rand: env.rand()})
	if err != nil {
		return depot{}, err
	}
	opened.grant = custody.Tokens
	if opened.activities, err = openCopy(cfg); err != nil {
		return depot{}, err
	}
	if opened.inbox, err = openInbox(cfg); err != nil {
		return depot{}, err
	}
	opened.endings, err = openEndings(cfg)
	return opened, err
}

// migration is the way of all that is stored from one depot to the other. Each step leaves what is there already, so one
// that was broken off is simply run again.
type migration struct {
	env      Env
	from, to depot
}

func (m migration) run(ctx context.Context) error {
	grant, err := m.from.grant.CopyTo(ctx, m.to.grant)
	if err != nil {
		return m.explain(err)
	}
	words := "The grant (%s, generation %d) was copied from %s to %s, sealed with the first key of SEAL_KEYS, and read back."
	if grant.Already {
		words = "The grant (%s, generation %d) of %s is in %s already."
	}
	if err := m.say(words, athleteInWords(grant.AthleteID), grant.Generation, m.from.name, m.to.name); err != nil {
		return err
	}
	if err := m.copyActivities(ctx, grant.AthleteID); err != nil {
		return err
	}
	letters, err := mirror.CopyLetters(ctx, m.from.inbox, m.to.inbox)
	if err != nil {
		return err
	}
	if err := m.say("Events that wait: %d, all of them are there.", letters); err != nil {
		return err
	}
	endings, err := edge.CopyEndings(ctx, m.from.endings, m.to.endings, time.Now())
	if err != nil {
		return err
	}
	if err := m.say("Sessions in browsers that were ended: %d, ended there, too.", endings); err != nil {
		return err
	}
	return m.say("Nothing was changed in %s.\n"+
		"Run the gateway on %s alone from now on, with the same SEAL_KEYS: two gateways with one grant make each other's tokens\n"+
		"worthless. When `{ status { connection } }` says CONNECTED there, %s.", m.from.name, m.to.name, m.from.erase)
}

func (m migration) copyActivities(ctx context.Context, athleteID int64) error {
	copied, err := mirror.CopyStored(ctx, m.from.activities, m.to.activities, athleteID)
	switch {
	case errors.Is(err, mirror.ErrNotFound), errors.Is(err, mirror.ErrCorrupt):
		return m.say("There is no copy of the activities to take along: the gateway reads them from Strava.")
	case err != nil:
		return err
	case copied.Stayed:
		return m.say("The copy of the activities that is there already is the same or newer: it stays.")
	default:
		return m.say("%d activities were copied and read back.", copied.Activities)
	}
}

// explain says what to do.
func (m migration) explain(err error) error {
	switch {
	case errors.Is(err, tokens.ErrNotConnected):
		return fmt.Errorf("nothing was copied: no grant is stored in %s", m.from.name)
	case errors.Is(err, tokens.ErrNewer):
		return fmt.Errorf("nothing was copied: the grant in %s is newer than that in %s, or has not been refused as that has. "+
			"It is the one to use; to have the other one all the same, stop the gateway there and %s first", m.to.name, m.from.name, m.to.erase)
	case errors.Is(err, tokens.ErrOtherAthlete):
		return fmt.Errorf("nothing was copied: another athlete's grant is stored in %s. To replace it, disconnect it there first", m.to.name)
	case errors.Is(err, tokens.ErrCorrupt):
		return fmt.Errorf("nothing was copied: a grant is damaged, or its key is neither in SEAL_KEYS nor in seal.key: %w", err)
	case errors.Is(err, tokens.ErrConflict):
		return fmt.Errorf("gateways are at work on these stores: stop them, and run this again: %w", err)
	default:
		return err
	}
}

func (m migration) say(format string, args ...any) error {
	_, err := fmt.Fprintf(m.env.Stdout, format+"\n", args...)
	return err
}

func athleteInWords(id int64) string {
	if id == 0 {
		return "of an athlete who is not known yet"
	}
	return fmt.Sprintf("of athlete %d", id)
}
