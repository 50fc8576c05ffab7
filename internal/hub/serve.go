package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"syscall"

	"leadhub/internal/config"
	"leadhub/internal/pipeline"
	"leadhub/internal/store"
)

// ServeOptions say how a hub runs beside what its configuration says.
type ServeOptions struct {
	Reloading
	// Started, if not nil, is called with the address once requests are answered.
	Started func(addr string)
	// Admin, if not nil, makes the handler of the admin API. A request must carry one
	// of the tokens: the first is new at every start and kept for commands on this
	// computer only, the second is that of LEADHUB_TOKEN, if it is set. env looks at
	// the hub with the configuration at work.
	Admin func(running Actions, env Env, tokens []string) http.Handler
}

// Serve runs the hub of a configuration file until ctx is cancelled, then stops
// it gently. A file with errors does not start: they come as a *ProblemsError.
// Warnings are logged.
func Serve(ctx context.Context, configFile string, env Env, o ServeOptions) error {
	c, err := open(configFile, env, false)
	if err != nil {
		return err
	}
	for _, w := range c.warnings {
		env.Logger.Warn("configuration", slog.String("problem", w.String()))
	}
	looking := env
	looking.current = &atomic.Pointer[opened]{}
	looking.current.Store(c)
	asks := make(chan reloadAsk)
	err = pipeline.Serve(ctx, pipeline.ServeOptions{
		Config:  c.Config,
		Kinds:   env.Kinds,
		Load:    config.Options{Getenv: c.lookup, Now: env.Now, Logger: env.Logger, Build: env.Build},
		Logger:  env.Logger,
		Now:     env.Now,
		Reloads: reloads(ctx, c, looking, o.Reloading, asks),
		Running: func(h *pipeline.Hub) (func(), error) {
			if o.Admin == nil {
				return func() {}, nil
			}
			looking.atWork = h.Actions().Config
			return serveAdmin(ctx, c, looking, &running{acting: &acting{acts: h.Actions(), env: env}, asks: asks}, o.Admin)
		},
		Started: o.Started,
	})
	return servingError(c.Config, err)
}

// servingError says in our words why a hub does not start.
func servingError(c *config.Config, err error) error {
	switch {
	case errors.Is(err, store.ErrLocked):
		return fmt.Errorf("another leadhub already serves the database %s: stop that one, or give this one a database of its own in store.url", c.Store.Path)
	case errors.Is(err, store.ErrNewer):
		return fmt.Errorf("%s was written by a newer leadhub: use that version", c.Store.Path)
	case errors.Is(err, errAdminListen):
		return err
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s (server.listen) is in use, perhaps by another leadhub: stop that program, or change server.listen in %s", c.Server.Listen, c.File)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%w: this user may not; ports below 1024 need special rights", err)
	}
	return err
}
