package storetest

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/store"
)

func testSupersede(t *testing.T, w *world) {
	crm, hot := to{"crm", ""}, to{"slack", "#hot"}
	one := w.one("prospektr", "l_1", crm, hot)
	w.one("prospektr", "l_2", crm)
	// The second revision comes by another receiver, and no longer goes to Slack.
	two := w.one("salesos", "l_1", crm)
	l := w.holds()
	old := w.is(firstDelivery(one), store.StateSkipped)
	if old.Note != "replaced by revision 2" || old.Done.IsZero() || !old.Due.IsZero() {
		t.Errorf("the older delivery: %+v", old)
	}
	w.is(firstDelivery(one)+1, store.StateWaiting)
	w.is(firstDelivery(two), store.StateWaiting)
	if l.Outputs[0].Receiver != "prospektr" || l.Outputs[0].Ended["skipped"] != 1 {
		t.Errorf("the skip counts where the delivery was written: %+v", l.Outputs)
	}
	var got []string
	for _, j := range w.claim("crm", 10) {
		got = append(got, j.PublicID()[:6])
	}
	if diff := cmp.Diff([]string{"l_2.r1", "l_1.r2"}, got); diff != "" {
		t.Errorf("claimed (-want +got):\n%s", diff)
	}
	// One that waits for a person is replaced, too; ended ones stay as they are.
	slack := w.claimOne("slack")
	w.record(w.end(slack, store.StateParked))
	w.one("prospektr", "l_1", hot)
	w.is(slack.ID, store.StateSkipped)
	w.is(firstDelivery(one), store.StateSkipped)
	w.holds()
}

func testSupersedeInBatch(t *testing.T, w *world) {
	crm := []to{{"crm", ""}}
	r := w.route(w.keep("prospektr", 3),
		routed{store.OutcomeLeads, "1", []found{{id: "l_1", outcome: store.OutcomeRouted, to: crm}}},
		routed{store.OutcomeLeads, "2", []found{{id: "l_1", outcome: store.OutcomeRouted, to: crm}}},
		routed{store.OutcomeLeads, "3", []found{{id: "l_1", outcome: store.OutcomeRouted, to: crm}}},
	)
	l := w.holds()
	if o := l.Outputs[0]; o.Created != 3 || o.Waiting != 1 || o.Ended["skipped"] != 2 {
		t.Errorf("ledger %+v", o)
	}
	j := w.claimOne("crm")
	if last := r.Events[2].Decisions[0]; j.Revision != 3 || j.ID != last.Deliveries[0].ID {
		t.Errorf("claimed revision %d", j.Revision)
	}
	shown, history, err := w.s.ShowLead(t.Context(), "l_1")
	if err != nil || shown.Revision != 3 || shown.Decision.ID != r.Events[2].Decisions[0].ID || len(history) != 3 {
		t.Errorf("lead %+v, %d decisions, %v", shown, len(history), err)
	}
}

func testOneInFlight(t *testing.T, w *world) {
	crm, hot, cold := to{"crm", ""}, to{"slack", "#hot"}, to{"slack", "#cold"}
	w.one("prospektr", "l_1", crm, hot, cold)
	first := w.claimOne("crm")
	if n := len(w.claim("slack", 10)); n != 2 {
		t.Fatalf("claimed %d to Slack: two targets do not wait for each other", n)
	}
	second := w.one("prospektr", "l_1", crm)
	w.is(first.ID, store.StateSending) // it is on its way: nothing can skip it
	if jobs := w.claim("crm", 10); len(jobs) != 0 {
		t.Fatalf("claimed revision %d while revision 1 is being sent", jobs[0].Revision)
	}
	w.one("prospektr", "l_2", crm)
	if j := w.claimOne("crm"); j.LeadID != "l_2" {
		t.Errorf("claimed %s", j.LeadID)
	}
	third := w.one("prospektr", "l_1", crm)
	w.is(firstDelivery(second), store.StateSkipped)
	w.record(w.end(first, store.StateDelivered))
	if j := w.claimOne("crm"); j.ID != firstDelivery(third) {
		t.Errorf("claimed %s", j.PublicID())
	}
	w.holds()
}

