package pipeline

import (
	"context"
	"slices"

	"leadhub/internal/store"
)

// stored lays out what was decided, as it was decided.
func (r *replayBatch) stored(ctx context.Context) error {
	var ids []string
	for _, e := range r.b.events {
		for _, d := range r.prior[e.ID] {
			if d.LeadID != "" {
				ids = append(ids, d.LeadID)
			}
		}
	}
	var err error
	if r.now, err = r.leads(ctx, ids); err != nil {
		return err
	}
	for _, e := range r.b.events {
		prior := r.prior[e.ID]
		last := slices.MaxFunc(prior, func(a, b store.DecisionRow) int { return a.N - b.N })
		re := store.RoutedEvent{ID: e.ID, Receiver: e.Receiver, Decisions: make([]store.Decision, last.N+1)}
		for n := range re.Decisions {
			re.Decisions[n].Skip = true
		}
		for i := range prior {
			if err := r.storedDecision(ctx, &prior[i], &re.Decisions[prior[i].N]); err != nil {
				return err
			}
		}
		r.b.routing.Events = append(r.b.routing.Events, re)
	}
	return nil
}

func (r *replayBatch) storedDecision(ctx context.Context, row *store.DecisionRow, d *store.Decision) error {
	var sent []store.Sending
	var err error
	if row.LeadID == "" {
		switch row.Outcome {
		case store.OutcomeNotice, store.OutcomeTest:
		case store.OutcomeUnmapped:
			r.counts.StillUnmapped++
			return nil
		default:
			r.counts.leave(aloneUndecided)
			return nil
		}
		*d = store.Decision{Outcome: row.Outcome, Route: row.Route, Note: row.Note, Trace: row.Trace, Body: row.Body, Config: row.Config}
		r.content[d] = append([]byte(store.EventID(row.EventID)), row.Body...)
		sent, err = r.store.SentFor(ctx, row.EventID)
	} else {
		now := r.now[row.LeadID]
		switch {
		case row.Outcome == store.OutcomeRepeat, now != nil && row.Outcome != store.OutcomeEcho && place(row.EventID, row.N, now) > 0:
			r.counts.leave(aloneRepeat)
			return nil
		case row.Outcome == store.OutcomeEcho:
			r.counts.leave(aloneEcho)
			return nil
		case now == nil || place(row.EventID, row.N, now) != 0:
			r.counts.leave(aloneStale)
			return nil
		}
		*d = store.Decision{
			Outcome: now.Outcome, Lead: &now.LeadState, Revision: now.Revision, Route: now.Route, Note: now.Note,
			Trace: now.Trace, Body: now.Body, Config: now.Config,
		}
		r.content[d] = now.Hash[:]
		r.b.routing.Leads = append(r.b.routing.Leads, &now.LeadState)
		sent, err = r.store.SentAt(ctx, now.Row, now.Revision)
	}
	for _, s := range sent {
		if !slices.ContainsFunc(d.Deliveries, func(v store.NewDelivery) bool { return v.Output == s.Output && v.Target == s.Target }) {
			d.Deliveries = append(d.Deliveries, store.NewDelivery{Output: s.Output, Target: s.Target})
		}
	}
	return err
}
