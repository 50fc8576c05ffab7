package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"leadhub/internal/config"
	"leadhub/internal/store"
	"leadhub/lead"
	"leadhub/receivers"
	"leadhub/routes"
	"leadhub/rules"
)

// batch is the work of one inbox row: its events, understood and decided, before
// anything is written.
type batch struct {
	cfg     *config.Config
	events  []store.Event
	work    []eventWork
	routing *store.Routing
	// sends holds, for each delivery of routing, what sending it needs.
	sends []send
}

type eventWork struct {
	u       *Understanding
	key     []byte
	leads   []leadWork
	outcome store.Outcome
	note    string
}

type leadWork struct {
	hash     [16]byte
	state    *store.LeadState
	revision int
	outcome  store.Outcome // none: to be decided
	note     string
	echo     string // what it is an echo of, "" if it is none
	isNew    bool
	bumped   bool // in a replay: it has new content
	decision routes.Decision
	body     []byte
}

// send is a delivery of the batch with what its decision knows, so that one born
// leased needs no reading back.
type send struct {
	event    *store.RoutedEvent
	decision *store.Decision
	index    int
	lead     *lead.Lead
	trace    []byte
}

// reader is what deciding a batch reads of the store.
type reader interface {
	SeenKeys(ctx context.Context, keys [][]byte) (map[string]bool, error)
	CurrentLeads(ctx context.Context, publicIDs []string) (map[string]*store.LeadState, error)
	CreatedFrom(ctx context.Context, key []byte) (publicID string, err error)
}

// decideBatch turns events into a Routing. It writes nothing. Only one router is
// active, so what it reads stays true until its transaction.
func decideBatch(ctx context.Context, cfg *config.Config, configID, inbox int64, events []store.Event, r reader, scopes *sync.Pool, f *flights) (*batch, error) {
	b := &batch{cfg: cfg, events: events, work: make([]eventWork, len(events))}
	b.parallel(scopes, func(s *rules.Scope, i int) { b.understand(s, i) })
	if err := b.identify(ctx, r, b.collectEchoes(ctx, f)); err != nil {
		return nil, err
	}
	b.parallel(scopes, func(s *rules.Scope, i int) { b.decide(s, i) })
	b.routing = &store.Routing{Inbox: inbox, Config: configID}
	if err := b.lay(); err != nil {
		return nil, err
	}
	return b, nil
}

// parallel runs fn for every event on all cores. A panic in fn becomes one of the
// caller, who can tell the batch by it; on its own it would end the process.
func (b *batch) parallel(scopes *sync.Pool, fn func(s *rules.Scope, i int)) {
	n := min(runtime.GOMAXPROCS(0), (len(b.events)+3)/4)
	var wg sync.WaitGroup
	var caught atomic.Value
	for w := range n {
		do := func() {
			if n > 1 {
				defer func() {
					if p := recover(); p != nil {
						caught.CompareAndSwap(nil, fmt.Sprint(p))
					}
				}()
			}
			s, _ := scopes.Get().(*rules.Scope)
			defer scopes.Put(s)
			for i := w; i < len(b.events); i += n {
				fn(s, i)
			}
		}
		if n == 1 {
			do()
			return
		}
		wg.Go(do)
	}
	wg.Wait()
	if p := caught.Load(); p != nil {
		panic(p)
	}
}

func (b *batch) understand(s *rules.Scope, i int) {
	e, w := &b.events[i], &b.work[i]
	r := b.cfg.Receiver(e.Receiver)
	if r == nil {
		w.outcome = store.OutcomeUnmapped
		w.note = fmt.Sprintf("the configuration has no receiver named %q any more", e.Receiver)
		return
	}
	header, err := DecodeMeta(e.Meta)
	if err != nil {
		w.outcome, w.note = store.OutcomeUnmapped, err.Error()
		return
	}
	w.u = Understand(b.cfg, s, r, &receivers.Request{Method: "POST", Path: r.Path, Header: header, Body: e.Body, ReceivedAt: e.At}, e.Channel.String())
	if w.u.Err != nil {
		w.outcome, w.note = store.OutcomeUnmapped, w.u.Err.Error()
		return
	}
	w.key = EventKey(e.Receiver, w.u.Event.Key)
	w.leads = make([]leadWork, len(w.u.Event.Leads))
	for n := range w.leads {
		w.leads[n].hash = w.u.Event.Leads[n].ContentHash()
	}
}

