package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/store"
)

// troubled makes one delivery to crm for each state that can be tried again, and
// returns their ids by state.
func troubled(w *world) map[store.State]int64 {
	w.t.Helper()
	crm := to{"crm", ""}
	ids := map[store.State]int64{}
	for _, st := range []store.State{store.StateRefused, store.StateGaveUp, store.StateParked, store.StateDelivered, store.StateSkipped} {
		ids[st] = firstDelivery(w.one("prospektr", "l_"+st.String(), crm))
		j := w.claimOne("crm")
		r := w.end(j, st)
		r.Unsure = true
		r.Attempt = &store.Attempt{N: 1, At: w.clock.Now(), Note: "422"}
		w.record(r)
	}
	ids[store.StateWaiting] = firstDelivery(w.one("prospektr", "l_waiting", crm))
	r := w.end(w.claimOne("crm"), store.StateWaiting)
	r.Due = w.clock.Now().Add(6 * time.Hour)
	w.record(r)
	ids[store.StatePaused] = firstDelivery(w.one("salesos", "l_paused", to{"slack", "#hot"}))
	w.pause("slack", "#hot")
	return ids
}

func testRetry(t *testing.T, w *world) {
	ctx := t.Context()
	ids := troubled(w)
	both := []string{"crm", "slack"}
	count := func(dry bool, f store.RetryFilter) *store.RetryCount {
		t.Helper()
		if f.Sendable == nil {
			f.Sendable = both
		}
		n, err := w.s.RetryDeliveries(ctx, f, dry)
		if err != nil {
			t.Fatal(err)
		}
		w.holds()
		return n
	}
	is := func(what string, got *store.RetryCount, want store.RetryCount) {
		t.Helper()
		if want.Due == nil {
			want.Due = map[store.State]int{}
		}
		if want.Outputs == nil {
			want.Outputs = map[string]int{}
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	all := []store.State{store.StateWaiting, store.StatePaused, store.StateRefused, store.StateGaveUp}
	is("counting all", count(true, store.RetryFilter{States: all}), store.RetryCount{
		Due:     map[store.State]int{store.StateRefused: 1, store.StateGaveUp: 1, store.StatePaused: 2, store.StateWaiting: 1},
		Outputs: map[string]int{"crm": 4, "slack": 1},
	})
	is("of another receiver", count(true, store.RetryFilter{States: all, Receiver: "nobody"}), store.RetryCount{})
	is("of one receiver", count(true, store.RetryFilter{States: all, Receiver: "salesos"}), store.RetryCount{
		Due: map[store.State]int{store.StatePaused: 1}, Outputs: map[string]int{"slack": 1},
	})
	is("to one output", count(true, store.RetryFilter{States: all, Output: "slack"}), store.RetryCount{
		Due: map[store.State]int{store.StatePaused: 1}, Outputs: map[string]int{"slack": 1},
	})
	is("since later", count(true, store.RetryFilter{States: all, Since: w.clock.Now().Add(time.Second)}), store.RetryCount{})
	is("to a removed output", count(true, store.RetryFilter{States: all, Sendable: []string{"crm"}}), store.RetryCount{
		Due:     map[store.State]int{store.StateRefused: 1, store.StateGaveUp: 1, store.StatePaused: 1, store.StateWaiting: 1},
		Outputs: map[string]int{"crm": 4}, Removed: 1,
	})
	w.is(ids[store.StateRefused], store.StateRefused) // counting changed nothing
	is("by id", count(false, store.RetryFilter{IDs: []int64{ids[store.StateDelivered], ids[store.StateSkipped], ids[store.StateRefused], 999}}), store.RetryCount{
		Due: map[store.State]int{store.StateRefused: 1}, Outputs: map[string]int{"crm": 1}, Ended: 2,
	})
	w.is(ids[store.StateDelivered], store.StateDelivered)
	if got := w.holds().Outputs[0].Ended; got["refused"] != 0 || got["gave up"] != 1 {
		t.Errorf("ended %v", got)
	}
	j := w.claimOne("crm")
	if j.ID != ids[store.StateRefused] || j.Tries != 1 || j.Began != 0 {
		t.Errorf("claimed %+v", j)
	}
	r := w.end(j, store.StateRefused) // and again
	r.Attempt = &store.Attempt{N: j.Tries + 1, At: w.clock.Now(), Note: "422 again"}
	w.record(r)
	if got := must(w.s.Attempts(ctx, j.ID))(t); len(got) != 2 {
		t.Errorf("attempts %+v", got)
	}

	is("everything", count(false, store.RetryFilter{States: all}), store.RetryCount{
		Due:     map[store.State]int{store.StateRefused: 1, store.StateGaveUp: 1, store.StatePaused: 2, store.StateWaiting: 1},
		Outputs: map[string]int{"crm": 4, "slack": 1},
	})
	unsure := map[int64]bool{}
	for _, j := range w.claim("crm", 10) {
		unsure[j.ID] = j.Unsure
		w.record(w.end(j, store.StateDelivered))
	}
	want := map[int64]bool{ids[store.StateRefused]: true, ids[store.StateGaveUp]: true, ids[store.StateParked]: false, ids[store.StateWaiting]: false}
	if diff := cmp.Diff(want, unsure); diff != "" {
		t.Errorf("unsure (-want +got):\n%s", diff)
	}
	if o := w.holds().Outputs[0]; o.Ended["delivered"] != 5 || o.Ended["refused"]+o.Ended["gave up"] != 0 || o.Paused != 0 {
		t.Errorf("%+v", o)
	}
}

// testRetryReplaced: an older revision is not sent after a newer one.
func testRetryReplaced(t *testing.T, w *world) {
	crm := to{"crm", ""}
	old := firstDelivery(w.one("prospektr", "l_1", crm))
	w.record(w.end(w.claimOne("crm"), store.StateRefused))
	w.one("prospektr", "l_1", crm)
	n, err := w.s.RetryDeliveries(t.Context(), store.RetryFilter{IDs: []int64{old}, Sendable: []string{"crm"}}, false)
	if err != nil || n.Replaced != 1 || len(n.Due) != 0 {
		t.Errorf("%+v, %v", n, err)
	}
	w.is(old, store.StateRefused)
	w.holds()
}

// testRetryPages: more than a page are all found, and none twice.
func testRetryPages(t *testing.T, w *world) {
	const many = 1234
	var events []routed
	for i := range many {
		events = append(events, routed{store.OutcomeLeads, "", []found{{id: "l_" + time.Duration(i).String(), outcome: store.OutcomeRouted, to: []to{{"crm", ""}}}}})
	}
	w.route(w.keep("prospektr", many), events...)
	for jobs := w.claim("crm", 500); len(jobs) > 0; jobs = w.claim("crm", 500) {
		var results []store.Result
		for _, j := range jobs {
			results = append(results, w.end(j, store.StateGaveUp))
		}
		w.record(results...)
	}
	n, err := w.s.RetryDeliveries(t.Context(), store.RetryFilter{States: []store.State{store.StateGaveUp}, Sendable: []string{"crm"}}, false)
	if err != nil || n.Due[store.StateGaveUp] != many {
		t.Errorf("%+v, %v", n, err)
	}
	if o := w.holds().Outputs[0]; o.Waiting != many {
		t.Errorf("%+v", o)
	}
}
