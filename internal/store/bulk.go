package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
)

// bulk inserts rows many at a time. One statement for 64 rows costs a third of 64
// statements; a handful of sizes keeps the number of prepared ones small.
type bulk struct {
	db     *sql.DB
	head   string // INSERT INTO t (a, b) VALUES
	tail   string // ON CONFLICT …
	cols   int
	mu     sync.Mutex
	bySize map[int]*sql.Stmt
}

var bulkSizes = [...]int{64, 16, 4, 1} //nolint:gochecknoglobals // a constant table

func newBulk(db *sql.DB, table, cols, tail string) *bulk {
	n := strings.Count(cols, ",") + 1
	return &bulk{
		db: db, head: "INSERT INTO " + table + " (" + cols + ") VALUES ", tail: tail,
		cols: n, bySize: map[int]*sql.Stmt{},
	}
}

func (b *bulk) stmt(ctx context.Context, tx *sql.Tx, size int) (*sql.Stmt, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if st := b.bySize[size]; st != nil {
		return st, nil
	}
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", b.cols), ",") + ")"
	text := b.head + strings.TrimSuffix(strings.Repeat(row+",", size), ",") + " " + b.tail
	// Prepared on the transaction first: the pool has one connection, and the
	// transaction holds it.
	st, err := tx.PrepareContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("store: prepare %s: %w", b.head, err)
	}
	return st, nil
}

// warm prepares every size outside of a transaction.
func (b *bulk) warm(ctx context.Context) error {
	row := "(" + strings.TrimSuffix(strings.Repeat("?,", b.cols), ",") + ")"
	for _, size := range bulkSizes {
		text := b.head + strings.TrimSuffix(strings.Repeat(row+",", size), ",") + " " + b.tail
		st, err := b.db.PrepareContext(ctx, text)
		if err != nil {
			return fmt.Errorf("store: prepare %s: %w", b.head, err)
		}
		b.bySize[size] = st
	}
	return nil
}

// insert writes the rows, given one after the other in args.
func (b *bulk) insert(ctx context.Context, tx *sql.Tx, args []any) error {
	for _, size := range bulkSizes {
		for n := size * b.cols; len(args) >= n; args = args[n:] {
			st, err := b.stmt(ctx, tx, size)
			if err != nil {
				return err
			}
			if _, err := tx.StmtContext(ctx, st).ExecContext(ctx, args[:n]...); err != nil {
				return fmt.Errorf("store: %s: %w", strings.TrimSuffix(b.head, " VALUES "), err)
			}
		}
	}
	return nil
}

// statements are the prepared statements of the write connection.
type statements struct {
	events, keys, newLeads, decisions, deliveries, attempts, rejects, ledger *bulk
	claimInbox, setLead, record, supersede, newer, retry, revive, step       *sql.Stmt
}

func prepare(ctx context.Context, db *sql.DB) (*statements, error) {
	st := &statements{
		events:     newBulk(db, "events", "id, receiver, channel, at, meta, body", ""),
		keys:       newBulk(db, "keys", "key, ref", "ON CONFLICT (key) DO NOTHING"),
		newLeads:   newBulk(db, "leads", "id, public_id, receiver, revision, occurred, hash, decision", ""),
		decisions:  newBulk(db, "decisions", "id, event, run, n, receiver, outcome, lead, revision, config, route, note, trace, body", ""),
		deliveries: newBulk(db, "deliveries", "id, decision, receiver, lead, revision, output, target, again, key, state, owner, at, due, note", ""),
		attempts:   newBulk(db, "attempts", "delivery, n, at, status, what, note", "ON CONFLICT DO NOTHING"),
		rejects:    newBulk(db, "rejects", "at, receiver, status, request, remote, reason, hint, size", ""),
		ledger:     newBulk(db, "ledger", "day, receiver, output, item, n", "ON CONFLICT (day, receiver, output, item) DO UPDATE SET n = n + excluded.n"),
	}
	for _, b := range []*bulk{st.events, st.keys, st.newLeads, st.decisions, st.deliveries, st.attempts, st.rejects, st.ledger} {
		if err := b.warm(ctx); err != nil {
			return nil, err
		}
	}
	for into, text := range map[**sql.Stmt]string{
		&st.claimInbox: `DELETE FROM inbox WHERE id = ?`,
		&st.setLead:    `UPDATE leads SET revision = ?, occurred = ?, hash = ?, decision = ? WHERE id = ?`,
		&st.record: `UPDATE deliveries SET state = ?, owner = 0, due = ?, began = ?, done = ?, tries = ?, unsure = ?, status = ?, request = ?, remote = ?, note = ?
			WHERE id = ? AND owner = ? AND state = 1`,
		&st.supersede: `UPDATE deliveries SET state = ?, done = ?, note = ?
			WHERE lead = ? AND output = ? AND target = ? AND revision < ? AND state IN (0, 7) RETURNING receiver`,
		// One that was never tried may be held until a calendar opens: only by name (?4) it goes out before.
		&st.retry: `UPDATE deliveries SET due = CASE WHEN state <> 0 THEN ?1 WHEN began <> 0 OR ?4 THEN min(due, ?1) ELSE due END, began = CASE state WHEN 0 THEN began ELSE 0 END,
			unsure = CASE state WHEN 7 THEN 0 ELSE unsure END, done = 0, owner = 0, state = 0 WHERE id = ?2 AND state = ?3`,
		&st.revive: `UPDATE deliveries SET decision = ?, due = ?, began = 0, done = 0, owner = 0, state = 0, note = '' WHERE id = ? AND state = ?`,
		&st.step:   `UPDATE runs SET cursor = ?, counts = ? WHERE id = ? AND cursor = ? AND state = 0`,
		&st.newer:  `SELECT (SELECT max(n.revision) ` + newerOnes + `) FROM deliveries d WHERE d.id = ?`,
	} {
		var err error
		if *into, err = db.PrepareContext(ctx, text); err != nil {
			return nil, fmt.Errorf("store: prepare: %w", err)
		}
	}
	return st, nil
}

// sequences hands out ids. The write lock makes this process the only one that
// does, so ids are known before the rows are written. They start after the
// highest ever used, which AUTOINCREMENT remembers when rows are pruned.
type sequences struct {
	mu                                   sync.Mutex
	events, leads, decisions, deliveries int64
}

func (q *sequences) load(ctx context.Context, db *sql.DB) error {
	for table, at := range map[string]*int64{
		"events": &q.events, "leads": &q.leads, "decisions": &q.decisions, "deliveries": &q.deliveries,
	} {
		err := db.QueryRowContext(ctx, `SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?), 0)`, table).Scan(at)
		if err != nil {
			return fmt.Errorf("store: read the ids in use: %w", err)
		}
	}
	return nil
}

// take reserves n ids and returns the first.
func (q *sequences) take(at *int64, n int) int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	first := *at + 1
	*at += int64(n)
	return first
}
