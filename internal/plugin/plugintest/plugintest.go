// Package plugintest holds what every kind of receiver and output promises to
// those who begin with it. Only tests import it.
package plugintest

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"leadhub/internal/plugin"
)

var (
	variable = regexp.MustCompile(`\$\{([A-Z][A-Z0-9_]*)\}`)
	unfilled = regexp.MustCompile(`\{[A-Za-z_][A-Za-z0-9_]*\}`)
	name     = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
)

// maxColumns bounds the lines of an example.
const maxColumns = 100

// Guide checks the guide of a kind of that name, and returns its entry in the
// configuration. Whether the loader accepts the example is for a test that knows
// the loader.
func Guide(t *testing.T, kind string, g *plugin.Guide) *yaml.Node {
	t.Helper()
	if g.Title == "" || len(g.Setup) == 0 {
		t.Errorf("%s: a guide has a Title and Setup: see plugin.Guide", kind)
	}
	entry := example(t, kind, g)
	var used []string
	walk(entry, func(n *yaml.Node) {
		for _, m := range variable.FindAllStringSubmatch(n.Value, -1) {
			if !slices.Contains(used, m[1]) {
				used = append(used, m[1])
			}
		}
	})
	var described []string
	setup := strings.Join(g.Setup, "\n")
	for _, v := range g.Variables {
		described = append(described, v.Name)
		if v.Doc == "" || strings.ContainsAny(v.Doc, "\n\r") || strings.HasSuffix(v.Doc, ".") {
			t.Errorf("%s: the Doc of %s is one line without a full stop, not %q", kind, v.Name, v.Doc)
		}
		if (v.Make == plugin.MakeNone) != (v.Form != "") || strings.ContainsAny(v.Form, "\n\r") {
			t.Errorf("%s: %s needs a Form exactly where nobody can make it: Make %q, Form %q", kind, v.Name, v.Make, v.Form)
		}
		if !slices.Contains([]plugin.Make{plugin.MakeNone, plugin.MakeToken, plugin.MakeWebhook}, v.Make) {
			t.Errorf("%s: %s is made by %q, which is no way to make a secret", kind, v.Name, v.Make)
		}
		if !strings.Contains(setup, "{"+v.Name+"}") && !strings.Contains(setup, "$"+v.Name) {
			t.Errorf("%s: Setup does not say what %s is for: name it as {%s}", kind, v.Name, v.Name)
		}
	}
	if diff := cmp.Diff(used, described); diff != "" {
		t.Errorf("%s: the variables of Example, and Variables:\n%s", kind, diff)
	}
	for _, step := range g.Steps(map[string]string{"url": "https://hub.example.com/x"}) {
		if left := unfilled.FindString(step); left != "" && !strings.Contains(step, "$"+left) {
			t.Errorf("%s: nothing fills in %s of %q", kind, left, step)
		}
	}
	return entry
}

// example checks the form of the example: what a person who copies it should see.
func example(t *testing.T, kind string, g *plugin.Guide) *yaml.Node {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(g.Example), &doc); err != nil || len(doc.Content) == 0 {
		t.Fatalf("%s: Example is no YAML (%v):\n%s", kind, err, g.Example)
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode || len(root.Content) != 2 || root.Content[1].Kind != yaml.MappingNode {
		t.Fatalf("%s: Example is not one name with its keys:\n%s", kind, g.Example)
	}
	entry := root.Content[1]
	if got := Value(entry, "type"); got != kind {
		t.Errorf("%s: Example has type: %q", kind, got)
	}
	if got := root.Content[0].Value; got != g.Entry() || !name.MatchString(got) {
		t.Errorf("%s: Example stands under %q, and Entry says %q", kind, got, g.Entry())
	}
	if !strings.HasSuffix(g.Example, "\n") || strings.Contains(g.Example, "\t") {
		t.Errorf("%s: Example ends with a line break, and has no tabs", kind)
	}
	for line := range strings.Lines(g.Example) {
		if len([]rune(line)) > maxColumns {
			t.Errorf("%s: a line of Example is longer than %d columns: %s", kind, maxColumns, line)
		}
	}
	walk(entry, func(n *yaml.Node) {
		quoted := n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0
		switch {
		case n.Kind == yaml.ScalarNode && strings.ContainsAny(n.Value, "$#{:@") && !quoted:
			t.Errorf("%s: Example, line %d: put quotes around %s", kind, n.Line, n.Value)
		case n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle != 0:
			t.Errorf("%s: Example, line %d: keys stand below each other, not in {braces}", kind, n.Line)
		}
	})
	return entry
}

// Value is the text of a key, "" where there is none.
func Value(m *yaml.Node, key string) string {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == key {
			return m.Content[i+1].Value
		}
	}
	return ""
}

func walk(n *yaml.Node, visit func(*yaml.Node)) {
	visit(n)
	for _, c := range n.Content {
		walk(c, visit)
	}
}
