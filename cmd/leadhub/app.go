package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"leadhub"
	"leadhub/internal/config"
	"leadhub/internal/hub"
	outputsall "leadhub/outputs/all"
	receiversall "leadhub/receivers/all"
	transformsall "leadhub/transforms/all"
)

// app is what every command runs with.
type app struct {
	config string // -c
	json   bool
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	style  style
	env    hub.Env
}

func newApp(c *cli, stdin io.Reader, stdout, stderr io.Writer) *app {
	return &app{
		config: c.Config,
		json:   c.JSON,
		stdin:  stdin,
		stdout: stdout,
		stderr: stderr,
		style:  style{color: isTerminal(stdout)},
		env: hub.Env{
			Kinds: config.Kinds{
				Receivers:  receiversall.Kinds(),
				Outputs:    outputsall.Kinds(),
				Transforms: transformsall.Chain,
				Cleaners:   transformsall.Cleaners(),
			},
			Build:     version(),
			LookupEnv: os.LookupEnv,
			Now:       time.Now,
			Logger:    slog.New(slog.DiscardHandler),
			Client:    hub.NewClient(15 * time.Second),
			Samples:   leadhub.Samples,
		},
	}
}

// connect finds the hub that --hub names, for the commands that look at or act on one.
func (a *app) connect(c *cli, ctx *kong.Context) error {
	if c.Hub == "" {
		return nil
	}
	command, _, _ := strings.Cut(ctx.Command(), " ")
	switch command {
	case "check", "serve", "send", "init", "completion":
		return &hub.UsageError{Message: "leadhub " + command + " has nothing to do with a hub elsewhere: leave --hub out"}
	}
	var err error
	a.env.Hub, err = hub.Connect(c.Hub, c.Config, a.env)
	return err
}

// printJSON prints v, indented, on standard output.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
