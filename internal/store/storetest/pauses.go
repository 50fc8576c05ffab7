package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/store"
)

func (w *world) pause(output, target string) {
	w.t.Helper()
	err := w.s.SetPause(w.t.Context(), store.Pause{Output: output, Target: target, Since: w.clock.Now(), Reason: "401 Unauthorized"})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) resume(output, target string) {
	w.t.Helper()
	if err := w.s.EndPause(w.t.Context(), output, target); err != nil {
		w.t.Fatal(err)
	}
}

// ids lists the deliveries in a state.
func (w *world) ids(st store.State) []int64 {
	w.t.Helper()
	out := []int64{}
	for _, d := range must(w.s.ListDeliveries(w.t.Context(), store.Filter{State: &st, Limit: 1000}))(w.t) {
		out = append(out, d.ID)
	}
	slices.Sort(out)
	return out
}

// testPausedOutput: a paused output's deliveries are shown and counted as paused. One
// can be claimed all the same, as a probe.
func testPausedOutput(t *testing.T, w *world) {
	crm := to{"crm", ""}
	first := firstDelivery(w.one("prospektr", "l_1", crm))
	w.pause("crm", "")
	second := firstDelivery(w.one("prospektr", "l_2", crm))
	other := firstDelivery(w.one("prospektr", "l_3", to{"mail", ""}))
	check := func(paused, waiting []int64) {
		t.Helper()
		if diff := cmp.Diff(paused, w.ids(store.StatePaused)); diff != "" {
			t.Errorf("paused (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(waiting, w.ids(store.StateWaiting)); diff != "" {
			t.Errorf("waiting (-want +got):\n%s", diff)
		}
		l := w.holds()
		if o := l.Outputs[0]; o.Paused != int64(len(paused)) || o.Waiting+l.Outputs[1].Waiting != int64(len(waiting)) {
			t.Errorf("ledger %+v", l.Outputs)
		}
	}
	check([]int64{first, second}, []int64{other})
	w.is(first, store.StatePaused)
	if d := w.row(first); !d.Due.Equal(w.clock.Now()) {
		t.Errorf("due %v", d.Due)
	}
	probe := w.claim("crm", 1)
	if len(probe) != 1 || probe[0].ID != first {
		t.Fatalf("claimed %d as a probe", len(probe))
	}
	check([]int64{second}, []int64{first, other}) // on its way it is not paused
	w.record(w.end(probe[0], store.StateDelivered))
	w.resume("crm", "")
	check([]int64{}, []int64{second, other})
	if got := must(w.s.Pauses(t.Context()))(t); len(got) != 0 {
		t.Errorf("pauses %+v", got)
	}
	w.resume("crm", "")        // twice does no harm
	w.resume("nobody", "used") // nor one that never was
	w.holds()
}

func testPausedTarget(t *testing.T, w *world) {
	hot, cold := to{"slack", "#hot"}, to{"slack", "#cold"}
	r := w.one("prospektr", "l_1", hot, cold)
	w.pause("slack", "#hot")
	w.is(firstDelivery(r), store.StatePaused)
	w.is(firstDelivery(r)+1, store.StateWaiting)
	if j := w.claimOne("slack"); j.Target != "#cold" {
		t.Errorf("claimed one to %s, which is paused", j.Target)
	}
	if n := len(w.claim("slack", 10)); n != 0 {
		t.Errorf("claimed %d more", n)
	}
	if o := w.holds().Outputs[0]; o.Paused != 1 || o.Waiting != 1 {
		t.Errorf("ledger %+v", o)
	}
	w.one("prospektr", "l_2", hot)
	w.clock.Move(time.Hour)
	w.resume("slack", "#cold") // another target's
	if n := len(w.claim("slack", 10)); n != 0 {
		t.Errorf("claimed %d that are paused", n)
	}
	w.resume("slack", "#hot")
	if n := len(w.claim("slack", 10)); n != 2 {
		t.Errorf("claimed %d, not 2", n)
	}
	w.holds()
}

// testPausedTime: the time a delivery waited for a person does not count towards
// giving up, and afterwards it is due at once.
func testPausedTime(t *testing.T, w *world) {
	start := w.clock.Now()
	crm, mail := to{"crm", ""}, to{"mail", ""}
	for _, id := range []string{"l_before", "l_during", "l_never"} {
		w.one("prospektr", id, crm)
	}
	w.one("prospektr", "l_mail", mail)
	failed := func(j *store.Job, began time.Time, again time.Duration) {
		r := w.end(j, store.StateWaiting)
		r.Began, r.Due = began.UnixMilli(), w.clock.Now().Add(again)
		w.record(r)
	}
	jobs := w.claim("crm", 10)
	mailed := w.claimOne("mail")
	failed(mailed, start, 6*time.Hour)
	failed(jobs[0], start, 6*time.Hour) // first tried at 0:00
	failed(jobs[2], time.UnixMilli(0), 0)
	w.clock.Move(time.Hour)
	w.pause("crm", "") // from 1:00
	w.clock.Move(30 * time.Minute)
	failed(jobs[1], w.clock.Now(), 0) // first tried at 1:30, during the pause
	w.pause("crm", "")                // said again: the pause began at 1:00 all the same
	w.clock.Move(150 * time.Minute)
	w.resume("crm", "") // at 4:00, after 3 hours

	for id, want := range map[int64]struct{ tried, due time.Duration }{
		jobs[0].ID: {3 * time.Hour, 4 * time.Hour}, // an hour counts, as before the pause
		jobs[1].ID: {4 * time.Hour, 90 * time.Minute},
		mailed.ID:  {0, 6 * time.Hour}, // another output's
	} {
		began := time.UnixMilli(w.db.Int(t, `SELECT began FROM deliveries WHERE id = ?`, id)).Sub(start)
		due := time.UnixMilli(w.db.Int(t, `SELECT due FROM deliveries WHERE id = ?`, id)).Sub(start)
		if began != want.tried || due != want.due {
			t.Errorf("delivery %d: tried since %v and due at %v, not %v and %v", id, began, due, want.tried, want.due)
		}
	}
	if n := w.db.Int(t, `SELECT began FROM deliveries WHERE id = ?`, jobs[2].ID); n != 0 {
		t.Errorf("one that was never tried began at %d", n)
	}
	if n := len(w.claim("crm", 10)); n != 3 {
		t.Errorf("claimed %d, not 3", n)
	}
	if n := len(w.claim("mail", 10)); n != 0 {
		t.Errorf("claimed %d of another output before they are due", n)
	}
	w.holds()
}

func testPausesPersist(t *testing.T, w *world) {
	w.pause("crm", "")
	w.clock.Move(time.Minute)
	w.pause("slack", "#hot")
	err := w.s.SetPause(t.Context(), store.Pause{Output: "slack", Target: "#hot", Since: w.clock.Now().Add(time.Hour), Gone: true, Reason: "channel_not_found"})
	if err != nil {
		t.Fatal(err)
	}
	at := w.clock.Now()
	w.restart()
	want := []store.Pause{
		{Output: "crm", Since: at.Add(-time.Minute), Reason: "401 Unauthorized"},
		{Output: "slack", Target: "#hot", Since: at, Gone: true, Reason: "channel_not_found"},
	}
	if diff := cmp.Diff(want, must(w.s.Pauses(t.Context()))(t)); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
}

// testPersonsPause: a person's pause keeps everything back, no probe goes out, and the
// hub's own does not take its place.
func testPersonsPause(t *testing.T, w *world) {
	ctx := t.Context()
	crm := to{"crm", ""}
	id := firstDelivery(w.one("prospektr", "l_1", crm))
	start := w.clock.Now()
	until := start.Add(time.Hour)
	if err := w.s.SetPause(ctx, store.Pause{Output: "crm", Since: start, Reason: "maintenance", ByPerson: true, Until: until}); err != nil {
		t.Fatal(err)
	}
	w.clock.Move(time.Minute)
	w.pause("crm", "") // an error of a send that was under way
	want := []store.Pause{{Output: "crm", Since: start, Reason: "maintenance", ByPerson: true, Until: until}}
	if diff := cmp.Diff(want, must(w.s.Pauses(ctx))(t)); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
	if p := must(w.s.Pauses(ctx))(t)[0]; p.Ended(w.clock.Now()) || !p.Ended(until) {
		t.Error("it ends at its time, and not before")
	}
	w.is(id, store.StatePaused)
	if n := len(w.claim("crm", 10)); n != 0 {
		t.Errorf("claimed %d of an output that a person paused", n)
	}
	if _, waits, err := w.s.DueIn(ctx, "crm"); err != nil || waits {
		t.Errorf("one is due: %v, %v", waits, err)
	}
	if n := must(w.s.Waiting(ctx, "crm"))(t); n != 1 {
		t.Errorf("%d wait", n)
	}
	if n := must(w.s.Waiting(ctx, "nobody"))(t); n != 0 {
		t.Errorf("%d wait for nobody", n)
	}
	// A person takes over what the hub paused.
	w.pause("slack", "")
	if err := w.s.SetPause(ctx, store.Pause{Output: "slack", Since: w.clock.Now(), Reason: "by hand", ByPerson: true}); err != nil {
		t.Fatal(err)
	}
	if p := must(w.s.Pauses(ctx))(t)[1]; !p.ByPerson || p.Reason != "by hand" || !p.Until.IsZero() {
		t.Errorf("%+v", p)
	}
	w.resume("crm", "")
	w.claimOne("crm")
	w.holds()
}
