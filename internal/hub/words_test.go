package hub

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"leadhub/internal/plugin"
	"leadhub/internal/store"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestWord(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"gave up", "gave-up", "Gave_Up", " GAVE UP "} {
		if got, err := word("state", text, deliveryStates()); err != nil || got != store.StateGaveUp {
			t.Errorf("word(%q) = %v, %v", text, got, err)
		}
	}
	for _, s := range deliveryStates() {
		if got, err := word("state", s.String(), deliveryStates()); err != nil || got != s {
			t.Errorf("word(%q) = %v, %v", s, got, err)
		}
	}
	for _, leads := range []bool{false, true} {
		for _, o := range outcomeWords(leads) {
			if got, err := word("state", o.String(), outcomeWords(leads)); err != nil || got != o {
				t.Errorf("word(%q) = %v, %v", o, got, err)
			}
		}
	}
	_, err := word("state", "gaveup", deliveryStates())
	want := `there is no state "gaveup"; did you mean "gave up"? (there is waiting, delivered, already there, paused, refused, gave up, skipped)`
	if usage, ok := errors.AsType[*UsageError](err); !ok || usage.Message != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestUnsetVariables(t *testing.T) {
	t.Parallel()
	source := `
shared: &s ["${D}"]
receivers:
  a: { type: x, secrets: ["${A}", "x${B}y", "${A}"], path: /a }
  b: { type: x, secrets: ["${C}"] }
  c: { type: x, secrets: *s }
  d: {}
outputs:
  a: { token: "${TOKEN}" }
`
	set := func(name string) (string, bool) {
		return map[string]string{"B": "1", "C": ""}[name], name != "A" && name != "D"
	}
	for receiver, want := range map[string][]string{"a": {"A"}, "b": {"C"}, "c": {"D"}, "d": nil, "e": nil} {
		if diff := cmp.Diff(want, unsetVariables([]byte(source), receiver, set)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", receiver, diff)
		}
	}
	for _, broken := range []string{"", "- a", "receivers: 7", "receivers: [", "a: *b"} {
		if got := unsetVariables([]byte(broken), "a", set); got != nil {
			t.Errorf("%q: %v", broken, got)
		}
	}
	for _, c := range []struct {
		names []string
		want  string
	}{{[]string{"A"}, "A is not set"}, {[]string{"A", "B"}, "A and B are not set"}, {[]string{"A", "B", "C"}, "A, B and C are not set"}} {
		if got := areNotSet(c.names); got != c.want {
			t.Errorf("areNotSet(%v) = %q", c.names, got)
		}
	}
}

func TestAsJSON(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{`{"a": 1}`: `{"a": 1}`, "hello": `"hello"`, "": `""`, "\xff": `"\ufffd"`} {
		if got := string(asJSON([]byte(in))); got != want {
			t.Errorf("asJSON(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestProblemsError(t *testing.T) {
	t.Parallel()
	p := func(severity plugin.Severity, message string) plugin.Problem {
		return plugin.Problem{File: "f.yaml", Line: 3, Col: 2, Severity: severity, Message: message}
	}
	for _, c := range []struct {
		problems []plugin.Problem
		want     string
	}{
		{[]plugin.Problem{p(plugin.SeverityWarning, "w"), p(plugin.SeverityError, "a")}, "f.yaml:3:2: error: a"},
		{[]plugin.Problem{p(plugin.SeverityError, "a"), p(plugin.SeverityError, "b")}, "f.yaml:3:2: error: a (and 1 error more: run leadhub check f.yaml)"},
		{
			[]plugin.Problem{p(plugin.SeverityError, "a"), p(plugin.SeverityError, "b"), p(plugin.SeverityError, "c")},
			"f.yaml:3:2: error: a (and 2 errors more: run leadhub check f.yaml)",
		},
	} {
		if got := (&ProblemsError{File: "f.yaml", Problems: c.problems}).Error(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}
