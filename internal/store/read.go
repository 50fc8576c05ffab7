package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Filter narrows a list. The zero value lists the newest of everything.
type Filter struct {
	Receiver string
	Output   string
	Outcome  Outcome // events and leads; OutcomeNone: any
	Waiting  bool    // events: only those that are not routed yet
	State    *State  // deliveries; nil: any
	Since    time.Time
	Before   int64 // rows with a smaller id: the next page; 0: from the newest
	Limit    int   // ≥ 1
}

// EventRow is an event with what became of it.
type EventRow struct {
	Event
	Decisions []DecisionRow // empty while it waits to be routed
}

// DecisionRow is one decision with its lead.
type DecisionRow struct {
	ID       int64
	EventID  int64
	Run      int64 // the replay that decided; 0: when it was received
	N        int
	Outcome  Outcome
	Receiver string
	LeadID   string // "" without a lead
	Revision int
	Route    string
	Note     string
	Config   int64
	Trace    []byte
	Body     []byte
}

// LeadRow is a lead in its current revision.
type LeadRow struct {
	Row      int64
	PublicID string
	Revision int
	Decision DecisionRow // of the current revision
	At       time.Time   // when the event that brought it was received
}

// DeliveryRow is a delivery where it stands.
type DeliveryRow struct {
	ID       int64
	EventID  int64
	Decision int64
	Receiver string
	Output   string
	Target   string
	LeadID   string
	Revision int
	Key      []byte
	Route    string
	State    State // StatePaused where its output or target is paused
	At       time.Time
	Due      time.Time // zero unless waiting
	Done     time.Time // zero unless ended
	Tries    int
	Status   int
	Remote   string
	Note     string
	Again    int64 // the replay that sent it once more; 0: none did
}

type query struct {
	where []string
	args  []any
}

func (q *query) and(clause string, args ...any) {
	q.where = append(q.where, clause)
	q.args = append(q.args, args...)
}

func (q *query) text() string {
	if len(q.where) == 0 {
		return "1 = 1"
	}
	return strings.Join(q.where, " AND ")
}

// byName adds "column = id of name"; it returns false if nothing has that name.
func (q *query) byName(ctx context.Context, s *Store, column string, kind nameKind, name string) bool {
	if name == "" {
		return true
	}
	id, ok := s.find(ctx, kind, name)
	if ok {
		q.and(column+" = ?", id)
	}
	return ok
}

