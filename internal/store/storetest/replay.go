package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"leadhub/internal/store"
)

// rerun routes one event again, as a step of a run.
func (w *world) rerun(run int64, step store.RunStep, e store.RoutedEvent, leads ...*store.LeadState) bool {
	w.t.Helper()
	claimed, err := w.s.Route(w.t.Context(), &store.Routing{Config: w.config, Run: run, Step: &step, Events: []store.RoutedEvent{e}, Leads: leads})
	if err != nil {
		w.t.Fatalf("route: %v", err)
	}
	return claimed
}

func testReplay(t *testing.T, w *world) {
	ctx := t.Context()
	crm := to{"crm", ""}
	first := w.route(w.keep("prospektr", 1), routed{store.OutcomeUnmapped, "", []found{{outcome: store.OutcomeUnmapped, note: "x: missing"}}})
	second := w.one("prospektr", "l_2", crm)
	w.record(w.end(w.claimOne("crm"), store.StateRefused))
	run := must(w.s.StartRun(ctx, store.RunReplay, []byte(`{}`), []byte(`{}`)))(t)

	// The unmapped event brings a lead.
	lead := &store.LeadState{PublicID: "l_1", Revision: 1, Occurred: 5}
	mapped := store.RoutedEvent{ID: first.Events[0].ID, Receiver: "prospektr", Key: []byte("0123456789abcdef"), Decisions: []store.Decision{
		{Skip: true},
		{Outcome: store.OutcomeRouted, Lead: lead, Revision: 1, Route: "hot", Body: []byte(`{}`), Deliveries: []store.NewDelivery{{Output: "crm", Key: []byte("k1")}}},
	}}
	if !w.rerun(run, store.RunStep{From: 0, To: mapped.ID, Counts: []byte(`{"n":1}`)}, mapped, lead) {
		t.Fatal("not claimed")
	}
	w.holds()
	if w.rerun(run, store.RunStep{From: 0, To: mapped.ID}, mapped) {
		t.Error("the same step was made twice")
	}
	if got := must(w.s.SeenKeys(ctx, [][]byte{mapped.Key}))(t); !got[string(mapped.Key)] {
		t.Error("the event is not known")
	}

	// The refused delivery is tried again for the new decision; another one is new, of this run.
	sent := must(w.s.SentAt(ctx, second.Leads[0].Row, 1))(t)
	if len(sent) != 1 || sent[0].State != store.StateRefused || sent[0].Output != "crm" {
		t.Fatalf("sent %+v", sent)
	}
	state := &must(w.s.LeadsNow(ctx, []string{"l_2", "l_none"}))(t)["l_2"].LeadState
	again := store.RoutedEvent{ID: second.Events[0].ID, Receiver: "prospektr", Decisions: []store.Decision{{
		Outcome: store.OutcomeRouted, Lead: state, Revision: 1, Route: "warm", Body: []byte(`{"id":"l_2"}`), Revive: sent,
		Deliveries: []store.NewDelivery{{Output: "crm", Target: "b", Key: []byte("k2"), Again: run}},
	}}}
	if !w.rerun(run, store.RunStep{From: mapped.ID, To: again.ID, Counts: []byte(`{"n":2}`)}, again, state) {
		t.Fatal("not claimed")
	}
	l := w.holds()
	want := store.ReceiverLedger{
		Receiver: "prospektr", Received: 2, Found: 1, Events: map[string]int64{"unmapped": 1, "leads": 1}, Leads: map[string]int64{"routed": 1},
		Replayed: map[string]int64{"routed": 2}, Holds: true,
	}
	if diff := cmp.Diff(want, l.Receivers[0]); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
	if o := l.Outputs[0]; o.Created != 3 || o.Waiting != 3 || len(o.Ended) != 0 {
		t.Errorf("%+v", o)
	}
	jobs := w.claim("crm", 10)
	routes := map[string]string{}
	for _, j := range jobs {
		routes[j.LeadID+j.Target] = j.Route
		w.record(w.end(j, store.StateDelivered))
	}
	if diff := cmp.Diff(map[string]string{"l_1": "hot", "l_2": "warm", "l_2b": "warm"}, routes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.holds()
	testReplayReads(t, w, first, second, run)
}

// testReplayReads: lists show what was decided last, and runs what they did.
func testReplayReads(t *testing.T, w *world, first, second *store.Routing, run int64) {
	t.Helper()
	ctx := t.Context()
	one, two := first.Events[0].ID, second.Events[0].ID
	latest := must(w.s.LatestDecisions(ctx, []int64{one, two, 99}))(t)
	if len(latest[one]) != 2 || latest[one][0].Outcome != store.OutcomeUnmapped || latest[one][1].Run != run || len(latest[two]) != 1 || latest[two][0].Route != "warm" {
		t.Errorf("latest %+v", latest)
	}
	now := must(w.s.LeadsNow(ctx, []string{"l_2"}))(t)["l_2"]
	if now.Event != two || now.N != 0 || now.Route != "warm" || now.Revision != 1 {
		t.Errorf("now %+v", now)
	}
	if j := must(w.s.JobOf(ctx, must(w.s.SentAt(ctx, now.Row, 1))(t)[0].ID))(t); j.Route != "warm" || j.LeadID != "l_2" {
		t.Errorf("job %+v", j)
	}
	if _, err := w.s.JobOf(ctx, 999); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no such delivery: %v", err)
	}
	got := must(w.s.Run(ctx, run))(t)
	if got.Cursor != two || string(got.Counts) != `{"n":2}` || got.State != store.RunRunning || !got.Ended.IsZero() {
		t.Errorf("run %+v", got)
	}
	w.clock.Move(time.Second)
	if err := w.s.SetRun(ctx, run, store.RunDone, ""); err != nil {
		t.Fatal(err)
	}
	if got := must(w.s.Runs(ctx, 5))(t); len(got) != 1 || got[0].State != store.RunDone || !got[0].Ended.Equal(w.clock.Now()) {
		t.Errorf("runs %+v", got)
	}
	if w.rerun(run, store.RunStep{From: two, To: two + 1}, store.RoutedEvent{ID: two, Receiver: "prospektr"}) {
		t.Error("a run that is done went on")
	}
	for what, err := range map[string]error{"set": w.s.SetRun(ctx, 99, store.RunDone, ""), "read": func() error { _, err := w.s.Run(ctx, 99); return err }()} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s no such run: %v", what, err)
		}
	}
}

