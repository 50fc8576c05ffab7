package config

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

var variableInFlow = regexp.MustCompile(`\$\{[A-Za-z0-9_]*`)

// flowProblem: inside [ ] or { }.
func (s *source) flowProblem(e *yaml.LoadError, from, at position) (syntaxProblem, bool) {
	start, inFlow := s.flowStart(at.line)
	if !strings.Contains(e.ContextMsg, "flow") && (!inFlow || start.line == at.line) {
		return syntaxProblem{}, false
	}
	if inFlow {
		from = start
	}
	open := s.char(from)
	if open != '[' && open != '{' {
		return syntaxProblem{}, false
	}
	repair := func() {
		s.cut(from.line, from.col)
		s.dropDeeper(from.line)
	}
	for n := from.line; n <= at.line; n++ {
		text := s.line(n)
		plain := unquoted(text)
		if m := variableInFlow.FindStringIndex(plain); m != nil {
			col := utf8.RuneCountInString(plain[:m[0]]) + 1
			name := plain[m[0]+2 : m[1]]
			return syntaxProblem{
				at:         position{n, col},
				message:    "a variable inside [ ] or { } needs quotes",
				suggestion: fmt.Sprintf("put quotes around \"${%s}\"", name),
				repair:     repair,
			}, true
		}
		if col := cutComment(text); col > 0 && n == from.line && col > from.col {
			return syntaxProblem{
				at:         position{n, col},
				message:    "` #` starts a comment: everything after it on this line is ignored",
				suggestion: "put quotes around the value that holds the `#`",
				repair:     repair,
			}, true
		}
	}
	if !s.flowCloses(from) {
		return syntaxProblem{
			at:         from,
			message:    fmt.Sprintf("this `%c` is not closed", open),
			suggestion: fmt.Sprintf("add `%c` at its end", closing(open)),
			repair:     repair,
		}, true
	}
	return syntaxProblem{
		at:         at,
		message:    fmt.Sprintf("a `,` or `%c` was expected here", closing(open)),
		suggestion: "put quotes around each value and a comma between two",
		repair:     repair,
	}, true
}

// flowDepth returns how many more brackets a line opens than it closes.
func flowDepth(text string) int {
	if col := cutComment(text); col > 0 {
		text = string([]rune(text)[:col-1])
	}
	plain := unquoted(text)
	return strings.Count(plain, "[") + strings.Count(plain, "{") - strings.Count(plain, "]") - strings.Count(plain, "}")
}

// flowStart returns where the [ ] or { } begins that is open at a line.
func (s *source) flowStart(line int) (position, bool) {
	depth := 0
	var start position
	inside := s.blockScalars()
	for n := 1; n <= line; n++ {
		if inside[n] {
			continue
		}
		text := s.line(n)
		if depth == 0 {
			p := splitLine(text)
			if p.value == "" || p.value[0] != '[' && p.value[0] != '{' {
				continue
			}
			start = position{n, p.valueCol}
		}
		depth = max(0, depth+flowDepth(text))
		if n == line {
			return start, true
		}
	}
	return position{}, false
}

// flowCloses says whether the brackets opened at a place are closed before the
// lines that belong to them end.
func (s *source) flowCloses(start position) bool {
	p := splitLine(s.line(start.line))
	base := p.indent
	if p.keyCol > 0 {
		base = p.keyCol - 1
	}
	depth := flowDepth(s.line(start.line))
	for n := start.line + 1; depth > 0 && n <= len(s.lines); n++ {
		text := s.line(n)
		trimmed := strings.TrimSpace(text)
		closes := strings.HasPrefix(trimmed, "]") || strings.HasPrefix(trimmed, "}")
		if trimmed != "" && !closes && splitLine(text).indent <= base {
			return false
		}
		depth += flowDepth(text)
	}
	return depth <= 0
}

func closing(open rune) rune {
	if open == '{' {
		return '}'
	}
	return ']'
}
