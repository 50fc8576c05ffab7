package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"leadhub/internal/store"
)

// pauseKey names a pause: an output, or one target of it ("": the whole output).
type pauseKey struct{ output, target string }

// pauses are the pauses in force, as this process knows them.
type pauses map[pauseKey]store.Pause

// removedReason is the reason of the pause of an output that the configuration no longer has.
const removedReason = "the configuration has no output of this name any more"

// liftPauses ends the pauses that a new configuration may have mended, and pauses
// the outputs that it no longer has but that deliveries still wait for. A person's
// pause is not an error: it stays until its end. Without all only those of single
// targets end, which are tried again now and then.
func (h *Hub) liftPauses(ctx context.Context, g *generation, all bool) error {
	kept, err := h.store.Pauses(ctx)
	if err != nil {
		return err
	}
	h.pauseMu.Lock()
	defer h.pauseMu.Unlock()
	for _, p := range kept {
		key := pauseKey{p.Output, p.Target}
		if p.ByPerson && !p.Ended(h.now()) {
			if all {
				h.paused[key] = p
				g.stop(key, false)
			}
			continue
		}
		if !all && (p.Target == "" || p.Gone) {
			continue
		}
		if err := h.store.EndPause(ctx, p.Output, p.Target); err != nil {
			return err
		}
		delete(h.paused, key)
	}
	if !all {
		return nil
	}
	return h.pauseRemoved(ctx, g)
}

// pauseRemoved pauses the outputs that deliveries wait for but that the
// configuration no longer has.
func (h *Hub) pauseRemoved(ctx context.Context, g *generation) error {
	waiting, err := h.store.OutputsWaiting(ctx)
	if err != nil {
		return err
	}
	for _, name := range waiting {
		if g.outputs[name] != nil {
			continue
		}
		h.log.Warn("deliveries wait for an output that the configuration no longer has", slog.String("output", name))
		if err := h.store.SetPause(ctx, store.Pause{Output: name, Since: h.now(), Reason: removedReason}); err != nil {
			return err
		}
	}
	return nil
}

// stop makes an output hand out nothing but, where it is of use, a probe now and then.
func (g *generation) stop(key pauseKey, probe bool) {
	if o := g.outputs[key.output]; o != nil && key.target == "" {
		o.deliveries.Pause(probe)
	}
}

// pause stops an output, or one target of it, until a person has mended it. Its
// queue is kept, and one line says so.
func (h *Hub) pause(o *output, target string, gone bool, reason string) {
	h.pauseMu.Lock()
	defer h.pauseMu.Unlock()
	key := pauseKey{o.Name, target}
	if _, ok := h.paused[key]; ok {
		return
	}
	p := store.Pause{Output: o.Name, Target: target, Since: h.now(), Gone: gone, Reason: reason}
	if err := h.store.SetPause(context.Background(), p); err != nil {
		h.log.Error("cannot keep a pause", slog.String("output", o.Name), slog.String("error", err.Error()))
		return
	}
	h.paused[key] = p
	h.log.Error("output paused", slog.String("output", o.Name), slog.String("target", target), slog.String("reason", reason))
	if target == "" {
		o.deliveries.Pause(!gone)
	}
}

// resume ends a pause after a send went through. It leaves a person's: the send was
// under way when it began.
func (h *Hub) resume(o *output, target string) {
	h.pauseMu.Lock()
	defer h.pauseMu.Unlock()
	if len(h.paused) == 0 {
		return
	}
	for _, key := range []pauseKey{{o.Name, ""}, {o.Name, target}} {
		if p, ok := h.paused[key]; !ok || p.ByPerson {
			continue
		}
		if err := h.endPause(context.Background(), key); err != nil {
			h.log.Error("cannot end a pause", slog.String("output", o.Name), slog.String("error", err.Error()))
		}
	}
	o.deliveries.DueAt(h.now())
}

// endPause ends one pause and lets the output, as it is configured now, go on. The
// caller holds pauseMu.
func (h *Hub) endPause(ctx context.Context, key pauseKey) error {
	if err := h.store.EndPause(ctx, key.output, key.target); err != nil {
		return err
	}
	delete(h.paused, key)
	h.log.Info("output resumed", slog.String("output", key.output), slog.String("target", key.target))
	if o := h.gen.Load().outputs[key.output]; o != nil {
		if key.target == "" {
			o.deliveries.Resume()
		}
		o.deliveries.DueAt(h.now())
	}
	return nil
}

// expireEvery is how exactly a pause ends by itself.
const expireEvery = time.Second

// endExpired ends the pauses whose time has come.
func (h *Hub) endExpired() {
	h.pauseMu.Lock()
	defer h.pauseMu.Unlock()
	for key, p := range h.paused {
		if !p.Ended(h.now()) {
			continue
		}
		if err := h.endPause(context.Background(), key); err != nil {
			h.log.Error("cannot end a pause", slog.String("output", key.output), slog.String("error", err.Error()))
		}
	}
}

// pauseByPerson pauses a whole output of the running hub.
func (h *Hub) pauseByPerson(ctx context.Context, p store.Pause) error {
	h.reloadMu.Lock() // a reload would carry over the pauses of a moment ago
	defer h.reloadMu.Unlock()
	h.pauseMu.Lock()
	defer h.pauseMu.Unlock()
	if err := h.store.SetPause(ctx, p); err != nil {
		return err
	}
	key := pauseKey{p.Output, ""}
	h.paused[key] = p
	h.gen.Load().stop(key, false)
	h.log.Warn("output paused by a person", slog.String("output", p.Output), slog.String("reason", p.Reason))
	return nil
}

// resumeByPerson ends the pauses of the running hub's output that match, and
// returns how many there were.
func (h *Hub) resumeByPerson(ctx context.Context, output string, which func(store.Pause) bool) (int, error) {
	h.reloadMu.Lock()
	defer h.reloadMu.Unlock()
	h.pauseMu.Lock()
	defer h.pauseMu.Unlock()
	return endPauses(ctx, h.store, output, which, h.endPause)
}

func endPauses(ctx context.Context, s *store.Store, output string, which func(store.Pause) bool, end func(context.Context, pauseKey) error) (n int, err error) {
	kept, err := s.Pauses(ctx)
	if err != nil {
		return 0, err
	}
	for _, p := range kept {
		if p.Output != output || !which(p) {
			continue
		}
		if err := end(ctx, pauseKey{p.Output, p.Target}); err != nil {
			return n, fmt.Errorf("end a pause of %s: %w", output, err)
		}
		n++
	}
	return n, nil
}

// isPaused says whether an output, or this target of it, waits for a person: what
// a probe finds out then does not count towards giving up.
func (h *Hub) isPaused(output, target string) bool {
	h.pauseMu.Lock()
	defer h.pauseMu.Unlock()
	for _, key := range []pauseKey{{output, ""}, {output, target}} {
		if _, ok := h.paused[key]; ok {
			return true
		}
	}
	return false
}
