package pipeline_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/pipeline"
	"leadhub/internal/plugin"
	"leadhub/internal/store"
	"leadhub/lead"
	"leadhub/outputs/outputtest"
	"leadhub/outputs/prospectb2b/prospectb2btest"
	"leadhub/outputs/salesos/salesostest"
	"leadhub/receivers"
	"leadhub/receivers/prospectb2b"
	"leadhub/receivers/salesos"
)

// vendorRig is a hub that creates leads in two vendors' systems, which tell it so
// by webhook before they even answer.
type vendorRig struct {
	*rig
	sos *salesostest.SalesOS
	pb  *prospectb2btest.ProspectB2B
	// atSOS and atPB let single requests fail.
	atSOS, atPB *outputtest.Target
	config      string
}

const vendorConfig = `version: 1
store:
  url: "sqlite://hub.db"
receivers:
  prospektr: { type: prospektr, secrets: ["topsecret"] }
  salesos: { type: salesos, secrets: ["topsecret"] }
  prospectb2b: { type: prospectb2b, secrets: ["topsecret"] }
  fan: { type: fan }
outputs:
  sos: { type: salesos, api_key: %q, api_url: %q, allow_private: true, rate: "1000/s", retry: [100ms] }
  pb: { type: prospectb2b, token: %q, api_url: %q, allow_private: true, rate: "1000/s", retry: [100ms] }
routes:
  - name: everything
    to: [sos, pb]
`

func newVendorRig(t *testing.T) *vendorRig {
	t.Helper()
	v := &vendorRig{rig: newRig(t)}
	v.sos = &salesostest.SalesOS{Created: func(l salesostest.Lead) {
		v.fire("salesos", salesos.Kind, "lead.created", sosBody("lead.created", l, 1))
	}}
	v.pb = &prospectb2btest.ProspectB2B{Created: func(l prospectb2btest.Lead) {
		v.fire("prospectb2b", prospectb2b.Kind, "lead.created", pbBody(l, "2026-03-02T15:04:05Z"))
	}}
	v.atSOS, v.atPB = outputtest.NewTarget(t, v.sos), outputtest.NewTarget(t, v.pb)
	v.config = fmt.Sprintf(vendorConfig, salesostest.Key, v.atSOS.URL, prospectb2btest.Token, v.atPB.URL+prospectb2btest.Base)
	return v
}

func sosBody(event string, l salesostest.Lead, at int64) string {
	b, err := json.Marshal(map[string]any{"event": event, "data": l, "timestamp": time.Now().UnixMilli() + at})
	if err != nil {
		panic(err)
	}
	return string(b)
}

func pbBody(l prospectb2btest.Lead, updated string) string {
	return fmt.Sprintf(`{"event":"lead.created","data":{"lead":{"id":%q,"full_name":%q,"email":%q,"company_name":%q,"updated_at":%q}}}`,
		l.ID, l.FullName, l.Email, l.Company, updated)
}

// fire posts a webhook as the vendor does. It may run on any goroutine.
func (v *vendorRig) fire(name string, kind receivers.Kind, event, body string) {
	r, err := kind.Build(receiverConfig(kind), plugin.Deps{Name: name, Now: time.Now})
	if err != nil {
		v.t.Error(err)
		return
	}
	h, err := r.(receivers.Signer).Sign([]byte(body), event, time.Now())
	if err != nil {
		v.t.Error(err)
		return
	}
	req, err := http.NewRequest(http.MethodPost, v.url+"/webhooks/"+name, strings.NewReader(body))
	if err != nil {
		v.t.Error(err)
		return
	}
	maps.Copy(req.Header, h)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		v.t.Error(err)
		return
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		v.t.Errorf("%s: the webhook was answered %d", name, res.StatusCode)
	}
}

func receiverConfig(kind receivers.Kind) any {
	c := kind.Config()
	secrets := []plugin.Secret{plugin.NewSecret("topsecret")}
	switch c := c.(type) {
	case *salesos.Config:
		c.Secrets = secrets
	case *prospectb2b.Config:
		c.Secrets = secrets
	}
	return c
}

func ofReceiver(l *store.Ledger, name string) store.ReceiverLedger {
	for _, r := range l.Receivers {
		if r.Receiver == name {
			return r
		}
	}
	return store.ReceiverLedger{}
}

