package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Café Zürich 東京":     "Café Zürich 東京",
		"a\nb\tc\r\nd":       "a b c  d",
		"\x1b[31mred":        `\u001b[31mred`,
		"\x9b31m":            "\ufffd31m",
		"\u009b31m":          `\u009b31m`,
		"abc\u202edef":       `abc\u202edef`,
		"line\u2028end":      `line\u2028end`,
		"\x00\x07":           `\u0000\u0007`,
		"half \xc3 a letter": "half \ufffd a letter",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b]0;x\x07b\u202e\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("clean(%q) = %q", s, got)
		}
		if clean(got) != got {
			t.Errorf("clean is not idempotent on %q", s)
		}
		for _, columns := range []int{1, 7, 40} {
			if w := textWidth(cut(got, columns)); w > columns {
				t.Errorf("cut(%q, %d) has %d columns", got, columns, w)
			}
		}
	})
}

func TestCut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in      string
		columns int
		want    string
	}{
		{"short", 10, "short"},
		{"exactly", 7, "exactly"},
		{"too long here", 8, "too lon…"},
		{"cut at space", 5, "cut…"},
		{"東京都庁", 8, "東京都庁"},
		{"東京都庁", 7, "東京都…"},
		{"東京都庁", 6, "東京…"},
	} {
		if got := cut(c.in, c.columns); got != c.want || textWidth(got) > c.columns {
			t.Errorf("cut(%q, %d) = %q, want %q", c.in, c.columns, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"", nil},
		{"one", []string{"one"}},
		{"one two three", []string{"one two", "three"}},
		{"averylongwordindeed x", []string{"averylongwordindeed", "x"}},
		{"  a   b  ", []string{"a b"}},
	} {
		if diff := cmp.Diff(c.want, wrap(c.in, 8)); diff != "" {
			t.Errorf("wrap(%q): -want +got:\n%s", c.in, diff)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	tab := table{head: []string{"name", "n", "note"}}
	tab.add(text("東京"), number(7), cell{text: "fine", color: green})
	tab.add(text("x\x1b"), number(1234), text(""))
	var plain, coloured bytes.Buffer
	tab.print(&plain, style{})
	want := "name        n  note\n東京        7  fine\nx\\u001b  1234\n"
	if diff := cmp.Diff(want, plain.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	tab.print(&coloured, style{color: true})
	if !strings.Contains(coloured.String(), "\x1b[32mfine\x1b[0m") {
		t.Errorf("no colour on a terminal: %q", coloured.String())
	}
	if strip := strings.NewReplacer("\x1b[32m", "", "\x1b[2m", "", "\x1b[0m", ""); cmp.Diff(want, trimLines(strip.Replace(coloured.String()))) != "" {
		t.Errorf("colours move columns:\n%s", coloured.String())
	}
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}
