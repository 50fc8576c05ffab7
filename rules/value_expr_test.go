package rules

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/lead"
)

func mappingScope(t *testing.T, payload string) *Scope {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(payload)))
	d.UseNumber()
	var raw any
	if err := d.Decode(&raw); err != nil {
		t.Fatal(err)
	}
	s := NewScope()
	item, _ := raw.(map[string]any)
	s.Reset(&Input{
		Event: "lead.new", Raw: func() any { return raw }, Item: item["item"],
		Header: func(name string) string { return map[string]string{"X-Topic": "contact"}[name] },
	})
	return s
}

func TestValueKinds(t *testing.T) {
	t.Parallel()
	const payload = `{"a":"x","n":3,"f":1.5,"big":12345678901234567890,"yes":true,"no":null,"empty":"","list":["p",1,{"name":"q"},null],
		"none":[],"o":{"k":"v"},"text":" 42 ","item":{"e":"i@x.example"}}`
	for _, c := range []struct {
		text string
		kind ValueKind
		want any // nil: missing
	}{
		{"raw.a", ValueText, "x"},
		{"raw.n", ValueText, "3"},
		{"raw.f", ValueText, "1.5"},
		{"raw.big", ValueText, "12345678901234567890"},
		{`"id-" + string(raw.big)`, ValueText, "id-12345678901234567890"},
		{"raw.yes", ValueText, "true"},
		{"raw.o", ValueText, nil},
		{"raw.list", ValueText, nil},
		{"raw.list[2].name", ValueText, "q"},
		{"raw.list[9]", ValueText, nil},
		{"raw.no", ValueText, nil},
		{"raw.empty", ValueText, nil},
		{"raw.absent.deep", ValueText, nil},
		{`raw.absent ?? raw.a`, ValueText, "x"},
		{`"fixed"`, ValueText, "fixed"},
		{"7", ValueText, "7"},
		{`date("2026-01-31")`, ValueText, "2026-01-31T00:00:00+01:00"},
		{`raw.n >= 3 ? "high" : "low"`, ValueText, "high"},
		{`raw.absent >= 3 ? "high" : "low"`, ValueText, nil},
		{`upper(raw.a) + "/" + event`, ValueText, "X/lead.new"},
		{"item.e", ValueText, "i@x.example"},
		{`header("x-topic")`, ValueText, "contact"},
		{`header("x-other")`, ValueText, nil},
		{"raw.n", ValueNumber, 3.0},
		{"raw.text", ValueNumber, 42.0},
		{`"42"`, ValueNumber, 42.0},
		{"raw.a", ValueNumber, nil},
		{"raw.yes", ValueNumber, nil},
		{"raw.n * 2", ValueNumber, 6.0},
		{"raw.yes", ValueBool, true},
		{"raw.a", ValueBool, nil},
		{`not (event startsWith "lead.")`, ValueBool, false},
		{`raw.absent == "x"`, ValueBool, nil},
		{`raw.absent == "x" or event == "lead.new"`, ValueBool, true},
		{"has(raw.absent)", ValueBool, false},
		{"raw.list", ValueTexts, []string{"p", "1", "q"}},
		{"raw.a", ValueTexts, []string{"x"}},
		{"raw.none", ValueTexts, nil},
		{`split(raw.a + ",y", ",")`, ValueTexts, []string{"x", "y"}},
		{"[raw.a, raw.n]", ValueTexts, []string{"x", "3"}},
		{"raw.o", ValueTexts, nil},
		{"raw.none", ValueList, []any{}},
		{"raw.o", ValueList, []any{map[string]any{"k": "v"}}},
		{"[raw.a, 1]", ValueList, []any{"x", 1.0}},
		{"raw.absent", ValueList, nil},
		{"raw.o", ValueAny, map[string]any{"k": "v"}},
		{"raw.n", ValueAny, 3.0},
		{"raw.yes", ValueAny, true},
		{`duration("90m")`, ValueAny, 90 * time.Minute},
	} {
		t.Run(c.text+" as "+c.kind.String(), func(t *testing.T) {
			t.Parallel()
			e, errs := NewMapper(time.FixedZone("", 3600), true).CompileValue(c.text, c.kind)
			if len(errs) > 0 {
				t.Fatalf("%+v", errs[0])
			}
			got, missing, err := e.Eval(mappingScope(t, payload))
			if err != nil || missing != (c.want == nil) {
				t.Errorf("missing %v, %v", missing, err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestValueFailures(t *testing.T) {
	t.Parallel()
	e, errs := NewMapper(time.UTC, false).CompileValue("raw.n / raw.zero", ValueNumber)
	if len(errs) > 0 {
		t.Fatal(errs[0])
	}
	s := mappingScope(t, `{"n":1,"zero":0}`)
	if v, missing, err := e.Eval(s); err == nil || err.Error() != "division by zero" || v != nil || missing {
		t.Errorf("%v, %v, %v", v, missing, err)
	}
	if e.Show(s) != "" {
		t.Errorf("Show = %q", e.Show(s))
	}
	s.Reset(&Input{Raw: func() any { panic("broken") }})
	if _, _, err := e.Eval(s); err == nil || !strings.Contains(err.Error(), "broken") {
		t.Errorf("a payload that cannot be decoded: %v", err)
	}
}

func TestValueReads(t *testing.T) {
	t.Parallel()
	e, errs := NewMapper(time.UTC, false).CompileValue(`raw.a ?? header("X-Topic") ?? raw.b`, ValueText)
	if len(errs) > 0 {
		t.Fatal(errs[0])
	}
	s := mappingScope(t, `{"b":2}`)
	want := []Value{{Name: "raw.a", Missing: true}, {Name: `header("X-Topic")`, Text: `"contact"`}, {Name: "raw.b", Text: "2"}}
	if diff := cmp.Diff(want, e.Values(s)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"X-Topic"}, e.Headers()); diff != "" || e.Show(s) != `"contact"` {
		t.Errorf("%s\nShow = %s", diff, e.Show(s))
	}
}

// The vocabulary of rules gives values too.
func TestValueOfLead(t *testing.T) {
	t.Parallel()
	e, errs := NewCompiler().CompileValue(`company.name + " (" + (company.country ?? "?") + ")"`, ValueText)
	if len(errs) > 0 {
		t.Fatal(errs[0])
	}
	s := NewScope()
	s.Reset(&Input{Lead: &lead.Lead{Company: lead.Company{Name: "Acme"}}})
	if v, _, err := e.Eval(s); v != "Acme (?)" || err != nil {
		t.Errorf("%v, %v", v, err)
	}
}

func TestValueMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text                string
		kind                ValueKind
		offset              int
		message, suggestion string
	}{
		{"", ValueText, 0, "the expression is empty", "remove the line"},
		{"raw.a +", ValueText, 7, "the expression ends where something should follow", ""},
		{"email", ValueText, 0, "there is no name email", `write raw.email for a field of the payload, or '"email"' for the text itself`},
		{"contact.email", ValueText, 0, "there is no name contact.email", "write raw.contact.email for"},
		{"lower(contact.email)", ValueText, 6, "there is no name contact.email", "write raw.contact.email"},
		{"rw.email", ValueText, 0, "there is no name rw.email", "write raw.email"},
		{"payload.email", ValueText, 0, "there is no name payload.email", "write raw.email"},
		{"data.email", ValueText, 0, "there is no name data.email", "write raw.data.email"},
		{"item.email", ValueText, 0, "there is no `each` for this", "write raw.email"},
		{`raw.é + emial`, ValueText, 8, "there is no name emial", "write raw.emial"},
		{`header("")`, ValueText, 7, "in quotes", `header("X-Event")`},
		{`header(raw.a)`, ValueText, 7, "in quotes", `header("X-Event")`},
		{`header()`, ValueText, 0, "header() takes one value", `header("X-Event")`},
		{`split(raw.a, ",")`, ValueText, 0, "a text is wanted here", ""},
		{`"many"`, ValueNumber, 0, "a number is wanted here", ""},
		{`raw.a == "x"`, ValueNumber, 0, "a number is wanted here", ""},
		{`event`, ValueBool, 0, "true or false is wanted here", ""},
		{"raw.a = 3", ValueBool, 6, "==", ""},
		{"raw.a == nil", ValueBool, 9, "has()", "not has(raw.a)"},
		{"now()", ValueText, 0, "would answer differently at every replay", ""},
		{strings.Repeat("x", MaxClause+1), ValueText, MaxClause, "longer than", ""},
		{"\xff", ValueText, 0, "not valid UTF-8", ""},
	} {
		t.Run(c.text[:min(len(c.text), 30)], func(t *testing.T) {
			t.Parallel()
			e, errs := NewMapper(time.UTC, false).CompileValue(c.text, c.kind)
			if e != nil || len(errs) != 1 {
				t.Fatalf("%v, %d mistakes", e, len(errs))
			}
			if err := errs[0]; err.Offset != c.offset || !strings.Contains(err.Message, c.message) || !strings.Contains(err.Suggestion, c.suggestion) {
				t.Errorf("at %d: %s (%s)", err.Offset, err.Message, err.Suggestion)
			}
		})
	}
}

func FuzzValue(f *testing.F) {
	for _, s := range []string{"raw.a", `raw.n >= 3 ? "high" : "low"`, `header("X-Topic") ?? item.e`, `split(raw.a, ",")[0]`, "raw.list[-1] + 1", "[raw]"} {
		f.Add(s, uint8(0))
	}
	f.Fuzz(func(t *testing.T, text string, kind uint8) {
		k := ValueKind(kind % 6)
		e, errs := NewMapper(time.UTC, true).CompileValue(text, k)
		if e == nil {
			if len(errs) == 0 {
				t.Error("no expression, and nothing said about it")
			}
			return
		}
		s := mappingScope(t, `{"a":"x,y","n":3,"list":["p",1],"item":{"e":"i"}}`)
		v, missing, err := e.Eval(s)
		again, missing2, err2 := e.Eval(s)
		if diff := cmp.Diff(v, again); diff != "" || missing != missing2 || (err == nil) != (err2 == nil) {
			t.Errorf("not the same twice: %v %v\n%s", err, err2, diff)
		}
		if (missing || err != nil) != (v == nil) {
			t.Errorf("%v with missing %v and %v", v, missing, err)
		}
		e.Show(s)
		e.Values(s)
	})
}
