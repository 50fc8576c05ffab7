package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/server"
	"leadhub/internal/store"
)

// ServeOptions are what Serve needs.
type ServeOptions struct {
	Config *config.Config
	Kinds  config.Kinds
	Load   config.Options
	Logger *slog.Logger
	Now    func() time.Time
	// Listener takes the vendors' connections; nil: Config.Server.Listen is opened.
	Listener net.Listener
	// Reloads, if not nil, brings configurations to go on with.
	Reloads <-chan Reload
	// Running, if not nil, is called with the hub before requests are answered. What
	// it returns is called before the hub stops.
	Running func(*Hub) (stop func(), err error)
	// Started, if not nil, is called with the address once requests are answered.
	Started func(addr string)
}

// Reload is a configuration to go on with.
type Reload struct {
	Config *config.Config
	// Done, if not nil, is told once it is at work (nil), or why it is not.
	Done func(error)
}

// Serve runs a hub until ctx is cancelled, then stops it gracefully: requests are
// answered, sends are finished or handed back, everything is on disk.
func Serve(ctx context.Context, o ServeOptions) (err error) {
	name, _ := os.Hostname()
	st, err := store.Open(ctx, o.Config.Store.Path, store.Options{Now: o.Now, Logger: o.Logger, HubName: fmt.Sprintf("%s/%d", name, os.Getpid())})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()

	// Before the hub starts, so that a port in use is said at once.
	l := o.Listener
	if l == nil {
		if l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", o.Config.Server.Listen); err != nil {
			return fmt.Errorf("cannot listen on %s (server.listen): %w", o.Config.Server.Listen, err)
		}
	}
	defer l.Close()

	hub, err := Start(ctx, Options{Config: o.Config, Kinds: o.Kinds, Load: o.Load, Store: st, Logger: o.Logger, Now: o.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Stop()) }()
	if o.Running != nil {
		stop, err := o.Running(hub)
		if err != nil {
			return err
		}
		defer stop()
	}

	srv := newServer(o, hub)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	o.Logger.Info("leadhub is serving", slog.String("address", l.Addr().String()), slog.Int("receivers", len(o.Config.Receivers)),
		slog.Int("outputs", len(o.Config.Outputs)), slog.String("config", o.Config.Hash), slog.String("store", o.Config.Store.Path))
	if o.Started != nil {
		o.Started(l.Addr().String())
	}
	if err := runUntil(ctx, o, hub, srv, failed); err != nil {
		return err
	}
	o.Logger.Info("stopping: answering open requests and finishing sends")
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return srv.Shutdown(stop)
}

// runUntil reloads as asked until ctx is cancelled or the server fails.
func runUntil(ctx context.Context, o ServeOptions, hub *Hub, srv *server.Server, failed <-chan error) error {
	for {
		select {
		case err := <-failed:
			return err
		case <-ctx.Done():
			return nil
		case r := <-o.Reloads:
			err := reload(ctx, o, hub, srv, r.Config)
			if r.Done != nil {
				r.Done(err)
			}
		}
	}
}

func reload(ctx context.Context, o ServeOptions, hub *Hub, srv *server.Server, cfg *config.Config) error {
	for _, key := range NeedRestart(o.Config, cfg) {
		o.Logger.Warn("a change needs a restart", slog.String("key", key))
	}
	if err := hub.Reload(ctx, cfg); err != nil {
		o.Logger.Error("cannot reload", slog.String("error", err.Error()))
		return err
	}
	srv.SetRoutes(serverRoutes(cfg))
	return nil
}

// NeedRestart names the keys whose changes a reload cannot take up.
func NeedRestart(old, cfg *config.Config) []string {
	var keys []string
	for _, c := range []struct {
		key     string
		changed bool
	}{
		{"server.listen", old.Server.Listen != cfg.Server.Listen},
		{"server.admin", old.Server.Admin != cfg.Server.Admin},
		{"server.max_body", old.Server.MaxBody != cfg.Server.MaxBody},
		{"store.url", old.Store.Path != cfg.Store.Path},
	} {
		if c.changed {
			keys = append(keys, c.key)
		}
	}
	return keys
}

func serverRoutes(cfg *config.Config) []server.Route {
	routes := make([]server.Route, len(cfg.Receivers))
	for i, r := range cfg.Receivers {
		routes[i] = server.Route{Path: r.Path, Name: r.Name, Receiver: r.Receiver, TrustedProxies: cfg.Server.TrustedProxies}
	}
	return routes
}

func newServer(o ServeOptions, hub *Hub) *server.Server {
	return server.New(server.Options{
		Routes: serverRoutes(o.Config), MaxBody: o.Config.Server.MaxBody, Accept: hub.Accept, Reject: hub.Reject, Ready: hub.Ready, Now: o.Now, Logger: o.Logger,
	})
}
