package pipeline

import (
	"context"
	"fmt"
	"slices"

	"leadhub/internal/config"
	"leadhub/internal/store"
	"leadhub/lead"
	"leadhub/receivers"
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
