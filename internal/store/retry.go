package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// RetryFilter selects deliveries to try again. What is empty selects all.
type RetryFilter struct {
	IDs      []int64 // at most maxRetryIDs
	States   []State // of refused, gave up, parked, waiting and paused
	Receiver string
	Output   string
	Since    time.Time // made since then
	// Sendable are the outputs that are configured. Deliveries to others are counted
	// as Removed and left alone: nobody would send them.
	Sendable []string
}

// MaxRetryIDs bounds RetryFilter.IDs.
const MaxRetryIDs = 1000

// RetryCount says what RetryDeliveries found, or did.
type RetryCount struct {
	Due      map[State]int  // made due, by the state they were in
	Outputs  map[string]int // the same by output
	Replaced int            // left alone: a newer revision of the lead is there
	Removed  int            // left alone: the configuration has no such output
	Ended    int            // of IDs: left alone, because they arrived or were skipped
}

const retryPage = 500

// RetryDeliveries makes deliveries that were refused, given up, parked or wait for
// their next try due now (one that was never tried, only where it is named); with dry it only counts them. Each page is a transaction
// of its own, so that others get their turn in between.
func (s *Store) RetryDeliveries(ctx context.Context, f RetryFilter, dry bool) (*RetryCount, error) {
	n := &RetryCount{Due: map[State]int{}, Outputs: map[string]int{}}
	q, ok := s.retryQuery(ctx, f)
	if !ok {
		return n, nil
	}
	sendable := map[int64]bool{}
	for _, name := range f.Sendable {
		if id, ok := s.find(ctx, nameOutput, name); ok {
			sendable[id] = true
		}
	}
	for after := int64(0); ; {
		page, err := s.retryPage(ctx, q, after)
		if err != nil || len(page) == 0 {
			return n, err
		}
		after = page[len(page)-1].id
		var due []retried
		for _, r := range page {
			switch {
			case r.state == StateSending, r.state == StateDelivered, r.state == StateAlreadyThere, r.state == StateSkipped:
				n.Ended++
			case r.replaced:
				n.Replaced++
			case !sendable[r.output]:
				n.Removed++
			default:
				due = append(due, r)
			}
		}
		if !dry {
			if due, err = s.makeDue(ctx, due, f.IDs != nil); err != nil {
				return n, err
			}
		}
		for _, r := range due {
			n.Due[r.shown]++
			n.Outputs[s.text(ctx, r.output)]++
		}
	}
}

// retried is one delivery that may be tried again.
type retried struct {
	id, receiver, output int64
	state, shown         State
	replaced             bool
}

func (s *Store) retryQuery(ctx context.Context, f RetryFilter) (*query, bool) {
	q := &query{}
	if !q.byName(ctx, s, "d.receiver", nameReceiver, f.Receiver) || !q.byName(ctx, s, "d.output", nameOutput, f.Output) {
		return nil, false
	}
	if f.IDs != nil {
		args := make([]any, len(f.IDs))
		for i, id := range f.IDs {
			args[i] = id
		}
		q.and("d.id IN ("+marks(len(args))+")", args...)
	}
	if !f.Since.IsZero() {
		q.and("d.at >= ?", f.Since.UnixMilli())
	}
	if len(f.States) > 0 {
		var any string
		for _, st := range f.States {
			if any != "" {
				any += " UNION ALL "
			}
			any += retryOf(st)
		}
		q.and("d.id IN (" + any + ")")
	}
	return q, true
}

// retryOf selects the ids of the deliveries in a state, through an index that holds only such.
func retryOf(st State) string {
	switch st {
	case StateWaiting:
		return "SELECT d.id FROM deliveries d WHERE d.state = 0 AND d.began <> 0 AND NOT " + isPaused
	case StatePaused:
		return "SELECT d.id FROM deliveries d WHERE d.state = 0 AND " + isPaused + " UNION ALL SELECT id FROM deliveries WHERE state > 2 AND state = 7"
	case StateParked, StateRefused, StateGaveUp:
		return fmt.Sprintf("SELECT id FROM deliveries WHERE state > 2 AND state = %d", st)
	default:
		return "SELECT NULL WHERE 0"
	}
}

func (s *Store) retryPage(ctx context.Context, q *query, after int64) ([]retried, error) {
	var page []retried
	args := append([]any{after}, q.args...)
	err := each(ctx, s.read, `SELECT d.id, d.receiver, d.output, d.state, d.state = 0 AND `+isPaused+`, EXISTS (SELECT 1 `+newerOnes+`)
		FROM deliveries d WHERE d.id > ? AND `+q.text()+` ORDER BY d.id LIMIT ?`, func(scan func(...any) error) error {
		var r retried
		var paused bool
		err := scan(&r.id, &r.receiver, &r.output, &r.state, &paused, &r.replaced)
		r.shown = r.state
		if paused || r.state == StateParked {
			r.shown = StatePaused
		}
		page = append(page, r)
		return err
	}, append(args, retryPage)...)
	if err != nil {
		return nil, fmt.Errorf("store: deliveries to try again: %w", err)
	}
	return page, nil
}

// makeDue makes deliveries due and returns those that still were in the state they
// were read in.
func (s *Store) makeDue(ctx context.Context, page []retried, byName bool) (done []retried, err error) {
	if len(page) == 0 {
		return nil, nil
	}
	err = s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		done = done[:0]
		sums := counts{}
		now := s.ms()
		for _, r := range page {
			// A person looked at a parked one and says send it: then it is not unsure any more.
			res, err := tx.StmtContext(ctx, s.stmts.retry).ExecContext(ctx, now, r.id, r.state, byName)
			if err != nil {
				return fmt.Errorf("store: try delivery %d again: %w", r.id, err)
			}
			if n, err := res.RowsAffected(); err != nil || n == 0 {
				continue
			}
			if r.state.Ended() {
				sums.take(dayOf(now), r.receiver, r.output, itemDelivery+item(r.state))
			}
			done = append(done, r)
		}
		return sums.write(ctx, tx, s.stmts)
	})
	return done, err
}
