package rules

import (
	"strings"
	"unicode"
)

// scan looks through a clause for what people bring along from SQL, spreadsheets
// and word processors, and for quotes and brackets without a partner. All of it
// is found, where expr's parser would stop at the first with a message about its
// own tokens.
func scan(clause string) []issue {
	s := &scanner{text: []rune(clause)}
	s.run()
	s.closeBrackets()
	if !s.broken { // half a text would be taken for words
		s.phrases()
	}
	return s.issues
}

// lexeme is a word, a text, a number or a sign of a clause.
type lexeme struct {
	at, end int
	sort    rune // 'w' word, 's' text, 'n' number, 'o' anything else
	text    string
}

type scanner struct {
	text   []rune
	pos    int
	lex    []lexeme
	open   []int // places of brackets not closed yet
	issues []issue
	broken bool
}

func (s *scanner) issue(at int, message, suggestion string) {
	s.issues = append(s.issues, issue{at: at, message: message, suggestion: suggestion})
}

func (s *scanner) peek(ahead int) rune {
	if s.pos+ahead < len(s.text) && s.pos+ahead >= 0 {
		return s.text[s.pos+ahead]
	}
	return 0
}

func (s *scanner) emit(sort rune, length int) {
	s.lex = append(s.lex, lexeme{at: s.pos, end: s.pos + length, sort: sort, text: string(s.text[s.pos : s.pos+length])})
	s.pos += length
}

func isWordStart(r rune) bool { return r == '_' || r == '$' || unicode.IsLetter(r) }
func isWord(r rune) bool      { return isWordStart(r) || unicode.IsDigit(r) }

func (s *scanner) run() {
	for s.pos < len(s.text) {
		r := s.peek(0)
		switch {
		case unicode.IsSpace(r):
			s.pos++
		case r == '"' || r == '\'' || r == '`':
			s.quoted(r)
		case strings.ContainsRune(curly, r):
			s.curly()
		case r == '/' && s.peek(1) == '/':
			for s.pos < len(s.text) && s.peek(0) != '\n' {
				s.pos++
			}
		case r == '/' && s.peek(1) == '*':
			s.comment()
		case isWordStart(r):
			n := 1
			for isWord(s.peek(n)) {
				n++
			}
			s.emit('w', n)
		case unicode.IsDigit(r):
			s.number()
		default:
			s.sign(r)
		}
	}
}

func (s *scanner) number() {
	n := 1
	for isWord(s.peek(n)) || s.peek(n) == '.' && unicode.IsDigit(s.peek(n+1)) {
		n++
	}
	at := s.pos
	// 1,000 is a number to people; between brackets it is two entries of a list.
	if len(s.open) == 0 {
		end := n
		for s.peek(end) == ',' && unicode.IsDigit(s.peek(end+1)) && unicode.IsDigit(s.peek(end+2)) &&
			unicode.IsDigit(s.peek(end+3)) && !isWord(s.peek(end+4)) {
			end += 4
		}
		if end > n {
			s.issue(at, "a number is written without commas", strings.ReplaceAll(string(s.text[at:at+end]), ",", ""))
			n = end
		}
	}
	s.emit('n', n)
	if s.peek(0) == '%' && s.percentEnds() {
		s.issue(s.pos, "a number is written without %", string(s.text[at:s.pos]))
		s.pos++
	}
}

// percentEnds says whether nothing that could be divided by follows the %.
func (s *scanner) percentEnds() bool {
	rest := strings.TrimLeft(string(s.text[s.pos+1:]), " \t")
	if rest == "" || strings.ContainsRune("),]", rune(rest[0])) {
		return true
	}
	word, _, _ := strings.Cut(strings.ToLower(rest), " ")
	return word == "and" || word == "or"
}

func (s *scanner) quoted(q rune) {
	n := 1
	for {
		switch r := s.peek(n); {
		case s.pos+n >= len(s.text), r == '\n' && q != '`':
			s.issue(s.pos, "the text that begins here is never closed", "add "+string(q)+" where it ends")
			s.broken = true
			s.pos = len(s.text)
			return
		case r == '\\' && q != '`':
			n += 2
		case r == q && q == '`' && s.peek(n+1) == q:
			n += 2
		case r == q:
			s.emit('s', n+1)
			return
		default:
			n++
		}
	}
}

// curly are the quotes that word processors and chat programs make of straight ones.
const curly = "“”„‟«»‘’‚‛"

