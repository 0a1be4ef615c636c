package command

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// Options are the flags of the program itself, and what follows them.
type Options struct {
	// Demo asks for the whole gateway on made-up data.
	Demo bool
	// Command is a command with its arguments, for Run; empty: run the server.
	Command []string
}

// ParseOptions reads the program's arguments, without its name. With -h it prints the usage to env.Stdout and returns
// flag.ErrHelp. Exit turns its errors into an exit code.
func ParseOptions(args []string, env Env) (Options, error) {
	var options Options
	flags := newFlags("domestique")
	flags.BoolVar(&options.Demo, "demo", false, "run the whole gateway on made-up data, in memory alone")
	if err := parseFlags(flags, programUsage(), args, env.Stdout); err != nil {
		return Options{}, err
	}
	options.Command = flags.Args()
	if options.Demo && len(options.Command) > 0 {
		return Options{}, usageError("-demo runs the server: no command is allowed beside it")
	}
	return options, nil
}

func programUsage() string {
	var usage strings.Builder
	usage.WriteString("Usage: domestique [-demo]\n" +
		"       domestique COMMAND [-h] [flags]\n\n" +
		"Without a command: the gateway's server. It is configured by environment variables.\n\nCommands:\n")
	for _, c := range commands() {
		_, _ = fmt.Fprintf(&usage, "  %-12s %s\n", c.name, c.summary)
	}
	return usage.String()
}

// newFlags is a flag set that leaves all printing to parseFlags.
func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

// parseFlags parses a command line: -h prints about and the flags, a wrong flag becomes one line that names the right
// ones.
func parseFlags(flags *flag.FlagSet, about string, args []string, stdout io.Writer) error {
	err := flags.Parse(args)
	if err == nil {
		return nil
	}
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stdout)
		_, _ = fmt.Fprint(stdout, about)
		if hasFlags(flags) {
			_, _ = fmt.Fprint(stdout, "\nFlags:\n")
			flags.PrintDefaults()
		}
		return err
	}
	return usageError(fmt.Sprintf("%v; the flags are %s", err, knownFlags(flags)))
}

// parseCommand is parseFlags for a command that takes flags alone.
func parseCommand(flags *flag.FlagSet, about string, args []string, env Env) error {
	_, err := parseArguments(flags, about, args, env)
	return err
}

// parseArguments is parseFlags for a command that takes one argument of each of these names, with flags before, between or
// behind them.
func parseArguments(flags *flag.FlagSet, about string, args []string, env Env, names ...string) ([]string, error) {
	usage := fmt.Sprintf("Usage: domestique %s\n\n%s\n", strings.Join(append([]string{flags.Name(), "[flags]"}, names...), " "), about)
	var given []string
	for {
		if err := parseFlags(flags, usage, args, env.Stdout); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			break
		}
		given, args = append(given, flags.Arg(0)), flags.Args()[1:]
	}
	switch {
	case len(given) > len(names) && len(names) == 0:
		return nil, usageError(fmt.Sprintf("unexpected argument %q; only flags are allowed: %s", given[0], knownFlags(flags)))
	case len(given) > len(names):
		return nil, usageError(fmt.Sprintf("unexpected argument %q; the arguments are %s", given[len(names)], strings.Join(names, " ")))
	case len(given) < len(names):
		return nil, usageError(fmt.Sprintf("%s is missing; the arguments are %s", names[len(given)], strings.Join(names, " ")))
	}
	return given, nil
}

func hasFlags(flags *flag.FlagSet) bool {
	found := false
	flags.VisitAll(func(*flag.Flag) { found = true })
	return found
}

func knownFlags(flags *flag.FlagSet) string {
	names := []string{"-h"}
	flags.VisitAll(func(f *flag.Flag) { names = append(names, "-"+f.Name) })
	return strings.Join(names, ", ")
}
