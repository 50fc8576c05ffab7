package config

import (
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// marked returns text without its one ▲ and the line and column where it stood.
func marked(t *testing.T, text string) (string, position) {
	t.Helper()
	before, after, ok := strings.Cut(text, "▲")
	if !ok || strings.Contains(after, "▲") {
		t.Fatalf("want one ▲ in %q", text)
	}
	line := strings.Count(before, "\n") + 1
	col := len([]rune(before[strings.LastIndex(before, "\n")+1:])) + 1
	return before + after, position{line, col}
}

// The ▲ marks where the mistake `nome` stands; the condition is otherwise fine.
func TestRuleErrorPositions(t *testing.T) {
	t.Parallel()
	for name, when := range map[string]string{
		"plain":                   `    when: title == "ü" and ▲nome == "x"`,
		"plain in a list":         "    when:\n      - 'has(score)'\n      - title == \"ü\" and ▲nome == \"x\"",
		"plain over lines":        "    when: title == \"ü\"\n      and\n\n      ▲nome == \"x\"",
		"plain, trailing spaces":  "    when: title == \"ü\"   \n       and ▲nome == \"x\"",
		"plain and a comment":     `    when: title == "ü" and ▲nome == "x" # the hot ones`,
		"single quotes":           `    when: 'title == "ü''s" and ▲nome == "x"'`,
		"single quotes, lines":    "    when: 'title == \"ü''s\"\n      and ▲nome == \"x\"'",
		"double quotes":           `    when: "title == \"\u00fc\" and ▲nome == \"x\""`,
		"double quotes, escapes":  `    when: "title == \"\x41\U0001F600\t\" and ▲nome == 'x'"`,
		"double quotes, lines":    "    when: \"title == 'ü'\n      and\n      ▲nome == 'x'\"",
		"double quotes, \\ break": "    when: \"title == 'ü' \\\n      and ▲nome == 'x'\"",
		"literal":                 "    when: |\n      title == \"ü\"\n        and\n\n      ▲nome == \"x\"",
		"literal, stripped":       "    when: |-\n      title == \"ü\" and ▲nome == \"x\"",
		"literal, indent given":   "    when: |2\n      title == \"ü\" and ▲nome == \"x\"",
		"literal, comment":        "    when: | # why\n      title == \"ü\" and ▲nome == \"x\"",
		"literal in a list":       "    when:\n      - |\n        title == \"ü\" and\n        ▲nome == \"x\"",
		"folded":                  "    when: >\n      title == \"ü\"\n      and\n      ▲nome == \"x\"",
		"folded, empty lines":     "    when: >-\n      title == \"ü\"\n      and\n\n\n      ▲nome == \"x\"",
		"folded, more indented":   "    when: >\n      title == \"ü\"\n         and\n      ▲nome == \"x\"",
		"flow list":               `    when: ['has(score)', 'title == "ü" and ▲nome == "x"']`,
		"after a variable":        `    when: 'title == "${WORD}" and ▲nome == "x"'`,
		"after a default":         `    when: 'title == "${NONE:-ü}" and ▲nome == "x"'`,
		"after $${":               `    when: 'title == "$${ü}" and ▲nome == "x"'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, want := marked(t, strings.Replace(mini, `    when: lead_potential == "high"`, when, 1))
			for _, eol := range []string{"\n", "\r\n"} {
				_, got := check(t, strings.ReplaceAll(text, "\n", eol), Options{Getenv: environment("WORD", "a rather long value, ü")})
				prefix := fmt.Sprintf("%d:%d: error: there is no name nome", want.line, want.col)
				if len(got) != 1 || !strings.HasPrefix(got[0], prefix) {
					t.Errorf("got %q, want one %q; line ends %q", got, prefix, eol)
				}
			}
		})
	}
}

// FuzzScalarPositions checks that whatever the style, a character of a value that
// is written as itself is found where it stands.
func FuzzScalarPositions(f *testing.F) {
	for _, s := range []string{
		"a: b c\n", "a: 'it''s\n  x'\n", "a: \"\\u00e9 \\\n  x\"\n", "a: |\n  x\n   y\n\n  z\n", "a: >+\n  x\n  y\n\n   z\n\n", "a: |1\n  x\n",
		"a:\n- x\n  y\n\n  z\n", "a: \"x  \n\n  y\"\n", "é: |-\n   ü\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := newSource(text)
		root, failure := readYAML(s.bytes())
		if failure != nil {
			return
		}
		var walk func(n *yaml.Node)
		walk = func(n *yaml.Node) {
			if n.Kind == yaml.ScalarNode && n.Style&yaml.TaggedStyle == 0 && n.Anchor == "" {
				checkPositions(t, s, n)
			}
			for _, c := range n.Content {
				walk(c)
			}
		}
		walk(root)
	})
}

func checkPositions(t *testing.T, s *source, n *yaml.Node) {
	t.Helper()
	at := s.scalarPositions(n)
	value := []rune(n.Value)
	if at == nil {
		return
	}
	if len(at) != len(value)+1 {
		t.Fatalf("%d positions for %d characters", len(at), len(value))
	}
	for i, p := range at {
		if p.line < 1 || p.line > len(s.lines) || p.col < 1 || p.col > len([]rune(s.line(p.line)))+1 {
			t.Fatalf("character %d of %q at %v is outside the file", i, n.Value, p)
		}
		if i > 0 && (p.line < at[i-1].line || p.line == at[i-1].line && p.col < at[i-1].col) {
			t.Fatalf("character %d of %q at %v lies before the one before it, at %v", i, n.Value, p, at[i-1])
		}
		if i == len(value) {
			break
		}
		c := s.char(p)
		if c != value[i] && c != '\\' && value[i] != ' ' && value[i] != '\n' {
			t.Fatalf("character %d of %q is %q, found %q at %v", i, n.Value, value[i], c, p)
		}
	}
}
