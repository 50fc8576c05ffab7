package hub

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"
)

// localWay is how commands on the same computer find the hub that serves a
// database, and prove that they may act on it: they can read its file.
type localWay struct {
	Address string `json:"address"` // 127.0.0.1:41234
	Token   string `json:"token"`
	PID     int    `json:"pid"`
}

// localFile is beside the database, for the owner of the hub alone.
func localFile(database string) string { return database + ".hub.json" }

func writeLocal(database string, w localWay) error {
	data, err := json.Marshal(w)
	if err != nil {
		return err
	}
	file := localFile(database)
	// Written beside and renamed: nobody reads half of it, and no older file's mode stays.
	if err := os.Remove(file + ".new"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(file+".new", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// readLocal returns the way to the hub that serves a database; fs.ErrNotExist
// where there is none.
func readLocal(database string) (localWay, error) {
	var w localWay
	data, err := os.ReadFile(localFile(database))
	if err != nil {
		return w, err
	}
	if err := json.Unmarshal(data, &w); err != nil || w.Address == "" || w.Token == "" {
		return w, fmt.Errorf("%s cannot be read: restart the hub, which writes it anew", localFile(database))
	}
	return w, nil
}

// removeLocal removes the file of this process's hub.
func removeLocal(database string) error {
	w, err := readLocal(database)
	if err == nil && w.PID == os.Getpid() {
		return os.Remove(localFile(database))
	}
	return nil
}

var errAdminListen = errors.New("the admin address cannot be opened")

// serveAdmin answers the admin API until stop is called.
func serveAdmin(ctx context.Context, c *opened, env Env, r *running, handler func(Actions, Env, []string) http.Handler) (stop func(), err error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Server.Admin)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%w: %s (server.admin) is in use: stop that program, or change server.admin in %s", errAdminListen, c.Server.Admin, c.File)
	case err != nil:
		return nil, fmt.Errorf("%w: %s (server.admin): %w", errAdminListen, c.Server.Admin, err)
	}
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails
	token := base64.RawURLEncoding.EncodeToString(secret[:])
	remote, _ := c.lookup(TokenVariable)
	if remote != "" && len(remote) < minToken {
		_ = l.Close()
		return nil, fmt.Errorf("%w: %s has fewer than %d characters and could be guessed: make a longer one, for example with openssl rand -hex 32", errAdminListen, TokenVariable, minToken)
	}
	// Requests end with the hub: a replay that is under way is left to be resumed.
	requests, cancel := context.WithCancel(context.WithoutCancel(ctx))
	srv := &http.Server{
		Handler:           handler(r, env, []string{token, remote}),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ErrorLog:          slog.NewLogLogger(env.Logger.Handler(), slog.LevelWarn),
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			env.Logger.Error("the admin API ended", slog.String("error", err.Error()))
		}
	}()
	stop = func() {
		if err := removeLocal(c.Store.Path); err != nil {
			env.Logger.Warn("the file for local commands was not removed", slog.String("error", err.Error()))
		}
		cancel()
		last, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer done()
		if err := srv.Shutdown(last); err != nil {
			_ = srv.Close()
		}
		<-served
	}
	if err := writeLocal(c.Store.Path, localWay{Address: dialable(l.Addr()), Token: token, PID: os.Getpid()}); err != nil {
		stop()
		return nil, fmt.Errorf("cannot keep the way to this hub for commands: %w", err)
	}
	env.Logger.Info("the admin API answers", slog.String("address", l.Addr().String()))
	return stop, nil
}

// dialable is where this computer reaches a listener of all networks.
func dialable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
