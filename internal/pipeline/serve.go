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
	// Started, if not nil, is called with the address once requests are answered.
	Started func(addr string)
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

	hub, err := Start(ctx, Options{Config: o.Config, Kinds: o.Kinds, Load: o.Load, Store: st, Logger: o.Logger, Now: o.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Stop()) }()

	l := o.Listener
	if l == nil {
		if l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", o.Config.Server.Listen); err != nil {
			return fmt.Errorf("cannot listen on %s (server.listen): %w", o.Config.Server.Listen, err)
		}
	}
	srv := newServer(o, hub)
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	o.Logger.Info("leadhub is serving", slog.String("address", l.Addr().String()), slog.Int("receivers", len(o.Config.Receivers)),
		slog.Int("outputs", len(o.Config.Outputs)), slog.String("config", o.Config.Hash), slog.String("store", o.Config.Store.Path))
	if o.Started != nil {
		o.Started(l.Addr().String())
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	o.Logger.Info("stopping: answering open requests and finishing sends")
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return srv.Shutdown(stop)
}

func newServer(o ServeOptions, hub *Hub) *server.Server {
	routes := make([]server.Route, len(o.Config.Receivers))
	for i, r := range o.Config.Receivers {
		routes[i] = server.Route{Path: r.Path, Name: r.Name, Receiver: r.Receiver}
	}
	return server.New(server.Options{
		Routes: routes, MaxBody: o.Config.Server.MaxBody, Accept: hub.Accept, Reject: hub.Reject, Ready: hub.Ready, Now: o.Now, Logger: o.Logger,
	})
}
