package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// NewEvent is an event to keep.
type NewEvent struct {
	Receiver string
	Channel  Channel
	At       time.Time
	Meta     []byte // the kept headers, encoded by the caller
	Body     []byte
}

// Publish puts the notification of events first..last into the inbox, inside the
// intake transaction.
type Publish func(tx *sql.Tx, first, last int64) error

// Append keeps events in one transaction, with one notification for all of them,
// and returns the id of the first; the others follow without a gap. When it
// returns nil they are on disk. With ErrCommitUnknown they may or may not be.
func (s *Store) Append(ctx context.Context, events []NewEvent, publish Publish) (first int64, err error) {
	if len(events) == 0 {
		return 0, errors.New("store: no events to keep")
	}
	args := make([]any, 0, 6*len(events))
	sums := counts{}
	first = s.ids.take(&s.ids.events, len(events))
	for i, e := range events {
		receiver, err := s.name(ctx, nameReceiver, e.Receiver)
		if err != nil {
			return 0, err
		}
		at := e.At.UnixMilli()
		args = append(args, first+int64(i), receiver, e.Channel, at, nonNil(e.Meta), nonNil(e.Body))
		sums.add(dayOf(at), receiver, 0, itemReceived)
	}
	err = s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.stmts.events.insert(ctx, tx, args); err != nil {
			return err
		}
		if err := sums.write(ctx, tx, s.stmts); err != nil {
			return err
		}
		return publish(tx, first, first+int64(len(events))-1)
	})
	if err != nil {
		return 0, err
	}
	return first, nil
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// Event is a kept event.
type Event struct {
	ID       int64
	Receiver string
	Channel  Channel
	At       time.Time
	Meta     []byte
	Body     []byte
}

// Events reads the events first..last that are still kept, in their order.
func (s *Store) Events(ctx context.Context, first, last int64) ([]Event, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, receiver, channel, at, meta, body FROM events WHERE id BETWEEN ? AND ? ORDER BY id`, first, last)
	if err != nil {
		return nil, fmt.Errorf("store: read events: %w", err)
	}
	defer rows.Close()
	var out []Event
	for rows.Next() {
		var e Event
		var receiver, at int64
		if err := rows.Scan(&e.ID, &receiver, &e.Channel, &at, &e.Meta, &e.Body); err != nil {
			return nil, fmt.Errorf("store: read events: %w", err)
		}
		e.Receiver = s.text(ctx, receiver)
		e.At = time.UnixMilli(at).UTC()
		out = append(out, e)
	}
	return out, rows.Err()
}

// CountTry notes that routing of an inbox row is about to be tried once more, and
// returns how often it was. It is durable before the try, so that a batch that
// takes the process down with it is recognised.
func (s *Store) CountTry(ctx context.Context, inbox int64) (tries int, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `UPDATE inbox SET tries = tries + 1 WHERE id = ? RETURNING tries`, inbox).Scan(&tries)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil // routed already
	}
	return tries, err
}

// Split replaces an inbox row by one row for each of its events, so that the one
// that cannot be routed no longer holds up the others.
func (s *Store) Split(ctx context.Context, inbox, first, last int64, tries int) error {
	return s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		gone, err := tx.ExecContext(ctx, `DELETE FROM inbox WHERE id = ?`, inbox)
		if err != nil {
			return fmt.Errorf("store: split: %w", err)
		}
		if n, err := gone.RowsAffected(); err != nil || n == 0 {
			return err
		}
		for id := first; id <= last; id++ {
			if _, err := tx.ExecContext(ctx, `INSERT INTO inbox (uuid, first, last, tries) VALUES (?, ?, ?, ?)`,
				fmt.Sprintf("split-%d-%d", inbox, id), id, id, tries); err != nil {
				return fmt.Errorf("store: split: %w", err)
			}
		}
		return nil
	})
}
