package store

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// EventFilter selects kept events to go through again, in their order.
type EventFilter struct {
	IDs      []int64 // nil: all that fit; at most MaxEventIDs
	After    int64   // those with a larger id
	Last     int64   // those with no larger id
	From     time.Time
	Until    time.Time // exclusive; zero: no end
	Receiver string
	Outcome  Outcome // held or unmapped, as it is now; OutcomeNone: any
}

// MaxEventIDs bounds EventFilter.IDs.
const MaxEventIDs = 10_000

// isLatest leaves out the decisions c that a later run of a replay has replaced.
const isLatest = `NOT EXISTS (SELECT 1 FROM decisions x WHERE x.event = c.event AND x.n = c.n AND x.run > c.run)`

// SelectEvents returns up to limit events that fit, the oldest first.
func (s *Store) SelectEvents(ctx context.Context, f EventFilter, limit int) ([]Event, error) {
	q := &query{}
	q.and("e.id > ?", f.After)
	q.and("e.id <= ?", f.Last)
	if !q.byName(ctx, s, "e.receiver", nameReceiver, f.Receiver) {
		return nil, nil
	}
	if f.IDs != nil {
		ids := slices.Sorted(slices.Values(f.IDs))
		i, _ := slices.BinarySearch(ids, f.After+1)
		ids = slices.Compact(ids[i:])
		ids = ids[:min(len(ids), limit)]
		args := make([]any, len(ids))
		for i, id := range ids {
			args[i] = id
		}
		q.and("e.id IN ("+marks(len(args))+")", args...)
	}
	if !f.From.IsZero() {
		q.and("e.at >= ?", f.From.UnixMilli())
	}
	if !f.Until.IsZero() {
		q.and("e.at < ?", f.Until.UnixMilli())
	}
	if f.Outcome != OutcomeNone {
		q.and("e.id IN (SELECT c.event FROM decisions c WHERE "+inTrouble+" AND "+isLatest+")", f.Outcome)
	}
	var out []Event
	err := each(ctx, s.read, `SELECT e.id, e.receiver, e.channel, e.at, e.meta, e.body FROM events e WHERE `+q.text()+` ORDER BY e.id LIMIT ?`, func(scan func(...any) error) error {
		var e Event
		var receiver, at int64
		err := scan(&e.ID, &receiver, &e.Channel, &at, &e.Meta, &e.Body)
		e.Receiver, e.At = s.text(ctx, receiver), time.UnixMilli(at).UTC()
		out = append(out, e)
		return err
	}, append(q.args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("store: select events: %w", err)
	}
	return out, nil
}

// LastEvent is the id of the newest event, 0 if there is none.
func (s *Store) LastEvent(ctx context.Context) (id int64, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT coalesce(max(id), 0) FROM events`).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("store: the newest event: %w", err)
	}
	return id, nil
}

// clockSlack is how much the clock may have been set back for BeginAt to find every event.
const clockSlack = time.Hour

// BeginAt returns an id that every event received since t is above. Events come in
// the order of time, but for a clock that was set back.
func (s *Store) BeginAt(ctx context.Context, t time.Time) (int64, error) {
	if t.IsZero() {
		return 0, nil
	}
	last, err := s.LastEvent(ctx)
	if err != nil {
		return 0, err
	}
	low, high := int64(0), last // every event up to low is earlier
	for low < high {
		mid := low + (high-low)/2 + 1
		var at int64
		err := s.read.QueryRowContext(ctx, `SELECT at FROM events WHERE id >= ? ORDER BY id LIMIT 1`, mid).Scan(&at)
		if err != nil {
			return 0, fmt.Errorf("store: find a time: %w", err)
		}
		if at < t.Add(-clockSlack).UnixMilli() {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low, nil
}

// LatestDecisions returns the decisions about events as they stand: those of a replay
// in the place of the ones they replaced. An event without any is not routed yet.
func (s *Store) LatestDecisions(ctx context.Context, events []int64) (map[int64][]DecisionRow, error) {
	out := map[int64][]DecisionRow{}
	if len(events) == 0 {
		return out, nil
	}
	args := make([]any, len(events))
	for i, id := range events {
		args[i] = id
	}
	rows, err := s.decisions(ctx, "c.event IN ("+marks(len(args))+") AND "+isLatest, args...)
	for _, d := range rows {
		out[d.EventID] = append(out[d.EventID], d)
	}
	return out, err
}

// LeadNow is a lead with the decision about its current revision.
type LeadNow struct {
	LeadState
	Event   int64 // the event that brought the current revision
	N       int   // its place in that event
	Outcome Outcome
	Route   string
	Note    string
	Config  int64
	Trace   []byte
	Body    []byte
}

// LeadsNow returns those of the leads that are known.
func (s *Store) LeadsNow(ctx context.Context, publicIDs []string) (map[string]*LeadNow, error) {
	out := map[string]*LeadNow{}
	for len(publicIDs) > 0 {
		n := min(len(publicIDs), 500)
		args := make([]any, n)
		for i, id := range publicIDs[:n] {
			args[i] = id
		}
		publicIDs = publicIDs[n:]
		err := each(ctx, s.read, `SELECT l.id, l.public_id, l.revision, l.occurred, l.hash, c.event, c.n, c.outcome, c.route, c.note, c.config, c.trace, c.body
			FROM leads l JOIN decisions c ON c.id = l.decision WHERE l.public_id IN (`+marks(n)+`)`, func(scan func(...any) error) error {
			l := &LeadNow{}
			var hash []byte
			var route int64
			err := scan(&l.Row, &l.PublicID, &l.Revision, &l.Occurred, &hash, &l.Event, &l.N, &l.Outcome, &route, &l.Note, &l.Config, &l.Trace, &l.Body)
			copy(l.Hash[:], hash)
			l.Route = s.text(ctx, route)
			out[l.PublicID] = l
			return err
		}, args...)
		if err != nil {
			return nil, fmt.Errorf("store: look leads up: %w", err)
		}
	}
	return out, nil
}

// Sending is a delivery of one revision of a lead, or of a notice, as a replay sees it.
type Sending struct {
	ID      int64
	Output  string
	Target  string
	Again   int64 // the run that asked for it; 0: as routed
	State   State
	Request []byte // hash of the request, nil before the first attempt
}

const sendingColumns = `SELECT d.id, d.output, d.target, d.again, d.state, d.request FROM deliveries d WHERE `

// SentAt returns the deliveries of one revision of a lead.
func (s *Store) SentAt(ctx context.Context, lead int64, revision int) ([]Sending, error) {
	return s.sendings(ctx, `d.lead = ? AND d.revision = ? ORDER BY d.id`, lead, revision)
}

// SentFor returns the deliveries of a notice.
func (s *Store) SentFor(ctx context.Context, event int64) ([]Sending, error) {
	return s.sendings(ctx, `d.decision IN (SELECT id FROM decisions WHERE event = ?) AND +d.lead IS NULL ORDER BY d.id`, event) // +: notices are not found by having no lead
}

func (s *Store) sendings(ctx context.Context, where string, args ...any) ([]Sending, error) {
	var out []Sending
	err := each(ctx, s.read, sendingColumns+where, func(scan func(...any) error) error {
		var d Sending
		var output, target int64
		err := scan(&d.ID, &output, &target, &d.Again, &d.State, &d.Request)
		d.Output, d.Target = s.text(ctx, output), s.text(ctx, target)
		out = append(out, d)
		return err
	}, args...)
	if err != nil {
		return nil, fmt.Errorf("store: what was sent: %w", err)
	}
	return out, nil
}

// JobOf returns a delivery with all that rendering it needs, without taking it into
// this hub's hands.
func (s *Store) JobOf(ctx context.Context, id int64) (*Job, error) {
	jobs, err := s.jobs(ctx, []any{id})
	if err != nil {
		return nil, err
	}
	if len(jobs) == 0 {
		return nil, ErrNotFound
	}
	return jobs[0], nil
}

// Backlog returns how many deliveries of an output are due, at most limit. Those
// that a pause keeps back do not count.
func (s *Store) Backlog(ctx context.Context, output string, limit int) (n int, err error) {
	id, ok := s.find(ctx, nameOutput, output)
	if !ok {
		return 0, nil
	}
	err = s.read.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM deliveries d WHERE d.output = ? AND d.state = 0 AND d.due <= ? AND NOT `+isPaused+` LIMIT ?)`,
		id, s.ms(), limit).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("store: backlog: %w", err)
	}
	return n, nil
}
