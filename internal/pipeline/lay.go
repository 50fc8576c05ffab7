package pipeline

import (
	"encoding/json"
	"fmt"
	"strings"

	"leadhub/internal/store"
	"leadhub/outputs"
	"leadhub/receivers"
	"leadhub/routes"
)

// lay turns the work into rows.
func (b *batch) lay() error {
	b.routing.Events = make([]store.RoutedEvent, len(b.work))
	touched := map[*store.LeadState]bool{}
	for i := range b.work {
		w, e := &b.work[i], &b.routing.Events[i]
		e.ID, e.Receiver, e.Key = b.events[i].ID, b.events[i].Receiver, w.key
		switch {
		case w.outcome != store.OutcomeNone:
			e.Outcome = w.outcome
			e.Decisions = []store.Decision{{Outcome: w.outcome, Note: w.note}}
		case w.u.Event.Kind == receivers.KindNotice:
			if err := b.layNotice(w, e); err != nil {
				return err
			}
		default:
			b.layLeads(w, e)
			for n := range w.leads {
				if st := w.leads[n].state; w.leads[n].body != nil && !touched[st] {
					touched[st] = true
					b.routing.Leads = append(b.routing.Leads, st)
				}
			}
		}
	}
	b.collectSends()
	return nil
}

func (b *batch) layNotice(w *eventWork, e *store.RoutedEvent) error {
	ev := &w.u.Event
	n := &outputs.Notice{
		Vendor: w.u.receiver.Type, Receiver: w.u.receiver.Name, Event: ev.Name, Tenant: ev.Tenant, Subject: ev.Subject,
		IsTest: ev.Test, OccurredAt: ev.OccurredAt.UTC(), ReceivedAt: w.u.request.ReceivedAt,
	}
	body, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("pipeline: encode a notice: %w", err)
	}
	d := &w.leads[0].decision
	e.Outcome = outcomeOf(d.Outcome)
	dec := decisionRow(d, w.u.Notes)
	dec.Body = body
	dec.Deliveries = newDeliveries(d, w.key, 0)
	e.Decisions = []store.Decision{dec}
	return nil
}

func (b *batch) layLeads(w *eventWork, e *store.RoutedEvent) {
	e.Decisions = make([]store.Decision, len(w.leads))
	sums := map[store.Outcome]int{}
	for n := range w.leads {
		l := &w.leads[n]
		dec := &e.Decisions[n]
		if l.outcome != store.OutcomeNone {
			*dec = store.Decision{Outcome: l.outcome, Note: l.note, Body: l.body}
		} else {
			*dec = decisionRow(&l.decision, w.u.Notes)
			dec.Body = l.body
			dec.Deliveries = newDeliveries(&l.decision, l.hash[:], l.revision)
		}
		dec.Lead, dec.Revision = l.state, l.revision
		sums[dec.Outcome]++
	}
	e.Outcome = store.OutcomeLeads
	for _, whole := range []store.Outcome{store.OutcomeRepeat, store.OutcomeStale, store.OutcomeTest} {
		if sums[whole] == len(w.leads) {
			e.Outcome = whole
		}
	}
}

func decisionRow(d *routes.Decision, notes []string) store.Decision {
	notes = append(append([]string(nil), notes...), d.Errors...)
	if d.Reason != "" {
		notes = append([]string{d.Reason}, notes...)
	}
	return store.Decision{Outcome: outcomeOf(d.Outcome), Route: d.Route, Note: strings.Join(notes, "; "), Trace: d.Trace}
}

func newDeliveries(d *routes.Decision, content []byte, revision int) []store.NewDelivery {
	targets := d.Targets
	if len(targets) == 0 {
		return nil
	}
	out := make([]store.NewDelivery, len(targets))
	for i, t := range targets {
		out[i] = store.NewDelivery{Output: t.Output, Target: t.Target, Key: store.DeliveryKey(content, revision, t.Output, t.Target, 0)}
		if held := d.HoldOf(t); held != nil {
			out[i].Due, out[i].Note = held.Until, "held until "+held.Calendar+" opens"
		}
	}
	return out
}

func outcomeOf(o routes.Outcome) store.Outcome {
	switch o {
	case routes.Routed:
		return store.OutcomeRouted
	case routes.Suppressed:
		return store.OutcomeSuppressed
	case routes.Held:
		return store.OutcomeHeld
	case routes.Test:
		return store.OutcomeTest
	case routes.Notice:
		return store.OutcomeNotice
	default:
		return store.OutcomeHeld // an outcome this version does not know must not lose the lead
	}
}

// collectSends lists the deliveries that may be born leased: first revisions that
// appear once in the batch. A later revision has to wait for an earlier one that
// may be on its way, which the store sorts out.
func (b *batch) collectSends() {
	count := map[*store.LeadState]int{}
	for i := range b.work {
		for n := range b.work[i].leads {
			if st := b.work[i].leads[n].state; st != nil && b.work[i].leads[n].body != nil {
				count[st]++
			}
		}
	}
	for i := range b.routing.Events {
		e := &b.routing.Events[i]
		for n := range e.Decisions {
			d := &e.Decisions[n]
			if len(d.Deliveries) == 0 || (d.Lead != nil && (d.Revision > 1 || count[d.Lead] > 1)) {
				continue
			}
			base := send{event: e, decision: d, trace: d.Trace}
			if d.Lead != nil {
				base.lead = &b.work[i].u.Event.Leads[n]
			}
			for k := range d.Deliveries {
				one := base
				one.index = k
				b.sends = append(b.sends, one)
			}
		}
	}
}
