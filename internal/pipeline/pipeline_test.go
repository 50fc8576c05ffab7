package pipeline_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"leadhub/internal/store"
	"leadhub/receivers/salesos"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"), // started once, never ends
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"))
}

func TestTheSameEventThreeTimes(t *testing.T) {
	r := newRig(t)
	r.start(base)
	body := prospect("p1", "Sunshine Promo Co.", "high", "sales@sunshine.example")
	for range 3 {
		if got := r.post(body); got != http.StatusOK {
			t.Fatalf("status %d", got)
		}
	}
	l := r.settle()
	if diff := cmp.Diff(map[string]int64{"leads": 1, "repeat": 2}, l.Receivers[0].Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if n := len(r.deliveries()); n != 1 || r.target.keys() != 1 {
		t.Errorf("%d deliveries, %d records at the target; want 1 and 1", n, r.target.keys())
	}
}

func TestRevisionsAndStaleEvents(t *testing.T) {
	r := newRig(t)
	r.start(base)
	at := func(name string, ms int64) string {
		return fmt.Sprintf(`{"event":"lead.updated","data":{"id":"L1","contact_name":%q,"company_name":"Acme","contact_email":"jane@acme.example","icp_score":90},"timestamp":%d}`, name, ms)
	}
	send := func(body string) {
		t.Helper()
		if got := r.postTo("salesos", salesos.Kind, body); got != http.StatusOK {
			t.Fatalf("status %d", got)
		}
		r.settle()
	}
	send(at("Jane Doe", 1736591400000))
	send(at("Jane Miller", 1736591500000))
	send(at("Jane Early", 1736591300000)) // happened before both
	send(at("Jane Doe", 1736591600000))   // back to what it was: a change
	send(at("Jane Doe", 1736591700000))   // the same content again

	lead, history, err := r.reader().ShowLead(t.Context(), r.events()[0].Decisions[0].LeadID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range history {
		got = append(got, fmt.Sprintf("%s r%d", d.Outcome, d.Revision))
	}
	want := []string{"routed r1", "routed r2", "stale r2", "routed r3", "repeat r3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	if lead.Revision != 3 || r.target.keys() != 3 {
		t.Errorf("revision %d, %d deliveries at the target; want 3 and 3", lead.Revision, r.target.keys())
	}
}

func TestATestLeadReachesOnlyTheTestOutput(t *testing.T) {
	r := newRig(t)
	r.start(base)
	r.post(prospect("p1", "Real", "high", "sales@real.example"))
	r.post(prospect("p1", "Real", "high", "try@example.test")) // by the tests rule, with the id of a real one
	r.settle()
	var got []string
	for _, d := range r.deliveries() {
		got = append(got, d.Output+" r"+fmt.Sprint(d.Revision))
	}
	if diff := cmp.Diff([]string{"triage r1", "crm r1"}, got); diff != "" {
		t.Errorf("deliveries, newest first (-want +got):\n%s", diff)
	}
	text, err := os.ReadFile(filepath.Join(r.dir, "triage.jsonl"))
	if err != nil || !strings.Contains(string(text), `"is_test":true`) {
		t.Errorf("triage.jsonl holds no test lead: %v\n%s", err, text)
	}
}

func TestSuppressedAndUnmappedAreKeptAndCounted(t *testing.T) {
	r := newRig(t)
	r.start(base)
	r.post(prospect("p1", "Low", "low", "sales@low.example"))
	r.post(`{"type":"prospect.added","tenant":{"id":"t1"}}`) // verified, and nothing in it
	l := r.settle()
	if diff := cmp.Diff(map[string]int64{"leads": 1, "unmapped": 1}, l.Receivers[0].Events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int64{"suppressed": 1}, l.Receivers[0].Leads); diff != "" {
		t.Errorf("leads (-want +got):\n%s", diff)
	}
	unmapped := r.events()[0].Decisions[0]
	if unmapped.Outcome != store.OutcomeUnmapped || !strings.Contains(unmapped.Note, "prospect") {
		t.Errorf("%s: %q; want unmapped, naming the field", unmapped.Outcome, unmapped.Note)
	}
	if why := r.events()[1].Decisions[0].Note; why != "low potential" {
		t.Errorf("the reason of the suppression is %q", why)
	}
}

func TestRetriesUntilTheTargetTakesIt(t *testing.T) {
	r := newRig(t)
	r.target.script = []int{503, 500, 0, 429}
	r.start(base)
	r.post(prospect("p1", "Slow", "high", "sales@slow.example"))
	r.settle()
	d := r.deliveries()[0]
	if d.State != store.StateDelivered || d.Tries != 5 {
		t.Errorf("%s after %d tries, want delivered after 5", d.State, d.Tries)
	}
	attempts, err := r.reader().Attempts(t.Context(), d.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, a := range attempts {
		got = append(got, a.Status)
	}
	if diff := cmp.Diff([]int{503, 500, 0, 429}, got); diff != "" {
		t.Errorf("failed attempts (-want +got):\n%s", diff)
	}
}

func TestRefusedIsFinal(t *testing.T) {
	r := newRig(t)
	r.target.script = []int{422}
	r.start(base)
	r.post(prospect("p1", "Bad", "high", "sales@bad.example"))
	l := r.settle()
	if diff := cmp.Diff(map[string]int64{"refused": 1}, l.Outputs[0].Ended); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestGivesUpAfterTheConfiguredAge(t *testing.T) {
	r := newRig(t)
	r.target.forever = 503
	r.start(strings.Replace(base, "retry: [100ms, 200ms]", "retry: [200ms]\n    give_up_after: 1s", 1))
	r.post(prospect("p1", "Never", "high", "sales@never.example"))
	l := r.settle()
	if diff := cmp.Diff(map[string]int64{"gave up": 1}, l.Outputs[0].Ended); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Wrong credentials must not burn attempts, and what waited must go out once they are right.
func TestPausedOutputKeepsItsQueue(t *testing.T) {
	r := newRig(t)
	r.target.forever = 401
	r.start(base)
	for i := range 10 {
		r.post(prospect(fmt.Sprintf("p%d", i), "Waiting", "high", "sales@waiting.example"))
	}
	l := r.settle()
	if l.Outputs[0].Paused != 10 {
		t.Fatalf("%d deliveries are paused, want 10: %+v", l.Outputs[0].Paused, l.Outputs[0])
	}
	for _, d := range r.deliveries() {
		if d.State != store.StatePaused || d.Tries != 0 {
			t.Errorf("%s after %d tries, want paused after 0", d.State, d.Tries)
		}
	}
	r.halt()
	r.target.set(func(g *target) { g.forever = 0 })
	r.start(base) // a person mended the token and started the hub again
	l = r.settle()
	if diff := cmp.Diff(map[string]int64{"delivered": 10}, l.Outputs[0].Ended); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A request pinned at the first attempt: after an edit the body differs, so the key must too.
func TestAnEditedConfigurationNeverReusesAKeyWithAnotherBody(t *testing.T) {
	r := newRig(t)
	r.target.forever = 503
	r.start(strings.Replace(base, "[100ms, 200ms]", "[1s]", 1))
	r.post(prospect("p1", "Edited", "high", "sales@edited.example"))
	r.until("one attempt failed", func() bool { return len(r.deliveries()) == 1 && r.deliveries()[0].Tries > 0 })
	first := r.deliveries()[0].PublicID()
	r.halt()
	r.target.set(func(g *target) { g.forever = 0 })
	r.start(base) // the same configuration: the same key
	r.settle()
	if r.target.bodiesOf(first) == nil {
		t.Fatalf("the target has no record under %s", first)
	}

	r.target.set(func(g *target) { g.forever = 503 })
	r.post(prospect("p2", "Edited", "high", "sales@edited.example"))
	r.until("one attempt failed", func() bool { return r.deliveries()[0].Tries > 0 && r.deliveries()[0].State == store.StateWaiting })
	second := r.deliveries()[0].PublicID()
	r.halt()
	r.target.set(func(g *target) { g.forever = 0 })
	r.start(strings.Replace(base, "allow_private: true", "allow_private: true\n    method: PUT", 1))
	r.settle()
	if got := r.target.bodiesOf(second); got != nil {
		t.Errorf("the key of the first request was used again for another one")
	}
	if r.target.keys() != 2 {
		t.Errorf("%d records at the target, want 2", r.target.keys())
	}
}

func TestStopFinishesSendsAndHandsBackTheRest(t *testing.T) {
	r := newRig(t)
	r.target.slow = 50_000_000 // 50 ms
	r.start(strings.Replace(base, "retry: [100ms, 200ms]", "retry: [100ms, 200ms]\n    concurrency: 2", 1))
	for i := range 30 {
		r.post(prospect(fmt.Sprintf("p%d", i), "Stop", "high", "sales@stop.example"))
	}
	r.halt()
	before := r.target.keys()
	for _, d := range r.deliveries() {
		if d.State != store.StateWaiting && d.State != store.StateDelivered {
			t.Errorf("%s is %s after a graceful stop", d.PublicID(), d.State)
		}
	}
	r.target.set(func(g *target) { g.slow = 0 })
	r.start(base)
	l := r.settle()
	if diff := cmp.Diff(map[string]int64{"delivered": 30}, l.Outputs[0].Ended); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r.target.mu.Lock()
	defer r.target.mu.Unlock()
	if len(r.target.order) != 30 {
		t.Errorf("%d sends of 30 leads (%d before the stop): a graceful stop must not make duplicates", len(r.target.order), before)
	}
	if r.target.maxOpen > 64 {
		t.Errorf("%d sends at once", r.target.maxOpen)
	}
}
