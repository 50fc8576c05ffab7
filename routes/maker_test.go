package routes

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/rules"
)

func maker(t *testing.T, text string, fallback bool) *Maker {
	t.Helper()
	tpl, errs := rules.NewCompiler().CompileTemplate(text)
	if tpl == nil {
		t.Fatal(errs)
	}
	return &Maker{Text: tpl, Default: fallback, Fit: func(text string) (string, error) {
		if strings.Contains(text, " ") {
			return "", errors.New("no channel has a space")
		}
		return strings.ToLower(text), nil
	}}
}

func TestMakers(t *testing.T) {
	t.Parallel()
	const text = "#{{ company.region }}-leads"
	route := func(name string, more bool, m *Maker) Route {
		return Route{Name: name, Continue: more, To: []Target{{"slack", text}, {"crm", ""}}, Makers: []*Maker{m}}
	}
	last := Route{Name: "rest", To: []Target{{"triage", ""}}}
	for name, c := range map[string]struct {
		region string
		table  Table
		want   Decision
	}{
		"made": {"FL", Table{Routes: []Route{route("hot", false, maker(t, text, false)), last}}, Decision{
			Outcome: Routed, Route: "hot", Targets: []Target{{"slack", "#fl-leads"}, {"crm", ""}},
		}},
		"missing, with a default": {"", Table{Routes: []Route{route("hot", false, maker(t, text, true)), last}}, Decision{
			Outcome: Routed, Route: "hot", Targets: []Target{{"slack", ""}, {"crm", ""}},
			Errors: []string{"route hot: slack " + text + ": company.region is missing; sent to the default target of slack"},
		}},
		"missing": {"", Table{Routes: []Route{route("hot", false, maker(t, text, false)), last}}, Decision{
			Outcome: Routed, Route: "hot", Targets: []Target{{"crm", ""}, {"triage", ""}},
			Errors: []string{"route hot: slack " + text + ": company.region is missing; sent where the last route sends (rest)"},
		}},
		"unfit": {"New York", Table{Routes: []Route{route("hot", false, maker(t, text, false)), last}}, Decision{
			Outcome: Routed, Route: "hot", Targets: []Target{{"crm", ""}, {"triage", ""}},
			Errors: []string{"route hot: slack " + text + ": no channel has a space; sent where the last route sends (rest)"},
		}},
		"nowhere left": {"", Table{Routes: []Route{{Name: "all", To: []Target{{"slack", text}}, Makers: []*Maker{maker(t, text, false)}}}}, Decision{
			Outcome: Held, Route: "all", Reason: "no target could be made of its values: slack " + text + ": company.region is missing",
			Errors: []string{"route all: slack " + text + ": company.region is missing; not sent there"},
		}},
		"twice the same": {"FL", Table{Routes: []Route{
			route("hot", true, maker(t, text, false)), {Name: "again", To: []Target{{"slack", "#fl-leads"}}},
		}}, Decision{Outcome: Routed, Route: "again", Targets: []Target{{"slack", "#fl-leads"}, {"crm", ""}}}},
	} {
		s := rules.NewScope()
		s.Reset(&rules.Input{Lead: &lead.Lead{Company: lead.Company{Address: lead.Address{Region: c.region}}}})
		got := c.table.Decide(s)
		got.Trace, got.Matched = nil, nil
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestMakersOfTestsAndNotices(t *testing.T) {
	t.Parallel()
	table := Table{
		Tests:   &Route{Name: "tests", To: []Target{{"slack", "x"}}, Makers: []*Maker{maker(t, "#{{ company.region }}", false)}},
		Routes:  []Route{{Name: "rest", To: []Target{{"triage", ""}}}},
		Notices: []Route{{Name: "n", To: []Target{{"slack", "y"}}, Makers: []*Maker{maker(t, "#{{ event }}", false)}}},
	}
	s := rules.NewScope()
	s.Reset(&rules.Input{Lead: &lead.Lead{}, IsTest: true})
	if d := table.Decide(s); d.Outcome != Test || len(d.Targets) != 0 || len(d.Errors) != 1 {
		t.Errorf("a test must not reach the last route: %+v", d)
	}
	s.Reset(&rules.Input{Event: "campaign.created"})
	if d := table.DecideNotice(s); len(d.Targets) != 1 || d.Targets[0] != (Target{"slack", "#campaign.created"}) {
		t.Errorf("%+v", d)
	}
}

// What Sent reads from a trace is what Decide did.
func TestSent(t *testing.T) {
	t.Parallel()
	c := rules.NewCompiler()
	when := func(text string) *rules.Rule {
		r, errs := c.Compile([]string{text}, false)
		if len(errs) > 0 {
			t.Fatal(errs[0])
		}
		return r
	}
	table := Table{
		Tests: &Route{Name: "tests", When: when(`email endsWith "@example.com" or title == "x"`)},
		Routes: []Route{
			{Name: "a", When: when(`score >= 80 or (title == "VP" and score > 10)`), Continue: true, To: []Target{{"a", ""}}},
			{Name: "b", When: when(`score / (score - 50) > 1000`), Continue: true, OnError: OnErrorFallback, To: []Target{{"b", ""}}},
			{Name: "c", When: when(`score < 20`), Suppresses: true, Suppress: "low"},
			{Name: "rest", To: []Target{{"rest", ""}}},
		},
	}
	for score, want := range map[int][]string{90: {"a", "rest"}, 50: {"rest"}, 10: nil, 30: {"rest"}} {
		s := rules.NewScope()
		s.Reset(&rules.Input{Lead: &lead.Lead{Score: &score}})
		d := table.Decide(s)
		if diff := cmp.Diff(want, table.Sent(d.Trace, false)); diff != "" {
			t.Errorf("%d: %s (%+v)", score, diff, d)
		}
	}
	if got := table.Sent(nil, false); got != nil {
		t.Errorf("of no trace: %v", got)
	}
}