// ListEvents returns events, the newest first, with their decisions.
func (s *Store) ListEvents(ctx context.Context, f Filter) ([]EventRow, error) {
	q := &query{}
	if !q.byName(ctx, s, "e.receiver", nameReceiver, f.Receiver) {
		return nil, nil
	}
	if !f.Since.IsZero() {
		q.and("e.at >= ?", f.Since.UnixMilli())
	}
	if f.Before > 0 {
		q.and("e.id < ?", f.Before)
	}
	switch f.Outcome {
	case OutcomeNone:
	case OutcomeHeld, OutcomeUnmapped:
		q.and("e.id IN (SELECT c.event FROM decisions c WHERE "+inTrouble+" AND "+isLatest+")", f.Outcome)
	default:
		q.and("EXISTS (SELECT 1 FROM decisions c WHERE c.event = e.id AND c.outcome = ? AND "+isLatest+")", f.Outcome)
	}
	if f.Waiting {
		// The inbox is short and its events are the newest: the first term keeps the second from reading them all.
		q.and("e.id >= (SELECT min(first) FROM inbox) AND EXISTS (SELECT 1 FROM inbox i WHERE e.id BETWEEN i.first AND i.last)")
	}
	rows, err := s.read.QueryContext(ctx, `SELECT e.id, e.receiver, e.channel, e.at, e.meta, e.body FROM events e WHERE `+q.text()+` ORDER BY e.id DESC LIMIT ?`, append(q.args, f.Limit)...)
	if err != nil {
		return nil, fmt.Errorf("store: list events: %w", err)
	}
	defer rows.Close()
	var out []EventRow
	for rows.Next() {
		var e EventRow
		var receiver, at int64
		if err := rows.Scan(&e.ID, &receiver, &e.Channel, &at, &e.Meta, &e.Body); err != nil {
			return nil, fmt.Errorf("store: list events: %w", err)
		}
		e.Receiver, e.At = s.text(ctx, receiver), time.UnixMilli(at).UTC()
		out = append(out, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("store: list events: %w", err)
	}
	for i := range out {
		if out[i].Decisions, err = s.decisions(ctx, "c.event = ?", out[i].ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// ShowEvent returns one event; ErrNotFound if there is none.
func (s *Store) ShowEvent(ctx context.Context, id int64) (*EventRow, error) {
	found, err := s.Events(ctx, id, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, ErrNotFound
	}
	e := &EventRow{Event: found[0]}
	e.Decisions, err = s.decisions(ctx, "c.event = ?", id)
	return e, err
}

func (s *Store) decisions(ctx context.Context, where string, args ...any) ([]DecisionRow, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT c.id, c.event, c.run, c.n, c.outcome, c.receiver, coalesce(l.public_id, ''), c.revision, c.route, c.note, c.config, c.trace, c.body
		FROM decisions c LEFT JOIN leads l ON l.id = c.lead WHERE `+where+` ORDER BY c.event, c.run, c.n`, args...)
	if err != nil {
		return nil, fmt.Errorf("store: read decisions: %w", err)
	}
	defer rows.Close()
	var out []DecisionRow
	for rows.Next() {
		var d DecisionRow
		var receiver, route int64
		if err := rows.Scan(&d.ID, &d.EventID, &d.Run, &d.N, &d.Outcome, &receiver, &d.LeadID, &d.Revision, &route, &d.Note, &d.Config, &d.Trace, &d.Body); err != nil {
			return nil, fmt.Errorf("store: read decisions: %w", err)
		}
		d.Receiver, d.Route = s.text(ctx, receiver), s.text(ctx, route)
		out = append(out, d)
	}
	return out, rows.Err()
}

// ListLeads returns leads in their current revision, the newest first.
func (s *Store) ListLeads(ctx context.Context, f Filter) ([]LeadRow, error) {
	q := &query{}
	if !q.byName(ctx, s, "l.receiver", nameReceiver, f.Receiver) {
		return nil, nil
	}
	if !f.Since.IsZero() {
		q.and("e.at >= ?", f.Since.UnixMilli())
	}
	if f.Before > 0 {
		q.and("l.id < ?", f.Before)
	}
	if f.Outcome == OutcomeHeld {
		q.and("l.id IN (SELECT c.lead FROM decisions c WHERE "+inTrouble+")", f.Outcome)
	}
	if f.Outcome != OutcomeNone {
		q.and("c.outcome = ?", f.Outcome)
	}
	return s.leads(ctx, q.text()+` ORDER BY l.id DESC LIMIT ?`, append(q.args, f.Limit)...)
}

// ShowLead returns one lead and every decision about it, oldest first.
func (s *Store) ShowLead(ctx context.Context, publicID string) (*LeadRow, []DecisionRow, error) {
	found, err := s.leads(ctx, `l.public_id = ?`, publicID)
	if err != nil {
		return nil, nil, err
	}
	if len(found) == 0 {
		return nil, nil, ErrNotFound
	}
	history, err := s.decisions(ctx, `c.lead = ?`, found[0].Row)
	return &found[0], history, err
}

func (s *Store) leads(ctx context.Context, where string, args ...any) ([]LeadRow, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT l.id, l.public_id, l.revision, c.id, c.event, c.n, c.outcome, c.receiver, c.revision, c.route, c.note, c.config, c.trace, c.body, coalesce(e.at, 0)
		FROM leads l JOIN decisions c ON c.id = l.decision LEFT JOIN events e ON e.id = c.event WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: read leads: %w", err)
	}
	defer rows.Close()
	var out []LeadRow
	for rows.Next() {
		var l LeadRow
		var receiver, route, at int64
		d := &l.Decision
		if err := rows.Scan(&l.Row, &l.PublicID, &l.Revision, &d.ID, &d.EventID, &d.N, &d.Outcome, &receiver, &d.Revision, &route, &d.Note, &d.Config, &d.Trace, &d.Body, &at); err != nil {
			return nil, fmt.Errorf("store: read leads: %w", err)
		}
		d.LeadID, d.Receiver, d.Route = l.PublicID, s.text(ctx, receiver), s.text(ctx, route)
		l.At = time.UnixMilli(at).UTC()
		out = append(out, l)
	}
	return out, rows.Err()
}

// The clauses below repeat those of the partial indexes, which makes rare rows quick
// to find among millions of others.

// inTrouble selects the decisions c of one outcome: held or unmapped.
const inTrouble = `c.outcome IN (4, 7) AND c.outcome = ?`

// ListDeliveries returns deliveries, the newest first.
func (s *Store) ListDeliveries(ctx context.Context, f Filter) ([]DeliveryRow, error) {
	q := &query{}
	if !q.byName(ctx, s, "d.receiver", nameReceiver, f.Receiver) || !q.byName(ctx, s, "d.output", nameOutput, f.Output) {
		return nil, nil
	}
	if !f.Since.IsZero() {
		q.and("d.at >= ?", f.Since.UnixMilli())
	}
	if f.Before > 0 {
		q.and("d.id < ?", f.Before)
	}
	if f.State != nil {
		switch *f.State {
		case StateWaiting, StateSending:
			q.and("d.id IN (SELECT id FROM deliveries WHERE state = 0 UNION ALL SELECT id FROM deliveries WHERE state = 1) AND (d.state = 1 OR NOT " + isPaused + ")")
		case StatePaused, StateParked:
			q.and("d.id IN (SELECT id FROM deliveries WHERE state = 0 UNION ALL SELECT id FROM deliveries WHERE state > 2 AND state = 7) AND (d.state = 7 OR " + isPaused + ")")
		case StateDelivered:
			q.and("d.state = 2")
		default:
			q.and("d.state > 2 AND d.state = ?", *f.State)
		}
	}
	return s.deliveries(ctx, q.text()+` ORDER BY d.id DESC LIMIT ?`, append(q.args, f.Limit)...)
}

// DeliveriesOfEvent returns the deliveries an event led to, in their order.
func (s *Store) DeliveriesOfEvent(ctx context.Context, event int64) ([]DeliveryRow, error) {
	return s.deliveries(ctx, `d.decision IN (SELECT id FROM decisions WHERE event = ?) ORDER BY d.id`, event)
}

// DeliveriesOfLead returns the deliveries of every revision of a lead, in their order.
func (s *Store) DeliveriesOfLead(ctx context.Context, publicID string) ([]DeliveryRow, error) {
	return s.deliveries(ctx, `d.lead = (SELECT id FROM leads WHERE public_id = ?) ORDER BY d.id`, publicID)
}

const isPaused = `EXISTS (SELECT 1 FROM pauses p WHERE p.output = d.output AND p.target IN (0, d.target))`

func (s *Store) deliveries(ctx context.Context, where string, args ...any) ([]DeliveryRow, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT d.id, c.event, d.decision, d.receiver, d.output, d.target, coalesce(l.public_id, ''), d.revision, d.key,
			c.route, d.state, d.state = 0 AND `+isPaused+`,
			d.at, d.due, d.done, d.tries, d.status, d.remote, d.note, d.again
		FROM deliveries d JOIN decisions c ON c.id = d.decision LEFT JOIN leads l ON l.id = d.lead WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("store: read deliveries: %w", err)
	}
	defer rows.Close()
	var out []DeliveryRow
	for rows.Next() {
		var d DeliveryRow
		var receiver, output, target, route, at, due, done int64
		var paused bool
		if err := rows.Scan(&d.ID, &d.EventID, &d.Decision, &receiver, &output, &target, &d.LeadID, &d.Revision, &d.Key, &route,
			&d.State, &paused, &at, &due, &done, &d.Tries, &d.Status, &d.Remote, &d.Note, &d.Again); err != nil {
			return nil, fmt.Errorf("store: read deliveries: %w", err)
		}
		d.Receiver, d.Output = s.text(ctx, receiver), s.text(ctx, output)
		d.Target, d.Route = s.text(ctx, target), s.text(ctx, route)
		if paused {
			d.State = StatePaused
		}
		d.At = time.UnixMilli(at).UTC()
		if d.State == StateWaiting || d.State == StatePaused {
			d.Due = time.UnixMilli(due).UTC()
		}
		if done != 0 {
			d.Done = time.UnixMilli(done).UTC()
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// Attempts returns the attempts of a delivery that did not end in success, in their order.
func (s *Store) Attempts(ctx context.Context, delivery int64) ([]Attempt, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT n, at, status, what, note FROM attempts WHERE delivery = ? ORDER BY n`, delivery)
	if err != nil {
		return nil, fmt.Errorf("store: read attempts: %w", err)
	}
	defer rows.Close()
	var out []Attempt
	for rows.Next() {
		var a Attempt
		var at int64
		if err := rows.Scan(&a.N, &at, &a.Status, &a.What, &a.Note); err != nil {
			return nil, fmt.Errorf("store: read attempts: %w", err)
		}
		a.At = time.UnixMilli(at).UTC()
		out = append(out, a)
	}
	return out, rows.Err()
}
