package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"leadhub/lead"
)

// Job is a delivery in this hub's hands, with all that sending it needs.
type Job struct {
	ID       int64
	EventID  int64
	Receiver string
	Output   string
	Target   string
	LeadID   string // "" for a notice
	Revision int
	Key      []byte
	Lead     *lead.Lead // decoded already, or nil; read-only
	Body     []byte     // the lead or the notice, as JSON
	Route    string
	Config   int64
	Trace    []byte
	Tries    int
	Began    int64  // ms of the first attempt, 0 before it
	Unsure   bool   // an earlier attempt may have reached the target
	Request  []byte // hash of the first attempt's request, nil before it
	Previous *Sent
}

// Sent is the last delivered earlier revision at the same target.
type Sent struct {
	Revision int
	Remote   string
}

// notPaused leaves out the deliveries that a pause keeps back.
const notPaused = `NOT EXISTS (SELECT 1 ` + heldBack + `)`

// claimable selects the deliveries d of an output that can be sent at a time.
const claimable = `FROM deliveries d WHERE d.output = ? AND d.state = 0 AND d.due <= ?
	AND NOT EXISTS (SELECT 1 FROM deliveries o WHERE o.lead = d.lead AND o.output = d.output AND o.target = d.target AND o.state = 1)
	AND ` + notPaused + ` ORDER BY d.due LIMIT ?`

// DueIn returns how long until the output's next waiting delivery is due (negative:
// since when), or false if none waits. It leaves out those of paused targets.
func (s *Store) DueIn(ctx context.Context, output string) (time.Duration, bool, error) {
	id, ok := s.find(ctx, nameOutput, output)
	if !ok {
		return 0, false, nil
	}
	var due int64
	err := s.read.QueryRowContext(ctx, `SELECT d.due FROM deliveries d WHERE d.output = ? AND d.state = 0 AND `+notPaused+` ORDER BY d.due LIMIT 1`, id).Scan(&due)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("store: next due delivery: %w", err)
	}
	return time.Duration(due-s.ms()) * time.Millisecond, true, nil
}

// Claim takes up to n due deliveries of an output into this hub's hands, the
// longest due first. It leaves those whose target is paused, and those that have
// to wait for another revision on its way to the same target.
func (s *Store) Claim(ctx context.Context, output string, n int) ([]*Job, error) {
	if n < 1 {
		return nil, nil
	}
	out, err := s.name(ctx, nameOutput, output)
	if err != nil {
		return nil, err
	}
	// Looking first costs no write transaction when nothing is due.
	var one int
	err = s.read.QueryRowContext(ctx, `SELECT 1 `+claimable, out, s.ms(), 1).Scan(&one)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("store: claim deliveries: %w", err)
	}
	var ids []any
	err = s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		ids, err = s.claimIDs(ctx, tx, out, n)
		return err
	})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	jobs, err := s.jobs(ctx, ids)
	if err != nil {
		return nil, errors.Join(err, s.unclaim(ctx, ids))
	}
	return jobs, nil
}

// unclaim gives back deliveries that were claimed but cannot be handed out:
// nobody would ever send them.
func (s *Store) unclaim(ctx context.Context, ids []any) error {
	return s.inTx(context.WithoutCancel(ctx), func(ctx context.Context, tx *sql.Tx) error {
		args := append(slices.Clip(ids), s.epoch)
		_, err := tx.ExecContext(ctx, `UPDATE deliveries SET state = 0, owner = 0 WHERE id IN (`+marks(len(ids))+`) AND owner = ? AND state = 1`, args...)
		if err != nil {
			return fmt.Errorf("store: give deliveries back: %w", err)
		}
		return nil
	})
}

