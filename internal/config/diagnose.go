package config

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// diagnose says in plain words what a YAML error comes from. The parser often
// notices a mistake some lines after it was made.
func (s *source) diagnose(e *yaml.LoadError) syntaxProblem {
	at := s.clamp(position{e.Mark.Line, e.Mark.Column})
	from := at
	if e.ContextMark.Line > 0 {
		from = s.clamp(position{e.ContextMark.Line, e.ContextMark.Column})
	}
	char := s.char(at)
	// The parser may stop at the end of the file; what it read last is what counts.
	for at.line > from.line && emptyLine(s.line(at.line)) {
		at = position{at.line - 1, 1}
	}
	if e.Message == secondDocument {
		return s.secondDocument(at)
	}
	if strings.Contains(e.Message, "tab character") || char == '\t' {
		return s.tabs(at)
	}
	if p, ok := s.findOpenQuote(min(from.line, at.line), at.line); ok {
		return p
	}
	switch {
	case strings.Contains(e.ContextMsg, "quoted scalar"):
		return s.quotedProblem(e, from, at)
	case e.Stage == yaml.ComposerStage, strings.Contains(e.ContextMsg, "anchor"), strings.Contains(e.ContextMsg, "alias"):
		return s.needsQuotes(at.line, s.valueCol(at), "`*` and `&` have a meaning of their own in YAML")
	case strings.Contains(e.ContextMsg, "tag"):
		return s.needsQuotes(from.line, from.col, "an unquoted `!` starts a YAML tag")
	case strings.Contains(e.ContextMsg, "directive"):
		return s.needsQuotes(from.line, from.col, "a line cannot start with `%`")
	case strings.Contains(e.ContextMsg, "block scalar"):
		return s.needsQuotes(from.line, from.col, fmt.Sprintf("an unquoted `%c` at the start of a value begins a text block in YAML", s.char(from)))
	}
	for _, look := range []func(e *yaml.LoadError, from, at position) (syntaxProblem, bool){
		s.braces, s.flowProblem, s.startProblem, s.missingSpace, s.textAfterQuote, s.listOnKeyLine, s.colonInText, s.missingColon, s.indentation, s.mixedList,
	} {
		if p, ok := look(e, from, at); ok {
			return p
		}
	}
	return syntaxProblem{
		at:         at,
		message:    "this line cannot be read",
		suggestion: "look at the quotes, the colons and the indentation of this line and the one above",
		repair:     func() { s.cutValue(at.line, 1) },
	}
}

// char returns the character at a position, 0 past the end of a line.
func (s *source) char(at position) rune {
	runes := []rune(s.line(at.line))
	if at.col < 1 || at.col > len(runes) {
		return 0
	}
	return runes[at.col-1]
}

// valueCol returns where the value of the line begins, or the column itself.
func (s *source) valueCol(at position) int {
	if p := splitLine(s.line(at.line)); p.valueCol > 0 && p.valueCol <= at.col {
		return p.valueCol
	}
	return at.col
}

func (s *source) needsQuotes(line, col int, why string) syntaxProblem {
	return syntaxProblem{
		at:         position{line, col},
		message:    why,
		suggestion: "put quotes around the whole value",
		repair:     func() { s.cutValue(line, col) },
	}
}

func (s *source) secondDocument(at position) syntaxProblem {
	line := at.line
	for line > 1 && !strings.HasPrefix(s.line(line), "---") {
		line--
	}
	return syntaxProblem{
		at:         position{line, 1},
		message:    "`---` starts a second document, and leadhub reads only one",
		suggestion: "keep everything in one: remove the line",
		repair: func() {
			for n := line; n <= len(s.lines); n++ {
				s.blank(n)
			}
		},
	}
}

// findOpenQuote looks for the first line with a quote that is not closed.
func (s *source) findOpenQuote(first, last int) (syntaxProblem, bool) {
	inside := s.blockScalars()
	for n := first; n <= last; n++ {
		if inside[n] || s.poisoned(n) {
			continue
		}
		col := openQuote(splitLine(s.line(n)))
		if col == 0 {
			continue
		}
		return syntaxProblem{
			at:         position{n, col},
			message:    "this quote is not closed on the same line",
			suggestion: fmt.Sprintf("end the value with %c", s.char(position{n, col})),
			repair: func() {
				if start, ok := s.flowStart(n); ok && start.line < n {
					s.cut(start.line, start.col)
					s.dropDeeper(start.line)
					return
				}
				s.cutValue(n, col)
				s.dropDeeper(n)
			},
		}, true
	}
	return syntaxProblem{}, false
}

