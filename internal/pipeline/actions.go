package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"leadhub/internal/config"
	"leadhub/internal/store"
	"leadhub/routes"
)

// Actions are what a person does to a hub: to the one that runs, where the outputs
// take it up at once, or, while none runs, to its store, where it waits for one.
// They may be called concurrently.
type Actions struct {
	store *store.Store
	now   func() time.Time
	log   *slog.Logger
	cfg   func() *config.Config
	hub   *Hub // nil: none runs

	routing  *sync.Mutex // held while something is decided and written: there is one router
	busy     *sync.Map   // the runs under way, by id
	scopes   *sync.Pool
	tableOf  func(int64) *routes.Table
	configID int64 // offline: of the configuration, once it is kept
}

// Actions returns what a person can do to the running hub.
func (h *Hub) Actions() *Actions {
	return &Actions{
		store: h.store, now: h.now, log: h.log, cfg: func() *config.Config { return h.gen.Load().cfg }, hub: h,
		routing: &h.routing, busy: &h.replays, scopes: &h.scopes, tableOf: h.tableOf,
	}
}

// OfflineActions returns what can be done while no hub runs: the caller has opened
// the store to write. The configuration is not closed.
func OfflineActions(o Options) *Actions {
	return &Actions{
		store: o.Store, now: o.Now, log: o.Logger, cfg: func() *config.Config { return o.Config },
		routing: &sync.Mutex{}, busy: &sync.Map{}, scopes: newScopes(), tableOf: offlineTables(o),
	}
}

// Running says whether a hub runs that takes up what is done at once.
func (a *Actions) Running() bool { return a.hub != nil }

// Config is the configuration at work.
func (a *Actions) Config() *config.Config { return a.cfg() }

// ErrNotPaused says that an output is not paused.
var ErrNotPaused = errors.New("pipeline: the output is not paused")

// PauseOutput stops sending to an output until it is resumed, or until a time
// (zero: none). Sends under way end. It returns how many deliveries wait.
func (a *Actions) PauseOutput(ctx context.Context, output string, until time.Time, reason string) (waiting int64, err error) {
	p := store.Pause{Output: output, Since: a.now(), Reason: reason, ByPerson: true, Until: until}
	if a.hub != nil {
		err = a.hub.pauseByPerson(ctx, p)
	} else {
		err = a.store.SetPause(ctx, p)
	}
	if err != nil {
		return 0, err
	}
	return a.store.Waiting(ctx, output)
}

// ResumeOutput ends every pause of an output and of its targets, whoever asked for
// it; ErrNotPaused where there is none. It returns how many deliveries are sent now.
func (a *Actions) ResumeOutput(ctx context.Context, output string) (waiting int64, err error) {
	n, err := a.resume(ctx, output, func(store.Pause) bool { return true })
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, ErrNotPaused
	}
	return a.store.Waiting(ctx, output)
}

func (a *Actions) resume(ctx context.Context, output string, which func(store.Pause) bool) (int, error) {
	if a.hub != nil {
		return a.hub.resumeByPerson(ctx, output, which)
	}
	return endPauses(ctx, a.store, output, which, func(ctx context.Context, k pauseKey) error {
		return a.store.EndPause(ctx, k.output, k.target)
	})
}

// RetryDeliveries makes deliveries that were refused, given up or wait due now; with
// dry it only counts them. An output that the hub paused after an error goes on:
// somebody says that it is mended. One that a person paused stays so.
func (a *Actions) RetryDeliveries(ctx context.Context, f store.RetryFilter, dry bool) (*store.RetryCount, error) {
	f.Sendable = nil
	for _, o := range a.cfg().Outputs {
		f.Sendable = append(f.Sendable, o.Name)
	}
	n, err := a.store.RetryDeliveries(ctx, f, dry)
	if err != nil || dry {
		return n, err
	}
	for output := range n.Outputs {
		if _, err := a.resume(ctx, output, func(p store.Pause) bool { return !p.ByPerson && !p.Gone }); err != nil {
			return n, err
		}
		a.wakeAt(output, a.now())
	}
	return n, nil
}

// wakeAt tells an output that something falls due.
func (a *Actions) wakeAt(output string, due time.Time) {
	if a.hub != nil {
		a.hub.dueAt(output, due)
	}
}

// Store is the store that is acted on.
func (a *Actions) Store() *store.Store { return a.store }
