package storetest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/store"
)

// totals counts the rows of the tables that routing writes.
func (w *world) totals() map[string]int64 {
	w.t.Helper()
	n := map[string]int64{}
	for _, table := range []string{"events", "inbox", "keys", "leads", "decisions", "deliveries"} {
		n[table] = w.db.Int(w.t, "SELECT count(*) FROM "+table)
	}
	n["counters"] = w.db.Int(w.t, "SELECT coalesce(sum(n), 0) FROM ledger")
	return n
}

func testRoutedTwice(t *testing.T, w *world) {
	c := w.keep("prospektr", 1)
	event := routed{store.OutcomeLeads, "k", []found{{id: "l_1", outcome: store.OutcomeRouted, to: []to{{"crm", ""}, {"slack", "#hot"}}}}}
	r := w.routing(c, event)
	again := w.routing(c, event) // as another hub would decide that read the same rows
	if claimed, err := w.s.Route(t.Context(), r); err != nil || !claimed {
		t.Fatalf("claimed %v, %v", claimed, err)
	}
	before := w.totals()
	for name, routing := range map[string]*store.Routing{"the same": r, "decided again": again} {
		claimed, err := w.s.Route(t.Context(), routing)
		if err != nil || claimed {
			t.Errorf("%s: claimed %v, %v", name, claimed, err)
		}
	}
	if diff := cmp.Diff(before, w.totals()); diff != "" {
		t.Errorf("rows after routing again (-before +after):\n%s", diff)
	}
	w.holds()
}

// testRouteAgain: a routing that fails leaves nothing, and the same one succeeds later.
func testRouteAgain(t *testing.T, w *world) {
	c := w.keep("prospektr", 2)
	before := w.totals()
	event := routed{store.OutcomeLeads, "", []found{{id: "l_1", outcome: store.OutcomeRouted, to: []to{{"crm", ""}}}}}
	broken := w.routing(c, event, event)
	twice := &broken.Events[1].Decisions[0] // two deliveries of one identity
	twice.Revision, twice.Lead.Revision = 1, 1
	claimed, err := w.s.Route(t.Context(), broken)
	if err == nil || claimed {
		t.Fatalf("a delivery twice in one routing: claimed %v, %v", claimed, err)
	}
	if diff := cmp.Diff(before, w.totals()); diff != "" {
		t.Errorf("rows after a routing that failed (-before +after):\n%s", diff)
	}
	if why := w.s.Healthy(); why != "" {
		t.Errorf("the store is unhealthy: %s", why)
	}
	w.holds()
	twice.Deliveries = nil
	if claimed, err := w.s.Route(t.Context(), broken); err != nil || !claimed {
		t.Fatalf("the routing without its mistake: claimed %v, %v", claimed, err)
	}
	if l := w.holds(); l.Receivers[0].Waiting != 0 || l.Receivers[0].Found != 2 {
		t.Errorf("ledger %+v", l.Receivers)
	}
	j := w.claimOne("crm")
	if want := firstDelivery(broken); j.ID != want {
		t.Errorf("claimed delivery %d, not %d", j.ID, want)
	}
}

// testRepeatInBatch: a lead stays what the event that brought it said, although the
// same batch repeats it.
func testRepeatInBatch(t *testing.T, w *world) {
	r := w.route(w.keep("prospektr", 3),
		routed{store.OutcomeLeads, "k1", []found{{id: "l_1", outcome: store.OutcomeRouted, to: []to{{"crm", ""}}}}},
		routed{store.OutcomeRepeat, "k2", []found{{id: "l_1", outcome: store.OutcomeRepeat, same: true}}},
		routed{store.OutcomeStale, "k3", []found{{id: "l_1", outcome: store.OutcomeStale, same: true}}},
	)
	w.holds()
	l, history, err := w.s.ShowLead(t.Context(), "l_1")
	if err != nil {
		t.Fatal(err)
	}
	if want := r.Events[0].Decisions[0].ID; l.Decision.ID != want || l.Decision.Outcome != store.OutcomeRouted || len(l.Decision.Body) == 0 {
		t.Errorf("the lead stands at decision %d (%s, %q), not %d", l.Decision.ID, l.Decision.Outcome, l.Decision.Body, want)
	}
	var words []string
	for _, d := range history {
		words = append(words, d.Outcome.String())
	}
	if diff := cmp.Diff([]string{"routed", "repeat", "stale"}, words); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if routedLeads := must(w.s.ListLeads(t.Context(), store.Filter{Outcome: store.OutcomeRouted, Limit: 9}))(t); len(routedLeads) != 1 {
		t.Errorf("%d routed leads, not 1", len(routedLeads))
	}
}

