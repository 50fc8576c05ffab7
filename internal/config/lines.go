package config

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// lineParts is what one line of block-style YAML consists of. Columns are from 1;
// 0 where the part is absent.
type lineParts struct {
	indent   int    // leading white space, in characters
	dash     int    // column of the first "-" of a list entry
	key      string // "path"; without quotes
	keyCol   int
	colonCol int
	value    string // what follows, with its comment
	valueCol int
}

var plainKey = regexp.MustCompile(`^[\pL\pN_$][\pL\pN_.$/-]*`)

// splitLine reads one line. It knows nothing of what stands above.
func splitLine(text string) lineParts {
	var p lineParts
	runes := []rune(text)
	i := skipBlank(runes, 0)
	p.indent = i
	for i < len(runes) && runes[i] == '-' && (i+1 == len(runes) || isBlank(runes[i+1])) {
		if p.dash == 0 {
			p.dash = i + 1
		}
		i = skipBlank(runes, i+1)
	}
	rest := string(runes[i:])
	if key, width := leadingKey(rest); width > 0 {
		j := skipBlank(runes, i+width)
		if j < len(runes) && runes[j] == ':' && (j+1 == len(runes) || isBlank(runes[j+1])) {
			p.key, p.keyCol, p.colonCol = key, i+1, j+1
			i = skipBlank(runes, j+1)
		}
	}
	if i < len(runes) && runes[i] != '#' {
		p.value, p.valueCol = strings.TrimRight(string(runes[i:]), " \t"), i+1
	}
	return p
}

// leadingKey returns the key that text starts with and its width in characters.
func leadingKey(text string) (key string, width int) {
	if text == "" {
		return "", 0
	}
	if q := text[0]; q == '"' || q == '\'' {
		end := strings.IndexByte(text[1:], q)
		if end < 0 {
			return "", 0
		}
		return text[1 : end+1], utf8.RuneCountInString(text[:end+2])
	}
	key = plainKey.FindString(text)
	return key, utf8.RuneCountInString(key)
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' }

func skipBlank(runes []rune, i int) int {
	for i < len(runes) && isBlank(runes[i]) {
		i++
	}
	return i
}

// empty says whether a line holds nothing but white space or a comment.
func emptyLine(text string) bool {
	t := strings.TrimLeft(text, " \t")
	return t == "" || t[0] == '#'
}

var blockHeader = regexp.MustCompile(`^[|>][-+0-9]{0,2}([ \t]+#.*)?$`)

// blockScalars marks the lines that are text inside a `|` or `>` value.
func (s *source) blockScalars() []bool {
	inside := make([]bool, len(s.lines)+2)
	for n := 1; n <= len(s.lines); n++ {
		p := splitLine(s.line(n))
		if !blockHeader.MatchString(p.value) {
			continue
		}
		base := p.indent
		if p.dash > 0 && p.keyCol > 0 {
			base = p.keyCol - 1
		}
		for n+1 <= len(s.lines) {
			next := s.line(n + 1)
			if strings.TrimSpace(next) != "" && splitLine(next).indent <= base && !strings.HasPrefix(next, "\t") {
				break
			}
			n++
			inside[n] = true
		}
	}
	return inside
}

// openQuote returns the column of a quote that is opened in the line's value and
// not closed on that line; 0 if there is none.
func openQuote(p lineParts) int {
	if p.value == "" || !strings.ContainsRune(`"'[{`, rune(p.value[0])) {
		return 0
	}
	runes := []rune(p.value)
	flow := runes[0] == '[' || runes[0] == '{'
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		starts := i == 0 || flow && strings.ContainsRune("[{,: \t", runes[i-1])
		switch {
		case (r == '"' || r == '\'') && starts:
			end := closeQuote(runes, i)
			if end < 0 {
				return p.valueCol + i
			}
			i = end
			if !flow {
				return 0
			}
		case r == '#' && i > 0 && isBlank(runes[i-1]):
			return 0
		}
	}
	return 0
}

// closeQuote returns the index of the quote that closes the one at i; -1 if none does.
func closeQuote(runes []rune, i int) int {
	q := runes[i]
	for j := i + 1; j < len(runes); j++ {
		switch {
		case q == '"' && runes[j] == '\\':
			j++
		case runes[j] == q && q == '\'' && j+1 < len(runes) && runes[j+1] == '\'':
			j++
		case runes[j] == q:
			return j
		}
	}
	return -1
}

// afterQuote returns the column of what follows the closing quote of a quoted
// value on the same line, other than a comment; 0 if nothing does.
func afterQuote(p lineParts) int {
	if p.value == "" || p.value[0] != '"' && p.value[0] != '\'' {
		return 0
	}
	runes := []rune(p.value)
	end := closeQuote(runes, 0)
	if end < 0 {
		return 0
	}
	j := skipBlank(runes, end+1)
	if j >= len(runes) || runes[j] == '#' && j > end+1 {
		return 0
	}
	return p.valueCol + j
}

// unquoted returns the text with everything inside quotes replaced by spaces, so
// that what is left can be searched.
func unquoted(text string) string {
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		if runes[i] != '"' && runes[i] != '\'' || i > 0 && !strings.ContainsRune("[{,: \t(", runes[i-1]) {
			continue
		}
		end := closeQuote(runes, i)
		if end < 0 {
			break
		}
		for j := i; j <= end; j++ {
			runes[j] = ' '
		}
		i = end
	}
	return string(runes)
}

// cutComment returns the column of a " #" in the text outside quotes, from 1; 0 if there is none.
func cutComment(text string) int {
	runes := []rune(unquoted(text))
	for i := 1; i < len(runes); i++ {
		if runes[i] == '#' && isBlank(runes[i-1]) {
			return i + 1
		}
	}
	return 0
}
