package tables

import (
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"leadhub/internal/plugin"
	"leadhub/rules"
)

// Parse reads the bytes of a table's file. The table is nil if there was an error.
func Parse(s Spec, data []byte) (*rules.Table, []plugin.Problem) {
	sh, ok := newSheet(s.Path, data)
	if !ok {
		return nil, sh.finish()
	}
	sh.open(s.Key)
	p := &tableParser{sheet: sh, spec: &s, clean: s.clean(), rows: map[string][]string{}, first: map[string]origin{}}
	if p.header() {
		p.body()
	}
	if sh.errors == 0 {
		p.count()
	}
	if sh.errors > 0 {
		return nil, sh.finish()
	}
	clean := p.clean
	return rules.NewTable(rules.TableData{
		Name: s.Name, Version: version(data), Key: s.Key, Columns: p.columns, Rows: p.rows, Like: s.like(),
		Clean: func(text string) string {
			key, _ := clean(text)
			return key
		},
	}), sh.finish()
}

type tableParser struct {
	*sheet

	spec    *Spec
	clean   func(string) (string, bool)
	columns []string // "" for one without a name
	width   int      // of the first line
	key     int
	rows    map[string][]string
	first   map[string]origin // of each key
}

// origin is where a key is, as it is written.
type origin struct {
	line int
	text string
}

// header reads the first line: the columns' names.
func (p *tableParser) header() bool {
	record, err := p.next()
	if err != nil {
		if errors.Is(err, io.EOF) {
			p.errorf(at{1, 0}, "its first line names the columns", "the file is empty")
		}
		return false
	}
	if len(record) > MaxColumns {
		p.cellErrorf(MaxColumns, "", "the file has more than %d columns", MaxColumns)
		return false
	}
	p.width, p.key = len(record), -1
	good := true
	for i, c := range record {
		name := strings.TrimSpace(c)
		if name != "" && slices.Contains(p.columns, name) {
			p.cellErrorf(i, "rename one of the two", "two columns are called %s", quote(name))
			good = false
		}
		p.columns = append(p.columns, name)
	}
	p.key = slices.Index(p.columns, p.spec.Key)
	if p.key < 0 {
		p.noKey(record)
		return false
	}
	return good
}

// noKey says that the first line has no column of the key's name.
func (p *tableParser) noKey(record []string) {
	i := slices.IndexFunc(p.columns, func(c string) bool { return alike(squash(c), squash(p.spec.Key)) })
	if i >= 0 {
		p.cellErrorf(i, "write `key: "+shown(p.columns[i])+"`", "the key is called %s in the configuration, and %s here", quote(p.spec.Key), quote(p.columns[i]))
		return
	}
	names := slices.DeleteFunc(slices.Clone(p.columns), func(c string) bool { return c == "" })
	suggestion := "its first line must name the columns"
	if len(record) == 1 {
		suggestion += ", with commas, semicolons or tabs between them"
	} else if len(names) > 0 && len(names) <= 12 {
		for i, n := range names {
			names[i] = shown(n)
		}
		suggestion += "; it has " + strings.Join(names, ", ")
	}
	p.errorf(at{p.line(0), 1}, suggestion, "there is no column %s", quote(p.spec.Key))
}

// alike says whether two words are the same but for a letter or two: changed, left
// out, put in or swapped with its neighbour.
func alike(a, b string) bool {
	if a == b {
		return true
	}
	x, y := []rune(a), []rune(b)
	if len(x) > 40 || len(y) > 40 {
		return false
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		for j := range rows[i] {
			if i == 0 || j == 0 {
				rows[i][j] = i + j
				continue
			}
			changed := rows[i-1][j-1]
			if x[i-1] != y[j-1] {
				changed++
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, changed)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)] <= min(len(x), len(y))/4
}

// squash makes spellings that differ only in case, spaces, dashes and underscores equal.
func squash(s string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(s))
}

// quote writes a text of the file for a message: short, and on one line.
func quote(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		s = string(r[:most]) + "…"
	}
	return strconv.Quote(s)
}

// shown writes a column's name: in quotes where it is not one plain line.
func shown(name string) string {
	if strings.IndexFunc(name, unicode.IsControl) >= 0 || len(name) > 60 {
		return quote(name)
	}
	return name
}

func (p *tableParser) body() {
	for {
		record, err := p.next()
		if err != nil {
			return
		}
		if len(p.rows) >= MaxRows {
			p.cellErrorf(0, "", "the table has more than %d rows", MaxRows)
			return
		}
		if p.fits(record) {
			p.row(record)
		}
	}
}

