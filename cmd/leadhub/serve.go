package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"leadhub/internal/admin"
	"leadhub/internal/hub"
)

type serveCmd struct {
	LogFormat string `enum:"auto,text,json" default:"auto" placeholder:"FORMAT" help:"How the log is written: text for people, json for machines. Without it: text on a terminal, else json."`
	Watch     bool   `help:"Take up changes of the configuration file at once, if they check out."`
	LogLevel  string `enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL" help:"What is logged: debug, info, warn or error. Without it: info."`
}

// Help is the longer help of the command.
func (serveCmd) Help() string {
	return `The hub listens where server.listen says and keeps what it receives in the database of store.url. Secrets come from the environment, or from a file .env beside the configuration; the environment wins. A configuration with errors does not start: leadhub check lists them.

Ctrl-C (or SIGTERM) stops it gently: requests are answered, sends finished or handed back. A second one ends it at once; even then nothing that was acknowledged is lost.

SIGHUP makes a running hub read its configuration again; with --watch it does so by itself. A configuration with errors is not taken up: the log says what is wrong, and the hub goes on with the one it has.

Examples:

  leadhub serve
  leadhub serve --watch
  leadhub serve -c /etc/leadhub/leadhub.yaml --log-format json`
}

// Run serves until it is told to stop.
func (c *serveCmd) Run(a *app) error {
	env := a.env
	env.Logger = newLogger(a.stderr, c.LogFormat, c.LogLevel)
	ctx, stop := untilSignal(env.Logger)
	defer stop()
	hangUp := make(chan os.Signal, 1)
	notifyHangUp(hangUp)
	defer signal.Stop(hangUp)
	err := hub.Serve(ctx, a.config, env, hub.ServeOptions{
		Reloading: hub.Reloading{Now: hangUp, Watch: c.Watch},
		Admin: func(running hub.Actions, looking hub.Env, tokens []string) http.Handler {
			return admin.New(admin.Options{Actions: running, ConfigFile: a.config, Env: looking, Tokens: tokens, Logger: env.Logger})
		},
	})
	problems, ok := errors.AsType[*hub.ProblemsError](err)
	if !ok {
		return err
	}
	for _, p := range problems.Problems {
		fmt.Fprintln(a.stderr, clean(p.String()))
	}
	return fmt.Errorf("%s has errors, so the hub does not start: correct them and start it again", problems.File)
}

func newLogger(w io.Writer, format, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo // the command line admits only levels
	}
	o := &slog.HandlerOptions{Level: l}
	if format == "text" || format == "auto" && isTerminal(w) {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}

// untilSignal returns a context that ends with the first signal to stop. The
// second one ends the process at once.
func untilSignal(log *slog.Logger) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals, done := make(chan os.Signal, 2), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			log.Info("stopping; once more ends at once", slog.String("signal", s.String()))
			cancel()
		case <-done:
			return
		}
		select {
		case s := <-signals:
			log.Warn("ended at once", slog.String("signal", s.String()))
			os.Exit(exitFailed)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}
