package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// LeadState is a lead's current revision. Row is 0 for a lead never seen; Route fills it.
type LeadState struct {
	Row      int64
	PublicID string
	Revision int
	Occurred int64 // ms
	Hash     [16]byte

	isNew    bool
	decision int64
	receiver int64
}

// Routing is everything one inbox row led to. Route writes it in one transaction.
type Routing struct {
	Inbox  int64
	Config int64 // from KeepConfig
	Run    int64 // 0: as received; a replay numbers its own
	// Step is set by a replay, which has no inbox row to claim.
	Step   *RunStep
	Events []RoutedEvent
	Leads  []*LeadState // those whose current revision changed, each once, in its final state
}

// RoutedEvent is what one event led to.
type RoutedEvent struct {
	ID        int64
	Receiver  string
	Outcome   Outcome
	Key       []byte     // 16 bytes to remember, nil where it is known already
	Decisions []Decision // at least one: of an event without leads, its own
}

// Decision is what was decided about one lead, or about an event without leads.
type Decision struct {
	Outcome    Outcome
	Lead       *LeadState // nil without a lead
	Revision   int
	Route      string
	Note       string // the reason of a suppression, what is wrong with an unmapped event
	Trace      []byte
	Body       []byte // the lead, or the notice, as JSON
	Deliveries []NewDelivery

	// A replay says more. Skip: nothing is written about this lead, whose place in the
	// event is still its own. Config, if not 0, decided instead of the routing's. Revive
	// are deliveries that did not arrive and are tried again, now for this decision.
	Skip   bool
	Config int64
	Revive []Sending

	ID int64 // filled by Route
}

// NewDelivery is one delivery to write.
type NewDelivery struct {
	Output string
	Target string
	Key    []byte // 10 bytes, part of the public id
	Leased bool   // born in the hands of this hub, which sends it at once
	// Due is when it may be sent first; zero, or a time that has passed: at once. It
	// cannot be Leased then. Note says what it waits for.
	Due  time.Time
	Note string
	// Again is the run that sends once more what arrived; 0: for the first time.
	Again int64

	ID int64 // filled by Route
}

// SeenKeys returns which of the keys are known: those of events, and those that
// Record was told to remember.
func (s *Store) SeenKeys(ctx context.Context, keys [][]byte) (map[string]bool, error) {
	seen := map[string]bool{}
	for len(keys) > 0 {
		n := min(len(keys), 500)
		args := make([]any, n)
		for i, k := range keys[:n] {
			args[i] = k
		}
		keys = keys[n:]
		err := each(ctx, s.read, `SELECT key FROM keys WHERE key IN (`+marks(n)+`)`, func(scan func(...any) error) error {
			var k []byte
			err := scan(&k)
			seen[string(k)] = true
			return err
		}, args...)
		if err != nil {
			return nil, fmt.Errorf("store: look keys up: %w", err)
		}
	}
	return seen, nil
}

