package pipeline

import (
	"context"
	"slices"

	"leadhub/internal/config"
	"leadhub/internal/store"
)

// prune leaves out of the routing what need not be done, and counts the rest.
func (r *replayBatch) prune(ctx context.Context) error {
	touched := map[*store.LeadState]bool{}
	for i := range r.b.routing.Events {
		e := &r.b.routing.Events[i]
		written := false
		for n := range e.Decisions {
			d := &e.Decisions[n]
			if !d.Skip {
				if err := r.pruneDecision(ctx, e, n, d); err != nil {
					return err
				}
			}
			if d.Skip {
				continue
			}
			written = true
			r.counts.Decisions++
			if d.Lead != nil && d.Outcome != store.OutcomeRepeat && d.Outcome != store.OutcomeStale {
				touched[d.Lead] = true
			}
			if now := r.changed[d]; now != nil {
				r.keep(now, d.Revision)
			}
		}
		switch {
		case !written:
			e.Key = nil
		case r.wasUnmapped(e.ID):
			r.remember(e.Key)
			r.counts.Mapped++
		}
	}
	r.b.routing.Leads = slices.DeleteFunc(r.b.routing.Leads, func(l *store.LeadState) bool { return !touched[l] })
	return nil
}

// keep counts a lead that is new, or has new content.
func (r *replayBatch) keep(now *store.LeadNow, revision int) {
	r.overlay(now)
	if revision == 1 {
		r.counts.NewLeads++
	} else {
		r.counts.NewRevisions++
	}
}

// meant says whether what was asked for includes lead n of an event, or the notice.
func (r *replayBatch) meant(e *store.RoutedEvent, prior *store.DecisionRow, d *store.Decision) bool {
	if want := r.spec.Route; want != "" && d.Route != want {
		r.counts.leave(aloneRoute)
		return false
	}
	if want := r.spec.Outcome; want != store.OutcomeNone && !r.wasUnmapped(e.ID) && (prior == nil || prior.Outcome != want) {
		r.counts.leave(aloneOutcome)
		return false
	}
	return true
}

func (r *replayBatch) pruneDecision(ctx context.Context, e *store.RoutedEvent, n int, d *store.Decision) error {
	prior := r.priorOf(e.ID, n)
	if d.Skip = !r.meant(e, prior, d); d.Skip || d.Body == nil {
		return nil
	}
	r.counts.route(d.Route, d.Outcome)
	if prior != nil && prior.Outcome == store.OutcomeHeld {
		if d.Outcome == store.OutcomeHeld {
			r.counts.StillHeld++
		} else {
			r.counts.Released++
		}
	}
	var sent []store.Sending
	var err error
	switch {
	case d.Lead == nil:
		sent, err = r.store.SentFor(ctx, e.ID)
	case d.Lead.Row != 0:
		sent, err = r.store.SentAt(ctx, d.Lead.Row, d.Revision)
	}
	if err != nil {
		return err
	}
	kept := d.Deliveries[:0]
	for _, v := range d.Deliveries {
		send, err := r.choose(ctx, d, &v, sent)
		if err != nil {
			return err
		}
		if send {
			kept = append(kept, v)
		}
	}
	d.Deliveries = kept
	if prior != nil && prior.Outcome == d.Outcome && prior.Route == d.Route && prior.Revision == d.Revision && len(d.Deliveries)+len(d.Revive) == 0 {
		d.Skip = true
		r.counts.leave(aloneSame)
	}
	return nil
}

// priorOf is what was decided before about lead n of an event, nil if nothing was.
func (r *replayBatch) priorOf(event int64, n int) *store.DecisionRow {
	prior := r.prior[event]
	i := slices.IndexFunc(prior, func(d store.DecisionRow) bool { return d.N == n })
	if i < 0 {
		return nil
	}
	return &prior[i]
}

// choose says whether a delivery is to be written. One that did not arrive is put to
// d.Revive instead, under the identity it has.
func (r *replayBatch) choose(ctx context.Context, d *store.Decision, v *store.NewDelivery, sent []store.Sending) (bool, error) {
	if r.spec.Output != "" && v.Output != r.spec.Output {
		return false, nil
	}
	o := r.outputNamed(v.Output)
	c := r.counts.output(v.Output)
	if o == nil {
		c.Removed++
		return false, nil
	}
	var arrived, failed *store.Sending
	for i := range sent {
		s := &sent[i]
		if s.Output != v.Output || s.Target != v.Target {
			continue
		}
		switch {
		case s.State == store.StateDelivered, s.State == store.StateAlreadyThere:
			arrived = s
		case s.State.Ended():
			failed = s
		default:
			c.Waiting++
			return false, nil
		}
	}
	switch {
	case arrived != nil:
		differs, err := r.differs(ctx, o, d, arrived)
		if err != nil {
			return false, err
		}
		c = r.counts.output(v.Output)
		if differs {
			c.Differ++
		}
		if r.spec.Mode == ReplayMissing || r.spec.Mode == ReplayChanged && !differs {
			c.Arrived++
			return false, nil
		}
		v.Again = r.run
		v.Key = store.DeliveryKey(r.content[d], d.Revision, v.Output, v.Target, r.run)
		c.Again++
	case failed != nil && failed.State == store.StateSkipped && r.spec.Mode != ReplayAgain:
		c.Arrived++ // left out on purpose, with a reason that still holds
		return false, nil
	case failed != nil:
		d.Revive = append(d.Revive, *failed)
		c.Send++
		c.Retried++
		return false, nil
	}
	c.Send++
	return true, nil
}

// differs says whether the request of a delivery that arrived would be another one
// with the decision d. It is rendered under the delivery's own identity, which may
// be part of the request.
func (r *replayBatch) differs(ctx context.Context, o *config.Output, d *store.Decision, s *store.Sending) (bool, error) {
	if s.Request == nil {
		return false, nil // it was there already, before anything was rendered
	}
	j, err := r.store.JobOf(ctx, s.ID)
	if err != nil {
		return false, err
	}
	j.Body, j.Route, j.Trace, j.Config = d.Body, d.Route, d.Trace, d.Config
	table := r.cfg.Routes
	if d.Config != 0 {
		table = r.tableOf(d.Config)
	}
	del, err := newDelivery(r.cfg, o, table, j)
	if err != nil {
		return true, nil //nolint:nilerr // what cannot be rendered any more is another request
	}
	req, err := Render(View(o, table, d.Trace, del), del)
	if err != nil {
		return true, nil //nolint:nilerr // the same
	}
	hash := req.Hash()
	return string(hash[:]) != string(s.Request), nil
}

func (r *replayBatch) outputNamed(name string) *config.Output {
	i := slices.IndexFunc(r.cfg.Outputs, func(o config.Output) bool { return o.Name == name })
	if i < 0 {
		return nil
	}
	return &r.cfg.Outputs[i]
}
