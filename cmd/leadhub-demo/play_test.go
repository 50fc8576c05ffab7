package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/config"
	"leadhub/internal/hub"
	"leadhub/lead"
	outputsall "leadhub/outputs/all"
	receiversall "leadhub/receivers/all"
	transformsall "leadhub/transforms/all"
)

func TestJudgeNotesWhatShouldNotHappen(t *testing.T) {
	leads := func(outcome string) []hub.LeadOutcome { return []hub.LeadOutcome{{Outcome: outcome, Note: "why"}} }
	delivery := func(state string) []hub.DeliveryItem {
		return []hub.DeliveryItem{{Output: "slack", Target: "#hot", State: state, Note: "why"}}
	}
	event := func(outcome string, l []hub.LeadOutcome, d []hub.DeliveryItem) *hub.EventDetail {
		return &hub.EventDetail{EventItem: hub.EventItem{ID: "evt_1", Outcome: outcome, Note: "why", Leads: l}, Deliveries: d}
	}
	for _, tt := range []struct {
		name  string
		again bool
		event *hub.EventDetail
		want  []string
	}{
		{"delivered", false, event("leads", leads("routed"), delivery("delivered")), nil},
		{"already there", false, event("leads", leads("routed"), delivery("already there")), nil},
		{"suppressed", false, event("leads", leads("suppressed"), nil), nil},
		{"notice", false, event("notice", nil, nil), nil},
		{"test", false, event("test", leads("test"), nil), nil},
		{"repeat of itself", true, event("repeat", nil, nil), nil},
		{"waiting", false, event("waiting", nil, nil), []string{"v/p (evt_1) was not routed within 15s"}},
		{"unmapped", false, event("unmapped", nil, nil), []string{"v/p (evt_1) could not be read: why"}},
		{"held", false, event("leads", leads("held"), nil), []string{"v/p: a lead is held: why"}},
		{"refused", false, event("leads", leads("routed"), delivery("refused")), []string{"v/p: the delivery to slack #hot is refused: why"}},
		{"still waiting", false, event("leads", leads("routed"), delivery("waiting")), []string{"v/p: the delivery to slack #hot is waiting: why"}},
		{"unexpected repeat", false, event("repeat", nil, nil), []string{"v/p (evt_1) was taken for a repeat of another payload"}},
		{"not a repeat", true, event("leads", leads("routed"), delivery("delivered")), []string{"v/p was sent twice and the second was taken for something new: leads"}},
	} {
		d := &demo{}
		d.judge(sent{name: "v/p", again: tt.again}, tt.event)
		if diff := cmp.Diff(tt.want, d.problems); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestPrinterTellsRouteAndReason(t *testing.T) {
	score := 90
	l := &lead.Lead{
		ID: "ld_a", LeadPotential: lead.PotentialHigh, Score: &score,
		Person:  &lead.Person{FullName: "Jane Doe", Title: "CTO"},
		Company: lead.Company{Name: "Acme", Address: lead.Address{City: "Orlando", Region: "FL"}},
	}
	slack := newTestSlack(true)
	slack.messages = []slackMessage{{Channel: "#hot", TS: "17.000001", Text: "Jane <!here>"}}
	var out bytes.Buffer
	p := &printer{w: &out}
	p.event(&hub.EventDetail{
		EventItem: hub.EventItem{ID: "evt_1", Outcome: "leads", Leads: []hub.LeadOutcome{{Lead: "ld_a", Name: "Jane Doe", Revision: 2, Outcome: "routed", Route: "hot"}}},
		Deliveries: []hub.DeliveryItem{
			{ID: "ld_a.1", Lead: "ld_a", Output: "slack", Target: "#hot", State: "delivered", Tries: 2, RemoteID: "#hot/17.000001"},
			{ID: "ld_a.2", Lead: "ld_a", Output: "crm", State: "refused", Note: "422 Unprocessable Entity", Tries: 1},
		},
	}, &hub.Explanation{
		Event: &hub.EventSummary{Name: "lead.created"},
		Stories: []hub.Story{{Lead: l, Outcome: "routed", Route: "hot", Routes: []hub.Step{
			{Name: "early", Result: hub.StepNotMatched},
			{Name: "hot", Result: hub.StepMatched, Clauses: []hub.Clause{
				{Text: `lead_potential == "high"`, Result: "true", Saw: []hub.Saw{{Name: "lead_potential", Value: "high"}}},
			}},
		}}},
	}, map[string][]int{"ld_a.1": {429}}, slack)
	want := `   event     lead.created, 1 lead
   lead      Jane Doe, CTO, Acme, Orlando FL, potential high, score 90 (revision 2)
   route     routed by hot, because lead_potential == "high" (lead_potential is high)
   →         ✓ slack #hot: delivered at try 2, after 429 Too Many Requests
             │ Jane !here
   →         ✗ crm: refused: 422 Unprocessable Entity
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestPrinterFitsItsWidth(t *testing.T) {
	var out bytes.Buffer
	p := &printer{w: &out}
	long := strings.Repeat("a long story ", 40)
	p.row("route", long)
	p.delivery(&hub.DeliveryItem{Output: "crm", State: "refused", Note: long}, nil, newTestSlack(true))
	p.verdict([]string{long}, 0)
	p.standing("Slack has", standing{lines: []string{long}})
	for l := range strings.Lines(out.String()) {
		if n := len([]rune(strings.TrimRight(l, "\n"))); n > lineWidth {
			t.Errorf("%d characters: %s", n, l)
		}
	}
}

func TestCleanDefusesTerminals(t *testing.T) {
	if got := clean("a\x1b[31m\u202eb\nc"); got != "a\uFFFD[31m\uFFFDb c" {
		t.Errorf("%q", got)
	}
}

// The demo is what people copy from: its configuration has neither errors nor warnings.
func TestDemoConfigurationIsFine(t *testing.T) {
	set := func(name string) (string, bool) {
		switch {
		case strings.HasSuffix(name, "_URL"):
			return "http://127.0.0.1:1/x", true
		case name == "DEMO_LISTEN" || name == "DEMO_ADMIN":
			return "127.0.0.1:" + map[string]string{"DEMO_LISTEN": "1", "DEMO_ADMIN": "2"}[name], true
		case name == "DEMO_CRM_SECRET":
			return testSecret, true
		case name == "DEMO_SLACK_TOKEN":
			return "xoxb-demo", true
		default:
			return "a-secret-for-" + name, true
		}
	}
	kinds := config.Kinds{Receivers: receiversall.Kinds(), Outputs: outputsall.Kinds(), Transforms: transformsall.Chain, Cleaners: transformsall.Cleaners()}
	c, problems := config.Parse("demo.yaml", demoYAML, kinds, config.Options{
		Getenv: set, Offline: true, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	for _, p := range problems {
		t.Error(p)
	}
	if c == nil || len(c.Receivers) != 4 || len(c.Outputs) != 3 {
		t.Fatalf("read as %+v", c)
	}
}

func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-hub", "no/such/file"}, "run `make demo` in leadhub's folder"},
		{[]string{"-hub", ".", "-testdata", ".", "what"}, `"what" is one word too many`},
		{[]string{"-nope"}, "flag provided but not defined"},
	} {
		var stderr bytes.Buffer
		if code := run(t.Context(), tt.args, &bytes.Buffer{}, &stderr); code != exitUsage || !strings.Contains(stderr.String(), tt.want) {
			t.Errorf("%q: code %d, %s", tt.args, code, stderr.String())
		}
	}
}
