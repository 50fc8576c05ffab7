package fieldmap_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/lead"
	"leadhub/outputs"
	"leadhub/outputs/internal/fieldmap"
	"leadhub/outputs/internal/template"
	"leadhub/outputs/outputtest"
	"leadhub/rules"
)

func compile(t *testing.T, text string, can ...fieldmap.Write) (*fieldmap.Fields, error) {
	t.Helper()
	var m fieldmap.Map
	if err := yaml.Load([]byte(text), &m); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if len(can) == 0 {
		can = []fieldmap.Write{fieldmap.Always, fieldmap.IfEmpty, fieldmap.OnCreate}
	}
	return m.Compile(rules.NewCompiler().ForOutputs(), "fields", can...)
}

func object(t *testing.T, f *fieldmap.Fields, d *outputs.Delivery) string {
	t.Helper()
	var scopes template.Scopes
	s := scopes.Get(d)
	defer scopes.Put(s)
	o, err := f.Object(s.Scope)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := template.AppendJSON(nil, o)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// The map of CONFIG, as people write it.
const crm = `
jobtitle:         { from: title, write: if_empty }
hubspot_owner_id: { from: owner.hubspot_id, write: on_create }
hs_lead_status:   { from: status, map: { qualified: NEW }, else: omit }
lead_source:      { value: "leadhub" }
why:              { template: "{{ assigned_because }}" }
email: email
score: score
note: "{{ full_name }} at {{ company.name }}"
priority: { from: 'lead_potential', map: { high: 1, medium: 2 }, else: 3 }
kept: { from: status, map: { other: x }, else: keep }
list: tags
none: custom.none
`

func TestFields(t *testing.T) {
	t.Parallel()
	f, err := compile(t, crm)
	if err != nil {
		t.Fatal(err)
	}
	d := outputtest.LeadDelivery(1, "")
	d.Lead.Owner = &lead.Owner{ID: "ann", IDs: map[string]string{"hubspot_id": "77"}}
	want := `{"jobtitle":"VP Operations","hubspot_owner_id":"77","hs_lead_status":"NEW","lead_source":"leadhub","email":"jane@acme.com",` +
		`"score":85,"note":"Jane Doe at Acme & Sons","priority":1,"kept":"qualified","list":["fleet"]}`
	if got := object(t, f, d); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	d.Lead.Status, d.Lead.LeadPotential, d.Lead.Tags = "nurturing", lead.PotentialLow, nil
	d.Lead.Owner, d.Lead.Score = nil, nil
	want = `{"jobtitle":"VP Operations","lead_source":"leadhub","email":"jane@acme.com","note":"Jane Doe at Acme & Sons","priority":3,"kept":"nurturing"}`
	if got := object(t, f, d); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	var scopes template.Scopes
	s := scopes.Get(d)
	defer scopes.Put(s)
	values, err := f.Values(s.Scope)
	if err != nil || values[0].Write != fieldmap.IfEmpty || values[1].Write != fieldmap.Always {
		t.Errorf("%+v, %v", values, err)
	}
}

func TestWithKeepsTheOrder(t *testing.T) {
	t.Parallel()
	base, err := compile(t, `{a: email, b: score, c: title}`)
	if err != nil {
		t.Fatal(err)
	}
	over, err := compile(t, `{d: { value: 1 }, b: { value: 2 }}`)
	if err != nil {
		t.Fatal(err)
	}
	both := base.With(over)
	if diff := cmp.Diff([]string{"a", "b", "c", "d"}, both.Names()); diff != "" {
		t.Error(diff)
	}
	if got := object(t, both, outputtest.LeadDelivery(1, "")); got != `{"a":"jane@acme.com","b":2,"c":"VP Operations","d":1}` {
		t.Error(got)
	}
	if got := object(t, base, outputtest.LeadDelivery(1, "")); got != `{"a":"jane@acme.com","b":85,"c":"VP Operations"}` {
		t.Errorf("the output's own map changed: %s", got)
	}
	if (*fieldmap.Fields)(nil).With(over) != over {
		t.Error("without a map of the output's own")
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]plugin.FieldError{
		`{a: leadhub}`:                         {Field: "fields.a", Message: "there is no name leadhub", Suggestion: `a fixed text is written { value: "leadhub" }`},
		`{a: titel}`:                           {Field: "fields.a", Message: "there is no name titel", Suggestion: "write title"},
		`{a: 5}`:                               {Field: "fields.a", Message: "a fixed value is written with `value`", Suggestion: "write { value: 5 }"},
		`{a: [x]}`:                             {Field: "fields.a", Message: "a field gets one value", Suggestion: "for a fixed list write { value: [...] }"},
		`{a: {{ title }}}`:                     {Field: "fields.a", Message: "an unquoted {{ starts a group of keys in YAML", Suggestion: template.QuotesAdvice},
		`{a: "x {{ titel }}"}`:                 {Field: "fields.a", Offset: 5, Message: "there is no name titel", Suggestion: "write title"},
		`{a: { form: title }}`:                 {Field: "fields.a.form", AtKey: true, Message: "a field has no key form", Suggestion: "did you mean `from`?"},
		`{a: { from: title, value: x }}`:       {Field: "fields.a.value", AtKey: true, Message: "a field gets its value from one place: from or value", Suggestion: "keep one of them"},
		`{a: { write: always }}`:               {Field: "fields.a", AtKey: true, Message: "where does its value come from?", Suggestion: "write from: and a name of the lead, value: or template:"},
		`{a: { from: "{{ title }}" }}`:         {Field: "fields.a.from", Message: "from names a value, without braces", Suggestion: "write template: for a text with {{ }}"},
		`{a: { value: "{{ title }}" }}`:        {Field: "fields.a.value", Message: "value is fixed; it is sent as it stands", Suggestion: "write template: for a text with {{ }}"},
		`{a: { from: title, write: if_empy }}`: {Field: "fields.a.write", Message: "this is no way to write a field", Suggestion: "did you mean `if_empty`?"},
		`{a: { from: title, else: x }}`:        {Field: "fields.a.else", AtKey: true, Message: "else belongs to a map, and there is none", Suggestion: `write ?? for what is missing: from: status ?? "new"`},
		`{a: { value: x, map: { x: y } }}`:     {Field: "fields.a.map", AtKey: true, Message: "value is fixed, so there is nothing to map", Suggestion: "use from"},
		`{a: { from: status, map: [x] }}`:      {Field: "fields.a.map", Message: "map takes the lead's values, each with what it becomes", Suggestion: "write for example map: { qualified: NEW }"},
		`{a: { from: lead_potential, map: { hihg: 1 } }}`: {
			Field: "fields.a.map.hihg", AtKey: true, Message: "lead_potential has no value hihg", Suggestion: "did you mean `high`?",
		},
		`{a: { from: status, map: { x: [1] } }}`: {Field: "fields.a.map.x", Message: "this takes one fixed value"},
		`{"{{ x }}": title}`:                     {Field: "fields.{{ x }}", AtKey: true, Message: "the name of a field cannot hold {{ }}", Suggestion: "write the name out; only values change from lead to lead"},
		`[a]`:                                    {Field: "fields", Message: "this takes the names of fields, each with where its value comes from", Suggestion: "write for example:  jobtitle: title"},
	} {
		_, err := compile(t, text)
		fields, rest := plugin.FieldErrors(err)
		if rest != nil || len(fields) != 1 {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, *fields[0]); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	_, err := compile(t, `{a: { from: title, write: if_empty }}`, fieldmap.Always)
	if fields, _ := plugin.FieldErrors(err); len(fields) != 1 || fields[0].Field != "fields.a.write" {
		t.Errorf("an output that cannot look: %v", err)
	}
}

func TestRunTimeErrorNamesTheField(t *testing.T) {
	t.Parallel()
	f, err := compile(t, `{ratio: "{{ score / (score - score) }}"}`)
	if err != nil {
		t.Fatal(err)
	}
	var scopes template.Scopes
	s := scopes.Get(outputtest.LeadDelivery(1, ""))
	defer scopes.Put(s)
	if _, err := f.Values(s.Scope); err == nil || err.Error() != "fields.ratio: {{ score / (score - score) }}: division by zero" {
		t.Error(err)
	}
}
