package pipeline_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"leadhub/internal/pipeline"
	"leadhub/internal/store"
)

func TestReplaySelects(t *testing.T) {
	r := newRig(t)
	hub := r.startHub(base)
	for i := range 30 {
		r.accept(hub, prospect(fmt.Sprintf("p%d", i), "Selected", "high", "sales@selected.example"))
	}
	r.acceptTo(hub, "salesos", salesosLead("L1", "Jane", 1736591400000))
	r.settle()
	all := r.everything()
	for name, c := range map[string]struct {
		change func(*pipeline.ReplaySpec)
		want   int
	}{
		"all":              {func(*pipeline.ReplaySpec) {}, 31},
		"by id":            {func(s *pipeline.ReplaySpec) { s.Events = []int64{30, 3, 3, 7, 99} }, 3},
		"of a receiver":    {func(s *pipeline.ReplaySpec) { s.Receiver = "salesos" }, 1},
		"of another":       {func(s *pipeline.ReplaySpec) { s.Receiver = "nobody" }, 0},
		"up to one":        {func(s *pipeline.ReplaySpec) { s.Last = 4 }, 4},
		"since then":       {func(s *pipeline.ReplaySpec) { s.From = time.Now().Add(-time.Minute) }, 31},
		"from now":         {func(s *pipeline.ReplaySpec) { s.From = time.Now().Add(time.Minute) }, 0},
		"until before":     {func(s *pipeline.ReplaySpec) { s.Until = time.Now().Add(-time.Minute) }, 0},
		"held":             {func(s *pipeline.ReplaySpec) { s.Outcome = store.OutcomeHeld }, 0},
		"of a route, none": {func(s *pipeline.ReplaySpec) { s.Route = "unwanted" }, 31},
	} {
		spec := all
		c.change(&spec)
		got, err := hub.Actions().PlanReplay(t.Context(), spec, nil)
		if err != nil || got.Events != c.want {
			t.Errorf("%s: %+v, %v; want %d", name, got, err, c.want)
		}
	}
}

// Notices go out once, too, and a route that they get later reaches the old ones.
func TestReplayOfNotices(t *testing.T) {
	r := newRig(t)
	hub := r.startHub(base)
	notice := func(id string) {
		r.acceptTo(hub, "salesos", fmt.Sprintf(`{"event":"deal.created","data":{"id":%q,"name":"Big deal","value":100},"timestamp":1736591400000}`, id))
	}
	notice("d1")
	l := r.settle()
	if l.Receivers[0].Events["notice"] != 1 {
		t.Fatalf("%+v", l.Receivers[0])
	}
	with := base + "notices:\n  - when: event startsWith \"deal.\"\n    to: [crm]\n"
	r.reload(hub, with)
	notice("d2")
	r.settle()
	c := r.replay(hub.Actions(), r.everything())
	if got, want := out(c, "crm"), (pipeline.OutputCount{Output: "crm", Send: 1, Arrived: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if l := r.settle(); l.Receivers[0].Replayed["notice"] != 1 {
		t.Errorf("%+v", l.Receivers[0])
	}
	for _, stored := range []bool{false, true} {
		spec := r.everything()
		spec.Stored = stored
		if c := r.replay(hub.Actions(), spec); out(c, "crm").Send != 0 || out(c, "crm").Arrived != 2 || out(c, "crm").Differ != 0 {
			t.Errorf("stored %v, once more: %+v", stored, c)
		}
		spec.Mode = pipeline.ReplayAgain
		if c := r.replay(hub.Actions(), spec); out(c, "crm").Again != 2 {
			t.Errorf("stored %v, again: %+v", stored, c)
		}
		r.settle()
	}
	if n := r.target.keys(); n != 6 {
		t.Errorf("%d records at the target, want 6", n)
	}
}

// A lead that was held because its rule errors goes out once the rule is mended.
func TestReplayOfHeldLeads(t *testing.T) {
	r := newRig(t)
	broken := strings.Replace(base, `when: lead_potential == "low"`, `when: 1 / (score - 90) > 0`, 1)
	hub := r.startHub(broken)
	r.accept(hub, prospect("p1", "Held", "high", "sales@held.example"))
	l := r.settle()
	if l.Receivers[0].Leads["held"] != 1 {
		t.Fatalf("%+v", l.Receivers[0])
	}
	spec := r.everything()
	spec.Outcome = store.OutcomeHeld
	if c := r.replay(hub.Actions(), spec); c.Events != 1 || c.StillHeld != 1 || c.Decisions != 0 {
		t.Errorf("%+v", c)
	}
	r.reload(hub, base)
	if c := r.replay(hub.Actions(), spec); c.Released != 1 || out(c, "crm").Send != 1 {
		t.Errorf("%+v", c)
	}
	l = r.settle()
	if l.Receivers[0].Leads["held"] != 1 || l.Receivers[0].Replayed["routed"] != 1 || l.Outputs[0].Ended["delivered"] != 1 {
		t.Errorf("%+v %+v", l.Receivers[0], l.Outputs[0])
	}
	if c := r.replay(hub.Actions(), spec); c.Events != 0 {
		t.Errorf("it is not held any more: %+v", c)
	}
}

// Where the configuration reads other fields from the same event, that is a new
// revision, brought by the event that brought the last one.
func TestReplayWithAnotherMapping(t *testing.T) {
	r := newRig(t)
	hub := r.startHub(base)
	r.accept(hub, prospect("p1", "First", "medium", "sales@one.example"))
	r.accept(hub, prospect("p1", "Second", "medium", "sales@one.example"))
	r.settle()
	r.reload(hub, base+"lead_potential:\n  words: { medium: 70 }\n")
	c := r.replay(hub.Actions(), r.everything())
	if c.NewRevisions != 1 || c.LeftAlone["stale"] != 1 || out(c, "crm").Send != 1 {
		t.Errorf("%+v", c)
	}
	r.settle()
	lead, history, err := r.reader().ShowLead(t.Context(), r.events()[0].Decisions[0].LeadID)
	if err != nil || lead.Revision != 3 || len(history) != 3 || lead.Decision.EventID != 2 {
		t.Errorf("%+v, %d decisions, %v", lead, len(history), err)
	}
	if c := r.replay(hub.Actions(), r.everything()); c.NewRevisions != 0 || out(c, "crm").Send != 0 {
		t.Errorf("%+v", c)
	}
	r.settle()
}
