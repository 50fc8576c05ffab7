package pipeline_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/config"
	"leadhub/internal/pipeline"
	"leadhub/internal/store"
	"leadhub/lead"
	"leadhub/receivers"
)

// withLists is base with a table, a calendar and routes that use them.
var withLists = strings.NewReplacer("tests:\n", `tables:
  customers:
    file: customers.csv
    key: domain
calendars:
  office:
    hours: "Mon-Fri 09:00-18:00"
tests:
`, "routes:\n", `routes:
  - name: vip
    when: lead_potential == "high"
    set: { tags: [vip], custom.team: "{{ table(\"customers\", company.domain).team }}" }
    continue: true
  - name: customers
    when: company.domain in table("customers")
    hold_until: office
    set: { status: working }
    to: [crm]
`).Replace(base)

// handClock is moved by hand.
type handClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *handClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *handClock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// startHubAt is startHub with a clock.
func (r *rig) startHubAt(text string, clock *handClock) *pipeline.Hub {
	r.t.Helper()
	cfg := r.load(text)
	st, err := store.Open(r.t.Context(), cfg.Store.Path, store.Options{Now: clock.now, Logger: r.options().Logger, HubName: "rig"})
	if err != nil {
		r.t.Fatal(err)
	}
	hub, err := pipeline.Start(r.t.Context(), pipeline.Options{
		Config: cfg, Kinds: kinds(), Load: r.options(), Store: st, Logger: r.options().Logger, Now: clock.now,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.stop = func() {
		if err := errors.Join(hub.Stop(), st.Close()); err != nil {
			r.t.Errorf("stop: %v", err)
		}
	}
	return hub
}

// acceptAt is accept at a time.
func (r *rig) acceptAt(hub *pipeline.Hub, body string, at time.Time) {
	r.t.Helper()
	req := &receivers.Request{Body: []byte(body), Header: http.Header{}, ReceivedAt: at}
	if _, err := hub.Accept("prospektr", req, receivers.Verified{Body: req.Body}); err != nil {
		r.t.Error(err)
	}
}

// routed waits until that many events are decided about.
func (r *rig) routed(n int) {
	r.t.Helper()
	s := r.reader()
	r.until(fmt.Sprintf("%d events are routed", n), func() bool {
		rows, err := s.ListEvents(r.t.Context(), store.Filter{Limit: 1000})
		if err != nil {
			r.t.Fatal(err)
		}
		done := 0
		for _, e := range rows {
			if len(e.Decisions) > 0 {
				done++
			}
		}
		return done == n
	})
}

func (r *rig) writeTable(text string) {
	r.t.Helper()
	path := filepath.Join(r.dir, "customers.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// TestHoldUntil follows a lead that comes on a Friday evening.
func TestHoldUntil(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.writeTable("domain,team\nwww.Example.com,blue\n")
	friday := time.Date(2026, 11, 20, 20, 0, 0, 0, time.UTC)
	monday := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	clock := &handClock{at: friday}
	hub := r.startHubAt(withLists, clock)
	r.acceptAt(hub, prospect("p1", "Sunshine Promo Co.", "high", "sales@sunshine.example.com"), friday)
	r.routed(1)
	held := func(revision int) store.DeliveryRow {
		t.Helper()
		s := r.reader()
		d, err := s.ListDeliveries(t.Context(), store.Filter{Limit: 1})
		if err != nil || len(d) != 1 {
			t.Fatalf("%d deliveries, %v", len(d), err)
		}
		if d[0].State != store.StateWaiting || d[0].Revision != revision || !d[0].Due.Equal(monday) || d[0].Note != "held until office opens" {
			t.Errorf("held: %+v", d[0])
		}
		l, err := s.Ledger(t.Context())
		if err != nil || !l.Holds || l.Outputs[0].Waiting != 1 {
			t.Errorf("the ledger: %+v, %v", l, err)
		}
		return d[0]
	}
	first := held(1)
	// A change on Saturday replaces what waits, and waits itself.
	clock.set(friday.Add(20 * time.Hour))
	r.acceptAt(hub, prospect("p1", "Sunshine Promo", "high", "sales@sunshine.example.com"), clock.now())
	r.routed(2)
	held(2)
	clock.set(monday.Add(-time.Minute))
	time.Sleep(1500 * time.Millisecond) // the hub looks around
	held(2)
	if n := r.target.keys(); n != 0 {
		t.Fatalf("%d sent before Monday", n)
	}
	clock.set(monday)
	l := r.settle()
	if n := r.target.keys(); n != 1 || l.Outputs[0].Ended["skipped"] != 1 || l.Outputs[0].Ended["delivered"] != 1 {
		t.Errorf("%d records at the target, ledger %+v", n, l.Outputs[0])
	}
	rows := r.deliveries()
	if rows[0].State != store.StateDelivered || rows[1].ID != first.ID || rows[1].State != store.StateSkipped || rows[1].Note != "replaced by revision 2" {
		t.Errorf("deliveries %+v", rows)
	}
	// What comes while it is open goes at once; so does what came long ago.
	r.acceptAt(hub, prospect("p2", "Early Bird", "high", "x@bird.example.com"), monday)
	r.acceptAt(hub, prospect("p3", "Late Bird", "high", "x@bird.example.com"), friday)
	r.settle()
	if n := r.target.keys(); n != 3 {
		t.Errorf("%d records at the target, not 3", n)
	}
}

// TestSetOnTheWay checks what is sent, and what is kept, of a lead that routes change.
func TestSetOnTheWay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.writeTable("domain,team\nexample.com,blue\n")
	open := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	hub := r.startHubAt(withLists, &handClock{at: open})
	body := prospect("p1", "Sunshine Promo Co.", "high", "sales@sunshine.example.com")
	r.acceptAt(hub, body, open)
	r.settle()
	r.acceptAt(hub, body, open.Add(time.Second)) // the same again, within another event
	r.acceptAt(hub, strings.Replace(body, `"id":"t1",`, `"id":"t1","x":1,`, 1), open.Add(time.Second))
	r.settle()
	rows := r.deliveries()
	if len(rows) != 1 {
		t.Fatalf("%d deliveries: what routes set must not make a new revision", len(rows))
	}
	var sent struct {
		Lead lead.Lead `json:"lead"`
	}
	if err := json.Unmarshal([]byte(r.target.bodiesOf(r.target.order[0])[0]), &sent); err != nil {
		t.Fatal(err)
	}
	_, history, err := r.reader().ShowLead(t.Context(), rows[0].LeadID)
	if err != nil {
		t.Fatal(err)
	}
	var kept lead.Lead
	if err := json.Unmarshal(history[0].Body, &kept); err != nil {
		t.Fatal(err)
	}
	for what, l := range map[string]lead.Lead{"sent": sent.Lead, "kept": kept} {
		if diff := cmp.Diff([]string{"vip"}, l.Tags); diff != "" || l.Status != "working" || l.Custom["team"] != "blue" || l.ID != rows[0].LeadID {
			t.Errorf("%s: tags %v, status %s, custom %v, id %s", what, l.Tags, l.Status, l.Custom, l.ID)
		}
	}
}

// TestListsAreSwapped checks, while a table changes under the traffic, that every
// decision is one of the version it names, and that a broken file changes nothing.
func TestListsAreSwapped(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	in, out := "domain,team\nexample.com,blue\n", "domain,team\nother.example,red\n"
	r.writeTable(in)
	open := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	hub := r.startHubAt(withLists, &handClock{at: open})
	n := 0
	burst := func() {
		t.Helper()
		for range 20 {
			n++
			r.acceptAt(hub, prospect(fmt.Sprintf("p%d", n), "Sunshine", "medium", "x@bird.example.com"), open)
		}
	}
	refresh := func(text string) {
		t.Helper()
		r.writeTable(text)
		var both sync.WaitGroup
		both.Go(func() { hub.RefreshLists(); hub.RefreshLists() })
		burst()
		both.Wait()
		burst()
	}
	burst()
	refresh(out)
	refresh("domain,team\nexample.com\n") // broken: out stays
	refresh(in)
	r.settle()

	s := r.reader()
	versions, routes := map[string]int{}, map[string]int{}
	tableIn := ""
	for _, e := range r.events() {
		d := e.Decisions[0]
		text, err := s.ConfigLists(t.Context(), d.Config)
		if err != nil {
			t.Fatal(err)
		}
		v, err := config.DecodeVersions(text)
		if err != nil || v.Tables["customers"] == "" {
			t.Fatalf("lists %q of decision %d: %v", text, d.ID, err)
		}
		if tableIn == "" {
			tableIn = v.Tables["customers"] // the newest event was decided with `in`
		}
		want := "everything-else"
		if v.Tables["customers"] == tableIn {
			want = "customers"
		}
		if d.Route != want {
			t.Errorf("event %d went to %s with customers@%s", e.ID, d.Route, v.Tables["customers"])
		}
		versions[v.Tables["customers"]]++
		routes[d.Route]++
	}
	if len(versions) != 2 || routes["customers"] == 0 || routes["everything-else"] == 0 {
		t.Errorf("versions %v, routes %v", versions, routes)
	}
	r.logMu.Lock()
	log := r.log.String()
	r.logMu.Unlock()
	if strings.Count(log, "its last good version stays in use") != 1 || strings.Count(log, "list read again") != 2 || strings.Count(log, "list is good again") != 1 {
		t.Error("the log does not say once what happened")
	}
	// A reload after all that still works, and forgets no list.
	r.reload(hub, withLists)
	burst()
	l := r.settle()
	if l.Receivers[0].Waiting != 0 {
		t.Errorf("ledger %+v", l.Receivers)
	}
}
