package rules

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/parser/lexer"
)

// issue is a mistake at a place of a clause, in characters.
type issue struct {
	at         int
	message    string
	suggestion string
}

// source is a parsed clause that can say where its parts are written.
type source struct {
	runes  []rune
	tokens []lexer.Token
	root   ast.Node
}

// parse hands a clause to expr's parser.
func parse(clause string) (*source, *issue) {
	config := conf.CreateNew()
	config.MaxNodes = maxNodes
	config.DisableIfOperator = true
	tree, err := parser.ParseWithConfig(clause, config)
	if err != nil {
		return nil, parseIssue(clause, err)
	}
	tokens, err := lexer.Lex(file.NewSource(clause))
	if err != nil {
		return nil, parseIssue(clause, err)
	}
	return &source{runes: []rune(clause), tokens: tokens, root: tree.Node}, nil
}

// parseIssue says what expr's parser found in our words. Its own message has
// several lines and names its tokens' types.
func parseIssue(clause string, err error) *issue {
	e, ok := errors.AsType[*file.Error](err)
	if !ok {
		return &issue{message: "the condition cannot be read"}
	}
	is := &issue{at: e.From}
	switch m := e.Message; {
	case strings.HasPrefix(m, "unexpected token EOF"), strings.HasPrefix(m, "unexpected end"):
		is.at = utf8.RuneCountInString(strings.TrimRight(clause, " \t\r\n"))
		is.message = "the condition ends where something should follow"
	case strings.HasPrefix(m, "unexpected token"):
		is.message = "did not expect " + tokenAt(clause, e.Location) + " here"
		if strings.HasPrefix(m, "unexpected token Operator(\"#\")") {
			is.suggestion = `# stands for an entry inside any(), all(), none(), one() and count(): any(tags, # == "x")`
		} else if strings.HasPrefix(m, "unexpected token Operator(\",\")") {
			is.suggestion = "and"
		} else if strings.HasPrefix(m, "unexpected token Identifier") || strings.HasPrefix(m, "unexpected token String") || strings.HasPrefix(m, "unexpected token Number") {
			is.suggestion = "join two conditions with `and` or `or`; texts need quotes"
		}
	case strings.Contains(m, "coalesce expressions"):
		is.message = "put parentheses around the `??` and its default"
		is.suggestion = "(score ?? 0) >= 80"
		if fixed, ok := parenthesise(clause, e.From); ok {
			is.suggestion = fixed
		}
	case strings.Contains(m, "invalid char escape"), strings.Contains(m, "unable to unescape"):
		is.message = `a backslash starts a special character in a text`
		is.suggestion = "write it twice (\\\\), or put the text between backticks: `\\d+`"
	case strings.HasPrefix(m, "bad number syntax"):
		is.message = "this is not a number"
		is.suggestion = "texts need quotes, and a name cannot begin with a digit"
	case strings.Contains(m, "literal is too large"), strings.HasPrefix(m, "invalid integer"), strings.HasPrefix(m, "invalid float"):
		is.at = numberBefore(clause, e.From)
		is.message = "the number is too large"
	case strings.HasPrefix(m, "unrecognized character"):
		is.message = "did not expect " + tokenAt(clause, e.Location) + " here"
		is.suggestion = "texts need quotes"
	case strings.Contains(m, "exceeds maximum allowed nodes"):
		is.message = "the condition is too long"
		is.suggestion = "write several conditions: a list means all of them"
	case strings.HasPrefix(m, "expected name"):
		is.message = "a name must follow the full stop"
	case strings.HasPrefix(m, "expected at least"):
		is.message = "this needs a list and a condition"
		is.suggestion = `any(tags, # == "x")`
	case strings.HasPrefix(m, "wrap predicate"):
		is.message = "did not expect ; here"
	case strings.HasPrefix(m, "unclosed comment"):
		is.message = "a comment is never closed"
	default:
		is.message = "the condition cannot be read from here"
	}
	return is
}

// numberBefore returns where the last number before a place begins: expr notices
// that a number is too large when it has gone on to what follows.
func numberBefore(clause string, at int) int {
	tokens, err := lexer.Lex(file.NewSource(clause))
	if err != nil {
		return at
	}
	for _, t := range slices.Backward(tokens) {
		if t.Kind == lexer.Number && t.From <= at {
			return t.From
		}
	}
	return at
}

