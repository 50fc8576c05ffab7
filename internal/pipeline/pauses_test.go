package pipeline_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/pipeline"
	"leadhub/internal/store"
)

// A person's pause outlives restart and reload, costs no tries, and resuming sends
// only the latest revision.
func TestAPersonsPauseStaysUntilResumed(t *testing.T) {
	r := newRig(t)
	hub := r.startHub(base)
	ctx := t.Context()
	if _, err := hub.Actions().PauseOutput(ctx, "crm", time.Time{}, "maintenance"); err != nil {
		t.Fatal(err)
	}
	r.accept(hub, prospect("p1", "First", "high", "sales@first.example"))
	r.until("it is routed", func() bool { return len(r.deliveries()) == 1 })
	r.accept(hub, prospect("p1", "Second", "high", "sales@first.example"))
	r.accept(hub, prospect("p2", "Other", "high", "sales@other.example"))
	r.until("both are routed", func() bool { return len(r.deliveries()) == 3 })
	r.reload(hub, strings.Replace(base, "[100ms, 200ms]", "[150ms]", 1))
	r.accept(hub, prospect("p3", "Third", "high", "sales@third.example"))
	r.until("it is routed", func() bool { return len(r.deliveries()) == 4 })
	r.halt()

	hub = r.startHub(base)
	time.Sleep(300 * time.Millisecond) // long enough for a hub that forgot the pause to send
	if n := r.target.keys(); n != 0 {
		t.Fatalf("%d deliveries were sent to a paused output", n)
	}
	l := r.ledger()
	if o := l.Outputs[0]; o.Paused != 3 || o.Waiting != 0 || o.Ended["skipped"] != 1 {
		t.Errorf("%+v", o)
	}
	if len(l.Pauses) != 1 || l.Pauses[0].Reason != "maintenance" || !l.Pauses[0].ByPerson {
		t.Errorf("pauses %+v", l.Pauses)
	}
	for _, d := range r.deliveries() {
		if d.State == store.StatePaused && d.Tries != 0 {
			t.Errorf("%s has %d tries", d.PublicID(), d.Tries)
		}
	}
	n, err := hub.Actions().ResumeOutput(ctx, "crm")
	if err != nil || n != 3 {
		t.Errorf("resumed with %d waiting, %v", n, err)
	}
	l = r.settle()
	if diff := cmp.Diff(map[string]int64{"delivered": 3, "skipped": 1}, l.Outputs[0].Ended); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := hub.Actions().ResumeOutput(ctx, "crm"); !errors.Is(err, pipeline.ErrNotPaused) {
		t.Errorf("resumed twice: %v", err)
	}
}

func TestAPauseEndsByItself(t *testing.T) {
	r := newRig(t)
	hub := r.startHub(base)
	if _, err := hub.Actions().PauseOutput(t.Context(), "crm", time.Now().Add(1500*time.Millisecond), "for a moment"); err != nil {
		t.Fatal(err)
	}
	r.accept(hub, prospect("p1", "First", "high", "sales@first.example"))
	r.until("it is paused", func() bool { d := r.deliveries(); return len(d) == 1 && d[0].State == store.StatePaused })
	if l := r.settle(); l.Outputs[0].Paused != 1 {
		t.Fatalf("%+v", l.Outputs[0])
	}
	r.until("it is delivered", func() bool { return r.deliveries()[0].State == store.StateDelivered })
	if l := r.settle(); len(l.Pauses) != 0 {
		t.Errorf("pauses %+v", l.Pauses)
	}
	// One that ends while no hub runs.
	if _, err := hub.Actions().PauseOutput(t.Context(), "crm", time.Now().Add(10*time.Millisecond), "short"); err != nil {
		t.Fatal(err)
	}
	r.halt()
	time.Sleep(20 * time.Millisecond)
	hub = r.startHub(base)
	r.accept(hub, prospect("p2", "Second", "high", "sales@second.example"))
	r.until("it is delivered", func() bool { d := r.deliveries(); return len(d) == 2 && d[0].State == store.StateDelivered })
}

// A send that was under way when a person paused the output, and went through, does
// not end the pause; nor does the error of another become its reason.
func TestSendsUnderWayLeaveAPersonsPause(t *testing.T) {
	r := newRig(t)
	r.target.slow = 300 * time.Millisecond
	r.target.script = []int{201, 401}
	hub := r.startHub(base)
	for i := range 2 {
		r.accept(hub, prospect(fmt.Sprintf("p%d", i), "Under way", "high", "sales@way.example"))
	}
	r.until("both are under way", func() bool {
		r.target.mu.Lock()
		defer r.target.mu.Unlock()
		return r.target.open == 2
	})
	if _, err := hub.Actions().PauseOutput(t.Context(), "crm", time.Time{}, "by hand"); err != nil {
		t.Fatal(err)
	}
	r.until("both ended", func() bool { l := r.ledger(); return l.Outputs[0].Ended["delivered"] == 1 && l.Outputs[0].Paused == 1 })
	if l := r.ledger(); len(l.Pauses) != 1 || l.Pauses[0].Reason != "by hand" {
		t.Errorf("pauses %+v", l.Pauses)
	}
	if _, err := hub.Actions().ResumeOutput(t.Context(), "crm"); err != nil {
		t.Fatal(err)
	}
	if l := r.settle(); l.Outputs[0].Ended["delivered"] != 2 {
		t.Errorf("%+v", l.Outputs[0])
	}
}

