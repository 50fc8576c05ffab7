package config

import (
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"leadhub/internal/plugin"
)

// FuzzParse: no file makes it panic, every problem lies within the file and is in
// order, nothing secret is told, and a Config comes back exactly if nothing is wrong.
func FuzzParse(f *testing.F) {
	f.Add([]byte(mini))
	for _, name := range []string{"valid.yaml", "twelve.yaml", "../../../config.example.yaml"} {
		if raw, err := os.ReadFile("testdata/" + name); err == nil {
			f.Add(raw)
		}
	}
	raw, err := os.ReadFile("testdata/mistakes.txt")
	if err != nil {
		f.Fatal(err)
	}
	for text := range strings.SplitSeq(string(raw), "\n====\n") {
		from, rest, _ := strings.Cut(text, "\n=>\n")
		to, _, _ := strings.Cut(rest, "\n->\n")
		f.Add([]byte(strings.Replace(mini, from, to, 1)))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		const secret = "Zq9-hidden-Zq9"
		opts := Options{Getenv: environment("SET", secret), Offline: len(raw)%2 == 0}
		c, problems := Parse("leadhub.yaml", raw, fakeKinds(), opts)
		text, _ := decodeText(raw)
		src := newSource(text)
		failed := false
		for i, p := range problems {
			failed = failed || p.Severity == plugin.SeverityError
			if p.Line < 1 || p.Line > len(src.lines) || p.Col < 1 || p.Col > utf8.RuneCountInString(src.lines[p.Line-1].text)+1 {
				t.Errorf("outside the file: %v", p)
			}
			if i > 0 && (p.Line < problems[i-1].Line || p.Line == problems[i-1].Line && p.Col < problems[i-1].Col) {
				t.Errorf("out of order: %v after %v", p, problems[i-1])
			}
			if p.Message == "" || strings.Contains(p.Message+p.Suggestion, "\n") || strings.Contains(p.String(), string(brokenMark)) {
				t.Errorf("not one line for people: %q", p.String())
			}
			if strings.Contains(p.String(), secret) && !strings.Contains(text, secret) {
				t.Errorf("a secret is told: %v", p)
			}
		}
		if failed == (c != nil) {
			t.Errorf("configuration %v with problems %v", c != nil, problems)
		}
		if again, second := Parse("leadhub.yaml", raw, fakeKinds(), opts); !slices.Equal(problems, second) || (again == nil) != (c == nil) {
			t.Errorf("not the same twice:\n%v\n%v", problems, second)
		}
	})
}
