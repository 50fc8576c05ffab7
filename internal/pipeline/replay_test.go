package pipeline_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/pipeline"
	"leadhub/internal/store"
	"leadhub/receivers"
)

// everything replays all there is.
func (r *rig) everything() pipeline.ReplaySpec {
	r.t.Helper()
	last, err := r.reader().LastEvent(r.t.Context())
	if err != nil {
		r.t.Fatal(err)
	}
	return pipeline.ReplaySpec{Last: last, Rate: 10_000}
}

// replay plans, carries out, and insists that the two agree.
func (r *rig) replay(acts *pipeline.Actions, spec pipeline.ReplaySpec) *pipeline.ReplayCounts {
	r.t.Helper()
	plan, err := acts.PlanReplay(r.t.Context(), spec, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	done, err := acts.Replay(r.t.Context(), spec, 0, func(pipeline.ReplayProgress) {})
	if err != nil {
		r.t.Fatal(err)
	}
	if diff := cmp.Diff(plan, done.Counts); diff != "" {
		r.t.Errorf("what was planned and what was done differ (-plan +done):\n%s", diff)
	}
	run, err := r.reader().Run(r.t.Context(), done.Run)
	if err != nil || run.State != store.RunDone {
		r.t.Errorf("run %+v, %v", run, err)
	}
	return done.Counts
}

func (r *rig) acceptTo(hub *pipeline.Hub, receiver, body string) {
	r.t.Helper()
	req := &receivers.Request{Body: []byte(body), Header: http.Header{}, ReceivedAt: time.Now()}
	if _, err := hub.Accept(receiver, req, receivers.Verified{Body: req.Body}); err != nil {
		r.t.Fatal(err)
	}
}

func salesosLead(id, name string, ms int64) string {
	return fmt.Sprintf(`{"event":"lead.updated","data":{"id":%q,"contact_name":%q,"company_name":"Acme","contact_email":"jane@acme.example","icp_score":90},"timestamp":%d}`, id, name, ms)
}

// out is the counts of one output.
func out(c *pipeline.ReplayCounts, name string) pipeline.OutputCount {
	for _, o := range c.Outputs {
		if o.Output == name {
			return o
		}
	}
	return pipeline.OutputCount{}
}

func (r *rig) sends() int {
	r.target.mu.Lock()
	defer r.target.mu.Unlock()
	return len(r.target.order)
}

func TestReplaySendsOnlyWhatIsMissing(t *testing.T) {
	r := newRig(t)
	hub := r.startHub(base)
	for i := range 50 {
		r.accept(hub, prospect(fmt.Sprintf("p%d", i), "Arrived", "high", "sales@arrived.example"))
	}
	before := r.settle()
	c := r.replay(hub.Actions(), r.everything())
	if got, want := out(c, "crm"), (pipeline.OutputCount{Output: "crm", Arrived: 50}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if c.Events != 50 || c.LeftAlone["nothing to do"] != 50 || c.Decisions != 0 {
		t.Errorf("%+v", c)
	}
	after := r.settle()
	after.At = before.At
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the ledger moved (-before +after):\n%s", diff)
	}
	if n := r.sends(); n != 50 {
		t.Errorf("%d sends", n)
	}
}

func TestReplayAgainIsANumberedRun(t *testing.T) {
	r := newRig(t)
	hub := r.startHub(base)
	for i := range 5 {
		r.accept(hub, prospect(fmt.Sprintf("p%d", i), "Again", "high", "sales@again.example"))
	}
	r.settle()
	spec := r.everything()
	spec.Mode = pipeline.ReplayAgain
	for run := range 2 {
		c := r.replay(hub.Actions(), spec)
		if got, want := out(c, "crm"), (pipeline.OutputCount{Output: "crm", Send: 5, Again: 5}); got != want {
			t.Errorf("run %d: %+v, want %+v", run+1, got, want)
		}
		l := r.settle()
		if l.Outputs[0].Ended["delivered"] != int64(5*(run+2)) || l.Receivers[0].Replayed["routed"] != int64(5*(run+1)) || l.Receivers[0].Leads["routed"] != 5 {
			t.Errorf("%+v %+v", l.Receivers[0], l.Outputs[0])
		}
	}
	if n := r.target.keys(); n != 15 {
		t.Errorf("%d idempotency keys at the target, want 15", n)
	}
	var runs []int64
	for _, d := range r.deliveries() {
		runs = append(runs, d.Again)
	}
	if diff := cmp.Diff([]int64{2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0}, runs); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
}

// With other rules, what was kept back goes out, under its own identity; what is there
// is compared with what would be sent now.
func TestReplayWithOtherRules(t *testing.T) {
	r := newRig(t)
	hub := r.startHub(base)
	r.accept(hub, prospect("p1", "Low", "low", "sales@low.example"))
	r.accept(hub, prospect("p2", "High", "high", "sales@high.example"))
	r.settle()
	other := strings.Replace(base, "suppress: low potential", "to: [crm]", 1)
	r.reload(hub, strings.Replace(other, "allow_private: true", "allow_private: true\n    method: PUT", 1))

	c := r.replay(hub.Actions(), r.everything())
	if got, want := out(c, "crm"), (pipeline.OutputCount{Output: "crm", Send: 1, Arrived: 1, Differ: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	r.settle()
	if n := r.sends(); n != 2 {
		t.Errorf("%d sends", n)
	}
	if d := r.deliveries()[0]; d.Again != 0 || d.Route != "unwanted" {
		t.Errorf("%+v", d)
	}
	spec := r.everything()
	spec.Mode = pipeline.ReplayChanged
	c = r.replay(hub.Actions(), spec)
	if got, want := out(c, "crm"), (pipeline.OutputCount{Output: "crm", Send: 1, Again: 1, Arrived: 1, Differ: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	r.settle()
	c = r.replay(hub.Actions(), spec) // now it is as it would be
	if got := out(c, "crm"); got.Send != 0 || got.Differ != 0 {
		t.Errorf("%+v", got)
	}
	lead, history, err := r.reader().ShowLead(t.Context(), r.events()[1].Decisions[0].LeadID)
	if err != nil || len(history) != 2 || history[0].Outcome != store.OutcomeSuppressed || lead.Decision.Outcome != store.OutcomeRouted || lead.Revision != 1 {
		t.Errorf("%+v %+v %v", lead, history, err)
	}
}

// An event that could not be read is read by the replay, and creates its leads.
func TestReplayOfUnmappedEvents(t *testing.T) {
	r := newRig(t)
	hub := r.startHub(strings.Replace(base, "  salesos:\n    type: salesos\n    secrets: [\"topsecret\"]\n", "", 1))
	r.acceptTo(hub, "salesos", salesosLead("L1", "Jane Doe", 1736591400000))
	r.acceptTo(hub, "salesos", salesosLead("L1", "Jane Miller", 1736591500000))
	r.acceptTo(hub, "salesos", salesosLead("L1", "Jane Early", 1736591300000))
	r.acceptTo(hub, "salesos", salesosLead("L2", "John Roe", 1736591400000))
	r.acceptTo(hub, "salesos", `{"event":"lead.updated"}`)
	l := r.settle()
	if l.Receivers[0].Events["unmapped"] != 5 {
		t.Fatalf("%+v", l.Receivers[0])
	}
	r.reload(hub, base)
	r.acceptTo(hub, "salesos", salesosLead("L2", "John Roe", 1736591400000)) // the vendor sends it again, and it is read
	r.settle()

	spec := r.everything()
	spec.Outcome = store.OutcomeUnmapped
	c := r.replay(hub.Actions(), spec)
	if c.Events != 5 || c.Mapped != 4 || c.StillUnmapped != 1 || c.NewLeads != 1 || c.NewRevisions != 1 || c.LeftAlone["repeat"] != 1 || c.LeftAlone["stale"] != 1 {
		t.Errorf("%+v", c)
	}
	l = r.settle()
	got := l.Receivers[0]
	if got.Events["unmapped"] != 5 || got.Events["leads"] != 1 {
		t.Errorf("what the events were when they came has changed: %+v", got.Events)
	}
	if diff := cmp.Diff(map[string]int64{"routed": 2, "stale": 1, "repeat": 1}, got.Replayed); diff != "" {
		t.Errorf("replayed (-want +got):\n%s", diff)
	}
	if c := r.replay(hub.Actions(), spec); c.Events != 1 || c.StillUnmapped != 1 {
		t.Errorf("the second time: %+v", c)
	}
	// The replayed event is known now: sent again, it is a repeat.
	r.acceptTo(hub, "salesos", salesosLead("L1", "Jane Miller", 1736591500000))
	if l := r.settle(); l.Receivers[0].Events["repeat"] != 1 {
		t.Errorf("%+v", l.Receivers[0].Events)
	}
}

// An older event makes no newer revision, whatever the times in it say.
func TestReplayLeavesLaterRevisions(t *testing.T) {
	r := newRig(t)
	hub := r.startHub(base)
	for _, name := range []string{"First", "Second", "Third"} { // all created_at the same moment
		r.accept(hub, prospect("p1", name, "high", "sales@one.example"))
		r.settle()
	}
	r.accept(hub, prospect("p1", "Third", "high", "sales@one.example")) // a repeat
	r.settle()
	for _, mode := range []pipeline.ReplayMode{pipeline.ReplayMissing, pipeline.ReplayChanged} {
		spec := r.everything()
		spec.Mode = mode
		if c := r.replay(hub.Actions(), spec); c.Decisions != 0 || c.LeftAlone["stale"] != 2 || c.LeftAlone["repeat"] < 1 {
			t.Errorf("%q: %+v", mode, c)
		}
	}
	spec := r.everything()
	spec.Mode = pipeline.ReplayAgain
	if c := r.replay(hub.Actions(), spec); c.Decisions != 1 || out(c, "crm").Send != 1 {
		t.Errorf("%+v", c)
	}
	r.settle()
	if d := r.deliveries()[0]; d.Again == 0 || d.Revision != 3 {
		t.Errorf("%+v", d)
	}
	stored := r.everything()
	stored.Stored, stored.Mode = true, pipeline.ReplayAgain
	if c := r.replay(hub.Actions(), stored); c.Decisions != 1 || out(c, "crm").Send != 1 || c.LeftAlone["stale"] < 2 {
		t.Errorf("%+v", c)
	}
	r.settle()
}

// What the target refused is tried again under the same identity.
func TestReplayOfRefusedDeliveries(t *testing.T) {
	r := newRig(t)
	r.target.forever = 422
	hub := r.startHub(base)
	r.accept(hub, prospect("p1", "Refused", "high", "sales@refused.example"))
	r.settle()
	id := r.deliveries()[0].PublicID()
	r.target.set(func(g *target) { g.forever = 0 })
	for _, stored := range []bool{false, true} {
		spec := r.everything()
		spec.Stored = stored
		want := pipeline.OutputCount{Output: "crm", Send: 1, Retried: 1}
		if stored {
			want = pipeline.OutputCount{Output: "crm", Arrived: 1}
		}
		if got := out(r.replay(hub.Actions(), spec), "crm"); got != want {
			t.Errorf("stored %v: %+v, want %+v", stored, got, want)
		}
		r.settle()
	}
	if len(r.deliveries()) != 1 || r.target.bodiesOf(id) == nil {
		t.Errorf("%d deliveries; the target has %v under %s", len(r.deliveries()), r.target.bodiesOf(id), id)
	}
}

// Stored decisions are carried out as they were made, whatever the rules say now.
func TestReplayOfStoredDecisions(t *testing.T) {
	r := newRig(t)
	hub := r.startHub(base)
	r.accept(hub, prospect("p1", "Low", "low", "sales@low.example"))
	r.accept(hub, prospect("p2", "High", "high", "sales@high.example"))
	r.accept(hub, `{"type":"prospect.added","tenant":{"id":"t1"}}`)
	r.settle()
	r.reload(hub, strings.Replace(strings.Replace(base, "suppress: low potential", "to: [crm]", 1), "to: [crm]\n  - name: everything", "to: [triage]\n  - name: everything", 1))
	spec := r.everything()
	spec.Stored, spec.Mode = true, pipeline.ReplayAgain
	c := r.replay(hub.Actions(), spec)
	if got, want := out(c, "crm"), (pipeline.OutputCount{Output: "crm", Send: 1, Again: 1}); got != want || c.StillUnmapped != 1 || c.Decisions != 1 {
		t.Errorf("%+v, want %+v; %+v", got, want, c)
	}
	l := r.settle()
	if l.Outputs[0].Ended["delivered"] != 2 {
		t.Errorf("%+v", l.Outputs)
	}
	// Now the rules of now, for one route, and one output.
	spec = r.everything()
	spec.Route = "unwanted"
	c = r.replay(hub.Actions(), spec)
	if got := out(c, "crm"); got.Send != 1 || c.LeftAlone["another route"] != 1 {
		t.Errorf("%+v", c)
	}
	r.settle()
	spec = r.everything()
	spec.Output = "triage"
	c = r.replay(hub.Actions(), spec)
	if out(c, "triage").Send != 1 || out(c, "crm").Send != 0 {
		t.Errorf("%+v", c)
	}
	r.settle()
}
