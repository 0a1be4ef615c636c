package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"domestique/internal/config"
	"domestique/strava"
)

func webhook(ctx context.Context, env Env, args []string) error {
	flags := newFlags("webhook")
	remove := flags.Bool("delete", false, "end the push subscription instead")
	const about = "Shows to where Strava sends its events, and mends that: makes the push subscription for this gateway where there\n" +
		"is none, and replaces one for another address. Strava allows an application just one. It asks the gateway at\n" +
		"PUBLIC_URL before it agrees, so the server has to run. A server at a public https address does this by itself,\n" +
		"but replaces no other program's subscription."
	if err := parseCommand(flags, about, args, env); err != nil {
		return err
	}
	cfg, err := config.Load(env.Lookup)
	if err != nil {
		return err
	}
	custody, err := OpenCustody(ctx, cfg, CustodyConfig{Logger: Logger(cfg, env.Stderr), Rand: env.rand()})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, subscribeTimeout)
	defer cancel()
	app, err := custody.Tokens.Application(ctx)
	if err == nil {
		var s subscription
		if s, err = newSubscription(cfg, app, custody.Clock); err == nil {
			err = s.showAndMend(ctx, env, *remove)
		}
	}
	return errors.Join(unreachable(cfg, noApplication(err)), custody.Tokens.Close(ctx))
}

// showAndMend says what there is, and what it does about it.
func (s subscription) showAndMend(ctx context.Context, env Env, remove bool) error {
	current, found, err := s.api.View(ctx)
	if err != nil {
		return fmt.Errorf("look for the push subscription: %w", err)
	}
	shown := "The Strava application has no push subscription.\n"
	if found {
		shown = fmt.Sprintf("Strava sends events to %s (subscription %d of %s).\n", place(current), current.ID,
			current.CreatedAt.UTC().Format(time.DateOnly))
	}
	if _, err := fmt.Fprint(env.Stdout, shown); err != nil {
		return err
	}
	var did string
	switch {
	case remove && !found:
		did = "Nothing is to be done."
	case remove:
		if err := s.remove(ctx, current.ID); err != nil {
			return fmt.Errorf("end the push subscription: %w", err)
		}
		did = "It is ended. What is new is found by the next sync. A server at a public https address makes it anew."
	default:
		if did, err = s.mendInWords(ctx); err != nil {
			return fmt.Errorf("make the push subscription: %w", err)
		}
	}
	_, err = fmt.Fprintln(env.Stdout, did)
	return err
}

func (s subscription) mendInWords(ctx context.Context) (string, error) {
	current, did, err := s.mend(ctx, true)
	switch {
	case errors.Is(err, strava.ErrCallbackUnverified):
		return "", fmt.Errorf("%w. The gateway has to run at PUBLIC_URL, with this client secret", err)
	case err != nil:
		return "", err
	case did == foundRight:
		return "That is this gateway: nothing is to be done.", nil
	case did == replaced:
		return fmt.Sprintf("That was replaced: from now on it sends them to %s, this gateway (subscription %d).", place(current), current.ID), nil
	default:
		return fmt.Sprintf("It was made: from now on Strava sends events to %s, this gateway (subscription %d).", place(current), current.ID), nil
	}
}

// unreachable turns ErrCallbackInvalid into a problem with the environment, and leaves every other error as it is.
func unreachable(cfg config.Config, err error) error {
	if !errors.Is(err, strava.ErrCallbackInvalid) {
		return err
	}
	return config.Problems{fmt.Sprintf("PUBLIC_URL %q can't be the callback of a push subscription: %v", cfg.PublicURL, err)}
}