// testOlderFailsLate: an attempt at revision 1 ends without success after revision 2
// came. Sent again, it would put the old values over the new ones.
func testOlderFailsLate(t *testing.T, w *world) {
	for _, st := range []store.State{store.StateWaiting, store.StateParked} {
		out := to{"crm " + st.String(), ""}
		w.one("prospektr", "l_1", out)
		old := w.claimOne(out.output)
		newer := w.one("prospektr", "l_1", out)
		res := w.end(old, st)
		res.Due = w.clock.Now().Add(time.Minute)
		res.Attempt = &store.Attempt{N: 1, At: w.clock.Now(), Status: 500, Note: "500 Internal Server Error"}
		w.record(res)
		if d := w.is(old.ID, store.StateSkipped); d.Note != "replaced by revision "+strconv.Itoa(newer.Events[0].Decisions[0].Revision) || !d.Due.IsZero() || d.Done.IsZero() {
			t.Errorf("%s: %+v", st, d)
		}
		if n := len(must(w.s.Attempts(t.Context(), old.ID))(t)); n != 1 {
			t.Errorf("%s: %d attempts are kept, not 1", st, n)
		}
		w.holds()
		w.clock.Move(time.Hour)
		if j := w.claimOne(out.output); j.ID != firstDelivery(newer) || j.Previous != nil {
			t.Errorf("%s: claimed %s after %+v", st, j.PublicID(), j.Previous)
		}
	}
	// One that did reach its target is the newer one's predecessor.
	out := to{"crm", ""}
	w.one("prospektr", "l_2", out)
	old := w.claimOne("crm")
	w.one("prospektr", "l_2", out)
	w.record(w.end(old, store.StateDelivered))
	w.is(old.ID, store.StateDelivered)
	if j := w.claimOne("crm"); j.Previous == nil || j.Previous.Revision != 1 {
		t.Errorf("claimed after %+v", j.Previous)
	}
	w.holds()
}

func testPrevious(t *testing.T, w *world) {
	hot, cold := to{"slack", "#hot"}, to{"slack", "#cold"}
	ends := []struct {
		state store.State
		want  *store.Sent // of the delivery that is claimed
	}{
		{store.StateDelivered, nil},
		{store.StateRefused, &store.Sent{Revision: 1, Remote: "remote-1"}},
		{store.StateAlreadyThere, &store.Sent{Revision: 1, Remote: "remote-1"}},
		{store.StateGaveUp, &store.Sent{Revision: 3, Remote: "remote-3"}},
		{store.StateDelivered, &store.Sent{Revision: 3, Remote: "remote-3"}},
	}
	for i, e := range ends {
		w.one("prospektr", "l_1", hot, cold)
		for _, j := range w.claim("slack", 9) {
			if j.Target == "#cold" {
				if j.Previous != nil {
					t.Errorf("revision %d: something was sent to #cold: %+v", j.Revision, j.Previous)
				}
				w.record(w.end(j, store.StateRefused))
				continue
			}
			if diff := cmp.Diff(e.want, j.Previous); diff != "" || j.Revision != i+1 {
				t.Errorf("revision %d, previous (-want +got):\n%s", j.Revision, diff)
			}
			r := w.end(j, e.state)
			r.Remote = "remote-" + strconv.Itoa(j.Revision)
			w.record(r)
		}
	}
	w.holds()
}

func testClaimInOrder(t *testing.T, w *world) {
	// Three that were tried already are due at other times than they were written.
	for _, id := range []string{"l_1", "l_2", "l_3", "l_4"} {
		w.one("prospektr", id, to{"crm", ""})
	}
	w.one("prospektr", "l_other", to{"mail", ""})
	for i, j := range w.claim("crm", 3) {
		r := w.end(j, store.StateWaiting)
		r.Due = w.clock.Now().Add(time.Duration(3-i) * time.Minute)
		w.record(r)
	}
	if j := w.claimOne("crm"); j.LeadID != "l_4" {
		t.Errorf("claimed %s; the others are not due yet", j.LeadID)
	}
	if n := len(w.claim("crm", 10)); n != 0 {
		t.Errorf("claimed %d more", n)
	}
	w.clock.Move(2 * time.Minute)
	if n := len(w.claim("crm", 0)) + len(w.claim("crm", -1)); n != 0 {
		t.Errorf("claimed %d, asking for none", n)
	}
	var got []string
	for _, j := range w.claim("crm", 10) {
		got = append(got, j.LeadID)
	}
	w.clock.Move(time.Hour)
	for range 2 {
		for _, j := range w.claim("crm", 1) {
			got = append(got, j.LeadID)
		}
	}
	if diff := cmp.Diff([]string{"l_3", "l_2", "l_1"}, got); diff != "" {
		t.Errorf("claimed (-want +got):\n%s", diff)
	}
	if n := len(w.claim("no such output", 10)); n != 0 {
		t.Errorf("claimed %d", n)
	}
	w.holds()
}