func (v *vendorRig) wantEvents(l *store.Ledger, receiver string, want map[string]int64) {
	v.t.Helper()
	if diff := cmp.Diff(want, ofReceiver(l, receiver).Events); diff != "" {
		v.t.Errorf("events of %s (-want +got):\n%s", receiver, diff)
	}
}

// Leads that the hub creates come back before their creation is even answered. They
// are counted, and never routed.
func TestEcho(t *testing.T) {
	v := newVendorRig(t)
	v.start(v.config)
	const n = 20
	for i := range n {
		v.post(prospect(fmt.Sprintf("p%d", i), fmt.Sprintf("Company %d", i), "high", fmt.Sprintf("sales@c%d.example", i)))
	}
	l := v.settle()
	v.wantEvents(l, "prospektr", map[string]int64{"leads": n})
	v.wantEvents(l, "salesos", map[string]int64{"echo": n})
	v.wantEvents(l, "prospectb2b", map[string]int64{"echo": n})
	if got := []int{len(v.sos.Leads()), len(v.pb.Leads()), len(v.deliveries())}; !slices.Equal(got, []int{n, n, 2 * n}) {
		t.Errorf("leads in SalesOS, leads in ProspectB2B, deliveries: %d; want %d, %d, %d", got, n, n, 2*n)
	}
	for _, name := range []string{"salesos", "prospectb2b"} {
		if r := ofReceiver(l, name); r.Found != 0 || len(r.Leads) != 0 {
			t.Errorf("%s: an echo counts as a lead: %+v", name, r)
		}
	}
	v.wantNotes(n)

	// The same again is a repeat; a change made there, an echo, also after a restart,
	// and where somebody overwrote the source.
	v.halt()
	v.start(v.config)
	first := v.pb.Leads()[0]
	v.fire("prospectb2b", prospectb2b.Kind, "lead.created", pbBody(first, "2026-03-02T15:04:05Z"))
	first.FullName = "Renamed There"
	v.fire("prospectb2b", prospectb2b.Kind, "lead.updated", pbBody(first, "2026-03-05T15:04:05Z"))
	row := maps.Clone(v.sos.Leads()[0])
	row["source"], row["job_title"] = "edited", "CEO"
	v.fire("salesos", salesos.Kind, "lead.updated", sosBody("lead.updated", row, 2))
	l = v.settle()
	v.wantEvents(l, "salesos", map[string]int64{"echo": n + 1})
	v.wantEvents(l, "prospectb2b", map[string]int64{"echo": n + 1, "repeat": 1})

	// A lead that was found there is one, though it is sent there, too: that is what
	// `check` warns about. What comes of it is an echo again.
	v.fire("salesos", salesos.Kind, "lead.created", sosBody("lead.created", salesostest.Lead{"id": "s-1", "contact_name": "Ann Other", "company_name": "Other", "source": "website"}, 3))
	l = v.settle()
	v.wantEvents(l, "salesos", map[string]int64{"echo": n + 2, "leads": 1})
	if got := len(v.sos.Leads()); got != n+1 {
		t.Errorf("%d leads in SalesOS, want %d", got, n+1)
	}
}

// wantNotes checks that every echo names the lead it was created from, which is one
// of Prospektr's.
func (v *vendorRig) wantNotes(each int) {
	v.t.Helper()
	s := v.reader()
	from := map[string]int{}
	for _, e := range v.events() {
		full, err := s.ShowEvent(v.t.Context(), e.ID)
		if err != nil {
			v.t.Fatal(err)
		}
		for _, d := range full.Decisions {
			if d.Outcome != store.OutcomeEcho {
				continue
			}
			id, ok := strings.CutPrefix(d.Note, "this hub created it from ")
			if !ok || d.LeadID != "" || d.Route != "" {
				v.t.Errorf("%s: lead %q, route %q, note %q", store.EventID(e.ID), d.LeadID, d.Route, d.Note)
			}
			from[id]++
		}
	}
	for id, n := range from {
		if n != 2 {
			v.t.Errorf("%d echoes of %s, want one from each vendor", n, id)
		}
	}
	if len(from) != each {
		v.t.Errorf("echoes of %d leads, want %d", len(from), each)
	}
}

