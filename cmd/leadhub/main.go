// Command leadhub receives B2B leads from vendors, decides with YAML rules where
// each one goes, and delivers it.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	_ "time/tzdata" // time zones must work where the system has none, as in containers

	"github.com/alecthomas/kong"

	"leadhub/internal/hub"
)

// The exit codes, as docs/commands.md promises them.
const (
	exitOK     = 0
	exitFailed = 1 // problems were found, or the command could not do its work
	exitUsage  = 2 // the command line is not one leadhub understands
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is leadhub with everything it touches handed in. It returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var c cli
	parser, err := newParser(&c, stdout, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "leadhub: %v\n", err)
		return exitUsage
	}
	if len(args) > 0 && args[0] == completeWord {
		printCompletions(stdout, parser.Model, newApp(&c, stdin, stdout, stderr).env, args[1:])
		return exitOK
	}
	ctx, err := parser.Parse(helpArgs(args))
	switch {
	case errors.Is(err, errShown):
		return exitOK
	case err != nil:
		return sayUsage(stderr, parser.Model, err)
	}
	a := newApp(&c, stdin, stdout, stderr)
	if err = a.connect(&c, ctx); err == nil {
		err = ctx.Run(a)
	}
	return exitCode(stderr, err)
}

// exitCode says what went wrong, where nobody said it yet, and returns the code for it.
func exitCode(stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, errFound) {
		return exitFailed
	}
	code := exitFailed
	if usage, ok := errors.AsType[*hub.UsageError](err); ok {
		err, code = usage, exitUsage
	}
	fmt.Fprintf(stderr, "leadhub: %s\n", clean(err.Error()))
	return code
}

// sayUsage answers a command line that could not be understood in one line, and
// points at the help that has the rest.
func sayUsage(stderr io.Writer, model *kong.Application, err error) int {
	at, message := "leadhub", err.Error()
	if p, ok := errors.AsType[*kong.ParseError](err); ok && p.Context != nil {
		message = explainParse(p.Context, err)
		if node := p.Context.Selected(); node != nil {
			at = node.FullPath()
		} else {
			at = model.Name
		}
	}
	fmt.Fprintf(stderr, "leadhub: %s\nSee: %s --help\n", clean(message), at)
	return exitUsage
}
