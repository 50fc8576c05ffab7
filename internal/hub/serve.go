package hub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"syscall"

	"leadhub/internal/config"
	"leadhub/internal/pipeline"
	"leadhub/internal/store"
)

// Serve runs the hub of a configuration file until ctx is cancelled, then stops
// it gently. A file with errors does not start: they come as a *ProblemsError.
// Warnings are logged. started, if not nil, is called with the address once
// requests are answered. The configuration is read again as r says.
func Serve(ctx context.Context, configFile string, env Env, r Reloading, started func(addr string)) error {
	c, err := open(configFile, env, false)
	if err != nil {
		return err
	}
	for _, w := range c.warnings {
		env.Logger.Warn("configuration", slog.String("problem", w.String()))
	}
	err = pipeline.Serve(ctx, pipeline.ServeOptions{
		Config:  c.Config,
		Kinds:   env.Kinds,
		Load:    config.Options{Getenv: c.lookup, Now: env.Now, Logger: env.Logger, Build: env.Build},
		Logger:  env.Logger,
		Now:     env.Now,
		Reloads: reloads(ctx, configFile, env, r),
		Started: started,
	})
	switch {
	case errors.Is(err, store.ErrLocked):
		return fmt.Errorf("another leadhub already serves the database %s: stop that one, or give this one a database of its own in store.url", c.Store.Path)
	case errors.Is(err, store.ErrNewer):
		return fmt.Errorf("%s was written by a newer leadhub: use that version", c.Store.Path)
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%s (server.listen) is in use, perhaps by another leadhub: stop that program, or change server.listen in %s", c.Server.Listen, c.File)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("%w: this user may not; ports below 1024 need special rights", err)
	}
	return err
}
