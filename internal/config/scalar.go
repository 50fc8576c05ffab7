package config

import (
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"
)

// scalarReader walks a scalar's value and its source side by side, to find where
// in the file each character of the value was written.
type scalarReader struct {
	src    *source
	value  []rune
	at     []position // of each character read so far
	line   int
	runes  []rune // of the current line
	i      int    // index into runes
	indent int    // of a block scalar's text
}

// scalarPositions returns the position of every character of n.Value and, as the
// last element, the one just behind it. It returns nil where the source cannot be
// matched with the value. Positions are in the repaired text.
func (s *source) scalarPositions(n *yaml.Node) []position {
	r := &scalarReader{src: s, value: []rune(n.Value)}
	if !r.goTo(n.Line) {
		return nil
	}
	r.i = n.Column - 1
	if r.i < 0 || r.i > len(r.runes) {
		return nil
	}
	ok := false
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		r.i++
		ok = r.flow('"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		r.i++
		ok = r.flow('\'')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		ok = r.block(n.Style&yaml.FoldedStyle != 0)
	default:
		ok = r.flow(0)
	}
	if !ok {
		return nil
	}
	return append(r.at, position{r.line, r.i + 1})
}

func (r *scalarReader) goTo(line int) bool {
	if line < 1 || line > len(r.src.lines) {
		return false
	}
	r.line, r.runes, r.i = line, []rune(r.src.line(line)), 0
	return true
}

// take records that the next character of the value is written at the current place.
func (r *scalarReader) take() {
	r.at = append(r.at, position{r.line, r.i + 1})
}

// restBlank says whether nothing but white space follows on the line.
func (r *scalarReader) restBlank() bool {
	for _, c := range r.runes[min(r.i, len(r.runes)):] {
		if !isBlank(c) {
			return false
		}
	}
	return true
}

// flow reads a plain (quote 0), single-quoted or double-quoted scalar, which may
// be folded over several lines.
func (r *scalarReader) flow(quote rune) bool {
	for len(r.at) < len(r.value) {
		want := r.value[len(r.at)]
		if quote == '"' && r.i < len(r.runes) && r.runes[r.i] == '\\' {
			if !r.escape() {
				return false
			}
			continue
		}
		if (want == ' ' || want == '\n') && r.restBlank() {
			if !r.fold() {
				return false
			}
			continue
		}
		if r.i >= len(r.runes) || r.runes[r.i] != want {
			return false
		}
		r.take()
		r.i++
		if quote == '\'' && want == '\'' {
			r.i++ // written twice
		}
	}
	return true
}

// fold reads a line break inside a flow scalar: one space, or one \n per empty line.
func (r *scalarReader) fold() bool {
	if r.value[len(r.at)] == ' ' {
		r.take()
	} else {
		for len(r.at) < len(r.value) && r.value[len(r.at)] == '\n' {
			r.take()
		}
	}
	return r.nextText()
}

// nextText goes to the first character of the next line that has one.
func (r *scalarReader) nextText() bool {
	for {
		if !r.goTo(r.line + 1) {
			return false
		}
		if strings.TrimSpace(string(r.runes)) != "" {
			r.i = skipBlank(r.runes, 0)
			return true
		}
	}
}

// escape reads one \… of a double-quoted scalar.
func (r *scalarReader) escape() bool {
	if r.i+1 >= len(r.runes) { // an escaped line break stands for nothing
		return r.nextText()
	}
	r.take()
	switch r.runes[r.i+1] {
	case 'x':
		r.i += 4
	case 'u':
		r.i += 6
	case 'U':
		r.i += 10
	default:
		r.i += 2
	}
	return true
}

// block reads the text of a `|` or `>` scalar.
func (r *scalarReader) block(folded bool) bool {
	header := string(r.runes[min(r.i, len(r.runes)):])
	base := splitLine(string(r.runes))
	if !r.goTo(r.line + 1) {
		return len(r.value) == 0
	}
	r.indent = r.blockIndent(header, base)
	r.i = min(r.indent, len(r.runes))
	for len(r.at) < len(r.value) {
		want := r.value[len(r.at)]
		atEnd := r.i >= len(r.runes)
		switch {
		case atEnd && want == '\n' && !folded, atEnd && want == ' ' && folded:
			r.take()
			if !r.nextBlockLine() {
				return len(r.at) == len(r.value)
			}
		case atEnd && want == '\n':
			for len(r.at) < len(r.value) && r.value[len(r.at)] == '\n' {
				r.take()
			}
			if !r.nextBlockText() {
				return len(r.at) == len(r.value)
			}
		case !atEnd && r.runes[r.i] == want:
			r.take()
			r.i++
		default:
			return false
		}
	}
	return true
}

// blockIndent returns how many characters of each line are indentation: what the
// header says, else the first line with text decides.
func (r *scalarReader) blockIndent(header string, base lineParts) int {
	if i := strings.IndexFunc(header, unicode.IsDigit); i == 1 || i == 2 {
		n := int(header[i] - '0')
		if base.dash > 0 && base.keyCol > 0 {
			return base.keyCol - 1 + n
		}
		return base.indent + n
	}
	for line := r.line; line <= len(r.src.lines); line++ {
		text := r.src.line(line)
		if strings.TrimSpace(text) != "" {
			return len(text) - len(strings.TrimLeft(text, " "))
		}
	}
	return 0
}

func (r *scalarReader) nextBlockLine() bool {
	if !r.goTo(r.line + 1) {
		return false
	}
	r.i = min(r.indent, len(r.runes))
	return true
}

// nextBlockText goes to the next line of a folded scalar that has text.
func (r *scalarReader) nextBlockText() bool {
	for r.nextBlockLine() {
		if strings.TrimSpace(string(r.runes)) != "" {
			return true
		}
	}
	return false
}
