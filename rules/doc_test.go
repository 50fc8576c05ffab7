package rules

import (
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// page is checked against the code: every name with its type and meaning, every
// example, every answer.
const page = "../docs/rules.md"

var update = flag.Bool("update", false, "write the table of names into docs/rules.md")

func readPage(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// nameTable is the vocabulary as Markdown.
func nameTable() string {
	var b strings.Builder
	b.WriteString("| name | type | what it is |\n|---|---|---|\n")
	for _, n := range Vocabulary() {
		b.WriteString("| `" + n.Name + "`")
		if n.Notice {
			b.WriteString(" ●")
		}
		b.WriteString(" | " + n.Type)
		if len(n.Values) > 0 {
			b.WriteString(": `" + strings.Join(n.Values, "` `") + "`")
		}
		b.WriteString(" | " + n.Doc + " |\n")
	}
	return b.String()
}

func TestDocumentedNames(t *testing.T) {
	text := readPage(t)
	start := strings.Index(text, "| name | type |")
	end := strings.Index(text, "\n\nThe names marked")
	if start < 0 || end < 0 {
		t.Fatal("docs/rules.md has no table of names")
	}
	if want := strings.TrimSuffix(nameTable(), "\n"); text[start:end] != want {
		if *update {
			if err := os.WriteFile(page, []byte(text[:start]+want+text[end:]), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		t.Errorf("the table of names in docs/rules.md is not that of the code (go test ./rules -update writes it):\n%s", want)
	}
	for name := range functions() {
		if !strings.Contains(text, "`"+name+"`") && !strings.Contains(text, "`"+name+"(") {
			t.Errorf("docs/rules.md does not have the function %s()", name)
		}
	}
}

// rows returns the cells of the table below a heading of these columns, with the
// code in them taken out of its backticks.
func rows(t *testing.T, text, header string) [][]string {
	t.Helper()
	_, table, ok := strings.Cut(text, header+"\n")
	if !ok {
		t.Fatalf("docs/rules.md has no table %q", header)
	}
	var out [][]string
	for i, line := range strings.Split(table, "\n") {
		if !strings.HasPrefix(line, "|") {
			break
		}
		if i == 0 {
			continue // the rule below the heading
		}
		cells := regexp.MustCompile(` \| `).Split(strings.TrimSuffix(strings.TrimPrefix(line, "| "), " |"), -1)
		for k, c := range cells {
			if code, ok := strings.CutPrefix(c, "`` "); ok {
				cells[k] = strings.TrimSuffix(code, " ``")
			} else if code, ok := strings.CutPrefix(c, "``"); ok {
				cells[k] = strings.TrimSuffix(strings.TrimSuffix(code, "``"), " ")
			} else if strings.Count(c, "`") == 2 && strings.HasPrefix(c, "`") && strings.HasSuffix(c, "`") {
				cells[k] = strings.Trim(c, "`")
			}
		}
		out = append(out, cells)
	}
	return out
}

func TestDocumentedExamples(t *testing.T) {
	text := readPage(t)
	c, n := NewCompiler(WithData(lists(t))), 0
	check := func(example string, notice bool) {
		n++
		if _, errs := c.Compile([]string{example}, notice); len(errs) > 0 {
			t.Errorf("docs/rules.md: %s: %d: %s: %s", example, errs[0].Offset, errs[0], errs[0].Suggestion)
		}
	}
	for _, kind := range []string{"rule", "notice"} {
		for _, block := range strings.Split(text, "```"+kind+"\n")[1:] {
			block, _, _ = strings.Cut(block, "```")
			for line := range strings.SplitSeq(strings.TrimSpace(block), "\n") {
				check(line, kind == "notice")
			}
		}
	}
	for _, header := range []string{"| write | it is true when | example |", "| write | what it gives | example |"} {
		for _, row := range rows(t, text, header) {
			if len(row) != 3 {
				t.Fatalf("the table %q has the row %q", header, row)
			}
			check(row[2], false)
		}
	}
	if n < 40 {
		t.Errorf("only %d examples were found", n)
	}
}

func TestDocumentedMissing(t *testing.T) {
	text := readPage(t)
	c, s := NewCompiler(WithData(lists(t))), NewScope()
	s.Reset(bare())
	list := rows(t, text, "| condition | answer |")
	for _, row := range list {
		r, errs := c.Compile([]string{row[0]}, false)
		if len(errs) > 0 {
			t.Errorf("docs/rules.md: %s: %v", row[0], errs[0])
			continue
		}
		if got, err := r.Eval(s); err != nil || got.String() != row[1] {
			t.Errorf("docs/rules.md: %s is %v (%v), not %s", row[0], got, err, row[1])
		}
	}
	value := map[string]string{"true": "has(vendor)", "false": "not has(vendor)", "missing": "score > 0"}
	truths := rows(t, text, "| `a` | `b` | `a and b` | `a or b` | `not a` |")
	for _, row := range truths {
		a, b := value[row[0]], value[row[1]]
		for i, clause := range []string{a + " and (" + b + ")", a + " or (" + b + ")", "not (" + a + ")"} {
			if got, err := compiled(t, clause).Eval(s); err != nil || got.String() != row[2+i] {
				t.Errorf("docs/rules.md: %q: %s is %v", row, clause, got)
			}
		}
	}
	if len(list) < 10 || len(truths) != 6 {
		t.Errorf("%d conditions and %d combinations were found", len(list), len(truths))
	}
}

func TestDocumentedMistakes(t *testing.T) {
	c := NewCompiler()
	list := rows(t, readPage(t), "| you write | write instead | because |")
	for _, row := range list {
		_, errs := c.Compile([]string{row[0]}, false)
		if len(errs) == 0 || errs[0].Suggestion != "write "+row[1] {
			t.Errorf("docs/rules.md: %s: %+v, want the suggestion %s", row[0], errs, row[1])
		}
	}
	if len(list) < 15 {
		t.Errorf("only %d mistakes were found", len(list))
	}
}

// TestDocumentedHours reads the opening hours of docs/calendars.md.
func TestDocumentedHours(t *testing.T) {
	raw, err := os.ReadFile("../docs/calendars.md")
	if err != nil {
		t.Fatal(err)
	}
	list := rows(t, string(raw), "| write | open |")
	for _, row := range list {
		if _, err := ParseHours([]string{row[0]}); err != nil {
			t.Errorf("docs/calendars.md: %s: %v", row[0], err)
		}
	}
	if len(list) < 7 {
		t.Errorf("only %d examples were found", len(list))
	}
	for _, said := range []string{NewCalendar("us-east", "", hours(t, "Mon-Fri 09:00-18:00"), time.UTC, nil).Say(time.Date(2026, 11, 20, 18, 2, 0, 0, time.UTC))} {
		if !strings.Contains(string(raw), "us-east is "+said) {
			t.Errorf("docs/calendars.md does not show what a trace says: %s", said)
		}
	}
}