// While no hub runs, actions go to the store, and the next hub finds them there.
func TestActionsWithoutAHub(t *testing.T) {
	r := newRig(t)
	r.target.forever = 422
	hub := r.startHub(base)
	r.accept(hub, prospect("p1", "First", "high", "sales@first.example"))
	r.settle()
	r.halt()
	r.target.set(func(g *target) { g.forever = 0 })

	acts, done := r.offline(base)
	if acts.Running() {
		t.Error("no hub runs")
	}
	n, err := acts.RetryDeliveries(t.Context(), store.RetryFilter{States: []store.State{store.StateRefused}}, false)
	if err != nil || n.Due[store.StateRefused] != 1 {
		t.Errorf("%+v, %v", n, err)
	}
	if waiting, err := acts.PauseOutput(t.Context(), "crm", time.Time{}, "by hand"); err != nil || waiting != 1 {
		t.Errorf("%d, %v", waiting, err)
	}
	done()
	r.startHub(base)
	if l := r.settle(); l.Outputs[0].Paused != 1 {
		t.Errorf("%+v", l.Outputs[0])
	}
	r.halt()
	acts, done = r.offline(base)
	if waiting, err := acts.ResumeOutput(t.Context(), "crm"); err != nil || waiting != 1 {
		t.Errorf("%d, %v", waiting, err)
	}
	done()
	r.startHub(base)
	if l := r.settle(); l.Outputs[0].Ended["delivered"] != 1 {
		t.Errorf("%+v", l.Outputs[0])
	}
}

// What was refused, or given up, is tried again at once; an output that the hub
// paused after an error goes on, since a person says so.
func TestRetryDeliveries(t *testing.T) {
	r := newRig(t)
	r.target.forever = 422
	hub := r.startHub(base)
	for i := range 5 {
		r.accept(hub, prospect(fmt.Sprintf("p%d", i), "Refused", "high", "sales@refused.example"))
	}
	l := r.settle()
	if l.Outputs[0].Ended["refused"] != 5 {
		t.Fatalf("%+v", l.Outputs[0])
	}
	r.target.set(func(g *target) { g.forever = 401 })
	f := store.RetryFilter{States: []store.State{store.StateRefused, store.StatePaused}}
	n, err := hub.Actions().RetryDeliveries(t.Context(), f, false)
	if err != nil || n.Due[store.StateRefused] != 5 {
		t.Fatalf("%+v, %v", n, err)
	}
	r.until("they are paused", func() bool { return r.ledger().Outputs[0].Paused == 5 })
	r.target.set(func(g *target) { g.forever = 0 })
	if n, err = hub.Actions().RetryDeliveries(t.Context(), f, false); err != nil || n.Due[store.StatePaused] != 5 {
		t.Fatalf("%+v, %v", n, err)
	}
	l = r.settle()
	if diff := cmp.Diff(map[string]int64{"delivered": 5}, l.Outputs[0].Ended); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.target.keys() != 5 {
		t.Errorf("%d records at the target", r.target.keys())
	}
}

// ledger reads the ledger as it is now, and insists that it holds.
func (r *rig) ledger() *store.Ledger {
	r.t.Helper()
	l, err := r.reader().Ledger(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	if !l.Holds {
		r.t.Errorf("the ledger does not hold: %v", l.Broken)
	}
	return l
}

// offline opens the store as a command does while no hub runs. done closes it.
func (r *rig) offline(text string) (acts *pipeline.Actions, done func()) {
	r.t.Helper()
	cfg := r.load(text)
	st, err := store.Open(r.t.Context(), filepath.Join(r.dir, "hub.db"), store.Options{Now: time.Now, Logger: r.options().Logger, HubName: "command"})
	if err != nil {
		r.t.Fatal(err)
	}
	acts = pipeline.OfflineActions(pipeline.Options{Config: cfg, Kinds: kinds(), Load: r.options(), Store: st, Logger: r.options().Logger, Now: time.Now})
	return acts, func() {
		if err := errors.Join(st.Close(), cfg.Close()); err != nil {
			r.t.Errorf("close: %v", err)
		}
	}
}
