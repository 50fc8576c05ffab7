package rules

import "strings"

// phrases answers words that other languages have: AND, is null, like, between.
func (s *scanner) phrases() {
	for i := 0; i < len(s.lex); i++ {
		if s.lex[i].sort != 'w' || i > 0 && (s.lex[i-1].text == "." || s.lex[i-1].text == "?.") {
			continue
		}
		i += s.phrase(i)
	}
}

// phrase looks at the word at i and returns how many words after it it has dealt with.
func (s *scanner) phrase(i int) int {
	l := s.lex[i]
	called := s.is(i+1, "(")
	switch word := strings.ToLower(l.text); word {
	case "is":
		return s.sqlIs(i)
	case "isnull", "isnotnull", "notnull":
		s.issue(l.at, "a missing value is tested with has()", "has("+s.pathBefore(i)+")")
	case "and", "or", "not", "in", "matches", "contains":
		if l.text != word {
			s.issue(l.at, "operators are written in lower case", word)
			return 0
		}
		if word == "in" {
			s.inParens(i)
		}
		if called && (word == "contains" || word == "matches") {
			s.prefixed(i, word)
		}
	case "startswith", "starts_with", "endswith", "ends_with", "beginswith", "begins_with":
		if l.text != "startsWith" && l.text != "endsWith" && !called {
			write := "startsWith"
			if strings.HasPrefix(word, "end") {
				write = "endsWith"
			}
			s.issue(l.at, "the operator is spelt differently", write)
		} else if called {
			s.prefixed(i, l.text)
		}
	case "has":
		if i+1 < len(s.lex) && s.lex[i+1].sort == 'w' && (i == 0 || s.lex[i-1].sort != 'w' || s.is(i-1, "not") || s.is(i-1, "and") || s.is(i-1, "or")) {
			s.issue(l.at, "has() needs parentheses", "has("+s.lex[i+1].text+")")
		}
	case "includes", "equals", "eq", "ne", "gt", "lt", "gte", "lte", "ge", "le", "xor":
		if i > 0 && i+1 < len(s.lex) && !called && !s.operator(i-1) && !s.operator(i+1) {
			s.issue(l.at, "this word is not an operator", otherOperator(word))
		}
	case "like", "ilike":
		return s.sqlLike(i)
	case "between":
		return s.sqlBetween(i)
	case "if", "then", "else", "when", "let":
		if !called && (i == 0 || i+1 < len(s.lex) && !s.operator(i-1) && !s.operator(i+1)) {
			s.issue(l.at, "a condition says what must be true, without `"+l.text+"`", "join conditions with `and`, `or` and `not`")
		}
	}
	return 0
}

func otherOperator(word string) string {
	switch word {
	case "equals", "eq":
		return "=="
	case "ne":
		return "!="
	case "gt":
		return ">"
	case "lt":
		return "<"
	case "gte", "ge":
		return ">="
	case "lte", "le":
		return "<="
	case "includes":
		return `title contains "x", or "x" in tags for a list`
	default:
		return "(a and not b) or (b and not a)"
	}
}

// prefixed answers `startsWith(title, "x")`, where there is nothing before the word.
func (s *scanner) prefixed(i int, word string) {
	if i > 0 && !s.operator(i-1) && !s.is(i-1, "(") && !s.is(i-1, "and") && !s.is(i-1, "or") && !s.is(i-1, "not") {
		return
	}
	write := "title " + word + ` "VP"`
	if i+5 < len(s.lex) && s.is(i+3, ",") && s.is(i+5, ")") {
		write = s.lex[i+2].text + " " + word + " " + s.lex[i+4].text
	}
	s.issue(s.lex[i].at, word+" stands between its two texts", write)
}

// is says whether the lexeme at i is that sign or, whatever its case, word.
func (s *scanner) is(i int, text string) bool {
	return i >= 0 && i < len(s.lex) && s.lex[i].sort != 's' && strings.EqualFold(s.lex[i].text, text)
}

// operator says whether the lexeme at i cannot be the end or the beginning of a value.
func (s *scanner) operator(i int) bool {
	l := s.lex[i]
	return l.sort == 'o' && !strings.ContainsAny(l.text, "()[]{}")
}

