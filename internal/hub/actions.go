package hub

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"time"
)

// Actions are what a person does to a hub. There are three ways to them with the
// same effect: in the process of the running hub, through its admin API (Remote),
// and, while no hub runs, in the process of the command, on the database itself.
type Actions interface {
	// Reload reads the configuration file again and goes on with it if it checks out.
	Reload(ctx context.Context) (*ReloadResult, error)
	// PauseOutput stops sending to an output, until it is resumed or until a time.
	PauseOutput(ctx context.Context, output string, o PauseOptions) (*PauseResult, error)
	// ResumeOutput ends every pause of an output.
	ResumeOutput(ctx context.Context, output string) (*ResumeResult, error)
	// RetryDeliveries makes deliveries due now, or counts them.
	RetryDeliveries(ctx context.Context, o RetryOptions) (*RetryResult, error)
	// PlanReplay says what a replay would do.
	PlanReplay(ctx context.Context, o ReplayOptions) (*ReplayPlan, error)
	// Replay carries one out, or goes on with the run of a number (resume, if not 0). It
	// ends early, without an error, when ctx is cancelled.
	Replay(ctx context.Context, o ReplayOptions, resume int64, progress func(ReplayProgress)) (*ReplayResult, error)
}

// running is the hub that runs in this process.
type running struct {
	*acting
	asks chan<- reloadAsk
}

// Reload makes the hub of a configuration file, which runs on this computer, read
// that file again.
func Reload(ctx context.Context, configFile string, env Env) (*ReloadResult, error) {
	if env.Hub != nil {
		return env.Hub.Reload(ctx)
	}
	c, err := open(configFile, env, true)
	if problems, ok := errors.AsType[*ProblemsError](err); ok {
		return &ReloadResult{File: configFile, Problems: problems.Problems, Restart: []string{}}, nil // as the hub would say
	}
	if err != nil {
		return nil, err
	}
	r, err := runningHub(ctx, c, env)
	if errors.Is(err, errNoHub) {
		return nil, fmt.Errorf("no hub runs with the database %s: `leadhub serve` starts one", c.Store.Path)
	}
	if err != nil {
		return nil, err
	}
	return r.Reload(ctx)
}

// errNoHub says that no hub serves the database.
var errNoHub = errors.New("hub: none is running")

// runningHub finds the hub that serves the configuration's database on this
// computer; errNoHub where none does.
func runningHub(ctx context.Context, c *opened, env Env) (*Remote, error) {
	if env.Hub != nil {
		return env.Hub, nil
	}
	w, err := readLocal(c.Store.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoHub
	}
	if err != nil {
		return nil, err
	}
	// The file of a hub that was killed stays behind, but nothing listens there.
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", w.Address)
	if err != nil {
		return nil, errNoHub
	}
	return env.remote(w), conn.Close()
}
