package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/store"
)

func testLists(t *testing.T, w *world) {
	fill(w)
	ctx := t.Context()
	later := w.clock.Now().Add(time.Hour)
	w.clock.Move(2 * time.Hour)
	w.one("prospektr", "l_later", to{"late", ""})

	events := func(f store.Filter) string {
		f.Limit = 100
		var out []string
		for _, e := range must(w.s.ListEvents(ctx, f))(t) {
			var words []string
			for _, d := range e.Decisions {
				words = append(words, d.Outcome.String())
			}
			out = append(out, e.Receiver+" "+strings.Join(words, "+"))
		}
		return strings.Join(out, ", ")
	}
	leads := func(f store.Filter) string {
		f.Limit = 100
		var out []string
		for _, l := range must(w.s.ListLeads(ctx, f))(t) {
			out = append(out, fmt.Sprintf("%s r%d %s", l.PublicID, l.Revision, l.Decision.Outcome))
		}
		return strings.Join(out, ", ")
	}
	deliveries := func(f store.Filter) string {
		f.Limit = 100
		var out []string
		for _, d := range must(w.s.ListDeliveries(ctx, f))(t) {
			out = append(out, fmt.Sprintf("%s>%s%s %s", d.LeadID, d.Output, d.Target, d.State))
		}
		return strings.Join(out, ", ")
	}
	state := func(s store.State) store.Filter { return store.Filter{State: &s} }
	for _, c := range []struct{ what, got, want string }{
		{"events of a receiver", events(store.Filter{Receiver: "salesos"}), "salesos , salesos , salesos routed, salesos routed, salesos echo, salesos routed+routed, salesos routed+merged"},
		{"events with an outcome", events(store.Filter{Outcome: store.OutcomeMerged}), "salesos routed+merged"},
		{"events since", events(store.Filter{Since: later}), "prospektr routed"},
		{"events of nobody", events(store.Filter{Receiver: "nobody"}), ""},
		{"leads of a receiver", leads(store.Filter{Receiver: "salesos"}), "l_paused r1 routed, l_sending r1 routed, l_parked r1 routed, l_gaveup r1 routed, l_merged r1 merged, l_refused r1 routed"},
		{"suppressed leads", leads(store.Filter{Outcome: store.OutcomeSuppressed}), "l_suppressed r1 suppressed"},
		{"a lead with revisions", leads(store.Filter{Receiver: "prospektr", Since: later}), "l_later r1 routed"},
		{"deliveries to an output", deliveries(store.Filter{Output: "slack"}), ">slack#cold waiting, l_delivered>slack#hot delivered"},
		{"an output and a receiver", deliveries(store.Filter{Output: "crm", Receiver: "salesos"}), "l_parked>crm paused, l_gaveup>crm gave up, l_refused>crm refused"},
		{"waiting", deliveries(state(store.StateWaiting)), "l_later>late waiting, l_sending>hub waiting, l_changed>crm waiting, >slack#cold waiting, l_test>triage waiting"},
		{"sending is waiting", deliveries(state(store.StateSending)), deliveries(state(store.StateWaiting))},
		{"paused", deliveries(state(store.StatePaused)), "l_paused>mail paused, l_parked>crm paused"},
		{"parked is paused", deliveries(state(store.StateParked)), deliveries(state(store.StatePaused))},
		{"delivered", deliveries(state(store.StateDelivered)), "l_delivered>slack#hot delivered, l_delivered>crm delivered"},
		{"already there", deliveries(state(store.StateAlreadyThere)), "l_there>crm already there"},
		{"refused", deliveries(state(store.StateRefused)), "l_refused>crm refused"},
		{"gave up", deliveries(state(store.StateGaveUp)), "l_gaveup>crm gave up"},
		{"skipped", deliveries(state(store.StateSkipped)), "l_changed>crm skipped"},
		{"skipped at another output", deliveries(store.Filter{State: state(store.StateSkipped).State, Output: "mail"}), ""},
		{"since", deliveries(store.Filter{Since: later}), "l_later>late waiting"},
		{"of nobody", deliveries(store.Filter{Output: "nobody"}), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.what, c.got, c.want)
		}
	}
}

// testListPages: page after page gives every row once, the newest first.
func testListPages(t *testing.T, w *world) {
	for i := range 25 {
		w.one("prospektr", fmt.Sprintf("l_%d", i), to{"crm", ""})
	}
	pages := func(page func(f store.Filter) []int64) {
		t.Helper()
		var all []int64
		f := store.Filter{Limit: 10}
		for n := 0; ; n++ {
			ids := page(f)
			if len(ids) == 0 || n > 5 {
				break
			}
			all = append(all, ids...)
			f.Before = ids[len(ids)-1]
		}
		if len(all) != 25 || !slices.IsSortedFunc(all, func(a, b int64) int { return int(b - a) }) || len(slices.Compact(all)) != 25 {
			t.Errorf("pages hold %v", all)
		}
	}
	ctx := t.Context()
	pages(func(f store.Filter) (ids []int64) {
		for _, e := range must(w.s.ListEvents(ctx, f))(t) {
			ids = append(ids, e.ID)
		}
		return ids
	})
	pages(func(f store.Filter) (ids []int64) {
		for _, l := range must(w.s.ListLeads(ctx, f))(t) {
			ids = append(ids, l.Row)
		}
		return ids
	})
	pages(func(f store.Filter) (ids []int64) {
		for _, d := range must(w.s.ListDeliveries(ctx, f))(t) {
			ids = append(ids, d.ID)
		}
		return ids
	})
}