// fits checks the number of columns.
func (p *tableParser) fits(record []string) bool {
	n := len(record)
	if n == p.width {
		return true
	}
	columns := func(n int) string {
		if n == 1 {
			return "1 column"
		}
		return strconv.Itoa(n) + " columns"
	}
	suggestion := "leave a cell that has no value empty, but keep its " + p.separatorWord()
	const message = "this line has %s, the first one has %s"
	if n > p.width {
		suggestion = "put quotes around a value that holds a " + p.separatorWord()
		p.cellErrorf(p.width, suggestion, message, columns(n), columns(p.width))
	} else {
		p.errorf(at{p.line(0), 0}, suggestion, message, columns(n), columns(p.width))
	}
	return false
}

var (
	shortened  = regexp.MustCompile(`^\d([.,]\d+)?[eE]\+\d+$`)
	sheetError = regexp.MustCompile(`^#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|ERROR!|SPILL!|CALC!|FIELD!|GETTING_DATA)$`)
	hashes     = regexp.MustCompile(`^#{3,}$`)
)

// row takes in one record of the right width.
func (p *tableParser) row(record []string) {
	written := record[p.key]
	for i, c := range record {
		record[i] = p.cell(c, i)
	}
	if record[p.key] == "" {
		p.cellErrorf(p.key, "fill it in, or remove the line", "the key %s is blank", quote(p.spec.Key))
		return
	}
	key, of := p.clean(record[p.key])
	if key == "" {
		p.cellErrorf(p.key, "fill it in, or remove the line", "the key %s is blank", quote(p.spec.Key))
		return
	}
	if !of && !shortened.MatchString(record[p.key]) {
		p.cellNotef(p.key, "kind", p.kindAdvice(), "%s cannot be read as %s: it is compared as a text", quote(record[p.key]), p.kindWord())
	}
	if before, twice := p.first[key]; twice {
		if before.text == record[p.key] {
			p.cellErrorf(p.key, "keep one of the two lines", "the key %s is in line %d already", quote(strings.TrimSpace(written)), before.line)
		} else {
			p.cellErrorf(p.key, "keep one of the two lines", "the key %s is the same as %s in line %d", quote(record[p.key]), quote(before.text), before.line)
		}
		return
	}
	p.first[key] = origin{p.line(p.key), record[p.key]}
	p.rows[key] = record
}

// cell trims a cell, and looks for what spreadsheets do to values.
func (p *tableParser) cell(text string, column int) string {
	trimmed := strings.TrimSpace(text)
	switch {
	case sheetError.MatchString(trimmed):
		p.cellNotef(column, "error", "correct the formula it comes from", "%s is an error of the spreadsheet: the cell counts as blank", trimmed)
		return ""
	case hashes.MatchString(trimmed):
		p.cellNotef(column, "hashes", "make the column wider and save the file again", "the spreadsheet wrote %s, because the column was too narrow", quote(trimmed))
	case shortened.MatchString(trimmed):
		p.cellNotef(column, "shortened", "format the column as text in the spreadsheet, and put the numbers in again",
			"the spreadsheet shortened a number to %s: its last digits are lost", trimmed)
	case len(strings.TrimRight(text, " \u00a0\t")) < len(text):
		p.cellNotef(column, "spaces", "", "%s has spaces at its end: it is read without them", quote(text))
	}
	return strings.TrimSpace(strings.Trim(trimmed, "\u00a0"))
}

func (p *tableParser) kindWord() string {
	switch p.spec.kind() {
	case "domain":
		return "a domain"
	case "email":
		return "an e-mail address"
	case "phone":
		return "a phone number"
	case "region":
		return "a region"
	case "country":
		return "a country"
	default:
		return "a key"
	}
}

func (p *tableParser) kindAdvice() string {
	if p.spec.kind() == "phone" {
		return "write numbers with their country: +1 407 555 0101"
	}
	if p.spec.Kind == "" {
		return "if the column holds something else, write `clean: text`"
	}
	return ""
}

// count checks how many rows there are.
func (p *tableParser) count() {
	switch n := len(p.rows); {
	case n < p.spec.MinRows:
		rows := strconv.Itoa(n) + " rows"
		if n == 1 {
			rows = "1 row"
		}
		p.errorf(at{}, "see whether the file is whole, or lower `min_rows`", "the table has %s, and `min_rows` is %d", rows, p.spec.MinRows)
	case n == 0:
		p.notef(func() at { return at{} }, "empty", "", "the table has no rows")
	}
}
