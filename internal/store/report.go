package store

import (
	"context"
	"fmt"
	"time"
)

// EventSummary is one event with what became of it, without its contents.
type EventSummary struct {
	ID         int64
	Receiver   string
	At         time.Time
	Decisions  []DecisionSummary // the latest; empty while it waits to be routed
	Deliveries []DeliverySummary
}

// DecisionSummary is one decision without its lead.
type DecisionSummary struct {
	N       int
	Outcome Outcome
	Note    string
	HasLead bool

	run int64
}

// DeliverySummary is where one delivery stands.
type DeliverySummary struct {
	State State
	Done  time.Time // zero unless ended
	Again bool      // a replay sent it once more
}

// summaryPage is how many events EachEvent reads at once: few enough that no read
// stays open for long.
const summaryPage = 2000

// EachEvent calls visit for every event received from from (included) until until
// (not), in the order of their ids. It holds one page of them at a time.
func (s *Store) EachEvent(ctx context.Context, from, until time.Time, visit func(*EventSummary)) error {
	after, err := s.BeginAt(ctx, from)
	if err != nil {
		return err
	}
	last, err := s.LastEvent(ctx)
	if err != nil {
		return err
	}
	end, err := s.BeginAt(ctx, until.Add(2*clockSlack)) // an id that nothing before until is above
	if err != nil {
		return err
	}
	for end = min(end+1, last); after < end; {
		to := min(after+summaryPage, end)
		page, err := s.summaries(ctx, after, to)
		if err != nil {
			return fmt.Errorf("store: go through events: %w", err)
		}
		for i := range page {
			if e := &page[i]; !e.At.Before(from) && e.At.Before(until) {
				visit(e)
			}
		}
		after = to
	}
	return nil
}

// summaries reads the events with ids above after, up to last.
func (s *Store) summaries(ctx context.Context, after, last int64) ([]EventSummary, error) {
	var page []EventSummary
	at := map[int64]int{}
	err := each(ctx, s.read, `SELECT id, receiver, at FROM events WHERE id > ? AND id <= ? ORDER BY id`, func(scan func(...any) error) error {
		var e EventSummary
		var receiver, ms int64
		err := scan(&e.ID, &receiver, &ms)
		e.Receiver, e.At = s.text(ctx, receiver), time.UnixMilli(ms).UTC()
		at[e.ID] = len(page)
		page = append(page, e)
		return err
	}, after, last)
	if err != nil {
		return nil, err
	}
	err = each(ctx, s.read, `SELECT event, n, run, outcome, note, lead IS NOT NULL FROM decisions WHERE event > ? AND event <= ? ORDER BY event, run, n`, func(scan func(...any) error) error {
		var id int64
		var d DecisionSummary
		err := scan(&id, &d.N, &d.run, &d.Outcome, &d.Note, &d.HasLead)
		if i, ok := at[id]; ok {
			page[i].decide(d)
		}
		return err
	}, after, last)
	if err != nil {
		return nil, err
	}
	return page, each(ctx, s.read, `SELECT c.event, d.state, d.done, d.again FROM decisions c JOIN deliveries d ON d.decision = c.id WHERE c.event > ? AND c.event <= ?`, func(scan func(...any) error) error {
		var id, done, again int64
		var d DeliverySummary
		err := scan(&id, &d.State, &done, &again)
		if done != 0 {
			d.Done = time.UnixMilli(done).UTC()
		}
		d.Again = again != 0
		if i, ok := at[id]; ok {
			page[i].Deliveries = append(page[i].Deliveries, d)
		}
		return err
	}, after, last)
}

// decide takes a decision in, in the place of an earlier one about the same lead.
func (e *EventSummary) decide(d DecisionSummary) {
	for i := range e.Decisions {
		if e.Decisions[i].N == d.N {
			e.Decisions[i] = d
			return
		}
	}
	e.Decisions = append(e.Decisions, d)
}
