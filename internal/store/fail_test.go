package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"
)

func exec(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func count(t *testing.T, s *Store, query string) (n int64) {
	t.Helper()
	if err := s.read.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func mustHold(t *testing.T, s *Store) {
	t.Helper()
	l, err := s.Ledger(t.Context())
	if err != nil || !l.Holds {
		t.Fatalf("ledger %+v, %v", l, err)
	}
}

// failCommits makes every COMMIT fail in whose transaction broken is called: a
// foreign key that is looked at only then.
func failCommits(t *testing.T, s *Store) (broken Publish) {
	t.Helper()
	exec(t, s.write, `PRAGMA foreign_keys = 1`)
	exec(t, s.write, `CREATE TABLE parents (id INTEGER PRIMARY KEY)`)
	exec(t, s.write, `CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)`)
	return func(tx *sql.Tx, first, last int64) error {
		_, err := tx.ExecContext(context.Background(), `INSERT INTO children VALUES (7)`)
		return errors.Join(err, publish(tx, first, last))
	}
}

func TestFailedCommit(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	broken := failCommits(t, s)
	first, err := s.Append(t.Context(), oneEvent(), publish)
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.Append(t.Context(), oneEvent(), broken)
	if !errors.Is(err, ErrCommitUnknown) || id != 0 || !strings.Contains(err.Error(), "FOREIGN KEY") {
		t.Fatalf("id %d, %v", id, err)
	}
	if why := s.Healthy(); !strings.Contains(why, "FOREIGN KEY") {
		t.Errorf("healthy: %q", why)
	}
	if why := s.MaySend(); why != "the store does not take writes" {
		t.Errorf("may send: %q", why)
	}
	if n := count(t, s, `SELECT count(*) FROM events`) + count(t, s, `SELECT count(*) FROM inbox`); n != 2 {
		t.Errorf("%d rows of events and inbox, not 2", n)
	}
	mustHold(t, s)
	// The next write works, and mends the store's health; no id is given out again.
	next, err := s.Append(t.Context(), oneEvent(), publish)
	if err != nil || next <= first+1 {
		t.Fatalf("event %d after %d, %v", next, first, err)
	}
	if why := s.Healthy() + s.MaySend(); why != "" {
		t.Errorf("after a write: %q", why)
	}
	mustHold(t, s)
}

// TestNameAfterUnknownCommit: a name whose commit failed can be made later, whether
// it was kept or not, and no other name gets its id.
func TestNameAfterUnknownCommit(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	failCommits(t, s)
	exec(t, s.write, `CREATE TRIGGER boom AFTER INSERT ON names BEGIN INSERT INTO children VALUES (7); END`)
	if _, err := s.name(t.Context(), nameOutput, "crm"); !errors.Is(err, ErrCommitUnknown) {
		t.Fatalf("error %v", err)
	}
	exec(t, s.write, `DROP TRIGGER boom`)
	// As if the commit had gone through all the same.
	exec(t, s.write, `INSERT INTO names (id, kind, name) VALUES (1, ?, 'crm')`, nameOutput)
	if err := s.names.refresh(t.Context(), s.queue); err != nil {
		t.Fatal(err)
	}
	crm, err := s.name(t.Context(), nameOutput, "crm")
	mail, err2 := s.name(t.Context(), nameOutput, "mail")
	if err != nil || err2 != nil || crm != 1 || mail != 2 {
		t.Errorf("crm is %d (%v), mail is %d (%v)", crm, err, mail, err2)
	}
}

// TestRouteRollsBack: routing that stops at any of its tables leaves nothing behind
// and can be done again.
func TestRouteRollsBack(t *testing.T) {
	t.Parallel()
	for _, at := range []string{
		"INSERT ON keys", "INSERT ON leads", "INSERT ON decisions", "INSERT ON deliveries", "UPDATE ON leads", "UPDATE ON deliveries", "INSERT ON ledger", "UPDATE ON ledger", "DELETE ON inbox",
	} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			s := openTemp(t)
			st := route(t, s, nil, "l_1", "crm") // revision 1, so that the next one changes it
			if _, err := s.Append(t.Context(), oneEvent(), publish); err != nil {
				t.Fatal(err)
			}
			inbox := count(t, s, `SELECT max(id) FROM inbox`)
			fresh := &LeadState{PublicID: "l_2", Revision: 1}
			st.Revision++
			r := &Routing{Inbox: inbox, Config: 1, Leads: []*LeadState{st, fresh}, Events: []RoutedEvent{{
				ID: 2, Receiver: "prospektr", Outcome: OutcomeLeads, Key: make([]byte, 16), Decisions: []Decision{
					{Outcome: OutcomeRouted, Lead: st, Revision: 2, Body: []byte("{}"), Deliveries: []NewDelivery{{Output: "crm", Key: []byte("k2")}}},
					{Outcome: OutcomeRouted, Lead: fresh, Revision: 1, Body: []byte("{}"), Deliveries: []NewDelivery{{Output: "crm", Key: []byte("k3")}}},
				},
			}}}
			before := snapshot(t, s)
			exec(t, s.write, `CREATE TRIGGER boom BEFORE `+at+` BEGIN SELECT RAISE(ABORT, 'boom'); END`)
			claimed, err := s.Route(t.Context(), r)
			if err == nil || !strings.Contains(err.Error(), "boom") || claimed {
				t.Fatalf("claimed %v, %v", claimed, err)
			}
			if got := snapshot(t, s); got != before {
				t.Errorf("rows after the error: %v, before: %v", got, before)
			}
			mustHold(t, s)
			exec(t, s.write, `DROP TRIGGER boom`)
			if claimed, err := s.Route(t.Context(), r); err != nil || !claimed {
				t.Fatalf("again: claimed %v, %v", claimed, err)
			}
			mustHold(t, s)
			if n := count(t, s, `SELECT count(*) FROM deliveries WHERE state = 6`); n != 1 {
				t.Errorf("%d deliveries were replaced, not 1", n)
			}
		})
	}
}

