package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestQueryPlans runs the store's methods, notes every statement that reaches
// SQLite, and asks for its plan: no table that grows may be gone through.
func TestQueryPlans(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	seen := &statementLog{texts: map[string]int{}}
	for _, db := range []**sql.DB{&s.write, &s.read, &s.queue} {
		old := *db
		if err := old.Close(); err != nil {
			t.Fatal(err)
		}
		*db = openNoted(s.path, seen)
	}
	var err error
	if s.stmts, err = prepare(t.Context(), s.write); err != nil {
		t.Fatal(err)
	}
	useEverything(t, s)

	// Each may go through a table for its own reason.
	allowed := map[string][]string{
		// Lists go from the newest backwards until they have enough.
		"FROM deliveries d JOIN decisions c": {"SCAN d"}, "FROM leads l JOIN decisions c": {"SCAN l"}, "FROM events e WHERE": {"SCAN e"},
		// The ledger counts what is there: that is its point.
		"FROM events GROUP BY": {"SCAN events"}, "FROM leads GROUP BY": {"SCAN leads"}, "FROM deliveries GROUP BY": {"SCAN deliveries"},
		"FROM decisions WHERE lead IS": {"SCAN decisions", "SCAN decisions USING INDEX decisions_lead"}, "FROM inbox i JOIN": {"SCAN i"}, "FROM ledger GROUP BY": {"SCAN ledger"},
		// Partial indexes that hold only the rows meant.
		"state = 1 AND owner <> ?": {"SCAN deliveries USING INDEX deliveries_sending"}, "d.state = 1 AND d.owner <> ?": {"SCAN d USING INDEX deliveries_sending"},
		"d.state = 0 AND EXISTS": {"SCAN d USING INDEX deliveries_due"},
		// Small tables.
		"FROM sqlite_sequence": {"SCAN sqlite_sequence"}, "FROM names": {"SCAN names"}, "FROM runs": {"SCAN runs"}, "count(*) FROM (SELECT 1": {"SCAN (subquery-2)"}, "FROM pauses": {"SCAN pauses"}, "FROM rejects": {"SCAN rejects"}, "hubs WHERE epoch <>": {"SCAN hubs"},
	}
	var texts []string
	for text := range seen.texts {
		texts = append(texts, text)
	}
	slices.Sort(texts)
	for _, text := range texts {
		steps := plan(t, s, text)
		for _, step := range steps {
			if !strings.HasPrefix(step, "SCAN") || strings.HasSuffix(step, "VALUES CLAUSE") || step == "SCAN CONSTANT ROW" || strings.Contains(step, "COVERING INDEX deliveries_") {
				continue
			}
			ok := false
			for part, fine := range allowed {
				ok = ok || (strings.Contains(text, part) && slices.Contains(fine, step))
			}
			if !ok {
				t.Errorf("%s\n\tgoes through a table: %s", text, strings.Join(steps, "; "))
			}
		}
	}
	t.Logf("%d statements", len(texts))

	// The lists of what is rare begin at their index, not at the newest row.
	for part, want := range map[string]string{
		"d.state > 2 AND d.state = ?": "SEARCH d USING INDEX deliveries_trouble (state=?",
		"state > 2 AND state = 7":     "SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
		"WHERE state = 0 UNION ALL SELECT id FROM deliveries WHERE state = 1": "SEARCH d USING INTEGER PRIMARY KEY (rowid=?)",
		"e.id IN (SELECT c.event":           "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)",
		"d.lead = ? AND d.revision = ?":     "SEARCH d USING INDEX sqlite_autoindex_deliveries_1 (lead=?",
		"count(*) FROM (SELECT 1":           "SEARCH d USING INDEX deliveries_due (output=? AND due<?)",
		"c.event IN (":                      "SEARCH c USING INDEX sqlite_autoindex_decisions_1 (event=?)",
		"l.id IN (SELECT c.lead":            "SEARCH l USING INTEGER PRIMARY KEY (rowid=?)",
		"WHERE c.lead = ?":                  "SEARCH c USING INDEX decisions_lead (lead=?)",
		"AND q.state IN (2, 3) ORDER BY":    "SEARCH q USING INDEX sqlite_autoindex_deliveries_1 (lead=? AND output=? AND target=? AND revision<?)",
		"SET state = ?, done = ?, note = ?": "SEARCH deliveries USING INDEX sqlite_autoindex_deliveries_1 (lead=? AND output=? AND target=? AND revision<?)",
		"SELECT d.id, coalesce(d.lead":      "SEARCH d USING INDEX deliveries_due (output=? AND due<?)",
		"SELECT d.due FROM deliveries":      "SEARCH d USING INDEX deliveries_due (output=?)",
		"SELECT key FROM keys":              "SEARCH keys USING PRIMARY KEY (key=?)",
		"FROM leads WHERE public_id IN":     "SEARCH leads USING INDEX sqlite_autoindex_leads_1 (public_id=?)",
		"FROM events WHERE id BETWEEN":      "SEARCH events USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
		"UPDATE deliveries SET due = min(":  "SEARCH deliveries USING INDEX deliveries_due (output=?)",
		"d.decision IN (SELECT id":          "SEARCH d USING INDEX deliveries_decision (decision=?)",
	} {
		found := false
		for _, text := range texts {
			if strings.Contains(text, part) {
				found = true
				if steps := plan(t, s, text); !slices.ContainsFunc(steps, func(step string) bool { return strings.HasPrefix(step, want) }) {
					t.Errorf("%s\n\tplan: %s\n\twant: %s", text, strings.Join(steps, "; "), want)
				}
			}
		}
		if !found {
			t.Errorf("no statement has %q", part)
		}
	}
}

