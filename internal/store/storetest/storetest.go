// Package storetest holds the tests that every database leadhub runs on passes.
package storetest

import (
	"database/sql"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"leadhub/internal/store"
)

// Database is one database under test, without tables at first.
type Database interface {
	// Open opens it for serving, as a hub that starts does. The test closes it.
	Open(t *testing.T, now func() time.Time) *store.Store
	// OpenReader opens it to look at.
	OpenReader(t *testing.T, now func() time.Time) *store.Store
	// Publish puts the notification of events into the inbox, inside the transaction.
	Publish(tx *sql.Tx, first, last int64) error
	// Exec changes rows behind the store's back and returns how many. Placeholders are "?".
	Exec(t *testing.T, query string, args ...any) int64
	// Int reads one number behind the store's back.
	Int(t *testing.T, query string, args ...any) int64
}

// Run runs every test, each on a database of its own.
func Run(t *testing.T, fresh func(*testing.T) Database) {
	t.Helper()
	for _, one := range []struct {
		name string
		run  func(*testing.T, *world)
	}{
		{"the whole way", testWholeWay},
		{"append keeps bytes", testAppendKeepsBytes},
		{"append fails before commit", testAppendFails},
		{"append together", testAppendTogether},
		{"tries and split", testTriesAndSplit},
		{"routed twice", testRoutedTwice},
		{"route again after an error", testRouteAgain},
		{"a repeat in the same batch", testRepeatInBatch},
		{"a held notice", testHeldNotice},
		{"keys and leads", testKeysAndLeads},
		{"a newer revision supersedes", testSupersede},
		{"a newer revision in the same batch", testSupersedeInBatch},
		{"one in flight", testOneInFlight},
		{"an older revision fails after a newer came", testOlderFailsLate},
		{"previous", testPrevious},
		{"claim in order", testClaimInOrder},
		{"born leased", testBornLeased},
		{"record and attempts", testRecord},
		{"a lost lease", testLostLease},
		{"remember", testRemember},
		{"takeover", testTakeover},
		{"takeover of an older revision", testTakeoverOlder},
		{"sign off", testSignOff},
		{"due in", testDueIn},
		{"heartbeat", testHeartbeat},
		{"paused output", testPausedOutput},
		{"paused target", testPausedTarget},
		{"paused time", testPausedTime},
		{"pauses outlive a restart", testPausesPersist},
		{"a person's pause", testPersonsPause},
		{"held until a time", testHeld},
		{"held and superseded", testHeldSuperseded},
		{"retry", testRetry},
		{"retry of an older revision", testRetryReplaced},
		{"retry in pages", testRetryPages},
		{"replay", testReplay},
		{"replays in the ledger", testReplayLedgerFails},
		{"events of a replay", testSelectEvents},
		{"backlog", testBacklog},
		{"summaries of events", testEachEvent},
		{"lists", testLists},
		{"list pages", testListPages},
		{"show", testShow},
		{"configurations", testConfigs},
		{"rejects", testRejects},
		{"names race", testNamesRace},
		{"names and records together", testNamesWhileRecording},
		{"readers meet new names", testReaderMeetsNames},
		{"readers cannot write", testReaderCannotWrite},
		{"everything at once", testEverythingAtOnce},
	} {
		t.Run(one.name, func(t *testing.T) {
			t.Parallel()
			one.run(t, newWorld(t, fresh(t)))
		})
	}
	t.Run("ledger fails", func(t *testing.T) {
		t.Parallel()
		testLedgerFails(t, fresh)
	})
}

// Clock is a clock that stands still until it is moved. It is safe for concurrent use.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock starts a clock at a fixed moment.
func NewClock() *Clock { return &Clock{at: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)} }

// Now reads the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Move moves the clock.
func (c *Clock) Move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(by)
}

// world is one store under test with what the tests do to it.
type world struct {
	t      *testing.T
	db     Database
	clock  *Clock
	s      *store.Store
	config int64
}

