package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/ThreeDotsLabs/watermill/message"

	"leadhub/internal/config"
	"leadhub/internal/queue"
	"leadhub/outputs"
)

// generation is one configuration at work. A batch is routed, and a delivery
// sent, by one generation from beginning to end.
type generation struct {
	cfg      *config.Config
	configID int64
	outputs  map[string]*output

	// Guarded by Hub.reloadMu: what looks after the files of the lists, and what it
	// found that is not at work yet.
	lists *config.ListWatch
	fresh *config.Config
}

// output is one configured output at work.
type output struct {
	config.Output
	gen        *generation
	deliveries *queue.Deliveries
	traits     outputs.Traits
	handler    *message.Handler
}

// wideWindow is how many deliveries of an output may be in this hub's hands where
// sending one twice does no harm. Of those whose output has to look first whether
// an earlier attempt arrived, a crash should leave fewer in doubt.
const wideWindow = 512

// newGeneration keeps the configuration and makes its outputs ready to be started.
func (h *Hub) newGeneration(ctx context.Context, cfg *config.Config) (*generation, error) {
	id, err := h.keepConfig(ctx, cfg)
	if err != nil {
		return nil, err
	}
	g := &generation{cfg: cfg, configID: id, outputs: map[string]*output{}, lists: cfg.WatchLists(h.log)}
	h.generations++
	for _, c := range cfg.Outputs {
		o := &output{Output: c, gen: g, traits: c.Traits()}
		limits := queue.Limits{Concurrency: c.Policy.Concurrency, PerSecond: c.Policy.PerSecond, PerTargetPerSecond: o.traits.PerTargetPerSecond}
		if o.traits.Idempotent {
			limits.Window = wideWindow
		}
		o.deliveries = queue.NewDeliveries(c.Name, limits, h.store, h.now, h.log, h.giveBack)
		name := fmt.Sprintf("deliver to %s (%d)", c.Name, h.generations)
		o.handler = h.router.AddConsumerHandler(name, c.Name, o.deliveries, func(m *message.Message) error { return h.onDelivery(o, m) })
		g.outputs[c.Name] = o
	}
	return g, nil
}

// Reload puts another configuration to work. Batches and sends under way end with
// the old one; what it still held goes on with the new. Outputs that are gone
// keep their deliveries, paused. The old configuration is closed.
func (h *Hub) Reload(ctx context.Context, cfg *config.Config) error {
	h.reloadMu.Lock()
	defer h.reloadMu.Unlock()
	old := h.gen.Load()
	g, err := h.newGeneration(ctx, cfg)
	if err != nil {
		return err
	}
	if err := h.liftPauses(ctx, g, true); err != nil {
		return err
	}
	if err := h.router.RunHandlers(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("pipeline: start the outputs: %w", err)
	}
	h.gen.Store(g)
	var errs []error
	for _, o := range old.outputs {
		o.handler.Stop()
		errs = append(errs, o.deliveries.Close())
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	for _, o := range old.outputs {
		o.deliveries.Drain(drain)
	}
	h.log.Info("configuration reloaded", slog.String("config", cfg.Hash))
	return errors.Join(append(errs, old.cfg.Close())...)
}