// testReplayLedgerFails: a lost decision of a replay is noticed.
func testReplayLedgerFails(t *testing.T, w *world) {
	one := w.one("prospektr", "l_1", to{"crm", ""})
	run := must(w.s.StartRun(t.Context(), store.RunReplay, nil, nil))(t)
	state := &must(w.s.LeadsNow(t.Context(), []string{"l_1"}))(t)["l_1"].LeadState
	w.rerun(run, store.RunStep{To: 1}, store.RoutedEvent{ID: one.Events[0].ID, Receiver: "prospektr", Decisions: []store.Decision{
		{Outcome: store.OutcomeHeld, Lead: state, Revision: 1},
	}}, state)
	w.rerun(run, store.RunStep{From: 1, To: 2}, store.RoutedEvent{ID: w.keep("prospektr", 1).first, Receiver: "prospektr", Decisions: []store.Decision{{Outcome: store.OutcomeNotice}}})
	w.holds()
	w.db.Exec(t, `DELETE FROM decisions WHERE run <> 0 AND lead IS NULL`)
	broken(t, w, []string{"prospektr: 1 replayed events without leads were notice, but 0 decisions say so"})
	w.db.Exec(t, `UPDATE decisions SET outcome = 1 WHERE run <> 0`)
	broken(t, w, []string{"prospektr: 1 replayed leads were held, but 0 decisions say so", "prospektr: 0 replayed leads were routed, but 1 decisions say so"})
}

