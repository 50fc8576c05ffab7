package rules

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
)

// out is what a template of an output sees of jane.
func out() *Input {
	in := jane()
	in.Raw = nil
	in.Lead.ID, in.Lead.Revision = "ld_1", 2
	in.Lead.Owner = &lead.Owner{ID: "ann", Name: "Ann Lee", Email: "ann@us.example", IDs: map[string]string{"hubspot_id": "77"}}
	in.Delivery = &Delivery{ID: "ld_1.r2.x", EventID: "evt_7", Route: "hot", Because: []string{`score >= 80`, "is_new"}, HubURL: "https://hub.example"}
	return in
}

func compileTemplate(t *testing.T, c *Compiler, text string) *Template {
	t.Helper()
	tpl, errs := c.CompileTemplate(text)
	if tpl == nil || len(errs) > 0 {
		t.Fatalf("%s: %+v", text, errs)
	}
	return tpl
}

func TestTemplateValues(t *testing.T) {
	t.Parallel()
	c := NewCompiler(WithLocation(time.FixedZone("", -5*3600))).ForOutputs()
	s := NewScope()
	in := out()
	in.ReceivedAt = time.Date(2026, 3, 2, 15, 0, 0, 0, time.UTC)
	in.Lead.Tags = []string{"fleet", "se"}
	in.Lead.Reasons = nil
	in.Lead.Status = ""
	score := 85
	in.Lead.Score = &score
	in.Lead.Person.FullName = "Jane Doe"
	in.Lead.Person.Emails = []lead.Email{{Value: "jane@acme.com", Type: lead.EmailWork}, {Value: "j@x.org"}}
	in.Lead.Person.Phones = []lead.Phone{{Raw: "407", E164: "+1407"}, {Raw: "12"}}
	in.Lead.Custom = map[string]string{"plan": "gold"}
	s.Reset(in)
	for text, want := range map[string]any{
		"plain":                               "plain",
		"":                                    "",
		"{{ score }}":                         85.0,
		" {{ score }}":                        " 85",
		"{{ score >= 80 }}":                   true,
		"{{ tags }}":                          []any{"fleet", "se"},
		"{{ reasons }}":                       []any{},
		"tags: {{ tags }}":                    "tags: fleet, se",
		"{{ status }}":                        nil,
		"a{{ status }}b":                      "ab",
		`{{ status ?? "none" }}`:              "none",
		`{{ score >= 80 ? "hot" : "warm" }}!`: "hot!",
		`{{ "}}" }} and {{ '{{' }}`:           "}} and {{",
		"{{ full_name }} <{{ email }}>":       "Jane Doe <jane@acme.com>",
		"{{ person.emails }}":                 []any{"jane@acme.com", "j@x.org"},
		"{{ person.phones }}":                 []any{"+1407", "12"},
		"{{ received_at }}":                   "2026-03-02T10:00:00-05:00",
		"{{ id }} {{ revision }} {{ route }}": "ld_1 2 hot",
		"{{ because }}":                       []any{"score >= 80", "is_new"},
		"{{ event_id }}/{{ delivery_id }}":    "evt_7/ld_1.r2.x",
		"{{ hub_url }}/leads/{{ id }}":        "https://hub.example/leads/ld_1",
		"{{ owner.name }} {{ owner.email }}":  "Ann Lee ann@us.example",
		"{{ owner.hubspot_id }}":              "77",
		"{{ owner.salesforce_id }}":           nil,
		"{{ custom.plan }}":                   "gold",
		"}} { } {x}":                          "}} { } {x}",
		"{{ score }}{{ score }}":              "8585",
	} {
		tpl := compileTemplate(t, c, text)
		got, missing, err := tpl.Value(s)
		if err != nil || missing != (got == nil) || !cmp.Equal(got, want) {
			t.Errorf("%s: %#v, %v, %v; want %#v", text, got, missing, err, want)
		}
	}
}

func TestTemplateEscapesValuesOnly(t *testing.T) {
	t.Parallel()
	tpl := compileTemplate(t, NewCompiler().ForOutputs(), "<b>{{ company.name }}</b>{{ status }}")
	s := NewScope()
	in := out()
	in.Lead.Company.Name, in.Lead.Status = "<Acme>", ""
	s.Reset(in)
	got, err := tpl.Render(s, func(v string) string { return "[" + strings.Trim(v, "<>") + "]" })
	if want := "<b>[Acme]</b>[]"; err != nil || got != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	if expr, missing, err := tpl.Missing(s); expr != "status" || !missing || err != nil {
		t.Errorf("missing: %q %v %v", expr, missing, err)
	}
	if diff := cmp.Diff([]Piece{{Literal: "<b>"}, {Expression: "company.name"}, {Literal: "</b>"}, {Expression: "status"}}, tpl.Pieces()); diff != "" {
		t.Error(diff)
	}
}