func (s *Store) claimIDs(ctx context.Context, tx *sql.Tx, out int64, n int) ([]any, error) {
	var ids []any
	type at struct{ lead, target int64 }
	taken := map[at]bool{}
	err := each(ctx, tx, `SELECT d.id, coalesce(d.lead, -d.id), d.target `+claimable, func(scan func(...any) error) error {
		var id int64
		var k at
		err := scan(&id, &k.lead, &k.target)
		if !taken[k] {
			taken[k] = true
			ids = append(ids, id)
		}
		return err
	}, out, s.ms(), n)
	if err != nil {
		return nil, fmt.Errorf("store: claim deliveries: %w", err)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	args := append([]any{s.epoch}, ids...)
	if _, err := tx.ExecContext(ctx, `UPDATE deliveries SET state = 1, owner = ? WHERE id IN (`+marks(len(ids))+`)`, args...); err != nil {
		return nil, fmt.Errorf("store: claim deliveries: %w", err)
	}
	return ids, nil
}

// jobs reads what sending the claimed deliveries needs.
func (s *Store) jobs(ctx context.Context, ids []any) ([]*Job, error) {
	rows, err := s.read.QueryContext(ctx, `
		SELECT d.id, c.event, d.receiver, d.output, d.target, coalesce(l.public_id, ''), d.revision, d.key, c.body, c.route, c.config, c.trace,
		       d.tries, d.began, d.unsure, d.request,
		       p.revision, p.remote
		FROM deliveries d
		JOIN decisions c ON c.id = d.decision
		LEFT JOIN leads l ON l.id = d.lead
		LEFT JOIN deliveries p ON p.id = (
			SELECT q.id FROM deliveries q WHERE q.lead = d.lead AND q.output = d.output AND q.target = d.target
			  AND q.revision < d.revision AND q.state IN (2, 3) ORDER BY q.revision DESC, q.again DESC LIMIT 1)
		WHERE d.id IN (`+marks(len(ids))+`) ORDER BY d.due, d.id`, ids...)
	if err != nil {
		return nil, fmt.Errorf("store: read deliveries: %w", err)
	}
	defer rows.Close()
	var out []*Job
	for rows.Next() {
		j := &Job{}
		var receiver, output, target, route int64
		var revision sql.NullInt64
		var remote sql.NullString
		if err := rows.Scan(&j.ID, &j.EventID, &receiver, &output, &target, &j.LeadID, &j.Revision, &j.Key, &j.Body, &route, &j.Config, &j.Trace,
			&j.Tries, &j.Began, &j.Unsure, &j.Request, &revision, &remote); err != nil {
			return nil, fmt.Errorf("store: read deliveries: %w", err)
		}
		j.Receiver, j.Output = s.text(ctx, receiver), s.text(ctx, output)
		j.Target, j.Route = s.text(ctx, target), s.text(ctx, route)
		if revision.Valid {
			j.Previous = &Sent{Revision: int(revision.Int64), Remote: remote.String}
		}
		out = append(out, j)
	}
	return out, rows.Err()
}

// Result is what became of a job.
type Result struct {
	Job     *Job
	State   State     // StateWaiting: again at Due
	Due     time.Time // with StateWaiting
	Tries   int       // attempts so far, this one included
	Began   int64     // ms of the first attempt
	Unsure  bool
	Status  int    // HTTP status, 0 if none
	Request []byte // hash of the request, pinned at the first attempt
	Remote  string
	Note    string
	// Remember, if not nil, is a 16-byte key kept for CreatedFrom, also where this hub
	// no longer holds the delivery.
	Remember []byte
	// Attempt, if not nil, is kept as an attempt that did not end in a delivery.
	Attempt *Attempt
}

// Attempt is one that did not end in a delivery.
type Attempt struct {
	N      int       `json:"n"`
	At     time.Time `json:"at"`
	Status int       `json:"status,omitempty"`
	What   uint8     `json:"-"` // the instruction, as stored
	Note   string    `json:"note"`
}

// Record writes results in one transaction. Results of deliveries that this hub no
// longer holds are left out, and their number returned.
func (s *Store) Record(ctx context.Context, results []Result) (lost int, err error) {
	err = s.inTx(ctx, func(ctx context.Context, tx *sql.Tx) error {
		lost = 0
		sums := counts{}
		var attempts, keys []any
		now := s.ms()
		for i := range results {
			r := results[i]
			if err := s.yieldToNewer(ctx, tx, &r); err != nil {
				return err
			}
			if r.Remember != nil {
				keys = append(keys, r.Remember, r.Job.ID)
			}
			held, err := s.recordOne(ctx, tx, &r, now)
			if err != nil {
				return err
			}
			if !held {
				lost++
				continue
			}
			if r.State.Ended() {
				receiver, output, err := s.ids2(r.Job)
				if err != nil {
					return err
				}
				sums.add(dayOf(now), receiver, output, itemDelivery+item(r.State))
			}
			if a := r.Attempt; a != nil {
				attempts = append(attempts, r.Job.ID, a.N, a.At.UnixMilli(), a.Status, a.What, a.Note)
			}
		}
		if err := s.stmts.attempts.insert(ctx, tx, attempts); err != nil {
			return err
		}
		if err := s.stmts.keys.insert(ctx, tx, keys); err != nil {
			return err
		}
		return sums.write(ctx, tx, s.stmts)
	})
	return lost, err
}

// yieldToNewer turns a result that would leave an older revision to be sent later
// into a skip where a newer one is there: sent afterwards, the older would undo it.
func (s *Store) yieldToNewer(ctx context.Context, tx *sql.Tx, r *Result) error {
	if r.Job.LeadID == "" || r.State.Ended() {
		return nil
	}
	var newest sql.NullInt64
	err := tx.StmtContext(ctx, s.stmts.newer).QueryRowContext(ctx, r.Job.ID).Scan(&newest)
	if err != nil && !errors.Is(err, sql.ErrNoRows) { // no row: then nothing is recorded either
		return fmt.Errorf("store: look for a newer revision: %w", err)
	}
	if newest.Valid {
		r.State, r.Note = StateSkipped, replacedBy+strconv.FormatInt(newest.Int64, 10)
	}
	return nil
}

// replacedBy is the reason of a delivery that a newer revision made pointless.
const replacedBy = "replaced by revision "

func (s *Store) recordOne(ctx context.Context, tx *sql.Tx, r *Result, now int64) (held bool, err error) {
	due, done := int64(0), int64(0)
	switch {
	case r.State == StateWaiting:
		due = r.Due.UnixMilli()
	case r.State.Ended():
		done = now
	}
	res, err := tx.StmtContext(ctx, s.stmts.record).ExecContext(ctx, r.State, due, r.Began, done, r.Tries, r.Unsure, r.Status, r.Request, r.Remote, r.Note, r.Job.ID, s.epoch)
	if err != nil {
		return false, fmt.Errorf("store: record delivery %d: %w", r.Job.ID, err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

// ids2 returns the name ids of a job's receiver and output, which exist since the job does.
func (s *Store) ids2(j *Job) (receiver, output int64, err error) {
	receiver, ok := s.names.id(nameKey{nameReceiver, j.Receiver})
	output, ok2 := s.names.id(nameKey{nameOutput, j.Output})
	if !ok || !ok2 {
		return 0, 0, fmt.Errorf("store: delivery %d names a receiver or output that is not in the names table", j.ID)
	}
	return receiver, output, nil
}