func testSelectEvents(t *testing.T, w *world) {
	ctx := t.Context()
	start := w.clock.Now()
	for range 10 {
		w.keep("prospektr", 3)
		w.keep("salesos", 1)
		w.clock.Move(30 * time.Minute)
	}
	w.one("prospektr", "l_1", to{"crm", ""})
	w.route(w.keep("prospektr", 1), routed{store.OutcomeUnmapped, "", []found{{outcome: store.OutcomeUnmapped}}})
	last := must(w.s.LastEvent(ctx))(t)
	if last != 42 {
		t.Fatalf("last %d", last)
	}
	for name, c := range map[string]struct {
		f     store.EventFilter
		limit int
		want  []int64
	}{
		"all":           {store.EventFilter{}, 3, []int64{1, 2, 3}},
		"after":         {store.EventFilter{After: 40}, 3, []int64{41, 42}},
		"up to":         {store.EventFilter{After: 40, Last: 41}, 3, []int64{41}},
		"by id":         {store.EventFilter{IDs: []int64{42, 3, 3, 2, 99}}, 9, []int64{2, 3, 42}},
		"by id, after":  {store.EventFilter{IDs: []int64{42, 3, 2}, After: 2}, 1, []int64{3}},
		"by id, at end": {store.EventFilter{IDs: []int64{42, 3, 2}, After: 42}, 1, nil},
		"of a receiver": {store.EventFilter{Receiver: "salesos"}, 2, []int64{4, 8}},
		"of another":    {store.EventFilter{Receiver: "nobody"}, 2, nil},
		"in a range":    {store.EventFilter{From: start.Add(29 * time.Minute), Until: start.Add(30 * time.Minute)}, 9, nil},
		"in another":    {store.EventFilter{From: start.Add(30 * time.Minute), Until: start.Add(31 * time.Minute)}, 9, []int64{5, 6, 7, 8}},
		"unmapped":      {store.EventFilter{Outcome: store.OutcomeUnmapped}, 9, []int64{42}},
		"held":          {store.EventFilter{Outcome: store.OutcomeHeld}, 9, nil},
	} {
		if c.f.Last == 0 {
			c.f.Last = last
		}
		var got []int64
		for _, e := range must(w.s.SelectEvents(ctx, c.f, c.limit))(t) {
			got = append(got, e.ID)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	for at, want := range map[time.Duration]int64{-time.Hour: 0, 0: 0, 90 * time.Minute: 4, 3 * time.Hour: 16, 100 * time.Hour: 42} {
		if got := must(w.s.BeginAt(ctx, start.Add(at)))(t); got != want {
			t.Errorf("begin at %v: %d, want %d", at, got, want)
		}
	}
	if got := must(w.s.BeginAt(ctx, time.Time{}))(t); got != 0 {
		t.Errorf("begin %d", got)
	}
}

func testBacklog(t *testing.T, w *world) {
	for _, id := range []string{"l_1", "l_2", "l_3"} {
		w.one("prospektr", id, to{"crm", ""})
	}
	backlog := func(output string, limit, want int) {
		t.Helper()
		if n := must(w.s.Backlog(t.Context(), output, limit))(t); n != want {
			t.Errorf("%s: %d, want %d", output, n, want)
		}
	}
	backlog("crm", 2, 2)
	backlog("crm", 9, 3)
	backlog("nobody", 9, 0)
	r := w.end(w.claim("crm", 1)[0], store.StateWaiting)
	r.Due = w.clock.Now().Add(time.Minute)
	w.record(r)
	backlog("crm", 9, 2)
	w.pause("crm", "")
	backlog("crm", 9, 0)
}

func testEachEvent(t *testing.T, w *world) {
	start := w.clock.Now()
	w.one("prospektr", "l_1", to{"crm", ""}, to{"mail", ""})
	w.clock.Move(time.Minute)
	w.record(w.end(w.claimOne("crm"), store.StateDelivered))
	w.route(w.keep("salesos", 1), routed{store.OutcomeUnmapped, "", []found{{outcome: store.OutcomeUnmapped, note: "x: missing"}}})
	w.clock.Move(24 * time.Hour)
	w.keep("salesos", 2)
	run := must(w.s.StartRun(t.Context(), store.RunReplay, nil, nil))(t)
	w.rerun(run, store.RunStep{To: 2}, store.RoutedEvent{ID: 2, Receiver: "salesos", Decisions: []store.Decision{{Outcome: store.OutcomeNotice, Deliveries: []store.NewDelivery{
		{Output: "crm", Key: []byte("k"), Again: run},
	}}}})
	read := func(from, until time.Time) []store.EventSummary {
		t.Helper()
		var got []store.EventSummary
		if err := w.s.EachEvent(t.Context(), from, until, func(e *store.EventSummary) { got = append(got, *e) }); err != nil {
			t.Fatal(err)
		}
		return got
	}
	want := []store.EventSummary{
		{ID: 1, Receiver: "prospektr", At: start, Decisions: []store.DecisionSummary{{Outcome: store.OutcomeRouted, HasLead: true}}, Deliveries: []store.DeliverySummary{
			{State: store.StateDelivered, Done: start.Add(time.Minute)}, {State: store.StateWaiting},
		}},
		{ID: 2, Receiver: "salesos", At: start.Add(time.Minute), Decisions: []store.DecisionSummary{{Outcome: store.OutcomeNotice}}, Deliveries: []store.DeliverySummary{{Again: true}}},
	}
	ignored := cmpopts.IgnoreUnexported(store.DecisionSummary{})
	if diff := cmp.Diff(want, read(start, start.Add(time.Hour)), ignored); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := read(start.Add(time.Minute), start.Add(100*time.Hour)); len(got) != 3 || got[0].ID != 2 || got[2].Decisions != nil {
		t.Errorf("%+v", got)
	}
	if got := read(start.Add(100*time.Hour), start.Add(200*time.Hour)); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}