func (s *scanner) curly() {
	n := 1
	for s.pos+n < len(s.text) && !strings.ContainsRune(curly+`"`, s.peek(n)) {
		n++
	}
	if s.pos+n >= len(s.text) {
		s.issue(s.pos, "this is a typographic quote, not a straight one", `"`)
		s.broken = true
		s.pos++
		return
	}
	s.issue(s.pos, "these are typographic quotes, not straight ones", quote(string(s.text[s.pos+1:s.pos+n])))
	s.emit('s', n+1)
}

func (s *scanner) comment() {
	n := 2
	for s.pos+n < len(s.text) && (s.peek(n) != '*' || s.peek(n+1) != '/') {
		n++
	}
	if s.pos+n >= len(s.text) {
		s.issue(s.pos, "the comment that begins here is never closed", "add */ where it ends")
	}
	s.pos = min(s.pos+n+2, len(s.text))
}

// sign reads a sign of one or more characters, and answers those that other
// languages have.
func (s *scanner) sign(r rune) {
	for _, w := range wrongSigns() {
		if s.starts(w.sign) {
			s.issue(s.pos, w.message, w.write)
			s.emit('o', len([]rune(w.sign)))
			return
		}
	}
	for _, good := range []string{"==", "!=", "<=", ">=", "&&", "||", "??", "?.", "**", ".."} {
		if s.starts(good) {
			s.emit('o', len(good))
			return
		}
	}
	switch r {
	case '.':
		if i := len(s.lex) - 1; unicode.IsDigit(s.peek(1)) && i >= 0 && s.lex[i].end == s.pos && s.lex[i].sort == 'w' {
			n := 1
			for unicode.IsDigit(s.peek(n)) {
				n++
			}
			s.issue(s.pos, "an entry of a list is named by its number in square brackets", "["+string(s.text[s.pos+1:s.pos+n])+"]")
			s.emit('o', n)
			return
		}
	case '=':
		s.issue(s.pos, "a single = sets a value; comparing is ==", "==")
	case '&':
		s.issue(s.pos, "a single & is not an operator", "and")
	case '|':
		s.issue(s.pos, "a single | is not an operator", "or")
	case ';':
		s.issue(s.pos, "did not expect ; here", "join two conditions with `and`, or write a list: it means all of them")
	case '(', '[', '{':
		s.open = append(s.open, s.pos)
	case ')', ']', '}':
		s.close(r)
	case '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		s.issue(s.pos, "there is an invisible character here", "delete it and type the space again")
	}
	s.emit('o', 1)
}

func (s *scanner) starts(sign string) bool {
	for i, r := range []rune(sign) {
		if s.peek(i) != r {
			return false
		}
	}
	return true
}

type wrongSign struct{ sign, message, write string }

// wrongSigns lists longer signs before those they begin with.
func wrongSigns() []wrongSign {
	return []wrongSign{
		{"===", "comparing has two =", "=="},
		{"!==", "comparing has one =", "!="},
		{"<>", "<> is SQL for different", "!="},
		{"=>", "at least is written the other way round", ">="},
		{"=<", "at most is written the other way round", "<="},
		{"=~", "=~ is not an operator", "matches"},
		{"=!", "different is written the other way round", "!="},
		{"≥", "this sign is written with two characters", ">="},
		{"≤", "this sign is written with two characters", "<="},
		{"≠", "this sign is written with two characters", "!="},
		{"∧", "this sign is written as a word", "and"},
		{"∨", "this sign is written as a word", "or"},
		{"¬", "this sign is written as a word", "not"},
	}
}

func (s *scanner) close(r rune) {
	if len(s.open) == 0 {
		s.issue(s.pos, "this "+string(r)+" closes nothing", "remove it, or add its partner before")
		return
	}
	at := s.open[len(s.open)-1]
	s.open = s.open[:len(s.open)-1]
	if want := partner(s.text[at]); want != r {
		s.issue(s.pos, "this "+string(r)+" does not close the "+string(s.text[at])+" before it", string(want))
	}
}

func partner(open rune) rune {
	switch open {
	case '(':
		return ')'
	case '[':
		return ']'
	default:
		return '}'
	}
}

func (s *scanner) closeBrackets() {
	if s.broken {
		return // the rest of the text was not looked at
	}
	for _, at := range s.open {
		s.issue(at, "this "+string(s.text[at])+" is never closed", "add "+string(partner(s.text[at])))
	}
}