// useEverything calls every method that has statements of its own.
func useEverything(t *testing.T, s *Store) {
	t.Helper()
	ctx := t.Context()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(s.enrol(ctx, "test"))
	ok(loadAll(ctx, s))
	st := route(t, s, nil, "l_1", "crm")
	route(t, s, st, "", "crm")
	jobs, err := s.Claim(ctx, "crm", 9)
	ok(err)
	_, err = s.Record(ctx, []Result{{Job: jobs[0], State: StateWaiting, Due: time.Now(), Attempt: &Attempt{N: 1}}})
	ok(err)
	_, _, err = s.DueIn(ctx, "crm")
	ok(err)
	ok(s.SetPause(ctx, Pause{Output: "crm", Target: "x"}))
	_, err = s.Pauses(ctx)
	ok(err)
	ok(s.EndPause(ctx, "crm", "x"))
	run, err := s.StartRun(ctx, RunReplay, nil, nil)
	ok(err)
	ok(s.SetRun(ctx, run, RunRunning, ""))
	_, err = s.Route(ctx, &Routing{Run: run, Step: &RunStep{To: 1}})
	ok(err)
	_, err = s.Runs(ctx, 9)
	ok(err)
	for _, f := range []EventFilter{{}, {IDs: []int64{1}, From: time.Unix(1, 0), Until: time.Unix(2, 0), Receiver: "prospektr", Outcome: OutcomeHeld}} {
		f.Last = 99
		_, err = s.SelectEvents(ctx, f, 9)
		ok(err)
	}
	_, err = s.BeginAt(ctx, time.Unix(1, 0))
	ok(err)
	ok(s.EachEvent(ctx, time.Unix(1, 0), time.Now(), func(*EventSummary) {}))
	_, err = s.LatestDecisions(ctx, []int64{1, 2})
	ok(err)
	_, err = s.LeadsNow(ctx, []string{"l_1"})
	ok(err)
	_, err = s.SentAt(ctx, 1, 1)
	ok(err)
	_, err = s.SentFor(ctx, 1)
	ok(err)
	_, err = s.JobOf(ctx, 1)
	ok(err)
	_, err = s.Backlog(ctx, "crm", 9)
	ok(err)
	_, err = s.Waiting(ctx, "crm")
	ok(err)
	for _, f := range []RetryFilter{{}, {IDs: []int64{1, 2}, Receiver: "prospektr", Output: "crm", Since: time.Unix(1, 0)}, {States: []State{StateWaiting, StatePaused, StateRefused, StateGaveUp}}} {
		f.Sendable = []string{"crm"}
		_, err = s.RetryDeliveries(ctx, f, false)
		ok(err)
	}
	ok(s.Beat(ctx))
	_, err = s.SeenKeys(ctx, [][]byte{{1}, {2}})
	ok(err)
	_, err = s.CurrentLeads(ctx, []string{"l_1", "l_2"})
	ok(err)
	_, err = s.CountTry(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.Append(ctx, append(oneEvent(), oneEvent()...), publish)
	ok(err)
	ok(s.Split(ctx, count(t, s, `SELECT max(id) FROM inbox`), first, first+1, 1))
	_, err = s.KeepConfig(ctx, "h", nil, "")
	ok(err)
	_, _, err = s.ConfigBody(ctx, 1)
	ok(err)
	ok(s.AddRejects(ctx, []Reject{{Receiver: "prospektr"}}))
	_, err = s.Rejects(ctx, "prospektr", 1)
	ok(err)
	_, err = s.Ledger(ctx)
	ok(err)
	for o := range outcomeEnd {
		_, err = s.ListEvents(ctx, Filter{Receiver: "prospektr", Outcome: o, Since: time.Unix(1, 0), Before: 99, Limit: 1})
		ok(err)
		_, err = s.ListLeads(ctx, Filter{Receiver: "prospektr", Outcome: o, Since: time.Unix(1, 0), Before: 99, Limit: 1})
		ok(err)
	}
	for state := StateWaiting; state < stateEnd; state++ {
		for _, f := range []Filter{{State: &state}, {State: &state, Receiver: "prospektr", Output: "crm", Since: time.Unix(1, 0), Before: 99}} {
			f.Limit = 1
			_, err = s.ListDeliveries(ctx, f)
			ok(err)
		}
	}
	_, err = s.ShowEvent(ctx, 1)
	ok(err)
	_, _, err = s.ShowLead(ctx, "l_1")
	ok(err)
	_, err = s.DeliveriesOfEvent(ctx, 1)
	ok(err)
	_, err = s.DeliveriesOfLead(ctx, "l_1")
	ok(err)
	_, err = s.Attempts(ctx, 1)
	ok(err)
	ok(s.signOff(ctx))
}

func loadAll(ctx context.Context, s *Store) error {
	if err := s.ids.load(ctx, s.write); err != nil {
		return err
	}
	return s.names.refresh(ctx, s.queue)
}

// plan returns EXPLAIN QUERY PLAN of a statement, a line for each step.
func plan(t *testing.T, s *Store, query string) []string {
	t.Helper()
	rows, err := s.write.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query, make([]any, strings.Count(query, "?"))...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var id, parent, x int
		var text string
		if err := rows.Scan(&id, &parent, &x, &text); err != nil {
			t.Fatal(err)
		}
		out = append(out, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// statementLog notes the statements that reach the driver.
type statementLog struct {
	mu    sync.Mutex
	texts map[string]int
}

func (l *statementLog) note(query string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if q := strings.ToUpper(strings.TrimSpace(query)); !strings.HasPrefix(q, "PRAGMA") && !strings.HasPrefix(q, "EXPLAIN") {
		l.texts[query]++
	}
}

func openNoted(path string, l *statementLog) *sql.DB {
	return sql.OpenDB(&notedConnector{inner: connector{dsn: "file:" + path + "?_pragma=busy_timeout(5000)"}, log: l})
}

type notedConnector struct {
	inner connector
	log   *statementLog
}

func (c *notedConnector) Driver() driver.Driver { return c.inner.Driver() }

func (c *notedConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.inner.driver.Open(c.inner.dsn)
	if err != nil {
		return nil, err
	}
	full, ok := conn.(fullConn)
	if !ok {
		return nil, fmt.Errorf("a connection of type %T", conn)
	}
	return &notedConn{full, c.log}, nil
}

type fullConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
}

type notedConn struct {
	fullConn
	log *statementLog
}

func (c *notedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	c.log.note(query)
	return c.fullConn.PrepareContext(ctx, query)
}

func (c *notedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.log.note(query)
	return c.fullConn.ExecContext(ctx, query, args)
}

func (c *notedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.log.note(query)
	return c.fullConn.QueryContext(ctx, query, args)
}
