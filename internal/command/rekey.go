package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"domestique/internal/config"
	"domestique/tokens"
)

// rekeyTimeout bounds the wait for a store that does not take the resealed grant.
const rekeyTimeout = time.Minute

func rekey(ctx context.Context, env Env, args []string) error {
	const about = "Reseals what is stored under the first key of SEAL_KEYS (or of seal.key in DATA_DIR); the other keys there\n" +
		"are those that it may be sealed with. It can run beside the server, once that knows the new key as well."
	if err := parseCommand(newFlags("rekey"), about, args, env); err != nil {
		return err
	}
	cfg, err := config.Load(env.Lookup)
	if err != nil {
		return err
	}
	cfg.AzureSeedTable = "" // It holds nothing sealed.
	custody, err := OpenCustody(ctx, cfg, CustodyConfig{Logger: Logger(cfg, env.Stderr), Rand: env.rand()})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, rekeyTimeout)
	defer cancel()
	changed, err := custody.Tokens.Reseal(ctx)
	done := "The stored grant was resealed under the first key."
	switch {
	case errors.Is(err, tokens.ErrNotConnected):
		done = "Nothing to do: no grant is stored."
	case err != nil:
		return err
	case !changed:
		done = "Nothing to do: the stored grant is sealed under the first key already."
	}
	_, err = fmt.Fprintln(env.Stdout, done)
	return err
}
