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

// parseCommand is parseFlags for a command, which takes flags alone.
func parseCommand(flags *flag.FlagSet, about string, args []string, env Env) error {
	usage := fmt.Sprintf("Usage: domestique %s [flags]\n\n%s\n", flags.Name(), about)
	if err := parseFlags(flags, usage, args, env.Stdout); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return usageError(fmt.Sprintf("unexpected argument %q; only flags are allowed: %s", flags.Arg(0), knownFlags(flags)))
	}
	return nil
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
