package config

import (
	"regexp"
	"strings"
)

// expansion is a text with its variables filled in.
type expansion struct {
	text string
	// origin holds, for each character of text, the index of the character of the
	// raw text it comes from; for a variable's value the index of its "$".
	origin []int
	vars   []string // names used, in order
	unset  []reference
	bad    []reference
	// literalDefault: a ${X:-default} with a default that is not empty.
	literalDefault bool
}

// reference is one ${…} in a text.
type reference struct {
	offset  int // of the "$", in characters
	name    string
	empty   bool // set, but to nothing
	message string
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expand fills in ${NAME} and ${NAME:-default}. $${ stands for a literal ${; a
// dollar before anything else is itself. An empty variable counts as not set, as
// it does for :-, because an empty secret protects nothing.
func expand(raw string, getenv func(string) (string, bool)) expansion {
	var e expansion
	runes := []rune(raw)
	var out []rune
	put := func(text string, from int) {
		for _, r := range text {
			out = append(out, r)
			e.origin = append(e.origin, from)
		}
	}
	for i := 0; i < len(runes); i++ {
		switch {
		case hasAt(runes, i, "$${"):
			put("${", i)
			i += 2
		case hasAt(runes, i, "${"):
			end := indexFrom(runes, i, '}')
			if end < 0 {
				e.bad = append(e.bad, reference{offset: i, message: "`${` is not closed by `}`"})
				put(string(runes[i:]), i)
				i = len(runes)
				break
			}
			put(e.lookup(string(runes[i+2:end]), i, getenv), i)
			i = end
		default:
			put(string(runes[i]), i)
		}
	}
	e.text = string(out)
	return e
}

// lookup returns the value of what stands between ${ and }.
func (e *expansion) lookup(inner string, offset int, getenv func(string) (string, bool)) string {
	name, fallback, hasDefault := strings.Cut(inner, ":-")
	if !variableName.MatchString(name) {
		message := "a variable's name may hold letters, digits and _ only"
		if strings.TrimSpace(name) == "" {
			message = "`${}` names no variable"
		}
		e.bad = append(e.bad, reference{offset: offset, message: message})
		return ""
	}
	e.vars = append(e.vars, name)
	e.literalDefault = e.literalDefault || hasDefault && fallback != ""
	value, ok := getenv(name)
	if ok && value != "" {
		return value
	}
	if hasDefault {
		return fallback
	}
	e.unset = append(e.unset, reference{offset: offset, name: name, empty: ok})
	return ""
}

func hasAt(runes []rune, i int, text string) bool {
	for j, r := range []rune(text) {
		if i+j >= len(runes) || runes[i+j] != r {
			return false
		}
	}
	return true
}

func indexFrom(runes []rune, i int, r rune) int {
	for ; i < len(runes); i++ {
		if runes[i] == r {
			return i
		}
	}
	return -1
}
