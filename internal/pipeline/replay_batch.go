package pipeline

import (
	"context"
	"fmt"
	"slices"

	"leadhub/internal/config"
	"leadhub/internal/store"
	"leadhub/lead"
	"leadhub/outputs"
	"leadhub/receivers"
	"leadhub/routes"
	"leadhub/rules"
)

// replayBatch goes through a few events again. It decides as routing does, with the
// same code, and then leaves out what need not be done.
type replayBatch struct {
	*replayer
	cfg      *config.Config
	configID int64
	counts   *ReplayCounts
	b        *batch
	prior    map[int64][]store.DecisionRow
	now      map[string]*store.LeadNow  // by public id; shared by the leads of the batch
	content  map[*store.Decision][]byte // what a delivery's key covers
	changed  map[*store.Decision]*store.LeadNow
}

// place says which of two leads came later: by event, then by place in it.
func place(event int64, n int, now *store.LeadNow) int {
	switch {
	case event != now.Event:
		return int(max(-1, min(1, event-now.Event)))
	default:
		return n - now.N
	}
}

// plan turns events into a Routing that holds only what is to be done.
func (r *replayBatch) plan(ctx context.Context, events []store.Event) (*store.Routing, error) {
	r.content, r.changed = map[*store.Decision][]byte{}, map[*store.Decision]*store.LeadNow{}
	ids := make([]int64, len(events))
	for i := range events {
		ids[i] = events[i].ID
	}
	var err error
	if r.prior, err = r.store.LatestDecisions(ctx, ids); err != nil {
		return nil, err
	}
	r.counts.Events += len(events)
	events = slices.DeleteFunc(slices.Clone(events), func(e store.Event) bool { return r.ends(e.ID) })
	if r.spec.Stored {
		r.b = &batch{cfg: r.cfg, events: events, routing: &store.Routing{Config: r.configID, Run: r.run}}
		err = r.stored(ctx)
	} else {
		err = r.decided(ctx, events)
	}
	if err != nil {
		return nil, err
	}
	return r.b.routing, r.prune(ctx)
}

// ends says of an event that it is not gone into, and counts it.
func (r *replayBatch) ends(event int64) bool {
	prior := r.prior[event]
	if len(prior) == 0 {
		r.counts.leave(aloneNotRouted)
		return true
	}
	if want := r.spec.Outcome; want != store.OutcomeNone && !slices.ContainsFunc(prior, func(d store.DecisionRow) bool { return d.Outcome == want }) {
		r.counts.leave(aloneOutcome)
		return true
	}
	if len(prior) > 1 || prior[0].LeadID != "" {
		return false
	}
	switch prior[0].Outcome {
	case store.OutcomeRepeat: // the first of them is the one to replay
		r.counts.leave(aloneRepeat)
		return true
	case store.OutcomeEcho:
		r.counts.leave(aloneEcho)
		return true
	default:
		return false
	}
}

// decided decides with the rules of now.
func (r *replayBatch) decided(ctx context.Context, events []store.Event) error {
	b := &batch{cfg: r.cfg, events: events, work: make([]eventWork, len(events))}
	r.b = b
	b.parallel(r.scopes, func(s *rules.Scope, i int) { b.understand(s, i) })
	if err := r.identify(ctx); err != nil {
		return err
	}
	b.parallel(r.scopes, func(s *rules.Scope, i int) { b.decide(s, i) })
	b.routing = &store.Routing{Config: r.configID, Run: r.run}
	if err := b.lay(); err != nil {
		return err
	}
	b.sends = nil // what is replayed waits its turn behind what is new
	for i := range b.work {
		r.mark(&b.work[i], &b.routing.Events[i])
	}
	return nil
}

// mark notes what pruning has to know about an event's decisions. Where nothing is
// decided there is nothing to write, unless the event could not be read before: then
// it is kept that it can be, and what it was.
func (r *replayBatch) mark(w *eventWork, e *store.RoutedEvent) {
	unmapped := r.wasUnmapped(e.ID)
	if w.outcome != store.OutcomeNone {
		e.Decisions[0].Skip = !unmapped || w.outcome == store.OutcomeUnmapped
		return
	}
	for n := range e.Decisions {
		d := &e.Decisions[n]
		if w.u.Event.Kind == receivers.KindNotice {
			r.content[d] = w.key
			continue
		}
		l := &w.leads[n]
		r.content[d] = l.hash[:]
		d.Skip = l.outcome == store.OutcomeEcho || l.outcome != store.OutcomeNone && !unmapped
		if l.bumped {
			r.changed[d] = r.now[w.u.Event.Leads[n].ID]
		}
	}
	if !unmapped {
		e.Key = nil // it is known since the event was received
	}
}

func (r *replayBatch) wasUnmapped(event int64) bool {
	prior := r.prior[event]
	return len(prior) == 1 && prior[0].Outcome == store.OutcomeUnmapped
}

