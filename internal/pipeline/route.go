package pipeline

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"leadhub/internal/queue"
	"leadhub/internal/store"
	"leadhub/outputs"
)

// The crash-loop breaker: at the third try a batch is split into its events,
// at the fifth the event is kept as unmapped, and the rest goes on.
const (
	splitAt    = 3
	setAsideAt = 5
)

// onInbox routes one intake commit. It always acknowledges: the row leaves the
// inbox in the routing transaction, or stays there to be handed out again.
func (h *Hub) onInbox(m *message.Message) error {
	in, err := queue.ParseInbox(m)
	if err != nil {
		return err
	}
	ctx := context.WithoutCancel(m.Context()) // closing the router must not cut a transaction short
	wait := 100 * time.Millisecond
	for {
		err := h.routeCounted(ctx, in)
		if err == nil {
			return nil
		}
		h.log.Error("cannot route", slog.Int64("inbox", in.ID), slog.String("error", err.Error()))
		select {
		case <-time.After(wait):
			wait = min(2*wait, 5*time.Second)
		case <-h.stopping:
			return nil
		}
	}
}

// routeCounted counts tries where they may matter: for the first batch after a
// start, since that is the one a crash would have left, and after a panic.
func (h *Hub) routeCounted(ctx context.Context, in queue.InboxMessage) error {
	if !h.routedOne || in.Tries > 0 {
		tries, err := h.store.CountTry(ctx, in.ID)
		if err != nil || tries == 0 {
			return err
		}
		in.Tries = tries
	}
	switch {
	case in.Tries >= setAsideAt:
		return h.setAside(ctx, in)
	case in.Tries >= splitAt && in.Last > in.First:
		h.log.Warn("routing a batch keeps failing: its events are tried one by one", slog.Int64("inbox", in.ID))
		return h.store.Split(ctx, in.ID, in.First, in.Last, in.Tries)
	}
	panicked := true
	err := guard("routing", func() error {
		err := h.route(ctx, in)
		panicked = false
		return err
	})
	h.routedOne = !panicked && (h.routedOne || err == nil)
	return err
}

func (h *Hub) route(ctx context.Context, in queue.InboxMessage) error {
	events, err := h.store.Events(ctx, in.First, in.Last)
	if err != nil {
		return err
	}
	if len(events) == 0 {
		// The rows are gone. The ledger says so; the inbox must not be stuck on it.
		h.log.Error("the inbox names events that are not kept", slog.Int64("first", in.First), slog.Int64("last", in.Last))
		_, err := h.store.Route(ctx, &store.Routing{Inbox: in.ID, Config: h.gen.Load().configID})
		return err
	}
	h.routing.Lock()
	defer h.routing.Unlock()
	g := h.gen.Load()
	b, err := decideBatch(ctx, g.cfg, g.configID, in.ID, events, h.store, &h.scopes, &h.flights)
	if err != nil {
		return err
	}
	granted := g.lease(b, h.now())
	claimed, err := h.store.Route(ctx, b.routing)
	if err != nil || !claimed {
		for out, n := range granted {
			g.outputs[out].deliveries.Unreserve(n)
		}
		return err
	}
	g.handOver(b, h.now())
	h.logRouted(ctx, b)
	return nil
}

// lease marks the deliveries that are born in this hub's hands, as far as their
// outputs have room for them. Those that are held until later are not.
func (g *generation) lease(b *batch, now time.Time) map[string]int {
	want := map[string]int{}
	b.sends = slices.DeleteFunc(b.sends, func(s send) bool { return s.decision.Deliveries[s.index].Due.After(now) })
	for _, s := range b.sends {
		want[s.decision.Deliveries[s.index].Output]++
	}
	granted := make(map[string]int, len(want))
	for out, n := range want {
		if o := g.outputs[out]; o != nil {
			granted[out] = o.deliveries.Reserve(n)
		}
	}
	left := maps.Clone(granted)
	for _, s := range b.sends {
		d := &s.decision.Deliveries[s.index]
		if left[d.Output] > 0 {
			left[d.Output]--
			d.Leased = true
		}
	}
	return granted
}

// handOver gives the deliveries that were born leased to their outputs, and wakes
// the outputs of the others.
func (g *generation) handOver(b *batch, now time.Time) {
	jobs := map[string][]*store.Job{}
	for _, s := range b.sends {
		d := &s.decision.Deliveries[s.index]
		if !d.Leased {
			continue
		}
		j := &store.Job{
			ID: d.ID, EventID: s.event.ID, Receiver: s.event.Receiver, Output: d.Output, Target: d.Target,
			Revision: s.decision.Revision, Key: d.Key, Body: s.decision.Body, Route: s.decision.Route,
			Config: b.routing.Config, Trace: s.trace,
		}
		if s.lead != nil {
			j.LeadID = s.lead.ID
			j.Lead = s.lead
		}
		jobs[d.Output] = append(jobs[d.Output], j)
	}
	for out, js := range jobs {
		g.outputs[out].deliveries.Offer(js...)
	}
	for i := range b.routing.Events {
		for _, dec := range b.routing.Events[i].Decisions {
			for _, d := range dec.Deliveries {
				if o := g.outputs[d.Output]; !d.Leased && o != nil {
					o.deliveries.DueAt(later(now, d.Due))
				}
			}
		}
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// setAside keeps events that take the process down as unmapped: shown, replayable,
// and no longer in the way of the others.
func (h *Hub) setAside(ctx context.Context, in queue.InboxMessage) error {
	events, err := h.store.Events(ctx, in.First, in.Last)
	if err != nil {
		return err
	}
	r := &store.Routing{Inbox: in.ID, Config: h.gen.Load().configID}
	for _, e := range events {
		h.log.Error("an event could not be routed and is set aside as unmapped", slog.String("event", store.EventID(e.ID)))
		r.Events = append(r.Events, store.RoutedEvent{
			ID: e.ID, Receiver: e.Receiver, Outcome: store.OutcomeUnmapped,
			Decisions: []store.Decision{{Outcome: store.OutcomeUnmapped, Note: "routing this event failed several times; please report it as a bug of leadhub"}},
		})
	}
	_, err = h.store.Route(ctx, r)
	return err
}

func (h *Hub) logRouted(ctx context.Context, b *batch) {
	debug := h.log.Enabled(ctx, slog.LevelDebug)
	for i := range b.routing.Events {
		e := &b.routing.Events[i]
		if e.Outcome == store.OutcomeUnmapped {
			h.log.Warn("event unmapped", slog.String("event", store.EventID(e.ID)), slog.String("receiver", e.Receiver), slog.String("because", e.Decisions[0].Note))
			continue
		}
		for n := range e.Decisions {
			d := &e.Decisions[n]
			if d.Outcome == store.OutcomeHeld {
				h.log.Warn("lead held", slog.String("event", store.EventID(e.ID)), slog.String("route", d.Route), slog.String("because", d.Note))
			} else if debug {
				h.log.Debug("routed", slog.String("event", store.EventID(e.ID)), slog.String("outcome", d.Outcome.String()), slog.String("route", d.Route), slog.Int("deliveries", len(d.Deliveries)))
			}
		}
	}
}

// decodeNotice decodes a notice's stored form.
func decodeNotice(body []byte) (*outputs.Notice, error) { return decodeJSON[outputs.Notice](body) }
