// Command leadhub-demo shows leadhub at work, on this machine and without any
// account: it starts the real hub, plays Slack and a CRM itself, sends every
// captured payload as its vendor would, and tells what became of each.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

type options struct {
	hub      string // the hub's binary
	testdata string // the folder with a folder of payloads for each vendor
	once     bool
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("leadhub-demo", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&o.hub, "hub", "bin/leadhub", "the hub's `binary`")
	fs.StringVar(&o.testdata, "testdata", "testdata", "the `folder` with a folder of captured payloads for each vendor")
	fs.BoolVar(&o.once, "once", false, "end after the last result; the exit code is 1 if anything went wrong")
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() > 0 {
		return o, fmt.Errorf("%q is one word too many", fs.Arg(0))
	}
	var err error
	for _, path := range []*string{&o.hub, &o.testdata} {
		if *path, err = filepath.Abs(*path); err != nil {
			return o, err
		}
		if _, err := os.Stat(*path); err != nil {
			return o, fmt.Errorf("%w: run `make demo` in leadhub's folder", err)
		}
	}
	return o, nil
}

// run is the demo. It returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (code int) {
	o, err := parseOptions(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return exitOK
	}
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "leadhub-demo:", err)
		return exitUsage
	}
	p := &printer{w: stdout, color: isTerminal(stdout)}
	d, err := prepare(ctx, o, p)
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "leadhub-demo:", err)
		return exitFailed
	}
	defer func() {
		if err := d.close(); err != nil {
			_, _ = fmt.Fprintln(stderr, "leadhub-demo:", err)
			code = exitFailed
		}
	}()
	if err := d.play(ctx); err != nil {
		if ctx.Err() != nil {
			return exitFailed // Ctrl-C before the end: nothing to explain
		}
		_, _ = fmt.Fprintln(stderr, "leadhub-demo:", err)
		return exitFailed
	}
	if !o.once {
		d.serve(ctx)
		return exitOK
	}
	if len(d.problems) > 0 {
		return exitFailed
	}
	return exitOK
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
