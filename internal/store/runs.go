package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// RunState is where a run stands. The values are stored.
type RunState uint8

// The states of a run. One that is RunRunning without a process that runs it was cut
// short, and can be gone on with like an interrupted one.
const (
	RunRunning RunState = iota
	RunInterrupted
	RunDone
	RunFailed
)

// String returns the word users see.
func (s RunState) String() string {
	switch s {
	case RunRunning:
		return "running"
	case RunInterrupted:
		return "interrupted"
	case RunDone:
		return "done"
	case RunFailed:
		return "failed"
	default:
		return "unknown"
	}
}

// RunReplay is the kind of run that replays events.
const RunReplay = 1

// Run is what a person started that takes a while.
type Run struct {
	ID     int64
	Kind   int
	At     time.Time
	Spec   []byte // JSON: what was asked for
	State  RunState
	Cursor int64     // the last event that is done
	Counts []byte    // JSON: what was done up to there
	Ended  time.Time // zero while it runs
	Note   string    // why it failed
}

// RunStep moves a run's cursor in the transaction of what was done. It takes the
// place of claiming an inbox row: a step that was made already is not made again.
type RunStep struct {
	From, To int64
	Counts   []byte
}

// StartRun keeps a new run.
func (s *Store) StartRun(ctx context.Context, kind int, spec, counts []byte) (id int64, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `INSERT INTO runs (kind, at, spec, state, counts) VALUES (?, ?, ?, ?, ?) RETURNING id`,
			kind, s.ms(), nonNil(spec), RunRunning, nonNil(counts)).Scan(&id)
	})
	if err != nil {
		return 0, fmt.Errorf("store: start a run: %w", err)
	}
	return id, nil
}

// SetRun notes how a run ended, or, with RunRunning, that it goes on.
func (s *Store) SetRun(ctx context.Context, id int64, state RunState, note string) error {
	return s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		ended := int64(0)
		if state != RunRunning {
			ended = s.ms()
		}
		res, err := tx.ExecContext(ctx, `UPDATE runs SET state = ?, ended = ?, note = ? WHERE id = ?`, state, ended, note, id)
		if err != nil {
			return fmt.Errorf("store: run %d: %w", id, err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNotFound)
		}
		return nil
	})
}

// Run returns a run; ErrNotFound if there is none.
func (s *Store) Run(ctx context.Context, id int64) (*Run, error) {
	found, err := s.runs(ctx, `WHERE id = ?`, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, ErrNotFound
	}
	return &found[0], nil
}

// Runs returns runs, the newest first.
func (s *Store) Runs(ctx context.Context, limit int) ([]Run, error) {
	return s.runs(ctx, `ORDER BY id DESC LIMIT ?`, limit)
}

func (s *Store) runs(ctx context.Context, where string, args ...any) ([]Run, error) {
	var out []Run
	err := each(ctx, s.read, `SELECT id, kind, at, spec, state, cursor, counts, ended, note FROM runs `+where, func(scan func(...any) error) error {
		var r Run
		var at, ended int64
		err := scan(&r.ID, &r.Kind, &at, &r.Spec, &r.State, &r.Cursor, &r.Counts, &ended, &r.Note)
		r.At = time.UnixMilli(at).UTC()
		if ended != 0 {
			r.Ended = time.UnixMilli(ended).UTC()
		}
		out = append(out, r)
		return err
	}, args...)
	if err != nil {
		return nil, fmt.Errorf("store: read runs: %w", err)
	}
	return out, nil
}

// claimStep moves the cursor of a run; false where another process has moved it.
func claimStep(ctx context.Context, tx *sql.Tx, st *statements, run int64, step *RunStep) (bool, error) {
	res, err := tx.StmtContext(ctx, st.step).ExecContext(ctx, step.To, nonNil(step.Counts), run, step.From)
	if err != nil {
		return false, fmt.Errorf("store: move run %d on: %w", run, err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}