// pathBefore returns the name that ends before the lexeme at i: "company.region".
func (s *scanner) pathBefore(i int) string {
	end := i - 1
	if end >= 0 && s.is(end, "not") {
		end--
	}
	first := end
	for first >= 0 && s.lex[first].sort == 'w' {
		if first >= 2 && s.lex[first-1].text == "." && s.lex[first-2].sort == 'w' {
			first -= 2
			continue
		}
		break
	}
	if first < 0 || s.lex[first].sort != 'w' || s.is(first, "and") || s.is(first, "or") || s.is(first, "not") {
		return "x"
	}
	return string(s.text[s.lex[first].at:s.lex[end].end])
}

// sqlIs answers `is null`, `is not null` and `is` for ==.
func (s *scanner) sqlIs(i int) int {
	next, not := i+1, false
	if s.is(next, "not") {
		next, not = next+1, true
	}
	path := s.pathBefore(i)
	for _, null := range []string{"null", "nil", "none", "empty", "missing", "blank", "unset"} {
		if !s.is(next, null) {
			continue
		}
		if not {
			s.issue(s.lex[i].at, "whether there is a value is asked with has()", "has("+path+")")
		} else {
			s.issue(s.lex[i].at, "whether a value is missing is asked with has()", "not has("+path+")")
		}
		return next - i
	}
	if i == 0 || i+1 >= len(s.lex) || s.operator(i-1) {
		return 0
	}
	if not {
		s.issue(s.lex[i].at, "`is not` is not an operator", "!=")
		return 1
	}
	s.issue(s.lex[i].at, "`is` is not an operator", "==")
	return 0
}

// sqlLike answers `title like "%vp%"`.
func (s *scanner) sqlLike(i int) int {
	if i == 0 || i+1 >= len(s.lex) || s.lex[i+1].sort != 's' {
		return 0
	}
	not := ""
	at := s.lex[i].at
	if s.is(i-1, "not") {
		not, at = "not ", s.lex[i-1].at
	}
	pattern := strings.Trim(s.lex[i+1].text, "\"'`")
	bare := strings.Trim(pattern, "%*")
	before, after := strings.HasPrefix(pattern, bare), strings.HasSuffix(pattern, bare)
	op := "contains"
	switch {
	case strings.ContainsAny(bare, "%*_"):
		op = "matches"
		bare = strings.NewReplacer("%", ".*", "*", ".*", "_", ".").Replace(bare)
	case before && after:
		op = "=="
		if not != "" {
			not, op = "", "!="
		}
	case before:
		op = "startsWith"
	case after:
		op = "endsWith"
	}
	s.issue(at, "`like` is SQL", s.pathBefore(i)+" "+not+op+" "+quote(bare))
	return 1
}

// sqlBetween answers `score between 50 and 80`.
func (s *scanner) sqlBetween(i int) int {
	path := s.pathBefore(i)
	write := path + " >= 50 and " + path + " <= 80"
	skip := 0
	if i+3 < len(s.lex) && s.is(i+2, "and") {
		write = path + " >= " + s.lex[i+1].text + " and " + path + " <= " + s.lex[i+3].text
		skip = 3
	}
	s.issue(s.lex[i].at, "`between` is SQL", write)
	return skip
}

// inParens answers `in ("FL", "GA")`: a list has square brackets.
func (s *scanner) inParens(i int) {
	if !s.is(i+1, "(") {
		return
	}
	depth, comma, end := 0, false, 0
	for k := i + 1; k < len(s.lex); k++ {
		switch s.lex[k].text {
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			depth--
		case ",":
			comma = comma || depth == 1
		}
		if depth == 0 {
			end = k
			break
		}
	}
	if end == 0 {
		return // never closed: said elsewhere
	}
	one := end == i+3 && (s.lex[i+2].sort == 's' || s.lex[i+2].sort == 'n')
	if comma || one {
		inner := string(s.text[s.lex[i+1].end:s.lex[end].at])
		s.issue(s.lex[i+1].at, "a list has square brackets", "["+strings.TrimSpace(inner)+"]")
	}
}
