package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"strings"
	"unicode/utf8"

	"leadhub/internal/plugin"
)

// LoadDotEnv reads a .env file: one NAME=value per line, with an optional
// `export `, single or double quotes and # comments. Values are taken as they
// are; ${…} in them is not filled in. Where there is no file, there are no
// values and no problems.
//
// A line that cannot be read is an error among the problems, and the other lines
// still count. A file that others on the machine may read is a warning. The error
// is for a file that is there and cannot be read at all. No problem quotes a value.
func LoadDotEnv(path string) (map[string]string, []plugin.Problem, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]string{}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, nil, err
	}
	values, problems := parseDotEnv(path, raw)
	const othersRead = 0o044
	if runtime.GOOS != "windows" && info.Mode().Perm()&othersRead != 0 {
		problems = append([]plugin.Problem{{
			File: path, Severity: plugin.SeverityWarning,
			Message: "other users of this machine may read this file, and it holds secrets", Suggestion: "run: chmod 600 " + path,
		}}, problems...)
	}
	return values, problems, nil
}

// dotEnv collects what parseDotEnv reads.
type dotEnv struct {
	file     string
	values   map[string]string
	lines    map[string]int // where each name was set
	problems []plugin.Problem
}

func parseDotEnv(file string, raw []byte) (map[string]string, []plugin.Problem) {
	d := &dotEnv{file: file, values: map[string]string{}, lines: map[string]int{}}
	text, note := decodeText(raw)
	if note != nil {
		d.add(note.at.line, note.at.col, plugin.SeverityError, note.message, saveAsUTF8)
	}
	src := newSource(text)
	for i := range src.lines {
		d.line(i+1, src.lines[i].text)
	}
	return d.values, d.problems
}

func (d *dotEnv) add(line, col int, severity plugin.Severity, message, suggestion string) {
	d.problems = append(d.problems, plugin.Problem{File: d.file, Line: line, Col: col, Severity: severity, Message: message, Suggestion: suggestion})
}

var (
	dotEnvName   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*`)
	dotEnvExport = regexp.MustCompile(`^export[ \t]+`)
)

func (d *dotEnv) line(n int, text string) {
	rest := strings.TrimLeft(text, " \t")
	if rest == "" || rest[0] == '#' {
		return
	}
	rest = rest[len(dotEnvExport.FindString(rest)):]
	col := func() int { return utf8.RuneCountInString(text) - utf8.RuneCountInString(rest) + 1 }
	name := dotEnvName.FindString(rest)
	if name == "" {
		d.add(n, col(), plugin.SeverityError, "a line begins with a variable's name: letters, digits and _, no digit first", "write NAME=value")
		return
	}
	rest = strings.TrimLeft(rest[len(name):], " \t")
	if !strings.HasPrefix(rest, "=") {
		suggestion := fmt.Sprintf("write %s=value", name)
		if strings.HasPrefix(rest, ":") {
			suggestion += ", with = instead of :"
		}
		d.add(n, col(), plugin.SeverityError, fmt.Sprintf("there is no = after %s", name), suggestion)
		return
	}
	rest = strings.TrimLeft(rest[1:], " \t")
	at := col()
	value, problem, offset := dotEnvValue(rest)
	if problem != "" {
		d.add(n, at+offset, plugin.SeverityError, problem, "put the whole value in one pair of quotes")
		return
	}
	if variableInFlow.MatchString(value) && !strings.HasPrefix(rest, "'") {
		d.add(n, at, plugin.SeverityWarning, "${…} is not filled in inside .env: it is part of the value", "write the value out, or put it in 'single quotes' if it is meant so")
	}
	if startsCurly(value) {
		d.add(n, at, plugin.SeverityWarning, "curly quotes are part of the value", `type the straight quotes " or '`)
	}
	if before, twice := d.lines[name]; twice {
		d.add(n, 1, plugin.SeverityWarning, fmt.Sprintf("%s is set in line %d already; this line counts", name, before), "keep one of the two")
	}
	d.values[name], d.lines[name] = value, n
}

// dotEnvValue reads what stands behind the =. Offset is where a problem is, in characters.
func dotEnvValue(text string) (value, problem string, offset int) {
	if text == "" {
		return "", "", 0
	}
	quote := text[0]
	if quote != '"' && quote != '\'' {
		if text[0] == '#' {
			return "", "", 0
		}
		if col := cutAtComment(text); col >= 0 {
			text = text[:col]
		}
		return strings.TrimRight(text, " \t"), "", 0
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		c := text[i]
		switch {
		case c == quote:
			after := strings.TrimLeft(text[i+1:], " \t")
			if after != "" && after[0] != '#' {
				return "", "there is more text after the closing quote", utf8.RuneCountInString(text[:len(text)-len(after)])
			}
			return b.String(), "", 0
		case c == '\\' && quote == '"' && i+1 < len(text):
			i++
			b.WriteString(dotEnvEscape(text[i]))
		default:
			b.WriteByte(c)
		}
	}
	return "", "this quote is not closed on the same line", 0
}

// cutAtComment returns the index of the white space before a #, -1 if there is none.
func cutAtComment(text string) int {
	for i := 1; i < len(text); i++ {
		if text[i] == '#' && (text[i-1] == ' ' || text[i-1] == '\t') {
			return i - 1
		}
	}
	return -1
}

func dotEnvEscape(c byte) string {
	switch c {
	case 'n':
		return "\n"
	case 'r':
		return "\r"
	case 't':
		return "\t"
	case '"', '\\', '$':
		return string(c)
	default:
		return `\` + string(c)
	}
}