// snapshot is the number of rows in each table that routing writes.
func snapshot(t *testing.T, s *Store) (n [7]int64) {
	t.Helper()
	for i, q := range []string{"count(*) FROM inbox", "count(*) FROM keys", "count(*) FROM leads", "count(*) FROM decisions", "count(*) FROM deliveries", "sum(revision) FROM leads", "sum(n) FROM ledger"} {
		n[i] = count(t, s, "SELECT "+q)
	}
	return n
}

// route keeps one event and routes the lead in it, new where st is nil.
func route(t *testing.T, s *Store, st *LeadState, id, output string) *LeadState {
	t.Helper()
	event, err := s.Append(t.Context(), oneEvent(), publish)
	if err != nil {
		t.Fatal(err)
	}
	if st == nil {
		st = &LeadState{PublicID: id}
	}
	st.Revision++
	claimed, err := s.Route(t.Context(), &Routing{Inbox: count(t, s, `SELECT max(id) FROM inbox`), Config: 1, Leads: []*LeadState{st}, Events: []RoutedEvent{{
		ID: event, Receiver: "prospektr", Outcome: OutcomeLeads, Decisions: []Decision{
			{Outcome: OutcomeRouted, Lead: st, Revision: st.Revision, Body: []byte("{}"), Deliveries: []NewDelivery{{Output: output, Key: []byte("k")}}},
		},
	}}})
	if err != nil || !claimed {
		t.Fatalf("claimed %v, %v", claimed, err)
	}
	return st
}

