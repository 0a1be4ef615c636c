package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"domestique/internal/config"
	"domestique/tokens"
)

// refreshTimeout bounds a round. Whoever runs it from a timetable has the next one soon.
const refreshTimeout = 5 * time.Minute

func refresh(ctx context.Context, env Env, args []string) error {
	const about = "One round of what the server's jobs do, for a timetable beside a deployment that scales to zero: refreshes\n" +
		"the stored grant if that is due, handles the events that wait, brings the stored copy of the activities up to date,\n" +
		"and drops what is too old.\n" +
		"The exit code is 0 when a usable token is stored."
	if err := parseCommand(newFlags("refresh"), about, args, env); err != nil {
		return err
	}
	cfg, err := config.Load(env.Lookup)
	if err != nil {
		return err
	}
	logger := Logger(cfg, env.Stderr)
	custody, err := OpenCustody(ctx, cfg, CustodyConfig{Logger: logger, Rand: env.rand()})
	if err != nil {
		return err
	}
	gateway, err := OpenGateway(cfg, GatewayConfig{Custody: custody, Logger: logger})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, refreshTimeout)
	defer cancel()
	if _, err := custody.Tokens.Application(ctx); errors.Is(err, tokens.ErrNoApplication) {
		return errors.Join(noApplication(err), custody.Tokens.Close(ctx))
	}
	err = custody.Tokens.Refresh(ctx)
	synced := errors.Join(gateway.Events.Drain(ctx), gateway.Sync(ctx), gateway.Close(ctx))
	status := custody.Tokens.Status(ctx)
	if status.State != tokens.StateConnected && status.State != tokens.StateScopeMissing {
		// The access token may live on for hours after Strava has refused the grant behind it.
		err = errors.Join(err, errors.New("the grant is of no use any more"))
	}
	// A token that was not stored is lost with this process.
	if err := errors.Join(err, custody.Tokens.Close(ctx)); err != nil {
		return fmt.Errorf("no usable token is stored, the grant is %s: %w", inWords(status), err)
	}
	_, err = fmt.Fprintf(env.Stdout, "A usable token is stored, the grant is %s. The token expires at %s.\n%s\n",
		inWords(status), status.ExpiresAt.UTC().Format(time.RFC3339), copyInWords(gateway, synced))
	return err
}

// copyInWords is how far the copy of the activities has come. What kept it from coming further is no failure of the round:
// the next one goes on from there.
func copyInWords(gateway *Gateway, failure error) string {
	snapshot, trouble := gateway.Mirror.Held()
	words := "No activity is held."
	if snapshot != nil {
		words = fmt.Sprintf("%d activities are held", len(snapshot.Activities))
		if !snapshot.Complete {
			words += ", and more are to come"
		}
		words += "."
	}
	if failure = cmp.Or(failure, trouble); failure != nil {
		words += " " + failure.Error()
	}
	return words
}

// inWords is a state and the reason for it.
func inWords(status tokens.Status) string {
	if reason := status.LastError.String(); reason != "" {
		return fmt.Sprintf("%s (%s)", status.State, reason)
	}
	return string(status.State)
}