// tokenAt returns what is written at a place, for a message.
func tokenAt(clause string, loc file.Location) string {
	runes := []rune(clause)
	from := max(0, min(loc.From, len(runes)))
	to := max(from, min(loc.To, len(runes)))
	s := strings.TrimSpace(string(runes[from:to]))
	if s == "" {
		return "that"
	}
	return s
}

// parenthesise returns the clause with parentheses around the `x ?? y` that ends
// before at, where it is simple enough to tell.
func parenthesise(clause string, at int) (string, bool) {
	runes := []rune(clause)
	if at <= 0 || at > len(runes) {
		return "", false
	}
	before, after := strings.TrimSpace(string(runes[:at])), string(runes[at:])
	left, right, ok := strings.Cut(before, "??")
	left, right = strings.TrimSpace(left), strings.TrimSpace(right)
	if !ok || left == "" || right == "" || strings.ContainsAny(left+right, " ()?") {
		return "", false
	}
	return "(" + left + " ?? " + right + ") " + after, true
}

// extent returns where a node is written, in characters: from its first to after
// its last one, with the brackets that belong to it.
//
// A node of expr's knows the place of one token only, so the extent is that of
// all the tokens below it, widened until the brackets in it are balanced.
func (s *source) extent(n ast.Node) (from, to int) {
	v := &span{from: -1}
	ast.Walk(&n, v)
	if v.from < 0 {
		return 0, len(s.runes)
	}
	first, last := -1, -1
	for i, t := range s.tokens {
		if t.Kind == lexer.EOF {
			break
		}
		if first < 0 && t.To > v.from {
			first = i
		}
		if t.From < v.to {
			last = i
		}
	}
	if first < 0 || last < first {
		return v.from, v.to
	}
	first, last = s.balance(first, last)
	return s.tokens[first].From, s.tokens[last].To
}

// balance widens a run of tokens so that every bracket in it has its partner in
// it, and a name that is called has its arguments.
func (s *source) balance(first, last int) (int, int) {
	depth, need := 0, 0 // open brackets; brackets closed that were opened before first
	scan := func(t lexer.Token) {
		if t.Kind != lexer.Bracket {
			return
		}
		switch t.Value {
		case "(", "[", "{":
			depth++
		default:
			if depth > 0 {
				depth--
			} else {
				need++
			}
		}
	}
	for i := first; i <= last; i++ {
		scan(s.tokens[i])
	}
	called := func() bool {
		return depth == 0 && s.tokens[last].Kind == lexer.Identifier && last+1 < len(s.tokens) &&
			s.tokens[last+1].Is(lexer.Bracket, "(")
	}
	for (depth > 0 || called()) && last+1 < len(s.tokens) && s.tokens[last+1].Kind != lexer.EOF {
		last++
		scan(s.tokens[last])
	}
	for need > 0 && first > 0 {
		first--
		if t := s.tokens[first]; t.Kind == lexer.Bracket {
			switch t.Value {
			case "(", "[", "{":
				need--
			default:
				need++
			}
		}
	}
	return first, last
}

// start returns where a node begins.
func (s *source) start(n ast.Node) int {
	from, _ := s.extent(n)
	return from
}

// text returns a node as the user wrote it.
func (s *source) text(n ast.Node) string {
	from, to := s.extent(n)
	return string(s.runes[from:to])
}

// canonical returns a node's tokens with one space between them, so that two
// ways to set the same spaces compare equal.
func (s *source) canonical(n ast.Node) string {
	from, to := s.extent(n)
	var b strings.Builder
	for _, t := range s.tokens {
		if t.Kind == lexer.EOF || t.From < from || t.To > to {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		switch {
		case t.Kind == lexer.String:
			b.WriteString(quote(t.Value))
		case t.Value == "&&":
			b.WriteString("and")
		case t.Value == "||":
			b.WriteString("or")
		case t.Value == "!":
			b.WriteString("not")
		default:
			b.WriteString(t.Value)
		}
	}
	return b.String()
}

// span collects the places of the nodes below one.
type span struct{ from, to int }

// Visit notes the place of a node.
func (v *span) Visit(n *ast.Node) {
	if _, ok := (*n).(*ast.ConditionalNode); ok {
		return // expr gives it the place of the token after it
	}
	loc := (*n).Location()
	if v.from < 0 || loc.From < v.from {
		v.from = loc.From
	}
	v.to = max(v.to, loc.To)
}
