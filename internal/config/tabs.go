package config

import (
	"fmt"
	"slices"
	"strings"
)

// tabs answers for every line that is indented with a tab at once.
func (s *source) tabs(at position) syntaxProblem {
	inside := s.blockScalars()
	var tabbed []int
	for n := 1; n <= len(s.lines); n++ {
		text := s.line(n)
		lead := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
		if strings.Contains(lead, "\t") && !emptyLine(text) && (!inside[n] || n == at.line) {
			tabbed = append(tabbed, n)
		}
	}
	if len(tabbed) == 0 {
		return syntaxProblem{at: at, message: "there is a tab here", suggestion: "write a space instead", repair: func() { s.untab(at.line) }}
	}
	p := syntaxProblem{
		at:         position{tabbed[0], 1 + strings.Index(s.line(tabbed[0]), "\t")},
		message:    "this line is indented with a tab",
		suggestion: "use spaces: two for each level",
		repair:     func() { s.replaceTabs(tabbed) },
		quiet:      true,
	}
	if n := len(tabbed) - 1; n > 0 {
		p.message += fmt.Sprintf(" (and %d more)", n)
	}
	return p
}

func (s *source) untab(line int) {
	s.lines[line-1].text = strings.ReplaceAll(s.lines[line-1].text, "\t", " ")
}

// leadingWhite returns how many spaces and tabs a line begins with.
func leadingWhite(text string) (spaces, tabs int) {
	white := text[:len(text)-len(strings.TrimLeft(text, " \t"))]
	return strings.Count(white, " "), strings.Count(white, "\t")
}

// replaceTabs indents the lines with spaces, as they were most probably meant.
func (s *source) replaceTabs(tabbed []int) {
	indents := s.tabsBesideLines(tabbed)
	mixed := s.mixedIndentation(tabbed)
	if !s.reads(tabbed, indents) {
		s.damaged = s.damaged || mixed
		for _, width := range []int{2, 4, 8} {
			for i, n := range tabbed {
				spaces, tabs := leadingWhite(s.line(n))
				indents[i] = spaces + width*tabs
			}
			if s.reads(tabbed, indents) {
				break
			}
		}
	}
	for i, n := range tabbed {
		s.lines[n-1].shifts = nil
		s.indent(n, indents[i])
		// Among lines indented with spaces it remains a guess: say nothing more about them.
		s.lines[n-1].poisoned = mixed
	}
}

// tabsBesideLines aligns each run of tabbed lines with the line above it, and
// takes a tab more or less within the run for two spaces.
func (s *source) tabsBesideLines(tabbed []int) []int {
	indents := make([]int, len(tabbed))
	base, first := 0, 0
	for i, n := range tabbed {
		_, tabs := leadingWhite(s.line(n))
		above := s.lineBefore(n)
		if i == 0 || above != tabbed[i-1] {
			base, first = 0, tabs
			if above > 0 {
				p := splitLine(s.line(above))
				base = p.indent
				if p.keyCol > 0 {
					base = p.keyCol - 1
				}
				if p.key != "" && p.value == "" {
					base += 2
				}
			}
		}
		indents[i] = max(0, base+2*(tabs-first))
	}
	return indents
}

// reads says whether the file can be read with the lines indented like that.
func (s *source) reads(lines, indents []int) bool {
	trial := &source{lines: slices.Clone(s.lines)}
	for i, n := range lines {
		trial.indent(n, indents[i])
	}
	_, err := readYAML(trial.bytes())
	return err == nil
}

// mixedIndentation says whether other lines are indented with spaces.
func (s *source) mixedIndentation(tabbed []int) bool {
	for n := range s.lines {
		spaces, _ := leadingWhite(s.lines[n].text)
		if spaces > 0 && !emptyLine(s.lines[n].text) && !slices.Contains(tabbed, n+1) {
			return true
		}
	}
	return false
}
