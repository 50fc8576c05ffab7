package routes

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
	"leadhub/rules"
)

func rule(t testing.TB, clauses ...string) *rules.Rule {
	t.Helper()
	r, errs := rules.NewCompiler().Compile(clauses, false)
	for _, e := range errs {
		if !e.Warning {
			t.Fatalf("%q: %v", clauses, e)
		}
	}
	return r
}

func to(outputs ...string) []Target {
	var out []Target
	for _, o := range outputs {
		name, target, _ := strings.Cut(o, ":")
		out = append(out, Target{Output: name, Target: target})
	}
	return out
}

// failing errors on every lead with a score of 85.
const failing = `1 / (score - 85) > 0`

func scope(in rules.Input, l *lead.Lead) *rules.Scope {
	in.Lead = l
	s := rules.NewScope()
	s.Reset(&in)
	return s
}

func sample() *lead.Lead {
	return &lead.Lead{
		LeadPotential: lead.PotentialHigh, Score: new(85),
		Person:  &lead.Person{Title: "VP Sales", Emails: []lead.Email{{Value: "jane@acme.com", Type: lead.EmailWork}}},
		Company: lead.Company{Domain: "acme.com", Address: lead.Address{Region: "FL"}},
	}
}

func TestDecide(t *testing.T) {
	last := Route{Name: "everything-else", To: to("triage")}
	hot := Route{Name: "hot", When: rule(t, `lead_potential == "high"`, `score >= 80`), To: to("slack:#hot", "crm")}
	cold := Route{Name: "cold", When: rule(t, `lead_potential == "low"`), To: to("file")}
	suppress := Route{Name: "customers", When: rule(t, `company.domain == "acme.com"`), Suppresses: true, Suppress: "existing customer"}
	copied := Route{Name: "archive", When: rule(t, `has(score)`), To: to("file", "crm"), Continue: true}
	erring := func(o OnError) Route {
		return Route{Name: "erring", When: rule(t, `is_new or true`, failing), To: to("x"), OnError: o}
	}
	const reason = "the rule of route erring errored: " + failing + ": division by zero"
	const line = "route erring: " + failing + ": division by zero; "
	tests := []struct {
		name   string
		routes []Route
		want   Decision
	}{
		{"the first match wins", []Route{cold, hot, suppress, last}, Decision{Outcome: Routed, Route: "hot", Matched: []string{"hot"}, Targets: to("slack:#hot", "crm")}},
		{"the last route", []Route{cold, last}, Decision{Outcome: Routed, Route: "everything-else", Matched: []string{"everything-else"}, Targets: to("triage")}},
		{"continue", []Route{copied, cold, hot, last}, Decision{Outcome: Routed, Route: "hot", Matched: []string{"archive", "hot"}, Targets: to("file", "crm", "slack:#hot")}},
		{"continue to the end", []Route{copied}, Decision{Outcome: Routed, Route: "archive", Matched: []string{"archive"}, Targets: to("file", "crm")}},
		{"suppress", []Route{suppress, hot, last}, Decision{Outcome: Suppressed, Route: "customers", Matched: []string{"customers"}, Reason: "existing customer"}},
		{"suppress after continue", []Route{copied, suppress, last}, Decision{
			Outcome: Routed, Route: "customers", Matched: []string{"archive", "customers"}, Targets: to("file", "crm"), Reason: "existing customer",
		}},
		{"no route at all", []Route{cold}, Decision{Outcome: Held, Reason: "no route matched"}},
		{"a target named twice", []Route{{Name: "twice", To: to("crm", "crm", "slack:#a", "slack:#b", "slack:#a")}}, Decision{
			Outcome: Routed, Route: "twice", Matched: []string{"twice"}, Targets: to("crm", "slack:#a", "slack:#b"),
		}},
		{"an error: fallback by default", []Route{erring(""), hot, last}, Decision{
			Outcome: Routed, Route: "everything-else", Targets: to("triage"), Errors: []string{line + "sent where the last route sends (everything-else)"},
		}},
		{"an error after continue", []Route{copied, erring(OnErrorFallback), hot, last}, Decision{
			Outcome: Routed, Route: "everything-else", Matched: []string{"archive"}, Targets: to("file", "crm", "triage"),
			Errors: []string{line + "sent where the last route sends (everything-else)"},
		}},
		{"an error: next", []Route{erring(OnErrorNext), hot, last}, Decision{
			Outcome: Routed, Route: "hot", Matched: []string{"hot"}, Targets: to("slack:#hot", "crm"), Errors: []string{line + "went on with the next route"},
		}},
		{"an error: hold", []Route{copied, erring(OnErrorHold), hot, last}, Decision{
			Outcome: Held, Route: "erring", Matched: []string{"archive"}, Reason: reason, Errors: []string{line + "held"},
		}},
		{"an error of a suppressing route holds", []Route{{Name: "erring", When: rule(t, failing), Suppresses: true}, last}, Decision{
			Outcome: Held, Route: "erring", Reason: reason, Errors: []string{line + "held"},
		}},
		{"no fallback into a suppression", []Route{erring(""), {Name: "rest", Suppresses: true, Suppress: "no use"}}, Decision{
			Outcome: Held, Route: "erring", Reason: reason, Errors: []string{line + "held, because the last route sends nowhere"},
		}},
		{"no fallback from the last route", []Route{cold, erring("")}, Decision{
			Outcome: Held, Route: "erring", Reason: reason, Errors: []string{line + "held, because the last route sends nowhere"},
		}},
	}
	for _, test := range tests {
		table := &Table{Routes: test.routes}
		got := table.Decide(scope(rules.Input{}, sample()))
		got.Trace = nil
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestTests(t *testing.T) {
	last := Route{Name: "everything-else", To: to("triage")}
	hot := Route{Name: "hot", When: rule(t, `score > 3`), To: to("crm")}
	section := &Route{When: rule(t, `email endsWith "@acme.com"`), To: to("file", "stdout")}
	none := &Route{To: to("file")}
	other := &Route{When: rule(t, `email endsWith "@example.com"`), To: to("file")}
	broken := &Route{When: rule(t, failing), To: to("file")}
	toTests := func(targets ...string) Decision {
		return Decision{Outcome: Test, Route: "tests", Targets: to(targets...)}
	}
	live := Decision{Outcome: Routed, Route: "hot", Matched: []string{"hot"}, Targets: to("crm")}
	erred := live
	erred.Errors = []string{"tests: " + failing + ": division by zero; it counts as no test by this rule"}
	tests := []struct {
		name   string
		tests  *Route
		marked bool
		isTest bool
		want   Decision
	}{
		{"no section", nil, false, false, live},
		{"no section, marked", nil, true, false, Decision{Outcome: Test}},
		{"no condition", none, false, false, live},
		{"no condition, marked", none, true, false, toTests("file")},
		{"it matches", section, false, true, toTests("file", "stdout")},
		{"it does not", other, false, false, live},
		{"it does not, marked", other, true, false, toTests("file")},
		{"it errors", broken, false, false, erred},
	}
	for _, test := range tests {
		table := &Table{Tests: test.tests, Routes: []Route{hot, last}}
		s := scope(rules.Input{IsTest: test.marked}, sample())
		isTest, err := table.IsTest(s)
		if isTest != test.isTest || (err != nil) != (test.name == "it errors") {
			t.Errorf("%s: IsTest: %v, %v", test.name, isTest, err)
		}
		got := table.Decide(s)
		trace := table.Explain(got.Trace, s)
		got.Trace = nil
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
		for _, r := range trace {
			if r.Name != "tests" && r.Reached && got.Outcome == Test {
				t.Errorf("%s: a test lead reached route %s", test.name, r.Name)
			}
		}
	}
}

func TestDecideNotice(t *testing.T) {
	notice := func(clauses ...string) *rules.Rule {
		r, errs := rules.NewCompiler().Compile(clauses, true)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		return r
	}
	table := &Table{
		Tests:  &Route{When: rule(t, `email endsWith "@example.com"`, `score > 3`), To: to("file")},
		Routes: []Route{{Name: "all", To: to("crm")}},
		Notices: []Route{
			{When: notice(`1 / raw.zero > 0`), To: to("never")},
			{Name: "held", When: notice(`event == "hold"`, `1 / raw.zero > 0`), OnError: OnErrorHold},
			{When: notice(`event startsWith "campaign."`), To: to("slack:#marketing"), Continue: true},
			{Name: "quiet", When: notice(`event == "campaign.quiet"`), Suppresses: true, Suppress: "noise"},
			{Name: "vendor", When: notice(`vendor == "prospectb2b"`), To: to("file")},
		},
	}
	zero := func() any { return map[string]any{"zero": 0.0} }
	tests := []struct {
		name string
		in   rules.Input
		want Decision
	}{
		{"no match", rules.Input{Event: "import.completed"}, Decision{Outcome: Notice}},
		{"two matches", rules.Input{Event: "campaign.created", Vendor: "prospectb2b"}, Decision{
			Outcome: Notice, Route: "vendor", Matched: []string{"", "vendor"}, Targets: to("slack:#marketing", "file"),
		}},
		{"suppressed", rules.Input{Event: "campaign.quiet"}, Decision{
			Outcome: Notice, Route: "quiet", Matched: []string{"", "quiet"}, Targets: to("slack:#marketing"), Reason: "noise",
		}},
		{"test", rules.Input{Event: "campaign.created", IsTest: true}, Decision{Outcome: Test, Route: "tests", Targets: to("file")}},
		{"an error goes on", rules.Input{Event: "import.failed", Vendor: "prospectb2b", Raw: zero}, Decision{
			Outcome: Notice, Route: "vendor", Matched: []string{"vendor"}, Targets: to("file"),
			Errors: []string{"notice 1: 1 / raw.zero > 0: division by zero; went on with the next one"},
		}},
		{"an error holds", rules.Input{Event: "hold", Raw: zero}, Decision{
			Outcome: Held, Route: "held", Reason: "the rule of notice held errored: 1 / raw.zero > 0: division by zero",
			Errors: []string{
				"notice 1: 1 / raw.zero > 0: division by zero; went on with the next one",
				"notice held: 1 / raw.zero > 0: division by zero; held",
			},
		}},
	}
	for _, test := range tests {
		s := scope(test.in, nil)
		if isTest, err := table.IsTest(s); isTest || err != nil {
			t.Errorf("%s: IsTest: %v, %v", test.name, isTest, err)
		}
		got := table.DecideNotice(s)
		trace := table.Explain(got.Trace, s)
		if len(trace) != 1+len(table.Notices) || trace[2].Name != "held" {
			t.Errorf("%s: explained as %+v", test.name, trace)
		}
		got.Trace = nil
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestExplainJSON(t *testing.T) {
	table := &Table{
		Tests: &Route{When: rule(t, `email endsWith "@example.com"`), To: to("file")},
		Routes: []Route{
			{Name: "customers", When: rule(t, `company.country == "DE" or company.domain in ["acme.de"]`), Suppresses: true},
			{Name: "erring", When: rule(t, `is_new or score > 3`, failing), To: to("x")},
			{Name: "hot", When: rule(t, `is_new`), To: to("crm")},
			{Name: "rest", To: to("triage")},
		},
	}
	s := scope(rules.Input{}, sample())
	d := table.Decide(s)
	got, err := json.MarshalIndent(table.Explain(d.Trace, s), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const want = `[
 {"name":"tests","reached":true,"matched":false,"result":"false","clauses":[
  {"text":"email endsWith \"@example.com\"","result":"false","leaves":[
   {"text":"email endsWith \"@example.com\"","result":"false","values":[{"name":"email","value":"\"jane@acme.com\""}]}]}]},
 {"name":"customers","reached":true,"matched":false,"result":"missing","suppresses":true,"clauses":[
  {"text":"company.country == \"DE\" or company.domain in [\"acme.de\"]","result":"missing","leaves":[
   {"text":"company.country == \"DE\"","result":"missing","values":[{"name":"company.country","missing":true}]},
   {"text":"company.domain in [\"acme.de\"]","result":"false","values":[{"name":"company.domain","value":"\"acme.com\""}]}]}]},
 {"name":"erring","reached":true,"matched":false,"result":"not reached","error":"1 / (score - 85) \u003e 0: division by zero","clauses":[
  {"text":"is_new or score \u003e 3","result":"true","leaves":[
   {"text":"is_new","result":"false","values":[{"name":"is_new","value":"false"}]},
   {"text":"score \u003e 3","result":"true","values":[{"name":"score","value":"85"}]}]},
  {"text":"1 / (score - 85) \u003e 0","result":"not reached","leaves":[
   {"text":"1 / (score - 85) \u003e 0","result":"not reached"}]}]},
 {"name":"hot","reached":false,"matched":false,"result":"not reached","clauses":[
  {"text":"is_new","result":"not reached","leaves":[{"text":"is_new","result":"not reached"}]}]},
 {"name":"rest","reached":false,"matched":false,"result":"not reached","fallback":true,"clauses":[]}]`
	var a, b any
	if err := json.Unmarshal([]byte(want), &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got, &b); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestUnreachable(t *testing.T) {
	table := &Table{
		Routes: []Route{
			{Name: "hot", When: rule(t, `score >= 80`)},
			{Name: "copy", When: rule(t, `is_new`), Continue: true},
			{Name: "hotter", When: rule(t, `score >= 90`, `is_new`)},
			{Name: "new", When: rule(t, `is_new`)},
			{Name: "new again", When: rule(t, `title == "x"`, `is_new`)},
			{Name: "nonsense", When: rule(t, `lead_potential == "high" and lead_potential == "low"`)},
			{Name: "all", When: rule(t, `true`)},
			{Name: "late", When: rule(t, `score < 10`)},
			{Name: "rest"},
		},
		Notices: []Route{{}, {Name: "late"}},
	}
	want := []UnreachableRoute{
		{2, "hot", "whatever matches it matches route hot before it"},
		{4, "new", "whatever matches it matches route new before it"},
		{5, "", "its conditions can never all be true"},
		{7, "all", "the condition of route all before it is always true: it takes everything"},
		{8, "all", "the condition of route all before it is always true: it takes everything"},
	}
	if diff := cmp.Diff(want, table.Unreachable()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = []UnreachableRoute{{1, "", "notice 1 before it has no `when` and takes everything"}}
	if diff := cmp.Diff(want, table.UnreachableNotices()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
