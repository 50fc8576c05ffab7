package pipeline

import (
	"context"
	"log/slog"
	"time"

	"leadhub/internal/config"
)

// listsEvery is how often the files of tables and holidays are looked at.
const listsEvery = 3 * time.Second

// watchLists reads tables and holidays again when their files change.
func (h *Hub) watchLists() {
	t := time.NewTicker(listsEvery)
	defer t.Stop()
	for {
		select {
		case <-h.stopping:
			return
		case <-t.C:
			h.refreshLists(context.Background())
		}
	}
}

// refreshLists puts new versions of the lists to work: from the next batch on, with
// the outputs and everything else as it is. What they decide is kept under a
// configuration of its own. Where that cannot be written, the next look tries again.
func (h *Hub) refreshLists(ctx context.Context) {
	h.reloadMu.Lock()
	defer h.reloadMu.Unlock()
	g := h.gen.Load()
	if next := g.lists.Look(h.now()); next != nil {
		g.fresh = next
	}
	if g.fresh == nil {
		return
	}
	id, err := h.keepConfig(ctx, g.fresh)
	if err != nil {
		h.log.Error("cannot keep the new version of a list: the last one stays in use", slog.String("error", err.Error()))
		return
	}
	h.gen.Store(&generation{cfg: g.fresh, configID: id, outputs: g.outputs, lists: g.lists})
}

// keepConfig keeps a configuration that is about to decide.
func (h *Hub) keepConfig(ctx context.Context, cfg *config.Config) (int64, error) {
	id, err := h.store.KeepConfig(ctx, cfg.Hash, cfg.Source, cfg.Versions.Encode())
	if err != nil {
		return 0, err
	}
	h.tablesMu.Lock()
	h.tables[id] = cfg.Routes
	h.tablesMu.Unlock()
	return id, nil
}
