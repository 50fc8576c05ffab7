package template_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
	"leadhub/outputs/internal/template"
	"leadhub/outputs/outputtest"
	"leadhub/rules"
)

func compile(t *testing.T, text string) (*template.Compiled, error) {
	t.Helper()
	var tree template.Tree
	if err := yaml.Load([]byte(text), &tree); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return tree.Compile(rules.NewCompiler().ForOutputs(), "body", nil)
}

func TestTreeBecomesJSON(t *testing.T) {
	t.Parallel()
	c, err := compile(t, `
zeta: "{{ score }}"
alpha:
  name: "{{ full_name }} <{{ email }}>"
  missing: "{{ custom.none }}"
  filled: '{{ custom.none ?? "-" }}'
  list: [1, 2.5, true, null, "{{ tags }}", "x {{ tags }}"]
constant: "a & b"
number: 12
yes: true
nothing: null
day: 2026-01-31
hot: '{{ score >= 80 }}'
`)
	if err != nil {
		t.Fatal(err)
	}
	var scopes template.Scopes
	s := scopes.Get(outputtest.LeadDelivery(1, ""))
	defer scopes.Put(s)
	v, err := c.Value(s.Scope)
	if err != nil {
		t.Fatal(err)
	}
	got, err := template.AppendJSON(nil, v)
	want := `{"zeta":85,"alpha":{"name":"Jane Doe <jane@acme.com>","missing":null,"filled":"-",` +
		`"list":[1,2.5,true,null,["fleet"],"x fleet"]},"constant":"a & b","number":12,"yes":true,"nothing":null,"day":"2026-01-31","hot":true}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
}

func TestHostileValuesStayValues(t *testing.T) {
	t.Parallel()
	c, err := compile(t, `{a: "{{ company.name }}", b: "x{{ title }}y"}`)
	if err != nil {
		t.Fatal(err)
	}
	d := outputtest.HostileDelivery("")
	var scopes template.Scopes
	s := scopes.Get(d)
	defer scopes.Put(s)
	v, err := c.Value(s.Scope)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := template.AppendJSON(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	var back map[string]string
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	if diff := cmp.Diff(map[string]string{
		"a": strings.ToValidUTF8(d.Lead.Company.Name, "\ufffd\ufffd"), "b": "x" + strings.ToValidUTF8(d.Lead.Person.Title, "\ufffd\ufffd") + "y",
	}, back); diff != "" {
		t.Error(diff)
	}
}

func TestNotice(t *testing.T) {
	t.Parallel()
	c, err := compile(t, `"{{ subject }} / {{ event }} / {{ vendor }} / {{ company.name }} / {{ is_test }}"`)
	if err != nil {
		t.Fatal(err)
	}
	var scopes template.Scopes
	s := scopes.Get(outputtest.NoticeDelivery(""))
	defer scopes.Put(s)
	if v, err := c.Value(s.Scope); err != nil || v != "Campaign Spring published / campaign.published / prospectb2b /  / false" {
		t.Errorf("%v, %v", v, err)
	}
}

func TestMistakesHaveAPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]plugin.FieldError{
		`{a: {b: [x, "hi {{ scor }}"]}}`: {Field: "body.a.b[1]", Offset: 6, Message: "there is no name scor", Suggestion: "write score"},
		`{a: {{ score }}}`:               {Field: "body.a", Message: "an unquoted {{ starts a group of keys in YAML", Suggestion: template.QuotesAdvice},
		`{"{{ x }}": 1}`:                 {Field: "body.{{ x }}", Message: "a key cannot hold {{ }}", Suggestion: "write the key out; only values change from lead to lead"},
		`{a: .inf}`:                      {Field: "body.a", Message: "JSON has no such number", Suggestion: "put quotes around it, if it is a text"},
		`{a: "{% if x %}"}`:              {Field: "body.a", Message: "a condition is part of the expression here", Suggestion: `write {{ score >= 80 ? "hot" : "warm" }}`},
	} {
		_, err := compile(t, text)
		fields, rest := plugin.FieldErrors(err)
		if rest != nil || len(fields) != 1 || !template.Failed(err) {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if diff := cmp.Diff(want, *fields[0]); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
	deep := strings.Repeat("[", 40) + strings.Repeat("]", 40)
	if _, err := compile(t, deep); err == nil || !strings.Contains(err.Error(), "levels") {
		t.Errorf("deep: %v", err)
	}
}

func TestRunTimeErrorNamesTheKey(t *testing.T) {
	t.Parallel()
	c, err := compile(t, `{a: [{b: "{{ score / (score - score) }}"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	var scopes template.Scopes
	s := scopes.Get(outputtest.LeadDelivery(1, ""))
	defer scopes.Put(s)
	if _, err := c.Value(s.Scope); err == nil || err.Error() != "body.a[0].b: {{ score / (score - score) }}: division by zero" {
		t.Error(err)
	}
}

func TestScopesForgetTheLastDelivery(t *testing.T) {
	t.Parallel()
	c, err := compile(t, `"{{ email }}{{ route }}{{ event }}"`)
	if err != nil {
		t.Fatal(err)
	}
	var scopes template.Scopes
	for range 3 {
		d := outputtest.LeadDelivery(1, "")
		s := scopes.Get(d)
		if v, err := c.Value(s.Scope); err != nil || v != "jane@acme.comhot-southeastdelivery.company_qualified" {
			t.Errorf("%v, %v", v, err)
		}
		scopes.Put(s)
		if v, err := c.Value(s.Scope); err != nil || v != "" {
			t.Errorf("after Put: %v, %v", v, err)
		}
	}
}

// FuzzAppendJSON: what is written is what encoding/json writes.
func FuzzAppendJSON(f *testing.F) {
	for _, s := range []string{"", "a\"b\\c", "\x00\x1f\x7f", "\u2028\u2029", "\xff\xfe", "😀<>&", "\b\f\n\r\t"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(s); err != nil {
			t.Fatal(err)
		}
		got, err := template.AppendJSON(nil, &template.Object{Keys: []string{s}, Values: []any{s}})
		one := strings.TrimSuffix(want.String(), "\n")
		if err != nil || string(got) != "{"+one+":"+one+"}" {
			t.Errorf("%q: %s, %v; want %s", s, got, err, one)
		}
	})
}

func TestFailedTellsWarningsApart(t *testing.T) {
	t.Parallel()
	if template.Failed(&plugin.FieldError{Warning: true}) || !template.Failed(errors.New("x")) || template.Failed(nil) {
		t.Error("wrong")
	}
}
