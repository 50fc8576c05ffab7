package storetest

import (
	"testing"
	"time"

	"leadhub/internal/store"
)

// testLostLease: the result of a delivery that another hub took over changes nothing.
func testLostLease(t *testing.T, w *world) {
	for _, id := range []string{"l_1", "l_2", "l_3"} {
		w.one("prospektr", id, to{"crm", ""})
	}
	jobs := w.claim("crm", 10)
	w.db.Exec(t, `UPDATE deliveries SET owner = owner + 1 WHERE id = ?`, jobs[0].ID)    // in another hub's hands
	w.db.Exec(t, `UPDATE deliveries SET owner = 0, state = 0 WHERE id = ?`, jobs[1].ID) // handed back
	results := []store.Result{w.end(jobs[0], store.StateDelivered), w.end(jobs[1], store.StateRefused), w.end(jobs[2], store.StateDelivered)}
	results = append(results, w.end(jobs[2], store.StateGaveUp))                                          // ended by the one before
	results = append(results, w.end(&store.Job{ID: 999, Receiver: "x", LeadID: "l"}, store.StateWaiting)) // no such delivery
	for i := range results {
		results[i].Attempt = &store.Attempt{N: i, At: w.clock.Now(), Note: "x"}
	}
	lost, err := w.s.Record(t.Context(), results)
	if err != nil || lost != 4 {
		t.Fatalf("%d lost, not 4 (%v)", lost, err)
	}
	if d := w.is(jobs[0].ID, store.StateSending); d.Tries != 0 {
		t.Errorf("a lost result was written: %+v", d)
	}
	w.is(jobs[1].ID, store.StateWaiting)
	w.is(jobs[2].ID, store.StateDelivered)
	if n := w.db.Int(t, `SELECT count(*) FROM attempts`); n != 1 {
		t.Errorf("%d attempts are kept, not 1", n)
	}
	l := w.holds()
	if o := l.Outputs[0]; o.Ended["delivered"] != 1 || len(o.Ended) != 1 {
		t.Errorf("ledger %+v", o)
	}
	lost, err = w.s.Record(t.Context(), results)
	if err != nil || lost != 5 {
		t.Errorf("recorded again, %d lost, not 5 (%v)", lost, err)
	}
	w.holds()
}

// testTakeover: what a dead hub had in its hands is due at once, and marked: it may
// have reached its target.
func testTakeover(t *testing.T, w *world) {
	w.one("prospektr", "l_1", to{"crm", ""})
	w.one("prospektr", "l_2", to{"crm", ""})
	j := w.claim("crm", 1)[0]
	if j.Unsure {
		t.Error("a first attempt is unsure")
	}
	w.clock.Move(time.Minute)
	w.crash()
	w.holds()
	if d := w.is(j.ID, store.StateWaiting); !d.Due.Equal(w.clock.Now()) {
		t.Errorf("due at %v", d.Due)
	}
	unsure := map[string]bool{}
	for _, j := range w.claim("crm", 10) {
		unsure[j.LeadID] = j.Unsure
	}
	if len(unsure) != 2 || !unsure["l_1"] || unsure["l_2"] {
		t.Errorf("unsure: %v", unsure)
	}
	if n := w.db.Int(t, `SELECT count(*) FROM hubs`); n != 1 {
		t.Errorf("%d hubs, not 1", n)
	}
	// The dead hub's results come too late.
	res := w.end(j, store.StateDelivered)
	w.crash()
	if lost, err := w.s.Record(t.Context(), []store.Result{res}); err != nil || lost != 1 {
		t.Errorf("%d lost, not 1 (%v)", lost, err)
	}
	w.holds()
}

// testTakeoverOlder: a hub died with revision 1 in its hands while revision 2 waited.
func testTakeoverOlder(t *testing.T, w *world) {
	crm := to{"crm", ""}
	w.one("prospektr", "l_1", crm)
	w.one("prospektr", "l_2", crm)
	var old *store.Job
	for _, j := range w.claim("crm", 10) {
		if j.LeadID == "l_1" {
			old = j
		}
	}
	newer := w.one("prospektr", "l_1", crm)
	w.clock.Move(time.Minute)
	w.crash()
	if d := w.is(old.ID, store.StateSkipped); d.Note != "replaced by revision 2" || d.Done.IsZero() {
		t.Errorf("the older revision: %+v", d)
	}
	l := w.holds()
	if o := l.Outputs[0]; o.Ended["skipped"] != 1 || o.Waiting != 2 {
		t.Errorf("ledger %+v", o)
	}
	for _, j := range w.claim("crm", 10) {
		if j.LeadID == "l_1" && j.ID != firstDelivery(newer) {
			t.Errorf("claimed revision %d", j.Revision)
		}
		w.record(w.end(j, store.StateDelivered))
	}
	w.holds()
}

