package pipeline

import (
	"context"
	"log/slog"
	"sync"

	"leadhub/internal/config"
	"leadhub/routes"
	"leadhub/rules"
)

// deciding returns the configuration that decides now, kept under its id.
func (a *Actions) deciding(ctx context.Context) (*config.Config, int64, error) {
	if a.hub != nil {
		g := a.hub.gen.Load()
		return g.cfg, g.configID, nil
	}
	if a.configID == 0 {
		id, err := a.store.KeepConfig(ctx, a.cfg().Hash, a.cfg().Source, a.cfg().Versions.Encode())
		if err != nil {
			return nil, 0, err
		}
		a.configID = id
	}
	return a.cfg(), a.configID, nil
}

// offlineTables reads the routing tables of earlier configurations.
func offlineTables(o Options) func(int64) *routes.Table {
	tables := map[int64]*routes.Table{}
	var mu sync.Mutex
	return func(id int64) *routes.Table {
		mu.Lock()
		defer mu.Unlock()
		t, ok := tables[id]
		if !ok {
			t = keptTable(o, o.Config.File, id)
			tables[id] = t
		}
		return t
	}
}

// keptTable reads the routing table of a configuration that decided something; nil
// where this version does not understand it.
func keptTable(o Options, file string, id int64) *routes.Table {
	_, body, err := o.Store.ConfigBody(context.Background(), id)
	if err != nil {
		return nil
	}
	load := o.Load
	load.Offline, load.Kept = true, &config.Versions{} // what the clauses say does not depend on the lists
	load.Logger = slog.New(slog.DiscardHandler)
	cfg, _ := config.Parse(file, body, o.Kinds, load)
	if cfg == nil {
		return nil
	}
	return cfg.Routes
}

func newScopes() *sync.Pool { return &sync.Pool{New: func() any { return rules.NewScope() }} }
