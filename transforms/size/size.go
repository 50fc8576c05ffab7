// Package size reads head counts.
package size

import (
	"strings"
	"unicode"

	"leadhub/lead"
	"leadhub/transforms"
)

// New returns the transform. It reads the company's size as sent into Min and
// Max: "50-200", "11–50 employees", "1,001-5,000", "50 to 200", "200", "~200",
// "1000+", "10K+", "at least 500", "more than 500" (so from 501), "<50" (so up
// to 49), "up to 50". An end that is open stays absent. A text that says anything
// else, such as "big", "$5M" or a range the wrong way round, is not read. Raw
// never changes; Min and Max that are set already stay.
func New() transforms.Transform { return transforms.Func(apply) }

func apply(l *lead.Lead) {
	s := &l.Company.Size
	if s.Raw == "" || s.Min != nil || s.Max != nil {
		return
	}
	if r, ok := parse(s.Raw); ok {
		if r.hasMin {
			s.Min = new(r.min)
		}
		if r.hasMax {
			s.Max = new(r.max)
		}
	}
}

// span is a range of head counts; at least one end is known.
type span struct {
	min, max       int
	hasMin, hasMax bool
}

// most bounds a head count: what is above it is something else.
const most = 100_000_000

func parse(raw string) (span, bool) {
	if len(raw) > 100 {
		return span{}, false
	}
	p := parser{rest: strings.ToLower(raw)}
	p.words("between", "from", "about", "around", "approx.", "approx", "approximately", "circa", "ca.", "ca", "c.", "est.", "~", "≈", "size:", "employees:")
	before := p.bound()
	low, ok := p.number()
	if !ok {
		return span{}, false
	}
	r := span{min: low, max: low, hasMin: true, hasMax: true}
	switch {
	case before != none:
		r = open(low, before)
	case p.word("or more", "and more", "and above", "and up", "or above", "plus", "+"):
		r = open(low, atLeast)
	case p.word("or less", "or fewer", "and below"):
		r = open(low, atMost)
	case p.dash():
		high, ok := p.number()
		if !ok || high < low || p.thousands && low < high/1000 {
			return span{}, false // "10-50k" may mean 10,000 or 10
		}
		r.max = high
		if p.word("+") {
			return span{}, false // "50-200+" says two things
		}
	}
	p.words("full-time", "full time", "fte", "ftes", "employees", "employee", "people", "persons", "staff", "members", "team members",
		"workers", "headcount", "mitarbeiter", "mitarbeitende", "mitarbeiterinnen", "beschäftigte", "employés", "salariés", "empleados",
		"dipendenti", "funcionários", "colaboradores", "medewerkers", "werknemers", "anställda", "ansatte", "pracowników", "+")
	return r, p.rest == "" && (r.hasMin || r.hasMax)
}

// bound is what stands before a number.
type bound int

const (
	none bound = iota
	atLeast
	above
	atMost
	below
)

func open(n int, b bound) span {
	switch b {
	case above:
		return span{min: n + 1, hasMin: true}
	case atMost:
		return span{max: n, hasMax: true}
	case below:
		return span{max: n - 1, hasMax: n > 0}
	default:
		return span{min: n, hasMin: true}
	}
}

// parser reads a text in lower case from the left.
type parser struct {
	rest      string
	thousands bool // the last number had a "k" and the one before had none
}

func (p *parser) space() { p.rest = strings.TrimSpace(p.rest) }

// word takes one of the words off, if the rest starts with it. A word that ends
// in a letter must end there.
func (p *parser) word(list ...string) bool {
	p.space()
	for _, w := range list {
		rest, ok := strings.CutPrefix(p.rest, w)
		if !ok {
			continue
		}
		last := rune(w[len(w)-1])
		if unicode.IsLetter(last) && rest != "" && unicode.IsLetter([]rune(rest)[0]) {
			continue
		}
		p.rest = rest
		p.space()
		return true
	}
	return false
}

// words takes any number of the words off.
func (p *parser) words(list ...string) {
	for p.word(list...) {
	}
}

func (p *parser) bound() bound {
	switch {
	case p.word("more than", "over", "above", "mehr als", "über", "plus de", "más de", "meer dan"):
		return above
	case p.word("at least", "minimum", "min.", "mindestens", "au moins", "≥", ">="):
		return atLeast
	case p.word("up to", "at most", "maximum", "max.", "bis zu", "jusqu'à", "≤", "<="):
		return atMost
	case p.word("less than", "fewer than", "under", "below", "weniger als", "moins de", "menos de", "minder dan", "<"):
		return below
	case p.word(">"):
		return above
	}
	return none
}

func (p *parser) dash() bool {
	return p.word("-", "–", "—", "−", "‑", "..", "to", "and", "bis", "à", "a")
}

// number reads a count: digits, with groups of three set apart by a comma, a full
// stop, an apostrophe or a space, and perhaps a "k" behind. "1.5k" is 1500, "1.5"
// alone is no head count.
func (p *parser) number() (int, bool) {
	p.space()
	s, n, count := p.rest, 0, 0
	take := func() {
		for count = 0; s != "" && '0' <= s[0] && s[0] <= '9'; s = s[1:] {
			if n = n*10 + int(s[0]-'0'); n > most {
				n = most + 1
			}
			count++
		}
	}
	if take(); count == 0 {
		return 0, false
	}
	if groups := count <= 3; groups {
		for {
			sep := separator(s)
			if sep == 0 {
				break
			}
			s = s[sep:]
			take()
		}
	}
	// ".0" is how some programs write a whole number
	if rest, ok := strings.CutPrefix(s, ".0"); ok && (rest == "" || rest[0] < '0' || rest[0] > '9') {
		s = rest
	}
	factor := 1
	switch {
	case len(s) > 2 && s[0] == '.' && '0' <= s[1] && s[1] <= '9' && s[2] == 'k':
		n, factor, s = n*10+int(s[1]-'0'), 100, s[3:]
	case strings.HasPrefix(s, "k"):
		factor, s = 1000, s[1:]
	}
	p.thousands = factor > 1 && !p.thousands
	if n *= factor; n > most || s != "" && (s[0] >= 'a' && s[0] <= 'z' || '0' <= s[0] && s[0] <= '9') {
		return 0, false
	}
	p.rest = s
	return n, true
}

// separator returns the length of what sets a group of exactly three digits
// apart, 0 if there is no such group.
func separator(s string) int {
	for _, sep := range []string{",", ".", "'", "’", " ", "\u00a0", "\u202f", "\u2009"} {
		rest, ok := strings.CutPrefix(s, sep)
		if !ok || len(rest) < 3 || !isDigit(rest[0]) || !isDigit(rest[1]) || !isDigit(rest[2]) {
			continue
		}
		if len(rest) == 3 || !isDigit(rest[3]) {
			return len(sep)
		}
	}
	return 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