// What the payload proves needs no output in the configuration, which may have been
// removed; what only the hub knows does.
func TestEchoWithoutTheOutput(t *testing.T) {
	v := newVendorRig(t)
	v.start(v.config)
	v.post(prospect("p1", "One", "high", "sales@one.example"))
	v.settle()
	v.halt()
	v.start(base)
	row := maps.Clone(v.sos.Leads()[0])
	row["job_title"] = "CEO"
	v.fire("salesos", salesos.Kind, "lead.updated", sosBody("lead.updated", row, 2))
	row["source"] = "edited"
	v.fire("salesos", salesos.Kind, "lead.updated", sosBody("lead.updated", row, 3))
	v.wantEvents(v.settle(), "salesos", map[string]int64{"echo": 2, "leads": 1})
}

// A send whose answer got lost is looked for in SalesOS; where that shows nothing,
// on_ambiguous decides. What SalesOS sends about it is an echo all the same.
func TestLostAnswer(t *testing.T) {
	for _, c := range []struct {
		name        string
		hide        bool
		more        string
		state       store.State
		there, echo int
	}{
		{"it is found", false, "", store.StateAlreadyThere, 1, 1},
		{"it cannot be seen, a person decides", true, ", on_ambiguous: park", store.StatePaused, 1, 1},
		{"it cannot be seen, and is sent again", true, "", store.StateDelivered, 2, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVendorRig(t)
			v.sos.HideSource = c.hide
			v.atSOS.Next(outputtest.Step{Reset: outputtest.AfterCommit})
			text := strings.Replace(v.config, "to: [sos, pb]", "to: [sos]", 1)
			v.start(strings.Replace(text, "retry: [100ms] }", "retry: [100ms]"+c.more+" }", 1))
			v.post(prospect("p1", "One", "high", "sales@one.example"))
			l := v.settle()
			v.wantEvents(l, "salesos", map[string]int64{"echo": int64(c.echo)})
			d := v.deliveries()
			if len(d) != 1 || d[0].State.String() != c.state.String() {
				t.Errorf("deliveries %+v, want one that is %s", d, c.state)
			}
			if got := len(v.sos.Leads()); got != c.there {
				t.Errorf("%d leads in SalesOS, want %d", got, c.there)
			}
		})
	}
}

// ProspectB2B knows the Idempotency-Key again.
func TestLostAnswerWithKey(t *testing.T) {
	v := newVendorRig(t)
	v.pb.Created = nil
	v.atPB.Next(outputtest.Step{Reset: outputtest.AfterCommit}, outputtest.Step{Status: http.StatusServiceUnavailable})
	v.start(strings.Replace(v.config, "to: [sos, pb]", "to: [pb]", 1))
	v.post(prospect("p1", "One", "high", "sales@one.example"))
	v.settle()
	if got := v.pb.Leads(); len(got) != 1 || len(v.atPB.Requests()) != 3 {
		t.Fatalf("%d leads in ProspectB2B after %d requests, want one after 3", len(got), len(v.atPB.Requests()))
	}
	v.fire("prospectb2b", prospectb2b.Kind, "lead.updated", pbBody(v.pb.Leads()[0], "2026-03-05T15:04:05Z"))
	v.wantEvents(v.settle(), "prospectb2b", map[string]int64{"echo": 1})
}

// A lead that changes is created once: later revisions are skipped.
func TestCreatedOnce(t *testing.T) {
	v := newVendorRig(t)
	v.start(v.config)
	for i, name := range []string{"One", "One Inc.", "One Ltd."} {
		v.post(strings.Replace(prospect("p1", name, "high", "sales@one.example"), "2026-04-26T12:34:56", fmt.Sprintf("2026-04-26T12:34:5%d", i), 1))
		l := v.settle()
		for _, output := range []string{"sos", "pb"} {
			want := map[string]int64{"delivered": 1}
			if i > 0 {
				want["skipped"] = int64(i)
			}
			if diff := cmp.Diff(want, ofOutput(l, output).Ended); diff != "" {
				t.Errorf("revision %d to %s (-want +got):\n%s", i+1, output, diff)
			}
		}
	}
	if got := []int{len(v.sos.Leads()), len(v.pb.Leads())}; !slices.Equal(got, []int{1, 1}) {
		t.Errorf("leads in SalesOS and ProspectB2B: %d, want one each", got)
	}
}