// testHeldNotice: a notice can end in ways a lead can, and the ledger still holds.
func testHeldNotice(_ *testing.T, w *world) {
	w.route(w.keep("salesos", 3),
		routed{store.OutcomeHeld, "k1", []found{{outcome: store.OutcomeHeld, note: "a rule errored"}}},
		routed{store.OutcomeTest, "k2", []found{{outcome: store.OutcomeTest, to: []to{{"triage", ""}}}}},
		routed{store.OutcomeSuppressed, "k3", []found{{outcome: store.OutcomeSuppressed}}},
	)
	w.holds()
}

func testKeysAndLeads(t *testing.T, w *world) {
	w.route(w.keep("prospektr", 1), routed{store.OutcomeLeads, "seen", []found{{id: "l_1", outcome: store.OutcomeRouted}}})
	at := w.clock.Now().UnixMilli()
	w.clock.Move(1e9)

	// More than one statement's worth of each.
	seen, unseen := []byte("seen            "), []byte("not seen        ")
	var keys [][]byte
	var ids []string
	for range 1200 {
		keys = append(keys, unseen)
		ids = append(ids, "l_unknown")
	}
	keys, ids = append(keys, seen), append(ids, "l_1")
	got := must(w.s.SeenKeys(t.Context(), keys))(t)
	if diff := cmp.Diff(map[string]bool{string(seen): true}, got); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
	states := must(w.s.CurrentLeads(t.Context(), ids))(t)
	st := states["l_1"]
	if len(states) != 1 || st == nil {
		t.Fatalf("leads %v", states)
	}
	if st.Row == 0 || st.PublicID != "l_1" || st.Revision != 1 || st.Occurred != at || st.Hash != [16]byte{'1'} {
		t.Errorf("lead %+v", *st)
	}
	for _, none := range []int{len(must(w.s.SeenKeys(t.Context(), nil))(t)), len(must(w.s.CurrentLeads(t.Context(), nil))(t))} {
		if none != 0 {
			t.Errorf("%d found of nothing", none)
		}
	}

	w.one("prospektr", "l_1")
	if st := must(w.s.CurrentLeads(t.Context(), []string{"l_1"}))(t)["l_1"]; st.Revision != 2 || st.Occurred != at+1000 || st.Hash != [16]byte{'2'} {
		t.Errorf("after a change: %+v", *st)
	}
	if n := w.db.Int(t, `SELECT count(*) FROM leads`); n != 1 {
		t.Errorf("%d leads, not 1", n)
	}
}

func testConfigs(t *testing.T, w *world) {
	one := must(w.s.KeepConfig(t.Context(), "h1", []byte("a: 1"), `{"tables":{"t":"1"}}`))(t)
	two := must(w.s.KeepConfig(t.Context(), "h2", []byte("a: 2"), ""))(t)
	again := must(w.s.KeepConfig(t.Context(), "h1", []byte("ignored: the hash covers the bytes"), "ignored"))(t)
	if one == two || one != again {
		t.Errorf("configurations %d, %d and again %d", one, two, again)
	}
	hash, body, err := w.s.ConfigBody(t.Context(), one)
	if err != nil || hash != "h1" || string(body) != "a: 1" {
		t.Errorf("configuration %q %q %v", hash, body, err)
	}
	if _, _, err := w.s.ConfigBody(t.Context(), 999); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no such configuration: %v", err)
	}
	for id, want := range map[int64]string{one: `{"tables":{"t":"1"}}`, two: ""} {
		if lists, err := w.s.ConfigLists(t.Context(), id); err != nil || lists != want {
			t.Errorf("configuration %d: lists %q %v, want %q", id, lists, err, want)
		}
	}
	if _, err := w.s.ConfigLists(t.Context(), 999); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the lists of no configuration: %v", err)
	}
}