func TestTemplateMistakes(t *testing.T) {
	t.Parallel()
	c := NewCompiler().ForOutputs()
	for _, m := range []struct {
		text                string
		at                  int
		message, suggestion string
	}{
		{"Hi {{ ful_name }}", 6, "there is no name ful_name", "write full_name"},
		{"ä {{ a }} {{ score }", 5, "there is no name a", ""},
		{"x {{ score", 2, "this {{ is never closed", "add }} where the expression ends"},
		{"{{ }}", 0, "there is no expression between these braces", "write for example {{ company.name }}"},
		{"{% if x %}", 0, "a condition is part of the expression here", `write {{ score >= 80 ? "hot" : "warm" }}`},
		{"{{#if score}}", 2, "a condition is part of the expression here", `write {{ score >= 80 ? "hot" : "warm" }}`},
		{"{{ else }}", 3, "a condition is part of the expression here", `write {{ score >= 80 ? "hot" : "warm" }}`},
		{"{{ .Email }}", 3, "a name has no full stop before it", "write {{ Email }}"},
		{"{{{ email }}}", 2, "two braces are enough: what is put into JSON or a message is escaped for it", "write {{ company.name }}"},
		{"{{ title | upper }}", 9, "there are no filters after a |; functions go around a value", "write {{ upper(title) }}"},
		{`{{ title | default: "x" }}`, 9, "there are no filters after a |; functions go around a value", `write {{ title ?? "x" }}`},
		{`a {{ title + "x }} b`, 13, "the text that begins here is never closed", `add " where it ends`},
		{"{{ raw.data.x }}", 3, "the vendor's payload (raw) is not kept with what is sent: an output sees the lead", "use the lead's names, or custom for the vendor's own fields"},
		{"{{ owner.emial }}", 3, "there is no name owner.emial", "write owner.email"},
		{"{{ company }}", 3, "company is a group of names, not a value: company.name, company.domain, company.website, company.industry, company.segment, …", "write company.name"},
	} {
		tpl, errs := c.CompileTemplate(m.text)
		if tpl != nil || len(errs) == 0 {
			t.Errorf("%s: compiled, %+v", m.text, errs)
			continue
		}
		if e := errs[0]; e.Offset != m.at || e.Message != m.message || m.suggestion != "" && e.Suggestion != m.suggestion {
			t.Errorf("%s: %d %q %q; want %d %q %q", m.text, e.Offset, e.Message, e.Suggestion, m.at, m.message, m.suggestion)
		}
	}
	if _, errs := c.ForNotices().CompileTemplate("{{ company.name }} {{ event }}"); len(errs) != 1 || errs[0].Offset != 3 {
		t.Errorf("a notice has no company: %+v", errs)
	}
	if tpl, errs := c.CompileTemplate(strings.Repeat("x", MaxTemplate+1)); tpl != nil || len(errs) != 1 {
		t.Errorf("too long: %+v", errs)
	}
	if _, errs := NewCompiler().Compile([]string{"revision > 1"}, false); len(errs) == 0 {
		t.Error("a condition of a route cannot know the revision")
	}
}

func TestTemplateRunTimeError(t *testing.T) {
	t.Parallel()
	tpl := compileTemplate(t, NewCompiler().ForOutputs(), "x {{ score / (score - score) }}")
	s := NewScope()
	s.Reset(out())
	want := "{{ score / (score - score) }}: division by zero"
	if _, _, err := tpl.Value(s); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if _, err := tpl.Render(s, nil); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// FuzzTemplate: no panic, mistakes inside the text, and what is not between braces
// is passed on as it is.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{
		"Hi {{ full_name }}", `{{ "}}" }}`, "{{{{", "{{ a ? b : c }} }}", "{{`", "{{ '\\' }}'}}", "a{{score}}b{{tags}}c", "{% x %}", "{{ title | default: 'x' }}", "ä{{ }}",
	} {
		f.Add(s)
	}
	c, s := NewCompiler().ForOutputs(), NewScope()
	f.Fuzz(func(t *testing.T, text string) {
		tpl, errs := c.CompileTemplate(text)
		bad := false
		for _, e := range errs {
			bad = bad || !e.Warning
			if e.Offset < 0 || e.Offset > utf8.RuneCountInString(text) || e.Message == "" || strings.ContainsAny(e.Message, "\n\r") {
				t.Errorf("%q: %+v", text, e)
			}
		}
		if bad != (tpl == nil) {
			t.Fatalf("%q: %v, %+v", text, tpl, errs)
		}
		if bad {
			return
		}
		joined := ""
		for _, p := range tpl.Pieces() {
			joined += p.Literal
		}
		if !IsTemplate(text) && joined != text {
			t.Errorf("%q became %q", text, joined)
		}
		for _, in := range []*Input{out(), bare(), {Vendor: "v"}} {
			s.Reset(in)
			got, err := tpl.Render(s, func(string) string { return "" })
			if err == nil && got != joined {
				t.Errorf("%q: %q around the values, want %q", text, got, joined)
			}
			if _, _, err := tpl.Value(s); err != nil && strings.Contains(err.Error(), "unexpected failure") {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}

// docs/templates.md names what templates can use beside the names of rules.
func TestDocumentedTemplateNames(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "docs", "templates.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range OutputVocabulary() {
		if !strings.Contains(string(raw), "`"+n.Name+"`") {
			t.Errorf("docs/templates.md does not have %s", n.Name)
		}
	}
}
