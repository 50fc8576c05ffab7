package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Pause is an output, or one target of it, that waits.
type Pause struct {
	Output string    `json:"output"`
	Target string    `json:"target,omitempty"` // "": the whole output
	Since  time.Time `json:"since"`
	Gone   bool      `json:"gone,omitempty"` // the target said it is gone for good
	Reason string    `json:"reason"`
	// ByPerson: somebody paused it, so nothing is sent until somebody resumes it, or
	// until Until. Otherwise the hub paused it after an error and looks now and then
	// whether it is mended.
	ByPerson bool      `json:"by_person"`
	Until    time.Time `json:"until,omitzero"` // when it ends by itself
}

// Ended says whether the pause was to end by itself before now.
func (p *Pause) Ended(now time.Time) bool { return !p.Until.IsZero() && !p.Until.After(now) }

// heldBack selects the pauses p that keep delivery d from being sent: those of its
// target, and those of its whole output that a person asked for. A whole output that
// the hub paused is sent one delivery now and then, as a probe.
const heldBack = `FROM pauses p WHERE p.output = d.output AND (p.target = d.target AND p.target <> 0 OR p.target = 0 AND p.person = 1)`

// SetPause keeps a pause, or replaces what is known of it. A person's is not
// replaced by the hub's.
func (s *Store) SetPause(ctx context.Context, p Pause) error {
	output, target, err := s.pauseIDs(ctx, p.Output, p.Target)
	if err != nil {
		return err
	}
	until := int64(0)
	if !p.Until.IsZero() {
		until = p.Until.UnixMilli()
	}
	return s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO pauses (output, target, since, gone, reason, person, until) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (output, target) DO UPDATE SET gone = excluded.gone, reason = excluded.reason, person = excluded.person, until = excluded.until
			WHERE excluded.person >= pauses.person`,
			output, target, p.Since.UnixMilli(), p.Gone, p.Reason, p.ByPerson, until)
		return err
	})
}

// EndPause ends a pause. What waited is due at once, and the time it waited does
// not count towards giving up. What was never tried keeps its due time: it may be
// held until a calendar opens.
func (s *Store) EndPause(ctx context.Context, output, target string) error {
	out, tgt, err := s.pauseIDs(ctx, output, target)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		var since int64
		err := tx.QueryRowContext(ctx, `DELETE FROM pauses WHERE output = ? AND target = ? RETURNING since`, out, tgt).Scan(&since)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("store: end pause: %w", err)
		}
		now := s.ms()
		_, err = tx.ExecContext(ctx, `UPDATE deliveries SET due = min(due, ?1), began = min(?1, began + max(0, ?1 - max(began, ?2)))
			WHERE output = ?3 AND state = 0 AND (?4 = 0 OR target = ?4) AND began <> 0`, now, since, out, tgt)
		return err
	})
}

// Pauses returns every pause, the oldest first.
func (s *Store) Pauses(ctx context.Context) ([]Pause, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT output, target, since, gone, reason, person, until FROM pauses ORDER BY since`)
	if err != nil {
		return nil, fmt.Errorf("store: read pauses: %w", err)
	}
	defer rows.Close()
	var out []Pause
	for rows.Next() {
		var p Pause
		var output, target, since, until int64
		if err := rows.Scan(&output, &target, &since, &p.Gone, &p.Reason, &p.ByPerson, &until); err != nil {
			return nil, fmt.Errorf("store: read pauses: %w", err)
		}
		p.Output, p.Target, p.Since = s.text(ctx, output), s.text(ctx, target), time.UnixMilli(since).UTC()
		if until != 0 {
			p.Until = time.UnixMilli(until).UTC()
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// Waiting counts the deliveries that wait for an output, paused ones too.
func (s *Store) Waiting(ctx context.Context, output string) (n int64, err error) {
	id, ok := s.find(ctx, nameOutput, output)
	if !ok {
		return 0, nil
	}
	err = s.read.QueryRowContext(ctx, `SELECT count(*) FROM deliveries WHERE output = ? AND state = 0`, id).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("store: count what waits: %w", err)
	}
	return n, nil
}

func (s *Store) pauseIDs(ctx context.Context, output, target string) (out, tgt int64, err error) {
	if out, err = s.name(ctx, nameOutput, output); err != nil {
		return 0, 0, err
	}
	tgt, err = s.name(ctx, nameTarget, target)
	return out, tgt, err
}
