// Command leadbench measures leadhub: `leadbench run` loads the hub's real
// binary and the floors beside it and prints a table; `leadbench floor` serves
// one floor, as a process of its own.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"leadhub/internal/bench"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	switch {
	case err == nil:
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	default:
		_, _ = fmt.Fprintln(os.Stderr, "leadbench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return errors.New("say what to do: run or floor")
	}
	switch args[0] {
	case "run":
		return measure(ctx, args[1:], stdout, stderr)
	case "floor":
		return serveFloor(ctx, args[1:], stderr)
	default:
		return fmt.Errorf("no command %q: use run or floor", args[0])
	}
}

// What `make bench-short` does: the same steps with small numbers.
const shortStep, shortWarmup = time.Second, 200 * time.Millisecond

func measure(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	p := bench.Plan{Now: time.Now, Progress: stderr}
	fs := flag.NewFlagSet("leadbench run", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&p.Hub, "hub", "bin/leadhub", "the hub's `binary`")
	fs.StringVar(&p.Dir, "dir", ".cache/bench", "`folder` for data, on a real disk; what is made in it is removed")
	fs.IntVar(&p.Runs, "runs", 5, "`times` to run every step")
	fs.DurationVar(&p.Duration, "duration", 6*time.Second, "`time` to send in every step")
	fs.DurationVar(&p.Warmup, "warmup", time.Second, "`time` to send before that, not counted")
	fs.Float64Var(&p.Rate, "rate", 1000, "`events` per second offered in the latency steps")
	fs.IntVar(&p.MaxEvents, "max-events", 1_000_000, "`requests` per step at most")
	asJSON := fs.Bool("json", false, "print JSON instead of tables")
	short := fs.Bool("short", false, "two runs of one second a step: shows that it works, not how fast")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *short {
		p.Runs, p.Duration, p.Warmup = 2, shortStep, shortWarmup
	}
	var err error
	if p.Self, err = os.Executable(); err != nil {
		return err
	}
	if p.Hub, err = filepath.Abs(p.Hub); err != nil {
		return err
	}
	if _, err := os.Stat(p.Hub); err != nil {
		return fmt.Errorf("the hub's binary: %w: build it with `make build`", err)
	}
	report, err := bench.Measure(ctx, p)
	if err != nil {
		return err
	}
	if *asJSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	}
	if _, err = fmt.Fprint(stdout, report); err != nil || !*short {
		return err
	}
	_, err = fmt.Fprintln(stdout, "\nThis was the short form: it shows that everything works. For figures that mean something: make bench")
	return err
}

func serveFloor(ctx context.Context, args []string, stderr io.Writer) error {
	var o bench.FloorOptions
	fs := flag.NewFlagSet("leadbench floor", flag.ContinueOnError)
	fs.SetOutput(stderr)
	kind := fs.String("kind", "", "which `floor`: answer, journal or post")
	listen := fs.String("listen", "127.0.0.1:0", "`address` to listen on")
	fs.StringVar(&o.Dir, "dir", ".", "`folder` for the append-only file")
	fs.StringVar(&o.SinkURL, "sink", "", "`URL` to post to (kind post)")
	fs.IntVar(&o.Workers, "workers", 32, "`posts` in flight at most (kind post)")
	if err := fs.Parse(args); err != nil {
		return err
	}
	o.Kind = bench.FloorKind(*kind)
	o.Secret = os.Getenv(bench.SecretVariable())
	if o.Secret == "" {
		return fmt.Errorf("set %s to the signing secret", bench.SecretVariable())
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", *listen)
	if err != nil {
		return err
	}
	return bench.ServeFloor(ctx, ln, o)
}
