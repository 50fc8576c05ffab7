package pipeline

import (
	"context"

	"leadhub/internal/queue"
	"leadhub/internal/store"
	"leadhub/routes"
)

// ImportPlan says what would become of one payload that was captured elsewhere.
type ImportPlan struct {
	Outcome string       `json:"outcome"`        // of the event, as the ledger counts it
	Note    string       `json:"note,omitempty"` // what cannot be read, or why nothing is done
	Leads   []ImportLead `json:"leads"`          // of a notice: one entry
}

// ImportLead is what would be decided about one lead of it.
type ImportLead struct {
	Lead    string          `json:"lead,omitempty"` // its id; "" for a notice
	Outcome string          `json:"outcome"`
	Route   string          `json:"route,omitempty"`
	Note    string          `json:"note,omitempty"`
	To      []routes.Target `json:"to"`
}

// PlanImport says what taking events in would lead to, in their order. Nothing is written.
func (a *Actions) PlanImport(ctx context.Context, events []store.NewEvent) ([]ImportPlan, error) {
	kept := make([]store.Event, len(events))
	for i, e := range events {
		kept[i] = store.Event{ID: int64(i) + 1, Receiver: e.Receiver, Channel: e.Channel, At: e.At, Meta: e.Meta, Body: e.Body}
	}
	var b *batch
	err := guard("planning", func() (err error) {
		b, err = decideBatch(ctx, a.cfg(), 0, 0, kept, a.store, a.scopes, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	plans := make([]ImportPlan, len(events))
	for i := range b.routing.Events {
		e, p := &b.routing.Events[i], &plans[i]
		p.Outcome, p.Leads = e.Outcome.String(), []ImportLead{}
		for n := range e.Decisions {
			d := &e.Decisions[n]
			if d.Body == nil && d.Lead == nil {
				p.Note = d.Note
				continue
			}
			l := ImportLead{Outcome: d.Outcome.String(), Route: d.Route, Note: d.Note, To: []routes.Target{}}
			if d.Lead != nil {
				l.Lead = d.Lead.PublicID
			}
			for _, v := range d.Deliveries {
				l.To = append(l.To, routes.Target{Output: v.Output, Target: v.Target})
			}
			p.Leads = append(p.Leads, l)
		}
	}
	return plans, nil
}

// Import takes events in, as if they had been received now, and returns the id of the
// first; the others follow without a gap. The hub routes them at once, or, while none
// runs, when it does.
func (a *Actions) Import(ctx context.Context, events []store.NewEvent) (first int64, err error) {
	if a.hub != nil && a.hub.diskLow.Load() {
		return 0, ErrNotReady
	}
	first, err = a.store.Append(ctx, events, queue.PublishInbox)
	if err == nil && a.hub != nil {
		a.hub.inbox.Wake()
	}
	return first, err
}
