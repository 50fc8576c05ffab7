package rules

import (
	"strings"
	"unicode/utf8"
)

// templatePart is a run of literal text, or what stands between {{ and }}.
type templatePart struct {
	text   string
	at     int // in characters from the template's start; of an expression, its own start
	isExpr bool
}

// splitTemplate takes a template apart. }} within quotes does not end an expression.
func splitTemplate(text string) (parts []templatePart, errs []*Error) {
	runes := []rune(text)
	from := 0
	literal := func(to int) {
		if to > from {
			parts = append(parts, templatePart{text: string(runes[from:to]), at: from})
		}
	}
	for i := 0; i < len(runes); {
		switch {
		case runesAt(runes, i, "{%"):
			errs = append(errs, &Error{
				Offset: i, Message: "a condition is part of the expression here",
				Suggestion: `write {{ score >= 80 ? "hot" : "warm" }}`,
			})
			i += 2
		case runesAt(runes, i, "{{"):
			literal(i)
			end := expressionEnd(runes, i+2)
			if end < 0 {
				return parts, append(errs, &Error{Offset: i, Message: "this {{ is never closed", Suggestion: "add }} where the expression ends"})
			}
			if strings.TrimSpace(string(runes[i+2:end])) == "" {
				errs = append(errs, &Error{Offset: i, Message: "there is no expression between these braces", Suggestion: "write for example {{ company.name }}"})
			} else {
				parts = append(parts, templatePart{text: string(runes[i+2 : end]), at: i + 2, isExpr: true})
			}
			i = end + 2
			from = i
		default:
			i++
		}
	}
	literal(len(runes))
	return parts, errs
}

// expressionEnd returns where the }} of an expression stands, -1 where there is none.
func expressionEnd(runes []rune, from int) int {
	var quote rune
	for i := from; i < len(runes); i++ {
		switch r := runes[i]; {
		case quote != 0 && r == '\\' && quote != '`':
			i++
		case quote != 0:
			if r == quote {
				quote = 0
			}
		case r == '"' || r == '\'' || r == '`':
			quote = r
		case runesAt(runes, i, "}}"):
			return i
		}
	}
	if quote == 0 {
		return -1
	}
	// A quote without its partner is what is wrong: let the expression say so.
	for i := from; i < len(runes); i++ {
		if runesAt(runes, i, "}}") {
			return i
		}
	}
	return -1
}

func runesAt(runes []rune, i int, text string) bool {
	for k, r := range []rune(text) {
		if i+k >= len(runes) || runes[i+k] != r {
			return false
		}
	}
	return true
}

// foreign answers what other template languages have between their braces.
func foreign(text string) *Error {
	trimmed := strings.TrimSpace(text)
	at := utf8.RuneCountInString(text) - utf8.RuneCountInString(strings.TrimLeft(text, " \t\r\n"))
	word, rest, _ := strings.Cut(trimmed, " ")
	const choice = `write {{ score >= 80 ? "hot" : "warm" }}`
	switch {
	case strings.HasPrefix(trimmed, "#"), strings.HasPrefix(trimmed, "/"), trimmed == "else", trimmed == "end", word == "if" && rest != "":
		return &Error{Offset: at, Message: "a condition is part of the expression here", Suggestion: choice}
	case strings.HasPrefix(trimmed, "{"):
		return &Error{Offset: at, Message: "two braces are enough: what is put into JSON or a message is escaped for it", Suggestion: "write {{ company.name }}"}
	case strings.HasPrefix(trimmed, "."):
		return &Error{Offset: at, Message: "a name has no full stop before it", Suggestion: "write {{ " + strings.TrimLeft(trimmed, ".") + " }}"}
	}
	if left, filter, ok := pipe(trimmed); ok {
		name, args, _ := strings.Cut(filter, ":")
		write := strings.TrimSpace(name) + "(" + left + ")"
		if name = strings.TrimSpace(name); name == "default" || strings.HasPrefix(name, "default(") {
			args = strings.TrimSuffix(strings.TrimPrefix(name, "default("), ")") + args
			if args = strings.TrimSpace(strings.TrimPrefix(args, "default")); args == "" {
				args = `"unknown"`
			}
			write = left + " ?? " + args
		}
		offset := at + utf8.RuneCountInString(trimmed[:strings.IndexByte(trimmed, '|')])
		return &Error{Offset: offset, Message: "there are no filters after a |; functions go around a value", Suggestion: "write {{ " + write + " }}"}
	}
	return nil
}

// pipe takes "company.name | upper" apart; false where there is no single |, or one within quotes.
func pipe(text string) (left, right string, ok bool) {
	left, right, ok = strings.Cut(text, "|")
	if !ok || strings.HasPrefix(right, "|") || strings.ContainsAny(left, "\"'`") {
		return "", "", false
	}
	return strings.TrimSpace(left), strings.TrimSpace(right), true
}