// CreatedFrom returns the public id of the lead whose delivery was recorded with
// this key (Result.Remember); "" where the key or the delivery is not kept.
func (s *Store) CreatedFrom(ctx context.Context, key []byte) (publicID string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT l.public_id FROM keys k JOIN deliveries d ON d.id = k.ref JOIN leads l ON l.id = d.lead WHERE k.key = ?`, key).Scan(&publicID)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("store: look up what a lead was created from: %w", err)
	}
	return publicID, nil
}

// CurrentLeads returns the current state of those leads that are known.
func (s *Store) CurrentLeads(ctx context.Context, publicIDs []string) (map[string]*LeadState, error) {
	out := map[string]*LeadState{}
	for len(publicIDs) > 0 {
		n := min(len(publicIDs), 500)
		args := make([]any, n)
		for i, id := range publicIDs[:n] {
			args[i] = id
		}
		publicIDs = publicIDs[n:]
		err := each(ctx, s.read, `SELECT id, public_id, revision, occurred, hash FROM leads WHERE public_id IN (`+marks(n)+`)`, func(scan func(...any) error) error {
			l := &LeadState{}
			var hash []byte
			err := scan(&l.Row, &l.PublicID, &l.Revision, &l.Occurred, &hash)
			copy(l.Hash[:], hash)
			out[l.PublicID] = l
			return err
		}, args...)
		if err != nil {
			return nil, fmt.Errorf("store: look leads up: %w", err)
		}
	}
	return out, nil
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?,", n), ",") }

// Route writes what an inbox row led to, claiming the row first: claimed is
// false, and nothing was written, if it was routed before. It fills in the ids of
// decisions and deliveries.
func (s *Store) Route(ctx context.Context, r *Routing) (claimed bool, err error) {
	w, err := s.plan(ctx, r)
	if err != nil {
		return false, err
	}
	err = s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var err error
		if claimed, err = s.claimRouting(ctx, tx, r); err != nil || !claimed {
			return err
		}
		return w.write(ctx, tx, s)
	})
	if err != nil || !claimed {
		return false, err
	}
	for _, l := range r.Leads {
		l.isNew = false
	}
	return true, nil
}

// claimRouting takes what is to be routed out of the way of others: an inbox row, or
// the next step of a run.
func (s *Store) claimRouting(ctx context.Context, tx *sql.Tx, r *Routing) (bool, error) {
	if r.Step != nil {
		return claimStep(ctx, tx, s.stmts, r.Run, r.Step)
	}
	gone, err := tx.StmtContext(ctx, s.stmts.claimInbox).ExecContext(ctx, r.Inbox)
	if err != nil {
		return false, fmt.Errorf("store: claim inbox row %d: %w", r.Inbox, err)
	}
	n, err := gone.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("store: claim inbox row %d: %w", r.Inbox, err)
	}
	return n > 0, nil
}

// routeWrite is a Routing turned into rows.
type routeWrite struct {
	now                                   int64
	sums                                  counts
	keys, newLeads, decisions, deliveries []any
	changed                               []*LeadState
	supersede                             []superseding
	revive                                []reviving
}

// reviving is a delivery that did not arrive and is tried again.
type reviving struct {
	Sending
	decision, receiver, output int64
}

type superseding struct {
	lead           *LeadState
	output, target int64
	revision       int
}

// plan hands out the ids and lays the rows out, before the transaction begins.
func (s *Store) plan(ctx context.Context, r *Routing) (*routeWrite, error) {
	w := &routeWrite{now: s.ms(), sums: counts{}}
	for _, l := range r.Leads {
		if l.Row == 0 {
			l.Row = s.ids.take(&s.ids.leads, 1)
			l.isNew = true
		}
	}
	day := dayOf(w.now)
	for i := range r.Events {
		e := &r.Events[i]
		receiver, err := s.name(ctx, nameReceiver, e.Receiver)
		if err != nil {
			return nil, err
		}
		if r.Run == 0 {
			w.sums.add(day, receiver, 0, itemEvent+item(e.Outcome))
		}
		if e.Key != nil {
			w.keys = append(w.keys, e.Key, e.ID)
		}
		if r.Run == 0 && len(e.Decisions) > 0 && e.Decisions[0].Lead != nil {
			w.sums.add(day, receiver, 0, itemWithLeads)
		}
		for n := range e.Decisions {
			if err := s.planDecision(ctx, w, r, e, n, receiver); err != nil {
				return nil, err
			}
		}
	}
	for _, l := range r.Leads {
		if l.isNew {
			w.newLeads = append(w.newLeads, l.Row, l.PublicID, l.receiver, l.Revision, l.Occurred, l.Hash[:], l.decision)
			w.sums.add(day, l.receiver, 0, itemNewLeads)
		} else {
			w.changed = append(w.changed, l)
		}
	}
	return w, nil
}

func (s *Store) planDecision(ctx context.Context, w *routeWrite, r *Routing, e *RoutedEvent, n int, receiver int64) error {
	d := &e.Decisions[n]
	if d.Skip {
		return nil
	}
	day := dayOf(w.now)
	d.ID = s.ids.take(&s.ids.decisions, 1)
	route, err := s.name(ctx, nameRoute, d.Route)
	if err != nil {
		return err
	}
	var lead any
	if d.Lead != nil {
		lead = d.Lead.Row
		d.Lead.receiver = receiver
		// A repeat in the same batch speaks of the same revision, but did not bring it.
		if d.Revision == d.Lead.Revision && d.Outcome != OutcomeRepeat && d.Outcome != OutcomeStale {
			d.Lead.decision = d.ID
		}
	}
	switch {
	case r.Run != 0 && d.Lead != nil:
		w.sums.add(day, receiver, 0, itemRunLead+item(d.Outcome))
	case r.Run != 0:
		w.sums.add(day, receiver, 0, itemRunEvent+item(d.Outcome))
	case d.Lead != nil:
		w.sums.add(day, receiver, 0, itemLeads)
		w.sums.add(day, receiver, 0, itemLead+item(d.Outcome))
	}
	w.decisions = append(w.decisions, d.ID, e.ID, r.Run, n, receiver, d.Outcome, lead, d.Revision, cmp.Or(d.Config, r.Config), route, d.Note, d.Trace, d.Body)
	for _, v := range d.Revive {
		output, err := s.name(ctx, nameOutput, v.Output)
		if err != nil {
			return err
		}
		w.revive = append(w.revive, reviving{v, d.ID, receiver, output})
	}
	if len(d.Deliveries) == 0 {
		return nil
	}
	first := s.ids.take(&s.ids.deliveries, len(d.Deliveries))
	for i := range d.Deliveries {
		v := &d.Deliveries[i]
		v.ID = first + int64(i)
		output, err := s.name(ctx, nameOutput, v.Output)
		if err != nil {
			return err
		}
		target, err := s.name(ctx, nameTarget, v.Target)
		if err != nil {
			return err
		}
		state, owner := StateWaiting, int64(0)
		if v.Leased {
			state, owner = StateSending, s.epoch
		}
		w.deliveries = append(w.deliveries, v.ID, d.ID, receiver, lead, d.Revision, output, target, v.Again, v.Key, state, owner, w.now, v.due(w.now), v.Note)
		w.sums.add(day, receiver, output, itemCreated)
		if d.Lead != nil && d.Revision > 1 {
			w.supersede = append(w.supersede, superseding{d.Lead, output, target, d.Revision})
		}
	}
	return nil
}

// due returns when a delivery may be sent first, in ms.
func (v *NewDelivery) due(now int64) int64 {
	if v.Due.IsZero() {
		return now
	}
	return max(now, v.Due.UnixMilli())
}

func (w *routeWrite) write(ctx context.Context, tx *sql.Tx, s *Store) error {
	st := s.stmts
	for _, part := range []struct {
		into *bulk
		args []any
	}{{st.keys, w.keys}, {st.newLeads, w.newLeads}, {st.decisions, w.decisions}, {st.deliveries, w.deliveries}} {
		if err := part.into.insert(ctx, tx, part.args); err != nil {
			return err
		}
	}
	for _, l := range w.changed {
		if _, err := tx.StmtContext(ctx, st.setLead).ExecContext(ctx, l.Revision, l.Occurred, l.Hash[:], l.decision, l.Row); err != nil {
			return fmt.Errorf("store: update lead: %w", err)
		}
	}
	for _, p := range w.supersede {
		if err := w.skipOlder(ctx, tx, st, p); err != nil {
			return err
		}
	}
	for _, v := range w.revive {
		res, err := tx.StmtContext(ctx, st.revive).ExecContext(ctx, v.decision, w.now, v.ID, v.State)
		if err != nil {
			return fmt.Errorf("store: try delivery %d again: %w", v.ID, err)
		}
		// None, if a person was faster: then it waits already.
		if n, err := res.RowsAffected(); err != nil {
			return fmt.Errorf("store: try delivery %d again: %w", v.ID, err)
		} else if n > 0 {
			w.sums.take(dayOf(w.now), v.receiver, v.output, itemDelivery+item(v.State))
		}
	}
	return w.sums.write(ctx, tx, st)
}

// skipOlder ends the deliveries that a newer revision makes pointless. One that is
// being sent is left to end; the newer one waits for it.
func (w *routeWrite) skipOlder(ctx context.Context, tx *sql.Tx, st *statements, p superseding) error {
	rows, err := tx.StmtContext(ctx, st.supersede).QueryContext(ctx, StateSkipped, w.now,
		replacedBy+strconv.Itoa(p.revision), p.lead.Row, p.output, p.target, p.revision)
	if err != nil {
		return fmt.Errorf("store: skip older revisions: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var receiver int64
		if err := rows.Scan(&receiver); err != nil {
			return fmt.Errorf("store: skip older revisions: %w", err)
		}
		w.sums.add(dayOf(w.now), receiver, p.output, itemDelivery+item(StateSkipped))
	}
	return rows.Err()
}
