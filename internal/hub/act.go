package hub

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/pipeline"
	"leadhub/internal/store"
)

// acting carries actions out in this process: in the running hub, or, while none
// runs, in the command that has the database to itself.
type acting struct {
	acts *pipeline.Actions
	env  Env
}

// zone is where the times that people write are.
func (a *acting) zone() *time.Location { return a.acts.Config().Timezone }

// lockWait is how long a command waits for another one, or for a hub that starts.
const lockWait = 3 * time.Second

// act finds the hub to act on and calls do with the way to it: the one elsewhere
// (--hub), the one that runs on this computer, or, where none runs, the database
// itself. secrets says that the configuration must be complete: requests are rendered.
func act[T any](ctx context.Context, configFile string, env Env, secrets bool, do func(Actions) (T, error)) (T, error) {
	var none T
	if env.Hub != nil {
		return do(env.Hub)
	}
	c, err := openToLook(configFile, env)
	if err != nil {
		return none, err
	}
	if err := hasDatabase(c); err != nil {
		return none, err
	}
	for deadline := env.Now().Add(lockWait); ; {
		st, err := store.Open(ctx, c.Store.Path, store.Options{Now: env.Now, Logger: env.Logger, HubName: fmt.Sprintf("command/%d", os.Getpid())})
		if err == nil {
			return actOffline(configFile, env, secrets, c, st, do)
		}
		if !errors.Is(err, store.ErrLocked) {
			return none, openingError(c, err)
		}
		r, err := runningHub(ctx, c, env)
		if err == nil {
			return do(r)
		}
		if !errors.Is(err, errNoHub) || !env.Now().Before(deadline) {
			return none, lockedError(c, err)
		}
		select {
		case <-ctx.Done():
			return none, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// hasDatabase says what is wrong where there is nothing to act on.
func hasDatabase(c *opened) error {
	if c.Store.Path == "" {
		return fmt.Errorf("%s: store.url needs a variable that is not set: set it, or put it in the .env file beside %[1]s", c.File)
	}
	_, err := os.Stat(c.Store.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return openingError(c, store.ErrNoDatabase)
	}
	return err
}

// openingError says in our words why a database cannot be opened.
func openingError(c *opened, err error) error {
	switch {
	case errors.Is(err, store.ErrNoDatabase):
		return fmt.Errorf("there is no database at %s yet: `leadhub serve` makes it when it first runs; if it is elsewhere, correct store.url in %s", c.Store.Path, c.File)
	case errors.Is(err, store.ErrNewer):
		return fmt.Errorf("%s was written by a newer leadhub: use that version", c.Store.Path)
	}
	return fmt.Errorf("%s cannot be opened as leadhub's database: %w", c.Store.Path, err)
}

func lockedError(c *opened, err error) error {
	if errors.Is(err, errNoHub) {
		return fmt.Errorf("another leadhub is at work on the database %s and takes no commands: try again when it has ended", c.Store.Path)
	}
	return err
}

// actOffline acts on the database that this process has to itself, and closes it.
func actOffline[T any](configFile string, env Env, secrets bool, c *opened, st *store.Store, do func(Actions) (T, error)) (out T, err error) {
	defer func() { err = errors.Join(err, st.Close()) }()
	if secrets {
		// Opened only now: outputs hold files and connections, which are the hub's while one runs.
		if c, err = open(configFile, env, false); err != nil {
			return out, err
		}
		defer func() { err = errors.Join(err, c.Close()) }()
	}
	acts := pipeline.OfflineActions(pipeline.Options{
		Config: c.Config, Kinds: env.Kinds, Store: st, Logger: env.Logger, Now: env.Now,
		Load: config.Options{Getenv: c.lookup, Now: env.Now, Logger: env.Logger, Build: env.Build},
	})
	return do(&acting{acts: acts, env: env})
}

// Reload is for a hub that runs.
func (a *acting) Reload(context.Context) (*ReloadResult, error) {
	return nil, errors.New("no hub runs: `leadhub serve` starts one")
}