// fan is a receiver whose events hold several leads: {"leads":[{"id","source"}]}.
type fan struct{}

func fanKind() receivers.Kind {
	return plugin.Define("fan", "for tests", func() struct{} { return struct{}{} },
		func(struct{}, plugin.Deps) (receivers.Receiver, error) { return fan{}, nil })
}

func (fan) Verify(r *receivers.Request) (receivers.Verified, error) {
	return receivers.Verified{Body: r.Body}, nil
}

func (fan) Parse(r *receivers.Request) (receivers.Event, error) {
	var body struct {
		Leads []struct{ ID, Source, Title string }
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return receivers.Event{}, err
	}
	e := receivers.Event{Name: "fan", Key: string(r.Body)}
	for _, b := range body.Leads {
		e.Leads = append(e.Leads, lead.Lead{
			Kind: lead.KindPerson, Person: &lead.Person{FullName: "Jane " + b.ID, Title: b.Title}, Company: lead.Company{Name: "Acme"},
			Custom: map[string]string{"source": b.Source}, Source: lead.Source{Vendor: "fan", VendorLeadID: b.ID, Event: "fan"},
		})
	}
	return e, nil
}

// An event may hold an echo beside leads that are none: those are routed.
func TestEchoBesideLeads(t *testing.T) {
	v := newVendorRig(t)
	hub := v.startHub(strings.Replace(base, "outputs:", "  fan: { type: fan }\noutputs:", 1))
	mark := lead.SourceMark("ld_" + strings.Repeat("a", 26))
	for _, body := range []string{
		`{"leads":[{"id":"1","source":"` + mark + `"},{"id":"2","source":"web"}]}`,
		`{"leads":[{"id":"1","source":"` + mark + `","title":"CEO"},{"id":"2","source":"web","title":"CEO"}]}`,
		`{"leads":[{"id":"3","source":"` + mark + `"},{"id":"4","source":"` + mark + `"}]}`,
	} {
		req := &receivers.Request{Body: []byte(body), Header: http.Header{}, ReceivedAt: time.Now()}
		if _, err := hub.Accept("fan", req, receivers.Verified{Body: req.Body}); err != nil {
			t.Fatal(err)
		}
		v.settle()
	}
	l := v.settle()
	v.wantEvents(l, "fan", map[string]int64{"leads": 2, "echo": 1})
	if diff := cmp.Diff(map[string]int64{"routed": 2, "echo": 2}, ofReceiver(l, "fan").Leads); diff != "" {
		t.Errorf("leads (-want +got):\n%s", diff)
	}
	for _, d := range v.deliveries() {
		if d.Output == "crm" && d.LeadID == "" {
			t.Errorf("delivery %d has no lead", d.ID)
		}
	}
	if got := v.target.keys(); got != 2 {
		t.Errorf("%d requests to the CRM, want one for each revision of lead 2", got)
	}
}

func TestEchoByMark(t *testing.T) {
	id := "ld_" + strings.Repeat("b", 26)
	for source, want := range map[string]string{
		lead.SourceMark(id): "this hub created it from " + id,
		"leadhub":           "",
		"":                  "",
	} {
		note, ok := pipeline.Echo(&lead.Lead{Custom: map[string]string{"source": source}})
		if note != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", source, note, ok, want)
		}
	}
	if note, ok := pipeline.Echo(&lead.Lead{}); ok {
		t.Errorf("a lead without a source: %q", note)
	}
	seen := map[string]bool{}
	for _, k := range [][]byte{
		pipeline.EchoKey("salesos", "1"), pipeline.EchoKey("salesos", "11"), pipeline.EchoKey("salesos1", "1"),
		pipeline.EchoKey("prospectb2b", "1"), pipeline.EventKey("salesos", "1"),
	} {
		if len(k) != 16 || seen[string(k)] {
			t.Errorf("key %x has %d bytes, or is another's", k, len(k))
		}
		seen[string(k)] = true
	}
}