func newWorld(t *testing.T, db Database) *world {
	t.Helper()
	w := &world{t: t, db: db, clock: NewClock()}
	w.open()
	t.Cleanup(func() {
		if err := w.s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return w
}

func (w *world) open() {
	w.t.Helper()
	w.s = w.db.Open(w.t, w.clock.Now)
	var err error
	if w.config, err = w.s.KeepConfig(w.t.Context(), "hash", []byte("version: 1\n"), ""); err != nil {
		w.t.Fatal(err)
	}
}

// restart closes the store and opens it again, as another hub.
func (w *world) restart() {
	w.t.Helper()
	if err := w.s.Close(); err != nil {
		w.t.Fatalf("close: %v", err)
	}
	w.open()
}

// crash opens the store as the hub does that comes after one that died: what the
// dead one held stays in its hands until then.
func (w *world) crash() {
	w.t.Helper()
	w.db.Exec(w.t, `UPDATE deliveries SET owner = owner + 1000 WHERE state = 1`) // so that Close does not hand it back
	w.restart()
}

// commit is one intake commit.
type commit struct {
	inbox, first, last int64
	receiver           string
}

// keep appends n events in one commit.
func (w *world) keep(receiver string, n int) commit {
	w.t.Helper()
	events := make([]store.NewEvent, n)
	for i := range events {
		events[i] = store.NewEvent{Receiver: receiver, Channel: store.ChannelWebhook, At: w.clock.Now(), Body: []byte(`{"n":1}`)}
	}
	first, err := w.s.Append(w.t.Context(), events, w.db.Publish)
	if err != nil {
		w.t.Fatalf("append: %v", err)
	}
	c := commit{inbox: w.db.Int(w.t, `SELECT id FROM inbox WHERE first = ?`, first), first: first, last: first + int64(n) - 1, receiver: receiver}
	if last := w.db.Int(w.t, `SELECT last FROM inbox WHERE id = ?`, c.inbox); last != c.last {
		w.t.Fatalf("the inbox row ends at event %d, not %d", last, c.last)
	}
	return c
}

// to is where a delivery goes.
type to struct{ output, target string }

// found is a lead found in an event, with what was decided about it.
type found struct {
	id      string // public id; "" for an event without leads
	outcome store.Outcome
	to      []to
	leased  bool
	same    bool // of the current revision: a repeat, or stale
	note    string
}

// routed is what an event led to.
type routed struct {
	outcome store.Outcome
	key     string
	found   []found
}

// routing lays out what a commit led to, as the pipeline does.
func (w *world) routing(c commit, events ...routed) *store.Routing {
	w.t.Helper()
	var ids []string
	for _, e := range events {
		for _, f := range e.found {
			ids = append(ids, f.id)
		}
	}
	states, err := w.s.CurrentLeads(w.t.Context(), ids)
	if err != nil {
		w.t.Fatal(err)
	}
	r := &store.Routing{Inbox: c.inbox, Config: w.config}
	touched := map[string]bool{}
	for i, e := range events {
		re := store.RoutedEvent{ID: c.first + int64(i), Receiver: c.receiver, Outcome: e.outcome}
		if e.key != "" {
			re.Key = fmt.Appendf(nil, "%-16.16s", e.key)
		}
		for _, f := range e.found {
			re.Decisions = append(re.Decisions, w.decision(f, states))
			if f.id != "" && !f.same && !touched[f.id] {
				touched[f.id] = true
				r.Leads = append(r.Leads, states[f.id])
			}
		}
		r.Events = append(r.Events, re)
	}
	return r
}

func (w *world) decision(f found, states map[string]*store.LeadState) store.Decision {
	d := store.Decision{Outcome: f.outcome, Note: f.note}
	content := "notice"
	if f.id != "" {
		st := states[f.id]
		if st == nil {
			st = &store.LeadState{PublicID: f.id}
			states[f.id] = st
		}
		if !f.same {
			st.Revision++
			st.Occurred = w.clock.Now().UnixMilli()
			copy(st.Hash[:], strconv.Itoa(st.Revision))
		}
		d.Lead, d.Revision = st, st.Revision
		content = f.id
	}
	if !f.same {
		d.Route = "hot"
		d.Trace = []byte{1, 2, 3}
		d.Body = fmt.Appendf(nil, `{"id":%q,"revision":%d}`, f.id, d.Revision)
	}
	for _, t := range f.to {
		d.Deliveries = append(d.Deliveries, store.NewDelivery{
			Output: t.output, Target: t.target, Key: store.DeliveryKey([]byte(content), d.Revision, t.output, t.target, 0), Leased: f.leased,
		})
	}
	return d
}

// route routes a commit and expects that it was claimed.
func (w *world) route(c commit, events ...routed) *store.Routing {
	w.t.Helper()
	r := w.routing(c, events...)
	claimed, err := w.s.Route(w.t.Context(), r)
	if err != nil || !claimed {
		w.t.Fatalf("route: claimed %v, %v", claimed, err)
	}
	return r
}

// one receives and routes one event that holds one lead for the outputs.
func (w *world) one(receiver, lead string, outs ...to) *store.Routing {
	w.t.Helper()
	return w.route(w.keep(receiver, 1), routed{store.OutcomeLeads, "", []found{{id: lead, outcome: store.OutcomeRouted, to: outs}}})
}

func (w *world) claim(output string, n int) []*store.Job {
	w.t.Helper()
	jobs, err := w.s.Claim(w.t.Context(), output, n)
	if err != nil {
		w.t.Fatalf("claim: %v", err)
	}
	return jobs
}

// claimOne claims and expects exactly one delivery.
func (w *world) claimOne(output string) *store.Job {
	w.t.Helper()
	jobs := w.claim(output, 10)
	if len(jobs) != 1 {
		w.t.Fatalf("claimed %d deliveries to %s, not 1", len(jobs), output)
	}
	return jobs[0]
}

// end is the result of a job that ends in a state.
func (w *world) end(j *store.Job, st store.State) store.Result {
	return store.Result{Job: j, State: st, Due: w.clock.Now(), Tries: j.Tries + 1, Began: max(j.Began, 1), Unsure: j.Unsure}
}

// record records results and expects that none was lost.
func (w *world) record(results ...store.Result) {
	w.t.Helper()
	lost, err := w.s.Record(w.t.Context(), results)
	if err != nil || lost != 0 {
		w.t.Fatalf("record: %d lost, %v", lost, err)
	}
}

// holds reads the ledger and expects that it holds.
func (w *world) holds() *store.Ledger {
	w.t.Helper()
	l, err := w.s.Ledger(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if !l.Holds || len(l.Broken) > 0 {
		w.t.Fatalf("the ledger does not hold: %q", l.Broken)
	}
	return l
}

// row reads one delivery as lists show it.
func (w *world) row(id int64) store.DeliveryRow {
	w.t.Helper()
	all, err := w.s.ListDeliveries(w.t.Context(), store.Filter{Limit: 10_000})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, d := range all {
		if d.ID == id {
			return d
		}
	}
	w.t.Fatalf("no delivery %d", id)
	return store.DeliveryRow{}
}

// is expects a delivery in a state.
func (w *world) is(id int64, want store.State) store.DeliveryRow {
	w.t.Helper()
	d := w.row(id)
	if d.State != want {
		w.t.Fatalf("delivery %d is %d (%s), not %d (%s)", id, d.State, d.State, want, want)
	}
	return d
}

// firstDelivery is the id of the first delivery of a routing's first decision.
func firstDelivery(r *store.Routing) int64 { return r.Events[0].Decisions[0].Deliveries[0].ID }
