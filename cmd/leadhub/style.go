package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// style colours text where the output is a terminal.
type style struct{ color bool }

type color string

const (
	red    color = "31"
	green  color = "32"
	yellow color = "33"
	bold   color = "1"
	dim    color = "2"
)

func (s style) paint(c color, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + string(c) + "m" + text + "\x1b[0m"
}

// markWord colours the first occurrence of word in line.
func (s style) markWord(line, word string, c color) string {
	return strings.Replace(line, word, s.paint(c, word), 1)
}

// clean makes text of vendors and files safe for a terminal: control characters
// and characters that change the direction of text are shown instead of obeyed.
func clean(text string) string {
	if !strings.ContainsFunc(text, unsafe) && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			b.WriteByte(' ')
		case unsafe(r):
			fmt.Fprintf(&b, "\\u%04x", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unsafe(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// textWidth is how many columns a terminal uses for text.
func textWidth(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r):
		case width.LookupRune(r).Kind() == width.EastAsianWide || width.LookupRune(r).Kind() == width.EastAsianFullwidth:
			n += 2
		default:
			n++
		}
	}
	return n
}

func pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(0, columns-textWidth(text)))
}

// cut shortens text to so many columns, with an ellipsis where something is missing.
func cut(text string, columns int) string {
	if textWidth(text) <= columns {
		return text
	}
	n, end := 0, 0
	for i, r := range text {
		w := textWidth(string(r))
		if n+w > columns-1 {
			break
		}
		n += w
		end = i + utf8.RuneLen(r)
	}
	return strings.TrimRight(text[:end], " ") + "…"
}

// table prints rows in aligned columns.
type table struct {
	head []string
	rows [][]cell
}

type cell struct {
	text  string
	color color // "": plain
	right bool  // a number
}

func text(s string) cell { return cell{text: clean(s)} }

func number(n int64) cell { return cell{text: fmt.Sprint(n), right: true} }

func (t *table) add(cells ...cell) { t.rows = append(t.rows, cells) }

func (t *table) print(w io.Writer, s style) {
	widths := make([]int, len(t.head))
	for i, h := range t.head {
		widths[i] = textWidth(h)
	}
	for _, row := range t.rows {
		for i, c := range row {
			widths[i] = max(widths[i], textWidth(c.text))
		}
	}
	right := func(i int) bool { return len(t.rows) > 0 && i < len(t.rows[0]) && t.rows[0][i].right }
	line := func(cells []cell) {
		var b strings.Builder
		for i, c := range cells {
			gap := strings.Repeat(" ", widths[i]-textWidth(c.text))
			if i > 0 {
				b.WriteString("  ")
			}
			if right(i) {
				b.WriteString(gap)
			}
			if c.color != "" {
				b.WriteString(s.paint(c.color, c.text))
			} else {
				b.WriteString(c.text)
			}
			if !right(i) {
				b.WriteString(gap)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
	head := make([]cell, len(t.head))
	for i, h := range t.head {
		head[i] = cell{text: h, color: dim}
	}
	line(head)
	for _, row := range t.rows {
		line(row)
	}
}

// wrap breaks text at spaces into lines of at most so many columns.
func wrap(text string, columns int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case textWidth(line)+1+textWidth(word) <= columns:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
