package storetest

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/store"
)

// fill takes events of two receivers through every outcome and leaves a delivery in
// every state. The ledger has to hold after each step.
func fill(w *world) {
	w.t.Helper()
	crm, hot, cold := to{"crm", ""}, to{"slack", "#hot"}, to{"slack", "#cold"}
	leads := func(key string, fs ...found) routed { return routed{store.OutcomeLeads, key, fs} }

	a := w.keep("prospektr", 6)
	w.holds()
	b := w.keep("salesos", 3)
	w.holds()
	w.route(a,
		leads("a1",
			found{id: "l_delivered", outcome: store.OutcomeRouted, to: []to{crm, hot}, leased: true},
			found{id: "l_suppressed", outcome: store.OutcomeSuppressed, note: "existing customer"},
			found{id: "l_held", outcome: store.OutcomeHeld, note: "division by zero"}),
		routed{store.OutcomeUnmapped, "", []found{{outcome: store.OutcomeUnmapped, note: "data.company: missing"}}},
		routed{store.OutcomeTest, "a3", []found{{id: "l_test", outcome: store.OutcomeTest, to: []to{{"triage", ""}}}}},
		routed{store.OutcomeRepeat, "", []found{{outcome: store.OutcomeRepeat, note: "the same event came before"}}},
		routed{store.OutcomeNotice, "a5", []found{{outcome: store.OutcomeNotice, to: []to{cold}}}},
		leads("a6", found{id: "l_there", outcome: store.OutcomeRouted, to: []to{crm}}),
	)
	w.holds()
	w.route(b,
		leads("b1", found{id: "l_refused", outcome: store.OutcomeRouted, to: []to{crm}}, found{id: "l_merged", outcome: store.OutcomeMerged}),
		leads("b2", found{id: "l_gaveup", outcome: store.OutcomeRouted, to: []to{crm}}, found{id: "l_parked", outcome: store.OutcomeRouted, to: []to{crm}}),
		routed{store.OutcomeEcho, "b3", []found{{outcome: store.OutcomeEcho}}},
	)
	w.holds()
	ends := map[string]store.State{
		"l_there": store.StateAlreadyThere, "l_refused": store.StateRefused, "l_gaveup": store.StateGaveUp, "l_parked": store.StateParked,
	}
	for _, j := range w.claim("crm", 10) {
		st, ok := ends[j.LeadID]
		if !ok {
			w.t.Fatalf("claimed a delivery of %q", j.LeadID)
		}
		w.record(w.end(j, st))
		w.holds()
	}
	// Born leased: the pipeline has them without claiming.
	for _, d := range must(w.s.DeliveriesOfLead(w.t.Context(), "l_delivered"))(w.t) {
		j := &store.Job{ID: d.ID, EventID: d.EventID, Receiver: d.Receiver, Output: d.Output, Target: d.Target, LeadID: d.LeadID, Revision: d.Revision, Key: d.Key}
		w.record(w.end(j, store.StateDelivered))
		w.holds()
	}
	// A revision that waits, and one that takes its place.
	w.one("prospektr", "l_changed", crm)
	w.holds()
	w.one("prospektr", "l_changed", crm)
	w.holds()
	w.route(w.keep("prospektr", 2),
		routed{store.OutcomeRepeat, "c1", []found{{id: "l_changed", outcome: store.OutcomeRepeat, same: true}}},
		routed{store.OutcomeStale, "c2", []found{{id: "l_changed", outcome: store.OutcomeStale, same: true}}})
	w.holds()
	// One in this hub's hands, one paused, one event not routed.
	w.one("salesos", "l_sending", to{"hub", ""})
	w.claimOne("hub")
	w.one("salesos", "l_paused", to{"mail", ""})
	w.pause("mail", "")
	w.keep("salesos", 2)
	err := w.s.AddRejects(w.t.Context(), []store.Reject{
		{At: w.clock.Now(), Receiver: "salesos", Status: 401, RequestID: "req_1", Reason: "signature missing"},
		{At: w.clock.Now(), Status: 413, RequestID: "req_2", Reason: "body too large"},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// must returns a value or fails the test.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func testWholeWay(t *testing.T, w *world) {
	fill(w)
	want := &store.Ledger{
		At: w.clock.Now(), Holds: true, Broken: []string{},
		Pauses: []store.Pause{{Output: "mail", Since: w.clock.Now(), Reason: "401 Unauthorized"}},
		Receivers: []store.ReceiverLedger{
			{Receiver: "", Rejected: 1, Events: map[string]int64{}, Leads: map[string]int64{}, Holds: true},
			{
				Receiver: "prospektr", Received: 10, Found: 9, Holds: true,
				Events: map[string]int64{"leads": 4, "unmapped": 1, "test": 1, "repeat": 2, "notice": 1, "stale": 1},
				Leads:  map[string]int64{"routed": 4, "suppressed": 1, "held": 1, "test": 1, "repeat": 1, "stale": 1},
			},
			{
				Receiver: "salesos", Rejected: 1, Received: 7, Waiting: 2, Found: 6, Holds: true,
				Events: map[string]int64{"leads": 4, "echo": 1}, Leads: map[string]int64{"routed": 5, "merged": 1},
			},
		},
		Outputs: []store.OutputLedger{
			{Receiver: "prospektr", Output: "crm", Created: 4, Waiting: 1, Ended: map[string]int64{"delivered": 1, "already there": 1, "skipped": 1}, Holds: true},
			{Receiver: "prospektr", Output: "slack", Created: 2, Waiting: 1, Ended: map[string]int64{"delivered": 1}, Holds: true},
			{Receiver: "prospektr", Output: "triage", Created: 1, Waiting: 1, Ended: map[string]int64{}, Holds: true},
			{Receiver: "salesos", Output: "crm", Created: 3, Paused: 1, Ended: map[string]int64{"refused": 1, "gave up": 1}, Holds: true},
			{Receiver: "salesos", Output: "hub", Created: 1, Waiting: 1, Ended: map[string]int64{}, Holds: true},
			{Receiver: "salesos", Output: "mail", Created: 1, Paused: 1, Ended: map[string]int64{}, Holds: true},
		},
	}
	if diff := cmp.Diff(want, w.holds()); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
	before := w.holds()
	w.restart()
	w.clock.Move(24 * time.Hour)
	after := w.holds()
	after.At = before.At
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the ledger is another after a restart and a day (-before +after):\n%s", diff)
	}
	// Over midnight: the counters of both days count.
	w.one("prospektr", "l_next_day", to{"crm", ""})
	if got := w.holds().Outputs[0].Created; got != 5 {
		t.Errorf("%d deliveries were written to crm over two days, not 5", got)
	}
}

func testAppendKeepsBytes(t *testing.T, w *world) {
	bodies := [][]byte{[]byte("{}"), {}, nil, {0, 1, 0xff, 0xfe, '\n'}, bytes.Repeat([]byte("é"), 600_000)}
	var events []store.NewEvent
	for i, b := range bodies {
		events = append(events, store.NewEvent{
			Receiver: fmt.Sprintf("r%d", i%2), Channel: store.ChannelPoll, At: w.clock.Now().Add(time.Duration(i) * time.Millisecond), Meta: []byte{byte(i), 0}, Body: b,
		})
	}
	first, err := w.s.Append(t.Context(), events, w.db.Publish)
	if err != nil {
		t.Fatal(err)
	}
	got, err := w.s.Events(t.Context(), first, first+int64(len(bodies))-1)
	if err != nil {
		t.Fatal(err)
	}
	var want []store.Event
	for i, e := range events {
		want = append(want, store.Event{ID: first + int64(i), Receiver: e.Receiver, Channel: e.Channel, At: e.At, Meta: e.Meta, Body: e.Body})
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(bytes.Equal)); diff != "" {
		t.Errorf("events (-want +got):\n%.2000s", diff)
	}
	if got[0].ID != first || got[0].At.Location() != time.UTC {
		t.Errorf("event %d at %v, want %d in UTC", got[0].ID, got[0].At, first)
	}
	if _, err := w.s.Append(t.Context(), nil, w.db.Publish); err == nil {
		t.Error("keeping no events at all is no error")
	}
	if n := w.db.Int(t, `SELECT count(*) FROM inbox`); n != 1 {
		t.Errorf("%d inbox rows, not 1", n)
	}
}

func testAppendFails(t *testing.T, w *world) {
	c := w.keep("prospektr", 2)
	boom := errors.New("boom")
	events := []store.NewEvent{{Receiver: "prospektr", Channel: store.ChannelWebhook, At: w.clock.Now(), Body: []byte("{}")}}
	for name, publish := range map[string]store.Publish{
		"before the inbox row": func(*sql.Tx, int64, int64) error { return boom },
		"after the inbox row": func(tx *sql.Tx, first, last int64) error {
			return errors.Join(w.db.Publish(tx, first, last), boom)
		},
	} {
		id, err := w.s.Append(t.Context(), events, publish)
		if !errors.Is(err, boom) || errors.Is(err, store.ErrCommitUnknown) || id != 0 {
			t.Errorf("%s: id %d, error %v", name, id, err)
		}
	}
	func() {
		defer func() {
			if err, ok := recover().(error); !ok || !errors.Is(err, boom) {
				t.Errorf("recovered %v", err)
			}
		}()
		_, _ = w.s.Append(t.Context(), events, func(*sql.Tx, int64, int64) error { panic(boom) })
	}()
	if n := w.db.Int(t, `SELECT count(*) FROM events`); n != 2 {
		t.Errorf("%d events are kept, not 2", n)
	}
	if n := w.db.Int(t, `SELECT count(*) FROM inbox`); n != 1 {
		t.Errorf("%d inbox rows, not 1", n)
	}
	if why := w.s.Healthy(); why != "" {
		t.Errorf("an event that cannot be kept makes the store unhealthy: %s", why)
	}
	w.holds()
	// Ids go on and none is given out twice, also after a restart.
	next := w.keep("prospektr", 1)
	if next.first <= c.last {
		t.Errorf("event %d was followed by %d", c.last, next.first)
	}
	w.restart()
	if again := w.keep("prospektr", 1); again.first <= next.last {
		t.Errorf("after a restart event %d was followed by %d", next.last, again.first)
	}
	w.holds()
}

// testAppendTogether: many commits at once, every event kept once, under its own id.
func testAppendTogether(t *testing.T, w *world) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	bodies := map[int64]string{}
	for g := range 8 {
		wg.Go(func() {
			for i := range 10 {
				var events []store.NewEvent
				for n := range 1 + i%5 {
					events = append(events, store.NewEvent{Receiver: fmt.Sprintf("r%d", (g+i)%3), Channel: store.ChannelWebhook, At: w.clock.Now(), Body: fmt.Appendf(nil, "%d/%d/%d", g, i, n)})
				}
				first, err := w.s.Append(t.Context(), events, w.db.Publish)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for n, e := range events {
					bodies[first+int64(n)] = string(e.Body)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	got, err := w.s.Events(t.Context(), 0, 1<<62)
	if err != nil {
		t.Fatal(err)
	}
	kept := map[int64]string{}
	for _, e := range got {
		kept[e.ID] = string(e.Body)
	}
	if diff := cmp.Diff(bodies, kept); diff != "" {
		t.Errorf("events (-returned +kept):\n%s", diff)
	}
	if n := w.db.Int(t, `SELECT sum(last - first + 1) FROM inbox`); n != int64(len(bodies)) {
		t.Errorf("the inbox announces %d events, not %d", n, len(bodies))
	}
	w.holds()
}

func testTriesAndSplit(t *testing.T, w *world) {
	c := w.keep("prospektr", 3)
	for want := 1; want <= 3; want++ {
		if got := must(w.s.CountTry(t.Context(), c.inbox))(t); got != want {
			t.Fatalf("try %d was counted as %d", want, got)
		}
	}
	if err := w.s.Split(t.Context(), c.inbox, c.first, c.last, 3); err != nil {
		t.Fatal(err)
	}
	w.holds()
	if err := w.s.Split(t.Context(), c.inbox, c.first, c.last, 3); err != nil {
		t.Fatal(err)
	}
	if n := w.db.Int(t, `SELECT count(*) FROM inbox WHERE first = last AND tries = 3`); n != 3 {
		t.Errorf("%d inbox rows of one event after 3 tries, not 3", n)
	}
	if got := must(w.s.CountTry(t.Context(), c.inbox))(t); got != 0 {
		t.Errorf("an inbox row that is gone was tried %d times, not 0", got)
	}
	one := commit{inbox: w.db.Int(t, `SELECT id FROM inbox WHERE first = ?`, c.first+1), first: c.first + 1, last: c.first + 1, receiver: "prospektr"}
	w.route(one, routed{store.OutcomeUnmapped, "", []found{{outcome: store.OutcomeUnmapped, note: "set aside"}}})
	if l := w.holds(); l.Receivers[0].Waiting != 2 || l.Receivers[0].Events["unmapped"] != 1 {
		t.Errorf("ledger %+v", l.Receivers)
	}
}