func testShow(t *testing.T, w *world) {
	ctx := t.Context()
	r := w.route(w.keep("prospektr", 1), routed{store.OutcomeLeads, "k", []found{
		{id: "l_1", outcome: store.OutcomeRouted, to: []to{{"crm", ""}, {"slack", "#hot"}}},
		{id: "l_2", outcome: store.OutcomeSuppressed, note: "existing customer"},
	}})
	waiting := w.keep("prospektr", 1)
	w.one("prospektr", "l_1", to{"crm", ""})

	e := must(w.s.ShowEvent(ctx, r.Events[0].ID))(t)
	d := r.Events[0].Decisions
	want := []store.DecisionRow{
		{ID: d[0].ID, EventID: e.ID, N: 0, Outcome: store.OutcomeRouted, Receiver: "prospektr", LeadID: "l_1", Revision: 1, Route: "hot", Config: w.config, Trace: []byte{1, 2, 3}, Body: d[0].Body},
		{ID: d[1].ID, EventID: e.ID, N: 1, Outcome: store.OutcomeSuppressed, Receiver: "prospektr", LeadID: "l_2", Revision: 1, Route: "hot", Note: "existing customer", Config: w.config, Trace: []byte{1, 2, 3}, Body: d[1].Body},
	}
	if diff := cmp.Diff(want, e.Decisions); diff != "" || e.Receiver != "prospektr" || string(e.Body) != `{"n":1}` {
		t.Errorf("event %+v, decisions (-want +got):\n%s", e.Event, diff)
	}
	if e := must(w.s.ShowEvent(ctx, waiting.first))(t); len(e.Decisions) != 0 {
		t.Errorf("an event that waits has %d decisions", len(e.Decisions))
	}
	l, history, err := w.s.ShowLead(ctx, "l_1")
	if err != nil || l.Revision != 2 || len(history) != 2 || history[0].Revision != 1 || history[1].ID != l.Decision.ID || !l.At.Equal(w.clock.Now()) {
		t.Errorf("lead %+v with %d decisions, %v", l, len(history), err)
	}
	names := func(rows []store.DeliveryRow) (out []string) {
		for _, d := range rows {
			out = append(out, fmt.Sprintf("r%d %s%s %s", d.Revision, d.Output, d.Target, d.State))
		}
		return out
	}
	if diff := cmp.Diff([]string{"r1 crm skipped", "r1 slack#hot waiting"}, names(must(w.s.DeliveriesOfEvent(ctx, e.ID))(t))); diff != "" {
		t.Errorf("deliveries of the event (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"r1 crm skipped", "r1 slack#hot waiting", "r2 crm waiting"}, names(must(w.s.DeliveriesOfLead(ctx, "l_1"))(t))); diff != "" {
		t.Errorf("deliveries of the lead (-want +got):\n%s", diff)
	}
	if _, err := w.s.ShowEvent(ctx, 999); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no such event: %v", err)
	}
	if _, _, err := w.s.ShowLead(ctx, "l_none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no such lead: %v", err)
	}
	for what, n := range map[string]int{
		"deliveries of no event": len(must(w.s.DeliveriesOfEvent(ctx, 999))(t)), "deliveries of no lead": len(must(w.s.DeliveriesOfLead(ctx, "x"))(t)),
		"attempts of no delivery": len(must(w.s.Attempts(ctx, 999))(t)),
	} {
		if n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
}

func testRejects(t *testing.T, w *world) {
	const more = 300
	at := w.clock.Now()
	batch := make([]store.Reject, 0, 100)
	for i := range store.MaxRejects + more {
		r := store.Reject{At: at.Add(time.Duration(i) * time.Millisecond), Status: 401, RequestID: fmt.Sprint(i), Reason: "signature missing"}
		if i%2 == 0 {
			r.Receiver = "prospektr"
		}
		if batch = append(batch, r); len(batch) == cap(batch) {
			if err := w.s.AddRejects(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	all := must(w.s.Rejects(t.Context(), "", 2*store.MaxRejects))(t)
	if len(all) != store.MaxRejects {
		t.Fatalf("%d are kept, not %d", len(all), store.MaxRejects)
	}
	newest, oldest := all[0], all[len(all)-1]
	if newest.RequestID != fmt.Sprint(store.MaxRejects+more-1) || oldest.RequestID != fmt.Sprint(more) {
		t.Errorf("from %s to %s", newest.RequestID, oldest.RequestID)
	}
	of := must(w.s.Rejects(t.Context(), "prospektr", 3))(t)
	if len(of) != 3 || of[0].Receiver != "prospektr" || of[0].RequestID != fmt.Sprint(store.MaxRejects+more-2) {
		t.Errorf("of one receiver: %+v", of)
	}
	if of := must(w.s.Rejects(t.Context(), "nobody", 3))(t); len(of) != 0 {
		t.Errorf("of nobody: %+v", of)
	}
	var sum int64
	for _, r := range w.holds().Receivers {
		sum += r.Rejected
	}
	if sum != store.MaxRejects+more {
		t.Errorf("%d are counted, not %d", sum, store.MaxRejects+more)
	}
	full := store.Reject{At: at, Receiver: "salesos", Status: 400, RequestID: "req_9", Remote: "192.0.2.7", Reason: "body is not JSON", Hint: "a hint", Size: 7}
	if err := w.s.AddRejects(t.Context(), []store.Reject{full}); err != nil {
		t.Fatal(err)
	}
	got := must(w.s.Rejects(t.Context(), "salesos", 1))(t)[0]
	full.ID = got.ID
	if diff := cmp.Diff(full, got); diff != "" {
		t.Errorf("reject (-want +got):\n%s", diff)
	}
}