// TestRecordRollsBack: a result that cannot be written leaves its delivery, and the
// others of its batch, in this hub's hands; the batch can be recorded again.
func TestRecordRollsBack(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	route(t, s, nil, "l_1", "crm")
	route(t, s, nil, "l_2", "crm")
	jobs, err := s.Claim(t.Context(), "crm", 9)
	if err != nil || len(jobs) != 2 {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	results := []Result{{Job: jobs[0], State: StateDelivered, Tries: 1}, {Job: jobs[1], State: StateRefused, Tries: 1, Attempt: &Attempt{N: 1}}}
	exec(t, s.write, `CREATE TRIGGER boom BEFORE INSERT ON attempts BEGIN SELECT RAISE(ABORT, 'boom'); END`)
	if lost, err := s.Record(t.Context(), results); err == nil || lost != 0 {
		t.Fatalf("%d lost, %v", lost, err)
	}
	if n := count(t, s, `SELECT count(*) FROM deliveries WHERE state = 1`); n != 2 {
		t.Errorf("%d deliveries are in this hub's hands, not 2", n)
	}
	mustHold(t, s)
	exec(t, s.write, `DROP TRIGGER boom`)
	if lost, err := s.Record(t.Context(), results); err != nil || lost != 0 {
		t.Fatalf("again: %d lost, %v", lost, err)
	}
	mustHold(t, s)
}

// TestClaimGivesBack: deliveries that were claimed but could not be read are due
// again. In this hub's hands nobody would send them.
func TestClaimGivesBack(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	route(t, s, nil, "l_1", "crm")
	exec(t, s.write, `UPDATE deliveries SET tries = 'many'`) // what is read cannot be understood
	if jobs, err := s.Claim(t.Context(), "crm", 9); err == nil {
		t.Fatalf("claimed %d", len(jobs))
	}
	if n := count(t, s, `SELECT count(*) FROM deliveries WHERE state = 0 AND owner = 0`); n != 1 {
		t.Fatal("the delivery is stuck in this hub's hands")
	}
	exec(t, s.write, `UPDATE deliveries SET tries = 0`)
	if jobs, err := s.Claim(t.Context(), "crm", 9); err != nil || len(jobs) != 1 || jobs[0].Unsure {
		t.Errorf("claimed %d, %v", len(jobs), err)
	}
}

// TestContextEnds: a caller that gives up is told so, the store stays healthy and
// nothing is half written.
func TestContextEnds(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	inTx, leave := make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	kept := make(chan error, 1)
	go func() {
		_, err := s.Append(ctx, oneEvent(), func(tx *sql.Tx, first, last int64) error {
			close(inTx)
			<-leave
			return publish(tx, first, last)
		})
		kept <- err
	}()
	<-inTx
	// One that waits for the write connection gives up; the one that has it goes on.
	short, cancelShort := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancelShort()
	if _, err := s.Append(short, oneEvent(), publish); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrCommitUnknown) {
		t.Errorf("while it waits: %v", err)
	}
	cancel()
	close(leave)
	if err := <-kept; err != nil {
		t.Errorf("a write under way: %v", err)
	}
	if _, err := s.Append(ctx, oneEvent(), publish); !errors.Is(err, context.Canceled) || errors.Is(err, ErrCommitUnknown) {
		t.Errorf("cancelled before it began: %v", err)
	}
	if why := s.Healthy(); why != "" {
		t.Errorf("unhealthy: %s", why)
	}
	if n := count(t, s, `SELECT count(*) FROM events`); n != 1 {
		t.Errorf("%d events, not 1", n)
	}
	mustHold(t, s)
}

// TestDiskTrouble: a full disk makes the store unhealthy, and nothing may be sent;
// room makes it healthy with the next write.
func TestDiskTrouble(t *testing.T) {
	t.Parallel()
	s := openTemp(t)
	pages := count(t, s, `PRAGMA page_count`)
	var was int64
	if err := s.write.QueryRowContext(t.Context(), `PRAGMA max_page_count`).Scan(&was); err != nil {
		t.Fatal(err)
	}
	setMax := func(n int64) {
		t.Helper()
		var got int64
		if err := s.write.QueryRowContext(t.Context(), `PRAGMA max_page_count = `+strconv.FormatInt(n, 10)).Scan(&got); err != nil {
			t.Fatal(err)
		}
	}
	setMax(pages)
	big := []NewEvent{{Receiver: "prospektr", Channel: ChannelWebhook, At: time.UnixMilli(1), Body: make([]byte, 1<<20)}}
	_, err := s.Append(t.Context(), big, publish)
	if err == nil || !strings.Contains(err.Error(), "full") || errors.Is(err, ErrCommitUnknown) {
		t.Fatalf("error %v", err)
	}
	if s.Healthy() == "" || s.MaySend() == "" {
		t.Error("the store is healthy although the disk is full")
	}
	mustHold(t, s)
	setMax(was)
	if err := s.Beat(t.Context()); err != nil {
		t.Fatal(err)
	}
	if why := s.Healthy() + s.MaySend(); why != "" {
		t.Errorf("after a heartbeat: %s", why)
	}
	if _, err := s.Append(t.Context(), big, publish); err != nil {
		t.Error(err)
	}
	mustHold(t, s)
}
