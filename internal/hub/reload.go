package hub

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"leadhub/internal/pipeline"
	"leadhub/internal/plugin"
)

// watchEvery is how often a watched file is looked at.
const watchEvery = time.Second

// Reloading says when a running hub reads its configuration again.
type Reloading struct {
	Now   <-chan os.Signal // each value asks for it; nil: nobody does
	Watch bool             // also when the file, or the .env beside it, has changed
}

// ReloadResult says what came of reading the configuration again.
type ReloadResult struct {
	OK   bool   `json:"ok"` // it checked out and is at work
	File string `json:"file"`
	Hash string `json:"hash,omitempty"` // of the configuration at work now; "" where it is the old one
	// Problems are what is wrong with the file, warnings too.
	Problems []plugin.Problem `json:"problems"`
	// Restart names the keys whose changes only a restart takes up.
	Restart []string `json:"needs_restart"`
}

// reloadAsk is a request to read the configuration again, which wants an answer.
type reloadAsk struct{ answer chan<- reloadAnswer }

type reloadAnswer struct {
	result *ReloadResult
	err    error
}

// Reload reads the configuration file again and goes on with it if it checks out.
func (r *running) Reload(ctx context.Context) (*ReloadResult, error) {
	answer := make(chan reloadAnswer, 1)
	select {
	case r.asks <- reloadAsk{answer}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case a := <-answer:
		return a.result, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// reloads reads the configuration whenever it is asked to, and sends those that
// check out. Problems are logged, and the hub goes on with what it has.
func reloads(ctx context.Context, c *opened, env Env, r Reloading, asks <-chan reloadAsk) <-chan pipeline.Reload {
	out := make(chan pipeline.Reload)
	file := c.File
	go func() {
		var tick <-chan time.Time
		if r.Watch {
			t := time.NewTicker(watchEvery)
			defer t.Stop()
			tick = t.C
		}
		last := fingerprint(file)
		for {
			var ask reloadAsk
			select {
			case <-ctx.Done():
				return
			case <-r.Now:
				last = fingerprint(file)
			case ask = <-asks:
				last = fingerprint(file)
			case <-tick:
				now := fingerprint(file)
				if bytes.Equal(now, last) {
					continue
				}
				last = now
			}
			result, err := reloadOnce(ctx, c, env, out)
			if ask.answer != nil {
				ask.answer <- reloadAnswer{result, err}
			}
		}
	}()
	return out
}

// reloadOnce reads the configuration and, where it can be used, waits until it is at work.
func reloadOnce(ctx context.Context, started *opened, env Env, out chan<- pipeline.Reload) (*ReloadResult, error) {
	next, problems, err := reread(started.File, env)
	result := &ReloadResult{File: started.File, Problems: append([]plugin.Problem{}, problems...), Restart: []string{}}
	if err != nil || next == nil {
		return result, err
	}
	c := next.Config
	result.Restart = append(result.Restart, pipeline.NeedRestart(started.Config, c)...)
	done := make(chan error, 1)
	select {
	case out <- pipeline.Reload{Config: c, Done: func(err error) { done <- err }}:
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), c.Close())
	}
	select {
	case err := <-done:
		if err != nil {
			return nil, fmt.Errorf("the configuration checks out, but could not be put to work: %w", err)
		}
		result.OK, result.Hash = true, c.Hash
		env.current.Store(next)
		return result, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// reread loads the configuration; nil where it cannot be used.
func reread(file string, env Env) (*opened, []plugin.Problem, error) {
	c, lookup, problems, err := load(file, env, false)
	if err != nil {
		env.Logger.Error("the configuration cannot be read: the hub goes on with the one it has", slog.String("error", err.Error()))
		return nil, nil, err
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
		return nil, problems, nil
	}
	return &opened{Config: c, lookup: lookup, warnings: problems}, problems, nil
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