// EventKey is the 16-byte identity of an event at a receiver.
func EventKey(receiver, key string) []byte {
	h := sha256.New()
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(receiver))) //nolint:gosec // names are short
	h.Write(n[:])
	h.Write([]byte(receiver))
	h.Write([]byte(key))
	return h.Sum(nil)[:16]
}

// identify finds repeats and echoes, and gives each lead its revision. It goes event by event
// in the order of receipt, since one batch may hold a lead twice.
func (b *batch) identify(ctx context.Context, r reader, e *echoes) error {
	var keys [][]byte
	var ids []string
	for i := range b.work {
		w := &b.work[i]
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
	seen, err := r.SeenKeys(ctx, keys)
	if err != nil {
		return err
	}
	current, err := r.CurrentLeads(ctx, ids)
	if err != nil {
		return err
	}
	for i := range b.work {
		w := &b.work[i]
		switch {
		case w.key == nil:
			continue
		case seen[string(w.key)]:
			w.outcome, w.note, w.key = store.OutcomeRepeat, "the same event came before", nil
			continue
		}
		seen[string(w.key)] = true
		if err := w.findEchoes(ctx, r, e, seen); err != nil {
			return err
		}
		for n := range w.leads {
			w.leads[n].revise(&w.u.Event.Leads[n], current)
		}
	}
	return nil
}

// revise compares a lead with its current revision.
func (w *leadWork) revise(l *lead.Lead, current map[string]*store.LeadState) {
	occurred := l.Source.OccurredAt.UnixMilli()
	state := current[l.ID]
	if state == nil {
		state = &store.LeadState{PublicID: l.ID}
		current[l.ID] = state
		w.isNew = true
	}
	w.state = state
	w.revision = state.Revision
	switch {
	case state.Revision > 0 && state.Hash == w.hash:
		w.outcome, w.note = store.OutcomeRepeat, fmt.Sprintf("nothing changed since revision %d", state.Revision)
		return
	case state.Revision > 0 && occurred < state.Occurred:
		w.outcome, w.note = store.OutcomeStale, fmt.Sprintf("it happened before revision %d", state.Revision)
		return
	}
	if w.echo != "" {
		w.outcome, w.note = store.OutcomeEcho, w.echo
	}
	state.Revision++
	state.Occurred = occurred
	state.Hash = w.hash
	w.revision = state.Revision
	l.Revision = state.Revision
}

func (b *batch) decide(s *rules.Scope, i int) {
	w := &b.work[i]
	if w.outcome != store.OutcomeNone {
		return
	}
	if w.u.Event.Kind == receivers.KindNotice {
		w.leads = []leadWork{{decision: w.u.DecideNotice(b.cfg, s)}}
		return
	}
	for n := range w.leads {
		l := &w.leads[n]
		if l.outcome == store.OutcomeEcho {
			l.body = encodeLead(&w.u.Event.Leads[n])
		}
		if l.outcome != store.OutcomeNone {
			continue
		}
		l.decision = w.u.Decide(b.cfg, s, n, l.isNew)
		w.u.Event.Leads[n].Change(l.decision.Changes) // its hash is taken already: what routes set is no news
		l.body = encodeLead(&w.u.Event.Leads[n])
	}
}

func encodeLead(l *lead.Lead) []byte {
	body, err := json.Marshal(l)
	if err != nil {
		panic("pipeline: a lead does not marshal: " + err.Error()) // it holds strings, integers and times
	}
	return body
}