// identify finds each lead's place among its revisions.
func (r *replayBatch) identify(ctx context.Context) error {
	var keys [][]byte
	var ids []string
	e := r.b.collectEchoes(ctx, nil)
	for i := range r.b.work {
		w := &r.b.work[i]
		if w.key == nil {
			continue
		}
		keys = append(keys, w.key)
		for n := range w.u.Event.Leads {
			ids = append(ids, w.u.Event.Leads[n].ID)
		}
	}
	for _, key := range e.keys {
		keys = append(keys, key)
	}
	seen, err := r.seen(ctx, keys)
	if err != nil {
		return err
	}
	if r.now, err = r.leads(ctx, ids); err != nil {
		return err
	}
	for i := range r.b.work {
		if err := r.identifyEvent(ctx, i, e, seen); err != nil {
			return err
		}
	}
	return nil
}

func (r *replayBatch) identifyEvent(ctx context.Context, i int, e *echoes, seen map[string]bool) error {
	w, event := &r.b.work[i], r.b.events[i].ID
	unmapped := r.wasUnmapped(event)
	switch {
	case w.outcome == store.OutcomeUnmapped && unmapped:
		r.counts.StillUnmapped++
		return nil
	case w.outcome != store.OutcomeNone:
		r.counts.leave(aloneUnread)
		return nil
	case unmapped && seen[string(w.key)]:
		w.outcome, w.note, w.key = store.OutcomeRepeat, "the same event came again and was read then", nil
		r.counts.leave(aloneRepeat)
		return nil
	case unmapped:
		seen[string(w.key)] = true
	}
	if err := w.findEchoes(ctx, r.store, e, seen); err != nil {
		return err
	}
	if w.outcome == store.OutcomeEcho {
		r.counts.leave(aloneEcho)
		return nil
	}
	for n := range w.leads {
		r.revise(event, n, &w.leads[n], &w.u.Event.Leads[n])
	}
	return nil
}

// revise finds out what a lead of a replayed event is to the lead that is kept. An
// event never makes a newer revision over one that a later event brought.
func (r *replayBatch) revise(event int64, n int, w *leadWork, l *lead.Lead) {
	now := r.now[l.ID]
	leave := func(o store.Outcome, reason, note string) {
		w.outcome, w.note = o, note
		r.counts.leave(reason)
	}
	if w.echo != "" {
		w.state = &store.LeadState{PublicID: l.ID}
		leave(store.OutcomeEcho, aloneEcho, w.echo)
		return
	}
	if now == nil {
		now = &store.LeadNow{LeadState: store.LeadState{PublicID: l.ID}}
		r.now[l.ID] = now
		w.isNew = true
	}
	w.state, w.revision = &now.LeadState, now.Revision
	occurred := l.Source.OccurredAt.UnixMilli()
	at, known := place(event, n, now), now.Revision > 0
	switch same := known && now.Hash == w.hash; {
	case same && at == 0:
		w.isNew = now.Revision == 1
		l.Revision = now.Revision
		return
	case same:
		leave(store.OutcomeRepeat, aloneRepeat, fmt.Sprintf("nothing changed since revision %d", now.Revision))
		return
	case known && (at < 0 || at > 0 && occurred < now.Occurred):
		leave(store.OutcomeStale, aloneStale, fmt.Sprintf("it happened before revision %d", now.Revision))
		return
	}
	now.Revision++
	now.Occurred, now.Hash, now.Event, now.N = occurred, w.hash, event, n
	w.revision, l.Revision = now.Revision, now.Revision
	w.bumped = true
}

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

// newDelivery builds what outputs see of a delivery.
func newDelivery(cfg *config.Config, o *config.Output, table *routes.Table, j *store.Job) (*outputs.Delivery, error) {
	d := &outputs.Delivery{
		ID: j.PublicID(), Target: j.Target, Route: j.Route, Because: clausesOf(table, j), Attempt: j.Tries + 1, EventID: store.EventID(j.EventID),
		HubURL: cfg.Server.PublicURL, OnUpdate: o.Policy.OnUpdate, Data: cfg.Data,
	}
	var err error
	if j.LeadID == "" {
		d.Notice, err = decodeNotice(j.Body)
	} else if d.Lead = j.Lead; d.Lead == nil {
		d.Lead, err = decodeJSON[lead.Lead](j.Body)
	}
	if err != nil {
		return nil, outputs.Permanent(err)
	}
	if j.Previous != nil {
		d.Previous = &outputs.Sent{Revision: j.Previous.Revision, RemoteID: j.Previous.Remote}
	}
	return d, nil
}

// clausesOf returns the clauses of the route that chose a delivery's output, as the
// deciding configuration wrote them. They were all true, or it had not matched.
func clausesOf(table *routes.Table, j *store.Job) []string {
	if table == nil {
		return nil
	}
	list := table.Routes
	if j.LeadID == "" {
		list = table.Notices
	}
	for i := range list {
		if r := &list[i]; r.Name == j.Route && r.When != nil {
			return r.When.Clauses()
		}
	}
	return nil
}
