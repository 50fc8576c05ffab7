package hub

import (
	"bytes"
	"context"
	"crypto/sha256"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/plugin"
)

// watchEvery is how often a watched file is looked at.
const watchEvery = time.Second

// Reloading says when a running hub reads its configuration again.
type Reloading struct {
	Now   <-chan os.Signal // each value asks for it; nil: nobody does
	Watch bool             // also when the file, or the .env beside it, has changed
}

// reloads reads the configuration whenever it is asked to, and sends those that
// check out. Problems are logged, and the hub goes on with what it has.
func reloads(ctx context.Context, file string, env Env, r Reloading) <-chan *config.Config {
	out := make(chan *config.Config)
	go func() {
		var tick <-chan time.Time
		if r.Watch {
			t := time.NewTicker(watchEvery)
			defer t.Stop()
			tick = t.C
		}
		last := fingerprint(file)
		for {
			select {
			case <-ctx.Done():
				return
			case <-r.Now:
				last = fingerprint(file)
			case <-tick:
				now := fingerprint(file)
				if bytes.Equal(now, last) {
					continue
				}
				last = now
			}
			c := reread(file, env)
			if c == nil {
				continue
			}
			select {
			case out <- c:
			case <-ctx.Done():
				_ = c.Close()
				return
			}
		}
	}()
	return out
}

// reread loads the configuration; nil where it cannot be used.
func reread(file string, env Env) *config.Config {
	c, _, problems, err := load(file, env, false)
	if err != nil {
		env.Logger.Error("the configuration cannot be read: the hub goes on with the one it has", slog.String("error", err.Error()))
		return nil
	}
	for _, p := range problems {
		if p.Severity == plugin.SeverityError {
			env.Logger.Error("configuration", slog.String("problem", p.String()))
		} else {
			env.Logger.Warn("configuration", slog.String("problem", p.String()))
		}
	}
	if c == nil {
		env.Logger.Error("the configuration has errors: the hub goes on with the one it has", slog.String("file", file))
	}
	return c
}

// fingerprint tells one state of the configuration and its .env from another. A
// file that cannot be read counts as empty: an editor may be about to replace it.
func fingerprint(file string) []byte {
	h := sha256.New()
	for _, name := range []string{file, filepath.Join(filepath.Dir(file), ".env")} {
		b, err := os.ReadFile(name)
		if err == nil {
			h.Write(b)
		}
		h.Write([]byte{0})
	}
	return h.Sum(nil)
}
