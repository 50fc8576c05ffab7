package storetest

import (
	"testing"
	"time"

	"leadhub/internal/store"
)

// heldFor receives and routes one lead whose delivery to crm may not be sent before
// some time has passed.
func (w *world) heldFor(lead string, wait time.Duration) int64 {
	w.t.Helper()
	r := w.routing(w.keep("prospektr", 1), routed{store.OutcomeLeads, "", []found{{id: lead, outcome: store.OutcomeRouted, to: []to{{"crm", ""}}}}})
	d := &r.Events[0].Decisions[0].Deliveries[0]
	d.Due, d.Note = w.clock.Now().Add(wait), "held until us-east opens"
	claimed, err := w.s.Route(w.t.Context(), r)
	if err != nil || !claimed {
		w.t.Fatalf("route: claimed %v, %v", claimed, err)
	}
	return d.ID
}

// testHeld: a delivery with a due time waits for it, shown with its reason; no
// restart and no end of a pause makes it come earlier.
func testHeld(t *testing.T, w *world) {
	monday := w.clock.Now().Add(60 * time.Hour)
	id := w.heldFor("l_1", 60*time.Hour)
	past := w.heldFor("l_2", -time.Hour)
	waits := func() {
		t.Helper()
		if d := w.row(id); d.State != store.StateWaiting || !d.Due.Equal(monday) || d.Note != "held until us-east opens" {
			t.Errorf("held: %+v", d)
		}
		w.holds()
	}
	waits()
	j := w.claimOne("crm")
	if j.ID != past {
		t.Fatalf("claimed %d, not the one whose time has passed", j.ID)
	}
	w.record(w.end(j, store.StateDelivered))
	if in, ok := mustDueIn(w, "crm"); !ok || in != 60*time.Hour {
		t.Errorf("due in %v (%v)", in, ok)
	}
	w.pause("crm", "")
	w.clock.Move(time.Hour)
	w.resume("crm", "")
	waits()
	w.restart()
	waits()
	w.clock.Move(58*time.Hour + 59*time.Minute)
	if jobs := w.claim("crm", 10); len(jobs) != 0 {
		t.Fatalf("claimed %d too early", len(jobs))
	}
	w.clock.Move(time.Minute)
	j = w.claimOne("crm")
	w.record(w.end(j, store.StateDelivered))
	if d := w.row(id); d.State != store.StateDelivered || d.Note != "" {
		t.Errorf("delivered: %+v", d)
	}
	w.holds()
}

// testHeldSuperseded: a newer revision replaces one that is held, whether it is
// held itself or not.
func testHeldSuperseded(t *testing.T, w *world) {
	first := w.heldFor("l_1", 60*time.Hour)
	second := w.heldFor("l_1", 30*time.Hour)
	w.is(first, store.StateSkipped)
	w.is(second, store.StateWaiting)
	third := firstDelivery(w.one("prospektr", "l_1", to{"crm", ""}))
	w.is(second, store.StateSkipped)
	if j := w.claimOne("crm"); j.ID != third || j.Revision != 3 {
		t.Errorf("claimed %d in revision %d", j.ID, j.Revision)
	}
	w.holds()
}

func mustDueIn(w *world, output string) (time.Duration, bool) {
	w.t.Helper()
	in, ok, err := w.s.DueIn(w.t.Context(), output)
	if err != nil {
		w.t.Fatal(err)
	}
	return in, ok
}