func testSignOff(t *testing.T, w *world) {
	crm := to{"crm", ""}
	w.one("prospektr", "l_1", crm)
	w.one("prospektr", "l_2", crm)
	w.claim("crm", 10)
	w.one("prospektr", "l_2", crm)
	w.restart()
	l := w.holds()
	if o := l.Outputs[0]; o.Waiting != 2 || o.Ended["skipped"] != 1 {
		t.Errorf("ledger %+v", o)
	}
	jobs := w.claim("crm", 10)
	if len(jobs) != 2 {
		t.Fatalf("claimed %d, not 2", len(jobs))
	}
	for _, j := range jobs {
		if j.Unsure != (j.LeadID == "l_1") {
			t.Errorf("%s: unsure is %v", j.PublicID(), j.Unsure)
		}
	}
	if n := w.db.Int(t, `SELECT count(*) FROM hubs`); n != 1 {
		t.Errorf("%d hubs, not 1", n)
	}
}

func testDueIn(t *testing.T, w *world) {
	if _, waits, err := w.s.DueIn(t.Context(), "crm"); waits || err != nil {
		t.Errorf("of an output nobody named: %v, %v", waits, err)
	}
	w.one("prospektr", "l_1", to{"crm", ""})
	if in, waits, err := w.s.DueIn(t.Context(), "crm"); in != 0 || !waits || err != nil {
		t.Errorf("due in %v, %v, %v", in, waits, err)
	}
	j := w.claimOne("crm")
	if in, waits, err := w.s.DueIn(t.Context(), "crm"); waits || err != nil {
		t.Errorf("while it is sent: due in %v, %v, %v", in, waits, err)
	}
	res := w.end(j, store.StateWaiting)
	res.Due = w.clock.Now().Add(90 * time.Second)
	w.record(res)
	for _, c := range []struct{ move, want time.Duration }{{0, 90 * time.Second}, {time.Minute, 30 * time.Second}, {time.Minute, -30 * time.Second}} {
		w.clock.Move(c.move)
		if in, waits, err := w.s.DueIn(t.Context(), "crm"); in != c.want || !waits || err != nil {
			t.Errorf("due in %v, not %v (%v, %v)", in, c.want, waits, err)
		}
	}
	// One whose channel is paused is not due: it would only be looked at again and again.
	w.one("prospektr", "l_2", to{"slack", "#hot"})
	w.pause("slack", "#hot")
	if in, waits, err := w.s.DueIn(t.Context(), "slack"); waits || err != nil {
		t.Errorf("a paused one is due in %v, %v, %v", in, waits, err)
	}
}

func testHeartbeat(t *testing.T, w *world) {
	say := func(want string) {
		t.Helper()
		if got := w.s.MaySend(); got != want {
			t.Errorf("may send: %q, not %q", got, want)
		}
	}
	const old = "the last heartbeat is too old"
	say("")
	w.clock.Move(10 * time.Second)
	say("")
	w.clock.Move(time.Millisecond)
	say(old)
	if why := w.s.Healthy(); why != "" {
		t.Errorf("unhealthy: %s", why)
	}
	w.one("prospektr", "l_1", to{"crm", ""}) // writes that are no heartbeat do not help
	say(old)
	if err := w.s.Beat(t.Context()); err != nil {
		t.Fatal(err)
	}
	say("")
	if n := w.db.Int(t, `SELECT seen FROM hubs`); n != w.clock.Now().UnixMilli() {
		t.Errorf("seen at %d, not %d", n, w.clock.Now().UnixMilli())
	}
	// Another hub signed this one off: it must stop sending.
	w.db.Exec(t, `UPDATE hubs SET epoch = epoch + 1000`)
	w.clock.Move(5 * time.Second)
	if err := w.s.Beat(t.Context()); err == nil || err.Error() != "store: heartbeat: this hub was signed off by another" {
		t.Errorf("a heartbeat without an epoch: %v", err)
	}
	say("")
	w.clock.Move(6 * time.Second)
	say(old)
}
