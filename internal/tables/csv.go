package tables

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"leadhub/internal/plugin"
)

// sheet is a CSV file being read, with the problems found so far.
type sheet struct {
	path     string
	data     []byte // without what spreadsheets put before the first line
	skipped  int    // lines before data
	reader   *csv.Reader
	comma    rune
	problems []plugin.Problem
	errors   int
	notes    []note
}

// note is a warning about something that a file may have in thousands of cells:
// it is told once, with the first place.
type note struct {
	what       string // the same for all cells it is about
	line, col  int
	n          int
	message    string // of one cell
	suggestion string
}

// at is a place in the file: a line and a character in it.
type at struct{ line, col int }

func (s *sheet) errorf(p at, suggestion, format string, args ...any) {
	s.errors++
	if s.errors > maxProblems {
		return
	}
	s.problems = append(s.problems, plugin.Problem{
		File: s.path, Line: p.line, Col: p.col, Severity: plugin.SeverityError, Message: fmt.Sprintf(format, args...), Suggestion: suggestion,
	})
}

// notef warns about something; p is asked where only the first time.
func (s *sheet) notef(p func() at, what, suggestion, format string, args ...any) {
	i := slices.IndexFunc(s.notes, func(n note) bool { return n.what == what })
	if i >= 0 {
		s.notes[i].n++
		return
	}
	where := p()
	s.notes = append(s.notes, note{what: what, line: where.line, col: where.col, n: 1, message: fmt.Sprintf(format, args...), suggestion: suggestion})
}

// cellErrorf tells what is wrong with a field of the record read last.
func (s *sheet) cellErrorf(field int, suggestion, format string, args ...any) {
	if s.errors >= maxProblems { // where it is need not be found out
		s.errors++
		return
	}
	s.errorf(s.where(field), suggestion, format, args...)
}

// cellNotef warns about a field of the record read last.
func (s *sheet) cellNotef(field int, what, suggestion, format string, args ...any) {
	s.notef(func() at { return s.where(field) }, what, suggestion, format, args...)
}

// finish returns the problems in the order of the lines.
func (s *sheet) finish() []plugin.Problem {
	for _, n := range s.notes {
		if n.n > 1 {
			n.message += fmt.Sprintf(" (and %d more like it)", n.n-1)
		}
		s.problems = append(s.problems, plugin.Problem{
			File: s.path, Line: n.line, Col: n.col, Severity: plugin.SeverityWarning, Message: n.message, Suggestion: n.suggestion,
		})
	}
	slices.SortStableFunc(s.problems, func(a, b plugin.Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	})
	if s.errors > maxProblems {
		s.problems = append(s.problems, plugin.Problem{
			File: s.path, Severity: plugin.SeverityError, Message: fmt.Sprintf("and %d more errors in this file", s.errors-maxProblems),
		})
	}
	return s.problems
}

const saveAs = `save it as "CSV UTF-8 (comma delimited)"`

// newSheet looks at a file's encoding. It returns false where the file cannot be
// read as text; that is told then.
func newSheet(path string, data []byte) (*sheet, bool) {
	s := &sheet{path: path, data: bytes.TrimPrefix(data, []byte("\ufeff"))}
	switch {
	case len(bytes.TrimSpace(s.data)) == 0:
		s.errorf(at{1, 0}, "its first line names the columns", "the file is empty")
		return s, false
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		s.errorf(at{1, 0}, saveAs, "the file is UTF-16 text, not UTF-8")
		return s, false
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		s.errorf(at{1, 0}, saveAs, "the file is an Excel workbook, not a CSV file")
		return s, false
	case bytes.HasPrefix(bytes.ToLower(bytes.TrimSpace(s.data)), []byte("<!doctype")), bytes.HasPrefix(bytes.ToLower(bytes.TrimSpace(s.data)), []byte("<html")):
		s.errorf(at{1, 0}, "see where it is downloaded from: it may need a login", "the file is a web page, not a CSV file")
		return s, false
	}
	if !bytes.ContainsRune(s.data, '\n') { // the lines of old Macintoshes
		s.data = bytes.ReplaceAll(s.data, []byte("\r"), []byte("\n"))
	}
	if i := bytes.IndexByte(s.data, 0); i >= 0 {
		s.errorf(s.place(i), saveAs, "the file is no text: it holds a zero byte")
		return s, false
	}
	good := true
	line := 0
	for text := range bytes.Lines(s.data) {
		line++
		if utf8.Valid(text) {
			continue
		}
		good = false
		col := 1
		for len(text) > 0 {
			r, size := utf8.DecodeRune(text)
			if r == utf8.RuneError && size == 1 {
				break
			}
			text, col = text[size:], col+1
		}
		s.errorf(at{line, col}, saveAs, "this line is not UTF-8 text: accents and umlauts in it cannot be read")
	}
	return s, good
}