// testBornLeased: what is born in this hub's hands is not claimed again, and its
// result is recorded without its ever being read.
func testBornLeased(t *testing.T, w *world) {
	r := w.route(w.keep("prospektr", 1), routed{store.OutcomeLeads, "", []found{
		{id: "l_1", outcome: store.OutcomeRouted, to: []to{{"crm", ""}, {"slack", "#hot"}}, leased: true},
	}})
	if n := len(w.claim("crm", 10)) + len(w.claim("slack", 10)); n != 0 {
		t.Fatalf("claimed %d that are in this hub's hands", n)
	}
	if _, waits, err := w.s.DueIn(t.Context(), "crm"); err != nil || waits {
		t.Errorf("one waits: %v, %v", waits, err)
	}
	l := w.holds()
	if l.Outputs[0].Waiting != 1 {
		t.Errorf("ledger %+v", l.Outputs)
	}
	j := &store.Job{ID: firstDelivery(r), Receiver: "prospektr", Output: "crm", LeadID: "l_1", Revision: 1}
	res := w.end(j, store.StateWaiting)
	res.Due = w.clock.Now()
	w.record(res) // as if it was handed back
	got := w.claimOne("crm")
	want := &store.Job{
		ID: j.ID, EventID: r.Events[0].ID, Receiver: "prospektr", Output: "crm", LeadID: "l_1", Revision: 1, Key: r.Events[0].Decisions[0].Deliveries[0].Key,
		Body: []byte(`{"id":"l_1","revision":1}`), Route: "hot", Config: w.config, Trace: []byte{1, 2, 3}, Tries: 1, Began: 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("job (-want +got):\n%s", diff)
	}
	w.holds()
}

func testRecord(t *testing.T, w *world) {
	w.one("prospektr", "l_1", to{"crm", ""})
	j := w.claimOne("crm")
	at := w.clock.Now()
	w.clock.Move(3 * time.Second)
	first := store.Attempt{N: 1, At: at, Status: 503, What: 2, Note: "503 Service Unavailable"}
	w.record(store.Result{
		Job: j, State: store.StateWaiting, Due: at.Add(time.Minute), Tries: 1, Began: at.UnixMilli(), Unsure: true, Status: 503,
		Request: []byte("hash"), Note: "503 Service Unavailable", Attempt: &first,
	})
	if d := w.is(j.ID, store.StateWaiting); !d.Due.Equal(at.Add(time.Minute)) || !d.Done.IsZero() || d.Tries != 1 || d.Status != 503 {
		t.Errorf("waiting: %+v", d)
	}
	w.clock.Move(time.Minute)
	j = w.claimOne("crm")
	if j.Tries != 1 || j.Began != at.UnixMilli() || !j.Unsure || string(j.Request) != "hash" {
		t.Errorf("claimed again: %+v", j)
	}
	done := w.clock.Now()
	w.record(store.Result{Job: j, State: store.StateDelivered, Tries: 2, Began: j.Began, Status: 201, Request: j.Request, Remote: "rec-7", Note: "made"})
	d := w.is(j.ID, store.StateDelivered)
	want := store.DeliveryRow{
		ID: j.ID, EventID: j.EventID, Decision: d.Decision, Receiver: "prospektr", Output: "crm", LeadID: "l_1", Revision: 1, Key: j.Key, Route: "hot",
		State: store.StateDelivered, At: at, Done: done, Tries: 2, Status: 201, Remote: "rec-7", Note: "made",
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("delivered (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]store.Attempt{first}, must(w.s.Attempts(t.Context(), j.ID))(t)); diff != "" {
		t.Errorf("attempts (-want +got):\n%s", diff)
	}
	if lost, err := w.s.Record(t.Context(), nil); lost != 0 || err != nil {
		t.Errorf("recording nothing: %d lost, %v", lost, err)
	}
	w.holds()
}