func (s *source) quotedProblem(e *yaml.LoadError, from, at position) syntaxProblem {
	if strings.Contains(e.Message, "unknown escape") || strings.Contains(e.Message, "hexadecimal") || strings.Contains(e.Message, "Unicode") {
		return syntaxProblem{
			at:         position{e.Mark.Line, e.Mark.Column},
			message:    "inside \"double quotes\" a backslash starts a special character, and this is none",
			suggestion: "use 'single quotes', or write the backslash twice",
			repair:     func() { s.cutValue(at.line, from.col) },
		}
	}
	return syntaxProblem{
		at:         from,
		message:    "this quote is never closed",
		suggestion: "end the value with a quote",
		repair: func() {
			s.cutValue(from.line, from.col)
			s.dropDeeper(from.line)
		},
	}
}

// startProblem: a character no value can start with.
func (s *source) startProblem(e *yaml.LoadError, _, at position) (syntaxProblem, bool) {
	if !strings.Contains(e.Message, "cannot start any token") && !strings.Contains(e.Message, "expected node content") {
		return syntaxProblem{}, false
	}
	c := s.char(at)
	if c == 0 {
		return syntaxProblem{}, false
	}
	sign := fmt.Sprintf("`%c`", c)
	if c == '`' {
		sign = "a backtick"
	}
	return s.needsQuotes(at.line, at.col, fmt.Sprintf("text that starts with %s needs quotes", sign)), true
}

var gluedColon = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*:[^\s/:]`)

// missingSpace: `key:value`, on the line itself or the one before.
func (s *source) missingSpace(_ *yaml.LoadError, _, at position) (syntaxProblem, bool) {
	for _, n := range []int{at.line, s.lineBefore(at.line)} {
		p := splitLine(s.line(n))
		if n == 0 || p.key != "" || s.poisoned(n) || !gluedColon.MatchString(p.value) {
			continue
		}
		key, _, _ := strings.Cut(p.value, ":")
		col := p.valueCol + len(key)
		return syntaxProblem{
			at:         position{n, col},
			message:    fmt.Sprintf("there is no space after `%s:`", key),
			suggestion: "put a space after the colon",
			repair:     func() { s.insert(n, col+1, " ") },
			quiet:      true,
		}, true
	}
	return syntaxProblem{}, false
}

// lineBefore returns the last line before n that says something, 0 if there is none.
func (s *source) lineBefore(n int) int {
	for n--; n > 0 && emptyLine(s.line(n)); n-- {
	}
	return n
}

// textAfterQuote: `when: "hot" in tags`.
func (s *source) textAfterQuote(_ *yaml.LoadError, _, at position) (syntaxProblem, bool) {
	p := splitLine(s.line(at.line))
	col := afterQuote(p)
	if col == 0 {
		return syntaxProblem{}, false
	}
	other := "'single quotes'"
	if strings.HasPrefix(p.value, "'") {
		other = `"double quotes"`
	}
	return syntaxProblem{
		at:         position{at.line, col},
		message:    "the value starts with a quote, so it ends at the next one, but more text follows",
		suggestion: "put the whole value in " + other,
		repair:     func() { s.cut(at.line, p.valueCol) },
	}, true
}

// listOnKeyLine: `to: - crm`.
func (s *source) listOnKeyLine(e *yaml.LoadError, _, at position) (syntaxProblem, bool) {
	p := splitLine(s.line(at.line))
	if !strings.Contains(e.Message, "block sequence entries") || p.key == "" || !strings.HasPrefix(p.value, "-") {
		return syntaxProblem{}, false
	}
	return syntaxProblem{
		at:         position{at.line, p.valueCol},
		message:    fmt.Sprintf("a list cannot start on the line of `%s:`", p.key),
		suggestion: "write each `- …` on a line of its own below it",
		repair: func() {
			s.cut(at.line, p.valueCol)
			s.dropDeeper(at.line)
		},
	}, true
}

// colonInText: `when: a ? b : c`, `suppress: customer: known`.
func (s *source) colonInText(e *yaml.LoadError, _, at position) (syntaxProblem, bool) {
	p := splitLine(s.line(at.line))
	if !strings.Contains(e.Message, "mapping values are not allowed") || p.key == "" || p.valueCol == 0 || at.col < p.valueCol {
		return syntaxProblem{}, false
	}
	return syntaxProblem{
		at:         at,
		message:    "a colon followed by a space has a meaning of its own in YAML",
		suggestion: colonAdvice(p),
		repair:     func() { s.cut(at.line, p.valueCol) },
	}, true
}

func colonAdvice(p lineParts) string {
	if p.key == "to" {
		return "write each output on a line of its own below `to:`, after `- `"
	}
	return fmt.Sprintf("put quotes around the whole value of `%s`", p.key)
}

// braces: a value that begins with {{ and has no quotes.
func (s *source) braces(_ *yaml.LoadError, _, at position) (syntaxProblem, bool) {
	p := splitLine(s.line(at.line))
	runes := []rune(s.line(at.line))
	if p.valueCol == 0 || !hasAt(runes, p.valueCol-1, "{{") {
		return syntaxProblem{}, false
	}
	q := s.needsQuotes(at.line, p.valueCol, "an unquoted {{ starts a group of keys in YAML")
	if strings.ContainsRune(string(runes[p.valueCol-1:]), '"') {
		q.suggestion = "put the whole value in 'single quotes'"
	}
	return q, true
}

// wordThenGroup: `auth {bearer: x}`.
var wordThenGroup = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]* +[\[{]`)