// place returns where byte i of the data is.
func (s *sheet) place(i int) at {
	before := s.data[:i]
	start := bytes.LastIndexByte(before, '\n') + 1
	return at{s.skipped + bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1}
}

// line returns the line of a field of the record read last.
func (s *sheet) line(field int) int {
	line, _ := s.reader.FieldPos(field)
	return s.skipped + line
}

// where returns the place of a field of the record read last. It goes through the
// whole file up to there.
func (s *sheet) where(field int) at {
	line, col := s.reader.FieldPos(field)
	return at{s.skipped + line, s.runeCol(line, col)}
}

// runeCol turns a column in bytes into one in characters.
func (s *sheet) runeCol(line, col int) int {
	rest := s.data
	for range line - 1 {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			return col
		}
		rest = rest[i+1:]
	}
	return utf8.RuneCount(rest[:min(max(0, col-1), len(rest))]) + 1
}

// open finds out what separates the columns. wanted is a column that the first
// line should have; "" if there is none to look for.
func (s *sheet) open(wanted string) {
	if rest, sep, ok := excelSeparator(s.data); ok {
		s.data, s.comma, s.skipped = rest, sep, 1
	} else {
		s.comma = separator(s.data, wanted)
	}
	s.reader = csv.NewReader(bytes.NewReader(s.data))
	s.reader.Comma = s.comma
	s.reader.FieldsPerRecord = -1
	s.reader.TrimLeadingSpace = s.comma != '\t' // else it would take empty cells for spaces
}

// excelSeparator takes off a first line that tells Excel what separates columns, as
// "sep=;" does.
func excelSeparator(data []byte) (rest []byte, sep rune, ok bool) {
	line, rest, _ := bytes.Cut(data, []byte("\n"))
	text, found := strings.CutPrefix(strings.ToLower(strings.Trim(strings.TrimSpace(string(line)), `"`)), "sep=")
	if !found || len(text) != 1 || !strings.Contains(",;\t|", text) {
		return nil, 0, false
	}
	return rest, rune(text[0]), true
}

// separator looks at the first line: what gives the wanted column, else what is
// there most often outside of quotes, else a comma.
func separator(data []byte, wanted string) rune {
	candidates := []rune{',', ';', '\t'}
	line := data
	for text := range bytes.Lines(data) {
		if len(bytes.TrimSpace(text)) > 0 {
			line = text
			break
		}
	}
	if len(line) > MaxCell {
		line = line[:MaxCell]
	}
	best, most := ',', 0
	for _, c := range candidates {
		quoted, n := false, 0
		for _, r := range string(line) {
			switch r {
			case '"':
				quoted = !quoted
			case c:
				if !quoted {
					n++
				}
			}
		}
		if n > most {
			best, most = c, n
		}
		for _, cell := range strings.FieldsFunc(string(line), func(r rune) bool { return r == c }) {
			if n > 0 && wanted != "" && strings.EqualFold(strings.Trim(cell, "\" \r\n\t"), wanted) {
				return c
			}
		}
	}
	return best
}

// next returns the next record that is not blank, io.EOF after the last one. Any
// other error was told.
func (s *sheet) next() ([]string, error) {
	for {
		record, err := s.reader.Read()
		switch {
		case errors.Is(err, io.EOF):
			return nil, err
		case err != nil:
			s.quoteProblem(err)
			return nil, err
		}
		if !slices.ContainsFunc(record, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			continue
		}
		for i, c := range record {
			if len(c) > MaxCell {
				s.cellErrorf(i, "is a quote missing at its end?", "a cell is longer than %d KiB", MaxCell>>10)
				return nil, errTooLong
			}
		}
		return record, nil
	}
}

var errTooLong = errors.New("a cell is too long")

// quoteProblem tells what is wrong with quotes. Where a value ends is not known
// then, so nothing after it can be read.
func (s *sheet) quoteProblem(err error) {
	e, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		s.errorf(at{1, 0}, "", "the file cannot be read as CSV: %v", err)
		return
	}
	p := at{s.skipped + e.Line, s.runeCol(e.Line, e.Column)}
	if errors.Is(e.Err, csv.ErrQuote) && bytes.Count(s.data, []byte("\n")) <= e.Line && e.StartLine != e.Line {
		s.errorf(at{s.skipped + e.StartLine, 1}, `put a " at its end`, "a value in quotes begins in this line and never ends")
		return
	}
	s.errorf(p, `put the whole value in quotes, and write each quote inside it twice: "the ""Acme"" people"`,
		"a quote in the middle of a value")
}

// separatorWord names what separates the columns.
func (s *sheet) separatorWord() string {
	switch s.comma {
	case ';':
		return "semicolon"
	case '\t':
		return "tab"
	default:
		return "comma"
	}
}
