// Package command holds the commands that run beside the gateway's server, each in a file, and what they have in common
// with it: how the custody of the grant is put together from a configuration, how the log is opened, what the demo
// stands on. It wires; nobody but the root package imports it.
package command

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"domestique/internal/config"
)

// The exit codes of every command and of the server.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2 // a wrong command, flag or environment
)

// Env is what a command gets from outside. Lookup, Stdout and Stderr are required.
type Env struct {
	// Lookup finds environment variables, as os.LookupEnv does.
	Lookup func(string) (string, bool)
	// Stdin is what a command reads that is told to read "-". Zero: os.Stdin.
	Stdin io.Reader
	// Stdout gets what the command is asked for; it never gets a secret. Stderr gets problems and the log.
	Stdout, Stderr io.Writer
	// Version is what the linker stamped into the program. Zero: the module's own version.
	Version string
	// Rand is where keys and states are drawn from. Zero: crypto/rand.Reader.
	Rand io.Reader
}

func (e Env) rand() io.Reader {
	if e.Rand == nil {
		return rand.Reader
	}
	return e.Rand
}

func (e Env) stdin() io.Reader {
	if e.Stdin == nil {
		return os.Stdin
	}
	return e.Stdin
}

// command is one row of the dispatch table.
type command struct {
	name    string
	summary string
	run     func(ctx context.Context, env Env, args []string) error
}

func commands() []command {
	return []command{
		{"connect", "connect a Strava account from a terminal", connect},
		{"healthcheck", "ask the running server whether it is ready", healthcheck},
		{"migrate", "copy what is stored between files and Azure Tables", migrate},
		{"query", "answer a GraphQL document from a file, as the owner", query},
		{"refresh", "do one round of what the server's jobs do: the grant, events, the activities", refresh},
		{"rekey", "reseal what is stored under the newest key", rekey},
		{"version", "show the version of this program", version},
		{"webhook", "show and mend the push subscription, by which Strava tells of changes", webhook},
	}
}

// Run runs the command that args begin with and returns the exit code. It returns early when ctx is done.
func Run(ctx context.Context, args []string, env Env) int {
	if len(args) == 0 {
		return Exit(env.Stderr, usageError("no command; "+knownCommands()))
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		err := c.run(ctx, env, args[1:])
		if err == nil || errors.Is(err, flag.ErrHelp) {
			return exitOK
		}
		if _, wrongEnvironment := errors.AsType[config.Problems](err); wrongEnvironment {
			return Exit(env.Stderr, err)
		}
		return Exit(env.Stderr, fmt.Errorf("%s: %w", c.name, err))
	}
	return Exit(env.Stderr, usageError(fmt.Sprintf("unknown command %q; %s", args[0], knownCommands())))
}

func knownCommands() string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return "the commands are " + strings.Join(names, ", ")
}

// Exit prints an error, each of its lines with the program's name before it, and returns the exit code that it means:
// 2 for a wrong command line or environment, else 1; 0 for none and for a request for help, which print nothing.
func Exit(stderr io.Writer, err error) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	for line := range strings.Lines(err.Error()) {
		_, _ = fmt.Fprintf(stderr, "domestique: %s\n", strings.TrimRight(line, "\n"))
	}
	_, wrongEnvironment := errors.AsType[config.Problems](err)
	_, wrongUsage := errors.AsType[usageError](err)
	if wrongEnvironment || wrongUsage {
		return exitUsage
	}
	return exitFailed
}

// usageError is a wrong command line, or a command that the configuration does not allow: one line that says what is
// wrong and what is allowed.
type usageError string

func (e usageError) Error() string { return string(e) }