// missingColon: a line that is only a word.
func (s *source) missingColon(e *yaml.LoadError, from, at position) (syntaxProblem, bool) {
	n := from.line
	if !strings.Contains(e.Message, "could not find expected ':'") {
		n = s.lineBefore(at.line)
		if wordThenGroup.MatchString(splitLine(s.line(at.line)).value) {
			n = at.line
		} else if n == 0 || !strings.Contains(e.Message, "mapping values are not allowed") {
			return syntaxProblem{}, false
		}
	}
	p := splitLine(s.line(n))
	if p.key != "" || s.poisoned(n) || p.valueCol == 0 {
		return syntaxProblem{}, false
	}
	word := plainKey.FindString(p.value)
	if word == "" {
		return syntaxProblem{}, false
	}
	end := p.valueCol + utf8.RuneCountInString(word)
	bare := word == p.value
	return syntaxProblem{
		at:         position{n, end},
		message:    fmt.Sprintf("there is no `:` after `%s`", word),
		suggestion: fmt.Sprintf("write `%s: …`", word),
		quiet:      bare,
		repair: func() {
			if !bare {
				s.cut(n, p.valueCol)
				s.insert(n, p.valueCol, word+": ")
				return
			}
			s.insert(n, end, ":")
		},
	}, true
}

// indentation: a line that starts in a column where nothing above it starts.
func (s *source) indentation(_ *yaml.LoadError, _, at position) (syntaxProblem, bool) {
	levels := s.levels(at.line)
	here := splitLine(s.line(at.line)).indent
	best, bestAt := -1, 0
	for col, line := range levels {
		if col == here {
			return syntaxProblem{}, false
		}
		if best < 0 || abs(col-here) < abs(best-here) || abs(col-here) == abs(best-here) && col > best {
			best, bestAt = col, line
		}
	}
	if best < 0 {
		return syntaxProblem{}, false
	}
	where := fmt.Sprintf("line %d", bestAt)
	if p := splitLine(s.line(bestAt)); p.key != "" {
		where = fmt.Sprintf("`%s` in line %d", p.key, bestAt)
	}
	spaces := fmt.Sprintf("%d spaces", best)
	switch best {
	case 0:
		spaces = "no space"
	case 1:
		spaces = "1 space"
	}
	return syntaxProblem{
		at:         position{at.line, here + 1},
		message:    "the indentation of this line fits nothing above it",
		suggestion: fmt.Sprintf("start it with %s, exactly below %s", spaces, where),
		quiet:      true,
		repair: func() {
			for n := at.line; n <= len(s.lines); n++ {
				p := splitLine(s.line(n))
				if emptyLine(s.line(n)) {
					continue
				}
				if p.indent < here {
					return
				}
				s.indent(n, max(0, p.indent+best-here))
			}
		},
	}, true
}

// levels returns the indentations a line may have, each with the line it comes from.
func (s *source) levels(line int) map[int]int {
	type level struct{ col, line int }
	var stack []level
	inside := s.blockScalars()
	for n := 1; n < line; n++ {
		if inside[n] || emptyLine(s.line(n)) {
			continue
		}
		p := splitLine(s.line(n))
		for len(stack) > 0 && stack[len(stack)-1].col >= p.indent {
			stack = stack[:len(stack)-1]
		}
		stack = append(stack, level{p.indent, n})
		if p.dash > 0 && p.keyCol > 0 {
			stack = append(stack, level{p.keyCol - 1, n})
		}
	}
	levels := map[int]int{}
	for _, l := range stack {
		levels[l.col] = l.line
	}
	return levels
}

// mixedList: `- x` and `key:` in the same column.
func (s *source) mixedList(e *yaml.LoadError, _, at position) (syntaxProblem, bool) {
	dash := strings.Contains(e.Message, "expected '-' indicator")
	if !dash && !strings.Contains(e.Message, "did not find expected key") && !strings.Contains(e.Message, "block sequence entries") {
		return syntaxProblem{}, false
	}
	p := splitLine(s.line(at.line))
	message := "an entry of a list (`- …`) cannot stand here, beside keys"
	if dash {
		message = "a key cannot stand here, beside the entries of a list (`- …`)"
	}
	if dash == (p.dash > 0) {
		return syntaxProblem{}, false
	}
	return syntaxProblem{
		at:         position{at.line, p.indent + 1},
		message:    message,
		suggestion: "move it to the column of the lines it belongs to",
		repair: func() {
			s.dropDeeper(at.line)
			s.blank(at.line)
		},
	}, true
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
