package command

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"domestique/internal/config"
	"domestique/tokens"
)

// consentLife is how long the athlete has for Strava's consent page.
const consentLife = 10 * time.Minute

// storeTimeout bounds what must not be given up because the command is interrupted or the browser goes away: getting a
// grant for a code, and storing it.
const storeTimeout = time.Minute

// errTooLate is why connect ends when the browser did not come back.
var errTooLate = fmt.Errorf("the browser did not come back from Strava within %v", consentLife)

func connect(ctx context.Context, env Env, args []string) error {
	flags := newFlags("connect")
	port := flags.Uint("port", 0, "loopback `port` for the way back from Strava; 0: any free one")
	const about = "Connects a Strava account: prints an address to open in a browser on this machine, waits for the\n" +
		"browser to come back from Strava, stores the grant and says what was granted. It can run beside the server.\n\n" +
		"With the browser on another machine: choose a -port, and forward that port from there to here, as with\n" +
		"ssh -L PORT:127.0.0.1:PORT."
	if err := parseCommand(flags, about, args, env); err != nil {
		return err
	}
	if *port > math.MaxUint16 {
		return usageError(fmt.Sprintf("-port must be 0 to %d, not %d", math.MaxUint16, *port))
	}
	cfg, err := config.Load(env.Lookup)
	if err != nil {
		return err
	}
	custody, err := OpenCustody(ctx, cfg, CustodyConfig{Logger: Logger(cfg, env.Stderr), Rand: env.rand()})
	if err != nil {
		return err
	}
	if err := storable(custody.Tokens.Status(ctx)); err != nil {
		return err
	}
	result, err := askConsent(ctx, env, custody.Consent, *port)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if err := errors.Join(err, custody.Tokens.Close(ctx)); err != nil {
		return err
	}
	return report(env, result)
}

// storable refuses to begin what could not be stored at its end: the code behind a consent can be exchanged once.
func storable(status tokens.Status) error {
	switch status.LastError {
	case tokens.FailureCorrupt:
		return fmt.Errorf("a grant is stored already: %s Put back the sealing key or the file that belongs to it, "+
			"or move grant.json away to begin anew", status.LastError)
	case tokens.FailureStore:
		return errors.New("the store of the grant does not answer")
	default:
		return nil
	}
}

// askConsent sends the athlete to Strava and waits for the way back.
func askConsent(ctx context.Context, env Env, consent *tokens.Consent, port uint) (tokens.Consented, error) {
	app, _, err := consent.Application(ctx)
	if err != nil {
		return tokens.Consented{}, noApplication(err)
	}
	// Strava allows a way back to loopback for every application: https://developers.strava.com/docs/authentication/
	address := net.JoinHostPort("127.0.0.1", strconv.FormatUint(uint64(port), 10))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return tokens.Consented{}, fmt.Errorf("listen for the way back from Strava (-port chooses another port): %w", err)
	}
	flow, err := newFlow(consent, app, "http://"+listener.Addr().String()+callbackPath, env.rand())
	if err != nil {
		return tokens.Consented{}, errors.Join(err, listener.Close())
	}
	_, err = fmt.Fprintf(env.Stdout, "Open this address in a browser on this machine:\n\n%s\n\nWaiting %v for its way back from Strava.\n",
		flow.address(), consentLife)
	if err != nil {
		return tokens.Consented{}, errors.Join(err, listener.Close())
	}
	ctx, cancel := context.WithTimeoutCause(ctx, consentLife, errTooLate)
	defer cancel()
	return flow.wait(ctx, listener)
}

// report says who is connected and what was granted. The athlete can untick scopes on Strava's page, so that is not
// always what was asked for.
func report(env Env, result tokens.Consented) error {
	lines := fmt.Sprintf("Connected: athlete %d. Granted: %s.\n", result.AthleteID, listed(result.Granted))
	if len(result.Missing) > 0 {
		lines += fmt.Sprintf("Not granted: %s. What needs that will not be answered; /connect or `domestique connect` asks again.\n",
			listed(result.Missing))
	}
	_, err := fmt.Fprint(env.Stdout, lines)
	return err
}

func listed(scopes []string) string {
	if len(scopes) == 0 {
		return "nothing"
	}
	return strings.Join(scopes, ", ")
}
