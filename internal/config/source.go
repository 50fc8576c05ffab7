package config

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// position is a place in the file: line and column from 1, the column in characters.
type position struct{ line, col int }

// sourceLine is one line of the file, as written and as repaired so that the
// rest of the file can be checked as well.
type sourceLine struct {
	text   string
	shifts []shift
	// poisoned: a problem was reported here that makes everything else on this
	// line follow-up noise.
	poisoned bool
	repairs  int
}

// shift is one change of a line: behind column from it has delta more characters
// than before.
type shift struct{ from, delta int }

// source is the file's text.
type source struct {
	lines []sourceLine
	// damaged: lines had to be left out, so what seems to be missing may not be.
	damaged bool
}

// brokenMark stands in the repaired text for a value that could not be read. It
// is a private-use character, which no one types.
const brokenMark = '\uE000'

// newSource splits text into lines.
func newSource(text string) *source {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	parts := strings.Split(text, "\n")
	if n := len(parts); n > 1 && parts[n-1] == "" {
		parts = parts[:n-1]
	}
	s := &source{lines: make([]sourceLine, len(parts))}
	for i, p := range parts {
		s.lines[i].text = p
	}
	return s
}

// bytes returns the repaired text.
func (s *source) bytes() []byte {
	var b bytes.Buffer
	for _, l := range s.lines {
		b.WriteString(l.text)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// line returns the repaired text of line n, from 1; "" outside the file.
func (s *source) line(n int) string {
	if n < 1 || n > len(s.lines) {
		return ""
	}
	return s.lines[n-1].text
}

// clamp moves a position into the file.
func (s *source) clamp(p position) position {
	if p.line < 1 {
		return position{1, 1}
	}
	if p.line > len(s.lines) {
		last := len(s.lines)
		return position{last, utf8.RuneCountInString(s.line(last)) + 1}
	}
	p.col = max(1, min(p.col, utf8.RuneCountInString(s.line(p.line))+1))
	return p
}

// original turns a position in the repaired text into one in the file as written.
func (s *source) original(p position) position {
	p = s.clamp(p)
	col := p.col
	for _, sh := range slices.Backward(s.lines[p.line-1].shifts) {
		if col > sh.from {
			col -= sh.delta
		}
	}
	p.col = max(1, col)
	return p
}

// poisoned says whether a line's own problem was already told.
func (s *source) poisoned(line int) bool {
	return line >= 1 && line <= len(s.lines) && s.lines[line-1].poisoned
}

// indent replaces the leading white space of a line by n spaces.
func (s *source) indent(line, n int) {
	l := &s.lines[line-1]
	rest := strings.TrimLeft(l.text, " \t")
	old := utf8.RuneCountInString(l.text) - utf8.RuneCountInString(rest)
	l.text = strings.Repeat(" ", n) + rest
	l.shifts = append(l.shifts, shift{from: min(old, n), delta: n - old})
}

// insert puts text before column col of a line.
func (s *source) insert(line, col int, text string) {
	l := &s.lines[line-1]
	runes := []rune(l.text)
	col = max(1, min(col, len(runes)+1))
	l.text = string(runes[:col-1]) + text + string(runes[col-1:])
	l.shifts = append(l.shifts, shift{from: col - 1, delta: utf8.RuneCountInString(text)})
}

// cut replaces everything from column col on by the broken mark.
func (s *source) cut(line, col int) {
	l := &s.lines[line-1]
	runes := []rune(l.text)
	col = max(1, min(col, len(runes)+1))
	l.text = string(runes[:col-1]) + string(brokenMark)
}

// blank empties a line. What the file lacks afterwards may have been there.
func (s *source) blank(line int) {
	if strings.TrimSpace(s.lines[line-1].text) != "" {
		s.damaged = true
	}
	s.lines[line-1].text = ""
	s.lines[line-1].shifts = nil
}

// encodingNote says what was wrong with a file's encoding.
type encodingNote struct {
	at      position
	message string
}

const saveAsUTF8 = "save it as UTF-8 (in the editor: Save with encoding, UTF-8)"

// decodeText turns a file's bytes into text. A file that is not UTF-8 is read as
// what it most probably is, so that the rest can be checked too, with a note.
func decodeText(raw []byte) (string, *encodingNote) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xef\xbb\xbf")):
		raw = raw[3:] // harmless: many Windows programs write it
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}):
		return utf16Text(raw[2:], binary.LittleEndian), &encodingNote{position{1, 1}, "the file is saved as UTF-16"}
	case bytes.HasPrefix(raw, []byte{0xfe, 0xff}):
		return utf16Text(raw[2:], binary.BigEndian), &encodingNote{position{1, 1}, "the file is saved as UTF-16"}
	case len(raw) >= 4 && raw[0] != 0 && raw[1] == 0 && raw[2] != 0 && raw[3] == 0:
		return utf16Text(raw, binary.LittleEndian), &encodingNote{position{1, 1}, "the file is saved as UTF-16"}
	case len(raw) >= 4 && raw[0] == 0 && raw[1] != 0 && raw[2] == 0 && raw[3] != 0:
		return utf16Text(raw, binary.BigEndian), &encodingNote{position{1, 1}, "the file is saved as UTF-16"}
	}
	if utf8.Valid(raw) {
		return string(raw), nil
	}
	bad := 0
	for bad < len(raw) {
		r, size := utf8.DecodeRune(raw[bad:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		bad += size
	}
	before := newSource(string(raw[:bad]) + "x")
	last := len(before.lines)
	note := &encodingNote{
		at:      position{last, utf8.RuneCountInString(before.line(last))},
		message: "this character is not UTF-8; the file seems to be saved in an older Windows encoding (Windows-1252)",
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(raw)
	if err != nil {
		return strings.ToValidUTF8(string(raw), "?"), note
	}
	return string(text), note
}

func utf16Text(raw []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = order.Uint16(raw[2*i:])
	}
	return strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff")
}
