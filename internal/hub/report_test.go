package hub

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"leadhub/internal/store"
)

func TestSpread(t *testing.T) {
	t.Parallel()
	if s := (spread{}); s.quantile(0.5) != nil {
		t.Error("nothing has a median")
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, most := range []time.Duration{time.Second, time.Minute, 72 * time.Hour} {
		s, all := spread{}, []time.Duration{}
		for range 20_001 {
			d := time.Duration(math.Pow(rnd.Float64(), 3) * float64(most))
			s.add(d)
			all = append(all, d)
		}
		slices.Sort(all)
		for _, q := range []float64{0.5, 0.95} {
			want := all[int(math.Ceil(q*float64(len(all))))-1].Seconds()
			got := *s.quantile(q)
			if math.Abs(got-want) > 0.02*want+0.002 {
				t.Errorf("up to %v: quantile %g is %g, want %g", most, q, got, want)
			}
		}
		if len(s) > 1200 {
			t.Errorf("%d classes", len(s))
		}
	}
	s := spread{}
	s.add(-time.Second) // a clock that was set back
	if got := *s.quantile(0.5); got != 0 {
		t.Errorf("%g", got)
	}
}

func TestReportCounts(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 20, 4, 30, 0, 0, time.UTC) // the 19th in New York
	lead := func(o store.Outcome, note string) store.DecisionSummary {
		return store.DecisionSummary{Outcome: o, Note: note, HasLead: true}
	}
	b := &reportBuilder{zone: zone, days: map[dayKey]*VendorDay{}, totals: map[string]*VendorDay{}}
	for _, e := range []store.EventSummary{
		{Decisions: []store.DecisionSummary{lead(store.OutcomeRouted, ""), lead(store.OutcomeSuppressed, "customer; tests: x"), lead(store.OutcomeRepeat, "")}, Deliveries: []store.DeliverySummary{
			{State: store.StateDelivered, Done: at.Add(2 * time.Second)},
			{State: store.StateAlreadyThere, Done: at.Add(4 * time.Second)},
			{State: store.StateRefused, Done: at},
			{State: store.StateGaveUp},
			{State: store.StateWaiting},
			{State: store.StateParked},
			{State: store.StateSkipped},
			{State: store.StateDelivered, Again: true, Done: at.Add(time.Hour)},
		}},
		{Decisions: []store.DecisionSummary{lead(store.OutcomeSuppressed, ""), lead(store.OutcomeHeld, "x")}},
		{Decisions: []store.DecisionSummary{lead(store.OutcomeMerged, "")}},
		{Decisions: []store.DecisionSummary{lead(store.OutcomeRepeat, ""), lead(store.OutcomeRepeat, "")}},
		{Decisions: []store.DecisionSummary{{Outcome: store.OutcomeRepeat}}},
		{Decisions: []store.DecisionSummary{lead(store.OutcomeStale, "")}},
		{Decisions: []store.DecisionSummary{{Outcome: store.OutcomeUnmapped}}},
		{Decisions: []store.DecisionSummary{{Outcome: store.OutcomeNotice}}},
		{Decisions: []store.DecisionSummary{{Outcome: store.OutcomeHeld}}}, // a notice
		{Decisions: []store.DecisionSummary{lead(store.OutcomeTest, "")}},
		{Decisions: []store.DecisionSummary{{Outcome: store.OutcomeEcho}}},
		{},
	} {
		e.Receiver, e.At = "prospektr", at
		b.add(&e)
	}
	late := store.EventSummary{Receiver: "prospektr", At: at.Add(time.Hour)}
	b.add(&late)
	want := VendorDay{
		Day: "2026-11-19", Receiver: "prospektr", Received: 12, Repeats: 2, Stale: 1, Unmapped: 1, Notices: 2, Tests: 1, Echoes: 1, Waiting: 1,
		Leads: 5, Routed: 1, Merged: 1, Held: 1, Suppressed: 2, Reasons: map[string]int{"customer": 1, "no reason given": 1},
		Delivered: 2, Refused: 1, GaveUp: 1, Undecided: 2,
	}
	days := finished(b.days)
	got := days[0]
	if m, p := *got.MedianSecs, *got.P95Secs; math.Abs(m-2) > 0.05 || math.Abs(p-4) > 0.1 {
		t.Errorf("median %g, p95 %g", m, p)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(VendorDay{}), cmpopts.IgnoreFields(VendorDay{}, "MedianSecs", "P95Secs")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(days) != 2 || days[1].Day != "2026-11-20" || days[1].MedianSecs != nil {
		t.Errorf("%+v", days)
	}
	if total := finished(b.totals); len(total) != 1 || total[0].Received != 13 || total[0].Day != "" {
		t.Errorf("%+v", total)
	}
}

func TestReasonsAreBounded(t *testing.T) {
	t.Parallel()
	v := newVendorDay("", "x")
	for i := range 100 {
		v.reason(time.Duration(i).String())
	}
	if len(v.Reasons) != maxReasons+1 || v.Reasons[otherReason] != 100-maxReasons {
		t.Errorf("%d reasons, %d others", len(v.Reasons), v.Reasons[otherReason])
	}
}
