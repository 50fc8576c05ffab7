package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// MaxRejects is how many rejected requests are kept; the oldest go first.
const MaxRejects = 10_000

// Reject is a request that was refused. It holds nothing of the body.
type Reject struct {
	ID        int64     `json:"id"`
	At        time.Time `json:"at"`
	Receiver  string    `json:"receiver,omitempty"` // "": no receiver has this path
	Status    int       `json:"status"`
	RequestID string    `json:"request_id"`
	Remote    string    `json:"remote"`
	Reason    string    `json:"reason"`
	Hint      string    `json:"hint,omitempty"`
	Size      int       `json:"size"` // bytes of the body
}

// AddRejects keeps refused requests and counts them.
func (s *Store) AddRejects(ctx context.Context, rejects []Reject) error {
	args := make([]any, 0, 8*len(rejects))
	sums := counts{}
	for i := range rejects {
		r := &rejects[i]
		receiver, err := s.name(ctx, nameReceiver, r.Receiver)
		if err != nil {
			return err
		}
		at := r.At.UnixMilli()
		args = append(args, at, receiver, r.Status, r.RequestID, r.Remote, r.Reason, r.Hint, r.Size)
		sums.add(dayOf(at), receiver, 0, itemRejected)
	}
	return s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.stmts.rejects.insert(ctx, tx, args); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM rejects WHERE id <= (SELECT max(id) FROM rejects) - ?`, MaxRejects); err != nil {
			return fmt.Errorf("store: prune rejects: %w", err)
		}
		return sums.write(ctx, tx, s.stmts)
	})
}

// Rejects returns the newest refused requests first.
func (s *Store) Rejects(ctx context.Context, receiver string, limit int) ([]Reject, error) {
	where, args := "1 = 1", []any{}
	if receiver != "" {
		id, ok := s.find(ctx, nameReceiver, receiver)
		if !ok {
			return nil, nil
		}
		where, args = "receiver = ?", append(args, id)
	}
	rows, err := s.read.QueryContext(ctx, `SELECT id, at, receiver, status, request, remote, reason, hint, size FROM rejects WHERE `+where+` ORDER BY id DESC LIMIT ?`, append(args, limit)...)
	if err != nil {
		return nil, fmt.Errorf("store: read rejects: %w", err)
	}
	defer rows.Close()
	var out []Reject
	for rows.Next() {
		var r Reject
		var at, name int64
		if err := rows.Scan(&r.ID, &at, &name, &r.Status, &r.RequestID, &r.Remote, &r.Reason, &r.Hint, &r.Size); err != nil {
			return nil, fmt.Errorf("store: read rejects: %w", err)
		}
		r.At, r.Receiver = time.UnixMilli(at).UTC(), s.text(ctx, name)
		out = append(out, r)
	}
	return out, rows.Err()
}
