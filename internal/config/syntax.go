package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// syntaxProblem is one mistake in the YAML itself, with what makes the rest of
// the file readable. Its position is in the repaired text.
type syntaxProblem struct {
	at         position
	message    string
	suggestion string
	repair     func()
	// quiet: do not poison the line; its repair is exact.
	quiet bool
}

// maxRepairs bounds how often a file is mended and read again.
const maxRepairs = 60

// parse reads the source. A mistake in the YAML is reported, mended in a copy as
// well as can be, and the file read again, because the YAML parser stops at the
// first one. It returns nil if the file cannot be read even so.
func (s *source) parse(report func(at position, message, suggestion string)) *yaml.Node {
	s.cleanCharacters(report)
	for range maxRepairs {
		root, err := readYAML(s.bytes())
		if err == nil {
			return root
		}
		p := s.diagnose(err)
		p.at = s.clamp(p.at)
		l := &s.lines[p.at.line-1]
		if !l.poisoned {
			report(s.original(p.at), p.message, p.suggestion)
		}
		l.repairs++
		l.poisoned = l.poisoned || !p.quiet
		switch {
		case l.repairs == 1 && p.repair != nil:
			p.repair()
		case l.repairs <= 3:
			s.blank(p.at.line)
		default:
			return nil
		}
	}
	return nil
}

// readYAML composes the one document of raw. A panic of the parser becomes an error.
func readYAML(raw []byte) (root *yaml.Node, failure *yaml.LoadError) {
	defer func() {
		if v := recover(); v != nil {
			root, failure = nil, &yaml.LoadError{Message: "internal"}
		}
	}()
	loader, err := yaml.NewLoader(bytes.NewReader(raw))
	if err != nil {
		return nil, &yaml.LoadError{Message: "internal"}
	}
	var first, second yaml.Node
	switch err := loader.Load(&first); {
	case errors.Is(err, io.EOF):
		return &yaml.Node{}, nil
	case err != nil:
		return nil, loadError(err)
	}
	switch err := loader.Load(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, loadError(err)
	default:
		return nil, &yaml.LoadError{Message: secondDocument, Mark: yaml.Mark{Line: second.Line, Column: second.Column}}
	}
	return &first, nil
}

const secondDocument = "second document"

func loadError(err error) *yaml.LoadError {
	if one, ok := errors.AsType[*yaml.LoadError](err); ok {
		return one
	}
	if many, ok := errors.AsType[*yaml.LoadErrors](err); ok && len(many.Errors) > 0 {
		return many.Errors[0]
	}
	return &yaml.LoadError{Message: "internal"}
}

// cleanCharacters replaces what no YAML may hold, and the invisible characters
// that come with text copied from a browser or a chat.
func (s *source) cleanCharacters(report func(at position, message, suggestion string)) {
	for n := range s.lines {
		l := &s.lines[n]
		runes := []rune(l.text)
		told, structural := false, true
		for i, r := range runes {
			message := badCharacter(r, structural)
			if structural && !isBlank(r) && r != '-' && message == "" {
				structural = false
			}
			if r == ':' && isShortKey(string(runes[:i])) {
				structural = true // the space after the colon matters too
			}
			if message == "" {
				continue
			}
			if !told {
				report(position{n + 1, i + 1}, message, "delete it and type a normal space if one is wanted")
			}
			told = true
			runes[i] = ' '
			if zeroWidth(r) {
				runes[i] = removed
			}
		}
		l.text = string(runes)
		for i := strings.IndexRune(l.text, removed); i >= 0; i = strings.IndexRune(l.text, removed) {
			l.shifts = append(l.shifts, shift{from: utf8.RuneCountInString(l.text[:i]), delta: -1})
			l.text = strings.Replace(l.text, string(removed), "", 1)
		}
	}
}

// removed marks a character that is taken out; like brokenMark no one types it.
const removed = '\uE001'

func zeroWidth(r rune) bool { return r >= 0x200b && r <= 0x200d || r == 0xfeff }

func isShortKey(text string) bool {
	t := strings.TrimLeft(text, " -\t\u00a0")
	return t != "" && plainKey.FindString(t) == t
}

// badCharacter says what is wrong with r; structural: where white space has a meaning.
func badCharacter(r rune, structural bool) string {
	switch {
	case r == '\t':
		return ""
	case r == 0x85 || r == 0x2028 || r == 0x2029:
		return fmt.Sprintf("an invisible line separator (U+%04X) is in this line", r)
	case r < 0x20, r >= 0x7f && r < 0xa0, r == 0xfffe, r == 0xffff, r == 0xfeff:
		return fmt.Sprintf("an invisible control character (U+%04X) is in this line", r)
	case structural && (r == 0xa0 || r == 0x2007 || r == 0x202f || r == 0x3000 || r >= 0x2000 && r <= 0x200d):
		return fmt.Sprintf("this is not a normal space but U+%04X, as it comes with text copied from a web page", r)
	default:
		return ""
	}
}

// dropDeeper empties the lines after n that belong to its value: they are
// indented more than the key or the dash, or close a bracket.
func (s *source) dropDeeper(n int) {
	p := splitLine(s.line(n))
	base := p.indent
	if p.keyCol > 0 {
		base = p.keyCol - 1
	}
	for n++; n <= len(s.lines); n++ {
		text := s.line(n)
		trimmed := strings.TrimSpace(text)
		closes := strings.HasPrefix(trimmed, "]") || strings.HasPrefix(trimmed, "}")
		if trimmed != "" && !closes && splitLine(text).indent <= base {
			return
		}
		s.lines[n-1].text = ""
		if closes {
			return
		}
	}
}

// cutValue replaces the value of a line by the broken mark, from its start if it
// is a flow collection, else from column col on.
func (s *source) cutValue(line, col int) {
	p := splitLine(s.line(line))
	switch {
	case p.value != "" && (p.value[0] == '[' || p.value[0] == '{'):
		s.cut(line, p.valueCol)
	case p.key != "" || p.dash > 0:
		if p.valueCol > 0 && col > p.valueCol {
			col = p.valueCol
		}
		s.cut(line, col)
	default:
		s.blank(line)
	}
}
